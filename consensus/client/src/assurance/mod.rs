//! Attestations: what every node on the roster says of a block that is final already.
//!
//! Nothing in [`crate::engine`] depends on anything here, and nothing here can make it wait: this is a task of its own, on a
//! protocol of its own, and if it stands still, blocks go on.
//!
//! # Who attests what
//! A node attests with every consensus key in its keystore that is on the roster: a validator's, in the committee or not, an
//! observer's; the node need not run as a validator. It attests each block that is final here, which means that it has
//! executed it and checked its certificate, and that it was not far behind when it did. Which roster counts for the block at
//! height h is read from the state after h − 1.
//!
//! Who has committed a block need not attest it where the commit is in the certificate. But each node has a certificate of its
//! own, with the first quorum that reached it, so a commit that is in one may be in none of the others. So members attest as
//! well, up to a second later and many blocks at once; those whose commit is not in their own certificate attest at once.
//!
//! # How attestations travel
//! On `/{genesis}/syndic/attestations/1`, among the nodes that synchronise with each other, so only among those that the chain
//! lets in. What is new is verified and passed on once: one's own to up to 32 peers, somebody else's to up to 8. Up to 50 ms
//! are waited for, so that one notification carries many. Of a block that is still incomplete after two seconds, and again
//! after six and twenty, one peer is asked for what is lacking: so a node that was away, or lost something, fills its gaps.
//!
//! # Limits
//! Attestations of the last [`WINDOW`] final blocks are taken, and of up to 16 above the last one they are kept until those are
//! final here. Everything is checked before a signature is: that the block is the final one, that the roster has such a
//! position, that it is not known. Each peer has a budget of attestations a second, bounded room for early ones, bounded
//! room for what waits for it, and may ask twice a second. Who sends an attestation that does not hold, or one of a block that
//! is not final, or nonsense, is reported, and cut when that bans it.
//!
//! # Where they are kept
//! In memory for the last [`WINDOW`] blocks; in the database, beside the blocks, for the last [`RETENTION`], written every two
//! seconds.

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

/// Of how many final blocks attestations are taken.
pub const WINDOW: u32 = 256;

/// Of how many final blocks attestations are stored: as many as a node keeps states of, so that what is stored can be proven.
pub const RETENTION: u32 = 4096;

/// How long a block must have been final before anybody is said to be missing.
pub(crate) const SETTLED: Duration = Duration::from_secs(2);

/// How long after its finality others are asked for what is lacking of a block.
const ASKS: [Duration; 3] = [SETTLED, Duration::from_secs(6), Duration::from_secs(20)];

/// What a database holds of a block; nothing if it is older than [`RETENTION`], or if nobody attested it here.
pub fn recorded<S: AuxStore>(
	database: &S,
	height: Height,
	hash: BlockHash,
) -> Result<Option<Recorded>, sp_blockchain::Error> {
	store::read(database, height, hash)
}
