//! Limits the rate of requests per node.

use sc_network::PeerId;
use std::{
	collections::HashMap,
	time::{Duration, Instant},
};

/// Number of requests that a node may send at once.
pub(crate) const BURST: f64 = 32.0;
/// Number of requests that a node may send per second in the long run. With payloads of at most 256 KiB these are 4
/// MiB/s.
pub(crate) const PER_SECOND: f64 = 16.0;
/// Maximum number of nodes whose requests are counted; when it is reached, the node that asked longest ago is dropped.
const MAX_COUNTED: usize = 1024;

/// A token bucket per node, so that no node takes more than its share of the server.
#[derive(Default)]
pub(crate) struct Budgets {
	/// For each node the requests left in its bucket, and the time at which that was computed.
	left: HashMap<PeerId, (f64, Instant)>,
}

impl Budgets {
	/// Whether `peer` may send one more request; if so, the request is counted.
	pub fn take(&mut self, peer: PeerId, now: Instant) -> bool {
		if self.left.len() >= MAX_COUNTED && !self.left.contains_key(&peer) {
			self.make_room(now);
		}
		let (left, when) = self.left.entry(peer).or_insert((BURST, now));
		*left = (*left + now.saturating_duration_since(*when).as_secs_f64() * PER_SECOND).min(BURST);
		*when = now;
		let may = *left >= 1.0;
		if may {
			*left -= 1.0;
		}
		may
	}

	/// Drops the nodes whose bucket is full again. If there are none, drops the node that asked longest ago.
	fn make_room(&mut self, now: Instant) {
		let full = Duration::from_secs_f64(BURST / PER_SECOND);
		self.left.retain(|_, (_, when)| now.saturating_duration_since(*when) < full);
		if self.left.len() >= MAX_COUNTED {
			let silent = self.left.iter().min_by_key(|(_, (_, when))| *when).map(|(peer, _)| *peer);
			silent.and_then(|peer| self.left.remove(&peer));
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn budgets_refill_and_are_bounded() {
		let (mut budgets, start, peer) = (Budgets::default(), Instant::now(), PeerId::random());
		assert_eq!((0..100).filter(|_| budgets.take(peer, start)).count(), BURST as usize);
		let later = start + Duration::from_secs(1);
		assert_eq!((0..100).filter(|_| budgets.take(peer, later)).count(), PER_SECOND as usize);
		for _ in 0..3 * MAX_COUNTED {
			assert!(budgets.take(PeerId::random(), later), "others are not held up");
		}
		assert_eq!(budgets.left.len(), MAX_COUNTED);
	}
}
