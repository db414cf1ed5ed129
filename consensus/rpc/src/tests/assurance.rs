//! `pbft_assurance` and its subscriptions. `syndic_light` checks the answers with a proof.

use super::{ask, builtin::Ledger, id, pair};
use crate::{
	answers::CommitAnswer, Assurance, AssuranceApiServer, AssuranceView, ChainError, ChainView, ConsensusState,
	ContractView, Pbft, PbftApiServer, Registry,
};
use codec::Encode;
use jsonrpsee::RpcModule;
use serde_json::{json, Value};
use sp_core::Pair;
use sp_runtime::traits::{BlakeTwo256, Hash as _};
use std::{
	sync::{
		atomic::{AtomicU32, Ordering},
		Arc,
	},
	time::Duration,
};
use syndic_client::{
	assurance::{Reached, Recorded},
	AssuranceHandle,
};
use syndic_light::{verify_assurance, AssuranceAnswer, AssuranceError};
use syndic_primitives::{
	assurance::Witnesses,
	builtin::{Address, ReadError},
	storage_keys::ROSTER,
	AssuranceLevel, Attestation, BlockAttestations, BlockHash, ClassId, ClassInfo, Height, Roster, RosterEntry, Seat,
	Tally, ValidatorId,
};

/// Six validators on the roster, the first four of which are the set, and a regulator's observer.
fn roster() -> Vec<RosterEntry> {
	let entry = |n: u8| RosterEntry {
		validator: id(n),
		institution: Some(n.into()),
		regulator: n == 7,
		seat: if n == 7 { Seat::Observer } else { Seat::Validator },
	};
	let mut entries: Vec<_> = (1..=7).map(entry).collect();
	entries.sort();
	entries
}

/// [`Ledger`] with attestations: block 3 has two, block 4 has none. Block 3 has three transactions.
#[derive(Clone)]
struct Chain {
	ledger: Arc<Ledger>,
	finalised: Arc<AtomicU32>,
	handle: AssuranceHandle,
}

impl Chain {
	fn new(with_roster: bool) -> Self {
		let ledger = match with_roster {
			true => Ledger::with([(ROSTER.key().to_vec(), roster().encode())]),
			false => Ledger::with([]),
		};
		Self { ledger: Arc::new(ledger), finalised: Arc::new(AtomicU32::new(4)), handle: AssuranceHandle::new() }
	}

	fn hash(&self, height: u32) -> BlockHash {
		self.ledger.headers[height as usize].hash()
	}

	fn grow(&self, height: u32) {
		self.finalised.store(height, Ordering::SeqCst);
		self.handle.tell_finalised(Height(height));
	}

	fn module(&self) -> RpcModule<Assurance<Chain>> {
		Assurance::new(self.clone(), self.ledger.genesis(), self.handle.clone()).into_rpc()
	}

	async fn ask(&self, method: &str, params: Value) -> Value {
		ask(&self.module(), method, params).await
	}
}

impl ChainView for Chain {
	fn finalised(&self) -> (Height, BlockHash) {
		let height = self.finalised.load(Ordering::SeqCst);
		(Height(height), self.hash(height))
	}

	fn height_of(&self, hash: BlockHash) -> Result<Option<Height>, ChainError> {
		self.ledger.height_of(hash)
	}

	fn hash_at(&self, height: Height) -> Result<Option<BlockHash>, ChainError> {
		self.ledger.hash_at(height)
	}

	fn certificate(&self, hash: BlockHash) -> Result<Option<Vec<u8>>, ChainError> {
		self.ledger.certificate(hash)
	}

	fn has_body(&self, hash: BlockHash) -> Result<bool, ChainError> {
		self.ledger.has_body(hash)
	}

	fn consensus_state(&self, height: Height, hash: BlockHash) -> Result<ConsensusState, ChainError> {
		self.ledger.consensus_state(height, hash)
	}
}

impl ContractView for Chain {
	fn registry(&self, height: Height, hash: BlockHash) -> Result<Registry, ChainError> {
		self.ledger.registry(height, hash)
	}

	fn storage_key(
		&self,
		height: Height,
		hash: BlockHash,
		address: Address,
		item: &str,
		keys: &[Vec<u8>],
	) -> Result<Result<Vec<u8>, ReadError>, ChainError> {
		self.ledger.storage_key(height, hash, address, item, keys)
	}

	fn value(&self, height: Height, hash: BlockHash, key: &[u8]) -> Result<Option<Vec<u8>>, ChainError> {
		self.ledger.value(height, hash, key)
	}

	fn proof(&self, height: Height, hash: BlockHash, keys: &[&[u8]]) -> Result<Vec<Vec<u8>>, ChainError> {
		self.ledger.proof(height, hash, keys)
	}

	fn header(&self, hash: BlockHash) -> Result<Option<Vec<u8>>, ChainError> {
		self.ledger.header(hash)
	}
}

fn extrinsics() -> Vec<Vec<u8>> {
	vec![vec![4, 1], vec![4, 2], vec![4, 3]]
}

impl AssuranceView for Chain {
	fn recorded(&self, height: Height, hash: BlockHash) -> Result<Option<Recorded>, ChainError> {
		if height != Height(3) {
			return Ok(None);
		}
		let block = Attestation { height, block_hash: hash };
		let roster = Roster::new(roster()).unwrap();
		let sign =
			|n: u8| (roster.position_of(&id(n)).unwrap(), pair(n).sign(&block.payload(&self.ledger.genesis())).into());
		let mut attestations = [5, 7].map(sign).to_vec();
		attestations.sort_by_key(|(position, _)| *position);
		let reached = vec![(AssuranceLevel::Validators, Some(Duration::from_millis(250)))];
		Ok(Some(Recorded { attestations: BlockAttestations { block, attestations }, reached }))
	}

	fn extrinsics(&self, hash: BlockHash) -> Result<Option<Vec<Vec<u8>>>, ChainError> {
		Ok((hash == self.hash(3)).then(extrinsics))
	}

	fn class_of(&self, height: Height, hash: BlockHash, extrinsic: &[u8]) -> Result<Option<ClassInfo>, ChainError> {
		assert_eq!((height, hash), (Height(2), self.hash(2)), "as the block was executed");
		let assurance = match extrinsic[1] {
			1 => return Ok(None),
			2 => AssuranceLevel::Validators,
			_ => AssuranceLevel::Institutions,
		};
		let (id, name) = (ClassId(extrinsic[1]), b"custody".to_vec());
		Ok(Some(ClassInfo { id, name, share: 20, priority: 1, max_size: 100, assurance }))
	}
}

fn hex_of(key: &ValidatorId) -> Value {
	json!(format!("0x{}", hex::encode(key)))
}

#[tokio::test]
async fn levels_and_who_makes_them() {
	let chain = Chain::new(true);
	let answer = chain.ask("pbft_assurance", json!([3])).await;
	assert_eq!(answer["block"], json!({ "height": 3, "hash": chain.hash(3) }));
	let level = |level, reached, present, of, needed, after: Value| json!({ "level": level, "reached": reached, "present": present, "of": of, "needed": needed, "afterMs": after });
	let expected = json!([
		level("committee", true, 3, 4, 3, json!(null)),
		level("validators", true, 4, 6, 4, json!(250)),
		level("institutions", true, 4, 6, 4, json!(null)),
		level("regulator", true, 1, 1, 1, json!(null)),
	]);
	assert_eq!(answer["levels"], expected);
	let keys = |field: &str| {
		let all = answer[field].as_array().unwrap().iter();
		let mut keys: Vec<_> = all.map(|one| one["key"].as_str().unwrap().to_owned()).collect();
		keys.sort();
		keys
	};
	let expected = |all: &[u8]| {
		let mut keys: Vec<_> = all.iter().map(|n| hex_of(&id(*n)).as_str().unwrap().to_owned()).collect();
		keys.sort();
		keys
	};
	assert_eq!(keys("present"), expected(&[1, 3, 4, 5, 7]));
	assert_eq!(keys("missing"), expected(&[2, 6]));
	let observer = answer["present"].as_array().unwrap().iter().find(|one| one["regulator"] == json!(true)).unwrap();
	assert_eq!(
		(&observer["seat"], &observer["by"], &observer["institution"]),
		(&json!("observer"), &json!("attestation"), &json!(7))
	);
	assert_eq!(answer["proof"], json!(null));
	// The last final block is the default. A block can be named by hash as well.
	assert_eq!(chain.ask("pbft_assurance", json!([])).await["block"]["height"], json!(4));
	assert_eq!(chain.ask("pbft_assurance", json!([chain.hash(3)])).await, answer);
	let unassured = chain.ask("pbft_assurance", json!([4])).await;
	assert_eq!(unassured["levels"][1]["reached"], json!(false));
}

#[tokio::test]
async fn what_is_answered_with_a_proof_is_proven() {
	for (with_roster, height, of) in [(true, 3, 6), (true, 4, 6), (false, 4, 4)] {
		let chain = Chain::new(with_roster);
		let answer = chain.ask("pbft_assurance", json!([height, true])).await;
		let answer: AssuranceAnswer = serde_json::from_value(answer).unwrap();
		let genesis = chain.ledger.genesis();
		let verified = verify_assurance(&genesis, &chain.ledger.set, &answer).unwrap();
		assert_eq!((verified.block, verified.levels[1].count.of), (answer.block, of));
		let mut said = answer.clone();
		said.levels[1].reached = !said.levels[1].reached;
		let refused = verify_assurance(&genesis, &chain.ledger.set, &said);
		assert!(matches!(refused, Err(AssuranceError::OtherLevel { level: "validators", .. })));
	}
}

#[tokio::test]
async fn a_transaction_is_assured_when_its_block_has_what_its_class_asks_for() {
	let chain = Chain::new(true);
	let hash = BlakeTwo256::hash(&extrinsics()[1]);
	let answer = chain.ask("pbft_transactionAssurance", json!([3, 1])).await;
	let expected = json!({
		"block": { "height": 3, "hash": chain.hash(3) },
		"index": 1,
		"hash": hash,
		"class": { "id": 2, "name": "custody" },
		"asks": "validators",
		"assured": true,
		"levels": ["committee", "validators", "institutions", "regulator"],
	});
	assert_eq!(answer, expected);
	assert_eq!(chain.ask("pbft_transactionAssurance", json!([chain.hash(3), hash])).await, expected);
	let inherent = chain.ask("pbft_transactionAssurance", json!([3, 0])).await;
	assert_eq!(
		(&inherent["class"], &inherent["asks"], &inherent["assured"]),
		(&json!(null), &json!("committee"), &json!(true))
	);
}

#[tokio::test]
async fn questions_without_an_answer() {
	let chain = Chain::new(true);
	let far = BlockHash::repeat_byte(9);
	let cases = [
		("pbft_assurance", json!([0]), "block 0 is genesis, it has no certificate".to_owned()),
		("pbft_assurance", json!([5]), "block 5 is not final, the last final block is 4".into()),
		("pbft_assurance", json!([far]), format!("block is {far:?}, no such block is known here")),
		("pbft_assurance", json!([3, "yes"]), "proof is \"yes\", must be true or false".into()),
		(
			"pbft_transactionAssurance",
			json!([3, 3]),
			"transaction is 3, block 3 has 3 and none of that index or hash".into(),
		),
		(
			"pbft_transactionAssurance",
			json!([3, far]),
			format!("transaction is {far:?}, block 3 has 3 and none of that index or hash"),
		),
		(
			"pbft_transactionAssurance",
			json!([3, "x"]),
			"transaction is \"x\", must be a transaction's hash (0x and 64 hex digits) or its index in the block"
				.into(),
		),
		(
			"pbft_transactionAssurance",
			json!([4, 0]),
			format!("the body of block 4 {:?} is not kept here: blocks of that age are pruned", chain.hash(4)),
		),
	];
	for (method, params, message) in cases {
		assert_eq!(chain.ask(method, params.clone()).await, json!({ "error": message }), "{method} {params}");
	}
}

#[tokio::test]
async fn commits_come_one_after_the_other() {
	let chain = Chain::new(true);
	chain.grow(2);
	let module = chain.module();
	let mut commits = module.subscribe_unbounded("pbft_subscribeCommits", Vec::<()>::new()).await.unwrap();
	// The source announces only the last block, and still no block is left out.
	let mut heights = Vec::new();
	for grown in [2, 4] {
		chain.grow(grown);
		while heights.last() != Some(&grown) {
			let next = tokio::time::timeout(Duration::from_secs(10), commits.next::<CommitAnswer>()).await;
			let (commit, _) = next.expect("in time").expect("it goes on").expect("a commit");
			assert_eq!((commit.hash, commit.signers.len()), (chain.hash(commit.height.get()), 3));
			heights.push(commit.height.get());
		}
	}
	assert_eq!(heights, [2, 3, 4]);
}

#[tokio::test]
async fn levels_come_as_they_are_reached_and_who_is_too_slow_is_told() {
	let chain = Chain::new(true);
	let module = chain.module();
	let mut levels = module.subscribe_unbounded("pbft_subscribeAssurance", Vec::<()>::new()).await.unwrap();
	let roster = Roster::new(roster()).unwrap();
	let reached = |height: u32, level| Reached {
		block: Attestation { height: Height(height), block_hash: chain.hash(3) },
		level,
		after: Some(Duration::from_millis(7)),
		tally: Tally::of(&roster, &Witnesses::none(&roster)),
	};
	chain.handle.tell_reached(reached(3, AssuranceLevel::Regulator));
	let next = tokio::time::timeout(Duration::from_secs(10), levels.next::<Value>()).await;
	let (item, _) = next.expect("in time").expect("it goes on").expect("an item");
	assert_eq!((&item["level"], &item["afterMs"]), (&json!("regulator"), &json!(7)));
	assert_eq!(item["validators"], json!({ "present": 0, "of": 6, "needed": 4 }));
	// More items at once than are kept: the subscription ends, and does not leave any out.
	(0..5_000).for_each(|n| chain.handle.tell_reached(reached(n, AssuranceLevel::Committee)));
	let ended = async {
		while let Some(item) = levels.next::<Value>().await {
			if item.is_err() {
				break;
			}
		}
	};
	tokio::time::timeout(Duration::from_secs(10), ended).await.expect("it ends");
}

#[tokio::test]
async fn status_says_what_is_attested() {
	let chain = Chain::new(true);
	let keystore = Arc::new(sp_keystore::testing::MemoryKeystore::new());
	let pbft = Pbft::new(chain.clone(), chain.ledger.genesis(), keystore, Arc::new(|| None));
	let status = ask(&pbft.with_assurance(chain.handle.clone()).into_rpc(), "pbft_status", json!([])).await;
	let expected = json!({ "attesting": [], "peers": 0, "block": null, "levels": [], "missing": [] });
	assert_eq!(status["assurance"], expected);
}
