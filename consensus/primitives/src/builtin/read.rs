//! Finding a storage item of a contract by name.
//!
//! A key is `twox_128(contract) ++ twox_128(item)`. If the item is a map, a hash follows for each of the map's keys.
//! The runtime's metadata says which hashes these are; this crate has no table of them.

use super::Address;
use alloc::{string::String, vec::Vec};
use codec::{Decode, Encode};
use scale_info::TypeInfo;
use sp_crypto_hashing::{blake2_128, blake2_256, twox_128, twox_256, twox_64};

/// Maximum length of an item's name in bytes.
pub const MAX_ITEM_BYTES: u32 = 128;

/// Maximum number of keys in a read: as many as any map has.
pub const MAX_KEYS: u32 = 8;

/// Maximum length of one encoded key in bytes.
pub const MAX_KEY_BYTES: u32 = 1024;

/// How FRAME derives a part of a storage key from a map's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyHasher {
	/// BLAKE2b of 128 bits.
	Blake2_128,
	/// BLAKE2b of 256 bits.
	Blake2_256,
	/// BLAKE2b of 128 bits, followed by the key.
	Blake2_128Concat,
	/// xxHash of 128 bits.
	Twox128,
	/// xxHash of 256 bits.
	Twox256,
	/// xxHash of 64 bits, followed by the key.
	Twox64Concat,
	/// The key, unchanged.
	Identity,
}

impl KeyHasher {
	/// All hashers.
	pub const ALL: [Self; 7] = [
		Self::Blake2_128,
		Self::Blake2_256,
		Self::Blake2_128Concat,
		Self::Twox128,
		Self::Twox256,
		Self::Twox64Concat,
		Self::Identity,
	];

	/// The part of a storage key for one key of a map, given SCALE-encoded.
	pub fn hash(self, key: &[u8]) -> Vec<u8> {
		match self {
			Self::Blake2_128 => blake2_128(key).to_vec(),
			Self::Blake2_256 => blake2_256(key).to_vec(),
			Self::Blake2_128Concat => [&blake2_128(key)[..], key].concat(),
			Self::Twox128 => twox_128(key).to_vec(),
			Self::Twox256 => twox_256(key).to_vec(),
			Self::Twox64Concat => [&twox_64(key)[..], key].concat(),
			Self::Identity => key.to_vec(),
		}
	}
}

/// Why there is no such place in the storage.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, thiserror::Error)]
pub enum ReadError {
	/// No contract is at this address.
	#[error("address is {address:?}, the built-in contracts are {}", list(contracts))]
	UnknownContract {
		/// What was given.
		address: Address,
		/// The contracts that there are, with their names.
		contracts: Vec<(String, Address)>,
	},
	/// The name is longer than any item's.
	#[error("item has {length} bytes, at most {bound} are possible")]
	ItemTooLong {
		/// Of the name, in bytes.
		length: u32,
		/// [`MAX_ITEM_BYTES`].
		bound: u32,
	},
	/// The contract has no such item.
	#[error("item is {item:?}, {contract} has {}", if items.is_empty() { "no storage".into() } else { items.join(", ") })]
	UnknownItem {
		/// The contract's name.
		contract: String,
		/// What was given.
		item: String,
		/// The items that the contract has.
		items: Vec<String>,
	},
	/// The item is not a map of so many keys.
	#[error("keys has {given} keys, {contract}.{item} takes {expected}")]
	WrongKeyCount {
		/// The contract's name.
		contract: String,
		/// The item.
		item: String,
		/// How many keys were given.
		given: u32,
		/// How many it takes; 0, if it is a single value.
		expected: u32,
	},
	/// A key is longer than what is looked for.
	#[error("keys[{index}] has {length} bytes, at most {bound} are possible")]
	KeyTooLong {
		/// Its position among the keys.
		index: u32,
		/// Of its encoding, in bytes.
		length: u32,
		/// [`MAX_KEY_BYTES`].
		bound: u32,
	},
}

fn list(contracts: &[(String, Address)]) -> String {
	let named: Vec<_> = contracts.iter().map(|(name, address)| alloc::format!("{name} at {address:?}")).collect();
	named.join(", ")
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::builtin::address;

	/// Wallets rely on these lengths and suffixes.
	#[test]
	fn hashes_are_those_of_frame() {
		let hashed = KeyHasher::ALL.map(|hasher| hasher.hash(b"key"));
		assert_eq!(hashed.each_ref().map(Vec::len), [16, 32, 19, 16, 32, 11, 3]);
		for (concatenated, prefix) in [(2, 16), (5, 8), (6, 0)] {
			assert_eq!(hashed[concatenated][prefix..], *b"key");
		}
		assert_eq!(hashed[2][..16], hashed[0]);
		assert_eq!(hashed[3][..8], hashed[5][..8], "both begin with the first of the hashes by 64 bits");
		assert_eq!(hashed[4][..16], hashed[3]);
	}

	#[test]
	fn errors_name_the_parameter_and_what_there_is() {
		let cases = [
			(
				ReadError::UnknownContract {
					address: Address::zero(),
					contracts: alloc::vec![("A".into(), address(0x1000)), ("B".into(), address(0x1001))],
				},
				"address is 0x0000000000000000000000000000000000000000, the built-in contracts are A at \
				 0x0000000000000000000000000000000000001000, B at 0x0000000000000000000000000000000000001001",
			),
			(
				ReadError::UnknownItem {
					contract: "A".into(),
					item: "Z".into(),
					items: alloc::vec!["X".into(), "Y".into()],
				},
				"item is \"Z\", A has X, Y",
			),
			(
				ReadError::UnknownItem { contract: "A".into(), item: "Z".into(), items: alloc::vec![] },
				"item is \"Z\", A has no storage",
			),
			(
				ReadError::WrongKeyCount { contract: "A".into(), item: "X".into(), given: 2, expected: 1 },
				"keys has 2 keys, A.X takes 1",
			),
			(
				ReadError::KeyTooLong { index: 1, length: 1025, bound: 1024 },
				"keys[1] has 1025 bytes, at most 1024 are possible",
			),
		];
		for (error, message) in cases {
			assert_eq!(alloc::format!("{error}"), message);
		}
	}
}
