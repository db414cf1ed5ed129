//! The transactions to order, and when a leader builds. Imitates `engine/pace.rs` and `substrate/build.rs` of
//! `consensus/client`.

use super::{Event, World, EXECUTION};
use crate::{
	blocks::{genesis, Block},
	invariant::Violation,
	network::Micros,
	node::Turn,
};
use syndic_pbft::Input;
use syndic_primitives::{BlockHash, Height, View};

/// Time to execute a transaction, in µs.
const PER_TRANSACTION: Micros = 150;
/// Bytes of a transaction.
const TRANSACTION: u64 = 200;
/// Time in µs that the runtime has in a block for executing ordinary transactions.
const MOST_EXECUTION: Micros = 1_500_000;
/// Bytes that the runtime has in a block for ordinary transactions.
const MOST_BYTES: u64 = 3_750_000;
/// Maximum number of transactions in a pool.
const POOL: u64 = 8_192;
/// Maximum time in µs beyond a block period that a leader waits for its clock.
const MOST_EXTRA: Micros = 100_000;
/// Time in µs after which a leader tries again to build, if there was nothing to order.
const BUILD_AGAIN: Micros = 250_000;

/// The transactions that arrive, at the same time at all nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
	/// Time between two arrivals, in µs; 0 if none arrives.
	pub every: Micros,
	/// Number of transactions that arrive at once.
	pub burst: u64,
}

impl Load {
	/// No transactions.
	pub const IDLE: Self = Self { every: 0, burst: 0 };
	/// More transactions than any block can hold.
	pub const FLOOD: Self = Self { every: 100_000, burst: 100_000 };

	fn arrived(&self, now: Micros) -> u64 {
		now.checked_div(self.every).unwrap_or(0).saturating_mul(self.burst)
	}

	/// When the next transactions arrive.
	fn next(&self, now: Micros) -> Option<Micros> {
		Some((now.checked_div(self.every)? + 1) * self.every)
	}
}

/// A block that is being built.
pub(super) struct Draft {
	height: Height,
	parent: BlockHash,
	time: Micros,
	transactions: u64,
}

impl World {
	/// What a node's clock says.
	fn clock(&self, node: usize) -> Micros {
		self.now.saturating_add_signed(self.nodes[node].offset)
	}

	/// How many transactions a block has.
	fn transactions_in(&self, block_hash: &BlockHash) -> u64 {
		let Some(block) = self.blocks.get(block_hash) else { return 0 };
		block.transactions - self.blocks.transactions(&block.header.parent_hash)
	}

	/// Bytes of a block's transactions; 0 where transactions are not simulated.
	pub(super) fn filling(&self, block_hash: &BlockHash) -> u64 {
		self.transactions_in(block_hash) * TRANSACTION
	}

	/// How long executing a block takes.
	pub(super) fn execution(&self, block_hash: &BlockHash) -> Micros {
		EXECUTION + self.transactions_in(block_hash) * PER_TRANSACTION
	}

	/// How many transactions wait in a pool and are not in the chain up to the block `after`.
	fn waiting(&self, after: &BlockHash) -> u64 {
		let arrived = self.load.map_or(0, |load| load.arrived(self.now));
		arrived.saturating_sub(self.blocks.transactions(after)).min(POOL)
	}

	/// Whether a block's time is too far ahead of a node's clock.
	pub(super) fn is_ahead(&self, node: usize, block: &Block) -> bool {
		if self.load.is_none() {
			return false;
		}
		let tolerance = self.parameters_at(node).timestamp_tolerance;
		block.time > self.clock(node) + Micros::from(tolerance) * 1_000
	}

	/// The parameters of the first height in progress.
	fn parameters_at(&self, node: usize) -> syndic_primitives::Parameters {
		self.blocks.rules(self.nodes[node].head().0.next()).parameters
	}

	/// The machine asks for a block.
	pub(super) fn want(&mut self, node: usize, height: Height, view: View, parent: BlockHash) {
		let since = if parent == self.nodes[node].head().1 { self.nodes[node].since } else { self.now };
		self.nodes[node].turn = Some(Turn { height, view, parent, since, not_before: self.now });
		let life = self.nodes[node].life;
		self.after(0, Event::Pace { node, life });
	}

	/// A block has become final, or the node starts. The next block's period counts from now, and this is set before
	/// the machine is told, because the machine may ask for a block at once. A turn above the final block stays.
	pub(super) fn head_moves(&mut self, node: usize) {
		let now = self.now;
		let at = &mut self.nodes[node];
		let (height, _) = at.head();
		at.since = now;
		at.turn = at.turn.filter(|turn| turn.height > height);
	}

	/// The machine has been told of the head: checks now and later whether there is something to order.
	pub(super) fn follow_head(&mut self, node: usize) -> Result<(), Violation> {
		let head = self.nodes[node].head().1;
		let (now, life) = (self.now, self.nodes[node].life);
		let heartbeat = Micros::from(self.parameters_at(node).heartbeat) * 1_000;
		let beats = (self.blocks.time(&head) + heartbeat).saturating_add_signed(-self.nodes[node].offset);
		self.at(beats, Event::Pace { node, life });
		if self.waiting(&head) == 0 {
			if let Some(arrival) = self.load.and_then(|load| load.next(now)) {
				self.at(arrival, Event::Pace { node, life });
			}
		}
		self.pace(node)
	}

	/// Whether a block should be made on `parent` although there is nothing to order.
	fn empty_is_due(&self, node: usize, parent: &BlockHash) -> bool {
		let parameters = self.parameters_at(node);
		let silent = self.clock(node).saturating_sub(self.blocks.time(parent));
		parameters.empty_blocks || *parent == genesis() || silent >= Micros::from(parameters.heartbeat) * 1_000
	}

	/// When a block may be built.
	fn due(&self, node: usize, turn: &Turn) -> Micros {
		let period = Micros::from(self.parameters_at(node).block_period) * 1_000;
		let by_clock = match turn.parent == genesis() {
			true => 0,
			false => (self.blocks.time(&turn.parent) + period).saturating_sub(self.clock(node)),
		};
		let most = (period + (period / 8).min(MOST_EXTRA)).saturating_sub(self.now - turn.since);
		(self.now + by_clock.min(most)).max(turn.not_before)
	}

	/// Tells the machine whether there is something to order, and begins to build if it is time.
	pub(super) fn pace(&mut self, node: usize) -> Result<(), Violation> {
		let (head, life) = (self.nodes[node].head(), self.nodes[node].life);
		let parent = self.nodes[node].turn.map_or(head.1, |turn| turn.parent);
		let work = self.empty_is_due(node, &parent) || self.waiting(&head.1) > 0;
		if work != self.nodes[node].work {
			self.nodes[node].work = work;
			self.feed(node, Input::Work(work))?;
		}
		let Some(turn) = self.nodes[node].turn.filter(|_| work) else { return Ok(()) };
		let due = self.due(node, &turn);
		if due > self.now {
			self.at(due, Event::Pace { node, life });
			return Ok(());
		}
		if turn.height <= head.0 || !self.nodes[node].has_executed(&turn.parent) {
			return Ok(());
		}
		let parameters = self.parameters_at(node);
		let period = Micros::from(parameters.block_period) * 1_000;
		let timeout = Micros::from(parameters.base_timeout) * 1_000;
		let time_to_build = (period * 2 / 3).min(timeout / 4).max(50_000);
		let executed = (MOST_EXECUTION * u64::from(parameters.block_weight_share) / 100).min(time_to_build);
		let bytes = MOST_BYTES * u64::from(parameters.block_length_share) / 100;
		let room = (executed / PER_TRANSACTION).min(bytes / TRANSACTION).min(parameters.max_transactions.into());
		let transactions = self.waiting(&turn.parent).min(room);
		if transactions == 0 && !self.empty_is_due(node, &turn.parent) {
			let again = self.now + BUILD_AGAIN;
			self.nodes[node].turn = Some(Turn { not_before: again, ..turn });
			self.at(again, Event::Pace { node, life });
			return Ok(());
		}
		self.nodes[node].turn = None;
		let earliest = if turn.parent == genesis() { 0 } else { self.blocks.time(&turn.parent) + period };
		let time = self.clock(node).max(earliest);
		let block = Draft { height: turn.height, parent: turn.parent, time, transactions };
		let takes = EXECUTION + transactions * PER_TRANSACTION;
		self.after(takes, Event::Filled { node, life, view: turn.view, block });
		Ok(())
	}

	/// A block stands ready.
	pub(super) fn filled(&mut self, node: usize, view: View, block: Draft) -> Result<(), Violation> {
		let Draft { height, parent, time, transactions } = block;
		if height <= self.nodes[node].head().0 {
			return Ok(());
		}
		let salt = self.dice.below(u64::MAX);
		let block_hash = self.blocks.build_of(height, parent, salt, true, time, transactions);
		self.is_built(node, view, block_hash)
	}
}
