//! What is frozen, by whom, and what that holds.

use super::*;
use frame_support::traits::{
	fungible::{InspectHold, Mutate},
	tokens::{Fortitude, Precision, Preservation},
	BalanceStatus, ReservableCurrency,
};

#[test]
fn a_frozen_account_keeps_what_it_has() {
	test(|| {
		let case_of_8 = open();
		assert_ok!(freeze(case_of_8, account(CLIENT), 50));
		assert_eq!(last(), (officer(OFFICER), Some(0), Act::Frozen(account(CLIENT)), text(LAW), Some(50)));
		let expected = Freeze {
			case: case_of_8,
			by: OFFICER,
			institution: 8,
			ground: text(LAW),
			since: 1,
			until: 50,
			appeal: None,
		};
		assert_eq!(frozen(account(CLIENT)), Some(expected));
		assert_eq!(case(case_of_8).freezes, 1);
		assert!(Supervision::is_frozen(&CLIENT));

		let signed = || RuntimeOrigin::signed(CLIENT);
		let root = RuntimeOrigin::root;
		let ways: [(&str, DispatchResult); 5] = [
			("transfer_allow_death", Balances::transfer_allow_death(signed(), 20, 1)),
			("transfer_keep_alive", Balances::transfer_keep_alive(signed(), 20, 1)),
			("transfer_all", Balances::transfer_all(signed(), 20, false)),
			("burn", Balances::burn(signed(), 1, false)),
			("force_transfer", Balances::force_transfer(root(), CLIENT, 20, 1)),
		];
		for (way, result) in ways {
			// transfer_all finds nothing that it may send.
			assert!(result.is_err() || way == "transfer_all", "{way}");
		}
		let burnt = Balances::burn_from(&CLIENT, 1, Preservation::Expendable, Precision::Exact, Fortitude::Polite);
		assert!(burnt.is_err());
		assert_eq!(Balances::free_balance(CLIENT), ENDOWMENT);
		assert_eq!(Balances::free_balance(20), ENDOWMENT);
		// What comes in is frozen as well.
		assert_ok!(pay(20, CLIENT));
		assert!(pay(CLIENT, 20).is_err());
		assert_ok!(release(OFFICER, account(CLIENT)));
		assert_ok!(pay(CLIENT, 20));
	});
}

#[test]
fn what_is_reserved_of_it_goes_to_nobody_else() {
	test(|| {
		let case = open();
		assert_ok!(Balances::reserve(&CLIENT, 400));
		assert_ok!(freeze(case, account(CLIENT), 50));
		assert_eq!(Balances::reducible_total_balance_on_hold(&CLIENT, Fortitude::Polite), 0);
		let moved = Balances::repatriate_reserved(&CLIENT, &20, 400, BalanceStatus::Free);
		assert_eq!(moved, Ok(400), "nothing is moved");
		assert_eq!(Balances::reserved_balance(CLIENT), 400);
		// It comes back to the account itself, and stays there.
		assert_eq!(Balances::unreserve(&CLIENT, 400), 0);
		assert!(pay(CLIENT, 20).is_err());
		assert_eq!(Balances::free_balance(CLIENT), ENDOWMENT);
	});
}

#[test]
fn an_account_that_is_empty_is_frozen_before_it_gets_anything() {
	test(|| {
		let case = open();
		assert_ok!(freeze(case, account(7), 50));
		assert_ok!(pay(20, 7));
		assert!(pay(7, 20).is_err());
		assert_eq!(Balances::total_balance(&7), 1);
		assert_ok!(release(OFFICER, account(7)));
		assert_ok!(pay(7, 20));
		assert!(!System::account_exists(&7), "nothing of it is left");
		// One that stays empty leaves nothing behind either.
		assert_ok!(freeze(case, account(8), 50));
		assert_ok!(release(OFFICER, account(8)));
		assert!(!System::account_exists(&8));
	});
}

#[test]
fn everybody_of_a_frozen_institution_is_frozen() {
	test(|| {
		let case = open();
		assert_ok!(freeze(case, institution(1), 50));
		assert!((10..20).all(|who| Supervision::is_frozen(&who)));
		assert!(![9, 20, OFFICER].iter().any(Supervision::is_frozen));
		assert_eq!(Supervision::frozen_by(&CLIENT), Some(institution(1)));
		// One of its accounts can be frozen besides, and stays so when the institution is released.
		assert_ok!(freeze(case, account(CLIENT), 60));
		assert_eq!(Supervision::frozen_by(&CLIENT), Some(account(CLIENT)));
		assert_eq!(super::case(case).freezes, 2);
		assert_ok!(release(OFFICER, institution(1)));
		assert!(Supervision::is_frozen(&CLIENT) && !Supervision::is_frozen(&ADMINISTRATOR));
	});
}

#[test]
fn what_a_freeze_is_refused_for() {
	test(|| {
		let case_of_8 = open();
		let short = crate::NextCase::<Test>::get();
		assert_ok!(Supervision::open_case(RuntimeOrigin::signed(OFFICER), LAW.to_vec(), 20));
		let closed = open();
		assert_ok!(close(OFFICER, closed));
		assert_ok!(freeze(case_of_8, account(14), 50));
		let cases: [(&str, u64, CaseId, Subject<u64>, u32, Error<Test>); 14] = [
			("no such case", OFFICER, 77, account(CLIENT), 50, Error::UnknownCase),
			("another's case", STRANGER, case_of_8, account(CLIENT), 50, Error::CaseNotYours),
			("a closed case", OFFICER, closed, account(CLIENT), 50, Error::CaseClosedBefore),
			("in the past", OFFICER, case_of_8, account(CLIENT), 0, Error::UntilPast),
			("now", OFFICER, case_of_8, account(CLIENT), 1, Error::UntilPast),
			("too long", OFFICER, case_of_8, account(CLIENT), 2 + MAX_FREEZE, Error::FreezeTooLong),
			("for ever", OFFICER, case_of_8, account(CLIENT), u32::MAX, Error::FreezeTooLong),
			("after the case", OFFICER, short, account(CLIENT), 21, Error::FreezeOutlastsCase),
			("no such institution", OFFICER, case_of_8, institution(10), 50, Error::UnknownInstitution),
			("oneself", OFFICER, case_of_8, account(OFFICER), 50, Error::SubjectIsRegulator),
			("a regulator", OFFICER, case_of_8, account(STRANGER), 50, Error::SubjectIsRegulator),
			("its institution", OFFICER, case_of_8, institution(9), 50, Error::SubjectIsRegulator),
			("once more", OFFICER, case_of_8, account(14), 60, Error::FrozenAlready),
			("by another", COLLEAGUE, case_of_8, account(14), 60, Error::FrozenAlready),
		];
		for (what, officer, case, subject, until, error) in cases {
			let expected: DispatchResult = Err(error.into());
			assert_eq!(freeze_by(officer, case, subject, until), expected, "{what}");
		}
		assert_noop!(freeze_by(CLIENT, case_of_8, account(20), 50), BadOrigin);
		let silently = Supervision::freeze(RuntimeOrigin::signed(OFFICER), case_of_8, account(20), vec![], 50);
		assert_noop!(silently, Error::<Test>::GroundLength);
		assert_ok!(freeze(case_of_8, account(CLIENT), 1 + MAX_FREEZE));
		assert_ok!(freeze(short, account(15), 20));
		// Who is of a regulator's institution without being a regulator can be.
		assert_ok!(freeze(case_of_8, account(86), 50));
		// Under a case of its own, another institution adds nothing to a freeze.
		let case_of_9 = open_by(STRANGER);
		assert_noop!(freeze_by(STRANGER, case_of_9, account(14), 50), Error::<Test>::FrozenAlready);
	});
}

#[test]
fn no_more_freezes_end_in_one_block_than_may() {
	test(|| {
		let case = open();
		for n in 0..MAX_EXPIRIES as u64 {
			assert_ok!(freeze(case, account(20 + n), 50));
		}
		assert_noop!(freeze(case, account(30), 50), Error::<Test>::ExpiryBlockFull);
		assert_ok!(freeze(case, account(30), 51));
		// A release makes room.
		assert_ok!(release(OFFICER, account(20)));
		assert_ok!(freeze(case, account(31), 50));
	});
}

#[test]
fn whoever_may_of_the_same_institution_releases() {
	test(|| {
		let number = open();
		assert_ok!(freeze(number, account(CLIENT), 50));
		assert_noop!(release(STRANGER, account(CLIENT)), Error::<Test>::FreezeNotYours);
		assert_noop!(release(CLIENT, account(CLIENT)), BadOrigin);
		assert_noop!(release(OFFICER, account(20)), Error::<Test>::NotFrozen);
		assert_noop!(release(OFFICER, institution(1)), Error::<Test>::NotFrozen);
		let silently = Supervision::release(RuntimeOrigin::signed(OFFICER), account(CLIENT), vec![]);
		assert_noop!(silently, Error::<Test>::GroundLength);
		assert_ok!(release(COLLEAGUE, account(CLIENT)));
		let record = (officer(COLLEAGUE), Some(number), Act::Released(account(CLIENT)), text(b"paid"), None);
		assert_eq!(last(), record);
		assert_eq!((frozen(account(CLIENT)), case(number).freezes), (None, 0));
		assert_eq!(crate::Expiries::<Test>::iter().count(), 0);
		assert_ok!(freeze(number, account(CLIENT), 50));
	});
}
