//! The weights of this pallet's calls and hooks.
//!
//! They are not measured yet. Each is the database reads and writes that the code makes, at the price that the runtime
//! sets for one, plus an allowance for computing that is meant to be too high rather than too low: at most 16 sets of
//! parameters, of less than 100 bytes each, are decoded, compared and encoded. The benchmarks in `benchmarking.rs` are
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
	/// The call `set_profile`.
	fn set_profile() -> Weight;
	/// The call `remove_profile`.
	fn remove_profile() -> Weight;
	/// The call `use_profile`.
	fn use_profile() -> Weight;
	/// The call `set_calendar`.
	fn set_calendar() -> Weight;
	/// The call `remove_calendar`.
	fn remove_calendar() -> Weight;
	/// The call `signal`.
	fn signal() -> Weight;
	/// The beginning of a block at which the calendar does not turn.
	fn check_calendar() -> Weight;
	/// The beginning of a block at which it does.
	fn follow_calendar() -> Weight;
	/// The end of a block that has nothing to apply.
	fn check_schedule() -> Weight;
	/// The end of a block that applies a change.
	fn apply_change() -> Weight;
}

/// Decoding, judging and encoding a schedule, a history, a roster of 1,024 and as many signals.
const COMPUTING: Weight = Weight::from_parts(200 * WEIGHT_REF_TIME_PER_MICROS, 0);

/// A committee's risk, exactly, for one size after the other until one will do.
const RISK: Weight = Weight::from_parts(50_000 * WEIGHT_REF_TIME_PER_MICROS, 0);

/// Checking two ed25519 signatures.
const SIGNATURE: Weight = Weight::from_parts(200 * WEIGHT_REF_TIME_PER_MICROS, 0);

/// Reads and writes at the runtime's price, and an allowance for computing.
pub struct SubstrateWeight<T>(PhantomData<T>);

fn counted(prices: RuntimeDbWeight, reads: u64, writes: u64) -> Weight {
	COMPUTING.saturating_add(prices.reads_writes(reads, writes))
}

macro_rules! weight_info {
	($prices:expr) => {
		/// Reads ScheduledParameters, ScheduledChanges, CurrentParameters, Signals, the set and the roster; writes
		/// ScheduledParameters, ScheduledChanges. A committee's risk may have to be computed.
		fn change() -> Weight {
			counted($prices, 6, 2).saturating_add(RISK)
		}
		/// Reads and writes ScheduledParameters and ScheduledChanges.
		fn cancel() -> Weight {
			counted($prices, 3, 2)
		}
		/// Reads what `change` does, the names of 32 profiles, CurrentProfile; writes the profile and CurrentProfile.
		fn set_profile() -> Weight {
			counted($prices, 6 + 32 + 3, 2)
		}
		/// Reads the profile, ActiveCalendar, CurrentProfile, CurrentParameters; writes the profile and CurrentProfile.
		fn remove_profile() -> Weight {
			counted($prices, 5, 2)
		}
		/// Reads the profile and what `change` does; writes what `change` does. A profile sets nothing that a risk follows from.
		fn use_profile() -> Weight {
			counted($prices, 7, 2)
		}
		/// Reads 17 profiles; writes ActiveCalendar, Followed.
		fn set_calendar() -> Weight {
			counted($prices, 17, 2)
		}
		/// Reads ActiveCalendar; writes it and Followed.
		fn remove_calendar() -> Weight {
			counted($prices, 1, 2)
		}
		/// Reads Signals, the set, the roster, two hashes of blocks; writes Signals. It verifies a signature, and is judged
		/// in the pool's way before that.
		fn signal() -> Weight {
			counted($prices, 5, 1).saturating_mul(2).saturating_add(SIGNATURE)
		}
		/// Reads ActiveCalendar, the time, Followed.
		fn check_calendar() -> Weight {
			counted($prices, 3, 0)
		}
		/// Reads these, a profile, and what `change` does; writes Followed, CurrentProfile and what `change` does.
		fn follow_calendar() -> Weight {
			counted($prices, 11, 4)
		}
		/// Reads ScheduledParameters.
		fn check_schedule() -> Weight {
			counted($prices, 1, 0)
		}
		/// Reads ScheduledParameters, ScheduledChanges, CurrentParameters, CurrentProfile, a profile, Signals, the set, the
		/// roster, History; writes ScheduledParameters, ScheduledChanges, CurrentParameters, CurrentProfile, History. A
		/// committee's risk may have to be computed.
		fn apply_change() -> Weight {
			counted($prices, 9, 5).saturating_add(RISK)
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
