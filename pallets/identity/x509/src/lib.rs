//! X.509 certificate chains, verified inside the runtime.
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
pub use types::{CommonName, Fingerprint, Issuers, KeyId, Name, Serial};

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

/// The most octets of a serial number, as encoded (RFC 5280, section 4.1.2.2).
pub const MAX_SERIAL_BYTES: usize = 20;

/// The most bytes of a key identifier.
pub const MAX_KEY_ID_BYTES: usize = 64;
