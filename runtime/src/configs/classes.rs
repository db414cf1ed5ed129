//! The business classes of transactions.

use crate::{
	configs::{governance::TwoThirdsOfBoard, identity::Governing, system::MAX_BLOCK_LENGTH, system::NORMAL_SHARE},
	AccountId, Classes, Runtime, RuntimeCall, UncheckedExtrinsic,
};
use frame_support::{
	parameter_types,
	traits::{ConstU32, Get},
};
use pallet_classes::{BlockShares, InstitutionId};
use pallet_identity::types::Kind;
use sp_runtime::{generic::Preamble, traits::StaticLookup};
use syndic_primitives::ClassId;

/// Maximum number of calls that may be mapped to classes.
pub const MAX_MAPPED_CALLS: u32 = 256;

parameter_types! {
	/// Upper bound of a class's maximum transaction size, in bytes: the length that ordinary transactions may use of a
	/// block.
	pub MaxClassSize: u32 = NORMAL_SHARE.mul_floor(MAX_BLOCK_LENGTH);
}

/// The institutions of the identity contract.
pub struct KnownInstitutions;

impl pallet_classes::Institutions<AccountId, Kind> for KnownInstitutions {
	fn of(account: &AccountId) -> Option<(InstitutionId, Kind)> {
		let id = pallet_identity::Identities::<Runtime>::get(account)?.institution;
		let institution = pallet_identity::Institutions::<Runtime>::get(id)?;
		Some((id, institution.kind))
	}
}

/// The class of an extrinsic; `None` if it has none. Inherents, evidence and validators' duties, which are unsigned,
/// have no class, and neither have transactions that govern the chain. Enrolments are unsigned as well, but have the
/// class of their call, although a pool puts them first: somebody for whom an institution vouches can make any number
/// of them. The signature is not checked.
pub fn class_of(extrinsic: &UncheckedExtrinsic) -> Option<ClassId> {
	match &extrinsic.preamble {
		Preamble::Bare(_) => {
			let is_enrolment =
				matches!(&extrinsic.function, RuntimeCall::Identity(pallet_identity::Call::enrol { .. }));
			is_enrolment.then(|| Classes::class_of(&extrinsic.function))
		}
		Preamble::Signed(address, _, _) => {
			let signer = <Runtime as frame_system::Config>::Lookup::lookup(address.clone()).ok();
			let governs = signer.is_some_and(|signer| Classes::governs(&signer, &extrinsic.function));
			(!governs).then(|| Classes::class_of(&extrinsic.function))
		}
		Preamble::General(_) => Some(Classes::class_of(&extrinsic.function)),
	}
}

/// The shares of a block that ordinary transactions may use, from the parameters in force.
pub struct SharesInForce;

impl Get<BlockShares> for SharesInForce {
	fn get() -> BlockShares {
		let parameters = pallet_consensus_config::CurrentParameters::<Runtime>::get();
		BlockShares { weight: parameters.block_weight_share, length: parameters.block_length_share }
	}
}

impl pallet_classes::Config for Runtime {
	type BoardOrigin = TwoThirdsOfBoard;
	type Kind = Kind;
	type Institutions = KnownInstitutions;
	type Governing = Governing;
	type BlockShares = SharesInForce;
	type MaxSize = MaxClassSize;
	type MaxMappedCalls = ConstU32<MAX_MAPPED_CALLS>;
	type WeightInfo = pallet_classes::weights::SubstrateWeight<Runtime>;
}
