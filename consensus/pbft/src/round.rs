//! One of the heights in progress.

use crate::{book::Book, io::Verdict, message::PreparedBlock};
use std::collections::{BTreeMap, BTreeSet};
use syndic_primitives::{block::Header, BlockHash, Phase, SignerIndex, VerifiedCertificate, View};

/// How many verdicts are remembered of one height; one a view is what an honest network needs.
pub(crate) const MAX_VERDICTS: usize = 16;

/// A height in progress.
#[derive(Debug, Default)]
pub(crate) struct Round {
	/// Votes for it.
	pub book: Book,
	/// The block that counts as proposed in this view.
	pub proposal: Option<Proposal>,
	/// Blocks that were handed out to be judged, and what came back.
	pub verdicts: BTreeMap<BlockHash, Judged>,
	/// Those of them whose body was not here, or that could not be judged.
	pub missing: BTreeSet<BlockHash>,
	/// For which view, on which parent, a block was asked of the proposer.
	pub building: Option<(View, BlockHash)>,
	/// The prepared certificate of the highest view.
	pub lock: Option<Lock>,
	/// Where a vote was due and was not cast, so that it is said once.
	pub silent: BTreeSet<(View, Phase)>,
	/// The block that is committed; the client is finalising it. Only ever at the first height in progress.
	pub decided: Option<BlockHash>,
	/// The view in which I sent, as a collector, the prepares of a quorum.
	pub collected: Option<View>,
}

/// A block proposed in the current view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proposal {
	pub block_hash: BlockHash,
	/// By a new-view, so that no pre-prepare is needed and no other block will do.
	pub reproposed: bool,
	pub holders: Vec<SignerIndex>,
}

/// A block that was handed out to be judged as a child of `parent`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Judged {
	pub parent: BlockHash,
	pub verdict: Option<Verdict>,
}

/// What I am locked on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lock {
	pub certificate: VerifiedCertificate,
	pub header: Header,
}

impl Lock {
	/// A lock out of the log, whose certificate was verified before it was written.
	pub fn recalled(prepared: PreparedBlock) -> Self {
		Self { certificate: VerifiedCertificate::from_verified_votes(prepared.certificate), header: prepared.header }
	}

	/// As it is reported and written.
	pub fn prepared_block(&self) -> PreparedBlock {
		PreparedBlock { certificate: self.certificate.clone().into_inner(), header: self.header.clone() }
	}
}

impl Round {
	/// Begins a height, with the lock that the log remembers.
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

	/// Whether the proposal is here and being judged. Only what is here is judged: a leader that keeps the body to itself
	/// must not stop the timers.
	pub fn is_judging(&self) -> bool {
		self.proposal.as_ref().is_some_and(|proposal| {
			let undecided = self.verdicts.get(&proposal.block_hash).is_some_and(|judged| judged.verdict.is_none());
			undecided && !self.missing.contains(&proposal.block_hash)
		})
	}

	/// Makes room for another verdict, if need be: what is locked stays.
	pub fn make_room(&mut self) {
		if self.verdicts.len() >= MAX_VERDICTS {
			let keep = self.lock.as_ref().map(|lock| lock.certificate.block_hash());
			self.verdicts.retain(|hash, _| Some(*hash) == keep);
			self.missing.retain(|hash| Some(*hash) == keep);
		}
	}

	/// How much it holds.
	pub fn footprint(&self) -> usize {
		self.book.len() + self.verdicts.len() + self.silent.len()
	}
}
