//! Why a chain is refused: which certificate, which rule, and what was found.

use crate::{
	Fingerprint, KeyUsage, Oid, SignatureAlgorithm, UnixTime, MAX_CERTIFICATE_BYTES, MAX_CHAIN,
	MAX_COMMON_NAME_CHARACTERS, MAX_EXTENSIONS, MAX_KEY_ID_BYTES, MAX_NAME_BYTES, MAX_SERIAL_BYTES, MAX_UNITS,
	MAX_UNIT_CHARACTERS,
};
use core::fmt;
use der::{ErrorKind, Tag};

/// Where in a chain a certificate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Position {
	/// The first: the one whose key is to be believed.
	Leaf,
	/// Between leaf and root, counted from the leaf: 1 is the leaf's issuer.
	Intermediate(u8),
	/// The root, which is not part of the chain as it is handed in.
	Root,
}

impl Position {
	/// Of the certificate at this index of a chain.
	pub(crate) fn at(index: usize) -> Self {
		match index {
			0 => Self::Leaf,
			_ => Self::Intermediate(u8::try_from(index).unwrap_or(u8::MAX)),
		}
	}
}

impl fmt::Display for Position {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Leaf => f.write_str("leaf"),
			Self::Intermediate(number) => write!(f, "intermediate {number}"),
			Self::Root => f.write_str("root"),
		}
	}
}

/// Why a chain, or a root, is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
	/// There is nothing to verify.
	#[error("the chain is empty")]
	EmptyChain,
	/// The chain has too many certificates.
	#[error("{found} certificates, at most {MAX_CHAIN} are allowed below the root")]
	ChainTooLong {
		/// How many there are.
		found: usize,
	},
	/// One certificate breaks a rule.
	#[error("{position}: {refusal}")]
	Certificate {
		/// Which one.
		position: Position,
		/// The rule.
		refusal: Refusal,
	},
}

/// The rule that a certificate breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
	/// It is too large.
	#[error("{found} bytes, at most {MAX_CERTIFICATE_BYTES} are allowed")]
	TooLarge {
		/// Its size.
		found: usize,
	},
	/// Something follows it.
	#[error("{found} bytes follow the certificate")]
	TrailingBytes {
		/// How many.
		found: usize,
	},
	/// It is not DER, or not the DER of a certificate.
	#[error("{field}: {kind}")]
	Malformed {
		/// The field in which the decoder stopped.
		field: &'static str,
		/// What it found there.
		kind: ErrorKind,
	},
	/// It is not of version 3.
	#[error("version {found}, only version 3 is accepted")]
	Version {
		/// The version as it is spoken of: one more than what is encoded.
		found: u16,
	},
	/// Its serial number is zero or negative.
	#[error("the serial number is not positive")]
	SerialNotPositive,
	/// Its serial number is too long.
	#[error("a serial number of {found} octets, at most {MAX_SERIAL_BYTES} are allowed")]
	SerialTooLong {
		/// Its length as encoded.
		found: usize,
	},
	/// It is signed with an algorithm that is not accepted.
	#[error("signature algorithm {0}, only ecdsa-with-SHA256 and Ed25519 are accepted")]
	SignatureAlgorithm(Oid),
	/// Its key is of a kind that is not accepted.
	#[error("key algorithm {0}, only P-256 and Ed25519 are accepted")]
	KeyAlgorithm(Oid),
	/// Its key is on a curve that is not accepted.
	#[error("curve {0}, only P-256 is accepted")]
	Curve(Oid),
	/// An algorithm has parameters that it must not have, or lacks those that it must have.
	#[error("wrong parameters of algorithm {0}")]
	Parameters(Oid),
	/// The signed part names another signature algorithm than the envelope.
	#[error("signed as {inner}, but the envelope says {outer}")]
	AlgorithmMismatch {
		/// In the signed part.
		inner: Oid,
		/// Around it.
		outer: Oid,
	},
	/// Its key is not a point of its curve, or not encoded as one.
	#[error("the public key is not a point of its curve in an accepted form")]
	KeyEncoding,
	/// Its Ed25519 key is of small order: almost anything would verify under it.
	#[error("the public key is of small order")]
	WeakKey,
	/// A name is too long.
	#[error("a name of {found} bytes, at most {MAX_NAME_BYTES} are allowed")]
	NameTooLong {
		/// Its size.
		found: usize,
	},
	/// A name has nothing in it.
	#[error("{field} is empty")]
	EmptyName {
		/// Issuer or subject.
		field: &'static str,
	},
	/// A leaf names its subject not once: never, or several times.
	#[error("{found} common names in the subject, there must be one")]
	CommonNames {
		/// How often.
		found: usize,
	},
	/// The common name is in a character set that is not accepted.
	#[error("a common name as {0}, only UTF8String and PrintableString are accepted")]
	CommonNameForm(Tag),
	/// The common name is empty or too long.
	#[error("a common name of {found} characters, 1 to {MAX_COMMON_NAME_CHARACTERS} are allowed")]
	CommonNameLength {
		/// Its length.
		found: usize,
	},
	/// The common name has a character that does not print, or that its character set lacks.
	#[error("character {0:?} in the common name")]
	CommonNameCharacter(char),
	/// A leaf's subject has too many organisational units.
	#[error("{found} organisational units in the subject, at most {MAX_UNITS} are allowed")]
	TooManyUnits {
		/// How many.
		found: usize,
	},
	/// An organisational unit of a leaf's subject is in a character set that is not accepted, or has a character that
	/// does not print or that its character set lacks.
	#[error("an organisational unit as {0}, only printing UTF8String and PrintableString are accepted")]
	UnitForm(Tag),
	/// An organisational unit of a leaf's subject is empty or too long.
	#[error("an organisational unit of {found} characters, 1 to {MAX_UNIT_CHARACTERS} are allowed")]
	UnitLength {
		/// Its length.
		found: usize,
	},
	/// A time is in the wrong form: UTCTime is for years before 2050, GeneralizedTime for those from 2050.
	#[error("{field}: year {year} as {found}")]
	TimeForm {
		/// The beginning or the end of the validity.
		field: &'static str,
		/// The year.
		year: u16,
		/// The form.
		found: Tag,
	},
	/// It ends before it begins.
	#[error("valid from {not_before} until {not_after}")]
	ValidityReversed {
		/// Its beginning.
		not_before: UnixTime,
		/// Its end.
		not_after: UnixTime,
	},
	/// It is not valid yet.
	#[error("valid from {not_before}, now is {now}")]
	NotYetValid {
		/// Its beginning.
		not_before: UnixTime,
		/// The time of the check.
		now: UnixTime,
	},
	/// It is not valid any more.
	#[error("valid until {not_after}, now is {now}")]
	Expired {
		/// Its end.
		not_after: UnixTime,
		/// The time of the check.
		now: UnixTime,
	},
	/// It has unique identifiers of issuer or subject, which RFC 5280 forbids its issuer to use.
	#[error("issuerUniqueID and subjectUniqueID are not accepted")]
	UniqueId,
	/// It has too many extensions.
	#[error("more than {MAX_EXTENSIONS} extensions")]
	TooManyExtensions,
	/// An extension is there twice.
	#[error("extension {0} is there twice")]
	DuplicateExtension(Oid),
	/// An extension must be understood and is not.
	#[error("critical extension {0} is not known")]
	UnknownCritical(Oid),
	/// It limits what is below it in a way that is not implemented: by names or policies.
	#[error("constraint {0} is not implemented")]
	Constraint(Oid),
	/// It may issue certificates and says nothing about its key's usage.
	#[error("no key usage, an issuer must have keyCertSign")]
	MissingKeyUsage,
	/// Its key is not meant for this.
	#[error("key usage {found} lacks {needed}")]
	LacksKeyUsage {
		/// What it is meant for.
		found: KeyUsage,
		/// What was asked of it.
		needed: KeyUsage,
	},
	/// Its key is for other purposes than to prove who a client is.
	#[error("extended key usage {0}, but neither clientAuth nor any")]
	Purpose(Oid),
	/// It may sign certificates but is no certificate authority.
	#[error("keyCertSign, but not a certificate authority")]
	CertSignWithoutCa,
	/// It limits the length of paths but is no certificate authority.
	#[error("a path length, but not a certificate authority")]
	PathLengthWithoutCa,
	/// A name for a key is empty or too long.
	#[error("a key identifier of {found} bytes, 1 to {MAX_KEY_ID_BYTES} are allowed")]
	KeyIdLength {
		/// Its length.
		found: usize,
	},
	/// It issues certificates but does not say that it may.
	#[error("no basic constraints, so not a certificate authority")]
	MissingBasicConstraints,
	/// It issues certificates and says that it may not.
	#[error("not a certificate authority")]
	NotCa,
	/// A leaf that may issue certificates.
	#[error("a certificate authority, but used as a leaf")]
	LeafIsCa,
	/// More certificates are below it than it allows.
	#[error("{found} intermediates below it, it allows {allowed}")]
	PathTooLong {
		/// How many there are.
		found: usize,
		/// How many it allows.
		allowed: u8,
	},
	/// A root that somebody else has issued.
	#[error("issuer and subject differ, so not a root")]
	NotSelfIssued,
	/// It names itself as its issuer, and is no root.
	#[error("issuer and subject are the same, but it is no known root")]
	SelfIssued,
	/// One of the roots is in the chain.
	#[error("a root is part of the chain, it must be left out")]
	RootInChain,
	/// The next certificate of the chain is not its issuer.
	#[error("the next certificate is not of the issuer that this one names")]
	WrongIssuer,
	/// No root is its issuer.
	#[error("no root has the name and the key that this one names as issuer")]
	UnknownIssuer,
	/// It names a key, or a certificate, of its issuer that is not the next one's.
	#[error("the authority key identifier is not that of the issuer")]
	AuthorityKeyId,
	/// It is signed with an algorithm that its issuer's key does not go with.
	#[error("signed with {found:?}, but the issuer's key makes {issuer:?}")]
	IssuerAlgorithm {
		/// The signature.
		found: SignatureAlgorithm,
		/// The issuer's key.
		issuer: SignatureAlgorithm,
	},
	/// Its signature is not one by form.
	#[error("the signature is not encoded as one")]
	SignatureEncoding,
	/// Its signature is not its issuer's, or it was changed after it was signed.
	#[error("not signed by its issuer")]
	BadSignature,
	/// It is in the chain twice.
	#[error("the same certificate as {first}")]
	RepeatedCertificate {
		/// Where it stands first.
		first: Position,
	},
	/// Its key is in the chain twice: a key that vouches for itself.
	#[error("the same key as {first}")]
	RepeatedKey {
		/// Where the key stands first.
		first: Position,
	},
	/// It was revoked.
	#[error("certificate {0} is revoked")]
	Revoked(Fingerprint),
}

impl Refusal {
	/// Says which certificate it is about.
	pub(crate) fn of(self, position: Position) -> Error {
		Error::Certificate { position, refusal: self }
	}
}
