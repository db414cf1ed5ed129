//! Submission: checks a transaction and takes it in.

use super::{judge, Inner, Pool, State};
use crate::{
	backlog::Counted,
	book::{Bounds, Entered, Refused},
	chain::{At, Chain},
	error::PoolError,
	extrinsic::{account_of_tag, hash_of, is_bare, signer_of, Nonce},
	held::{Held, Origin, Place},
	owner::Owner,
	queue::{From, NotJudged},
	room::{Load, Room},
	tally::Coming,
	watch::Status,
};
use codec::Encode;
use futures::channel::mpsc;
use sc_transaction_pool_api::{error::Error as Known, TransactionStatus};
use sp_runtime::{
	transaction_validity::{TransactionSource, ValidTransaction},
	AccountId32, OpaqueExtrinsic,
};
use std::{
	sync::Arc,
	time::{Duration, Instant},
};
use syndic_primitives::{api::Verdict, block::BlockNumber, classes::class_of_priority, BlockHash};

/// A client's transaction that has not been judged after this time is refused. Clients are promised an answer within a
/// second, and the journal needs a part of it.
const MAX_TIME_TO_JUDGE: Duration = Duration::from_millis(400);

/// The answer to a submission: the transaction's hash, and its statuses if they were asked for.
pub(super) type Accepted = (BlockHash, Option<mpsc::Receiver<Status>>);

impl<C: Chain> Pool<C> {
	/// Takes a transaction in, or says why not. A client's transaction is in the journal before this succeeds.
	pub async fn submit(
		&self,
		origin: Origin,
		source: TransactionSource,
		extrinsic: OpaqueExtrinsic,
	) -> Result<BlockHash, PoolError> {
		self.accept(origin, source, extrinsic, false).await.map(|(hash, _)| hash)
	}

	/// As [`Self::submit`], and returns a stream of the transaction's statuses. A transaction that is in the pool
	/// already can be watched as well.
	pub async fn submit_and_watch(
		&self,
		origin: Origin,
		source: TransactionSource,
		extrinsic: OpaqueExtrinsic,
	) -> Result<mpsc::Receiver<Status>, PoolError> {
		let (_, watching) = self.accept(origin, source, extrinsic, true).await?;
		watching.ok_or(PoolError::Known(Known::ImmediatelyDropped))
	}

	async fn accept(
		&self,
		origin: Origin,
		source: TransactionSource,
		extrinsic: OpaqueExtrinsic,
		watch: bool,
	) -> Result<Accepted, PoolError> {
		let accepted = self.0.try_accept(origin, source, extrinsic, watch).await;
		match accepted {
			Ok(accepted) => {
				self.0.metrics.accepted(origin);
				Ok(accepted)
			}
			Err(error) => {
				self.0.metrics.refused(error.label());
				Err(error.told_to(origin))
			}
		}
	}
}

impl<C: Chain> Inner<C> {
	async fn try_accept(
		&self,
		origin: Origin,
		source: TransactionSource,
		extrinsic: OpaqueExtrinsic,
		watch: bool,
	) -> Result<Accepted, PoolError> {
		let hash = hash_of(&extrinsic);
		if self.get(&hash).is_some() {
			return self.known(hash, origin, watch).await;
		}
		if origin == Origin::Client && self.backlog.lock().is_refused(Instant::now(), &hash) {
			return Err(PoolError::Behind);
		}
		let began = Instant::now();
		let bytes = extrinsic.encoded_size();
		let (coming, counted) = self.room(origin, hash, &extrinsic, Load::one(bytes))?;
		let extrinsic = Arc::new(extrinsic);
		let judged = self.judge(origin, source, extrinsic.clone()).await?;
		let held = held(hash, extrinsic, bytes, origin, judged)?;
		if origin == Origin::Client {
			if began.elapsed() > MAX_TIME_TO_JUDGE {
				return Err(PoolError::Behind);
			}
			self.check(&held)?;
			self.write(hash, &held.extrinsic).await?;
		}
		let entered = self.enter(held, watch);
		if entered.is_err() && origin == Origin::Client {
			self.unwrite(hash);
		}
		let watching = entered?;
		coming.taken();
		if let Some(counted) = counted {
			counted.taken();
		}
		Ok((hash, watching))
	}

	/// Answers for a transaction that is in the pool. A watcher is added; a plain submission is refused as known.
	async fn known(&self, hash: BlockHash, origin: Origin, watch: bool) -> Result<Accepted, PoolError> {
		if !watch {
			return Err(PoolError::refused(Refused::Known, hash));
		}
		if let (Origin::Client, Some(held)) = (origin, self.get(&hash)) {
			self.write(hash, &held.extrinsic).await?;
		}
		let mut state = self.state.lock();
		// The transaction may have left meanwhile. The submission then fails, and the sender can repeat it.
		let Some(held) = state.book.get(&hash).cloned() else {
			drop(state);
			self.unwrite(hash);
			return Err(PoolError::Known(Known::ImmediatelyDropped));
		};
		if origin == Origin::Client && self.journal.is_some() {
			state.journaled.insert(hash);
		}
		let watching = state.watchers.watch(hash);
		let status = match state.book.is_ready(&held) {
			true => TransactionStatus::Ready,
			false => TransactionStatus::Future,
		};
		state.watchers.tell(&hash, &status);
		Ok((hash, watching))
	}

	/// Counts a transaction that comes in, if its class has room for it.
	fn room(
		&self,
		origin: Origin,
		hash: BlockHash,
		extrinsic: &OpaqueExtrinsic,
		load: Load,
	) -> Result<(Coming<'_>, Option<Counted<'_, AccountId32>>), PoolError> {
		let tally = match origin {
			Origin::Client => &self.clients,
			Origin::Peer => &self.peers,
			// The chain waits for the node's transactions, and this node has promised to keep those from the journal.
			Origin::Node | Origin::Journal => return Ok((self.peers.pass(load), None)),
		};
		let (ready, waiting) = self.state.lock().book.loads();
		let is_busy = origin == Origin::Client && self.backlog.lock().is_busy();
		if tally.is_calm(ready.plus(waiting)) && !is_busy {
			return Ok((tally.pass(load), None));
		}
		let at = self.chain.finalised();
		// A transaction that the runtime cannot read will be refused when it is judged.
		let Ok(class) = self.chain.class_of(at.hash, extrinsic) else { return Ok((tally.pass(load), None)) };
		let owner = match (class, is_bare(extrinsic)) {
			(None, true) => return Ok((tally.pass(load), None)),
			(None, false) => Owner::Chain,
			(Some(_), true) => Owner::Newcomer,
			(Some(class), false) => Owner::Class(class),
		};
		let coming = tally.enter(owner, load, |limit| self.count(at, limit)).ok_or_else(|| {
			log::debug!(target: crate::LOG, "The pool has no room for another transaction: {owner:?}");
			PoolError::Known(Known::ImmediatelyDropped)
		})?;
		let counted = match (is_busy, owner, signer_of(extrinsic)) {
			(true, Owner::Class(class), Some(account)) => {
				Some(Counted::enter(&self.backlog, hash, class, account).ok_or(PoolError::Behind)?)
			}
			_ => None,
		};
		Ok((coming, counted))
	}

	/// The load of each class in the pool.
	fn count(&self, at: At, limit: Load) -> Room {
		let classes = self.chain.classes(at.hash);
		let mut room = Room::new(limit, &classes);
		for held in self.state.lock().book.all() {
			room.count(Some(Owner::of(held.priority, &classes)), Load::one(held.bytes));
		}
		room
	}

	async fn judge(
		&self,
		origin: Origin,
		source: TransactionSource,
		extrinsic: Arc<OpaqueExtrinsic>,
	) -> Result<(Verdict, BlockNumber), PoolError> {
		let from = match origin {
			Origin::Client => From::Client,
			Origin::Peer | Origin::Journal => From::Peer,
			// The engine waits for the answer, and submits few transactions.
			Origin::Node => {
				let at = self.chain.finalised();
				let mut verdicts = judge::ask(&*self.chain, at.hash, source, true, &[extrinsic], &self.metrics);
				let verdict =
					verdicts.pop().unwrap_or_else(|| Err(crate::chain::ChainError::of("judging")(&"no answer")));
				return Ok((verdict?, at.height));
			}
		};
		let answer = self.queue.put(from, source, extrinsic)?;
		Ok(answer.await.unwrap_or(Err(NotJudged::Busy))?)
	}

	fn bounds(&self, origin: Origin) -> Bounds {
		match origin {
			Origin::Client => self.config.of_clients(),
			Origin::Peer | Origin::Node | Origin::Journal => self.config.of_peers(),
		}
	}

	/// The nonce that the state expects of the account in this place; 0 for a bare transaction.
	fn next(&self, state: &State, held: &Held) -> Result<Nonce, PoolError> {
		let Place::Account(account, _) = &held.place else { return Ok(0) };
		match state.book.next_of(account) {
			Some(next) => Ok(next),
			None => Ok(self.chain.nonce(state.head.hash, account)?),
		}
	}

	fn check(&self, held: &Held) -> Result<(), PoolError> {
		let state = self.state.lock();
		let next = self.next(&state, held)?;
		let now = Instant::now();
		if state.book.would_wait(held, next) && self.backlog.lock().is_tight(now, class_of_priority(held.priority)) {
			return Err(PoolError::Behind);
		}
		let checked = state.book.check(held, &self.bounds(held.origin), next);
		checked.map_err(|refused| {
			if refused == Refused::AllTooManyWaiting {
				// Most of what is offered then is offered again and again, and must not be judged each time.
				self.backlog.lock().refuse(now, held.hash);
			}
			PoolError::refused(refused, held.hash)
		})
	}

	/// Writes a transaction to the journal, if there is one.
	async fn write(&self, hash: BlockHash, extrinsic: &OpaqueExtrinsic) -> Result<(), PoolError> {
		let Some(journal) = &self.journal else { return Ok(()) };
		let began = Instant::now();
		let written = journal.append(hash, extrinsic.encode()).await;
		self.metrics.journaled(began.elapsed());
		if let Err(error) = &written {
			self.metrics.journal_failed(error);
		}
		Ok(written?)
	}

	/// Removes a transaction from the journal, unless it is in the pool.
	fn unwrite(&self, hash: BlockHash) {
		let Some(journal) = &self.journal else { return };
		let state = self.state.lock();
		if state.book.get(&hash).is_none() {
			journal.remove(hash);
		}
	}

	fn enter(&self, held: Held, watch: bool) -> Result<Option<mpsc::Receiver<Status>>, PoolError> {
		let (hash, origin) = (held.hash, held.origin);
		let mut state = self.state.lock();
		let next = self.next(&state, &held)?;
		let of = match &held.place {
			Place::Account(account, _) if origin != Origin::Client => Some((held.priority, account.clone())),
			_ => None,
		};
		let entered = state.book.enter(held, &self.bounds(origin), next);
		let (entered, changes) = entered.map_err(|refused| PoolError::refused(refused, hash))?;
		if matches!(origin, Origin::Client | Origin::Journal) && self.journal.is_some() {
			state.journaled.insert(hash);
		}
		let watching = watch.then(|| state.watchers.watch(hash)).flatten();
		let status = match entered {
			Entered::Ready => {
				// Clients' transactions are counted when they come in, by `admits`.
				if let Some((priority, account)) = of {
					self.backlog.lock().count(class_of_priority(priority), account);
				}
				TransactionStatus::Ready
			}
			Entered::Waiting => {
				state.waiting.insert(hash, Instant::now());
				TransactionStatus::Future
			}
		};
		state.watchers.tell(&hash, &status);
		let ready = state.change(changes);
		drop(state);
		self.notify(std::iter::once(hash).chain(ready));
		Ok(watching)
	}
}

/// Makes a held transaction of the runtime's verdict.
fn held(
	hash: BlockHash,
	extrinsic: Arc<OpaqueExtrinsic>,
	bytes: usize,
	origin: Origin,
	(verdict, judged_at): (Verdict, BlockNumber),
) -> Result<Held, PoolError> {
	let valid = verdict.validity.map_err(PoolError::invalid)?;
	let ValidTransaction { priority, requires, provides, longevity, propagate } = valid;
	let first = provides.first().ok_or(Known::NoTagsProvided)?;
	let account = match is_bare(&extrinsic) {
		true => None,
		false => account_of_tag(first),
	};
	let (place, requires) = match account {
		None => (Place::Bare(first.clone()), requires),
		Some((account, nonce)) => {
			// The tag of the nonce before is named even if the state has it: the transaction may be in a block that is
			// not final.
			let before = nonce.checked_sub(1).map(|before| (&account, before).encode());
			(Place::Account(account, nonce), before.into_iter().collect())
		}
	};
	Ok(Held {
		hash,
		extrinsic,
		bytes,
		priority,
		valid_until: valid_until(judged_at, longevity),
		longevity,
		place,
		requires,
		provides,
		propagate,
		institution: verdict.institution,
		origin,
		since: Instant::now(),
		judged_at,
	})
}

/// The first height at which a transaction is no longer valid, if after block `at` it was valid for `longevity` blocks.
pub(super) fn valid_until(at: BlockNumber, longevity: u64) -> u64 {
	u64::from(at).saturating_add(1).saturating_add(longevity)
}
