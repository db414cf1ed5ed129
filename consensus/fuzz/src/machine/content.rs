//! The contents of messages, logs and blocks.

use super::world::World;
use crate::{
	choices::Choices,
	keys::{key, signature},
};
use syndic_pbft::{NewView, PreparedBlock, Record, SignedNewView, SignedViewChange, ViewChange};
use syndic_primitives::{
	block::Header, BlockHash, Certificate, Dissemination, Height, Parameters, Phase, Rules, SetId, SignedVote,
	SignerIndex, ValidatorId, ValidatorSet, View, Vote,
};

/// Maximum number of members of a set. The number of collectors goes one above it, out of its bounds.
const MAX_MEMBERS: usize = 7;
/// Maximum number of blocks that are remembered.
const MAX_BLOCKS: usize = 24;

/// Parameters. Window, leader period, base timeout and dissemination are chosen, within their bounds or not.
pub(super) fn parameters(choices: &mut Choices<'_>) -> Parameters {
	let dissemination = match choices.below(3) {
		0 | 1 => Dissemination::Broadcast,
		_ => Dissemination::Collector { k: choices.below(MAX_MEMBERS + 2) as u32 },
	};
	Parameters {
		pipeline_depth: [1, 2, 3, 4, 8, 5, 6, 7, 0, u32::MAX][choices.below(10)],
		leader_period: [1, 1, 2, 10, 0][choices.below(5)],
		base_timeout: [3_000, 3_000, 0, u32::MAX][choices.below(4)],
		dissemination,
		..Parameters::default()
	}
}

/// A set of two, three, four, five or seven members.
pub(super) fn set(choices: &mut Choices<'_>, id: SetId, since: Height) -> ValidatorSet {
	let members: Vec<ValidatorId> = match choices.below(8) {
		0..=3 => (0..4).map(key).collect(),
		n => {
			let first = choices.below(3) as u16;
			(first..=first + (2 * n + 1) as u16 % 7).map(key).collect()
		}
	};
	ValidatorSet::new(id, since, members).expect("one to seven distinct members")
}

/// The rules of the height after `head`.
pub(super) fn rules(choices: &mut Choices<'_>, set: ValidatorSet, head: Height) -> Rules {
	let parameters = parameters(choices);
	let until = choices.one_in(6).then(|| Height(choices.number(head.0)));
	Rules { set, parameters, until }
}

impl World {
	/// A block at `height` on `parent`, which is remembered. Siblings differ in their extrinsics root.
	pub(super) fn block_on(&mut self, choices: &mut Choices<'_>, height: Height, parent: BlockHash) -> Header {
		let header = Header {
			parent_hash: parent,
			number: height.0,
			state_root: BlockHash::zero(),
			extrinsics_root: BlockHash::repeat_byte(choices.byte() & 3),
			digest: Default::default(),
		};
		if !self.blocks.contains(&header) {
			if self.blocks.len() == MAX_BLOCKS {
				self.blocks.remove(0);
			}
			self.blocks.push(header.clone());
		}
		header
	}

	/// A known block, or a new one on the last final block or on a known one.
	pub(super) fn some_block(&mut self, choices: &mut Choices<'_>) -> (Height, BlockHash) {
		let known = choices.of(&self.blocks).cloned();
		let header = match (choices.below(4), known) {
			(0 | 1, Some(header)) => header,
			(2, Some(below)) => self.block_on(choices, Height(below.number).next(), below.hash()),
			_ => self.block_on(choices, self.head.0.next(), self.head.1),
		};
		(Height(header.number), header.hash())
	}

	pub(super) fn some_view(&self, choices: &mut Choices<'_>) -> View {
		View(choices.number(self.machine.status().view.0))
	}

	/// A signer for others: any member, and now and then a position without a member.
	pub(super) fn some_signer(&self, choices: &mut Choices<'_>) -> SignerIndex {
		SignerIndex(choices.below(self.rules.set.size() + 1) as u16)
	}

	/// A vote with a valid signature. `None` if this validator would be the signer and has not signed the vote.
	pub(super) fn vote(&self, signer: SignerIndex, vote: Vote) -> Option<SignedVote> {
		let id = self.rules.set.member(signer).cloned().unwrap_or_else(|| key(99));
		let free = id != self.keys.id || self.watch.has_signed(&vote);
		let signature = signature(&id, &vote.payload(&self.genesis));
		free.then_some(SignedVote { vote, signer, signature })
	}

	pub(super) fn statement(&self, phase: Phase, height: Height, view: View, block_hash: BlockHash) -> Vote {
		Vote { set_id: self.rules.set.id(), height, view, phase, block_hash }
	}

	/// A certificate with a quorum of the signatures that can exist; `None` if they are too few.
	pub(super) fn certificate(&self, vote: Vote) -> Option<Certificate> {
		let members = (0..self.rules.set.size() as u16).map(SignerIndex);
		let votes = members.filter_map(|signer| self.vote(signer, vote));
		let signatures: Vec<_> =
			votes.take(self.rules.set.quorum()).map(|vote| (vote.signer, vote.signature)).collect();
		(signatures.len() == self.rules.set.quorum()).then_some(Certificate { vote, signatures })
	}

	/// A certificate in which this validator's signature may be invented. It is for logs, which may hold anything.
	fn certificate_of_all(&self, vote: Vote) -> Certificate {
		let members = self.rules.set.members().iter().zip(0..);
		let signed = members.map(|(id, at)| (SignerIndex(at), signature(id, &vote.payload(&self.genesis))));
		Certificate { vote, signatures: signed.collect() }
	}

	/// A record of a log that may contradict everything else.
	pub(super) fn some_record(&mut self, choices: &mut Choices<'_>) -> Record {
		let set_id = self.rules.set.id();
		let other = SetId(set_id.0.saturating_add(choices.one_in(4).into()).saturating_sub(choices.one_in(8).into()));
		let phase = [Phase::Prepare, Phase::Commit, Phase::PrePrepare][choices.below(3)];
		let (height, block_hash) = self.some_block(choices);
		let view = self.some_view(choices);
		match choices.below(4) {
			0 => Record::Voted { set_id: other, height, view, phase, block_hash },
			1 => Record::View { set_id: other, view, entered: choices.one_in(2) },
			2 => {
				let header = self.blocks.iter().find(|header| header.hash() == block_hash).cloned();
				let vote = Vote { set_id: other, ..self.statement(Phase::Prepare, height, view, block_hash) };
				let certificate = self.certificate_of_all(vote);
				let header = header.expect("it has just been chosen");
				Record::Locked(PreparedBlock { certificate, header })
			}
			_ => {
				let height = if choices.one_in(2) { height } else { Height(choices.number(height.0)) };
				Record::Committed(self.certificate_of_all(self.statement(Phase::Commit, height, view, block_hash)))
			}
		}
	}

	/// A chain of prepared blocks on the committed block `from`, in views below `view`.
	fn chain(&mut self, choices: &mut Choices<'_>, view: View, from: (Height, BlockHash)) -> Vec<PreparedBlock> {
		let (mut height, mut parent) = from;
		let mut chain = Vec::new();
		for _ in 0..choices.below(4) {
			height = height.next();
			let header = self.block_on(choices, height, parent);
			parent = header.hash();
			let below = View(view.0.saturating_sub(1 + choices.below(3) as u32));
			let vote = self.statement(Phase::Prepare, height, below, parent);
			let Some(certificate) = self.certificate(vote) else { break };
			chain.push(PreparedBlock { certificate, header });
		}
		chain
	}

	/// A view-change with a valid signature. Of this validator only one that it has sent.
	pub(super) fn view_change(
		&mut self,
		choices: &mut Choices<'_>,
		signer: SignerIndex,
		new_view: View,
	) -> Option<SignedViewChange> {
		let id = self.rules.set.member(signer).cloned().unwrap_or_else(|| key(99));
		if id == self.keys.id {
			let said = self.view_changes.iter().find(|vc| vc.signer == signer && vc.view_change.new_view == new_view);
			return said.cloned();
		}
		let (committed, from) = match choices.below(4) {
			0 | 1 => (self.head.2.clone().map(|c| c.into_inner()), (self.head.0, self.head.1)),
			2 => (None, (self.head.0, self.head.1)),
			_ => {
				let (height, block_hash) = self.some_block(choices);
				let view = self.some_view(choices);
				let certificate = self.certificate(self.statement(Phase::Commit, height, view, block_hash));
				(certificate, (height, block_hash))
			}
		};
		let prepared = self.chain(choices, new_view, from);
		let view_change = ViewChange { set_id: self.rules.set.id(), new_view, committed, prepared };
		let signature = signature(&id, &view_change.payload(&self.genesis));
		Some(SignedViewChange { view_change, signer, signature })
	}

	/// A new-view of the known view-changes, signed by its leader or by another member. Its re-proposals follow from
	/// the view-changes as long as nothing below the first height has to be proposed again.
	pub(super) fn new_view(&self, choices: &mut Choices<'_>) -> Option<SignedNewView> {
		let set = &self.rules.set;
		let view = choices.of(&self.view_changes)?.view_change.new_view;
		let mut reports: Vec<SignedViewChange> = self.view_changes.clone();
		reports.retain(|vc| vc.view_change.new_view == view && vc.view_change.set_id == set.id());
		// Keeps the last view-change of each signer.
		reports.reverse();
		reports.sort_by_key(|vc| vc.signer);
		reports.dedup_by_key(|vc| vc.signer);
		let mut height = reports.iter().map(|vc| vc.view_change.next_height(set)).max()?;
		let leader = set.leader(height, view, self.rules.parameters.leader_period);
		let signer = if choices.one_in(8) { self.some_signer(choices) } else { leader };
		let id = set.member(signer).filter(|id| **id != self.keys.id)?;
		let mut reproposals = Vec::new();
		let mut parent = None;
		while !choices.one_in(8) {
			let prepared = reports.iter().flat_map(|vc| &vc.view_change.prepared).filter(|p| p.height() == height);
			let Some(highest) = prepared.max_by_key(|p| (p.view(), p.block_hash())) else { break };
			if parent.is_some_and(|parent| parent != highest.parent()) || reproposals.len() > 8 {
				break;
			}
			reproposals.push((height, highest.block_hash()));
			(parent, height) = (Some(highest.block_hash()), height.next());
		}
		let new_view = NewView { set_id: set.id(), view, view_changes: reports, reproposals };
		let signature = signature(id, &new_view.payload(&self.genesis));
		Some(SignedNewView { new_view, signer, signature })
	}
}
