//! Appeals, and how the board decides them.

use super::*;
use crate::Appeal;

#[test]
fn the_frozen_and_their_administrators_appeal_once_per_freeze() {
	test(|| {
		let number = open();
		let cases: [(&str, Subject<u64>, u64, Option<Error<Test>>); 8] = [
			("itself", account(CLIENT), CLIENT, None),
			("its administrator", account(14), ADMINISTRATOR, None),
			("a colleague", account(15), 14, Some(Error::MayNotAppeal)),
			("another's administrator", account(15), 21, Some(Error::MayNotAppeal)),
			("the institution's administrator", institution(2), 21, None),
			("a client of it", institution(3), 33, Some(Error::MayNotAppeal)),
			("the regulator", institution(3), OFFICER, Some(Error::MayNotAppeal)),
			("one of nobody's, for itself", account(7), 7, None),
		];
		for (n, (what, subject, who, error)) in cases.into_iter().enumerate() {
			if frozen(subject.clone()).is_none() {
				assert_ok!(freeze(number, subject.clone(), 50 + n as u32));
			}
			let until = frozen(subject.clone()).map(|freeze| freeze.until);
			match error {
				Some(error) => {
					assert_noop!(appeal(who, subject), error);
				}
				None => {
					assert_ok!(appeal(who, subject.clone()));
					let act = Act::Appealed(subject.clone());
					let record = (Actor::Account(who), Some(number), act, text(b"not mine"), until);
					assert_eq!(last(), record, "{what}");
					let made = Appeal { by: who, reason: text(b"not mine"), since: 1, refused: None };
					assert_eq!(frozen(subject.clone()).and_then(|freeze| freeze.appeal), Some(made));
					assert_noop!(appeal(who, subject), Error::<Test>::AppealedBefore);
				}
			}
		}
		assert_noop!(appeal(ADMINISTRATOR, account(CLIENT)), Error::<Test>::AppealedBefore);
		assert_noop!(appeal(20, account(20)), Error::<Test>::NotFrozen);
		assert_noop!(
			Supervision::appeal(RuntimeOrigin::signed(15), account(15), vec![b'x'; 257]),
			Error::<Test>::GroundLength
		);
		assert_noop!(Supervision::appeal(RuntimeOrigin::root(), account(15), b"x".to_vec()), BadOrigin);
		// The next freeze can be appealed against once more.
		assert_ok!(release(OFFICER, account(CLIENT)));
		assert_ok!(freeze(number, account(CLIENT), 70));
		assert_ok!(appeal(CLIENT, account(CLIENT)));
	});
}

#[test]
fn the_board_lifts_a_freeze() {
	test(|| {
		let number = open();
		assert_ok!(freeze(number, account(CLIENT), 50));
		assert_noop!(decide(account(CLIENT), true), Error::<Test>::NotAppealed);
		assert_ok!(appeal(CLIENT, account(CLIENT)));
		let by_officer =
			Supervision::decide_appeal(RuntimeOrigin::signed(OFFICER), account(CLIENT), false, LAW.to_vec());
		assert_noop!(by_officer, BadOrigin);
		let silently = Supervision::decide_appeal(RuntimeOrigin::root(), account(CLIENT), true, vec![]);
		assert_noop!(silently, Error::<Test>::GroundLength);
		assert_ok!(decide(account(CLIENT), true));
		let act = Act::AppealDecided { subject: account(CLIENT), lifted: true };
		assert_eq!(last(), (Actor::Board, Some(number), act, text(b"heard"), None));
		assert!(!Supervision::is_frozen(&CLIENT));
		assert_ok!(pay(CLIENT, 20));
		assert_noop!(decide(account(CLIENT), true), Error::<Test>::NotFrozen);
		assert_eq!(case(number).freezes, 0);
	});
}

#[test]
fn the_board_refuses_an_appeal_and_the_freeze_goes_on() {
	test(|| {
		let number = open();
		assert_ok!(freeze(number, institution(1), 50));
		assert_ok!(appeal(ADMINISTRATOR, institution(1)));
		assert_ok!(decide(institution(1), false));
		let act = Act::AppealDecided { subject: institution(1), lifted: false };
		assert_eq!(last(), (Actor::Board, Some(number), act, text(b"heard"), Some(50)));
		assert_eq!(frozen(institution(1)).and_then(|freeze| freeze.appeal).and_then(|appeal| appeal.refused), Some(1));
		assert_noop!(decide(institution(1), true), Error::<Test>::AppealDecidedBefore);
		assert_noop!(appeal(ADMINISTRATOR, institution(1)), Error::<Test>::AppealedBefore);
		assert!(Supervision::is_frozen(&CLIENT));
		assert_ok!(release(OFFICER, institution(1)));
	});
}
