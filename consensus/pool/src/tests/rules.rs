//! The rules of the pool, one by one, and all of them under random steps.

use super::chain::{account, offered, pool_on, saying, submit, transaction, with_tip, Says, TestChain, TestPool};
use crate::{
	extrinsic::hash_of,
	journal::{Journal, JournalLimits},
	pool::Report,
	Chain, Config, Face, Origin, PoolError,
};
use futures::{channel::mpsc, executor::block_on, StreamExt};
use proptest::prelude::*;
use sc_transaction_pool_api::{
	error::{Error as Known, IntoPoolError},
	TransactionPool,
	TransactionSource::External,
	TransactionStatus, TxInvalidityReportMap,
};
use sp_runtime::{transaction_validity::InvalidTransaction, OpaqueExtrinsic};
use std::{collections::HashSet, sync::Arc, time::Duration};
use syndic_primitives::BlockHash;

type Status = TransactionStatus<BlockHash, BlockHash>;

fn world() -> (Arc<TestChain>, TestPool) {
	let chain = Arc::new(TestChain::default());
	let pool = pool_on(&chain, Config::new(1_600, 1 << 20), None);
	(chain, pool)
}

fn watch(pool: &TestPool, extrinsic: OpaqueExtrinsic) -> mpsc::Receiver<Status> {
	block_on(pool.submit_and_watch(Origin::Client, External, extrinsic)).expect("it is valid")
}

/// The statuses that have been told so far.
fn told(stream: &mut mpsc::Receiver<Status>) -> Vec<Status> {
	let mut told = Vec::new();
	while let Ok(status) = stream.try_recv() {
		told.push(status);
	}
	told
}

fn ended(stream: mpsc::Receiver<Status>) -> Vec<Status> {
	block_on(stream.collect())
}

/// A block of what the pool offers becomes final, and the pool follows.
fn block(chain: &TestChain, pool: &TestPool) -> BlockHash {
	let hash = chain.build(pool, chain.finalised().hash, usize::MAX);
	chain.finalise(hash);
	pool.follow();
	pool.keep();
	hash
}

/// Submits the first `count` payments of the first account.
fn submit_all(pool: &TestPool, count: u32) {
	for nonce in 0..count {
		submit(pool, transaction(1, nonce)).unwrap();
	}
}

fn is(error: PoolError, expected: fn(&Known) -> bool) -> bool {
	error.into_pool_error().is_ok_and(|known| expected(&known))
}

#[test]
fn nonces_may_come_in_any_order() {
	let (chain, pool) = world();
	for nonce in [3, 1, 4, 0, 2] {
		submit(&pool, transaction(1, nonce)).unwrap();
	}
	assert_eq!(pool.status().ready, 5);
	let hash = block(&chain, &pool);
	assert_eq!(chain.transactions(hash).len(), 5);
	assert_eq!((pool.status().ready, pool.status().future), (0, 0));
}

/// The SDK's fork-aware pool fails here: when a block becomes final, it drops transactions that wait for an earlier
/// one.
#[test]
fn what_waits_outlives_any_number_of_blocks() {
	let (chain, pool) = world();
	submit(&pool, transaction(1, 1)).unwrap();
	for n in 0..20 {
		submit(&pool, transaction(2, n)).unwrap();
		block(&chain, &pool);
	}
	assert_eq!(pool.status().future, 1);
	submit(&pool, transaction(1, 0)).unwrap();
	let hash = block(&chain, &pool);
	assert_eq!(chain.transactions(hash).len(), 2);
}

#[test]
fn a_proposer_is_not_offered_what_stands_in_the_blocks_before() {
	let (chain, pool) = world();
	submit_all(&pool, 6);
	let genesis = chain.finalised().hash;
	let first = chain.build(&pool, genesis, 2);
	let second = chain.build(&pool, first, 2);
	assert_eq!(offered(pool.ready_on(second)), [(1, 4), (1, 5)]);
	assert_eq!(offered(pool.ready_on(first)), [(1, 2), (1, 3), (1, 4), (1, 5)]);
	// The first proposal fails.
	let other = chain.build(&pool, genesis, 1);
	assert_eq!(offered(pool.ready_on(other)).len(), 5);
	chain.finalise(other);
	pool.follow();
	assert_eq!(offered(pool.ready()).len(), 5);
}

/// The block before holds another node's transactions, and this node has those that follow them.
#[test]
fn what_follows_transactions_that_this_node_lacks_is_offered() {
	let (chain, pool) = world();
	submit(&pool, transaction(1, 2)).unwrap();
	let first = chain.propose(chain.finalised().hash, [transaction(1, 0), transaction(1, 1)], 9);
	assert_eq!(offered(pool.ready()), []);
	assert_eq!(offered(pool.ready_on(first)), [(1, 2)]);
	chain.finalise(first);
	pool.follow();
	assert_eq!(offered(pool.ready()), [(1, 2)]);
}

/// A pool that has not followed the last final blocks yet still leaves out their transactions.
#[test]
fn a_pool_that_lags_offers_nothing_twice() {
	let (chain, pool) = world();
	submit_all(&pool, 4);
	for _ in 0..3 {
		let next = chain.build(&pool, chain.finalised().hash, 1);
		assert_eq!(chain.transactions(next).len(), 1);
		chain.finalise(next);
	}
	assert_eq!(offered(pool.ready_on(chain.finalised().hash)), [(1, 3)]);
}

/// The SDK's single-state pool drops all transactions of a sender when a proposer finds the first one in an earlier
/// block.
#[test]
fn a_stale_one_that_a_proposer_reports_takes_nothing_with_it() {
	let (chain, pool) = world();
	let hashes: Vec<_> = (0..3).map(|nonce| submit(&pool, transaction(1, nonce)).unwrap()).collect();
	let face = Face::for_clients(pool.clone());
	for error in [InvalidTransaction::Stale, InvalidTransaction::Future, InvalidTransaction::ExhaustsResources] {
		let report = TxInvalidityReportMap::from_iter([(hashes[0], Some(error.into()))]);
		assert!(block_on(face.report_invalid(Some(chain.finalised().hash), report)).is_empty());
	}
	assert_eq!(pool.status().ready, 3);
}

#[test]
fn one_that_proposers_find_invalid_again_and_again_leaves_alone() {
	let (_, pool) = world();
	let hashes: Vec<_> = (0..3).map(|nonce| submit(&pool, transaction(1, nonce)).unwrap()).collect();
	for times in 1..=3 {
		let removed = pool.report_invalid([(hashes[0], Report::Invalid)]);
		assert_eq!(removed.len(), usize::from(times == 3));
	}
	assert_eq!((pool.status().ready, pool.status().future), (0, 2), "the others wait for another one with its nonce");
	submit(&pool, with_tip(1, 0, 1)).unwrap();
	assert_eq!(pool.status().ready, 3);
}

#[test]
fn a_watcher_is_told_of_the_block() {
	let (chain, pool) = world();
	let mut second = watch(&pool, transaction(1, 1));
	assert_eq!(told(&mut second), [Status::Future]);
	let first = watch(&pool, transaction(1, 0));
	assert_eq!(told(&mut second), [Status::Ready]);
	let hash = block(&chain, &pool);
	assert_eq!(ended(first), [Status::Ready, Status::InBlock((hash, 0)), Status::Finalized((hash, 0))]);
	assert_eq!(ended(second), [Status::InBlock((hash, 1)), Status::Finalized((hash, 1))]);
}

#[test]
fn whoever_comes_again_may_watch() {
	let (chain, pool) = world();
	submit(&pool, transaction(1, 0)).unwrap();
	assert!(is(submit(&pool, transaction(1, 0)).unwrap_err(), |known| matches!(known, Known::AlreadyImported(_))));
	let watching = watch(&pool, transaction(1, 0));
	let hash = block(&chain, &pool);
	assert_eq!(ended(watching).last(), Some(&Status::Finalized((hash, 0))));
}

#[test]
fn whoever_is_frozen_is_told_with_all_that_is_his_and_nobody_else_is() {
	let (chain, pool) = world();
	let frozen: Vec<_> = (0..3).map(|nonce| watch(&pool, transaction(1, nonce))).collect();
	let mut free = watch(&pool, transaction(2, 0));
	chain.freeze(&[1]);
	pool.follow();
	pool.keep();
	frozen.into_iter().for_each(|stream| assert_eq!(ended(stream).last(), Some(&Status::Invalid)));
	assert_eq!(told(&mut free), [Status::Ready]);
	assert_eq!(offered(pool.ready()), [(2, 0)]);
}

#[test]
fn whose_era_is_over_is_told_in_time() {
	let (chain, pool) = world();
	let mortal = watch(&pool, saying(1, Says { nonce: 1, tip: 0, until: 4 }));
	for height in 1..=3 {
		assert_eq!(pool.status().future, 1, "it may still come into block {height}");
		block(&chain, &pool);
	}
	assert_eq!(ended(mortal), [Status::Future, Status::Invalid]);
	assert_eq!(pool.status().future, 0);
}

#[test]
fn whose_nonce_another_one_has_used_is_told() {
	let (chain, pool) = world();
	let beaten = watch(&pool, transaction(1, 0));
	let hash = chain.propose(chain.finalised().hash, [with_tip(1, 0, 7)], 9);
	chain.finalise(hash);
	pool.follow();
	assert_eq!(ended(beaten), [Status::Ready, Status::Invalid]);
}

/// No sender is told *failed* about a transaction that may have been paid.
#[test]
fn where_blocks_are_missing_the_pool_goes_on_and_says_that_it_does_not_know() {
	let (chain, pool) = world();
	let passed = watch(&pool, transaction(1, 0));
	let mut left = watch(&pool, transaction(1, 1));
	let mut other = watch(&pool, transaction(2, 0));
	let first = chain.propose(chain.finalised().hash, [transaction(1, 0)], 9);
	chain.prune(first);
	let second = chain.propose(first, [], 0);
	chain.finalise(second);
	pool.follow();
	assert_eq!(ended(passed), [Status::Ready, Status::FinalityTimeout(second)]);
	assert_eq!((told(&mut left).len(), told(&mut other).len()), (1, 1));
	let hash = block(&chain, &pool);
	assert_eq!(chain.transactions(hash).len(), 2);
}

#[test]
fn nobody_is_told_that_he_was_replaced_before_it_is_certain() {
	let (chain, pool) = world();
	let mut cheap = watch(&pool, transaction(1, 0));
	let mut dear = watch(&pool, with_tip(1, 0, 5));
	let low = submit(&pool, with_tip(1, 0, 3)).unwrap_err();
	assert!(is(low, |known| matches!(known, Known::TooLowPriority { .. })));
	assert_eq!((told(&mut cheap), told(&mut dear)), (vec![Status::Ready], vec![Status::Ready]));
	assert_eq!(pool.ready().map(|held| held.hash).collect::<Vec<_>>(), [hash_of(&with_tip(1, 0, 5))]);
	let hash = block(&chain, &pool);
	assert_eq!(ended(cheap), [Status::Usurped(hash_of(&with_tip(1, 0, 5)))]);
	assert_eq!(ended(dear).last(), Some(&Status::Finalized((hash, 0))));
}

/// Another node had the first transaction and not the second: the money has moved, and the sender of the first is told
/// so.
#[test]
fn the_one_that_was_replaced_may_win() {
	let (chain, pool) = world();
	let cheap = watch(&pool, transaction(1, 0));
	let dear = watch(&pool, with_tip(1, 0, 5));
	let hash = chain.propose(chain.finalised().hash, [transaction(1, 0)], 9);
	chain.finalise(hash);
	pool.follow();
	assert_eq!(ended(cheap).last(), Some(&Status::Finalized((hash, 0))));
	assert_eq!(ended(dear).last(), Some(&Status::Usurped(hash_of(&transaction(1, 0)))));
	assert_eq!(pool.all().len(), 0);
}

#[test]
fn a_gap_that_does_not_close_ends_and_its_owner_is_told() {
	let chain = Arc::new(TestChain::default());
	let config = Config { gap_expiry: Duration::from_millis(300), ..Config::new(1_600, 1 << 20) };
	let pool = pool_on(&chain, config, None);
	let late = watch(&pool, transaction(1, 1));
	let mut ready = watch(&pool, transaction(2, 0));
	assert_eq!(ended(late), [Status::Future, Status::Dropped], "the keeper looks by itself");
	assert_eq!(told(&mut ready), [Status::Ready]);
}

#[test]
fn bad_input_is_answered_in_words_that_clients_know() {
	let (chain, pool) = world();
	submit(&pool, transaction(1, 0)).unwrap();
	block(&chain, &pool);
	let stale = submit(&pool, transaction(1, 0)).unwrap_err();
	assert!(is(stale, |known| matches!(known, Known::InvalidTransaction(InvalidTransaction::Stale))));
	let far = submit(&pool, transaction(1, 401)).unwrap_err();
	assert!(is(far, |known| matches!(known, Known::InvalidTransaction(InvalidTransaction::Future))));
	let nothing = submit(&pool, OpaqueExtrinsic::from_blob(vec![0x84, 1, 2])).unwrap_err();
	assert!(is(nothing, |known| matches!(known, Known::InvalidTransaction(InvalidTransaction::Call))));
	chain.freeze(&[3]);
	let frozen = submit(&pool, transaction(3, 0)).unwrap_err();
	assert!(is(frozen, |known| matches!(known, Known::InvalidTransaction(InvalidTransaction::Custom(9)))));
	let old = submit(&pool, saying(4, Says { nonce: 0, tip: 0, until: 2 })).unwrap_err();
	assert!(is(old, |known| matches!(known, Known::InvalidTransaction(InvalidTransaction::AncientBirthBlock))));
}

#[test]
fn no_account_and_no_institution_fills_the_pool() {
	let chain = Arc::new(TestChain::default());
	let pool = pool_on(&chain, Config { account: 40, waiting: 10, ..Config::new(400, 1 << 20) }, None);
	let full = |error: PoolError| is(error, |known| matches!(known, Known::ImmediatelyDropped));
	let taken = |of: u8, from: u32, to: u32| {
		let results: Vec<_> = (from..to).map(|nonce| submit(&pool, transaction(of, nonce))).collect();
		let taken = results.iter().filter(|result| result.is_ok()).count();
		results.into_iter().filter_map(Result::err).for_each(|error| {
			let far = matches!(&error, PoolError::Known(Known::InvalidTransaction(InvalidTransaction::Future)));
			assert!(far || full(error));
		});
		taken
	};
	assert_eq!(taken(1, 1, 40), 10, "behind a gap");
	assert_eq!(taken(1, 0, 1), 1, "which closes");
	assert_eq!(taken(2, 0, 100), 40, "of one account");
	// The accounts below 100 belong to one institution: 300 of 400. Retail has room for 75 promised transactions and
	// 187 others.
	let more: usize = (3..60).map(|of| taken(of, 0, 40)).sum();
	let in_all = 51 + more;
	assert!(in_all <= 300, "{in_all}");
	assert!((250..=300).contains(&in_all), "{in_all}");
}

#[test]
fn what_closes_a_gap_finds_room_whatever_waits() {
	let chain = Arc::new(TestChain::default());
	let pool = pool_on(&chain, Config { account: 40, waiting: 40, ..Config::new(400, 1 << 20) }, None);
	let of = |n: u8| if n < 10 { n } else { 100 + n };
	let taken = (0..20).map(|n| (1..30).filter(|nonce| submit(&pool, transaction(of(n), *nonce)).is_ok()).count());
	assert_eq!(taken.sum::<usize>(), 200, "half of the pool");
	for n in 0..20 {
		submit(&pool, transaction(of(n), 0)).expect("it closes a gap");
	}
	assert_eq!(pool.status().future, 0);
}

#[test]
fn a_chain_that_does_not_keep_up_is_given_no_more_than_it_takes_in_some_seconds() {
	let chain = Arc::new(TestChain::default());
	let pool = pool_on(&chain, Config::new(100_000, 1 << 30), None);
	let mut nonces = [0; 50];
	let mut flood = |each: u32| {
		let mut refused = 0;
		for _ in 0..each {
			for (n, nonce) in (1..).zip(&mut nonces) {
				match submit(&pool, transaction(n, *nonce)) {
					Ok(_) => *nonce += 1,
					Err(error) => {
						assert!(is(error, |known| matches!(known, Known::ImmediatelyDropped)));
						refused += 1;
					}
				}
			}
		}
		refused
	};
	// Blocks of 20 transactions, ten a second: 200 a second, so 500 are taken in.
	let block = || {
		std::thread::sleep(Duration::from_millis(100));
		chain.finalise(chain.build(&pool, chain.finalised().hash, 20));
		pool.follow();
	};
	assert_eq!(flood(4), 0);
	(0..3).for_each(|_| block());
	assert!(flood(20) > 100);
	let ready = pool.status().ready;
	assert!((300..=800).contains(&ready), "{ready} are ready");
	submit(&pool, transaction(90, 0)).expect("one who sends little gets in");
	while pool.status().ready > 0 {
		chain.finalise(chain.build(&pool, chain.finalised().hash, 1_000));
		pool.follow();
	}
	assert_eq!(flood(4), 0, "all is taken in again");
}

#[test]
fn one_institution_leaves_room_for_another() {
	let chain = Arc::new(TestChain::default());
	// The institution reaches its bound before the class does.
	let pool = pool_on(&chain, Config { institution: 20, ..Config::new(1_600, 1 << 20) }, None);
	let taken = |accounts: std::ops::Range<u8>| -> usize {
		accounts.map(|of| (0..40).filter(|nonce| submit(&pool, transaction(of, *nonce)).is_ok()).count()).sum()
	};
	assert_eq!(taken(0..20), 320);
	assert_eq!(taken(100..105), 200);
}

#[test]
fn what_peers_send_has_twice_the_room_and_is_not_held_against_them() {
	let chain = Arc::new(TestChain::default());
	let pool = pool_on(&chain, Config { account: 40, waiting: 10, ..Config::new(400, 1 << 20) }, None);
	let send = |of: u8, nonce: u32| block_on(pool.submit(Origin::Peer, External, transaction(of, nonce)));
	assert_eq!((0..100).filter(|nonce| send(1, *nonce).is_ok()).count(), 80);
	assert!(matches!(send(1, 79), Err(PoolError::Known(Known::AlreadyImported(_)))));
	assert!(matches!(send(1, 99), Err(PoolError::OfPeer(_))));
	let bad = block_on(pool.submit(Origin::Peer, External, OpaqueExtrinsic::from_blob(vec![0x84])));
	assert!(matches!(bad, Err(PoolError::Known(Known::InvalidTransaction(_)))), "that one is its fault");
}

#[test]
fn what_the_operator_removes_is_gone_and_its_owner_is_told() {
	let (_, pool) = world();
	let watching = watch(&pool, transaction(1, 0));
	let removed = pool.report_invalid([(hash_of(&transaction(1, 0)), Report::Removed)]);
	assert_eq!(removed.len(), 1);
	assert_eq!(ended(watching), [Status::Ready, Status::Invalid]);
}

#[test]
fn notices_come_when_one_enters_and_when_it_becomes_ready() {
	let (_, pool) = world();
	let mut notices = pool.notices();
	let [second, first] = [transaction(1, 1), transaction(1, 0)].map(|extrinsic| submit(&pool, extrinsic).unwrap());
	let seen: Vec<_> = (0..3).map(|_| notices.try_recv().unwrap()).collect();
	assert_eq!(seen, [second, first, second]);
}

fn journal(dir: &std::path::Path) -> (Journal, Vec<(BlockHash, Vec<u8>)>) {
	let limits = JournalLimits { bytes: 1 << 20, entries: 1_000 };
	// The last pool's keeper may hold the journal for a moment longer.
	for _ in 0..100 {
		if let Ok((journal, recovered)) = Journal::open(dir, BlockHash::zero(), limits) {
			return (journal, recovered.transactions);
		}
		std::thread::sleep(Duration::from_millis(20));
	}
	panic!("the journal is in use");
}

#[test]
fn what_was_accepted_is_offered_again_after_a_restart_and_nothing_else_is() {
	let dir = tempfile::tempdir().unwrap();
	let chain = Arc::new(TestChain::default());
	let pool = pool_on(&chain, Config::new(1_600, 1 << 20), Some(journal(dir.path()).0));
	for nonce in [0, 1, 2, 4] {
		submit(&pool, transaction(1, nonce)).unwrap();
	}
	submit(&pool, with_tip(1, 2, 9)).unwrap();
	block_on(pool.submit(Origin::Peer, External, transaction(2, 0))).unwrap();
	assert!(submit(&pool, transaction(1, 999)).is_err());
	let first = chain.propose(chain.finalised().hash, [transaction(1, 0)], 9);
	chain.finalise(first);
	pool.follow();
	drop(pool);

	let (again, kept) = journal(dir.path());
	let kept_hashes: HashSet<_> = kept.iter().map(|(hash, _)| *hash).collect();
	let expected = [transaction(1, 1), transaction(1, 2), with_tip(1, 2, 9), transaction(1, 4)];
	assert_eq!(kept_hashes, expected.iter().map(hash_of).collect());
	// One transaction becomes final while the node is down.
	let second = chain.propose(chain.finalised().hash, [transaction(1, 1)], 9);
	chain.finalise(second);
	let pool = pool_on(&chain, Config::new(1_600, 1 << 20), Some(again));
	pool.recover(kept);
	let all = || pool.all().len();
	for _ in 0..100 {
		if all() == 3 {
			break;
		}
		std::thread::sleep(Duration::from_millis(20));
	}
	assert_eq!(offered(pool.ready()), [(1, 2)]);
	assert_eq!(all(), 3);
	submit(&pool, transaction(1, 3)).unwrap();
	block(&chain, &pool);
	drop(pool);
	assert_eq!(journal(dir.path()).1, [], "all are final");
}

/// After a restart transactions are submitted again in any order. The replaced transaction comes back behind the other.
#[test]
fn both_of_one_nonce_come_back_whichever_comes_first() {
	let (_, pool) = world();
	let encoded = |extrinsic: &OpaqueExtrinsic| (hash_of(extrinsic), codec::Encode::encode(extrinsic));
	let (cheap, dear) = (transaction(1, 0), with_tip(1, 0, 5));
	for (count, extrinsic) in [(1, &dear), (2, &cheap)] {
		pool.recover(vec![encoded(extrinsic)]);
		let came = (0..100).any(|_| {
			std::thread::sleep(Duration::from_millis(20));
			pool.all().len() == count
		});
		assert!(came, "{:?}", pool.all());
	}
	assert_eq!(pool.ready().map(|held| held.hash).collect::<Vec<_>>(), [hash_of(&dear)]);
}

#[derive(Clone, Debug)]
enum Step {
	/// A client submits the next transaction of the shuffled list to this node.
	Submit(usize),
	/// The transactions of the first node reach the second.
	Gossip(usize, usize),
	/// A node (first field) proposes up to a number of transactions (second field) on the last proposal, or on the last
	/// final block.
	Propose(usize, usize),
	/// The oldest proposal in progress becomes final; the bits tell which nodes follow.
	Finalise(u8),
	/// All proposals in progress fail.
	Abandon,
}

fn any_step() -> impl Strategy<Value = Step> {
	prop_oneof![
		8 => (0_usize..3).prop_map(Step::Submit),
		2 => (0_usize..3, 0_usize..3).prop_map(|(from, to)| Step::Gossip(from, to)),
		3 => (0_usize..3, 0_usize..6).prop_map(|(node, most)| Step::Propose(node, most)),
		3 => any::<u8>().prop_map(Step::Finalise),
		1 => Just(Step::Abandon),
	]
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(200))]

	/// In any order, at any depth and on any node: each accepted transaction becomes final, once.
	#[test]
	fn whatever_comes_what_was_accepted_becomes_final_once(
		order in Just((0_u8..4).flat_map(|of| (0_u32..8).map(move |nonce| (of, nonce))).collect::<Vec<_>>()).prop_shuffle(),
		steps in prop::collection::vec(any_step(), 0..120),
	) {
		let chain = Arc::new(TestChain::default());
		let pools: Vec<_> = (0..3).map(|_| pool_on(&chain, Config::new(1_600, 1 << 20), None)).collect();
		let mut left = order.into_iter();
		let mut accepted = Vec::new();
		let mut in_progress: Vec<BlockHash> = Vec::new();
		for step in steps {
			match step {
				Step::Submit(node) => {
					let Some((of, nonce)) = left.next() else { continue };
					accepted.push(submit(&pools[node], transaction(of, nonce)).expect("it is valid"));
				}
				Step::Gossip(from, to) => {
					for held in pools[from].all() {
						let _ = block_on(pools[to].submit(Origin::Peer, External, (*held.extrinsic).clone()));
					}
				}
				Step::Propose(node, most) if in_progress.len() < 4 => {
					let parent = in_progress.last().copied().unwrap_or_else(|| chain.finalised().hash);
					in_progress.push(chain.build(&pools[node], parent, most));
				}
				Step::Propose(..) => {}
				Step::Finalise(hear) => {
					if in_progress.is_empty() {
						continue;
					}
					chain.finalise(in_progress.remove(0));
					for (node, pool) in pools.iter().enumerate().filter(|(node, _)| hear & (1 << node) != 0) {
						pool.follow();
						prop_assert!(node < 3);
					}
				}
				Step::Abandon => in_progress.clear(),
			}
		}
		for (of, nonce) in left {
			accepted.push(submit(&pools[usize::from(of) % 3], transaction(of, nonce)).expect("it is valid"));
		}
		// Each node leads in turn. No node learns of another's transactions except by blocks.
		for round in 0..60 {
			let next = chain.build(&pools[round % 3], chain.finalised().hash, 9);
			chain.finalise(next);
			pools.iter().for_each(|pool| pool.follow());
		}
		let history = chain.history();
		prop_assert_eq!(history.len(), accepted.len(), "none twice, none lost");
		prop_assert_eq!(history.iter().collect::<HashSet<_>>(), accepted.iter().collect::<HashSet<_>>());
		for pool in &pools {
			prop_assert_eq!(pool.all().len(), 0);
		}
		prop_assert_eq!(chain.nonce(chain.finalised().hash, &account(0)), Ok(8));
	}
}
