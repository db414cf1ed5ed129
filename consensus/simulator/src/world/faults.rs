//! Faults and their end: connections, crashes, restarts, partitions, and Byzantine actors.

use super::{Event, Mesh, World};
use crate::{
	blocks::genesis, dice::Dice, invariant::Violation, keys::ToyKeys, network::Partition, profile::Circumstances,
};
use std::collections::{BTreeMap, BTreeSet};
use syndic_pbft::{Config, Input, Machine};
use syndic_primitives::Height;

impl World {
	/// Ends all faults: links are repaired, and nodes that are down start again, but for those that stay absent.
	/// Byzantine actors go on.
	pub fn heal(&mut self) {
		self.network.heal(self.circumstances.far);
		self.gone.clear();
		self.audit.note(self.now, || "the network heals".into());
		let mut present: Vec<usize> = self.honest().collect();
		let known = self.absentees.clone();
		let absent = known.as_ref().map_or(self.circumstances.absent.min(present.len()), Vec::len);
		for at in 0..absent {
			// Nodes are drawn one at a time, because each crash draws from the same dice in between.
			let node = match &known {
				Some(known) => known[at],
				None => present.swap_remove(self.dice.below(present.len() as u64) as usize),
			};
			self.audit.note(self.now, || format!("node {node} stays away"));
			self.gone.insert(node);
			if self.nodes[node].is_up() {
				self.crash(node);
			}
		}
		for node in 0..self.nodes.len() {
			self.nodes[node].paused_until = 0;
			if !self.nodes[node].is_up() {
				self.after(0, Event::Restart { node });
			}
		}
		self.after(1, Event::Connections);
	}

	/// Connects and disconnects nodes as network and sets demand.
	pub(super) fn connections(&mut self) -> Result<(), Violation> {
		let nodes = self.nodes.len();
		let up = self.nodes.iter().map(|node| (node.is_up(), node.life)).collect();
		let as_before = Some((self.network.partition.clone(), up));
		if self.mesh == Mesh::Full && self.looked_at == as_before {
			return Ok(());
		}
		self.looked_at = as_before;
		for a in 0..nodes {
			for b in self.candidates(a) {
				// A node does not connect to itself, and a twin does not know of its other half.
				let (id, own) = (self.nodes[b].key(), self.nodes[a].key());
				if id == own || !self.nodes[a].is_up() {
					continue;
				}
				let passes = self.network.partition.passes(a, b)
					&& self.network.partition.passes(b, a)
					&& self.nodes[b].is_up()
					&& (self.mesh == Mesh::Full || (self.lets_in(a, b) && self.lets_in(b, a)));
				if passes && self.nodes[a].connected.insert(b) {
					self.feed(a, Input::PeerConnected(id))?;
				} else if !passes && self.nodes[a].connected.remove(&b) {
					// The other half of a twin may still be connected.
					if !self.nodes[a].connected.iter().any(|c| self.nodes[*c].key() == id) {
						self.feed(a, Input::PeerDisconnected(id))?;
					}
				}
			}
		}
		Ok(())
	}

	/// The nodes that may have to be connected to `node` or disconnected from it.
	fn candidates(&self, node: usize) -> Vec<usize> {
		if self.mesh == Mesh::Full {
			return (0..self.nodes.len()).collect();
		}
		let mut candidates = self.admitted(node);
		candidates.extend(&self.nodes[node].connected);
		candidates.into_iter().collect()
	}

	/// The nodes that a node admits, by what it knows; none if it is not among them. Node and validator have one number
	/// here.
	fn admitted(&self, node: usize) -> BTreeSet<usize> {
		let mut admitted = self.blocks.admitted(self.nodes[node].head().0.next());
		if !admitted.contains(&node) {
			admitted.clear();
		}
		admitted
	}

	fn lets_in(&self, node: usize, other: usize) -> bool {
		self.admitted(node).contains(&other)
	}

	pub(super) fn restart(&mut self, at: usize) -> Result<(), Violation> {
		if self.nodes[at].is_up() || self.gone.contains(&at) {
			return Ok(());
		}
		self.audit.note(self.now, || format!("node {at} starts"));
		for certificate in self.nodes[at].replay() {
			self.check_final(at, &certificate)?;
		}
		let node = &mut self.nodes[at];
		let (height, block_hash) = node.head();
		let (machine, outputs) = Machine::new(Config {
			genesis: genesis(),
			keys: ToyKeys(Some(node.key())),
			committed: (height, block_hash, node.chain.last().cloned()),
			rules: self.blocks.rules(height.next()),
			records: node.log.clone(),
		});
		node.machine = Some(machine);
		node.outbox.extend(outputs);
		match self.load {
			Some(_) => {
				self.head_moves(at);
				self.work(at)?;
				self.follow_head(at)?;
			}
			None => self.feed(at, Input::Work(true))?,
		}
		self.connections()
	}

	pub(super) fn crash(&mut self, node: usize) {
		let survives = self.dice.chance(500);
		let lost = self.dice.below(3) as usize;
		self.audit.note(self.now, || format!("node {node} crashes"));
		if let Some(record) = self.nodes[node].writing.clone().filter(|_| survives) {
			// A record that survives is durable, even if the process ended before it knew.
			if self.nodes[node].is_honest() {
				let _ = self.checker.durable(node, &record);
			}
		}
		self.nodes[node].crash(survives, lost);
	}

	pub(super) fn faults(&mut self) {
		let nodes = self.nodes.len();
		let one = self.dice.below(nodes as u64) as usize;
		if self.dice.chance(self.circumstances.cuts) {
			let partition = Partition::draw(nodes, &mut self.dice);
			let lasts = self.dice.within(100_000, 6_000_000);
			self.after(0, Event::Cut { partition });
			self.after(lasts, Event::Cut { partition: Partition::None });
		}
		if self.dice.chance(self.circumstances.cuts) {
			let other = self.dice.below(nodes as u64) as usize;
			let until = self.now + self.dice.within(50_000, 3_000_000);
			self.network.clog(one, other, until);
		}
		if self.dice.chance(self.circumstances.crashes) && self.nodes[one].is_up() {
			self.crash(one);
			let down = self.dice.within(10_000, 5_000_000);
			self.after(down, Event::Restart { node: one });
		}
		if self.dice.chance(self.circumstances.pauses) {
			let until = self.now + self.dice.within(10_000, 4_000_000);
			self.nodes[one].paused_until = until;
			self.at(until, Event::Wake { node: one });
		}
		if self.circumstances.rolling && self.dice.chance(250) {
			let node = self.rolling % nodes;
			self.rolling += 1;
			if self.nodes[node].is_up() {
				self.crash(node);
				self.after(400_000, Event::Restart { node });
			}
		}
		if self.circumstances.gone > self.gone.len() && self.now > self.faulty_until / 2 {
			while self.gone.len() < self.circumstances.gone {
				let node = self.dice.below(self.validators as u64) as usize;
				if self.gone.insert(node) && self.nodes[node].is_up() {
					self.crash(node);
				}
			}
		}
	}

	/// The number of nodes that stay down.
	pub fn gone(&self) -> usize {
		self.gone.len()
	}

	pub(super) fn actors(&mut self) {
		for node in 0..self.nodes.len() {
			if !self.nodes[node].is_up() {
				continue;
			}
			self.act(node, |actor, scene| actor.tick(scene));
			let forgets = match &mut self.nodes[node].actor {
				Some(actor) => actor.forgets(&mut self.dice),
				None => false,
			};
			if forgets {
				self.crash(node);
				self.nodes[node].log.clear();
				self.after(20_000, Event::Restart { node });
			}
		}
	}
}

/// Draws changes of the set. Each new set has the size of the first one or one member more, and membership rotates
/// through all nodes. Byzantine members stay below a third of every set, since no set is smaller than the first.
pub(super) fn draw_changes(
	validators: usize,
	nodes: usize,
	circumstances: &Circumstances,
	dice: &mut Dice,
) -> BTreeMap<Height, Vec<usize>> {
	let mut changes = BTreeMap::new();
	if !circumstances.set_changes {
		return changes;
	}
	let mut height = 0;
	for _ in 0..4 {
		height += dice.within(3, 15) as u32;
		let first = dice.below(nodes as u64) as usize;
		let size = validators + usize::from(dice.chance(500));
		changes.insert(Height(height), (0..size).map(|i| (first + i) % nodes).collect());
	}
	changes
}
