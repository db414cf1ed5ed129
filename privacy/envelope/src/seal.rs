//! Sealing a whole envelope.

use crate::{
	payload::{ciphertext_hash, commitment, encrypt, MAX_PAYLOAD, SALT},
	share::Polynomial,
	Context, EnvelopeError, Place, Point, PublicKey, Secret, Wrap, MAX_OFFICERS, MAX_PANELS, MAX_RECIPIENTS,
};
use alloc::vec::Vec;
use hpke::rand_core::CryptoRng;
use zeroize::Zeroizing;

/// A panel, as the chain describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanelKeys {
	/// The panel's number.
	pub panel: u32,
	/// Number of officers who open a payload together.
	pub threshold: u8,
	/// The officers' encryption keys, in the panel's order.
	pub officers: Vec<PublicKey>,
}

/// The part of an envelope that is sealed for one panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedPanel {
	/// The panel's number.
	pub panel: u32,
	/// The points of all coefficients except the first; `threshold` - 1 points.
	pub points: Vec<Point>,
	/// One wrapped share per officer, in the panel's order.
	pub shares: Vec<Wrap>,
}

/// A sealed envelope: the parts that go on the chain, and the ciphertext, which does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
	/// The commitment to the payload.
	pub commitment: [u8; 32],
	/// The hash of the ciphertext.
	pub ciphertext_hash: [u8; 32],
	/// The ciphertext.
	pub ciphertext: Vec<u8>,
	/// The key point, secret · B.
	pub key_point: Point,
	/// The secret, wrapped for each recipient.
	pub recipients: Vec<Wrap>,
	/// The shares of the secret, wrapped for the officers of each panel.
	pub panels: Vec<SealedPanel>,
}

/// Seals a payload for recipients and panels. The wraps are in the order of `recipients` and `panels`.
pub fn seal(
	genesis: [u8; 32],
	sender: [u8; 32],
	payload: &[u8],
	recipients: &[PublicKey],
	panels: &[PanelKeys],
	rng: &mut impl CryptoRng,
) -> Result<Sealed, EnvelopeError> {
	check(payload, recipients, panels)?;
	let mut salt = Zeroizing::new([0; SALT]);
	rng.fill_bytes(&mut *salt);
	let context = Context { genesis, sender, commitment: commitment(&salt, payload) };
	let secret = Secret::generate(rng);
	let ciphertext = encrypt(&context, &secret, &salt, payload);

	let bytes = secret.to_bytes();
	let wrap_secret = |(position, key)| context.wrap(&Place::Recipient(position), key, &bytes, rng);
	let recipients = (0..).zip(recipients).map(wrap_secret).collect::<Result<_, _>>()?;
	let panels = panels.iter().map(|panel| seal_for(&context, &secret, panel, rng)).collect::<Result<_, _>>()?;
	Ok(Sealed {
		commitment: context.commitment,
		ciphertext_hash: ciphertext_hash(&ciphertext),
		ciphertext,
		key_point: secret.key_point(),
		recipients,
		panels,
	})
}

fn check(payload: &[u8], recipients: &[PublicKey], panels: &[PanelKeys]) -> Result<(), EnvelopeError> {
	if payload.is_empty() {
		return Err(EnvelopeError::PayloadEmpty);
	}
	if payload.len() > MAX_PAYLOAD {
		return Err(EnvelopeError::PayloadTooLong { length: payload.len(), bound: MAX_PAYLOAD });
	}
	if recipients.is_empty() || recipients.len() > MAX_RECIPIENTS as usize {
		return Err(EnvelopeError::Recipients { count: recipients.len(), bound: MAX_RECIPIENTS });
	}
	if panels.is_empty() || panels.len() > MAX_PANELS as usize {
		return Err(EnvelopeError::Panels { count: panels.len(), bound: MAX_PANELS });
	}
	let impossible = |panel: &&PanelKeys| {
		let count = panel.officers.len();
		count > MAX_OFFICERS as usize || panel.threshold < 2 || usize::from(panel.threshold) > count
	};
	match panels.iter().find(impossible) {
		Some(PanelKeys { officers, threshold, .. }) => {
			Err(EnvelopeError::Panel { officers: officers.len(), threshold: *threshold, bound: MAX_OFFICERS })
		}
		None => Ok(()),
	}
}

fn seal_for(
	context: &Context,
	secret: &Secret,
	keys: &PanelKeys,
	rng: &mut impl CryptoRng,
) -> Result<SealedPanel, EnvelopeError> {
	let polynomial = Polynomial::through(secret, keys.threshold, rng);
	let wrap_share = |(index, key)| {
		let bytes = Zeroizing::new(polynomial.share(index).value.to_bytes());
		context.wrap(&Place::Officer { panel: keys.panel, index }, key, &bytes, rng)
	};
	let shares = (0..).zip(&keys.officers).map(wrap_share).collect::<Result<_, _>>()?;
	Ok(SealedPanel { panel: keys.panel, points: polynomial.points(), shares })
}
