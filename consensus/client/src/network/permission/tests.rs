//! Tests both doors, with a real store and real queues.

use super::{backend::pass_on, store::GatedHandle, *};
use futures::{channel::oneshot, FutureExt};
use prometheus_endpoint::Registry;
use sc_network::{
	config::{IncomingRequest, PeerStore as _, PeerStoreProvider},
	service::traits::NetworkBackend,
	Litep2pNetworkBackend, ReputationChange,
};
use syndic_primitives::{block::Block, BlockHash};

/// A protocol that remembers which peers it was told to disconnect.
#[derive(Debug, Default)]
struct Protocol(Mutex<Vec<PeerId>>);

impl ProtocolHandle for Protocol {
	fn disconnect_peer(&self, peer: PeerId) {
		self.0.lock().push(peer);
	}
}

fn handle(gate: &Gate) -> GatedHandle {
	let store = <Litep2pNetworkBackend as NetworkBackend<Block, BlockHash>>::peer_store(Vec::new(), None);
	GatedHandle { store: store.handle(), gate: gate.clone() }
}

fn gate(list: impl IntoIterator<Item = PeerId>) -> Gate {
	let gate = Gate::new([], Metrics::default());
	gate.set(Some(list.into_iter().collect()));
	gate
}

#[test]
fn to_the_backend_a_stranger_is_banned_and_a_registered_node_is_not() {
	let (registered, stranger) = (PeerId::random(), PeerId::random());
	let gate = gate([registered]);
	let store = handle(&gate);
	assert!(!store.is_banned(&registered));
	assert!(store.is_banned(&stranger));
	gate.set(Some([registered, stranger].into()));
	assert!(!store.is_banned(&stranger), "at once, without any reputation to be lifted");
	store.report_peer(stranger, ReputationChange::new_fatal("misbehaves"));
	assert!(store.is_banned(&stranger), "a ban for misbehaviour is one still");
}

#[test]
fn strangers_are_not_dialled() {
	let peers: Vec<PeerId> = (0..20).map(|_| PeerId::random()).collect();
	let gate = gate(peers[..3].to_vec());
	let store = handle(&gate);
	peers.iter().for_each(|peer| store.add_known_peer(*peer));
	let mut candidates = store.outgoing_candidates(10, HashSet::new());
	candidates.sort();
	let mut expected = peers[..3].to_vec();
	expected.sort();
	assert_eq!(candidates, expected, "however many strangers are known beside them");
	assert_eq!(store.outgoing_candidates(2, HashSet::new()).len(), 2);
	assert_eq!(store.outgoing_candidates(10, peers[..3].iter().copied().collect()), []);
}

#[test]
fn a_peer_is_disconnected_from_every_protocol() {
	let gate = gate([]);
	let store = handle(&gate);
	assert!(!gate.is_asked());
	let protocols = [Arc::new(Protocol::default()), Arc::new(Protocol::default())];
	protocols.iter().for_each(|protocol| store.register_protocol(protocol.clone()));
	assert!(gate.is_asked());
	let peer = PeerId::random();
	gate.disconnect(peer);
	assert!(protocols.iter().all(|protocol| *protocol.0.lock() == [peer]));
}

#[test]
fn a_strangers_request_reaches_no_handler_and_is_refused() {
	let (registered, stranger) = (PeerId::random(), PeerId::random());
	let gate = gate([registered]);
	let (before, requests) = async_channel::bounded(8);
	let (behind, handler) = async_channel::bounded(1);
	let ask = |peer| {
		let (pending_response, answer) = oneshot::channel();
		before.try_send(IncomingRequest { peer, payload: Vec::new(), pending_response }).expect("there is room");
		answer
	};
	let refused = ask(stranger);
	let mut admitted = ask(registered);
	let one_too_many = ask(registered);
	drop(before.clone());
	let mut guard = pass_on(gate, requests, behind).boxed();
	assert!((&mut guard).now_or_never().is_none(), "it goes on");
	assert!(
		refused.now_or_never().is_some_and(|answer| answer.is_err()),
		"dropped: the transport answers with a refusal"
	);
	assert_eq!(handler.try_recv().expect("it was passed on").peer, registered);
	assert!(admitted.try_recv().is_err(), "the handler dropped it, in this test");
	assert!(
		one_too_many.now_or_never().is_some_and(|answer| answer.is_err()),
		"a full queue refuses, as without a gate"
	);
	drop(handler);
	let _refused = ask(registered);
	assert!(guard.now_or_never().is_some(), "it ends with the handler");
}

#[test]
fn refusals_are_counted() {
	let registry = Registry::new();
	let gate = Gate::new([], Metrics::register(Some(&registry)).unwrap());
	let (one, other) = (PeerId::random(), PeerId::random());
	gate.set(Some([one].into()));
	assert!(gate.admits(&one, "substream"));
	for _ in 0..3 {
		assert!(!gate.admits(&other, "substream"));
	}
	assert!(!gate.permits(&other));
	let value = |name: &str| {
		let families = registry.gather();
		let family = families.iter().find(|family| family.get_name() == name).expect("registered");
		let metric = &family.get_metric()[0];
		metric.get_counter().get_value() + metric.get_gauge().get_value()
	};
	assert_eq!(value("syndic_pbft_peers_refused_total"), 1.0, "one attempt, on several protocols");
	assert_eq!(value("syndic_pbft_peers_permitted"), 1.0);
}

#[test]
fn strangers_are_told_from_others() {
	let (one, other) = (PeerId::random(), PeerId::random());
	assert_eq!(gate([one]).strangers([one, other]), [other]);
	assert_eq!(Gate::open().strangers([one, other]), []);
}
