//! Sends on the bulk protocol, whose notifications are few and large. Each receiver has its own short queue, so that a
//! receiver which does not read costs a bounded amount of memory and delays no other.

use super::wire::{self, Form};
use crate::metrics::Metrics;
use futures::{future::BoxFuture, stream::FuturesUnordered, FutureExt, StreamExt};
use sc_network::{MessageSink, PeerId};
use std::{
	collections::{HashMap, VecDeque},
	sync::Arc,
};
use syndic_primitives::SignedVote;

/// Maximum number of notifications that wait for a receiver, besides those that the transport holds. When there are
/// more, the oldest is dropped, because it belongs to the oldest view.
const MAX_WAITING: usize = 4;

/// A notification to send. A proposal is encoded for each receiver only when its turn comes, so that the receivers
/// share the bytes of a block.
#[derive(Clone)]
pub(super) enum Notification {
	Proposal(Form, SignedVote, Arc<Vec<u8>>),
	Encoded(Arc<Vec<u8>>),
}

impl Notification {
	fn into_bytes(self) -> Vec<u8> {
		match self {
			Self::Proposal(form, vote, block) => wire::encode_proposal(form, &vote, &block),
			Self::Encoded(bytes) => Arc::unwrap_or_clone(bytes),
		}
	}
}

struct Lane {
	sink: Arc<dyn MessageSink>,
	waiting: VecDeque<Notification>,
	/// The number of the substream. A peer may reconnect while a notification for its previous substream is being sent.
	substream: u64,
	busy: bool,
}

/// All receivers of the bulk protocol.
pub(super) struct Outgoing {
	lanes: HashMap<PeerId, Lane>,
	under_way: FuturesUnordered<BoxFuture<'static, (PeerId, u64)>>,
	substreams: u64,
	metrics: Metrics,
}

impl Outgoing {
	pub fn new(metrics: Metrics) -> Self {
		Self { lanes: HashMap::new(), under_way: FuturesUnordered::new(), substreams: 0, metrics }
	}

	/// A substream to `peer` opened.
	pub fn open(&mut self, peer: PeerId, sink: Box<dyn MessageSink>) {
		self.substreams += 1;
		let lane = Lane { sink: sink.into(), waiting: VecDeque::new(), substream: self.substreams, busy: false };
		self.lanes.insert(peer, lane);
	}

	/// The substream to `peer` closed.
	pub fn close(&mut self, peer: &PeerId) {
		self.lanes.remove(peer);
	}

	/// Sends a notification, or queues it if the receiver is busy.
	pub fn send(&mut self, peer: PeerId, notification: Notification) {
		let Some(lane) = self.lanes.get_mut(&peer) else { return };
		if lane.waiting.len() >= MAX_WAITING {
			lane.waiting.pop_front();
			self.metrics.dropped("bulk-out");
		}
		lane.waiting.push_back(notification);
		self.start(peer);
	}

	fn start(&mut self, peer: PeerId) {
		let Some(lane) = self.lanes.get_mut(&peer).filter(|lane| !lane.busy) else { return };
		let Some(next) = lane.waiting.pop_front() else { return };
		lane.busy = true;
		let (sink, substream) = (lane.sink.clone(), lane.substream);
		self.under_way.push(
			async move {
				// An error says that the substream is closed, and an event for that follows.
				let _ = sink.send_async_notification(next.into_bytes()).await;
				(peer, substream)
			}
			.boxed(),
		);
	}

	/// Sends what waits. Never ends, and can be dropped at any time.
	pub async fn run(&mut self) {
		loop {
			let Some((peer, substream)) = self.under_way.next().await else {
				return futures::future::pending().await;
			};
			if let Some(lane) = self.lanes.get_mut(&peer).filter(|lane| lane.substream == substream) {
				lane.busy = false;
				self.start(peer);
			}
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use parking_lot::Mutex;
	use tokio::sync::Semaphore;

	/// Reads one notification per permit.
	struct Reader {
		permits: Arc<Semaphore>,
		read: Arc<Mutex<Vec<u8>>>,
	}

	#[async_trait::async_trait]
	impl MessageSink for Reader {
		fn send_sync_notification(&self, _: Vec<u8>) {
			panic!("not on this protocol");
		}

		async fn send_async_notification(&self, notification: Vec<u8>) -> Result<(), sc_network::error::Error> {
			self.permits.acquire().await.expect("open").forget();
			self.read.lock().push(notification[0]);
			Ok(())
		}
	}

	fn numbered(n: u8) -> Notification {
		Notification::Encoded(Arc::new(vec![n]))
	}

	#[tokio::test]
	async fn a_receiver_that_does_not_read_loses_the_oldest_and_delays_nobody() {
		let mut outgoing = Outgoing::new(Metrics::default());
		let (slow, fast) = (PeerId::random(), PeerId::random());
		let reader = |permits| {
			let (permits, read) = (Arc::new(Semaphore::new(permits)), Arc::new(Mutex::new(vec![])));
			(Box::new(Reader { permits: permits.clone(), read: read.clone() }), permits, read)
		};
		let (sink, permits, slow_read) = reader(0);
		outgoing.open(slow, sink);
		let (sink, _permits, fast_read) = reader(100);
		outgoing.open(fast, sink);
		let pause = std::time::Duration::from_millis(5);
		for n in 0..10 {
			outgoing.send(slow, numbered(n));
			outgoing.send(fast, numbered(n));
			assert!(tokio::time::timeout(pause, outgoing.run()).await.is_err());
		}
		assert_eq!(*fast_read.lock(), (0..10).collect::<Vec<u8>>());
		permits.add_permits(100);
		assert!(tokio::time::timeout(pause, outgoing.run()).await.is_err());
		assert_eq!(*slow_read.lock(), [0, 6, 7, 8, 9], "the first was under way, four waited");
	}

	#[tokio::test]
	async fn a_peer_that_comes_back_begins_anew() {
		let mut outgoing = Outgoing::new(Metrics::default());
		let peer = PeerId::random();
		let (permits, read) = (Arc::new(Semaphore::new(0)), Arc::new(Mutex::new(vec![])));
		let sink = || Box::new(Reader { permits: permits.clone(), read: read.clone() });
		outgoing.open(peer, sink());
		outgoing.send(peer, numbered(1));
		outgoing.send(peer, numbered(2));
		outgoing.close(&peer);
		outgoing.send(peer, numbered(3));
		outgoing.open(peer, sink());
		outgoing.send(peer, numbered(4));
		outgoing.send(peer, numbered(5));
		permits.add_permits(100);
		assert!(tokio::time::timeout(std::time::Duration::from_millis(5), outgoing.run()).await.is_err());
		let mut read = read.lock().clone();
		read.sort_unstable();
		assert_eq!(read, [1, 4, 5]);
	}
}
