//! The errors of keys, envelopes and proofs.

/// Why a payload cannot be sealed, opened or judged. No error contains secret bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
	/// The public key belongs to no key pair that an honest tool would make.
	#[error("the key is not the canonical form of a point of Curve25519 of prime order")]
	BadKey,
	/// The point cannot be the commitment to a coefficient.
	#[error("the point is not the canonical form of a point of edwards25519 of prime order")]
	BadPoint,
	/// The encapsulated key of the wrap, its first 32 bytes, is not a usable public key.
	#[error("the wrap's encapsulated key is not the canonical form of a point of Curve25519, or of small order")]
	BadWrap,
	/// The proof is malformed, or does not verify.
	#[error("the proof does not verify under the registered key")]
	BadProof,
	/// The bytes of the secret are not those of a scalar below the group order.
	#[error("the secret is not the canonical form of a scalar")]
	BadScalar,
	/// The wrap was sealed for another key, envelope or place, or it was changed.
	#[error("the wrap does not open with this key")]
	NotForThisKey,
	/// The sender wrapped another secret for a recipient, or bytes that are no secret.
	#[error("the wrap holds another secret than the one that the key point stands for")]
	OtherSecret,
	/// The wrap holds a wrong share, or bytes that are no share.
	#[error("the wrap holds a share that does not fit the points of the envelope")]
	OtherShare,
	/// The secret, given or combined from shares, does not belong to this envelope.
	#[error("the secret is not the one that the key point stands for")]
	SecretWrong,
	/// The ciphertext is not the one whose hash is on the chain.
	#[error("the ciphertext has another hash than the envelope says")]
	CiphertextWrong,
	/// The ciphertext does not decrypt under the secret, or decrypts to something else than what was committed to.
	#[error("the ciphertext does not hold what the commitment stands for")]
	PayloadWrong,
	/// A payload has at least one byte.
	#[error("the payload is empty")]
	PayloadEmpty,
	/// The payload is longer than [`crate::MAX_PAYLOAD`].
	#[error("the payload has {length} bytes, at most {bound} are possible")]
	PayloadTooLong {
		/// Length of the payload in bytes.
		length: usize,
		/// Maximum length in bytes.
		bound: usize,
	},
	/// An envelope has no recipient, or more than [`crate::MAX_RECIPIENTS`].
	#[error("there are {count} recipients, between 1 and {bound} are possible")]
	Recipients {
		/// Number of recipients.
		count: usize,
		/// Maximum number of recipients.
		bound: u32,
	},
	/// An envelope has no panel, or more than [`crate::MAX_PANELS`].
	#[error("there are {count} panels, between 1 and {bound} are possible")]
	Panels {
		/// Number of panels.
		count: usize,
		/// Maximum number of panels.
		bound: u32,
	},
	/// The panel's threshold and its number of officers do not fit each other, or the panel is too large.
	#[error(
		"a panel of {officers} officers cannot open by {threshold}: between 2 and all of at most {bound} are possible"
	)]
	Panel {
		/// Number of officers in the panel.
		officers: usize,
		/// Number of officers who open a payload together.
		threshold: u8,
		/// Maximum number of officers.
		bound: u32,
	},
	/// There are too few shares to combine.
	#[error("there are {count} different shares, {needed} are needed")]
	Shares {
		/// Number of distinct shares given.
		count: usize,
		/// Number of distinct shares needed.
		needed: usize,
	},
}
