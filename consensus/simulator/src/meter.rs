//! Measures a network: what its members send each other, and how long a block takes.

use crate::network::Micros;
use std::{collections::BTreeMap, ops::RangeInclusive};
use syndic_pbft::Message;
use syndic_primitives::{Height, VerifiedCertificate};

/// A number of messages, and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
	/// Number of messages.
	pub messages: u64,
	/// Bytes of all messages together.
	pub bytes: u64,
}

impl Traffic {
	/// Adds `messages` messages of `bytes` bytes each.
	pub fn add(&mut self, messages: u64, bytes: u64) {
		self.messages += messages;
		self.bytes += messages * bytes;
	}
}

/// What members sent each other about some heights, and how long these took.
#[derive(Clone, Debug)]
pub struct Meter {
	heights: RangeInclusive<Height>,
	/// What was sent, by the name of the message; a proposal counts with its block.
	pub kinds: BTreeMap<&'static str, Traffic>,
	/// Times in µs from when a block stood ready until a member committed it, one for each member.
	pub latencies: Vec<Micros>,
	/// The highest view in which anything was committed.
	pub highest_view: u32,
}

/// The height that a message is about. `None` if the message changes the view, which is common to all heights.
fn height(message: &Message) -> Option<Height> {
	match message {
		Message::PrePrepare(vote) | Message::Vote(vote) => Some(vote.vote.height),
		Message::Committed(certificate) | Message::Prepared(certificate) => Some(certificate.height()),
		Message::ViewChange(_) | Message::NewView(_) => None,
	}
}

impl Meter {
	/// Counts the messages about these heights, whenever they are sent, and all that change the view.
	pub fn new(heights: RangeInclusive<Height>) -> Self {
		Self { heights, kinds: BTreeMap::new(), latencies: Vec::new(), highest_view: 0 }
	}

	/// A message of `bytes` bytes left for `to` nodes.
	pub fn sent(&mut self, message: &Message, to: u64, bytes: u64) {
		if height(message).is_none_or(|height| self.heights.contains(&height)) {
			self.kinds.entry(message.name()).or_default().add(to, bytes);
		}
	}

	/// A member has committed a block, `after` µs after it stood ready.
	pub fn committed(&mut self, after: Micros, certificate: &VerifiedCertificate) {
		if self.heights.contains(&certificate.height()) {
			self.latencies.push(after);
			self.highest_view = self.highest_view.max(certificate.view().0);
		}
	}

	/// The sum of all kinds.
	pub fn total(&self) -> Traffic {
		self.kinds.values().fold(Traffic::default(), |sum, kind| Traffic {
			messages: sum.messages + kind.messages,
			bytes: sum.bytes + kind.bytes,
		})
	}
}

/// The mean; 0 if there are no values.
pub fn mean(values: &[Micros]) -> f64 {
	values.iter().sum::<Micros>() as f64 / values.len().max(1) as f64
}

/// The value that `percent` % of the values do not exceed; 0 if there are no values.
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
