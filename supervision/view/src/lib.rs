//! The supervisor's view: what a supervisor needs to know of a chain, as rows that can be checked with proofs.
//!
//! The reader of a [`Row`](rows::Row) need not trust the node that gave it. [`extract::rows`] computes rows from values
//! in the state after a block, from the block's commit certificate, and from nothing else. Everybody who has these
//! computes the same rows, so that each row can be checked against the certificate, at any later time and without a
//! node:
//!
//! ```text
//! the set's keys ─ signed ─> certificate ─ names ─> header ─ holds ─> state root ─ proof ─> values ─ extract ─> rows
//!                                                                                         └── the set of the next block
//! ```
//!
//! | what | where |
//! |---|---|
//! | the contents of rows | [`rows`] |
//! | the values of a state from which rows are computed | [`facts`] |
//! | how rows are computed from them | [`extract`], [`events`] |
//! | the proof of a block's values, and the check of one block after the other | [`proof`] |
//! | an export: its files, and their offline check | [`export`], [`check`] |
//! | the same rows from a node: `supervision_rows`, `supervision_subscribeRows` | [`rpc`], [`source`] |
//!
//! Events are decoded with the types of the runtime that this crate is built with. A block that another version of the
//! runtime has made is refused, and the error names both versions. The release with that runtime makes and checks the
//! rows of such a block.
//!
//! This crate holds no rules of supervision. The amount from which a transfer counts as large is on the chain,
//! `Supervision.LargeTransfer`: the regulator sets it, and every block's proof contains it.

pub mod check;
pub mod events;
pub mod export;
pub mod extract;
pub mod facts;
pub mod field;
pub mod proof;
pub mod rows;
pub mod rpc;
pub mod source;

#[cfg(test)]
mod tests;

pub use rpc::{Supervision, SupervisionApiServer};
