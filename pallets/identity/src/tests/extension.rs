use super::*;
use frame_support::dispatch::GetDispatchInfo;
use sp_keyring::Sr25519Keyring;
use sp_runtime::traits::{DispatchTransaction, TransactionExtension};

fn remark() -> RuntimeCall {
	frame_system::Call::remark { remark: vec![] }.into()
}

/// What a pool says.
fn pool(origin: RuntimeOrigin, call: &RuntimeCall) -> Result<(), TransactionValidityError> {
	let info = call.get_dispatch_info();
	let source = TransactionSource::External;
	CheckIdentity::<Test>::new().validate_only(origin, call, &info, 0, source, 0).map(|_| ())
}

/// What happens in a block, before the call.
fn block(origin: RuntimeOrigin, call: &RuntimeCall) -> Result<(), TransactionValidityError> {
	let info = call.get_dispatch_info();
	CheckIdentity::<Test>::new().validate_and_prepare(origin, call, &info, 0, 0).map(|_| ())
}

fn assert_says(who: Sr25519Keyring, expected: Result<(), Refusal>) {
	let expected = expected.map_err(|refusal| InvalidTransaction::Custom(refusal.code()).into());
	assert_eq!(pool(signed(who), &remark()), expected);
	assert_eq!(block(signed(who), &remark()), expected);
}

#[test]
fn pool_and_block_say_why_an_account_may_not_transact() {
	test(|| {
		assert_says(Alice, Err(Refusal::NoIdentity));
		enrol(Alice, ALPHA, "alpha-short");
		enrol(Bob, ALPHA, "alpha-client");
		assert_says(Alice, Ok(()));
		assert_ok!(Identity::suspend_institution(root_origin(), ALPHA));
		assert_says(Alice, Err(Refusal::InstitutionSuspended));
		assert_ok!(Identity::resume_institution(root_origin(), ALPHA));
		set_time(1_911_772_801_000);
		assert_says(Alice, Err(Refusal::Expired));
		assert_says(Bob, Ok(()));
		assert_ok!(Identity::revoke_identity(root_origin(), account(Bob)));
		assert_says(Bob, Err(Refusal::Revoked));
		enrol(Charlie, ALPHA, "alpha-operator");
		assert_ok!(Identity::set_quota(root_origin(), ALPHA, 0));
		assert_says(Charlie, Err(Refusal::QuotaExhausted));
	});
}

#[test]
fn an_institution_has_one_quota_for_all() {
	test(|| {
		enrol(Alice, ALPHA, "alpha-administrator");
		enrol(Bob, ALPHA, "alpha-client");
		enrol(Charlie, BETA, "beta-client");
		assert_eq!(Identity::used(ALPHA).transactions, 2, "the enrolments");
		for n in 2..QUOTA {
			assert_eq!(Identity::used(ALPHA).transactions, n);
			assert_eq!(pool(signed(Alice), &remark()), Ok(()), "the pool does not count");
			assert_eq!(block(signed([Alice, Bob][n as usize % 2]), &remark()), Ok(()));
		}
		for who in [Alice, Bob] {
			assert_says(who, Err(Refusal::QuotaExhausted));
		}
		assert_says(Charlie, Ok(()));
		System::set_block_number(BLOCK + PERIOD - 1);
		assert_says(Alice, Err(Refusal::QuotaExhausted));
		System::set_block_number(BLOCK + PERIOD);
		assert_says(Alice, Ok(()));
		assert_eq!(Identity::used(ALPHA).transactions, 1);
		assert_eq!(Usage::<Test>::get(ALPHA), Used { period: (BLOCK + PERIOD) / PERIOD, transactions: 1 });
	});
}

#[test]
fn a_larger_quota_is_there_at_once() {
	test(|| {
		assert_ok!(Identity::set_quota(root_origin(), ALPHA, 1));
		enrol(Alice, ALPHA, "alpha-client");
		assert_says(Alice, Err(Refusal::QuotaExhausted));
		assert_ok!(Identity::set_quota(root_origin(), ALPHA, 2));
		assert_says(Alice, Ok(()));
		assert_says(Alice, Err(Refusal::QuotaExhausted));
		assert!(events().contains(&Event::QuotaSet { institution: ALPHA, quota: 2 }));
	});
}

#[test]
fn the_board_governs_without_an_identity_and_does_nothing_else() {
	test(|| {
		let governs: RuntimeCall = frame_system::Call::remark_with_event { remark: vec![] }.into();
		assert_eq!(pool(signed(Ferdie), &governs), Ok(()));
		assert_eq!(block(signed(Ferdie), &governs), Ok(()));
		assert_says(Ferdie, Err(Refusal::NoIdentity));
		assert!(block(signed(Alice), &governs).is_err());
		enrol(Ferdie, ALPHA, "alpha-client");
		let used = Identity::used(ALPHA);
		assert_eq!(block(signed(Ferdie), &governs), Ok(()));
		assert_eq!(Identity::used(ALPHA), used, "and it is not counted");
	});
}

#[test]
fn what_nobody_signed_passes() {
	test(|| {
		let extension = CheckIdentity::<Test>::new();
		let info = remark().get_dispatch_info();
		let implication = sp_runtime::traits::TxBaseImplication(());
		let source = TransactionSource::InBlock;
		let origin = RuntimeOrigin::none();
		let result = extension.validate(origin, &remark(), &info, 0, (), &implication, source);
		assert_eq!(result.map(|(_, admission, _)| admission), Ok(crate::extension::Admission::Free));
	});
}

#[test]
fn it_adds_nothing_to_what_is_signed() {
	use codec::Encode;
	let extension = CheckIdentity::<Test>::new();
	assert_eq!(extension.encode(), Vec::<u8>::new());
	assert_eq!(extension.implicit(), Ok(()), "nothing is signed for it");
	assert_eq!(<CheckIdentity<Test> as TransactionExtension<RuntimeCall>>::IDENTIFIER, "CheckIdentity");
	assert_eq!(std::mem::size_of_val(&extension), 0);
	assert!(extension.weight(&remark()).ref_time() > 0);
}

#[test]
fn every_refusal_is_listed_with_its_text() {
	let listed = Identity::all_refusals();
	let codes: Vec<_> = listed.iter().map(|(code, _)| *code).collect();
	assert_eq!(codes[..5], [1, 2, 3, 4, 5]);
	assert_eq!(codes[5], 64);
	for (code, text) in &listed {
		assert!(text.len() > 20 && text.ends_with('.'), "{code}: {text}");
	}
	let InvalidTransaction::Custom(code) = Error::<Test>::KeyAlgorithm.as_invalid() else { panic!("it has a code") };
	let text = &listed.iter().find(|(listed, _)| *listed == code).expect("it is listed").1;
	assert!(text.contains("only P-256 and Ed25519"), "{text}");
	assert!(listed[0].1.contains("no identity"));
}
