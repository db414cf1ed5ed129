//! Carrying out what the machine asks for.

use super::{core::Engine, jobs::Case, report, EngineError};
use crate::{chain::Head, network::NetworkCommand, wal::Entry};
use sc_network::PeerId;
use std::{sync::Arc, time::Instant};
use syndic_pbft::{Keys, Message, Note, Output, Record, Rejection};
use syndic_primitives::{BlockHash, Height, Phase, SignedVote, ValidatorId, VerifiedCertificate};

impl<K: Keys> Engine<K> {
	/// In the machine's order, except that all records come first, in one write: a record may be on the disk earlier than
	/// it must, never later.
	pub(super) async fn carry_out(&mut self, outputs: Vec<Output>, from: Option<PeerId>) -> Result<(), EngineError> {
		self.persist(&outputs)?;
		for output in outputs {
			match output {
				Output::Persist(_) => (),
				Output::Broadcast(message) => self.broadcast(message).await?,
				Output::Send(to, message) => self.send(to, message).await?,
				Output::Build { height, view } => self.pace.want(height, view),
				Output::Validate { height, block_hash, reproposed, holders } => {
					self.judge(Head { height, hash: block_hash }, reproposed, holders);
				}
				Output::SetTimer(timer, after) => self.timers.set(timer, after, tokio::time::Instant::now()),
				Output::ClearTimer(kind) => self.timers.clear(kind),
				Output::Commit { certificate, holders } => self.commit(certificate, holders),
				Output::Behind { height, block_hash } => {
					let known = self.behind.map_or(Height::ZERO, |behind| behind.height);
					if height > known {
						log::info!(target: crate::LOG, "Others have committed block {height}, final here is {}", self.known.head.height);
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
				}
				Output::Rejected(rejection) => self.rejected(rejection, from).await?,
				Output::Note(note) => self.note(note),
			}
		}
		Ok(())
	}

	/// Writes the records, with the bodies of the blocks that they vote for: a vote says that its block is here and
	/// survives a crash, and the database alone does not promise that.
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
			// Said again, it goes without: who lacks the body can ask for it.
			if !self.sent_bodies.contains(&hash) {
				self.sent_bodies.push(hash);
				if let Some((vote, body)) = self.with_body(vote) {
					return self.command(NetworkCommand::BroadcastProposal(vote, body)).await;
				}
			}
		}
		self.command(NetworkCommand::Broadcast(message)).await
	}

	async fn send(&mut self, to: ValidatorId, message: Message) -> Result<(), EngineError> {
		if let Message::PrePrepare(vote) = &message {
			if let Some((vote, body)) = self.with_body(vote) {
				return self.command(NetworkCommand::SendProposal(to, vote, body)).await;
			}
		}
		self.command(NetworkCommand::Send(to, message)).await
	}

	fn with_body(&self, vote: &SignedVote) -> Option<(SignedVote, Arc<Vec<u8>>)> {
		self.body(vote.vote.block_hash).map(|body| (vote.clone(), body))
	}

	fn judge(&mut self, block: Head, reproposed: bool, holders: Vec<ValidatorId>) {
		if self.running.blocks.contains_key(&block.hash) {
			return;
		}
		self.discard_abandoned();
		let (parent, parameters) = (self.known.head, self.known.rules.parameters.clone());
		let case = Case { parent, block, reproposed, parameters, holders };
		let job = self.jobs.spawn(self.context().judge(case));
		self.running.blocks.insert(block.hash, (block.height, job));
	}

	fn commit(&mut self, certificate: VerifiedCertificate, holders: Vec<ValidatorId>) {
		self.pace.clear();
		let hash = certificate.block_hash();
		let height = certificate.height();
		// Whether it is valid has been decided.
		if let Some((_, judging)) = self.running.blocks.remove(&hash) {
			judging.abort();
		}
		let job = self.jobs.spawn(self.context().commit(certificate, holders));
		self.running.blocks.insert(hash, (height, job));
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
			// While abstaining it is meant to be silent.
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
