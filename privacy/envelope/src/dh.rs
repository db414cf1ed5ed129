//! The result of one Diffie-Hellman exchange, with the proof that it is the result under a registered key; and HPKE
//! that takes such a result in place of the secret key.

use crate::{
	key::{base, edwards, key_point},
	share::{canonical, random, scalar_from, Point},
	EnvelopeError, PublicKey, SecretKey, Wrap,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use curve25519_dalek::{edwards::EdwardsPoint, traits::IsIdentity, Scalar};
use hpke::{
	generic_array::{
		typenum::{U32, U64},
		GenericArray,
	},
	kdf::{extract_and_expand, HkdfSha256},
	kem::{SharedSecret, X25519HkdfSha256},
	rand_core::{CryptoRng, RngCore},
	Deserializable, HpkeError, Kem, Serializable,
};
use scale_info::TypeInfo;

/// What a wrap's encapsulated key and a registered key agree on, and the proof of it. It opens this one wrap, and says
/// nothing about any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct DhProof {
	/// The result, as a point of edwards25519, compressed.
	pub dh: [u8; 32],
	/// The challenge, a scalar, little-endian.
	pub challenge: [u8; 32],
	/// The response, a scalar, little-endian.
	pub response: [u8; 32],
}

fn challenge(key: &EdwardsPoint, enc: &EdwardsPoint, dh: &EdwardsPoint, nonces: [EdwardsPoint; 2]) -> Scalar {
	let [key, enc, dh, first, second] =
		[*key, *enc, *dh, nonces[0], nonces[1]].map(|point| point.compress().to_bytes());
	scalar_from(&[b"syndic/dh/1", &key, &enc, &dh, &first, &second])
}

/// A wrap's encapsulated key, multiplied by the cofactor 8. The product is in the prime-order group even if the key is
/// not.
fn encapsulated(wrap: &Wrap) -> Result<EdwardsPoint, EnvelopeError> {
	let point = edwards(&wrap.enc).ok_or(EnvelopeError::BadWrap)?.mul_by_cofactor();
	match point.is_identity() {
		true => Err(EnvelopeError::BadWrap),
		false => Ok(point),
	}
}

/// Reveals the Diffie-Hellman result of one wrap's encapsulated key and the holder's own secret key, with its proof.
pub fn prove_dh(key: &SecretKey, wrap: &Wrap, rng: &mut impl CryptoRng) -> Result<DhProof, EnvelopeError> {
	let (point, enc) = (key_point(&key.public())?, encapsulated(wrap)?);
	let (x, nonce) = (key.exponent(), random(rng));
	let dh = enc * *x;
	let challenge = challenge(&point, &enc, &dh, [base() * *nonce, enc * *nonce]);
	let response = *nonce + challenge * *x;
	Ok(DhProof { dh: dh.compress().to_bytes(), challenge: challenge.to_bytes(), response: response.to_bytes() })
}

/// A proven Diffie-Hellman result, and the registered key that it is for. HPKE takes this in place of a secret key.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ProvenDh {
	dh: [u8; 32],
	key: [u8; 32],
}

impl DhProof {
	/// Checks that this is the result for this wrap under this key.
	pub(crate) fn verify(&self, key: &PublicKey, wrap: &Wrap) -> Result<ProvenDh, EnvelopeError> {
		let (point, enc) = (key_point(key)?, encapsulated(wrap)?);
		let dh = Point(self.dh).decompress().map_err(|_| EnvelopeError::BadProof)?;
		let stated = canonical(&self.challenge).ok_or(EnvelopeError::BadProof)?;
		let response = canonical(&self.response).ok_or(EnvelopeError::BadProof)?;
		let nonces = [base() * response - point * stated, enc * response - dh * stated];
		// With a component of small order, a wrong result could pass by chance.
		let holds = dh.is_torsion_free() && challenge(&point, &enc, &dh, nonces) == stated;
		match holds {
			true => Ok(ProvenDh { dh: dh.to_montgomery().to_bytes(), key: key.0 }),
			false => Err(EnvelopeError::BadProof),
		}
	}
}

impl Serializable for ProvenDh {
	type OutputSize = U64;

	fn write_exact(&self, buffer: &mut [u8]) {
		let (dh, key) = buffer.split_at_mut(32);
		dh.copy_from_slice(&self.dh);
		key.copy_from_slice(&self.key);
	}
}

impl Deserializable for ProvenDh {
	fn from_bytes(bytes: &[u8]) -> Result<Self, HpkeError> {
		let (dh, key) = bytes.split_at_checked(32).ok_or(HpkeError::ValidationError)?;
		let half = |half: &[u8]| half.try_into().map_err(|_| HpkeError::ValidationError);
		Ok(Self { dh: half(dh)?, key: half(key)? })
	}
}

/// DHKEM(X25519, HKDF-SHA256) of RFC 9180 §4.1, for somebody who knows the result of the exchange and not the key. It
/// only decapsulates.
pub(crate) struct KnownDh;

impl Kem for KnownDh {
	type PublicKey = <X25519HkdfSha256 as Kem>::PublicKey;
	type PrivateKey = ProvenDh;
	type EncappedKey = <X25519HkdfSha256 as Kem>::EncappedKey;
	type NSecret = U32;

	const KEM_ID: u16 = X25519HkdfSha256::KEM_ID;

	fn sk_to_pk(secret: &ProvenDh) -> Self::PublicKey {
		// Any 32 bytes are a public key, so the alternative is never taken.
		Self::PublicKey::from_bytes(&secret.key).unwrap_or_else(|_| X25519HkdfSha256::derive_keypair(&secret.key).1)
	}

	fn derive_keypair(material: &[u8]) -> (ProvenDh, Self::PublicKey) {
		let (secret, public) = X25519HkdfSha256::derive_keypair(material);
		(ProvenDh { dh: secret.to_bytes().into(), key: public.to_bytes().into() }, public)
	}

	fn decap(
		secret: &ProvenDh,
		sender: Option<&Self::PublicKey>,
		enc: &Self::EncappedKey,
	) -> Result<SharedSecret<Self>, HpkeError> {
		if sender.is_some() {
			return Err(HpkeError::DecapError);
		}
		let context: GenericArray<u8, U64> = GenericArray::from_iter(enc.to_bytes().into_iter().chain(secret.key));
		let suite = [b'K', b'E', b'M', Self::KEM_ID.to_be_bytes()[0], Self::KEM_ID.to_be_bytes()[1]];
		let mut shared = SharedSecret::<Self>::default();
		extract_and_expand::<HkdfSha256>(&secret.dh, &suite, &context, &mut shared.0)
			.map_err(|_| HpkeError::DecapError)?;
		Ok(shared)
	}

	fn encap<R: CryptoRng + RngCore>(
		_: &Self::PublicKey,
		_: Option<(&ProvenDh, &Self::PublicKey)>,
		_: &mut R,
	) -> Result<(SharedSecret<Self>, Self::EncappedKey), HpkeError> {
		Err(HpkeError::EncapError)
	}
}
