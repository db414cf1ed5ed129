//! The machine, its twin, and their surroundings.

use super::{
	content::{rules, set},
	watch::{Judge, Watch},
};
use crate::{
	choices::Choices,
	keys::{key, ToyKeys},
};
use std::{
	collections::BTreeMap,
	sync::{atomic::AtomicBool, Arc},
};
use syndic_pbft::{Config, Input, Machine, Message, Output, SignedViewChange, Timer, TimerKind};
use syndic_primitives::{
	block::Header, BlockHash, Height, Rules, SetId, ValidatorId, VerifiedCertificate, View, MAX_PIPELINE_DEPTH,
};

/// A final block: height, hash, certificate.
pub(super) type Head = (Height, BlockHash, Option<VerifiedCertificate>);

/// Maximum number of entries in each list: messages to repeat, view-changes, builds, verdicts, commits.
const MAX_HEARD: usize = 16;

pub(super) struct World {
	pub genesis: BlockHash,
	pub keys: ToyKeys,
	pub machine: Machine<ToyKeys>,
	/// A second machine that gets the same inputs, and must give the same outputs.
	twin: Machine<ToyKeys>,
	pub watch: Watch,
	pub head: Head,
	/// The rules of the height after the last final one.
	pub rules: Rules,
	/// All final blocks, each with the rules of the height after it. The first one is the block with which the first
	/// life began.
	pub chain: Vec<(Head, Rules)>,
	/// Position in `chain` of the last block that this life knows; below the end if the database has lost blocks.
	pub at: usize,
	/// Blocks that exist somewhere.
	pub blocks: Vec<Header>,
	pub heard: Vec<Message>,
	pub view_changes: Vec<SignedViewChange>,
	/// Blocks asked for: height, view, parent.
	pub builds: Vec<(Height, View, BlockHash)>,
	/// Verdicts asked for: height, block, parent.
	pub verdicts: Vec<(Height, BlockHash, BlockHash)>,
	pub commits: Vec<VerifiedCertificate>,
	pub timers: BTreeMap<TimerKind, Timer>,
	/// The deepest window since the set or the life began, in heights.
	depth: usize,
	/// Number of records with which this life began. The machine may hold that many items more than its bound.
	recalled: usize,
}

impl World {
	pub fn new(choices: &mut Choices<'_>) -> Self {
		let genesis = BlockHash::repeat_byte(0xee);
		let height = Height(choices.number(0));
		let set_id = SetId(choices.below(3) as u64);
		let set = set(choices, set_id, height.next());
		// If this key is not in the set, the machine is a follower.
		let id: ValidatorId = key(choices.below(8) as u16);
		let keys = ToyKeys { id, present: Arc::new(AtomicBool::new(true)) };
		let rules = rules(choices, set, height);
		let head = (height, if height == Height::ZERO { genesis } else { BlockHash::repeat_byte(0xdd) }, None);
		let fresh = || Machine::new(config(genesis, &keys, &head, &rules, &[]));
		let ((machine, outputs), (twin, _)) = (fresh(), fresh());
		let mut world = Self {
			genesis,
			machine,
			twin,
			watch: Watch::default(),
			chain: vec![(head.clone(), rules.clone())],
			at: 0,
			blocks: Vec::new(),
			heard: Vec::new(),
			view_changes: Vec::new(),
			builds: Vec::new(),
			verdicts: Vec::new(),
			commits: Vec::new(),
			timers: BTreeMap::new(),
			depth: depth(&rules),
			recalled: 0,
			keys,
			head,
			rules,
		};
		match choices.below(12) {
			records @ 4.. => {
				for _ in 4..records {
					let record = world.some_record(choices);
					world.watch.remember(record);
				}
				world.start(0);
			}
			_ => world.carry_out(outputs),
		}
		world
	}

	/// Starts the process again, from its log and from the database, whose last block is at position `at` of `chain`.
	pub fn start(&mut self, at: usize) {
		self.at = at;
		(self.head, self.rules) = self.chain[at].clone();
		self.watch.restart();
		self.recalled = self.watch.log.len();
		self.depth = depth(&self.rules);
		self.timers.clear();
		self.builds.clear();
		self.verdicts.clear();
		self.commits.clear();
		let fresh = || Machine::new(config(self.genesis, &self.keys, &self.head, &self.rules, &self.watch.log));
		let ((machine, outputs), (twin, again)) = (fresh(), fresh());
		assert_eq!(outputs, again, "one log, two beginnings");
		(self.machine, self.twin) = (machine, twin);
		self.carry_out(outputs);
	}

	/// Feeds both machines, and judges the outputs.
	pub fn feed(&mut self, input: Input) {
		if let Input::Message(message) = &input {
			self.hear(message);
		}
		if let Input::Finalised { height, block_hash, certificate, next, .. } = &input {
			if *height > self.head.0 {
				let same_set = next.set.id() == self.rules.set.id();
				self.depth = if same_set { self.depth.max(depth(next)) } else { depth(next) };
				self.head = (*height, *block_hash, certificate.clone());
				self.rules = next.clone();
				self.commits.clear();
			}
		}
		let outputs = self.machine.handle(input.clone());
		assert_eq!(outputs, self.twin.handle(input), "the same inputs, other outputs");
		self.carry_out(outputs);
	}

	fn carry_out(&mut self, outputs: Vec<Output>) {
		let judge = Judge { genesis: &self.genesis, set: &self.rules.set, id: &self.keys.id, head: self.head.0 };
		self.watch.judge(&outputs, &judge);
		for output in outputs {
			match output {
				Output::Broadcast(message) | Output::Send(_, message) => self.hear(&message),
				Output::Build { height, view, parent } => keep(&mut self.builds, (height, view, parent)),
				Output::Validate { height, block_hash, parent, .. } => {
					keep(&mut self.verdicts, (height, block_hash, parent))
				}
				Output::Commit { certificate, .. } => keep(&mut self.commits, certificate),
				Output::SetTimer(timer, _) => drop(self.timers.insert(timer.kind(), timer)),
				Output::ClearTimer(kind) => drop(self.timers.remove(&kind)),
				_ => {}
			}
		}
		self.check_state();
	}

	fn check_state(&self) {
		let status = self.machine.status();
		assert_eq!(status, self.twin.status(), "the same inputs, another state");
		assert!(status.waiting_for().iter().all(|signer| usize::from(signer.0) < status.members));
		assert_eq!(status.committed, self.head.0);
		let bound = Machine::<ToyKeys>::footprint_bound(self.rules.set.size(), self.depth) + self.recalled;
		let footprint = self.machine.footprint();
		assert!(footprint <= bound, "it holds {footprint}, its bound is {bound}");
		self.machine.blocks_in_use();
	}

	fn hear(&mut self, message: &Message) {
		if let Message::ViewChange(view_change) = message {
			if !self.view_changes.contains(view_change) {
				keep(&mut self.view_changes, view_change.clone());
			}
		}
		keep(&mut self.heard, message.clone());
	}
}

fn depth(rules: &Rules) -> usize {
	rules.parameters.pipeline_depth.clamp(1, MAX_PIPELINE_DEPTH) as usize
}

fn config(
	genesis: BlockHash,
	keys: &ToyKeys,
	head: &Head,
	rules: &Rules,
	records: &[syndic_pbft::Record],
) -> Config<ToyKeys> {
	Config { genesis, keys: keys.clone(), committed: head.clone(), rules: rules.clone(), records: records.to_vec() }
}

/// Adds an entry, and forgets the oldest one if the list is full.
fn keep<T>(all: &mut Vec<T>, new: T) {
	if all.len() == MAX_HEARD {
		all.remove(0);
	}
	all.push(new);
}
