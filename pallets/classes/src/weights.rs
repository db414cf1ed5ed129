//! The weights of this pallet's calls.
//!
//! They are not measured yet. Each is the database reads and writes that the code makes, at the price that the runtime
//! sets for one, plus an allowance for computing that is meant to be too high rather than too low. The benchmarks in
//! `benchmarking.rs` are there to replace them.

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{
		constants::{RocksDbWeight, WEIGHT_REF_TIME_PER_MICROS},
		RuntimeDbWeight, Weight,
	},
};
use syndic_primitives::classes::MAX_CLASSES;

/// What this pallet's calls cost.
pub trait WeightInfo {
	/// The call `set_class`.
	fn set_class() -> Weight;
	/// The call `remove_class`, with so many calls mapped.
	fn remove_class(mapped: u32) -> Weight;
	/// The call `map_call`.
	fn map_call() -> Weight;
	/// The call `unmap_call`.
	fn unmap_call() -> Weight;
	/// The call `with_class`, without the call in it.
	fn with_class() -> Weight;
	/// The transaction extension `CheckClass`.
	fn check_class() -> Weight;
}

/// Little more than decoding.
const LITTLE: Weight = Weight::from_parts(50 * WEIGHT_REF_TIME_PER_MICROS, 0);
/// To go over the longest call once, for its index, and over a class's members.
const LOOK: Weight = Weight::from_parts(15 * WEIGHT_REF_TIME_PER_MICROS, 0);
/// To decode an entry, and to judge it.
const ENTRY: Weight = Weight::from_parts(5 * WEIGHT_REF_TIME_PER_MICROS, 0);

/// Reads and writes at the runtime's price, and an allowance for computing.
pub struct SubstrateWeight<T>(PhantomData<T>);

/// As [`SubstrateWeight`], for any price.
struct Counted(RuntimeDbWeight);

impl Counted {
	fn entries(&self, count: u32) -> Weight {
		ENTRY.saturating_add(self.0.reads(1)).saturating_mul(count.into())
	}

	/// Reads every class; writes the class and their number.
	fn set(&self) -> Weight {
		LITTLE.saturating_add(self.0.reads_writes(2, 2)).saturating_add(self.entries(MAX_CLASSES))
	}

	/// Reads the class, their number, and every mapped call; writes the first two.
	fn remove(&self, mapped: u32) -> Weight {
		LITTLE.saturating_add(self.0.reads_writes(2, 2)).saturating_add(self.entries(mapped))
	}

	/// Reads the class, what the call was mapped to, and the number of mapped calls; writes the last two.
	fn map(&self) -> Weight {
		LITTLE.saturating_add(self.0.reads_writes(3, 2))
	}

	/// Reads the class.
	fn wrap(&self) -> Weight {
		LOOK.saturating_add(self.0.reads(1))
	}

	/// Reads what the call is mapped to, the class, the parameters, the account's identity and its institution, and the
	/// block's weight and length.
	fn extension(&self) -> Weight {
		LOOK.saturating_add(self.0.reads(7))
	}
}

macro_rules! weight_info {
	($prices:expr) => {
		fn set_class() -> Weight {
			Counted($prices).set()
		}
		fn remove_class(mapped: u32) -> Weight {
			Counted($prices).remove(mapped)
		}
		fn map_call() -> Weight {
			Counted($prices).map()
		}
		fn unmap_call() -> Weight {
			Counted($prices).map()
		}
		fn with_class() -> Weight {
			Counted($prices).wrap()
		}
		fn check_class() -> Weight {
			Counted($prices).extension()
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
