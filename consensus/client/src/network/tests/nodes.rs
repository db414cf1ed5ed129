//! Real nodes with the SDK's default backend on loopback. Each has a runtime of its own, so that it can be killed.

use super::super::{
	event_queue, protocols, request_protocols, run, BlockSource, EventReceiver, Fetcher, Gate, NetworkCommand,
	NetworkEvent, NetworkHandle, Options,
};
use crate::metrics::Metrics;
use codec::Encode;
use futures::{channel::mpsc::UnboundedSender, Stream, StreamExt};
use parking_lot::Mutex;
use prometheus_endpoint::Registry;
use sc_network::{
	config::{
		FullNetworkConfiguration, NetworkConfiguration, NodeKeyConfig, NonReservedPeerMode, NotificationMetrics,
		Params, Role, Secret, SetConfig,
	},
	service::traits::{NetworkBackend, NetworkService, PeerStore},
	Litep2pNetworkBackend, Multiaddr, NotificationService, PeerId, Roles,
};
use sc_network_sync::{SyncEvent, SyncEventStream};
use sp_core::H256;
use sp_keystore::{testing::MemoryKeystore, Keystore};
use sp_runtime::{traits::Header as _, OpaqueExtrinsic};
use std::{
	path::PathBuf,
	pin::Pin,
	sync::Arc,
	time::{Duration, Instant},
};
use syndic_primitives::{
	block::{Block, Header},
	BlockHash, Height, ValidatorId, PBFT_KEY_TYPE,
};
use tokio::{
	runtime::{Handle, Runtime},
	sync::mpsc,
};

type Backend = Litep2pNetworkBackend;

pub fn genesis() -> BlockHash {
	H256::repeat_byte(0x5d)
}

/// The key of a seed such as `//Alice`.
pub fn key(seed: &str) -> ValidatorId {
	MemoryKeystore::new().ed25519_generate_new(PBFT_KEY_TYPE, Some(seed)).unwrap().into()
}

/// Takes the place of synchronisation: it reports what the test sends.
pub struct FakeSync(pub Mutex<Option<futures::channel::mpsc::UnboundedReceiver<SyncEvent>>>);

impl SyncEventStream for FakeSync {
	fn event_stream(&self, _: &'static str) -> Pin<Box<dyn Stream<Item = SyncEvent> + Send>> {
		self.0.lock().take().expect("subscribed to once").boxed()
	}
}

/// Holds block 1 and its certificate, and block 2, which is a real block.
struct OneBlock;

/// A block with three extrinsics.
pub fn block_two() -> Block {
	let header = Header::new(2, Default::default(), Default::default(), Default::default(), Default::default());
	Block { header, extrinsics: (0..3).map(|n| OpaqueExtrinsic::from_blob(vec![0x84, n])).collect() }
}

impl BlockSource for OneBlock {
	fn block(&self, height: Height, hash: BlockHash) -> Option<Arc<Vec<u8>>> {
		if hash == block_two().header.hash() {
			return Some(Arc::new(block_two().encode()));
		}
		((height, hash) == (Height(1), genesis())).then(|| Arc::new(vec![1; 3 << 20]))
	}

	fn certificate(&self, height: Height) -> Option<Vec<u8>> {
		(height == Height(1)).then(|| vec![2; 200])
	}
}

/// A runtime that ends without waiting for its tasks, as a killed process does.
pub struct Process(Option<Runtime>);

impl Process {
	pub fn handle(&self) -> &Handle {
		self.0.as_ref().expect("taken only when dropped").handle()
	}
}

impl Drop for Process {
	fn drop(&mut self) {
		self.0.take().expect("dropped once").shutdown_background();
	}
}

/// A backend with its services and no users of them.
pub struct Bare {
	pub process: Process,
	pub network: Arc<dyn NetworkService>,
	pub peer: PeerId,
	pub address: Multiaddr,
}

pub fn node_key(n: u8) -> NodeKeyConfig {
	let secret = sc_network::config::ed25519::SecretKey::try_from_bytes([n; 32]).unwrap();
	NodeKeyConfig::Ed25519(Secret::Input(secret))
}

pub fn peer_id(n: u8) -> PeerId {
	node_key(n).into_keypair().unwrap().public().to_peer_id()
}

impl Bare {
	/// Starts a backend with the protocols that `add` adds.
	pub fn start(n: u8, add: impl FnOnce(&mut FullNetworkConfiguration<Block, BlockHash, Backend>)) -> Self {
		let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
		let handle = runtime.handle().clone();
		let _guard = runtime.enter();
		let mut config = NetworkConfiguration::new_local();
		config.node_key = node_key(n);
		let mut full = FullNetworkConfiguration::<Block, BlockHash, Backend>::new(&config, None);
		add(&mut full);
		let metrics = NotificationMetrics::new(None);
		let set = SetConfig {
			in_peers: 0,
			out_peers: 0,
			reserved_nodes: vec![],
			non_reserved_mode: NonReservedPeerMode::Deny,
		};
		let (announces, announces_service) = <Backend as NetworkBackend<Block, BlockHash>>::notification_config(
			"/announces/1".into(),
			vec![],
			1024,
			None,
			set,
			metrics.clone(),
			full.peer_store_handle(),
		);
		handle.spawn(full.take_peer_store().run());
		let spawner = handle.clone();
		let params = Params {
			role: Role::Authority,
			executor: Box::new(move |task| drop(spawner.spawn(task))),
			network_config: full,
			protocol_id: "test".into(),
			genesis_hash: genesis(),
			fork_id: None,
			metrics_registry: None,
			block_announce_config: announces,
			ipfs_config: None,
			notification_metrics: metrics,
		};
		let backend = <Backend as NetworkBackend<Block, BlockHash>>::new(params).expect("a valid configuration");
		let network = NetworkBackend::<Block, BlockHash>::network_service(&backend);
		let peer = network.local_peer_id();
		let address = network.listen_addresses().into_iter().next().expect("listens");
		handle.spawn(async move {
			let _keep = announces_service;
			NetworkBackend::<Block, BlockHash>::run(backend).await
		});
		Self { process: Process(Some(runtime)), network, peer, address }
	}
}

/// A validator's node.
pub struct Node {
	pub bare: Bare,
	pub handle: NetworkHandle,
	pub fetcher: Fetcher,
	pub commands: mpsc::Sender<NetworkCommand>,
	pub events: EventReceiver,
	pub registry: Registry,
	sync: UnboundedSender<SyncEvent>,
}

impl Node {
	/// Starts a node with the node key `n` and the consensus key of `seed`.
	pub fn start(n: u8, seed: &str) -> Self {
		Self::start_recording(n, seed, None)
	}

	pub fn start_recording(n: u8, seed: &str, record_votes: Option<PathBuf>) -> Self {
		let keystore = Arc::new(MemoryKeystore::new());
		let key = keystore.ed25519_generate_new(PBFT_KEY_TYPE, Some(seed)).unwrap().into();
		let registry = Registry::new();
		let metrics = Metrics::register(Some(&registry)).unwrap();
		let options =
			Options { genesis: genesis(), key, keystore, local_peer_id: peer_id(n), gate: Gate::open(), record_votes };
		let (mut prepared, mut server) = (None, None);
		let bare = Bare::start(n, |config| {
			let (configs, ready) = protocols::<Backend>(
				options,
				NotificationMetrics::new(None),
				config.peer_store_handle(),
				metrics.clone(),
			)
			.expect("the key is there");
			configs.into_iter().for_each(|c| config.add_notification_protocol(c));
			prepared = Some(ready);
			let (configs, ready) = request_protocols::<Backend>(genesis(), Arc::new(OneBlock), metrics.clone());
			configs.into_iter().for_each(|c| config.add_request_response_protocol(c));
			server = Some(ready);
		});
		let (prepared, server) = (prepared.unwrap(), server.unwrap());
		let handle = prepared.handle();
		let (sender, events) = event_queue(metrics.clone());
		let (commands, receiver) = mpsc::channel(64);
		let (sync, sync_events) = futures::channel::mpsc::unbounded();
		let fake = Arc::new(FakeSync(Mutex::new(Some(sync_events))));
		bare.process.handle().spawn(run(prepared, bare.network.clone(), fake, sender, receiver));
		bare.process.handle().spawn(server.run());
		let fetcher = Fetcher::new(bare.network.clone(), genesis(), metrics);
		Self { bare, handle, fetcher, commands, events, registry, sync }
	}

	/// Acts as if synchronisation had connected to `other`, which calls itself a validator.
	pub fn discovers(&self, other: &Bare) {
		self.bare.network.add_known_address(other.peer, other.address.clone());
		self.sync.unbounded_send(SyncEvent::PeerConnected { peer_id: other.peer, roles: Roles::AUTHORITY }).unwrap();
	}

	/// Acts as if synchronisation had lost `other`.
	pub fn loses(&self, other: PeerId) {
		self.sync.unbounded_send(SyncEvent::PeerDisconnected(other)).unwrap();
	}

	pub async fn command(&self, command: NetworkCommand) {
		self.commands.send(command).await.expect("runs");
	}

	pub async fn admit(&self, seeds: &[&str]) {
		self.admit_early(seeds, &[]).await;
	}

	pub async fn admit_early(&self, members: &[&str], early: &[&str]) {
		let keys = |seeds: &[&str]| seeds.iter().map(|seed| key(seed)).collect();
		self.command(NetworkCommand::Admit { members: keys(members), early: keys(early) }).await;
	}

	/// Waits for an event, and returns how long that took; `None` if it does not come in time.
	pub async fn wait_for(&mut self, limit: Duration, wanted: impl Fn(&NetworkEvent) -> bool) -> Option<Duration> {
		let began = Instant::now();
		tokio::time::timeout(limit, async {
			while let Some(event) = self.events.recv().await {
				if wanted(&event) {
					return Some(began.elapsed());
				}
			}
			None
		})
		.await
		.ok()?
	}

	/// Waits until all of these are connected, and returns how long that took; `None` if they are not in time.
	pub async fn wait_connected(&mut self, limit: Duration, seeds: &[&str]) -> Option<Duration> {
		let mut missing: Vec<ValidatorId> = seeds.iter().map(|seed| key(seed)).collect();
		let began = Instant::now();
		while !missing.is_empty() {
			let left = limit.saturating_sub(began.elapsed());
			match tokio::time::timeout(left, self.events.recv()).await {
				Ok(Some(NetworkEvent::Connected(validator))) => missing.retain(|m| *m != validator),
				Ok(Some(_)) => {}
				_ => return None,
			}
		}
		Some(began.elapsed())
	}

	/// The value of a counter with this label, or without a label.
	pub fn metric(&self, name: &str, label: &str) -> f64 {
		let families = self.registry.gather();
		let family = families.iter().filter(|family| family.get_name() == name);
		let metrics = family.flat_map(|family| family.get_metric());
		let labelled = |metric: &&prometheus_endpoint::prometheus::proto::Metric| {
			label.is_empty() || metric.get_label().iter().any(|pair| pair.get_value() == label)
		};
		metrics.filter(labelled).map(|metric| metric.get_counter().get_value() + metric.get_gauge().get_value()).sum()
	}
}

/// A node without a validator's worker that holds the service of the votes protocol, to send what no validator sends.
pub fn raw_votes_node(n: u8, handshake: Vec<u8>) -> (Bare, Box<dyn NotificationService>) {
	let mut service = None;
	let bare = Bare::start(n, |config| {
		let set = SetConfig {
			in_peers: 10,
			out_peers: 0,
			reserved_nodes: vec![],
			non_reserved_mode: NonReservedPeerMode::Accept,
		};
		let (protocol, notifications) = <Backend as NetworkBackend<Block, BlockHash>>::notification_config(
			format!("/{:x}/pbft/votes/1", genesis()).into(),
			vec![],
			1 << 20,
			None,
			set,
			NotificationMetrics::new(None),
			config.peer_store_handle(),
		);
		config.add_notification_protocol(protocol);
		service = Some(notifications);
	});
	let mut service = service.unwrap();
	service.try_set_handshake(handshake).unwrap();
	(bare, service)
}
