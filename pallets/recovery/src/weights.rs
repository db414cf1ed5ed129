//! The weight of this pallet's call.
//!
//! It is not measured yet: the database reads and writes that the code makes, at the price that the runtime sets for one, and
//! an allowance for computing that is meant to be too high rather than too low. The benchmark in `benchmarking.rs` is there
//! to replace it. The call is mandatory, so a block takes it whatever it weighs; the weight keeps transactions out.

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{
		constants::{RocksDbWeight, WEIGHT_REF_TIME_PER_MICROS},
		RuntimeDbWeight, Weight,
	},
};
use syndic_primitives::MAX_VALIDATORS;

/// What this pallet's call costs.
pub trait WeightInfo {
	/// The call `recover` with so many signatures.
	fn recover(signatures: u32) -> Weight;
}

/// Walking lists of validators and accounts, and trying the set without members who are banned.
const LISTS: Weight = Weight::from_parts(25_000 * WEIGHT_REF_TIME_PER_MICROS, 0);
/// One signature, checked by the host in both of its forms; ECDSA costs most. The text that is signed is made each time.
const SIGNATURE: Weight = Weight::from_parts(500 * WEIGHT_REF_TIME_PER_MICROS, 0);

/// Reads the board, CurrentSet, ScheduledSet, Declarations, Undeclared, BannedMembers, two hashes, the digest, and Banned
/// for each member; writes the six items of the validators, two of PastSets, and the digest.
fn recover(db: RuntimeDbWeight, signatures: u32) -> Weight {
	LISTS
		.saturating_add(SIGNATURE.saturating_mul(signatures.into()))
		.saturating_add(db.reads_writes(12 + u64::from(MAX_VALIDATORS), 9))
}

/// Reads and writes at the runtime's price, and an allowance for computing.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn recover(signatures: u32) -> Weight {
		recover(T::DbWeight::get(), signatures)
	}
}

impl WeightInfo for () {
	fn recover(signatures: u32) -> Weight {
		recover(RocksDbWeight::get(), signatures)
	}
}
