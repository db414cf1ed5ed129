//! Real nodes on loopback, with the SDK's default network backend: one has a payload, one may read it, one may not.

use super::world::{ciphertext, commitment, FakeChain, GENESIS};
use crate::{
	metrics::PayloadMetrics,
	network::{AskError, NetworkPeers, Peers, Reach},
	server::request_protocol,
	service::{Options, Service},
	store::{Limits, Store},
	worker::{self, WorkerParams},
};
use futures::StreamExt;
use sc_network::{
	config::{
		FullNetworkConfiguration, NetworkConfiguration, NodeKeyConfig, NonReservedPeerMode, NotificationMetrics,
		Params, Role, Secret, SetConfig,
	},
	service::traits::{NetworkBackend, NetworkService, PeerStore},
	Litep2pNetworkBackend, Multiaddr, PeerId,
};
use std::{
	sync::Arc,
	time::{Duration, Instant},
};
use syndic_primitives::{block::Block, BlockHash};
use tempfile::TempDir;
use tokio::runtime::Runtime;

type Backend = Litep2pNetworkBackend;

fn node_key(n: u8) -> NodeKeyConfig {
	let secret = sc_network::config::ed25519::SecretKey::try_from_bytes([n; 32]).unwrap();
	NodeKeyConfig::Ed25519(Secret::Input(secret))
}

fn peer_id(n: u8) -> PeerId {
	node_key(n).into_keypair().unwrap().public().to_peer_id()
}

/// A node with a payload service, in a runtime of its own.
struct Node {
	runtime: Option<Runtime>,
	network: Arc<dyn NetworkService>,
	peer: PeerId,
	address: Multiaddr,
	service: Service,
	_dir: TempDir,
}

impl Drop for Node {
	/// Stops without waiting for anything, as a killed process does.
	fn drop(&mut self) {
		self.runtime.take().expect("dropped once").shutdown_background();
	}
}

impl Node {
	fn start(n: u8, chain: &Arc<FakeChain>) -> Self {
		let dir = TempDir::new().unwrap();
		let (store, _) = Store::open(dir.path(), GENESIS, Limits::mib(1)).unwrap();
		let options = Options { genesis: GENESIS, local: peer_id(n), on: true, retention: None };
		let service = Service::new(chain.clone(), options, store, false, PayloadMetrics::default());
		let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
		let handle = runtime.handle().clone();
		let _guard = runtime.enter();
		let mut config = NetworkConfiguration::new_local();
		config.node_key = node_key(n);
		let mut full = FullNetworkConfiguration::<Block, BlockHash, Backend>::new(&config, None);
		let (protocol, server) = request_protocol::<Backend>(service.clone());
		full.add_request_response_protocol(protocol);
		handle.spawn(server.run());
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
			role: Role::Full,
			executor: Box::new(move |task| drop(spawner.spawn(task))),
			network_config: full,
			protocol_id: "test".into(),
			genesis_hash: GENESIS,
			fork_id: None,
			metrics_registry: None,
			block_announce_config: announces,
			ipfs_config: None,
			notification_metrics: metrics,
		};
		let backend = <Backend as NetworkBackend<Block, BlockHash>>::new(params).expect("a valid configuration");
		let network = NetworkBackend::<Block, BlockHash>::network_service(&backend);
		let address = network.listen_addresses().into_iter().next().expect("listens");
		handle.spawn(async move {
			let _keep = announces_service;
			NetworkBackend::<Block, BlockHash>::run(backend).await
		});
		Self { runtime: Some(runtime), peer: network.local_peer_id(), network, address, service, _dir: dir }
	}

	fn asks(&self) -> NetworkPeers {
		NetworkPeers::new(self.network.clone(), GENESIS)
	}

	fn knows(&self, other: &Node) {
		self.network.add_known_address(other.peer, other.address.clone());
	}

	/// Runs the worker, with a final block each second.
	fn works(&self) {
		let blocks = tokio_blocks();
		let params =
			WorkerParams { service: self.service.clone(), peers: Arc::new(self.asks()), finality: blocks.boxed() };
		self.runtime.as_ref().expect("runs").spawn(worker::run(params));
	}
}

fn tokio_blocks() -> impl futures::Stream<Item = ()> + Send {
	futures::stream::unfold((), |()| async {
		tokio::time::sleep(Duration::from_millis(200)).await;
		Some(((), ()))
	})
}

/// Waits until `so` holds, for at most `limit`. Returns whether it holds.
async fn wait(limit: Duration, so: impl Fn() -> bool) -> bool {
	let began = Instant::now();
	while !so() {
		if began.elapsed() > limit {
			return false;
		}
		tokio::time::sleep(Duration::from_millis(50)).await;
	}
	true
}

#[tokio::test]
async fn a_reader_gets_the_payload_over_the_network_and_nobody_else() {
	let chain = Arc::new(FakeChain::default());
	for n in 1..=3u8 {
		chain.0.lock().peers.insert(n.into(), vec![peer_id(n)]);
	}
	let [sender, reader, stranger] = [1, 2, 3].map(|n| Node::start(n, &chain));
	[&reader, &stranger].iter().for_each(|node| node.knows(&sender));
	sender.service.submit(commitment(0), &ciphertext(0)).unwrap();

	let refused = reader.asks().ask(sender.peer, commitment(0), Reach::Connected).await;
	assert_eq!(refused, Err(AskError::NotConnected));
	let early = reader.asks().ask(sender.peer, commitment(0), Reach::Dial).await;
	assert_eq!(early, Ok(vec![]), "there is no envelope yet");

	chain.send(1, &[1, 2]);
	let answer = reader.asks().ask(sender.peer, commitment(0), Reach::Connected).await;
	assert_eq!(answer, Ok(ciphertext(0)));
	let answer = stranger.asks().ask(sender.peer, commitment(0), Reach::Dial).await;
	assert_eq!(answer, Ok(vec![]), "it may not read it");

	[&sender, &reader, &stranger].iter().for_each(|node| node.works());
	assert!(wait(Duration::from_secs(30), || reader.service.entry(&commitment(0)).is_some()).await);
	assert_eq!(reader.service.payload(commitment(0)).unwrap().1, ciphertext(0));
	assert!(stranger.service.entry(&commitment(0)).is_none());

	// The sender's service is switched off, so the request is refused.
	sender.service.set_on(false);
	let answer = reader.asks().ask(sender.peer, commitment(0), Reach::Connected).await;
	assert!(matches!(answer, Err(AskError::Failed(_))), "{answer:?}");
}

#[tokio::test]
async fn a_reader_that_comes_late_gets_it_from_another_reader() {
	let chain = Arc::new(FakeChain::default());
	for n in 11..=13u8 {
		chain.0.lock().peers.insert(n.into(), vec![peer_id(n)]);
	}
	let [sender, first] = [11, 12].map(|n| Node::start(n, &chain));
	first.knows(&sender);
	sender.service.submit(commitment(0), &ciphertext(0)).unwrap();
	chain.send(11, &[11, 12, 13]);
	// No node is connected, so nothing is fetched before the fourth attempt, which dials.
	first.works();
	assert!(wait(Duration::from_secs(60), || first.service.entry(&commitment(0)).is_some()).await);
	drop(sender);
	let late = Node::start(13, &chain);
	late.knows(&first);
	late.works();
	assert!(wait(Duration::from_secs(60), || late.service.entry(&commitment(0)).is_some()).await);
}
