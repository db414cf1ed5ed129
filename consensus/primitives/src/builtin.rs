//! Built-in contracts as seen from outside: each has a fixed address, a fixed storage prefix, a version and a name.

pub mod read;

pub use read::{KeyHasher, ReadError};

use crate::Height;
use alloc::{string::String, vec::Vec};
use codec::{Decode, Encode};
use scale_info::TypeInfo;

/// A contract's address: 20 bytes, in the manner of Ethereum's precompiles.
pub type Address = sp_core::H160;

/// The first number in the reserved range: address `0x…1000`.
pub const FIRST: u16 = 0x1000;

/// The last number in the reserved range: address `0x…1fff`.
pub const LAST: u16 = 0x1fff;

/// The address with this number. Call it in constants only: there a number outside of the reserved range does not
/// compile. Elsewhere it panics.
pub const fn address(number: u16) -> Address {
	assert!(number >= FIRST && number <= LAST, "built-in contracts live at 0x…1000 to 0x…1fff");
	let mut raw = [0; 20];
	let [high, low] = number.to_be_bytes();
	raw[18] = high;
	raw[19] = low;
	sp_core::H160(raw)
}

/// The number of an address, if it lies in the reserved range.
pub fn number(address: &Address) -> Option<u16> {
	let (zeros, low) = address.as_bytes().split_at(18);
	let number = u16::from_be_bytes([low[0], low[1]]);
	(zeros.iter().all(|byte| *byte == 0) && (FIRST..=LAST).contains(&number)).then_some(number)
}

/// One built-in contract, as the registry lists it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct ContractInfo {
	/// Where it is called. Never used again for another one.
	pub address: Address,
	/// What its storage keys begin with: `twox_128(name)`.
	pub prefix: [u8; 16],
	/// Of its storage and its calls.
	pub version: u16,
	/// The pallet's name in the runtime.
	pub name: String,
	/// Whether the board can suspend it.
	pub suspendable: bool,
}

sp_api::decl_runtime_apis! {
	/// The registry of built-in contracts. Version 2 says which are suspended, and finds their storage.
	#[api_version(2)]
	pub trait BuiltinApi {
		/// Every contract that this runtime has, by ascending address.
		fn contracts() -> Vec<ContractInfo>;
		/// The contracts that are suspended, by ascending address, and since which block.
		fn suspended() -> Vec<(Address, Height)>;
		/// Where a storage item of a contract lies; an entry of a map, if `keys` has one key in SCALE for each of the map's.
		fn storage_key(address: Address, item: String, keys: Vec<Vec<u8>>) -> Result<Vec<u8>, ReadError>;
		/// What lies there, in SCALE; `None` if nothing does.
		fn read(address: Address, item: String, keys: Vec<Vec<u8>>) -> Result<Option<Vec<u8>>, ReadError>;
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn addresses_and_numbers() {
		const FIRST_ADDRESS: Address = address(FIRST);
		assert_eq!(alloc::format!("{FIRST_ADDRESS:?}"), "0x0000000000000000000000000000000000001000");
		for n in [0x1000, 0x1002, 0x1fff] {
			assert_eq!(number(&address(n)), Some(n));
		}
		let outside = [0x0fff, 0x2000, 0x1_1000].map(Address::from_low_u64_be);
		assert!(outside.iter().all(|address| number(address).is_none()), "{outside:?}");
	}

	#[test]
	#[should_panic(expected = "0x…1000 to 0x…1fff")]
	fn no_address_outside_of_the_range() {
		address(0x2000);
	}
}
