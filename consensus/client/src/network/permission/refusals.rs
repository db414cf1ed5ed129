//! Remembers the peers that were refused lately, so that a peer which tries again and again does not fill the log.

use sc_network::PeerId;
use std::{
	collections::HashMap,
	time::{Duration, Instant},
};

/// Refusals of one peer within this time count as one attempt, because a peer tries on every protocol.
const ONE_ATTEMPT: Duration = Duration::from_secs(5);
/// Minimum time between two log lines about one peer.
const TOLD_EVERY: Duration = Duration::from_secs(60);
/// Maximum number of log lines about all peers within that time.
const MAX_TOLD: usize = 20;
/// Maximum number of remembered peers.
const MAX_PEERS: usize = 1024;

/// What to do about a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct News {
	/// Whether the refusal is a new attempt.
	pub counts: bool,
	/// Whether the refusal is to be logged.
	pub is_told: bool,
}

#[derive(Clone, Copy, Debug)]
struct Refused {
	counted: Instant,
	told: Option<Instant>,
}

/// Remembers refusals, a bounded number.
#[derive(Debug, Default)]
pub(super) struct Refusals(HashMap<PeerId, Refused>);

impl Refusals {
	/// A peer was refused.
	pub fn note(&mut self, peer: PeerId, now: Instant) -> News {
		let recent = |then: Instant, span| now.saturating_duration_since(then) < span;
		if self.0.len() >= MAX_PEERS && !self.0.contains_key(&peer) {
			self.0.retain(|_, refused| {
				recent(refused.counted, ONE_ATTEMPT) || refused.told.is_some_and(|told| recent(told, TOLD_EVERY))
			});
			if self.0.len() >= MAX_PEERS {
				// A flood of invented PeerIds: the refusals are counted, and not logged.
				return News { counts: true, is_told: false };
			}
		}
		let lines = self.0.values().filter(|refused| refused.told.is_some_and(|told| recent(told, TOLD_EVERY))).count();
		let before = self.0.get(&peer).copied();
		let counts = before.is_none_or(|refused| !recent(refused.counted, ONE_ATTEMPT));
		let told = before.and_then(|refused| refused.told);
		let is_told = lines < MAX_TOLD && told.is_none_or(|told| !recent(told, TOLD_EVERY));
		let counted = before.filter(|_| !counts).map_or(now, |refused| refused.counted);
		self.0.insert(peer, Refused { counted, told: if is_told { Some(now) } else { told } });
		News { counts, is_told }
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_peer_is_told_of_once_a_minute_and_counted_once_an_attempt() {
		let (mut refusals, peer, start) = (Refusals::default(), PeerId::random(), Instant::now());
		assert_eq!(refusals.note(peer, start), News { counts: true, is_told: true });
		assert_eq!(refusals.note(peer, start), News { counts: false, is_told: false });
		assert_eq!(refusals.note(peer, start + ONE_ATTEMPT), News { counts: true, is_told: false });
		assert_eq!(refusals.note(peer, start + TOLD_EVERY), News { counts: true, is_told: true });
	}

	#[test]
	fn many_peers_do_not_fill_the_log_nor_the_memory() {
		let (mut refusals, start) = (Refusals::default(), Instant::now());
		let told = (0..2 * MAX_PEERS).filter(|_| refusals.note(PeerId::random(), start).is_told).count();
		assert_eq!(told, MAX_TOLD);
		assert_eq!(refusals.0.len(), MAX_PEERS);
		let later = start + TOLD_EVERY;
		assert_eq!(refusals.note(PeerId::random(), later), News { counts: true, is_told: true });
		assert_eq!(refusals.0.len(), 1, "the old ones are forgotten");
	}
}
