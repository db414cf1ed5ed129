//! Attestations: signed statements of the nodes on the roster about blocks that are final already.
//!
//! Nothing in [`crate::engine`] depends on this module or waits for it. Attestations have a task and a protocol of
//! their own; if the task stops, blocks continue.
//!
//! # Who attests what
//! A node attests with every consensus key in its keystore that is on the roster: a validator's, in the committee or
//! not, or an observer's. The node need not run as a validator. It attests each block that is final here. An
//! attestation means that the node has executed the block and checked its certificate, and was not far behind at that
//! time. The roster for the block at height h is read from the state after h − 1.
//!
//! A validator whose commit is in a certificate need not attest the block for the nodes that have that certificate. But
//! each node has a certificate of its own, with the first quorum that reached the node, so a commit that is in one
//! certificate may be missing in all others. So members of the committee attest as well: at once if their commit is not
//! in their own certificate, otherwise up to a second later, for many blocks together.
//!
//! # How attestations travel
//! Attestations travel on `/{genesis}/syndic/attestations/1`, among the nodes that synchronise with each other, so only
//! among nodes that the chain lets in. A new attestation is verified and passed on once: a node's own to up to 32
//! peers, another node's to up to 8. A node waits up to 50 ms before it sends, so that one notification carries many
//! attestations. For a block that is still incomplete two seconds after its finality, and again after six and twenty,
//! one peer is asked for the missing attestations. So a node that was away, or lost something, fills its gaps.
//!
//! # Limits
//! Attestations of the last [`WINDOW`] final blocks are accepted. Those of up to 16 blocks above the last final one are
//! kept until these blocks are final here. Everything else is checked before a signature is: that the block is the
//! final one, that the roster has the position, and that the attestation is new. Each peer has a budget of attestations
//! per second, bounded room for early attestations, and bounded room for attestations that wait to be sent to it, and
//! may ask twice a second. A peer that sends an invalid attestation, an attestation of a block that is not final, or a
//! malformed message is reported, and disconnected if that bans it.
//!
//! # Where they are kept
//! Attestations are kept in memory for the last [`WINDOW`] blocks. In the database, beside the blocks, they are kept
//! for the last [`RETENTION`] blocks; they are written every two seconds.

mod book;
mod handle;
mod keeper;
mod ledger;
mod metrics;
mod peers;
mod sign;
mod store;
#[cfg(test)]
mod tests;
mod wire;
mod worker;

pub use book::{FinalBlock, Reached};
pub use handle::{AssuranceHandle, Standing};
pub use ledger::{ClientLedger, Ledger};
pub use metrics::AssuranceMetrics;
pub use store::Recorded;
pub use wire::WireError;
pub use worker::{protocol, run, AssuranceParams, Prepared};

use sc_client_api::AuxStore;
use std::time::Duration;
use syndic_primitives::{BlockHash, Height};

/// Log target of everything here.
const LOG_TARGET: &str = "assurance";

/// Number of the last final blocks of which attestations are accepted.
pub const WINDOW: u32 = 256;

/// Number of the last final blocks of which attestations are stored: as many as a node keeps states of, so that the
/// stored attestations can be proven.
pub const RETENTION: u32 = 4096;

/// How long a block must have been final before entries of the roster are reported as missing.
pub(crate) const SETTLED: Duration = Duration::from_secs(2);

/// Times after a block's finality at which a peer is asked for missing attestations.
const ASKS: [Duration; 3] = [SETTLED, Duration::from_secs(6), Duration::from_secs(20)];

/// What a database holds of a block. `None` if the block is older than [`RETENTION`], or if nothing was stored of it
/// here.
pub fn recorded<S: AuxStore>(
	database: &S,
	height: Height,
	hash: BlockHash,
) -> Result<Option<Recorded>, sp_blockchain::Error> {
	store::read(database, height, hash)
}
