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

/// What this pallet's calls cost.
pub trait WeightInfo {
	/// The calls `register_node` and `board_register_node`.
	fn register_node() -> Weight;
	/// The calls `remove_node` and `board_remove_node`, with so many nodes on the list.
	fn remove_node(nodes: u32) -> Weight;
	/// The call `set_enforced`, with so many nodes on the list.
	fn set_enforced(nodes: u32) -> Weight;
}

/// Little more than decoding: a PeerId in base 58, and eight addresses.
const LITTLE: Weight = Weight::from_parts(50 * WEIGHT_REF_TIME_PER_MICROS, 0);
/// To decode an entry of the list, with its addresses, and to judge it.
const ENTRY: Weight = Weight::from_parts(5 * WEIGHT_REF_TIME_PER_MICROS, 0);

/// Reads and writes at the runtime's price, and an allowance for computing.
pub struct SubstrateWeight<T>(PhantomData<T>);

/// As [`SubstrateWeight`], for any price.
struct Counted(RuntimeDbWeight);

impl Counted {
	/// Reads the identity and the institution of the caller, the node, its number, the institution's; writes the last
	/// three.
	fn register(&self) -> Weight {
		LITTLE.saturating_add(self.0.reads_writes(7, 3))
	}

	/// Reads every node and its institution.
	fn list(&self, nodes: u32) -> Weight {
		let each = ENTRY.saturating_add(self.0.reads(2));
		each.saturating_mul(nodes.into())
	}

	/// As for registering, and the list.
	fn remove(&self, nodes: u32) -> Weight {
		self.register().saturating_add(self.0.reads(2)).saturating_add(self.list(nodes))
	}

	/// Reads the list and the set of validators; writes Enforced.
	fn enforce(&self, nodes: u32) -> Weight {
		LITTLE.saturating_add(self.0.reads_writes(2, 1)).saturating_add(self.list(nodes))
	}
}

macro_rules! weight_info {
	($prices:expr) => {
		fn register_node() -> Weight {
			Counted($prices).register()
		}
		fn remove_node(nodes: u32) -> Weight {
			Counted($prices).remove(nodes)
		}
		fn set_enforced(nodes: u32) -> Weight {
			Counted($prices).enforce(nodes)
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
