//! Assurance: who besides its committee confirms a block that is final already.
//!
//! An entry of the roster, validator or observer, *attests* a block that it has executed itself and whose certificate
//! it has checked: it signs `(domain, genesis hash, height, block hash)`. A commit in the block's certificate states
//! the same and counts the same. The certificate and the attestations together are an assurance certificate; its levels
//! say how far the assurance goes.
//!
//! The roster for the block at height h is a function of the state after h − 1, like the set that decides h:
//! [`Roster::from_state`]. So every node counts the same roster, and a proof of that state shows a third party which
//! entries were to be counted.

mod attestation;
mod roster;
mod tally;

pub use attestation::{Attestation, AttestationError, BlockAttestations, MAX_ATTESTATIONS_BYTES};
pub use roster::{Roster, RosterError};
pub use tally::{assess, Count, Tally, Witnesses};

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

impl AssuranceLevel {
	/// All levels.
	pub const ALL: [Self; 4] = [Self::Committee, Self::Validators, Self::Institutions, Self::Regulator];

	/// The level's name in JSON.
	pub fn name(self) -> &'static str {
		match self {
			Self::Committee => "committee",
			Self::Validators => "validators",
			Self::Institutions => "institutions",
			Self::Regulator => "regulator",
		}
	}
}
