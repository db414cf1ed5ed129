//! A pool that takes in of each class what it has room for.

use super::{
	room::{Load, Room},
	Owner,
};
use async_trait::async_trait;
use codec::Encode;
use parking_lot::Mutex;
use sc_transaction_pool_api::{
	error::Error as PoolError, ChainEvent, ImportNotificationStream, InPoolTransaction, LocalTransactionFor,
	LocalTransactionPool, MaintainedTransactionPool, PoolStatus, ReadyTransactions, TransactionFor, TransactionPool,
	TransactionSource, TransactionStatusStreamFor, TxHash, TxInvalidityReportMap,
};
use sp_api::ProvideRuntimeApi;
use sp_runtime::OpaqueExtrinsic;
use std::{
	collections::HashMap,
	pin::Pin,
	sync::Arc,
	time::{Duration, Instant},
};
use syndic_primitives::{api::ClassesApi, block::Block, BlockHash, ClassInfo};

/// Up to what part of its limit a pool takes in whatever comes: one of so many. Nobody is kept out by it.
const CALM: u64 = 4;

/// After how long it is counted again what is in the pool. What has come in since then is added meanwhile; what has gone
/// out counts on.
const COUNT_AGAIN: Duration = Duration::from_millis(250);

/// A pool that takes in of each class what it has room for, and passes all else on to the pool within.
///
/// Only when more is in it than a quarter of the limit, is a transaction's class asked for: at the runtime, which costs
/// much less than the validation that follows. What is refused gets the pool's own answer for a pool that is full, and may
/// be sent again.
pub struct LanedPool<P, C> {
	inner: P,
	client: Arc<C>,
	/// How many transactions the inner one holds, and how many bytes, before it drops any.
	limit: Load,
	counted: Mutex<Counted>,
}

#[derive(Default)]
struct Counted {
	room: Room,
	at: Option<Instant>,
}

impl<P, C> LanedPool<P, C>
where
	P: TransactionPool<Block = Block>,
	C: ProvideRuntimeApi<Block, Api: ClassesApi<Block>> + Send + Sync,
{
	/// Before this pool, which drops transactions when it holds more than `limit`.
	pub fn new(inner: P, client: Arc<C>, transactions: usize, bytes: usize) -> Self {
		let limit = Load { count: transactions as u64, bytes: bytes as u64 };
		Self { inner, client, limit, counted: Mutex::default() }
	}

	fn is_calm(&self) -> bool {
		let status = self.inner.status();
		let is_low = |held: usize, limit: u64| (held as u64) < limit / CALM;
		is_low(status.ready, self.limit.count) && is_low(status.ready_bytes, self.limit.bytes)
	}

	/// Counts a transaction if there is room for it. `Ok(None)`: nothing was counted.
	fn enter(&self, at: BlockHash, extrinsic: &OpaqueExtrinsic) -> Result<Option<(Owner, Load)>, PoolError> {
		if self.is_calm() {
			return Ok(None);
		}
		// A runtime that knows no classes has no lanes.
		let Ok(class) = self.client.runtime_api().class_of(at, extrinsic.clone()) else { return Ok(None) };
		let Some(class) = class else { return Ok(None) };
		let load = Load::one(extrinsic.encoded_size());
		let mut counted = self.counted.lock();
		if counted.at.is_none_or(|at| at.elapsed() > COUNT_AGAIN) {
			let classes = self.client.runtime_api().classes(at).unwrap_or_default();
			counted.room = self.count(&classes);
			counted.at = Some(Instant::now());
		}
		let owner = Owner::Class(class);
		if !counted.room.admits(owner, load) {
			log::debug!(target: crate::LOG, "The pool has no room for another transaction of class {}", class.0);
			return Err(PoolError::ImmediatelyDropped);
		}
		counted.room.count(owner, load);
		Ok(Some((owner, load)))
	}

	/// What is in the pool, by class.
	fn count(&self, classes: &[ClassInfo]) -> Room {
		let mut room = Room::new(self.limit, classes);
		for transaction in self.inner.ready() {
			let owner = Owner::of(*transaction.priority(), classes);
			room.count(owner, Load::one(transaction.data().encoded_size()));
		}
		room
	}

	/// What was counted was not taken in.
	fn leave(&self, entered: Option<(Owner, Load)>) {
		if let Some((owner, load)) = entered {
			self.counted.lock().room.uncount(owner, load);
		}
	}
}

#[async_trait]
impl<P, C> TransactionPool for LanedPool<P, C>
where
	P: TransactionPool<Block = Block>,
	C: ProvideRuntimeApi<Block, Api: ClassesApi<Block>> + Send + Sync,
{
	type Block = Block;
	type Hash = P::Hash;
	type InPoolTransaction = P::InPoolTransaction;
	type Error = P::Error;

	async fn submit_at(
		&self,
		at: BlockHash,
		source: TransactionSource,
		extrinsics: Vec<TransactionFor<Self>>,
	) -> Result<Vec<Result<TxHash<Self>, Self::Error>>, Self::Error> {
		let mut results = Vec::with_capacity(extrinsics.len());
		let mut entered = Vec::new();
		let mut passed = Vec::new();
		for extrinsic in extrinsics {
			match self.enter(at, &extrinsic) {
				Ok(counted) => {
					results.push(None);
					entered.push(counted);
					passed.push(extrinsic);
				}
				Err(refused) => results.push(Some(Err(refused.into()))),
			}
		}
		let answers = match passed.is_empty() {
			true => Vec::new(),
			false => self.inner.submit_at(at, source, passed).await?,
		};
		for (counted, answer) in entered.iter().zip(&answers) {
			if answer.is_err() {
				self.leave(*counted);
			}
		}
		let mut answers = answers.into_iter();
		// The inner pool answers each.
		Ok(results.into_iter().filter_map(|result| result.or_else(|| answers.next())).collect())
	}

	async fn submit_one(
		&self,
		at: BlockHash,
		source: TransactionSource,
		extrinsic: TransactionFor<Self>,
	) -> Result<TxHash<Self>, Self::Error> {
		let entered = self.enter(at, &extrinsic)?;
		let result = self.inner.submit_one(at, source, extrinsic).await;
		if result.is_err() {
			self.leave(entered);
		}
		result
	}

	async fn submit_and_watch(
		&self,
		at: BlockHash,
		source: TransactionSource,
		extrinsic: TransactionFor<Self>,
	) -> Result<Pin<Box<TransactionStatusStreamFor<Self>>>, Self::Error> {
		let entered = self.enter(at, &extrinsic)?;
		let result = self.inner.submit_and_watch(at, source, extrinsic).await;
		if result.is_err() {
			self.leave(entered);
		}
		result
	}

	async fn ready_at(&self, at: BlockHash) -> Box<dyn ReadyTransactions<Item = Arc<Self::InPoolTransaction>> + Send> {
		self.inner.ready_at(at).await
	}

	fn ready(&self) -> Box<dyn ReadyTransactions<Item = Arc<Self::InPoolTransaction>> + Send> {
		self.inner.ready()
	}

	async fn report_invalid(
		&self,
		at: Option<BlockHash>,
		invalid: TxInvalidityReportMap<TxHash<Self>>,
	) -> Vec<Arc<Self::InPoolTransaction>> {
		self.inner.report_invalid(at, invalid).await
	}

	fn futures(&self) -> Vec<Self::InPoolTransaction> {
		self.inner.futures()
	}

	fn status(&self) -> PoolStatus {
		self.inner.status()
	}

	fn import_notification_stream(&self) -> ImportNotificationStream<TxHash<Self>> {
		self.inner.import_notification_stream()
	}

	fn on_broadcasted(&self, propagations: HashMap<TxHash<Self>, Vec<String>>) {
		self.inner.on_broadcasted(propagations)
	}

	fn hash_of(&self, extrinsic: &TransactionFor<Self>) -> TxHash<Self> {
		self.inner.hash_of(extrinsic)
	}

	fn ready_transaction(&self, hash: &TxHash<Self>) -> Option<Arc<Self::InPoolTransaction>> {
		self.inner.ready_transaction(hash)
	}

	async fn ready_at_with_timeout(
		&self,
		at: BlockHash,
		timeout: Duration,
	) -> Box<dyn ReadyTransactions<Item = Arc<Self::InPoolTransaction>> + Send> {
		self.inner.ready_at_with_timeout(at, timeout).await
	}
}

#[async_trait]
impl<P, C> MaintainedTransactionPool for LanedPool<P, C>
where
	P: MaintainedTransactionPool<Block = Block>,
	C: ProvideRuntimeApi<Block, Api: ClassesApi<Block>> + Send + Sync,
{
	async fn maintain(&self, event: ChainEvent<Self::Block>) {
		self.inner.maintain(event).await
	}
}

/// What the node itself submits is let in.
impl<P, C> LocalTransactionPool for LanedPool<P, C>
where
	P: LocalTransactionPool<Block = Block>,
	C: Send + Sync,
{
	type Block = Block;
	type Hash = P::Hash;
	type Error = P::Error;

	fn submit_local(&self, at: BlockHash, extrinsic: LocalTransactionFor<Self>) -> Result<Self::Hash, Self::Error> {
		self.inner.submit_local(at, extrinsic)
	}
}
