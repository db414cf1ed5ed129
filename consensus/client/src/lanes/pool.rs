//! A pool that takes in of each class what it has room for.

use super::{
	room::{Load, Room},
	tally::{Coming, Tally},
	Owner,
};
use crate::compact::is_bare;
use async_trait::async_trait;
use codec::Encode;
use sc_transaction_pool_api::{
	error::Error as PoolError, ChainEvent, ImportNotificationStream, InPoolTransaction, LocalTransactionFor,
	LocalTransactionPool, MaintainedTransactionPool, PoolStatus, ReadyTransactions, TransactionFor, TransactionPool,
	TransactionSource, TransactionStatusStreamFor, TxHash, TxInvalidityReportMap,
};
use sp_api::ProvideRuntimeApi;
use sp_runtime::OpaqueExtrinsic;
use std::{collections::HashMap, pin::Pin, sync::Arc, time::Duration};
use syndic_primitives::{api::ClassesApi, block::Block, BlockHash};

/// A pool that takes in of each class what it has room for, and passes all else on to the pool within.
///
/// Only when more is in it, or on its way, than a quarter of the limit, is a transaction's class asked for: at the runtime,
/// which costs much less than the validation that follows. What is refused gets the pool's own answer for a pool that is
/// full, and may be sent again. Evidence and validators' duties are never refused here: the runtime lets in only as much of
/// them as the chain waits for.
pub struct LanedPool<P, C> {
	inner: P,
	client: Arc<C>,
	tally: Tally,
}

impl<P, C> LanedPool<P, C>
where
	P: TransactionPool<Block = Block>,
	C: ProvideRuntimeApi<Block, Api: ClassesApi<Block>> + Send + Sync,
{
	/// Before this pool, which drops transactions when it holds more than so many, or more than so many bytes.
	pub fn new(inner: P, client: Arc<C>, transactions: usize, bytes: usize) -> Self {
		let limit = Load { count: transactions as u64, bytes: bytes as u64 };
		Self { inner, client, tally: Tally::new(limit) }
	}

	/// Counts a transaction if there is room for it.
	fn enter(&self, at: BlockHash, extrinsic: &OpaqueExtrinsic) -> Result<Coming<'_>, PoolError> {
		let load = Load::one(extrinsic.encoded_size());
		let status = self.inner.status();
		let held = Load { count: status.ready as u64, bytes: status.ready_bytes as u64 };
		if self.tally.is_calm(held) {
			return Ok(self.tally.pass(load));
		}
		// A runtime that knows no classes has no lanes; what it cannot read it will not take.
		let Ok(class) = self.client.runtime_api().class_of(at, extrinsic.clone()) else {
			return Ok(self.tally.pass(load));
		};
		let owner = match (class, is_bare(extrinsic)) {
			(None, true) => return Ok(self.tally.pass(load)),
			(None, false) => Owner::Chain,
			(Some(_), true) => Owner::Newcomer,
			(Some(class), false) => Owner::Class(class),
		};
		self.tally.enter(owner, load, |limit| self.count(at, limit)).ok_or_else(|| {
			log::debug!(target: crate::LOG, "The pool has no room for another transaction: {owner:?}");
			PoolError::ImmediatelyDropped
		})
	}

	/// What is in the pool, by class.
	fn count(&self, at: BlockHash, limit: Load) -> Room {
		let classes = self.client.runtime_api().classes(at).unwrap_or_default();
		let mut room = Room::new(limit, &classes);
		for transaction in self.inner.ready() {
			let owner = Owner::of(*transaction.priority(), &classes);
			room.count(Some(owner), Load::one(transaction.data().encoded_size()));
		}
		room
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
				Ok(coming) => {
					results.push(None);
					entered.push(coming);
					passed.push(extrinsic);
				}
				Err(refused) => results.push(Some(Err(refused.into()))),
			}
		}
		let answers = match passed.is_empty() {
			true => Vec::new(),
			false => self.inner.submit_at(at, source, passed).await?,
		};
		for (coming, _) in entered.into_iter().zip(&answers).filter(|(_, answer)| answer.is_ok()) {
			coming.taken();
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
		let coming = self.enter(at, &extrinsic)?;
		let hash = self.inner.submit_one(at, source, extrinsic).await?;
		coming.taken();
		Ok(hash)
	}

	async fn submit_and_watch(
		&self,
		at: BlockHash,
		source: TransactionSource,
		extrinsic: TransactionFor<Self>,
	) -> Result<Pin<Box<TransactionStatusStreamFor<Self>>>, Self::Error> {
		let coming = self.enter(at, &extrinsic)?;
		let watched = self.inner.submit_and_watch(at, source, extrinsic).await?;
		coming.taken();
		Ok(watched)
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
