//! What a pool and a block refuse.

use super::*;
use crate::{CheckFreeze, Refusal, MAX_ACTORS};
use codec::Encode;
use frame_support::{
	dispatch::GetDispatchInfo,
	pallet_prelude::{InvalidTransaction, TransactionSource, TransactionValidityError},
};
use sp_runtime::traits::{DispatchTransaction, TransactionExtension};

/// What a pool says, and what a block says.
fn sent(who: u64, call: impl Into<RuntimeCall>) -> Result<(), TransactionValidityError> {
	let call = call.into();
	let info = call.get_dispatch_info();
	let origin = || RuntimeOrigin::signed(who);
	let extension = CheckFreeze::<Test>::new;
	let pool = extension().validate_only(origin(), &call, &info, 100, TransactionSource::External, 0).map(drop);
	let block = extension().validate_and_prepare(origin(), &call, &info, 100, 0).map(drop);
	assert_eq!(pool, block);
	pool
}

fn refused(refusal: Refusal) -> Result<(), TransactionValidityError> {
	Err(InvalidTransaction::Custom(refusal.code()).into())
}

/// A call that acts for these accounts.
fn acting_for(others: &[u8]) -> RuntimeCall {
	frame_system::Call::remark { remark: others.to_vec() }.into()
}

fn appealing(subject: Subject<u64>) -> RuntimeCall {
	crate::Call::appeal { subject, reason: b"not mine".to_vec() }.into()
}

#[test]
fn the_frozen_send_nothing() {
	test(|| {
		let case = open();
		assert_ok!(freeze(case, account(CLIENT), 50));
		assert_ok!(freeze(case, institution(2), 50));
		assert_eq!(sent(CLIENT, acting_for(&[])), refused(Refusal::Frozen));
		assert_eq!(sent(23, acting_for(&[])), refused(Refusal::InstitutionFrozen));
		for who in [14, 30, 7, OFFICER] {
			assert_eq!(sent(who, acting_for(&[])), Ok(()));
		}
		assert_ok!(release(OFFICER, account(CLIENT)));
		assert_eq!(sent(CLIENT, acting_for(&[])), Ok(()));
	});
}

#[test]
fn nobody_acts_for_the_frozen() {
	test(|| {
		let case = open();
		assert_ok!(freeze(case, account(CLIENT), 50));
		assert_ok!(freeze(case, institution(2), 50));
		assert_eq!(sent(30, acting_for(&[31, 32])), Ok(()));
		assert_eq!(sent(30, acting_for(&[31, CLIENT as u8])), refused(Refusal::ActsForFrozen));
		assert_eq!(sent(30, acting_for(&[22, 31])), refused(Refusal::ActsForFrozen));
		assert_eq!(sent(30, acting_for(&[31; MAX_ACTORS as usize])), Ok(()));
		assert_eq!(sent(30, acting_for(&[31; MAX_ACTORS as usize + 1])), refused(Refusal::TooManyActors));
	});
}

#[test]
fn an_appeal_passes_where_it_may_be_made() {
	test(|| {
		let case = open();
		assert_ok!(freeze(case, account(CLIENT), 50));
		assert_eq!(sent(CLIENT, appealing(account(CLIENT))), Ok(()));
		assert_eq!(sent(CLIENT, appealing(account(14))), refused(Refusal::Frozen), "for somebody else");
		assert_eq!(sent(CLIENT, appealing(institution(1))), refused(Refusal::Frozen));
		assert_ok!(freeze(case, institution(2), 50));
		assert_eq!(sent(21, appealing(institution(2))), Ok(()), "its administrator");
		assert_eq!(sent(21, appealing(account(23))), Ok(()));
		assert_eq!(sent(23, appealing(institution(2))), refused(Refusal::InstitutionFrozen), "a client");
	});
}

#[test]
fn who_governs_does_so_although_frozen() {
	test(|| {
		let case = open();
		assert_ok!(freeze(case, account(GOVERNOR), 50));
		let governs: RuntimeCall = frame_system::Call::remark_with_event { remark: vec![] }.into();
		assert_eq!(sent(GOVERNOR, governs.clone()), Ok(()));
		assert_eq!(sent(GOVERNOR, acting_for(&[])), refused(Refusal::Frozen), "by that call only");
		assert_ok!(freeze(case, account(CLIENT), 50));
		assert_eq!(sent(CLIENT, governs), refused(Refusal::Frozen));
	});
}

#[test]
fn what_nobody_signed_passes() {
	test(|| {
		let call = acting_for(&[]);
		let info = call.get_dispatch_info();
		let implication = sp_runtime::traits::TxBaseImplication(());
		let extension = CheckFreeze::<Test>::new();
		let origin = RuntimeOrigin::none();
		let result = extension.validate(origin, &call, &info, 0, (), &implication, TransactionSource::InBlock);
		assert!(result.is_ok());
	});
}

#[test]
fn it_adds_nothing_to_what_is_signed_and_costs_what_it_looks_up() {
	let extension = CheckFreeze::<Test>::new();
	assert_eq!(extension.encode(), Vec::<u8>::new());
	assert_eq!(extension.implicit(), Ok(()), "nothing is signed for it");
	assert_eq!(<CheckFreeze<Test> as TransactionExtension<RuntimeCall>>::IDENTIFIER, "CheckFreeze");
	assert_eq!(std::mem::size_of_val(&extension), 0);
	let weight = |others: usize| extension.weight(&acting_for(&vec![31; others])).ref_time();
	assert!(weight(0) > 0 && weight(1) > weight(0) && weight(100) > 30 * weight(1));
	assert_eq!(weight(1_000), weight(MAX_ACTORS as usize));
}

#[test]
fn every_refusal_is_listed_with_its_text() {
	let listed = Supervision::all_refusals();
	let codes: Vec<_> = listed.iter().map(|(code, _)| *code).collect();
	assert_eq!(codes, [48, 49, 50, 51, 52]);
	for (code, text) in &listed {
		assert!(text.len() > 20 && text.ends_with('.') && !text.contains('\t'), "{code}: {text}");
	}
}
