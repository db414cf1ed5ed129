//! What this pallet stores.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use scale_info::TypeInfo;
use syndic_primitives::{
	peer::{InstitutionId, NodeAddresses},
	set::max_faulty,
	Height, PeerId, Phase, SetError, SetId, SignerIndex, ValidatorId, ValidatorSet, View, MAX_VALIDATORS,
};

/// The members of a set, in the order in which they take turns to lead.
pub type Members = BoundedVec<ValidatorId, ConstU32<MAX_VALIDATORS>>;

/// Positions of members, ascending.
pub type Demoted = BoundedVec<SignerIndex, ConstU32<MAX_VALIDATORS>>;

/// A [`ValidatorSet`] as it lies in the storage: the same encoding, with a bound that FRAME can see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct StoredSet {
	/// Which set this is.
	pub id: SetId,
	/// The first height that it decides.
	pub since: Height,
	/// Its members.
	pub members: Members,
	/// Positions of those who do not lead.
	pub demoted: Demoted,
}

impl StoredSet {
	/// The set, if it is one: not empty, its members distinct, and one of them leads.
	pub fn checked(&self) -> Result<ValidatorSet, SetError> {
		ValidatorSet::new(self.id, self.since, self.members.to_vec())?.with_demoted(self.demoted.to_vec())
	}

	/// The keys of those who do not lead.
	pub fn demoted_keys(&self) -> Vec<ValidatorId> {
		keys_at(&self.members, &self.demoted)
	}
}

/// A set to come: the encoding of `syndic_primitives::ScheduledSet`, with a bound that FRAME can see.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct NextSet {
	/// The first height that it decides.
	pub since: Height,
	/// Its members.
	pub members: Members,
	/// Positions of those who do not lead.
	pub demoted: Demoted,
}

impl NextSet {
	/// The keys of those who do not lead.
	pub fn demoted_keys(&self) -> Vec<ValidatorId> {
		keys_at(&self.members, &self.demoted)
	}
}

/// A committee that is elected and does not serve yet: the encoding of `syndic_primitives::api::NextCommittee`, with bounds
/// that FRAME can see.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Elected {
	/// The era that it serves in.
	pub era: u32,
	/// That era's first height, if every block until then comes.
	pub since: Height,
	/// Its members, as they were drawn.
	pub members: Members,
	/// Who takes the place of one that cannot serve, in this order.
	pub alternates: Members,
}

fn keys_at(members: &Members, positions: &Demoted) -> Vec<ValidatorId> {
	positions.iter().filter_map(|position| members.get(usize::from(position.0)).cloned()).collect()
}

/// The positions that these keys have among the members, but no more of them than leave `f + 1` leaders: one of these
/// is not faulty, as long as no more than `f` are. Where there are too many, those come first who are listed first.
pub fn demoted_among(members: &Members, keys: &[ValidatorId]) -> Demoted {
	let most = members.len().saturating_sub(max_faulty(members.len()) + 1);
	let position = |key| members.iter().position(|member| member == key);
	let found = keys.iter().filter_map(position).take(most);
	// At most MAX_VALIDATORS members, which fits.
	let mut positions: Vec<_> = found.map(|position| SignerIndex(position as u16)).collect();
	positions.sort_unstable();
	Demoted::truncate_from(positions)
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

/// What of a registered validator's standing cannot be derived from the sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Standing {
	/// It is to be a validator, or is one.
	Registered,
	/// It has been one.
	Left,
	/// The board does not want it.
	Suspended,
}

/// Who stands behind a validator, and where its node is.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
// Clients know `types::Registration` as a person's entry in the stock identity pallet.
#[scale_info(replace_segment("types", "membership"))]
pub struct Registration<AccountId> {
	/// Whose it is.
	pub institution: InstitutionId,
	/// Who gets its rewards.
	pub account: AccountId,
	/// Which node it is on the network, if that was told.
	pub peer: Option<PeerId>,
	/// Where that node listens.
	pub addresses: NodeAddresses,
	/// The block in which it was registered.
	pub since: Height,
	/// What cannot be derived from the sets.
	pub standing: Standing,
}
