//! What this pallet stores.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use syndic_envelope::PublicKey;
use syndic_x509::{Fingerprint, Root, UnixTime, MAX_CHAIN, MAX_COMMON_NAME_BYTES};

/// The number of an institution. Numbers are given in order, and never again.
pub type InstitutionId = u32;

/// The most roots of one institution.
pub const MAX_ROOTS: u32 = 4;

/// The most bytes of an institution's name.
pub const MAX_INSTITUTION_NAME: u32 = 64;

/// The most certificates that one identity rests on: its chain, and the root.
pub const MAX_DEPENDENCIES: u32 = MAX_CHAIN as u32 + 1;

/// For how many blocks after the block that it names an enrolment can be sent.
pub const MAX_ENROLMENT_AGE: u32 = 256;

/// An institution's name: UTF-8.
pub type InstitutionName = BoundedVec<u8, ConstU32<MAX_INSTITUTION_NAME>>;

/// The common name of a certificate: UTF-8.
pub type HolderName = BoundedVec<u8, ConstU32<{ MAX_COMMON_NAME_BYTES as u32 }>>;

/// An institution's roots, in the order in which they were added.
pub type StoredRoots = BoundedVec<Root, ConstU32<MAX_ROOTS>>;

/// The certificates that an identity rests on: its own first, the root last.
pub type Dependencies = BoundedVec<Fingerprint, ConstU32<MAX_DEPENDENCIES>>;

/// What an institution is.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
	/// A bank.
	Bank,
	/// A supervisory authority. Only its people can be regulators.
	Regulator,
	/// An auditor. Only its people can be auditors.
	Auditor,
	/// Any other.
	Other,
}

/// Whether an institution's people may transact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Status {
	/// They may.
	Active,
	/// They may not, until the board resumes it.
	Suspended,
}

/// What somebody is in an institution. It is written in the certificate, as an organisational unit of the subject.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub enum Role {
	/// `administrator`: keeps the institution's roots, and revokes.
	Administrator,
	/// `operator`: runs the institution's nodes and services.
	Operator,
	/// `client`: transacts.
	Client,
	/// `regulator`: supervises.
	Regulator,
	/// `auditor`: examines.
	Auditor,
}

impl Role {
	/// The role that an organisational unit stands for, if it is one.
	pub fn of_unit(unit: &str) -> Option<Self> {
		match unit {
			"administrator" => Some(Self::Administrator),
			"operator" => Some(Self::Operator),
			"client" => Some(Self::Client),
			"regulator" => Some(Self::Regulator),
			"auditor" => Some(Self::Auditor),
			_ => None,
		}
	}

	/// Whether there can be this role in such an institution.
	pub fn is_of(self, kind: Kind) -> bool {
		match self {
			Self::Regulator => kind == Kind::Regulator,
			Self::Auditor => kind == Kind::Auditor,
			Self::Administrator | Self::Operator | Self::Client => true,
		}
	}
}

/// An institution.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Institution {
	/// What it is called.
	pub name: InstitutionName,
	/// What it is.
	pub kind: Kind,
	/// Whether its people may transact.
	pub status: Status,
	/// How many transactions its people may send in a period, all together.
	pub quota: u32,
	/// How many identities it has, those that have expired among them.
	pub identities: u32,
}

/// Who stands behind an account.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Identity<BlockNumber> {
	/// Whose.
	pub institution: InstitutionId,
	/// As what.
	pub role: Role,
	/// The common name in the certificate.
	pub name: HolderName,
	/// The certificates that it rests on: its own first, the root last. One that was admitted at genesis has a single
	/// one, which stands for a certificate.
	pub certificates: Dependencies,
	/// The last second in which all of them are valid. Nothing for one that does not expire.
	pub not_after: Option<UnixTime>,
	/// The block in which it was enrolled, or renewed.
	pub since: BlockNumber,
	/// The block that the enrolment named when it was signed.
	pub signed_at: BlockNumber,
}

/// What is kept of an account whose identity is gone, so that nothing it has signed can be sent once more.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Departure<Nonce, BlockNumber> {
	/// The nonce of its next transaction.
	pub nonce: Nonce,
	/// The block that its last enrolment named when it was signed.
	pub signed_at: BlockNumber,
}

/// A key to which others encrypt what an account is to read.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct EncryptionKey<BlockNumber> {
	/// The key: X25519.
	pub key: PublicKey,
	/// The block in which it was set.
	pub since: BlockNumber,
	/// The block in which another one took its place, or, if none had, in which it was revoked.
	pub until: Option<BlockNumber>,
	/// Whether it is revoked.
	pub revoked: bool,
}

/// That a certificate is void.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Revocation<AccountId, BlockNumber> {
	/// Since which block.
	pub since: BlockNumber,
	/// Who revoked it: an administrator, or nobody for the board.
	pub by: Option<AccountId>,
}

/// An institution's transactions in a period.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Used<BlockNumber> {
	/// The period's number: the block's, divided by the length of a period.
	pub period: BlockNumber,
	/// How many there were.
	pub transactions: u32,
}
