//! What must hold after every step, by name.

use crate::{blocks::genesis, keys::ToyKeys};
use std::{
	collections::{BTreeMap, BTreeSet},
	panic::{catch_unwind, AssertUnwindSafe},
};
use syndic_pbft::{Message, Record};
use syndic_primitives::{BlockHash, Certificate, Height, Phase, Rules, SetId, SignedVote, VerifiedCertificate, View};

/// The invariants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Invariant {
	/// No two honest nodes finalise different blocks at one height.
	Agreement,
	/// No two blocks of one height ever have a commit certificate.
	OneCertificatePerHeight,
	/// Heights are finalised one after the other.
	HeightOrder,
	/// The record that a message tells of is on the sender's disk before the message leaves.
	DurableBeforeSent,
	/// An honest validator signs one vote per (set, height, view, phase), in all its lives.
	SingleVote,
	/// A lock gives way to another block only in a higher view, and a prepare against a lock needs a later view that
	/// was entered.
	LockDiscipline,
	/// A height is prepared or committed only after the height below it was, in the same view, unless that one is
	/// decided.
	WindowOrder,
	/// Every certificate that an honest node acts on verifies, each signer counted once.
	CertificateVerifies,
	/// Only valid blocks become final.
	Validity,
	/// A machine holds no more than its bound.
	Bounded,
	/// Without a quorum nothing is committed.
	StallWithoutQuorum,
	/// With a healthy quorum the chain goes on within the stated number of views and time.
	Progress,
	/// Nothing that anybody sends makes a machine panic.
	NoPanic,
}

/// An invariant that did not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, serde::Serialize)]
#[error("{invariant:?} at node {node}: {what}")]
pub struct Violation {
	/// The invariant.
	pub invariant: Invariant,
	/// The node at which it broke.
	pub node: usize,
	/// What happened.
	pub what: String,
}

/// Runs `run`, and turns a panic into a violation.
pub fn without_panic(run: impl FnOnce() -> Result<(), Violation>) -> Result<(), Violation> {
	catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|payload| {
		let text = payload.downcast_ref::<String>().cloned();
		let what = text.or_else(|| payload.downcast_ref::<&str>().map(ToString::to_string));
		Checker::fail(Invariant::NoPanic, 0, what.unwrap_or_else(|| "it panicked without a word".into()))
	})
}

type Place = (SetId, Height, View, Phase);

/// What one honest node has on its disk and has sent, over all its lives.
#[derive(Clone, Debug, Default)]
struct Past {
	votes: BTreeMap<Place, BTreeSet<BlockHash>>,
	views: BTreeSet<(SetId, View, bool)>,
	locks: BTreeMap<(SetId, Height), (View, BlockHash)>,
	said: BTreeMap<Place, BlockHash>,
	height: Height,
	decided: Height,
}

/// Checks what honest nodes write, send, finalise and hold.
#[derive(Clone, Debug, Default)]
pub struct Checker {
	pasts: BTreeMap<usize, Past>,
	final_blocks: BTreeMap<Height, BlockHash>,
	certified: BTreeMap<Height, BlockHash>,
}

impl Checker {
	fn fail(invariant: Invariant, node: usize, what: String) -> Result<(), Violation> {
		Err(Violation { invariant, node, what })
	}

	/// A record is on the disk of `node`.
	pub fn durable(&mut self, node: usize, record: &Record) -> Result<(), Violation> {
		let past = self.pasts.entry(node).or_default();
		match record {
			Record::Voted { set_id, height, view, phase, block_hash } => {
				past.votes.entry((*set_id, *height, *view, *phase)).or_default().insert(*block_hash);
			}
			Record::View { set_id, view, entered } => {
				past.views.insert((*set_id, *view, *entered));
			}
			Record::Locked(c) => {
				let lock = (c.view(), c.block_hash());
				let before = past.locks.insert((c.certificate.set_id(), c.height()), lock);
				if let Some(before) = before.filter(|before| before.0 >= lock.0 && before.1 != lock.1) {
					let what = format!("lock {before:?} at {} gave way to {lock:?}", c.height());
					return Self::fail(Invariant::LockDiscipline, node, what);
				}
			}
			Record::Committed(c) => {
				past.decided = past.decided.max(c.height());
				return self.certificate(node, c);
			}
		}
		Ok(())
	}

	fn certificate(&mut self, node: usize, certificate: &Certificate) -> Result<(), Violation> {
		let (height, block_hash) = (certificate.height(), certificate.block_hash());
		let other = *self.certified.entry(height).or_insert(block_hash);
		if other != block_hash {
			let what = format!("{block_hash} has a certificate at {height}, so has {other}");
			return Self::fail(Invariant::OneCertificatePerHeight, node, what);
		}
		Ok(())
	}

	/// `node` sends `message`.
	pub fn sent(&mut self, node: usize, message: &Message) -> Result<(), Violation> {
		let past = self.pasts.entry(node).or_default();
		let durable = match message {
			Message::PrePrepare(vote) | Message::Vote(vote) => return self.vote_sent(node, vote),
			Message::ViewChange(m) => {
				let (set_id, view) = (m.view_change.set_id, m.view_change.new_view);
				past.views.contains(&(set_id, view, false))
			}
			// Any node that entered the view by a new-view may pass it on.
			Message::NewView(m) => past.views.contains(&(m.new_view.set_id, m.new_view.view, true)),
			Message::Committed(_) | Message::Prepared(_) => true,
		};
		if durable {
			return Ok(());
		}
		Self::fail(Invariant::DurableBeforeSent, node, format!("{message:?}"))
	}

	fn vote_sent(&mut self, node: usize, signed: &SignedVote) -> Result<(), Violation> {
		let past = self.pasts.entry(node).or_default();
		let vote = signed.vote;
		let place = (vote.set_id, vote.height, vote.view, vote.phase);
		if !past.votes.get(&place).is_some_and(|blocks| blocks.contains(&vote.block_hash)) {
			return Self::fail(Invariant::DurableBeforeSent, node, format!("{vote:?}"));
		}
		// A vote that was sent may be sent again, whatever has happened since.
		let again = past.said.contains_key(&place);
		let said = *past.said.entry(place).or_insert(vote.block_hash);
		if said != vote.block_hash {
			return Self::fail(Invariant::SingleVote, node, format!("{vote:?}, and {said} before"));
		}
		if vote.phase == Phase::Prepare && !again {
			if let Some((view, block_hash)) = past.locks.get(&(vote.set_id, vote.height)) {
				let entered = vote.view > *view && past.views.contains(&(vote.set_id, vote.view, true));
				if *block_hash != vote.block_hash && !entered {
					let what = format!("{vote:?} against its lock on {block_hash} of view {view}");
					return Self::fail(Invariant::LockDiscipline, node, what);
				}
			}
		}
		let below = Height(vote.height.0.saturating_sub(1));
		if vote.phase != Phase::PrePrepare && below > past.height.max(past.decided) {
			let place = (vote.set_id, below, vote.view, vote.phase);
			// The vote below must be on the disk, but need not have been sent: a lone collector sends its own vote to
			// no other node.
			if !past.votes.contains_key(&place) {
				return Self::fail(Invariant::WindowOrder, node, format!("{vote:?}, and nothing of that at {below}"));
			}
		}
		if vote.phase == Phase::Commit {
			let locked = past.locks.get(&(vote.set_id, vote.height));
			if locked.is_none_or(|(view, block)| *view < vote.view || *block != vote.block_hash) {
				let what = format!("{vote:?} without a lock on it");
				return Self::fail(Invariant::DurableBeforeSent, node, what);
			}
		}
		Ok(())
	}

	/// `node` finalises a block.
	pub fn finalised(
		&mut self,
		node: usize,
		certificate: &VerifiedCertificate,
		rules: &Rules,
		valid: bool,
	) -> Result<(), Violation> {
		let (height, block_hash) = (certificate.height(), certificate.block_hash());
		let inner = certificate.clone().into_inner();
		if let Err(error) = inner.verify(Phase::Commit, &genesis(), &rules.set, &ToyKeys(None)) {
			return Self::fail(Invariant::CertificateVerifies, node, format!("height {height}: {error}"));
		}
		if !valid {
			return Self::fail(Invariant::Validity, node, format!("{block_hash} at {height} does not execute"));
		}
		let past = self.pasts.entry(node).or_default();
		if height > past.height.next() {
			return Self::fail(Invariant::HeightOrder, node, format!("{height} after {}", past.height));
		}
		past.height = past.height.max(height);
		self.certificate(node, certificate)?;
		let other = *self.final_blocks.entry(height).or_insert(block_hash);
		if other != block_hash {
			return Self::fail(Invariant::Agreement, node, format!("{block_hash} at {height}, others have {other}"));
		}
		Ok(())
	}

	/// The highest height that is final on an honest node.
	pub fn highest(&self) -> Height {
		self.final_blocks.keys().next_back().copied().unwrap_or(Height::ZERO)
	}

	/// Checks that the machine of `node` holds no more than its bound.
	pub fn holds(&self, node: usize, footprint: usize, bound: usize) -> Result<(), Violation> {
		if footprint <= bound {
			return Ok(());
		}
		Self::fail(Invariant::Bounded, node, format!("{footprint} items, at most {bound} are allowed"))
	}
}
