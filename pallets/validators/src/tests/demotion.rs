//! Members that do not lead, and what happens to them when the set changes.

use super::*;
use crate::{
	migrations::{SetV2, ToVersion3},
	Demoted, Members, PastSets, StoredSet,
};
use frame_support::traits::{GetStorageVersion, OnRuntimeUpgrade, StorageVersion};
use syndic_primitives::{Seat, SignerIndex, View};

fn demoted() -> Vec<u16> {
	CurrentSet::<Test>::get().demoted.iter().map(|position| position.0).collect()
}

/// Who leads in the first views of height 0.
fn leaders() -> [u16; 4] {
	let set = Validators::validator_set().expect("there is one");
	[0, 1, 2, 3].map(|view| set.leader(Height(0), View(view), 1).0)
}

#[test]
fn a_demotion_is_a_change_of_the_set_with_the_same_members() {
	new_test_ext(4).execute_with(|| {
		run_to(5);
		let since = Height(5 + MIN_CHANGE_DELAY);
		assert_eq!(Validators::demote(&key(2)), Ok(since));
		assert_eq!(events(), [Event::DemotionScheduled { validator: key(2), since }]);
		run_to(since.get() - 1);
		assert_eq!((set().0, leaders()), (0, [0, 1, 2, 3]));
		run_to(since.get());
		assert_eq!(set(), (1, since.get(), keys(1..=4)));
		assert_eq!((demoted(), leaders()), (vec![1], [0, 2, 3, 0]));

		assert_eq!(Validators::demote(&key(2)), Err(Error::<Test>::DemotedAlready.into()));
		assert_eq!(Validators::restore(&key(2)), Ok(Height(since.get() + MIN_CHANGE_DELAY)));
		run_to(since.get() + MIN_CHANGE_DELAY);
		assert_eq!((set().0, leaders()), (2, [0, 1, 2, 3]));
	});
}

#[test]
fn a_demotion_is_merged_into_the_change_that_is_scheduled_and_outlives_it() {
	new_test_ext(4).execute_with(|| {
		assert_ok!(remove(1, 30));
		assert_eq!(Validators::demote(&key(1)), Err(Error::<Test>::NotMember.into()), "it will be none");
		assert_eq!(Validators::demote(&key(3)), Ok(Height(30)));
		run_to(3);
		assert_ok!(cancel());
		run_to(3 + MIN_CHANGE_DELAY);
		assert_eq!((set(), demoted()), ((1, 3 + MIN_CHANGE_DELAY, keys(1..=4)), vec![2]));
		// It stays with its key.
		assert_ok!(remove(1, None));
		run_to(30);
		assert_eq!((set().2, demoted()), (keys(2..=4), vec![1]));
	});
}

#[test]
fn f_plus_1_members_lead_whatever_happens() {
	for (size, most) in [(1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (7, 4), (10, 6)] {
		new_test_ext(size).execute_with(|| {
			for n in 1..=most {
				assert_ok!(Validators::demote(&key(n)));
			}
			assert_eq!(Validators::demote(&key(most + 1)), Err(Error::<Test>::TooFewLeaders.into()), "{size} members");
		});
	}
	// Five members of whom three are demoted become three, of whom two are.
	new_test_ext(5).execute_with(|| {
		for n in 1..=3 {
			assert_ok!(Validators::demote(&key(n)));
		}
		run_to(15);
		for (leaver, at) in [(5, 30), (4, 50)] {
			assert_ok!(remove(leaver, at));
			run_to(at);
		}
		assert_eq!((set().2, demoted()), (keys(1..=3), vec![0, 1]));
	});
}

#[test]
fn cancelling_a_removal_does_not_restore_who_was_to_leave() {
	new_test_ext(4).execute_with(|| {
		assert_ok!(Validators::demote(&key(2)));
		run_to(20);
		assert_ok!(remove(2, None));
		assert_ok!(cancel());
		assert_eq!(ScheduledSet::<Test>::get(), None, "there is nothing to change");
		assert_ok!(remove(2, None));
		assert_ok!(Validators::demote(&key(3)));
		assert_ok!(cancel());
		let since = Height(20 + MIN_CHANGE_DELAY);
		assert_eq!(events().last(), Some(&Event::DemotionScheduled { validator: key(3), since }));
		run_to(since.get());
		assert_eq!((set().2, demoted()), (keys(1..=4), vec![1, 2]));
		assert_ok!(Validators::restore(&key(2)));
		assert_ok!(cancel());
		let since = Height(since.get() + MIN_CHANGE_DELAY);
		assert_eq!(events().last(), Some(&Event::RestorationScheduled { validator: key(2), since }));
	});
}

#[test]
fn only_the_demoted_are_restored_and_only_members_demoted() {
	new_test_ext(4).execute_with(|| {
		assert_eq!(Validators::restore(&key(1)), Err(Error::<Test>::NotDemoted.into()));
		assert_eq!(Validators::demote(&key(9)), Err(Error::<Test>::NotMember.into()));
		assert!(ScheduledSet::<Test>::get().is_none());
	});
}

#[test]
fn a_scheduled_set_without_a_leader_is_dropped() {
	new_test_ext(2).execute_with(|| {
		let all = Demoted::truncate_from(vec![SignerIndex(0), SignerIndex(1)]);
		let next = crate::NextSet { demoted: all, ..next(Height(2), Members::truncate_from(keys(1..=2))) };
		ScheduledSet::<Test>::put(next);
		assert_eq!(Validators::check_state(), Err("ScheduledSet is no validator set"));
		assert_eq!(end_block().0, [Event::ChangeDropped { since: Height(2) }]);
		assert_eq!(set().0, 0);
	});
}

#[test]
fn an_upgrade_moves_every_set_once() {
	new_test_ext(1).execute_with(|| {
		use frame_support::storage::unhashed;
		let members = |ns: core::ops::RangeInclusive<u8>| Members::truncate_from(keys(ns));
		let old = |id, ns| SetV2 { id: SetId(id), since: Height(1), members: members(ns) };
		let new = |id, ns| StoredSet::from(old(id, ns));
		unhashed::put(&CurrentSet::<Test>::hashed_key(), &old(7, 1..=4));
		unhashed::put(&ScheduledSet::<Test>::hashed_key(), &(Height(30), members(1..=5)));
		for id in [5, 6] {
			unhashed::put(&PastSets::<Test>::hashed_key_for(SetId(id)), &old(id, 1..=3));
		}
		StorageVersion::new(2).put::<Validators>();
		for _ in 0..2 {
			#[cfg(feature = "try-runtime")]
			let before = ToVersion3::<Test>::pre_upgrade().expect("the state is sound");
			ToVersion3::<Test>::on_runtime_upgrade();
			#[cfg(feature = "try-runtime")]
			assert_eq!(ToVersion3::<Test>::post_upgrade(before), Ok(()));
			assert_eq!(Validators::on_chain_storage_version(), 3);
			assert_eq!(CurrentSet::<Test>::get(), new(7, 1..=4));
			assert_eq!(ScheduledSet::<Test>::get(), Some(next(Height(30), members(1..=5))));
			assert_eq!([5, 6].map(PastSet::get), [5, 6].map(|id| Some(new(id, 1..=3))));
		}
		// The roster is the next version's.
		for n in 1..=5 {
			assert_ok!(Validators::enlist(&key(n), Seat::Validator));
		}
		assert_eq!(Validators::check_state(), Ok(()));
	});
}

/// A past set by its number.
struct PastSet;

impl PastSet {
	fn get(id: u64) -> Option<StoredSet> {
		PastSets::<Test>::get(SetId(id))
	}
}
