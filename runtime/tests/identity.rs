//! An account without a valid identity cannot transact: the pool says why, and a block with its transaction is refused.

use crate::common::{preset, Chain};
use pallet_identity::{Identities, Refusal};
use serde_json::json;
use sp_core::Pair;
use sp_keyring::Sr25519Keyring::{self, Alice, Bob, Charlie, Dave, Eve, One};
use sp_runtime::{
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	MultiSignature,
};
use std::path::Path;
use syndic_runtime::{
	configs::{identity::QUOTA_PERIOD, money::UNIT},
	presets, Identity, Runtime, RuntimeCall, System, UncheckedExtrinsic,
};

type Board = pallet_collective::Call<Runtime, pallet_collective::Instance1>;

fn transfer(to: Sr25519Keyring) -> RuntimeCall {
	pallet_balances::Call::transfer_allow_death { dest: to.to_account_id().into(), value: UNIT }.into()
}

fn remark() -> RuntimeCall {
	frame_system::Call::remark { remark: vec![] }.into()
}

/// The pool's judgement of the account's next transaction.
fn pool(chain: &mut Chain, who: Sr25519Keyring, call: RuntimeCall) -> Result<(), TransactionValidityError> {
	let extrinsic = chain.sign(who, call);
	chain.pool(extrinsic).map(|_| ())
}

fn refused(refusal: Refusal) -> Result<(), TransactionValidityError> {
	Err(InvalidTransaction::Custom(refusal.code()).into())
}

/// Asserts that the other nodes refuse a block with the account's next transaction.
fn assert_no_block(mut chain: Chain, who: Sr25519Keyring) {
	let extrinsic = chain.sign(who, remark());
	let error = chain.others_accept(extrinsic).expect_err("it is refused");
	assert_eq!(error, "ExecuteBlockError applying extrinsic: InvalidTransaction custom error");
}

#[test]
fn an_account_without_identity_cannot_transact() {
	let mut chain = Chain::new(presets::LOCAL);
	chain.run_to(2);
	assert_eq!(pool(&mut chain, One, remark()), refused(Refusal::NoIdentity));
	chain.block([(Alice, transfer(One))]);
	assert_eq!(pool(&mut chain, One, remark()), refused(Refusal::NoIdentity), "money makes no difference");
	let board: RuntimeCall = Board::vote { proposal: Default::default(), index: 0, approve: true }.into();
	assert_eq!(pool(&mut chain, One, board), refused(Refusal::NoIdentity), "nor does what the board might do");
	assert_no_block(chain, One);
}

#[test]
fn a_block_that_the_same_author_makes_with_others_transactions_is_accepted() {
	let mut chain = Chain::new(presets::LOCAL);
	let extrinsic = chain.sign(Eve, remark());
	assert_eq!(chain.others_accept(extrinsic), Ok(()));
}

#[test]
fn an_identity_expires_in_the_block_it_expires_in() {
	let mut genesis = preset(presets::LOCAL);
	genesis["identity"]["identities"][4]["notAfter"] = json!(3);
	let mut chain = Chain::of(&genesis, 0);
	chain.run_to(2);
	chain.block([(Eve, remark())]);
	// `validate_transaction` uses the last block's time, at which the identity was still valid. The next block is too
	// late.
	assert_eq!(pool(&mut chain, Eve, remark()), Ok(()));
	let mut late = Chain::of(&genesis, 0);
	late.run_to(3);
	assert_no_block(late, Eve);
	chain.run_to(4);
	assert_eq!(pool(&mut chain, Eve, remark()), refused(Refusal::Expired));
}

#[test]
fn a_suspended_institutions_member_governs_and_does_nothing_else() {
	let mut chain = Chain::new(presets::LOCAL);
	chain.motion(&[Alice, Bob, Charlie], pallet_identity::Call::suspend_institution { institution: 3 });
	assert_eq!(chain.motion_result(), Ok(()));
	assert_eq!(pool(&mut chain, Dave, transfer(Alice)), refused(Refusal::InstitutionSuspended));
	chain.motion(&[Alice, Bob, Dave], pallet_identity::Call::resume_institution { institution: 3 });
	assert_eq!(chain.motion_result(), Ok(()), "with his vote");
	assert_eq!(pool(&mut chain, Dave, transfer(Alice)), Ok(()));
	chain.motion(&[Alice, Bob], pallet_identity::Call::suspend_institution { institution: 3 });
	assert_eq!(chain.motion_result(), Err(sp_runtime::DispatchError::BadOrigin));
	chain.motion(&[Alice, Bob, Charlie], pallet_identity::Call::suspend_institution { institution: 3 });
	assert_no_block(chain, Dave);
}

#[test]
fn a_quota_is_for_a_period() {
	let mut chain = Chain::new(presets::LOCAL);
	// Eve belongs to Alice's institution.
	chain.motion(&[Bob, Charlie, Dave], pallet_identity::Call::set_quota { institution: 0, quota: 3 });
	assert_eq!(chain.motion_result(), Ok(()));
	assert_eq!(chain.query(|| Identity::used(0).transactions), 0, "what the board does is not counted");
	// A transaction that fails counts as well.
	let fails = pallet_balances::Call::transfer_allow_death { dest: Bob.to_account_id().into(), value: u128::MAX };
	chain.block([(Eve, remark()), (Alice, fails.into()), (Eve, remark())]);
	assert_eq!(pool(&mut chain, Eve, remark()), refused(Refusal::QuotaExhausted));
	assert_eq!(pool(&mut chain, Alice, transfer(Bob)), refused(Refusal::QuotaExhausted));
	assert_eq!(pool(&mut chain, Bob, remark()), Ok(()));
	chain.run_to(QUOTA_PERIOD - 2);
	assert_eq!(pool(&mut chain, Eve, remark()), refused(Refusal::QuotaExhausted));
	chain.run_to(QUOTA_PERIOD - 1);
	assert_eq!(pool(&mut chain, Eve, remark()), Ok(()), "the next block is in the next period");
	chain.block([(Eve, remark())]);
}

fn file(name: &str) -> Vec<u8> {
	let path = Path::new("../pallets/identity/tests/fixtures").join(name);
	std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// 1 July 2030 in ms since 1970, when the certificates are valid.
const TIME: u64 = 1_909_094_400_000;

/// The unsigned enrolment of an account with an Ed25519 certificate.
fn enrolment(chain: &mut Chain, who: Sr25519Keyring) -> UncheckedExtrinsic {
	let certificates = vec![file("alpha-second.der")];
	let signed_at = chain.head().number;
	let account = who.to_account_id();
	let payload = chain.query(|| Identity::enrolment_payload(&account, 0, &certificates, signed_at));
	let key = sp_core::ed25519::Pair::from_seed_slice(&file("alpha-second.key")).expect("a seed is 32 bytes");
	let proof = key.sign(&payload).0.to_vec();
	let consent = Some(MultiSignature::Sr25519(who.sign(&payload)));
	let call = pallet_identity::Call::enrol { account, institution: 0, chain: certificates, signed_at, proof, consent };
	UncheckedExtrinsic::new_bare(call.into())
}

#[test]
fn somebody_without_money_enrols_transacts_and_leaves() {
	let mut genesis = preset(presets::LOCAL);
	let root: String = file("alpha-second-root.der").iter().map(|byte| format!("{byte:02x}")).collect();
	genesis["identity"]["institutions"][0]["roots"] = json!([format!("0x{root}")]);
	let mut chain = Chain::of(&genesis, TIME);
	chain.run_to(3);
	let enrol = enrolment(&mut chain, One);
	assert!(chain.pool(enrol.clone()).is_ok());
	chain.block_of(vec![enrol.clone()]);
	let used = Err(InvalidTransaction::Custom(64 + 18).into());
	assert_eq!(chain.pool(enrol), used, "it is sent once");
	assert_eq!(pool(&mut chain, One, remark()), Ok(()));
	chain.block([(One, remark())]);
	chain.block([(One, pallet_identity::Call::leave {}.into())]);
	let account = One.to_account_id();
	assert!(chain.query(|| !System::account_exists(&account) && !Identities::<Runtime>::contains_key(&account)));
	assert_eq!(pool(&mut chain, One, remark()), refused(Refusal::NoIdentity));
	let again = enrolment(&mut chain, One);
	chain.block_of(vec![again]);
	assert_eq!(chain.query(|| System::account_nonce(One.to_account_id())), 2, "it goes on with its nonce");
	chain.block([(One, remark())]);
}

#[test]
fn an_enrolment_that_is_not_good_is_refused_by_pool_and_others() {
	let mut chain = Chain::of(&preset(presets::LOCAL), TIME);
	chain.run_to(3);
	let enrol = enrolment(&mut chain, One);
	let Err(TransactionValidityError::Invalid(InvalidTransaction::Custom(code))) = chain.pool(enrol.clone()) else {
		panic!("it is under no root")
	};
	let listed = chain.query(Identity::all_refusals);
	let text = &listed.iter().find(|(listed, _)| *listed == code).expect("it is listed").1;
	assert!(text.contains("not issued by a root of this institution"), "{text}");
	let error = chain.others_accept(enrol).expect_err("it is refused");
	assert!(error.contains("InvalidTransaction custom error"), "{error}");
}

#[test]
fn while_the_contract_is_suspended_nobody_enrols() {
	use pallet_builtin::BuiltInContract;
	let mut genesis = preset(presets::LOCAL);
	let root: String = file("alpha-second-root.der").iter().map(|byte| format!("{byte:02x}")).collect();
	genesis["identity"]["institutions"][0]["roots"] = json!([format!("0x{root}")]);
	let mut chain = Chain::of(&genesis, TIME);
	chain.motion(&[Alice, Bob, Charlie], pallet_builtin::Call::suspend { address: Identity::ADDRESS });
	assert_eq!(chain.motion_result(), Ok(()));
	let enrol = enrolment(&mut chain, One);
	assert_eq!(chain.pool(enrol.clone()), Err(InvalidTransaction::Call.into()));
	assert_eq!(pool(&mut chain, Eve, remark()), Ok(()), "who has an identity transacts");
	chain.motion(&[Alice, Bob, Charlie], pallet_builtin::Call::resume { address: Identity::ADDRESS });
	assert_eq!(chain.motion_result(), Ok(()));
	assert!(chain.pool(enrol).is_ok());
}

#[test]
fn clients_find_what_each_code_means() {
	use codec::Decode;
	use frame_metadata::{RuntimeMetadata, RuntimeMetadataPrefixed};
	let opaque = Runtime::metadata_at_version(15).expect("version 15 is supported");
	let RuntimeMetadata::V15(metadata) = RuntimeMetadataPrefixed::decode(&mut &opaque[..]).expect("it decodes").1
	else {
		panic!("not version 15")
	};
	let pallet = metadata.pallets.iter().find(|pallet| pallet.name == "Identity").expect("it is there");
	let constant = pallet.constants.iter().find(|constant| constant.name == "Refusals").expect("it is there");
	let refusals = Vec::<(u8, String)>::decode(&mut &constant.value[..]).expect("it decodes");
	assert!(refusals.iter().any(|(code, text)| *code == 1 && text.contains("no identity")));
	assert!(refusals.len() > 50);
}

/// A block has room for many enrolments, even for the one with the greatest weight.
#[test]
fn the_dearest_enrolment_fits_into_a_block() {
	use frame_support::dispatch::GetDispatchInfo;
	let chain = vec![vec![0; 4_096]; 4];
	let (account, proof) = (One.to_account_id(), vec![0; 72]);
	let enrol: RuntimeCall =
		pallet_identity::Call::enrol { account, institution: 0, chain, signed_at: 0, proof, consent: None }.into();
	let charged = enrol.get_dispatch_info().call_weight.ref_time();
	let limits = <Runtime as frame_system::Config>::BlockWeights::get();
	assert!(charged * 10 < limits.max_block.ref_time(), "{charged}");
}
