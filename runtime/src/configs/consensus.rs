//! The configuration of the built-in contracts of the consensus.

use crate::{
	configs::{
		governance::{BoardCollective, ThreeQuartersOfBoard, TwoThirdsOfBoard},
		supervision::OnRecord,
		BLOCKS_PER_DAY,
	},
	AccountId, Balances, BlockNumber, Builtin, Classes, ConsensusConfig, Identity, Nodes, Privacy, Runtime,
	Supervision, Timestamp, Validators,
};
use alloc::vec::Vec;
use frame_support::{
	parameter_types,
	storage::unhashed,
	traits::{ConstU32, Contains, Get},
	PalletId,
};
use pallet_consensus_config::migrations::OldCreditRules as MigratedRules;
use pallet_identity::{
	origin::{Administrator, EnsureRole},
	types::{InstitutionId, Kind, Status},
};
use syndic_primitives::{Parameters, RosterEntry, Seat, ValidatorId};

/// Maximum number of blocks by which changes of validators and parameters may be scheduled ahead: thirty days.
pub const MAX_CHANGE_DELAY: BlockNumber = 30 * BLOCKS_PER_DAY;

/// Number of blocks for which a validator's declaration of readiness holds: 20 minutes at the default block period.
pub const READINESS_LIFETIME: BlockNumber = 1_200;

/// Maximum number of declarations of readiness that are kept.
pub const MAX_DECLARATIONS: u32 = 256;

/// Maximum number of validators that one institution may register, including those that have left.
pub const MAX_REGISTRATIONS_PER_INSTITUTION: u32 = 16;

/// Maximum length of the payload of a call by address, in bytes.
pub const MAX_PAYLOAD: u32 = 64 * 1024;

parameter_types! {
	/// The account from which rewards are paid. It has no key.
	pub const PotId: PalletId = PalletId(*b"sy/valid");
}

/// The parameters in force.
pub struct InForce;

impl Get<Parameters> for InForce {
	fn get() -> Parameters {
		ConsensusConfig::parameters()
	}
}

impl pallet_builtin::Config for Runtime {
	type Contracts = (Builtin, Identity, Validators, ConsensusConfig, Supervision, Nodes, Classes, Privacy);
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

/// Institutions that are regulators.
pub struct Regulators;

impl Contains<InstitutionId> for Regulators {
	fn contains(institution: &InstitutionId) -> bool {
		let stored = pallet_identity::Institutions::<Runtime>::get(institution);
		stored.is_some_and(|institution| institution.kind == Kind::Regulator)
	}
}

impl pallet_validators::Config for Runtime {
	type ManageOrigin = TwoThirdsOfBoard;
	type ReadinessLifetime = ConstU32<READINESS_LIFETIME>;
	type MaxDeclarations = ConstU32<MAX_DECLARATIONS>;
	type MaxChangeDelay = ConstU32<MAX_CHANGE_DELAY>;
	type Parameters = InForce;
	type Currency = Balances;
	type PotId = PotId;
	type InstitutionOrigin = EnsureRole<Runtime, Administrator>;
	type GoodStanding = GoodStanding;
	type Regulators = Regulators;
	type MaxRegistrationsPerInstitution = ConstU32<MAX_REGISTRATIONS_PER_INSTITUTION>;
	type Supervisor = OnRecord;
	type WeightInfo = pallet_validators::weights::SubstrateWeight<Runtime>;
}

/// The roster entry of a validator that no institution has registered.
fn on_its_own(validator: ValidatorId) -> RosterEntry {
	RosterEntry { validator, institution: None, regulator: false, seat: Seat::Validator }
}

/// The members against which parameters are judged: the set in force, and the roster in the state.
pub struct Members;

impl pallet_consensus_config::Members for Members {
	fn set() -> Vec<ValidatorId> {
		pallet_validators::CurrentSet::<Runtime>::get().members.into_inner()
	}

	fn roster() -> Vec<RosterEntry> {
		let roster = pallet_validators::Roster::<Runtime>::get().into_inner();
		// Storage of an older version, which is not migrated yet, has no roster.
		if roster.is_empty() {
			return Self::set().into_iter().map(on_its_own).collect();
		}
		roster
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn register(validators: Vec<ValidatorId>) {
		let roster: Vec<_> = validators.into_iter().map(on_its_own).collect();
		pallet_validators::Roster::<Runtime>::put(frame_support::BoundedVec::truncate_from(roster));
	}
}

/// The rules of credit in the storage of `Validators`, which held them before they became parameters.
pub struct OldCreditRules;

impl Get<Option<MigratedRules>> for OldCreditRules {
	fn get() -> Option<MigratedRules> {
		let (era_length, demote_after, active_window) = unhashed::get(&pallet_validators::migrations::old_rules_key())?;
		Some(MigratedRules { era_length, demote_after, active_window })
	}
}

impl pallet_consensus_config::Config for Runtime {
	type ManageOrigin = TwoThirdsOfBoard;
	type MaxChangeDelay = ConstU32<MAX_CHANGE_DELAY>;
	type Members = Members;
	type Time = Timestamp;
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
