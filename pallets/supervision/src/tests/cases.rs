//! Cases, and who opens and closes them.

use super::*;

#[test]
fn a_regulator_opens_a_case_and_it_is_on_record() {
	test(|| {
		assert_ok!(Supervision::open_case(RuntimeOrigin::signed(OFFICER), LAW.to_vec(), 50));
		let expected = Case {
			regulator: 8,
			opened_by: OFFICER,
			ground: text(LAW),
			opened: 1,
			until: 50,
			closed: None,
			freezes: 0,
		};
		assert_eq!(case(0), expected);
		assert_eq!(last(), (officer(OFFICER), Some(0), Act::CaseOpened, text(LAW), Some(50)));
		assert_eq!(open(), 1, "numbers are given in order");
	});
}

#[test]
fn nobody_else_opens_one() {
	test(|| {
		for origin in [RuntimeOrigin::signed(CLIENT), RuntimeOrigin::signed(85), RuntimeOrigin::root()] {
			assert_noop!(Supervision::open_case(origin, LAW.to_vec(), 50), BadOrigin);
		}
	});
}

#[test]
fn its_ground_and_its_end_are_judged() {
	test(|| {
		let open = |ground: &[u8], until| Supervision::open_case(RuntimeOrigin::signed(80), ground.to_vec(), until);
		assert_noop!(open(b"", 50), Error::<Test>::GroundLength);
		assert_noop!(open(&[b'x'; 257], 50), Error::<Test>::GroundLength);
		assert_ok!(open(&[b'x'; 256], 50));
		assert_noop!(open(&[0xff], 50), Error::<Test>::GroundForm);
		assert_noop!(open(LAW, 0), Error::<Test>::UntilPast);
		assert_noop!(open(LAW, 1), Error::<Test>::UntilPast);
		assert_ok!(open(LAW, 2));
		assert_ok!(open(LAW, 1 + MAX_CASE));
		assert_noop!(open(LAW, 2 + MAX_CASE), Error::<Test>::CaseTooLong);
		assert_noop!(open(LAW, u32::MAX), Error::<Test>::CaseTooLong);
	});
}

#[test]
fn any_regulator_of_its_institution_closes_it_once() {
	test(|| {
		let case_of_8 = open();
		assert_noop!(close(OFFICER, 7), Error::<Test>::UnknownCase);
		assert_noop!(close(STRANGER, case_of_8), Error::<Test>::CaseNotYours);
		assert_noop!(close(CLIENT, case_of_8), BadOrigin);
		let empty = Supervision::close_case(RuntimeOrigin::signed(OFFICER), case_of_8, vec![]);
		assert_noop!(empty, Error::<Test>::GroundLength);
		System::set_block_number(9);
		assert_ok!(close(COLLEAGUE, case_of_8));
		assert_eq!(case(case_of_8).closed, Some(9));
		assert_eq!(last(), (officer(COLLEAGUE), Some(0), Act::CaseClosed, text(b"settled"), None));
		assert_noop!(close(OFFICER, case_of_8), Error::<Test>::CaseClosedBefore);
	});
}

#[test]
fn a_case_with_freezes_in_force_stays_open() {
	test(|| {
		let case = open();
		assert_ok!(freeze(case, account(CLIENT), 50));
		assert_noop!(close(OFFICER, case), Error::<Test>::FreezesInForce);
		assert_ok!(release(OFFICER, account(CLIENT)));
		assert_ok!(close(OFFICER, case));
	});
}

#[test]
fn other_pallets_learn_whether_it_is_open() {
	test(|| {
		let number = open();
		assert!(Supervision::case_is_open(number, 8));
		assert!(!Supervision::case_is_open(number, 9), "of another institution");
		assert!(!Supervision::case_is_open(7, 8), "there is none");
		System::set_block_number(MAX_CASE);
		assert!(Supervision::case_is_open(number, 8), "the last block");
		System::set_block_number(1 + MAX_CASE);
		assert!(!Supervision::case_is_open(number, 8));
		assert_noop!(freeze(number, account(CLIENT), MAX_CASE + 2), Error::<Test>::CaseExpired);
		assert_ok!(close(OFFICER, number));
		let second = open();
		assert_ok!(close(OFFICER, second));
		assert!(!Supervision::case_is_open(second, 8));
	});
}
