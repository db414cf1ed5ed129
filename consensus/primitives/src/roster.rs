//! The roster: the validators from among whom committees are elected, and the observers that attest with them.

use crate::{peer::InstitutionId, ValidatorId};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Maximum number of entries of the roster. Only [`crate::MAX_VALIDATORS`] of them can be in a committee.
pub const MAX_ROSTER: u32 = 1_024;

/// What an entry of the roster is there for.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Seat {
	/// It is in the committee or stands for election, and is counted among all validators.
	#[codec(index = 0)]
	Validator,
	/// It attests, and is never elected.
	#[codec(index = 1)]
	Observer,
}

/// One who attests, and may be elected. The roster lies at [`crate::storage_keys::ROSTER`] as a `Vec` of these, ascending
/// by key, each once.
#[derive(
	Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct RosterEntry {
	/// Its consensus key.
	pub validator: ValidatorId,
	/// Whose it is. Nothing for a member from genesis that was never registered: it counts as an institution of its own.
	pub institution: Option<InstitutionId>,
	/// Whether that institution is a regulator.
	pub regulator: bool,
	/// What it is there for.
	pub seat: Seat,
}
