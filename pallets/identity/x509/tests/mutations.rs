//! Bytes that were changed at random or one bit at a time: never a panic, and never accepted as something that was not
//! signed.

mod common;

use common::*;
use proptest::prelude::*;
use syndic_x509::{verify_chain, Error, PublicKey, Refusal, Root, UnixTime, VerifiedLeaf};
use x509_cert::der::{Decode as _, Encode as _};

struct Good {
	chain: Vec<Vec<u8>>,
	root_der: Vec<u8>,
	roots: Vec<Root>,
	leaf: VerifiedLeaf,
}

impl Good {
	fn new(chain: Vec<Vec<u8>>, root_der: Vec<u8>) -> Self {
		let roots = vec![Root::parse(&root_der, NOW).unwrap()];
		let leaf = verify_chain(&chain, &roots, NOW, &mut none_revoked).unwrap();
		Self { chain, root_der, roots, leaf }
	}

	fn all() -> Vec<Self> {
		let mut all: Vec<_> = [Key::p256, Key::ed25519]
			.into_iter()
			.map(|key| {
				let world = World::new(2, key);
				Self::new(world.chain(), world.root.sign())
			})
			.collect();
		all.extend(["p256", "ed25519"].map(|kind| {
			let file = |name: &str| fixture(&format!("{kind}-{name}.der"));
			Self::new(vec![file("leaf"), file("intermediate")], file("root"))
		}));
		all
	}

	fn verify(&self, chain: &[Vec<u8>]) -> Result<VerifiedLeaf, Error> {
		verify_chain(chain, &self.roots, NOW, &mut none_revoked)
	}

	/// If the chain is accepted, then what was signed in it is what was signed in the good one, and nothing else is read
	/// of it.
	fn check(&self, chain: &[Vec<u8>]) -> bool {
		let Ok(leaf) = self.verify(chain) else { return false };
		assert_eq!(leaf, self.leaf);
		assert_eq!(chain.len(), self.chain.len());
		for (found, good) in chain.iter().zip(&self.chain) {
			assert_eq!(signed_part(found), signed_part(good));
		}
		true
	}
}

/// By the other decoder.
fn signed_part(der: &[u8]) -> Vec<u8> {
	x509_cert::Certificate::from_der(der).unwrap().tbs_certificate.to_der().unwrap()
}

#[test]
fn no_bit_can_be_flipped() {
	let mut flipped = 0;
	for good in Good::all() {
		for index in 0..good.chain.len() {
			for bit in 0..good.chain[index].len() * 8 {
				let mut chain = good.chain.clone();
				chain[index][bit / 8] ^= 1 << (bit % 8);
				assert!(!good.check(&chain), "bit {bit} of certificate {index}");
				flipped += 1;
			}
		}
		for bit in 0..good.root_der.len() * 8 {
			let mut der = good.root_der.clone();
			der[bit / 8] ^= 1 << (bit % 8);
			assert!(Root::parse(&der, NOW).is_err(), "bit {bit} of the root");
			flipped += 1;
		}
	}
	println!("{flipped} bits flipped");
}

#[test]
fn no_byte_can_be_left_out_or_put_in() {
	for good in Good::all() {
		for index in 0..good.chain.len() {
			for place in 0..good.chain[index].len() {
				let mut chain = good.chain.clone();
				let byte = chain[index].remove(place);
				// One of several equal neighbours, put back in another place, is the same certificate.
				assert!(!good.check(&chain), "without byte {place} of certificate {index}");
				for more in [0, byte, 0xff] {
					let mut chain = good.chain.clone();
					chain[index].insert(place, more);
					assert!(!good.check(&chain), "{more} before byte {place} of certificate {index}");
				}
			}
		}
	}
}

/// A fault in the form of any part, with a signature that is true: whatever is accepted, the other decoder reads too,
/// and writes again byte for byte.
#[test]
fn what_is_signed_anew_is_canonical_or_refused() {
	let world = World::new(1, Key::p256);
	let (chain, roots) = (world.chain(), [world.root()]);
	let signed = world.leaf.signed_part();
	let mut accepted = 0;
	for place in 0..signed.len() {
		for change in [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff] {
			let mut altered = signed.clone();
			altered[place] ^= change;
			let signature = bits(0, &world.leaf.signer.sign(&altered));
			let der = sequence(&[altered, world.leaf.outer_algorithm.clone(), signature]);
			let result = verify_chain(&[&der, &chain[1]], &roots, NOW, &mut none_revoked);
			let Ok(leaf) = result else {
				let bad =
					Err(Error::Certificate { position: syndic_x509::Position::Leaf, refusal: Refusal::BadSignature });
				assert_ne!(result, bad, "the signature is true");
				continue;
			};
			accepted += 1;
			let other = x509_cert::Certificate::from_der(&der).unwrap();
			assert_eq!(other.to_der().unwrap(), der);
			assert_eq!(other.tbs_certificate.serial_number.as_bytes(), leaf.serial().as_bytes());
			let until = other.tbs_certificate.validity.not_after.to_unix_duration().as_secs();
			assert_eq!(leaf.not_after(), roots[0].not_after().min(UnixTime::from_secs(until)));
		}
	}
	// Serial number, names, times, and the content of what is not read: some changes are as good as what was there.
	assert!((50..2000).contains(&accepted), "{accepted}");
	println!("{accepted} of {} accepted", signed.len() * 9);
}

/// What one change does to bytes.
#[derive(Clone, Debug)]
enum Change {
	Set(prop::sample::Index, u8),
	Insert(prop::sample::Index, Vec<u8>),
	Remove(prop::sample::Index, usize),
	Copy(prop::sample::Index, prop::sample::Index, usize),
	Truncate(prop::sample::Index),
}

impl Change {
	fn apply(&self, bytes: &mut Vec<u8>, other: &[u8]) {
		if bytes.is_empty() {
			return;
		}
		match self {
			Self::Set(place, value) => {
				let place = place.index(bytes.len());
				bytes[place] = *value;
			}
			Self::Insert(place, more) => {
				let place = place.index(bytes.len());
				bytes.splice(place..place, more.iter().copied());
			}
			Self::Remove(place, count) => {
				let place = place.index(bytes.len());
				bytes.drain(place..bytes.len().min(place + count));
			}
			Self::Copy(from, to, count) => {
				let from = from.index(other.len());
				let piece = &other[from..other.len().min(from + count)];
				let to = to.index(bytes.len());
				let end = bytes.len().min(to + count);
				bytes.splice(to..end, piece.iter().copied());
			}
			Self::Truncate(length) => bytes.truncate(length.index(bytes.len())),
		}
	}
}

fn change() -> impl Strategy<Value = Change> {
	prop_oneof![
		4 => (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(place, value)| Change::Set(place, value)),
		1 => (any::<prop::sample::Index>(), prop::collection::vec(any::<u8>(), 1..9)).prop_map(|(place, more)| Change::Insert(place, more)),
		1 => (any::<prop::sample::Index>(), 1..9usize).prop_map(|(place, count)| Change::Remove(place, count)),
		2 => (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 1..80usize)
			.prop_map(|(from, to, count)| Change::Copy(from, to, count)),
		1 => any::<prop::sample::Index>().prop_map(Change::Truncate),
	]
}

/// Values within values, with lengths that are right: it comes further than bytes at random.
fn nested() -> impl Strategy<Value = Vec<u8>> {
	let tag =
		prop::sample::select(vec![0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x13, 0x17, 0x18, 0x30, 0x31, 0xa0, 0xa3]);
	let leaf = (tag, prop::collection::vec(any::<u8>(), 0..24)).prop_map(|(tag, content)| tlv(tag, &content));
	leaf.prop_recursive(6, 64, 8, |inner| {
		(prop::sample::select(vec![0x30, 0x30, 0x31, 0xa0, 0xa3, 0x04]), prop::collection::vec(inner, 0..8))
			.prop_map(|(tag, parts)| tlv(tag, &parts.concat()))
	})
}

proptest! {
	#![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

	#[test]
	fn changed_chains_never_say_anything_else(
		which in 0..4usize,
		changes in prop::collection::vec((0..3usize, 0..3usize, change()), 1..5),
	) {
		thread_local!(static GOOD: Vec<Good> = Good::all());
		GOOD.with(|all| {
			let good = &all[which];
			let mut chain = good.chain.clone();
			let mut root = good.root_der.clone();
			for (target, source, change) in &changes {
				let source = good.chain.get(*source).unwrap_or(&good.root_der).clone();
				match chain.get_mut(*target) {
					Some(bytes) => change.apply(bytes, &source),
					None => change.apply(&mut root, &source),
				}
			}
			good.check(&chain);
			if let Ok(read) = Root::parse(&root, NOW) {
				assert_eq!(&read, &good.roots[0]);
			}
		});
	}

	#[test]
	fn certificates_in_any_order_never_say_anything_else(
		which in 0..4usize,
		picks in prop::collection::vec((0..4usize, 0..4usize), 0..6),
	) {
		thread_local!(static GOOD: Vec<Good> = Good::all());
		GOOD.with(|all| {
			let chain: Vec<_> = picks.iter().map(|(family, index)| {
				let good = &all[*family];
				good.chain.get(*index).unwrap_or(&good.root_der).clone()
			}).collect();
			let good = &all[which];
			if good.check(&chain) {
				assert_eq!(chain, good.chain);
			}
		});
	}

	#[test]
	fn bytes_at_random_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..600), now in any::<u64>()) {
		let now = UnixTime::from_secs(now);
		prop_assert!(Root::parse(&bytes, now).is_err());
		prop_assert!(verify_chain(&[&bytes], &[], now, &mut none_revoked).is_err());
	}

	#[test]
	fn values_at_random_are_refused(mut bytes in nested(), fields in prop::collection::vec(nested(), 0..8)) {
		prop_assert!(Root::parse(&bytes, NOW).is_err());
		// In the places of a certificate's fields.
		let mut draft = World::new(0, Key::ed25519).leaf;
		for (index, field) in fields.into_iter().enumerate() {
			match index {
				0 => draft.extensions = vec![field],
				1 => draft.rest = field,
				2 => draft.key_info = field,
				3 => draft.validity = field,
				_ => draft.subject = field,
			}
		}
		draft.extensions.push(extension("2.5.29.35", false, std::mem::take(&mut bytes)));
		let root = World::new(0, Key::ed25519).root();
		let _ = verify_chain(&[draft.sign()], &[root], NOW, &mut none_revoked);
	}

	#[test]
	fn signatures_at_random_are_refused(message in prop::collection::vec(any::<u8>(), 0..40), signature in prop::collection::vec(any::<u8>(), 0..80), key in any::<[u8; 33]>()) {
		let mut short = [0; 32];
		short.copy_from_slice(&key[1..]);
		prop_assert!(PublicKey::P256(key).verify(&message, &signature).is_err());
		prop_assert!(PublicKey::Ed25519(short).verify(&message, &signature).is_err());
	}
}
