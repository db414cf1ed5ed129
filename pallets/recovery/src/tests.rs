use crate::{mock::*, Call, Error, Event, InherentError};
use codec::Decode;
use frame_support::{
	assert_noop, assert_ok,
	dispatch::{DispatchClass, GetDispatchInfo},
	inherent::{InherentData, ProvideInherent},
};
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie, Dave};
use sp_runtime::{traits::Dispatchable, DigestItem, DispatchError};
use syndic_primitives::{
	digest::ConsensusLog, recovery::RECOVERY_INHERENT, Height, RecoveryOrder, SetId, UncheckedRecovery, ValidatorSet,
	ENGINE_ID,
};

fn recover(recovery: UncheckedRecovery) -> sp_runtime::DispatchResult {
	Recovery::recover(RuntimeOrigin::none(), recovery)
}

fn data(recovery: Option<&UncheckedRecovery>) -> InherentData {
	let mut data = InherentData::new();
	if let Some(recovery) = recovery {
		data.put_data(RECOVERY_INHERENT, recovery).unwrap();
	}
	data
}

#[test]
fn three_of_four_of_the_board_put_another_set_in_force() {
	new_test_ext().execute_with(|| {
		assert_ok!(recover(sign(order(), &[Alice, Bob, Charlie])));
		let set = ValidatorSet::new(SetId(1), Height(20), keys(&[1, 2])).unwrap();
		assert_eq!(Validators::validator_set(), Some(set));
		let (replaced, id) = (SetId(0), SetId(1));
		let recovered = Event::<Test>::Recovered { replaced, id, since: Height(20), validators: 2, signers: 3 };
		assert_eq!(System::read_events_for_pallet::<Event<Test>>(), [recovered]);
		let [DigestItem::Consensus(ENGINE_ID, log)] = &end()[..] else { panic!("the header says nothing of it") };
		assert_eq!(ConsensusLog::decode(&mut &log[..]), Ok(ConsensusLog::Recovery(order())));
	});
}

#[test]
fn an_order_that_does_not_hold_changes_nothing() {
	new_test_ext().execute_with(|| {
		let board = [Alice, Bob, Charlie];
		let other = |change: fn(&mut RecoveryOrder)| {
			let mut order = order();
			change(&mut order);
			sign(order, &board)
		};
		let mut not_on_board = sign(order(), &board);
		not_on_board.signatures.try_push(stranger(&order())).unwrap();
		let mut forged = sign(order(), &board);
		forged.order.members.truncate(1);
		let cases = [
			(other(|order| order.genesis = hash(1)), Error::<Test>::OtherChain),
			(other(|order| order.height = Height(18)), Error::OtherBlock),
			(other(|order| order.height = Height(20)), Error::OtherBlock),
			(other(|order| order.block_hash = hash(18)), Error::OtherBlock),
			(other(|order| order.set_id = SetId(1)), Error::OtherSet),
			(other(|order| order.members.clear()), Error::NoSet),
			(other(|order| order.members.try_push(key(1)).unwrap()), Error::NoSet),
			(sign(order(), &[Alice, Bob]), Error::TooFewSigners),
			(sign(order(), &[Alice, Bob, Alice]), Error::SignedTwice),
			(not_on_board, Error::NotOnBoard),
			(forged, Error::BadSignature),
		];
		for (recovery, error) in cases {
			assert_noop!(recover(recovery), error);
		}
		BoardMembers::set(&vec![]);
		assert_noop!(recover(sign(order(), &board)), Error::<Test>::NoBoard);
	});
}

#[test]
fn the_board_is_the_one_in_the_state() {
	new_test_ext().execute_with(|| {
		BoardMembers::set(&vec![Alice.to_account_id(), Dave.to_account_id()]);
		assert_noop!(recover(sign(order(), &[Alice, Bob, Charlie])), Error::<Test>::NotOnBoard);
		assert_ok!(recover(sign(order(), &[Alice, Dave])));
	});
}

#[test]
fn an_order_is_carried_out_once() {
	new_test_ext().execute_with(|| {
		let recovery = sign(order(), &[Alice, Bob, Charlie]);
		assert_ok!(recover(recovery.clone()));
		assert_noop!(recover(recovery.clone()), Error::<Test>::OtherSet);
		begin(21);
		assert_noop!(recover(recovery), Error::<Test>::OtherBlock);
	});
}

#[test]
fn nobody_can_send_it() {
	new_test_ext().execute_with(|| {
		let recovery = sign(order(), &[Alice, Bob, Charlie]);
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::signed(1)] {
			assert_noop!(Recovery::recover(origin, recovery.clone()), DispatchError::BadOrigin);
		}
		let call = RuntimeCall::Recovery(Call::recover { recovery });
		assert_eq!(call.get_dispatch_info().class, DispatchClass::Mandatory);
		assert_ok!(call.dispatch(RuntimeOrigin::none()));
	});
}

#[test]
fn a_block_carries_the_order_that_its_author_was_given() {
	new_test_ext().execute_with(|| {
		let recovery = sign(order(), &[Alice, Bob, Charlie]);
		let call = Call::<Test>::recover { recovery: recovery.clone() };
		assert_eq!(Recovery::create_inherent(&data(Some(&recovery))), Some(call.clone()));
		assert_eq!(Recovery::create_inherent(&data(None)), None);
		assert!(Recovery::is_inherent(&call));
	});
}

#[test]
fn others_accept_a_block_with_the_order_that_they_were_given_and_no_other() {
	new_test_ext().execute_with(|| {
		let given = sign(order(), &[Alice, Bob, Charlie]);
		let check = |recovery: &UncheckedRecovery, given: Option<&UncheckedRecovery>| {
			let call = Call::<Test>::recover { recovery: recovery.clone() };
			Recovery::check_inherent(&call, &data(given))
		};
		assert_eq!(check(&given, Some(&given)), Ok(()));
		let more = sign(order(), &[Alice, Bob, Charlie, Dave]);
		assert_eq!(check(&more, Some(&given)), Ok(()), "who has signed it may differ");
		assert_eq!(check(&given, None), Err(InherentError::NotAsked));
		let another = sign(RecoveryOrder { height: Height(18), ..order() }, &[Alice, Bob, Charlie]);
		assert_eq!(check(&another, Some(&given)), Err(InherentError::Another));
		assert_eq!(Recovery::is_inherent_required(&data(Some(&given))), Ok(Some(InherentError::Missing)));
		assert_eq!(Recovery::is_inherent_required(&data(None)), Ok(None));
	});
}
