//! The basic pallets: blocks, time, batches of calls.

use super::supervision::NotForTheFrozen;
use crate::{
	AccountId, Balance, Block, Builtin, Hash, Moment, Nonce, OriginCaller, PalletInfo, Runtime, RuntimeCall,
	RuntimeEvent, RuntimeOrigin, RuntimeTask, VERSION,
};
use frame_support::{
	derive_impl,
	dispatch::DispatchClass,
	parameter_types,
	traits::{ConstU16, ConstU32, ConstU64, InsideBoth},
	weights::{
		constants::{ParityDbWeight, WEIGHT_REF_TIME_PER_SECOND},
		Weight,
	},
};
use frame_system::limits::{BlockLength, BlockWeights};
use sp_runtime::{traits::AccountIdLookup, Perbill};
use sp_version::RuntimeVersion;

/// Share of a block that ordinary transactions may use; the rest is for inherents and operational transactions.
pub const NORMAL_SHARE: Perbill = Perbill::from_percent(75);

/// Maximum weight of a block: two seconds of execution on the reference machine.
pub const MAX_BLOCK_WEIGHT: Weight = Weight::from_parts(2 * WEIGHT_REF_TIME_PER_SECOND, u64::MAX);

/// Maximum length of a block's transactions, in bytes.
pub const MAX_BLOCK_LENGTH: u32 = 5 * 1024 * 1024;

/// Number of recent blocks whose hashes the runtime keeps. A transaction of limited validity can be valid for as many
/// blocks.
pub const BLOCK_HASH_COUNT: u32 = 2_400;

/// The address format of accounts: the generic one.
pub const SS58_PREFIX: u16 = 42;

parameter_types! {
	/// The runtime's version, for the chain's state.
	pub const Version: RuntimeVersion = VERSION;
	/// The bounds of a block's weight.
	pub RuntimeBlockWeights: BlockWeights = BlockWeights::with_sensible_defaults(MAX_BLOCK_WEIGHT, NORMAL_SHARE);
	/// The bounds of a block's length, in bytes.
	pub RuntimeBlockLength: BlockLength = BlockLength::builder()
		.max_length(MAX_BLOCK_LENGTH)
		.modify_max_length_for_class(DispatchClass::Normal, |max| *max = NORMAL_SHARE * MAX_BLOCK_LENGTH)
		.build();
}

/// The migrations of the storage on an upgrade to this version. Each runs once, on a chain whose storage is older.
pub type Migrations = (
	pallet_builtin::migrations::ToVersion2<Runtime>,
	pallet_validators::migrations::ToVersion3<Runtime>,
	// This one takes over the rules of credit from `Validators`, so it must run before `ToVersion4` removes them there.
	pallet_consensus_config::migrations::ToVersion2<Runtime, super::consensus::OldCreditRules>,
	pallet_validators::migrations::ToVersion4<Runtime>,
	pallet_classes::migrations::Ship<Runtime>,
	pallet_identity::migrations::ToVersion2<Runtime>,
);

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
	type Block = Block;
	// A suspended contract cannot be called in any way, and nothing may be done in the name of a frozen account.
	type BaseCallFilter = InsideBoth<Builtin, NotForTheFrozen>;
	type SingleBlockMigrations = Migrations;
	type BlockWeights = RuntimeBlockWeights;
	type BlockLength = RuntimeBlockLength;
	type BlockHashCount = ConstU32<BLOCK_HASH_COUNT>;
	type AccountId = AccountId;
	type AccountData = pallet_balances::AccountData<Balance>;
	type Lookup = AccountIdLookup<AccountId, ()>;
	type Nonce = Nonce;
	type Hash = Hash;
	type DbWeight = ParityDbWeight;
	type Version = Version;
	type SS58Prefix = ConstU16<SS58_PREFIX>;
	type MaxConsumers = ConstU32<16>;
	type SystemWeightInfo = frame_system::weights::SubstrateWeight<Runtime>;
	type ExtensionsWeightInfo = frame_system::SubstrateExtensionsWeight<Runtime>;
}

impl pallet_timestamp::Config for Runtime {
	type Moment = Moment;
	type OnTimestampSet = ();
	// The time must grow by at least 1 ms per block. The consensus parameters set the block period, which the engine
	// keeps.
	type MinimumPeriod = ConstU64<1>;
	type WeightInfo = pallet_timestamp::weights::SubstrateWeight<Runtime>;
}

impl pallet_utility::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type PalletsOrigin = OriginCaller;
	type WeightInfo = pallet_utility::weights::SubstrateWeight<Runtime>;
}
