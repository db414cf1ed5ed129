//! From registered to left, and aside: each transition, and each refusal.

use super::*;
use crate::{Registrations, Standing};
use syndic_primitives::Status;

fn status(n: u8) -> Option<Status> {
	Validators::status_of(&key(n))
}

fn leave(n: u8) -> sp_runtime::DispatchResult {
	Validators::leave(administrator(u32::from(n)), key(n))
}

fn suspend(n: u8) -> sp_runtime::DispatchResult {
	Validators::suspend_validator(RuntimeOrigin::root(), key(n))
}

fn resume(n: u8) -> sp_runtime::DispatchResult {
	Validators::resume_validator(RuntimeOrigin::root(), key(n))
}

fn standing(n: u8) -> Standing {
	Registrations::<Test>::get(key(n)).expect("it is registered").standing
}

/// The last `undeclared` members have not declared: for all that the chain knows, they are down.
fn undeclared(keys_of: impl IntoIterator<Item = u8>) {
	Undeclared::<Test>::put(crate::Members::truncate_from(keys(keys_of)));
}

#[test]
fn from_registered_to_left_and_back() {
	new_test_ext(4).execute_with(|| {
		run_to(5);
		assert_eq!(status(5), Some(Status::Registered));
		assert_ok!(add(5, 20));
		assert_eq!(status(5), Some(Status::Syncing), "scheduled, and not declared");
		assert_ok!(declare(5, 4));
		assert_eq!(status(5), Some(Status::Ready));
		run_to(19);
		assert_eq!(status(5), Some(Status::Ready));
		let (events_of_block, _) = end_block();
		assert!(events_of_block.contains(&Event::ValidatorJoined { validator: key(5), since: Height(20) }));
		assert_eq!(status(5), Some(Status::Active));

		run_to(25);
		assert_ok!(leave(5));
		let since = Height(25 + MIN_CHANGE_DELAY + 1);
		let asked = Event::LeaveRequested { validator: key(5), institution: 5 };
		assert_eq!(events(), [asked, Event::RemovalScheduled { validator: key(5), since }]);
		assert_eq!(status(5), Some(Status::Leaving));
		run_to(since.get() - 1);
		assert_eq!(status(5), Some(Status::Leaving));
		let (events_of_block, _) = end_block();
		assert!(events_of_block.contains(&Event::ValidatorLeft { validator: key(5), since }));
		assert_eq!((status(5), standing(5)), (Some(Status::Left), Standing::Left));

		run_to(40);
		assert_noop!(add(5, None), Error::<Test>::ValidatorHasLeft);
		assert_ok!(register(5));
		assert_eq!(status(5), Some(Status::Registered));
		assert_ok!(add(5, None));
	});
}

#[test]
fn a_declaration_makes_ready_as_long_as_it_holds() {
	new_test_ext(4).execute_with(|| {
		run_to(5);
		assert_ok!(declare(5, 4));
		assert_eq!(status(5), Some(Status::Ready));
		run_to(4 + READINESS_LIFETIME);
		assert_eq!(status(5), Some(Status::Ready));
		run_to(5 + READINESS_LIFETIME);
		assert_eq!(status(5), Some(Status::Registered));
		// Without a registration it is nobody, whatever it declares.
		assert_ok!(declare(50, 4 + READINESS_LIFETIME));
		assert_eq!(status(50), None);
	});
}

#[test]
fn a_member_that_has_not_declared_is_syncing() {
	new_test_ext(4).execute_with(|| {
		assert_ok!(add(5, 20));
		run_to(20);
		assert_eq!(status(5), Some(Status::Syncing));
		assert_ok!(declare(5, 19));
		assert_eq!(status(5), Some(Status::Active));
	});
}

#[test]
fn only_a_registered_validator_in_good_standing_is_added() {
	new_test_ext(4).execute_with(|| {
		assert_noop!(add(50, None), Error::<Test>::NotRegistered);
		BadInstitutions::set(vec![5]);
		assert_noop!(add(5, None), Error::<Test>::InstitutionNotInGoodStanding);
		assert_ok!(add(6, 20));
		assert_ok!(cancel());
		BadInstitutions::set(vec![]);
		assert_ok!(add(5, None));
	});
}

#[test]
fn one_that_has_left_may_come_back_for_another_institution() {
	new_test_ext(5).execute_with(|| {
		assert_ok!(leave(5));
		run_to(20);
		assert_ok!(register_for(5, 9));
		assert_eq!(Registrations::<Test>::get(key(5)).unwrap().institution, 9);
		assert_noop!(leave(5), Error::<Test>::NotYourValidator);
		assert_eq!(Validators::check_state(), Ok(()));
	});
}

#[test]
fn leaving_is_refused_for_what_a_removal_is_refused_for() {
	new_test_ext(4).execute_with(|| {
		assert_noop!(leave(5), Error::<Test>::NotMember);
		undeclared([4]);
		assert_noop!(leave(1), Error::<Test>::QuorumOutOfReach);
		undeclared([]);
		assert_ok!(leave(1));
		assert_noop!(leave(1), Error::<Test>::ChangePending);
		assert_noop!(leave(2), Error::<Test>::ChangePending);
		// The board cancels it: it stays.
		assert_ok!(cancel());
		assert_eq!((status(1), standing(1)), (Some(Status::Active), Standing::Registered));
	});
	new_test_ext(1).execute_with(|| {
		assert_noop!(leave(1), Error::<Test>::LastValidator);
	});
}

#[test]
fn a_suspended_member_leaves_and_does_not_come_back_until_it_is_resumed() {
	new_test_ext(5).execute_with(|| {
		assert_noop!(Validators::suspend_validator(administrator(5), key(5)), BadOrigin);
		assert_noop!(Validators::resume_validator(administrator(5), key(5)), BadOrigin);
		assert_noop!(suspend(50), Error::<Test>::NotRegistered);
		assert_noop!(resume(5), Error::<Test>::NotSuspended);
		assert_ok!(suspend(5));
		let since = Height(1 + MIN_CHANGE_DELAY + 1);
		let suspended = Event::ValidatorSuspended { validator: key(5) };
		assert_eq!(events(), [suspended, Event::RemovalScheduled { validator: key(5), since }]);
		assert_eq!(status(5), Some(Status::Suspended));
		assert_noop!(suspend(5), Error::<Test>::ValidatorSuspended);
		run_to(20);
		assert_eq!((set().2, status(5)), (keys(1..=4), Some(Status::Suspended)));
		assert_noop!(add(5, None), Error::<Test>::ValidatorSuspended);
		assert_noop!(register(5), Error::<Test>::ValidatorSuspended);
		let deregister = |origin| Validators::deregister_validator(origin, key(5));
		assert_noop!(deregister(administrator(5)), Error::<Test>::ValidatorSuspended);
		assert_ok!(resume(5));
		assert_eq!(events(), [Event::ValidatorResumed { validator: key(5) }]);
		assert_eq!(status(5), Some(Status::Registered));
		assert_ok!(add(5, None));
	});
}

#[test]
fn one_that_is_no_member_is_suspended_at_once() {
	new_test_ext(4).execute_with(|| {
		assert_ok!(suspend(5));
		assert_eq!(events(), [Event::ValidatorSuspended { validator: key(5) }]);
		assert_noop!(add(5, None), Error::<Test>::ValidatorSuspended);
		assert_ok!(suspend(6));
		// One that is leaving needs no other change.
		assert_ok!(leave(4));
		assert_ok!(suspend(4));
		run_to(20);
		assert_eq!((status(4), standing(4)), (Some(Status::Suspended), Standing::Suspended));
	});
}

#[test]
fn a_suspension_is_refused_where_the_removal_would_be() {
	new_test_ext(4).execute_with(|| {
		undeclared([4]);
		assert_noop!(suspend(1), Error::<Test>::QuorumOutOfReach);
		assert_ok!(suspend(4));
	});
	new_test_ext(4).execute_with(|| {
		assert_ok!(add(5, 20));
		assert_noop!(suspend(1), Error::<Test>::ChangePending);
		assert_noop!(suspend(5), Error::<Test>::ChangePending);
	});
	new_test_ext(1).execute_with(|| {
		assert_noop!(suspend(1), Error::<Test>::LastValidator);
	});
}

#[test]
fn a_suspension_ends_with_the_removal_that_is_cancelled_or_dropped() {
	new_test_ext(5).execute_with(|| {
		assert_ok!(suspend(5));
		assert_ok!(cancel());
		assert_eq!(events().last(), Some(&Event::ValidatorResumed { validator: key(5) }));
		assert_eq!((status(5), standing(5)), (Some(Status::Active), Standing::Registered));
		assert_eq!(Validators::check_state(), Ok(()));
	});
	new_test_ext(5).execute_with(|| {
		assert_ok!(suspend(5));
		run_to(10);
		undeclared([1, 2]);
		end_block();
		assert_eq!((set().2.len(), status(5)), (5, Some(Status::Active)));
	});
}

#[test]
fn resumed_before_it_has_left_it_leaves_all_the_same() {
	new_test_ext(5).execute_with(|| {
		assert_ok!(suspend(5));
		assert_ok!(resume(5));
		assert_eq!(status(5), Some(Status::Leaving));
		run_to(20);
		assert_eq!(status(5), Some(Status::Left));
	});
}

#[test]
fn one_validator_to_two() {
	new_test_ext(1).execute_with(|| {
		run_to(2);
		assert_noop!(add(2, None), Error::<Test>::QuorumOutOfReach);
		assert_ok!(declare(2, 1));
		assert_ok!(add(2, None));
		run_to(20);
		assert_eq!(set().2, keys(1..=2));
		// And back: the one that remains is a quorum of itself.
		assert_ok!(leave(1));
		run_to(40);
		assert_eq!(set().2, keys([2]));
		assert_noop!(leave(2), Error::<Test>::LastValidator);
	});
	// Both of one institution would be too much for one.
	let registrations = vec![registration(1, 1), registration(2, 1)];
	new_test_ext_with(1, registrations).execute_with(|| {
		run_to(2);
		assert_ok!(declare(2, 1));
		assert_noop!(add(2, None), Error::<Test>::InstitutionShare);
	});
}

#[test]
fn four_to_five_with_one_down() {
	new_test_ext(4).execute_with(|| {
		run_to(2);
		undeclared([4]);
		// Three of five would be no quorum, and the fifth has not shown itself.
		assert_noop!(add(5, None), Error::<Test>::QuorumOutOfReach);
		assert_ok!(declare(5, 1));
		assert_ok!(add(5, 20));
		run_to(20);
		assert_eq!((set().2, Undeclared::<Test>::get().into_inner()), (keys(1..=5), keys([4])));
		// Four of five are a quorum, and there is nobody to spare until the fourth is back.
		assert_noop!(add(6, None), Error::<Test>::QuorumOutOfReach);
		assert_ok!(declare(4, 19));
		assert_ok!(add(6, None));
	});
}

#[test]
fn six_to_five() {
	new_test_ext(6).execute_with(|| {
		assert_ok!(leave(6));
		run_to(20);
		assert_eq!(set().2, keys(1..=5));
	});
	// With one down, anybody may leave as long as those who are there make a quorum: four of five, three of four.
	new_test_ext(6).execute_with(|| {
		undeclared([6]);
		for (n, at) in [(1, 20), (2, 40)] {
			assert_ok!(leave(n));
			run_to(at);
		}
		assert_eq!(set().2, keys(3..=6));
		assert_noop!(leave(3), Error::<Test>::QuorumOutOfReach);
	});
	// With two down, nobody may: five of six are needed now, and there are four.
	new_test_ext(6).execute_with(|| {
		undeclared([5, 6]);
		assert_noop!(leave(1), Error::<Test>::QuorumOutOfReach);
		assert_ok!(remove(6, None));
	});
	// One that is down itself may be removed.
	new_test_ext(6).execute_with(|| {
		undeclared([6]);
		assert_ok!(remove(6, None));
		run_to(20);
		assert_eq!((set().2, status(6)), (keys(1..=5), Some(Status::Left)));
	});
}
