//! A fake chain, a fake network, and a node that uses them.

use crate::{
	chain::{ChainError, ChainView},
	ciphertext_hash,
	metrics::PayloadMetrics,
	network::{AskError, Peers, Reach},
	service::{Options, Service},
	store::{Limits, Store},
	worker::Worker,
};
use futures::StreamExt;
use parking_lot::Mutex;
use prometheus_endpoint::Registry;
use sc_network::PeerId;
use sp_core::H256;
use std::{
	collections::{BTreeMap, HashMap, HashSet},
	sync::Arc,
	time::{Duration, Instant},
};
use syndic_primitives::{peer::InstitutionId, privacy::EnvelopeInfo, BlockHash, Height};
use tempfile::TempDir;

pub const GENESIS: BlockHash = H256::repeat_byte(0x5d);

pub fn commitment(number: u64) -> H256 {
	H256::from_low_u64_be(number + 1)
}

/// The ciphertext of an envelope.
pub fn ciphertext(number: u64) -> Vec<u8> {
	vec![number as u8; 200]
}

/// The state of the fake chain.
#[derive(Default)]
pub struct Facts {
	pub height: u32,
	pub too_old: bool,
	pub fails: bool,
	pub envelopes: Vec<EnvelopeInfo>,
	pub peers: BTreeMap<InstitutionId, Vec<PeerId>>,
}

/// A chain whose state the test sets.
#[derive(Default)]
pub struct FakeChain(pub Mutex<Facts>);

impl FakeChain {
	/// Adds an envelope in the next block.
	pub fn send(&self, sender: InstitutionId, readers: &[InstitutionId]) -> EnvelopeInfo {
		let mut facts = self.0.lock();
		facts.height += 1;
		let number = facts.envelopes.len() as u64;
		let envelope = EnvelopeInfo {
			number,
			commitment: commitment(number),
			ciphertext_hash: ciphertext_hash(&ciphertext(number)),
			ciphertext_len: ciphertext(number).len() as u32,
			sent_at: Height(facts.height),
			sender,
			readers: readers.to_vec(),
		};
		facts.envelopes.push(envelope.clone());
		envelope
	}

	pub fn goes_on(&self, blocks: u32) {
		self.0.lock().height += blocks;
	}

	pub fn member(&self, institution: InstitutionId) -> PeerId {
		let peer = PeerId::random();
		self.0.lock().peers.entry(institution).or_default().push(peer);
		peer
	}
}

impl ChainView for FakeChain {
	fn finalised(&self) -> (Height, BlockHash) {
		let height = self.0.lock().height;
		(Height(height), H256::from_low_u64_be(height.into()))
	}

	fn knows_envelopes(&self, at: BlockHash) -> Result<bool, ChainError> {
		let facts = self.0.lock();
		match facts.fails {
			true => Err(ChainError { block: at, reason: "it is a test".into() }),
			false => Ok(!facts.too_old),
		}
	}

	fn envelope_count(&self, _: BlockHash) -> Result<u64, ChainError> {
		Ok(self.0.lock().envelopes.len() as u64)
	}

	fn envelope(&self, _: BlockHash, number: u64) -> Result<Option<EnvelopeInfo>, ChainError> {
		Ok(self.0.lock().envelopes.get(number as usize).cloned())
	}

	fn envelope_of(&self, _: BlockHash, commitment: H256) -> Result<Option<EnvelopeInfo>, ChainError> {
		Ok(self.0.lock().envelopes.iter().find(|envelope| envelope.commitment == commitment).cloned())
	}

	fn institution_of(&self, _: BlockHash, peer: &PeerId) -> Result<Option<InstitutionId>, ChainError> {
		Ok(self.0.lock().peers.iter().find(|(_, peers)| peers.contains(peer)).map(|(institution, _)| *institution))
	}

	fn peers_of(&self, _: BlockHash, institution: InstitutionId) -> Result<Vec<PeerId>, ChainError> {
		Ok(self.0.lock().peers.get(&institution).cloned().unwrap_or_default())
	}
}

/// A network whose nodes the test controls.
#[derive(Default)]
pub struct FakePeers {
	/// The payloads that each node has. A node without an entry is not connected.
	pub holdings: Mutex<HashMap<PeerId, HashMap<H256, Vec<u8>>>>,
	/// All requests: the node asked, the commitment, and whether the node was to be dialled.
	pub asked: Mutex<Vec<(PeerId, H256, Reach)>>,
	pub reported: Mutex<Vec<PeerId>>,
	/// Nodes that do not answer.
	pub silent: Mutex<HashSet<PeerId>>,
}

impl FakePeers {
	pub fn connect(&self, peer: PeerId) {
		self.holdings.lock().entry(peer).or_default();
	}

	pub fn gives(&self, peer: PeerId, commitment: H256, bytes: Vec<u8>) {
		self.holdings.lock().entry(peer).or_default().insert(commitment, bytes);
	}

	pub fn disconnect(&self, peer: PeerId) {
		self.holdings.lock().remove(&peer);
	}

	/// The nodes that were asked since the last call.
	pub fn take_asked(&self) -> Vec<PeerId> {
		self.asked.lock().drain(..).map(|(peer, ..)| peer).collect()
	}
}

#[async_trait::async_trait]
impl Peers for FakePeers {
	async fn ask(&self, peer: PeerId, commitment: H256, reach: Reach) -> Result<Vec<u8>, AskError> {
		self.asked.lock().push((peer, commitment, reach));
		if self.silent.lock().contains(&peer) {
			return std::future::pending().await;
		}
		let holdings = self.holdings.lock();
		let held = holdings.get(&peer).ok_or(AskError::NotConnected)?;
		Ok(held.get(&commitment).cloned().unwrap_or_default())
	}

	fn report_wrong(&self, peer: PeerId) {
		self.reported.lock().push(peer);
	}
}

/// A node of institution 1.
pub struct World {
	pub chain: Arc<FakeChain>,
	pub peers: Arc<FakePeers>,
	pub registry: Registry,
	pub dir: TempDir,
	pub local: PeerId,
	pub now: Instant,
	pub limits: Limits,
	pub retention: Option<u32>,
	pub service: Service,
	pub worker: Worker,
}

impl World {
	pub fn new() -> Self {
		Self::with(Limits::mib(1), None)
	}

	pub fn with(limits: Limits, retention: Option<u32>) -> Self {
		let (chain, peers) = (Arc::new(FakeChain::default()), Arc::new(FakePeers::default()));
		let (local, dir, registry) = (chain.member(1), TempDir::new().unwrap(), Registry::new());
		let (service, worker) = start(&chain, &peers, &dir, &registry, local, limits, retention);
		Self { chain, peers, registry, dir, local, now: Instant::now(), limits, retention, service, worker }
	}

	/// The node stops without warning, and starts again.
	pub fn restart(&mut self) {
		self.registry = Registry::new();
		let Self { chain, peers, dir, registry, local, limits, retention, .. } = &*self;
		let (service, worker) = start(chain, peers, dir, registry, *local, *limits, *retention);
		(self.service, self.worker) = (service, worker);
	}

	/// Makes a block final, and lets the worker finish what follows from it.
	pub async fn block(&mut self) {
		self.chain.goes_on(1);
		self.worker.on_finalised(self.now);
		while self.worker.has_more() {
			self.worker.on_finalised(self.now);
		}
		self.settle().await;
	}

	/// Lets these seconds pass, with one tick each.
	pub async fn seconds(&mut self, seconds: u64) {
		for _ in 0..seconds {
			self.now += Duration::from_secs(1);
			self.worker.on_tick(self.now);
			self.settle().await;
		}
	}

	/// Hands the answers of other nodes to the worker.
	async fn settle(&mut self) {
		let answer = Duration::from_millis(20);
		while let Ok(Some((number, fetched))) = tokio::time::timeout(answer, self.worker.fetches.next()).await {
			self.worker.on_fetched(number, fetched, self.now);
		}
	}

	pub fn holds(&self, number: u64) -> bool {
		self.service.entry(&commitment(number)).is_some()
	}

	pub fn missing(&self) -> usize {
		self.service.standing().unwrap().missing
	}

	/// The value of a metric with this label, or of one without labels.
	pub fn metric(&self, name: &str, label: &str) -> f64 {
		let families = self.registry.gather();
		let metrics = families.iter().filter(|family| family.get_name() == name).flat_map(|family| family.get_metric());
		let of_label = metrics
			.filter(|metric| label.is_empty() || metric.get_label().iter().any(|pair| pair.get_value() == label));
		of_label.map(|metric| metric.get_counter().get_value() + metric.get_gauge().get_value()).sum()
	}
}

fn start(
	chain: &Arc<FakeChain>,
	peers: &Arc<FakePeers>,
	dir: &TempDir,
	registry: &Registry,
	local: PeerId,
	limits: Limits,
	retention: Option<u32>,
) -> (Service, Worker) {
	let (store, opened) = Store::open(dir.path(), GENESIS, limits).unwrap();
	let metrics = PayloadMetrics::register(Some(registry)).unwrap();
	let options = Options { genesis: GENESIS, local, on: true, retention };
	let service = Service::new(chain.clone(), options, store, opened.lost, metrics);
	let worker = Worker::new(service.clone(), peers.clone()).unwrap();
	(service, worker)
}
