//! The pool: keeps every transaction that this node has accepted until it is final, or its sender has been told why not.
//!
//! | what | where |
//! |---|---|
//! | what is held, in which order it can be taken, who has won a place | [`book`]: pure |
//! | whether a class has room for another one | [`room`], [`tally`]: pure |
//! | whether the chain keeps up with a class | [`backlog`]: pure |
//! | the way in, the chain's going on, what has to be looked at again | [`pool`] |
//! | what is on the disk | [`journal`] |
//! | the pool as RPC, the engine and the network see it | [`faces`] |
//!
//! # Rules
//!
//! 1. **Accepted is kept.** From the answer to its sender on, a transaction leaves for one of these reasons, and no other: it is
//!    final; its era is over; its nonce was used by another one; the final state no longer allows it; the earlier one
//!    that it waits for has not come within [`config::Config::gap_expiry`]; the operator removes it. Who watches it is told, and
//!    a metric counts it by reason. Nothing is dropped to make room.
//! 2. **Full is refused**, at submission. There is room per class, per institution and per account. What the chain does not
//!    get through within some seconds is refused as well.
//! 3. **Only the final chain counts.** A block in progress takes nothing out of the pool and brings nothing in. A proposer asks
//!    for what can be taken *on a block* ([`pool::Inner::ready_on`]): that leaves out what stands in the blocks up to it. So
//!    neither the depth of the window nor a proposal that comes to nothing matters here.
//! 4. **Nobody is told *replaced* before it is certain.** Of two transactions with one nonce either can become final, whatever
//!    this pool offers, for other nodes may hold the other one. Both are kept until one of them is final.
//! 5. **What a client has handed in is on the disk** before the answer, and offered again after a restart.
//! 6. **What comes from peers** is judged in a queue of its own, and has twice the room: they have accepted it already.

pub mod backlog;
pub mod book;
pub mod chain;
pub mod config;
pub mod error;
pub mod extrinsic;
pub mod faces;
pub mod held;
pub mod journal;
pub mod metrics;
pub mod owner;
pub mod pool;
pub mod queue;
pub mod ready;
pub mod room;
pub mod tally;
pub mod watch;

pub use chain::{Chain, ClientChain};
pub use config::Config;
pub use error::PoolError;
pub use faces::Face;
pub use held::Origin;
pub use journal::Journal;
pub use metrics::Metrics;
pub use owner::Owner;
pub use pool::Pool;

#[cfg(test)]
mod tests;

/// The target of this crate's log lines.
pub(crate) const LOG: &str = "pool";
