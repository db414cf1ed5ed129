//! JSON-RPC of Syndic: who votes, by which rules, where the protocol stands, the proof that a block is final, and what the
//! built-in contracts have stored, with the proof of that.
//!
//! | method | answers |
//! |---|---|
//! | `pbft_status` | where this node stands, who voted, whom progress waits for |
//! | `pbft_validators` | the set of the next height, and the one that is scheduled |
//! | `pbft_parameters` | the parameters of the next height, their profile, those that are scheduled, and the last ones |
//! | `pbft_committee` | the era, its committee and the next one, who stands for election, how risky a size is |
//! | `pbft_certificate` | the commit certificate of a final block |
//! | `pbft_assurance` | who stands behind a final block, which levels it has reached, with all that it takes to check it on request |
//! | `pbft_transactionAssurance` | the class of a transaction, the level that it asks for, and whether its block has reached it |
//! | `pbft_subscribeAssurance` | levels, as blocks reach them (items are called `pbft_assuranceReached`) |
//! | `pbft_subscribeCommits` | final blocks, one after the other, none left out (items are called `pbft_commit`) |
//! | `pbft_readiness` | a statement, signed by this node's key, that it has followed the chain (not for the public) |
//! | `builtin_contracts` | the built-in contracts: address, prefix, version, name, whether suspended |
//! | `builtin_read` | what a storage item of a contract is, with all that it takes to check it on request |
//!
//! Sets and parameters are read from the state after a block, at the storage keys that the engine itself reads. `at`
//! names that block by hash; without it, it is the last final one. Every error names the parameter and its value.

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

/// The consensus.
#[rpc(client, server, namespace = "pbft")]
pub trait PbftApi {
	/// Where this node stands, who voted, whom progress waits for.
	#[method(name = "status", blocking)]
	fn status(&self) -> RpcResult<StatusAnswer>;

	/// The set that decides the height after `at`, and the change that is scheduled.
	#[method(name = "validators", blocking)]
	fn validators(&self, at: Option<JsonValue>) -> RpcResult<ValidatorsAnswer>;

	/// The parameters of the height after `at`, the profile in force, what is scheduled, and what was changed last.
	#[method(name = "parameters", blocking)]
	fn parameters(&self, at: Option<JsonValue>) -> RpcResult<ParametersAnswer>;

	/// The commit certificate of a final block, which is named by its hash or its number.
	#[method(name = "certificate", blocking)]
	fn certificate(&self, block: JsonValue) -> RpcResult<CertificateAnswer>;

	/// Signs, with this node's consensus key, that it has followed the chain to its last final block: the arguments of
	/// `validators.declareReady`. Uses the keystore, and so is not served to the public. `key` is needed only where the
	/// keystore holds several consensus keys.
	#[method(name = "readiness", blocking, with_extensions)]
	fn readiness(&self, key: Option<JsonValue>) -> RpcResult<ReadinessAnswer>;
}

/// Who stands behind final blocks beyond their committee.
#[rpc(client, server, namespace = "pbft")]
pub trait AssuranceApi {
	/// The levels that a final block has reached, who stands behind it, and who does not.
	///
	/// - `block`: its hash or its number; the last final one if it is not given.
	/// - `proof`: whether to bring headers, certificate, attestations and a storage proof of the roster as well, with which
	///   `syndic verify-assurance` and `syndic_light::verify_assurance` check the answer.
	#[method(name = "assurance", blocking)]
	fn assurance(&self, block: Option<JsonValue>, proof: Option<JsonValue>) -> RpcResult<AssuranceAnswer>;

	/// The class of a transaction in a final block, the level that it needs to count as assured, and whether it does.
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

/// The built-in contracts.
#[rpc(client, server, namespace = "builtin")]
pub trait BuiltinApi {
	/// Every built-in contract of the runtime after `at`.
	#[method(name = "contracts", blocking)]
	fn contracts(&self, at: Option<JsonValue>) -> RpcResult<ContractsAnswer>;

	/// The value of a storage item after `at`.
	///
	/// - `address`: of the contract.
	/// - `item`: its name, such as `CurrentSet`.
	/// - `keys`: for an entry of a map, one key for each of the map's, in SCALE.
	/// - `at`: the block, by hash.
	/// - `proof`: whether to bring header, certificate and proof as well, with which `syndic verify-read` and
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
