//! The weights of this pallet's calls and hooks.
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

/// What this pallet's calls and hooks cost.
pub trait WeightInfo {
	/// The call `open_case`.
	fn open_case() -> Weight;
	/// The call `close_case`.
	fn close_case() -> Weight;
	/// The call `freeze`.
	fn freeze() -> Weight;
	/// The call `release`.
	fn release() -> Weight;
	/// The call `appeal`.
	fn appeal() -> Weight;
	/// The call `decide_appeal`.
	fn decide_appeal() -> Weight;
	/// The call `set_large_transfer`.
	fn set_large_transfer() -> Weight;
	/// The begin of a block in which so many freezes expire.
	fn expire(freezes: u32) -> Weight;
	/// The transaction extension `CheckFreeze`, for a transaction whose calls act for so many accounts beside the sender.
	fn check_freeze(actors: u32) -> Weight;
	/// A record that is made for another pallet.
	fn record() -> Weight;
}

/// Little more than decoding.
const LITTLE: Weight = Weight::from_parts(50 * WEIGHT_REF_TIME_PER_MICROS, 0);
/// To go over the longest call once, for the calls in it.
const LOOK: Weight = Weight::from_parts(15 * WEIGHT_REF_TIME_PER_MICROS, 0);
/// To derive an account, and to decode a freeze.
const ACTOR: Weight = Weight::from_parts(10 * WEIGHT_REF_TIME_PER_MICROS, 0);

/// Reads and writes at the runtime's price, and an allowance for computing.
pub struct SubstrateWeight<T>(PhantomData<T>);

/// As [`SubstrateWeight`], for any price.
struct Counted(RuntimeDbWeight);

impl Counted {
	/// Who may act for an institution: reads the account's identity and institution, and whether its certificates are
	/// revoked, of which it has at most five.
	fn officer(&self) -> Weight {
		LITTLE.saturating_add(self.0.reads(8))
	}

	/// Reads and writes the next number; writes the record.
	fn record(&self) -> Weight {
		LITTLE.saturating_add(self.0.reads_writes(1, 2))
	}

	/// Reads and writes the next number; writes the case.
	fn open(&self) -> Weight {
		self.officer().saturating_add(self.0.reads_writes(1, 2)).saturating_add(self.record())
	}

	/// Reads and writes the case.
	fn close(&self) -> Weight {
		self.officer().saturating_add(self.0.reads_writes(1, 1)).saturating_add(self.record())
	}

	/// What freezing and thawing does to the money: reads and writes the account, its freezes and its locks.
	fn money(&self) -> Weight {
		LITTLE.saturating_add(self.0.reads_writes(4, 3))
	}

	/// Reads the case, the institution or the identity, the freeze, what expires then; writes the case, the freeze, and what
	/// expires then.
	fn freeze(&self) -> Weight {
		self.officer()
			.saturating_add(self.0.reads_writes(5, 3))
			.saturating_add(self.money())
			.saturating_add(self.record())
	}

	/// Reads and writes the freeze, the case, what expires then.
	fn lift(&self) -> Weight {
		LITTLE.saturating_add(self.0.reads_writes(3, 3)).saturating_add(self.money()).saturating_add(self.record())
	}

	/// Reads the identity of the account that appeals, and that of the frozen one; reads and writes the freeze.
	fn appeal(&self) -> Weight {
		self.officer().saturating_add(self.0.reads_writes(2, 1)).saturating_add(self.record())
	}

	/// Reads the number of the new threshold; writes it.
	fn set(&self) -> Weight {
		self.officer().saturating_add(self.0.writes(1)).saturating_add(self.record())
	}

	/// Reads and removes the list of what expires now; lifts each.
	fn expire(&self, freezes: u32) -> Weight {
		self.0.reads_writes(1, u64::from(freezes > 0)).saturating_add(self.lift().saturating_mul(freezes.into()))
	}

	/// For each account its freeze, its identity, and the freeze of its institution. An appeal reads more: the freeze's
	/// account's identity, and that of who appeals, with its certificates.
	fn check(&self, actors: u32) -> Weight {
		let each = ACTOR.saturating_add(self.0.reads(3));
		LOOK.saturating_add(each.saturating_mul(1 + u64::from(actors)))
	}
}

macro_rules! weight_info {
	($prices:expr) => {
		fn open_case() -> Weight {
			Counted($prices).open()
		}
		fn close_case() -> Weight {
			Counted($prices).close()
		}
		fn freeze() -> Weight {
			Counted($prices).freeze()
		}
		fn release() -> Weight {
			Counted($prices).officer().saturating_add(Counted($prices).lift())
		}
		fn appeal() -> Weight {
			// The extension has judged who may appeal as well.
			Counted($prices).appeal().saturating_add(Counted($prices).officer())
		}
		fn decide_appeal() -> Weight {
			Counted($prices).lift()
		}
		fn set_large_transfer() -> Weight {
			Counted($prices).set()
		}
		fn expire(freezes: u32) -> Weight {
			Counted($prices).expire(freezes)
		}
		fn check_freeze(actors: u32) -> Weight {
			Counted($prices).check(actors)
		}
		fn record() -> Weight {
			Counted($prices).record()
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
