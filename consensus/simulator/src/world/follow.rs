//! The path of validators outside the committee: final blocks with their certificates, and attestations. It is beside
//! the consensus, shares the nodes' uplinks with it, and is counted separately.
//!
//! This path is a model and not the node's network. A node that has a final block announces it to its peers. A node
//! that lacks the block requests it from the first peer that announced it. A node that has the block attests it, unless
//! its own commit is in the certificate. Attestations travel in batches. Each attestation crosses a link at most once
//! in each direction.

use super::{Event, World, EXECUTION};
use crate::{dice::Dice, invariant::Violation, meter::Traffic, network::Micros};
use codec::Encode;
use std::collections::{BTreeMap, BTreeSet};
use syndic_primitives::{Height, VerifiedCertificate};

/// Minimum number of peers of a node. Connections that other nodes made to it count.
const PEERS: usize = 8;
/// Bytes of an announcement: a header and what goes with it.
const ANNOUNCEMENT: u64 = 256;
/// Bytes of a request for a block.
const REQUEST: u64 = 128;
/// Bytes of a header.
const HEADER: u64 = 128;
/// Bytes of an attestation in a batch: the validator's position and the signature.
const ATTESTATION: u64 = 2 + 64;
/// Bytes of a batch without its attestations: height, block, framing.
const BATCH: u64 = 64;
/// How long attestations are collected before they are passed on, in µs.
const COLLECT: Micros = 100_000;
/// Number of heights below a new final one for which attestations are kept.
const KEPT: u32 = 8;

/// A set of nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
	fn new(nodes: usize) -> Self {
		Self(vec![0; nodes.div_ceil(64)])
	}

	fn insert(&mut self, node: usize) {
		self.0[node / 64] |= 1 << (node % 64);
	}

	fn join(&mut self, other: &Self) {
		self.0.iter_mut().zip(&other.0).for_each(|(mine, theirs)| *mine |= theirs);
	}

	fn without(&self, other: &Self) -> Self {
		Self(self.0.iter().zip(&other.0).map(|(mine, theirs)| mine & !theirs).collect())
	}

	fn count(&self) -> u64 {
		self.0.iter().map(|word| u64::from(word.count_ones())).sum()
	}
}

/// An event of this path: a message that arrives, or work that is due.
pub(super) enum Step {
	Announced { from: usize, to: usize, height: Height },
	Requested { from: usize, to: usize, height: Height },
	Served { to: usize, certificate: VerifiedCertificate },
	Executed { to: usize },
	Attested { from: usize, to: usize, height: Height, who: Bits },
	Collected { node: usize, height: Height },
}

/// What each node knows of the attestations of one block.
struct Tally {
	/// When the first node had the block final.
	since: Micros,
	/// When the last node so far had the block final.
	spread: Micros,
	/// How many nodes have the block final.
	reached: usize,
	/// For each node, the nodes that it knows to stand behind the block.
	known: Vec<Bits>,
	/// For each node, the attestations that it has still to pass on.
	fresh: Vec<Bits>,
	/// For each node, whether passing on is scheduled.
	due: Vec<bool>,
	/// Attestations heard, by the node and by the peer that sent them to it.
	heard: BTreeMap<(usize, usize), Bits>,
	/// Announcements sent: the sender and the receiver.
	told: BTreeSet<(usize, usize)>,
	/// For each node, the time from `since` until it knew two thirds of all nodes to stand behind the block.
	assured: Vec<Option<Micros>>,
	/// The traffic of announcements, requests and blocks, and that of attestations.
	cost: (Traffic, Traffic),
}

/// The record of one height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
	/// Time in µs from when the first node had the block final until the last one had it; `None` if not all have it.
	pub spread: Option<Micros>,
	/// For each node, the time in µs from when the first node had the block final until this one knew that two thirds
	/// of all nodes stand behind it.
	pub assured: Vec<Option<Micros>>,
	/// The traffic of announcements, requests and blocks, of all nodes together.
	pub blocks: Traffic,
	/// The traffic of attestations, in batches, of all nodes together.
	pub attestations: Traffic,
}

/// The state of this path, which is beside the consensus.
pub struct Follow {
	peers: Vec<Vec<usize>>,
	asked: Vec<BTreeSet<Height>>,
	waiting: Vec<BTreeMap<Height, VerifiedCertificate>>,
	tallies: BTreeMap<Height, Tally>,
	/// The records of the heights that are over.
	pub heights: BTreeMap<Height, Followed>,
}

impl Follow {
	/// Draws the connections of `nodes` nodes at random.
	pub fn new(nodes: usize, dice: &mut Dice) -> Self {
		let mut peers = vec![BTreeSet::new(); nodes];
		for node in 0..nodes {
			while peers[node].len() < PEERS.min(nodes - 1) {
				let other = dice.below(nodes as u64) as usize;
				if other != node {
					peers[node].insert(other);
					peers[other].insert(node);
				}
			}
		}
		Self {
			peers: peers.into_iter().map(|peers| peers.into_iter().collect()).collect(),
			asked: vec![BTreeSet::new(); nodes],
			waiting: vec![BTreeMap::new(); nodes],
			tallies: BTreeMap::new(),
			heights: BTreeMap::new(),
		}
	}

	fn tally(&mut self, height: Height, now: Micros) -> &mut Tally {
		let nodes = self.peers.len();
		self.tallies.entry(height).or_insert_with(|| Tally {
			since: now,
			spread: now,
			reached: 0,
			known: vec![Bits::new(nodes); nodes],
			fresh: vec![Bits::new(nodes); nodes],
			due: vec![false; nodes],
			heard: BTreeMap::new(),
			told: BTreeSet::new(),
			assured: vec![None; nodes],
			cost: Default::default(),
		})
	}

	/// The tally of a height that is not over.
	fn open(&mut self, height: Height) -> Option<&mut Tally> {
		self.tallies.get_mut(&height)
	}

	/// Closes heights that are so far below `height` that nothing more is sent about them.
	fn forget(&mut self, height: Height) {
		let kept = self.tallies.split_off(&Height(height.0.saturating_sub(KEPT)));
		let nodes = self.peers.len();
		for (height, tally) in std::mem::replace(&mut self.tallies, kept) {
			let spread = (tally.reached == nodes).then(|| tally.spread - tally.since);
			let (blocks, attestations) = tally.cost;
			// A node may be so late that its height was over. What it adds must not replace the record.
			self.heights.entry(height).or_insert(Followed { spread, assured: tally.assured, blocks, attestations });
		}
	}
}

impl World {
	/// Sends a message of this path.
	fn pass(&mut self, from: usize, to: usize, bytes: u64, step: Step) {
		let arrivals = self.network.send(from, to, bytes, self.now, &mut self.dice);
		// Messages of this path are not duplicated.
		if let Some(arrival) = arrivals.first() {
			self.at(*arrival, Event::Follow(step));
		}
	}

	/// Whether a node is a member. Members learn of a block by their own votes. A node's number is its validator's.
	fn is_member(&self, node: usize, height: Height) -> bool {
		self.blocks.rules(height).set.index_of(&self.nodes[node].key()).is_some()
	}

	/// A block is about to be final at `node`, which announces it to its peers and attests it.
	pub(super) fn tell(&mut self, node: usize, certificate: &VerifiedCertificate) {
		let (height, now) = (certificate.height(), self.now);
		let set = self.blocks.rules(height).set;
		let signed = |other: &usize| {
			let at = set.index_of(&self.nodes[*other].key());
			at.is_some_and(|at| certificate.signatures.iter().any(|(signer, _)| *signer == at))
		};
		// The members are the first nodes here.
		let signers: Vec<usize> = (0..set.size()).filter(signed).collect();
		let attests = !signers.contains(&node);
		let Some(follow) = &mut self.follow else { return };
		follow.forget(height);
		let peers = follow.peers[node].clone();
		let tally = follow.tally(height, now);
		(tally.spread, tally.reached) = (now, tally.reached + 1);
		// Every node that has the certificate knows its signers, so that nothing of them is passed on.
		signers.iter().for_each(|signer| tally.known[node].insert(*signer));
		if attests {
			tally.known[node].insert(node);
			tally.fresh[node].insert(node);
		}
		let to: Vec<usize> = peers.into_iter().filter(|peer| !tally.told.contains(&(*peer, node))).collect();
		tally.told.extend(to.iter().map(|peer| (node, *peer)));
		tally.cost.0.add(to.len() as u64, ANNOUNCEMENT);
		for peer in to {
			self.pass(node, peer, ANNOUNCEMENT, Step::Announced { from: node, to: peer, height });
		}
		self.count(node, height);
	}

	/// Schedules the next batch if there are attestations to pass on, and checks whether two thirds are known.
	fn count(&mut self, node: usize, height: Height) {
		let (now, nodes) = (self.now, self.nodes.len() as u64);
		let Some(tally) = self.follow.as_mut().and_then(|follow| follow.open(height)) else { return };
		if tally.assured[node].is_none() && tally.known[node].count() * 3 >= nodes * 2 {
			tally.assured[node] = Some(now - tally.since);
		}
		if tally.fresh[node].count() > 0 && !tally.due[node] {
			tally.due[node] = true;
			self.after(COLLECT, Event::Follow(Step::Collected { node, height }));
		}
	}

	pub(super) fn follow(&mut self, step: Step) -> Result<(), Violation> {
		match step {
			Step::Announced { from, to, height } => {
				let has = self.nodes[to].head().0 >= height || self.is_member(to, height);
				let Some(follow) = &mut self.follow else { return Ok(()) };
				let asks = !has && follow.asked[to].insert(height);
				if let Some(tally) = follow.open(height) {
					tally.told.insert((from, to));
					tally.cost.0.add(u64::from(asks), REQUEST);
				}
				if asks {
					self.pass(to, from, REQUEST, Step::Requested { from: to, to: from, height });
				}
			}
			Step::Requested { from, to, height } => {
				let at = height.0.saturating_sub(1) as usize;
				let Some(certificate) = self.nodes[to].chain.get(at).cloned() else { return Ok(()) };
				let bytes = self.body + HEADER + certificate.encoded_size() as u64;
				if let Some(tally) = self.follow.as_mut().and_then(|follow| follow.open(height)) {
					tally.cost.0.add(1, bytes);
				}
				self.pass(to, from, bytes, Step::Served { to: from, certificate });
			}
			Step::Served { to, certificate } => {
				if let Some(follow) = &mut self.follow {
					follow.waiting[to].insert(certificate.height(), certificate);
					self.after(EXECUTION, Event::Follow(Step::Executed { to }));
				}
			}
			Step::Executed { to } => {
				let next = self.nodes[to].head().0.next();
				let Some(follow) = &mut self.follow else { return Ok(()) };
				if let Some(certificate) = follow.waiting[to].remove(&next) {
					follow.asked[to].remove(&next);
					self.finalise(to, certificate)?;
					return self.follow(Step::Executed { to });
				}
			}
			Step::Attested { from, to, height, who } => {
				let Some(tally) = self.follow.as_mut().and_then(|follow| follow.open(height)) else { return Ok(()) };
				let nodes = self.nodes.len();
				tally.heard.entry((to, from)).or_insert_with(|| Bits::new(nodes)).join(&who);
				let new = who.without(&tally.known[to]);
				tally.known[to].join(&new);
				tally.fresh[to].join(&new);
				self.count(to, height);
			}
			Step::Collected { node, height } => {
				let Some(follow) = &mut self.follow else { return Ok(()) };
				let peers = follow.peers[node].clone();
				let nothing = Bits::new(self.nodes.len());
				let mut batches = Vec::new();
				if let Some(tally) = follow.open(height) {
					let fresh = std::mem::replace(&mut tally.fresh[node], nothing.clone());
					tally.due[node] = false;
					for peer in peers {
						let who = fresh.without(tally.heard.get(&(node, peer)).unwrap_or(&nothing));
						batches.push((peer, who.count(), who));
					}
				}
				for (peer, count, who) in batches.into_iter().filter(|(_, count, _)| *count > 0) {
					let bytes = BATCH + count * ATTESTATION;
					if let Some(tally) = self.follow.as_mut().and_then(|follow| follow.open(height)) {
						tally.cost.1.add(1, bytes);
					}
					self.pass(node, peer, bytes, Step::Attested { from: node, to: peer, height, who });
				}
			}
		}
		Ok(())
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn bits_are_a_set() {
		let mut one = Bits::new(130);
		let mut other = Bits::new(130);
		[0, 63, 64, 129].into_iter().for_each(|node| one.insert(node));
		[63, 100].into_iter().for_each(|node| other.insert(node));
		assert_eq!((one.count(), one.without(&other).count(), other.without(&one).count()), (4, 3, 1));
		one.join(&other);
		assert_eq!(one.count(), 5);
	}

	#[test]
	fn everybody_has_peers_and_they_have_it() {
		for nodes in [2, 5, 16, 200] {
			let follow = Follow::new(nodes, &mut Dice::new(3));
			for (node, peers) in follow.peers.iter().enumerate() {
				assert!(peers.len() >= PEERS.min(nodes - 1) && !peers.contains(&node));
				assert!(peers.iter().all(|peer| follow.peers[*peer].contains(&node)));
			}
		}
	}
}
