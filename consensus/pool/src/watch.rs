//! The watchers of transactions.

use crate::book::Reason;
use futures::channel::mpsc;
use sc_transaction_pool_api::TransactionStatus;
use std::collections::HashMap;
use syndic_primitives::BlockHash;

/// A status that a watcher is told.
pub type Status = TransactionStatus<BlockHash, BlockHash>;

/// Maximum number of watchers of one transaction.
const MAX_WATCHERS: usize = 16;
/// Maximum number of statuses that a watcher is told before the last ones. Without a bound, a transaction whose
/// predecessors come and go would have any number of them.
const MAX_STATUSES: usize = 24;
/// Room for these statuses, for the block and for its finality.
const QUEUE: usize = MAX_STATUSES + 2;

struct Watcher {
	to: mpsc::Sender<Status>,
	told: usize,
}

/// The watchers of each watched transaction.
#[derive(Default)]
pub struct Watchers {
	of: HashMap<BlockHash, Vec<Watcher>>,
}

impl Watchers {
	/// Begins to watch a transaction. `None`: it has [`MAX_WATCHERS`] watchers already.
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

	/// Whether a transaction has watchers.
	pub fn is_watched(&self, hash: &BlockHash) -> bool {
		self.of.contains_key(hash)
	}

	/// Tells the watchers a status that is not the last one.
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

	/// The transaction is final: it is at index `at` of block `block`.
	pub fn finalised(&mut self, hash: &BlockHash, block: BlockHash, at: usize) {
		for mut watcher in self.of.remove(hash).unwrap_or_default() {
			// In Syndic these two statuses are one event. Clients written for other chains wait for either of them.
			let _ = watcher.to.try_send(TransactionStatus::InBlock((block, at)));
			let _ = watcher.to.try_send(TransactionStatus::Finalized((block, at)));
		}
	}

	/// The transaction has left the pool without becoming final.
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
