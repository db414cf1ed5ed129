//! The queue from the network to the engine.
//!
//! The queue never blocks the network: a message that does not fit is dropped and counted. A peer that has messages
//! waiting may take up to a sixteenth of the free room, so neither one peer nor a few together can leave the others
//! without room. Connection events are never dropped; at most one disconnection and one connection wait for each
//! validator.

use super::NetworkEvent;
use crate::metrics::Metrics;
use codec::Encode;
use parking_lot::Mutex;
use sc_network::PeerId;
use std::{
	collections::{HashMap, VecDeque},
	sync::{
		atomic::{AtomicBool, Ordering},
		Arc,
	},
};
use syndic_primitives::ValidatorId;
use tokio::sync::Notify;

/// Maximum number of waiting messages.
const MAX_MESSAGES: usize = 8192;
/// Maximum total size of the waiting messages, in bytes.
const MAX_BYTES: usize = 256 * 1024 * 1024;

/// The divisor of the free room that gives the share of one peer.
const SHARE: usize = 16;

/// The messages that wait, of one peer or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Load {
	messages: usize,
	bytes: usize,
}

#[derive(Default)]
struct State {
	news: VecDeque<NetworkEvent>,
	messages: VecDeque<(PeerId, usize, NetworkEvent)>,
	total: Load,
	peers: HashMap<PeerId, Load>,
}

impl State {
	/// Whether `peer` may add a message of `bytes` bytes. A peer with no waiting message may take all of the free room.
	fn has_room(&self, peer: &PeerId, bytes: usize) -> bool {
		let own = self.peers.get(peer).copied().unwrap_or_default();
		let (free_messages, free_bytes) = (MAX_MESSAGES - self.total.messages, MAX_BYTES - self.total.bytes);
		let fits = free_messages > 0 && bytes <= free_bytes;
		fits && (own.messages == 0 || (own.messages < free_messages / SHARE && own.bytes + bytes <= free_bytes / SHARE))
	}

	fn push(&mut self, peer: PeerId, bytes: usize, event: NetworkEvent) {
		let own = self.peers.entry(peer).or_default();
		for load in [own, &mut self.total] {
			load.messages += 1;
			load.bytes += bytes;
		}
		self.messages.push_back((peer, bytes, event));
	}

	fn pop(&mut self) -> Option<NetworkEvent> {
		if let Some(news) = self.news.pop_front() {
			return Some(news);
		}
		let (peer, bytes, event) = self.messages.pop_front()?;
		self.total.messages -= 1;
		self.total.bytes -= bytes;
		if let Some(own) = self.peers.get_mut(&peer) {
			own.messages -= 1;
			own.bytes -= bytes;
			if own.messages == 0 {
				self.peers.remove(&peer);
			}
		}
		Some(event)
	}

	/// If the engine has not been told yet of the validator's connection, neither event needs to be told.
	fn disconnected(&mut self, validator: ValidatorId) {
		let told = NetworkEvent::Disconnected(validator.clone());
		let untold = NetworkEvent::Connected(validator);
		match self.news.iter().rposition(|news| *news == untold) {
			Some(at) => drop(self.news.remove(at)),
			None => self.news.push_back(told),
		}
	}
}

struct Shared {
	state: Mutex<State>,
	wake: Notify,
	/// Whether the receiver has been dropped.
	closed: AtomicBool,
	/// Whether all senders have been dropped.
	ended: AtomicBool,
}

/// Creates a queue.
pub fn event_queue(metrics: Metrics) -> (EventSender, EventReceiver) {
	let (closed, ended) = (AtomicBool::new(false), AtomicBool::new(false));
	let shared = Arc::new(Shared { state: Mutex::default(), wake: Notify::new(), closed, ended });
	let sender = EventSender { alive: Arc::new(Alive(shared.clone())), metrics };
	(sender, EventReceiver { shared })
}

/// Tells the receiver when the last sender has been dropped.
struct Alive(Arc<Shared>);

impl Drop for Alive {
	fn drop(&mut self) {
		self.0.ended.store(true, Ordering::Release);
		self.0.wake.notify_one();
	}
}

/// The network's side.
#[derive(Clone)]
pub struct EventSender {
	alive: Arc<Alive>,
	metrics: Metrics,
}

impl EventSender {
	/// Puts an event in the queue. Returns `false` if the event was dropped, because the queue or the sending node's
	/// share of it is full, or because the receiver has been dropped.
	pub fn try_send(&self, event: NetworkEvent) -> bool {
		let shared = &self.alive.0;
		if shared.closed.load(Ordering::Relaxed) {
			return false;
		}
		let mut state = shared.state.lock();
		match event {
			NetworkEvent::Connected(_) => state.news.push_back(event),
			NetworkEvent::Disconnected(validator) => state.disconnected(validator),
			NetworkEvent::Message { from, ref message } => {
				let bytes = message.encoded_size();
				if !state.has_room(&from, bytes) {
					self.metrics.dropped("votes-in");
					return false;
				}
				state.push(from, bytes, event);
			}
			NetworkEvent::Proposal { from, ref block, .. } | NetworkEvent::CompactProposal { from, ref block, .. } => {
				let bytes = block.capacity();
				if !state.has_room(&from, bytes) {
					self.metrics.dropped("proposals-in");
					return false;
				}
				state.push(from, bytes, event);
			}
		}
		drop(state);
		shared.wake.notify_one();
		true
	}

	/// Whether the receiver has been dropped.
	pub fn is_closed(&self) -> bool {
		self.alive.0.closed.load(Ordering::Relaxed)
	}
}

/// The engine's side.
pub struct EventReceiver {
	shared: Arc<Shared>,
}

impl EventReceiver {
	/// The next event; connection events come before messages. `None` when the network has ended and no event is left.
	/// The future can be dropped at any time without losing an event.
	pub async fn recv(&mut self) -> Option<NetworkEvent> {
		loop {
			let ended = self.shared.ended.load(Ordering::Acquire);
			if let Some(event) = self.try_recv() {
				return Some(event);
			}
			if ended {
				return None;
			}
			self.shared.wake.notified().await;
		}
	}

	/// The next event, if one waits.
	pub fn try_recv(&mut self) -> Option<NetworkEvent> {
		self.shared.state.lock().pop()
	}
}

impl Drop for EventReceiver {
	fn drop(&mut self) {
		self.shared.closed.store(true, Ordering::Relaxed);
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_core::{crypto::UncheckedFrom, ed25519};
	use syndic_pbft::Message;
	use syndic_primitives::{BlockHash, Height, Phase, SetId, SignedVote, SignerIndex, View, Vote};

	fn validator(n: u8) -> ValidatorId {
		ed25519::Public::unchecked_from([n; 32]).into()
	}

	fn vote(height: u32) -> SignedVote {
		let block_hash = BlockHash::repeat_byte(1);
		let vote = Vote { set_id: SetId(0), height: Height(height), view: View(0), phase: Phase::Commit, block_hash };
		SignedVote { vote, signer: SignerIndex(0), signature: ed25519::Signature::default().into() }
	}

	fn message(from: PeerId, height: u32) -> NetworkEvent {
		NetworkEvent::Message { from, message: Message::Vote(vote(height)) }
	}

	fn proposal(from: PeerId, bytes: usize) -> NetworkEvent {
		NetworkEvent::Proposal { from, pre_prepare: vote(1), block: Arc::new(vec![0; bytes]) }
	}

	#[test]
	fn one_peer_cannot_fill_it_and_all_room_comes_back() {
		let (sender, mut receiver) = event_queue(Metrics::default());
		let (greedy, modest) = (PeerId::random(), PeerId::random());
		let sent = (0..2 * MAX_MESSAGES as u32).filter(|height| sender.try_send(message(greedy, *height))).count();
		assert!((MAX_MESSAGES / 32..=MAX_MESSAGES / SHARE).contains(&sent), "{sent}");
		assert!((0..100).all(|height| sender.try_send(message(modest, height))));
		let received = std::iter::from_fn(|| receiver.try_recv()).count();
		assert_eq!(received, sent + 100);
		let state = receiver.shared.state.lock();
		assert_eq!((state.total, state.peers.len()), (Load::default(), 0));
	}

	#[test]
	fn many_peers_cannot_exceed_the_bounds() {
		let (sender, receiver) = event_queue(Metrics::default());
		for _ in 0..200 {
			let peer = PeerId::random();
			for _ in 0..8 {
				sender.try_send(proposal(peer, 1 << 20));
			}
		}
		let state = receiver.shared.state.lock();
		assert!(state.total.bytes <= MAX_BYTES);
		assert!(state.peers.len() >= 64, "{} peers got in", state.peers.len());
	}

	#[test]
	fn a_large_proposal_is_taken_from_anybody_who_has_nothing_waiting() {
		let (sender, _receiver) = event_queue(Metrics::default());
		let large = super::super::MAX_BLOCK_BYTES;
		assert!((0..20).all(|_| sender.try_send(proposal(PeerId::random(), large))));
	}

	#[test]
	fn news_comes_first_and_is_never_lost() {
		let (sender, mut receiver) = event_queue(Metrics::default());
		let peer = PeerId::random();
		while sender.try_send(message(peer, 1)) {}
		for _ in 0..3 {
			sender.try_send(NetworkEvent::Connected(validator(1)));
			sender.try_send(NetworkEvent::Disconnected(validator(1)));
		}
		assert!(matches!(receiver.try_recv(), Some(NetworkEvent::Message { .. })), "nothing happened, all in all");
		sender.try_send(NetworkEvent::Connected(validator(1)));
		sender.try_send(NetworkEvent::Connected(validator(2)));
		assert_eq!(receiver.try_recv(), Some(NetworkEvent::Connected(validator(1))));
		for _ in 0..3 {
			sender.try_send(NetworkEvent::Disconnected(validator(1)));
			sender.try_send(NetworkEvent::Connected(validator(1)));
		}
		assert_eq!(receiver.try_recv(), Some(NetworkEvent::Connected(validator(2))));
		assert_eq!(receiver.try_recv(), Some(NetworkEvent::Disconnected(validator(1))));
		assert_eq!(
			receiver.try_recv(),
			Some(NetworkEvent::Connected(validator(1))),
			"it is new, and may lack something"
		);
		assert!(matches!(receiver.try_recv(), Some(NetworkEvent::Message { .. })));
	}

	#[tokio::test]
	async fn each_side_learns_that_the_other_is_gone() {
		let (sender, mut receiver) = event_queue(Metrics::default());
		sender.try_send(message(PeerId::random(), 1));
		let other = sender.clone();
		let waiting = tokio::spawn(async move {
			let mut events = 0;
			while receiver.recv().await.is_some() {
				events += 1;
			}
			events
		});
		tokio::task::yield_now().await;
		drop(sender);
		other.try_send(message(PeerId::random(), 2));
		drop(other);
		assert_eq!(waiting.await.unwrap(), 2);

		let (sender, receiver) = event_queue(Metrics::default());
		drop(receiver);
		assert!(sender.is_closed());
		assert!(!sender.try_send(NetworkEvent::Connected(validator(1))));
	}
}
