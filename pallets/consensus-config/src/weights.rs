//! The weights of this pallet's calls and hooks.
//!
//! They are not measured yet. Each is the database reads and writes that the code makes, at the price that the runtime
//! sets for one, plus an allowance for computing that is meant to be too high rather than too low: at most 16 sets of
//! parameters, of less than 64 bytes each, are decoded, compared and encoded. The benchmarks in `benchmarking.rs` are
//! there to replace them.

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{
		constants::{RocksDbWeight, WEIGHT_REF_TIME_PER_MICROS},
		RuntimeDbWeight, Weight,
	},
};

/// What this pallet's calls and hooks cost.
pub trait WeightInfo {
	/// The call `change`.
	fn change() -> Weight;
	/// The call `cancel`.
	fn cancel() -> Weight;
	/// The end of a block that has nothing to apply.
	fn check_schedule() -> Weight;
	/// The end of a block that applies a change.
	fn apply_change() -> Weight;
}

/// Decoding, judging and encoding a schedule.
const COMPUTING: Weight = Weight::from_parts(50 * WEIGHT_REF_TIME_PER_MICROS, 0);

/// Reads and writes at the runtime's price, and an allowance for computing.
pub struct SubstrateWeight<T>(PhantomData<T>);

fn counted(prices: RuntimeDbWeight, reads: u64, writes: u64) -> Weight {
	COMPUTING.saturating_add(prices.reads_writes(reads, writes))
}

macro_rules! weight_info {
	($prices:expr) => {
		/// Reads ScheduledParameters, CurrentParameters; writes ScheduledParameters.
		fn change() -> Weight {
			counted($prices, 2, 1)
		}
		/// Reads and writes ScheduledParameters.
		fn cancel() -> Weight {
			counted($prices, 1, 1)
		}
		/// Reads ScheduledParameters.
		fn check_schedule() -> Weight {
			counted($prices, 1, 0)
		}
		/// Reads ScheduledParameters; writes it and CurrentParameters.
		fn apply_change() -> Weight {
			counted($prices, 1, 2)
		}
	};
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	weight_info!(T::DbWeight::get());
}

/// For tests.
impl WeightInfo for () {
	weight_info!(RocksDbWeight::get());
}
