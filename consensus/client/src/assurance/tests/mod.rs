//! Nodes in memory that deliver each other's notifications.

mod mesh;

use super::{
	book::{FinalBlock, AHEAD},
	keeper::Keeper,
	sign::Signer,
	store::Store,
	wire::{self, Gossip, Want},
	AssuranceHandle, AssuranceMetrics, Ledger, Reached, RETENTION, SETTLED, WINDOW,
};
use crate::chain::ChainError;
use codec::Encode;
use parking_lot::Mutex;
use sc_client_api::AuxStore;
use sc_network::PeerId;
use sp_core::{ed25519, Pair};
use sp_keystore::{testing::MemoryKeystore, Keystore};
use std::{
	collections::{BTreeMap, BTreeSet, VecDeque},
	path::Path,
	sync::Arc,
	time::{Duration, Instant},
};
use syndic_fuzz::runner;
use syndic_primitives::{
	assurance::Witnesses, AssuranceLevel, Attestation, BlockAttestations, BlockHash, Height, Roster, RosterEntry,
	RosterIndex, Seat, ValidatorId, ValidatorSignature, PBFT_KEY_TYPE,
};
use tokio::sync::broadcast;

const GENESIS: BlockHash = BlockHash::repeat_byte(0xee);

fn hash(height: u32) -> BlockHash {
	BlockHash::from_low_u64_be(u64::from(height) + 1)
}

fn pair(n: u8) -> ed25519::Pair {
	ed25519::Pair::from_seed(&[n; 32])
}

fn key(n: u8) -> ValidatorId {
	pair(n).public().into()
}

/// Validators 1 to `validators`, each with its own institution, and one more entry: a regulator's observer.
fn roster(validators: u8) -> Roster {
	let entry = |n: u8| {
		let observes = n > validators;
		RosterEntry {
			validator: key(n),
			institution: Some(n.into()),
			regulator: observes,
			seat: if observes { Seat::Observer } else { Seat::Validator },
		}
	};
	let mut entries: Vec<_> = (1..=validators + 1).map(entry).collect();
	entries.sort();
	Roster::new(entries).unwrap()
}

/// A chain in which the first members of the roster commit.
#[derive(Clone)]
struct Chain(Arc<Mutex<World>>);

struct World {
	finalised: u32,
	syncing: bool,
	roster: Arc<Roster>,
	committed: Vec<u8>,
}

impl Chain {
	fn new(validators: u8, committed: &[u8]) -> Self {
		let (roster, committed) = (Arc::new(roster(validators)), committed.to_vec());
		Self(Arc::new(Mutex::new(World { finalised: 0, syncing: false, roster, committed })))
	}

	fn grow(&self, to: u32) {
		self.0.lock().finalised = to;
	}

	fn position(&self, n: u8) -> RosterIndex {
		self.0.lock().roster.position_of(&key(n)).unwrap()
	}
}

impl Ledger for Chain {
	fn finalised(&self) -> Height {
		Height(self.0.lock().finalised)
	}

	fn final_block(&self, height: Height) -> Result<Option<FinalBlock>, ChainError> {
		let world = self.0.lock();
		if height == Height::ZERO || height.get() > world.finalised {
			return Ok(None);
		}
		let roster = world.roster.clone();
		let mut committed = Witnesses::none(&roster);
		for n in &world.committed {
			committed.add(roster.position_of(&key(*n)).unwrap());
		}
		let block = Attestation { height, block_hash: hash(height.get()) };
		Ok(Some(FinalBlock { block, roster, committed }))
	}

	fn is_syncing(&self) -> bool {
		self.0.lock().syncing
	}
}

/// A database in memory.
#[derive(Default)]
struct Disk(Mutex<BTreeMap<Vec<u8>, Vec<u8>>>);

impl AuxStore for Disk {
	fn insert_aux<
		'a,
		'b: 'a,
		'c: 'a,
		I: IntoIterator<Item = &'a (&'c [u8], &'c [u8])>,
		D: IntoIterator<Item = &'a &'b [u8]>,
	>(
		&self,
		insert: I,
		delete: D,
	) -> sp_blockchain::Result<()> {
		let mut disk = self.0.lock();
		insert.into_iter().for_each(|(key, value)| drop(disk.insert(key.to_vec(), value.to_vec())));
		delete.into_iter().for_each(|key| drop(disk.remove(*key)));
		Ok(())
	}

	fn get_aux(&self, key: &[u8]) -> sp_blockchain::Result<Option<Vec<u8>>> {
		Ok(self.0.lock().get(key).cloned())
	}
}

/// A node that holds these keys.
struct Node {
	id: PeerId,
	keeper: Keeper<Chain, Disk>,
	chain: Chain,
	disk: Arc<Disk>,
	reached: broadcast::Receiver<Reached>,
}

impl Node {
	fn on(chain: Chain, disk: Arc<Disk>, keys: &[u8]) -> Self {
		let keystore = MemoryKeystore::new();
		for n in keys {
			let seed = format!("0x{}", hex(&[*n; 32]));
			assert_eq!(keystore.ed25519_generate_new(PBFT_KEY_TYPE, Some(&seed)).unwrap(), pair(*n).public());
		}
		let handle = AssuranceHandle::new();
		let reached = handle.subscribe();
		let (store, signer) = (Store::new(disk.clone()), Signer::new(Arc::new(keystore)));
		let keeper = Keeper::new(GENESIS, chain.clone(), store, signer, handle, AssuranceMetrics::default());
		Self { id: PeerId::random(), keeper, chain, disk, reached }
	}

	fn new(chain: &Chain, keys: &[u8]) -> Self {
		// Each node has a chain of its own, so that one can be behind.
		let world = chain.0.lock();
		let own = World { roster: world.roster.clone(), committed: world.committed.clone(), ..*world };
		Self::on(Chain(Arc::new(Mutex::new(own))), Arc::default(), keys)
	}

	fn finalises(&mut self, height: u32, now: Instant) {
		self.chain.grow(height);
		self.keeper.on_finalised(now);
	}

	/// The number of entries that stand behind a block here.
	fn present(&self, height: u32) -> usize {
		let book = self.keeper.handle().book().read();
		let record = book.get(Height(height)).expect("in the window");
		record.roster.size() - record.missing().count()
	}

	/// The levels that a block has reached since the last call, in the order of [`AssuranceLevel::ALL`]. Which of them
	/// is reached first depends on who is near.
	fn levels(&mut self, height: u32) -> Vec<AssuranceLevel> {
		let all = std::iter::from_fn(|| self.reached.try_recv().ok());
		let of_it = all.filter(|reached| reached.block.height == Height(height));
		let mut levels: Vec<_> = of_it.map(|reached| reached.level).collect();
		levels.sort_by_key(|level| AssuranceLevel::ALL.iter().position(|known| known == level));
		levels
	}
}

fn hex(bytes: &[u8]) -> String {
	bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn connect(nodes: &mut [Node], links: &[(usize, usize)], now: Instant) {
	for (a, b) in links {
		let (id_a, id_b) = (nodes[*a].id, nodes[*b].id);
		nodes[*a].keeper.on_connected(id_b, now);
		nodes[*b].keeper.on_connected(id_a, now);
	}
}

/// Delivers notifications until no more are sent. Returns how many there were.
fn settle(nodes: &mut [Node], now: Instant) -> usize {
	let mut count = 0;
	loop {
		let mut queue = VecDeque::new();
		for node in nodes.iter_mut() {
			let from = node.id;
			queue.extend(node.keeper.flush().into_iter().map(|(to, bytes)| (from, to, bytes)));
		}
		if queue.is_empty() {
			return count;
		}
		deliver(nodes, queue, now, &mut count);
	}
}

fn deliver(nodes: &mut [Node], queue: VecDeque<(PeerId, PeerId, Vec<u8>)>, now: Instant, count: &mut usize) {
	for (from, to, bytes) in queue {
		*count += 1;
		let node = nodes.iter_mut().find(|node| node.id == to).expect("connected");
		node.keeper.on_notification(from, &bytes, now);
		assert_eq!(node.keeper.offences(), [], "of honest nodes");
	}
}

fn tick(nodes: &mut [Node], now: Instant) -> usize {
	let (mut queue, mut count) = (VecDeque::new(), 0);
	for node in nodes.iter_mut() {
		let from = node.id;
		queue.extend(node.keeper.tick(now).into_iter().map(|(to, bytes)| (from, to, bytes)));
	}
	deliver(nodes, queue, now, &mut count);
	settle(nodes, now) + count
}

fn all_pairs(count: usize) -> Vec<(usize, usize)> {
	(0..count).flat_map(|a| (0..a).map(move |b| (a, b))).collect()
}

fn signed(by: u8, height: u32, block: BlockHash) -> ValidatorSignature {
	let payload = Attestation { height: Height(height), block_hash: block }.payload(&GENESIS);
	pair(by).sign(&payload).into()
}

fn attestations(chain: &Chain, height: u32, by: &[u8]) -> BlockAttestations {
	let mut attestations: Vec<_> = by.iter().map(|n| (chain.position(*n), signed(*n, height, hash(height)))).collect();
	attestations.sort_by_key(|(position, _)| *position);
	BlockAttestations { block: Attestation { height: Height(height), block_hash: hash(height) }, attestations }
}

use AssuranceLevel::{Committee, Institutions, Regulator, Validators};

/// Ten validators and a regulator's observer in a ring. Four validators commit, three of whose commits are in the
/// certificate.
#[test]
fn what_everybody_says_reaches_everybody() {
	let chain = Chain::new(10, &[1, 2, 3]);
	let mut nodes: Vec<_> = (1..=11).map(|n| Node::new(&chain, &[n])).collect();
	let now = Instant::now();
	let ring: Vec<_> = (0..11).map(|n| (n, (n + 1) % 11)).collect();
	connect(&mut nodes, &ring, now);
	for height in 1..=5 {
		for node in &mut nodes {
			node.finalises(height, now);
		}
		settle(&mut nodes, now);
		for node in &mut nodes {
			assert_eq!(node.present(height), 11);
			assert_eq!(node.levels(height), [Committee, Validators, Institutions, Regulator]);
		}
	}
}

/// Validators whose commits are in their certificate attest later, because the certificates of others may lack these
/// commits.
#[test]
fn members_attest_when_there_is_time() {
	let chain = Chain::new(4, &[1, 2, 3]);
	let mut nodes: Vec<_> = (1..=4).map(|n| Node::new(&chain, &[n])).collect();
	let now = Instant::now();
	connect(&mut nodes, &all_pairs(4), now);
	// The last node's certificate lacks the first validator.
	nodes[3].chain.0.lock().committed = vec![2, 3, 4];
	nodes.iter_mut().for_each(|node| node.finalises(1, now));
	settle(&mut nodes, now);
	assert_eq!((nodes[0].present(1), nodes[3].present(1)), (3, 3));
	tick(&mut nodes, now + Duration::from_secs(1));
	assert!(nodes.iter().all(|node| node.present(1) == 4), "the observer is not running");
	let book = nodes[0].keeper.handle().book().read();
	assert_eq!(book.get(Height(1)).unwrap().attestations.len(), 4);
}

#[test]
fn a_node_attests_with_the_keys_that_are_on_the_roster_and_with_no_other() {
	let chain = Chain::new(4, &[1, 2, 3]);
	let mut node = Node::new(&chain, &[4, 5, 77]);
	node.finalises(1, Instant::now());
	assert_eq!(node.present(1), 5, "a validator and the observer");
	assert_eq!(node.levels(1), [Committee, Validators, Institutions, Regulator]);
	let mut nobody = Node::new(&chain, &[77]);
	nobody.finalises(1, Instant::now());
	assert_eq!(nobody.present(1), 3);
	assert!(nobody.keeper.handle().book().read().get(Height(1)).unwrap().attestations.is_empty());
}

#[test]
fn each_attestation_goes_on_once() {
	let chain = Chain::new(10, &[1, 2, 3, 4, 5, 6, 7]);
	let mut nodes: Vec<_> = (8..=11).map(|n| Node::new(&chain, &[n])).collect();
	let now = Instant::now();
	connect(&mut nodes, &all_pairs(4), now);
	nodes.iter_mut().for_each(|node| node.finalises(1, now));
	// Each node tells three others, and each of those tells two, which know it already.
	let count = settle(&mut nodes, now);
	assert!(count <= 4 * 3 * 2, "{count}");
	// A repeated attestation is not passed on.
	let again = Gossip::Attestations(vec![attestations(&chain, 1, &[8, 9])]).encode();
	let from = nodes[0].id;
	nodes[1].keeper.on_notification(from, &again, now);
	assert!(!nodes[1].keeper.has_pending());
}

#[test]
fn who_was_away_or_is_behind_asks_for_what_it_lacks() {
	let chain = Chain::new(6, &[1, 2]);
	let mut nodes: Vec<_> = (1..=7).map(|n| Node::new(&chain, &[n])).collect();
	let mut now = Instant::now();
	connect(&mut nodes[..6], &all_pairs(6), now);
	for height in 1..=100 {
		nodes[..6].iter_mut().for_each(|node| node.finalises(height, now));
		settle(&mut nodes[..6], now);
	}
	// The last node joins, and has received nothing so far.
	let links: Vec<_> = (0..6).map(|n| (n, 6)).collect();
	connect(&mut nodes, &links, now);
	nodes[6].finalises(100, now);
	settle(&mut nodes, now);
	assert_eq!((nodes[6].present(1), nodes[6].present(100)), (3, 3));
	for _ in 0..8 {
		now += Duration::from_secs(1);
		tick(&mut nodes, now);
	}
	for height in 1..=100 {
		assert!(nodes.iter().all(|node| node.present(height) == 7), "block {height}");
	}
	assert_eq!(tick(&mut nodes, now + Duration::from_secs(60)), 0, "nobody asks when nothing is lacking");
}

#[test]
fn what_comes_early_is_kept_until_its_block_is_final() {
	let chain = Chain::new(4, &[1, 2, 3]);
	let (mut node, peer, now) = (Node::new(&chain, &[]), PeerId::random(), Instant::now());
	node.finalises(1, now);
	node.keeper.on_connected(peer, now);
	let far = 1 + AHEAD + 1;
	for height in [2, 3, far] {
		let bytes = Gossip::Attestations(vec![attestations(&chain, height, &[4, 5])]).encode();
		node.keeper.on_notification(peer, &bytes, now);
	}
	node.finalises(2, now);
	assert_eq!(node.present(2), 5);
	node.finalises(far, now);
	assert_eq!((node.present(3), node.present(far)), (5, 3), "far ahead is not kept");
	// An early and invalid attestation is found out when its block is final.
	let mut bad = attestations(&chain, far + 1, &[4]);
	bad.attestations[0].1 = signed(5, far + 1, hash(far + 1));
	node.keeper.on_notification(peer, &Gossip::Attestations(vec![bad]).encode(), now);
	assert_eq!(node.keeper.offences(), []);
	node.finalises(far + 1, now);
	assert_eq!(node.keeper.offences().len(), 1);
	assert_eq!(node.present(far + 1), 3);
}

#[test]
fn who_sends_what_no_honest_node_sends_is_reported() {
	let chain = Chain::new(4, &[1, 2, 3]);
	let (mut node, peer, now) = (Node::new(&chain, &[]), PeerId::random(), Instant::now());
	node.finalises(300, now);
	node.keeper.on_connected(peer, now);
	let good = attestations(&chain, 300, &[4, 5]);
	type Harm = fn(&mut BlockAttestations);
	let cases: [(Harm, &str); 5] = [
		(|a| a.attestations[0].1 = a.attestations[1].1.clone(), "has not signed"),
		(|a| a.attestations[1].0 = RosterIndex(5), "has not signed"),
		(|a| a.attestations.swap(0, 1), "undecodable"),
		(|a| a.attestations[1] = a.attestations[0].clone(), "undecodable"),
		(|a| a.block.block_hash = hash(299), "not final"),
	];
	for (harm, expected) in cases {
		let mut bad = good.clone();
		harm(&mut bad);
		node.keeper.on_notification(peer, &Gossip::Attestations(vec![bad]).encode(), now);
		let offences = node.keeper.offences();
		assert!(offences.len() == 1 && offences[0].0 == peer && offences[0].1.contains(expected), "{offences:?}");
	}
	// An attestation of an old or unknown block is no offence.
	let old = attestations(&chain, 300 - WINDOW, &[4]);
	node.keeper.on_notification(peer, &Gossip::Attestations(vec![old]).encode(), now);
	assert_eq!(node.keeper.offences(), []);
	assert!(node.present(300) <= 4);
	node.keeper.on_notification(peer, &Gossip::Attestations(vec![good]).encode(), now);
	assert_eq!((node.present(300), node.keeper.offences()), (5, vec![]));
}

#[test]
fn a_peer_that_asks_too_often_or_too_much_is_not_answered() {
	let chain = Chain::new(4, &[1, 2, 3]);
	let (mut node, peer, now) = (Node::new(&chain, &[4, 5]), PeerId::random(), Instant::now());
	node.finalises(40, now);
	node.keeper.on_connected(peer, now);
	let want = |height| Want { height: Height(height), have: vec![] };
	let ask = Gossip::Want((1..=32).map(want).collect()).encode();
	node.keeper.on_notification(peer, &ask, now);
	let sent = node.keeper.flush();
	let Ok(Gossip::Attestations(blocks)) = wire::decode(&sent[0].1) else { panic!("attestations") };
	assert_eq!(blocks.len(), 32);
	node.keeper.on_notification(peer, &ask, now);
	assert!(!node.keeper.has_pending());
	let too_much = Gossip::Want((1..=33).map(want).collect()).encode();
	node.keeper.on_notification(peer, &too_much, now + Duration::from_secs(9));
	assert_eq!(node.keeper.offences().len(), 1);
	assert!(!node.keeper.has_pending());
}

#[test]
fn memory_is_bounded_by_the_window() {
	let chain = Chain::new(4, &[1, 2, 3]);
	let (mut node, now) = (Node::new(&chain, &[4]), Instant::now());
	for height in 1..=2 * WINDOW {
		node.finalises(height, now);
	}
	let book = node.keeper.handle().book().read();
	assert_eq!(book.records().count(), WINDOW as usize);
	drop(book);
	// The work on blocks that were skipped is bounded too.
	node.finalises(100_000, now);
	let heights: Vec<_> =
		node.keeper.handle().book().read().records().map(|record| record.block.height.get()).collect();
	assert_eq!((heights.len(), heights[0], heights[255]), (256, 100_000 - 255, 100_000));
}

#[test]
fn nothing_is_attested_while_the_node_is_far_behind() {
	let chain = Chain::new(4, &[1, 2, 3]);
	let (mut node, now) = (Node::new(&chain, &[4]), Instant::now());
	node.chain.0.lock().syncing = true;
	node.finalises(50, now);
	assert!(node.keeper.handle().book().read().records().next().is_none());
	assert_eq!(*node.keeper.handle().finalised().borrow(), Height(50));
	node.chain.0.lock().syncing = false;
	node.keeper.tick(now);
	assert_eq!((node.present(1), node.present(50)), (4, 4));
}

#[test]
fn a_restart_loses_nothing_that_was_saved() {
	let chain = Chain::new(4, &[1, 2, 3]);
	let disk = Arc::<Disk>::default();
	let now = Instant::now();
	let mut node = Node::on(chain.clone(), disk.clone(), &[4, 5]);
	node.finalises(300, now);
	node.keeper.save();
	drop(node);
	let mut again = Node::on(chain.clone(), disk.clone(), &[]);
	for height in [300 - WINDOW + 1, 299, 300] {
		assert_eq!(again.present(height), 5, "block {height}");
	}
	assert_eq!(again.levels(300), [], "what was reached is not reached again");
	let standing = again.keeper.handle().standing();
	assert_eq!(standing.block.unwrap().height, Height(300));
	assert_eq!((standing.levels, standing.missing), (vec![Committee, Validators, Institutions, Regulator], vec![]));
	// A block that has left the window is found on the disk, and not found if the chain has another block there.
	let stored = super::recorded(&*disk, Height(45), hash(45)).unwrap().unwrap();
	assert_eq!(stored.attestations.attestations.len(), 2);
	assert_eq!(stored.reached.len(), 4);
	assert!(stored.reached.iter().all(|(_, after)| *after == Some(Duration::ZERO)));
	assert_eq!(super::recorded(&*disk, Height(45), hash(46)).unwrap(), None);
	again.finalises(301, now);
	assert_eq!(again.present(301), 3);
}

#[test]
fn what_is_stored_is_bounded_and_old_things_go() {
	let chain = Chain::new(4, &[1, 2, 3]);
	let (mut node, now) = (Node::new(&chain, &[4]), Instant::now());
	let last = RETENTION + 600;
	for height in (1..=last).step_by(100).chain([last]) {
		node.finalises(height, now);
		node.keeper.save();
	}
	let stored = |height: u32| super::recorded(&*node.disk, Height(height), hash(height)).unwrap().is_some();
	assert!(stored(last) && stored(last - RETENTION + 1));
	assert!(!stored(last - RETENTION) && !stored(1));
	// The records, and the lowest height.
	assert_eq!(node.disk.0.lock().len(), RETENTION as usize + 1);
	node.disk.0.lock().insert(b"syndic/assurance/\x00\x00\x12\x00".to_vec(), vec![1, 2, 3]);
	assert!(!stored(0x1200), "what cannot be read is as good as nothing");
}

#[test]
fn a_node_says_whom_it_misses() {
	let chain = Chain::new(4, &[1, 2]);
	let (mut node, peer, mut now) = (Node::new(&chain, &[]), PeerId::random(), Instant::now());
	now -= 3 * SETTLED;
	node.keeper.on_connected(peer, now);
	for height in 1..=3 {
		node.finalises(height, now);
	}
	let seen = Gossip::Attestations(vec![attestations(&chain, 2, &[3])]).encode();
	node.keeper.on_notification(peer, &seen, now);
	let standing = node.keeper.handle().standing();
	assert_eq!((standing.block.unwrap().height, standing.levels, standing.peers), (Height(3), vec![Committee], 1));
	let missing: BTreeSet<_> = standing.missing.into_iter().collect();
	assert_eq!(missing, [(key(3), Some(Height(2))), (key(4), None), (key(5), None)].into());
}

/// Arbitrary notifications are refused or accepted, never cause a panic, and no invalid attestation is counted.
#[test]
fn hostile_notifications_do_no_harm() {
	let chain = Chain::new(4, &[1, 2, 3]);
	let inputs = [
		Gossip::Attestations(vec![attestations(&chain, 5, &[4, 5]), attestations(&chain, 6, &[4])]).encode(),
		Gossip::Attestations(vec![attestations(&chain, 12, &[4, 5])]).encode(),
		Gossip::Want(vec![Want { height: Height(5), have: vec![1] }]).encode(),
	];
	let dir = tempfile::tempdir().unwrap();
	for (n, input) in inputs.iter().enumerate() {
		std::fs::write(dir.path().join(n.to_string()), input).unwrap();
	}
	let (mut node, peer, now) = (Node::new(&chain, &[]), PeerId::random(), Instant::now());
	node.finalises(10, now);
	let (node, valid) = (Mutex::new(&mut node), [signed(4, 5, hash(5)), signed(5, 5, hash(5)), signed(4, 6, hash(6))]);
	runner::run(Path::new(dir.path()), 20_000, |bytes| {
		let mut node = node.lock();
		node.keeper.on_connected(peer, now);
		node.keeper.on_notification(peer, bytes, now);
		node.keeper.flush();
		node.keeper.offences();
		if let Ok(gossip) = wire::decode(bytes) {
			assert_eq!(gossip.encode(), bytes);
		}
	});
	let node = node.into_inner();
	for record in node.keeper.handle().book().read().records() {
		assert!(record.attestations.values().all(|signature| valid.contains(signature)));
	}
}
