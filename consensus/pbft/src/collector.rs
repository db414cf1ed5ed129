//! Votes through collectors: each sends its votes to a few, who send all a certificate.
//!
//! The collectors of (height, view) are its leader and the members after it, as many as the parameters say. They sign
//! nothing: a certificate proves itself, and is taken apart into the votes it is made of, so that every rule of the
//! normal case holds as if they had come one by one. Collectors that keep silent, or send to some only, cost time
//! and nothing else: who waits too long broadcasts its votes, and goes on to broadcast for a while.

use crate::{
	io::{Note, Output, Rejection},
	machine::Machine,
	message::{Keys, Message},
};
use syndic_primitives::{Certificate, Height, Phase, SignedVote, SignerIndex, View};

/// For so many heights votes are broadcast when collectors have kept silent.
const BROADCAST_FOR: u32 = 16;

impl<K: Keys> Machine<K> {
	/// Who collects the votes of (height, view); empty where each sends to each.
	fn collectors(&self, height: Height, view: View) -> Vec<SignerIndex> {
		let members = self.set().size();
		let Some(count) = self.rules.parameters.dissemination.collectors(members) else { return Vec::new() };
		let leader = self.set().leader(height, view, self.rules.parameters.leader_period);
		(0..count).map(|i| SignerIndex(((leader.0 as usize + i) % members) as u16)).collect()
	}

	/// Whether I am one of them.
	pub(crate) fn is_collector(&self, height: Height, view: View) -> bool {
		self.me.is_some_and(|me| self.collectors(height, view).contains(&me))
	}

	/// Rule *send*: to the collectors, or to all where there are none or they have kept silent.
	pub(crate) fn send_vote(&mut self, vote: SignedVote, out: &mut Vec<Output>) {
		let (height, view) = (vote.vote.height, vote.vote.view);
		let collectors = self.collectors(height, view);
		if collectors.is_empty() || height < self.broadcast_until {
			out.push(Output::Broadcast(Message::Vote(vote)));
			return;
		}
		for id in self.others(&collectors) {
			out.push(Output::Send(id, Message::Vote(vote.clone())));
		}
	}

	/// Rule *collect*: a collector that has the prepares of a quorum for a proposal of this view sends them to all, once.
	/// Commits of a quorum go out where they decide.
	pub(crate) fn collect(&mut self, out: &mut Vec<Output>) {
		let (view, quorum) = (self.view, self.quorum());
		for at in 0..self.window() {
			if self.rounds[at].collected == Some(view) || !self.is_collector(self.height_at(at), view) {
				continue;
			}
			if let Some(certificate) = self.rounds[at].book.certificate(view, Phase::Prepare, quorum) {
				self.rounds[at].collected = Some(view);
				out.push(Output::Broadcast(Message::Prepared(certificate)));
			}
		}
	}

	/// Rule *prepared*: the prepares of a quorum, verified, count like prepares that came one by one.
	pub(crate) fn on_prepared(&mut self, certificate: Certificate, out: &mut Vec<Output>) -> Result<(), Rejection> {
		let (height, view, current) = (certificate.height(), certificate.view(), self.height());
		if height <= self.head.height {
			return Err(Rejection::Stale { found: height, committed: self.head.height });
		}
		let Some(at) = self.at(height) else {
			return Err(Rejection::TooFarAhead { height, view, current_height: current, current_view: self.view });
		};
		if self.rounds[at].book.with_support(view, Phase::Prepare, self.set().quorum()).is_some() {
			return Err(Rejection::Duplicate);
		}
		let certificate = certificate.verify(Phase::Prepare, &self.genesis, &self.rules.set, &self.keys)?;
		self.take_votes(at, &certificate, out);
		Ok(())
	}

	/// Rule *fall back*: what was said to collectors was not answered in time; for a while votes are broadcast.
	pub(crate) fn fall_back(&mut self, out: &mut Vec<Output>) {
		let (height, view) = (self.height(), self.view);
		let collectors = self.collectors(height, view);
		if collectors.is_empty() || self.changing || height < self.broadcast_until {
			return;
		}
		self.broadcast_until = Height(height.0.saturating_add(BROADCAST_FOR));
		out.push(Output::Note(Note::CollectorsSilent { height, view, collectors }));
	}
}
