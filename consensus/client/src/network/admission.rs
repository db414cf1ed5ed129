//! Which nodes are admitted, which are connected, and which validator each node is.

use super::{
	handshake::{Handshake, HandshakeError},
	wire::Protocol,
};
use parking_lot::RwLock;
use sc_network::PeerId;
use std::{
	collections::{BTreeMap, BTreeSet, HashMap},
	sync::Arc,
};
use syndic_primitives::{BlockHash, ValidatorId};

/// Maximum number of nodes that may use one key at once. More than one is a mistake of the operator, or a machine that
/// is being replaced. All are let in, because refusing the second node could refuse the right one.
const MAX_HOSTS_PER_KEY: usize = 4;

/// Why a node is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
	/// The handshake is invalid.
	#[error(transparent)]
	Handshake(#[from] HandshakeError),
	/// This node's own key is not admitted.
	#[error("our own key is not admitted")]
	WeAreNotAdmitted,
	/// The node's key is not admitted: it is in none of the sets of
	/// [`NetworkCommand::Admit`](super::NetworkCommand::Admit).
	#[error("its key {0} is not admitted")]
	NotAdmitted(ValidatorId),
	/// The node holds this node's own key.
	#[error("it holds our own key")]
	OwnKey,
	/// The node has another key on the other protocol.
	#[error("it speaks for {second} while it speaks for {first}")]
	TwoKeys {
		/// The key it proved first.
		first: ValidatorId,
		/// The key it proves now.
		second: ValidatorId,
	},
	/// The node's key is in use on too many nodes.
	#[error("its key {0} is in use on {MAX_HOSTS_PER_KEY} other nodes")]
	TooManyHosts(ValidatorId),
}

impl Refusal {
	/// A short name, for metrics.
	pub fn name(&self) -> &'static str {
		match self {
			Self::Handshake(HandshakeError::Malformed(_)) => "malformed",
			Self::Handshake(HandshakeError::OtherChain(_)) => "other-chain",
			Self::Handshake(HandshakeError::BadSignature(_)) => "bad-signature",
			Self::WeAreNotAdmitted => "we-are-not-admitted",
			Self::NotAdmitted(_) => "not-admitted",
			Self::OwnKey => "own-key",
			Self::TwoKeys { .. } => "two-keys",
			Self::TooManyHosts(_) => "too-many-hosts",
		}
	}
}

/// The substreams of a node that has been let in.
#[derive(Clone, Debug)]
struct Link {
	key: ValidatorId,
	votes: bool,
	bulk: bool,
}

impl Link {
	fn open(&mut self, protocol: Protocol) -> &mut bool {
		match protocol {
			Protocol::Votes => &mut self.votes,
			Protocol::Bulk => &mut self.bulk,
		}
	}
}

/// The result of letting in a substream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Opened {
	/// The validator.
	pub key: ValidatorId,
	/// Whether the validator is connected on both protocols now and was not before.
	pub connected: bool,
	/// Another node that holds this key already. Set only once per node.
	pub also_on: Option<PeerId>,
}

/// Tells which validators are connected. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct NetworkHandle {
	peers: Arc<RwLock<BTreeMap<ValidatorId, Vec<PeerId>>>>,
}

impl NetworkHandle {
	/// The nodes that have proved to hold this key and are connected.
	pub fn peers_of(&self, validator: &ValidatorId) -> Vec<PeerId> {
		self.peers.read().get(validator).cloned().unwrap_or_default()
	}

	/// All validators that are connected, on at least one of the protocols; ascending, without this node.
	pub fn connected(&self) -> Vec<ValidatorId> {
		self.peers.read().keys().cloned().collect()
	}
}

/// The admitted keys and the nodes that were let in.
pub(super) struct Table {
	genesis: BlockHash,
	own: ValidatorId,
	admitted: BTreeSet<ValidatorId>,
	/// The admitted keys of future members, which receive no broadcasts yet.
	early: BTreeSet<ValidatorId>,
	links: HashMap<PeerId, Link>,
	handle: NetworkHandle,
}

impl Table {
	/// A table that admits no key yet.
	pub fn new(genesis: BlockHash, own: ValidatorId) -> Self {
		let (admitted, early) = (BTreeSet::new(), BTreeSet::new());
		Self { genesis, own, admitted, early, links: HashMap::new(), handle: NetworkHandle::default() }
	}

	pub fn handle(&self) -> NetworkHandle {
		self.handle.clone()
	}

	/// Replaces the admitted keys: the members, and the future members. Returns whether the set of admitted keys has
	/// changed, and the nodes that must be disconnected.
	pub fn admit(
		&mut self,
		members: impl IntoIterator<Item = ValidatorId>,
		early: impl IntoIterator<Item = ValidatorId>,
	) -> (bool, Vec<PeerId>) {
		let mut keys: BTreeSet<_> = members.into_iter().collect();
		self.early = early.into_iter().filter(|key| !keys.contains(key)).collect();
		keys.extend(self.early.iter().cloned());
		let changed = keys != self.admitted;
		self.admitted = keys;
		let we_are_in = self.own_admitted();
		let leaves = |link: &Link| !we_are_in || !self.admitted.contains(&link.key);
		(changed, self.links.iter().filter(|(_, link)| leaves(link)).map(|(peer, _)| *peer).collect())
	}

	pub fn is_admitted(&self, key: &ValidatorId) -> bool {
		self.admitted.contains(key)
	}

	pub fn own_admitted(&self) -> bool {
		self.admitted.contains(&self.own)
	}

	/// Whether `peer` may be let in with this handshake.
	pub fn judge(&self, peer: &PeerId, handshake: &[u8]) -> Result<ValidatorId, Refusal> {
		if !self.own_admitted() {
			return Err(Refusal::WeAreNotAdmitted);
		}
		let key = Handshake::check(handshake, &self.genesis, peer)?;
		if key == self.own {
			return Err(Refusal::OwnKey);
		}
		if !self.admitted.contains(&key) {
			return Err(Refusal::NotAdmitted(key));
		}
		match self.links.get(peer) {
			Some(link) if link.key != key => Err(Refusal::TwoKeys { first: link.key.clone(), second: key }),
			None if self.peers_of(&key).count() >= MAX_HOSTS_PER_KEY => Err(Refusal::TooManyHosts(key)),
			_ => Ok(key),
		}
	}

	/// Lets in a substream that has opened, or refuses it.
	pub fn open(&mut self, protocol: Protocol, peer: PeerId, handshake: &[u8]) -> Result<Opened, Refusal> {
		let key = self.judge(&peer, handshake)?;
		let before = self.is_connected(&key);
		let also_on = match self.links.contains_key(&peer) {
			true => None,
			false => self.peers_of(&key).next(),
		};
		let link = self.links.entry(peer).or_insert_with(|| Link { key: key.clone(), votes: false, bulk: false });
		*link.open(protocol) = true;
		self.publish(&key);
		Ok(Opened { connected: !before && self.is_connected(&key), also_on, key })
	}

	/// Notes that a substream has closed. Returns the validator if it was connected on both protocols before and is no
	/// longer.
	pub fn close(&mut self, protocol: Protocol, peer: &PeerId) -> Option<ValidatorId> {
		let link = self.links.get_mut(peer)?;
		let key = link.key.clone();
		let before = self.is_connected(&key);
		let link = self.links.get_mut(peer)?;
		*link.open(protocol) = false;
		if !link.votes && !link.bulk {
			self.links.remove(peer);
		}
		self.publish(&key);
		(before && !self.is_connected(&key)).then_some(key)
	}

	/// Removes a node. Returns as [`Self::close`] does.
	pub fn remove(&mut self, peer: &PeerId) -> Option<ValidatorId> {
		let key = self.links.get(peer)?.key.clone();
		let before = self.is_connected(&key);
		self.links.remove(peer);
		self.publish(&key);
		(before && !self.is_connected(&key)).then_some(key)
	}

	/// Whether messages from `peer` on this protocol are read.
	pub fn is_open(&mut self, protocol: Protocol, peer: &PeerId) -> bool {
		self.links.get_mut(peer).is_some_and(|link| *link.open(protocol))
	}

	/// The nodes that hold `key`.
	pub fn peers_of<'a>(&'a self, key: &'a ValidatorId) -> impl Iterator<Item = PeerId> + 'a {
		self.links.iter().filter(move |(_, link)| link.key == *key).map(|(peer, _)| *peer)
	}

	/// The nodes to which broadcasts go.
	pub fn members(&self) -> impl Iterator<Item = PeerId> + '_ {
		self.links.iter().filter(|(_, link)| !self.early.contains(&link.key)).map(|(peer, _)| *peer)
	}

	/// All nodes that have been let in.
	pub fn peers(&self) -> impl Iterator<Item = PeerId> + '_ {
		self.links.keys().copied()
	}

	/// Number of validators that are connected on both protocols.
	pub fn connected(&self) -> usize {
		let both = self.links.values().filter(|link| link.votes && link.bulk);
		both.map(|link| &link.key).collect::<BTreeSet<_>>().len()
	}

	fn is_connected(&self, key: &ValidatorId) -> bool {
		self.links.values().any(|link| link.key == *key && link.votes && link.bulk)
	}

	fn publish(&self, key: &ValidatorId) {
		let mut peers: Vec<PeerId> = self.peers_of(key).collect();
		peers.sort_unstable();
		let mut published = self.handle.peers.write();
		match peers.is_empty() {
			true => drop(published.remove(key)),
			false => drop(published.insert(key.clone(), peers)),
		}
	}
}
