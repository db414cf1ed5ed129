//! The set that the board puts in force when the old one cannot decide any more.
//!
//! Whether the board has ordered it, `pallet-recovery` checks. Nothing here is judged by the quorum that is in reach: the old
//! set's is not, and whom the board names it counts on.

use crate::{
	Banned, BannedMembers, Config, CurrentSet, Declarations, Event, Members, NextCommittee, Pallet, ScheduledSet,
	StoredSet, Undeclared,
};
use syndic_primitives::SetError;

impl<T: Config> Pallet<T> {
	/// Puts another set in force in place of the current one, from the current height on. Whatever was scheduled is dropped;
	/// everybody in the new set leads and is counted on.
	///
	/// It is called in the block that the new set decides itself. Nothing else may call it: a height's set is otherwise known
	/// from the state below it.
	pub fn replace(members: Members) -> Result<StoredSet, SetError> {
		let before = CurrentSet::<T>::get();
		let since = Self::now();
		let set = StoredSet { id: before.id.next(), since, members, ..Default::default() };
		set.checked()?;
		if let Some(next) = ScheduledSet::<T>::take() {
			Self::deposit_event(Event::ChangeCancelled { since: next.since });
		}
		// It was elected from those who were there before: many of them may be lost. The named set stays until the next election's.
		NextCommittee::<T>::kill();
		Undeclared::<T>::kill();
		Declarations::<T>::mutate(|declarations| declarations.retain(|d| !set.members.contains(&d.validator)));
		let mut banned = set.members.clone();
		banned.retain(|key| Banned::<T>::contains_key(key));
		BannedMembers::<T>::put(banned);
		Self::begin_credit(&[], &set.members, since);
		CurrentSet::<T>::put(&set);
		Self::deposit_event(Event::SetChanged { id: set.id, since, size: set.members.len() as u32 });
		Self::note_change(&before.members, &set.members, since);
		if Self::committee_size() == 0 {
			for gone in before.members.iter().filter(|key| !set.members.contains(key)) {
				Self::strike(gone);
				Self::note_leave(gone);
			}
		}
		Self::remember(before);
		// The board may have to name somebody who is banned. It goes as soon as the others can do without.
		Self::expel();
		Ok(set)
	}
}
