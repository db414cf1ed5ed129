//! The protocol over real connections.

use super::{attestations, hash, Chain, Disk, Gossip, GENESIS};
use crate::{
	assurance::{protocol, run, AssuranceHandle, AssuranceMetrics, AssuranceParams},
	network::{
		tests::nodes::{Bare, FakeSync},
		Gate,
	},
};
use codec::Encode;
use futures::{channel::mpsc::UnboundedSender, StreamExt};
use parking_lot::Mutex;
use sc_network::{
	config::{NonReservedPeerMode, NotificationMetrics, SetConfig},
	service::traits::{NetworkBackend, NotificationEvent, ValidationResult},
	Litep2pNetworkBackend, NotificationService, Roles,
};
use sc_network_sync::SyncEvent;
use sp_keystore::{testing::MemoryKeystore, Keystore};
use std::{sync::Arc, time::Duration};
use syndic_primitives::{block::Block, AssuranceLevel, BlockHash, Height, PBFT_KEY_TYPE};

type Backend = Litep2pNetworkBackend;

/// Time limit that is long enough for every expected event, even on a busy machine.
const LONG: Duration = Duration::from_secs(20);

struct Node {
	bare: Bare,
	handle: AssuranceHandle,
	chain: Chain,
	finality: UnboundedSender<()>,
	sync: UnboundedSender<SyncEvent>,
}

impl Node {
	fn start(n: u8, chain: Chain, keys: &[u8]) -> Self {
		let mut prepared = None;
		let bare = Bare::start(n, |config| {
			let (protocol, ready) =
				protocol::<Backend>(GENESIS, NotificationMetrics::new(None), config.peer_store_handle());
			config.add_notification_protocol(protocol);
			prepared = Some(ready);
		});
		let keystore = MemoryKeystore::new();
		for n in keys {
			let seed = format!("0x{}", super::hex(&[*n; 32]));
			keystore.ed25519_generate_new(PBFT_KEY_TYPE, Some(&seed)).unwrap();
		}
		let handle = AssuranceHandle::new();
		let (finality, told) = futures::channel::mpsc::unbounded();
		let (sync, sync_events) = futures::channel::mpsc::unbounded();
		let running = run(AssuranceParams {
			genesis: GENESIS,
			ledger: chain.clone(),
			finality: told.boxed(),
			database: Arc::<Disk>::default(),
			keystore: Arc::new(keystore),
			protocol: prepared.unwrap(),
			network: bare.network.clone(),
			sync: Arc::new(FakeSync(Mutex::new(Some(sync_events)))),
			gate: Gate::open(),
			handle: handle.clone(),
			metrics: AssuranceMetrics::default(),
		});
		bare.process.handle().spawn(running);
		Self { bare, handle, chain, finality, sync }
	}

	/// Acts as if synchronisation had connected to `other`.
	fn discovers(&self, other: &Bare) {
		self.bare.network.add_known_address(other.peer, other.address.clone());
		self.sync.unbounded_send(SyncEvent::PeerConnected { peer_id: other.peer, roles: Roles::FULL }).unwrap();
	}

	fn finalises(&self, height: u32) {
		self.chain.grow(height);
		self.finality.unbounded_send(()).unwrap();
	}

	/// Number of entries that are missing behind a block, if it is in the window.
	fn missing(&self, height: u32) -> Option<usize> {
		self.handle.book().read().get(Height(height)).map(|record| record.missing().count())
	}

	/// Waits until at most `count` entries are missing behind a block.
	async fn misses_at_most(&self, height: u32, count: usize) {
		let there = async {
			loop {
				if self.missing(height).is_some_and(|missing| missing <= count) {
					break;
				}
				tokio::time::sleep(Duration::from_millis(10)).await;
			}
		};
		tokio::time::timeout(LONG, there).await.expect("in time");
	}

	async fn connected(&self, peers: usize) {
		let there = async {
			while self.handle.standing().peers != peers {
				tokio::time::sleep(Duration::from_millis(20)).await;
			}
		};
		tokio::time::timeout(LONG, there).await.expect("in time");
	}
}

fn chain() -> Chain {
	Chain::new(4, &[1, 2, 3])
}

/// Three nodes in a row: the attestations of one end reach the other end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attestations_travel_and_levels_are_told() {
	let nodes = [Node::start(21, chain(), &[4]), Node::start(22, chain(), &[1]), Node::start(23, chain(), &[5])];
	for (a, b) in [(0, 1), (1, 2)] {
		nodes[a].discovers(&nodes[b].bare);
		nodes[b].discovers(&nodes[a].bare);
	}
	nodes[0].connected(1).await;
	nodes[1].connected(2).await;
	nodes[2].connected(1).await;
	let mut levels = nodes[0].handle.subscribe();
	for height in 1..=3 {
		nodes.iter().for_each(|node| node.finalises(height));
		for node in &nodes {
			node.misses_at_most(height, 0).await;
		}
	}
	let mut regulators = 0;
	while let Ok(reached) = levels.try_recv() {
		regulators += usize::from(reached.level == AssuranceLevel::Regulator);
	}
	assert_eq!(regulators, 3);
	// One node leaves, and no other waits for it.
	let [first, _, last] = nodes;
	first.sync.unbounded_send(SyncEvent::PeerDisconnected(first.bare.peer)).unwrap();
	drop(last);
	first.finalises(4);
	first.misses_at_most(4, 1).await;
}

/// A node without a keeper that holds the service of the protocol, to send what no node sends.
fn raw(n: u8) -> (Bare, Box<dyn NotificationService>) {
	let mut service = None;
	let bare = Bare::start(n, |config| {
		let set = SetConfig {
			in_peers: 10,
			out_peers: 0,
			reserved_nodes: vec![],
			non_reserved_mode: NonReservedPeerMode::Accept,
		};
		let (protocol, notifications) = <Backend as NetworkBackend<Block, BlockHash>>::notification_config(
			format!("/{GENESIS:x}/syndic/attestations/1").into(),
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
	(bare, service.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sends_false_attestations_is_cut() {
	let node = Node::start(24, chain(), &[]);
	node.finalises(5);
	node.misses_at_most(5, 2).await;
	let (raw, mut service) = raw(25);
	node.discovers(&raw);
	let mut bad = attestations(&node.chain, 5, &[4, 5]);
	bad.attestations[0].1 = bad.attestations[1].1.clone();
	assert_eq!(bad.block.block_hash, hash(5));
	let bytes = Gossip::Attestations(vec![bad]).encode();
	let speaking = raw.process.handle().spawn(async move {
		while let Some(event) = service.next_event().await {
			match event {
				NotificationEvent::ValidateInboundSubstream { result_tx, .. } => {
					result_tx.send(ValidationResult::Accept).unwrap()
				}
				NotificationEvent::NotificationStreamOpened { peer, .. } => {
					(0..5).for_each(|_| service.send_sync_notification(&peer, bytes.clone()));
				}
				NotificationEvent::NotificationStreamClosed { .. } => return true,
				NotificationEvent::NotificationReceived { .. } => {}
			}
		}
		false
	});
	assert!(tokio::time::timeout(LONG, speaking).await.expect("in time").unwrap(), "cut");
	node.connected(0).await;
	let missing = node.handle.book().read().get(Height(5)).unwrap().missing().count();
	assert_eq!(missing, 2, "nothing of it is believed");
}
