//! What this pallet stores.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use scale_info::TypeInfo;
use syndic_primitives::{Height, Phase, SetError, SetId, ValidatorId, ValidatorSet, View, MAX_VALIDATORS};

/// The members of a set, in the order in which they take turns to lead.
pub type Members = BoundedVec<ValidatorId, ConstU32<MAX_VALIDATORS>>;

/// A [`ValidatorSet`] as it lies in the storage: the same encoding, with a bound that FRAME can see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct StoredSet {
	/// Which set this is.
	pub id: SetId,
	/// The first height that it decides.
	pub since: Height,
	/// Its members.
	pub members: Members,
}

impl StoredSet {
	/// The set, if it is one: not empty, and its members distinct.
	pub fn checked(&self) -> Result<ValidatorSet, SetError> {
		ValidatorSet::new(self.id, self.since, self.members.to_vec())
	}
}

/// Somebody has shown that its node is ready.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Declaration {
	/// The consensus key that signed.
	pub validator: ValidatorId,
	/// The block that it signed.
	pub height: Height,
}

/// A validator that has been proven to have signed two things which exclude each other: since when it is banned, and where
/// it did so.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Ban {
	/// The block that held the evidence.
	pub since: Height,
	/// The set in which it signed.
	pub set_id: SetId,
	/// At which height.
	pub height: Height,
	/// In which view.
	pub view: View,
	/// In which phase.
	pub phase: Phase,
}
