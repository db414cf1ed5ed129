//! The bodies of proposals, from their arrival until their height is over.
//!
//! A validator that sends proposals without end harms only itself: a bounded number of bodies is kept for each sender,
//! and when all bodies together are too large, the sender with the most bytes loses its oldest body. A body that a vote
//! depends on is never dropped.

use crate::chain::Head;
use parking_lot::Mutex;
use std::{
	collections::{BTreeMap, HashMap},
	sync::Arc,
};
use syndic_primitives::{BlockHash, Height, SignerIndex, MAX_PIPELINE_DEPTH};
use tokio::sync::Notify;

/// Maximum number of bodies kept for one proposer: a full window, and as many again for another view.
const PER_OWNER: usize = 2 * MAX_PIPELINE_DEPTH as usize;
/// Maximum number of blocks from compact proposals that are put together at once: of one proposer, and of all.
const COMING: (usize, usize) = (MAX_PIPELINE_DEPTH as usize, 4 * MAX_PIPELINE_DEPTH as usize);
/// Maximum total size of the bodies that no vote needs, in bytes.
const MAX_BYTES: usize = 64 * 1024 * 1024;

struct Body {
	height: Height,
	bytes: Arc<Vec<u8>>,
	/// The proposer that sent it; `None` if this node built it, fetched it, or read it from its log.
	owner: Option<SignerIndex>,
	/// Whether a vote depends on it, or the machine has asked for it. Such a body is never dropped before its height is
	/// over.
	needed: bool,
	/// The running number of its arrival.
	arrival: u64,
}

/// A block whose transaction hashes have arrived.
struct Coming {
	height: Height,
	owner: SignerIndex,
	/// Whether missing transactions have been requested.
	asked: bool,
}

#[derive(Default)]
struct State {
	bodies: HashMap<BlockHash, Body>,
	/// Blocks for which a wrong body arrived. Their bodies are accepted only as answers to requests: otherwise a sender
	/// could send the wrong body repeatedly, and have it validated each time.
	fetched_only: HashMap<BlockHash, Height>,
	/// Blocks that are being put together here.
	coming: HashMap<BlockHash, Coming>,
	arrivals: u64,
}

/// The bodies, shared with the jobs that validate them.
#[derive(Default)]
pub(super) struct Bodies {
	state: Mutex<State>,
	arrived: Notify,
}

impl Bodies {
	/// Keeps a body that a proposer sent.
	pub(super) fn offer(&self, owner: SignerIndex, block: Head, bytes: Arc<Vec<u8>>) {
		self.state.lock().offer(owner, block, bytes);
		self.arrived.notify_waiters();
	}

	/// Notes that a proposer sent the hashes of a block's transactions. Returns whether the body is to be put together.
	/// If so, the caller must end with [`Self::complete`] or [`Self::give_up`]; jobs wait for the body until then.
	pub(super) fn begin(&self, owner: SignerIndex, block: Head) -> bool {
		let mut state = self.state.lock();
		let known = state.bodies.contains_key(&block.hash)
			|| state.fetched_only.contains_key(&block.hash)
			|| state.coming.contains_key(&block.hash);
		let own = state.coming.values().filter(|coming| coming.owner == owner).count();
		if known || own >= COMING.0 || state.coming.len() >= COMING.1 {
			return false;
		}
		state.coming.insert(block.hash, Coming { height: block.height, owner, asked: false });
		true
	}

	/// Notes that some transactions of the block are not here and are requested.
	pub(super) fn asking(&self, hash: &BlockHash) {
		if let Some(coming) = self.state.lock().coming.get_mut(hash) {
			coming.asked = true;
		}
		self.arrived.notify_waiters();
	}

	/// Takes the body that was put together. It is kept as if its proposer had sent it whole, unless its height is
	/// over.
	pub(super) fn complete(&self, block: Head, bytes: Arc<Vec<u8>>) {
		let mut state = self.state.lock();
		// Under one lock, so that no job finds the body neither coming nor here.
		if let Some(coming) = state.coming.remove(&block.hash) {
			state.offer(coming.owner, block, bytes);
		}
		drop(state);
		// The waiting jobs must look again even if the body was not taken.
		self.arrived.notify_waiters();
	}

	/// Notes that the body cannot be put together and is to be fetched whole.
	pub(super) fn give_up(&self, hash: &BlockHash) {
		self.state.lock().coming.remove(hash);
		self.arrived.notify_waiters();
	}

	/// `None` if the body is not being put together; else whether transactions have been requested.
	pub(super) fn coming(&self, hash: &BlockHash) -> Option<bool> {
		self.state.lock().coming.get(hash).map(|coming| coming.asked)
	}

	/// Keeps a body that is needed until its height is over.
	pub(super) fn keep(&self, block: Head, bytes: Arc<Vec<u8>>) {
		let mut state = self.state.lock();
		match state.bodies.get_mut(&block.hash) {
			Some(body) => body.needed = true,
			None => state.insert(block, bytes, None, true),
		}
		drop(state);
		self.arrived.notify_waiters();
	}

	/// The body that the machine asks for. If it is here, it is marked as needed and stays.
	pub(super) fn need(&self, hash: &BlockHash) -> Option<Arc<Vec<u8>>> {
		let mut state = self.state.lock();
		let body = state.bodies.get_mut(hash)?;
		body.needed = true;
		Some(body.bytes.clone())
	}

	pub(super) fn get(&self, hash: &BlockHash) -> Option<Arc<Vec<u8>>> {
		self.state.lock().bodies.get(hash).map(|body| body.bytes.clone())
	}

	/// Drops a body that was not the block's own.
	pub(super) fn drop_corrupt(&self, block: Head) {
		let mut state = self.state.lock();
		state.bodies.remove(&block.hash);
		state.fetched_only.insert(block.hash, block.height);
	}

	/// Drops everything of heights up to `height`, which are over.
	pub(super) fn over(&self, height: Height) {
		let mut state = self.state.lock();
		state.bodies.retain(|_, body| body.height > height);
		state.fetched_only.retain(|_, at| *at > height);
		state.coming.retain(|_, coming| coming.height > height);
	}

	/// Resolves when the bodies have changed after the call.
	pub(super) fn arrival(&self) -> impl std::future::Future<Output = ()> + '_ {
		self.arrived.notified()
	}
}

impl State {
	fn insert(&mut self, block: Head, bytes: Arc<Vec<u8>>, owner: Option<SignerIndex>, needed: bool) {
		self.arrivals += 1;
		let arrival = self.arrivals;
		self.bodies.insert(block.hash, Body { height: block.height, bytes, owner, needed, arrival });
	}

	fn offer(&mut self, owner: SignerIndex, block: Head, bytes: Arc<Vec<u8>>) {
		if self.bodies.contains_key(&block.hash) || self.fetched_only.contains_key(&block.hash) {
			return;
		}
		self.insert(block, bytes, Some(owner), false);
		self.give_way(owner);
	}

	/// The bodies that may be dropped, by owner.
	fn spare(&self) -> BTreeMap<Option<SignerIndex>, Vec<(u64, BlockHash, usize)>> {
		let mut spare: BTreeMap<_, Vec<_>> = BTreeMap::new();
		for (hash, body) in self.bodies.iter().filter(|(_, body)| !body.needed) {
			spare.entry(body.owner).or_default().push((body.arrival, *hash, body.bytes.len()));
		}
		spare
	}

	fn give_way(&mut self, owner: SignerIndex) {
		let mut own = self.spare().remove(&Some(owner)).unwrap_or_default();
		own.sort_unstable();
		let too_many = own.len().saturating_sub(PER_OWNER);
		for (_, hash, _) in &own[..too_many] {
			self.bodies.remove(hash);
		}
		loop {
			let spare = self.spare();
			let taken = |bodies: &Vec<(u64, BlockHash, usize)>| bodies.iter().map(|b| b.2).sum::<usize>();
			if spare.values().map(taken).sum::<usize>() <= MAX_BYTES {
				return;
			}
			let Some(most) = spare.values().max_by_key(|bodies| taken(bodies)) else { return };
			let Some((_, hash, _)) = most.iter().min() else { return };
			self.bodies.remove(hash);
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn block(n: u64) -> Head {
		Head { height: Height(1), hash: BlockHash::from_low_u64_be(n) }
	}

	fn bytes(mib: usize) -> Arc<Vec<u8>> {
		Arc::new(vec![0; mib * 1024 * 1024])
	}

	#[test]
	fn of_each_proposer_the_newest_ones() {
		let bodies = Bodies::default();
		bodies.offer(SignerIndex(0), block(100), bytes(0));
		for n in 0..20 {
			bodies.offer(SignerIndex(1), block(n), bytes(0));
		}
		let here: Vec<u64> = (0..20).filter(|n| bodies.get(&block(*n).hash).is_some()).collect();
		assert_eq!(here, (4..20).collect::<Vec<_>>());
		assert!(bodies.get(&block(100).hash).is_some(), "others are not touched");
	}

	#[test]
	fn when_it_is_too_much_the_biggest_sender_gives_way() {
		let bodies = Bodies::default();
		bodies.offer(SignerIndex(9), block(9), bytes(1));
		for n in 0..8u16 {
			bodies.offer(SignerIndex(n), block(n.into()), bytes(10));
		}
		assert!(bodies.get(&block(9).hash).is_some());
		assert_eq!((0..8).filter(|n| bodies.get(&block(*n).hash).is_some()).count(), 6);
	}

	/// A leader that sends another block's body under its own header would keep all validators validating, and their
	/// progress timers stopped.
	#[test]
	fn a_body_that_was_corrupt_is_not_taken_again_from_who_offers_it() {
		let bodies = Bodies::default();
		bodies.offer(SignerIndex(1), block(7), bytes(0));
		bodies.drop_corrupt(block(7));
		bodies.offer(SignerIndex(1), block(7), bytes(0));
		bodies.offer(SignerIndex(2), block(7), bytes(0));
		assert!(bodies.need(&block(7).hash).is_none());
		// A fetched body that was found right is kept.
		bodies.keep(block(7), bytes(0));
		assert!(bodies.need(&block(7).hash).is_some());
		bodies.over(Height(1));
		bodies.offer(SignerIndex(1), block(7), bytes(0));
		assert!(bodies.get(&block(7).hash).is_some(), "nothing is remembered for longer than a height");
	}

	#[test]
	fn of_each_proposer_and_of_all_only_some_are_put_together_at_once() {
		let bodies = Bodies::default();
		assert_eq!((0..20).filter(|n| bodies.begin(SignerIndex(1), block(*n))).count(), 8);
		assert!(!bodies.begin(SignerIndex(2), block(0)), "it is coming");
		let others = (2..20).map(|owner| (SignerIndex(owner), u64::from(owner) * 100));
		assert_eq!(others.filter(|(owner, n)| bodies.begin(*owner, block(*n))).count(), 18);
		assert_eq!((20..40).filter(|n| bodies.begin(SignerIndex(99), block(*n + 1000))).count(), 6, "32 in all");
		bodies.give_up(&block(0).hash);
		bodies.complete(block(1), bytes(0));
		assert!(bodies.begin(SignerIndex(1), block(50)) && bodies.begin(SignerIndex(1), block(51)));
		bodies.over(Height(1));
		assert!((0..8).all(|n| bodies.begin(SignerIndex(1), block(n + 60))));
	}

	#[test]
	fn what_is_put_together_is_like_what_was_sent_whole() {
		let bodies = Bodies::default();
		assert!(bodies.begin(SignerIndex(1), block(7)));
		assert_eq!(bodies.coming(&block(7).hash), Some(false));
		bodies.asking(&block(7).hash);
		assert_eq!(bodies.coming(&block(7).hash), Some(true));
		bodies.complete(block(7), bytes(0));
		assert_eq!(bodies.coming(&block(7).hash), None);
		assert!(bodies.need(&block(7).hash).is_some());
		assert!(!bodies.begin(SignerIndex(1), block(7)), "it is here");
		// The body was not the block's own: a compact form with these hashes is not accepted again.
		bodies.drop_corrupt(block(7));
		assert!(!bodies.begin(SignerIndex(1), block(7)));
		bodies.complete(block(7), bytes(0));
		assert!(bodies.get(&block(7).hash).is_none(), "it was not begun");
		// The height is over before the body is complete.
		assert!(bodies.begin(SignerIndex(1), block(8)));
		bodies.over(Height(1));
		bodies.complete(block(8), bytes(0));
		assert!(bodies.get(&block(8).hash).is_none());
	}

	#[test]
	fn what_is_needed_stays_until_its_height_is_over() {
		let bodies = Bodies::default();
		bodies.offer(SignerIndex(1), block(0), bytes(0));
		assert!(bodies.need(&block(0).hash).is_some());
		for n in 1..30 {
			bodies.offer(SignerIndex(1), block(n), bytes(0));
		}
		assert!(bodies.get(&block(0).hash).is_some());
		bodies.over(Height(0));
		assert!(bodies.get(&block(0).hash).is_some());
		bodies.over(Height(1));
		assert!(bodies.get(&block(0).hash).is_none());
	}
}
