//! JSON-RPC of Syndic: who votes, by which rules, where the protocol stands, the proof that a block is final, and what the
//! built-in contracts have stored, with the proof of that.
//!
//! | method | answers |
//! |---|---|
//! | `pbft_status` | where this node stands, who voted, whom progress waits for |
//! | `pbft_validators` | the set of the next height, and the one that is scheduled |
//! | `pbft_parameters` | the parameters of the next height, and those that are scheduled |
//! | `pbft_committee` | the era, its committee and the next one, who stands for election, how risky a size is |
//! | `pbft_certificate` | the commit certificate of a final block |
//! | `pbft_readiness` | a statement, signed by this node's key, that it has followed the chain (not for the public) |
//! | `builtin_contracts` | the built-in contracts: address, prefix, version, name, whether suspended |
//! | `builtin_read` | what a storage item of a contract is, with all that it takes to check it on request |
//!
//! Sets and parameters are read from the state after a block, at the storage keys that the engine itself reads. `at`
//! names that block by hash; without it, it is the last final one. Every error names the parameter and its value.

pub mod answers;
mod blocks;
mod builtin;
mod chain;
pub mod committee;
mod contracts;
mod error;
mod params;
mod server;
#[cfg(test)]
mod tests;

pub use builtin::Builtin;
pub use chain::{ChainError, ChainView, ConsensusState, DatabaseView};
pub use committee::{Committee, CommitteeApiServer, CommitteeView};
pub use contracts::{ContractView, Registry};
pub use error::Error;
pub use server::{Pbft, StatusSource};

use answers::{
	CertificateAnswer, ContractsAnswer, ParametersAnswer, ReadAnswer, ReadinessAnswer, StatusAnswer, ValidatorsAnswer,
};
use jsonrpsee::{
	core::{JsonValue, RpcResult},
	proc_macros::rpc,
};

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
