//! What is kept of a certificate.

use crate::{
	MAX_CHAIN, MAX_COMMON_NAME_BYTES, MAX_KEY_ID_BYTES, MAX_NAME_BYTES, MAX_SERIAL_BYTES, MAX_UNITS, MAX_UNIT_BYTES,
};
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;

/// The identity of a certificate: SHA-256 of its signed part, the `TBSCertificate` in DER.
///
/// It is not the hash of the whole file, which `openssl x509 -fingerprint` prints, and for a reason. An ECDSA signature
/// `(r, s)` has a twin `(r, n - s)` which anybody can compute and which is as valid. With it a revoked certificate would
/// come back under another hash, though nothing in it has changed. The signed part has one form only, and it names
/// issuer, serial number, key and everything else that matters.
///
/// With openssl, for a certificate of 256 bytes or more: `openssl asn1parse -in certificate.pem -strparse 4 -noout -out
/// tbs.der`, then `sha256sum tbs.der`.
#[derive(
	Clone,
	Copy,
	Debug,
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
)]
pub struct Fingerprint(pub [u8; 32]);

impl fmt::Display for Fingerprint {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		hex(&self.0, f)
	}
}

/// The number that an issuer gave to a certificate: big endian, positive, without leading zeros.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Serial(BoundedVec<u8, ConstU32<{ MAX_SERIAL_BYTES as u32 }>>);

impl Serial {
	/// `None` where there are too many bytes.
	pub(crate) fn new(bytes: &[u8]) -> Option<Self> {
		bounded(bytes).map(Self)
	}

	/// Its bytes, the highest first.
	pub fn as_bytes(&self) -> &[u8] {
		&self.0
	}
}

impl fmt::Display for Serial {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		hex(&self.0, f)
	}
}

/// A subject's common name: UTF-8, 1 to 64 characters, none of them a control character.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct CommonName(BoundedVec<u8, ConstU32<{ MAX_COMMON_NAME_BYTES as u32 }>>);

impl CommonName {
	/// `None` where there are too many bytes.
	pub(crate) fn new(name: &str) -> Option<Self> {
		bounded(name.as_bytes()).map(Self)
	}

	/// As text. Empty where the value was decoded from bytes that never were a common name.
	pub fn as_str(&self) -> &str {
		core::str::from_utf8(&self.0).unwrap_or_default()
	}
}

impl fmt::Display for CommonName {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		self.as_str().fmt(f)
	}
}

/// A subject's organisational unit: UTF-8, 1 to 64 characters, none of them a control character.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Unit(BoundedVec<u8, ConstU32<{ MAX_UNIT_BYTES as u32 }>>);

impl Unit {
	/// `None` where there are too many bytes.
	pub(crate) fn new(name: &str) -> Option<Self> {
		bounded(name.as_bytes()).map(Self)
	}

	/// As text. Empty where the value was decoded from bytes that never were a unit's name.
	pub fn as_str(&self) -> &str {
		core::str::from_utf8(&self.0).unwrap_or_default()
	}
}

impl fmt::Display for Unit {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		self.as_str().fmt(f)
	}
}

/// A subject's organisational units, in the order of its name.
pub type Units = BoundedVec<Unit, ConstU32<{ MAX_UNITS as u32 }>>;

/// A distinguished name as it was encoded.
pub type Name = BoundedVec<u8, ConstU32<{ MAX_NAME_BYTES as u32 }>>;

/// What a certificate calls its key.
pub type KeyId = BoundedVec<u8, ConstU32<{ MAX_KEY_ID_BYTES as u32 }>>;

/// The certificates above a leaf: its issuer first, the root last.
pub type Issuers = BoundedVec<Fingerprint, ConstU32<{ MAX_CHAIN as u32 }>>;

/// A bounded copy, made only where it fits.
pub(crate) fn bounded<const BOUND: u32>(bytes: &[u8]) -> Option<BoundedVec<u8, ConstU32<BOUND>>> {
	(bytes.len() <= BOUND as usize).then(|| BoundedVec::truncate_from(bytes.to_vec()))
}

fn hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
	bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}
