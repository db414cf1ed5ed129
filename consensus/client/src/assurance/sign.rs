//! The keys that this node attests with: every consensus key in its keystore that is on the roster.

use super::LOG_TARGET;
use crate::keys::own_keys;
use log::error;
use sp_keystore::KeystorePtr;
use std::time::{Duration, Instant};
use syndic_primitives::{Roster, RosterIndex, ValidatorId, ValidatorSignature, PBFT_KEY_TYPE};

/// How often the keystore is read: a key that is added attests from then on.
const REFRESH: Duration = Duration::from_secs(10);
/// Maximum number of keys of one node.
const MAX_KEYS: usize = 16;

/// Signs attestations.
pub(super) struct Signer {
	keystore: KeystorePtr,
	keys: Vec<ValidatorId>,
	refreshed: Option<Instant>,
	failed: bool,
}

impl Signer {
	pub fn new(keystore: KeystorePtr) -> Self {
		Self { keystore, keys: Vec::new(), refreshed: None, failed: false }
	}

	/// Reads the keystore, if that was not done lately.
	pub fn refresh(&mut self, now: Instant) {
		if self.refreshed.is_some_and(|last| now.saturating_duration_since(last) < REFRESH) {
			return;
		}
		self.refreshed = Some(now);
		self.keys = own_keys(&self.keystore);
		self.keys.sort();
		self.keys.truncate(MAX_KEYS);
	}

	/// The keys, whether on the roster or not.
	pub fn keys(&self) -> &[ValidatorId] {
		&self.keys
	}

	/// The positions of the keys on a roster.
	pub fn positions(&self, roster: &Roster) -> Vec<RosterIndex> {
		self.keys.iter().filter_map(|key| roster.position_of(key)).collect()
	}

	/// Signs a payload. The first failure is logged.
	pub fn sign(&mut self, key: &ValidatorId, payload: &[u8]) -> Option<ValidatorSignature> {
		match self.keystore.ed25519_sign(PBFT_KEY_TYPE, key.as_ref(), payload) {
			Ok(signature) => signature.map(ValidatorSignature::from),
			Err(reason) => {
				if !std::mem::replace(&mut self.failed, true) {
					error!(target: LOG_TARGET, "The keystore cannot sign with {key}, nothing is attested: {reason}");
				}
				None
			}
		}
	}
}
