//! Secrets and their shares: Shamir's scheme over the scalars of Curve25519, with public points of the coefficients
//! (Feldman 1987, §4), so that each officer can check the share that he receives.

use crate::EnvelopeError;
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use curve25519_dalek::{
	edwards::{CompressedEdwardsY, EdwardsPoint},
	traits::{Identity, IsIdentity},
	Scalar,
};
use hpke::rand_core::CryptoRng;
use scale_info::TypeInfo;
use sha2::{Digest, Sha512};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// A point of edwards25519, compressed.
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
pub struct Point(pub [u8; 32]);

impl Point {
	pub(crate) fn of(scalar: &Scalar) -> Self {
		Self(EdwardsPoint::mul_base(scalar).compress().to_bytes())
	}

	/// The decompressed point. This does not check that its order is prime; [`check_point`] does.
	pub(crate) fn decompress(&self) -> Result<EdwardsPoint, EnvelopeError> {
		CompressedEdwardsY(self.0).decompress().ok_or(EnvelopeError::BadPoint)
	}
}

/// Checks that a point can stand in an envelope: it is of prime order and in its canonical form.
pub fn check_point(point: &Point) -> Result<(), EnvelopeError> {
	let decompressed = point.decompress()?;
	let is_canonical = decompressed.compress().to_bytes() == point.0;
	match is_canonical && decompressed.is_torsion_free() && !decompressed.is_identity() {
		true => Ok(()),
		false => Err(EnvelopeError::BadPoint),
	}
}

/// The scalar with these 32 bytes, if they are its canonical form.
pub(crate) fn canonical(bytes: &[u8]) -> Option<Scalar> {
	let bytes: [u8; 32] = bytes.try_into().ok()?;
	Scalar::from_canonical_bytes(bytes).into_option()
}

/// The scalar that a challenge's parts hash to (SHA-512, reduced modulo the group order).
pub(crate) fn scalar_from(parts: &[&[u8]]) -> Scalar {
	let mut hash = Sha512::new();
	for part in parts {
		hash.update(part);
	}
	Scalar::from_bytes_mod_order_wide(&hash.finalize().into())
}

/// A uniformly random scalar.
pub(crate) fn random(rng: &mut impl CryptoRng) -> Zeroizing<Scalar> {
	let mut bytes = Zeroizing::new([0; 64]);
	rng.fill_bytes(&mut *bytes);
	Zeroizing::new(Scalar::from_bytes_mod_order_wide(&bytes))
}

/// The secret under which a payload is encrypted. Its memory is wiped on drop, and its `Debug` form does not show it.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Secret(pub(crate) Scalar);

impl fmt::Debug for Secret {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.write_str("Secret(…)")
	}
}

impl Secret {
	/// Generates a new secret.
	pub fn generate(rng: &mut impl CryptoRng) -> Self {
		Self(*random(rng))
	}

	/// The secret with these bytes, little-endian. [`EnvelopeError::BadScalar`] if they are no canonical scalar.
	pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, EnvelopeError> {
		canonical(bytes).map(Self).ok_or(EnvelopeError::BadScalar)
	}

	/// The secret's bytes, little-endian.
	pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
		Zeroizing::new(self.0.to_bytes())
	}

	/// The key point, secret · B, which the chain holds.
	pub fn key_point(&self) -> Point {
		Point::of(&self.0)
	}
}

/// An officer's share of a secret. Its memory is wiped on drop, and its `Debug` form does not show the value.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Share {
	/// The place in the panel, from 0, of the officer whose share this is.
	#[zeroize(skip)]
	pub(crate) index: u32,
	pub(crate) value: Scalar,
}

impl fmt::Debug for Share {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		write!(f, "Share({}, …)", self.index)
	}
}

impl Share {
	/// The place in the panel, from 0, of the officer whose share this is.
	pub fn index(&self) -> u32 {
		self.index
	}

	/// Checks that `value` is officer `index`'s share of the secret of `key_point`.
	pub(crate) fn check(value: Scalar, index: u32, key_point: &Point, points: &[Point]) -> Result<Self, EnvelopeError> {
		let x = abscissa(index);
		// Horner's scheme, from the highest coefficient.
		let mut expected = EdwardsPoint::identity();
		for point in core::iter::once(key_point).chain(points).rev() {
			expected = expected * x + point.decompress()?;
		}
		match EdwardsPoint::mul_base(&value) == expected {
			true => Ok(Self { index, value }),
			false => Err(EnvelopeError::OtherShare),
		}
	}
}

/// The argument at which the polynomial is evaluated for an officer. Argument 0 would give the secret.
fn abscissa(index: u32) -> Scalar {
	Scalar::from(u64::from(index) + 1)
}

/// A polynomial with the secret as its value at 0.
pub(crate) struct Polynomial(Zeroizing<Vec<Scalar>>);

impl Polynomial {
	/// A random polynomial of degree `threshold` - 1: any `threshold` of its values give the secret.
	pub fn through(secret: &Secret, threshold: u8, rng: &mut impl CryptoRng) -> Self {
		let mut coefficients = Zeroizing::new(Vec::with_capacity(usize::from(threshold)));
		coefficients.push(secret.0);
		for _ in 1..threshold {
			coefficients.push(*random(rng));
		}
		Self(coefficients)
	}

	/// The points of all coefficients except the first; the first coefficient's point is the key point.
	pub fn points(&self) -> Vec<Point> {
		self.0.iter().skip(1).map(Point::of).collect()
	}

	/// An officer's share.
	pub fn share(&self, index: u32) -> Share {
		let x = abscissa(index);
		let value = self.0.iter().rev().fold(Scalar::ZERO, |value, coefficient| value * x + coefficient);
		Share { index, value }
	}
}

/// Combines shares into the secret, and checks it against the key point. At least `needed` distinct shares must be
/// given.
pub fn combine(shares: &[Share], needed: usize, key_point: &Point) -> Result<Secret, EnvelopeError> {
	let mut distinct: Vec<&Share> = Vec::with_capacity(shares.len());
	for share in shares {
		if distinct.iter().all(|other| other.index != share.index) {
			distinct.push(share);
		}
	}
	if distinct.len() < needed {
		return Err(EnvelopeError::Shares { count: distinct.len(), needed });
	}
	distinct.truncate(needed);
	let mut secret = Secret(Scalar::ZERO);
	for share in &distinct {
		// The share's Lagrange coefficient at 0.
		let (mut over, mut under) = (Scalar::ONE, Scalar::ONE);
		for other in distinct.iter().filter(|other| other.index != share.index) {
			over *= abscissa(other.index);
			under *= abscissa(other.index) - abscissa(share.index);
		}
		secret.0 += share.value * over * under.invert();
	}
	match secret.key_point() == *key_point {
		true => Ok(secret),
		false => Err(EnvelopeError::SecretWrong),
	}
}
