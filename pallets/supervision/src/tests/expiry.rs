//! A freeze ends when it says.

use super::*;
use crate::Expiries;
use frame_support::traits::OnInitialize;

#[test]
fn a_freeze_holds_in_every_block_before_its_end_and_in_none_after() {
	test(|| {
		let number = open();
		assert_ok!(freeze(number, account(CLIENT), 10));
		assert_ok!(freeze(number, institution(2), 12));
		run_to(9);
		assert!(Supervision::is_frozen(&CLIENT));
		assert!(pay(CLIENT, 30).is_err());
		events();
		run_to(10);
		assert_eq!(last(), (Actor::Chain, Some(number), Act::Expired(account(CLIENT)), text(LAW), None));
		assert!(!Supervision::is_frozen(&CLIENT));
		assert_ok!(pay(CLIENT, 30));
		assert_eq!(case(number).freezes, 1);
		run_to(11);
		assert!(Supervision::is_frozen(&20));
		run_to(12);
		assert!(!Supervision::is_frozen(&20));
		assert_ok!(close(OFFICER, number));
		assert_eq!(Expiries::<Test>::iter().count(), 0);
	});
}

/// It validates what would be in the next block, before that has begun.
#[test]
fn a_pool_knows_that_it_ends_with_the_next_block() {
	test(|| {
		let case = open();
		assert_ok!(freeze(case, institution(1), 10));
		run_to(9);
		System::set_block_number(10);
		assert!(!Supervision::is_frozen(&CLIENT));
		Supervision::on_initialize(10);
	});
}

#[test]
fn one_that_was_released_does_not_end_again() {
	test(|| {
		let case = open();
		assert_ok!(freeze(case, account(CLIENT), 10));
		assert_ok!(freeze(case, account(14), 10));
		assert_ok!(release(OFFICER, account(CLIENT)));
		assert_ok!(freeze(case, account(CLIENT), 20));
		run_to(10);
		assert!(Supervision::is_frozen(&CLIENT) && !Supervision::is_frozen(&14));
		run_to(20);
		assert!(!Supervision::is_frozen(&CLIENT));
	});
}

#[test]
fn a_block_in_which_many_end_says_what_that_costs() {
	test(|| {
		let case = open();
		for n in 0..MAX_EXPIRIES as u64 {
			assert_ok!(freeze(case, account(20 + n), 3));
		}
		System::set_block_number(2);
		let nothing = Supervision::on_initialize(2);
		System::set_block_number(3);
		let all = Supervision::on_initialize(3);
		use crate::WeightInfo;
		assert_eq!((nothing, all), (<()>::expire(0), <()>::expire(MAX_EXPIRIES)));
		assert!(all.ref_time() > nothing.ref_time());
		assert_eq!(crate::Freezes::<Test>::iter().count(), 0);
	});
}
