//! The list of a runtime's contracts, and the rules that it keeps.

use crate::{contract::StorageMetadata, BuiltInContract};
use alloc::string::String;
use sp_crypto_hashing::twox_128;
use syndic_primitives::builtin::{self, Address, ContractInfo};

/// One contract, as the framework handles it. It costs nothing to make.
pub struct Entry {
	/// Its address.
	pub address: Address,
	/// The pallet's name in the runtime.
	pub name: &'static str,
	/// The pallet's index in the runtime, with which every call of it begins.
	pub index: usize,
	/// Whether the board can suspend it.
	pub suspendable: bool,
	/// As it is listed.
	pub info: fn() -> ContractInfo,
	/// Where its items are.
	pub storage: fn() -> StorageMetadata,
}

impl Entry {
	/// The entry of a contract.
	pub fn of<C: BuiltInContract>() -> Self {
		Self {
			address: C::ADDRESS,
			name: C::name(),
			index: C::index(),
			suspendable: C::SUSPENDABLE,
			info: C::info,
			storage: C::storage,
		}
	}
}

/// A tuple of built-in contracts.
pub trait Contracts {
	/// Each of them, in the tuple's order.
	fn entries() -> impl Iterator<Item = Entry>;
}

macro_rules! tuples {
	($first:ident $($rest:ident)*) => {
		impl<$first: BuiltInContract, $($rest: BuiltInContract),*> Contracts for ($first, $($rest,)*) {
			fn entries() -> impl Iterator<Item = Entry> {
				[Entry::of::<$first>(), $(Entry::of::<$rest>()),*].into_iter()
			}
		}
		tuples!($($rest)*);
	};
	() => {};
}

tuples!(A B C D E F G H I J K L M N O P);

/// A registry that cannot be: two contracts would answer for one, or one would not be found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
	/// An address that is not for contracts.
	#[error("{name} is at {address:?}, outside of the reserved range")]
	OutsideReservedRange {
		/// The contract.
		name: String,
		/// Its address.
		address: Address,
	},
	/// One address, two contracts.
	#[error("{first} and {second} are both at {address:?}")]
	SameAddress {
		/// The one that is listed first.
		first: String,
		/// The other.
		second: String,
		/// Their address.
		address: Address,
	},
	/// The prefix that is written down is not the one of the pallet's storage.
	#[error("the prefix of {name} is given as {given:?}, its storage is at {actual:?}")]
	WrongPrefix {
		/// The contract.
		name: String,
		/// The prefix it states.
		given: [u8; 16],
		/// `twox_128` of its name.
		actual: [u8; 16],
	},
	/// Version 0 is no version.
	#[error("{name} has version 0, the first version is 1")]
	NoVersion {
		/// The contract.
		name: String,
	},
}

/// Checks a list of contracts, in any order: addresses reserved and distinct, prefixes as the pallets' names make them
/// (which makes them distinct, for a runtime's names are), versions from 1.
pub fn check(contracts: &[ContractInfo]) -> Result<(), RegistryError> {
	for (at, contract) in contracts.iter().enumerate() {
		let name = contract.name.clone();
		if builtin::number(&contract.address).is_none() {
			return Err(RegistryError::OutsideReservedRange { name, address: contract.address });
		}
		if let Some(first) = contracts[..at].iter().find(|earlier| earlier.address == contract.address) {
			return Err(RegistryError::SameAddress {
				first: first.name.clone(),
				second: name,
				address: contract.address,
			});
		}
		let actual = twox_128(name.as_bytes());
		if contract.prefix != actual {
			return Err(RegistryError::WrongPrefix { name, given: contract.prefix, actual });
		}
		if contract.version == 0 {
			return Err(RegistryError::NoVersion { name });
		}
	}
	Ok(())
}
