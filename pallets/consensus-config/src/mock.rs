//! A runtime with this pallet alone.

use crate as pallet_consensus_config;
use crate::{Event, Members};
use core::time::Duration;
use frame_support::{
	derive_impl, parameter_types,
	traits::{ConstU32, Hooks, UnixTime},
};
use frame_system::EnsureRoot;
use sp_core::Pair;
use sp_keystore::{testing::MemoryKeystore, KeystoreExt};
use sp_runtime::BuildStorage;
use syndic_primitives::{crypto::ValidatorPair, BlockHash, Parameters, RosterEntry, Seat, ValidatorId};

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

parameter_types! {
	/// The members of the set.
	pub static Set: Vec<ValidatorId> = keys(1..=7);
	/// Who is registered, each with its institution.
	pub static Registered: Vec<(ValidatorId, Option<u32>)> = keys(1..=10).into_iter().map(|key| (key, None)).collect();
	/// The time in ms.
	pub static Now: u64 = 0;
}

pub fn pair(n: u8) -> ValidatorPair {
	ValidatorPair::from_seed(&[n; 32])
}

pub fn key(n: u8) -> ValidatorId {
	pair(n).public()
}

pub fn keys(ns: impl IntoIterator<Item = u8>) -> Vec<ValidatorId> {
	ns.into_iter().map(key).collect()
}

/// The hash of a block of the mock's chain.
pub fn hash(number: u32) -> BlockHash {
	BlockHash::from_low_u64_be(u64::from(number) + 1)
}

pub struct Validators;

impl Members for Validators {
	fn set() -> Vec<ValidatorId> {
		Set::get()
	}

	fn roster() -> Vec<RosterEntry> {
		let entry =
			|(validator, institution)| RosterEntry { validator, institution, regulator: false, seat: Seat::Validator };
		Registered::get().into_iter().map(entry).collect()
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn register(validators: Vec<ValidatorId>) {
		Registered::set(validators.into_iter().map(|key| (key, None)).collect());
	}
}

pub struct Clock;

impl UnixTime for Clock {
	fn now() -> Duration {
		Duration::from_millis(Now::get())
	}
}

impl pallet_consensus_config::Config for Test {
	type ManageOrigin = EnsureRoot<u64>;
	type MaxChangeDelay = ConstU32<MAX_CHANGE_DELAY>;
	type Members = Validators;
	type Time = Clock;
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
	ext.register_extension(KeystoreExt::new(MemoryKeystore::new()));
	ext.execute_with(|| {
		frame_system::BlockHash::<Test>::insert(0, hash(0));
		begin_block(1);
	});
	ext
}

fn begin_block(number: u32) {
	System::reset_events();
	System::set_block_number(number);
	frame_system::BlockHash::<Test>::insert(number - 1, hash(number - 1));
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
