//! Drives the PBFT machine of [`syndic_pbft`] inside the Substrate client.
//!
//! The parts:
//! - [`chain`] is the trait with everything that the engine needs of a chain; [`substrate`] implements it over the real
//!   client.
//! - [`compact`] is the form of a proposal that carries the hashes of its transactions instead of the transactions.
//! - [`import`] is the queue for blocks that come by sync or from a file. A block is final when its certificate is
//!   valid for the set that the state of its *parent* names.
//! - [`engine`] is one task that owns the machine. Building, executing and finalising run beside it.
//! - [`lanes`] keep a flood of one business class from delaying another in a block.
//! - [`network`] carries votes and proposals between validators, and serves certificates and blocks to every node.
//! - [`orders`] are orders of the board by which a chain continues that has lost its quorum.
//! - [`wal`] is the log to which a vote is written before it is sent.
//! - [`status`] is a snapshot for RPC.
//!
//! # How a node puts it together
//! 1. [`import_queue`] with client, backend and [`Orders`], before the network is built. It returns the queue and the
//!    [`Finaliser`] that the engine shares with it.
//! 2. [`network::request_protocols`] with [`ChainSource`], on every node; spawn its server.
//! 3. On a node started with `--validator`: [`choose_key`] on the keystore, and when there is a key,
//!    [`network::protocols`] and [`network::run`] with an [`network::event_queue`] and a bounded channel of commands.
//!    `config.announce_block` must be false: the engine announces a block once it is final.
//! 4. [`StatusHandle::new`], shared with the RPC server.
//! 5. [`run`] as an essential *blocking* task of the group `pbft`, on every node. A node with a consensus key passes
//!    [`ValidatorParams`]; any other node passes none and follows. [`run`] returns only with an error, and the node
//!    must stop then: `spawn_essential_handle().spawn_blocking("pbft", Some("pbft"), async { ... })`.

pub mod assurance;
pub mod chain;
pub mod compact;
pub mod engine;
pub mod import;
pub mod keys;
pub mod lanes;
pub mod metrics;
pub mod network;
pub mod orders;
pub mod status;
pub mod substrate;
pub mod wal;

pub use assurance::{AssuranceHandle, AssuranceMetrics};
pub use chain::{Chain, ChainError, Head, InvalidBlock};
pub use engine::{run, EngineError, EngineParams, ValidatorParams};
pub use import::import_queue;
pub use keys::{choose_key, KeystoreKeys};
pub use metrics::Metrics;
pub use orders::{Orders, OrdersError};
pub use status::{Role, Snapshot, StatusHandle};
pub use substrate::{ChainSource, ClientBounds, Finaliser, OrderState};

/// The target of this crate's log lines.
pub(crate) const LOG: &str = "pbft";
