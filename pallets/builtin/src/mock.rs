//! A runtime with the registry, a contract that can be suspended, and every way to make a call.

use crate as pallet_builtin;
use crate::{BuiltInContract, CallOf};
use codec::Encode;
use frame_support::{
	derive_impl, parameter_types,
	traits::{ConstU32, EqualPrivilegeOnly},
	weights::Weight,
};
use frame_system::EnsureRoot;
use pallet_collective::{EnsureProportionAtLeast, Instance1, PrimeDefaultVote};
use sp_runtime::BuildStorage;
use syndic_primitives::builtin::Address;

/// A contract that notes what it is told.
#[frame_support::pallet]
pub mod contract {
	use crate::{BuiltInContract, StorageMetadata};
	use alloc::boxed::Box;
	use frame_support::{
		dispatch::{DispatchErrorWithPostInfo, DispatchResultWithPostInfo, PostDispatchInfo},
		pallet_prelude::*,
	};
	use frame_system::pallet_prelude::*;
	use sp_runtime::traits::Dispatchable;
	use syndic_primitives::builtin::{address, Address};

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config:
		frame_system::Config<RuntimeCall: Dispatchable<PostInfo = PostDispatchInfo> + From<Call<Self>>>
	{
	}

	/// Who set which value last.
	#[pallet::storage]
	pub type Value<T: Config> = StorageValue<_, (T::AccountId, u32)>;
	/// How many blocks have begun.
	#[pallet::storage]
	pub type Ticks<T> = StorageValue<_, u32, ValueQuery>;
	#[pallet::storage]
	pub type Safe<T> = StorageMap<_, Blake2_128Concat, u32, u64>;
	#[pallet::storage]
	pub type Double<T> = StorageDoubleMap<_, Twox64Concat, u8, Identity, u16, u64>;
	#[pallet::storage]
	pub type Many<T> = StorageNMap<
		_,
		(NMapKey<Blake2_128, u8>, NMapKey<Blake2_256, u16>, NMapKey<Twox128, u32>, NMapKey<Twox256, u64>),
		u64,
	>;

	#[pallet::error]
	pub enum Error<T> {
		/// The contract does not like the value 13.
		Unlucky,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_initialize(_: BlockNumberFor<T>) -> Weight {
			Ticks::<T>::mutate(|ticks| *ticks += 1);
			Weight::zero()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Sets the value. Costs less than it says.
		#[pallet::call_index(0)]
		#[pallet::weight(Weight::from_parts(5_000, 500))]
		pub fn set(origin: OriginFor<T>, value: u32) -> DispatchResultWithPostInfo {
			let who = ensure_signed(origin)?;
			let used: PostDispatchInfo = Some(Weight::from_parts(2_000, 200)).into();
			if value == 13 {
				let error = Error::<T>::Unlucky.into();
				return Err(DispatchErrorWithPostInfo { post_info: used, error });
			}
			Value::<T>::put((who, value));
			Ok(used)
		}

		/// For governance, for nothing.
		#[pallet::call_index(1)]
		#[pallet::weight((Weight::from_parts(7_000, 700), DispatchClass::Operational, Pays::No))]
		pub fn operate(origin: OriginFor<T>) -> DispatchResult {
			Ok(ensure_root(origin)?)
		}

		/// As an inherent would be.
		#[pallet::call_index(2)]
		#[pallet::weight((Weight::from_parts(1_000, 0), DispatchClass::Mandatory))]
		pub fn must(origin: OriginFor<T>) -> DispatchResult {
			Ok(ensure_none(origin)?)
		}

		/// Makes another call.
		#[pallet::call_index(3)]
		#[pallet::weight(call.get_dispatch_info().call_weight)]
		pub fn wrap(origin: OriginFor<T>, call: Box<<T as frame_system::Config>::RuntimeCall>) -> DispatchResult {
			call.dispatch(origin).map(drop).map_err(|error| error.error)
		}
	}

	impl<T: Config> BuiltInContract for Pallet<T> {
		const ADDRESS: Address = address(0x1fff);
		const PREFIX: [u8; 16] = 0x4a4c26f1_f8a2024c_f30f54df_0d611736_u128.to_be_bytes();
		const VERSION: u16 = 7;
		const SUSPENDABLE: bool = true;

		fn storage() -> StorageMetadata {
			Self::storage_metadata()
		}
	}
}

frame_support::construct_runtime!(
	pub enum Test {
		System: frame_system,
		Other: contract,
		Builtin: pallet_builtin,
		Utility: pallet_utility,
		Board: pallet_collective::<Instance1>,
		Scheduler: pallet_scheduler,
	}
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlockU32<Test>;
	type BaseCallFilter = Builtin;
}

impl contract::Config for Test {}

/// The longest payload.
pub const MAX_PAYLOAD: u32 = 1_000;

impl pallet_builtin::Config for Test {
	type Contracts = (Other, Builtin);
	type SuspendOrigin = EnsureProportionAtLeast<u64, Instance1, 2, 3>;
	type UpgradeOrigin = EnsureProportionAtLeast<u64, Instance1, 3, 4>;
	type MaxPayload = ConstU32<MAX_PAYLOAD>;
	type WeightInfo = ();
}

impl pallet_utility::Config for Test {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type PalletsOrigin = OriginCaller;
	type WeightInfo = ();
}

parameter_types! {
	pub const MaxWeight: Weight = Weight::from_parts(1_000_000_000_000, u64::MAX);
}

impl pallet_collective::Config<Instance1> for Test {
	type RuntimeOrigin = RuntimeOrigin;
	type Proposal = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	type MotionDuration = ConstU32<10>;
	type MaxProposals = ConstU32<10>;
	type MaxMembers = ConstU32<10>;
	type DefaultVote = PrimeDefaultVote;
	type WeightInfo = ();
	type SetMembersOrigin = EnsureRoot<u64>;
	type MaxProposalWeight = MaxWeight;
	type DisapproveOrigin = EnsureRoot<u64>;
	type KillOrigin = EnsureRoot<u64>;
	type Consideration = ();
}

impl pallet_scheduler::Config for Test {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeOrigin = RuntimeOrigin;
	type PalletsOrigin = OriginCaller;
	type RuntimeCall = RuntimeCall;
	type MaximumWeight = MaxWeight;
	type ScheduleOrigin = frame_system::EnsureSigned<u64>;
	type OriginPrivilegeCmp = EqualPrivilegeOnly;
	type MaxScheduledPerBlock = ConstU32<10>;
	type WeightInfo = ();
	type Preimages = ();
	type BlockNumberProvider = System;
}

/// The members of the board.
pub const BOARD: [u64; 4] = [1, 2, 3, 4];

/// At block 1.
pub fn new_test_ext() -> sp_io::TestExternalities {
	let genesis = RuntimeGenesisConfig {
		board: pallet_collective::GenesisConfig { members: BOARD.to_vec(), ..Default::default() },
		..Default::default()
	};
	let mut ext = sp_io::TestExternalities::new(genesis.build_storage().expect("the genesis is sound"));
	ext.execute_with(|| System::set_block_number(1));
	ext
}

/// The board's origin with so many votes.
pub fn board(votes: u32) -> RuntimeOrigin {
	pallet_collective::RawOrigin::<u64, Instance1>::Members(votes, BOARD.len() as u32).into()
}

/// The address of the contract that can be suspended.
pub const OTHER: Address = Other::ADDRESS;

/// A call by address.
pub fn by_address(address: Address, call: &CallOf<Test>) -> RuntimeCall {
	pallet_builtin::Call::call { address, payload: call.encode()[1..].to_vec() }.into()
}
