//! Deliberate faults, which prove that the simulator can find faults.
//!
//! They are compiled only into `consensus/mutants`, whose build script sets `cfg(mutants)`; no feature sets it, so no
//! build of a node can hold one. Here [`is`] is `false` at compile time, and nothing of it is left.

/// A fault. `syndic-sim mutants` must catch each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
	/// One signature fewer than a quorum makes a certificate.
	QuorumMinusOne,
	/// A signer counts as often as its vote arrives.
	SignerCountedTwice,
	/// What is signed leaves out the view.
	ViewNotSigned,
	/// A vote leaves before it is on the disk.
	SentBeforeSynced,
	/// A commit leaves without its lock on the disk.
	LockNotWritten,
	/// A lock does not keep from preparing what the leader of a later view prefers to what its new-view demands.
	LockNotChecked,
	/// A view-change keeps quiet about the lock.
	LockNotReported,
	/// A new-view is believed whatever it says.
	NewViewNotChecked,
	/// What was prepared is not proposed again; the leader of the next view chooses afresh.
	ReproposalAltered,
	/// After a restart it is forgotten what was signed.
	VotesForgotten,
	/// After a restart it is forgotten which views were given up.
	ViewForgotten,
	/// Votes are kept for any number of views.
	BookUnbounded,
	/// Votes of anybody for anything are kept, whatever the signature.
	SignatureNotChecked,
	/// f + 1 validators in higher views do not pull along.
	NoJoin,
	/// What was not answered is not said again.
	NoResend,
	/// Timeouts stay at their base.
	TimerNeverGrows,
	/// A height is committed before the one below it.
	CommitOutOfOrder,
}

/// Whether this fault is to be made.
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

	/// The position in [`ALL`] after that of the fault that is made; 0 for none.
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
