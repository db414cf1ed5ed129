//! The class of a transaction in the real runtime: priorities, refusals, and precedence.

use crate::common::Chain;
use pallet_classes::{Members, Refusal};
use pallet_identity::types::Kind;
use sp_keyring::Sr25519Keyring::{self, Alice, Bob, Charlie, Dave, Eve, Ferdie};
use sp_runtime::{
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	DispatchError,
};
use syndic_primitives::{
	api::runtime_decl_for_classes_api::ClassesApiV1,
	classes::{class_of_priority, GOVERNING_PRIORITY},
	AssuranceLevel, ClassId,
};
use syndic_runtime::{configs::money::UNIT, presets, Block, Runtime, RuntimeCall, UncheckedExtrinsic};

type Board = pallet_collective::Call<Runtime, pallet_collective::Instance1>;

const SETTLEMENT: ClassId = ClassId(1);

fn transfer() -> RuntimeCall {
	pallet_balances::Call::transfer_keep_alive { dest: Bob.to_account_id().into(), value: UNIT }.into()
}

fn within(class: ClassId, call: RuntimeCall) -> RuntimeCall {
	pallet_classes::Call::with_class { class, call: Box::new(call) }.into()
}

/// The priority that the pool gives the account's next transaction.
fn pool(chain: &mut Chain, who: Sr25519Keyring, call: RuntimeCall) -> Result<u64, TransactionValidityError> {
	let extrinsic = chain.sign(who, call);
	chain.pool(extrinsic).map(|validity| validity.priority)
}

fn refused<R>(refusal: Refusal) -> Result<R, TransactionValidityError> {
	Err(InvalidTransaction::Custom(refusal.code()).into())
}

/// The board creates a class with this number for these institutions.
fn make(chain: &mut Chain, class: ClassId, members: Option<Members<Kind>>) {
	let assurance = AssuranceLevel::Regulator;
	let name = b"collateral".to_vec();
	let call =
		pallet_classes::Call::set_class { class, name, share: 0, priority: 90, max_size: 4_096, assurance, members };
	chain.motion(&[Alice, Bob, Charlie], call);
	assert_eq!(chain.motion_result(), Ok(()));
}

#[test]
fn a_chain_begins_with_four_classes_and_the_api_tells_them() {
	let mut chain = Chain::new(presets::LOCAL);
	let classes = chain.query(<Runtime as ClassesApiV1<Block>>::classes);
	let names: Vec<_> = classes.iter().map(|class| std::str::from_utf8(&class.name).unwrap()).collect();
	assert_eq!(names, ["retail", "settlement", "custody", "reporting"]);
	assert_eq!(classes.iter().map(|class| class.share).sum::<u8>(), 100);
}

#[test]
fn a_wrapped_transfer_is_made_and_goes_before_a_plain_one() {
	let mut chain = Chain::new(presets::LOCAL);
	chain.run_to(2);
	let retail = pool(&mut chain, Eve, transfer()).unwrap();
	let settlement = pool(&mut chain, Eve, within(SETTLEMENT, transfer())).unwrap();
	assert!(settlement > retail);
	assert_eq!((class_of_priority(retail), class_of_priority(settlement)), (ClassId(0), SETTLEMENT));
	chain.block([(Eve, within(SETTLEMENT, transfer()))]);
	assert_eq!(chain.failure(), None);
	let told = chain.events().into_iter().any(|event| {
		matches!(event, syndic_runtime::RuntimeEvent::Classes(pallet_classes::Event::CalledInClass { class, .. })
			if class == SETTLEMENT)
	});
	assert!(told);
}

#[test]
fn a_tip_buys_precedence_within_a_class_and_no_other_class() {
	let mut chain = Chain::new(presets::LOCAL);
	chain.run_to(2);
	let mut of = |call: RuntimeCall, tip| {
		let extrinsic = chain.sign_with_tip(Eve, call, tip);
		chain.pool(extrinsic).expect("it is fine").priority
	};
	let (plain, little, much) = (of(transfer(), 0), of(transfer(), 1_000), of(transfer(), 100_000 * UNIT));
	assert!(plain < little && little < much);
	assert_eq!(class_of_priority(much), ClassId(0));
	assert!(much < of(within(ClassId(3), transfer()), 0));
	// Without a tip, a heavy transaction has the same priority as a light one, and does not wait for ever.
	let remark: RuntimeCall = frame_system::Call::remark { remark: vec![0; 50_000] }.into();
	assert_eq!(of(remark, 0), plain);
}

#[test]
fn refusals_come_at_the_pool_and_in_the_block() {
	let mut chain = Chain::new(presets::LOCAL);
	chain.run_to(2);
	assert_eq!(pool(&mut chain, Eve, within(ClassId(9), transfer())), refused(Refusal::UnknownClass));
	let nested = within(SETTLEMENT, within(SETTLEMENT, transfer()));
	assert_eq!(pool(&mut chain, Eve, nested), refused(Refusal::Nested));
	let long: RuntimeCall = frame_system::Call::remark { remark: vec![0; 128 * 1024] }.into();
	assert_eq!(pool(&mut chain, Eve, long.clone()), refused(Refusal::TooLong));
	assert!(pool(&mut chain, Eve, within(ClassId(3), long)).is_ok(), "a report may be long");
	let extrinsic = chain.sign(Eve, within(ClassId(9), transfer()));
	let error = chain.others_accept(extrinsic).expect_err("it is refused");
	assert_eq!(error, "ExecuteBlockError applying extrinsic: InvalidTransaction custom error");
}

#[test]
fn a_class_is_for_institutions_and_kinds_that_the_board_names() {
	let mut chain = Chain::new(presets::LOCAL);
	let class = ClassId(5);
	// Institution 2 is Charlie's.
	make(&mut chain, class, Some(Members { kinds: vec![], institutions: vec![2] }));
	assert!(pool(&mut chain, Charlie, within(class, transfer())).is_ok());
	assert_eq!(pool(&mut chain, Dave, within(class, transfer())), refused(Refusal::NotOpen));
	make(&mut chain, class, Some(Members { kinds: vec![Kind::Regulator], institutions: vec![] }));
	assert_eq!(pool(&mut chain, Charlie, within(class, transfer())), refused(Refusal::NotOpen));
	make(&mut chain, class, Some(Members { kinds: vec![Kind::Bank], institutions: vec![] }));
	assert!(pool(&mut chain, Dave, within(class, transfer())).is_ok());
}

#[test]
fn the_board_maps_a_call() {
	let mut chain = Chain::new(presets::LOCAL);
	let index: (u8, u8) = {
		use codec::Encode;
		let bytes = transfer().encode();
		(bytes[0], bytes[1])
	};
	let map = || pallet_classes::Call::map_call { call: index, class: SETTLEMENT };
	chain.motion(&[Alice, Bob], map());
	assert_eq!(chain.motion_result(), Err(DispatchError::BadOrigin));
	chain.motion(&[Alice, Bob, Charlie], map());
	assert_eq!(chain.motion_result(), Ok(()));
	assert_eq!(class_of_priority(pool(&mut chain, Eve, transfer()).unwrap()), SETTLEMENT);
}

#[test]
fn what_governs_goes_before_every_class() {
	let mut chain = Chain::new(presets::LOCAL);
	make(&mut chain, ClassId(5), None);
	let vote: RuntimeCall = Board::vote { proposal: Default::default(), index: 0, approve: true }.into();
	assert_eq!(pool(&mut chain, Alice, vote.clone()), Ok(GOVERNING_PRIORITY));
	assert!(pool(&mut chain, Alice, within(ClassId(5), transfer())).unwrap() < GOVERNING_PRIORITY);
	// An account that is not in the board gains no priority by a call of the board.
	assert_eq!(class_of_priority(pool(&mut chain, Ferdie, vote).unwrap()), ClassId(0));
}

#[test]
fn the_api_tells_the_class_that_the_pool_counts() {
	let mut chain = Chain::new(presets::LOCAL);
	chain.run_to(2);
	let mut of = |extrinsic: UncheckedExtrinsic| chain.query(|| <Runtime as ClassesApiV1<Block>>::class_of(extrinsic));
	let now = UncheckedExtrinsic::new_bare(pallet_timestamp::Call::set { now: 1 }.into());
	assert_eq!(of(now), None, "an inherent");
	let (account, proof) = (Eve.to_account_id(), vec![]);
	let enrol =
		pallet_identity::Call::enrol { account, institution: 0, chain: vec![], signed_at: 0, proof, consent: None };
	assert_eq!(of(UncheckedExtrinsic::new_bare(enrol.into())), Some(ClassId(0)), "anybody may flood it");
	let mut chain = Chain::new(presets::LOCAL);
	chain.run_to(2);
	let vote: RuntimeCall = Board::vote { proposal: Default::default(), index: 0, approve: true }.into();
	let cases = [
		(Alice, vote.clone(), None),
		(Ferdie, vote, Some(ClassId(0))),
		(Eve, transfer(), Some(ClassId(0))),
		(Eve, within(SETTLEMENT, transfer()), Some(SETTLEMENT)),
	];
	for (who, call, class) in cases {
		let extrinsic = chain.sign(who, call);
		let told = chain.query(|| <Runtime as ClassesApiV1<Block>>::class_of(extrinsic.clone()));
		assert_eq!(told, class);
	}
}

/// The weight of a wrapped call is little more than that of the call itself.
#[test]
fn the_wrapper_costs_little() {
	use frame_support::dispatch::GetDispatchInfo;
	let direct = transfer().get_dispatch_info().call_weight.ref_time();
	let wrapped = within(SETTLEMENT, transfer()).get_dispatch_info().call_weight.ref_time();
	assert!(wrapped > direct && wrapped - direct < 100_000_000, "{direct} {wrapped}");
}
