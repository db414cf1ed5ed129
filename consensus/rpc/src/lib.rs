//! JSON-RPC of Syndic's consensus: who votes, by which rules, where the protocol stands, and the proof that a block is
//! final.
//!
//! | method | answers |
//! |---|---|
//! | `pbft_status` | where this node stands, who voted, whom progress waits for |
//! | `pbft_validators` | the set of the next height, and the one that is scheduled |
//! | `pbft_parameters` | the parameters of the next height, and those that are scheduled |
//! | `pbft_certificate` | the commit certificate of a final block |
//! | `pbft_readiness` | a statement, signed by this node's key, that it has followed the chain (not for the public) |
//!
//! Sets and parameters are read from the state after a block, at the storage keys that the engine itself reads. `at`
//! names that block by hash; without it, it is the last final one. Every error names the parameter and its value.

pub mod answers;
mod chain;
mod error;
mod params;
mod server;
#[cfg(test)]
mod tests;

pub use chain::{ChainError, ChainView, ConsensusState, DatabaseView};
pub use error::Error;
pub use server::{Pbft, StatusSource};

use answers::{CertificateAnswer, ParametersAnswer, ReadinessAnswer, StatusAnswer, ValidatorsAnswer};
use jsonrpsee::{
	core::{JsonValue, RpcResult},
	proc_macros::rpc,
};

/// The interface.
#[rpc(client, server, namespace = "pbft")]
pub trait PbftApi {
	/// Where this node stands, who voted, whom progress waits for.
	#[method(name = "status", blocking)]
	fn status(&self) -> RpcResult<StatusAnswer>;

	/// The set that decides the height after `at`, and the change that is scheduled.
	#[method(name = "validators", blocking)]
	fn validators(&self, at: Option<JsonValue>) -> RpcResult<ValidatorsAnswer>;

	/// The parameters of the height after `at`, and those that are scheduled.
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
