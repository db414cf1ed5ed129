//! Those who watch a transaction.

use crate::book::Reason;
use futures::channel::mpsc;
use sc_transaction_pool_api::TransactionStatus;
use std::collections::HashMap;
use syndic_primitives::BlockHash;

/// What a watcher is told.
pub type Status = TransactionStatus<BlockHash, BlockHash>;

/// How many may watch one transaction.
const MAX_WATCHERS: usize = 16;
/// How many statuses a watcher is told before the last ones. A transaction whose predecessors come and go has no end of them.
const MAX_STATUSES: usize = 24;
/// Room for these, and for the block and its finality.
const QUEUE: usize = MAX_STATUSES + 2;

struct Watcher {
	to: mpsc::Sender<Status>,
	told: usize,
}

/// Every transaction that somebody watches.
#[derive(Default)]
pub struct Watchers {
	of: HashMap<BlockHash, Vec<Watcher>>,
}

impl Watchers {
	/// Begins to watch. Nothing, if as many do already as may.
	pub fn watch(&mut self, hash: BlockHash) -> Option<mpsc::Receiver<Status>> {
		let watchers = self.of.entry(hash).or_default();
		watchers.retain(|watcher| !watcher.to.is_closed());
		if watchers.len() >= MAX_WATCHERS {
			return None;
		}
		let (to, stream) = mpsc::channel(QUEUE);
		watchers.push(Watcher { to, told: 0 });
		Some(stream)
	}

	/// Whether anybody watches it.
	pub fn is_watched(&self, hash: &BlockHash) -> bool {
		self.of.contains_key(hash)
	}

	/// Tells of something that is not the end.
	pub fn tell(&mut self, hash: &BlockHash, status: &Status) {
		let Some(watchers) = self.of.get_mut(hash) else { return };
		for watcher in watchers.iter_mut().filter(|watcher| watcher.told < MAX_STATUSES) {
			watcher.told += 1;
			let _ = watcher.to.try_send(status.clone());
		}
		watchers.retain(|watcher| !watcher.to.is_closed());
		if watchers.is_empty() {
			self.of.remove(hash);
		}
	}

	/// It is final.
	pub fn finalised(&mut self, hash: &BlockHash, block: BlockHash, at: usize) {
		for mut watcher in self.of.remove(hash).unwrap_or_default() {
			// In Syndic the two are one event. Clients written for other chains wait for either.
			let _ = watcher.to.try_send(TransactionStatus::InBlock((block, at)));
			let _ = watcher.to.try_send(TransactionStatus::Finalized((block, at)));
		}
	}

	/// It has left.
	pub fn left(&mut self, hash: &BlockHash, reason: Reason) {
		let status = match reason {
			Reason::Usurped(by) => TransactionStatus::Usurped(by),
			Reason::GapExpired => TransactionStatus::Dropped,
			Reason::Unseen(at) => TransactionStatus::FinalityTimeout(at),
			Reason::Expired | Reason::NonceUsed | Reason::Invalid | Reason::Removed => TransactionStatus::Invalid,
		};
		for mut watcher in self.of.remove(hash).unwrap_or_default() {
			let _ = watcher.to.try_send(status.clone());
		}
	}
}
