//! What the storage keeps to, for `try_state` and for tests.

use crate::{
	schedule::quorum_in_reach, Banned, BannedMembers, Config, CurrentSet, Declarations, NextSet, Pallet, PastSets,
	ScheduledSet, StoredSet, Undeclared, MAX_PAST_SETS,
};

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
		Ok(())
	}
}
