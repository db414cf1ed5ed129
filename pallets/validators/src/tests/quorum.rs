//! Which changes are refused because the new set might not reach its quorum.

use super::*;

/// The set 1 to `size`, of which the last `undeclared` have been added without a declaration.
fn with_undeclared(size: u8, undeclared: u8) -> sp_io::TestExternalities {
	let mut ext = new_test_ext(size);
	ext.execute_with(|| {
		Undeclared::<Test>::put(crate::Members::truncate_from(keys(size - undeclared + 1..=size)));
	});
	ext
}

#[test]
fn additions() {
	// Members, how many of them are undeclared, whether the candidate has declared; whether it can be added.
	let cases = [
		// The quorum of 2 is 2, of 3 it is 3: all must be there.
		(1, 0, false, false),
		(1, 0, true, true),
		(2, 0, false, false),
		(2, 0, true, true),
		// The quorum of 4 is 3, of 5 it is 4, of 6 it is 5: one may be missing.
		(3, 0, false, true),
		(3, 0, true, true),
		(4, 0, false, true),
		(4, 0, true, true),
		(4, 1, false, false),
		(4, 1, true, true),
		(5, 0, false, true),
		(5, 1, false, false),
		(5, 1, true, true),
		// The quorum of 7 is 5, of 8 it is 6: two may be missing.
		(6, 1, false, true),
		(6, 1, true, true),
		(7, 1, false, true),
		(7, 2, false, false),
		(7, 2, true, true),
		// The quorum of 10 is 7.
		(9, 2, false, true),
		(9, 2, true, true),
	];
	for (size, undeclared, declared, accepted) in cases {
		with_undeclared(size, undeclared).execute_with(|| {
			assert_eq!(Validators::check_state(), Ok(()));
			run_to(2);
			if declared {
				assert_ok!(declare(100, 1));
			}
			let case = format!("{size} members, {undeclared} undeclared, candidate declared: {declared}");
			if accepted {
				assert_eq!(add(100, None), Ok(()), "{case}");
				run_to(20);
				assert_eq!(set().2.len(), usize::from(size) + 1, "{case}");
				assert_eq!(Undeclared::<Test>::get().len(), usize::from(undeclared + u8::from(!declared)), "{case}");
			} else {
				assert_noop!(add(100, None), Error::<Test>::QuorumOutOfReach);
			}
		});
	}
}

#[test]
fn removals() {
	// Members, how many are undeclared; whether a declared one can be removed.
	let cases = [
		(2, 0, true),
		(3, 0, true),
		(4, 0, true),
		(4, 1, false),
		(5, 0, true),
		(5, 1, true),
		(6, 1, true),
		(7, 1, true),
		(7, 2, false),
		(8, 2, true),
	];
	for (size, undeclared, accepted) in cases {
		with_undeclared(size, undeclared).execute_with(|| {
			assert_eq!(Validators::check_state(), Ok(()));
			if accepted {
				assert_eq!(remove(1, None), Ok(()), "{size} members, {undeclared} undeclared");
			} else {
				assert_noop!(remove(1, None), Error::<Test>::QuorumOutOfReach);
				// An undeclared one goes at any time, and is forgotten.
				assert_ok!(remove(size, None));
				run_to(20);
				assert_eq!(Undeclared::<Test>::get().len(), usize::from(undeclared) - 1);
			}
		});
	}
}

#[test]
fn a_member_that_declares_late_is_counted_on() {
	new_test_ext(4).execute_with(|| {
		assert_ok!(add(5, 20));
		run_to(20);
		assert_eq!(Undeclared::<Test>::get(), keys([5]));
		assert_noop!(add(6, None), Error::<Test>::QuorumOutOfReach);
		assert_ok!(declare(5, 19));
		assert!(Undeclared::<Test>::get().is_empty());
		assert_ok!(add(6, None));
	});
}

#[test]
fn a_candidate_that_declares_while_it_waits_is_counted_on() {
	new_test_ext(4).execute_with(|| {
		assert_ok!(add(5, 20));
		assert_eq!(Undeclared::<Test>::get(), keys([5]));
		run_to(10);
		assert_ok!(declare(5, 9));
		run_to(20);
		assert!(Undeclared::<Test>::get().is_empty());
		assert!(crate::Declarations::<Test>::get().is_empty(), "a member's declaration has served");
	});
}

#[test]
fn a_declaration_must_hold_when_the_change_takes_effect() {
	new_test_ext(1).execute_with(|| {
		run_to(50);
		assert_ok!(declare(2, 49));
		assert_noop!(add(2, 49 + READINESS_LIFETIME + 1), Error::<Test>::QuorumOutOfReach);
		assert_ok!(add(2, 49 + READINESS_LIFETIME));
		run_to(49 + READINESS_LIFETIME);
		assert_eq!(set(), (1, 49 + READINESS_LIFETIME, keys([1, 2])));
	});
}

#[test]
fn a_declaration_expires() {
	new_test_ext(1).execute_with(|| {
		run_to(50);
		assert_ok!(declare(2, 49));
		run_to(49 + READINESS_LIFETIME - MIN_CHANGE_DELAY + 1);
		assert_noop!(add(2, System::block_number() + MIN_CHANGE_DELAY), Error::<Test>::QuorumOutOfReach);
	});
}
