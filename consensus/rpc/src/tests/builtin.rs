//! `builtin_*` over a chain with real headers, a real trie and real signatures. `syndic_light` checks the answers
//! without access to that chain.

use super::{ask, id, pair};
use crate::{Builtin, BuiltinApiServer, ChainError, ChainView, ConsensusState, ContractView, Registry};
use codec::Encode;
use jsonrpsee::RpcModule;
use serde_json::{json, Value};
use sp_core::{Blake2Hasher, Pair, H256};
use sp_runtime::{traits::Header as _, StateVersion};
use sp_state_machine::{prove_read, Backend, InMemoryBackend};
use std::collections::BTreeMap;
use syndic_light::{verify_read, ReadAnswer, VerifyError};
use syndic_primitives::{
	block::Header,
	builtin::{address, Address, ContractInfo, KeyHasher, ReadError},
	storage_keys::{item_key, VALIDATOR_SET},
	BlockHash, Certificate, Height, Parameters, Phase, SetId, SignerIndex, ValidatorSet, View, Vote,
};

const VALIDATORS: Address = address(0x1002);
const OTHER: Address = address(0x1005);

/// Blocks 0 to 5 in a row, all with one state, 4 of them final; block 1 has lost its certificate, block 2 its state.
pub(super) struct Ledger {
	state: InMemoryBackend<Blake2Hasher>,
	pub(super) headers: Vec<Header>,
	pub(super) set: ValidatorSet,
}

impl Ledger {
	fn new() -> Self {
		Self::with([])
	}

	/// A ledger with `more` entries in its state.
	pub(super) fn with<const N: usize>(more: [(Vec<u8>, Vec<u8>); N]) -> Self {
		let set = ValidatorSet::new(SetId(2), Height(1), (1..=4).map(id).collect()).unwrap();
		let mut top = BTreeMap::new();
		top.insert(VALIDATOR_SET.key().to_vec(), set.encode());
		for n in 0..50u32 {
			top.insert(Self::entry(&n.encode()), (n + 1).encode());
		}
		top.extend(more);
		let storage = sp_core::storage::Storage { top, ..Default::default() };
		let state = InMemoryBackend::from((storage, StateVersion::V1));
		let mut headers: Vec<Header> = Vec::new();
		for number in 0..=5 {
			let parent = headers.last().map(|header| header.hash()).unwrap_or_default();
			headers.push(Header::new(number, Default::default(), *state.root(), parent, Default::default()));
		}
		Self { state, headers, set }
	}

	/// The storage key of the entry of `Other.Map` for a key.
	fn entry(key: &[u8]) -> Vec<u8> {
		[&item_key("Other", "Map")[..], &KeyHasher::Blake2_128Concat.hash(key)].concat()
	}

	pub(super) fn genesis(&self) -> BlockHash {
		self.headers[0].hash()
	}
}

impl ChainView for Ledger {
	fn finalised(&self) -> (Height, BlockHash) {
		(Height(4), self.headers[4].hash())
	}

	fn height_of(&self, hash: BlockHash) -> Result<Option<Height>, ChainError> {
		Ok(self.headers.iter().find(|header| header.hash() == hash).map(|header| Height(header.number)))
	}

	fn hash_at(&self, height: Height) -> Result<Option<BlockHash>, ChainError> {
		Ok(self.headers.get(height.get() as usize).map(|header| header.hash()))
	}

	fn certificate(&self, hash: BlockHash) -> Result<Option<Vec<u8>>, ChainError> {
		let height = self.height_of(hash)?.filter(|height| (2..=4).contains(&height.get()));
		Ok(height.map(|height| {
			let vote = Vote { set_id: self.set.id(), height, view: View(0), phase: Phase::Commit, block_hash: hash };
			let sign = |n: u8| (SignerIndex(u16::from(n) - 1), pair(n).sign(&vote.payload(&self.genesis())).into());
			Certificate { vote, signatures: [1, 3, 4].map(sign).to_vec() }.encode()
		}))
	}

	fn has_body(&self, _: BlockHash) -> Result<bool, ChainError> {
		Ok(true)
	}

	fn consensus_state(&self, _: Height, _: BlockHash) -> Result<ConsensusState, ChainError> {
		Ok(ConsensusState {
			set: self.set.clone(),
			scheduled_set: None,
			parameters: Parameters::default(),
			scheduled_parameters: vec![],
		})
	}
}

impl ContractView for Ledger {
	fn registry(&self, height: Height, hash: BlockHash) -> Result<Registry, ChainError> {
		if height == Height(2) {
			return Err(ChainError::Pruned { height, hash });
		}
		let contract = |address, name: &str, suspendable| {
			let prefix = item_key(name, "")[..16].try_into().unwrap();
			ContractInfo { address, prefix, version: 3, name: name.into(), suspendable }
		};
		Ok(Registry {
			contracts: vec![contract(VALIDATORS, "Validators", false), contract(OTHER, "Other", true)],
			suspended: vec![(OTHER, Height(3))],
		})
	}

	fn storage_key(
		&self,
		height: Height,
		hash: BlockHash,
		address: Address,
		item: &str,
		keys: &[Vec<u8>],
	) -> Result<Result<Vec<u8>, ReadError>, ChainError> {
		self.registry(height, hash)?;
		Ok(match (address, item, keys) {
			(address, item, []) if address == VALIDATORS => Ok(item_key("Validators", item).to_vec()),
			(address, "Map", [key]) if address == OTHER => Ok(Self::entry(key)),
			(address, ..) => Err(ReadError::UnknownContract { address, contracts: vec![("Other".into(), OTHER)] }),
		})
	}

	fn value(&self, _: Height, _: BlockHash, key: &[u8]) -> Result<Option<Vec<u8>>, ChainError> {
		self.state.storage(key).map_err(ChainError::Database)
	}

	fn proof(&self, _: Height, _: BlockHash, keys: &[&[u8]]) -> Result<Vec<Vec<u8>>, ChainError> {
		let proof = prove_read(self.state.clone(), keys).map_err(|error| ChainError::Database(error.to_string()))?;
		Ok(proof.into_iter_nodes().collect())
	}

	fn header(&self, hash: BlockHash) -> Result<Option<Vec<u8>>, ChainError> {
		Ok(self.headers.iter().find(|header| header.hash() == hash).map(Encode::encode))
	}
}

struct Node {
	module: RpcModule<Builtin<Ledger>>,
	ledger: Ledger,
}

impl Node {
	fn new() -> Self {
		let ledger = Ledger::new();
		Self { module: Builtin::new(Ledger::new(), ledger.genesis()).into_rpc(), ledger }
	}

	async fn ask(&self, method: &str, params: Value) -> Value {
		ask(&self.module, method, params).await
	}

	async fn read(&self, params: Value) -> ReadAnswer {
		let answer = self.ask("builtin_read", params).await;
		serde_json::from_value(answer.clone()).unwrap_or_else(|error| panic!("{error}: {answer}"))
	}

	fn hash(&self, height: usize) -> H256 {
		self.ledger.headers[height].hash()
	}
}

#[tokio::test]
async fn the_contracts_and_which_of_them_are_suspended() {
	let node = Node::new();
	let answer = node.ask("builtin_contracts", json!([])).await;
	assert_eq!(answer["at"], json!({ "height": 4, "hash": node.hash(4) }));
	let expected = json!([
		{
			"address": VALIDATORS, "name": "Validators", "prefix": "0x88dcde934c658227ee1dfafcd6e16903", "version": 3,
			"suspendable": false, "suspendedSince": null,
		},
		{
			"address": OTHER, "name": "Other", "prefix": "0x4a4c26f1f8a2024cf30f54df0d611736", "version": 3,
			"suspendable": true, "suspendedSince": 3,
		},
	]);
	assert_eq!(answer["contracts"], expected);
	assert_eq!(node.ask("builtin_contracts", json!([node.hash(1)])).await["at"]["height"], json!(1));
}

#[tokio::test]
async fn a_value_without_a_proof() {
	let node = Node::new();
	let answer = node.ask("builtin_read", json!([VALIDATORS, "CurrentSet"])).await;
	let set = format!("0x{}", hex::encode(node.ledger.set.encode()));
	assert_eq!(
		answer,
		json!({
			"genesis": node.hash(0), "at": { "height": 4, "hash": node.hash(4) }, "address": VALIDATORS,
			"contract": "Validators", "item": "CurrentSet", "keys": [],
			"key": "0x88dcde934c658227ee1dfafcd6e16903b6c79f1d5e57605782e9e8ec5bcb7fa4", "value": set,
			"proof": null, "header": null, "certificate": null,
		})
	);
	// A block that is not final can be read, without a proof.
	let ahead = node.read(json!([VALIDATORS, "CurrentSet", [], node.hash(5)])).await;
	assert_eq!((ahead.at.height, ahead.value), (Height(5), Some(node.ledger.set.encode().into())));
	assert_eq!(node.read(json!([VALIDATORS, "ScheduledSet", null, null, false])).await.value, None);
}

#[tokio::test]
async fn what_is_answered_with_a_proof_verifies() {
	let node = Node::new();
	let (genesis, set) = (node.ledger.genesis(), &node.ledger.set);
	let key = format!("0x{}", hex::encode(7u32.encode()));
	let cases = [
		(json!([VALIDATORS, "CurrentSet", null, null, true]), 4, Some(set.encode())),
		(json!([VALIDATORS, "CurrentSet", [], node.hash(3), true]), 3, Some(set.encode())),
		(json!([VALIDATORS, "ScheduledSet", [], node.hash(3), true]), 3, None),
		(json!([OTHER, "Map", [key], null, true]), 4, Some(8u32.encode())),
		// Genesis is final without a certificate.
		(json!([VALIDATORS, "CurrentSet", [], node.hash(0), true]), 0, Some(set.encode())),
	];
	for (params, height, value) in cases {
		let answer = node.read(params.clone()).await;
		let read = verify_read(&genesis, set, &answer).unwrap_or_else(|error| panic!("{params}: {error}"));
		assert_eq!((read.at.height, read.value), (Height(height), value), "{params}");
		let mut other = answer.clone();
		other.value = Some(vec![1].into());
		assert!(matches!(verify_read(&genesis, set, &other), Err(VerifyError::OtherValue { .. })), "{params}");
	}
}

#[tokio::test]
async fn questions_without_an_answer() {
	let node = Node::new();
	let far = H256::repeat_byte(0x99);
	let cases = [
		(json!(["0x12", "CurrentSet"]), "address is \"0x12\", must be an address: 0x and 40 hex digits".into()),
		(json!([VALIDATORS, 5]), "item is 5, must be a storage item's name: text of at most 128 bytes".into()),
		(json!([VALIDATORS, "CurrentSet", "0x00"]), "keys is \"0x00\", must be a list of at most 8 keys".into()),
		(json!([VALIDATORS, "CurrentSet", [], 7]), "at is 7, must be a block hash: 0x and 64 hex digits".into()),
		(json!([VALIDATORS, "CurrentSet", [], far]), format!("at is {far:?}, no such block is known here")),
		(json!([VALIDATORS, "CurrentSet", [], far, true]), format!("at is {far:?}, no such block is known here")),
		(json!([VALIDATORS, "CurrentSet", [], null, 1]), "proof is 1, must be true or false".into()),
		(
			json!([VALIDATORS, "CurrentSet", [], node.hash(5), true]),
			format!("block 5 {:?} is not final, the last final block is 4", node.hash(5)),
		),
		(
			json!([VALIDATORS, "CurrentSet", [], node.hash(1), true]),
			format!("the certificate of block 1 {:?} is not kept here", node.hash(1)),
		),
		(
			json!([VALIDATORS, "CurrentSet", [], node.hash(2)]),
			format!(
				"the state after block 2 {:?} is pruned here: ask a node that keeps it (--state-pruning archive)",
				node.hash(2)
			),
		),
		(
			json!([address(0x1009), "CurrentSet"]),
			format!("address is {:?}, the built-in contracts are Other at {OTHER:?}", address(0x1009)),
		),
	];
	for (params, message) in cases {
		assert_eq!(node.ask("builtin_read", params.clone()).await, json!({ "error": message }), "{params}");
	}
}
