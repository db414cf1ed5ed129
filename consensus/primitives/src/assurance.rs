//! Assurance: what more than its committee says of a block that is final already.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// How many stand behind a final block. Each level is a fact of its own: none implies another, but that every final block
/// has the first.
#[derive(
	Clone,
	Copy,
	Debug,
	Default,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Hash,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub enum AssuranceLevel {
	/// A quorum of the committee committed it: it is final.
	#[default]
	#[codec(index = 0)]
	Committee,
	/// At least two thirds of all validators of the roster committed or attested it.
	#[codec(index = 1)]
	Validators,
	/// Of at least two thirds of the institutions with a validator, one at least committed or attested it.
	#[codec(index = 2)]
	Institutions,
	/// A regulator's validator or observer committed or attested it.
	#[codec(index = 3)]
	Regulator,
}
