//! How validators talk to each other, and how every node asks for a block or a certificate.
//!
//! # Protocols
//! | name | carries | who |
//! |---|---|---|
//! | `/{genesis}/pbft/votes/1` | pre-prepares without a block, votes, view-changes, commit certificates | validators |
//! | `/{genesis}/pbft/bulk/1` | pre-prepares with their block, whole or with the hashes of its transactions; new-views | validators |
//! | `/{genesis}/pbft/certificate/1` | request: the certificate of a finalised height | every node |
//! | `/{genesis}/pbft/block/1` | request: one block, final or not | every node |
//! | `/{genesis}/pbft/transactions/1` | request: some transactions of one block, by their places | every node |
//!
//! The validators' protocols exist only on nodes started with `--validator`.
//!
//! # Who is let in
//! Each side's handshake names its consensus key, with a signature by it over the chain and over the node's own PeerId.
//! The transport proves the PeerId, so the handshake cannot be repeated by anybody else. A key must be in the admitted
//! list ([`NetworkCommand::Admit`]); so must our own, for otherwise we have nothing to say. This is judged when an
//! inbound substream asks to be let in, again when the substream opens (for one that we opened ourselves it is the first
//! time that we see the handshake), and again whenever the list changes. Messages on a substream that did not pass are
//! dropped unread.
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
//! So ([`dial`]): both sides dial. Every node that synchronisation reports as connected and that calls itself an
//! authority is put in the reserved set of both protocols; full nodes never are, so they are not bothered. Inbound slots
//! for peers that are not reserved are plentiful, so that a validator which restarts gets in at once although the others
//! are still backing off: it dials, they answer. Nodes stay reserved when they go away, so that they are dialled again
//! although synchronisation has not found them yet. The nodes with which admitted validators are registered on the chain are
//! reserved as well: among many nodes synchronisation connects to some only, and the members of a committee need each other.
//! A node whose handshake we refused is released for a minute, or until
//! the admitted list changes. While our own key is not admitted nobody is reserved.
//!
//! Nodes that are not registered on the chain do not come so far: see [`permission`]. Who is removed from that list is
//! thrown out here as well, for a peer is disconnected only while it is not reserved.
//!
//! # Who hears what
//! The committee of the next era is connected as soon as it is known, so that its first height finds everybody in place.
//! Until its set is scheduled it hears no broadcasts: what a height costs follows the committee, not who is connected. The
//! members of a set that is over stay for some heights, for one of them may still lack its last votes.
//!
//! # Limits
//! No peer can fill the queue towards the engine alone ([`queue`]); proposals to a peer that does not read are dropped,
//! the oldest first; a peer that keeps sending nonsense is banned and cut.

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

/// The most bytes of a block's encoding.
pub const MAX_BLOCK_BYTES: usize = 12 * 1024 * 1024;

/// The most bytes of one notification on the votes protocol.
const MAX_VOTES_NOTIFICATION: u64 = MAX_VIEW_CHANGE_BYTES as u64 + 1024;

/// The most bytes of one notification on the bulk protocol.
const MAX_BULK_NOTIFICATION: u64 = MAX_MESSAGE_BYTES as u64 + 1024 * 1024;
const _: () = assert!(MAX_COMPACT_BYTES <= MAX_BLOCK_BYTES);

/// Inbound substreams of peers that are not reserved: of the current set, the scheduled one, the one before, and the
/// committee of the next era. Those of strangers last only until their handshake is refused.
const INBOUND_SLOTS: u32 = 4 * MAX_VALIDATORS;

/// What comes from other validators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkEvent {
	/// A message, decoded within bounds, not verified.
	Message {
		/// The node that sent it.
		from: PeerId,
		/// What it sent. A pre-prepare may come this way too, without its block.
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
		/// As [`crate::compact`] has it, not decoded; at most [`MAX_COMPACT_BYTES`].
		block: Arc<Vec<u8>>,
	},
	/// A validator can be reached, on both protocols.
	Connected(ValidatorId),
	/// It cannot any more.
	Disconnected(ValidatorId),
}

/// What the engine asks of the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkCommand {
	/// To every connected validator.
	Broadcast(Message),
	/// To one, if it is connected.
	Send(ValidatorId, Message),
	/// A pre-prepare with its block, to every connected validator.
	BroadcastProposal(SignedVote, Arc<Vec<u8>>),
	/// A pre-prepare with its block in the compact form, to every connected validator.
	BroadcastCompact(SignedVote, Arc<Vec<u8>>),
	/// A pre-prepare with its block, to one validator, if it is connected.
	SendProposal(ValidatorId, SignedVote, Arc<Vec<u8>>),
	/// This node sent something that only a faulty one sends.
	Report {
		/// The node.
		peer: PeerId,
		/// What it did.
		misbehaviour: &'static str,
	},
	/// The keys that may be connected. Replaces the lists before.
	Admit {
		/// Members of the current set and of the scheduled one, and for a while those of the one before: what is broadcast
		/// goes to them.
		members: Vec<ValidatorId>,
		/// Who will be members: they are connected before they are needed, and nothing is broadcast to them.
		early: Vec<ValidatorId>,
	},
	/// Where the admitted validators are to be found, as far as that is registered. Replaces the list before.
	Homes(Vec<Home>),
}

/// What the validators' protocols have to know of this node.
pub struct Options {
	/// The chain.
	pub genesis: BlockHash,
	/// This validator's consensus key.
	pub key: ValidatorId,
	/// Where it is kept.
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
		/// What it said.
		source: sp_keystore::Error,
	},
	/// Votes cannot be recorded.
	#[error("cannot write votes to {path}: {source}")]
	Record {
		/// The file.
		path: PathBuf,
		/// What the system said.
		source: std::io::Error,
	},
}

/// One of the validators' protocols, before it runs.
pub(crate) struct Half {
	name: ProtocolName,
	service: Box<dyn NotificationService>,
}

/// The validators' protocols, set up: what [`run`] needs.
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
	/// Who is connected, for others to look up.
	pub fn handle(&self) -> NetworkHandle {
		self.table.handle()
	}
}

fn protocol_name(genesis: &BlockHash, name: &str) -> ProtocolName {
	format!("/{genesis:x}/pbft/{name}/1").into()
}

/// Sets the validators' protocols up, for a node started with `--validator`. Each configuration belongs into
/// `add_notification_protocol`; the rest into [`run`].
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
