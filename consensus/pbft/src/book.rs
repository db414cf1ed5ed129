//! The verified votes of one height, with a bound per signer.

use crate::{
	io::place,
	mutant::{self, Mutant},
};
use std::collections::BTreeMap;
use syndic_primitives::{BlockHash, Certificate, Equivocation, Phase, SignedVote, SignerIndex, View, Vote};

/// Maximum number of votes kept per signer and phase: those of the signer's highest views. An honest signer needs two,
/// one for the view it leaves and one for the view it enters; a faulty signer can displace only its own votes.
pub(crate) const VOTES_PER_SIGNER: usize = 3;

/// The votes of one height.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
	votes: BTreeMap<(Phase, SignerIndex), Vec<SignedVote>>,
	count: usize,
}

/// The result of inserting a vote.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Insertion {
	/// The vote is kept.
	New,
	/// The vote was there already, or its view is below those of all votes kept of its signer.
	Known,
	/// The vote conflicts with a kept vote of its signer; the kept vote stays.
	Conflict(Box<Equivocation>),
}

impl Book {
	/// Whether exactly this vote, with its signature, is kept. Called before the signature is checked.
	pub fn contains(&self, vote: &SignedVote) -> bool {
		!mutant::is(Mutant::SignerCountedTwice) && self.of(vote.vote.phase, vote.signer).contains(vote)
	}

	fn of(&self, phase: Phase, signer: SignerIndex) -> &[SignedVote] {
		self.votes.get(&(phase, signer)).map_or(&[], Vec::as_slice)
	}

	/// Number of votes kept.
	pub fn len(&self) -> usize {
		self.count
	}

	/// Inserts a vote whose signature has been checked.
	pub fn insert(&mut self, vote: SignedVote) -> Insertion {
		let kept = self.votes.entry((vote.vote.phase, vote.signer)).or_default();
		if let Some(other) = kept.iter().find(|v| place(v) == place(&vote)) {
			if other.vote.block_hash == vote.vote.block_hash {
				if mutant::is(Mutant::SignerCountedTwice) {
					kept.push(vote);
					self.count += 1;
				}
				return Insertion::Known;
			}
			return Insertion::Conflict(Box::new(Equivocation { first: other.clone(), second: vote }));
		}
		let at = kept.partition_point(|v| v.vote.view < vote.vote.view);
		if kept.len() >= VOTES_PER_SIGNER && !mutant::is(Mutant::BookUnbounded) {
			if at == 0 {
				return Insertion::Known;
			}
			kept.insert(at, vote);
			kept.remove(0);
		} else {
			kept.insert(at, vote);
			self.count += 1;
		}
		Insertion::New
	}

	/// A signer's vote in one view and phase.
	pub fn get(&self, view: View, phase: Phase, signer: SignerIndex) -> Option<&SignedVote> {
		self.of(phase, signer).iter().find(|v| v.vote.view == view)
	}

	/// Whether a vote of the signer in the view is kept, of any phase.
	pub fn has_any(&self, view: View, signer: SignerIndex) -> bool {
		[Phase::PrePrepare, Phase::Prepare, Phase::Commit].iter().any(|phase| self.get(view, *phase, signer).is_some())
	}

	/// All votes of one view and phase, by signer.
	pub fn in_view(&self, view: View, phase: Phase) -> impl Iterator<Item = &SignedVote> {
		self.votes.range((phase, SignerIndex(0))..=(phase, SignerIndex(u16::MAX))).flat_map(move |(_, kept)| {
			let copies = if mutant::is(Mutant::SignerCountedTwice) { 2 } else { 1 };
			kept.iter().filter(move |v| v.vote.view == view).take(copies)
		})
	}

	/// Signers that voted for a block in one view and phase.
	pub fn signers(&self, view: View, phase: Phase, block_hash: &BlockHash) -> Vec<SignerIndex> {
		self.in_view(view, phase).filter(|v| v.vote.block_hash == *block_hash).map(|v| v.signer).collect()
	}

	/// A block for which at least `threshold` distinct signers voted in this view and phase. If the threshold is more
	/// than half of the set, there is at most one such block.
	pub fn with_support(&self, view: View, phase: Phase, threshold: usize) -> Option<BlockHash> {
		// This runs after every input, and mostly there are too few votes: check that cheaply first.
		if self.in_view(view, phase).take(threshold).count() < threshold {
			return None;
		}
		let mut counts = BTreeMap::<BlockHash, usize>::new();
		self.in_view(view, phase).for_each(|v| *counts.entry(v.vote.block_hash).or_default() += 1);
		counts.into_iter().filter(|(_, n)| *n >= threshold).max_by_key(|(_, n)| *n).map(|(hash, _)| hash)
	}

	/// The certificate made of `quorum` votes of one view and phase, if there are that many for one block. It holds the
	/// first `quorum` signers, each once, in ascending order.
	pub fn certificate(&self, view: View, phase: Phase, quorum: usize) -> Option<Certificate> {
		let block_hash = self.with_support(view, phase, quorum)?;
		let votes = || self.in_view(view, phase).filter(|v| v.vote.block_hash == block_hash);
		let vote: Vote = votes().next()?.vote;
		let signatures = votes().take(quorum).map(|v| (v.signer, v.signature.clone())).collect();
		Some(Certificate { vote, signatures })
	}

	/// Number of signers with a kept vote of a phase, in any view.
	pub fn voices(&self, phase: Phase) -> usize {
		self.votes.range((phase, SignerIndex(0))..=(phase, SignerIndex(u16::MAX))).count()
	}

	/// The views with a kept vote of a phase, ascending.
	pub fn views(&self, phase: Phase) -> Vec<View> {
		let mut views: Vec<View> = self
			.votes
			.range((phase, SignerIndex(0))..=(phase, SignerIndex(u16::MAX)))
			.flat_map(|(_, kept)| kept.iter().map(|v| v.vote.view))
			.collect();
		views.sort_unstable();
		views.dedup();
		views
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_core::crypto::UncheckedFrom;
	use syndic_primitives::{Height, SetId};

	fn vote(signer: u16, view: u32, phase: Phase, block: u8) -> SignedVote {
		SignedVote {
			vote: Vote {
				set_id: SetId(0),
				height: Height(1),
				view: View(view),
				phase,
				block_hash: BlockHash::repeat_byte(block),
			},
			signer: SignerIndex(signer),
			signature: sp_core::ed25519::Signature::unchecked_from([signer as u8; 64]).into(),
		}
	}

	#[test]
	fn a_signer_counts_once() {
		let mut book = Book::default();
		assert_eq!(book.insert(vote(1, 0, Phase::Prepare, 7)), Insertion::New);
		assert_eq!(book.insert(vote(1, 0, Phase::Prepare, 7)), Insertion::Known);
		assert!(matches!(book.insert(vote(1, 0, Phase::Prepare, 8)), Insertion::Conflict(_)));
		assert_eq!(book.signers(View(0), Phase::Prepare, &BlockHash::repeat_byte(7)), vec![SignerIndex(1)]);
		assert_eq!(book.certificate(View(0), Phase::Prepare, 2), None);
		assert_eq!(book.insert(vote(0, 0, Phase::Prepare, 7)), Insertion::New);
		let certificate = book.certificate(View(0), Phase::Prepare, 2).unwrap();
		assert_eq!(certificate.signatures.iter().map(|(s, _)| s.0).collect::<Vec<_>>(), vec![0, 1]);
	}

	#[test]
	fn views_and_phases_do_not_mix() {
		let mut book = Book::default();
		book.insert(vote(0, 0, Phase::Commit, 7));
		book.insert(vote(1, 1, Phase::Commit, 7));
		book.insert(vote(2, 1, Phase::Prepare, 7));
		assert_eq!(book.certificate(View(0), Phase::Commit, 2), None);
		assert_eq!(book.certificate(View(1), Phase::Commit, 2), None);
		assert_eq!(book.views(Phase::Commit), vec![View(0), View(1)]);
	}

	#[test]
	fn the_highest_views_of_a_signer_are_kept_and_no_more() {
		let mut book = Book::default();
		for view in [5, 3, 9, 1_000_000, 2, 4] {
			book.insert(vote(0, view, Phase::Commit, 7));
		}
		assert_eq!(book.views(Phase::Commit), vec![View(5), View(9), View(1_000_000)]);
		assert_eq!(book.insert(vote(0, 1, Phase::Commit, 7)), Insertion::Known);
	}
}
