//! What the storage keeps to, for `try_state` and for tests.

use crate::{
	schedule::quorum_in_reach,
	scores::{LEAST, NEUTRAL},
	types::Standing,
	Banned, BannedMembers, Config, CurrentEra, CurrentSet, Declarations, Elected, NextCommittee, NextSet, Pallet,
	PastSets, PeerOwners, RegistrationCount, Registrations, Roster, ScheduledSet, Scores, StoredSet, Undeclared,
	MAX_PAST_SETS,
};
use alloc::collections::{btree_map::BTreeMap, btree_set::BTreeSet};
use frame_support::traits::{Contains, Get};
use syndic_primitives::{Seat, Status, ValidatorId};

impl<T: Config> Pallet<T> {
	/// What is true of the state after every block.
	pub(crate) fn check_state() -> Result<(), &'static str> {
		let set = CurrentSet::<T>::get();
		set.checked().map_err(|_| "CurrentSet is no validator set")?;
		let undeclared = Undeclared::<T>::get();
		let mut known = set.members.clone().into_inner();
		if !quorum_in_reach(&set.members, &undeclared) {
			return Err("CurrentSet cannot reach its quorum without the undeclared");
		}
		if let Some(NextSet { since, members, demoted }) = ScheduledSet::<T>::get() {
			if since <= Self::now() {
				return Err("ScheduledSet is overdue");
			}
			let next = StoredSet { id: set.id.next(), since, members, demoted };
			next.checked().map_err(|_| "ScheduledSet is no validator set")?;
			if !quorum_in_reach(&next.members, &undeclared) {
				return Err("ScheduledSet cannot reach its quorum without the undeclared");
			}
			known.extend(next.members);
		}
		if !undeclared.iter().all(|key| known.contains(key)) {
			return Err("Undeclared names somebody who is neither member nor candidate");
		}
		for key in BannedMembers::<T>::get() {
			if !Banned::<T>::contains_key(&key) {
				return Err("BannedMembers names somebody who is not banned");
			}
			if !known.contains(&key) {
				return Err("BannedMembers names somebody who is no member");
			}
		}
		if PastSets::<T>::iter()
			.any(|(id, past)| past.id != id || id >= set.id || id.get() + MAX_PAST_SETS < set.id.get())
		{
			return Err("PastSets holds a set that is not past, or too old");
		}
		let declarations = Declarations::<T>::get();
		if !declarations.windows(2).all(|pair| pair[0].height <= pair[1].height) {
			return Err("Declarations are out of order");
		}
		Self::check_roster()?;
		Self::check_registrations()
	}

	/// What is true of the roster and of the committee to come.
	fn check_roster() -> Result<(), &'static str> {
		let roster = Roster::<T>::get();
		if !roster.windows(2).all(|pair| pair[0].validator < pair[1].validator) {
			return Err("Roster is out of order, or names somebody twice");
		}
		for entry in &roster {
			let key = &entry.validator;
			if Banned::<T>::contains_key(key) {
				return Err("Roster names somebody who is banned");
			}
			let registration = Registrations::<T>::get(key);
			if registration.as_ref().map(|registration| registration.institution) != entry.institution {
				return Err("Roster names another institution than the registration");
			}
			if registration.is_some_and(|registration| registration.standing == Standing::Suspended) {
				return Err("Roster names somebody who is suspended");
			}
			if entry.regulator != entry.institution.is_some_and(|institution| T::Regulators::contains(&institution)) {
				return Err("Roster is wrong about who is a regulator");
			}
		}
		let is_approved = |key: &ValidatorId| Self::seat_of(key) == Some(Seat::Validator);
		for member in CurrentSet::<T>::get().members.iter().filter(|key| Self::stays(key)) {
			if !Banned::<T>::contains_key(member) && !is_approved(member) {
				return Err("a member that stays is not on the roster");
			}
		}
		if let Some(Elected { era, members, alternates, .. }) = NextCommittee::<T>::get() {
			let all: BTreeSet<_> = members.iter().chain(&alternates).collect();
			if all.len() != members.len() + alternates.len() {
				return Err("NextCommittee names somebody twice");
			}
			if !all.into_iter().all(is_approved) {
				return Err("NextCommittee names somebody who is not on the roster");
			}
			if era != CurrentEra::<T>::get().index.saturating_add(1) {
				return Err("NextCommittee is not of the next era");
			}
		}
		if !Scores::<T>::get().values().all(|score| (LEAST..NEUTRAL).contains(score)) {
			return Err("Scores holds one that is out of bounds, or neutral");
		}
		Ok(())
	}

	/// What is true of registrations.
	fn check_registrations() -> Result<(), &'static str> {
		let (mut counts, mut peers) = (BTreeMap::new(), 0);
		for (validator, registration) in Registrations::<T>::iter() {
			let status = Self::status_of(&validator);
			match registration.standing {
				Standing::Suspended if Self::stays(&validator) => return Err("a suspended validator stays in the set"),
				Standing::Left if !matches!(status, Some(Status::Left | Status::Banned)) => {
					return Err("a validator that has left is in a set")
				}
				_ => {}
			}
			if let Some(peer) = &registration.peer {
				if PeerOwners::<T>::get(peer) != Some(validator) {
					return Err("a PeerId is not its validator's");
				}
				peers += 1;
			}
			*counts.entry(registration.institution).or_insert(0_u32) += 1;
		}
		if PeerOwners::<T>::iter().count() != peers {
			return Err("a PeerId is of nobody");
		}
		if RegistrationCount::<T>::iter().collect::<BTreeMap<_, _>>() != counts {
			return Err("RegistrationCount does not count the registrations");
		}
		match counts.values().all(|count| *count <= T::MaxRegistrationsPerInstitution::get()) {
			true => Ok(()),
			false => Err("an institution has too many registrations"),
		}
	}
}
