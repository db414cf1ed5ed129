//! JSON-RPC of Syndic: validator sets, parameters, the state of the protocol, the proof that a block is final, and the
//! storage of the built-in contracts with proofs.
//!
//! | method | answers |
//! |---|---|
//! | `pbft_status` | this node's role, the state of the protocol, the members that progress waits for |
//! | `pbft_validators` | the set of the next height, and the scheduled one |
//! | `pbft_parameters` | the parameters of the next height, their profile, the scheduled changes, and the last ones |
//! | `pbft_committee` | the era, its committee and the next one, who stands for election, the risk of a size |
//! | `pbft_certificate` | the commit certificate of a final block |
//! | `pbft_assurance` | the roster's entries behind a final block, the levels reached, and a proof on request |
//! | `pbft_transactionAssurance` | the class of a transaction, the level that it asks for, and whether its block has reached it |
//! | `pbft_subscribeAssurance` | levels, as blocks reach them (items are called `pbft_assuranceReached`) |
//! | `pbft_subscribeCommits` | final blocks, one after the other, none left out (items are called `pbft_commit`) |
//! | `pbft_readiness` | a statement, signed by this node's key, that it has followed the chain (not for the public) |
//! | `builtin_contracts` | the built-in contracts: address, prefix, version, name, whether suspended |
//! | `builtin_read` | the value of a contract's storage item, and a proof on request |
//!
//! Sets and parameters are read from the state after a block, at the storage keys that the engine itself reads. The
//! parameter `at` names the block by hash; the default is the last final block. Every error names the parameter and its
//! value.

pub mod answers;
mod assurance;
mod assured;
pub mod blocks;
mod builtin;
mod chain;
pub mod committee;
mod contracts;
mod error;
pub mod params;
mod server;
#[cfg(test)]
mod tests;

pub use assurance::Assurance;
pub use assured::AssuranceView;
pub use builtin::Builtin;
pub use chain::{ChainError, ChainView, ConsensusState, DatabaseView};
pub use committee::{Committee, CommitteeApiServer, CommitteeView};
pub use contracts::{ContractView, Registry};
pub use error::Error;
pub use server::{Pbft, StatusSource};

use answers::{
	CertificateAnswer, CommitAnswer, ContractsAnswer, ParametersAnswer, ReachedAnswer, ReadAnswer, ReadinessAnswer,
	StatusAnswer, TransactionAnswer, ValidatorsAnswer,
};
use jsonrpsee::{
	core::{JsonValue, RpcResult, SubscriptionResult},
	proc_macros::rpc,
};
use syndic_light::AssuranceAnswer;

/// Requests about the consensus.
#[rpc(client, server, namespace = "pbft")]
pub trait PbftApi {
	/// This node's role, the state of the protocol, and the members that progress waits for.
	#[method(name = "status", blocking)]
	fn status(&self) -> RpcResult<StatusAnswer>;

	/// The set that decides the height after `at`, and the scheduled change.
	#[method(name = "validators", blocking)]
	fn validators(&self, at: Option<JsonValue>) -> RpcResult<ValidatorsAnswer>;

	/// The parameters of the height after `at`, the profile in force, the scheduled changes, and the last changes.
	#[method(name = "parameters", blocking)]
	fn parameters(&self, at: Option<JsonValue>) -> RpcResult<ParametersAnswer>;

	/// The commit certificate of a final block, given by hash or by number.
	#[method(name = "certificate", blocking)]
	fn certificate(&self, block: JsonValue) -> RpcResult<CertificateAnswer>;

	/// Signs, with this node's consensus key, that it has followed the chain to its last final block. The answer has
	/// the arguments of `validators.declareReady`. This uses the keystore, and so is not served to the public. `key` is
	/// needed only if the keystore holds several consensus keys.
	#[method(name = "readiness", blocking, with_extensions)]
	fn readiness(&self, key: Option<JsonValue>) -> RpcResult<ReadinessAnswer>;
}

/// Requests about the entries of the roster that stand behind final blocks.
#[rpc(client, server, namespace = "pbft")]
pub trait AssuranceApi {
	/// The levels that a final block has reached, and the entries of the roster that stand behind it or do not.
	///
	/// - `block`: its hash or its number; the default is the last final block.
	/// - `proof`: whether to add headers, certificate, attestations and a storage proof of the roster, with which
	///   `syndic verify-assurance` and `syndic_light::verify_assurance` check the answer.
	#[method(name = "assurance", blocking)]
	fn assurance(&self, block: Option<JsonValue>, proof: Option<JsonValue>) -> RpcResult<AssuranceAnswer>;

	/// The class of a transaction in a final block, the level that it needs to count as assured, and whether the block
	/// has reached it.
	///
	/// - `block`: its hash or its number.
	/// - `transaction`: its hash, or its index in the block.
	#[method(name = "transactionAssurance", blocking)]
	fn transaction_assurance(&self, block: JsonValue, transaction: JsonValue) -> RpcResult<TransactionAnswer>;

	/// Levels, as blocks reach them on this node.
	#[subscription(name = "subscribeAssurance" => "assuranceReached", unsubscribe = "unsubscribeAssurance", item = ReachedAnswer)]
	async fn subscribe_assurance(&self) -> SubscriptionResult;

	/// Final blocks from the last one on, each once, in order, none left out.
	#[subscription(name = "subscribeCommits" => "commit", unsubscribe = "unsubscribeCommits", item = CommitAnswer)]
	async fn subscribe_commits(&self) -> SubscriptionResult;
}

/// Requests about the built-in contracts.
#[rpc(client, server, namespace = "builtin")]
pub trait BuiltinApi {
	/// Every built-in contract of the runtime after `at`.
	#[method(name = "contracts", blocking)]
	fn contracts(&self, at: Option<JsonValue>) -> RpcResult<ContractsAnswer>;

	/// The value of a storage item after `at`.
	///
	/// - `address`: the contract's address.
	/// - `item`: its name, such as `CurrentSet`.
	/// - `keys`: for an entry of a map, one key in SCALE for each key of the map.
	/// - `at`: the block, by hash.
	/// - `proof`: whether to add header, certificate and storage proof, with which `syndic verify-read` and
	///   `syndic_light::verify_read` check the answer. The block must be final then.
	#[method(name = "read", blocking)]
	fn read(
		&self,
		address: JsonValue,
		item: JsonValue,
		keys: Option<JsonValue>,
		at: Option<JsonValue>,
		proof: Option<JsonValue>,
	) -> RpcResult<ReadAnswer>;
}
