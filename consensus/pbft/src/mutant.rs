//! Deliberate faults, which prove that the simulator can find faults.
//!
//! They are compiled only into `consensus/mutants`, whose build script sets `cfg(mutants)`; no feature sets it, so no
//! build of a node can hold one. In a node's build [`is`] is a constant `false`, so the compiler removes every fault.

/// A fault. `syndic-sim mutants` must catch each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
	/// One signature fewer than a quorum makes a certificate.
	QuorumMinusOne,
	/// A signer is counted once for each arrival of its vote.
	SignerCountedTwice,
	/// The signed payload leaves out the view.
	ViewNotSigned,
	/// A vote leaves before it is on the disk.
	SentBeforeSynced,
	/// A commit leaves without its lock on the disk.
	LockNotWritten,
	/// A lock does not prevent a prepare, and the leader's own choice replaces the blocks that the new-view demands.
	LockNotChecked,
	/// A view-change does not report the locks.
	LockNotReported,
	/// A new-view is accepted without checks.
	NewViewNotChecked,
	/// Prepared blocks are not proposed again; the leader of the next view proposes a new block.
	ReproposalAltered,
	/// Votes in the log are ignored after a restart.
	VotesForgotten,
	/// Views in the log are ignored after a restart.
	ViewForgotten,
	/// Votes are kept for any number of views.
	BookUnbounded,
	/// Votes are kept without checking their signatures.
	SignatureNotChecked,
	/// f + 1 validators that ask for higher views do not make this validator join them.
	NoJoin,
	/// Unanswered messages are not sent again.
	NoResend,
	/// Timeouts stay at their base.
	TimerNeverGrows,
	/// A height is committed before the one below it.
	CommitOutOfOrder,
}

/// Whether this fault is active.
#[cfg(not(mutants))]
pub(crate) const fn is(_: Mutant) -> bool {
	false
}

#[cfg(mutants)]
pub(crate) use switch::is;
#[cfg(mutants)]
pub use switch::{activate, ALL};

#[cfg(mutants)]
mod switch {
	use super::Mutant;
	use std::sync::atomic::{AtomicUsize, Ordering};

	/// The index in [`ALL`] of the active fault, plus one; 0 for none.
	static ACTIVE: AtomicUsize = AtomicUsize::new(0);

	/// Every fault.
	pub const ALL: [Mutant; 17] = [
		Mutant::QuorumMinusOne,
		Mutant::SignerCountedTwice,
		Mutant::ViewNotSigned,
		Mutant::SentBeforeSynced,
		Mutant::LockNotWritten,
		Mutant::LockNotChecked,
		Mutant::LockNotReported,
		Mutant::NewViewNotChecked,
		Mutant::ReproposalAltered,
		Mutant::VotesForgotten,
		Mutant::ViewForgotten,
		Mutant::BookUnbounded,
		Mutant::SignatureNotChecked,
		Mutant::NoJoin,
		Mutant::NoResend,
		Mutant::TimerNeverGrows,
		Mutant::CommitOutOfOrder,
	];

	/// From now on every machine of the process makes this fault, and no other.
	pub fn activate(mutant: Option<Mutant>) {
		ACTIVE.store(mutant.map_or(0, |m| 1 + m as usize), Ordering::SeqCst);
	}

	pub(crate) fn is(mutant: Mutant) -> bool {
		ACTIVE.load(Ordering::Relaxed) == 1 + mutant as usize
	}
}
