//! Every use of a right is on record.

use super::*;
use crate::{LargeTransfer, NextRecord, Record, Records};

#[test]
fn each_use_of_a_right_makes_one_record_and_one_event() {
	test(|| {
		let until = Some(5);
		assert_ok!(Supervision::open_case(RuntimeOrigin::signed(OFFICER), LAW.to_vec(), 100));
		assert_ok!(freeze(0, account(CLIENT), 5));
		assert_ok!(appeal(CLIENT, account(CLIENT)));
		assert_ok!(decide(account(CLIENT), false));
		run_to(5);
		assert_ok!(close(OFFICER, 0));
		let (law, case) = (|| text(LAW), Some(0));
		let refused = Act::AppealDecided { subject: account(CLIENT), lifted: false };
		let expected = [
			(1, officer(OFFICER), Act::CaseOpened, law(), Some(100)),
			(1, officer(OFFICER), Act::Frozen(account(CLIENT)), law(), until),
			(1, Actor::Account(CLIENT), Act::Appealed(account(CLIENT)), text(b"not mine"), until),
			(1, Actor::Board, refused, text(b"heard"), until),
			(5, Actor::Chain, Act::Expired(account(CLIENT)), law(), None),
			(5, officer(OFFICER), Act::CaseClosed, text(b"settled"), None),
		];
		assert_eq!(NextRecord::<Test>::get(), expected.len() as u64);
		let told = events();
		assert_eq!(told.len(), expected.len());
		for ((number, (height, by, act, ground, until)), told) in (0..).zip(expected).zip(told) {
			let event =
				Event::Recorded { number, by: by.clone(), case, act: act.clone(), ground: ground.clone(), until };
			assert_eq!(told, event);
			assert_eq!(Records::<Test>::get(number), Some(Record { number, height, by, case, act, ground, until }));
		}
	});
}

#[test]
fn what_fails_is_not_on_record() {
	test(|| {
		let case = open();
		let before = NextRecord::<Test>::get();
		assert!(freeze(case, account(OFFICER), 50).is_err());
		assert!(release(OFFICER, account(CLIENT)).is_err());
		assert_eq!(NextRecord::<Test>::get(), before);
	});
}

#[test]
fn a_regulator_says_what_a_large_transfer_is() {
	test(|| {
		assert_eq!(LargeTransfer::<Test>::get(), 500, "from genesis");
		let set = |who, amount, ground: &[u8]| {
			Supervision::set_large_transfer(RuntimeOrigin::signed(who), amount, ground.to_vec())
		};
		assert_noop!(set(CLIENT, 1, LAW), BadOrigin);
		assert_noop!(set(OFFICER, 1, b""), Error::<Test>::GroundLength);
		assert_ok!(set(OFFICER, 10_000, LAW));
		assert_eq!(LargeTransfer::<Test>::get(), 10_000);
		assert_eq!(last(), (officer(OFFICER), None, Act::LargeTransferSet(10_000), text(LAW), None));
		assert_ok!(set(STRANGER, 0, LAW));
		assert_eq!(LargeTransfer::<Test>::get(), 0);
	});
}

#[test]
fn other_pallets_put_on_record_what_they_do() {
	test(|| {
		let act = || Act::SenderBarred { institution: 3, commitment: sp_core::H256([7; 32]) };
		assert_eq!(Supervision::record(Actor::Chain, None, act(), Ground::default(), Some(9)), 0);
		assert_eq!(last(), (Actor::Chain, None, act(), Ground::default(), Some(9)));
	});
}

/// What was exported is read by these numbers.
#[test]
fn acts_keep_their_numbers() {
	use codec::Encode;
	let commitment = sp_core::H256::zero();
	let validator = syndic_primitives::ValidatorId::from(sp_core::ed25519::Public::from_raw([1; 32]));
	let (height, expelled, request) = (Default::default(), true, 0);
	let acts: [Act<u64>; 15] = [
		Act::CaseOpened,
		Act::CaseClosed,
		Act::Frozen(account(1)),
		Act::Released(account(1)),
		Act::Expired(account(1)),
		Act::Appealed(account(1)),
		Act::AppealDecided { subject: account(1), lifted: true },
		Act::DisclosureRequested { commitment, request },
		Act::DisclosureApproved { commitment, request },
		Act::DisclosureOpened { commitment, request },
		Act::ShareReleased { commitment, request },
		Act::SenderBarred { institution: 0, commitment },
		Act::SenderReinstated { institution: 0 },
		Act::Evidence { validator, height, expelled },
		Act::LargeTransferSet(0),
	];
	for (number, act) in (0..).zip(acts) {
		assert_eq!(act.encode()[0], number, "{act:?}");
	}
	let actors = [Actor::Board, officer(80), Actor::Account(1), Actor::Chain];
	assert_eq!(actors.map(|actor| actor.encode()[0]), [0, 1, 2, 3]);
	assert_eq!([account(1), institution(1)].map(|subject| subject.encode()[0]), [0, 1]);
}
