//! Encryption keys, and the proof that somebody holds the secret half.

use crate::{
	share::{canonical, random, scalar_from},
	EnvelopeError,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use curve25519_dalek::{
	edwards::EdwardsPoint, montgomery::MontgomeryPoint, scalar::clamp_integer, traits::IsIdentity, Scalar,
};
use hpke::rand_core::CryptoRng;
use scale_info::TypeInfo;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// An X25519 public key: a u-coordinate, little-endian.
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
pub struct PublicKey(pub [u8; 32]);

/// An X25519 secret key. Its memory is wiped on drop, and its `Debug` form does not show the key.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SecretKey([u8; 32]);

impl fmt::Debug for SecretKey {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.write_str("SecretKey(…)")
	}
}

impl SecretKey {
	/// Generates a new secret key.
	pub fn generate(rng: &mut impl CryptoRng) -> Self {
		let mut bytes = [0; 32];
		rng.fill_bytes(&mut bytes);
		let key = Self::from_bytes(bytes);
		bytes.zeroize();
		key
	}

	/// The secret key made of these bytes, clamped as in RFC 7748. Any 32 bytes are a key.
	pub fn from_bytes(bytes: [u8; 32]) -> Self {
		Self(clamp_integer(bytes))
	}

	/// The key's bytes, clamped.
	pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
		Zeroizing::new(self.0)
	}

	/// The public half of the key pair.
	pub fn public(&self) -> PublicKey {
		PublicKey(MontgomeryPoint::mul_base_clamped(self.0).to_bytes())
	}

	/// The scalar x with x·8B = P, where P is the public key as an Edwards point of sign 0.
	pub(crate) fn exponent(&self) -> Zeroizing<Scalar> {
		// A clamped key is a multiple of eight, so shifting it right by three bits divides it exactly.
		let mut eighth = Zeroizing::new([0; 32]);
		for (at, byte) in eighth.iter_mut().enumerate() {
			let above = self.0.get(at + 1).copied().unwrap_or(0);
			*byte = self.0[at] >> 3 | above << 5;
		}
		let x = Zeroizing::new(Scalar::from_bytes_mod_order(*eighth));
		// The sign of a compressed Edwards point is its highest bit.
		let negative = EdwardsPoint::mul_base(&Scalar::from_bytes_mod_order(self.0)).compress().to_bytes()[31] >> 7;
		match negative {
			0 => x,
			_ => Zeroizing::new(-*x),
		}
	}
}

/// The Edwards point of sign 0 with this u-coordinate, if there is such a point and the bytes are its canonical form.
pub(crate) fn edwards(u: &[u8; 32]) -> Option<EdwardsPoint> {
	let point = MontgomeryPoint(*u).to_edwards(0)?;
	(point.to_montgomery().to_bytes() == *u).then_some(point)
}

/// The base point of the proofs: G = 8·B.
pub(crate) fn base() -> EdwardsPoint {
	EdwardsPoint::mul_base(&Scalar::from(8_u8))
}

/// The Edwards point of a public key; an error if the key cannot be registered.
pub(crate) fn key_point(key: &PublicKey) -> Result<EdwardsPoint, EnvelopeError> {
	let point = edwards(&key.0).ok_or(EnvelopeError::BadKey)?;
	// With a component of small order, wrong proofs could verify by chance.
	match point.is_torsion_free() && !point.is_identity() {
		true => Ok(point),
		false => Err(EnvelopeError::BadKey),
	}
}

/// Checks that a key can be registered: it is on the curve, of prime order, and in its canonical form.
pub fn check_key(key: &PublicKey) -> Result<(), EnvelopeError> {
	key_point(key).map(drop)
}

/// That somebody holds the secret half of a key: challenge and response, scalars of 32 bytes each, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Possession(pub [u8; 64]);

fn possession_challenge(
	key: &PublicKey,
	genesis: &[u8; 32],
	account: &[u8; 32],
	version: u32,
	nonce: &EdwardsPoint,
) -> Scalar {
	let nonce = nonce.compress().to_bytes();
	let version = version.to_le_bytes();
	scalar_from(&[b"syndic/possession/1", genesis, account, &version, &key.0, &nonce])
}

/// Proves possession of a secret key. The proof holds for one chain, one account, and one version of the account's key.
pub fn prove_possession(
	secret: &SecretKey,
	genesis: &[u8; 32],
	account: &[u8; 32],
	version: u32,
	rng: &mut impl CryptoRng,
) -> Possession {
	let nonce = random(rng);
	let challenge = possession_challenge(&secret.public(), genesis, account, version, &(base() * *nonce));
	let response = *nonce + challenge * *secret.exponent();
	let mut proof = [0; 64];
	proof[..32].copy_from_slice(challenge.as_bytes());
	proof[32..].copy_from_slice(response.as_bytes());
	Possession(proof)
}

/// Checks a proof of possession, and the key itself.
pub fn verify_possession(
	key: &PublicKey,
	genesis: &[u8; 32],
	account: &[u8; 32],
	version: u32,
	proof: &Possession,
) -> Result<(), EnvelopeError> {
	let point = key_point(key)?;
	let (challenge, response) = proof.0.split_at(32);
	let challenge = canonical(challenge).ok_or(EnvelopeError::BadProof)?;
	let response = canonical(response).ok_or(EnvelopeError::BadProof)?;
	let nonce = base() * response - point * challenge;
	match possession_challenge(key, genesis, account, version, &nonce) == challenge {
		true => Ok(()),
		false => Err(EnvelopeError::BadProof),
	}
}
