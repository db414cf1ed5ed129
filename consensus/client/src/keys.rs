//! The consensus key of this node.

use sp_keystore::KeystorePtr;
use syndic_pbft::Keys;
use syndic_primitives::{
	crypto::{verify_ed25519, VerifySignature},
	ValidatorId, ValidatorSignature, PBFT_KEY_TYPE,
};

/// Chooses the key to vote with from the keystore: a key that is in the current set if there is one, else the smallest
/// key, so that the choice is the same at every start.
pub fn choose_key(keystore: &KeystorePtr, members: &[ValidatorId]) -> Option<ValidatorId> {
	let mut keys = own_keys(keystore);
	keys.sort();
	let member = keys.iter().position(|key| members.contains(key));
	(!keys.is_empty()).then(|| keys.swap_remove(member.unwrap_or(0)))
}

/// Every consensus key in the keystore.
pub fn own_keys(keystore: &KeystorePtr) -> Vec<ValidatorId> {
	keystore.ed25519_public_keys(PBFT_KEY_TYPE).into_iter().map(ValidatorId::from).collect()
}

/// The machine's signer: one key of a keystore.
pub struct KeystoreKeys {
	keystore: KeystorePtr,
	key: ValidatorId,
}

impl KeystoreKeys {
	/// Signs with `key`, which should be in `keystore`. If the keystore does not hold it, [`Keys::sign`] returns
	/// `None`.
	pub fn new(keystore: KeystorePtr, key: ValidatorId) -> Self {
		Self { keystore, key }
	}
}

impl VerifySignature for KeystoreKeys {
	fn verify(&self, signer: &ValidatorId, payload: &[u8], signature: &ValidatorSignature) -> bool {
		verify_ed25519(signer, payload, signature)
	}
}

impl Keys for KeystoreKeys {
	fn public(&self) -> Option<&ValidatorId> {
		Some(&self.key)
	}

	fn sign(&self, payload: &[u8]) -> Option<ValidatorSignature> {
		let signed = self.keystore.ed25519_sign(PBFT_KEY_TYPE, self.key.as_ref(), payload);
		match signed {
			Ok(signature) => signature.map(ValidatorSignature::from),
			Err(error) => {
				log::error!(target: crate::LOG, "The keystore cannot sign with {}: {error:?}", self.key);
				None
			}
		}
	}
}
