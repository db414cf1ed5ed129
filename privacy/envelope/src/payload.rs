//! The payload: its commitment and its encryption.

use crate::{Context, EnvelopeError, Secret};
use alloc::vec::Vec;
use chacha20poly1305::{aead::AeadInPlace, ChaCha20Poly1305, Key, KeyInit, Nonce};
use core::fmt;
use hkdf::Hkdf;
use sha2::Sha256;
use sp_crypto_hashing::blake2_256;
use zeroize::Zeroizing;

/// Maximum length of a payload, in bytes.
pub const MAX_PAYLOAD: usize = 256 * 1024;

/// Length of the salt before a payload, in bytes.
pub const SALT: usize = 32;

/// By how many bytes a ciphertext is longer than its payload: the salt and the tag.
pub const OVERHEAD: usize = SALT + 16;

/// The commitment to a payload, which the chain holds. Because of the salt, nobody can find the payload by trying
/// likely ones.
pub fn commitment(salt: &[u8; SALT], payload: &[u8]) -> [u8; 32] {
	let parts = Zeroizing::new([b"syndic/commitment/1", &salt[..], payload].concat());
	blake2_256(&parts)
}

/// The hash of a ciphertext, which the chain holds.
pub fn ciphertext_hash(ciphertext: &[u8]) -> [u8; 32] {
	blake2_256(ciphertext)
}

/// An opened payload. The payload's memory is wiped on drop, and its `Debug` form shows the length only.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
	/// The salt of the commitment.
	pub salt: [u8; SALT],
	/// The payload.
	pub payload: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Opened {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		write!(f, "Opened({} bytes)", self.payload.len())
	}
}

fn cipher(secret: &Secret) -> ChaCha20Poly1305 {
	let mut key = Zeroizing::new([0; 32]);
	// HKDF's expansion fails only for an output longer than 255 hashes.
	let expanded = Hkdf::<Sha256>::new(None, &*secret.to_bytes()).expand(b"syndic/payload-key/1", &mut *key);
	debug_assert!(expanded.is_ok());
	ChaCha20Poly1305::new(Key::from_slice(&*key))
}

fn aad(context: &Context) -> Vec<u8> {
	[b"syndic/payload/1", &context.genesis[..], &context.sender, &context.commitment].concat()
}

/// Encrypts the salt and the payload of which `context.commitment` was made.
pub(crate) fn encrypt(context: &Context, secret: &Secret, salt: &[u8; SALT], payload: &[u8]) -> Vec<u8> {
	// The full capacity at once: growing the vector would leave plain text behind in the memory that it moved from.
	let mut text = Vec::with_capacity(payload.len() + OVERHEAD);
	text.extend_from_slice(salt);
	text.extend_from_slice(payload);
	// ChaCha20-Poly1305 fails only for more than 256 GiB.
	let sealed = cipher(secret).encrypt_in_place(&Nonce::default(), &aad(context), &mut text);
	debug_assert!(sealed.is_ok());
	text
}

/// Decrypts a ciphertext, and checks that its salt and payload give the commitment.
pub(crate) fn decrypt(context: &Context, secret: &Secret, ciphertext: &[u8]) -> Result<Opened, EnvelopeError> {
	let mut text = Zeroizing::new(ciphertext.to_vec());
	cipher(secret)
		.decrypt_in_place(&Nonce::default(), &aad(context), &mut *text)
		.map_err(|_| EnvelopeError::PayloadWrong)?;
	let (salt, payload) = text.split_first_chunk().ok_or(EnvelopeError::PayloadWrong)?;
	match commitment(salt, payload) == context.commitment {
		true => Ok(Opened { salt: *salt, payload: Zeroizing::new(payload.to_vec()) }),
		false => Err(EnvelopeError::PayloadWrong),
	}
}

/// Opens a payload with its secret, after a check of the ciphertext against the hash on the chain.
pub fn open(context: &Context, secret: &Secret, hash: &[u8; 32], ciphertext: &[u8]) -> Result<Opened, EnvelopeError> {
	match ciphertext_hash(ciphertext) == *hash {
		true => decrypt(context, secret, ciphertext),
		false => Err(EnvelopeError::CiphertextWrong),
	}
}
