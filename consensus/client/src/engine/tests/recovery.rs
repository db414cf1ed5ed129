//! An order of the board replaces a set that has lost its quorum.

use super::{
	super::{start::refuse_decided, EngineError},
	chain::{Law, MemoryChain},
	pause,
	world::{keys, law, parameters, World},
	SOON,
};
use crate::{
	chain::{Chain, ChainError},
	wal::Recovered,
};
use parking_lot::Mutex;
use std::sync::Arc;
use syndic_pbft::Record;
use syndic_primitives::{Height, Rules, SetId, ValidatorSet};

/// Four validators, until a height is set. From that height on the first two form another set alone.
fn replaceable() -> (Law, Arc<Mutex<Option<Height>>>) {
	let since = Arc::new(Mutex::new(None));
	let (old, told) = (law(4, parameters()), since.clone());
	let law = move |height: Height| match *told.lock() {
		Some(since) if height >= since => {
			let set = ValidatorSet::new(SetId(1), since, keys(2)).expect("distinct");
			Rules { set, ..old(height) }
		}
		_ => old(height),
	};
	(Arc::new(law), since)
}

fn old_set() -> ValidatorSet {
	law(4, parameters())(Height(1)).set
}

/// Both validators vote again in the new set at the height at which they have voted in the old one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_of_four_go_on_by_order() {
	let (law, since) = replaceable();
	let mut world = World::running(law, 4);
	world.reach(&[0, 1, 2, 3], 3, SOON).await;
	world.crash(2, 0).await;
	world.crash(3, 0).await;
	pause(1_500).await;
	let last = world.height(0).max(world.height(1));
	world.reach(&[0, 1], last, SOON).await;
	pause(1_500).await;
	assert_eq!((world.height(0), world.height(1)), (last, last), "without a quorum nothing moves");

	// The database of validator 1 has lost a block, which its log brings back.
	world.crash(0, 0).await;
	world.crash(1, 1).await;
	*since.lock() = Some(Height(last + 1));
	for i in [0, 1] {
		*world.chain(i).replaced.lock() = Some((Height(last), old_set()));
		world.start(i).unwrap();
	}
	world.reach(&[0, 1], last + 5, SOON).await;
	world.check();
	let (_, first) = &world.chain(0).finals()[last as usize];
	assert_eq!((first.set_id(), first.height()), (SetId(1), Height(last + 1)));
	// The chain has continued now, and the order is no longer needed.
	world.crash(1, 0).await;
	world.start(1).unwrap();
	world.reach(&[0, 1], last + 8, SOON).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_brings_the_chain_past_the_order_is_found() {
	let mut world = World::running(law(4, parameters()), 4);
	world.reach(&[0, 1, 2, 3], 4, SOON).await;
	world.crash(0, 2).await;
	let here = world.chain(0).finalised().height;
	*world.chain(0).replaced.lock() = Some((here, old_set()));
	let error = world.start(0).unwrap_err();
	let EngineError::Chain(ChainError::GoneOn { height, set_id, .. }) = error else { panic!("{error}") };
	assert_eq!((height, set_id), (here, SetId(0)));
}

/// The block may be lost, but the certificate in the log proves that it was committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_in_the_log_is_proof_that_the_chain_has_gone_on() {
	let world = World::running(law(4, parameters()), 4);
	world.reach(&[0], 2, SOON).await;
	let (decided, certificate) = world.chain(0).finals()[0].clone();
	let chain = MemoryChain::new(law(4, parameters()));
	let head = chain.finalised();
	let recovered = |records| Recovered { records, ..Default::default() };
	let committed = || recovered(vec![Record::Committed(certificate.clone().into_inner())]);
	assert!(refuse_decided(&*chain, &committed(), head).is_ok(), "there is no order");
	*chain.replaced.lock() = Some((Height(0), old_set()));
	assert!(refuse_decided(&*chain, &recovered(vec![]), head).is_ok());
	let error = refuse_decided(&*chain, &committed(), head).unwrap_err();
	let EngineError::Chain(ChainError::GoneOn { decided: found, .. }) = error else { panic!("{error}") };
	assert_eq!(found, decided);
}

/// The order was for a chain that had not lost its quorum. The node that was given the order follows neither set.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_of_the_replaced_set_stops_who_has_the_order() {
	let mut world = World::new(5, law(4, parameters()));
	(0..4).for_each(|i| world.start(i).unwrap());
	world.reach(&[0, 1, 2, 3], 4, SOON).await;
	let (law, since) = replaceable();
	*since.lock() = Some(Height(3));
	let chain = MemoryChain::new(law);
	*chain.replaced.lock() = Some((Height(2), old_set()));
	world.put_chain(4, chain);
	world.follow(4);
	let error = world.ended(4).await;
	let EngineError::Chain(ChainError::GoneOn { height, decided, set_id }) = error else { panic!("{error}") };
	assert_eq!((height, decided.height, set_id), (Height(2), Height(3), SetId(0)));
	assert_eq!(world.chain(4).finalised().height, Height(2));
}
