//! Assurance: what more than its committee says of a block that is final already.
//!
//! Whoever is on the roster, validator or observer, *attests* a block that it has executed itself and whose certificate it
//! has checked: it signs `(domain, genesis hash, height, block hash)`. A commit in the block's certificate says the same and
//! counts the same. Both together are an assurance certificate; how far it goes are its levels.
//!
//! Which roster counts for the block at height h is a function of the state after h − 1, as the set that decides h is:
//! [`Roster::from_state`]. So everybody counts the same, and a proof of that state tells a third party who was to be counted.

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
	/// All of them.
	pub const ALL: [Self; 4] = [Self::Committee, Self::Validators, Self::Institutions, Self::Regulator];

	/// A word for it, as JSON has it.
	pub fn name(self) -> &'static str {
		match self {
			Self::Committee => "committee",
			Self::Validators => "validators",
			Self::Institutions => "institutions",
			Self::Regulator => "regulator",
		}
	}
}
