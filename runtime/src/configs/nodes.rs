//! Which nodes are let in.

use crate::{configs::governance::TwoThirdsOfBoard, Runtime, Validators};
use alloc::vec::Vec;
use frame_support::traits::{ConstU32, Get};
use pallet_identity::{
	origin::{EnsureRole, Roles},
	types::{Role, Status},
};
use pallet_nodes::InstitutionId;
use syndic_primitives::PeerIdBytes;

/// Maximum number of nodes of one institution.
pub const MAX_NODES_PER_INSTITUTION: u32 = 32;

/// Maximum number of nodes of all institutions.
pub const MAX_NODES: u32 = 1_024;

/// The roles that may change the list of their institution's nodes.
pub struct NodeKeeper;

impl Roles for NodeKeeper {
	const ROLES: &'static [Role] = &[Role::Administrator, Role::Operator];
}

/// The institutions of the identity contract.
pub struct KnownInstitutions;

impl pallet_nodes::Institutions for KnownInstitutions {
	fn is_known(institution: InstitutionId) -> bool {
		pallet_identity::Institutions::<Runtime>::contains_key(institution)
	}

	fn is_active(institution: InstitutionId) -> bool {
		pallet_identity::Institutions::<Runtime>::get(institution).is_some_and(|found| found.status == Status::Active)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make(institution: InstitutionId) {
		let made = pallet_identity::types::Institution {
			name: Default::default(),
			kind: pallet_identity::types::Kind::Other,
			status: Status::Active,
			quota: 0,
			identities: 0,
		};
		pallet_identity::Institutions::<Runtime>::insert(institution, made);
	}
}

/// Number of validators' nodes that the list must hold, so that a quorum of the set in force is let in: the quorum less
/// the number of validators whose registrations name their nodes.
pub struct UnknownOfQuorum;

impl Get<u32> for UnknownOfQuorum {
	fn get() -> u32 {
		let Some(set) = Validators::validator_set() else { return 0 };
		let known = set.members().iter().filter(|key| Validators::node_of(key).is_some()).count();
		set.quorum().saturating_sub(known) as u32
	}
}

/// The nodes of registered validators.
pub struct ValidatorsNodes;

impl Get<Vec<PeerIdBytes>> for ValidatorsNodes {
	fn get() -> Vec<PeerIdBytes> {
		Validators::permitted_nodes().iter().map(|peer| peer.as_bytes().to_vec()).collect()
	}
}

impl pallet_nodes::Config for Runtime {
	type InstitutionOrigin = EnsureRole<Runtime, NodeKeeper>;
	type BoardOrigin = TwoThirdsOfBoard;
	type Institutions = KnownInstitutions;
	type Required = ValidatorsNodes;
	type LeastValidators = UnknownOfQuorum;
	type MaxNodesPerInstitution = ConstU32<MAX_NODES_PER_INSTITUTION>;
	type MaxNodes = ConstU32<MAX_NODES>;
	type WeightInfo = pallet_nodes::weights::SubstrateWeight<Runtime>;
}
