//! The keeper: a thread that checks again whether held transactions are still valid (eras that end, gaps that do not
//! close, accounts that are frozen), and that submits the transactions from the journal.

use super::{accept::valid_until, judge, Bell, Inner, Pool};
use crate::{
	book::{is_due, Reason},
	chain::Chain,
	error::PoolError,
	extrinsic::is_bare,
	held::{Held, Origin, Place},
};
use codec::Decode;
use futures::{executor::block_on, future::join_all};
use sc_transaction_pool_api::error::Error as Known;
use sp_runtime::{
	transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidityError},
	OpaqueExtrinsic,
};
use std::{
	collections::HashSet,
	sync::{Arc, Weak},
	time::{Duration, Instant},
};
use syndic_primitives::BlockHash;

/// Time between two looks of the keeper when nothing wakes it.
const IDLE: Duration = Duration::from_secs(1);
/// Maximum number of due transactions that are judged again after one block; [`Inner::due`] says in which order.
const MAX_AGAIN: usize = 256;
/// Maximum number of transactions from the journal that are submitted together.
const COMPANY: usize = 64;
/// Transactions that are judged again in one call of the runtime. One such call is made after each block, even if the
/// time for it is used up.
const COMPANY_AGAIN: usize = 16;
/// Judging again may take 1/`PART_AGAIN` of the time since it last began.
const PART_AGAIN: u32 = 20;
/// Longest time that judging again may take after one block.
const MAX_TIME: Duration = Duration::from_millis(60);
/// How often a transaction from the journal is submitted that the state does not allow. After a crash the database may
/// be behind.
const MAX_TRIES: u32 = 64;

/// A transaction from the journal.
pub(super) struct Recovering {
	hash: BlockHash,
	extrinsic: OpaqueExtrinsic,
	tries: u32,
}

/// Starts the keeper. It ends with the pool.
pub(super) fn spawn<C: Chain>(inner: &Arc<Inner<C>>) {
	let (pool, bell) = (Arc::downgrade(inner), inner.keeper.clone());
	let work = move || run(&pool, &bell);
	if let Err(error) = std::thread::Builder::new().name("pool-keeper".into()).spawn(work) {
		log::error!(target: crate::LOG, "A thread of the pool cannot be started: {error}");
	}
}

fn run<C: Chain>(pool: &Weak<Inner<C>>, bell: &Bell) {
	loop {
		{
			let mut rung = bell.rung.lock();
			if !rung.work && !rung.closed {
				bell.more.wait_for(&mut rung, IDLE);
			}
			if rung.closed {
				return;
			}
			rung.work = false;
		}
		let Some(inner) = pool.upgrade() else { return };
		// Some blocks come without a notification, such as those of the first sync.
		inner.follow();
		Pool(inner).keep();
	}
}

impl<C: Chain> Pool<C> {
	/// Submits the transactions from the journal again.
	pub fn recover(&self, transactions: Vec<(BlockHash, Vec<u8>)>) {
		let mut state = self.0.state.lock();
		for (hash, bytes) in transactions {
			match OpaqueExtrinsic::decode(&mut &bytes[..]) {
				Ok(extrinsic) => state.recovering.push_back(Recovering { hash, extrinsic, tries: 0 }),
				Err(_) => {
					log::warn!(target: crate::LOG, "The journal has a transaction {hash:?} that is none");
					self.0.journal.iter().for_each(|journal| journal.remove(hash));
				}
			}
		}
		drop(state);
		self.0.keeper.ring();
	}

	/// Does the keeper's work once. The keeper calls this after each block.
	pub fn keep(&self) {
		self.0.expire();
		self.0.judge_again();
		self.take_in_again();
		self.0.measure();
	}

	fn take_in_again(&self) {
		let mut recovering = std::mem::take(&mut self.0.state.lock().recovering);
		let mut back = Vec::new();
		while !recovering.is_empty() {
			let company: Vec<_> = recovering.drain(..recovering.len().min(COMPANY)).collect();
			let submitted: Vec<_> = company
				.iter()
				.map(|one| self.submit(Origin::Journal, TransactionSource::External, one.extrinsic.clone()))
				.collect();
			let results = block_on(join_all(submitted));
			for (mut one, result) in company.into_iter().zip(results) {
				let stays = match result {
					Ok(_) => false,
					Err(PoolError::Known(Known::AlreadyImported(_))) => {
						self.0.state.lock().journaled.insert(one.hash);
						false
					}
					// The transaction is final, or another transaction with its nonce is.
					Err(PoolError::Known(Known::InvalidTransaction(InvalidTransaction::Stale))) => {
						self.0.journal.iter().for_each(|journal| journal.remove(one.hash));
						false
					}
					Err(PoolError::Known(Known::InvalidTransaction(reason))) => {
						one.tries += 1;
						if one.tries >= MAX_TRIES {
							log::warn!(
								target: crate::LOG,
								"Transaction {:?}, accepted before this start, is not valid any more: {reason:?}", one.hash
							);
							self.0.metrics.left("invalid");
							self.0.journal.iter().for_each(|journal| journal.remove(one.hash));
						}
						one.tries < MAX_TRIES
					}
					Err(_) => true,
				};
				if stays {
					back.push(one);
				}
			}
		}
		self.0.state.lock().recovering.extend(back);
	}
}

impl<C: Chain> Inner<C> {
	/// Takes out transactions whose era is over, and transactions that have waited too long for a gap to close.
	fn expire(&self) {
		let now = Instant::now();
		let mut state = self.state.lock();
		let next = u64::from(state.head.height) + 1;
		let over = state.book.all().filter(|held| held.valid_until <= next);
		let over = over.map(|held| (held.hash, Reason::Expired));
		let late = state.waiting.iter().filter(|(_, since)| now.duration_since(**since) >= self.config.gap_expiry);
		let late = late.map(|(hash, _)| (*hash, Reason::GapExpired));
		let leaving: Vec<_> = over.chain(late).collect();
		let mut ready = Vec::new();
		for (hash, reason) in leaving {
			ready.extend(self.take_out(&mut state, &hash, reason).1);
		}
		drop(state);
		self.notify(ready);
	}

	/// Asks the runtime again about the first transaction of each account. If that one is no longer valid, asks about
	/// all transactions of the account.
	fn judge_again(&self) {
		let began = Instant::now();
		let since = std::mem::replace(&mut *self.judged_again.lock(), began);
		let deadline = began + (began.duration_since(since) / PART_AGAIN).min(MAX_TIME);
		let mut due = self.due();
		let mut asked: HashSet<BlockHash> = HashSet::new();
		// The other transactions of an account whose first one was refused: the sender is to be told of all of them at
		// once.
		let mut urgent: Vec<Arc<Held>> = Vec::new();
		while !(due.is_empty() && urgent.is_empty()) {
			let from = match urgent.is_empty() {
				true => &mut due,
				false => &mut urgent,
			};
			let company: Vec<_> = from.drain(..from.len().min(COMPANY_AGAIN)).collect();
			asked.extend(company.iter().map(|held| held.hash));
			let (bare, signed): (Vec<_>, Vec<_>) = company.into_iter().partition(|held| is_bare(&held.extrinsic));
			// A bare transaction moves no one's money, and it may be valid by the clock although it is not by the last
			// block's time. A signed transaction must not be called invalid while a block in progress may hold it, so
			// only the last block's time counts for it.
			for (now, some) in [(true, bare), (false, signed)] {
				for held in self.judge_some(now, &some) {
					let Place::Account(account, _) = &held.place else { continue };
					let rest = self.state.lock().book.of(account);
					urgent.extend(rest.into_iter().filter(|held| asked.insert(held.hash)));
				}
			}
			if urgent.is_empty() && Instant::now() >= deadline {
				return;
			}
		}
	}

	/// The transactions to be judged again. Those that a proposer found invalid come first, then watched ones, then
	/// those that were judged longest ago.
	fn due(&self) -> Vec<Arc<Held>> {
		let state = self.state.lock();
		let struck = state.strikes.keys().filter_map(|hash| state.book.get(hash));
		let heads = state.book.heads().chain(struck);
		let mut due: Vec<_> = heads.filter(|held| is_due(held, state.head.height)).cloned().collect();
		due.sort_by_key(|held| {
			let struck = state.strikes.contains_key(&held.hash);
			let watched = state.watchers.is_watched(&held.hash);
			(!struck, !watched, held.judged_at, held.since)
		});
		due.dedup_by_key(|held| held.hash);
		due.truncate(MAX_AGAIN);
		due
	}

	/// Asks the runtime about `some` transactions. Returns those that were refused and have left.
	fn judge_some(&self, now: bool, some: &[Arc<Held>]) -> Vec<Arc<Held>> {
		if some.is_empty() {
			return Vec::new();
		}
		let at = self.state.lock().head;
		let transactions: Vec<_> = some.iter().map(|held| held.extrinsic.clone()).collect();
		let source = TransactionSource::External;
		let verdicts = judge::ask(&*self.chain, at.hash, source, now, &transactions, &self.metrics);
		let mut refused = Vec::new();
		for (held, verdict) in some.iter().zip(verdicts) {
			let Ok(verdict) = verdict else { continue };
			let mut state = self.state.lock();
			// The block with this transaction may have become final meanwhile.
			if state.book.get(&held.hash).is_none() {
				continue;
			}
			let reason = match verdict.validity {
				Ok(valid) => {
					state.book.renew(&held.hash, |held| {
						held.judged_at = at.height;
						held.priority = valid.priority;
						held.longevity = valid.longevity;
						held.valid_until = valid_until(at.height, valid.longevity);
					});
					continue;
				}
				// The pool has not yet applied the block that used the nonce.
				Err(TransactionValidityError::Invalid(InvalidTransaction::Stale)) if !is_bare(&held.extrinsic) => {
					continue
				}
				Err(TransactionValidityError::Unknown(_)) => continue,
				Err(TransactionValidityError::Invalid(InvalidTransaction::AncientBirthBlock)) => Reason::Expired,
				Err(TransactionValidityError::Invalid(_)) => Reason::Invalid,
			};
			let (left, ready) = self.take_out(&mut state, &held.hash, reason);
			drop(state);
			self.notify(ready);
			refused.extend(left);
		}
		refused
	}

	fn measure(&self) {
		let (ready, waiting) = self.state.lock().book.loads();
		self.metrics.held(ready, waiting);
		if let Some(journal) = &self.journal {
			self.metrics.journal(&journal.stats());
		}
	}
}
