//! X.509 certificate chains, verified inside the runtime.
//!
//! Institutions are admitted with a root certificate: [`Root::parse`]. People and services enrol with a chain that leads
//! to such a root, [`verify_chain`], and with a signature that proves that they hold the leaf's key,
//! [`PublicKey::verify`]. This crate does these three things and stores nothing. It is `no_std`, asks for no randomness,
//! and calls no function of its host, so that every node comes to the same answer. It knows nothing of FRAME.
//!
//! ```
//! use syndic_x509::{verify_chain, Root, UnixTime};
//!
//! # macro_rules! file { ($name:literal) => { include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/", $name)) } }
//! # let (root, leaf, intermediate) = (file!("p256-root.der"), file!("p256-leaf.der"), file!("p256-intermediate.der"));
//! # let (message, signature) = (file!("message.bin"), file!("p256-leaf.sig"));
//! # let moment = 1_909_094_400_000;
//! let now = UnixTime::from_millis(moment);
//! let root = Root::parse(root, now)?;
//! let leaf = verify_chain(&[&leaf[..], &intermediate[..]], &[root], now, &mut |_| false)?;
//! assert_eq!(leaf.common_name().as_str(), "Treasury Zürich");
//! leaf.key().verify(message, signature).expect("whoever signed the message holds the key");
//! # Ok::<(), syndic_x509::Error>(())
//! ```
//!
//! # Who uses it has to see to this
//!
//! - What a proof of possession signs must name the chain, the account and the purpose, and something that is used once.
//!   A signature's bytes are no identity; see [`PublicKey::verify`].
//! - [`VerifiedLeaf`] says what was so when it was checked. Afterwards it holds until [`VerifiedLeaf::not_after`], and
//!   while nothing that it [depends on](VerifiedLeaf::depends_on) is revoked.
//! - A certificate is revoked by its [`Fingerprint`], which is the hash of its signed part and not of the whole file. Its
//!   page says why.
//! - `now` is the block's time. Nothing else is asked what time it is.
//!
//! # The rules
//!
//! A certificate that breaks one is refused, with the place in the chain and what was found: [`Error`], [`Refusal`].
//! Numbers in brackets are sections of RFC 5280.
//!
//! **Form.** Strict DER, at most [`MAX_CERTIFICATE_BYTES`], nothing behind it. Version 3 [4.1.2.1]. The serial number is
//! positive and has at most [`MAX_SERIAL_BYTES`] octets as encoded [4.1.2.2]. No unique identifiers [4.1.2.8]. Defaults
//! are not written out, sets are in order. An object identifier whose parts do not fit in 32 bits, or that has more than
//! 39 bytes, counts as malformed.
//!
//! **Algorithms.** ECDSA with SHA-256 under keys of P-256 (RFC 5480, RFC 5758), and Ed25519 (RFC 8410). The algorithm is
//! the same inside and outside of the signed part [4.1.1.2], without parameters; the curve is named. P-256 keys may be
//! compressed. An Ed25519 key of small order is refused, and so is a second encoding of a point. A certificate's
//! signature goes with the kind of its issuer's key.
//!
//! **Names.** Issuer and subject are not empty and have at most [`MAX_NAME_BYTES`]. They chain byte for byte: the
//! comparison of section 7.1, which ignores case and spaces, is not made. A leaf has one common name: UTF8String or
//! PrintableString, 1 to [`MAX_COMMON_NAME_CHARACTERS`] characters, no control characters. It may have up to [`MAX_UNITS`]
//! organisational units, in the same form.
//!
//! **Time.** Every certificate, the root too, is valid at the time of the block; both ends count [4.1.2.5]. Years before
//! 2050 are UTCTime, later ones GeneralizedTime; no time is before 1970. The validity of a certificate need not lie
//! within its issuer's.
//!
//! **Extensions** [4.2]. None twice, at most [`MAX_EXTENSIONS`].
//!
//! | extension | what becomes of it |
//! |---|---|
//! | basic constraints | needed in issuers, with `cA`; a leaf must not have it set. Whether it is critical is not asked. The path length is kept, that of the root too |
//! | key usage | needed in issuers, with `keyCertSign`. A leaf may leave it out, which RFC 5280 takes for any usage; if it is there it has `digitalSignature`. `keyCertSign` goes with `cA` only |
//! | extended key usage | critical or not, in any certificate: `clientAuth` or any purpose must be among what it names, for to prove who a client is is what the key is used for here |
//! | authority key identifier | what it names, the issuer's key or certificate, must be the issuer's. An issuer that has no subject key identifier fits any |
//! | name constraints, policy constraints, inhibit any policy | refused, critical or not: a constraint that is not kept is as good as none |
//! | any other | ignored, unless it is critical: then refused. This goes for certificate policies, policy mappings and alternative names too |
//!
//! **Chains** [6.1]. The leaf comes first, its issuer next; the root is left out, and refused where it is handed in. At
//! most [`MAX_CHAIN`] certificates below the root. No certificate names itself as its issuer but a root, so that every
//! intermediate counts towards a path length; an authority changes its key with a new root. Neither a certificate nor a
//! key stands in a chain twice, the root's included: there are no cycles, and no key vouches for itself. Each certificate
//! is asked about with the callback for revocation. Signatures come last, so that what breaks another rule costs none.
//!
//! Certificate policies, revocation lists and OCSP are not looked at: a chain revokes on its own ledger.
//!
//! Nothing recurses, and nothing is copied from a certificate but what is kept of it. The certificates in
//! `tests/fixtures` are made by `make.sh` beside them.
#![no_std]

mod certificate;
mod chain;
mod decode;
mod error;
mod extensions;
mod key;
mod name;
mod oids;
mod time;
mod types;

pub use chain::{verify_chain, Root, VerifiedLeaf};
pub use der::{asn1::ObjectIdentifier as Oid, ErrorKind, Tag};
pub use error::{Error, Position, Refusal};
pub use extensions::KeyUsage;
pub use key::{PublicKey, SignatureAlgorithm, SignatureError};
pub use time::UnixTime;
pub use types::{CommonName, Fingerprint, Issuers, KeyId, Name, Serial, Unit, Units};

/// The most bytes that a certificate may have.
pub const MAX_CERTIFICATE_BYTES: usize = 4096;

/// The most certificates in a chain, leaf and intermediates. The root is not counted, for it is not handed in.
pub const MAX_CHAIN: usize = 4;

/// The most extensions that a certificate may have.
pub const MAX_EXTENSIONS: usize = 32;

/// The most bytes of a distinguished name, as encoded.
pub const MAX_NAME_BYTES: usize = 1024;

/// The most characters of a common name: `ub-common-name` of RFC 5280.
pub const MAX_COMMON_NAME_CHARACTERS: usize = 64;

/// The most bytes of a common name in UTF-8.
pub const MAX_COMMON_NAME_BYTES: usize = 4 * MAX_COMMON_NAME_CHARACTERS;

/// The most organisational units in a leaf's subject.
pub const MAX_UNITS: usize = 4;

/// The most characters of an organisational unit: `ub-organizational-unit-name` of RFC 5280.
pub const MAX_UNIT_CHARACTERS: usize = 64;

/// The most bytes of an organisational unit in UTF-8.
pub const MAX_UNIT_BYTES: usize = 4 * MAX_UNIT_CHARACTERS;

/// The most octets of a serial number, as encoded (RFC 5280, section 4.1.2.2).
pub const MAX_SERIAL_BYTES: usize = 20;

/// The most bytes of a key identifier.
pub const MAX_KEY_ID_BYTES: usize = 64;
