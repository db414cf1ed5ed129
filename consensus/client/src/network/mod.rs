//! The protocols among validators, and the protocols by which every node requests a block or a certificate.
//!
//! # Protocols
//! | name | carries | who |
//! |---|---|---|
//! | `/{genesis}/pbft/votes/1` | pre-prepares without a block, votes, view-changes, prepared and commit certificates | validators |
//! | `/{genesis}/pbft/bulk/1` | pre-prepares with their block, whole or with the hashes of its transactions; new-views | validators |
//! | `/{genesis}/pbft/certificate/1` | request: the certificate of a finalised height | every node |
//! | `/{genesis}/pbft/block/1` | request: one block, final or not | every node |
//! | `/{genesis}/pbft/transactions/1` | request: some transactions of one block, by their positions | every node |
//!
//! The validators' protocols exist only on nodes started with `--validator`.
//!
//! # Who is let in
//! Each side's handshake names its consensus key, with a signature by that key over the chain and the node's own
//! PeerId. The transport proves the PeerId, so no other node can replay the handshake. A key must be in the admitted
//! list ([`NetworkCommand::Admit`]). This node's own key must be in the list too; otherwise the node has nothing to
//! send to validators. A handshake is checked at three moments: when an inbound substream asks to be let in; when the
//! substream opens, because a substream that this node opened shows its handshake only then; and whenever the list
//! changes. Messages on a substream that did not pass are dropped unread.
//!
//! # Who dials whom
//! Facts about `sc-network` 0.60 with litep2p, on which this rests:
//! - A protocol opens substreams by itself only to its *reserved* peers: at once when one is added, then every second
//!   while it is closed. It dials where there is no connection yet.
//! - For 5 s after a substream closed or failed to open, the peer is backed off: nothing is opened *to* it, whatever is
//!   done to the reserved set. A substream *from* it is accepted all the same, provided that it is reserved or that there
//!   is a free inbound slot for peers that are not.
//! - A peer is disconnected from a protocol only while it is not reserved.
//! - The backend overwrites the handshake of every protocol but synchronisation's with the node's role when it is
//!   created; it has to be set again afterwards.
//! - A peer that leaves the reserved set while a substream to it opens is marked as cancelled until that attempt ends, and
//!   is refused meanwhile; litep2p does not report the end of every attempt.
//!
//! Therefore both sides dial ([`dial`]). Every node that synchronisation reports as connected, and that calls itself an
//! authority, is put in the reserved set of both protocols. Full nodes never are, so no substream is opened to them.
//! There are many inbound slots for peers that are not reserved, so that a validator which restarts gets in at once
//! although the others still back off: it dials, and they answer. A node stays reserved when it goes away, so that it
//! is dialled again although synchronisation has not found it yet. The nodes with which admitted validators are
//! registered on the chain are reserved as well: among many nodes synchronisation connects to some only, and the
//! members of a committee need each other. A node whose handshake was refused is released for a minute, or until the
//! admitted list changes. While this node's own key is not admitted, no peer is reserved.
//!
//! Nodes that are not registered on the chain are refused earlier: see [`permission`]. A node that is removed from that
//! list is released and disconnected here as well, because a peer is disconnected only while it is not reserved.
//!
//! # Who hears what
//! The committee of the next era is connected as soon as it is known, so that all of its members are connected at its
//! first height. It receives no broadcasts until its set is scheduled: the cost of a height depends on the size of the
//! committee, not on how many validators are connected. The members of a set that has ended stay connected for some
//! heights, because one of them may still lack the set's last votes.
//!
//! # Limits
//! No peer can fill the queue towards the engine alone ([`queue`]). Proposals to a peer that does not read are dropped,
//! the oldest first. A peer that keeps sending malformed messages is banned and disconnected.

mod admission;
mod dial;
mod handshake;
mod outgoing;
pub mod permission;
mod queue;
mod record;
mod request;
#[cfg(test)]
pub(crate) mod tests;
mod wire;
mod worker;

pub use admission::NetworkHandle;
pub use handshake::{Handshake, HandshakeError};
pub use permission::Gate;
pub use queue::{event_queue, EventReceiver, EventSender};
pub use record::VoteRecorder;
pub use request::{request_protocols, BlockSource, FetchError, Fetcher, Server};
pub use wire::WireError;
pub use worker::run;
pub(crate) use worker::{events_of, Events};

use crate::{chain::Home, compact::MAX_COMPACT_BYTES, metrics::Metrics};
use admission::Table;
use sc_network::{
	config::{NonReservedPeerMode, NotificationHandshake, NotificationMetrics, PeerStoreProvider, SetConfig},
	service::traits::{NetworkBackend, NotificationService},
	PeerId, ProtocolName,
};
use sp_keystore::KeystorePtr;
use std::{path::PathBuf, sync::Arc};
use syndic_pbft::{Message, MAX_MESSAGE_BYTES, MAX_VIEW_CHANGE_BYTES};
use syndic_primitives::{block::Block, BlockHash, SignedVote, ValidatorId, MAX_VALIDATORS};

/// Log target of everything here.
const LOG_TARGET: &str = "pbft::network";

/// Maximum size of an encoded block, in bytes.
pub const MAX_BLOCK_BYTES: usize = 12 * 1024 * 1024;

/// Maximum size of one notification on the votes protocol, in bytes.
const MAX_VOTES_NOTIFICATION: u64 = MAX_VIEW_CHANGE_BYTES as u64 + 1024;

/// Maximum size of one notification on the bulk protocol, in bytes.
const MAX_BULK_NOTIFICATION: u64 = MAX_MESSAGE_BYTES as u64 + 1024 * 1024;
const _: () = assert!(MAX_COMPACT_BYTES <= MAX_BLOCK_BYTES);

/// Number of inbound substreams for peers that are not reserved: as many as the validators of the current set, the
/// scheduled set, the set before, and the committee of the next era can need. A substream of another peer lasts only
/// until its handshake is refused.
const INBOUND_SLOTS: u32 = 4 * MAX_VALIDATORS;

/// Events from other validators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkEvent {
	/// A message, decoded within bounds and not verified.
	Message {
		/// The node that sent it.
		from: PeerId,
		/// The message. A pre-prepare may also arrive this way, without its block.
		message: Message,
	},
	/// A pre-prepare with its block.
	Proposal {
		/// The node that sent it.
		from: PeerId,
		/// The leader's vote, not verified; of any phase.
		pre_prepare: SignedVote,
		/// The block's encoding, not decoded; at most [`MAX_BLOCK_BYTES`].
		block: Arc<Vec<u8>>,
	},
	/// A pre-prepare with its block in the compact form.
	CompactProposal {
		/// The node that sent it.
		from: PeerId,
		/// The leader's vote, not verified; of any phase.
		pre_prepare: SignedVote,
		/// The block in the form of [`crate::compact`], not decoded; at most [`MAX_COMPACT_BYTES`].
		block: Arc<Vec<u8>>,
	},
	/// A validator is connected on both protocols.
	Connected(ValidatorId),
	/// A validator is no longer connected on both protocols.
	Disconnected(ValidatorId),
}

/// Commands of the engine to the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkCommand {
	/// Sends a message to every connected validator that is admitted as a member.
	Broadcast(Message),
	/// Sends a message to one validator, if it is connected.
	Send(ValidatorId, Message),
	/// Sends a pre-prepare with its block to every connected validator that is admitted as a member.
	BroadcastProposal(SignedVote, Arc<Vec<u8>>),
	/// Sends a pre-prepare with its block in the compact form to every connected validator that is admitted as a
	/// member.
	BroadcastCompact(SignedVote, Arc<Vec<u8>>),
	/// Sends a pre-prepare with its block to one validator, if it is connected.
	SendProposal(ValidatorId, SignedVote, Arc<Vec<u8>>),
	/// Reports a node that sent what only a faulty node sends.
	Report {
		/// The node.
		peer: PeerId,
		/// What it did.
		misbehaviour: &'static str,
	},
	/// Sets the keys that may be connected. Replaces the lists before.
	Admit {
		/// Members of the current set and the scheduled one, and for a while those of the set before. Broadcasts go to
		/// them.
		members: Vec<ValidatorId>,
		/// Future members. They are connected before they are needed, and receive no broadcasts.
		early: Vec<ValidatorId>,
	},
	/// The registered nodes of the admitted validators. Replaces the list before.
	Homes(Vec<Home>),
}

/// What the validators' protocols need to know of this node.
pub struct Options {
	/// The chain.
	pub genesis: BlockHash,
	/// This validator's consensus key.
	pub key: ValidatorId,
	/// The keystore that holds the key.
	pub keystore: KeystorePtr,
	/// This node's PeerId, as its node key gives it.
	pub local_peer_id: PeerId,
	/// Which nodes are let in.
	pub gate: Gate,
	/// A file to which every vote that is received is written, for audits.
	pub record_votes: Option<PathBuf>,
}

/// Why the validators' protocols cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
	/// The keystore does not have the key.
	#[error("the keystore does not have the consensus key {0} (key type pbft)")]
	KeyMissing(ValidatorId),
	/// The keystore failed.
	#[error("the keystore cannot sign with the consensus key {key}: {source}")]
	Keystore {
		/// The key.
		key: ValidatorId,
		/// The keystore's error.
		source: sp_keystore::Error,
	},
	/// Votes cannot be recorded.
	#[error("cannot write votes to {path}: {source}")]
	Record {
		/// The file.
		path: PathBuf,
		/// The system's error.
		source: std::io::Error,
	},
}

/// One of the validators' protocols, before it runs.
pub(crate) struct Half {
	name: ProtocolName,
	service: Box<dyn NotificationService>,
}

/// The validators' protocols, set up for [`run`].
pub struct Prepared {
	options: Options,
	handshake: Handshake,
	votes: Half,
	bulk: Half,
	recorder: VoteRecorder,
	table: Table,
	metrics: Metrics,
}

impl Prepared {
	/// A handle that tells which validators are connected.
	pub fn handle(&self) -> NetworkHandle {
		self.table.handle()
	}
}

fn protocol_name(genesis: &BlockHash, name: &str) -> ProtocolName {
	format!("/{genesis:x}/pbft/{name}/1").into()
}

/// Sets up the validators' protocols, for a node started with `--validator`. Each configuration goes to
/// `add_notification_protocol`, the rest to [`run`].
pub fn protocols<N: NetworkBackend<Block, BlockHash>>(
	options: Options,
	notification_metrics: NotificationMetrics,
	peer_store: Arc<dyn PeerStoreProvider>,
	metrics: Metrics,
) -> Result<(Vec<N::NotificationProtocolConfig>, Prepared), NetworkError> {
	let handshake = Handshake::sign(&options.keystore, &options.genesis, &options.key, &options.local_peer_id)?;
	let recorder = VoteRecorder::open(options.record_votes.as_deref())
		.map_err(|(path, source)| NetworkError::Record { path, source })?;
	let protocol = |name: &str, max_size| {
		let name = protocol_name(&options.genesis, name);
		let set = SetConfig {
			in_peers: INBOUND_SLOTS,
			out_peers: 0,
			reserved_nodes: Vec::new(),
			non_reserved_mode: NonReservedPeerMode::Accept,
		};
		let (config, service) = N::notification_config(
			name.clone(),
			Vec::new(),
			max_size,
			Some(NotificationHandshake::new(&handshake)),
			set,
			notification_metrics.clone(),
			peer_store.clone(),
		);
		(config, Half { name, service })
	};
	let (votes_config, votes) = protocol("votes", MAX_VOTES_NOTIFICATION);
	let (bulk_config, bulk) = protocol("bulk", MAX_BULK_NOTIFICATION);
	let table = Table::new(options.genesis, options.key.clone());
	Ok((vec![votes_config, bulk_config], Prepared { options, handshake, votes, bulk, recorder, table, metrics }))
}
