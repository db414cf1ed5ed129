//! The peers with which attestations are exchanged: what waits for each, and what each may send and request.

use super::wire::{Gossip, MAX_BATCH};
use sc_network::PeerId;
use std::{
	collections::{BTreeMap, BTreeSet},
	time::{Duration, Instant},
};
use syndic_primitives::{BlockAttestations, Height, RosterIndex, ValidatorSignature, MAX_ROSTER};

/// Number of peers to which a node's own attestation goes.
const OWN_FANOUT: usize = 32;
/// Number of peers to which another node's attestation goes, the first time that it is received.
const FANOUT: usize = 8;
/// Maximum number of attestations that wait to be sent to one peer. Further ones the peer has to request.
const MAX_PENDING: usize = 16 * MAX_ROSTER as usize;
/// Maximum number of early attestations that are kept for one peer.
const MAX_EARLY: usize = 2 * MAX_ROSTER as usize;
/// Number of attestations that a peer may send at once, and the number that it may send per second in the long run.
const BURST: usize = 32 * MAX_ROSTER as usize;
const RATE: usize = 8 * MAX_ROSTER as usize;
/// Minimum time between two requests of a peer.
const ASKING: Duration = Duration::from_millis(500);

/// A peer.
#[derive(Debug)]
struct Peer {
	/// The attestations to send to it, by position. The book holds the signatures.
	pending: BTreeMap<Height, BTreeSet<RosterIndex>>,
	waiting: usize,
	/// Attestations that it sent of blocks that are not final here yet; not verified.
	early: Vec<BlockAttestations>,
	early_count: usize,
	budget: usize,
	refilled: Instant,
	asked: Option<Instant>,
}

impl Peer {
	fn new(now: Instant) -> Self {
		Self {
			pending: BTreeMap::new(),
			waiting: 0,
			early: Vec::new(),
			early_count: 0,
			budget: BURST,
			refilled: now,
			asked: None,
		}
	}

	fn queue(&mut self, height: Height, position: RosterIndex) -> bool {
		let fits = self.waiting < MAX_PENDING;
		if fits && self.pending.entry(height).or_default().insert(position) {
			self.waiting += 1;
		}
		fits
	}

	fn forget(&mut self, height: Height, position: RosterIndex) {
		let Some(positions) = self.pending.get_mut(&height) else { return };
		if positions.remove(&position) {
			self.waiting -= 1;
		}
		if positions.is_empty() {
			self.pending.remove(&height);
		}
	}
}

/// All peers.
#[derive(Debug, Default)]
pub(super) struct Peers(BTreeMap<PeerId, Peer>);

impl Peers {
	pub fn connected(&mut self, peer: PeerId, now: Instant) {
		self.0.insert(peer, Peer::new(now));
	}

	pub fn disconnected(&mut self, peer: &PeerId) {
		self.0.remove(peer);
	}

	pub fn count(&self) -> usize {
		self.0.len()
	}

	/// The `n`-th peer, modulo the number of peers.
	pub fn nth(&self, n: usize) -> Option<PeerId> {
		self.0.keys().nth(n.checked_rem(self.0.len())?).copied()
	}

	/// Whether a peer may send `count` attestations now. If so, they are charged to its budget.
	pub fn spend(&mut self, peer: &PeerId, count: usize, now: Instant) -> bool {
		let Some(peer) = self.0.get_mut(peer) else { return false };
		let elapsed = now.saturating_duration_since(peer.refilled).as_millis();
		let earned = usize::try_from(elapsed).unwrap_or(usize::MAX).saturating_mul(RATE) / 1000;
		if earned > 0 {
			peer.budget = peer.budget.saturating_add(earned).min(BURST);
			peer.refilled = now;
		}
		let left = peer.budget.checked_sub(count);
		peer.budget = left.unwrap_or(peer.budget);
		left.is_some()
	}

	/// Whether a peer may request missing attestations now. If so, the time is noted.
	pub fn may_ask(&mut self, peer: &PeerId, now: Instant) -> bool {
		let Some(peer) = self.0.get_mut(peer) else { return false };
		let may = peer.asked.is_none_or(|last| now.saturating_duration_since(last) >= ASKING);
		if may {
			peer.asked = Some(now);
		}
		may
	}

	/// Keeps attestations of a block that is not final here yet. Returns whether there was room.
	pub fn keep_early(&mut self, peer: &PeerId, attestations: BlockAttestations) -> bool {
		let Some(peer) = self.0.get_mut(peer) else { return false };
		let count = attestations.attestations.len().max(1);
		let fits = peer.early_count + count <= MAX_EARLY;
		if fits {
			peer.early_count += count;
			peer.early.push(attestations);
		}
		fits
	}

	/// Takes out the early attestations of blocks up to a height, which are final now.
	pub fn take_early(&mut self, up_to: Height) -> Vec<(PeerId, BlockAttestations)> {
		let mut taken = Vec::new();
		for (id, peer) in &mut self.0 {
			let (due, early) = std::mem::take(&mut peer.early).into_iter().partition(|one| one.block.height <= up_to);
			peer.early = early;
			peer.early_count = peer.early.iter().map(|one| one.attestations.len().max(1)).sum();
			taken.extend(Vec::into_iter(due).map(|one| (*id, one)));
		}
		taken
	}

	/// Notes that a peer has sent this attestation, so that it is not sent to it.
	pub fn knows(&mut self, peer: &PeerId, height: Height, position: RosterIndex) {
		if let Some(peer) = self.0.get_mut(peer) {
			peer.forget(height, position);
		}
	}

	/// Passes on an attestation, once: a node's own to more peers, another node's (`from` is set) to fewer, so that
	/// what a node sends does not grow with the network. The peers are chosen by height and position, so that they
	/// vary. Returns for how many of them there was no room.
	pub fn pass_on(&mut self, height: Height, position: RosterIndex, from: Option<&PeerId>) -> usize {
		let fanout = if from.is_some() { FANOUT } else { OWN_FANOUT };
		let count = self.0.len();
		let first = (height.get() as usize).wrapping_mul(7).wrapping_add(position.0.into());
		let first = first.checked_rem(count).unwrap_or(0);
		let (before, after) = (first, count - first);
		let chosen: Vec<PeerId> =
			self.0.keys().skip(before).take(after).chain(self.0.keys().take(before)).copied().collect();
		let others = chosen.into_iter().filter(|peer| Some(peer) != from);
		let full = others.take(fanout).filter(|peer| !self.queue(peer, height, position));
		full.count()
	}

	/// Queues an attestation for a peer. Returns whether there was room.
	pub fn queue(&mut self, peer: &PeerId, height: Height, position: RosterIndex) -> bool {
		self.0.get_mut(peer).is_none_or(|peer| peer.queue(height, position))
	}

	/// Whether an attestation waits to be sent.
	pub fn has_pending(&self) -> bool {
		self.0.values().any(|peer| peer.waiting > 0)
	}

	/// One notification for each peer for which attestations wait. Those that `look_up` no longer finds are left out.
	pub fn flush(
		&mut self,
		look_up: impl Fn(Height, &BTreeSet<RosterIndex>) -> Option<BlockAttestations>,
	) -> Vec<(PeerId, Gossip)> {
		let mut out = Vec::new();
		for (id, peer) in &mut self.0 {
			let (mut blocks, mut room) = (Vec::new(), MAX_BATCH);
			while room > 0 {
				let Some((height, mut positions)) = peer.pending.pop_first() else { break };
				let rest = match positions.iter().nth(room).copied() {
					Some(first) => positions.split_off(&first),
					None => BTreeSet::new(),
				};
				room -= positions.len();
				peer.waiting -= positions.len();
				blocks.extend(look_up(height, &positions).filter(|block| !block.attestations.is_empty()));
				if !rest.is_empty() {
					peer.pending.insert(height, rest);
				}
			}
			if !blocks.is_empty() {
				out.push((*id, Gossip::Attestations(blocks)));
			}
		}
		out
	}
}

/// The attestations at these positions, as far as the record has them.
pub(super) fn select(
	of: &BTreeMap<RosterIndex, ValidatorSignature>,
	positions: &BTreeSet<RosterIndex>,
) -> Vec<(RosterIndex, ValidatorSignature)> {
	positions.iter().filter_map(|position| Some((*position, of.get(position)?.clone()))).collect()
}

#[cfg(test)]
mod tests {
	use super::*;
	use syndic_primitives::{Attestation, BlockHash};

	fn peers(count: usize) -> (Peers, Vec<PeerId>) {
		let mut peers = Peers::default();
		let ids: Vec<_> = (0..count).map(|_| PeerId::random()).collect();
		ids.iter().for_each(|id| peers.connected(*id, Instant::now()));
		(peers, ids)
	}

	fn block(height: u32, count: u16) -> BlockAttestations {
		let signature = ValidatorSignature::from(sp_core::ed25519::Signature::from_raw([0; 64]));
		let block = Attestation { height: Height(height), block_hash: BlockHash::zero() };
		BlockAttestations { block, attestations: (0..count).map(|n| (RosterIndex(n), signature.clone())).collect() }
	}

	fn flush(peers: &mut Peers) -> Vec<(PeerId, usize)> {
		let signature = ValidatorSignature::from(sp_core::ed25519::Signature::from_raw([0; 64]));
		let all = (0..2048).map(|n| (RosterIndex(n), signature.clone())).collect();
		let look_up = |height: Height, positions: &BTreeSet<RosterIndex>| {
			Some(BlockAttestations { attestations: select(&all, positions), ..block(height.get(), 0) })
		};
		let sent = peers.flush(look_up).into_iter().map(|(peer, gossip)| match gossip {
			Gossip::Attestations(blocks) => (peer, blocks.iter().map(|block| block.attestations.len()).sum()),
			Gossip::Want(_) => panic!("nothing was asked for"),
		});
		sent.collect()
	}

	#[test]
	fn it_goes_to_everybody_of_a_few_and_to_some_of_many_but_not_back() {
		let (mut few, ids) = peers(5);
		assert_eq!(few.pass_on(Height(1), RosterIndex(0), Some(&ids[2])), 0);
		let sent = flush(&mut few);
		assert_eq!(sent.len(), 4);
		assert!(sent.iter().all(|(peer, count)| *peer != ids[2] && *count == 1));
		assert!(!few.has_pending());

		let (mut many, _) = peers(100);
		many.pass_on(Height(1), RosterIndex(0), None);
		assert_eq!(flush(&mut many).len(), OWN_FANOUT);
		let (mut reached, from) = (BTreeSet::new(), PeerId::random());
		for position in 0..100 {
			many.pass_on(Height(1), RosterIndex(position), Some(&from));
			let sent = flush(&mut many);
			assert_eq!(sent.len(), FANOUT);
			reached.extend(sent.into_iter().map(|(peer, _)| peer));
		}
		assert_eq!(reached.len(), 100, "not always the same ones");
	}

	#[test]
	fn who_has_it_already_is_not_told() {
		let (mut peers, ids) = peers(2);
		peers.pass_on(Height(1), RosterIndex(3), None);
		peers.knows(&ids[0], Height(1), RosterIndex(3));
		peers.knows(&ids[0], Height(1), RosterIndex(4));
		assert_eq!(flush(&mut peers), [(ids[1], 1)]);
	}

	#[test]
	fn what_waits_is_bounded_and_a_notification_is_too() {
		let (mut peers, ids) = peers(1);
		let mut queued = 0;
		for height in 0..100 {
			for position in 0..MAX_ROSTER as u16 {
				queued += usize::from(peers.queue(&ids[0], Height(height), RosterIndex(position)));
			}
		}
		assert_eq!(queued, MAX_PENDING);
		let mut sent = 0;
		while peers.has_pending() {
			let count = flush(&mut peers)[0].1;
			assert!(count <= MAX_BATCH);
			sent += count;
		}
		assert_eq!(sent, MAX_PENDING);
	}

	#[test]
	fn a_peer_sends_no_more_than_its_share() {
		let (mut peers, now) = (Peers::default(), Instant::now());
		let id = PeerId::random();
		assert!(!peers.spend(&id, 1, now), "of a stranger nothing is read");
		peers.connected(id, now);
		assert!(peers.spend(&id, BURST, now));
		assert!(!peers.spend(&id, 1, now));
		assert!(!peers.spend(&id, RATE + 1, now + Duration::from_secs(1)));
		assert!(peers.spend(&id, RATE, now + Duration::from_secs(1)));
		assert!(!peers.spend(&id, BURST + 1, now + Duration::from_secs(1_000_000)));
		assert!(peers.may_ask(&id, now));
		assert!(!peers.may_ask(&id, now + ASKING / 2));
		assert!(peers.may_ask(&id, now + ASKING));
	}

	#[test]
	fn early_ones_are_bounded_and_come_back_when_it_is_time() {
		let (mut peers, ids) = peers(2);
		assert!(peers.keep_early(&ids[0], block(5, MAX_ROSTER as u16)));
		assert!(peers.keep_early(&ids[0], block(6, 1000)));
		assert!(!peers.keep_early(&ids[0], block(7, 1000)), "no room");
		assert!(peers.keep_early(&ids[1], block(7, 1000)), "others have theirs");
		let taken: Vec<_> = peers.take_early(Height(5)).iter().map(|(peer, one)| (*peer, one.block.height)).collect();
		assert_eq!(taken, [(ids[0], Height(5))]);
		assert!(peers.keep_early(&ids[0], block(8, 1000)), "room again");
		assert_eq!(peers.take_early(Height(9)).len(), 3);
		assert!(peers.take_early(Height(9)).is_empty());
	}
}
