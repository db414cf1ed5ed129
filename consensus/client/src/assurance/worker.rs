//! The task that runs the attestations protocol.

use super::{
	keeper::Keeper, ledger::Ledger, metrics::AssuranceMetrics, sign::Signer, store::Store, wire::MAX_NOTIFICATION,
	AssuranceHandle, LOG_TARGET,
};
use crate::network::{events_of, Events, Gate};
use futures::{stream::BoxStream, StreamExt};
use log::{debug, error, info, warn};
use sc_client_api::AuxStore;
use sc_network::{
	config::{NonReservedPeerMode, NotificationMetrics, PeerStoreProvider, SetConfig},
	multiaddr,
	peer_store::BANNED_THRESHOLD,
	service::traits::{NetworkBackend, NetworkService, NotificationEvent, NotificationService, ValidationResult},
	MessageSink, Multiaddr, PeerId, ProtocolName, ReputationChange,
};
use sc_network_sync::{SyncEvent, SyncEventStream};
use sp_keystore::KeystorePtr;
use std::{
	collections::HashMap,
	iter,
	sync::Arc,
	time::{Duration, Instant},
};
use syndic_primitives::{block::Block, BlockHash};
use tokio::time::{interval, Interval, MissedTickBehavior};

/// Reputation change for misbehaviour, such as a malformed message. The third one within a minute bans the peer.
const MISBEHAVIOUR: i32 = -(1 << 29);
/// How long attestations wait before they are sent, so that one notification carries many.
const FLUSH: Duration = Duration::from_millis(50);
/// How often the keeper looks for final blocks without a notification, and asks peers for missing attestations.
const TICK: Duration = Duration::from_secs(1);
/// How often changed records are stored.
const SAVE: Duration = Duration::from_secs(2);

/// The protocol, set up for [`run`].
pub struct Prepared {
	name: ProtocolName,
	service: Box<dyn NotificationService>,
}

/// Sets up the protocol, on every node. The configuration goes to `add_notification_protocol`, the rest to [`run`].
pub fn protocol<N: NetworkBackend<Block, BlockHash>>(
	genesis: BlockHash,
	metrics: NotificationMetrics,
	peer_store: Arc<dyn PeerStoreProvider>,
) -> (N::NotificationProtocolConfig, Prepared) {
	let name: ProtocolName = format!("/{genesis:x}/syndic/attestations/1").into();
	// The protocol's peers are those of synchronisation, as for transactions.
	let set = SetConfig {
		in_peers: 0,
		out_peers: 0,
		reserved_nodes: Vec::new(),
		non_reserved_mode: NonReservedPeerMode::Deny,
	};
	let (config, service) =
		N::notification_config(name.clone(), Vec::new(), MAX_NOTIFICATION, None, set, metrics, peer_store);
	(config, Prepared { name, service })
}

/// What [`run`] needs.
pub struct AssuranceParams<L, S> {
	/// The chain.
	pub genesis: BlockHash,
	/// The chain's final blocks.
	pub ledger: L,
	/// Signals that a block may have become final.
	pub finality: BoxStream<'static, ()>,
	/// The database in which attestations are stored.
	pub database: Arc<S>,
	/// The keystore that holds the consensus keys.
	pub keystore: KeystorePtr,
	/// The protocol.
	pub protocol: Prepared,
	/// The network to which the protocol belongs.
	pub network: Arc<dyn NetworkService>,
	/// Synchronisation.
	pub sync: Arc<dyn SyncEventStream>,
	/// Which nodes are let in.
	pub gate: Gate,
	/// The shared view that the task fills.
	pub handle: AssuranceHandle,
	/// The metrics.
	pub metrics: AssuranceMetrics,
}

fn every(period: Duration) -> Interval {
	let mut interval = interval(period);
	interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
	interval
}

/// Runs for as long as the node does. It reads states and checks signatures, so it must run on a thread that may block.
pub async fn run<L: Ledger, S: AuxStore + Send + Sync + 'static>(params: AssuranceParams<L, S>) {
	let AssuranceParams { genesis, ledger, mut finality, database, keystore, protocol, network, sync, gate, .. } =
		params;
	let (handle, metrics) = (params.handle, params.metrics);
	let Prepared { name, service } = protocol;
	let mut sync = sync.event_stream("assurance").fuse();
	let mut events: Events = events_of(service).boxed();
	let keeper = Keeper::new(genesis, ledger, Store::new(database), Signer::new(keystore), handle, metrics);
	let mut worker = Worker { keeper, sinks: HashMap::new(), name, network, gate };
	let (mut flush, mut tick, mut save) = (every(FLUSH), every(TICK), every(SAVE));
	loop {
		tokio::select! {
			event = events.next() => match event {
				Some((event, sink)) => worker.on_event(event, sink),
				None => break,
			},
			told = finality.next() => match told {
				Some(()) => worker.keeper.on_finalised(Instant::now()),
				None => break,
			},
			Some(event) = sync.next() => worker.on_sync_event(event),
			_ = flush.tick(), if worker.keeper.has_pending() => {
				let out = worker.keeper.flush();
				worker.send(out);
			},
			_ = tick.tick() => {
				worker.throw_out_strangers();
				let out = worker.keeper.tick(Instant::now());
				worker.send(out);
			},
			_ = save.tick() => worker.keeper.save(),
		}
		worker.punish();
	}
	worker.keeper.save();
	debug!(target: LOG_TARGET, "The network or the chain has ended");
}

struct Worker<L, S> {
	keeper: Keeper<L, S>,
	sinks: HashMap<PeerId, Box<dyn MessageSink>>,
	name: ProtocolName,
	network: Arc<dyn NetworkService>,
	gate: Gate,
}

impl<L: Ledger, S: AuxStore> Worker<L, S> {
	fn on_event(&mut self, event: NotificationEvent, sink: Option<Box<dyn MessageSink>>) {
		match event {
			NotificationEvent::ValidateInboundSubstream { peer, result_tx, .. } => {
				let result = match self.gate.permits(&peer) {
					true => ValidationResult::Accept,
					false => ValidationResult::Reject,
				};
				// The substream may be gone already.
				let _ = result_tx.send(result);
			}
			NotificationEvent::NotificationStreamOpened { peer, .. } => {
				if !self.gate.permits(&peer) {
					return self.throw_out(peer);
				}
				// Without a sink the substream is closed already, and an event for that follows.
				if let Some(sink) = sink {
					self.sinks.insert(peer, sink);
					self.keeper.on_connected(peer, Instant::now());
				}
			}
			NotificationEvent::NotificationStreamClosed { peer } => self.closed(&peer),
			NotificationEvent::NotificationReceived { peer, notification } => {
				if self.sinks.contains_key(&peer) {
					self.keeper.on_notification(peer, &notification, Instant::now());
				}
			}
		}
	}

	fn closed(&mut self, peer: &PeerId) {
		self.sinks.remove(peer);
		self.keeper.on_disconnected(peer);
	}

	/// Keeps the reserved set equal to the peers of synchronisation.
	fn on_sync_event(&mut self, event: SyncEvent) {
		let result = match event {
			SyncEvent::PeerConnected { peer_id, .. } => {
				let address = iter::once(multiaddr::Protocol::P2p(peer_id.into())).collect::<Multiaddr>();
				self.network.add_peers_to_reserved_set(self.name.clone(), iter::once(address).collect())
			}
			SyncEvent::PeerDisconnected(peer) => {
				self.network.remove_peers_from_reserved_set(self.name.clone(), vec![peer])
			}
		};
		if let Err(error) = result {
			error!(target: LOG_TARGET, "Cannot change whom {} connects to: {error}", self.name);
		}
	}

	fn send(&mut self, out: Vec<(PeerId, Vec<u8>)>) {
		for (peer, bytes) in out {
			if let Some(sink) = self.sinks.get(&peer) {
				sink.send_sync_notification(bytes);
			}
		}
	}

	/// Reports the peers that have misbehaved, and disconnects those that this bans.
	fn punish(&mut self) {
		for (peer, offence) in self.keeper.offences() {
			self.network.report_peer(peer, ReputationChange::new(MISBEHAVIOUR, offence));
			if self.sinks.contains_key(&peer) && self.network.peer_reputation(&peer) < BANNED_THRESHOLD {
				warn!(target: LOG_TARGET, "Cutting {peer} after repeated misbehaviour, lastly: {offence}");
				self.throw_out(peer);
			}
		}
	}

	fn throw_out_strangers(&mut self) {
		let strangers: Vec<PeerId> = self.sinks.keys().filter(|peer| !self.gate.permits(peer)).copied().collect();
		for peer in strangers {
			info!(target: LOG_TARGET, "{peer} is not a registered node any more");
			self.throw_out(peer);
		}
	}

	/// Ends the substream with a peer. It can be ended only after the peer has been released from the reserved set.
	fn throw_out(&mut self, peer: PeerId) {
		self.closed(&peer);
		if let Err(error) = self.network.remove_peers_from_reserved_set(self.name.clone(), vec![peer]) {
			error!(target: LOG_TARGET, "Cannot change whom {} connects to: {error}", self.name);
		}
		self.network.disconnect_peer(peer, self.name.clone());
	}
}
