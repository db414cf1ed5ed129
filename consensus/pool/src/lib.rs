//! The pool: keeps each transaction that this node has accepted until it is final, or until its sender has been told
//! why not.
//!
//! | what | where |
//! |---|---|
//! | which transactions are held, in which order they can be taken, which one has won a place | [`book`]: pure |
//! | whether a class has room for another transaction | [`room`], [`tally`]: pure |
//! | whether the chain keeps up with a class | [`backlog`]: pure |
//! | submission, final blocks, repeated checks of held transactions | [`pool`] |
//! | which transactions are on the disk | [`journal`] |
//! | the pool as RPC, the engine and the network see it | [`faces`] |
//!
//! # Rules
//!
//! 1. **Accepted is kept.** Once the sender is answered, a transaction leaves for one of these reasons, and no other:
//!    it is final; its era is over; another transaction used its nonce; the final state no longer allows it; the
//!    earlier transaction that it waits for has not come within [`config::Config::gap_expiry`]; the operator removes
//!    it. Its watchers are told, and a metric counts it by reason. No transaction is dropped to make room.
//! 2. **Full is refused**, at submission. There is room per class, per institution and per account. A client's
//!    transaction that the chain would not reach within some seconds is refused as well.
//! 3. **Only the final chain counts.** A block in progress neither removes a transaction from the pool nor adds one. A
//!    proposer asks for the transactions that can be taken *on a block* ([`pool::Inner::ready_on`]); the transactions
//!    in the blocks up to that block are left out. So neither the depth of the window nor a failed proposal matters
//!    here.
//! 4. **No sender is told *replaced* before it is certain.** Of two transactions with one nonce, either can become
//!    final, whichever this pool offers, because other nodes may hold the other one. Both are kept until one of them is
//!    final.
//! 5. **A client's transaction is on the disk** before the client is answered, and is offered again after a restart.
//! 6. **Transactions from peers** are judged in a queue of their own, and have twice the room: a peer has accepted them
//!    already.

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

pub use chain::{Chain, ChainError, Class, Classify, ClientChain};
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
