//! The consensus key of this node.

use sp_application_crypto::ByteArray;
use sp_core::Pair;
use sp_keystore::KeystorePtr;
use syndic_pbft::Keys;
use syndic_primitives::{
	crypto::{verify_ed25519, ValidatorPair, VerifySignature},
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
	pair: Option<ValidatorPair>,
}

impl KeystoreKeys {
	/// Signs with `key`, which should be in `keystore`. If the keystore does not hold it, [`Keys::sign`] returns
	/// `None`.
	pub fn new(keystore: KeystorePtr, key: ValidatorId) -> Self {
		Self { keystore, key, pair: None }
	}

	/// Signs with this pair as long as `key` is in the keystore. The keystore derives the pair from a phrase for each
	/// signature, which takes 2,048 rounds of a hash.
	#[must_use]
	pub fn with_pair(self, pair: Option<ValidatorPair>) -> Self {
		let pair = pair.filter(|pair| pair.public() == self.key);
		Self { pair, ..self }
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
		if let Some(pair) = &self.pair {
			let held = self.keystore.has_keys(&[(self.key.to_raw_vec(), PBFT_KEY_TYPE)]);
			return held.then(|| pair.sign(payload));
		}
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

#[cfg(test)]
mod tests {
	use super::*;
	use sp_keystore::{testing::MemoryKeystore, Keystore};
	use std::sync::Arc;

	fn pair(name: &str) -> ValidatorPair {
		ValidatorPair::from_string(name, None).expect("it is a path")
	}

	#[test]
	fn a_pair_signs_as_its_keystore_does_and_only_while_it_is_there() {
		let keystore = MemoryKeystore::new();
		let key: ValidatorId = keystore.ed25519_generate_new(PBFT_KEY_TYPE, Some("//one")).expect("memory").into();
		let keystore: KeystorePtr = Arc::new(keystore);
		let slow = KeystoreKeys::new(keystore.clone(), key.clone());
		let fast = KeystoreKeys::new(keystore.clone(), key.clone()).with_pair(Some(pair("//one")));
		let signature = fast.sign(b"vote").expect("the key is there");
		assert_eq!(Some(&signature), slow.sign(b"vote").as_ref());
		assert!(fast.verify(&key, b"vote", &signature));

		let another = KeystoreKeys::new(keystore, key.clone()).with_pair(Some(pair("//two")));
		let signature = another.sign(b"vote").expect("the keystore signs");
		assert!(another.verify(&key, b"vote", &signature), "the pair of another key is not used");

		let gone: KeystorePtr = Arc::new(MemoryKeystore::new());
		assert_eq!(KeystoreKeys::new(gone, key).with_pair(Some(pair("//one"))).sign(b"vote"), None);
	}
}
