//! Carries out the machine's outputs.

use super::{
	core::{Engine, RunningBlock},
	jobs::Case,
	report, EngineError,
};
use crate::{chain::Head, network::NetworkCommand, wal::Entry};
use sc_network::PeerId;
use std::{sync::Arc, time::Instant};
use syndic_pbft::{Keys, Message, Note, Output, Record, Rejection};
use syndic_primitives::{
	BlockHash, Equivocation, Height, Phase, SignedVote, ValidatorId, VerifiedCertificate, MAX_PIPELINE_DEPTH,
};

/// Number of heights after which evidence against the same validator is submitted again.
const ACCUSE_AGAIN: u32 = 20;

impl<K: Keys> Engine<K> {
	/// Carries out the outputs in the machine's order, except that all records are written first, in one write: a
	/// record may be on the disk earlier than required, never later.
	pub(super) async fn carry_out(&mut self, outputs: Vec<Output>, from: Option<PeerId>) -> Result<(), EngineError> {
		self.persist(&outputs)?;
		for output in outputs {
			if let Output::Broadcast(Message::Vote(vote)) | Output::Send(_, Message::Vote(vote)) = &output {
				self.participation.heard(vote.clone(), self.known.head.height);
			}
			match output {
				Output::Persist(_) => (),
				Output::Broadcast(message) => self.broadcast(message).await?,
				Output::Send(to, message) => self.send(to, message).await?,
				Output::Build { height, view, parent } if parent == self.known.head.hash => {
					self.pace.want(height, view, parent);
				}
				Output::Build { height, view, parent } => {
					let parent_time = self.times.get(&parent).map(|(_, time)| *time);
					self.pace.want_on(height, view, parent, parent_time);
				}
				Output::Validate { height, block_hash, parent, reproposed, holders } => {
					let parent = Head { height: Height(height.0.saturating_sub(1)), hash: parent };
					self.judge(Head { height, hash: block_hash }, parent, reproposed, holders);
				}
				Output::SetTimer(timer, after) => self.timers.set(timer, after, tokio::time::Instant::now()),
				Output::ClearTimer(kind) => self.timers.clear(kind),
				Output::Commit { certificate, holders } => self.commit(certificate, holders),
				Output::Behind { height, block_hash } => {
					let known = self.behind.map_or(Height::ZERO, |behind| behind.height);
					if height > known {
						// Within the window, commits have mostly just arrived in another order.
						let level = match height.0 > self.machine.height().0 + MAX_PIPELINE_DEPTH {
							true => log::Level::Info,
							false => log::Level::Debug,
						};
						log::log!(target: crate::LOG, level, "Others have committed block {height}, final here is {}", self.known.head.height);
						self.behind = Some(Head { height, hash: block_hash });
					}
				}
				Output::Evidence(evidence) => {
					self.node.metrics.evidence();
					let (set, vote) = (self.machine.set(), &evidence.first.vote);
					log::error!(
						target: crate::LOG,
						"Validator {} signed two blocks at height {}, view {}, phase {:?}: {} and {}",
						report::names(set, &[evidence.first.signer]),
						vote.height,
						vote.view,
						vote.phase,
						vote.block_hash,
						evidence.second.vote.block_hash,
					);
					self.accuse(evidence);
				}
				Output::Rejected(rejection) => self.rejected(rejection, from).await?,
				Output::Note(note) => self.note(note),
			}
		}
		Ok(())
	}

	/// Submits evidence to the chain, at most once in [`ACCUSE_AGAIN`] heights for each validator: one proof is enough,
	/// but it may be lost.
	fn accuse(&mut self, evidence: Equivocation) {
		let Some(offender) = self.machine.set().member(evidence.first.signer).cloned() else { return };
		let height = self.machine.height();
		let again = |before: &Height| height.0 >= before.0.saturating_add(ACCUSE_AGAIN);
		if !self.accused.get(&offender).is_none_or(again) {
			return;
		}
		let members = self.machine.set();
		self.accused.retain(|key, _| members.index_of(key).is_some());
		self.accused.insert(offender.clone(), height);
		self.jobs.spawn(self.context().report(offender, evidence));
	}

	/// Writes the records, with the bodies of the blocks that they vote for. A vote promises that its block is here and
	/// survives a crash, which the database alone does not guarantee.
	fn persist(&mut self, outputs: &[Output]) -> Result<(), EngineError> {
		let mut entries = Vec::new();
		for output in outputs {
			let Output::Persist(record) = output else { continue };
			if let Record::Voted { height, phase: Phase::PrePrepare | Phase::Prepare, block_hash, .. } = record {
				let block = Head { height: *height, hash: *block_hash };
				let bytes = self.body(block.hash).ok_or(EngineError::BodyLost(block))?;
				entries.push(Entry::Block { height: block.height, hash: block.hash, bytes });
			}
			entries.push(Entry::Record(record.clone()));
		}
		if entries.is_empty() {
			return Ok(());
		}
		let started = Instant::now();
		let appended = self.wal.append(&entries)?;
		self.node.metrics.wal_synced(started.elapsed(), appended.bytes);
		Ok(())
	}

	fn body(&self, hash: BlockHash) -> Option<Arc<Vec<u8>>> {
		self.bodies.get(&hash).or_else(|| self.node.chain.body(hash))
	}

	async fn broadcast(&mut self, message: Message) -> Result<(), EngineError> {
		if let Message::PrePrepare(vote) = &message {
			let hash = vote.vote.block_hash;
			// A repeated pre-prepare carries no body: a node that lacks the body can request it.
			if !self.sent_bodies.contains(&(vote.vote.height, hash)) {
				self.sent_bodies.push((vote.vote.height, hash));
				if let Some((_, compact)) = self.compact.iter().find(|(block, _)| block.hash == hash) {
					return self.command(NetworkCommand::BroadcastCompact(vote.clone(), compact.clone())).await;
				}
				if let Some((vote, body)) = self.with_body(vote) {
					return self.command(NetworkCommand::BroadcastProposal(vote, body)).await;
				}
			}
		}
		self.command(NetworkCommand::Broadcast(message)).await
	}

	async fn send(&mut self, to: ValidatorId, message: Message) -> Result<(), EngineError> {
		if let Message::PrePrepare(vote) = &message {
			// A repeated pre-prepare carries no body here either. The set holds at most one entry for each member and
			// each own proposal that is not final, so it is bounded.
			if self.sent_to.insert((vote.vote.height, vote.vote.block_hash, to.clone())) {
				if let Some((vote, body)) = self.with_body(vote) {
					return self.command(NetworkCommand::SendProposal(to, vote, body)).await;
				}
			}
		}
		self.command(NetworkCommand::Send(to, message)).await
	}

	fn with_body(&self, vote: &SignedVote) -> Option<(SignedVote, Arc<Vec<u8>>)> {
		self.body(vote.vote.block_hash).map(|body| (vote.clone(), body))
	}

	fn judge(&mut self, block: Head, parent: Head, reproposed: bool, holders: Vec<ValidatorId>) {
		match self.running.blocks.get(&block.hash) {
			Some(running) if running.parent.is_none_or(|on| on == parent.hash) => return,
			Some(running) => running.job.abort(),
			None => (),
		}
		self.discard_abandoned();
		let parameters = self.known.rules.parameters.clone();
		let case = Case { parent, block, reproposed, parameters, holders };
		let job = self.jobs.spawn(self.context().judge(case));
		let running = RunningBlock { height: block.height, parent: Some(parent.hash), job };
		self.running.blocks.insert(block.hash, running);
	}

	fn commit(&mut self, certificate: VerifiedCertificate, holders: Vec<ValidatorId>) {
		let hash = certificate.block_hash();
		let height = certificate.height();
		self.pace.over(height);
		// The block needs no verdict any longer: a quorum has committed it.
		if let Some(judging) = self.running.blocks.remove(&hash) {
			judging.job.abort();
		}
		let job = self.jobs.spawn(self.context().commit(certificate, holders));
		self.running.blocks.insert(hash, RunningBlock { height, parent: None, job });
	}

	async fn rejected(&mut self, rejection: Rejection, from: Option<PeerId>) -> Result<(), EngineError> {
		self.node.metrics.rejected(rejection.name());
		if let Rejection::TooFarAhead { height, .. } = rejection {
			log::debug!(target: crate::LOG, "A message of height {height}, final here is {}", self.known.head.height);
		}
		match from {
			Some(peer) if rejection.is_misbehaviour() => {
				log::debug!(target: crate::LOG, "{peer} sent what was refused: {rejection}");
				self.misbehaved(peer, rejection.name()).await
			}
			_ => Ok(()),
		}
	}

	fn note(&mut self, note: Note) {
		match &note {
			// A validator that abstains is meant to be silent.
			Note::KeyMissing if !self.gate.is_open() => return,
			Note::ViewChangeSent(view) => {
				self.node.metrics.view(*view);
				self.node.metrics.view_change();
			}
			Note::ViewEntered { view, .. } => self.node.metrics.view(*view),
			Note::SetChanged { .. } => self.node.metrics.view(syndic_primitives::View::ZERO),
			_ => (),
		}
		if let Some((level, line)) = report::line(&note, self.machine.set(), &self.machine.status()) {
			log::log!(target: crate::LOG, level, "{line}");
		}
	}
}
