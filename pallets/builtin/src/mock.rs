//! A runtime with the registry and two contracts besides.

use crate as pallet_builtin;
use frame_support::derive_impl;

/// A contract that does nothing but exist.
#[frame_support::pallet]
pub mod contract {
	use crate::BuiltInContract;
	use syndic_primitives::builtin::{address, Address};

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config {}

	impl<T: Config> BuiltInContract for Pallet<T> {
		const ADDRESS: Address = address(0x1fff);
		const PREFIX: [u8; 16] = 0x4a4c26f1_f8a2024c_f30f54df_0d611736_u128.to_be_bytes();
		const VERSION: u16 = 7;
	}
}

frame_support::construct_runtime!(
	pub enum Test {
		System: frame_system,
		Other: contract,
		Builtin: pallet_builtin,
	}
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlockU32<Test>;
}

impl contract::Config for Test {}

impl pallet_builtin::Config for Test {
	type Contracts = (Other, Builtin);
}
