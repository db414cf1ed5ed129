//! Valid signatures that were checked lately, so that a node checks each of them once.
//!
//! A transaction's signature is needed when the pool judges the transaction, and again when the block with it is built
//! or executed. Only valid signatures are remembered. Each is remembered by a hash of scheme, key, signature and
//! message together, so what is remembered about one of them says nothing about another.

use parking_lot::Mutex;
use schnellru::{ByLength, LruMap};
use sp_crypto_hashing::blake2_256;

/// Maximum number of remembered signatures: the transactions of a full pool and of many blocks. 32 bytes each.
const MAX_REMEMBERED: u32 = 65_536;

/// The kind of a signature. The bytes are part of what is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Scheme {
	/// ed25519.
	Ed25519 = 1,
	/// sr25519.
	Sr25519 = 2,
}

/// The signatures that were valid. The one that was asked for the longest ago is forgotten first.
pub struct Checked {
	valid: Mutex<LruMap<[u8; 32], ()>>,
}

impl Default for Checked {
	fn default() -> Self {
		Self::new(MAX_REMEMBERED)
	}
}

impl Checked {
	/// Remembers this many signatures at most.
	fn new(bound: u32) -> Self {
		Self { valid: Mutex::new(LruMap::new(ByLength::new(bound))) }
	}

	/// Whether the signature is valid: known from before, or found by `check`, which is called without a lock.
	pub fn verify(
		&self,
		scheme: Scheme,
		key: &[u8; 32],
		signature: &[u8; 64],
		message: &[u8],
		check: impl FnOnce() -> bool,
	) -> bool {
		let name = name(scheme, key, signature, message);
		if self.valid.lock().get(&name).is_some() {
			return true;
		}
		let valid = check();
		if valid {
			self.valid.lock().insert(name, ());
		}
		valid
	}
}

/// The name of a signature of a message. All parts but the last have a fixed length, so two different signatures or
/// messages are never written the same.
fn name(scheme: Scheme, key: &[u8; 32], signature: &[u8; 64], message: &[u8]) -> [u8; 32] {
	blake2_256(&[&[scheme as u8], &key[..], &signature[..], message].concat())
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;
	use sp_core::{ed25519, sr25519, Pair};

	fn never() -> bool {
		panic!("checked again")
	}

	#[test]
	fn a_valid_signature_is_checked_once_and_an_invalid_one_each_time() {
		let checked = Checked::default();
		let ask = |message: &[u8], answer: bool| {
			let mut asked = false;
			let valid = checked.verify(Scheme::Sr25519, &[1; 32], &[2; 64], message, || {
				asked = true;
				answer
			});
			(valid, asked)
		};
		assert_eq!(ask(b"valid", true), (true, true));
		assert_eq!(ask(b"valid", false), (true, false));
		assert_eq!(ask(b"invalid", false), (false, true));
		assert_eq!(ask(b"invalid", false), (false, true));
	}

	#[test]
	fn it_is_bounded() {
		let checked = Checked::new(100);
		for n in 0..1_000u32 {
			checked.verify(Scheme::Ed25519, &[1; 32], &[2; 64], &n.to_le_bytes(), || true);
		}
		assert!(checked.valid.lock().len() <= 100);
		assert!(checked.verify(Scheme::Ed25519, &[1; 32], &[2; 64], &999u32.to_le_bytes(), never));
		assert!(!checked.verify(Scheme::Ed25519, &[1; 32], &[2; 64], &0u32.to_le_bytes(), || false));
	}

	/// What is signed: by whom, how, and what.
	#[derive(Clone, Debug, PartialEq)]
	struct Signed {
		scheme: Scheme,
		key: [u8; 32],
		signature: [u8; 64],
		message: Vec<u8>,
	}

	impl Signed {
		fn by(scheme: Scheme, seed: u8, message: Vec<u8>) -> Self {
			let seed = [seed; 32];
			let (key, signature) = match scheme {
				Scheme::Ed25519 => {
					let pair = ed25519::Pair::from_seed(&seed);
					(pair.public().0, pair.sign(&message).0)
				}
				Scheme::Sr25519 => {
					let pair = sr25519::Pair::from_seed(&seed);
					(pair.public().0, pair.sign(&message).0)
				}
			};
			Self { scheme, key, signature, message }
		}

		/// The answer without anything that is remembered.
		fn is_valid(&self) -> bool {
			match self.scheme {
				Scheme::Ed25519 => ed25519::Pair::verify(&self.signature.into(), &self.message, &self.key.into()),
				Scheme::Sr25519 => sr25519::Pair::verify(&self.signature.into(), &self.message, &self.key.into()),
			}
		}

		fn ask(&self, checked: &Checked) -> bool {
			checked.verify(self.scheme, &self.key, &self.signature, &self.message, || self.is_valid())
		}
	}

	/// Changes one part of what is signed.
	fn changed(mut signed: Signed, part: usize, at: usize, bits: u8) -> Signed {
		match part {
			0 => signed.scheme = if signed.scheme == Scheme::Ed25519 { Scheme::Sr25519 } else { Scheme::Ed25519 },
			1 => signed.key[at % 32] ^= bits,
			2 => signed.signature[at % 64] ^= bits,
			3 => signed.message.push(bits),
			4 => drop(signed.message.pop()),
			// The end of one part as the beginning of the next.
			5 => signed.message.insert(0, signed.signature[63]),
			_ => {
				let at = at % signed.message.len().max(1);
				if let Some(byte) = signed.message.get_mut(at) {
					*byte ^= bits;
				}
			}
		}
		signed
	}

	fn signed() -> impl Strategy<Value = Signed> {
		let scheme = prop_oneof![Just(Scheme::Ed25519), Just(Scheme::Sr25519)];
		(scheme, 0u8..4, proptest::collection::vec(any::<u8>(), 0..80))
			.prop_map(|(scheme, seed, message)| Signed::by(scheme, seed, message))
	}

	proptest! {
		#![proptest_config(ProptestConfig::with_cases(400))]
		#[test]
		fn what_is_remembered_answers_for_nothing_else(
			all in proptest::collection::vec(signed(), 1..5),
			changes in proptest::collection::vec((any::<prop::sample::Index>(), 0usize..7, any::<usize>(), 1u8..), 1..20),
		) {
			let checked = Checked::default();
			for signed in &all {
				prop_assert!(signed.ask(&checked));
			}
			for (which, part, at, bits) in changes {
				let other = changed(which.get(&all).clone(), part, at, bits);
				prop_assert_eq!(other.ask(&checked), other.is_valid());
				prop_assert_eq!(other.ask(&checked), other.is_valid(), "the second time");
			}
			for signed in &all {
				prop_assert!(checked.verify(signed.scheme, &signed.key, &signed.signature, &signed.message, never));
			}
		}
	}
}
