//! The pool behind the SDK's traits.

use crate::{
	chain::Chain,
	error::PoolError,
	extrinsic::hash_of,
	held::{Held, Origin},
	pool::{Pool, Report},
	ready::Ready,
};
use async_trait::async_trait;
use futures::{executor::block_on, StreamExt};
use sc_transaction_pool_api::{
	ChainEvent, ImportNotificationStream, LocalTransactionFor, LocalTransactionPool, MaintainedTransactionPool,
	PoolStatus, ReadyTransactions, TransactionFor, TransactionPool, TransactionSource, TransactionStatusStreamFor,
	TxHash, TxInvalidityReportMap,
};
use sp_runtime::{
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	OpaqueExtrinsic,
};
use std::{collections::HashMap, pin::Pin, sync::Arc, time::Duration};
use syndic_primitives::{block::Block, BlockHash};

/// The pool as one kind of caller sees it. The SDK's calls do not say who hands a transaction in, so RPC and the engine
/// use one face and the network uses another.
pub struct Face<C: Chain> {
	pool: Pool<C>,
	peers: bool,
}

impl<C: Chain> Face<C> {
	/// The face for RPC, for the engine and for all other parts of this node.
	pub fn for_clients(pool: Pool<C>) -> Self {
		Self { pool, peers: false }
	}

	/// The face for the network protocol that exchanges transactions with other nodes.
	pub fn for_peers(pool: Pool<C>) -> Self {
		Self { pool, peers: true }
	}

	/// The pool behind this face.
	pub fn pool(&self) -> &Pool<C> {
		&self.pool
	}

	fn origin(&self, source: TransactionSource) -> Origin {
		match (self.peers, source) {
			(true, _) => Origin::Peer,
			(false, TransactionSource::Local | TransactionSource::InBlock) => Origin::Node,
			(false, TransactionSource::External) => Origin::Client,
		}
	}
}

type Offered = Box<dyn ReadyTransactions<Item = Arc<Held>> + Send>;

#[async_trait]
impl<C: Chain> TransactionPool for Face<C> {
	type Block = Block;
	type Hash = BlockHash;
	type InPoolTransaction = Held;
	type Error = PoolError;

	async fn submit_at(
		&self,
		_: BlockHash,
		source: TransactionSource,
		extrinsics: Vec<TransactionFor<Self>>,
	) -> Result<Vec<Result<TxHash<Self>, PoolError>>, PoolError> {
		let origin = self.origin(source);
		let all = extrinsics.into_iter().map(|extrinsic| self.pool.submit(origin, source, extrinsic));
		Ok(futures::future::join_all(all).await)
	}

	async fn submit_one(
		&self,
		_: BlockHash,
		source: TransactionSource,
		extrinsic: TransactionFor<Self>,
	) -> Result<TxHash<Self>, PoolError> {
		self.pool.submit(self.origin(source), source, extrinsic).await
	}

	async fn submit_and_watch(
		&self,
		_: BlockHash,
		source: TransactionSource,
		extrinsic: TransactionFor<Self>,
	) -> Result<Pin<Box<TransactionStatusStreamFor<Self>>>, PoolError> {
		Ok(self.pool.submit_and_watch(self.origin(source), source, extrinsic).await?.boxed())
	}

	async fn ready_at(&self, at: BlockHash) -> Offered {
		Box::new(self.pool.ready_on(at))
	}

	/// Peers are offered all transactions: one that waits here for an earlier one of its sender may be ready on a node
	/// that holds that one.
	fn ready(&self) -> Offered {
		match self.peers {
			true => Box::new(Ready::new(self.pool.all().into_iter().map(|held| vec![held]).collect())),
			false => Box::new(self.pool.ready()),
		}
	}

	async fn report_invalid(
		&self,
		at: Option<BlockHash>,
		reported: TxInvalidityReportMap<BlockHash>,
	) -> Vec<Arc<Held>> {
		let reports = reported.into_iter().filter_map(|(hash, error)| {
			let report = match (error, at) {
				(None, None) => Report::Removed,
				(None, Some(_)) => Report::Fails,
				// The pool learns from final blocks which nonces are used. A transaction that has no room in one block
				// goes into another.
				(
					Some(TransactionValidityError::Invalid(InvalidTransaction::Stale | InvalidTransaction::Future)),
					_,
				) => return None,
				(Some(error), _) if error.exhausted_resources() => return None,
				(Some(_), _) => Report::Invalid,
			};
			Some((hash, report))
		});
		self.pool.report_invalid(reports)
	}

	fn futures(&self) -> Vec<Held> {
		self.pool.waiting().iter().map(|held| Held::clone(held)).collect()
	}

	fn status(&self) -> PoolStatus {
		self.pool.status()
	}

	fn import_notification_stream(&self) -> ImportNotificationStream<BlockHash> {
		self.pool.notices()
	}

	fn on_broadcasted(&self, propagations: HashMap<BlockHash, Vec<String>>) {
		self.pool.broadcast(propagations)
	}

	fn hash_of(&self, extrinsic: &OpaqueExtrinsic) -> BlockHash {
		hash_of(extrinsic)
	}

	fn ready_transaction(&self, hash: &BlockHash) -> Option<Arc<Held>> {
		self.pool.get(hash)
	}

	async fn ready_at_with_timeout(&self, at: BlockHash, _: Duration) -> Offered {
		Box::new(self.pool.ready_on(at))
	}
}

#[async_trait]
impl<C: Chain> MaintainedTransactionPool for Face<C> {
	/// In this chain only final blocks count, so the event itself is not needed.
	async fn maintain(&self, _: ChainEvent<Block>) {
		self.pool.follow();
	}
}

impl<C: Chain> LocalTransactionPool for Face<C> {
	type Block = Block;
	type Hash = BlockHash;
	type Error = PoolError;

	fn submit_local(&self, _: BlockHash, extrinsic: LocalTransactionFor<Self>) -> Result<BlockHash, PoolError> {
		block_on(self.pool.submit(Origin::Node, TransactionSource::Local, extrinsic))
	}
}
