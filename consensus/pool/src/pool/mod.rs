//! The pool: the one place that keeps accepted transactions.

mod accept;
mod follow;
mod judge;
mod keep;

use crate::{
	backlog::Backlog,
	book::{Book, Change, Effects, Reason},
	chain::{At, Chain, ChainError},
	config::Config,
	held::Held,
	journal::Journal,
	metrics::Metrics,
	queue::Queue,
	ready::Ready,
	tally::Tally,
	watch::{Status, Watchers},
};
use futures::channel::mpsc;
use parking_lot::{Condvar, Mutex};
use sc_transaction_pool_api::{PoolStatus, TransactionStatus};
use sp_runtime::AccountId32;
use std::{
	collections::{HashMap, HashSet, VecDeque},
	sync::Arc,
	time::Instant,
};
use syndic_primitives::BlockHash;

/// Number of threads that ask the runtime about transactions.
const JUDGES: usize = 2;
/// Maximum number of notices that wait for one listener.
const NOTICES: usize = 16_384;
/// Number of blocks whose effects are cached.
const KNOWN_EFFECTS: usize = 64;
/// Maximum number of blocks between the pool's head and the parent of a proposal.
const MAX_ABOVE: usize = 64;

/// The pool of one node. Clones share one pool.
pub struct Pool<C: Chain>(Arc<Inner<C>>);

impl<C: Chain> Clone for Pool<C> {
	fn clone(&self) -> Self {
		Self(self.0.clone())
	}
}

impl<C: Chain> std::ops::Deref for Pool<C> {
	type Target = Inner<C>;

	fn deref(&self) -> &Inner<C> {
		&self.0
	}
}

/// The state that all clones of a pool share.
pub struct Inner<C> {
	pub(crate) chain: Arc<C>,
	config: Config,
	state: Mutex<State>,
	/// The room for transactions from clients, and for transactions from peers.
	clients: Tally,
	peers: Tally,
	/// Whether the chain keeps up. Where the state is locked as well, the state is locked first.
	backlog: Mutex<Backlog<AccountId32>>,
	queue: Arc<Queue>,
	journal: Option<Journal>,
	notices: Mutex<Vec<mpsc::Sender<BlockHash>>>,
	effects: Mutex<VecDeque<(BlockHash, Arc<Effects>)>>,
	/// When transactions were last judged again.
	judged_again: Mutex<Instant>,
	/// Held while new final blocks are applied.
	following: Mutex<()>,
	keeper: Arc<Bell>,
	metrics: Metrics,
}

struct State {
	book: Book,
	/// The last final block that the book has applied.
	head: At,
	watchers: Watchers,
	/// Transactions that are in the journal.
	journaled: HashSet<BlockHash>,
	/// For each waiting transaction: since when it waits for an earlier one.
	waiting: HashMap<BlockHash, Instant>,
	/// For each transaction: how often a proposer found it invalid.
	strikes: HashMap<BlockHash, u8>,
	/// Transactions from the journal that are not back in the pool yet.
	recovering: VecDeque<keep::Recovering>,
}

/// Wakes the keeper.
#[derive(Default)]
pub(crate) struct Bell {
	rung: Mutex<Rung>,
	more: Condvar,
}

#[derive(Default)]
struct Rung {
	work: bool,
	closed: bool,
}

impl Bell {
	pub(crate) fn ring(&self) {
		self.rung.lock().work = true;
		self.more.notify_one();
	}

	fn close(&self) {
		self.rung.lock().closed = true;
		self.more.notify_all();
	}
}

impl<C> Drop for Inner<C> {
	fn drop(&mut self) {
		self.queue.close();
		self.keeper.close();
	}
}

impl<C: Chain> Pool<C> {
	/// An empty pool on this chain. Its threads end with it.
	pub fn new(chain: Arc<C>, config: Config, journal: Option<Journal>, metrics: Metrics) -> Self {
		let state = State {
			book: Book::default(),
			head: chain.finalised(),
			watchers: Watchers::default(),
			journaled: HashSet::new(),
			waiting: HashMap::new(),
			strikes: HashMap::new(),
			recovering: VecDeque::new(),
		};
		let inner = Arc::new(Inner {
			chain,
			config,
			state: Mutex::new(state),
			clients: Tally::new(config.limit),
			peers: Tally::new(config.peers_limit()),
			backlog: Mutex::default(),
			queue: Arc::default(),
			journal,
			notices: Mutex::default(),
			effects: Mutex::default(),
			judged_again: Mutex::new(Instant::now()),
			following: Mutex::default(),
			keeper: Arc::default(),
			metrics,
		});
		for _ in 0..JUDGES {
			judge::spawn(inner.queue.clone(), inner.chain.clone(), inner.metrics.clone());
		}
		keep::spawn(&inner);
		Self(inner)
	}
}

impl<C: Chain> Inner<C> {
	/// How many transactions are ready, and how many wait for an earlier one of their account.
	pub fn status(&self) -> PoolStatus {
		let (ready, waiting) = self.state.lock().book.loads();
		let size = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
		PoolStatus {
			ready: size(ready.count),
			ready_bytes: size(ready.bytes),
			future: size(waiting.count),
			future_bytes: size(waiting.bytes),
		}
	}

	/// A transaction in the pool, ready or not.
	pub fn get(&self, hash: &BlockHash) -> Option<Arc<Held>> {
		self.state.lock().book.get(hash).cloned()
	}

	/// All transactions in the pool, in no order.
	pub fn all(&self) -> Vec<Arc<Held>> {
		self.state.lock().book.all().cloned().collect()
	}

	/// The transactions that wait for an earlier one of their account.
	pub fn waiting(&self) -> Vec<Arc<Held>> {
		self.state.lock().book.waiting()
	}

	/// The transactions that can be taken into the block after the last final one.
	pub fn ready(&self) -> Ready {
		Ready::new(self.state.lock().book.lines_on(&[]))
	}

	/// The transactions that can be taken into a block whose parent is `at`, which need not be final. Transactions in
	/// the blocks up to `at` are left out.
	pub fn ready_on(&self, at: BlockHash) -> Ready {
		for _ in 0..3 {
			let head = self.state.lock().head;
			let above = match self.above(head, at) {
				Ok(Some(above)) => above,
				Ok(None) => {
					self.follow();
					continue;
				}
				Err(error) => {
					log::warn!(target: crate::LOG, "What stands in the blocks in progress cannot be told: {error}");
					break;
				}
			};
			let state = self.state.lock();
			if state.head == head {
				return Ready::new(state.book.lines_on(&above));
			}
		}
		self.ready()
	}

	/// The effects of the blocks above `head` up to `at`, oldest first. `None`: more than [`MAX_ABOVE`] blocks lie
	/// between.
	fn above(&self, head: At, at: BlockHash) -> Result<Option<Vec<Arc<Effects>>>, ChainError> {
		let mut above = Vec::new();
		let mut next = at;
		while next != head.hash {
			if above.len() >= MAX_ABOVE {
				return Ok(None);
			}
			above.push(self.effects(next)?);
			match self.chain.parent(next)? {
				// The block is on another branch than the head or below it, so no block can be built there.
				Some(parent) if parent.height < head.height => break,
				Some(parent) => next = parent.hash,
				None => break,
			}
		}
		above.reverse();
		Ok(Some(above))
	}

	/// The effects of a block, from the cache if they are in it.
	fn effects(&self, hash: BlockHash) -> Result<Arc<Effects>, ChainError> {
		if let Some((_, known)) = self.effects.lock().iter().find(|(other, _)| *other == hash) {
			return Ok(known.clone());
		}
		let effects = Arc::new(self.chain.effects(hash)?);
		let mut known = self.effects.lock();
		known.push_back((hash, effects.clone()));
		if known.len() > KNOWN_EFFECTS {
			known.pop_front();
		}
		Ok(effects)
	}

	/// A stream of the hashes of transactions that come in or become ready.
	pub fn notices(&self) -> mpsc::Receiver<BlockHash> {
		let (to, notices) = mpsc::channel(NOTICES);
		self.notices.lock().push(to);
		notices
	}

	fn notify(&self, hashes: impl IntoIterator<Item = BlockHash>) {
		let mut notices = self.notices.lock();
		for hash in hashes {
			// A listener that does not keep up misses this notice and gets later ones. Transactions that all nodes must
			// have are offered to them again.
			notices.retain_mut(|to| match to.try_send(hash) {
				Ok(()) => true,
				Err(error) => !error.is_disconnected(),
			});
		}
	}

	/// Other nodes have been told of these transactions.
	pub fn broadcast(&self, of: HashMap<BlockHash, Vec<String>>) {
		let mut state = self.state.lock();
		for (hash, peers) in of {
			state.watchers.tell(&hash, &TransactionStatus::Broadcast(peers));
		}
	}

	/// A proposer could not take these transactions, or the operator removes them. Returns those that have left the
	/// pool.
	pub fn report_invalid(&self, reported: impl IntoIterator<Item = (BlockHash, Report)>) -> Vec<Arc<Held>> {
		/// How many reports of [`Report::Invalid`] make a transaction leave that the runtime's verdict says is valid.
		const MAX_STRIKES: u8 = 3;
		let mut removed = Vec::new();
		for (hash, report) in reported {
			let mut state = self.state.lock();
			if state.book.get(&hash).is_none() {
				continue;
			}
			let reason = match report {
				Report::Removed => Reason::Removed,
				Report::Fails => Reason::Invalid,
				Report::Invalid => {
					let strikes = state.strikes.entry(hash).or_default();
					*strikes = strikes.saturating_add(1);
					if *strikes < MAX_STRIKES {
						continue;
					}
					Reason::Invalid
				}
			};
			let (held, ready) = self.take_out(&mut state, &hash, reason);
			drop(state);
			self.notify(ready);
			removed.extend(held);
		}
		self.keeper.ring();
		removed
	}

	/// Takes a transaction out and tells its watchers why. Returns it, and the transactions that have become ready.
	fn take_out(&self, state: &mut State, hash: &BlockHash, reason: Reason) -> (Option<Arc<Held>>, Vec<BlockHash>) {
		let Some((held, changes)) = state.book.remove(hash) else { return (None, Vec::new()) };
		let ready = state.change(changes);
		self.left(state, &held, reason);
		(Some(held), ready)
	}

	/// A transaction has left the book: tells its watchers and counts it.
	fn left(&self, state: &mut State, held: &Held, reason: Reason) {
		log::debug!(target: crate::LOG, "Transaction {:?} leaves: {reason:?}", held.hash);
		state.watchers.left(&held.hash, reason);
		self.metrics.left(reason.label());
		self.forget(state, &held.hash);
	}

	fn forget(&self, state: &mut State, hash: &BlockHash) {
		state.waiting.remove(hash);
		state.strikes.remove(hash);
		if state.journaled.remove(hash) {
			if let Some(journal) = &self.journal {
				journal.remove(*hash);
			}
		}
	}
}

/// What a proposer, or the operator, reports of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
	/// The runtime refused the transaction.
	Invalid,
	/// The runtime failed on the transaction.
	Fails,
	/// The operator removes the transaction.
	Removed,
}

impl State {
	/// Tells the watchers of changed transactions. Returns those that have become ready.
	fn change(&mut self, changes: Vec<Change>) -> Vec<BlockHash> {
		let mut ready = Vec::new();
		for change in changes {
			let status: Status = match change {
				Change::Ready(_) => TransactionStatus::Ready,
				Change::Waits(_) => TransactionStatus::Future,
			};
			match change {
				Change::Ready(hash) => {
					self.waiting.remove(&hash);
					self.watchers.tell(&hash, &status);
					ready.push(hash);
				}
				Change::Waits(hash) => {
					self.waiting.insert(hash, Instant::now());
					self.watchers.tell(&hash, &status);
				}
			}
		}
		ready
	}
}
