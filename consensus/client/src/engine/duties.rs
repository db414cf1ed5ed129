//! What the chain waits for from this validator besides its votes: its part of the randomness by which committees are
//! elected, and which versions of the protocol its engine supports.
//!
//! After each final block the runtime is asked what is due from this node's key, whether that is in the set or not. What
//! is due becomes a transaction that needs no account, and goes into the pool like any other. All of it runs beside the
//! engine, one block at a time, and whatever fails is tried again some blocks later: no vote waits for it.
//!
//! Secrets are not kept. The key and the era give the same one each time; see [`syndic_primitives::lottery`].

use super::catch_up::blocking;
use crate::chain::{Chain, Head};
use sp_runtime::traits::{BlakeTwo256, Hash};
use std::sync::Arc;
use syndic_pbft::Keys;
use syndic_primitives::{
	lottery::{self, Deed, Duty, Hash256, Signal, SignedSignal},
	BlockHash, Height, ValidatorId, ENGINE_VERSION,
};
use tokio::sync::watch;

/// After so many blocks the same is handed in once more, if the chain still waits for it: it may have been lost.
const AGAIN: u32 = 8;

/// A duty waits for so many blocks. A pool judges by the last block that it has worked through, and refuses what is not due
/// then for half an hour: this node's and the others' may be a block or two behind.
const PATIENCE: u32 = 2;

/// A duty that falls to all validators at one block is done by each within so many blocks after that, or a thousand of them
/// would fill every pool at once.
const SPREAD: u32 = 4;

/// The most duties that are looked after at once. There are three kinds.
const MOST: usize = 8;

/// One validator's duties.
pub(super) struct Duties<K> {
	chain: Arc<dyn Chain>,
	genesis: BlockHash,
	key: ValidatorId,
	keys: K,
	/// What the chain waits for, and from which height on it is to be done.
	due: Vec<(Duty, Height)>,
	/// The last question to the runtime failed, which has been said.
	failing: bool,
}

impl<K: Keys + 'static> Duties<K> {
	pub(super) fn new(chain: Arc<dyn Chain>, genesis: BlockHash, key: ValidatorId, keys: K) -> Self {
		Self { chain, genesis, key, keys, due: Vec::new(), failing: false }
	}

	/// Attends to them after each final block of which `finality` tells, until nobody tells any more.
	pub(super) async fn run(mut self, mut finality: watch::Receiver<()>) {
		while finality.changed().await.is_ok() {
			if self.chain.is_syncing() {
				// What an old state waits for was done long ago, or is too late.
				continue;
			}
			let chain = self.chain.clone();
			let attended = blocking(&chain, move |chain| {
				self.attend(chain.finalised());
				Ok(self)
			});
			match attended.await {
				Ok(duties) => self = duties,
				Err(error) => {
					return log::error!(target: crate::LOG, "This validator's duties are not done any more: {error}")
				}
			}
		}
	}

	/// Does what is due after `head`. Blocks.
	pub(super) fn attend(&mut self, head: Head) {
		let asked = match self.chain.duties(head.hash, &self.key) {
			Ok(asked) => asked,
			Err(error) => {
				if !std::mem::replace(&mut self.failing, true) {
					log::warn!(target: crate::LOG, "Cannot ask what the chain waits for from this validator: {error}");
				}
				return;
			}
		};
		self.failing = false;
		self.due.retain(|(duty, _)| asked.contains(duty));
		for duty in asked.into_iter().take(MOST) {
			if self.due.len() < MOST && !self.due.iter().any(|(known, _)| *known == duty) {
				let from = Height(head.height.0.saturating_add(self.wait(&duty)));
				self.due.push((duty, from));
			}
		}
		for at in 0..self.due.len() {
			let (duty, from) = self.due[at].clone();
			if from <= head.height {
				self.due[at].1 = Height(head.height.0.saturating_add(AGAIN));
				self.hand_in(&duty, head);
			}
		}
	}

	/// For how many blocks this validator lets a new duty lie. It differs from validator to validator.
	fn wait(&self, duty: &Duty) -> u32 {
		PATIENCE + u32::from(BlakeTwo256::hash_of(&(duty, &self.key)).0[0]) % SPREAD
	}

	fn hand_in(&self, duty: &Duty, head: Head) {
		let Some(deed) = self.deed(duty, head) else {
			return log::warn!(target: crate::LOG, "The keystore does not sign with {}: {duty:?} is left undone", self.key);
		};
		match self.chain.hand_in(deed) {
			Ok(()) => log::debug!(target: crate::LOG, "Handed in after block {head}: {duty:?}"),
			Err(error) => log::warn!(target: crate::LOG, "{duty:?} is due and could not be handed in: {error}"),
		}
	}

	/// What fulfils a duty; nothing without the key.
	fn deed(&self, duty: &Duty, head: Head) -> Option<Deed> {
		let validator = self.key.clone();
		Some(match duty {
			Duty::Commit { era } => {
				let commitment = lottery::commitment(&self.genesis, *era, &validator, &self.secret(*era)?);
				let signature = self.keys.sign(&lottery::contribution_payload(&self.genesis, *era, &commitment))?;
				Deed::Commit { era: *era, validator, commitment, signature }
			}
			Duty::Reveal { era } => Deed::Reveal { era: *era, secret: self.secret(*era)?, validator },
			Duty::Signal => {
				let signal = Signal { version: ENGINE_VERSION, height: head.height, block_hash: head.hash };
				let signature = self.keys.sign(&signal.payload(&self.genesis))?;
				Deed::Signal(SignedSignal { validator, signal, signature })
			}
		})
	}

	fn secret(&self, era: u32) -> Option<Hash256> {
		self.keys.sign(&lottery::secret_payload(&self.genesis, era)).map(|signature| lottery::secret(&signature))
	}
}
