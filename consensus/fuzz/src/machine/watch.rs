//! What must hold after every input.
//!
//! - A vote, a view-change or a new-view is in the log before it is sent.
//! - No two votes for different blocks are signed at one (set, height, view, phase), in all lives of the process.
//! - No new vote is signed in a view that the log has left, or has asked for and not entered.
//! - A commit is signed only if its lock is in the log.
//! - No new vote is signed at or below the highest height that the log knows to be committed.
//! - Commits come height by height, each once in a life, and after their record.
//! - Every certificate that the machine acts on or sends verifies, and so does all evidence.

use crate::keys::verify;
use std::collections::{BTreeMap, BTreeSet};
use syndic_pbft::{Message, Output, Record};
use syndic_primitives::{
	BlockHash, Certificate, Height, Phase, SetId, SignedVote, ValidatorId, ValidatorSet, View, Vote,
};

/// The place of a vote; at each place a validator may sign one block.
type Place = (SetId, Height, View, Phase);

/// What all outputs so far have written.
#[derive(Debug, Default)]
pub struct Watch {
	/// The log, oldest first.
	pub log: Vec<Record>,
	voted: BTreeMap<Place, BlockHash>,
	views: BTreeSet<(SetId, View, bool)>,
	/// The last view of each set, and whether it was entered.
	last_view: BTreeMap<SetId, (View, bool)>,
	/// Locks: set, height, block, view.
	locked: BTreeSet<(SetId, Height, BlockHash, View)>,
	committed: Vec<Certificate>,
	/// The height of the last commit in this life.
	delivered: Option<Height>,
}

fn place(vote: &Vote) -> Place {
	(vote.set_id, vote.height, vote.view, vote.phase)
}

/// What the outputs are judged by.
pub struct Judge<'a> {
	/// The hash of genesis, which stands for the chain.
	pub genesis: &'a BlockHash,
	/// The set in force.
	pub set: &'a ValidatorSet,
	/// The validator whose machine is judged.
	pub id: &'a ValidatorId,
	/// The last final height.
	pub head: Height,
}

impl Watch {
	/// Takes up a record of the log. Where the log contradicts itself, the vote that was written first counts.
	pub fn remember(&mut self, record: Record) {
		match &record {
			Record::Voted { set_id, height, view, phase, block_hash } => {
				self.voted.entry((*set_id, *height, *view, *phase)).or_insert(*block_hash);
			}
			Record::View { set_id, view, entered } => {
				self.views.insert((*set_id, *view, *entered));
				self.last_view.insert(*set_id, (*view, *entered));
			}
			Record::Committed(certificate) => self.committed.push(certificate.clone()),
			Record::Locked(lock) => {
				let at = (lock.certificate.set_id(), lock.height(), lock.block_hash(), lock.view());
				self.locked.insert(at);
			}
		}
		self.log.push(record);
	}

	/// The process starts again.
	pub fn restart(&mut self) {
		self.delivered = None;
	}

	/// Whether this validator has signed that vote, so that others may have it.
	pub fn has_signed(&self, vote: &Vote) -> bool {
		self.voted.get(&place(vote)) == Some(&vote.block_hash)
	}

	/// Judges the outputs of one input.
	pub fn judge(&mut self, outputs: &[Output], judge: &Judge<'_>) {
		for output in outputs {
			match output {
				Output::Persist(record) => self.persist(record, judge),
				Output::Broadcast(message) => self.sent(message, judge),
				Output::Send(to, message) => {
					assert_ne!(to, judge.id, "it sends itself {message:?}");
					self.sent(message, judge);
				}
				Output::Commit { certificate, .. } => self.commit(certificate, judge),
				Output::Evidence(evidence) => {
					let offender = evidence.verify(judge.genesis, judge.set, &verify).expect("evidence verifies");
					assert_ne!(offender, judge.id, "it has evidence against itself");
				}
				_ => {}
			}
		}
	}

	fn persist(&mut self, record: &Record, judge: &Judge<'_>) {
		match record {
			Record::Voted { set_id, height, view, phase, block_hash } => {
				let at = (*set_id, *height, *view, *phase);
				let before = self.voted.get(&at);
				assert!(before.is_none_or(|before| before == block_hash), "a second vote at {at:?}");
				let committed = self.committed.iter().map(|c| c.height()).max();
				assert!(committed.is_none_or(|c| *height > c), "a vote at {at:?}, committed is {committed:?}");
				assert!(*height > judge.head, "a vote at {at:?}, final is {}", judge.head);
				let (last, entered) = self.last_view.get(set_id).copied().unwrap_or((View::ZERO, true));
				assert!(*view > last || (*view == last && entered), "a vote at {at:?}, in view {last}, {entered}");
				// In a log that contradicts itself, the lock may be of a later view.
				let from = (*set_id, *height, *block_hash, *view);
				let to = (*set_id, *height, *block_hash, View(u32::MAX));
				let locked = self.locked.range(from..=to).next().is_some();
				assert!(*phase != Phase::Commit || locked, "a commit at {at:?} without a lock");
			}
			// After the last block of a set, `judge` has the next set already, which cannot verify this certificate.
			Record::Committed(certificate) if certificate.set_id() < judge.set.id() => {}
			Record::Committed(certificate) => verified(certificate, Phase::Commit, judge),
			Record::Locked(lock) => {
				assert!(lock.is_of_one_block(), "a lock whose header is another block's: {lock:?}");
				verified(&lock.certificate, Phase::Prepare, judge);
			}
			Record::View { .. } => {}
		}
		self.remember(record.clone());
	}

	fn sent(&self, message: &Message, judge: &Judge<'_>) {
		let durable = match message {
			Message::PrePrepare(vote) | Message::Vote(vote) => {
				own(vote, judge);
				self.has_signed(&vote.vote)
			}
			Message::ViewChange(m) => self.views.contains(&(m.view_change.set_id, m.view_change.new_view, false)),
			Message::NewView(m) => self.views.contains(&(m.new_view.set_id, m.new_view.view, true)),
			Message::Committed(certificate) => return verified(certificate, Phase::Commit, judge),
			Message::Prepared(certificate) => return verified(certificate, Phase::Prepare, judge),
		};
		assert!(durable, "sent, and not in the log: {message:?}");
	}

	fn commit(&mut self, certificate: &Certificate, judge: &Judge<'_>) {
		verified(certificate, Phase::Commit, judge);
		let height = certificate.height();
		assert!(height > judge.head && height == judge.head.next(), "commit at {height}, final is {}", judge.head);
		assert!(self.delivered.is_none_or(|before| height > before), "a second commit at {height}");
		assert!(self.committed.contains(certificate), "a commit at {height} that is not in the log");
		self.delivered = Some(height);
	}
}

fn verified(certificate: &Certificate, phase: Phase, judge: &Judge<'_>) {
	let outcome = certificate.clone().verify(phase, judge.genesis, judge.set, &verify);
	assert!(outcome.is_ok(), "{}: {certificate:?}", outcome.unwrap_err());
}

fn own(vote: &SignedVote, judge: &Judge<'_>) {
	assert_eq!(vote.verify(judge.genesis, judge.set, &verify), Ok(judge.id), "it sends another's vote");
}
