//! What is wrong with a key, an envelope or a proof.

/// Why something cannot be sealed, opened or judged. None of them repeats a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
	/// It belongs to no key pair that an honest tool would make.
	#[error("the key is not the canonical form of a point of Curve25519 of prime order")]
	BadKey,
	/// It is no commitment to a coefficient.
	#[error("the point is not the canonical form of a point of edwards25519 of prime order")]
	BadPoint,
	/// Its first half is no public key.
	#[error("the wrap's encapsulated key is not the canonical form of a point of Curve25519, or of small order")]
	BadWrap,
	/// It shows nothing.
	#[error("the proof does not verify under the registered key")]
	BadProof,
	/// It is not of the group.
	#[error("the secret is not the canonical form of a scalar")]
	BadScalar,
	/// It was sealed for another key, or for another place, or it was changed.
	#[error("the wrap does not open with this key")]
	NotForThisKey,
	/// The sender has cheated.
	#[error("the wrap holds another secret than the one that the key point stands for")]
	OtherSecret,
	/// The sender has cheated.
	#[error("the wrap holds a share that does not fit the points of the envelope")]
	OtherShare,
	/// These are not that envelope's.
	#[error("the secret is not the one that the key point stands for")]
	SecretWrong,
	/// It is another ciphertext.
	#[error("the ciphertext has another hash than the envelope says")]
	CiphertextWrong,
	/// The sender has cheated.
	#[error("the ciphertext does not hold what the commitment stands for")]
	PayloadWrong,
	/// There is nothing to seal.
	#[error("the payload is empty")]
	PayloadEmpty,
	/// It is more than is carried.
	#[error("the payload has {length} bytes, at most {bound} are possible")]
	PayloadTooLong {
		/// How many it has.
		length: usize,
		/// How many it may have.
		bound: usize,
	},
	/// An envelope is for somebody.
	#[error("there are {count} recipients, between 1 and {bound} are possible")]
	Recipients {
		/// How many there are.
		count: usize,
		/// How many there may be.
		bound: u32,
	},
	/// An envelope is for some panels.
	#[error("there are {count} panels, between 1 and {bound} are possible")]
	Panels {
		/// How many there are.
		count: usize,
		/// How many there may be.
		bound: u32,
	},
	/// Such a panel cannot be.
	#[error(
		"a panel of {officers} officers cannot open by {threshold}: between 2 and all of at most {bound} are possible"
	)]
	Panel {
		/// How many officers it has.
		officers: usize,
		/// How many of them open.
		threshold: u8,
		/// How many officers there may be.
		bound: u32,
	},
	/// Some more are needed.
	#[error("there are {count} different shares, {needed} are needed")]
	Shares {
		/// How many there are.
		count: usize,
		/// How many it takes.
		needed: usize,
	},
}
