//! Public keys, and what they have signed.

use crate::{
	decode::{algorithm, AlgorithmId, Input},
	oids, Refusal,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use der::{
	asn1::{BitStringRef, UintRef},
	Tag,
};
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use scale_info::TypeInfo;
use sha2::{Digest, Sha256};

/// A certificate's key.
///
/// What this crate hands out is a point of its curve, and for Ed25519 not one of small order. A value that was decoded
/// from elsewhere need not be; then nothing verifies under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum PublicKey {
	/// A point of NIST's curve P-256 (secp256r1, prime256v1), compressed as in SEC 1.
	P256([u8; 33]),
	/// An Ed25519 key as in RFC 8032.
	Ed25519([u8; 32]),
}

/// What a signature is made with. Each goes with one kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureAlgorithm {
	/// ECDSA over P-256 with SHA-256.
	EcdsaP256Sha256,
	/// Ed25519.
	Ed25519,
}

/// Why a signature proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
	/// The key is none.
	#[error("not a public key")]
	Key,
	/// It is not encoded as such signatures are.
	#[error("not encoded as a signature under this key")]
	Form,
	/// It is not of this message and this key.
	#[error("not a signature of this message under this key")]
	Mismatch,
}

impl PublicKey {
	/// Whether whoever holds the key has signed the message.
	///
	/// - P-256: ECDSA with SHA-256, the signature in DER as `openssl dgst -sha256 -sign` writes it. Both `s` and its twin
	///   `n - s` are good, since openssl makes either. So a signature is not an identity: never use its bytes as a nonce
	///   or as a key of a map. What was signed must say what makes it unique.
	/// - Ed25519: 64 bytes, verified strictly: `S` below the order of the group, no points of small order, no batch
	///   equation. Every machine comes to the same answer.
	pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
		match self {
			Self::P256(key) => verify_p256(key, &Sha256::digest(message), signature),
			Self::Ed25519(key) => verify_ed25519(key, message, signature),
		}
	}

	/// As [`Self::verify`], where the SHA-256 of the message is known already.
	pub(crate) fn verify_hashed(
		&self,
		message: &[u8],
		hash: &[u8; 32],
		signature: &[u8],
	) -> Result<(), SignatureError> {
		match self {
			Self::P256(key) => verify_p256(key, hash, signature),
			Self::Ed25519(key) => verify_ed25519(key, message, signature),
		}
	}

	/// The signatures that are made with it.
	pub const fn algorithm(&self) -> SignatureAlgorithm {
		match self {
			Self::P256(_) => SignatureAlgorithm::EcdsaP256Sha256,
			Self::Ed25519(_) => SignatureAlgorithm::Ed25519,
		}
	}

	/// Reads the content of a `SubjectPublicKeyInfo`: RFC 5480 for P-256, RFC 8410 for Ed25519.
	pub(crate) fn parse(info: &[u8]) -> Result<Self, Refusal> {
		const FIELD: &str = "subjectPublicKeyInfo";
		let mut input = Input::new(info, FIELD)?;
		let AlgorithmId { oid, parameters } = algorithm(input.value(Tag::Sequence, FIELD)?, FIELD)?;
		let bits: BitStringRef = input.decode(FIELD)?;
		input.finish()?;
		let bytes = bits.as_bytes().ok_or(Refusal::KeyEncoding)?;
		match oid {
			oids::EC_PUBLIC_KEY => {
				let curve = parameters.and_then(|any| any.decode_as().ok()).ok_or(Refusal::Parameters(oid))?;
				if curve != oids::PRIME256V1 {
					return Err(Refusal::Curve(curve));
				}
				p256_key(bytes)
			}
			oids::ED25519 if parameters.is_some() => Err(Refusal::Parameters(oid)),
			oids::ED25519 => ed25519_key(bytes),
			_ => Err(Refusal::KeyAlgorithm(oid)),
		}
	}
}

/// RFC 5480, section 2.2: uncompressed or compressed; never hybrid, never the point at infinity.
fn p256_key(bytes: &[u8]) -> Result<PublicKey, Refusal> {
	let form = bytes.first().zip(Some(bytes.len()));
	if !matches!(form, Some((4, 65) | (2 | 3, 33))) {
		return Err(Refusal::KeyEncoding);
	}
	let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(bytes).map_err(|_| Refusal::KeyEncoding)?;
	let compressed = key.to_encoded_point(true);
	compressed.as_bytes().try_into().map(PublicKey::P256).map_err(|_| Refusal::KeyEncoding)
}

fn ed25519_key(bytes: &[u8]) -> Result<PublicKey, Refusal> {
	let bytes: [u8; 32] = bytes.try_into().map_err(|_| Refusal::KeyEncoding)?;
	let key = ed25519_dalek::VerifyingKey::from_bytes(&bytes).map_err(|_| Refusal::KeyEncoding)?;
	if key.is_weak() {
		return Err(Refusal::WeakKey);
	}
	// A coordinate of the field's order or more would be a second encoding of the same point.
	if key.to_edwards().compress().to_bytes() != bytes {
		return Err(Refusal::KeyEncoding);
	}
	Ok(PublicKey::Ed25519(bytes))
}

fn verify_p256(key: &[u8; 33], hash: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
	let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(key).map_err(|_| SignatureError::Key)?;
	let signature = ecdsa_signature(signature).ok_or(SignatureError::Form)?;
	key.verify_prehash(hash, &signature).map_err(|_| SignatureError::Mismatch)
}

/// `SEQUENCE { r INTEGER, s INTEGER }` in DER, both from 1 to the order of the curve less one.
fn ecdsa_signature(bytes: &[u8]) -> Option<p256::ecdsa::Signature> {
	const FIELD: &str = "signature";
	let mut outer = Input::new(bytes, FIELD).ok()?;
	let mut inner = Input::new(outer.value(Tag::Sequence, FIELD).ok()?, FIELD).ok()?;
	outer.finish().ok()?;
	let (r, s): (UintRef, UintRef) = (inner.decode(FIELD).ok()?, inner.decode(FIELD).ok()?);
	inner.finish().ok()?;
	p256::ecdsa::Signature::from_scalars(field_bytes(r.as_bytes())?, field_bytes(s.as_bytes())?).ok()
}

/// Padded on the left.
fn field_bytes(number: &[u8]) -> Option<[u8; 32]> {
	let mut padded = [0; 32];
	let start = padded.len().checked_sub(number.len())?;
	padded.get_mut(start..)?.copy_from_slice(number);
	Some(padded)
}

fn verify_ed25519(key: &[u8; 32], message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
	let key = ed25519_dalek::VerifyingKey::from_bytes(key).map_err(|_| SignatureError::Key)?;
	let signature = ed25519_dalek::Signature::from_slice(signature).map_err(|_| SignatureError::Form)?;
	key.verify_strict(message, &signature).map_err(|_| SignatureError::Mismatch)
}
