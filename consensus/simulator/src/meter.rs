//! What a network is measured by: what its members send each other, and how long a block takes.

use crate::network::Micros;
use std::collections::BTreeMap;
use syndic_primitives::VerifiedCertificate;

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

/// What was seen between members, since it was last cleared.
#[derive(Clone, Debug, Default)]
pub struct Meter {
	/// What was sent, by the name of the message; a proposal with its block.
	pub kinds: BTreeMap<&'static str, Traffic>,
	/// From when a block stood ready until it was committed, once for each member that committed it.
	pub latencies: Vec<Micros>,
	/// The highest view in which anything was committed.
	pub highest_view: u32,
}

impl Meter {
	/// A message left for so many nodes.
	pub fn sent(&mut self, name: &'static str, to: u64, bytes: u64) {
		self.kinds.entry(name).or_default().add(to, bytes);
	}

	/// A member has committed a block, so long after it stood ready.
	pub fn committed(&mut self, after: Micros, certificate: &VerifiedCertificate) {
		self.latencies.push(after);
		self.highest_view = self.highest_view.max(certificate.view().0);
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

	#[test]
	fn means_and_percentiles() {
		let values: Vec<Micros> = (1..=100).rev().collect();
		assert_eq!((mean(&values), percentile(&values, 50), percentile(&values, 99)), (50.5, 50, 99));
		assert_eq!((percentile(&values, 100), percentile(&[7], 1), percentile(&[], 99)), (100, 7, 0));
	}

	#[test]
	fn kinds_add_up() {
		let mut meter = Meter::default();
		meter.sent("prepare", 3, 100);
		meter.sent("commit", 2, 50);
		meter.sent("prepare", 1, 100);
		assert_eq!(meter.total(), Traffic { messages: 6, bytes: 500 });
		assert_eq!(meter.kinds["prepare"], Traffic { messages: 4, bytes: 400 });
	}
}
