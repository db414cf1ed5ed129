//! The framework of built-in contracts.
//!
//! A built-in contract is a pallet with a fixed address, a fixed storage prefix and a version: a [`BuiltInContract`].
//! The runtime names its contracts once, as a tuple in [`Config::Contracts`], and this pallet does the rest:
//!
//! | what | how |
//! |---|---|
//! | which contracts there are | runtime API `BuiltinApi`; the constant `Contracts` in the metadata, without a call |
//! | a call by address | [`Call::call`]: as the direct call in checks, weight, fee and error; see `dispatch.rs` |
//! | a storage item by address and name | runtime API `BuiltinApi`; see `reading.rs` |
//! | a contract suspended and resumed | [`Call::suspend`], [`Call::resume`]; see `suspension.rs` |
//! | the runtime upgraded without a root | [`Call::authorize_upgrade`], then anybody's `system.applyAuthorizedUpgrade` |
//!
//! For suspension to have an effect, the runtime makes this pallet its `BaseCallFilter`.
//!
//! What is registered is checked, and not only in tests of this crate: [`registry::check`] runs as the integrity test
//! of every runtime that has this pallet.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod contract;
mod dispatch;
pub mod migrations;
mod reading;
pub mod registry;
mod suspension;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use contract::{BuiltInContract, StorageMetadata};
pub use pallet::*;
pub use registry::Contracts;
pub use weights::WeightInfo;

/// The runtime's calls.
pub(crate) type CallOf<T> = <T as frame_system::Config>::RuntimeCall;

#[frame_support::pallet]
pub mod pallet {
	use crate::{registry::Entry, BuiltInContract, Contracts, StorageMetadata, WeightInfo};
	use alloc::vec::Vec;
	use frame_support::{
		dispatch::{DispatchInfo, DispatchResultWithPostInfo, PostDispatchInfo},
		pallet_prelude::*,
		traits::GetCallMetadata,
	};
	use frame_system::pallet_prelude::*;
	use sp_runtime::{traits::Dispatchable, SaturatedConversion};
	use syndic_primitives::{
		builtin::{address, Address, ContractInfo},
		Height,
	};

	/// As a contract, and as a storage layout.
	const VERSION: u16 = 2;
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(VERSION);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config:
		frame_system::Config<
		RuntimeCall: Dispatchable<Info = DispatchInfo, PostInfo = PostDispatchInfo> + GetCallMetadata,
		RuntimeEvent: From<Event<Self>>,
	>
	{
		/// Every built-in contract of the runtime, this pallet among them: a tuple of pallets.
		type Contracts: Contracts;

		/// Who may suspend and resume contracts.
		type SuspendOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// Who may authorise an upgrade of the runtime.
		type UpgradeOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// The longest payload of a call by address, in bytes.
		#[pallet::constant]
		type MaxPayload: Get<u32>;

		/// The weights of this pallet.
		type WeightInfo: WeightInfo;
	}

	/// The contracts that are suspended, with the block that suspended each.
	#[pallet::storage]
	pub type Suspended<T> = StorageMap<_, Identity, Address, Height>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// The calls of the contract are refused from now on.
		ContractSuspended {
			/// The contract.
			address: Address,
		},
		/// The calls of the contract are accepted again.
		ContractResumed {
			/// The contract.
			address: Address,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// No built-in contract is at this address. The constant Contracts, or builtin_contracts, lists all.
		UnknownContract,
		/// The payload is too long. See the constant maxPayload for how many bytes it may have.
		PayloadTooLong,
		/// The payload is no call of this contract. It must be the index of the contract's call and its arguments in SCALE,
		/// without the index of the pallet, and with nothing after them.
		UndecodablePayload,
		/// A call by address (builtin.call) was made within a call by address, or of this contract itself. Make the inner
		/// one directly.
		CallWithinCall,
		/// This contract cannot be suspended: without it the chain, or its governance, would stand still.
		NotSuspendable,
		/// The contract is suspended already.
		AlreadySuspended,
		/// The contract is not suspended.
		NotSuspended,
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

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::check_state().map_err(Into::into)
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Calls a built-in contract by its address. The origin, the checks, the class, the error and, apart from a small
		/// overhead, the weight and the fee are those of the direct call.
		///
		/// - `address`: of the contract. Not this contract's own.
		/// - `payload`: the contract's call in SCALE: its index within the contract, and its arguments. It is the encoding of
		///   the direct call without the first byte.
		#[pallet::call_index(0)]
		#[pallet::weight(Pallet::<T>::weigh_call(address, payload))]
		pub fn call(origin: OriginFor<T>, address: Address, payload: Vec<u8>) -> DispatchResultWithPostInfo {
			Self::dispatch_call(origin, &address, &payload)
		}

		/// Suspends a contract: until it is resumed, its calls are refused, however they are made. What it does by itself
		/// at the begin and the end of blocks goes on.
		///
		/// - `address`: of the contract. Some cannot be suspended; builtin_contracts says which can.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::suspend())]
		pub fn suspend(origin: OriginFor<T>, address: Address) -> DispatchResult {
			T::SuspendOrigin::ensure_origin(origin)?;
			let contract = Self::entry(&address).ok_or(Error::<T>::UnknownContract)?;
			ensure!(contract.suspendable, Error::<T>::NotSuspendable);
			ensure!(!Suspended::<T>::contains_key(address), Error::<T>::AlreadySuspended);
			let now = Height(frame_system::Pallet::<T>::block_number().saturated_into());
			Suspended::<T>::insert(address, now);
			Self::deposit_event(Event::ContractSuspended { address });
			Ok(())
		}

		/// Resumes a contract that is suspended.
		///
		/// - `address`: of the contract.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::resume())]
		pub fn resume(origin: OriginFor<T>, address: Address) -> DispatchResult {
			T::SuspendOrigin::ensure_origin(origin)?;
			if Suspended::<T>::take(address).is_none() {
				Self::entry(&address).ok_or(Error::<T>::UnknownContract)?;
				return Err(Error::<T>::NotSuspended.into());
			}
			Self::deposit_event(Event::ContractResumed { address });
			Ok(())
		}

		/// Authorises an upgrade of the runtime. Anybody can then carry it out by system.applyAuthorizedUpgrade, with
		/// exactly this code. Its name must be the chain's, and its specVersion greater than now, or it is refused
		/// (system.RejectedInvalidAuthorizedUpgrade), and the authorisation is used up.
		///
		/// - `code_hash`: BLAKE2b of the code, with 256 bits. It takes the place of what was authorised before, if that has
		///   not been carried out.
		#[pallet::call_index(3)]
		#[pallet::weight((T::WeightInfo::authorize_upgrade(), DispatchClass::Operational))]
		pub fn authorize_upgrade(origin: OriginFor<T>, code_hash: T::Hash) -> DispatchResult {
			T::UpgradeOrigin::ensure_origin(origin)?;
			frame_system::Pallet::<T>::do_authorize_upgrade(code_hash, true);
			Ok(())
		}
	}

	impl<T: Config> Pallet<T> {
		/// Every built-in contract of this runtime, by ascending address.
		pub fn contracts() -> Vec<ContractInfo> {
			let mut contracts: Vec<_> = T::Contracts::entries().map(|contract| (contract.info)()).collect();
			contracts.sort_by_key(|contract| contract.address);
			contracts
		}

		/// The contracts that are suspended, by ascending address, and since which block.
		pub fn suspended() -> Vec<(Address, Height)> {
			let mut suspended: Vec<_> = T::Contracts::entries()
				.filter_map(|contract| Some((contract.address, Suspended::<T>::get(contract.address)?)))
				.collect();
			suspended.sort_by_key(|(address, _)| *address);
			suspended
		}

		/// The contract at an address.
		pub(crate) fn entry(address: &Address) -> Option<Entry> {
			T::Contracts::entries().find(|contract| contract.address == *address)
		}

		/// What is true of the state after every block.
		#[cfg(any(feature = "try-runtime", test))]
		pub(crate) fn check_state() -> Result<(), &'static str> {
			let known = |address| Self::entry(&address).is_some_and(|contract| contract.suspendable);
			if Suspended::<T>::iter_keys().all(known) {
				Ok(())
			} else {
				Err("Suspended names what cannot be suspended")
			}
		}
	}

	impl<T: Config> BuiltInContract for Pallet<T> {
		const ADDRESS: Address = address(0x1000);
		const PREFIX: [u8; 16] = 0xfaf1f9a6_8d5fa3fa_1c814fca_82b0172d_u128.to_be_bytes();
		const VERSION: u16 = VERSION;
		const SUSPENDABLE: bool = false;

		fn storage() -> StorageMetadata {
			Self::storage_metadata()
		}
	}
}
