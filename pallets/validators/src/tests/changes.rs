use super::*;
use codec::Decode;
use syndic_primitives::{digest::ConsensusLog, ENGINE_ID, MAX_VALIDATORS};

#[test]
fn a_validator_is_added_at_the_height_that_was_named() {
	new_test_ext(4).execute_with(|| {
		run_to(5);
		assert_ok!(add(5, 20));
		assert_eq!(events(), [Event::AdditionScheduled { validator: key(5), since: Height(20) }]);
		assert_eq!(Validators::scheduled_set(), Some((Height(20), keys(1..=5))));

		run_to(19);
		assert_eq!(set(), (0, 1, keys(1..=4)), "the change is made at the end of block 19, not before");
		let (events, digest) = end_block();
		assert_eq!(set(), (1, 20, keys(1..=5)));
		assert_eq!(Validators::scheduled_set(), None);
		let changed = Event::SetChanged { id: SetId(1), since: Height(20), size: 5 };
		assert_eq!(events, [changed, Event::ValidatorJoined { validator: key(5), since: Height(20) }]);
		let [sp_runtime::DigestItem::Consensus(ENGINE_ID, log)] = &digest[..] else { panic!("{digest:?}") };
		let expected = ConsensusLog::SetChange { id: SetId(1), since: Height(20), members: keys(1..=5) };
		assert_eq!(ConsensusLog::decode(&mut &log[..]), Ok(expected));
		assert_eq!(Validators::check_state(), Ok(()));
	});
}

#[test]
fn a_validator_is_removed_and_the_others_keep_their_order() {
	new_test_ext(4).execute_with(|| {
		assert_ok!(remove(2, 10));
		assert_eq!(events(), [Event::RemovalScheduled { validator: key(2), since: Height(10) }]);
		run_to(9);
		assert_eq!(set(), (0, 1, keys(1..=4)));
		run_to(10);
		assert_eq!(set(), (1, 10, keys([1, 3, 4])));
		// It may come back, at the end, if its institution wants it.
		assert_noop!(add(2, None), Error::<Test>::ValidatorHasLeft);
		assert_ok!(register(2));
		assert_ok!(add(2, None));
		run_to(20);
		assert_eq!(set(), (2, 20, keys([1, 3, 4, 2])));
	});
}

#[test]
fn without_a_height_it_takes_effect_after_the_default_delay() {
	new_test_ext(4).execute_with(|| {
		run_to(7);
		assert_ok!(add(5, None));
		assert_eq!(Validators::scheduled_set().unwrap().0, Height(7 + MIN_CHANGE_DELAY + 1));
	});
}

#[test]
fn the_shortest_delay_takes_effect_as_well() {
	new_test_ext(4).execute_with(|| {
		run_to(7);
		assert_ok!(remove(4, 7 + MIN_CHANGE_DELAY));
		run_to(7 + MIN_CHANGE_DELAY - 1);
		assert_eq!(set().0, 0);
		run_to(7 + MIN_CHANGE_DELAY);
		assert_eq!(set(), (1, 7 + MIN_CHANGE_DELAY, keys(1..=3)));
	});
}

#[test]
fn heights_that_are_too_early_or_too_far_are_refused() {
	new_test_ext(4).execute_with(|| {
		run_to(50);
		for at in [0, 1, 49, 50, 51, 50 + MIN_CHANGE_DELAY - 1] {
			assert_noop!(add(5, at), Error::<Test>::ActivationTooEarly);
			assert_noop!(remove(4, at), Error::<Test>::ActivationTooEarly);
		}
		for at in [50 + MAX_CHANGE_DELAY + 1, u32::MAX] {
			assert_noop!(add(5, at), Error::<Test>::ActivationTooFar);
			assert_noop!(remove(4, at), Error::<Test>::ActivationTooFar);
		}
		assert_ok!(add(5, 50 + MAX_CHANGE_DELAY));
	});
}

#[test]
fn only_the_manager_may_change_the_set() {
	new_test_ext(4).execute_with(|| {
		let signed = || RuntimeOrigin::signed(1);
		assert_noop!(Validators::add_validator(signed(), key(5), None), BadOrigin);
		assert_noop!(Validators::remove_validator(signed(), key(4), None), BadOrigin);
		assert_ok!(add(5, None));
		assert_noop!(Validators::cancel_change(signed()), BadOrigin);
		assert_noop!(Validators::cancel_change(RuntimeOrigin::none()), BadOrigin);
	});
}

#[test]
fn members_are_not_added_and_strangers_not_removed() {
	new_test_ext(4).execute_with(|| {
		assert_noop!(add(3, None), Error::<Test>::AlreadyMember);
		assert_noop!(remove(5, None), Error::<Test>::NotMember);
	});
}

#[test]
fn the_last_validator_stays() {
	new_test_ext(2).execute_with(|| {
		assert_ok!(remove(1, 10));
		run_to(10);
		assert_eq!(set(), (1, 10, keys([2])));
		assert_noop!(remove(2, None), Error::<Test>::LastValidator);
	});
}

#[test]
fn the_set_can_be_full() {
	new_test_ext(1).execute_with(|| {
		let many = (0..MAX_VALIDATORS).map(|n| {
			let mut raw = [9; 32];
			raw[..4].copy_from_slice(&n.to_le_bytes());
			Decode::decode(&mut &raw[..]).unwrap()
		});
		CurrentSet::<Test>::mutate(|set| set.members = crate::Members::truncate_from(many.collect()));
		assert_noop!(add(2, None), Error::<Test>::SetFull);
		let first = CurrentSet::<Test>::get().members[0].clone();
		assert_ok!(Validators::remove_validator(RuntimeOrigin::root(), first, None));
	});
}

#[test]
fn one_change_at_a_time() {
	new_test_ext(4).execute_with(|| {
		assert_ok!(add(5, 20));
		assert_noop!(add(6, 30), Error::<Test>::ChangePending);
		assert_noop!(add(5, 20), Error::<Test>::ChangePending);
		assert_noop!(remove(1, 30), Error::<Test>::ChangePending);
		run_to(19);
		assert_noop!(remove(1, 30), Error::<Test>::ChangePending);
		run_to(20);
		assert_ok!(remove(1, 30));
	});
}

#[test]
fn a_change_can_be_cancelled_until_it_is_made() {
	new_test_ext(4).execute_with(|| {
		assert_noop!(cancel(), Error::<Test>::NoChangePending);
		assert_ok!(add(5, 20));
		run_to(19);
		assert_ok!(cancel());
		assert_eq!(events(), [Event::ChangeCancelled { since: Height(20) }]);
		assert!(Undeclared::<Test>::get().is_empty(), "the candidate is forgotten");
		assert_noop!(cancel(), Error::<Test>::NoChangePending);
		let (events, digest) = end_block();
		assert_eq!((events.len(), digest.len()), (1, 0));
		assert_eq!(set(), (0, 1, keys(1..=4)));
	});
}

#[test]
fn a_scheduled_set_that_could_not_work_is_dropped() {
	let cases: [Vec<u8>; 2] = [vec![], vec![1, 2, 2]];
	for members in cases {
		new_test_ext(4).execute_with(|| {
			ScheduledSet::<Test>::put(next(Height(2), crate::Members::truncate_from(keys(members))));
			let (events, digest) = end_block();
			assert_eq!(events, [Event::ChangeDropped { since: Height(2) }]);
			assert_eq!(digest, []);
			assert_eq!(set(), (0, 1, keys(1..=4)));
			assert_eq!(Validators::scheduled_set(), None);
		});
	}
	new_test_ext(4).execute_with(|| {
		ScheduledSet::<Test>::put(next(Height(2), crate::Members::truncate_from(keys(5..=9))));
		Undeclared::<Test>::put(crate::Members::truncate_from(keys(5..=9)));
		assert_eq!(end_block().0, [Event::ChangeDropped { since: Height(2) }]);
		assert_eq!(set(), (0, 1, keys(1..=4)));
		assert_eq!(Validators::check_state(), Ok(()));
	});
}

#[test]
fn the_weight_of_a_blocks_end_is_charged_when_it_applies_a_change() {
	use crate::WeightInfo;
	use frame_support::traits::Hooks;
	new_test_ext(4).execute_with(|| {
		assert_ok!(add(5, 20));
		run_to(18);
		assert_eq!(Validators::on_initialize(18), <() as WeightInfo>::check_schedule());
		run_to(19);
		assert_eq!(Validators::on_initialize(19), <() as WeightInfo>::apply_change());
	});
}
