//! The business classes of transactions.
//!
//! Each transaction belongs to one class: retail payments, settlement between banks, custody, reports, or whatever the
//! board makes of it ([`Pallet::set_class`]). A class has a guaranteed share of each block, a priority, a greatest size,
//! a level of assurance, and, if the board wants it, a list of who may use it.
//!
//! # Which class
//!
//! The one that the sender names by wrapping its call, [`Pallet::with_class`]; otherwise the one that the board has mapped
//! the call to ([`Pallet::map_call`]); otherwise class 0, the default. What counts is the transaction's own call: a
//! `with_class` within a batch or a motion only makes its call.
//!
//! # Who sees to what
//!
//! | what | who |
//! |---|---|
//! | class, size, who may use it; the priority in a pool | [`CheckClass`], for every signed transaction |
//! | what of a block ordinary transactions may use at all | [`CheckClass`], in the block, by [`Config::BlockShares`] |
//! | the shares of the classes | whoever proposes a block, which reads them by the runtime API `ClassesApi` |
//! | the assurance | the nodes, which report it |
//!
//! So a block is not invalid because a class got less than its share in it: nobody but its proposer knows what waited.
//!
//! What governs the chain ([`Config::Governing`]) goes before every class, and an operational call, as an upgrade of the
//! runtime, may have any size. A class cannot lock the board out.
//!
//! # Storage
//!
//! | item | what |
//! |---|---|
//! | [`Classes`] | the classes, by number |
//! | [`MappedCalls`] | which calls belong to which class |
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod check;
pub mod extension;
pub mod migrations;
#[cfg(any(feature = "try-runtime", test))]
mod state;
pub mod types;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use check::{BlockShares, Refusal};
pub use extension::CheckClass;
pub use pallet::*;
pub use types::{CallIndex, Class, ClassName, InstitutionId, Members, StoredMembers};
pub use weights::WeightInfo;

use alloc::{boxed::Box, vec::Vec};
use frame_support::{
	dispatch::{
		extract_actual_weight, DispatchInfo, DispatchResult, DispatchResultWithPostInfo, GetDispatchInfo,
		PostDispatchInfo,
	},
	ensure,
	traits::{ContainsPair, Get, IsSubType, PalletInfoAccess},
};
use pallet_builtin::{BuiltInContract, StorageMetadata};
use sp_runtime::traits::Dispatchable;
use syndic_primitives::{
	builtin::{address, Address},
	classes::{MAX_CLASSES, MAX_CLASS_PRIORITY},
	AssuranceLevel, ClassId, ClassInfo,
};
use types::{is_number, DEFAULT, MIN_MAX_SIZE};

/// The runtime's calls.
pub(crate) type CallOf<T> = <T as frame_system::Config>::RuntimeCall;

/// What this pallet asks of the identity contract.
pub trait Institutions<AccountId, Kind> {
	/// The institution of an account, and its kind.
	fn of(account: &AccountId) -> Option<(InstitutionId, Kind)>;
}

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use alloc::string::String;
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;

	pub(crate) const VERSION: u16 = 1;
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(VERSION);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config:
		frame_system::Config<
		RuntimeCall: Dispatchable<Info = DispatchInfo, PostInfo = PostDispatchInfo> + IsSubType<Call<Self>>,
		RuntimeEvent: From<Event<Self>>,
	>
	{
		/// Who decides on classes.
		type BoardOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// Kinds of institutions.
		type Kind: Parameter + MaxEncodedLen;

		/// Whose an account is.
		type Institutions: Institutions<Self::AccountId, Self::Kind>;

		/// Who governs the chain, by which calls.
		type Governing: ContainsPair<Self::AccountId, CallOf<Self>>;

		/// What of a block ordinary transactions may use.
		type BlockShares: Get<BlockShares>;

		/// The most that the greatest size of a class may be, in bytes.
		#[pallet::constant]
		type MaxSize: Get<u32>;

		/// How many calls may be mapped.
		#[pallet::constant]
		type MaxMappedCalls: Get<u32>;

		/// The weights of this pallet.
		type WeightInfo: WeightInfo;
	}

	/// The classes, by number.
	#[pallet::storage]
	pub type Classes<T: Config> = CountedStorageMap<_, Twox64Concat, ClassId, Class<T::Kind>, OptionQuery>;

	/// The class that a call belongs to which names none itself. The key is the call's index: that of its pallet, and its
	/// own.
	#[pallet::storage]
	pub type MappedCalls<T: Config> = CountedStorageMap<_, Twox64Concat, CallIndex, ClassId, OptionQuery>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// There is a new class, or one has changed.
		ClassSet {
			/// Its number.
			class: ClassId,
			/// What it is called.
			name: ClassName,
			/// Its guaranteed share of a block, in percent.
			share: u8,
			/// Classes with a higher one go first.
			priority: u8,
			/// The most bytes that a transaction of it may have.
			max_size: u32,
			/// What a transaction of it needs to count as assured.
			assurance: AssuranceLevel,
			/// Who may use it. Nothing: everybody.
			members: Option<StoredMembers<T::Kind>>,
		},
		/// There is no such class any more.
		ClassRemoved {
			/// Its number.
			class: ClassId,
			/// What it was called.
			name: ClassName,
		},
		/// A call belongs to another class from now on.
		CallMapped {
			/// Its index.
			call: CallIndex,
			/// The class.
			class: ClassId,
			/// What that is called.
			name: ClassName,
		},
		/// A call belongs to the default class again.
		CallUnmapped {
			/// Its index.
			call: CallIndex,
		},
		/// A call was made that was wrapped in a class.
		CalledInClass {
			/// The class.
			class: ClassId,
			/// What that is called.
			name: ClassName,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// class is no number of a class: 0 to 15 are.
		ClassOutOfBounds,
		/// name needs 1 to 32 characters.
		NameLength,
		/// name has a character that is none of printable ASCII without spaces.
		NameForm,
		/// Another class has this name.
		NameTaken,
		/// share, with those of the other classes, is more than 100 percent. Lower another class's share first.
		SharesExceedBlock,
		/// priority is more than 100.
		PriorityOutOfBounds,
		/// maxSize must be at least 1024, and at most what the constant maxSize says.
		MaxSizeOutOfBounds,
		/// members has no entry, so nobody could use the class. Leave members out to open it to everybody.
		NoMembers,
		/// members.kinds has more than 8 entries.
		TooManyKinds,
		/// members.institutions has more than 64 entries.
		TooManyInstitutions,
		/// Class 0 is where everything belongs that belongs nowhere else: it is open to everybody (members must be left
		/// out), and has a share of at least 1 percent.
		DefaultClassClosed,
		/// Class 0 is where everything belongs that belongs nowhere else. It cannot be removed.
		DefaultClassNeeded,
		/// There is no class with this number. See classes.classes for those that there are.
		UnknownClass,
		/// Calls are mapped to this class. Unmap them first (classes.unmapCall); classes.mappedCalls says which they are.
		ClassInUse,
		/// classes.withClass says itself which class it belongs to. It cannot be mapped.
		WrapperMapped,
		/// As many calls are mapped as may be. See the constant maxMappedCalls.
		TooManyMappedCalls,
		/// This call is not mapped.
		NotMapped,
		/// call is another classes.withClass. Give the inner call itself.
		Nested,
	}

	#[pallet::extra_constants]
	impl<T: Config> Pallet<T> {
		/// The codes with which a pool refuses a transaction for its class ("Custom error"), and what each means.
		#[pallet::constant_name(Refusals)]
		fn listed_refusals() -> Vec<(u8, String)> {
			Self::all_refusals()
		}
	}

	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		#[serde(skip)]
		#[doc(hidden)]
		pub _config: core::marker::PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			Pallet::<T>::ship();
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "std")]
		fn integrity_test() {
			let shipped: Vec<_> = types::shipped::<T::Kind>().map(|(_, class)| class).collect();
			assert!(shipped.iter().map(|class| u32::from(class.share)).sum::<u32>() <= 100, "more than a block");
			let most = T::MaxSize::get();
			assert!(
				shipped.iter().all(|class| (MIN_MAX_SIZE..=most).contains(&class.max_size)),
				"MaxSize is too little"
			);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::check_state().map_err(Into::into)
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Makes a class, or changes one. It counts from the next transaction on.
		///
		/// - `class`: its number, 0 to 15.
		/// - `name`: 1 to 32 printable ASCII characters.
		/// - `share`: its guaranteed share of each block, in percent. All together have at most 100. What a class does not
		///   use goes to the others.
		/// - `priority`: 0 to 100; classes with a higher one go first.
		/// - `max_size`: the most bytes of a transaction, from 1024 to the constant maxSize.
		/// - `assurance`: what a transaction of it needs to count as assured.
		/// - `members`: who may use it, by kinds of institutions and by institutions; either is enough. Nothing: everybody.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::set_class())]
		#[allow(clippy::too_many_arguments)]
		pub fn set_class(
			origin: OriginFor<T>,
			class: ClassId,
			name: Vec<u8>,
			share: u8,
			priority: u8,
			max_size: u32,
			assurance: AssuranceLevel,
			members: Option<Members<T::Kind>>,
		) -> DispatchResult {
			T::BoardOrigin::ensure_origin(origin)?;
			ensure!(is_number(class), Error::<T>::ClassOutOfBounds);
			let name = types::name::<T>(name)?;
			ensure!(priority <= MAX_CLASS_PRIORITY, Error::<T>::PriorityOutOfBounds);
			let sizes = MIN_MAX_SIZE..=T::MaxSize::get();
			ensure!(sizes.contains(&max_size), Error::<T>::MaxSizeOutOfBounds);
			let is_default = class == DEFAULT;
			ensure!(!is_default || (members.is_none() && share > 0), Error::<T>::DefaultClassClosed);
			let members = members.map(types::members::<T>).transpose()?;
			let mut shares = u32::from(share);
			for (_, other) in Classes::<T>::iter().filter(|(id, _)| *id != class) {
				ensure!(other.name != name, Error::<T>::NameTaken);
				shares = shares.saturating_add(other.share.into());
			}
			ensure!(shares <= 100, Error::<T>::SharesExceedBlock);
			let made = Class { name: name.clone(), share, priority, max_size, assurance, members: members.clone() };
			Classes::<T>::insert(class, made);
			Self::deposit_event(Event::ClassSet { class, name, share, priority, max_size, assurance, members });
			Ok(())
		}

		/// Removes a class. Transactions that name it are refused from then on.
		///
		/// - `class`: its number. Not 0, and no call may be mapped to it.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::remove_class(T::MaxMappedCalls::get()))]
		pub fn remove_class(origin: OriginFor<T>, class: ClassId) -> DispatchResult {
			T::BoardOrigin::ensure_origin(origin)?;
			ensure!(class != DEFAULT, Error::<T>::DefaultClassNeeded);
			let Class { name, .. } = Classes::<T>::get(class).ok_or(Error::<T>::UnknownClass)?;
			ensure!(MappedCalls::<T>::iter_values().all(|mapped| mapped != class), Error::<T>::ClassInUse);
			Classes::<T>::remove(class);
			Self::deposit_event(Event::ClassRemoved { class, name });
			Ok(())
		}

		/// Maps a call to a class: transactions that make it belong there, unless they name another one.
		///
		/// - `call`: its index: that of its pallet, and its own. In polkadot.js: api.tx.balances.transferKeepAlive.callIndex.
		/// - `class`: the class's number.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::map_call())]
		pub fn map_call(origin: OriginFor<T>, call: CallIndex, class: ClassId) -> DispatchResult {
			T::BoardOrigin::ensure_origin(origin)?;
			let Class { name, .. } = Classes::<T>::get(class).ok_or(Error::<T>::UnknownClass)?;
			ensure!(!Self::is_wrapper_index(call), Error::<T>::WrapperMapped);
			let is_new = !MappedCalls::<T>::contains_key(call);
			let is_full = MappedCalls::<T>::count() >= T::MaxMappedCalls::get();
			ensure!(!(is_new && is_full), Error::<T>::TooManyMappedCalls);
			MappedCalls::<T>::insert(call, class);
			Self::deposit_event(Event::CallMapped { call, class, name });
			Ok(())
		}

		/// Undoes the mapping of a call: it belongs to the default class again.
		///
		/// - `call`: its index, as for mapping it.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::unmap_call())]
		pub fn unmap_call(origin: OriginFor<T>, call: CallIndex) -> DispatchResult {
			T::BoardOrigin::ensure_origin(origin)?;
			MappedCalls::<T>::take(call).ok_or(Error::<T>::NotMapped)?;
			Self::deposit_event(Event::CallUnmapped { call });
			Ok(())
		}

		/// Makes a call as a transaction of a class. Origin, checks and errors are those of the call itself.
		///
		/// - `class`: the class's number. The account's institution must be one that may use it.
		/// - `call`: the call to be made. Not another withClass.
		#[pallet::call_index(4)]
		#[pallet::weight({
			let info = call.get_dispatch_info();
			(T::WeightInfo::with_class().saturating_add(info.call_weight), info.class, info.pays_fee)
		})]
		pub fn with_class(origin: OriginFor<T>, class: ClassId, call: Box<CallOf<T>>) -> DispatchResultWithPostInfo {
			ensure!(!check::is_wrapper::<T>(&call), Error::<T>::Nested);
			let Class { name, .. } = Classes::<T>::get(class).ok_or(Error::<T>::UnknownClass)?;
			let info = call.get_dispatch_info();
			let result = call.dispatch(origin);
			let weight = T::WeightInfo::with_class().saturating_add(extract_actual_weight(&result, &info));
			match result {
				Ok(PostDispatchInfo { pays_fee, .. }) => {
					Self::deposit_event(Event::CalledInClass { class, name });
					Ok(PostDispatchInfo { actual_weight: Some(weight), pays_fee })
				}
				Err(mut error) => {
					error.post_info.actual_weight = Some(weight);
					Err(error)
				}
			}
		}
	}
}

impl<T: Config> Pallet<T> {
	/// Every class, by ascending number.
	pub fn classes() -> Vec<ClassInfo> {
		let numbers = (0..MAX_CLASSES as u8).map(ClassId);
		numbers.filter_map(|id| Classes::<T>::get(id).map(|class| class.info(id))).collect()
	}

	/// Stores the first classes.
	pub(crate) fn ship() {
		types::shipped().for_each(|(id, class)| Classes::<T>::insert(id, class));
	}

	/// Whether it is the index of `with_class`.
	fn is_wrapper_index((pallet, call): CallIndex) -> bool {
		usize::from(pallet) == <Self as PalletInfoAccess>::index() && call == 4
	}
}

impl<T: Config> BuiltInContract for Pallet<T> {
	const ADDRESS: Address = address(0x1006);
	const PREFIX: [u8; 16] = 0x4e74d919_ae81a9ee_e9e85acd_c6cc581a_u128.to_be_bytes();
	const VERSION: u16 = pallet::VERSION;
	// Transactions that are wrapped in a class would all be refused.
	const SUSPENDABLE: bool = false;

	fn storage() -> StorageMetadata {
		Self::storage_metadata()
	}
}
