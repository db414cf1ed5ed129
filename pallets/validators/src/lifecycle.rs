//! How a validator comes and goes: who registers it, withdraws it, suspends it, and where it stands.

use crate::{
	types::{Registration, Standing},
	Banned, Config, CurrentSet, Declarations, Error, Event, Pallet, PeerOwners, RegistrationCount, Registrations,
	ScheduledSet, Undeclared,
};
use alloc::vec::Vec;
use frame_support::{
	ensure,
	traits::{Contains, Get},
};
use syndic_primitives::{
	crypto::verify_ed25519,
	peer::{addresses_as_text, is_node_address, InstitutionId, NodeAddress, NodeAddresses, MAX_NODE_ADDRESSES},
	Height, PeerId, Possession, RegisteredValidator, Seat, Status, ValidatorId, ValidatorSignature,
};

impl<T: Config> Pallet<T> {
	/// Where a validator stands; nothing for a key that is neither registered nor in a set nor banned.
	pub fn status_of(validator: &ValidatorId) -> Option<Status> {
		if Banned::<T>::contains_key(validator) {
			return Some(Status::Banned);
		}
		let registration = Registrations::<T>::get(validator);
		let standing = registration.map(|registration| registration.standing);
		if standing == Some(Standing::Suspended) {
			return Some(Status::Suspended);
		}
		let is_member = CurrentSet::<T>::get().members.contains(validator);
		let stays = Self::stays(validator);
		let seat = Self::seat_of(validator);
		if is_member && !stays && seat.is_none() {
			return Some(Status::Leaving);
		}
		if is_member || stays {
			let counted_on = !Undeclared::<T>::get().contains(validator);
			return Some(match (counted_on, is_member) {
				(true, true) => Status::Active,
				(true, false) => Status::Ready,
				(false, _) => Status::Syncing,
			});
		}
		match seat {
			Some(Seat::Validator) => return Some(Status::Standby),
			Some(Seat::Observer) => return Some(Status::Observer),
			None => {}
		}
		let now = Self::now();
		let is_ready = || Declarations::<T>::get().iter().any(|d| d.validator == *validator && Self::holds_at(d, now));
		standing.map(|standing| match standing {
			Standing::Left => Status::Left,
			_ if is_ready() => Status::Ready,
			_ => Status::Registered,
		})
	}

	/// Every validator that is registered, and where it stands.
	pub fn registrations() -> Vec<RegisteredValidator<T::AccountId>> {
		let as_registered = |(validator, registration): (ValidatorId, Registration<T::AccountId>)| {
			// It is registered, so it stands somewhere.
			let status = Self::status_of(&validator).unwrap_or(Status::Registered);
			let Registration { institution, account, peer, addresses, since, .. } = registration;
			let addresses = addresses_as_text(&addresses);
			RegisteredValidator { validator, status, institution, account, peer, addresses, since }
		};
		Registrations::<T>::iter().map(as_registered).collect()
	}

	/// Who gets a validator's rewards. Nobody for one that is not registered.
	pub fn beneficiary(validator: &ValidatorId) -> Option<T::AccountId> {
		Registrations::<T>::get(validator).map(|registration| registration.account)
	}

	/// A validator's node, if its registration names one.
	pub fn node_of(validator: &ValidatorId) -> Option<PeerId> {
		Registrations::<T>::get(validator)?.peer
	}

	/// The nodes of those who vote, of those who are about to, and of those who may be added: a candidate has to follow the
	/// chain before that.
	pub fn permitted_nodes() -> Vec<PeerId> {
		let next = ScheduledSet::<T>::get().map(|next| next.members).unwrap_or_default();
		let current = CurrentSet::<T>::get().members;
		let is_permitted = |validator: &ValidatorId, of: &Registration<T::AccountId>| {
			let may_be_added = of.standing == Standing::Registered
				&& T::GoodStanding::contains(&of.institution)
				&& !Banned::<T>::contains_key(validator);
			may_be_added || current.contains(validator) || next.contains(validator)
		};
		let permitted = Registrations::<T>::iter().filter(|(validator, of)| is_permitted(validator, of));
		permitted.filter_map(|(_, of)| of.peer).collect()
	}

	/// Whether a validator is in the set to come: the scheduled one, or the current one if none is.
	pub(crate) fn stays(validator: &ValidatorId) -> bool {
		match ScheduledSet::<T>::get() {
			Some(next) => next.members.contains(validator),
			None => CurrentSet::<T>::get().members.contains(validator),
		}
	}

	/// Whether a validator is in the current set or the next one.
	pub(crate) fn is_in_use(validator: &ValidatorId) -> bool {
		CurrentSet::<T>::get().members.contains(validator) || Self::stays(validator)
	}

	/// Whether the board may add a validator: somebody stands for it now.
	pub(crate) fn check_eligible(validator: &ValidatorId) -> Result<(), Error<T>> {
		let registration = Registrations::<T>::get(validator).ok_or(Error::<T>::NotRegistered)?;
		match registration.standing {
			Standing::Suspended => return Err(Error::<T>::ValidatorSuspended),
			Standing::Left => return Err(Error::<T>::ValidatorHasLeft),
			Standing::Registered => {}
		}
		ensure!(T::GoodStanding::contains(&registration.institution), Error::<T>::InstitutionNotInGoodStanding);
		Ok(())
	}

	/// Registers a validator for the first time, or once more after it has left.
	pub(crate) fn register(
		(institution, account): (InstitutionId, T::AccountId),
		validator: ValidatorId,
		proof: &ValidatorSignature,
		peer: Option<Vec<u8>>,
		addresses: Vec<Vec<u8>>,
	) -> Result<(), Error<T>> {
		ensure!(!Banned::<T>::contains_key(&validator), Error::<T>::BannedAlready);
		let before = Registrations::<T>::get(&validator);
		match before.as_ref().map(|registration| registration.standing) {
			None | Some(Standing::Left) => {}
			Some(Standing::Registered) => return Err(Error::<T>::RegisteredAlready),
			Some(Standing::Suspended) => return Err(Error::<T>::ValidatorSuspended),
		}
		let (peer, addresses) = Self::check_node(&validator, peer, addresses)?;
		// One that has left is given up by whoever had it, so it is not counted twice.
		let again = before.as_ref().is_some_and(|registration| registration.institution == institution);
		let full = RegistrationCount::<T>::get(institution) >= T::MaxRegistrationsPerInstitution::get();
		ensure!(again || !full, Error::<T>::TooManyRegistrations);
		// Last, for it costs most.
		let possession = Possession { institution, account: &account };
		let genesis = Self::block_hash(Height::ZERO);
		ensure!(possession.verify(&genesis, &validator, proof, &verify_ed25519), Error::<T>::BadSignature);

		Self::forget_registration(&validator);
		let since = Self::now();
		Self::put_registration(
			&validator,
			Registration {
				institution,
				account: account.clone(),
				peer,
				addresses,
				since,
				standing: Standing::Registered,
			},
		);
		Self::relink(&validator);
		Self::deposit_event(Event::ValidatorRegistered { validator, institution, account });
		Ok(())
	}

	/// Changes which node a validator is, and where it listens.
	pub(crate) fn change_node(
		institution: InstitutionId,
		validator: ValidatorId,
		peer: Option<Vec<u8>>,
		addresses: Vec<Vec<u8>>,
	) -> Result<(), Error<T>> {
		let mut registration = Self::registration_of(institution, &validator)?;
		let (peer, addresses) = Self::check_node(&validator, peer, addresses)?;
		if registration.peer != peer {
			registration.peer.iter().for_each(PeerOwners::<T>::remove);
			peer.iter().for_each(|peer| PeerOwners::<T>::insert(peer, &validator));
		}
		registration.peer = peer;
		registration.addresses = addresses;
		Registrations::<T>::insert(&validator, registration);
		Self::deposit_event(Event::NodeUpdated { validator });
		Ok(())
	}

	/// Changes who gets a validator's rewards.
	pub(crate) fn change_beneficiary(
		institution: InstitutionId,
		validator: ValidatorId,
		account: T::AccountId,
	) -> Result<(), Error<T>> {
		let mut registration = Self::registration_of(institution, &validator)?;
		registration.account = account.clone();
		Registrations::<T>::insert(&validator, registration);
		Self::deposit_event(Event::BeneficiarySet { validator, account });
		Ok(())
	}

	/// Removes the registration of a validator that is in no set; for the board where no institution is named.
	pub(crate) fn deregister(institution: Option<InstitutionId>, validator: ValidatorId) -> Result<(), Error<T>> {
		let registration = match institution {
			Some(institution) => Self::registration_of(institution, &validator)?,
			None => Registrations::<T>::get(&validator).ok_or(Error::<T>::NotRegistered)?,
		};
		// Registered anew it would not be suspended any more.
		ensure!(registration.standing != Standing::Suspended, Error::<T>::ValidatorSuspended);
		let is_free = !Self::is_in_use(&validator) && Self::seat_of(&validator).is_none();
		ensure!(is_free, Error::<T>::StillMember);
		Self::forget_registration(&validator);
		Self::deposit_event(Event::ValidatorDeregistered { validator, institution: registration.institution });
		Ok(())
	}

	/// Schedules that a validator leaves the set, as its institution wants.
	pub(crate) fn withdraw(institution: InstitutionId, validator: ValidatorId) -> Result<(), Error<T>> {
		Self::registration_of(institution, &validator)?;
		let since = Self::remove(&validator, None)?;
		Self::deposit_event(Event::LeaveRequested { validator: validator.clone(), institution });
		Self::note_removal(validator, since);
		Ok(())
	}

	/// Suspends a validator. One that is to stay in the set is removed from it.
	pub(crate) fn suspend(validator: ValidatorId) -> Result<(), Error<T>> {
		let mut registration = Registrations::<T>::get(&validator).ok_or(Error::<T>::NotRegistered)?;
		ensure!(registration.standing != Standing::Suspended, Error::<T>::ValidatorSuspended);
		let removed = match Self::stays(&validator) || Self::seat_of(&validator).is_some() {
			true => Some(Self::remove(&validator, None)?),
			false => None,
		};
		registration.standing = Standing::Suspended;
		Registrations::<T>::insert(&validator, registration);
		Self::deposit_event(Event::ValidatorSuspended { validator: validator.clone() });
		if let Some(since) = removed {
			Self::note_removal(validator, since);
		}
		Ok(())
	}

	/// Tells that a validator goes, at once or with a change of the set.
	pub(crate) fn note_removal(validator: ValidatorId, since: Option<Height>) {
		Self::deposit_event(match since {
			Some(since) => Event::RemovalScheduled { validator, since },
			None => Event::RemovedFromRoster { validator },
		});
	}

	/// Notes that a validator is neither in the set nor approved any more.
	pub(crate) fn note_leave(validator: &ValidatorId) {
		if let Some(mut registration) = Registrations::<T>::get(validator) {
			if registration.standing == Standing::Registered {
				registration.standing = Standing::Left;
				Registrations::<T>::insert(validator, registration);
			}
		}
	}

	/// Ends a suspension.
	pub(crate) fn resume(validator: ValidatorId) -> Result<(), Error<T>> {
		let mut registration = Registrations::<T>::get(&validator).ok_or(Error::<T>::NotRegistered)?;
		ensure!(registration.standing == Standing::Suspended, Error::<T>::NotSuspended);
		registration.standing = Standing::Registered;
		Registrations::<T>::insert(&validator, registration);
		Self::deposit_event(Event::ValidatorResumed { validator });
		Ok(())
	}

	/// Notes who has joined and who has left, where one set follows another.
	pub(crate) fn note_change(before: &[ValidatorId], after: &[ValidatorId], since: Height) {
		for validator in after.iter().filter(|key| !before.contains(key)).cloned() {
			if !Banned::<T>::contains_key(&validator) && Self::seat_of(&validator) != Some(Seat::Validator) {
				// There is room, unless it was filled with observers since the addition was judged. The set goes first.
				let _ = Self::enlist(&validator, Seat::Validator);
			}
			Self::deposit_event(Event::ValidatorJoined { validator, since });
		}
		for validator in before.iter().filter(|key| !after.contains(key)).cloned() {
			// One that stays on the roster may be elected again.
			if Self::seat_of(&validator).is_none() {
				Self::note_leave(&validator);
			}
			Self::deposit_event(Event::ValidatorLeft { validator, since });
		}
	}

	/// Ends the suspension of members that were to leave and stay, because the change was not made: who is suspended is
	/// in no set to come.
	pub(crate) fn note_no_change(members: &[ValidatorId], next: &[ValidatorId]) {
		for validator in members.iter().filter(|key| !next.contains(key) && Self::stays(key)).cloned() {
			if !Banned::<T>::contains_key(&validator) && Self::seat_of(&validator).is_none() {
				// It was there before.
				let _ = Self::enlist(&validator, Seat::Validator);
			}
			// The others were not suspended, which is no error here.
			let _ = Self::resume(validator);
		}
	}

	/// The registration of an institution's own validator.
	fn registration_of(
		institution: InstitutionId,
		validator: &ValidatorId,
	) -> Result<Registration<T::AccountId>, Error<T>> {
		let registration = Registrations::<T>::get(validator).ok_or(Error::<T>::NotRegistered)?;
		ensure!(registration.institution == institution, Error::<T>::NotYourValidator);
		Ok(registration)
	}

	/// Checks a node's PeerId and addresses as they were sent.
	fn check_node(
		validator: &ValidatorId,
		peer: Option<Vec<u8>>,
		addresses: Vec<Vec<u8>>,
	) -> Result<(Option<PeerId>, NodeAddresses), Error<T>> {
		let peer = peer.map(|peer| PeerId::parse(&peer)).transpose().map_err(|_| Error::<T>::BadPeerId)?;
		ensure!(addresses.len() <= MAX_NODE_ADDRESSES as usize, Error::<T>::TooManyNodeAddresses);
		let checked: Option<Vec<_>> = addresses.into_iter().map(node_address).collect();
		let checked = NodeAddresses::truncate_from(checked.ok_or(Error::<T>::BadNodeAddress)?);
		let owner = peer.as_ref().and_then(PeerOwners::<T>::get);
		ensure!(owner.is_none_or(|owner| owner == *validator), Error::<T>::PeerIdTaken);
		Ok((peer, checked))
	}

	/// Stores a new registration.
	pub(crate) fn put_registration(validator: &ValidatorId, registration: Registration<T::AccountId>) {
		registration.peer.iter().for_each(|peer| PeerOwners::<T>::insert(peer, validator));
		RegistrationCount::<T>::mutate(registration.institution, |count| *count = count.saturating_add(1));
		Registrations::<T>::insert(validator, registration);
	}

	/// Removes a registration, if there is one.
	fn forget_registration(validator: &ValidatorId) {
		let Some(registration) = Registrations::<T>::take(validator) else { return };
		registration.peer.iter().for_each(PeerOwners::<T>::remove);
		RegistrationCount::<T>::mutate_exists(registration.institution, |count| {
			*count = count.and_then(|count| count.checked_sub(1)).filter(|count| *count > 0);
		});
	}
}

/// A checked address, out of what somebody has sent.
pub(crate) fn node_address(address: Vec<u8>) -> Option<NodeAddress> {
	NodeAddress::try_from(address).ok().filter(|address| is_node_address(address))
}
