//! The runtime API: the same facts that the engine reads from storage, for RPC and tools.

use crate::{Equivocation, Height, Parameters, PeerIdBytes, RegisteredValidator, Status, ValidatorId, ValidatorSet};
use alloc::vec::Vec;
use codec::Codec;

sp_api::decl_runtime_apis! {
	/// What the chain has decided about its consensus.
	pub trait PbftApi {
		/// The set that decides the next height.
		fn validator_set() -> ValidatorSet;
		/// The members of the next set, and the height from which they decide, if a change is scheduled.
		fn scheduled_set() -> Option<(Height, Vec<ValidatorId>)>;
		/// The parameters of the next height.
		fn parameters() -> Parameters;
		/// Parameters that are scheduled, with the height at which they take effect, ascending.
		fn scheduled_parameters() -> Vec<(Height, Parameters)>;
		/// The extrinsic, encoded, that brings this evidence onto the chain. It needs no account.
		fn equivocation_report(evidence: Equivocation) -> Vec<u8>;
	}

	/// Who is registered as a validator.
	pub trait ValidatorsApi<AccountId>
	where
		AccountId: Codec,
	{
		/// Every validator that is registered, and where it stands.
		fn registrations() -> Vec<RegisteredValidator<AccountId>>;
		/// Where a validator stands; nothing for a key that nobody knows.
		fn status_of(validator: ValidatorId) -> Option<Status>;
	}

	/// Which nodes are let in.
	pub trait NodesApi {
		/// The PeerIds of the nodes that may be connected, ascending, each once. Nothing: the list is not enforced, and every
		/// node may.
		fn permitted_peers() -> Option<Vec<PeerIdBytes>>;
	}
}
