//! The runtime APIs: what the engine reads from storage, and more, for RPC, tools and the node.

use crate::{
	lottery::{Deed, Duty},
	peer::InstitutionId,
	ClassId, ClassInfo, Equivocation, Height, Parameters, PeerIdBytes, RegisteredValidator, RosterEntry, Status,
	ValidatorId, ValidatorSet,
};
use alloc::vec::Vec;
use codec::{Codec, Decode, Encode};
use scale_info::TypeInfo;
use sp_runtime::{
	transaction_validity::{TransactionSource, TransactionValidity, TransactionValidityError},
	OpaqueExtrinsic,
};

/// The committee of an era to come.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct NextCommittee {
	/// The era.
	pub era: u32,
	/// Its first height, if every block until then comes.
	pub since: Height,
	/// The members, as they were drawn.
	pub members: Vec<ValidatorId>,
	/// Who takes the place of a member that cannot serve, in this order.
	pub alternates: Vec<ValidatorId>,
}

/// The committee in force, and the next one.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct CommitteeState {
	/// The current era.
	pub era: u32,
	/// Its first block.
	pub since: Height,
	/// How many blocks it has.
	pub length: u32,
	/// How many members a committee is to have; 0: everybody.
	pub size: u32,
	/// How many validators stand for election.
	pub registered: u32,
	/// How many of them are assumed to be faulty.
	pub assumed_faulty: u32,
	/// The probability, times 10^18 and rounded up, that more than `f` of the members of such a committee are faulty.
	pub risk: u64,
	/// The committee of the next era, if it is elected.
	pub next: Option<NextCommittee>,
}

/// What the runtime says of one transaction that is offered to a pool.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Verdict {
	/// Whether it is valid, and how it is ordered among others.
	pub validity: TransactionValidity,
	/// The institution of the account that signed it, if the account has an identity.
	pub institution: Option<InstitutionId>,
}

/// The result of applying one of many transactions.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Applied {
	/// Whether the transaction is in the block. An error has changed nothing.
	pub result: Result<(), TransactionValidityError>,
	/// The weight that the transaction uses of the block: `ref_time`, in picoseconds.
	pub ref_time: u64,
}

sp_api::decl_runtime_apis! {
	/// What the chain has decided about its consensus.
	///
	/// Version 2 has the committee, the roster and the duties. A node asks a runtime of version 1 for none of them.
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
		/// The era, its committee and the next one.
		#[api_version(2)]
		fn committee() -> CommitteeState;
		/// Who is registered and approved, in the committee or not.
		#[api_version(2)]
		fn roster() -> Vec<RosterEntry>;
		/// What the chain waits for from a validator whose engine supports this version of the protocol.
		#[api_version(2)]
		fn duties(validator: ValidatorId, engine_version: u32) -> Vec<Duty>;
		/// The extrinsic, encoded, that brings what a validator did onto the chain. It needs no account.
		#[api_version(2)]
		fn deed(deed: Deed) -> Vec<u8>;
	}

	/// The business classes of transactions.
	pub trait ClassesApi {
		/// Every class.
		fn classes() -> Vec<ClassInfo>;
		/// The class of a transaction; nothing for what has none: inherents, evidence, validators' duties, and what governs
		/// the chain.
		fn class_of(extrinsic: Block::Extrinsic) -> Option<ClassId>;
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

	/// What a pool asks before it takes transactions in.
	pub trait PoolApi {
		/// Judges transactions, each by itself, for the block after `at`, this one, as if that block's time were `now` (ms since
		/// 1970; never less than one ms after the last block's). By the last block's time alone a certificate that has just
		/// become valid would be refused for as long as a heartbeat. One answer for each, in the same order.
		fn judge(
			source: TransactionSource,
			transactions: Vec<OpaqueExtrinsic>,
			at: Block::Hash,
			now: u64,
		) -> Vec<Verdict>;
	}

	/// What a proposer asks beside the SDK's `BlockBuilder`.
	pub trait ProposerApi {
		/// Applies transactions one after the other, each as `BlockBuilder_apply_extrinsic` does. One answer for each, in the
		/// same order. A transaction that is not applied changes nothing.
		fn apply_many(transactions: Vec<OpaqueExtrinsic>) -> Vec<Applied>;
	}

	/// Which nodes are let in.
	pub trait NodesApi {
		/// The PeerIds of the nodes that may be connected, ascending, each once. Nothing: the list is not enforced, and every
		/// node may.
		fn permitted_peers() -> Option<Vec<PeerIdBytes>>;
	}
}
