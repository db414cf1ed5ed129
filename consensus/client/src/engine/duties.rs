//! Does what the chain waits for from this validator besides its votes: its part of the randomness by which committees
//! are elected, and the versions of the protocol that its engine supports.
//!
//! After each final block the runtime is asked which duties are due from this node's key, whether the key is in the set
//! or not. Each due duty is fulfilled by a deed, a transaction that needs no account and goes into the pool like any
//! other. This runs beside the engine, one block at a time. What fails is tried again some blocks later, and no vote
//! waits for it.
//!
//! Secrets are not stored: key and era give the same secret each time, see [`syndic_primitives::lottery`].

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

/// Blocks to wait before the deed of a duty that is still due is submitted again. The earlier transaction may have been
/// lost.
const AGAIN: u32 = 8;

/// Minimum number of blocks between seeing a new duty and submitting its deed. A pool validates against the last block
/// that it has processed, and refuses for half an hour what is not due at that block. The pools of this node and of
/// others may be a block or two behind.
const PATIENCE: u32 = 2;

/// Number of blocks over which validators spread a duty that falls to all of them at one block. Otherwise the deeds of
/// a thousand validators would fill every pool at once.
const SPREAD: u32 = 4;

/// Maximum number of duties that are attended to at once. There are three kinds of duties.
const MOST: usize = 8;

/// One validator's duties.
pub(super) struct Duties<K> {
	chain: Arc<dyn Chain>,
	genesis: BlockHash,
	key: ValidatorId,
	keys: K,
	/// The due duties, each with the height from which on its deed is submitted.
	due: Vec<(Duty, Height)>,
	/// Whether the last call to the runtime failed. The failure is logged once.
	failing: bool,
}

impl<K: Keys + 'static> Duties<K> {
	pub(super) fn new(chain: Arc<dyn Chain>, genesis: BlockHash, key: ValidatorId, keys: K) -> Self {
		Self { chain, genesis, key, keys, due: Vec::new(), failing: false }
	}

	/// Attends to the duties after each final block that `finality` signals, until its sender is dropped.
	pub(super) async fn run(mut self, mut finality: watch::Receiver<()>) {
		while finality.changed().await.is_ok() {
			if self.chain.is_syncing() {
				// A duty in an old state was done long ago, or is too late.
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

	/// Submits the deeds that are due after `head`. Blocks.
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

	/// How many blocks this validator waits before it does a new duty. The number differs between validators.
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

	/// The deed that fulfils a duty. `None` if the keystore does not sign.
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
