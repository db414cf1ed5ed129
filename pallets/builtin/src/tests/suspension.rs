//! A suspended contract is not called, by nobody and on no way.

use crate::{
	mock::{contract, *},
	BuiltInContract, CallOf, Error, Event, Suspended,
};
use codec::Encode;
use frame_support::{assert_noop, assert_ok, traits::OnInitialize, weights::Weight};
use sp_runtime::{
	traits::{BlakeTwo256, Dispatchable, Hash},
	DispatchError,
};
use syndic_primitives::{
	builtin::{address, Address},
	Height,
};

fn filtered() -> DispatchError {
	frame_system::Error::<Test>::CallFiltered.into()
}

fn set(value: u32) -> CallOf<Test> {
	contract::Call::set { value }.into()
}

fn suspended() -> sp_io::TestExternalities {
	let mut ext = new_test_ext();
	ext.execute_with(|| {
		assert_ok!(Builtin::suspend(board(3), OTHER));
	});
	ext
}

/// The result that the board's last motion has had.
fn motion(call: CallOf<Test>) -> Result<(), DispatchError> {
	let (hash, length) = (BlakeTwo256::hash_of(&call), call.encoded_size() as u32);
	let index = pallet_collective::ProposalCount::<Test, pallet_collective::Instance1>::get();
	assert_ok!(Board::propose(RuntimeOrigin::signed(1), 3, Box::new(call), length));
	for member in [1, 2, 3] {
		assert_ok!(Board::vote(RuntimeOrigin::signed(member), hash, index, true));
	}
	assert_ok!(Board::close(RuntimeOrigin::signed(1), hash, index, Weight::MAX, length));
	let executed = System::events().into_iter().rev().find_map(|record| match record.event {
		RuntimeEvent::Board(pallet_collective::Event::Executed { result, .. }) => Some(result),
		_ => None,
	});
	executed.expect("the motion was executed")
}

/// The result of a call that is scheduled for the next block.
fn scheduled(call: CallOf<Test>) -> Result<(), DispatchError> {
	let when = System::block_number() + 1;
	assert_ok!(Scheduler::schedule(RuntimeOrigin::signed(5), when, None, 0, Box::new(call)));
	System::set_block_number(when);
	Scheduler::on_initialize(when);
	let dispatched = System::events().into_iter().rev().find_map(|record| match record.event {
		RuntimeEvent::Scheduler(pallet_scheduler::Event::Dispatched { result, .. }) => Some(result),
		_ => None,
	});
	dispatched.expect("the call was dispatched")
}

fn directly(call: CallOf<Test>) -> Result<(), DispatchError> {
	call.dispatch(RuntimeOrigin::signed(5)).map(drop).map_err(|error| error.error)
}

fn in_a_batch(call: CallOf<Test>) -> Result<(), DispatchError> {
	directly(pallet_utility::Call::batch_all { calls: vec![call] }.into())
}

fn by_its_address(call: CallOf<Test>) -> Result<(), DispatchError> {
	directly(by_address(OTHER, &call))
}

#[test]
fn every_way_to_a_suspended_contract_is_barred_and_open_again_afterwards() {
	let ways: [(&str, fn(CallOf<Test>) -> Result<(), DispatchError>, Result<(), DispatchError>); 6] = [
		("directly", directly, Ok(())),
		("by address", by_its_address, Ok(())),
		("in a batch", in_a_batch, Ok(())),
		("in a batch, by address", |call| in_a_batch(by_address(OTHER, &call)), Ok(())),
		("at a scheduled time", scheduled, Ok(())),
		// The call itself wants an account, which the board is not: it got as far as that.
		("by a motion", motion, Err(DispatchError::BadOrigin)),
	];
	for (way, make, open) in ways {
		suspended().execute_with(|| {
			assert_eq!(make(set(7)), Err(filtered()), "{way}");
			assert_eq!(contract::Value::<Test>::get(), None, "{way}");
			assert_ok!(Builtin::resume(board(3), OTHER));
			assert_eq!(make(set(8)), open, "{way}");
		});
	}
}

#[test]
fn a_batch_that_may_be_interrupted_says_where() {
	suspended().execute_with(|| {
		let remark: CallOf<Test> = frame_system::Call::remark { remark: vec![] }.into();
		assert_ok!(Utility::batch(RuntimeOrigin::signed(5), vec![remark, set(7)]));
		let interrupted = pallet_utility::Event::BatchInterrupted { index: 1, error: filtered() };
		assert!(System::events().iter().any(|record| record.event == RuntimeEvent::Utility(interrupted.clone())));
	});
}

#[test]
fn inherents_hooks_and_others_go_on() {
	suspended().execute_with(|| {
		let must: CallOf<Test> = contract::Call::must {}.into();
		assert_ok!(must.dispatch(RuntimeOrigin::none()));
		AllPalletsWithSystem::on_initialize(2);
		assert_eq!(contract::Ticks::<Test>::get(), 1);
		let remark: CallOf<Test> = frame_system::Call::remark { remark: vec![] }.into();
		assert_ok!(directly(remark));
		// And what is stored can be read.
		assert!(Builtin::read(&OTHER, "Ticks", &[]).unwrap().is_some());
	});
}

#[test]
fn the_board_suspends_and_resumes() {
	new_test_ext().execute_with(|| {
		for origin in [RuntimeOrigin::signed(1), RuntimeOrigin::none(), board(2)] {
			assert_noop!(Builtin::suspend(origin.clone(), OTHER), DispatchError::BadOrigin);
			assert_noop!(Builtin::resume(origin, OTHER), DispatchError::BadOrigin);
		}
		System::set_block_number(9);
		assert_ok!(Builtin::suspend(board(3), OTHER));
		System::assert_last_event(Event::ContractSuspended { address: OTHER }.into());
		assert_eq!(Builtin::suspended(), [(OTHER, Height(9))]);
		assert_eq!(Builtin::check_state(), Ok(()));
		assert_ok!(Builtin::resume(board(3), OTHER));
		System::assert_last_event(Event::ContractResumed { address: OTHER }.into());
		assert_eq!(Builtin::suspended(), []);
	});
}

#[test]
fn what_cannot_be_suspended_or_resumed_is_refused_by_name() {
	new_test_ext().execute_with(|| {
		let nobody = address(0x1ffe);
		let suspend = |address: Address| Builtin::suspend(board(3), address);
		let resume = |address: Address| Builtin::resume(board(3), address);
		assert_noop!(suspend(Builtin::ADDRESS), Error::<Test>::NotSuspendable);
		assert_noop!(suspend(nobody), Error::<Test>::UnknownContract);
		assert_noop!(resume(nobody), Error::<Test>::UnknownContract);
		assert_noop!(resume(OTHER), Error::<Test>::NotSuspended);
		assert_ok!(suspend(OTHER));
		assert_noop!(suspend(OTHER), Error::<Test>::AlreadySuspended);
	});
}

#[test]
fn a_state_that_names_others_is_found() {
	new_test_ext().execute_with(|| {
		Suspended::<Test>::insert(Builtin::ADDRESS, Height(1));
		assert!(Builtin::check_state().is_err());
		// It has no effect, for what cannot be suspended is not looked up.
		assert_ok!(directly(by_address(OTHER, &set(7))));
	});
}
