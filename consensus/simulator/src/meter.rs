//! What a network is measured by: what its members send each other, and how long a block takes.

use crate::network::Micros;
use std::{collections::BTreeMap, ops::RangeInclusive};
use syndic_pbft::Message;
use syndic_primitives::{Height, VerifiedCertificate};

/// Counts messages, and the bytes of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
	/// How many.
	pub messages: u64,
	/// How many bytes in all.
	pub bytes: u64,
}

impl Traffic {
	/// `messages` more, of so many bytes each.
	pub fn add(&mut self, messages: u64, bytes: u64) {
		self.messages += messages;
		self.bytes += messages * bytes;
	}
}

/// What was seen between members of some heights.
#[derive(Clone, Debug)]
pub struct Meter {
	heights: RangeInclusive<Height>,
	/// What was sent, by the name of the message; a proposal with its block.
	pub kinds: BTreeMap<&'static str, Traffic>,
	/// From when a block stood ready until it was committed, once for each member that committed it.
	pub latencies: Vec<Micros>,
	/// The highest view in which anything was committed.
	pub highest_view: u32,
}

/// Of which height a message speaks; nothing of those that change the view, which is common to all heights.
fn height(message: &Message) -> Option<Height> {
	match message {
		Message::PrePrepare(vote) | Message::Vote(vote) => Some(vote.vote.height),
		Message::Committed(certificate) | Message::Prepared(certificate) => Some(certificate.height()),
		Message::ViewChange(_) | Message::NewView(_) => None,
	}
}

impl Meter {
	/// Counts what is said of these heights, whenever it is said, and of views.
	pub fn new(heights: RangeInclusive<Height>) -> Self {
		Self { heights, kinds: BTreeMap::new(), latencies: Vec::new(), highest_view: 0 }
	}

	/// A message left for so many nodes.
	pub fn sent(&mut self, message: &Message, to: u64, bytes: u64) {
		if height(message).is_none_or(|height| self.heights.contains(&height)) {
			self.kinds.entry(message.name()).or_default().add(to, bytes);
		}
	}

	/// A member has committed a block, so long after it stood ready.
	pub fn committed(&mut self, after: Micros, certificate: &VerifiedCertificate) {
		if self.heights.contains(&certificate.height()) {
			self.latencies.push(after);
			self.highest_view = self.highest_view.max(certificate.view().0);
		}
	}

	/// All kinds together.
	pub fn total(&self) -> Traffic {
		self.kinds.values().fold(Traffic::default(), |sum, kind| Traffic {
			messages: sum.messages + kind.messages,
			bytes: sum.bytes + kind.bytes,
		})
	}
}

/// The mean; 0 of nothing.
pub fn mean(values: &[Micros]) -> f64 {
	values.iter().sum::<Micros>() as f64 / values.len().max(1) as f64
}

/// The value that so many of a hundred do not exceed; 0 of nothing.
pub fn percentile(values: &[Micros], percent: usize) -> Micros {
	let mut sorted = values.to_vec();
	sorted.sort_unstable();
	let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
	sorted.get(at).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		blocks::genesis,
		keys::{key, ToyKeys},
	};
	use syndic_pbft::Keys;
	use syndic_primitives::{Phase, SetId, SignedVote, SignerIndex, View, Vote};

	#[test]
	fn means_and_percentiles() {
		let values: Vec<Micros> = (1..=100).rev().collect();
		assert_eq!((mean(&values), percentile(&values, 50), percentile(&values, 99)), (50.5, 50, 99));
		assert_eq!((percentile(&values, 100), percentile(&[7], 1), percentile(&[], 99)), (100, 7, 0));
	}

	#[test]
	fn kinds_of_the_heights_that_are_counted_add_up() {
		let said = |phase, height| {
			let vote = Vote { set_id: SetId(0), height: Height(height), view: View(0), phase, block_hash: genesis() };
			let signature = ToyKeys(Some(key(0))).sign(&vote.payload(&genesis())).expect("it has a key");
			Message::Vote(SignedVote { vote, signer: SignerIndex(0), signature })
		};
		let mut meter = Meter::new(Height(2)..=Height(3));
		meter.sent(&said(Phase::Prepare, 2), 3, 100);
		meter.sent(&said(Phase::Commit, 3), 2, 50);
		meter.sent(&said(Phase::Prepare, 3), 1, 100);
		meter.sent(&said(Phase::Prepare, 1), 7, 100);
		meter.sent(&said(Phase::Commit, 4), 7, 100);
		assert_eq!(meter.total(), Traffic { messages: 6, bytes: 500 });
		assert_eq!(meter.kinds["prepare"], Traffic { messages: 4, bytes: 400 });
	}
}
