//! The weights of this pallet's calls.
//!
//! They are not measured yet. Each is the database reads and writes that the code makes, at the price that the runtime
//! sets for one, plus an allowance for computing that is meant to be too high rather than too low. The benchmarks in
//! `benchmarking.rs` are there to replace them.

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{
		constants::{RocksDbWeight, WEIGHT_REF_TIME_PER_MICROS, WEIGHT_REF_TIME_PER_NANOS},
		RuntimeDbWeight, Weight,
	},
};

/// What this pallet's calls cost.
pub trait WeightInfo {
	/// The call `call` with a payload of so many bytes, apart from the call that it makes.
	fn call(bytes: u32) -> Weight;
	/// The call `suspend`.
	fn suspend() -> Weight;
	/// The call `resume`.
	fn resume() -> Weight;
	/// The call `authorize_upgrade`.
	fn authorize_upgrade() -> Weight;
}

/// Little more than decoding.
const LITTLE: Weight = Weight::from_parts(50 * WEIGHT_REF_TIME_PER_MICROS, 0);
/// Decoding a byte of a payload, twice: for the weight, and to make the call.
const BYTE: Weight = Weight::from_parts(20 * WEIGHT_REF_TIME_PER_NANOS, 0);

/// Reads and writes at the runtime's price, and an allowance for computing.
pub struct SubstrateWeight<T>(PhantomData<T>);

/// As [`SubstrateWeight`], for any price.
struct Counted(RuntimeDbWeight);

impl Counted {
	/// Reads Suspended, for the contract that is called.
	fn call(&self, bytes: u32) -> Weight {
		LITTLE.saturating_add(BYTE.saturating_mul(bytes.into())).saturating_add(self.0.reads(1))
	}

	/// Reads and writes Suspended.
	fn suspension(&self) -> Weight {
		LITTLE.saturating_add(self.0.reads_writes(1, 1))
	}

	/// Writes the system's AuthorizedUpgrade.
	fn authorisation(&self) -> Weight {
		LITTLE.saturating_add(self.0.writes(1))
	}
}

macro_rules! weight_info {
	($prices:expr) => {
		fn call(bytes: u32) -> Weight {
			Counted($prices).call(bytes)
		}
		fn suspend() -> Weight {
			Counted($prices).suspension()
		}
		fn resume() -> Weight {
			Counted($prices).suspension()
		}
		fn authorize_upgrade() -> Weight {
			Counted($prices).authorisation()
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
