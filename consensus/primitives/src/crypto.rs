//! The consensus key: ed25519, key type `pbft`.

mod app {
	use sp_application_crypto::{app_crypto, ed25519};
	app_crypto!(ed25519, super::PBFT_KEY_TYPE);
}

/// The keystore's key type for consensus keys.
pub const PBFT_KEY_TYPE: sp_application_crypto::KeyTypeId = sp_application_crypto::KeyTypeId(*b"pbft");

/// A validator's consensus key, which is its identity in the protocol. 32 bytes.
pub type ValidatorId = app::Public;

/// An ed25519 signature by a consensus key. 64 bytes.
pub type ValidatorSignature = app::Signature;

/// The key pair itself; for tests and key generators. A node signs through its keystore.
#[cfg(feature = "std")]
pub type ValidatorPair = app::Pair;

/// How a signature is checked. Nodes and the runtime use [`verify_ed25519`]; a simulator uses a cheaper scheme.
pub trait VerifySignature {
	/// Whether `signature` is a valid signature of `signer` over `payload`.
	fn verify(&self, signer: &ValidatorId, payload: &[u8], signature: &ValidatorSignature) -> bool;
}

impl<F: Fn(&ValidatorId, &[u8], &ValidatorSignature) -> bool> VerifySignature for F {
	fn verify(&self, signer: &ValidatorId, payload: &[u8], signature: &ValidatorSignature) -> bool {
		self(signer, payload, signature)
	}
}

/// Checks an ed25519 signature; in the runtime through the host function.
pub fn verify_ed25519(signer: &ValidatorId, payload: &[u8], signature: &ValidatorSignature) -> bool {
	use sp_application_crypto::RuntimeAppPublic;
	signer.verify(&payload, signature)
}
