//! What the storage keeps to, for `try_state` and for tests.

use crate::{
	schedule::quorum_in_reach, types::Standing, Banned, BannedMembers, Config, CurrentSet, Declarations, NextSet,
	Pallet, PastSets, PeerOwners, RegistrationCount, Registrations, ScheduledSet, StoredSet, Undeclared, MAX_PAST_SETS,
};
use alloc::collections::btree_map::BTreeMap;
use frame_support::traits::Get;
use syndic_primitives::Status;

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
		Self::check_registrations()
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
