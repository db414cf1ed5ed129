//! Percentiles.

use serde::Serialize;

/// Time since the run began, in µs.
pub type Micros = u64;

/// The summary of a set of measurements. Without a measurement all fields are zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
	/// How many measurements there were.
	pub count: usize,
	/// The mean.
	pub mean: f64,
	/// The median.
	pub p50: f64,
	/// 95 % are at most this.
	pub p95: f64,
	/// 99 % are at most this.
	pub p99: f64,
	/// The largest.
	pub max: f64,
}

impl Summary {
	/// The summary, in ms, of times in µs.
	pub fn of_micros(mut values: Vec<Micros>) -> Self {
		values.sort_unstable();
		Self::of_sorted(&values, 1_000.0)
	}

	/// The summary of plain numbers.
	pub fn of_counts(mut values: Vec<u64>) -> Self {
		values.sort_unstable();
		Self::of_sorted(&values, 1.0)
	}

	fn of_sorted(sorted: &[u64], unit: f64) -> Self {
		let Some(max) = sorted.last() else { return Self::default() };
		let at = |percent| percentile(sorted, percent).unwrap_or_default() as f64 / unit;
		let sum: u128 = sorted.iter().map(|value| u128::from(*value)).sum();
		Self {
			count: sorted.len(),
			mean: sum as f64 / sorted.len() as f64 / unit,
			p50: at(50),
			p95: at(95),
			p99: at(99),
			max: *max as f64 / unit,
		}
	}
}

/// The nearest-rank percentile: the smallest value such that `percent` % of all are at most that.
pub fn percentile(sorted: &[u64], percent: u32) -> Option<u64> {
	let rank = (sorted.len() * percent as usize).div_ceil(100);
	sorted.get(rank.saturating_sub(1)).copied()
}
