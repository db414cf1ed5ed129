//! A validator with a real log is killed at every boundary on its way to a commit: before an append, during an append
//! with every kind of damage that this leaves on the disk, and before each message that may be sent after it. Its log
//! then holds exactly what was synced, no lock is lost, nothing is signed twice, and the network continues.

use super::{segment::path_of, Entry, Identity, WriteAheadLog};
use sp_core::{crypto::UncheckedFrom, ed25519, H256};
use sp_runtime::traits::{BlakeTwo256, Hash};
use std::{
	collections::{BTreeMap, VecDeque},
	fs::{self, OpenOptions},
	io::{Seek, SeekFrom, Write},
	path::Path,
	sync::Arc,
};
use syndic_pbft::{Config, Input, Keys, Machine, Message, Output, Record, Timer, TimerKind, Verdict};
use syndic_primitives::{
	block::Header, crypto::VerifySignature, BlockHash, Height, Parameters, Phase, Rules, SetId, ValidatorId,
	ValidatorSet, ValidatorSignature, VerifiedCertificate, View,
};
use tempfile::TempDir;

const VALIDATORS: u8 = 4;
/// The validator that is killed. It is the leader of height 1 in view 0.
const VICTIM: usize = 1;

/// A keyed hash in place of ed25519: the log does not depend on signatures, and four thousand rounds are fast with it.
struct Toy(ValidatorId);

fn toy_signature(key: &ValidatorId, payload: &[u8]) -> ValidatorSignature {
	let mut bytes = AsRef::<[u8]>::as_ref(key).to_vec();
	bytes.extend_from_slice(payload);
	let mut raw = [0; 64];
	raw[..32].copy_from_slice(BlakeTwo256::hash(&bytes).as_bytes());
	ed25519::Signature::unchecked_from(raw).into()
}

impl VerifySignature for Toy {
	fn verify(&self, signer: &ValidatorId, payload: &[u8], signature: &ValidatorSignature) -> bool {
		toy_signature(signer, payload) == *signature
	}
}

impl Keys for Toy {
	fn public(&self) -> Option<&ValidatorId> {
		Some(&self.0)
	}
	fn sign(&self, payload: &[u8]) -> Option<ValidatorSignature> {
		Some(toy_signature(&self.0, payload))
	}
}

fn key(n: usize) -> ValidatorId {
	ed25519::Public::unchecked_from([n as u8; 32]).into()
}

fn genesis() -> BlockHash {
	H256::repeat_byte(0xee)
}

fn identity() -> Identity {
	Identity { genesis: genesis(), key: key(VICTIM) }
}

fn rules() -> Rules {
	let members = (0..usize::from(VALIDATORS)).map(key).collect();
	let parameters = Parameters { leader_period: 1, pipeline_depth: 2, ..Parameters::default() };
	Rules { set: ValidatorSet::new(SetId(0), Height(1), members).expect("distinct"), parameters, until: None }
}

/// What a crash during an append leaves of that append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Damage {
	/// Nothing, not even a longer file.
	Lost,
	/// The first bytes of a frame's header.
	CutInHeader,
	/// The header and half of the payload.
	CutInPayload,
	/// All bytes but the last one.
	CutAtEnd,
	/// A file of the right length with zeros in it.
	Zeros,
	/// A file of the right length with old data of the disk in it.
	Garbage,
	/// All bytes, with one bit flipped.
	FlippedBit,
	/// All bytes, although the append never returned.
	Whole,
	/// All bytes, followed by unused space.
	WholeAndZeros,
}

impl Damage {
	const ALL: [Self; 9] = [
		Self::Lost,
		Self::CutInHeader,
		Self::CutInPayload,
		Self::CutAtEnd,
		Self::Zeros,
		Self::Garbage,
		Self::FlippedBit,
		Self::Whole,
		Self::WholeAndZeros,
	];

	fn survives(self) -> bool {
		matches!(self, Self::Whole | Self::WholeAndZeros)
	}

	/// Applies the damage to the bytes from `from` to the end.
	fn strike(self, path: &Path, from: u64) {
		let mut file = OpenOptions::new().read(true).write(true).open(path).expect("the segment is there");
		let end = file.metadata().expect("it has a length").len();
		let length = end - from;
		let mut fill = |bytes: Vec<u8>| {
			file.seek(SeekFrom::Start(from)).and_then(|_| file.write_all(&bytes)).expect("it can be written");
		};
		match self {
			Self::Zeros => fill(vec![0; length as usize]),
			Self::Garbage => fill((0..length).map(|n| (n * 167 + 13) as u8).collect()),
			Self::FlippedBit => {
				let mut bytes = fs::read(path).expect("it can be read").split_off(from as usize);
				let middle = bytes.len() / 2;
				bytes[middle] ^= 4;
				fill(bytes);
			}
			_ => (),
		}
		let cut = match self {
			Self::Lost => from,
			Self::CutInHeader => from + 7,
			Self::CutInPayload => from + length / 2,
			Self::CutAtEnd => end - 1,
			Self::WholeAndZeros => end + 4096,
			_ => end,
		};
		file.set_len(cut).expect("it can be cut");
	}
}

/// Where the victim is killed.
#[derive(Clone, Copy, Debug)]
enum Doom {
	/// During its n-th append.
	Append(usize, Damage),
	/// Before it carries out its n-th output that is not a record: the appends before are on the disk.
	Output(usize),
}

struct Node {
	machine: Option<Machine<Toy>>,
	chain: Vec<VerifiedCertificate>,
	timers: BTreeMap<TimerKind, Timer>,
	/// The log of a validator that is not killed.
	records: Vec<Record>,
}

struct Net {
	nodes: Vec<Node>,
	queue: VecDeque<(usize, usize, Message)>,
	headers: BTreeMap<BlockHash, Header>,
	/// Whether commits of the first view are delivered.
	commits: bool,
	dir: TempDir,
	log: Option<WriteAheadLog>,
	/// The records that were synced, and therefore must be recovered.
	synced: Vec<Record>,
	/// The votes that the victim has sent, in all its lives.
	told: BTreeMap<(Height, View, Phase), BlockHash>,
	doom: Option<Doom>,
	appends: usize,
	outputs: usize,
}

impl Net {
	fn new(doom: Option<Doom>) -> Self {
		// In a file system in memory where there is one, because the test makes thousands of syncs.
		let memory = Path::new("/dev/shm");
		let dir = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.expect("a folder can be made");
		let node = || Node { machine: None, chain: vec![], timers: BTreeMap::new(), records: vec![] };
		let mut net = Self {
			nodes: (0..VALIDATORS).map(|_| node()).collect(),
			queue: VecDeque::new(),
			headers: BTreeMap::new(),
			commits: false,
			log: None,
			dir,
			synced: vec![],
			told: BTreeMap::new(),
			doom,
			appends: 0,
			outputs: 0,
		};
		(0..usize::from(VALIDATORS)).for_each(|i| net.start(i));
		net
	}

	fn start(&mut self, i: usize) {
		let records = if i == VICTIM {
			let (log, recovered) = WriteAheadLog::open(&self.dir.path().join("log"), identity())
				.unwrap_or_else(|error| panic!("{:?}: {error}", self.doom));
			self.log = Some(log);
			assert_eq!(recovered.records, self.synced, "{:?}", self.doom);
			recovered.records
		} else {
			self.nodes[i].records.clone()
		};
		let head = self.nodes[i].chain.last().cloned();
		let (machine, outputs) = Machine::new(Config {
			genesis: genesis(),
			keys: Toy(key(i)),
			committed: head.clone().map_or((Height(0), genesis(), None), |c| (c.height(), c.block_hash(), Some(c))),
			rules: rules(),
			records,
		});
		self.nodes[i].machine = Some(machine);
		self.nodes[i].timers.clear();
		self.carry_out(i, outputs);
		self.feed(i, Input::Work(true));
		for j in (0..self.nodes.len()).filter(|j| *j != i) {
			self.feed(i, Input::PeerConnected(key(j)));
			self.feed(j, Input::PeerConnected(key(i)));
		}
	}

	fn feed(&mut self, i: usize, input: Input) {
		if let Some(machine) = &mut self.nodes[i].machine {
			let outputs = machine.handle(input);
			self.carry_out(i, outputs);
		}
	}

	/// Carries out outputs as the engine does: all records in one append, with the bodies of the blocks that they vote
	/// for, and then the other outputs.
	fn carry_out(&mut self, i: usize, outputs: Vec<Output>) {
		if !self.persist(i, &outputs) {
			return;
		}
		let mut follow_up = Vec::new();
		for output in outputs {
			if i == VICTIM && !matches!(output, Output::Persist(_)) {
				self.outputs += 1;
				if matches!(self.doom, Some(Doom::Output(at)) if at == self.outputs) {
					return self.kill();
				}
			}
			match output {
				Output::Broadcast(message) => {
					(0..self.nodes.len()).filter(|to| *to != i).for_each(|to| self.send(i, to, message.clone()))
				}
				Output::Send(id, message) => {
					let to = (0..self.nodes.len()).find(|to| key(*to) == id).expect("it is one of them");
					self.send(i, to, message);
				}
				Output::Build { height, view, parent } => {
					let header = Header {
						parent_hash: parent,
						number: height.0,
						state_root: Default::default(),
						extrinsics_root: H256::from_low_u64_be(u64::from(view.0) << 8 | i as u64),
						digest: Default::default(),
					};
					self.headers.insert(header.hash(), header.clone());
					follow_up.push(Input::Built { view, header: Box::new(header) });
				}
				Output::Validate { height, block_hash, parent, .. } => {
					let verdict = match self.headers.get(&block_hash).filter(|h| h.parent_hash == parent) {
						Some(header) => Verdict::Valid(Box::new(header.clone())),
						None => Verdict::Invalid,
					};
					follow_up.push(Input::Validated { height, block_hash, parent, verdict });
				}
				Output::SetTimer(timer, _) => drop(self.nodes[i].timers.insert(timer.kind(), timer)),
				Output::ClearTimer(kind) => drop(self.nodes[i].timers.remove(&kind)),
				Output::Commit { certificate, .. } => follow_up.push(self.finalise(i, certificate)),
				_ => (),
			}
		}
		follow_up.into_iter().for_each(|input| self.feed(i, input));
	}

	/// Returns whether the process still lives.
	fn persist(&mut self, i: usize, outputs: &[Output]) -> bool {
		let records = outputs.iter().filter_map(|output| match output {
			Output::Persist(record) => Some(record.clone()),
			_ => None,
		});
		if i != VICTIM {
			self.nodes[i].records.extend(records);
			return true;
		}
		let mut entries = Vec::new();
		for record in records {
			if let Record::Voted { height, phase: Phase::PrePrepare | Phase::Prepare, block_hash, .. } = record {
				let bytes = Arc::new(block_hash.as_bytes().repeat(20));
				entries.push(Entry::Block { height, hash: block_hash, bytes });
			}
			entries.push(Entry::Record(record));
		}
		if entries.is_empty() {
			return true;
		}
		self.appends += 1;
		let doomed = match self.doom {
			Some(Doom::Append(at, damage)) if at == self.appends => Some(damage),
			_ => None,
		};
		let path = path_of(&self.dir.path().join("log"), 0);
		let before = fs::metadata(&path).expect("the log has one segment").len();
		let log = self.log.as_mut().expect("who lives has a log");
		log.append(&entries).expect("the disk takes it");
		if doomed.is_none_or(Damage::survives) {
			self.synced.extend(entries.into_iter().filter_map(|entry| match entry {
				Entry::Record(record) => Some(record),
				Entry::Block { .. } => None,
			}));
		}
		if let Some(damage) = doomed {
			self.kill();
			damage.strike(&path, before);
		}
		doomed.is_none()
	}

	fn kill(&mut self) {
		self.nodes[VICTIM].machine = None;
		self.nodes[VICTIM].timers.clear();
		self.log = None;
		self.queue.retain(|(from, to, _)| *from != VICTIM && *to != VICTIM);
		for j in (0..self.nodes.len()).filter(|j| *j != VICTIM) {
			self.feed(j, Input::PeerDisconnected(key(VICTIM)));
		}
	}

	fn send(&mut self, from: usize, to: usize, message: Message) {
		if let (VICTIM, Message::PrePrepare(signed) | Message::Vote(signed)) = (from, &message) {
			let vote = signed.vote;
			let said = *self.told.entry((vote.height, vote.view, vote.phase)).or_insert(vote.block_hash);
			assert_eq!(said, vote.block_hash, "signed twice at {vote:?}, {:?}", self.doom);
		}
		self.queue.push_back((from, to, message));
	}

	fn finalise(&mut self, i: usize, certificate: VerifiedCertificate) -> Input {
		let at = self.nodes[i].chain.len();
		assert_eq!(certificate.height().0 as usize, at + 1);
		for other in &self.nodes {
			assert!(other.chain.get(at).is_none_or(|c| c.block_hash() == certificate.block_hash()), "a fork");
		}
		self.nodes[i].chain.push(certificate.clone());
		let (height, block_hash) = (certificate.height(), certificate.block_hash());
		Input::Finalised { height, block_hash, certificate: Some(certificate), between: Vec::new(), next: rules() }
	}

	/// Takes over what other nodes have final, as sync does.
	fn sync(&mut self, i: usize) {
		while self.nodes[i].machine.is_some() {
			let have = self.nodes[i].chain.len();
			let Some(certificate) = self.nodes.iter().find_map(|n| n.chain.get(have).cloned()) else { return };
			let input = self.finalise(i, certificate);
			self.feed(i, input);
		}
	}

	fn deliver(&mut self, messages: usize) {
		for _ in 0..messages {
			let Some((_, to, message)) = self.queue.pop_front() else { return };
			let early = |v: &syndic_primitives::SignedVote| v.vote.phase == Phase::Commit && v.vote.view == View(0);
			let lost = !self.commits && matches!(&message, Message::Vote(v) if early(v));
			if !lost {
				self.feed(to, Input::Message(message));
			}
		}
	}

	fn fire(&mut self) {
		for kind in [TimerKind::Resend, TimerKind::NewView, TimerKind::Progress] {
			for i in 0..self.nodes.len() {
				if let Some(timer) = self.nodes[i].timers.remove(&kind) {
					self.feed(i, Input::Timer(timer));
				}
			}
		}
	}

	fn highest(&self) -> usize {
		self.nodes.iter().map(|n| n.chain.len()).max().unwrap_or(0)
	}
}

/// Two heights are locked and not committed; a view change proposes them again, and they are committed. On the way the
/// victim is killed as `doom` says, and starts again. Returns how many appends and outputs there were, and whether the
/// victim was killed.
fn run(doom: Option<Doom>) -> (usize, usize, bool) {
	let mut net = Net::new(doom);
	for _ in 0..20 {
		if net.nodes[VICTIM].machine.is_none() || net.highest() >= 3 {
			break;
		}
		for _ in 0..300 {
			if net.nodes[VICTIM].machine.is_some() {
				net.deliver(1);
			}
		}
		if net.nodes[VICTIM].machine.is_some() {
			net.fire();
		}
	}
	let killed = net.nodes[VICTIM].machine.is_none();
	let counts = (net.appends, net.outputs, killed);
	if killed {
		net.doom = None;
		let locks: BTreeMap<Height, (View, BlockHash)> = net
			.synced
			.iter()
			.filter_map(|record| match record {
				Record::Locked(lock) => Some((lock.height(), (lock.view(), lock.block_hash()))),
				_ => None,
			})
			.collect();
		let next = Height(net.nodes[VICTIM].chain.len() as u32 + 1);
		net.start(VICTIM);
		let status = net.nodes[VICTIM].machine.as_ref().expect("it has just started").status();
		if status.committed.next() == next {
			assert_eq!(status.locked.as_ref(), locks.get(&next), "a lock is lost or made up: {doom:?}");
		}
	}
	net.commits = true;
	let goal = net.highest() + 3;
	for _ in 0..40 {
		(0..net.nodes.len()).for_each(|i| net.sync(i));
		net.deliver(2_000);
		if net.nodes.iter().all(|n| n.chain.len() >= goal) {
			return counts;
		}
		net.fire();
	}
	panic!("height {goal} was not reached: {doom:?}");
}

#[test]
fn a_crash_at_any_boundary_with_any_damage_loses_no_lock_and_signs_nothing_twice() {
	let (appends, outputs, _) = run(None);
	assert!(appends > 15 && outputs > 40, "{appends} appends, {outputs} outputs");
	for append in 1..=appends {
		for damage in Damage::ALL {
			let doom = Doom::Append(append, damage);
			assert!(run(Some(doom)).2, "{doom:?} did not come");
		}
	}
	for output in 1..=outputs {
		let doom = Doom::Output(output);
		assert!(run(Some(doom)).2, "{doom:?} did not come");
	}
}
