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
	/// What it must stand on.
	pub parent: BlockHash,
	/// Whether it is proposed again, and may be of any age.
	pub reproposed: bool,
	/// Who has it.
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
	/// When it was asked for, or its parent became final.
	pub since: Micros,
	/// Not to be built before.
	pub not_before: Micros,
}

/// A process and what survives it.
pub struct Node {
	/// The number of the validator whose key it has. Twins share one.
	pub validator: usize,
	/// Counts its lives, so that what was meant for an earlier one is not delivered.
	pub life: u64,
	/// `None` while it is down.
	pub machine: Option<Machine<ToyKeys>>,
	/// Inputs that wait.
	pub inbox: VecDeque<Input>,
	/// Outputs that wait, behind a record that is being written.
	pub outbox: VecDeque<Output>,
	/// The record that is being written.
	pub writing: Option<Record>,
	/// The log, as far as it is synced.
	pub log: Vec<Record>,
	/// Final blocks.
	pub chain: Vec<VerifiedCertificate>,
	/// Blocks that this life has executed and that were not final then.
	pub executed: BTreeSet<BlockHash>,
	/// Blocks whose body is here.
	pub bodies: BTreeSet<BlockHash>,
	/// Those of them that the log holds.
	pub logged_bodies: BTreeSet<BlockHash>,
	/// Blocks to be judged once their body is here: who has them.
	pub wanted: BTreeMap<BlockHash, Wanted>,
	/// Running timers, with a number that tells a replaced one from the present one.
	pub timers: BTreeMap<TimerKind, (Timer, u64)>,
	/// Nothing is done before.
	pub paused_until: Micros,
	/// Per mille by which its clock is fast (above 1000) or slow.
	pub clock: u64,
	/// What it is to build, where blocks are filled; see [`crate::world::Load`].
	pub turn: Option<Turn>,
	/// When its last final block became final, or it started, where blocks are filled.
	pub since: Micros,
	/// Whether its machine thinks that there is something to order.
	pub work: bool,
	/// By how much its clock is fast (above 0) or slow, in µs, where clocks matter.
	pub offset: i64,
	/// What it does instead of what it should; `None` if it is honest.
	pub actor: Option<Box<dyn Actor>>,
	/// Who it thinks it can reach.
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

	/// Whether the state after a block is here.
	pub fn has_executed(&self, block_hash: &BlockHash) -> bool {
		self.head().1 == *block_hash || self.executed.contains(block_hash)
	}

	/// Whether it runs.
	pub fn is_up(&self) -> bool {
		self.machine.is_some()
	}

	/// Whether it does as it should.
	pub fn is_honest(&self) -> bool {
		self.actor.is_none()
	}

	/// Its last final block.
	pub fn head(&self) -> (Height, BlockHash) {
		self.chain.last().map_or((Height::ZERO, crate::blocks::genesis()), |c| (c.height(), c.block_hash()))
	}

	/// The process ends: all that is left is on its disk. Of the record that was being written, everything or nothing;
	/// of the database, all but the last `lost` blocks.
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

	/// A record is on the disk; with a prepare, the block that it speaks of.
	pub fn write(&mut self, record: Record) {
		if let Record::Voted { block_hash, .. } = &record {
			if self.bodies.contains(block_hash) {
				self.logged_bodies.insert(*block_hash);
			}
		}
		self.log.push(record);
	}

	/// What a restart does before the machine starts: the database catches up with the log.
	///
	/// Returns the blocks that became final by it.
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
