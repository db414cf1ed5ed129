//! Virtual time: an ordered list of events, and what each of them does.

mod committee;
mod faults;
mod follow;
mod load;
mod rotation;
mod tuned;
mod twins;

pub use follow::{Follow, Followed};
pub use load::Load;

use crate::{
	audit::Audit,
	blocks::{Block, Blocks},
	byzantine::{Actor, Scene},
	dice::Dice,
	invariant::{Checker, Violation},
	keys::ToyKeys,
	meter::Meter,
	network::{Micros, Network, Partition},
	node::{Node, Wanted},
	profile::{Circumstances, Profile},
};
use codec::Encode;
use std::{
	collections::{BTreeMap, BTreeSet},
	rc::Rc,
};
use syndic_pbft::{Input, Machine, Message, Output, Timer, Verdict};
use syndic_primitives::{BlockHash, Height, SignedVote, ValidatorId, VerifiedCertificate, View};

/// Time to execute or build a block without transactions, in µs.
const EXECUTION: Micros = 2_000;
/// Interval at which nodes look for blocks to sync, in µs.
const SYNC: Micros = 500_000;
/// Interval at which a missing body is requested, in µs.
const FETCH: Micros = 50_000;
/// Interval at which faults are drawn and Byzantine actors act, in µs.
const FAULTS: Micros = 250_000;
/// Interval at which connections are updated, in µs.
const CONNECTIONS: Micros = 100_000;
/// Maximum number of certificates given to the machine for one run of synced blocks, besides that of the last block.
const MOST_BETWEEN: usize = 64;
/// Bytes of a block's body on the wire.
const BODY: u64 = 20_000;

/// Which nodes send each other votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mesh {
	/// Every node to every other.
	Full,
	/// Only nodes that both ends know as members of the set in force or the scheduled one, as in a node's network.
	Members,
}

/// What a world is made of.
struct Setting {
	/// Number of members of a set. With changes of the set, it may have one more.
	validators: usize,
	/// For each node, the validator whose key it has, and its Byzantine actor; `None` if it is honest.
	seats: Vec<(usize, Option<Box<dyn Actor>>)>,
	circumstances: Circumstances,
	blocks: Blocks,
	mesh: Mesh,
}

enum Event {
	Deliver { from: usize, to: usize, message: Rc<Message> },
	Timer { node: usize, life: u64, timer: Timer, number: u64 },
	Written { node: usize, life: u64 },
	Build { node: usize, life: u64, height: Height, view: View, parent: BlockHash },
	Filled { node: usize, life: u64, view: View, block: load::Draft },
	Pace { node: usize, life: u64 },
	Follow(follow::Step),
	Judge { node: usize, life: u64, block_hash: BlockHash },
	Fetch { node: usize, life: u64, block_hash: BlockHash },
	Finalise { node: usize, life: u64, certificate: VerifiedCertificate, holders: Vec<ValidatorId> },
	Wake { node: usize },
	Restart { node: usize },
	Sync,
	Connections,
	Faults,
	Actors,
	Cut { partition: Partition },
}

/// A simulated network.
pub struct World {
	/// Virtual time.
	pub now: Micros,
	events: BTreeMap<(Micros, u64), Event>,
	number: u64,
	dice: Dice,
	/// The processes.
	pub nodes: Vec<Node>,
	pub(crate) network: Network,
	blocks: Blocks,
	/// The circumstances that this seed drew.
	pub circumstances: Circumstances,
	faulty_until: Micros,
	rolling: usize,
	gone: BTreeSet<usize>,
	/// Checks the invariants, from what happened so far.
	pub checker: Checker,
	/// The history.
	pub audit: Audit,
	validators: usize,
	mesh: Mesh,
	/// The nodes that stay down when the network heals. `None` if they are drawn at that time.
	absentees: Option<Vec<usize>>,
	/// The transactions that arrive. `None` if they are not simulated and there is always something to order.
	load: Option<Load>,
	follow: Option<Follow>,
	/// Bytes of a block's body on the wire.
	body: u64,
	/// The meter, if this network is measured.
	pub meter: Option<Meter>,
	/// The partition, and whether each node is up in which life, when connections were last updated.
	looked_at: Option<(Partition, Vec<(bool, u64)>)>,
	/// Messages that were sent.
	pub messages: u64,
	/// How often honest nodes found evidence: two conflicting votes of one validator.
	pub evidence: u64,
}

impl World {
	/// A network of `validators`, under the circumstances that `profile` and `seed` draw.
	pub fn new(validators: usize, seed: u64, profile: Profile, audit: Audit) -> Self {
		let mut dice = Dice::new(seed);
		let circumstances = profile.draw(validators, &mut dice);
		match profile {
			Profile::Rotation => Self::rotating(validators, circumstances, dice, audit),
			_ => Self::under(validators, circumstances, dice, audit),
		}
	}

	/// A network of `validators` under given circumstances; `dice` draws the rest.
	pub fn under(validators: usize, circumstances: Circumstances, mut dice: Dice, audit: Audit) -> Self {
		let spare = if circumstances.set_changes { 2 } else { 0 };
		let nodes = validators + spare;
		let changes = faults::draw_changes(validators, nodes, &circumstances, &mut dice);
		let mut actors: BTreeMap<usize, Box<dyn Actor>> =
			circumstances.byzantine.iter().map(|(at, kind)| (*at, kind.actor())).collect();
		let seats = (0..nodes).map(|at| (at, actors.remove(&at))).collect();
		let blocks = Blocks::new(validators, changes, circumstances.depth, circumstances.dissemination);
		Self::assemble(Setting { validators, seats, circumstances, blocks, mesh: Mesh::Full }, dice, audit)
	}

	/// Makes the network. All nodes are about to start.
	fn assemble(setting: Setting, mut dice: Dice, audit: Audit) -> Self {
		let Setting { validators, seats, circumstances, blocks, mesh } = setting;
		let (nodes, skew) = (seats.len(), circumstances.skew);
		let mut world = Self {
			now: 0,
			events: BTreeMap::new(),
			number: 0,
			nodes: seats
				.into_iter()
				.map(|(validator, actor)| Node::new(validator, 1_000 - skew / 2 + dice.below(skew + 1), actor))
				.collect(),
			network: Network::new(nodes, circumstances.weather.clone(), &mut dice),
			blocks,
			faulty_until: circumstances.fault_phase,
			circumstances,
			rolling: 0,
			gone: BTreeSet::new(),
			checker: Checker::default(),
			audit,
			validators,
			mesh,
			absentees: None,
			load: None,
			follow: None,
			body: BODY,
			meter: None,
			looked_at: None,
			messages: 0,
			evidence: 0,
			dice,
		};
		let drawn = world.circumstances.clone();
		world.audit.note(0, || format!("{validators} validators of {nodes} nodes; {drawn:?}"));
		for node in 0..nodes {
			world.at(0, Event::Restart { node });
		}
		for event in [Event::Sync, Event::Connections, Event::Faults, Event::Actors] {
			world.at(1, event);
		}
		world
	}

	fn at(&mut self, time: Micros, event: Event) {
		self.number += 1;
		self.events.insert((time.max(self.now), self.number), event);
	}

	fn after(&mut self, wait: Micros, event: Event) {
		self.at(self.now + wait, event);
	}

	/// Nodes without a Byzantine actor.
	pub fn honest(&self) -> impl Iterator<Item = usize> + '_ {
		(0..self.nodes.len()).filter(|node| self.nodes[*node].is_honest())
	}

	/// Honest nodes, except those that stay down.
	pub fn healthy(&self) -> impl Iterator<Item = usize> + '_ {
		self.honest().filter(|node| !self.gone.contains(node))
	}

	/// Whether faults are still being made.
	pub fn is_faulty(&self) -> bool {
		self.now < self.faulty_until
	}

	/// Runs until `time`, or until no event is left.
	pub fn run_until(&mut self, time: Micros) -> Result<(), Violation> {
		while let Some(entry) = self.events.first_entry() {
			let (at, _) = *entry.key();
			if at > time {
				break;
			}
			let event = entry.remove();
			self.now = at;
			self.happen(event)?;
		}
		self.now = self.now.max(time);
		Ok(())
	}

	fn alive(&self, node: usize, life: u64) -> bool {
		self.nodes[node].is_up() && self.nodes[node].life == life
	}

	fn happen(&mut self, event: Event) -> Result<(), Violation> {
		match event {
			Event::Deliver { from, to, message } => self.deliver(from, to, Rc::unwrap_or_clone(message)),
			Event::Timer { node, life, timer, number } => {
				let current = self.nodes[node].timers.get(&timer.kind()) == Some(&(timer, number));
				if self.alive(node, life) && current {
					self.nodes[node].timers.remove(&timer.kind());
					self.feed(node, Input::Timer(timer))?;
				}
				Ok(())
			}
			Event::Written { node, life } if self.alive(node, life) => self.written(node),
			Event::Build { node, life, height, view, parent } if self.alive(node, life) => {
				self.build(node, height, view, parent)
			}
			Event::Filled { node, life, view, block } if self.alive(node, life) => self.filled(node, view, block),
			Event::Pace { node, life } if self.alive(node, life) => self.pace(node),
			Event::Follow(step) => self.follow(step),
			Event::Judge { node, life, block_hash } if self.alive(node, life) => self.judge(node, block_hash),
			Event::Fetch { node, life, block_hash } if self.alive(node, life) => self.fetch(node, block_hash),
			Event::Finalise { node, life, certificate, holders } if self.alive(node, life) => {
				let stale = certificate.height() <= self.nodes[node].head().0;
				if stale || self.finds_body(node, &certificate.block_hash(), &holders) {
					return self.finalise(node, certificate);
				}
				self.after(FETCH, Event::Finalise { node, life, certificate, holders });
				Ok(())
			}
			Event::Wake { node } => self.work(node),
			Event::Restart { node } => self.restart(node),
			Event::Sync => {
				// While all chains have the same length, there is nothing to sync. Followers have their own path.
				let lengths = || self.nodes.iter().map(|node| node.chain.len());
				if lengths().min() != lengths().max() && self.follow.is_none() {
					(0..self.nodes.len()).try_for_each(|node| self.sync(node))?;
				}
				self.after(SYNC, Event::Sync);
				Ok(())
			}
			Event::Connections => {
				let looked = self.connections();
				self.after(CONNECTIONS, Event::Connections);
				looked
			}
			Event::Faults => {
				if self.is_faulty() {
					self.faults();
					self.after(FAULTS, Event::Faults);
				}
				Ok(())
			}
			Event::Actors => {
				self.actors();
				self.after(FAULTS, Event::Actors);
				Ok(())
			}
			Event::Cut { partition } => {
				if self.is_faulty() || partition == Partition::None {
					self.audit.note(self.now, || format!("partition: {partition:?}"));
					self.network.partition = partition;
				}
				Ok(())
			}
			_ => Ok(()),
		}
	}

	fn deliver(&mut self, from: usize, to: usize, message: Message) -> Result<(), Violation> {
		if !self.nodes[to].is_up() {
			return Ok(());
		}
		self.audit.message(self.now, from, to, &message);
		if let Message::PrePrepare(vote) = &message {
			self.nodes[to].bodies.insert(vote.vote.block_hash);
			self.judge_if_wanted(to, vote);
		}
		if let Some(actor) = &mut self.nodes[to].actor {
			actor.hear(&message);
		}
		self.feed(to, Input::Message(message))
	}

	fn judge_if_wanted(&mut self, node: usize, vote: &SignedVote) {
		let block_hash = vote.vote.block_hash;
		if self.nodes[node].wanted.contains_key(&block_hash) {
			let life = self.nodes[node].life;
			self.after(self.execution(&block_hash), Event::Judge { node, life, block_hash });
		}
	}

	/// Gives the machine of a node an input.
	fn feed(&mut self, node: usize, input: Input) -> Result<(), Violation> {
		self.nodes[node].inbox.push_back(input);
		self.work(node)
	}

	/// Lets a node do what it can: outputs first, in order, then the next input. A write or a pause stops it.
	fn work(&mut self, at: usize) -> Result<(), Violation> {
		loop {
			let node = &mut self.nodes[at];
			if node.machine.is_none() || node.writing.is_some() {
				return Ok(());
			}
			if node.paused_until > self.now {
				return Ok(());
			}
			if let Some(output) = node.outbox.pop_front() {
				self.carry_out(at, output)?;
			} else if let Some(input) = node.inbox.pop_front() {
				if let Some(machine) = &mut node.machine {
					let outputs = machine.handle(input);
					node.outbox.extend(outputs);
					let (footprint, bound) = (
						machine.footprint(),
						Machine::<ToyKeys>::footprint_bound(self.validators + 1, self.circumstances.depth as usize),
					);
					if node.is_honest() {
						self.checker.holds(at, footprint, bound)?;
					}
				}
			} else {
				return Ok(());
			}
		}
	}

	fn written(&mut self, node: usize) -> Result<(), Violation> {
		if let Some(record) = self.nodes[node].writing.take() {
			if self.nodes[node].is_honest() {
				self.checker.durable(node, &record)?;
			}
			self.nodes[node].write(record);
		}
		self.work(node)
	}

	fn carry_out(&mut self, node: usize, output: Output) -> Result<(), Violation> {
		let life = self.nodes[node].life;
		self.audit.output(self.now, node, &output);
		match output {
			Output::Persist(record) => {
				self.nodes[node].writing = Some(record);
				let wait = self.dice.within(50, self.circumstances.disk.max(50));
				self.after(wait, Event::Written { node, life });
			}
			Output::Broadcast(message) => {
				let to: Vec<usize> = match self.mesh {
					Mesh::Full => (0..self.nodes.len()).filter(|to| *to != node).collect(),
					Mesh::Members => self.nodes[node].connected.iter().copied().collect(),
				};
				self.send(node, &to, message)?;
			}
			Output::Send(id, message) => {
				let is_it = |to: &usize| self.nodes[*to].key() == id && *to != node;
				let to: Vec<usize> = match self.mesh {
					Mesh::Full => (0..self.nodes.len()).filter(is_it).collect(),
					Mesh::Members => self.nodes[node].connected.iter().copied().filter(is_it).collect(),
				};
				self.send(node, &to, message)?;
			}
			Output::Build { height, view, parent } if self.load.is_some() => self.want(node, height, view, parent),
			Output::Build { height, view, parent } => {
				let period = Micros::from(self.blocks.rules(height).parameters.block_period) * 1_000;
				let due = self.blocks.time(&parent) + period;
				self.at(due.max(self.now) + EXECUTION, Event::Build { node, life, height, view, parent });
			}
			Output::Validate { height, block_hash, parent, reproposed, holders } => {
				self.nodes[node].wanted.insert(block_hash, Wanted { height, parent, reproposed, holders });
				if self.nodes[node].bodies.contains(&block_hash) {
					self.after(self.execution(&block_hash), Event::Judge { node, life, block_hash });
				} else {
					self.after(FETCH, Event::Fetch { node, life, block_hash });
				}
			}
			Output::SetTimer(timer, after) => {
				self.number += 1;
				let number = self.number;
				self.nodes[node].timers.insert(timer.kind(), (timer, number));
				let wait = Micros::from(after) * self.nodes[node].clock;
				self.after(wait, Event::Timer { node, life, timer, number });
			}
			Output::ClearTimer(kind) => {
				self.nodes[node].timers.remove(&kind);
			}
			Output::Commit { certificate, holders } => {
				if let Some(meter) = &mut self.meter {
					meter.committed(self.now.saturating_sub(self.blocks.time(&certificate.block_hash())), &certificate);
				}
				self.after(EXECUTION, Event::Finalise { node, life, certificate, holders });
			}
			Output::Behind { .. } => self.sync(node)?,
			Output::Evidence(_) if self.nodes[node].is_honest() => self.evidence += 1,
			Output::Evidence(_) | Output::Rejected(_) | Output::Note(_) => {}
		}
		Ok(())
	}

	fn send(&mut self, node: usize, to: &[usize], message: Message) -> Result<(), Violation> {
		if self.nodes[node].is_honest() {
			self.checker.sent(node, &message)?;
			self.post(node, to, message);
			return Ok(());
		}
		self.act(node, |actor, scene| actor.send(scene, to, &message));
		Ok(())
	}

	/// Lets a Byzantine actor produce messages, and sends them.
	fn act(&mut self, node: usize, speak: impl FnOnce(&mut dyn Actor, &mut Scene<'_>) -> Vec<(usize, Message)>) {
		let Some(mut actor) = self.nodes[node].actor.take() else { return };
		let head = self.nodes[node].head();
		let rules = self.blocks.rules(head.0.next());
		let mut scene = Scene {
			me: node,
			nodes: self.nodes.len(),
			dice: &mut self.dice,
			blocks: &mut self.blocks,
			now: self.now,
			head,
			set: &rules.set,
			keys: ToyKeys(Some(self.nodes[node].key())),
		};
		let envelopes = speak(actor.as_mut(), &mut scene);
		self.nodes[node].actor = Some(actor);
		for (to, message) in envelopes {
			if let Message::PrePrepare(vote) = &message {
				self.nodes[node].bodies.insert(vote.vote.block_hash);
			}
			self.post(node, &[to], message);
		}
	}

	fn post(&mut self, from: usize, to: &[usize], message: Message) {
		let body = match &message {
			Message::PrePrepare(vote) => self.body + self.filling(&vote.vote.block_hash),
			_ => 0,
		};
		let bytes = message.encoded_size() as u64 + body;
		if let Some(meter) = &mut self.meter {
			meter.sent(&message, to.len() as u64, bytes);
		}
		let message = Rc::new(message);
		for to in to {
			self.messages += 1;
			for arrival in self.network.send(from, *to, bytes, self.now, &mut self.dice) {
				self.at(arrival, Event::Deliver { from, to: *to, message: message.clone() });
			}
		}
	}

	fn build(&mut self, node: usize, height: Height, view: View, parent: BlockHash) -> Result<(), Violation> {
		if !self.nodes[node].has_executed(&parent) || height <= self.nodes[node].head().0 {
			return Ok(());
		}
		let salt = self.dice.below(u64::MAX);
		let block_hash = self.blocks.build(height, parent, salt, true, self.now);
		self.is_built(node, view, block_hash)
	}

	fn is_built(&mut self, node: usize, view: View, block_hash: BlockHash) -> Result<(), Violation> {
		self.nodes[node].bodies.insert(block_hash);
		self.nodes[node].executed.insert(block_hash);
		let Some(block) = self.blocks.get(&block_hash) else { return Ok(()) };
		let header = Box::new(block.header.clone());
		self.feed(node, Input::Built { view, header })
	}

	fn judge(&mut self, node: usize, block_hash: BlockHash) -> Result<(), Violation> {
		let Some(Wanted { height, parent, reproposed, .. }) = self.nodes[node].wanted.remove(&block_hash) else {
			return Ok(());
		};
		let valid = |block: &&Block| {
			let header = &block.header;
			let punctual = reproposed || !self.is_ahead(node, block);
			block.valid && (header.number, header.parent_hash) == (height.0, parent) && punctual
		};
		let verdict = match self.blocks.get(&block_hash).filter(valid) {
			Some(block) if self.nodes[node].has_executed(&parent) => {
				self.nodes[node].executed.insert(block_hash);
				Verdict::Valid(Box::new(block.header.clone()))
			}
			_ => Verdict::Invalid,
		};
		self.feed(node, Input::Validated { height, block_hash, parent, verdict })
	}

	fn fetch(&mut self, node: usize, block_hash: BlockHash) -> Result<(), Violation> {
		let Some(Wanted { height, holders, .. }) = self.nodes[node].wanted.get(&block_hash) else { return Ok(()) };
		let life = self.nodes[node].life;
		if *height <= self.nodes[node].head().0 {
			self.nodes[node].wanted.remove(&block_hash);
			return Ok(());
		}
		if self.finds_body(node, &block_hash, holders) {
			self.nodes[node].bodies.insert(block_hash);
			self.after(self.execution(&block_hash), Event::Judge { node, life, block_hash });
		} else {
			self.after(FETCH, Event::Fetch { node, life, block_hash });
		}
		Ok(())
	}

	/// Whether `node` has a block's body, or can reach a holder that has it.
	fn finds_body(&self, node: usize, block_hash: &BlockHash, holders: &[ValidatorId]) -> bool {
		let has = |other: &usize| {
			let there = &self.nodes[*other];
			let passes = self.network.partition.passes(*other, node) && self.network.partition.passes(node, *other);
			holders.contains(&there.key()) && there.is_up() && there.bodies.contains(block_hash) && passes
		};
		self.nodes[node].bodies.contains(block_hash) || (0..self.nodes.len()).any(|other| has(&other))
	}

	fn finalise(&mut self, node: usize, certificate: VerifiedCertificate) -> Result<(), Violation> {
		let height = certificate.height();
		if height != self.nodes[node].head().0.next() {
			return Ok(());
		}
		self.append(node, certificate.clone())?;
		self.report(node, certificate, Vec::new())
	}

	/// Tells the machine that a block is final.
	fn report(
		&mut self,
		node: usize,
		certificate: VerifiedCertificate,
		between: Vec<VerifiedCertificate>,
	) -> Result<(), Violation> {
		let (height, block_hash) = (certificate.height(), certificate.block_hash());
		let next = self.blocks.rules(height.next());
		self.head_moves(node);
		self.feed(node, Input::Finalised { height, block_hash, certificate: Some(certificate), between, next })?;
		if self.load.is_some() {
			self.follow_head(node)?;
		}
		Ok(())
	}

	fn append(&mut self, node: usize, certificate: VerifiedCertificate) -> Result<(), Violation> {
		self.check_final(node, &certificate)?;
		self.audit.finalised(self.now, node, &certificate);
		self.nodes[node].bodies.insert(certificate.block_hash());
		if self.follow.is_some() {
			self.tell(node, &certificate);
		}
		self.nodes[node].chain.push(certificate);
		Ok(())
	}

	fn check_final(&mut self, node: usize, certificate: &VerifiedCertificate) -> Result<(), Violation> {
		if !self.nodes[node].is_honest() {
			return Ok(());
		}
		let valid = self.blocks.get(&certificate.block_hash()).is_some_and(|block| block.valid);
		self.checker.finalised(node, certificate, &self.blocks.rules(certificate.height()), valid)
	}

	/// Takes over final blocks from an honest node that has more of them and can be reached.
	fn sync(&mut self, node: usize) -> Result<(), Violation> {
		if !self.nodes[node].is_up() || self.nodes[node].paused_until > self.now {
			return Ok(());
		}
		let have = self.nodes[node].chain.len();
		let passes =
			|other: usize| self.network.partition.passes(other, node) && self.network.partition.passes(node, other);
		let source = (0..self.nodes.len()).find(|other| {
			let there = &self.nodes[*other];
			*other != node && there.is_honest() && there.is_up() && there.chain.len() > have && passes(*other)
		});
		let Some(source) = source else { return Ok(()) };
		// Sync brings blocks in one run; the machine gets one input, for the last of them.
		let mut row = self.nodes[source].chain[have..].to_vec();
		for certificate in &row {
			self.append(node, certificate.clone())?;
		}
		let Some(last) = row.pop() else { return Ok(()) };
		let between = row.split_off(row.len().saturating_sub(MOST_BETWEEN));
		self.report(node, last, between)
	}
}
