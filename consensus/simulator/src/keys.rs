//! Signatures for simulations: a keyed hash in place of ed25519, which is a hundred times cheaper. Actors can forge
//! these signatures as little as real ones, since they sign through [`ToyKeys`] alone.

use sp_core::crypto::UncheckedFrom;
use sp_crypto_hashing::twox_256;
use syndic_pbft::Keys;
use syndic_primitives::{crypto::VerifySignature, ValidatorId, ValidatorSignature};

/// Signs for one validator, and checks the signatures of all.
#[derive(Clone, Debug)]
pub struct ToyKeys(pub Option<ValidatorId>);

/// The key of the validator with this number.
pub fn key(number: usize) -> ValidatorId {
	let mut raw = [0x5a; 32];
	raw[..8].copy_from_slice(&(number as u64).to_le_bytes());
	sp_core::ed25519::Public::unchecked_from(raw).into()
}

fn signature(key: &ValidatorId, payload: &[u8]) -> ValidatorSignature {
	let mut bytes = Vec::with_capacity(32 + payload.len());
	bytes.extend_from_slice(key.as_ref());
	bytes.extend_from_slice(payload);
	let mut raw = [0; 64];
	raw[..32].copy_from_slice(&twox_256(&bytes));
	sp_core::ed25519::Signature::unchecked_from(raw).into()
}

impl VerifySignature for ToyKeys {
	fn verify(&self, signer: &ValidatorId, payload: &[u8], found: &ValidatorSignature) -> bool {
		signature(signer, payload) == *found
	}
}

impl Keys for ToyKeys {
	fn public(&self) -> Option<&ValidatorId> {
		self.0.as_ref()
	}

	fn sign(&self, payload: &[u8]) -> Option<ValidatorSignature> {
		self.0.as_ref().map(|key| signature(key, payload))
	}
}
