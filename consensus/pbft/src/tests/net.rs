//! A network of machines with one message queue and no clock. Every test that uses it checks after every step: a node
//! sends only votes and views that are in its log, no two blocks are final at one height, every certificate verifies,
//! and no node signs two votes for one place.

use super::*;
use crate::{Message, Timer, TimerKind};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use syndic_primitives::Dissemination;

/// The rules of the next height, from a final height and its rules; the same function on every node.
pub type Chain = fn(Height, &Rules) -> Rules;

pub struct Node {
	pub machine: Option<Machine<Toy>>,
	pub log: Vec<Record>,
	pub chain: Vec<VerifiedCertificate>,
	pub rules: Vec<Rules>,
	pub timers: BTreeMap<TimerKind, (Timer, u32)>,
	pub validated: BTreeSet<BlockHash>,
	pub outputs: Vec<Output>,
	behind: bool,
}

pub struct Net {
	pub nodes: Vec<Node>,
	pub queue: VecDeque<(usize, usize, Message)>,
	/// Whether a message from one node to another is delivered.
	pub link: Box<dyn FnMut(usize, usize, &Message) -> bool>,
	pub next_rules: Chain,
	/// The block that each key signed for each (set, height, view, phase), over the whole test.
	signed: BTreeMap<(ValidatorId, SetId, Height, View, Phase), BlockHash>,
	pub evidence: usize,
	/// A crash that is planned for one node.
	pub doom: Option<Doom>,
	/// The headers of all blocks that a node has built.
	headers: BTreeMap<BlockHash, Header>,
	initial: Rules,
}

/// A crash between two outputs.
#[derive(Clone, Copy, Debug)]
pub struct Doom {
	pub node: usize,
	/// Number of outputs that the node still carries out before the crash.
	pub outputs: usize,
	/// Whether the next output, if it is a record, is written to the log before the crash.
	pub survives: bool,
}

pub fn same(_: Height, rules: &Rules) -> Rules {
	rules.clone()
}

impl Net {
	pub fn new(n: u16) -> Self {
		Self::with(n, rules(n), same)
	}

	/// A network of `n` validators with this pipeline depth and dissemination.
	pub fn deep(n: u16, depth: u32, dissemination: Dissemination) -> Self {
		let parameters = Parameters { pipeline_depth: depth, dissemination, ..parameters() };
		Self::with(n, Rules { parameters, ..rules(n) }, same)
	}

	pub fn with(nodes: u16, initial: Rules, next_rules: Chain) -> Self {
		let node = |_| Node {
			machine: None,
			log: vec![],
			chain: vec![],
			rules: vec![],
			timers: BTreeMap::new(),
			validated: BTreeSet::new(),
			outputs: vec![],
			behind: false,
		};
		let mut net = Self {
			nodes: (0..nodes).map(node).collect(),
			queue: VecDeque::new(),
			link: Box::new(|_, _, _| true),
			next_rules,
			signed: BTreeMap::new(),
			evidence: 0,
			doom: None,
			headers: BTreeMap::new(),
			initial,
		};
		(0..nodes as usize).for_each(|i| net.start(i));
		net
	}

	/// Starts or restarts a node from its log and chain.
	pub fn start(&mut self, i: usize) {
		let node = &mut self.nodes[i];
		let head = node.chain.last().cloned();
		let (machine, outputs) = Machine::new(Config {
			genesis: genesis(),
			keys: Toy(Some(key(i as u16))),
			committed: head.clone().map_or((Height(0), genesis(), None), |c| (c.height(), c.block_hash(), Some(c))),
			rules: node.rules.last().cloned().unwrap_or(self.initial.clone()),
			records: node.log.clone(),
		});
		node.machine = Some(machine);
		node.timers.clear();
		self.carry_out(i, outputs);
		self.feed(i, Input::Work(true));
		for j in 0..self.nodes.len() {
			if j != i && self.nodes[j].machine.is_some() {
				self.feed(i, Input::PeerConnected(key(j as u16)));
				self.feed(j, Input::PeerConnected(key(i as u16)));
			}
		}
	}

	pub fn crash(&mut self, i: usize) {
		self.nodes[i].machine = None;
		self.nodes[i].timers.clear();
		self.queue.retain(|(from, to, _)| *from != i && *to != i);
		for j in 0..self.nodes.len() {
			self.feed(j, Input::PeerDisconnected(key(i as u16)));
		}
	}

	pub fn feed(&mut self, i: usize, input: Input) {
		if let Some(machine) = &mut self.nodes[i].machine {
			let outputs = machine.handle(input);
			self.carry_out(i, outputs);
		}
	}

	/// Carries out all outputs of one input first, then feeds the inputs that result from them, as the client does.
	fn carry_out(&mut self, i: usize, outputs: Vec<Output>) {
		let mut follow_up = Vec::new();
		for output in outputs {
			if let Some(doom) = self.doom.as_mut().filter(|doom| doom.node == i) {
				if doom.outputs == 0 {
					if let (Output::Persist(record), true) = (&output, doom.survives) {
						self.note_vote(i, record);
						self.nodes[i].log.push(record.clone());
					}
					self.doom = None;
					self.crash(i);
					return;
				}
				doom.outputs -= 1;
			}
			self.nodes[i].outputs.push(output.clone());
			match output {
				Output::Persist(record) => {
					self.note_vote(i, &record);
					self.nodes[i].log.push(record);
				}
				Output::Broadcast(message) => {
					self.assert_durable(i, &message);
					for to in (0..self.nodes.len()).filter(|to| *to != i) {
						self.queue.push_back((i, to, message.clone()));
					}
				}
				Output::Send(id, message) => {
					self.assert_durable(i, &message);
					let to = (0..self.nodes.len()).find(|to| key(*to as u16) == id).unwrap();
					self.queue.push_back((i, to, message));
				}
				Output::Build { height, view, parent } => {
					let salt = sp_crypto_hashing::blake2_256(&codec::Encode::encode(&(height, view, i as u32)));
					let header = Header { extrinsics_root: salt.into(), ..header(height.0, parent, 0) };
					self.headers.insert(header.hash(), header.clone());
					self.nodes[i].validated.insert(header.hash());
					follow_up.push(Input::Built { view, header: Box::new(header) });
				}
				Output::Validate { height, block_hash, parent, .. } => {
					self.nodes[i].validated.insert(block_hash);
					let header = self.headers.get(&block_hash).cloned().or_else(|| header_of(block_hash));
					let verdict = match header.filter(|header| header.parent_hash == parent) {
						Some(header) => Verdict::Valid(Box::new(header)),
						None => Verdict::Invalid,
					};
					follow_up.push(Input::Validated { height, block_hash, parent, verdict });
				}
				Output::SetTimer(timer, after) => {
					self.nodes[i].timers.insert(timer.kind(), (timer, after));
				}
				Output::ClearTimer(kind) => {
					self.nodes[i].timers.remove(&kind);
				}
				Output::Commit { certificate, .. } => follow_up.push(self.finalise(i, certificate)),
				Output::Evidence(_) => self.evidence += 1,
				Output::Behind { .. } => self.nodes[i].behind = true,
				Output::Rejected(_) | Output::Note(_) => {}
			}
		}
		follow_up.into_iter().for_each(|input| self.feed(i, input));
		if std::mem::take(&mut self.nodes[i].behind) {
			self.sync(i);
		}
	}

	fn note_vote(&mut self, i: usize, record: &Record) {
		if let Record::Voted { set_id, height, view, phase, block_hash } = record {
			let place = (key(i as u16), *set_id, *height, *view, *phase);
			let before = *self.signed.entry(place).or_insert(*block_hash);
			assert_eq!(before, *block_hash, "node {i} votes twice at {height}/{view} {phase:?}");
		}
	}

	fn assert_durable(&self, i: usize, message: &Message) {
		let log = &self.nodes[i].log;
		let durable = match message {
			Message::PrePrepare(v) | Message::Vote(v) => log.contains(&Record::Voted {
				set_id: v.vote.set_id,
				height: v.vote.height,
				view: v.vote.view,
				phase: v.vote.phase,
				block_hash: v.vote.block_hash,
			}),
			Message::ViewChange(m) => log.contains(&Record::View {
				set_id: m.view_change.set_id,
				view: m.view_change.new_view,
				entered: false,
			}),
			Message::NewView(m) => {
				log.contains(&Record::View { set_id: m.new_view.set_id, view: m.new_view.view, entered: true })
			}
			Message::Committed(_) | Message::Prepared(_) => true,
		};
		assert!(durable, "node {i} sends what is not in its log: {message:?}");
	}

	fn finalise(&mut self, i: usize, certificate: VerifiedCertificate) -> Input {
		let node = &mut self.nodes[i];
		assert_eq!(certificate.height().0 as usize, node.chain.len() + 1, "node {i} skips a height");
		let rules = node.rules.last().unwrap_or(&self.initial).clone();
		let inner = certificate.clone().into_inner();
		inner.verify(Phase::Commit, &genesis(), &rules.set, &Toy(None)).expect("certificates verify");
		let next = (self.next_rules)(certificate.height(), &rules);
		node.chain.push(certificate.clone());
		node.rules.push(next.clone());
		let at = node.chain.len() - 1;
		for other in &self.nodes {
			if let Some(c) = other.chain.get(at) {
				assert_eq!(c.block_hash(), certificate.block_hash(), "two blocks final at height {}", at + 1);
			}
		}
		finalised(certificate, next)
	}

	/// Does what the client's sync does: finalises the blocks that other nodes have.
	pub fn sync(&mut self, i: usize) {
		loop {
			let have = self.nodes[i].chain.len();
			let next = self.nodes.iter().find_map(|n| n.chain.get(have).cloned());
			match next {
				Some(certificate) if self.nodes[i].machine.is_some() => {
					let input = self.finalise(i, certificate);
					self.feed(i, input);
				}
				_ => return,
			}
		}
	}

	/// Delivers up to `steps` messages.
	pub fn deliver(&mut self, steps: usize) {
		for _ in 0..steps {
			let Some((from, to, message)) = self.queue.pop_front() else { return };
			if (self.link)(from, to, &message) {
				self.feed(to, Input::Message(message));
			}
		}
	}

	/// Delivers messages until `height` is final on the nodes `who`. Panics if the queue runs empty or after 100,000
	/// messages.
	pub fn deliver_until(&mut self, height: usize, who: &[usize]) {
		for _ in 0..100_000 {
			if who.iter().all(|i| self.nodes[*i].chain.len() >= height) {
				return;
			}
			if self.queue.is_empty() {
				break;
			}
			self.deliver(1);
		}
		let state: Vec<_> = self.nodes.iter().map(|n| n.machine.as_ref().map(Machine::status)).collect();
		panic!("height {height} was not reached: {state:#?}");
	}

	/// Fires a node's timer of one kind, if it runs.
	pub fn fire(&mut self, i: usize, kind: TimerKind) -> bool {
		let Some((timer, _)) = self.nodes[i].timers.remove(&kind) else { return false };
		self.feed(i, Input::Timer(timer));
		true
	}

	/// Fires the timers of these kinds on these nodes, if they run.
	pub fn fire_all(&mut self, nodes: impl IntoIterator<Item = usize>, kinds: &[TimerKind]) {
		for i in nodes {
			for kind in kinds {
				self.fire(i, *kind);
			}
		}
	}

	pub fn view(&self, i: usize) -> (u32, bool) {
		let status = self.nodes[i].machine.as_ref().unwrap().status();
		(status.view.0, status.changing_view)
	}
}
