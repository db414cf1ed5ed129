//! The runtime accepts the signed transactions, on a chain whose spec this tool wrote.

use codec::Decode;
use serde_json::{json, Value};
use sp_core::H256;
use sp_io::TestExternalities;
use sp_runtime::{
	traits::Header as _,
	transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidity},
};
use std::path::Path;
use syndic_load::{
	accounts,
	error::Error,
	sign::{self, ChainFacts, Transactions},
	spec::{self, SpecOptions},
};
use syndic_runtime::{genesis, presets, Executive, Header, RuntimeGenesisConfig, UncheckedExtrinsic, VERSION};

const ACCOUNTS: u32 = 5;

fn options(base: &Path, parameters: &[&str]) -> SpecOptions {
	let parameters = parameters.iter().map(|text| text.to_string()).collect();
	SpecOptions { base: base.into(), accounts: ACCOUNTS, root: accounts::DEFAULT_ROOT.into(), parameters }
}

/// Writes a spec from the preset `local`.
fn spec_of(parameters: &[&str]) -> Result<Value, Error> {
	let patch: Value =
		serde_json::from_slice(&presets::get(presets::LOCAL).expect("there is one")).expect("it is JSON");
	let base = json!({ "name": "x", "genesis": { "runtimeGenesis": { "code": "0x00", "patch": patch } } });
	let file = tempfile::NamedTempFile::new().expect("there is a place for it");
	std::fs::write(file.path(), base.to_string()).expect("it is written");
	spec::write(&options(file.path(), parameters)).map(|text| serde_json::from_str(&text).expect("it is JSON"))
}

/// Merges a preset with the default genesis, as a chain spec does it (RFC 7386).
fn merge(base: &mut Value, patch: Value) {
	match (base, patch) {
		(Value::Object(base), Value::Object(patch)) => {
			for (key, value) in patch {
				if value.is_null() {
					base.remove(&key);
				} else {
					merge(base.entry(key).or_insert(Value::Null), value);
				}
			}
		}
		(base, patch) => *base = patch,
	}
}

/// The state at genesis.
fn state(spec: &Value) -> TestExternalities {
	let mut genesis = serde_json::to_value(RuntimeGenesisConfig::default()).expect("it is JSON");
	merge(&mut genesis, spec["genesis"]["runtimeGenesis"]["patch"].clone());
	let mut state = TestExternalities::default();
	let json = serde_json::to_vec(&genesis).expect("it is JSON");
	state.execute_with(|| assert_eq!(genesis::build_state(json), Ok(())));
	state.commit_all().expect("the genesis is not in a transaction");
	state
}

fn facts() -> ChainFacts {
	let genesis = H256::repeat_byte(7);
	ChainFacts {
		genesis,
		spec_version: VERSION.spec_version,
		transaction_version: VERSION.transaction_version,
		checkpoint: (0, genesis),
	}
}

fn signed(count: u32, total: usize, mortal: Option<u64>, facts: &ChainFacts) -> Transactions {
	let pairs = accounts::derive(accounts::DEFAULT_ROOT, 0, count).expect("the root is one");
	sign::sign_all(&pairs, &vec![0; pairs.len()], total, mortal, facts)
}

fn decode(encoded: &[u8]) -> UncheckedExtrinsic {
	UncheckedExtrinsic::decode(&mut &encoded[..]).expect("it is a transaction")
}

/// The validity of a transaction after a genesis block with this hash, as a pool sees it.
fn validity(state: &mut TestExternalities, encoded: &[u8], genesis: H256) -> TransactionValidity {
	let transaction = decode(encoded);
	state.execute_with(|| {
		sp_io::storage::start_transaction();
		let validity = Executive::validate_transaction(TransactionSource::External, transaction, genesis);
		sp_io::storage::rollback_transaction();
		validity
	})
}

#[test]
fn the_runtime_accepts_what_is_signed() {
	let mut state = state(&spec_of(&[]).expect("it is a spec"));
	for mortal in [None, Some(64)] {
		let transactions = signed(ACCOUNTS, 12, mortal, &facts());
		for signed in &transactions.all {
			let validity = validity(&mut state, &signed.encoded, facts().genesis).expect("it is valid");
			assert_eq!(
				validity.requires.len(),
				usize::from(signed.nonce > 0),
				"a later nonce waits for the one before"
			);
			assert_eq!(validity.longevity > 64, mortal.is_none(), "{}", validity.longevity);
		}
	}
}

#[test]
fn a_block_of_them_moves_money() {
	let mut state = state(&spec_of(&[]).expect("it is a spec"));
	let transactions = signed(ACCOUNTS, 12, None, &facts());
	let parent = facts().genesis;
	state.execute_with(|| {
		let header = Header::new(1, Default::default(), Default::default(), parent, Default::default());
		Executive::initialize_block(&header);
		let time = UncheckedExtrinsic::new_bare(pallet_timestamp::Call::set { now: 1_000 }.into());
		Executive::apply_extrinsic(time).expect("it is valid").expect("it succeeds");
		for signed in &transactions.all {
			Executive::apply_extrinsic(decode(&signed.encoded)).expect("it is valid").expect("it succeeds");
		}
	});
}

#[test]
fn what_is_signed_is_sorted_and_hashed() {
	let transactions = signed(ACCOUNTS, 12, None, &facts());
	assert_eq!(transactions.of, [0..3, 3..6, 6..8, 8..10, 10..12]);
	for (sender, places) in transactions.of.iter().enumerate() {
		for (nonce, signed) in transactions.all[places.clone()].iter().enumerate() {
			assert_eq!((signed.sender, signed.nonce), (sender as u32, nonce as u32));
			assert_eq!(signed.hash, sp_crypto_hashing::blake2_256(&signed.encoded));
		}
	}
}

#[test]
fn another_chain_or_an_account_of_nobody_is_refused() {
	let mut state = state(&spec_of(&[]).expect("it is a spec"));
	let transactions = signed(ACCOUNTS + 1, 6, None, &facts());
	let elsewhere = validity(&mut state, &transactions.all[0].encoded, H256::repeat_byte(8));
	assert_eq!(elsewhere, Err(InvalidTransaction::BadProof.into()));
	let nobody = validity(&mut state, &transactions.all[5].encoded, facts().genesis);
	let no_identity = pallet_identity::Refusal::NoIdentity.code();
	assert_eq!(nobody, Err(InvalidTransaction::Custom(no_identity).into()));
}

#[test]
fn a_spec_has_the_parameters_that_were_asked_for() {
	let spec = spec_of(&["blockPeriod=300", "proposalForm=compact", "pipelineDepth=2"]).expect("it is a spec");
	let parameters = &spec["genesis"]["runtimeGenesis"]["patch"]["consensusConfig"]["parameters"];
	assert_eq!((&parameters["blockPeriod"], &parameters["pipelineDepth"]), (&json!(300), &json!(2)));
	assert_eq!(parameters["proposalForm"], json!("compact"));
	state(&spec);
}

#[test]
fn a_spec_that_cannot_be_written_says_why() {
	let error = spec_of(&["blockTime=300"]).expect_err("there is no such parameter").to_string();
	assert!(error.starts_with("--parameter blockTime: there is no such parameter; there are"), "{error}");
	assert!(error.contains("blockPeriod"), "{error}");
	let error = spec_of(&["blockPeriod"]).expect_err("there is no value").to_string();
	assert_eq!(error, "--parameter blockPeriod: NAME=VALUE is expected");
	let file = tempfile::NamedTempFile::new().expect("there is a place for it");
	std::fs::write(file.path(), json!({ "genesis": { "raw": {} } }).to_string()).expect("it is written");
	let error = spec::write(&options(file.path(), &[])).expect_err("it is raw").to_string();
	assert!(error.contains("without --raw"), "{error}");
	let error = spec::write(&options(Path::new("/nowhere.json"), &[])).expect_err("there is none").to_string();
	assert!(error.starts_with("/nowhere.json: "), "{error}");
}
