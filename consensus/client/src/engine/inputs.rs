//! The engine's inputs: events from the network, and jobs that end.

use super::{
	core::Engine,
	jobs::{Advance, Assembled, Done, Judged, Outcome},
	EngineError,
};
use crate::{
	chain::{BuildLimits, BuiltBlock, ChainError, Head},
	network::{NetworkCommand, NetworkEvent, MAX_BLOCK_BYTES},
};
use codec::Decode;
use sc_network::PeerId;
use std::time::Duration;
use syndic_pbft::{Input, Keys, Message, Output, Verdict};
use syndic_primitives::{
	block::Header, crypto::verify_ed25519, Height, Phase, ProposalForm, SignedVote, View, MAX_PIPELINE_DEPTH,
};
use tokio::time::Instant;

/// Bytes reserved for the message around a block.
const ENVELOPE: usize = 4 * 1024;

/// The misbehaviour of a node that sends a proposal with another block than its vote names.
const OTHER_BLOCK: &str = "a proposal with another block than it names";

/// How long to wait before building again, after building failed or found nothing to order.
const BUILD_AGAIN: Duration = Duration::from_millis(250);

impl<K: Keys> Engine<K> {
	pub(super) async fn on_event(&mut self, event: NetworkEvent) -> Result<(), EngineError> {
		match event {
			NetworkEvent::Message { from, message } => self.on_message(from, message).await,
			NetworkEvent::Proposal { from, pre_prepare, block: bytes } => {
				let Some((block, may_propose)) = self.proposed(&pre_prepare, &bytes) else {
					return self.misbehaved(from, OTHER_BLOCK).await;
				};
				if may_propose {
					self.bodies.offer(pre_prepare.signer, block, bytes);
				}
				self.on_message(from, Message::PrePrepare(pre_prepare)).await
			}
			NetworkEvent::CompactProposal { from, pre_prepare, block: bytes } => {
				let Some((block, may_propose)) = self.proposed(&pre_prepare, &bytes) else {
					return self.misbehaved(from, OTHER_BLOCK).await;
				};
				if may_propose && self.bodies.begin(pre_prepare.signer, block) {
					self.jobs.spawn(self.context().assemble(from, block, bytes));
				}
				self.on_message(from, Message::PrePrepare(pre_prepare)).await
			}
			NetworkEvent::Connected(id) => self.feed(Input::PeerConnected(id), None).await,
			NetworkEvent::Disconnected(id) => {
				self.sent_to.retain(|(.., to)| *to != id);
				self.feed(Input::PeerDisconnected(id), None).await
			}
		}
	}

	async fn on_message(&mut self, from: PeerId, message: Message) -> Result<(), EngineError> {
		if let Message::PrePrepare(vote) = &message {
			if self.is_in_progress(vote.vote.height) {
				self.proposed_at.entry(vote.vote.height).or_insert_with(Instant::now);
			}
		}
		let commit = match &message {
			Message::Vote(vote) if vote.vote.phase == Phase::Commit => Some(vote.clone()),
			_ => None,
		};
		let outputs = self.machine.handle(Input::Message(message));
		self.stale_status = true;
		let refused = outputs.iter().any(|output| matches!(output, Output::Rejected(_)));
		self.carry_out(outputs, Some(from)).await?;
		match commit {
			Some(commit) if !refused => self.note_commit(commit, from).await,
			_ => Ok(()),
		}
	}

	/// Notes a commit that the machine did not reject. The machine has not necessarily verified its signature.
	async fn note_commit(&mut self, commit: SignedVote, from: PeerId) -> Result<(), EngineError> {
		let known = self.known.head.height;
		if commit.vote.height > known {
			self.participation.heard(commit, known);
			return Ok(());
		}
		match self.participation.late(&commit, &self.node.genesis, self.machine.set()) {
			Ok(_) => Ok(()),
			Err(_) => self.misbehaved(from, "a commit that its signer did not sign").await,
		}
	}

	/// Whether blocks of a height may be proposed now, or soon, once this node has caught up.
	fn is_in_progress(&self, height: Height) -> bool {
		let first = self.machine.height();
		(first.0..=first.0.saturating_add(MAX_PIPELINE_DEPTH)).contains(&height.0)
	}

	/// The block of a proposal, whose bytes begin with the header, and whether the signer of the vote may propose it
	/// now. `None` if the header is not that of the block that the vote names. The machine checks the vote itself.
	fn proposed(&self, vote: &SignedVote, bytes: &[u8]) -> Option<(Head, bool)> {
		let header = Header::decode(&mut &bytes[..]).ok()?;
		let hash = header.hash();
		if (hash, header.number) != (vote.vote.block_hash, vote.vote.height.0) {
			return None;
		}
		let set = self.machine.set();
		let leader = set.leader(vote.vote.height, vote.vote.view, self.machine.rules().parameters.leader_period);
		let by_leader = vote.vote.phase == Phase::PrePrepare && vote.signer == leader;
		let may_propose = self.is_in_progress(vote.vote.height)
			&& by_leader
			&& vote.verify(&self.node.genesis, set, &verify_ed25519).is_ok();
		Some((Head { height: vote.vote.height, hash }, may_propose))
	}

	pub(super) async fn misbehaved(&self, peer: PeerId, misbehaviour: &'static str) -> Result<(), EngineError> {
		self.command(NetworkCommand::Report { peer, misbehaviour }).await
	}

	pub(super) async fn on_done(&mut self, done: Done) -> Result<(), EngineError> {
		match done {
			Done::Built { height, view, result, compact, took } => {
				self.running.build = false;
				if let (Ok(Some(built)), Some(compact)) = (&result, compact) {
					self.compact.push((built.head, compact));
				}
				self.on_built(height, view, result, took).await
			}
			Done::Assembled(assembled) => self.on_assembled(assembled).await,
			Done::Judged(judged) => self.on_judged(judged).await,
			Done::Committed(result) => {
				result?;
				self.look_for_finality();
				Ok(())
			}
			Done::Advanced(result) => {
				self.running.advance = false;
				self.on_advanced(result?).await
			}
			Done::CaughtUp(caught) => {
				self.running.catch_up = false;
				match caught.error {
					Some(error) if error.is_fatal() => return Err(error.into()),
					Some(error) => log::warn!(target: crate::LOG, "Catching up by certificates: {error}"),
					None if caught.heights > 0 => {
						log::info!(target: crate::LOG, "Caught up {} heights by certificates", caught.heights)
					}
					None => (),
				}
				self.look_for_finality();
				Ok(())
			}
			Done::Reported(offender, result) => {
				match result {
					Ok(()) => log::info!(target: crate::LOG, "Evidence against validator {offender} is handed in"),
					// Another node has most likely submitted the evidence first.
					Err(error) => log::debug!(target: crate::LOG, "Evidence against validator {offender}: {error}"),
				}
				Ok(())
			}
			Done::Homes(homes) => self.command(NetworkCommand::Homes(homes)).await,
			Done::Tip(tip) => {
				self.running.tip = false;
				// A validator that forms a quorum alone has no peers to ask.
				let set = self.machine.set();
				let alone = set.index_of(&self.key).is_some() && set.quorum() == 1;
				let tip = tip.or(alone.then_some(Height::ZERO));
				if let (Some(tip), Some(abstention)) = (tip, &mut self.abstention) {
					abstention.set_tip(tip.max(self.known.head.height));
					if let Some(from) = abstention.votes_from() {
						log::info!(target: crate::LOG, "The log is new; this validator votes from height {from} on");
					}
				}
				Ok(())
			}
		}
	}

	/// Starts to build the block that the machine wants, if it is due.
	pub(super) fn start_build(&mut self) {
		let Some(wanted) = self.pace.wanted() else { return };
		let (now, now_ms) = (Instant::now(), super::now_ms());
		if !self.may_build() || self.pace.due(now, now_ms).is_none_or(|due| due > now) {
			return;
		}
		let parent = Head { height: Height(wanted.height.0.saturating_sub(1)), hash: wanted.parent };
		let finalised = self.node.chain.finalised();
		if finalised.height > parent.height || (finalised.height == parent.height && finalised != parent) {
			// The chain has advanced; the machine will ask for another block.
			return;
		}
		self.discard_abandoned();
		self.running.build = true;
		let limits = BuildLimits {
			parameters: self.pace.parameters().clone(),
			time: self.pace.build_time(),
			bytes: MAX_BLOCK_BYTES - ENVELOPE,
			allow_empty: self.pace.empty_is_due(now_ms),
			commits: self.participation.report(),
		};
		self.jobs.spawn(self.context().build(parent, wanted.view, limits));
	}

	async fn on_built(
		&mut self,
		height: Height,
		view: View,
		result: Result<Option<BuiltBlock>, ChainError>,
		took: Duration,
	) -> Result<(), EngineError> {
		let wanted = |built: &BuiltBlock| {
			let parent = built.header.parent_hash;
			self.pace.wanted().is_some_and(|w| (w.height, w.view, w.parent) == (height, view, parent))
		};
		match result {
			Ok(Some(built)) if wanted(&built) => {
				self.pace.clear();
				self.node.metrics.built(took);
				log::debug!(
					target: crate::LOG,
					"Built block {} with {} transactions in {} ms",
					built.head,
					built.transactions,
					took.as_millis(),
				);
				self.bodies.keep(built.head, built.bytes);
				self.proposed_at.entry(height).or_insert_with(Instant::now);
				self.note_time(built.head, built.timestamp);
				self.feed(Input::Built { view, header: Box::new(built.header) }, None).await
			}
			Ok(Some(built)) => {
				let chain = self.node.chain.clone();
				drop(tokio::task::spawn_blocking(move || chain.discard(built.head.hash)));
				Ok(())
			}
			Ok(None) => {
				self.pace.retry_after(BUILD_AGAIN);
				Ok(())
			}
			Err(error) => {
				log::warn!(target: crate::LOG, "Building block {height} failed, trying again: {error}");
				self.pace.retry_after(BUILD_AGAIN);
				Ok(())
			}
		}
	}

	async fn on_assembled(&mut self, assembled: Assembled) -> Result<(), EngineError> {
		let Assembled { from, here, missing, outcome } = assembled;
		let name = match &outcome {
			Outcome::Here => "here",
			Outcome::Sent => "sent",
			Outcome::Missing => "fetched-whole",
			Outcome::Malformed(_) => "malformed",
		};
		self.node.metrics.compact(name, here, missing);
		match outcome {
			Outcome::Malformed(error) => {
				log::debug!(target: crate::LOG, "{from} sent a proposal that is no compact block: {error}");
				self.misbehaved(from, "a compact proposal that is none").await
			}
			_ => Ok(()),
		}
	}

	async fn on_judged(&mut self, judged: Judged) -> Result<(), EngineError> {
		let Judged { block, parent, verdict, took } = judged;
		self.running.blocks.remove(&block.hash);
		self.node.metrics.validated(took);
		let verdict = match verdict {
			Ok((bytes, valid)) => {
				log::debug!(target: crate::LOG, "Block {block} is valid, judged in {} ms", took.as_millis());
				self.bodies.keep(block, bytes);
				self.note_time(block, Some(valid.timestamp));
				Verdict::Valid(Box::new(valid.header))
			}
			Err(error) => {
				log::warn!(target: crate::LOG, "Block {block} is invalid: {error}");
				Verdict::Invalid
			}
		};
		let input = Input::Validated { height: block.height, block_hash: block.hash, parent, verdict };
		self.feed(input, None).await
	}

	fn note_time(&mut self, block: Head, timestamp: Option<u64>) {
		if let Some(timestamp) = timestamp.filter(|_| block.height > self.known.head.height) {
			self.times.insert(block.hash, (block.height, timestamp));
		}
	}

	/// The chain has advanced: tells the machine, and drops everything that belonged to the decided heights.
	async fn on_advanced(&mut self, advance: Box<Advance>) -> Result<(), EngineError> {
		if advance.head.height <= self.known.head.height {
			return Ok(());
		}
		self.known = advance;
		let Advance { head, certificate, between, rules, timestamp, .. } = &*self.known;
		for certificate in between.iter().chain(certificate) {
			self.participation.is_final(certificate, &self.node.genesis, self.machine.set());
		}
		self.node.metrics.height(head.height);
		self.node.metrics.set_id(rules.set.id());
		let above = self.proposed_at.split_off(&head.height.next());
		for proposed_at in std::mem::replace(&mut self.proposed_at, above).into_values() {
			self.node.metrics.committed(proposed_at.elapsed());
		}
		self.running.blocks.retain(|_, running| {
			let over = running.height <= head.height;
			if over {
				running.job.abort();
			}
			!over
		});
		self.times.retain(|_, (height, _)| *height > head.height);
		self.bodies.over(head.height);
		self.compact.retain(|(block, _)| block.height > head.height);
		self.sent_bodies.retain(|(height, _)| *height > head.height);
		self.sent_to.retain(|(height, ..)| *height > head.height);
		self.node.transactions.expect(rules.parameters.proposal_form == ProposalForm::Compact);
		self.pace.advance(head.height, *timestamp, rules);
		self.report.progress();
		let input = Input::Finalised {
			height: head.height,
			block_hash: head.hash,
			certificate: certificate.clone(),
			between: between.clone(),
			next: rules.clone(),
		};
		self.admit().await?;
		self.feed(input, None).await?;
		self.say_role();
		self.update_work().await?;
		self.publish();
		self.look_for_finality();
		Ok(())
	}
}
