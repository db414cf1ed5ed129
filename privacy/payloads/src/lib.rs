//! Payloads of private transactions: what a node stores of them, how they travel between nodes, and how an operator sees and
//! governs that.
//!
//! The chain holds a commitment to a payload and never the payload. The payload is encrypted by who sends it, and travels
//! beside the chain, between the nodes of those institutions that may read it. A node holds no key: what it stores and what it
//! sends is ciphertext.
//!
//! Nothing in the consensus depends on anything here, and nothing here can make it wait: the worker and the server are tasks of
//! their own, with locks of their own. If they stand still, blocks go on.
//!
//! # The parts
//! - [`ChainView`]: what the last final state says of envelopes and of whose nodes are whose.
//! - [`Store`]: one file for each payload, bounded, with retention and purge.
//! - The protocol `/{genesis}/privacy/payload/1`: one commitment is asked for; the answer is the ciphertext, or empty. It is
//!   given to nodes of the envelope's readers only ([`Server`]).
//! - The worker ([`run`]): looks through new envelopes, and fetches what this node's institution may read and what is not here.
//! - [`Service`]: what these share, and what the RPC ([`Privacy`]) asks.
//!
//! # What is never said
//! No log line, metric or error contains a byte of a payload, not even encrypted ones: hashes, lengths, commitments and
//! institutions only.

mod budget;
mod chain;
mod metrics;
mod network;
mod rpc;
mod server;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod wire;
mod worker;

pub use chain::{ChainError, ChainView, ClientChain};
pub use metrics::PayloadMetrics;
pub use network::{AskError, NetworkPeers, Peers, Reach};
pub use rpc::{
	answers, Error, PayloadAnswer, PayloadStatusAnswer, Privacy, PrivacyApiClient, PrivacyApiServer, PurgeAnswer,
	StatusAnswer, SubmitAnswer,
};
pub use server::{request_protocol, Server};
pub use service::{Options, Service};
pub use store::{Cause, Entry, Limits, Opened, Purged, SetAside, State, Store, StoreError};
pub use worker::{run, WorkerParams};

use sp_core::H256;
use syndic_envelope::{MAX_PAYLOAD, OVERHEAD};

/// Log target of everything here.
const LOG_TARGET: &str = "payloads";

/// The most bytes of an encrypted payload.
pub const MAX_CIPHERTEXT: usize = MAX_PAYLOAD + OVERHEAD;

/// The least bytes of an encrypted payload, which is not empty.
pub const MIN_CIPHERTEXT: usize = 1 + OVERHEAD;

/// For how many blocks a payload is kept by default: thirty days of one block a second.
pub const DEFAULT_RETENTION: u32 = 30 * 24 * 60 * 60;

/// How many MiB of payloads a node keeps by default.
pub const DEFAULT_STORE_MIB: u32 = 1024;

/// By what the chain knows an encrypted payload: BLAKE2b-256.
pub fn ciphertext_hash(ciphertext: &[u8]) -> H256 {
	syndic_envelope::ciphertext_hash(ciphertext).into()
}
