//! One of the heights in progress.

use crate::{book::Book, io::Verdict, message::PreparedBlock};
use std::collections::{BTreeMap, BTreeSet};
use syndic_primitives::{block::Header, BlockHash, Phase, SignerIndex, VerifiedCertificate, View};

/// Maximum number of verdicts kept for one height. An honest network needs one per view.
pub(crate) const MAX_VERDICTS: usize = 16;

/// A height in progress.
#[derive(Debug, Default)]
pub(crate) struct Round {
	/// The votes of this height.
	pub book: Book,
	/// The block that counts as proposed in this view.
	pub proposal: Option<Proposal>,
	/// Blocks that [`crate::Output::Validate`] asked for, each with its parent and its verdict.
	pub verdicts: BTreeMap<BlockHash, Judged>,
	/// Blocks in `verdicts` whose body is not here, or that cannot be judged for another reason.
	pub missing: BTreeSet<BlockHash>,
	/// View and parent for which [`crate::Output::Build`] asked for a block.
	pub building: Option<(View, BlockHash)>,
	/// The prepared certificate of the highest view.
	pub lock: Option<Lock>,
	/// Views and phases in which a vote was due and was not cast; keeps the note about it from being repeated.
	pub silent: BTreeSet<(View, Phase)>,
	/// The committed block, which the client is finalising. Set only at the first height in progress.
	pub decided: Option<BlockHash>,
	/// The last view in which I sent a prepared certificate as a collector.
	pub collected: Option<View>,
}

/// A block proposed in the current view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proposal {
	pub block_hash: BlockHash,
	/// Proposed by a new-view: it needs no pre-prepare, and no other block can replace it.
	pub reproposed: bool,
	/// Members that should have the body.
	pub holders: Vec<SignerIndex>,
}

/// A block that [`crate::Output::Validate`] asked for as a child of `parent`; the verdict is `None` until it arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Judged {
	pub parent: BlockHash,
	pub verdict: Option<Verdict>,
}

/// The block that this validator is locked on, with its prepared certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lock {
	pub certificate: VerifiedCertificate,
	pub header: Header,
}

impl Lock {
	/// A lock from the log, whose certificate was verified before it was written.
	pub fn recalled(prepared: PreparedBlock) -> Self {
		Self { certificate: VerifiedCertificate::from_verified_votes(prepared.certificate), header: prepared.header }
	}

	/// The lock in the form in which view-changes report it and the log stores it.
	pub fn prepared_block(&self) -> PreparedBlock {
		PreparedBlock { certificate: self.certificate.clone().into_inner(), header: self.header.clone() }
	}
}

impl Round {
	/// Begins a height with the lock that the log holds for it, if any.
	pub fn new(lock: Option<Lock>) -> Self {
		Self { lock, ..Self::default() }
	}

	/// The header of a block, if it was found to be a valid child of `parent`.
	pub fn valid(&self, block_hash: &BlockHash, parent: &BlockHash) -> Option<&Header> {
		match self.verdicts.get(block_hash)?.verdict.as_ref()? {
			Verdict::Valid(header) if header.parent_hash == *parent => Some(header),
			_ => None,
		}
	}

	/// The proposal of this view, if it was found to be a valid child of `parent`.
	pub fn valid_proposal(&self, parent: &BlockHash) -> Option<BlockHash> {
		let block_hash = self.proposal.as_ref()?.block_hash;
		self.valid(&block_hash, parent).map(|_| block_hash)
	}

	/// Whether the proposal's body is here and its verdict is outstanding. A proposal without a body does not count: a
	/// leader that withholds the body must not stop the timers.
	pub fn is_judging(&self) -> bool {
		self.proposal.as_ref().is_some_and(|proposal| {
			let undecided = self.verdicts.get(&proposal.block_hash).is_some_and(|judged| judged.verdict.is_none());
			undecided && !self.missing.contains(&proposal.block_hash)
		})
	}

	/// Makes room for another verdict: at the bound, drops all verdicts except the one on the locked block.
	pub fn make_room(&mut self) {
		if self.verdicts.len() >= MAX_VERDICTS {
			let keep = self.lock.as_ref().map(|lock| lock.certificate.block_hash());
			self.verdicts.retain(|hash, _| Some(*hash) == keep);
			self.missing.retain(|hash| Some(*hash) == keep);
		}
	}

	/// Number of entries held: votes, verdicts and silences. See [`crate::Machine::footprint`].
	pub fn footprint(&self) -> usize {
		self.book.len() + self.verdicts.len() + self.silent.len()
	}
}
