//! The runtime API: the same facts that the engine reads from storage, for RPC and tools.

use crate::{Equivocation, Height, Parameters, PeerIdBytes, ValidatorId, ValidatorSet};
use alloc::vec::Vec;

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

	/// Which nodes are let in.
	pub trait NodesApi {
		/// The PeerIds of the nodes that may be connected, ascending, each once. Nothing: the list is not enforced, and every
		/// node may.
		fn permitted_peers() -> Option<Vec<PeerIdBytes>>;
	}
}
