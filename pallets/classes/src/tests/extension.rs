//! The class of a transaction, at a pool and in a block.

use super::*;
use crate::{BlockShares, CheckClass};
use codec::Encode;
use frame_support::{
	dispatch::{DispatchClass, GetDispatchInfo},
	pallet_prelude::{InvalidTransaction, TransactionSource, TransactionValidityError, Weight},
};
use sp_runtime::traits::{DispatchTransaction, TransactionExtension};
use syndic_primitives::classes::{class_of_priority, pool_priority, GOVERNING_PRIORITY};

/// What a pool says of a transaction of some length: its priority.
fn pool_of(who: u64, call: &RuntimeCall, length: usize) -> Result<u64, TransactionValidityError> {
	let info = call.get_dispatch_info();
	let origin = RuntimeOrigin::signed(who);
	let result = CheckClass::<Test>::new().validate_only(origin, call, &info, length, TransactionSource::External, 0);
	result.map(|(validity, ..)| validity.priority)
}

fn pool(who: u64, call: &RuntimeCall) -> Result<u64, TransactionValidityError> {
	pool_of(who, call, 100)
}

/// What happens in a block, before the call.
fn block(call: &RuntimeCall, length: usize) -> Result<(), TransactionValidityError> {
	let info = call.get_dispatch_info();
	let origin = RuntimeOrigin::signed(10);
	CheckClass::<Test>::new().validate_and_prepare(origin, call, &info, length, 0).map(drop)
}

fn refused<R>(refusal: Refusal) -> Result<R, TransactionValidityError> {
	Err(InvalidTransaction::Custom(refusal.code()).into())
}

const EXHAUSTED: TransactionValidityError = TransactionValidityError::Invalid(InvalidTransaction::ExhaustsResources);

#[test]
fn the_wrapper_decides_then_the_mapping_then_the_default() {
	test(|| {
		let class_of = |call: &RuntimeCall| {
			let priority = pool(10, call).expect("it is fine");
			assert_eq!(class_of_priority(priority), Classes::class_of(call));
			Classes::class_of(call)
		};
		assert_eq!(class_of(&remark()), RETAIL);
		assert_eq!(class_of(&within(SETTLEMENT, remark())), SETTLEMENT);
		assert_ok!(Classes::map_call(RuntimeOrigin::root(), (0, 0), REPORTING));
		assert_eq!(class_of(&remark()), REPORTING);
		assert_eq!(class_of(&within(SETTLEMENT, remark())), SETTLEMENT, "who says another one means it");
		assert_eq!(class_of(&within(RETAIL, remark())), RETAIL);
		let other: RuntimeCall = frame_system::Call::remark_with_event { remark: vec![] }.into();
		assert_eq!(class_of(&other), RETAIL);
	});
}

#[test]
fn a_class_of_higher_priority_goes_first() {
	test(|| {
		let of = |class| pool(10, &within(class, remark())).unwrap();
		let [retail, settlement, custody, reporting] = [0, 1, 2, 3].map(|id| of(ClassId(id)));
		assert!(settlement > custody && custody > reporting && reporting > retail);
		assert_ok!(Wanted { name: "reporting", priority: 99, ..Wanted::new(REPORTING) }.set());
		assert_eq!(of(REPORTING), pool_priority(99, REPORTING), "from the next transaction on");
	});
}

#[test]
fn what_a_class_does_not_allow_is_refused_by_its_own_code() {
	test(|| {
		assert_eq!(pool(10, &within(NEW, remark())), refused(Refusal::UnknownClass));
		assert_eq!(pool(10, &within(SETTLEMENT, within(SETTLEMENT, remark()))), refused(Refusal::Nested));
		let most = class(RETAIL).unwrap().max_size as usize;
		assert!(pool_of(10, &remark(), most).is_ok());
		assert_eq!(pool_of(10, &remark(), most + 1), refused(Refusal::TooLong));
		assert_eq!(block(&remark(), most + 1), refused(Refusal::TooLong), "in the block, too");
		assert!(pool_of(10, &within(REPORTING, remark()), most + 1).is_ok(), "another class allows more");
	});
}

#[test]
fn a_class_may_be_for_some_institutions_only() {
	test(|| {
		// Institution 4, and whoever is of kind 1.
		let members = Some(Members { kinds: vec![1], institutions: vec![4] });
		assert_ok!(Wanted { members, ..Wanted::new(NEW) }.set());
		let says = |who| pool(who, &within(NEW, remark())).map(class_of_priority);
		assert_eq!(says(10), Ok(NEW), "of kind 1");
		assert_eq!(says(20), refused(Refusal::NotOpen));
		assert_eq!(says(41), Ok(NEW), "of institution 4");
		assert_eq!(says(3), refused(Refusal::NotOpen), "of none");
		// A mapping gives nobody what the class does not.
		assert_ok!(Classes::map_call(RuntimeOrigin::root(), (0, 0), NEW));
		assert_eq!(pool(20, &remark()), refused(Refusal::NotOpen));
		assert!(pool(20, &within(RETAIL, remark())).is_ok(), "a way out");
	});
}

#[test]
fn who_governs_goes_before_every_class_and_is_not_locked_out() {
	test(|| {
		let governs: RuntimeCall = frame_system::Call::remark_with_event { remark: vec![] }.into();
		assert_eq!(pool(GOVERNOR, &governs), Ok(GOVERNING_PRIORITY));
		let members = Some(Members { kinds: vec![], institutions: vec![1] });
		assert_ok!(Wanted { members, priority: 100, ..Wanted::new(NEW) }.set());
		assert_ok!(Classes::map_call(RuntimeOrigin::root(), (0, 7), NEW));
		assert_eq!(pool(GOVERNOR, &governs), Ok(GOVERNING_PRIORITY));
		assert!(pool(10, &within(NEW, remark())).unwrap() < GOVERNING_PRIORITY);
		assert_eq!(class_of_priority(pool(GOVERNOR, &remark()).unwrap()), RETAIL, "by that call only");
	});
}

#[test]
fn an_operational_call_may_be_long() {
	test(|| {
		let upgrade: RuntimeCall = frame_system::Call::set_heap_pages { pages: 1 }.into();
		assert_eq!(upgrade.get_dispatch_info().class, DispatchClass::Operational);
		assert!(pool_of(10, &upgrade, 3 * 1024 * 1024).is_ok());
	});
}

#[test]
fn what_nobody_signed_keeps_its_priority() {
	test(|| {
		let info = remark().get_dispatch_info();
		let implication = sp_runtime::traits::TxBaseImplication(());
		let source = TransactionSource::InBlock;
		let extension = CheckClass::<Test>::new();
		let result = extension.validate(RuntimeOrigin::none(), &remark(), &info, 0, (), &implication, source);
		assert_eq!(result.map(|(validity, ..)| validity.priority), Ok(0));
	});
}

#[test]
fn ordinary_transactions_use_no_more_of_a_block_than_the_parameters_say() {
	test(|| {
		let big = || -> RuntimeCall { frame_system::Call::remark { remark: vec![] }.into() };
		let booked = |call: &RuntimeCall| {
			let limits = Weights::get();
			let info = call.get_dispatch_info();
			info.total_weight() + limits.get(info.class).base_extrinsic
		};
		let max = Weights::get().max_block.ref_time();
		let mut info = big().get_dispatch_info();
		info.call_weight = Weight::from_parts(max / 4, 0);
		let half = BlockShares { weight: 50, length: 100 };
		let into = |used: u64| {
			System::set_block_consumed_resources(Weight::zero(), 0);
			System::register_extra_weight_unchecked(Weight::from_parts(used, 0), DispatchClass::Normal);
			let extension = CheckClass::<Test>::new();
			extension.validate_and_prepare(RuntimeOrigin::signed(10), &big(), &info, 100, 0).map(drop)
		};
		assert_eq!(into(max / 3), Ok(()));
		Shares::set(half);
		assert_eq!(into(max / 5), Ok(()));
		assert_eq!(into(max / 3), Err(EXHAUSTED));
		// What would not fit into an empty block is refused by the pool; else it would wait for ever.
		Shares::set(BlockShares { weight: 20, length: 100 });
		let origin = || RuntimeOrigin::signed(10);
		let source = TransactionSource::External;
		let pooled = CheckClass::<Test>::new().validate_only(origin(), &big(), &info, 100, source, 0);
		assert_eq!(pooled.map(drop), Err(EXHAUSTED));
		// Operational ones are not asked.
		info.class = DispatchClass::Operational;
		let pooled = CheckClass::<Test>::new().validate_and_prepare(origin(), &big(), &info, 100, 0);
		assert!(pooled.is_ok());
		assert!(booked(&big()).ref_time() < max);
	});
}

#[test]
fn the_length_of_a_block_is_shared_likewise() {
	test(|| {
		let lengths: frame_system::limits::BlockLength =
			<<Test as frame_system::Config>::BlockLength as frame_support::traits::Get<_>>::get();
		let most = *lengths.max.get(DispatchClass::Normal);
		Shares::set(BlockShares { weight: 100, length: 10 });
		let with = |used: u32, length: usize| {
			System::set_block_consumed_resources(Weight::zero(), used as usize);
			block(&remark(), length)
		};
		let tenth = most / 10;
		assert_eq!(with(tenth - 1_000, 1_000), Ok(()));
		assert_eq!(with(tenth - 1_000, 1_001), Err(EXHAUSTED));
		assert_ok!(Wanted { name: "reporting", max_size: MAX_SIZE, ..Wanted::new(REPORTING) }.set());
		assert_eq!(pool_of(10, &within(REPORTING, remark()), tenth as usize + 1), Err(EXHAUSTED));
	});
}

#[test]
fn it_adds_nothing_to_what_is_signed() {
	let extension = CheckClass::<Test>::new();
	assert_eq!(extension.encode(), Vec::<u8>::new());
	assert_eq!(extension.implicit(), Ok(()), "nothing is signed for it");
	assert_eq!(<CheckClass<Test> as TransactionExtension<RuntimeCall>>::IDENTIFIER, "CheckClass");
	assert_eq!(std::mem::size_of_val(&extension), 0);
	assert!(extension.weight(&remark()).ref_time() > 0);
}

#[test]
fn every_refusal_is_listed_with_its_text() {
	let listed = Classes::all_refusals();
	let codes: Vec<_> = listed.iter().map(|(code, _)| *code).collect();
	assert_eq!(codes, [32, 33, 34, 35]);
	for (code, text) in &listed {
		assert!(text.len() > 20 && text.ends_with('.'), "{code}: {text}");
	}
}

#[test]
fn a_calls_index_is_found_in_a_long_one() {
	let call: RuntimeCall = frame_system::Call::remark { remark: vec![7; 1_000_000] }.into();
	assert_eq!(crate::check::index_of(&call), (0, 0));
	assert_eq!(crate::check::index_of(&within(RETAIL, call)), (17, 4));
}
