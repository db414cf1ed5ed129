//! Turns choices into inputs.

use super::{
	content::{parameters, set},
	world::World,
};
use crate::{
	choices::Choices,
	keys::{key, signature},
};
use codec::Encode;
use std::sync::atomic::Ordering;
use syndic_pbft::{Input, Message, Timer, Verdict};
use syndic_primitives::{
	block::Header, BlockHash, Height, Phase, Rules, SetId, SignerIndex, VerifiedCertificate, View,
};

const PHASES: [Phase; 3] = [Phase::Prepare, Phase::Commit, Phase::PrePrepare];

impl World {
	/// Feeds one input, or a few that belong together.
	pub fn step(&mut self, choices: &mut Choices<'_>) {
		match choices.below(24) {
			0 => self.propose(choices),
			1 | 2 => self.answer_verdict(choices),
			3 => self.votes(choices, Phase::Prepare),
			4 => self.votes(choices, Phase::Commit),
			5 => self.finalise_commit(choices),
			6 => self.fire(choices),
			7 => self.feed(Input::Work(!choices.one_in(4))),
			8 => self.connect(choices),
			9 => self.answer_build(choices),
			10 => self.view_changes(choices),
			11 => self.new_view_arrives(choices),
			12 => self.certificate_arrives(choices),
			13 => self.one_vote(choices),
			14 => self.restart(choices),
			15 => self.finalise(choices),
			16 => self.again(choices),
			17 => self.garbage(choices),
			18 => self.body_missing(choices),
			19 => self.any_timer(choices),
			20 => self.wrong_view_change(choices),
			21 => self.any_verdict(choices),
			22 => self.keys.present.store(!choices.one_in(2), Ordering::Relaxed),
			_ if choices.one_in(2) => self.flood(choices),
			_ => self.any_built(choices),
		}
	}

	fn message(&mut self, message: Option<Message>) {
		if let Some(message) = message {
			self.feed(Input::Message(message));
		}
	}

	/// The leader of a height proposes in the present view.
	fn propose(&mut self, choices: &mut Choices<'_>) {
		let (height, block_hash) = self.some_block(choices);
		let view = self.machine.status().view;
		let leader = self.rules.set.leader(height, view, self.rules.parameters.leader_period);
		let vote = self.vote(leader, self.statement(Phase::PrePrepare, height, view, block_hash));
		self.message(vote.map(Message::PrePrepare));
	}

	/// Members vote for the block that is proposed, or for some block.
	fn votes(&mut self, choices: &mut Choices<'_>, phase: Phase) {
		let status = self.machine.status();
		let at = choices.below(4);
		let proposed = status.window.get(at).map(|hash| (Height(self.head.0 .0.saturating_add(at as u32 + 1)), *hash));
		let (height, block_hash) = match proposed.filter(|_| !choices.one_in(4)) {
			Some(proposed) => proposed,
			None => self.some_block(choices),
		};
		let view = if choices.one_in(4) { self.some_view(choices) } else { status.view };
		let count = choices.below(self.rules.set.size()) + 1;
		for signer in 0..count {
			let vote = self.vote(SignerIndex(signer as u16), self.statement(phase, height, view, block_hash));
			self.message(vote.map(Message::Vote));
		}
	}

	fn one_vote(&mut self, choices: &mut Choices<'_>) {
		let (height, block_hash) = self.some_block(choices);
		let height = if choices.one_in(2) { height } else { Height(choices.number(height.0)) };
		let (view, phase) = (self.some_view(choices), PHASES[choices.below(3)]);
		let vote = self.vote(self.some_signer(choices), self.statement(phase, height, view, block_hash));
		let pre_prepare = (phase == Phase::PrePrepare) != choices.one_in(16);
		self.message(vote.map(if pre_prepare { Message::PrePrepare } else { Message::Vote }));
	}

	/// A member votes at one height in many views.
	fn flood(&mut self, choices: &mut Choices<'_>) {
		const VIEWS: u32 = 64;
		let (height, block_hash) = self.some_block(choices);
		let (signer, phase) = (self.some_signer(choices), PHASES[choices.below(2)]);
		let first = self.some_view(choices).0;
		for view in first..first.saturating_add(VIEWS) {
			let vote = self.vote(signer, self.statement(phase, height, View(view), block_hash));
			self.message(vote.map(Message::Vote));
		}
	}

	fn certificate_arrives(&mut self, choices: &mut Choices<'_>) {
		let (height, block_hash) = self.some_block(choices);
		let height = if choices.one_in(4) { Height(choices.number(height.0)) } else { height };
		let (view, phase) = (self.some_view(choices), PHASES[choices.below(2)]);
		let certificate = self.certificate(self.statement(phase, height, view, block_hash));
		let prepared = (phase == Phase::Prepare) != choices.one_in(16);
		self.message(certificate.map(if prepared { Message::Prepared } else { Message::Committed }));
	}

	/// Some members ask for a view.
	fn view_changes(&mut self, choices: &mut Choices<'_>) {
		let view = self.some_view(choices);
		for signer in 0..=choices.below(self.rules.set.size()) {
			let view_change = self.view_change(choices, SignerIndex(signer as u16), view);
			self.message(view_change.map(Message::ViewChange));
		}
	}

	/// A view-change that was altered and then signed.
	fn wrong_view_change(&mut self, choices: &mut Choices<'_>) {
		let (signer, view) = (self.some_signer(choices), self.some_view(choices));
		let Some(mut message) = self.view_change(choices, signer, view) else { return };
		if self.rules.set.member(signer) == Some(&self.keys.id) {
			return;
		}
		let report = &mut message.view_change;
		match choices.below(5) {
			0 => report.prepared.reverse(),
			1 => report.prepared = report.prepared.iter().cycle().take(9 * report.prepared.len()).cloned().collect(),
			2 => drop(report.committed.take()),
			3 => report.set_id = SetId(u64::MAX),
			_ => report.prepared.iter_mut().for_each(|p| p.header.number = u32::MAX),
		}
		let id = self.rules.set.member(signer).cloned().unwrap_or_else(|| key(99));
		message.signature = signature(&id, &message.view_change.payload(&self.genesis));
		self.message(Some(Message::ViewChange(message)));
	}

	fn new_view_arrives(&mut self, choices: &mut Choices<'_>) {
		let new_view = self.new_view(choices);
		self.message(new_view.map(Message::NewView));
	}

	/// An earlier message of any sender arrives once more.
	fn again(&mut self, choices: &mut Choices<'_>) {
		let message = choices.of(&self.heard).cloned();
		self.message(message);
	}

	/// An earlier message arrives with some bytes changed, if these bytes are still a message.
	fn garbage(&mut self, choices: &mut Choices<'_>) {
		let mut bytes = choices.of(&self.heard).map(Encode::encode).unwrap_or_default();
		for _ in 0..=choices.below(3) {
			let at = usize::from(u16::from_le_bytes([choices.byte(), choices.byte()])) % bytes.len().max(1);
			if let Some(byte) = bytes.get_mut(at) {
				*byte = choices.byte();
			}
		}
		self.message(Message::from_bytes(&bytes).ok());
	}

	fn answer_build(&mut self, choices: &mut Choices<'_>) {
		let Some((height, view, parent)) = self.builds.pop() else { return };
		let header = Box::new(self.block_on(choices, height, parent));
		self.feed(Input::Built { view, header });
	}

	fn any_built(&mut self, choices: &mut Choices<'_>) {
		let (_, block_hash) = self.some_block(choices);
		let view = self.some_view(choices);
		if let Some(header) = self.header(&block_hash) {
			self.feed(Input::Built { view, header: Box::new(header) });
		}
	}

	fn header(&self, block_hash: &BlockHash) -> Option<Header> {
		self.blocks.iter().find(|header| header.hash() == *block_hash).cloned()
	}

	fn answer_verdict(&mut self, choices: &mut Choices<'_>) {
		let valid = !choices.one_in(8);
		let Some((height, block_hash, parent)) = self.verdicts.pop() else { return };
		self.judge(height, block_hash, parent, valid);
	}

	fn any_verdict(&mut self, choices: &mut Choices<'_>) {
		let (height, block_hash) = self.some_block(choices);
		let height = if choices.one_in(2) { height } else { Height(choices.number(height.0)) };
		let parent = self.header(&block_hash).map_or(self.head.1, |header| header.parent_hash);
		self.judge(height, block_hash, parent, !choices.one_in(4));
	}

	/// Answers that a block is valid if `valid` is set and the block is known, with this height and this parent.
	fn judge(&mut self, height: Height, block_hash: BlockHash, parent: BlockHash, valid: bool) {
		let header = self.header(&block_hash).filter(|header| valid && header.parent_hash == parent);
		let header = header.filter(|header| header.number == height.0);
		let verdict = header.map_or(Verdict::Invalid, |header| Verdict::Valid(Box::new(header)));
		self.feed(Input::Validated { height, block_hash, parent, verdict });
	}

	fn body_missing(&mut self, choices: &mut Choices<'_>) {
		let asked = choices.of(&self.verdicts).map(|(height, block_hash, _)| (*height, *block_hash));
		let (height, block_hash) = asked.unwrap_or_else(|| self.some_block(choices));
		self.feed(Input::BodyMissing { height, block_hash });
	}

	fn fire(&mut self, choices: &mut Choices<'_>) {
		let running: Vec<Timer> = self.timers.values().copied().collect();
		if let Some(timer) = choices.of(&running) {
			self.timers.remove(&timer.kind());
			self.feed(Input::Timer(*timer));
		}
	}

	fn any_timer(&mut self, choices: &mut Choices<'_>) {
		let view = self.some_view(choices);
		let timer = match choices.below(3) {
			0 => Timer::Progress(Height(choices.number(self.head.0 .0)), view),
			1 => Timer::NewView(view),
			_ => Timer::Resend,
		};
		self.feed(Input::Timer(timer));
	}

	fn connect(&mut self, choices: &mut Choices<'_>) {
		let all = choices.one_in(2);
		let first = choices.below(10) as u16;
		let leaves = choices.one_in(4);
		for number in if all { 0..8 } else { first..first + 1 } {
			let id = key(number);
			self.feed(if leaves { Input::PeerDisconnected(id) } else { Input::PeerConnected(id) });
		}
	}

	/// The last committed block becomes final. If the database has lost final blocks, sync brings these first.
	fn finalise_commit(&mut self, choices: &mut Choices<'_>) {
		let Some(certificate) = self.commits.pop() else { return self.finalise(choices) };
		let (height, block_hash) = (certificate.height(), certificate.block_hash());
		self.finalise_as(choices, height, block_hash, Some(certificate));
	}

	/// Some block becomes final: mostly the next one or one above, with a certificate or without.
	fn finalise(&mut self, choices: &mut Choices<'_>) {
		let (height, block_hash) = self.some_block(choices);
		let height = if choices.one_in(8) { Height(choices.number(self.head.0 .0)) } else { height };
		let view = View(choices.number(0));
		let certificate = self.certificate(self.statement(Phase::Commit, height, view, block_hash));
		let certificate = certificate.map(VerifiedCertificate::from_verified_votes).filter(|_| !choices.one_in(4));
		self.finalise_as(choices, height, block_hash, certificate);
	}

	fn finalise_as(
		&mut self,
		choices: &mut Choices<'_>,
		height: Height,
		block_hash: BlockHash,
		certificate: Option<VerifiedCertificate>,
	) {
		let known = self.chain.len() - 1 - self.at;
		let before = self.at;
		if known > 0 {
			// Sync brings blocks that were final in an earlier life.
			self.at += 1 + choices.below(known);
		} else {
			let next = self.next_rules(choices, height);
			if height > self.head.0 {
				self.chain.push(((height, block_hash, certificate), next));
				self.at += 1;
			} else {
				return self.feed(Input::Finalised { height, block_hash, certificate, between: Vec::new(), next });
			}
		}
		let ((height, block_hash, certificate), next) = self.chain[self.at].clone();
		let between = &self.chain[before + 1..self.at];
		let between = between.iter().filter_map(|((.., certificate), _)| certificate.clone()).collect();
		self.feed(Input::Finalised { height, block_hash, certificate, between, next });
	}

	/// The rules of the next height: mostly the same, else other parameters, another `until`, or another set that
	/// begins there.
	fn next_rules(&self, choices: &mut Choices<'_>, height: Height) -> Rules {
		let mut next = self.rules.clone();
		match choices.below(8) {
			5 => next.parameters = parameters(choices),
			6 => next.until = choices.one_in(2).then(|| Height(choices.number(height.0))),
			7 => {
				let id = SetId(next.set.id().0 + 1 + choices.below(2) as u64);
				next.set = set(choices, id, height.next());
			}
			_ => {}
		}
		next
	}

	/// A crash; the database may have lost a few blocks.
	fn restart(&mut self, choices: &mut Choices<'_>) {
		let lost = [0, 0, 1, 2, 5][choices.below(5)];
		self.start(self.at.saturating_sub(lost));
	}
}
