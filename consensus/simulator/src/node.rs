//! One simulated process: a machine, its disk, its chain, and what waits to be done.

use crate::{
	byzantine::Actor,
	keys::{key, ToyKeys},
	network::Micros,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use syndic_pbft::{Input, Machine, Output, Record, Timer, TimerKind};
use syndic_primitives::{BlockHash, Height, ValidatorId, VerifiedCertificate, View};

/// A block that is to be judged.
#[derive(Clone, Debug)]
pub struct Wanted {
	/// Its height.
	pub height: Height,
	/// The required parent.
	pub parent: BlockHash,
	/// Whether the block is proposed again. Such a block may be of any age.
	pub reproposed: bool,
	/// Validators that should have the block's body.
	pub holders: Vec<ValidatorId>,
}

/// A block that a leader is to build.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
	/// Its height.
	pub height: Height,
	/// The view to build it in.
	pub view: View,
	/// What to build it on.
	pub parent: BlockHash,
	/// When its parent became final here; when the block was asked for, if its parent was not final then.
	pub since: Micros,
	/// The earliest time to build the block.
	pub not_before: Micros,
}

/// A process, and what survives its end.
pub struct Node {
	/// The number of the validator whose key it has. Twins share one.
	pub validator: usize,
	/// Counts the lives of the process, so that events for an earlier life are dropped.
	pub life: u64,
	/// `None` while it is down.
	pub machine: Option<Machine<ToyKeys>>,
	/// Inputs that wait for the machine.
	pub inbox: VecDeque<Input>,
	/// Outputs that wait behind a record that is being written.
	pub outbox: VecDeque<Output>,
	/// The record that is being written.
	pub writing: Option<Record>,
	/// The log, as far as it is synced.
	pub log: Vec<Record>,
	/// Commit certificates of the final blocks, from height 1 on.
	pub chain: Vec<VerifiedCertificate>,
	/// Blocks that this life executed before they were final.
	pub executed: BTreeSet<BlockHash>,
	/// Blocks whose body the node has.
	pub bodies: BTreeSet<BlockHash>,
	/// Blocks whose body the log holds; a subset of `bodies`.
	pub logged_bodies: BTreeSet<BlockHash>,
	/// Blocks to be judged once their body is here.
	pub wanted: BTreeMap<BlockHash, Wanted>,
	/// Running timers. The number distinguishes a timer from one that it replaced.
	pub timers: BTreeMap<TimerKind, (Timer, u64)>,
	/// The process does nothing before this time.
	pub paused_until: Micros,
	/// Virtual µs per ms of the process's clock: above 1000 the clock is slow, below it is fast.
	pub clock: u64,
	/// The block that it is to build, where transactions are simulated; see [`crate::world::Load`].
	pub turn: Option<Turn>,
	/// When its last final block became final, or it started, where transactions are simulated.
	pub since: Micros,
	/// Whether its machine was told that there is something to order, where transactions are simulated.
	pub work: bool,
	/// By how much its clock is ahead (above 0) or behind, in µs, where transactions are simulated.
	pub offset: i64,
	/// The Byzantine actor that alters what it sends; `None` if it is honest.
	pub actor: Option<Box<dyn Actor>>,
	/// Nodes that its machine takes for reachable.
	pub connected: BTreeSet<usize>,
}

impl Node {
	/// A process that has not started yet.
	pub fn new(validator: usize, clock: u64, actor: Option<Box<dyn Actor>>) -> Self {
		Self {
			validator,
			life: 0,
			machine: None,
			inbox: VecDeque::new(),
			outbox: VecDeque::new(),
			writing: None,
			log: Vec::new(),
			chain: Vec::new(),
			executed: BTreeSet::new(),
			bodies: BTreeSet::new(),
			logged_bodies: BTreeSet::new(),
			wanted: BTreeMap::new(),
			timers: BTreeMap::new(),
			paused_until: 0,
			clock,
			turn: None,
			since: 0,
			work: false,
			offset: 0,
			actor,
			connected: BTreeSet::new(),
		}
	}

	/// The key it signs with.
	pub fn key(&self) -> ValidatorId {
		key(self.validator)
	}

	/// Whether the node has the state after a block.
	pub fn has_executed(&self, block_hash: &BlockHash) -> bool {
		self.head().1 == *block_hash || self.executed.contains(block_hash)
	}

	/// Whether it runs.
	pub fn is_up(&self) -> bool {
		self.machine.is_some()
	}

	/// Whether the process has no Byzantine actor.
	pub fn is_honest(&self) -> bool {
		self.actor.is_none()
	}

	/// Its last final block.
	pub fn head(&self) -> (Height, BlockHash) {
		self.chain.last().map_or((Height::ZERO, crate::blocks::genesis()), |c| (c.height(), c.block_hash()))
	}

	/// The process ends, and only what is on its disk is left. The record that was being written survives whole if
	/// `record_survives`, else not at all. The database loses its last `lost` blocks.
	pub fn crash(&mut self, record_survives: bool, lost: usize) {
		self.life += 1;
		self.machine = None;
		self.inbox.clear();
		self.outbox.clear();
		self.timers.clear();
		self.wanted.clear();
		self.turn = None;
		self.work = false;
		self.executed.clear();
		self.connected.clear();
		self.paused_until = 0;
		if let Some(record) = self.writing.take().filter(|_| record_survives) {
			self.write(record);
		}
		let keep = self.chain.len().saturating_sub(lost);
		self.chain.truncate(keep);
		self.bodies = self.logged_bodies.clone();
		self.bodies.extend(self.chain.iter().map(|c| c.block_hash()));
	}

	/// A record is on the disk; with a vote, the body of its block if the node has it.
	pub fn write(&mut self, record: Record) {
		if let Record::Voted { block_hash, .. } = &record {
			if self.bodies.contains(block_hash) {
				self.logged_bodies.insert(*block_hash);
			}
		}
		self.log.push(record);
	}

	/// Brings the database up to the log, as a restart does before the machine starts.
	///
	/// Returns the certificates of the blocks that became final by this.
	pub fn replay(&mut self) -> Vec<VerifiedCertificate> {
		let before = self.chain.len();
		for record in &self.log {
			if let Record::Committed(certificate) = record {
				let next = certificate.height() == self.chain.last().map_or(Height::ZERO, |c| c.height()).next();
				if next && self.logged_bodies.contains(&certificate.block_hash()) {
					self.bodies.insert(certificate.block_hash());
					self.chain.push(VerifiedCertificate::from_verified_votes(certificate.clone()));
				}
			}
		}
		self.chain[before..].to_vec()
	}
}
