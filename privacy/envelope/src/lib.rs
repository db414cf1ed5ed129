//! Sealed envelopes: how a private payload is encrypted for its recipients and for the regulators, what of it stands on
//! the chain, and how a sender that cheats is proven guilty there.
//!
//! Nothing here does I/O, knows of a chain's storage, or has a source of randomness of its own: the runtime judges with
//! it, people's tools seal and open with it.
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
//! The key is used for one ciphertext, so its nonce may be fixed. The sender stands in what is authenticated, so what
//! another has copied from the pool opens for nobody, and proves *him* guilty.
//!
//! # What cannot be cheated
//!
//! Whoever unwraps s or a share of it compares it with points that everybody knows: what fits them is the one secret, and
//! any m shares that fit give it. What does not fit proves the sender guilty: whoever was to have it reveals, of this one
//! wrap, the result of the Diffie-Hellman exchange, and proves with [`DhProof`] that it is the result under the
//! registered key. [`judge_wrap`] opens the wrap with it. What this reveals is a wrap that opens nothing; who reveals a
//! good one gives away his own share, and no more. That the ciphertext does not hold what was committed to is proven with
//! s and the ciphertext: [`judge_payload`].
//!
//! What remains: a sender can withhold the ciphertext. Then there is a commitment, and nobody has anything.
//!
//! # The proofs
//!
//! Both are Schnorr proofs in the prime-order group (Chaum and Pedersen 1992, §3.2, for the equality of two discrete
//! logarithms), made non-interactive by SHA-512. X25519 knows points by one coordinate only, so P is the Edwards point
//! with it whose sign is 0, and the secret is ±sk/8 for the clamped sk, over the base G = 8·B. A key is on the curve, of
//! prime order and in its canonical form, or it is refused; [`EnvelopeError`] says what was not.
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

/// The most officers of a panel.
pub const MAX_OFFICERS: u32 = 16;

/// The most recipients of an envelope.
pub const MAX_RECIPIENTS: u32 = 16;

/// The most panels for which an envelope is wrapped.
pub const MAX_PANELS: u32 = 4;
