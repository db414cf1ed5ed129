//! The framework of built-in contracts.
//!
//! A built-in contract is a pallet with a fixed address, a fixed storage prefix and a version: a [`BuiltInContract`].
//! The runtime names its contracts once, as a tuple in [`Config::Contracts`], and this pallet answers which there are:
//! by the runtime API `BuiltinApi`, and by the constant `Contracts` in the metadata, where any client finds them
//! without a call.
//!
//! What is registered is checked, and not only in tests of this crate: [`registry::check`] runs as the integrity test
//! of every runtime that has this pallet.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod contract;
pub mod registry;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use contract::BuiltInContract;
pub use pallet::*;
pub use registry::Contracts;

#[frame_support::pallet]
pub mod pallet {
	use crate::{BuiltInContract, Contracts};
	use alloc::vec::Vec;
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;
	use syndic_primitives::builtin::{address, Address, ContractInfo};

	/// As a contract, and as a storage layout.
	const VERSION: u16 = 1;
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(VERSION);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config {
		/// Every built-in contract of the runtime, this pallet among them: a tuple of pallets.
		type Contracts: Contracts;
	}

	#[pallet::extra_constants]
	impl<T: Config> Pallet<T> {
		/// Every built-in contract of this runtime, by ascending address.
		#[pallet::constant_name(Contracts)]
		fn registered() -> Vec<ContractInfo> {
			Self::contracts()
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "std")]
		fn integrity_test() {
			if let Err(error) = crate::registry::check(&Self::contracts()) {
				panic!("{error}");
			}
		}
	}

	impl<T: Config> Pallet<T> {
		/// Every built-in contract of this runtime, by ascending address.
		pub fn contracts() -> Vec<ContractInfo> {
			let mut contracts = T::Contracts::contracts();
			contracts.sort_by_key(|contract| contract.address);
			contracts
		}
	}

	impl<T: Config> BuiltInContract for Pallet<T> {
		const ADDRESS: Address = address(0x1000);
		const PREFIX: [u8; 16] = 0xfaf1f9a6_8d5fa3fa_1c814fca_82b0172d_u128.to_be_bytes();
		const VERSION: u16 = VERSION;
	}
}
