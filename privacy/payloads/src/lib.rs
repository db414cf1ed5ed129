//! Payloads of private transactions: how a node stores them, how they travel between nodes, and how an operator watches
//! and controls that.
//!
//! The chain holds a commitment to a payload and never the payload. The sender encrypts the payload. The ciphertext
//! travels beside the chain, between the nodes of the institutions that may read it (the envelope's readers). A node
//! holds no decryption key: it stores and sends ciphertext only.
//!
//! The consensus does not depend on this crate and never waits for it: the worker and the server are tasks of their
//! own, with locks of their own. If they stop, blocks continue.
//!
//! # The parts
//! - [`ChainView`]: the envelopes in the last final state, and the institution of each node.
//! - [`Store`]: one file for each payload, bounded, with retention and purge.
//! - The protocol `/{genesis}/privacy/payload/1`: the request names one commitment; the response is the ciphertext, or
//!   empty. Only nodes of the envelope's readers get the ciphertext ([`Server`]).
//! - The worker ([`run`]): looks through new envelopes, and fetches the payloads that this node's institution may read
//!   and that are not stored here.
//! - [`Service`]: the state that these parts share, and that the RPC ([`Privacy`]) queries.
//!
//! # What is never disclosed
//! No log line, metric or error contains a byte of a payload, not even an encrypted one. They contain hashes, lengths,
//! commitments and institutions only.

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

/// Log target of this crate.
const LOG_TARGET: &str = "payloads";

/// Maximum length of an encrypted payload, in bytes.
pub const MAX_CIPHERTEXT: usize = MAX_PAYLOAD + OVERHEAD;

/// Minimum length of an encrypted payload, in bytes: that of a payload of one byte.
pub const MIN_CIPHERTEXT: usize = 1 + OVERHEAD;

/// Default retention of a payload, in blocks: thirty days at one block per second.
pub const DEFAULT_RETENTION: u32 = 30 * 24 * 60 * 60;

/// Default bound of a node's store, in MiB.
pub const DEFAULT_STORE_MIB: u32 = 1024;

/// The hash of an encrypted payload that the envelope holds: BLAKE2b-256.
pub fn ciphertext_hash(ciphertext: &[u8]) -> H256 {
	syndic_envelope::ciphertext_hash(ciphertext).into()
}
