//! The object identifiers that this crate knows.

use crate::Oid;

/// A table of them.
macro_rules! oids {
	($($(#[$doc:meta])* $name:ident = $dotted:literal;)*) => {
		$($(#[$doc])* pub(crate) const $name: Oid = Oid::new_unwrap($dotted);)*
	};
}

oids! {
	/// `ecdsa-with-SHA256`, RFC 5758.
	ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
	/// `id-ecPublicKey`, RFC 5480.
	EC_PUBLIC_KEY = "1.2.840.10045.2.1";
	/// `secp256r1`, RFC 5480; openssl says `prime256v1`.
	PRIME256V1 = "1.2.840.10045.3.1.7";
	/// `id-Ed25519`, RFC 8410: both of a key and of a signature.
	ED25519 = "1.3.101.112";
	/// `id-at-commonName`.
	COMMON_NAME = "2.5.4.3";
	/// `id-at-organizationalUnitName`.
	ORGANIZATIONAL_UNIT = "2.5.4.11";
	/// `id-ce-subjectKeyIdentifier`.
	SUBJECT_KEY_ID = "2.5.29.14";
	/// `id-ce-keyUsage`.
	KEY_USAGE = "2.5.29.15";
	/// `id-ce-basicConstraints`.
	BASIC_CONSTRAINTS = "2.5.29.19";
	/// `id-ce-nameConstraints`.
	NAME_CONSTRAINTS = "2.5.29.30";
	/// `id-ce-authorityKeyIdentifier`.
	AUTHORITY_KEY_ID = "2.5.29.35";
	/// `id-ce-policyConstraints`.
	POLICY_CONSTRAINTS = "2.5.29.36";
	/// `id-ce-extKeyUsage`.
	EXTENDED_KEY_USAGE = "2.5.29.37";
	/// `id-ce-inhibitAnyPolicy`.
	INHIBIT_ANY_POLICY = "2.5.29.54";
	/// `anyExtendedKeyUsage`.
	ANY_PURPOSE = "2.5.29.37.0";
	/// `id-kp-clientAuth`.
	CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
}
