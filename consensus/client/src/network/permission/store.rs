//! The peer store, which tells the backend that a peer which is not let in is banned.

use super::Gate;
use sc_network::{
	config::PeerStore,
	peer_store::{PeerStoreProvider, ProtocolHandle},
	ObservedRole, PeerId, ReputationChange,
};
use std::{collections::HashSet, sync::Arc};

/// Wraps another peer store with the gate.
pub struct GatedStore<S> {
	pub(super) store: S,
	pub(super) gate: Gate,
}

#[async_trait::async_trait]
impl<S: PeerStore + Send> PeerStore for GatedStore<S> {
	fn handle(&self) -> Arc<dyn PeerStoreProvider> {
		Arc::new(GatedHandle { store: self.store.handle(), gate: self.gate.clone() })
	}

	async fn run(self) {
		self.store.run().await
	}
}

/// Tells the protocols that a peer which is not let in is banned.
#[derive(Debug)]
pub(super) struct GatedHandle {
	pub store: Arc<dyn PeerStoreProvider>,
	pub gate: Gate,
}

impl PeerStoreProvider for GatedHandle {
	fn is_banned(&self, peer: &PeerId) -> bool {
		!self.gate.admits(peer, "substream") || self.store.is_banned(peer)
	}

	fn register_protocol(&self, protocol: Arc<dyn ProtocolHandle>) {
		self.gate.guard(protocol.clone());
		self.store.register_protocol(protocol);
	}

	fn report_disconnect(&self, peer: PeerId) {
		self.store.report_disconnect(peer);
	}

	fn report_peer(&self, peer: PeerId, change: ReputationChange) {
		self.store.report_peer(peer, change);
	}

	fn set_peer_role(&self, peer: &PeerId, role: ObservedRole) {
		self.store.set_peer_role(peer, role);
	}

	fn peer_reputation(&self, peer: &PeerId) -> i32 {
		self.store.peer_reputation(peer)
	}

	fn peer_role(&self, peer: &PeerId) -> Option<ObservedRole> {
		self.store.peer_role(peer)
	}

	fn outgoing_candidates(&self, count: usize, ignored: HashSet<PeerId>) -> Vec<PeerId> {
		// All of the best candidates may be peers that are not let in, so all candidates are asked for and filtered.
		let all = self.store.outgoing_candidates(usize::MAX, ignored);
		all.into_iter().filter(|peer| self.gate.permits(peer)).take(count).collect()
	}

	fn add_known_peer(&self, peer: PeerId) {
		self.store.add_known_peer(peer);
	}
}
