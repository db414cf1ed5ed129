//! A runtime with this pallet alone.

use crate as pallet_consensus_config;
use crate::Event;
use frame_support::{
	derive_impl,
	traits::{ConstU32, Hooks},
};
use frame_system::EnsureRoot;
use sp_runtime::BuildStorage;
use syndic_primitives::Parameters;

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(13)]
	pub type ConsensusConfig = pallet_consensus_config;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlockU32<Test>;
}

pub const MAX_CHANGE_DELAY: u32 = 10_000;

impl pallet_consensus_config::Config for Test {
	type ManageOrigin = EnsureRoot<u64>;
	type MaxChangeDelay = ConstU32<MAX_CHANGE_DELAY>;
	type WeightInfo = ();
}

/// At block 1 of a chain with the default parameters.
pub fn new_test_ext() -> sp_io::TestExternalities {
	with_parameters(Parameters::default())
}

/// At block 1 of a chain with these parameters.
pub fn with_parameters(parameters: Parameters) -> sp_io::TestExternalities {
	let genesis = RuntimeGenesisConfig {
		consensus_config: pallet_consensus_config::GenesisConfig { parameters, ..Default::default() },
		..Default::default()
	};
	let mut ext = sp_io::TestExternalities::new(genesis.build_storage().expect("the genesis is sound"));
	ext.execute_with(|| begin_block(1));
	ext
}

fn begin_block(number: u32) {
	System::reset_events();
	System::set_block_number(number);
	ConsensusConfig::on_initialize(number);
}

/// Ends the current block and returns its events.
pub fn end_block() -> Vec<Event<Test>> {
	ConsensusConfig::on_finalize(System::block_number());
	events()
}

/// Ends the current block and begins the next, until it is this one. The state is checked after each.
pub fn run_to(number: u32) {
	while System::block_number() < number {
		let next = System::block_number() + 1;
		end_block();
		assert_eq!(ConsensusConfig::check_state(), Ok(()));
		begin_block(next);
	}
}

/// This pallet's events in the current block.
pub fn events() -> Vec<Event<Test>> {
	System::read_events_for_pallet()
}
