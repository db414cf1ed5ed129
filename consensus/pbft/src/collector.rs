//! Votes through collectors: each member sends its votes to a few members, the collectors, and these send a certificate
//! to all.
//!
//! The collectors of (height, view) are its leader and the members after the leader; the parameters say how many.
//! Collectors sign nothing besides their own votes. A certificate proves itself: the receiver takes it apart into its
//! votes, so that every rule of the normal case holds as if the votes had arrived one by one. Collectors that stay
//! silent, or send to some members only, cost time and nothing else: a validator that waits too long broadcasts its
//! votes, and continues to broadcast for [`BROADCAST_FOR`] heights.

use crate::{
	io::{Note, Output, Rejection},
	machine::Machine,
	message::{Keys, Message},
};
use syndic_primitives::{Certificate, Height, Phase, SignedVote, SignerIndex, View};

/// Number of heights for which votes are broadcast after the collectors stayed silent.
const BROADCAST_FOR: u32 = 16;

impl<K: Keys> Machine<K> {
	/// The collectors of (height, view); empty if the parameters say that votes are broadcast.
	fn collectors(&self, height: Height, view: View) -> Vec<SignerIndex> {
		let members = self.set().size();
		let Some(count) = self.rules.parameters.dissemination.collectors(members) else { return Vec::new() };
		let leader = self.set().leader(height, view, self.rules.parameters.leader_period);
		(0..count).map(|i| SignerIndex(((leader.0 as usize + i) % members) as u16)).collect()
	}

	/// Whether this validator is a collector of (height, view).
	pub(crate) fn is_collector(&self, height: Height, view: View) -> bool {
		self.me.is_some_and(|me| self.collectors(height, view).contains(&me))
	}

	/// Rule *send*: sends a vote to the collectors, or to all if there are no collectors or they have stayed silent.
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

	/// Rule *collect*: a collector that has a quorum of prepares in this view sends them to all as a certificate, once.
	/// A quorum of commits is sent by rule *decide*.
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

	/// Rule *prepared*: the prepares in a verified certificate count like prepares that arrived one by one.
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

	/// Rule *fall back*: the collectors did not answer in time, so votes are broadcast for [`BROADCAST_FOR`] heights.
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
