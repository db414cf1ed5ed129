//! Signatures for fuzzing: a keyed hash in place of ed25519. All that counts is that no input hits one by chance.

use sp_core::crypto::UncheckedFrom;
use sp_crypto_hashing::twox_256;
use std::sync::{
	atomic::{AtomicBool, Ordering},
	Arc,
};
use syndic_pbft::Keys;
use syndic_primitives::{crypto::VerifySignature, ValidatorId, ValidatorSignature};

/// Signs for one validator, and checks the signatures of all.
#[derive(Clone, Debug)]
pub struct ToyKeys {
	/// The validator that signs.
	pub id: ValidatorId,
	/// Whether the key is available.
	pub present: Arc<AtomicBool>,
}

/// The key with this number.
pub fn key(number: u16) -> ValidatorId {
	let mut raw = [0x5a; 32];
	raw[..2].copy_from_slice(&number.to_le_bytes());
	sp_core::ed25519::Public::unchecked_from(raw).into()
}

/// The signature of `key` under `payload`.
pub fn signature(key: &ValidatorId, payload: &[u8]) -> ValidatorSignature {
	let mut bytes = Vec::with_capacity(32 + payload.len());
	bytes.extend_from_slice(key.as_ref());
	bytes.extend_from_slice(payload);
	let mut raw = [0; 64];
	raw[..32].copy_from_slice(&twox_256(&bytes));
	sp_core::ed25519::Signature::unchecked_from(raw).into()
}

/// Whether `found` is the signature of `signer` under `payload`.
pub fn verify(signer: &ValidatorId, payload: &[u8], found: &ValidatorSignature) -> bool {
	signature(signer, payload) == *found
}

impl VerifySignature for ToyKeys {
	fn verify(&self, signer: &ValidatorId, payload: &[u8], found: &ValidatorSignature) -> bool {
		verify(signer, payload, found)
	}
}

impl Keys for ToyKeys {
	fn public(&self) -> Option<&ValidatorId> {
		Some(&self.id)
	}

	fn sign(&self, payload: &[u8]) -> Option<ValidatorSignature> {
		self.present.load(Ordering::Relaxed).then(|| signature(&self.id, payload))
	}
}
