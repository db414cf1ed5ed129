//! The pool that keeps a flood out, around one that takes whatever comes.

use super::shipped;
use crate::{compact::hash_of, lanes::pool::LanedPool};
use async_trait::async_trait;
use futures::{executor::block_on, stream, StreamExt};
use parking_lot::Mutex;
use sc_transaction_pool_api::{
	error::Error, ImportNotificationStream, InPoolTransaction, PoolStatus, ReadyTransactions, TransactionPool,
	TransactionSource, TransactionStatusStream, TxInvalidityReportMap,
};
use sp_api::{ApiRef, ProvideRuntimeApi};
use sp_runtime::OpaqueExtrinsic;
use std::{collections::HashMap, pin::Pin, sync::Arc, time::Duration};
use syndic_primitives::{
	block::Block,
	classes::{pool_priority, GOVERNING_PRIORITY},
	BlockHash, ClassId, ClassInfo,
};

/// The class of what belongs to none.
const NONE: u8 = 255;
/// What the inner pool refuses.
const BAD: u8 = 254;

/// The first byte says whether somebody has signed it, the second one of which class it is.
fn signed(class: u8, n: u32) -> OpaqueExtrinsic {
	OpaqueExtrinsic::from_blob([&[0x84, class], &n.to_le_bytes()[..]].concat())
}

fn bare(class: u8, n: u32) -> OpaqueExtrinsic {
	OpaqueExtrinsic::from_blob([&[0x05, class], &n.to_le_bytes()[..]].concat())
}

/// A transaction that is in the pool.
struct Held {
	extrinsic: Arc<OpaqueExtrinsic>,
	hash: BlockHash,
	priority: u64,
}

impl InPoolTransaction for Held {
	type Transaction = Arc<OpaqueExtrinsic>;
	type Hash = BlockHash;

	fn data(&self) -> &Self::Transaction {
		&self.extrinsic
	}
	fn hash(&self) -> &BlockHash {
		&self.hash
	}
	fn priority(&self) -> &u64 {
		&self.priority
	}
	fn longevity(&self) -> &u64 {
		&u64::MAX
	}
	fn requires(&self) -> &[Vec<u8>] {
		&[]
	}
	fn provides(&self) -> &[Vec<u8>] {
		&[]
	}
	fn is_propagable(&self) -> bool {
		true
	}
}

/// In any order.
struct All(std::vec::IntoIter<Arc<Held>>);

impl Iterator for All {
	type Item = Arc<Held>;

	fn next(&mut self) -> Option<Self::Item> {
		self.0.next()
	}
}

impl ReadyTransactions for All {
	fn report_invalid(&mut self, _: &Self::Item) {}
}

type Ready = Box<dyn ReadyTransactions<Item = Arc<Held>> + Send>;

/// Takes whatever comes, but for what is [`BAD`].
#[derive(Default)]
struct Bottomless(Mutex<Vec<Arc<Held>>>);

#[async_trait]
impl TransactionPool for Bottomless {
	type Block = Block;
	type Hash = BlockHash;
	type InPoolTransaction = Held;
	type Error = Error;

	async fn submit_at(
		&self,
		at: BlockHash,
		source: TransactionSource,
		extrinsics: Vec<OpaqueExtrinsic>,
	) -> Result<Vec<Result<BlockHash, Error>>, Error> {
		let mut results = Vec::new();
		for extrinsic in extrinsics {
			results.push(self.submit_one(at, source, extrinsic).await);
		}
		Ok(results)
	}

	async fn submit_one(
		&self,
		_: BlockHash,
		_: TransactionSource,
		extrinsic: OpaqueExtrinsic,
	) -> Result<BlockHash, Error> {
		let class = extrinsic.inner()[1];
		let hash = hash_of(&extrinsic);
		let priority = match class {
			BAD => return Err(Error::Unactionable),
			_ if extrinsic.inner()[0] == 0x05 => u64::MAX / 2,
			NONE => GOVERNING_PRIORITY,
			class => pool_priority(10, ClassId(class)),
		};
		self.0.lock().push(Arc::new(Held { extrinsic: Arc::new(extrinsic), hash, priority }));
		Ok(hash)
	}

	async fn submit_and_watch(
		&self,
		at: BlockHash,
		source: TransactionSource,
		extrinsic: OpaqueExtrinsic,
	) -> Result<Pin<Box<TransactionStatusStream<BlockHash, BlockHash>>>, Error> {
		self.submit_one(at, source, extrinsic).await?;
		Ok(stream::empty().boxed())
	}

	async fn ready_at(&self, _: BlockHash) -> Ready {
		self.ready()
	}

	fn ready(&self) -> Ready {
		Box::new(All(self.0.lock().clone().into_iter()))
	}

	async fn report_invalid(&self, _: Option<BlockHash>, _: TxInvalidityReportMap<BlockHash>) -> Vec<Arc<Held>> {
		Vec::new()
	}

	fn futures(&self) -> Vec<Held> {
		Vec::new()
	}

	fn status(&self) -> PoolStatus {
		let held = self.0.lock();
		let ready_bytes = held.iter().map(|held| held.extrinsic.inner().len()).sum();
		PoolStatus { ready: held.len(), ready_bytes, future: 0, future_bytes: 0 }
	}

	fn import_notification_stream(&self) -> ImportNotificationStream<BlockHash> {
		futures::channel::mpsc::channel(0).1
	}

	fn on_broadcasted(&self, _: HashMap<BlockHash, Vec<String>>) {}

	fn hash_of(&self, extrinsic: &OpaqueExtrinsic) -> BlockHash {
		hash_of(extrinsic)
	}

	fn ready_transaction(&self, _: &BlockHash) -> Option<Arc<Held>> {
		None
	}

	async fn ready_at_with_timeout(&self, _: BlockHash, _: Duration) -> Ready {
		self.ready()
	}
}

/// A runtime with the classes that ship.
#[derive(Clone)]
struct Runtime;

impl ProvideRuntimeApi<Block> for Runtime {
	type Api = Self;

	fn runtime_api(&self) -> ApiRef<'_, Self> {
		self.clone().into()
	}
}

sp_api::mock_impl_runtime_apis! {
	impl syndic_primitives::api::ClassesApi<Block> for Runtime {
		fn classes() -> Vec<ClassInfo> {
			shipped()
		}
		fn class_of(extrinsic: OpaqueExtrinsic) -> Option<ClassId> {
			let class = extrinsic.inner()[1];
			(class != NONE).then_some(ClassId(class))
		}
	}
}

type Pool = LanedPool<Bottomless, Runtime>;

/// Of 160 transactions ten are kept for the chain; 30, 22, 15 and 7 are promised, and 76 are for whoever comes.
fn pool() -> Pool {
	LanedPool::new(Bottomless::default(), Arc::new(Runtime), 160, 1 << 20)
}

fn submit(pool: &Pool, extrinsic: OpaqueExtrinsic) -> Result<BlockHash, Error> {
	block_on(pool.submit_one(BlockHash::zero(), TransactionSource::External, extrinsic))
}

/// How many of so many are taken, in one request after the other.
fn taken(pool: &Pool, count: u32, of: impl Fn(u32) -> OpaqueExtrinsic) -> usize {
	let results: Vec<_> = (0..count).map(|n| submit(pool, of(n))).collect();
	let refused = |result: &&Result<_, Error>| matches!(result, Err(Error::ImmediatelyDropped));
	let taken = results.iter().filter(|result| result.is_ok()).count();
	assert_eq!(results.iter().filter(refused).count(), results.len() - taken, "as a pool that is full refuses");
	taken
}

#[test]
fn a_flood_finds_its_bound_and_nobody_else_does() {
	let pool = pool();
	assert_eq!(taken(&pool, 500, |n| signed(0, n)), 76 + 30);
	assert_eq!(taken(&pool, 500, |n| signed(1, n)), 22);
	assert_eq!(taken(&pool, 500, |n| signed(3, n)), 7);
	assert_eq!(taken(&pool, 500, |n| signed(NONE, n)), 10, "the board: what is kept");
	assert_eq!(taken(&pool, 500, |n| bare(0, n)), 0, "enrolments");
	assert_eq!(taken(&pool, 500, |n| bare(NONE, n)), 500, "evidence and duties");
}

#[test]
fn each_of_many_gets_its_own_answer() {
	let pool = pool();
	assert_eq!(taken(&pool, 500, |n| signed(0, n)), 106);
	let several = vec![signed(0, 1000), signed(1, 1), signed(BAD, 1), signed(0, 1001), bare(NONE, 1), signed(1, 2)];
	let hashes: Vec<_> = several.iter().map(hash_of).collect();
	let results = block_on(pool.submit_at(BlockHash::zero(), TransactionSource::External, several)).unwrap();
	assert_eq!(results.len(), 6);
	assert!(matches!(results[0], Err(Error::ImmediatelyDropped)));
	assert_eq!(results[1].as_ref().unwrap(), &hashes[1]);
	assert!(results[2].is_err());
	assert!(matches!(results[3], Err(Error::ImmediatelyDropped)));
	assert_eq!(results[4].as_ref().unwrap(), &hashes[4]);
	assert_eq!(results[5].as_ref().unwrap(), &hashes[5]);
}

#[test]
fn what_the_pool_within_refuses_takes_no_room() {
	let pool = pool();
	assert_eq!(taken(&pool, 40, |n| signed(0, n)), 40, "a quarter: nothing is asked");
	for n in 0..500 {
		assert!(matches!(submit(&pool, signed(BAD, n)), Err(Error::Unactionable | Error::ImmediatelyDropped)));
	}
	assert_eq!(taken(&pool, 500, |n| signed(0, 100 + n)), 66);
	let watched = pool.submit_and_watch(BlockHash::zero(), TransactionSource::External, signed(0, 7));
	assert!(matches!(block_on(watched).map(drop), Err(Error::ImmediatelyDropped)));
}
