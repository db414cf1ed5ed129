//! How much of a set one institution may hold, after an addition and after a removal.

use super::*;
use crate::{shares::most_of_one, Banned, BannedMembers};
use syndic_primitives::{Phase, View};

/// Validators 1 and on, each of the institution that stands at its place; the first `size` are members.
fn with_institutions(size: u8, institutions: &[u32]) -> sp_io::TestExternalities {
	let registrations = institutions.iter().zip(1..).map(|(institution, n)| registration(n, *institution)).collect();
	new_test_ext_with(size, registrations)
}

#[test]
fn so_many_may_be_of_one() {
	let cases = [(1, 1), (2, 1), (3, 1), (4, 1), (6, 1), (7, 2), (9, 2), (10, 3), (256, 85)];
	for (members, most) in cases {
		assert_eq!(most_of_one(members), most, "{members} members");
	}
}

#[test]
fn additions() {
	// Of whom the members are, and the candidate; whether it can be added.
	let cases: [(&[u32], u32, bool); 8] = [
		(&[1], 1, false),
		(&[1], 2, true),
		(&[1, 2, 3, 4], 1, false),
		(&[1, 2, 3, 4], 5, true),
		(&[1, 2, 3, 4, 5], 1, false),
		// Of seven, two may be of one.
		(&[1, 2, 3, 4, 5, 6], 1, true),
		(&[1, 1, 2, 3, 4, 5, 6], 1, false),
		(&[1, 1, 2, 2, 3, 4, 5, 6, 7], 1, true),
	];
	for (members, candidate, accepted) in cases {
		let size = members.len() as u8;
		with_institutions(size, &[members, &[candidate]].concat()).execute_with(|| {
			run_to(2);
			assert_ok!(declare(size + 1, 1));
			if accepted {
				assert_eq!(add(size + 1, None), Ok(()), "{candidate} to {members:?}");
			} else {
				assert_noop!(add(size + 1, None), Error::<Test>::InstitutionShare);
			}
		});
	}
}

#[test]
fn a_removal_that_makes_the_set_too_small_for_somebody_elses_share_is_refused() {
	with_institutions(7, &[1, 1, 2, 3, 4, 5, 6]).execute_with(|| {
		// Six stand one faulty member, and institution 1 has two.
		assert_noop!(remove(7, None), Error::<Test>::InstitutionShare);
		assert_noop!(Validators::leave(administrator(6), key(7)), Error::<Test>::InstitutionShare);
		assert_noop!(Validators::suspend_validator(RuntimeOrigin::root(), key(7)), Error::<Test>::InstitutionShare);
		// One of its own may go, and then another.
		assert_ok!(remove(2, 20));
		run_to(20);
		assert_ok!(remove(7, 40));
		run_to(40);
		assert_eq!(set().2, keys([1, 3, 4, 5, 6]));
	});
}

#[test]
fn a_member_without_a_registration_is_its_own_institution() {
	new_test_ext_with(4, vec![]).execute_with(|| {
		run_to(2);
		assert_ok!(register_for(5, 1));
		assert_ok!(declare(5, 1));
		assert_ok!(add(5, 20));
		run_to(20);
		// It turns out that the first is of the same institution: two of five. That is not made worse, and may get better.
		assert_ok!(register_for(1, 1));
		assert_ok!(register_for(6, 1));
		assert_noop!(add(6, None), Error::<Test>::InstitutionShare);
		assert_ok!(register_for(7, 2));
		assert_ok!(add(7, None));
		assert_ok!(cancel());
		assert_ok!(remove(5, None));
	});
}

#[test]
fn an_expulsion_is_not_refused_and_what_exceeds_the_bound_comes_down_step_by_step() {
	// Three of ten are of institution 1, as many as may be.
	with_institutions(10, &[1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9]).execute_with(|| {
		let ban =
			crate::Ban { since: Height(1), set_id: SetId(0), height: Height(1), view: View(0), phase: Phase::Prepare };
		for n in [8, 9, 10] {
			Banned::<Test>::insert(key(n), ban.clone());
			Validators::strike(&key(n));
			BannedMembers::<Test>::mutate(|banned| banned.try_push(key(n)).unwrap());
		}
		assert!(Validators::expel());
		run_to(20);
		assert_eq!(set().2, keys(1..=7), "three of seven are of institution 1 now");
		// Another cannot go: three of six would be worse. One more may come: three of eight are not.
		assert_noop!(remove(7, None), Error::<Test>::InstitutionShare);
		assert_ok!(add(11, None));
		assert_ok!(cancel());
		// Its own go one by one: two of six, one of five.
		for (n, at) in [(1, 40), (2, 60)] {
			assert_ok!(remove(n, at));
			run_to(at);
		}
		assert_eq!(set().2, keys(3..=7));
		assert_ok!(remove(7, None));
	});
}
