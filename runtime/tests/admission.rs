//! The runtime's judgement of transactions that are offered to a pool.

use crate::common::{preset, Chain};
use codec::Encode;
use frame_support::dispatch::DispatchClass;
use serde_json::json;
use sp_core::crypto::AccountId32;
use sp_keyring::Sr25519Keyring::{Alice, Bob, Dave, Eve, One};
use sp_runtime::{
	transaction_validity::{InvalidTransaction, TransactionSource::External, TransactionValidityError},
	OpaqueExtrinsic,
};
use syndic_primitives::{
	api::{runtime_decl_for_pool_api::PoolApiV1, Verdict},
	storage_keys::item_key,
};
use syndic_runtime::{presets, Block, Runtime, RuntimeCall, System, UncheckedExtrinsic};

fn remark() -> RuntimeCall {
	frame_system::Call::remark { remark: vec![] }.into()
}

fn opaque(extrinsic: &UncheckedExtrinsic) -> OpaqueExtrinsic {
	OpaqueExtrinsic::try_from_encoded_extrinsic(&extrinsic.encode()).expect("it is one")
}

fn judge(chain: &mut Chain, some: Vec<OpaqueExtrinsic>, now: u64) -> Vec<Verdict> {
	let at = chain.head().hash();
	// The changes of a runtime API call are dropped after it, as in a node.
	chain.query(|| {
		sp_io::storage::start_transaction();
		let verdicts = <Runtime as PoolApiV1<Block>>::judge(External, some, at, now);
		sp_io::storage::rollback_transaction();
		verdicts
	})
}

/// A transaction in a batch gets the same verdict as alone. Malformed and unknown transactions do not affect the
/// others.
#[test]
fn company_makes_no_difference() {
	let mut chain = Chain::new(presets::LOCAL);
	chain.run_to(2);
	let signed = [Alice, One, Bob, Eve].map(|who| chain.sign(who, remark()));
	let alone: Vec<_> = signed.iter().map(|extrinsic| chain.pool(extrinsic.clone())).collect();
	assert!(alone[0].is_ok() && alone[1].is_err());
	let mut some: Vec<_> = signed.iter().map(opaque).collect();
	let unknown = {
		let mut bytes = signed[0].encode();
		let call = bytes.len() - remark().encode().len();
		bytes[call] = 250;
		OpaqueExtrinsic::try_from_encoded_extrinsic(&bytes).unwrap()
	};
	some.insert(1, OpaqueExtrinsic::from_blob(vec![0x84, 1, 2, 3]));
	some.insert(2, unknown);
	some.insert(3, OpaqueExtrinsic::from_blob(vec![]));
	let verdicts = judge(&mut chain, some, 0);
	let no_call: TransactionValidityError = InvalidTransaction::Call.into();
	for broken in &verdicts[1..4] {
		assert_eq!(*broken, Verdict { validity: Err(no_call), institution: None });
	}
	let whole: Vec<_> = [0, 4, 5, 6].map(|at| verdicts[at].validity.clone()).into();
	assert_eq!(whole, alone);
	assert!(verdicts[0].institution.is_some());
	assert_eq!(verdicts[4].institution, None, "of an account that nobody stands behind");
	assert_ne!(verdicts[0].institution, verdicts[5].institution, "Alice and Bob are of two banks");
}

/// Transactions are judged for the next block, at the time that it may have: an identity that has expired since the
/// last block is refused.
#[test]
fn the_time_is_that_of_the_block_to_come() {
	let mut genesis = preset(presets::LOCAL);
	genesis["identity"]["identities"][4]["notAfter"] = json!(3);
	let mut chain = Chain::of(&genesis, 0);
	chain.run_to(2);
	let extrinsic = opaque(&chain.sign(Eve, remark()));
	assert!(judge(&mut chain, vec![extrinsic.clone()], 0)[0].validity.is_ok(), "right after the last block");
	assert!(judge(&mut chain, vec![extrinsic.clone()], 3_999)[0].validity.is_ok(), "its last second");
	assert!(judge(&mut chain, vec![extrinsic], 4_000)[0].validity.is_err());
}

/// The pool reads the signer of a transaction, the tag of the nonce, and the nonce in the state without the runtime. It
/// finds what the runtime means.
#[test]
fn the_pool_reads_what_the_runtime_means() {
	let mut chain = Chain::new(presets::LOCAL);
	chain.run_to(2);
	chain.block([(Dave, remark()), (Dave, remark())]);
	let extrinsic = opaque(&chain.sign(Dave, remark()));
	let account: AccountId32 = Dave.to_account_id();
	assert_eq!(syndic_pool::extrinsic::signer_of(&extrinsic), Some(account.clone()));
	let verdicts = judge(&mut chain, vec![extrinsic], 0);
	let valid = verdicts[0].validity.clone().unwrap();
	assert_eq!(valid.provides.len(), 1);
	assert_eq!(syndic_pool::extrinsic::account_of_tag(&valid.provides[0]), Some((account.clone(), 2)));
	let key = syndic_pool::chain::account_key(&account);
	assert!(key.starts_with(&item_key("System", "Account")));
	let stored = chain.query(|| sp_io::storage::get(&key)).expect("the account exists");
	assert_eq!(stored[..4], 2_u32.to_le_bytes());
	assert_eq!(chain.query(|| System::account_nonce(&account)), 2);
}

/// Transactions that are applied in one call come into the block as they would one after the other; a refused one
/// changes nothing, wherever it stands. The other node, which executes the block, finds the same state root.
#[test]
fn many_are_applied_as_one_after_the_other() {
	let mut chain = Chain::new(presets::LOCAL);
	chain.run_to(2);
	let [alice, nobody, bob] = [Alice, One, Bob].map(|who| opaque(&chain.sign(who, remark())));
	let broken = OpaqueExtrinsic::from_blob(vec![0x84, 1, 2, 3]);
	let applied = chain.block_of_many(vec![alice.clone(), broken, alice, nobody, bob]);
	let results: Vec<_> = applied.iter().map(|applied| applied.result).collect();
	assert_eq!(results[..3], [Ok(()), Err(InvalidTransaction::Call.into()), Err(InvalidTransaction::Stale.into())]);
	assert!(matches!(results[3], Err(TransactionValidityError::Invalid(InvalidTransaction::Custom(_)))), "no identity");
	assert_eq!(results[4], Ok(()));
	let weights: Vec<_> = applied.iter().map(|applied| applied.ref_time > 0).collect();
	assert_eq!(weights, [true, false, false, false, true]);
	let nonce = |who: AccountId32| System::account_nonce(&who);
	assert_eq!(chain.query(|| [Alice, Bob].map(|who| nonce(who.to_account_id()))), [1, 1]);
}

/// When a block is full, the rest of a call is answered without being tried.
#[test]
fn a_full_block_is_not_tried_to_the_end() {
	let mut chain = Chain::new(presets::LOCAL);
	chain.run_to(2);
	let alice = opaque(&chain.sign(Alice, remark()));
	let broken = OpaqueExtrinsic::from_blob(vec![]);
	let full = || {
		let weight = <Runtime as frame_system::Config>::BlockWeights::get().max_block;
		System::register_extra_weight_unchecked(weight, DispatchClass::Mandatory);
	};
	let mut offered = vec![alice.clone(); 7];
	offered.push(broken.clone());
	offered.extend(vec![alice; 8]);
	offered.push(broken);
	let results: Vec<_> = chain.apply_many(offered, full).into_iter().map(|applied| applied.result).collect();
	let no_room: TransactionValidityError = InvalidTransaction::ExhaustsResources.into();
	assert_eq!(results[..7], [Err(no_room); 7]);
	assert_eq!(results[7], Err(InvalidTransaction::Call.into()), "after seven in sequence it was tried");
	assert_eq!(results[8..], [Err(no_room); 9], "after eight the last one was not");
}
