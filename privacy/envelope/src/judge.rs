//! Judges whether the sender of an envelope has cheated, from what a recipient or an officer reveals.

use crate::{
	dh::KnownDh,
	payload::{ciphertext_hash, decrypt},
	share::{canonical, Share},
	Context, DhProof, EnvelopeError, Place, Point, PublicKey, Secret, Wrap,
};

/// The result of judging an accusation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
	/// The sender has sealed what he should have sealed.
	Honest,
	/// The sender has sealed something else.
	Guilty,
}

/// The content that a wrap should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected<'a> {
	/// The secret.
	Secret {
		/// The envelope's key point, secret · B.
		key_point: &'a Point,
	},
	/// An officer's share of the secret.
	Share {
		/// The envelope's key point, secret · B.
		key_point: &'a Point,
		/// The points of the polynomial's other coefficients.
		points: &'a [Point],
		/// The officer's place in the panel, from 0.
		index: u32,
	},
}

/// Judges a wrap that was sealed for `key`, from the proven result of its Diffie-Hellman exchange. An error means that
/// the key, the proof or a point is not acceptable, which says nothing about the sender.
pub fn judge_wrap(
	context: &Context,
	place: &Place,
	key: &PublicKey,
	wrap: &Wrap,
	expected: &Expected,
	proof: &DhProof,
) -> Result<Verdict, EnvelopeError> {
	let dh = proof.verify(key, wrap)?;
	let Ok(bytes) = context.unwrap::<KnownDh>(place, &dh, wrap) else { return Ok(Verdict::Guilty) };
	let Some(scalar) = canonical(&bytes) else { return Ok(Verdict::Guilty) };
	let fits = match expected {
		Expected::Secret { key_point } => Secret(scalar).key_point() == **key_point,
		Expected::Share { key_point, points, index } => match Share::check(scalar, *index, key_point, points) {
			Ok(_) => true,
			Err(EnvelopeError::OtherShare) => false,
			Err(error) => return Err(error),
		},
	};
	Ok(if fits { Verdict::Honest } else { Verdict::Guilty })
}

/// Judges a ciphertext, from the unwrapped secret. An error means that secret or ciphertext are not this envelope's,
/// which says nothing about the sender.
pub fn judge_payload(
	context: &Context,
	key_point: &Point,
	hash: &[u8; 32],
	secret: &[u8; 32],
	ciphertext: &[u8],
) -> Result<Verdict, EnvelopeError> {
	let secret = Secret::from_bytes(secret)?;
	if secret.key_point() != *key_point {
		return Err(EnvelopeError::SecretWrong);
	}
	if ciphertext_hash(ciphertext) != *hash {
		return Err(EnvelopeError::CiphertextWrong);
	}
	Ok(match decrypt(context, &secret, ciphertext) {
		Ok(_) => Verdict::Honest,
		Err(_) => Verdict::Guilty,
	})
}
