//! What happens to the engine: messages, and jobs that end.

use super::{
	core::Engine,
	jobs::{Advance, Done, Judged},
	pace::Pace,
	EngineError,
};
use crate::{
	chain::{BuildLimits, BuiltBlock, ChainError, Head},
	network::{NetworkCommand, NetworkEvent, MAX_BLOCK_BYTES},
};
use codec::Decode;
use sc_network::PeerId;
use std::{sync::Arc, time::Duration};
use syndic_pbft::{Input, Keys, Message};
use syndic_primitives::{block::Header, crypto::verify_ed25519, Height, Phase, SignedVote, View};
use tokio::time::Instant;

/// Room for the envelope of a message around a block.
const ENVELOPE: usize = 4 * 1024;

/// After how long building is tried again that failed, or that found nothing to order.
const BUILD_AGAIN: Duration = Duration::from_millis(250);

impl<K: Keys> Engine<K> {
	pub(super) async fn on_event(&mut self, event: NetworkEvent) -> Result<(), EngineError> {
		match event {
			NetworkEvent::Message { from, message } => self.on_message(from, message).await,
			NetworkEvent::Proposal { from, pre_prepare, block } => {
				if self.keep_body(&pre_prepare, block) {
					self.on_message(from, Message::PrePrepare(pre_prepare)).await
				} else {
					self.misbehaved(from, "a proposal with another block than it names").await
				}
			}
			NetworkEvent::Connected(id) => self.feed(Input::PeerConnected(id), None).await,
			NetworkEvent::Disconnected(id) => self.feed(Input::PeerDisconnected(id), None).await,
		}
	}

	async fn on_message(&mut self, from: PeerId, message: Message) -> Result<(), EngineError> {
		if self.proposed_at.is_none()
			&& matches!(&message, Message::PrePrepare(v) if v.vote.height == self.machine.height())
		{
			self.proposed_at = Some(Instant::now());
		}
		self.feed(Input::Message(message), Some(from)).await
	}

	/// Keeps the body of a proposal if its sender may propose. `false`: it is not the block that the vote names. What the
	/// vote itself is worth, the machine judges.
	fn keep_body(&self, vote: &SignedVote, bytes: Arc<Vec<u8>>) -> bool {
		let Ok(header) = Header::decode(&mut &bytes[..]) else { return false };
		let hash = header.hash();
		if (hash, header.number) != (vote.vote.block_hash, vote.vote.height.0) {
			return false;
		}
		let (height, set) = (self.machine.height(), self.machine.set());
		let of_now = vote.vote.height == height || vote.vote.height == height.next();
		let leader = set.leader(vote.vote.height, vote.vote.view, self.machine.rules().parameters.leader_period);
		let by_leader = vote.vote.phase == Phase::PrePrepare && vote.signer == leader;
		if of_now && by_leader && vote.verify(&self.node.genesis, set, &verify_ed25519).is_ok() {
			self.bodies.offer(vote.signer, Head { height: vote.vote.height, hash }, bytes);
		}
		true
	}

	pub(super) async fn misbehaved(&self, peer: PeerId, misbehaviour: &'static str) -> Result<(), EngineError> {
		self.command(NetworkCommand::Report { peer, misbehaviour }).await
	}

	pub(super) async fn on_done(&mut self, done: Done) -> Result<(), EngineError> {
		match done {
			Done::Built { height, view, result, took } => {
				self.running.build = false;
				self.on_built(height, view, result, took).await
			}
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
					Some(error @ ChainError::Conflict { .. }) => return Err(error.into()),
					Some(error) => log::warn!(target: crate::LOG, "Catching up by certificates: {error}"),
					None if caught.heights > 0 => {
						log::info!(target: crate::LOG, "Caught up {} heights by certificates", caught.heights)
					}
					None => (),
				}
				self.look_for_finality();
				Ok(())
			}
			Done::Tip(tip) => {
				self.running.tip = false;
				// Who is a quorum alone has nobody to ask.
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

	/// Starts to build what the machine wants, if it is time.
	pub(super) fn start_build(&mut self) {
		let Some((height, view)) = self.pace.wanted() else { return };
		let (now, now_ms) = (Instant::now(), super::now_ms());
		if !self.may_build() || self.pace.due(now, now_ms).is_none_or(|due| due > now) {
			return;
		}
		if height != self.machine.height() || self.node.chain.finalised() != self.known.head {
			// The chain has moved; what the machine wants will follow.
			return;
		}
		self.discard_abandoned();
		self.running.build = true;
		let limits = BuildLimits {
			parameters: self.pace.parameters().clone(),
			time: self.pace.build_time(),
			bytes: MAX_BLOCK_BYTES - ENVELOPE,
			allow_empty: self.pace.empty_is_due(now_ms),
		};
		self.jobs.spawn(self.context().build(self.known.head, view, limits));
	}

	async fn on_built(
		&mut self,
		height: Height,
		view: View,
		result: Result<Option<BuiltBlock>, ChainError>,
		took: Duration,
	) -> Result<(), EngineError> {
		let wanted = self.pace.wanted() == Some((height, view));
		match result {
			Ok(Some(built)) if wanted => {
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
				self.proposed_at.get_or_insert_with(Instant::now);
				self.feed(Input::Built { height, view, block_hash: built.head.hash }, None).await
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

	async fn on_judged(&mut self, judged: Judged) -> Result<(), EngineError> {
		let Judged { block, verdict, took } = judged;
		self.running.blocks.remove(&block.hash);
		self.node.metrics.validated(took);
		let valid = match verdict {
			Ok(bytes) => {
				log::debug!(target: crate::LOG, "Block {block} is valid, judged in {} ms", took.as_millis());
				self.bodies.keep(block, bytes);
				true
			}
			Err(error) => {
				log::warn!(target: crate::LOG, "Block {block} is invalid: {error}");
				false
			}
		};
		self.feed(Input::Validated { height: block.height, block_hash: block.hash, valid }, None).await
	}

	/// The chain has gone on: the machine is told, and everything that belonged to the height is put away.
	async fn on_advanced(&mut self, advance: Box<Advance>) -> Result<(), EngineError> {
		if advance.head.height <= self.known.head.height {
			return Ok(());
		}
		self.known = advance;
		let Advance { head, certificate, rules, timestamp, .. } = &*self.known;
		self.node.metrics.height(head.height);
		self.node.metrics.set_id(rules.set.id());
		if let Some(proposed_at) = self.proposed_at.take() {
			self.node.metrics.committed(proposed_at.elapsed());
		}
		self.running.blocks.retain(|_, (height, job)| {
			let over = *height <= head.height;
			if over {
				job.abort();
			}
			!over
		});
		self.bodies.over(head.height);
		self.sent_bodies.clear();
		self.pace = Pace::new(*timestamp, rules.parameters.clone());
		self.report.progress();
		let input = Input::Finalised {
			height: head.height,
			block_hash: head.hash,
			certificate: certificate.clone(),
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
