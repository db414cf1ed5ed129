//! How much one node may ask of this one.

use sc_network::PeerId;
use std::{
	collections::HashMap,
	time::{Duration, Instant},
};

/// How many requests a node may send at once.
pub(crate) const BURST: f64 = 32.0;
/// How many it may send per second, in the long run. A payload has up to 256 KiB, so this is 4 MiB.
pub(crate) const PER_SECOND: f64 = 16.0;
/// How many nodes' requests are counted; the counts of those that asked longest ago go.
const MAX_COUNTED: usize = 1024;

/// Keeps a node from taking more than its share of the server.
#[derive(Default)]
pub(crate) struct Budgets {
	/// What was left, and when that was.
	left: HashMap<PeerId, (f64, Instant)>,
}

impl Budgets {
	/// Whether `peer` may send one more.
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

	/// Those that have their whole budget again need not be counted; if all are busy, the longest silent goes.
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
