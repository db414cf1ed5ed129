//! The task that runs the validators' protocols.

use super::{
	admission::{Refusal, Table},
	dial::Dialer,
	handshake::Handshake,
	outgoing::{Notification, Outgoing},
	permission::Gate,
	queue::EventSender,
	record::VoteRecorder,
	wire::{self, Bulk, Form, Protocol, WireError},
	Half, NetworkCommand, NetworkEvent, Prepared, LOG_TARGET,
};
use crate::{chain::Home, metrics::Metrics};
use codec::Encode;
use futures::{stream, stream::BoxStream, Stream, StreamExt};
use log::{debug, error, info, warn};
use sc_network::{
	multiaddr,
	peer_store::BANNED_THRESHOLD,
	service::traits::{NetworkService, NotificationEvent, NotificationService, ValidationResult},
	MessageSink, Multiaddr, PeerId, ProtocolName, ReputationChange,
};
use sc_network_sync::{SyncEvent, SyncEventStream};
use std::{
	collections::HashMap,
	iter,
	sync::Arc,
	time::{Duration, Instant},
};
use syndic_pbft::Message;
use syndic_primitives::{SignedVote, ValidatorId};
use tokio::sync::mpsc;

/// Reputation change for misbehaviour, such as a malformed message. The third one within a minute bans the peer.
const MISBEHAVIOUR: i32 = -(1 << 29);
/// How often the list of nodes to dial is brought up to date.
const TICK: Duration = Duration::from_secs(1);
/// Minimum time between two log lines about the own key being in use on another host.
const OWN_KEY_ALARM: Duration = Duration::from_secs(30);

/// A protocol's events. The event of an opened substream comes with its sink.
pub(crate) type Events = BoxStream<'static, (NotificationEvent, Option<Box<dyn MessageSink>>)>;

/// Turns a protocol's service into a stream of events. The stream keeps the future of `next_event`, which must not be
/// dropped before it is ready.
pub(crate) fn events_of(service: Box<dyn NotificationService>) -> impl Stream<Item = <Events as Stream>::Item> + Send {
	stream::unfold(service, |mut service| async move {
		let event = service.next_event().await?;
		let sink = match &event {
			NotificationEvent::NotificationStreamOpened { peer, .. } => service.message_sink(peer),
			_ => None,
		};
		Some(((event, sink), service))
	})
}

/// Runs the validators' protocols until `commands` closes or the network ends.
///
/// `network` and `sync` are the node's services. No peer is let in before the first [`NetworkCommand::Admit`].
pub async fn run(
	prepared: Prepared,
	network: Arc<dyn NetworkService>,
	sync: Arc<dyn SyncEventStream>,
	events: EventSender,
	mut commands: mpsc::Receiver<NetworkCommand>,
) {
	let Prepared { options, mut handshake, mut votes, mut bulk, recorder, table, metrics } = prepared;
	let local = network.local_peer_id();
	let gate = options.gate.clone();
	if local != options.local_peer_id {
		warn!(target: LOG_TARGET, "Expected to be {}, but am {local}; signing the handshake again", options.local_peer_id);
		match Handshake::sign(&options.keystore, &options.genesis, &options.key, &local) {
			Ok(again) => handshake = again,
			Err(error) => error!(target: LOG_TARGET, "No validator will accept this node: {error}"),
		}
	}
	// The backend has replaced the handshake by the node's role. No handshake was sent yet, because that needs this
	// task's polling.
	for half in [&mut votes, &mut bulk] {
		if half.service.set_handshake(handshake.encode()).await.is_err() {
			return error!(target: LOG_TARGET, "The network ended before {} began", half.name);
		}
	}
	let mut sync = sync.event_stream("pbft").fuse();
	let mut tick = tokio::time::interval(TICK);
	tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
	let (Half { name: votes_name, service: votes }, Half { name: bulk_name, service: bulk }) = (votes, bulk);
	let mut votes: Events = events_of(votes).boxed();
	let mut bulk: Events = events_of(bulk).boxed();
	let mut worker = Worker {
		table,
		dialer: Dialer::default(),
		votes: HashMap::new(),
		bulk: Outgoing::new(metrics.clone()),
		names: [votes_name, bulk_name],
		network,
		events,
		recorder,
		metrics,
		own_key_alarm: None,
		gate,
	};
	loop {
		tokio::select! {
			command = commands.recv() => match command {
				Some(command) => worker.on_command(command),
				None => return,
			},
			event = votes.next() => match event {
				Some((event, sink)) => worker.on_event(Protocol::Votes, event, sink),
				None => return,
			},
			event = bulk.next() => match event {
				Some((event, sink)) => worker.on_event(Protocol::Bulk, event, sink),
				None => return,
			},
			Some(event) = sync.next() => worker.on_sync_event(event),
			_ = tick.tick() => {
				worker.throw_out_strangers();
				worker.dial();
			},
			() = worker.bulk.run() => {},
		}
	}
}

struct Worker {
	table: Table,
	dialer: Dialer,
	votes: HashMap<PeerId, Box<dyn MessageSink>>,
	bulk: Outgoing,
	/// The names of the votes and of the bulk protocol.
	names: [ProtocolName; 2],
	network: Arc<dyn NetworkService>,
	events: EventSender,
	recorder: VoteRecorder,
	metrics: Metrics,
	own_key_alarm: Option<Instant>,
	gate: Gate,
}

impl Worker {
	fn on_command(&mut self, command: NetworkCommand) {
		match command {
			NetworkCommand::Broadcast(message) => self.send(self.table.members().collect(), &message),
			NetworkCommand::Send(validator, message) => self.send(self.table.peers_of(&validator).collect(), &message),
			NetworkCommand::BroadcastProposal(vote, block) => {
				self.send_proposal(self.table.members().collect(), Form::Full, vote, block)
			}
			NetworkCommand::BroadcastCompact(vote, block) => {
				self.send_proposal(self.table.members().collect(), Form::Compact, vote, block)
			}
			NetworkCommand::SendProposal(validator, vote, block) => {
				self.send_proposal(self.table.peers_of(&validator).collect(), Form::Full, vote, block)
			}
			NetworkCommand::Report { peer, misbehaviour } => self.punish(peer, misbehaviour),
			NetworkCommand::Admit { members, early } => self.admit(members, early),
			NetworkCommand::Homes(homes) => self.homes(homes),
		}
	}

	fn admit(&mut self, members: Vec<ValidatorId>, early: Vec<ValidatorId>) {
		let before = self.table.own_admitted();
		let (changed, leaving) = self.table.admit(members, early);
		if !changed {
			return;
		}
		let now_admitted = self.table.own_admitted();
		match (before, now_admitted) {
			(false, true) => info!(target: LOG_TARGET, "Our key is admitted, connecting to the other validators"),
			(true, false) => {
				info!(target: LOG_TARGET, "Our key is not admitted any more, disconnecting from validators")
			}
			_ => {}
		}
		self.dialer.admission_changed(now_admitted, |key| self.table.is_admitted(key));
		for peer in leaving {
			debug!(target: LOG_TARGET, "{peer} is not admitted any more");
			self.dialer.refused(&peer, Instant::now());
			self.throw_out(peer);
		}
		self.dial();
	}

	fn homes(&mut self, homes: Vec<Home>) {
		let local = self.network.local_peer_id();
		let mut peers = Vec::new();
		for Home { peer, addresses } in homes {
			let Some(peer) = PeerId::from_bytes(peer.as_bytes()).ok().filter(|peer| *peer != local) else { continue };
			// A registered text that is no address is ignored.
			for address in addresses.iter().filter_map(|text| text.parse::<Multiaddr>().ok()) {
				self.network.add_known_address(peer, address);
			}
			peers.push(peer);
		}
		self.dialer.registered(peers, Instant::now());
		self.dial();
	}

	fn on_sync_event(&mut self, event: SyncEvent) {
		match event {
			SyncEvent::PeerConnected { peer_id, roles } if roles.is_authority() => {
				self.dialer.sync_connected(peer_id, Instant::now());
				self.dial();
			}
			SyncEvent::PeerConnected { .. } => {}
			SyncEvent::PeerDisconnected(peer) => self.dialer.sync_disconnected(&peer, Instant::now()),
		}
	}

	fn on_event(&mut self, protocol: Protocol, event: NotificationEvent, sink: Option<Box<dyn MessageSink>>) {
		match event {
			NotificationEvent::ValidateInboundSubstream { peer, handshake, result_tx } => {
				let result = match self.table.judge(&peer, &handshake) {
					Ok(_) if !self.gate.permits(&peer) => ValidationResult::Reject,
					Ok(_) => ValidationResult::Accept,
					Err(refusal) => {
						self.refused(protocol, &peer, &refusal);
						ValidationResult::Reject
					}
				};
				// The substream may be gone already.
				let _ = result_tx.send(result);
			}
			NotificationEvent::NotificationStreamOpened { peer, handshake, .. } => {
				// Without a sink the substream is closed already, and an event for that follows.
				if let Some(sink) = sink {
					self.opened(protocol, peer, &handshake, sink)
				}
			}
			NotificationEvent::NotificationStreamClosed { peer } => self.closed(protocol, &peer),
			NotificationEvent::NotificationReceived { peer, notification } => {
				if self.table.is_open(protocol, &peer) {
					self.received(protocol, peer, notification)
				} else {
					self.metrics.rejected("not-admitted")
				}
			}
		}
	}

	fn opened(&mut self, protocol: Protocol, peer: PeerId, handshake: &[u8], sink: Box<dyn MessageSink>) {
		if !self.gate.permits(&peer) {
			return self.throw_out(peer);
		}
		let opened = match self.table.open(protocol, peer, handshake) {
			Ok(opened) => opened,
			Err(refusal) => {
				self.refused(protocol, &peer, &refusal);
				self.dialer.refused(&peer, Instant::now());
				return self.throw_out(peer);
			}
		};
		debug!(target: LOG_TARGET, "{} open to {peer}, validator {}", protocol.name(), opened.key);
		self.dialer.proved(peer, opened.key.clone(), Instant::now());
		match protocol {
			Protocol::Votes => drop(self.votes.insert(peer, sink)),
			Protocol::Bulk => self.bulk.open(peer, sink),
		}
		if let Some(other) = opened.also_on {
			self.metrics.key_on_two_hosts();
			warn!(
				target: LOG_TARGET,
				"The same key on two hosts: validator {} speaks from {other} and from {peer}",
				opened.key
			);
		}
		if opened.connected {
			self.events.try_send(NetworkEvent::Connected(opened.key));
			self.metrics.peers(self.table.connected());
		}
		self.dial();
	}

	fn closed(&mut self, protocol: Protocol, peer: &PeerId) {
		match protocol {
			Protocol::Votes => drop(self.votes.remove(peer)),
			Protocol::Bulk => self.bulk.close(peer),
		}
		let disconnected = self.table.close(protocol, peer);
		self.dialer.closed(peer, Instant::now());
		self.disconnected(disconnected);
	}

	fn disconnected(&mut self, validator: Option<ValidatorId>) {
		if let Some(validator) = validator {
			debug!(target: LOG_TARGET, "Validator {validator} cannot be reached any more");
			self.events.try_send(NetworkEvent::Disconnected(validator));
			self.metrics.peers(self.table.connected());
		}
	}

	fn refused(&mut self, protocol: Protocol, peer: &PeerId, refusal: &Refusal) {
		self.metrics.handshake_refused(refusal.name());
		debug!(target: LOG_TARGET, "{}: refused {peer}: {refusal}", protocol.name());
		if *refusal == Refusal::OwnKey {
			self.metrics.key_on_two_hosts();
			let now = Instant::now();
			if self.own_key_alarm.is_none_or(|last| now.saturating_duration_since(last) >= OWN_KEY_ALARM) {
				self.own_key_alarm = Some(now);
				error!(
					target: LOG_TARGET,
					"ANOTHER HOST USES OUR CONSENSUS KEY: {peer} has proved to hold it. Stop one of the two at once, for \
					 together they will contradict themselves and be punished"
				);
			}
		}
	}

	fn received(&mut self, protocol: Protocol, from: PeerId, notification: Vec<u8>) {
		let decoded = match protocol {
			Protocol::Votes => wire::decode_votes(&notification).map(Bulk::Message),
			Protocol::Bulk => wire::decode_bulk(notification),
		};
		let event = match decoded {
			Ok(Bulk::Message(message)) => {
				self.metrics.received(message.name());
				if let Message::PrePrepare(vote) | Message::Vote(vote) = &message {
					self.recorder.record(&from, vote);
				}
				NetworkEvent::Message { from, message }
			}
			Ok(Bulk::Proposal(form, pre_prepare, block)) => {
				self.metrics.received(form.message());
				self.recorder.record(&from, &pre_prepare);
				match form {
					Form::Full => NetworkEvent::Proposal { from, pre_prepare, block },
					Form::Compact => NetworkEvent::CompactProposal { from, pre_prepare, block },
				}
			}
			Err(wrong) => return self.nonsense(protocol, from, &wrong),
		};
		self.events.try_send(event);
	}

	fn nonsense(&mut self, protocol: Protocol, from: PeerId, wrong: &WireError) {
		debug!(target: LOG_TARGET, "{}: {from} sent {wrong}", protocol.name());
		self.metrics.rejected(wrong.name());
		self.punish(from, "pbft: undecodable or oversize message");
	}

	/// Reports a node for misbehaviour, and disconnects it if that bans it.
	fn punish(&mut self, peer: PeerId, misbehaviour: &'static str) {
		self.network.report_peer(peer, ReputationChange::new(MISBEHAVIOUR, misbehaviour));
		if self.network.peer_reputation(&peer) < BANNED_THRESHOLD {
			warn!(target: LOG_TARGET, "Cutting {peer} after repeated misbehaviour, lastly: {misbehaviour}");
			self.dialer.refused(&peer, Instant::now());
			self.throw_out(peer);
		}
	}

	/// Disconnects the nodes that are no longer registered, and does not dial them.
	fn throw_out_strangers(&mut self) {
		self.dialer.keep_off(Instant::now(), |peer| self.gate.permits(peer));
		let strangers: Vec<PeerId> = self.table.peers().filter(|peer| !self.gate.permits(peer)).collect();
		for peer in strangers {
			info!(target: LOG_TARGET, "{peer} is not a registered node any more");
			self.throw_out(peer);
		}
	}

	/// Ends both substreams of a peer. They can be ended only after the peer has been released from the reserved sets.
	fn throw_out(&mut self, peer: PeerId) {
		self.votes.remove(&peer);
		self.bulk.close(&peer);
		let disconnected = self.table.remove(&peer);
		self.disconnected(disconnected);
		self.dial();
		for name in &self.names {
			self.network.disconnect_peer(peer, name.clone());
		}
	}

	/// Brings the reserved sets of both protocols up to date.
	fn dial(&mut self) {
		let plan = self.dialer.plan(Instant::now());
		for name in &self.names {
			let mut result = Ok(());
			if !plan.release.is_empty() {
				result = self.network.remove_peers_from_reserved_set(name.clone(), plan.release.clone());
			}
			if !plan.reserve.is_empty() {
				let address =
					|peer: &PeerId| iter::once(multiaddr::Protocol::P2p((*peer).into())).collect::<Multiaddr>();
				let addresses = plan.reserve.iter().map(address).collect();
				result = result.and(self.network.add_peers_to_reserved_set(name.clone(), addresses));
			}
			if let Err(error) = result {
				error!(target: LOG_TARGET, "Cannot change whom {name} connects to: {error}");
			}
		}
	}

	fn send(&mut self, to: Vec<PeerId>, message: &Message) {
		let protocol = Protocol::of(message);
		let bytes = match protocol {
			Protocol::Votes => message.encode(),
			Protocol::Bulk => wire::encode_bulk_message(message),
		};
		let length = bytes.len();
		let shared = Arc::new(bytes);
		for peer in to {
			match protocol {
				Protocol::Votes => match self.votes.get(&peer) {
					Some(sink) => sink.send_sync_notification(shared.to_vec()),
					None => continue,
				},
				Protocol::Bulk => self.bulk.send(peer, Notification::Encoded(shared.clone())),
			}
			self.metrics.sent(message.name(), protocol.name(), length);
		}
	}

	fn send_proposal(&mut self, to: Vec<PeerId>, form: Form, vote: SignedVote, block: Arc<Vec<u8>>) {
		if block.len() > form.most() {
			return error!(
				target: LOG_TARGET,
				"Not sending the block at height {}: it has {} bytes, at most {} are allowed",
				vote.vote.height,
				block.len(),
				form.most()
			);
		}
		for peer in to {
			self.metrics.sent(form.message(), Protocol::Bulk.name(), block.len());
			self.metrics.proposal_sent(form.name(), block.len());
			self.bulk.send(peer, Notification::Proposal(form, vote.clone(), block.clone()));
		}
	}
}
