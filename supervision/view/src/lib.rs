//! The supervisor's view: what a supervisor needs to know of a chain, as rows that prove themselves.
//!
//! A [`Row`](rows::Row) is no statement of a node. It is computed, by [`extract::rows`], from values that lie in the
//! state after a block, and from the block's commit certificate, and from nothing else: whoever has these computes the
//! same rows, and so each row can be checked against the certificate, long after and without a node:
//!
//! ```text
//! the set's keys ─ signed ─> certificate ─ names ─> header ─ holds ─> state root ─ proof ─> values ─ extract ─> rows
//!                                                                                         └── the set of the next block
//! ```
//!
//! | what | where |
//! |---|---|
//! | what a row says | [`rows`] |
//! | which values of a state rows are made of | [`facts`] |
//! | how rows are made of them | [`extract`], [`events`] |
//! | what proves a block's values, and how one block after the other is checked | [`proof`] |
//! | an export: the files, and the offline check of them | [`export`], [`check`] |
//! | the same rows from a node: `supervision_rows`, `supervision_subscribeRows` | [`rpc`], [`source`] |
//!
//! Events are decoded with the types of the runtime that this crate is built with. A block that another version of the
//! runtime has made is refused, and the error names both versions: its rows are made and checked by the release that
//! has that runtime.
//!
//! There are no rules here. What counts as a large transfer is a parameter on the chain, `Supervision.LargeTransfer`,
//! which the regulator sets and which is proven with every block.

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
