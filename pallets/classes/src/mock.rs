//! A runtime with this pallet alone. Account `n` is of institution `n / 10`, and institutions are of kind 0 or 1 in turn;
//! accounts under 10 have none. What of a block may be used is set by tests.

use crate as pallet_classes;
use crate::{BlockShares, InstitutionId};
use frame_support::{
	derive_impl, parameter_types,
	traits::{ConstU32, ContainsPair},
};
use frame_system::EnsureRoot;
use sp_runtime::BuildStorage;

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(17)]
	pub type Classes = pallet_classes;
}

/// A suspended contract, as it were.
pub struct NoKilling;

impl frame_support::traits::Contains<RuntimeCall> for NoKilling {
	fn contains(call: &RuntimeCall) -> bool {
		!matches!(call, RuntimeCall::System(frame_system::Call::kill_storage { .. }))
	}
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlockU32<Test>;
	type BaseCallFilter = NoKilling;
	type BlockWeights = Weights;
}

parameter_types! {
	pub Weights: frame_system::limits::BlockWeights =
		frame_system::limits::BlockWeights::simple_max(frame_support::weights::Weight::from_parts(1_000_000_000, u64::MAX));
	pub static Shares: BlockShares = BlockShares { weight: 100, length: 100 };
}

pub const MAX_SIZE: u32 = 2 * 1024 * 1024;
pub const MAX_MAPPED_CALLS: u32 = 4;

/// Who governs, by remarks with an event.
pub const GOVERNOR: u64 = 99;

pub struct Governor;

impl ContainsPair<u64, RuntimeCall> for Governor {
	fn contains(who: &u64, call: &RuntimeCall) -> bool {
		*who == GOVERNOR && matches!(call, RuntimeCall::System(frame_system::Call::remark_with_event { .. }))
	}
}

pub struct ByNumber;

impl pallet_classes::Institutions<u64, u8> for ByNumber {
	fn of(account: &u64) -> Option<(InstitutionId, u8)> {
		let institution = (account / 10) as u32;
		(institution > 0).then_some((institution, (institution % 2) as u8))
	}
}

impl pallet_classes::Config for Test {
	type BoardOrigin = EnsureRoot<u64>;
	type Kind = u8;
	type Institutions = ByNumber;
	type Governing = Governor;
	type BlockShares = Shares;
	type MaxSize = ConstU32<MAX_SIZE>;
	type MaxMappedCalls = ConstU32<MAX_MAPPED_CALLS>;
	type WeightInfo = ();
}

/// At block 1.
pub fn new_test_ext() -> sp_io::TestExternalities {
	Shares::set(BlockShares { weight: 100, length: 100 });
	let mut ext =
		sp_io::TestExternalities::new(RuntimeGenesisConfig::default().build_storage().expect("the genesis is sound"));
	ext.execute_with(|| System::set_block_number(1));
	ext
}

/// At block 1. The state is checked at the end.
pub fn test(run: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		run();
		assert_eq!(Classes::check_state(), Ok(()));
	})
}

/// This pallet's events.
pub fn events() -> Vec<crate::Event<Test>> {
	System::read_events_for_pallet()
}
