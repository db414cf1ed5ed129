//! The pool keeps a flood out, on a chain on which nearly everything is valid.

use super::shipped;
use crate::{
	book::Effects,
	chain::{At, ChainError},
	extrinsic::{hash_of, Nonce},
	Chain, Config, Metrics, Origin, PoolError,
};
use codec::Encode;
use futures::executor::block_on;
use sc_transaction_pool_api::{
	error::{Error, IntoPoolError},
	TransactionPool,
};
use sp_runtime::{
	transaction_validity::{InvalidTransaction, TransactionSource, ValidTransaction},
	AccountId32, OpaqueExtrinsic,
};
use std::sync::Arc;
use syndic_primitives::{
	api::Verdict,
	classes::{pool_priority, GOVERNING_PRIORITY},
	BlockHash, ClassId, ClassInfo,
};

/// The class byte of a transaction that belongs to no class.
const NONE: u8 = 255;
/// The class byte of a transaction that the runtime refuses.
const BAD: u8 = 254;

/// A transaction with a signature. The first byte tells whether it is signed, the second one its class.
fn signed(class: u8, n: u32) -> OpaqueExtrinsic {
	OpaqueExtrinsic::from_blob([&[0x84, class], &n.to_le_bytes()[..]].concat())
}

fn bare(class: u8, n: u32) -> OpaqueExtrinsic {
	OpaqueExtrinsic::from_blob([&[0x05, class], &n.to_le_bytes()[..]].concat())
}

/// A chain with the shipped classes. Each transaction is of another account, and all but [`BAD`] ones are valid.
struct Anything;

impl Chain for Anything {
	fn finalised(&self) -> At {
		At { hash: BlockHash::zero(), height: 0 }
	}

	fn parent(&self, _: BlockHash) -> Result<Option<At>, ChainError> {
		Ok(None)
	}

	fn effects(&self, _: BlockHash) -> Result<Effects, ChainError> {
		Ok(Effects::default())
	}

	fn nonce(&self, _: BlockHash, _: &AccountId32) -> Result<Nonce, ChainError> {
		Ok(0)
	}

	fn judge(
		&self,
		_: BlockHash,
		_: TransactionSource,
		_: bool,
		transactions: &[Arc<OpaqueExtrinsic>],
	) -> Vec<Result<Verdict, ChainError>> {
		let judge = |extrinsic: &Arc<OpaqueExtrinsic>| {
			let priority = match (extrinsic.inner()[0], extrinsic.inner()[1]) {
				(_, BAD) => return Err(InvalidTransaction::BadProof.into()),
				(0x05, _) => u64::MAX / 2,
				(_, NONE) => GOVERNING_PRIORITY,
				(_, class) => pool_priority(10, ClassId(class)),
			};
			let account = AccountId32::new(hash_of(extrinsic).0);
			let provides = vec![(account, 0 as Nonce).encode()];
			Ok(ValidTransaction { priority, provides, ..Default::default() })
		};
		transactions.iter().map(|extrinsic| Ok(Verdict { validity: judge(extrinsic), institution: None })).collect()
	}

	fn classes(&self, _: BlockHash) -> Vec<ClassInfo> {
		shipped()
	}

	fn class_of(&self, _: BlockHash, extrinsic: &OpaqueExtrinsic) -> Result<Option<ClassId>, ChainError> {
		let class = extrinsic.inner()[1];
		Ok((class != NONE).then_some(ClassId(class)))
	}
}

type Pool = crate::Pool<Anything>;

/// A pool of 160 transactions: ten are kept for the chain; 30, 22, 15 and 7 are promised, and 76 are open to all.
fn pool() -> Pool {
	Pool::new(Arc::new(Anything), Config::new(160, 1 << 20), None, Metrics::default())
}

fn submit(pool: &Pool, extrinsic: OpaqueExtrinsic) -> Result<BlockHash, PoolError> {
	block_on(pool.submit(Origin::Client, TransactionSource::External, extrinsic))
}

/// Submits `count` transactions one after the other. Returns how many were taken in.
fn taken(pool: &Pool, count: u32, of: impl Fn(u32) -> OpaqueExtrinsic) -> usize {
	let results: Vec<_> = (0..count).map(|n| submit(pool, of(n))).collect();
	let refused = |result: &&Result<_, PoolError>| matches!(result, Err(PoolError::Known(Error::ImmediatelyDropped)));
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
	let face = crate::Face::for_clients(pool);
	let results = block_on(face.submit_at(BlockHash::zero(), TransactionSource::External, several)).unwrap();
	assert_eq!(results.len(), 6);
	assert!(matches!(results[0], Err(PoolError::Known(Error::ImmediatelyDropped))));
	assert_eq!(results[1].as_ref().unwrap(), &hashes[1]);
	assert!(results[2].is_err());
	assert!(matches!(results[3], Err(PoolError::Known(Error::ImmediatelyDropped))));
	assert_eq!(results[4].as_ref().unwrap(), &hashes[4]);
	assert_eq!(results[5].as_ref().unwrap(), &hashes[5]);
}

#[test]
fn what_the_pool_within_refuses_takes_no_room() {
	let pool = pool();
	assert_eq!(taken(&pool, 40, |n| signed(0, n)), 40, "a quarter: nothing is asked");
	for n in 0..500 {
		let known = submit(&pool, signed(BAD, n)).map_err(|error| error.into_pool_error().unwrap());
		assert!(matches!(known, Err(Error::InvalidTransaction(_) | Error::ImmediatelyDropped)));
	}
	assert_eq!(taken(&pool, 500, |n| signed(0, 100 + n)), 66);
	let watched = pool.submit_and_watch(Origin::Client, TransactionSource::External, signed(0, 700));
	assert!(matches!(block_on(watched).map(drop), Err(PoolError::Known(Error::ImmediatelyDropped))));
}
