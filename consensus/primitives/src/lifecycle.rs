//! The status of a validator from its registration until it has left.

use crate::{peer::InstitutionId, Height, PeerId, ValidatorId};
use alloc::{string::String, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Where a validator stands. It is not stored: the runtime derives it from what is, so the two never differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Status {
	/// Its institution has registered it. It is in no set, and its node has not declared lately that it is ready.
	Registered,
	/// Its node has declared that it is ready. It may be scheduled for addition already.
	Ready,
	/// It is scheduled for addition, or in the set, and its node has not declared yet. It is not counted on.
	Syncing,
	/// It is in the set, and is counted on.
	Active,
	/// It is in the set, and will not be in the next one, which is scheduled.
	Leaving,
	/// It was in a set and has left it. To come back it is registered again.
	Left,
	/// The board has suspended it. It cannot be added.
	Suspended,
	/// It has signed two blocks at one place. It cannot be added.
	Banned,
	/// It is approved, stands for election, and is not in the committee.
	Standby,
	/// It is approved to attest, and no validator.
	Observer,
}

/// A validator as it is registered, for tools.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct RegisteredValidator<AccountId> {
	/// The consensus key.
	pub validator: ValidatorId,
	/// Where it stands.
	pub status: Status,
	/// Whose it is.
	pub institution: InstitutionId,
	/// Who gets its rewards.
	pub account: AccountId,
	/// Which node it is on the network.
	pub peer: Option<PeerId>,
	/// Where that node listens.
	pub addresses: Vec<String>,
	/// The block in which it was registered.
	pub since: Height,
}
