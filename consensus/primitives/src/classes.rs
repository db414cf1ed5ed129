//! The business class of a transaction, as the runtime reports it to the node.

use crate::assurance::AssuranceLevel;
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// A business class, by its number.
#[derive(
	Clone,
	Copy,
	Debug,
	Default,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Hash,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(transparent)]
pub struct ClassId(pub u8);

/// Maximum number of classes.
pub const MAX_CLASSES: u32 = 16;

/// The highest priority that a class can have. Transactions that the chain itself needs, such as evidence and the
/// board's decisions, take precedence over every class: their priority in a pool is higher.
pub const MAX_CLASS_PRIORITY: u8 = 100;

/// The priority in a pool of transactions that govern the chain. No class has this number.
pub const GOVERNING_PRIORITY: u64 = pool_priority(MAX_CLASS_PRIORITY + 1, ClassId(u8::MAX));

/// Maximum priority within a class: the 48 bits of a pool priority below the class. Within a class the transaction with
/// the higher value goes first.
pub const MAX_PRIORITY_WITHIN: u64 = (1 << 48) - 1;

/// What the node must know of a class.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct ClassInfo {
	/// Which it is.
	pub id: ClassId,
	/// What it is called.
	pub name: Vec<u8>,
	/// Its guaranteed share of a block, in percent.
	pub share: u8,
	/// Higher ones go first.
	pub priority: u8,
	/// The most bytes of a transaction.
	pub max_size: u32,
	/// What a transaction of it needs to count as assured.
	pub assurance: AssuranceLevel,
}

/// The lowest pool priority of a transaction of this class. It contains the class, so that a proposer need not ask the
/// runtime: the class's priority is in the highest byte, the class's number in the next one.
pub const fn pool_priority(priority: u8, class: ClassId) -> u64 {
	((priority as u64) << 56) | ((class.0 as u64) << 48)
}

/// The class that a pool priority contains.
pub const fn class_of_priority(priority: u64) -> ClassId {
	ClassId((priority >> 48) as u8)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_priority_tells_the_class() {
		for (priority, class) in [(0, 0), (1, 3), (200, 15), (255, 255)] {
			assert_eq!(class_of_priority(pool_priority(priority, ClassId(class)) + 77), ClassId(class));
		}
		assert!(pool_priority(2, ClassId(0)) > pool_priority(1, ClassId(15)));
		let highest = pool_priority(MAX_CLASS_PRIORITY, ClassId(MAX_CLASSES as u8 - 1));
		assert_eq!(class_of_priority(highest + MAX_PRIORITY_WITHIN), ClassId(MAX_CLASSES as u8 - 1));
		assert!(GOVERNING_PRIORITY > highest + MAX_PRIORITY_WITHIN);
	}
}
