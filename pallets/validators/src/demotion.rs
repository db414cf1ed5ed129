//! Members that vote but do not lead.
//!
//! A demotion is a change of the set: the next set id, the same members, other positions among the demoted.

use crate::{types::demoted_among, Config, CurrentSet, Error, Event, Members, NextSet, Pallet, ScheduledSet};
use alloc::vec::Vec;
use frame_support::ensure;
use sp_runtime::DispatchError;
use syndic_primitives::{Height, ValidatorId};

impl<T: Config> Pallet<T> {
	/// Lets a member lead no more, from the scheduled change on, or from the earliest height if there is none.
	pub fn demote(validator: &ValidatorId) -> Result<Height, DispatchError> {
		let (since, members, mut demoted) = Self::next();
		ensure!(members.contains(validator), Error::<T>::NotMember);
		ensure!(!demoted.contains(validator), Error::<T>::DemotedAlready);
		demoted.push(validator.clone());
		let positions = demoted_among(&members, &demoted);
		ensure!(positions.len() == demoted.len(), Error::<T>::TooFewLeaders);
		ScheduledSet::<T>::put(NextSet { since, members, demoted: positions });
		Self::deposit_event(Event::DemotionScheduled { validator: validator.clone(), since });
		Ok(since)
	}

	/// Lets a demoted member lead again, from the scheduled change on, or from the earliest height if there is none.
	pub fn restore(validator: &ValidatorId) -> Result<Height, DispatchError> {
		let (since, members, mut demoted) = Self::next();
		ensure!(demoted.contains(validator), Error::<T>::NotDemoted);
		demoted.retain(|key| key != validator);
		let demoted = demoted_among(&members, &demoted);
		ScheduledSet::<T>::put(NextSet { since, members, demoted });
		Self::deposit_event(Event::RestorationScheduled { validator: validator.clone(), since });
		Ok(since)
	}

	/// Schedules once more what a change that was cancelled had said of those who lead. There must be none scheduled.
	pub(crate) fn keep_demotions(cancelled: &NextSet) {
		let current = CurrentSet::<T>::get();
		let before = current.demoted_keys();
		let mut keys = cancelled.demoted_keys();
		// Who was to leave is what it was.
		keys.extend(before.iter().filter(|key| !cancelled.members.contains(key)).cloned());
		let demoted = demoted_among(&current.members, &keys);
		if demoted == current.demoted {
			return;
		}
		let next = NextSet { since: Self::earliest(), members: current.members, demoted };
		let (since, after) = (next.since, next.demoted_keys());
		ScheduledSet::<T>::put(next);
		for validator in after.iter().filter(|key| !before.contains(key)).cloned() {
			Self::deposit_event(Event::DemotionScheduled { validator, since });
		}
		for validator in before.into_iter().filter(|key| !after.contains(key)) {
			Self::deposit_event(Event::RestorationScheduled { validator, since });
		}
	}

	/// The set to come: the scheduled one, or the current one from the earliest height on; and the keys of its demoted.
	fn next() -> (Height, Members, Vec<ValidatorId>) {
		match ScheduledSet::<T>::get() {
			Some(next) => (next.since, next.members.clone(), next.demoted_keys()),
			None => {
				let current = CurrentSet::<T>::get();
				(Self::earliest(), current.members.clone(), current.demoted_keys())
			}
		}
	}
}
