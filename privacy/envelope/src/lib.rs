//! Sealed envelopes: how a private payload is encrypted for its recipients and for the regulators, which part of it is
//! on the chain, and how a sender that cheats is proven guilty there.
//!
//! This crate does no I/O, does not know the chain's storage, and has no source of randomness of its own. The runtime
//! uses it to judge accusations; users' tools use it to seal and open.
//!
//! # What is sealed, and how
//!
//! A payload is encrypted under a fresh *secret*: a scalar s of the prime-order group of Curve25519, with s·B, the *key
//! point*, on the chain.
//!
//! | what | how |
//! |---|---|
//! | commitment | BLAKE2b-256(`"syndic/commitment/1"` ‖ salt ‖ payload); salt: 32 random bytes |
//! | ciphertext | ChaCha20-Poly1305 of salt ‖ payload, nonce 0, AAD `"syndic/payload/1"` ‖ genesis ‖ sender ‖ commitment |
//! | its key | HKDF-SHA256 of s (32 bytes, little-endian), info `"syndic/payload-key/1"`, without salt |
//! | a [`Wrap`] | HPKE (RFC 9180) base mode, X25519, HKDF-SHA256, ChaCha20-Poly1305, of 32 bytes; info `"syndic/envelope/1"` ‖ genesis ‖ sender ‖ commitment ‖ SCALE of [`Place`] |
//! | for a recipient | s, wrapped |
//! | for a panel | s, shared m of n over the scalars (Shamir), with the coefficients' points on the chain (Feldman); share i is f(i + 1), wrapped for officer i |
//!
//! Each key encrypts one ciphertext only, so the nonce may be fixed. The sender's account is part of what is
//! authenticated: if somebody copies another sender's envelope from the pool and sends it as his own, it opens for
//! nobody, and the copy proves the copier guilty.
//!
//! # What cannot be cheated
//!
//! A recipient who unwraps s, and an officer who unwraps a share of s, compare it with the points on the chain. A
//! secret that fits them is the one secret, and any m shares that fit them give it. A wrap whose content does not fit
//! proves the sender guilty: the holder of the key for which it was sealed reveals the result of this one wrap's
//! Diffie-Hellman exchange, and proves with [`DhProof`] that it is the result under the registered key. [`judge_wrap`]
//! opens the wrap with that result. The result opens no other wrap: for a faulty wrap nothing useful is revealed, and
//! for a correct one the accuser gives away what the wrap holds (an officer his share, a recipient the secret). A
//! ciphertext that does not hold the payload of the commitment is proven with s and the ciphertext: [`judge_payload`].
//!
//! One thing is not prevented: a sender can withhold the ciphertext. Then the chain holds a commitment, and nobody else
//! has the payload.
//!
//! # The proofs
//!
//! [`Possession`] and [`DhProof`] are Schnorr proofs in the prime-order group (Chaum and Pedersen 1992, §3.2, for the
//! equality of two discrete logarithms), made non-interactive by SHA-512. X25519 identifies a point by its u-coordinate
//! only. So the proofs use the Edwards point P of sign 0 with that coordinate, the base G = 8·B, and the exponent ±sk/8
//! for the clamped secret key sk. A key that is not on the curve, of prime order and in its canonical form is refused
//! with [`EnvelopeError::BadKey`].
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod dh;
mod error;
mod judge;
mod key;
mod payload;
mod seal;
mod share;
mod wrap;

pub use dh::{prove_dh, DhProof};
pub use error::EnvelopeError;
pub use hpke::rand_core;
pub use judge::{judge_payload, judge_wrap, Expected, Verdict};
pub use key::{check_key, prove_possession, verify_possession, Possession, PublicKey, SecretKey};
pub use payload::{ciphertext_hash, commitment, open, Opened, MAX_PAYLOAD, OVERHEAD, SALT};
pub use seal::{seal, PanelKeys, Sealed, SealedPanel};
pub use share::{check_point, combine, Point, Secret, Share};
pub use wrap::{check_wrap, release, unwrap_release, unwrap_secret, unwrap_share, Context, Place, Wrap};

/// Maximum number of officers of a panel.
pub const MAX_OFFICERS: u32 = 16;

/// Maximum number of recipients of an envelope.
pub const MAX_RECIPIENTS: u32 = 16;

/// Maximum number of panels for which an envelope is sealed.
pub const MAX_PANELS: u32 = 4;
