//! The duties of a validator.

use super::{
	super::duties::Duties,
	chain::{genesis, MemoryChain},
	pause,
	world::{keystore, law, parameters, World},
	SOON,
};
use crate::{
	chain::{Chain, Head},
	keys::KeystoreKeys,
};
use sp_keystore::{testing::MemoryKeystore, KeystorePtr};
use std::{
	sync::{atomic::Ordering, Arc},
	time::Instant,
};
use syndic_primitives::{
	crypto::verify_ed25519,
	lottery::{self, Deed, Duty},
	Height, ValidatorId, ENGINE_VERSION,
};

/// Number of heights within which a new duty is done.
const FIRST: u32 = 6;

/// A follower's chain, whose heights the tests pass to the duties of validator `//node7`. This validator is in no set.
struct Office {
	world: World,
	chain: Arc<MemoryChain>,
	keystore: KeystorePtr,
	key: ValidatorId,
	/// The last height that was passed to the duties.
	height: u32,
}

impl Office {
	async fn new() -> Self {
		let world = World::running(law(1, parameters()), 1);
		let chain = world.chain(0);
		let (keystore, key) = keystore(7);
		Self { world, chain, keystore, key, height: 0 }
	}

	fn duties(&self) -> Duties<KeystoreKeys> {
		let keys = KeystoreKeys::new(self.keystore.clone(), self.key.clone());
		Duties::new(self.chain.clone(), genesis(), self.key.clone(), keys)
	}

	/// Passes `heights` heights to the duties, one by one. The chain itself stands still.
	fn pass(&mut self, duties: &mut Duties<KeystoreKeys>, heights: u32) {
		for _ in 0..heights {
			self.height += 1;
			duties.attend(Head { height: Height(self.height), hash: self.chain.finalised().hash });
		}
	}

	fn waits_for(&self, duties: &[Duty]) {
		*self.chain.duties.lock() = Ok(duties.to_vec());
	}

	fn done(&self) -> Vec<Deed> {
		std::mem::take(&mut *self.chain.deeds.lock()).into_iter().map(|(_, deed)| deed).collect()
	}
}

#[tokio::test]
async fn a_secret_is_committed_to_and_revealed_as_it_was() {
	let mut office = Office::new().await;
	let mut duties = office.duties();
	office.pass(&mut duties, 5);
	assert_eq!(office.done(), [], "nothing is due");

	office.waits_for(&[Duty::Commit { era: 3 }]);
	office.pass(&mut duties, FIRST);
	let done = office.done();
	let [Deed::Commit { era: 3, validator, commitment, signature }] = &done[..] else { panic!("one commitment") };
	assert_eq!(*validator, office.key);
	assert!(verify_ed25519(validator, &lottery::contribution_payload(&genesis(), 3, commitment), signature));

	// The node has been restarted meanwhile, and has kept no state.
	let mut duties = office.duties();
	office.waits_for(&[Duty::Reveal { era: 3 }]);
	office.pass(&mut duties, FIRST);
	let done = office.done();
	let [Deed::Reveal { era: 3, validator, secret }] = &done[..] else { panic!("one secret") };
	assert_eq!(lottery::commitment(&genesis(), 3, validator, secret), *commitment);
	office.waits_for(&[Duty::Reveal { era: 4 }]);
	office.pass(&mut duties, FIRST);
	let done = office.done();
	let [Deed::Reveal { era: 4, secret: other, .. }] = &done[..] else { panic!("one secret") };
	assert_ne!(secret, other);
}

#[tokio::test]
async fn a_version_is_signalled_with_a_block_that_is_final() {
	let mut office = Office::new().await;
	let mut duties = office.duties();
	office.waits_for(&[Duty::Signal]);
	office.pass(&mut duties, FIRST);
	let done = office.done();
	let [Deed::Signal(signed)] = &done[..] else { panic!("one signal") };
	assert!(signed.verify(&genesis(), &verify_ed25519));
	assert_eq!((signed.signal.version, signed.signal.block_hash), (ENGINE_VERSION, office.chain.finalised().hash));
	assert!((1..=FIRST).contains(&signed.signal.height.0));
}

#[tokio::test]
async fn what_the_chain_still_waits_for_is_handed_in_again_some_blocks_later_and_not_before() {
	let mut office = Office::new().await;
	let mut duties = office.duties();
	let both = [Duty::Commit { era: 1 }, Duty::Signal];
	office.waits_for(&both);
	office.pass(&mut duties, FIRST);
	assert_eq!(office.done().len(), 2);
	office.pass(&mut duties, 4);
	assert_eq!(office.done(), [], "a block needs its time");
	office.pass(&mut duties, 8 * 10);
	assert_eq!(office.done().len(), 2 * 10);
	office.waits_for(&both[1..]);
	office.pass(&mut duties, 8);
	assert!(matches!(office.done()[..], [Deed::Signal(_)]), "the other one was taken up");
	office.waits_for(&[]);
	office.pass(&mut duties, 20);
	assert_eq!(office.done(), []);
}

/// A pool that is a block behind would refuse a deed that has just become due, and would continue to refuse it.
#[tokio::test]
async fn nothing_is_handed_in_before_other_nodes_pools_know_that_it_is_due() {
	for n in 0..16 {
		let office = Office::new().await;
		office.waits_for(&[Duty::Commit { era: 1 }]);
		let (keystore, key) = keystore(n);
		let mut duties = Duties::new(office.chain.clone(), genesis(), key.clone(), KeystoreKeys::new(keystore, key));
		for height in [7, 8] {
			duties.attend(Head { height: Height(height), hash: genesis() });
		}
		assert_eq!(office.done(), [], "validator {n}");
	}
}

#[tokio::test]
async fn not_all_validators_do_the_same_thing_at_the_same_block() {
	let office = Office::new().await;
	office.waits_for(&[Duty::Commit { era: 1 }]);
	let mut at = std::collections::BTreeMap::<u32, usize>::new();
	for n in 0..64 {
		let (keystore, key) = keystore(n);
		let mut duties = Duties::new(office.chain.clone(), genesis(), key.clone(), KeystoreKeys::new(keystore, key));
		for height in 1..=FIRST {
			duties.attend(Head { height: Height(height), hash: genesis() });
			*at.entry(height).or_default() += office.done().len();
		}
	}
	assert_eq!(at.values().sum::<usize>(), 64, "{at:?}");
	assert!(at.values().all(|count| *count < 32), "{at:?}");
}

#[tokio::test]
async fn neither_a_failing_runtime_nor_a_missing_key_stops_anything() {
	let mut office = Office::new().await;
	let mut duties = office.duties();
	*office.chain.duties.lock() = Err("no such function".into());
	office.pass(&mut duties, 5);
	assert_eq!(office.done(), []);
	office.waits_for(&[Duty::Commit { era: 1 }]);
	office.pass(&mut duties, FIRST);
	assert_eq!(office.done().len(), 1, "it answers again");
	office.keystore = Arc::new(MemoryKeystore::new());
	let mut duties = office.duties();
	office.pass(&mut duties, 20);
	assert_eq!(office.done(), [], "the key is gone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_final_block_is_looked_at_unless_the_node_is_far_behind() {
	let office = Office::new().await;
	office.waits_for(&[Duty::Signal]);
	office.chain.syncing.store(true, Ordering::SeqCst);
	let (told, finality) = tokio::sync::watch::channel(());
	let running = tokio::spawn(office.duties().run(finality));
	let tell = |heights: u32| {
		let (world, told) = (&office.world, told.clone());
		async move {
			let goal = world.height(0) + heights;
			for height in world.height(0)..goal {
				world.reach(&[0], height + 1, SOON).await;
				told.send_replace(());
			}
		}
	};
	tell(6).await;
	assert_eq!(office.done(), [], "what an old state waits for is no concern");
	office.chain.syncing.store(false, Ordering::SeqCst);
	tell(2 * FIRST).await;
	let began = Instant::now();
	while office.chain.deeds.lock().is_empty() {
		assert!(began.elapsed() < SOON);
		told.send_replace(());
		pause(20).await;
	}
	drop(told);
	running.await.expect("it ends when nobody tells any more");
}
