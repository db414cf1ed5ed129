//! Finds transactions that this node knows by hash, to put together a block of which a proposal brought only the
//! hashes.
//!
//! The pool alone is not enough: it drops transactions that are final, but a validator that is behind is sent proposals
//! again. So transactions that enter the pool are remembered for a while, within bounds, and only while proposals are
//! compact.

use futures::StreamExt;
use parking_lot::Mutex;
use sc_transaction_pool_api::{InPoolTransaction, TransactionPool};
use sp_runtime::OpaqueExtrinsic;
use std::{
	collections::{HashMap, VecDeque},
	sync::{
		atomic::{AtomicBool, Ordering},
		Arc,
	},
};
use syndic_primitives::{block::Block, BlockHash};

/// Maximum number of remembered transactions: twice what the pool holds by default.
const MAX_REMEMBERED: usize = 16_384;
/// Maximum total size of the remembered transactions, in bytes. Most of these bytes are shared with the pool.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// Finds transactions.
pub(crate) trait Transactions: Send + Sync + 'static {
	/// The transaction with this hash, if it is known here.
	fn find(&self, hash: &BlockHash) -> Option<Arc<OpaqueExtrinsic>>;
	/// Tells whether transactions will be looked for from now on.
	fn expect(&self, wanted: bool);
}

/// Transactions that entered the pool lately. The oldest are forgotten first.
#[derive(Default)]
struct Memory {
	by_hash: HashMap<BlockHash, Arc<OpaqueExtrinsic>>,
	order: VecDeque<BlockHash>,
	bytes: usize,
}

impl Memory {
	fn insert(&mut self, hash: BlockHash, extrinsic: Arc<OpaqueExtrinsic>) {
		let bytes = extrinsic.inner().len();
		if bytes > MAX_BYTES || self.by_hash.contains_key(&hash) {
			return;
		}
		self.by_hash.insert(hash, extrinsic);
		self.order.push_back(hash);
		self.bytes += bytes;
		while self.order.len() > MAX_REMEMBERED || self.bytes > MAX_BYTES {
			let Some(oldest) = self.order.pop_front() else { return };
			self.bytes -= self.by_hash.remove(&oldest).map_or(0, |forgotten| forgotten.inner().len());
		}
	}
}

/// [`Transactions`] over a transaction pool.
pub(super) struct Known<P> {
	pool: Arc<P>,
	memory: Mutex<Memory>,
	wanted: AtomicBool,
}

impl<P: TransactionPool<Block = Block, Hash = BlockHash> + 'static> Known<P> {
	pub(super) fn new(pool: Arc<P>) -> Self {
		Self { pool, memory: Mutex::default(), wanted: AtomicBool::new(false) }
	}

	/// Remembers the transactions that enter the pool, until the pool ends.
	pub(super) async fn remember(self: Arc<Self>) {
		let mut entering = self.pool.import_notification_stream();
		while let Some(hash) = entering.next().await {
			if !self.wanted.load(Ordering::Relaxed) {
				continue;
			}
			if let Some(transaction) = self.pool.ready_transaction(&hash) {
				self.memory.lock().insert(hash, transaction.data().clone());
			}
		}
	}
}

impl<P: TransactionPool<Block = Block, Hash = BlockHash> + 'static> Transactions for Known<P> {
	fn find(&self, hash: &BlockHash) -> Option<Arc<OpaqueExtrinsic>> {
		let remembered = self.memory.lock().by_hash.get(hash).cloned();
		remembered.or_else(|| self.pool.ready_transaction(hash).map(|transaction| transaction.data().clone()))
	}

	fn expect(&self, wanted: bool) {
		if self.wanted.swap(wanted, Ordering::Relaxed) && !wanted {
			*self.memory.lock() = Memory::default();
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn extrinsic(length: usize) -> Arc<OpaqueExtrinsic> {
		Arc::new(OpaqueExtrinsic::from_blob(vec![0; length]))
	}

	fn hash(n: usize) -> BlockHash {
		BlockHash::from_low_u64_be(n as u64)
	}

	#[test]
	fn the_oldest_are_forgotten_when_there_are_too_many() {
		let mut memory = Memory::default();
		for n in 0..MAX_REMEMBERED + 10 {
			memory.insert(hash(n), extrinsic(1));
			memory.insert(hash(n), extrinsic(1));
		}
		assert_eq!(
			(memory.by_hash.len(), memory.order.len(), memory.bytes),
			(MAX_REMEMBERED, MAX_REMEMBERED, MAX_REMEMBERED)
		);
		assert!(!memory.by_hash.contains_key(&hash(9)) && memory.by_hash.contains_key(&hash(10)));
	}

	#[test]
	fn large_ones_push_out_many_and_too_large_ones_none() {
		let mut memory = Memory::default();
		(0..100).for_each(|n| memory.insert(hash(n), extrinsic(1 << 20)));
		assert_eq!((memory.by_hash.len(), memory.bytes), (64, MAX_BYTES));
		memory.insert(hash(1000), extrinsic(MAX_BYTES + 1));
		assert_eq!(memory.by_hash.len(), 64);
		memory.insert(hash(1001), extrinsic(MAX_BYTES));
		assert_eq!((memory.by_hash.len(), memory.bytes), (1, MAX_BYTES));
	}
}
