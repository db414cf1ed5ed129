//! Wraps: a secret, or a share of a secret, sealed for one key.

use crate::{
	key::edwards,
	share::{canonical, Share},
	EnvelopeError, Point, PublicKey, Secret, SecretKey,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use curve25519_dalek::{traits::IsIdentity, Scalar};
use hpke::{
	aead::ChaCha20Poly1305, kdf::HkdfSha256, kem::X25519HkdfSha256, rand_core::CryptoRng, Deserializable, Kem, OpModeR,
	OpModeS, Serializable,
};
use scale_info::TypeInfo;
use zeroize::Zeroizing;

/// 32 bytes, sealed for an encryption key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Wrap {
	/// The encapsulated key: an X25519 public key that was made for this alone.
	pub enc: [u8; 32],
	/// The 32 bytes, encrypted, and the tag.
	pub sealed: [u8; 48],
}

/// Which wrap of an envelope it is. A wrap that is moved to another place does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Place {
	/// The secret, for a recipient: its position.
	#[codec(index = 0)]
	Recipient(u32),
	/// A share, for an officer of a panel.
	#[codec(index = 1)]
	Officer {
		/// The panel.
		panel: u32,
		/// The officer's place in it.
		index: u32,
	},
	/// A share, sealed anew for the officer who asked for the disclosure.
	#[codec(index = 2)]
	Release {
		/// The number of the request.
		request: u32,
		/// Whose share: the officer's place in the panel.
		index: u32,
	},
}

/// The envelope that a wrap or a ciphertext is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
	/// The hash of the chain's genesis block.
	pub genesis: [u8; 32],
	/// The account that sends the envelope.
	pub sender: [u8; 32],
	/// The commitment to the payload.
	pub commitment: [u8; 32],
}

impl Context {
	/// HPKE's `info`: the envelope and the place to which a wrap is bound.
	fn info(&self, place: &Place) -> Vec<u8> {
		[b"syndic/envelope/1", &self.genesis[..], &self.sender, &self.commitment, &place.encode()].concat()
	}

	/// Seals 32 bytes for a public key.
	pub(crate) fn wrap(
		&self,
		place: &Place,
		to: &PublicKey,
		bytes: &[u8; 32],
		rng: &mut impl CryptoRng,
	) -> Result<Wrap, EnvelopeError> {
		let key = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(&to.0).map_err(|_| EnvelopeError::BadKey)?;
		let (enc, sealed) = hpke::single_shot_seal::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256, _>(
			&OpModeS::Base,
			&key,
			&self.info(place),
			bytes,
			&[],
			rng,
		)
		.map_err(|_| EnvelopeError::BadKey)?;
		let sealed = sealed.try_into().map_err(|_| EnvelopeError::BadWrap)?;
		Ok(Wrap { enc: enc.to_bytes().into(), sealed })
	}

	/// Opens a wrap with a private key of the key encapsulation mechanism `K`.
	pub(crate) fn unwrap<K: Kem>(
		&self,
		place: &Place,
		key: &K::PrivateKey,
		wrap: &Wrap,
	) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
		let enc = K::EncappedKey::from_bytes(&wrap.enc).map_err(|_| EnvelopeError::BadWrap)?;
		let info = self.info(place);
		hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, K>(&OpModeR::Base, key, &enc, &info, &wrap.sealed, &[])
			.map(Zeroizing::new)
			.map_err(|_| EnvelopeError::NotForThisKey)
	}

	/// Opens a wrap that should hold a scalar; `None` if its content is no scalar in canonical form.
	fn unwrap_scalar(&self, place: &Place, key: &SecretKey, wrap: &Wrap) -> Result<Option<Scalar>, EnvelopeError> {
		let key = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(&*key.to_bytes());
		let key = key.map_err(|_| EnvelopeError::BadKey)?;
		Ok(canonical(&self.unwrap::<X25519HkdfSha256>(place, &key, wrap)?))
	}
}

/// Checks that a wrap can stand in an envelope: its encapsulated key is on the curve, in its canonical form, and not of
/// small order. A [`crate::DhProof`] can be made for every such wrap.
pub fn check_wrap(wrap: &Wrap) -> Result<(), EnvelopeError> {
	let point = edwards(&wrap.enc).ok_or(EnvelopeError::BadWrap)?;
	match point.mul_by_cofactor().is_identity() {
		true => Err(EnvelopeError::BadWrap),
		false => Ok(()),
	}
}

/// Unwraps the secret for a recipient, and checks that it is the secret of the key point.
pub fn unwrap_secret(
	context: &Context,
	position: u32,
	key: &SecretKey,
	wrap: &Wrap,
	key_point: &Point,
) -> Result<Secret, EnvelopeError> {
	let scalar = context.unwrap_scalar(&Place::Recipient(position), key, wrap)?;
	let secret = scalar.map(Secret).ok_or(EnvelopeError::OtherSecret)?;
	match secret.key_point() == *key_point {
		true => Ok(secret),
		false => Err(EnvelopeError::OtherSecret),
	}
}

/// Unwraps an officer's share, and checks it against the points of the envelope.
pub fn unwrap_share(
	context: &Context,
	panel: u32,
	index: u32,
	key: &SecretKey,
	wrap: &Wrap,
	(key_point, points): (&Point, &[Point]),
) -> Result<Share, EnvelopeError> {
	let scalar = context.unwrap_scalar(&Place::Officer { panel, index }, key, wrap)?;
	Share::check(scalar.ok_or(EnvelopeError::OtherShare)?, index, key_point, points)
}

/// Seals an officer's share anew, for the officer who requested the disclosure.
pub fn release(
	context: &Context,
	request: u32,
	share: &Share,
	requester: &PublicKey,
	rng: &mut impl CryptoRng,
) -> Result<Wrap, EnvelopeError> {
	let bytes = Zeroizing::new(share.value.to_bytes());
	context.wrap(&Place::Release { request, index: share.index }, requester, &bytes, rng)
}

/// Unwraps a share that another officer has released to the requesting officer, and checks it against the points of the
/// envelope.
pub fn unwrap_release(
	context: &Context,
	request: u32,
	index: u32,
	key: &SecretKey,
	wrap: &Wrap,
	(key_point, points): (&Point, &[Point]),
) -> Result<Share, EnvelopeError> {
	let scalar = context.unwrap_scalar(&Place::Release { request, index }, key, wrap)?;
	Share::check(scalar.ok_or(EnvelopeError::OtherShare)?, index, key_point, points)
}
