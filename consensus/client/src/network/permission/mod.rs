//! Permission to connect: only nodes that are registered on the chain are let in, on every protocol of this node.
//!
//! # Where it is judged
//! The transport proves a PeerId before anything else is exchanged. After that, every substream or request passes one
//! of two doors, and the [`Gate`] guards both:
//!
//! | door | guarded by | so that a node that is not let in |
//! |---|---|---|
//! | notifications: block announcements, transactions, the validators' protocols | the peer store, which the backend asks whether a peer is banned ([`store`]) | opens no substream, and none is opened to it |
//! | requests: blocks, state, proofs, certificates | a queue before the handler's own ([`backend`]) | gets a refusal, and no handler sees what it asked |
//!
//! The SDK creates some of these protocols itself, deep inside `build_network`. So the guard is the network backend
//! with which the network is built: [`Gated`] wraps another backend and guards both doors. [`follow`] reads the list
//! from the last final state each second, and disconnects nodes that are no longer on it.
//!
//! Not guarded are identify, ping and the DHT, which the transport speaks with any peer, and which carry nothing of the
//! chain. A connection on which nothing else is open is closed after a few seconds without use.
//!
//! # Facts about `sc-network` 0.60
//! - Reputation is no way to refuse strangers: a ban needs a PeerId, decays within 69 s, and comes after a peer has been
//!   let in.
//! - `is_banned` is asked when an inbound substream asks to be let in, and before a reserved peer is dialled; candidates
//!   for other dials come out of the peer store too.
//! - A peer is not disconnected from a protocol in which it is reserved.
//! - The older backend, libp2p, asks its own peer store, not the one that a protocol is given. There, while the list is
//!   enforced, only reserved peers get block announcements, and the reserved peers are the nodes that are let in.
//!   Transactions go to peers with which there are block announcements; the validators' protocols and the requests ask
//!   the gate themselves.
//!
//! # What the first start needs
//! A node whose state is old cannot know which nodes have been registered since. So boot nodes and reserved nodes that
//! its operator named are let in as well, until the node follows the chain: until it has peers and is no more than a
//! few blocks behind them. From then on, until it is started again, the chain alone decides.

mod backend;
mod follow;
mod refusals;
mod rule;
mod store;
#[cfg(test)]
mod tests;

pub use backend::{Assembly, Gated};
pub use follow::{follow, FollowParams};

use crate::metrics::Metrics;
use log::warn;
use parking_lot::{Mutex, RwLock};
use refusals::Refusals;
use rule::Rule;
use sc_network::{peer_store::ProtocolHandle, PeerId};
use std::{collections::HashSet, sync::Arc, time::Instant};

/// The target of the log lines here.
const LOG_TARGET: &str = "permission";

/// Decides which peers are let in. Cheap to clone; shared by the protocols and the task that follows the chain.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Inner>);

#[derive(Debug)]
struct Inner {
	rule: RwLock<Rule>,
	refusals: Mutex<Refusals>,
	/// The notification protocols, from which peers can be disconnected.
	protocols: RwLock<Vec<Arc<dyn ProtocolHandle>>>,
	metrics: Metrics,
}

impl Gate {
	/// A gate that lets in only these peers, which the operator named, until the list has been read.
	pub fn new(bootstrap: impl IntoIterator<Item = PeerId>, metrics: Metrics) -> Self {
		Self(Arc::new(Inner {
			rule: RwLock::new(Rule::new(bootstrap.into_iter().collect())),
			refusals: Mutex::default(),
			protocols: RwLock::default(),
			metrics,
		}))
	}

	/// Lets every peer in, for networks in tests.
	pub fn open() -> Self {
		let gate = Self::new([], Metrics::default());
		gate.0.rule.write().set(None);
		gate
	}

	/// Whether this peer is let in. Nothing is logged.
	pub fn permits(&self, peer: &PeerId) -> bool {
		self.0.rule.read().permits(peer)
	}

	/// Whether this peer, which requests a substream or sends a request, is let in. A refusal is counted, and logged
	/// within bounds.
	fn admits(&self, peer: &PeerId, door: &'static str) -> bool {
		let admitted = self.permits(peer);
		if !admitted {
			self.refused(peer, door);
		}
		admitted
	}

	fn refused(&self, peer: &PeerId, door: &'static str) {
		let news = self.0.refusals.lock().note(*peer, Instant::now());
		if news.counts {
			self.0.metrics.peer_refused(door);
		}
		if news.is_told {
			warn!(
				target: LOG_TARGET,
				"Refused {peer} ({door}): it is not a registered node of this chain. Its institution can register it \
				 (nodes.registerNode), or the board (nodes.boardRegisterNode), by this PeerId."
			);
		}
	}

	/// Sets the list from the chain; `None` if it is not enforced. Returns whether the list has changed.
	fn set(&self, list: Option<HashSet<PeerId>>) -> bool {
		self.0.metrics.peers_permitted(list.as_ref().map(HashSet::len));
		self.0.rule.write().set(list)
	}

	/// Notes that this node follows the chain, so that the chain alone decides from now on. Returns whether that
	/// excludes any peer.
	fn follows(&self) -> bool {
		self.0.rule.write().follows()
	}

	/// All peers that are let in; `None` if every peer is.
	fn permitted(&self) -> Option<HashSet<PeerId>> {
		self.0.rule.read().permitted()
	}

	/// Those of these peers that are not let in.
	fn strangers(&self, peers: impl IntoIterator<Item = PeerId>) -> Vec<PeerId> {
		let rule = self.0.rule.read();
		peers.into_iter().filter(|peer| !rule.permits(peer)).collect()
	}

	/// Registers a notification protocol, from which peers can be disconnected.
	fn guard(&self, protocol: Arc<dyn ProtocolHandle>) {
		self.0.protocols.write().push(protocol);
	}

	/// Whether the backend asks this gate before it opens a substream.
	fn is_asked(&self) -> bool {
		!self.0.protocols.read().is_empty()
	}

	/// Ends every notification substream with a peer, except on protocols in which the peer is reserved.
	fn disconnect(&self, peer: PeerId) {
		for protocol in self.0.protocols.read().iter() {
			protocol.disconnect_peer(peer);
		}
	}
}
