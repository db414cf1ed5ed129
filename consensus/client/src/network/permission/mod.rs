//! Who is let in: only nodes that are registered on the chain, on every protocol of this node.
//!
//! # Where it is judged
//! The transport proves a PeerId before anything else is said. What comes then goes through one of two doors, and both are
//! guarded by the [`Gate`]:
//!
//! | door | guarded by | so that a node that is not let in |
//! |---|---|---|
//! | notifications: block announcements, transactions, the validators' protocols | the peer store, which the backend asks whether a peer is banned ([`store`]) | opens no substream, and none is opened to it |
//! | requests: blocks, state, proofs, certificates | a queue before the handler's own ([`backend`]) | gets a refusal, and no handler sees what it asked |
//!
//! The SDK makes some of these protocols itself, deep inside `build_network`. So the guard is the network backend that is
//! built with: [`Gated`], which is another backend with both doors guarded. [`follow`] reads the list from the last final
//! state each second, and cuts who is connected and not on it any more.
//!
//! Left over are identify, ping and the DHT, which the transport speaks with anybody, and which carry nothing of the chain;
//! a connection on which nothing else is open is closed after a few seconds without use.
//!
//! # Facts about `sc-network` 0.60
//! - Reputation is no way to refuse strangers: a ban needs a PeerId, decays within 69 s, and comes after a peer has been
//!   let in.
//! - `is_banned` is asked when an inbound substream asks to be let in, and before a reserved peer is dialled; candidates
//!   for other dials come out of the peer store too.
//! - A peer is not disconnected from a protocol in which it is reserved.
//! - The older backend, libp2p, asks its own peer store, not the one that a protocol is given. There block announcements
//!   are for reserved peers only while the list is enforced, and those are the nodes that are let in. Transactions go to
//!   peers with which there are block announcements; the validators' protocols and the requests ask the gate themselves.
//!
//! # What the first start needs
//! A node whose state is old cannot know who was registered since. So boot nodes and reserved nodes that its operator
//! named are let in as well, until it follows the chain: has peers, and is no more than a few blocks behind them. From
//! then on, until it is started again, the chain alone decides.

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

/// Decides who is let in; cheap to clone, shared by whoever asks and by who follows the chain.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Inner>);

#[derive(Debug)]
struct Inner {
	rule: RwLock<Rule>,
	refusals: Mutex<Refusals>,
	/// The notification protocols, to disconnect from.
	protocols: RwLock<Vec<Arc<dyn ProtocolHandle>>>,
	metrics: Metrics,
}

impl Gate {
	/// For a node that was told of these peers by its operator. Nobody else is let in before the list has been read.
	pub fn new(bootstrap: impl IntoIterator<Item = PeerId>, metrics: Metrics) -> Self {
		Self(Arc::new(Inner {
			rule: RwLock::new(Rule::new(bootstrap.into_iter().collect())),
			refusals: Mutex::default(),
			protocols: RwLock::default(),
			metrics,
		}))
	}

	/// Lets everybody in: for networks in tests.
	pub fn open() -> Self {
		let gate = Self::new([], Metrics::default());
		gate.0.rule.write().set(None);
		gate
	}

	/// Whether this peer is let in. Nothing is logged.
	pub fn permits(&self, peer: &PeerId) -> bool {
		self.0.rule.read().permits(peer)
	}

	/// Whether this peer, which wants something, is let in. A refusal is counted, and logged now and then.
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

	/// The list as the chain has it now; nothing if it is not enforced. Returns whether that changed who is let in.
	fn set(&self, list: Option<HashSet<PeerId>>) -> bool {
		self.0.metrics.peers_permitted(list.as_ref().map(HashSet::len));
		self.0.rule.write().set(list)
	}

	/// This node follows the chain; the chain alone decides from now on. Returns whether that changed anything.
	fn follows(&self) -> bool {
		self.0.rule.write().follows()
	}

	/// Everybody who is let in; nothing if that is everybody.
	fn permitted(&self) -> Option<HashSet<PeerId>> {
		self.0.rule.read().permitted()
	}

	/// Who of these is not let in.
	fn strangers(&self, peers: impl IntoIterator<Item = PeerId>) -> Vec<PeerId> {
		let rule = self.0.rule.read();
		peers.into_iter().filter(|peer| !rule.permits(peer)).collect()
	}

	/// Takes a notification protocol down, to disconnect from.
	fn guard(&self, protocol: Arc<dyn ProtocolHandle>) {
		self.0.protocols.write().push(protocol);
	}

	/// Whether the backend asks this gate before it opens a substream.
	fn is_asked(&self) -> bool {
		!self.0.protocols.read().is_empty()
	}

	/// Ends every notification substream with a peer, but for protocols in which it is reserved.
	fn disconnect(&self, peer: PeerId) {
		for protocol in self.0.protocols.read().iter() {
			protocol.disconnect_peer(peer);
		}
	}
}
