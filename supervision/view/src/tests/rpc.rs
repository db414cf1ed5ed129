//! `supervision_*` over a chain in memory. The verifier checks the answers, and does not know that chain.

use super::*;
use crate::{
	proof::Walk,
	rpc::{RowsAnswer, Supervision, SupervisionApiServer},
};
use jsonrpsee::RpcModule;
use serde_json::{json, Value};
use syndic_primitives::{
	builtin::{Address, ReadError},
	Parameters,
};
use syndic_rpc::{ChainError, ChainView, ConsensusState, ContractView, Registry};
use tokio::sync::watch;

/// A chain in memory: the final blocks from 10 on, and below them only block 9, whose state names the first set.
struct Ledger {
	blocks: Vec<Block>,
	pruned: Option<Height>,
}

impl Ledger {
	fn new() -> Self {
		Self { blocks: chain(&eventful()), pruned: None }
	}

	fn at(&self, hash: BlockHash) -> Option<&Block> {
		self.blocks.iter().find(|block| block.header.hash() == hash)
	}

	fn state(&self, height: Height, hash: BlockHash) -> Result<&Block, ChainError> {
		match self.at(hash) {
			Some(block) if self.pruned != Some(height) => Ok(block),
			_ => Err(ChainError::Pruned { height, hash }),
		}
	}
}

impl ChainView for Ledger {
	fn finalised(&self) -> (Height, BlockHash) {
		let last = &self.blocks.last().unwrap().header;
		(Height(last.number), last.hash())
	}

	fn height_of(&self, hash: BlockHash) -> Result<Option<Height>, ChainError> {
		Ok(self.at(hash).map(|block| Height(block.header.number)))
	}

	fn hash_at(&self, height: Height) -> Result<Option<BlockHash>, ChainError> {
		if height == Height(9) {
			return Ok(Some(*self.blocks[0].header.parent_hash()));
		}
		Ok(self.blocks.iter().find(|block| block.header.number == height.get()).map(|block| block.header.hash()))
	}

	fn certificate(&self, hash: BlockHash) -> Result<Option<Vec<u8>>, ChainError> {
		Ok(self.at(hash).map(|block| block.certificate.encode()))
	}

	fn has_body(&self, _: BlockHash) -> Result<bool, ChainError> {
		Ok(true)
	}

	fn consensus_state(&self, height: Height, hash: BlockHash) -> Result<ConsensusState, ChainError> {
		if self.pruned == Some(height) {
			return Err(ChainError::Pruned { height, hash });
		}
		let (parameters, scheduled_parameters) = (Parameters::default(), vec![]);
		Ok(ConsensusState { set: set(), scheduled_set: None, parameters, scheduled_parameters })
	}
}

impl ContractView for Ledger {
	fn registry(&self, _: Height, _: BlockHash) -> Result<Registry, ChainError> {
		Ok(Registry { contracts: vec![], suspended: vec![] })
	}

	fn storage_key(
		&self,
		_: Height,
		_: BlockHash,
		address: Address,
		_: &str,
		_: &[Vec<u8>],
	) -> Result<Result<Vec<u8>, ReadError>, ChainError> {
		Ok(Err(ReadError::UnknownContract { address, contracts: vec![] }))
	}

	fn value(&self, height: Height, hash: BlockHash, key: &[u8]) -> Result<Option<Vec<u8>>, ChainError> {
		Ok(self.state(height, hash)?.value(key))
	}

	fn proof(&self, height: Height, hash: BlockHash, keys: &[&[u8]]) -> Result<Vec<Vec<u8>>, ChainError> {
		let proof = prove_read(self.state(height, hash)?.state.clone(), keys);
		Ok(proof.map_err(|error| ChainError::Database(error.to_string()))?.into_iter_nodes().collect())
	}

	fn header(&self, hash: BlockHash) -> Result<Option<Vec<u8>>, ChainError> {
		Ok(self.at(hash).map(|block| block.header.encode()))
	}
}

fn module(ledger: Ledger) -> (RpcModule<Supervision<Ledger>>, watch::Sender<Height>) {
	let (told, finalised) = watch::channel(Height(0));
	(Supervision::new(ledger, GENESIS, finalised).into_rpc(), told)
}

async fn ask(ledger: Ledger, params: Value) -> Result<Value, String> {
	let request = json!({ "jsonrpc": "2.0", "id": 1, "method": "supervision_rows", "params": params }).to_string();
	let (response, _) = module(ledger).0.raw_json_request(&request, 1).await.map_err(|error| error.to_string())?;
	let mut response: Value = serde_json::from_str(&response.to_string()).unwrap();
	match response.get("error") {
		Some(error) => Err(format!("{} {}", error["code"], error["message"].as_str().unwrap())),
		None => Ok(response["result"].take()),
	}
}

#[tokio::test]
async fn rows_come_with_what_proves_them() {
	let answer = ask(Ledger::new(), json!([10, 13, true])).await.unwrap();
	assert_eq!((&answer["genesis"], &answer["next"]), (&json!(GENESIS), &json!(null)));
	let stated = answer["blocks"].as_array().unwrap().clone();
	let answer: RowsAnswer<Value> = serde_json::from_value(answer).unwrap();
	assert_eq!(answer.spec_version, VERSION.spec_version);
	let mut walk = Walk::new(GENESIS, set());
	for (block, stated) in answer.blocks.iter().zip(stated) {
		let (_, rows) = walk.block(block.proof.as_ref().unwrap()).unwrap();
		assert_eq!(serde_json::to_value(rows).unwrap(), stated["rows"]);
	}
	assert_eq!(walk.due(), Some(Height(14)));
	// The proof covers only the values from which rows are computed.
	let block = &chain(&eventful())[0];
	assert_eq!(answer.blocks[0].proof, Some(block.proof()));
}

#[tokio::test]
async fn rows_come_without_proofs_by_default() {
	let answer = ask(Ledger::new(), json!([11, 11])).await.unwrap();
	assert_eq!(answer["blocks"].as_array().unwrap().len(), 1);
	assert_eq!(answer["blocks"][0]["proof"], json!(null));
	assert_eq!(answer["blocks"][0]["rows"][0]["kind"], "participation");
}

#[tokio::test]
async fn a_bad_question_is_named() {
	for (params, expected) in [
		(json!([0, 10]), "from is 0, must be within 1 and"),
		(json!([12, 11]), "to is 11, must be within 12 and 267: at least the block `from`, and at most 256 blocks"),
		(json!([10, 266]), "to is 266, must be within 10 and 265"),
		(json!(["10", 11]), "from is \"10\", must be a block number"),
		(json!([10, -1]), "to is -1, must be a block number"),
		(json!([10, 11, "yes"]), "proof is \"yes\", must be true or false"),
	] {
		let error = ask(Ledger::new(), params.clone()).await.unwrap_err();
		assert!(error.starts_with("-32602 ") && error.contains(expected), "{params}: {error}");
	}
	let error = ask(Ledger::new(), json!([13, 14])).await.unwrap_err();
	assert_eq!(error, "7002 block 14 is not final, the last final block is 13");
}

#[tokio::test]
async fn a_state_that_is_gone_is_named_and_what_to_do() {
	for height in [11, 12] {
		let ledger = Ledger { pruned: Some(Height(height)), ..Ledger::new() };
		let error = ask(ledger, json!([12, 13])).await.unwrap_err();
		assert!(error.starts_with(&format!("7004 the state after block {height} ")), "{error}");
		assert!(error.contains("--state-pruning archive"), "{error}");
	}
}

#[tokio::test]
async fn a_block_of_another_runtime_is_named() {
	let mut plans = eventful();
	plans[1].spec_version = 3;
	let ledger = Ledger { blocks: chain(&plans), pruned: None };
	let error = ask(ledger, json!([10, 12])).await.unwrap_err();
	assert!(error.starts_with("7009 block 11: the block was made under specVersion 3"), "{error}");
}

#[tokio::test]
async fn a_long_answer_ends_early_and_says_where_to_go_on() {
	// Each block has more than 2 MiB of events.
	let many = || Plan::of((0..25_000).map(|_| transfer(1, 3, 5)));
	let ledger = || Ledger { blocks: chain(&[many(), many(), many()]), pruned: None };
	let answer = ask(ledger(), json!([10, 12, true])).await.unwrap();
	let heights = |answer: &Value| -> Vec<u64> {
		answer["blocks"].as_array().unwrap().iter().map(|block| block["height"].as_u64().unwrap()).collect()
	};
	assert_eq!((heights(&answer), &answer["next"]), (vec![10], &json!(11)));
	// Without proofs the answer is short enough for all three blocks.
	let answer = ask(ledger(), json!([10, 12])).await.unwrap();
	assert_eq!((heights(&answer), &answer["next"]), (vec![10, 11, 12], &json!(null)));
}

#[tokio::test]
async fn a_subscriber_gets_each_row_once_in_order() {
	let (module, told) = module(Ledger::new());
	let mut rows = module.subscribe_unbounded("supervision_subscribeRows", [10]).await.unwrap();
	let mut walk = Walk::new(GENESIS, set());
	let expected: Vec<Value> = chain(&eventful())
		.iter()
		.flat_map(|block| walk.block(&block.proof()).unwrap().1)
		.map(|row| serde_json::to_value(row).unwrap())
		.collect();
	for expected in &expected {
		let (row, _) = rows.next::<Value>().await.unwrap().unwrap();
		assert_eq!(row, *expected);
	}
	drop(told);
	// Without `from`, the subscription begins with the last final block.
	let (module, _told) = self::module(Ledger::new());
	let mut rows = module.subscribe_unbounded("supervision_subscribeRows", Vec::<u32>::new()).await.unwrap();
	let (row, _) = rows.next::<Value>().await.unwrap().unwrap();
	assert_eq!(row["height"], json!(13));
	let refused = module.subscribe_unbounded("supervision_subscribeRows", [15]).await.unwrap_err();
	assert!(refused.to_string().contains("from is 15, must be within 1 and 14"), "{refused}");
}
