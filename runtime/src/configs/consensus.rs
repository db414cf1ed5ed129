//! The built-in contracts.

use crate::{
	configs::{
		governance::{BoardCollective, ThreeQuartersOfBoard, TwoThirdsOfBoard},
		BLOCKS_PER_DAY,
	},
	AccountId, Balances, BlockNumber, Builtin, Classes, ConsensusConfig, Identity, Nodes, Runtime, Validators,
};
use alloc::vec::Vec;
use frame_support::{
	parameter_types,
	traits::{ConstU32, Contains, Get},
	PalletId,
};
use pallet_identity::{
	origin::{Administrator, EnsureRole},
	types::{InstitutionId, Status},
};

/// How far ahead validators and parameters may be scheduled: thirty days.
pub const MAX_CHANGE_DELAY: BlockNumber = 30 * BLOCKS_PER_DAY;

/// For how many blocks a validator's declaration holds that it is ready: 20 minutes at the default block period.
pub const READINESS_LIFETIME: BlockNumber = 1_200;

/// How many such declarations are kept.
pub const MAX_DECLARATIONS: u32 = 256;

/// How many validators one institution may register, those that have left among them.
pub const MAX_REGISTRATIONS_PER_INSTITUTION: u32 = 16;

/// The longest payload of a call by address, in bytes.
pub const MAX_PAYLOAD: u32 = 64 * 1024;

parameter_types! {
	/// Where the rewards come from: an account without a key.
	pub const PotId: PalletId = PalletId(*b"sy/valid");
}

/// For how many heights one member leads, by the parameters in force.
pub struct LeaderPeriod;

impl Get<u32> for LeaderPeriod {
	fn get() -> u32 {
		pallet_consensus_config::CurrentParameters::<Runtime>::get().leader_period
	}
}

impl pallet_builtin::Config for Runtime {
	type Contracts = (Builtin, Identity, Validators, ConsensusConfig, Nodes, Classes);
	type SuspendOrigin = TwoThirdsOfBoard;
	type UpgradeOrigin = ThreeQuartersOfBoard;
	type MaxPayload = ConstU32<MAX_PAYLOAD>;
	type WeightInfo = pallet_builtin::weights::SubstrateWeight<Runtime>;
}

/// Institutions that are admitted and not suspended.
pub struct GoodStanding;

impl Contains<InstitutionId> for GoodStanding {
	fn contains(institution: &InstitutionId) -> bool {
		let stored = pallet_identity::Institutions::<Runtime>::get(institution);
		stored.is_some_and(|institution| institution.status == Status::Active)
	}
}

impl pallet_validators::Config for Runtime {
	type ManageOrigin = TwoThirdsOfBoard;
	type ReadinessLifetime = ConstU32<READINESS_LIFETIME>;
	type MaxDeclarations = ConstU32<MAX_DECLARATIONS>;
	type MaxChangeDelay = ConstU32<MAX_CHANGE_DELAY>;
	type LeaderPeriod = LeaderPeriod;
	type Currency = Balances;
	type PotId = PotId;
	type InstitutionOrigin = EnsureRole<Runtime, Administrator>;
	type GoodStanding = GoodStanding;
	type MaxRegistrationsPerInstitution = ConstU32<MAX_REGISTRATIONS_PER_INSTITUTION>;
	type WeightInfo = pallet_validators::weights::SubstrateWeight<Runtime>;
}

impl pallet_consensus_config::Config for Runtime {
	type ManageOrigin = TwoThirdsOfBoard;
	type MaxChangeDelay = ConstU32<MAX_CHANGE_DELAY>;
	type WeightInfo = pallet_consensus_config::weights::SubstrateWeight<Runtime>;
}

/// The accounts of the board, as the engine finds them in the state.
pub struct BoardMembers;

impl Get<Vec<AccountId>> for BoardMembers {
	fn get() -> Vec<AccountId> {
		pallet_collective::Members::<Runtime, BoardCollective>::get()
	}
}

impl pallet_recovery::Config for Runtime {
	type Board = BoardMembers;
	type WeightInfo = pallet_recovery::weights::SubstrateWeight<Runtime>;
}
