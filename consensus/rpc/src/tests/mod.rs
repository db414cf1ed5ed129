//! Requests in JSON.

mod assurance;
mod builtin;
mod committee;

use crate::{chain::ParameterRecord, ChainError, ChainView, ConsensusState, Pbft, PbftApiServer};
use codec::Encode;
use jsonrpsee::RpcModule;
use sc_rpc_api::DenyUnsafe;
use serde_json::{json, Value};
use sp_core::{ed25519, Pair};
use sp_keystore::{testing::MemoryKeystore, Keystore, KeystorePtr};
use std::{collections::BTreeMap, sync::Arc};
use syndic_client::{Head, Role, Snapshot};
use syndic_pbft::Status;
use syndic_primitives::{
	crypto::verify_ed25519,
	parameters::{Cause, ParameterChanges, PastChange, ProfileName, ScheduledChange},
	readiness::Readiness,
	BlockHash, Certificate, Height, Parameters, Phase, Rules, SetId, SignerIndex, ValidatorId, ValidatorSet, View,
	Vote, PBFT_KEY_TYPE,
};

const GENESIS: BlockHash = BlockHash::repeat_byte(0xee);

fn pair(n: u8) -> ed25519::Pair {
	ed25519::Pair::from_seed(&[n; 32])
}

fn id(n: u8) -> ValidatorId {
	pair(n).public().into()
}

fn hash(n: u8) -> BlockHash {
	match n {
		0 => GENESIS,
		n => BlockHash::repeat_byte(n),
	}
}

/// Blocks 0 to 5 in a row, 4 of them final; block 0x77 is a sibling of block 3; the state of block 1 is pruned.
#[derive(Clone)]
struct Chain {
	certificates: BTreeMap<BlockHash, Vec<u8>>,
	set: ValidatorSet,
}

impl Chain {
	fn new() -> Self {
		let set = ValidatorSet::new(SetId(2), Height(1), (1..=4).map(id).collect()).unwrap();
		Self { certificates: BTreeMap::new(), set }
	}

	fn vote(&self, height: u8) -> Vote {
		Vote {
			set_id: self.set.id(),
			height: Height(height.into()),
			view: View(1),
			phase: Phase::Commit,
			block_hash: hash(height),
		}
	}

	fn certified(mut self, height: u8) -> Self {
		let vote = self.vote(height);
		let sign = |n: u8| (SignerIndex(u16::from(n) - 1), pair(n).sign(&vote.payload(&GENESIS)).into());
		let certificate = Certificate { vote, signatures: [1, 2, 4].map(sign).to_vec() };
		self.certificates.insert(hash(height), certificate.encode());
		self
	}
}

impl ChainView for Chain {
	fn finalised(&self) -> (Height, BlockHash) {
		(Height(4), hash(4))
	}

	fn height_of(&self, wanted: BlockHash) -> Result<Option<Height>, ChainError> {
		if wanted == hash(0x77) {
			return Ok(Some(Height(3)));
		}
		Ok((0..=5u8).find(|n| hash(*n) == wanted).map(|n| Height(n.into())))
	}

	fn hash_at(&self, height: Height) -> Result<Option<BlockHash>, ChainError> {
		Ok(u8::try_from(height.get()).ok().filter(|n| *n <= 5).map(hash))
	}

	fn certificate(&self, hash: BlockHash) -> Result<Option<Vec<u8>>, ChainError> {
		Ok(self.certificates.get(&hash).cloned())
	}

	fn has_body(&self, wanted: BlockHash) -> Result<bool, ChainError> {
		Ok(wanted != hash(2))
	}

	fn consensus_state(&self, height: Height, hash: BlockHash) -> Result<ConsensusState, ChainError> {
		if height == Height(1) {
			return Err(ChainError::Pruned { height, hash });
		}
		Ok(ConsensusState {
			set: self.set.clone(),
			scheduled_set: Some((Height(20), (1..=5).map(id).collect())),
			parameters: Parameters::default(),
			scheduled_parameters: vec![(Height(30), Parameters { block_period: 500, ..Parameters::default() })],
		})
	}

	fn parameter_record(&self, _: BlockHash) -> Result<ParameterRecord, ChainError> {
		let name = ProfileName::new(b"retail payments".to_vec());
		let (cause, changes) = (Cause::Calendar(name.clone().unwrap()), ParameterChanges::default());
		Ok(ParameterRecord {
			profile: name,
			scheduled: vec![ScheduledChange { since: Height(30), cause, changes }],
			history: vec![PastChange { since: Height(1), cause: Cause::Start, parameters: Parameters::default() }],
		})
	}
}

struct Node {
	module: RpcModule<Pbft<Chain>>,
}

impl Node {
	fn with(chain: Chain, keys: &[u8], snapshot: Option<Snapshot>) -> Self {
		let keystore = MemoryKeystore::new();
		for key in keys {
			let seed = format!("0x{}", hex::encode([*key; 32]));
			let public = keystore.ed25519_generate_new(PBFT_KEY_TYPE, Some(&seed)).unwrap();
			assert_eq!(public, pair(*key).public());
		}
		let keystore: KeystorePtr = Arc::new(keystore);
		let snapshot = snapshot.map(Arc::new);
		let mut module = Pbft::new(chain, GENESIS, keystore, Arc::new(move || snapshot.clone())).into_rpc();
		module.extensions_mut().insert(DenyUnsafe::No);
		Self { module }
	}

	fn new() -> Self {
		Self::with(Chain::new().certified(3).certified(2), &[], None)
	}

	async fn ask(&self, method: &str, params: Value) -> Value {
		ask(&self.module, method, params).await
	}
}

/// The answer, or the error as `{"error": message}`.
async fn ask<T>(module: &RpcModule<T>, method: &str, params: Value) -> Value {
	let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
	let (answer, _) = module.raw_json_request(&request, 1).await.unwrap();
	let answer: Value = serde_json::from_str(&answer).unwrap();
	match answer.get("error") {
		Some(error) => json!({ "error": error["message"] }),
		None => answer["result"].clone(),
	}
}

fn hex_of(n: u8) -> String {
	format!("0x{}", hex::encode(id(n)))
}

#[tokio::test]
async fn the_set_and_the_scheduled_one() {
	let answer = Node::new().ask("pbft_validators", json!([])).await;
	assert_eq!(answer["at"], json!({ "height": 4, "hash": hash(4) }));
	assert_eq!((&answer["setId"], &answer["since"]), (&json!(2), &json!(1)));
	assert_eq!((&answer["quorum"], &answer["maxFaulty"]), (&json!(3), &json!(1)));
	assert_eq!(answer["members"][3], json!({ "index": 3, "key": hex_of(4) }));
	assert_eq!(answer["scheduled"]["since"], json!(20));
	assert_eq!(answer["scheduled"]["quorum"], json!(4));
	assert_eq!(answer["scheduled"]["members"].as_array().unwrap().len(), 5);
	assert_eq!(Node::new().ask("pbft_validators", json!([hash(2)])).await["at"]["height"], json!(2));
}

#[tokio::test]
async fn the_parameters_and_the_scheduled_ones() {
	let answer = Node::new().ask("pbft_parameters", json!([null])).await;
	assert_eq!(answer["parameters"]["blockPeriod"], json!(1000));
	assert_eq!(answer["scheduled"][0]["since"], json!(30));
	assert_eq!(answer["scheduled"][0]["parameters"]["blockPeriod"], json!(500));
	assert_eq!(answer["scheduled"][0]["cause"], json!({ "by": "calendar", "profile": "retail payments" }));
	assert_eq!(answer["profile"], json!("retail payments"));
	assert_eq!(answer["history"][0]["since"], json!(1));
	assert_eq!(answer["history"][0]["cause"], json!({ "by": "start" }));
	assert_eq!(answer["history"][0]["parameters"], answer["parameters"]);
}

#[tokio::test]
async fn a_certificate_by_hash_and_by_number_holds() {
	let node = Node::new();
	let answer = node.ask("pbft_certificate", json!([3])).await;
	assert_eq!(answer, node.ask("pbft_certificate", json!([hash(3)])).await);
	assert_eq!((&answer["setId"], &answer["height"], &answer["view"]), (&json!(2), &json!(3), &json!(1)));
	assert_eq!(answer["blockHash"], json!(hash(3)));
	// The answer has all that is needed to check it.
	let bytes = |value: &Value| hex::decode(&value.as_str().unwrap()[2..]).unwrap();
	let payload = bytes(&answer["payload"]);
	let signatures = answer["signatures"].as_array().unwrap();
	assert_eq!(signatures.len(), 3);
	for entry in signatures {
		let key = ed25519::Public::try_from(&bytes(&entry["key"])[..]).unwrap();
		let signature = ed25519::Signature::try_from(&bytes(&entry["signature"])[..]).unwrap();
		assert!(ed25519::Pair::verify(&signature, &payload, &key));
	}
	assert_eq!(signatures[2]["signer"], json!(3));
	let certificate = Certificate::from_bytes(&bytes(&answer["encoded"])).unwrap();
	assert!(certificate.verify(Phase::Commit, &GENESIS, &Chain::new().set, &verify_ed25519).is_ok());
	// The state with the keys of block 2 is pruned; the certificate is answered without them.
	let old = node.ask("pbft_certificate", json!([2])).await;
	assert_eq!(old["signatures"][0]["key"], json!(null));
}

#[tokio::test]
async fn questions_without_an_answer() {
	let far = BlockHash::repeat_byte(0x99);
	let cases = [
		("pbft_certificate", json!([5]), "block 5 is not final, the last final block is 4".into()),
		(
			"pbft_certificate",
			json!([hash(5)]),
			format!("block 5 {:?} is not final, the last final block is 4", hash(5)),
		),
		(
			"pbft_certificate",
			json!([hash(0x77)]),
			format!("block 3 {:?} is not final, the last final block is 4", hash(0x77)),
		),
		("pbft_certificate", json!([far]), format!("block is {far:?}, no such block is known here")),
		("pbft_certificate", json!([0]), "block 0 is genesis, it has no certificate".into()),
		("pbft_certificate", json!([4]), format!("the certificate of block 4 {:?} is not kept here", hash(4))),
		(
			"pbft_certificate",
			json!(["0x12"]),
			"block is \"0x12\", must be a block hash (0x and 64 hex digits) or a block number".into(),
		),
		("pbft_validators", json!([far]), format!("at is {far:?}, no such block is known here")),
		("pbft_validators", json!([7]), "at is 7, must be a block hash: 0x and 64 hex digits".into()),
		(
			"pbft_parameters",
			json!([hash(1)]),
			format!(
				"the state after block 1 {:?} is pruned here: ask a node that keeps it (--state-pruning archive)",
				hash(1)
			),
		),
		(
			"pbft_readiness",
			json!([]),
			"the keystore holds no consensus key: make one with `syndic key generate-consensus`".into(),
		),
		("pbft_readiness", json!([hex_of(1)]), format!("key is {}, the keystore does not hold it", hex_of(1))),
	];
	let node = Node::new();
	for (method, params, message) in cases {
		assert_eq!(node.ask(method, params.clone()).await, json!({ "error": message }), "{method} {params}");
	}
	let pruned = Node::with(Chain::new(), &[], None).ask("pbft_certificate", json!([2])).await;
	assert!(pruned["error"].as_str().unwrap().ends_with("blocks of that age are pruned"), "{pruned}");
}

#[tokio::test]
async fn a_damaged_certificate_is_said_to_be_one() {
	let mut chain = Chain::new();
	chain.certificates.insert(hash(3), vec![1, 2, 3]);
	let answer = Node::with(chain, &[], None).ask("pbft_certificate", json!([3])).await;
	let message = answer["error"].as_str().unwrap();
	assert!(message.contains("block 3") && message.contains("not a certificate"), "{message}");
}

#[tokio::test]
async fn readiness_is_signed_by_the_nodes_key() {
	let node = Node::with(Chain::new(), &[5], None);
	let answer = node.ask("pbft_readiness", json!([])).await;
	assert_eq!(answer["key"], json!(hex_of(5)));
	let signature = hex::decode(&answer["signature"].as_str().unwrap()[2..]).unwrap();
	let signature = ed25519::Signature::try_from(&signature[..]).unwrap().into();
	let statement = Readiness { height: Height(4), block_hash: hash(4) };
	assert!(statement.verify(&GENESIS, &id(5), &signature, &verify_ed25519));

	let several = Node::with(Chain::new(), &[5, 6], None);
	assert_eq!(
		several.ask("pbft_readiness", json!([])).await,
		json!({ "error": "the keystore holds 2 consensus keys, name one of them as `key`" })
	);
	assert_eq!(several.ask("pbft_readiness", json!([hex_of(6)])).await["key"], json!(hex_of(6)));
}

#[tokio::test]
async fn readiness_is_not_for_the_public() {
	let mut node = Node::with(Chain::new(), &[5], None);
	node.module.extensions_mut().insert(DenyUnsafe::Yes);
	let answer = node.ask("pbft_readiness", json!([])).await;
	assert_eq!(answer, json!({ "error": "RPC call is unsafe to be called externally" }));
}

fn status() -> Status {
	Status {
		set_id: SetId(2),
		members: 4,
		quorum: 3,
		me: Some(SignerIndex(1)),
		committed: Height(4),
		committed_hash: hash(4),
		view: View(3),
		changing_view: false,
		failures: 1,
		leader: SignerIndex(0),
		proposal: Some(hash(9)),
		valid: Some(true),
		prepared_by: vec![SignerIndex(0), SignerIndex(1)],
		committed_by: vec![],
		locked: Some((View(2), hash(9))),
		window: vec![hash(9), hash(10)],
		view_changes: vec![(SignerIndex(3), View(4))],
		reachable: vec![SignerIndex(0), SignerIndex(1), SignerIndex(3)],
	}
}

fn snapshot(role: Role, key: Option<u8>, machine: Option<Status>) -> Snapshot {
	Snapshot {
		role,
		key: key.map(id),
		finalised: Head { height: Height(4), hash: hash(4) },
		rules: Rules { set: Chain::new().set, parameters: Parameters::default(), until: None },
		machine,
		connected: vec![id(1), id(4)],
		syncing: true,
	}
}

#[tokio::test]
async fn status_of_a_validator_says_whom_it_waits_for() {
	let snapshot = snapshot(Role::Validator(SignerIndex(1)), Some(2), Some(status()));
	let answer = Node::with(Chain::new(), &[], Some(snapshot)).ask("pbft_status", json!([])).await;
	assert_eq!(
		(&answer["role"], &answer["key"], &answer["index"]),
		(&json!("validator"), &json!(hex_of(2)), &json!(1))
	);
	assert_eq!(answer["finalised"], json!({ "height": 4, "hash": hash(4) }));
	assert_eq!(answer["committed"], json!({ "height": 4, "hash": hash(4) }));
	assert_eq!(answer["leader"], json!({ "index": 0, "key": hex_of(1) }));
	assert_eq!(
		answer["waitingFor"],
		json!([
			{ "index": 2, "key": hex_of(3), "reachable": false },
			{ "index": 3, "key": hex_of(4), "reachable": true },
		])
	);
	assert_eq!(answer["preparedBy"], json!([0, 1]));
	assert_eq!(answer["viewChanges"], json!([{ "index": 3, "view": 4 }]));
	assert_eq!(answer["window"], json!([hash(9), hash(10)]));
	assert_eq!(answer["locked"], json!({ "view": 2, "blockHash": hash(9) }));
	assert_eq!((&answer["changingView"], &answer["isSyncing"]), (&json!(false), &json!(true)));
	assert_eq!(answer["connected"], json!([hex_of(1), hex_of(4)]));
}

#[tokio::test]
async fn status_of_who_does_not_vote() {
	let ask = |snapshot| async move { Node::with(Chain::new(), &[], snapshot).ask("pbft_status", json!([])).await };
	let finalised = json!({ "height": 4, "hash": hash(4) });

	let starting = ask(None).await;
	let expected =
		json!({ "role": "starting", "key": null, "finalised": finalised, "isSyncing": false, "connected": [] });
	assert_eq!(starting, expected);

	let full = ask(Some(snapshot(Role::Full, None, None))).await;
	assert_eq!((&full["role"], &full["key"], &full["finalised"]), (&json!("full"), &json!(null), &finalised));
	assert_eq!(full.get("view"), None);

	let outside = Status { me: None, ..status() };
	let waiting = ask(Some(snapshot(Role::Waiting, Some(7), Some(outside)))).await;
	assert_eq!(
		(&waiting["role"], &waiting["key"], &waiting["index"]),
		(&json!("waiting"), &json!(hex_of(7)), &json!(null))
	);

	// The machine works with another set than the known one, so keys are left out.
	let ahead = Status { set_id: SetId(3), ..status() };
	let ahead = ask(Some(snapshot(Role::Abstaining(SignerIndex(0)), Some(1), Some(ahead)))).await;
	assert_eq!((&ahead["role"], &ahead["leader"]), (&json!("abstaining"), &json!({ "index": 0, "key": null })));
}
