//! Chains that are good, as openssl makes them and as the tests make them, and what is read of them.

mod common;

use codec::{Decode, Encode, MaxEncodedLen};
use common::*;
use syndic_x509::{
	verify_chain, Error, Fingerprint, Position, PublicKey, Refusal, Root, SignatureError, UnixTime, VerifiedLeaf,
	MAX_CHAIN,
};
use x509_cert::der::{Decode as _, Encode as _};

/// The end of 2055.
const END: UnixTime = UnixTime::from_secs(2_713_910_399);
/// The beginning of 2026.
const BEGINNING: UnixTime = UnixTime::from_secs(1_767_225_600);

fn files(names: &[&str]) -> Vec<Vec<u8>> {
	names.iter().map(|name| fixture(&format!("{name}.der"))).collect()
}

fn root(name: &str) -> Root {
	Root::parse(&fixture(&format!("{name}.der")), NOW).unwrap()
}

fn verify(chain: &[Vec<u8>], roots: &[Root]) -> Result<VerifiedLeaf, Error> {
	verify_chain(chain, roots, NOW, &mut none_revoked)
}

#[test]
fn chains_that_openssl_makes_are_accepted() {
	for (chain, root_name, common_name) in [
		(vec!["p256-leaf", "p256-intermediate"], "p256-root", "Treasury Zürich"),
		(vec!["ed25519-leaf", "ed25519-intermediate"], "ed25519-root", "Treasury Zürich"),
		(vec!["p256-direct"], "p256-root", "Direct"),
		(vec!["ed25519-direct"], "ed25519-root", "Direct"),
		(vec!["deep-leaf", "deep-low", "deep-middle", "deep-high"], "ed25519-root", "Deep"),
	] {
		let leaf = verify(&files(&chain), &[root(root_name)]).unwrap_or_else(|error| panic!("{chain:?}: {error}"));
		assert_eq!(leaf.common_name().as_str(), common_name);
		assert_eq!((leaf.not_before(), leaf.not_after()), (BEGINNING, END));
		assert_eq!(leaf.issuers().len(), chain.len());
		assert_eq!(leaf.issuers().last(), Some(&root(root_name).fingerprint()));
	}
}

#[test]
fn a_second_decoder_reads_the_same() {
	for (chain, root_name) in [
		(vec!["p256-leaf", "p256-intermediate"], "p256-root"),
		(vec!["ed25519-leaf", "ed25519-intermediate"], "ed25519-root"),
		(vec!["deep-leaf", "deep-low", "deep-middle", "deep-high"], "ed25519-root"),
	] {
		let chain = files(&chain);
		let leaf = verify(&chain, &[root(root_name)]).unwrap();
		let other = x509_cert::Certificate::from_der(&chain[0]).unwrap();
		assert_eq!(other.to_der().unwrap(), chain[0]);
		let signed = &other.tbs_certificate;
		assert_eq!(signed.serial_number.as_bytes(), leaf.serial().as_bytes());
		assert_eq!(signed.validity.not_before.to_unix_duration().as_secs(), leaf.not_before().as_secs());
		assert_eq!(signed.validity.not_after.to_unix_duration().as_secs(), leaf.not_after().as_secs());
		assert!(signed.subject.to_string().contains(leaf.common_name().as_str()));
		let bits = signed.subject_public_key_info.subject_public_key.raw_bytes();
		match leaf.key() {
			PublicKey::Ed25519(key) => assert_eq!(bits, key),
			PublicKey::P256(key) => assert_eq!((bits.len(), &bits[1..33]), (65, &key[1..])),
		}
		let top = x509_cert::Certificate::from_der(chain.last().unwrap()).unwrap();
		assert_eq!(top.tbs_certificate.issuer.to_der().unwrap(), root(root_name).subject());
	}
}

#[test]
fn a_root_is_read() {
	let root = root("p256-root");
	assert_eq!(root.common_name().unwrap().as_str(), "Root p256");
	assert_eq!((root.not_before(), root.not_after()), (BEGINNING, END));
	let other = x509_cert::Certificate::from_der(&fixture("p256-root.der")).unwrap();
	assert_eq!(root.serial().as_bytes(), other.tbs_certificate.serial_number.as_bytes());
	assert!(matches!(root.key(), PublicKey::P256(_)));
}

#[test]
fn proofs_of_possession_by_openssl_hold() {
	let message = fixture("message.bin");
	for kind in ["p256", "ed25519"] {
		let chain = files(&[&format!("{kind}-leaf"), &format!("{kind}-intermediate")]);
		let key = verify(&chain, &[root(&format!("{kind}-root"))]).unwrap().key();
		let signature = fixture(&format!("{kind}-leaf.sig"));
		assert_eq!(key.verify(&message, &signature), Ok(()));
		assert_eq!(key.verify(b"I hold that key.", &signature), Err(SignatureError::Mismatch));
		assert_eq!(key.verify(&message, &signature[1..]), Err(SignatureError::Form));
		assert_eq!(key.verify(&message, &[&signature[..], &[0]].concat()), Err(SignatureError::Form));
		assert_eq!(key.verify(&message, &[]), Err(SignatureError::Form));
		let other = verify(&files(&[&format!("{kind}-direct")]), &[root(&format!("{kind}-root"))]).unwrap().key();
		assert_eq!(other.verify(&message, &signature), Err(SignatureError::Mismatch));
	}
}

#[test]
fn a_fingerprint_is_what_openssl_and_sha256_say_of_the_signed_part() {
	for kind in ["p256", "ed25519"] {
		let chain = files(&[&format!("{kind}-leaf"), &format!("{kind}-intermediate")]);
		let leaf = verify(&chain, &[root(&format!("{kind}-root"))]).unwrap();
		assert_eq!(leaf.fingerprint().0.to_vec(), fixture(&format!("{kind}-leaf.sha256")));
	}
}

#[test]
fn chains_of_every_length_are_accepted_and_every_certificate_is_asked_for() {
	for key in [Key::p256, Key::ed25519] {
		for intermediates in 0..MAX_CHAIN {
			let world = World::new(intermediates, key);
			let (chain, root) = (world.chain(), world.root());
			let mut asked = Vec::new();
			let leaf = verify_chain(&chain, std::slice::from_ref(&root), NOW, &mut |fingerprint: &Fingerprint| {
				asked.push(*fingerprint);
				false
			})
			.unwrap();
			let resting_on: Vec<_> = [leaf.fingerprint()].iter().chain(leaf.issuers()).copied().collect();
			assert_eq!(asked, resting_on);
			assert_eq!(asked.len(), intermediates + 2);
			assert!(asked.iter().all(|fingerprint| leaf.depends_on(fingerprint)));
			assert!(!leaf.depends_on(&Fingerprint([0; 32])));
			// Any of them, once revoked, takes the leaf with it.
			for (index, bad) in asked.iter().enumerate() {
				let position = match index {
					0 => Position::Leaf,
					_ if index == intermediates + 1 => Position::Root,
					_ => Position::Intermediate(index as u8),
				};
				let error = Error::Certificate { position, refusal: Refusal::Revoked(*bad) };
				assert_eq!(verify_chain(&chain, std::slice::from_ref(&root), NOW, &mut |one| one == bad), Err(error));
			}
		}
	}
}

#[test]
fn the_time_of_a_chain_is_what_all_of_it_has_in_common() {
	let mut world = World::new(2, Key::p256);
	world.leaf.validity = validity(utc_time("270101000000Z"), utc_time("400101000000Z"));
	world.intermediates[0].validity = validity(utc_time("280101000000Z"), utc_time("450101000000Z"));
	world.intermediates[1].validity = validity(utc_time("260601000000Z"), utc_time("390101000000Z"));
	world.root.validity = validity(utc_time("260101000000Z"), utc_time("380101000000Z"));
	let leaf = verify(&world.chain(), &[world.root()]).unwrap();
	assert_eq!(leaf.not_before(), UnixTime::from_secs(1_830_297_600)); // 2028, of an intermediate
	assert_eq!(leaf.not_after(), UnixTime::from_secs(2_145_916_800)); // 2038, of the root
																   // Both ends belong to it, and nothing beyond.
	for (now, good) in [
		(leaf.not_before().as_secs(), true),
		(leaf.not_before().as_secs() - 1, false),
		(leaf.not_after().as_secs(), true),
		(leaf.not_after().as_secs() + 1, false),
	] {
		let now = UnixTime::from_secs(now);
		let result = verify_chain(&world.chain(), &[world.root()], now, &mut none_revoked);
		assert_eq!(result.is_ok(), good, "{now}");
	}
}

#[test]
fn keys_of_both_kinds_may_stand_in_one_chain() {
	let mut world = World::new(1, Key::p256);
	world.leaf.key_info = Key::ed25519(9).info();
	let leaf = verify(&world.chain(), &[world.root()]).unwrap();
	assert_eq!(leaf.key(), PublicKey::Ed25519(Key::ed25519(9).public().try_into().unwrap()));
}

#[test]
fn a_compressed_key_is_the_same_key() {
	let mut world = World::new(0, Key::p256);
	let uncompressed = verify(&world.chain(), &[world.root()]).unwrap().key();
	let PublicKey::P256(compressed) = uncompressed else { panic!("another kind of key") };
	world.leaf.key_info = sequence(&[sequence(&[oid(EC_PUBLIC_KEY), oid(PRIME256V1)]), bits(0, &compressed)]);
	assert_eq!(verify(&world.chain(), &[world.root()]).unwrap().key(), uncompressed);
}

/// The twin of a signature, `n - s`, verifies as well and anybody can compute it.
#[test]
fn the_twin_of_a_signature_does_not_give_a_certificate_another_identity() {
	use p256::ecdsa::{signature::Signer, Signature};
	let world = World::new(1, Key::p256);
	let (mut chain, roots) = (world.chain(), [world.root()]);
	let leaf = verify(&chain, &roots).unwrap();
	let Key::P256(signer) = &world.leaf.signer else { panic!("another kind of key") };
	let signature: Signature = signer.sign(&world.leaf.signed_part());
	let twin = Signature::from_scalars(signature.r(), -signature.s()).unwrap();
	let twin = world.leaf.with_signature(bits(0, &signature_der(&twin.r().to_bytes(), &twin.s().to_bytes())));
	assert_ne!(twin, chain[0]);
	chain[0] = twin;
	assert_eq!(verify(&chain, &roots).as_ref(), Ok(&leaf));
	let refusal = Refusal::Revoked(leaf.fingerprint());
	assert_eq!(
		verify_chain(&chain, &roots, NOW, &mut |one| *one == leaf.fingerprint()),
		Err(Error::Certificate { position: Position::Leaf, refusal })
	);
}

#[test]
fn any_root_of_the_name_will_do() {
	let world = World::new(1, Key::p256);
	// Renewed: the same name and key, another time. Replaced: the same name, another key, and no name for the key.
	let mut expired = world.clone();
	expired.root.validity = validity(utc_time("260101000000Z"), utc_time("270101000000Z"));
	let expired = Root::parse(&expired.root.sign(), BEGINNING).unwrap();
	let mut replaced = Draft::new("Root", &Key::ed25519(7), "Root", &Key::ed25519(7));
	replaced.extensions = vec![basic_constraints(true, None), cert_sign()];
	let replaced = Root::parse(&replaced.sign(), NOW).unwrap();
	let good = world.root();
	for roots in [
		vec![good.clone(), expired.clone(), replaced.clone()],
		vec![expired.clone(), replaced.clone(), good.clone()],
		vec![replaced.clone(), good.clone()],
	] {
		let leaf = verify(&world.chain(), &roots).unwrap();
		assert_eq!(leaf.issuers().last(), Some(&good.fingerprint()));
	}
	// Of two that are no good, the one that issued the chain is named.
	for roots in [[expired.clone(), replaced.clone()], [replaced, expired.clone()]] {
		let refusal = Refusal::Expired { not_after: expired.not_after(), now: NOW };
		assert_eq!(verify(&world.chain(), &roots), Err(Error::Certificate { position: Position::Root, refusal }));
	}
}

#[test]
fn what_is_optional_may_be_there_or_not() {
	let check = |what: &str, change: &dyn Fn(&mut World)| {
		let mut world = World::new(1, Key::p256);
		change(&mut world);
		verify(&world.chain(), &[world.root()]).unwrap_or_else(|error| panic!("{what}: {error}"));
	};
	check("a leaf without extensions", &|world| world.leaf.extensions_field = Some(Vec::new()));
	check("a leaf without key usage", &|world| world.leaf.drop_extension(&cert_sign()));
	check("a leaf with more usages", &|world| world.leaf.put(key_usage(3, &[0x88])));
	check("a leaf with all nine bits but keyCertSign", &|world| world.leaf.put(key_usage(7, &[0xfb, 0x80])));
	check("purposes with clientAuth among them", &|world| {
		world.leaf.put(purposes(true, &["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]))
	});
	check("any purpose", &|world| world.leaf.put(purposes(false, &["2.5.29.37.0"])));
	check("an issuer with a purpose", &|world| world.intermediates[0].put(purposes(true, &["1.3.6.1.5.5.7.3.2"])));
	check("unknown, not critical", &|world| world.leaf.put(extension("1.2.3.4", false, vec![1, 2, 3])));
	check("a path length that suffices", &|world| {
		world.intermediates[0].put(basic_constraints(true, Some(0)));
		world.root.put(basic_constraints(true, Some(1)));
	});
	check("a path length beyond a byte", &|world| {
		let constraints = sequence(&[boolean(0xff), integer(&[1, 0])]);
		world.root.put(extension("2.5.29.19", true, constraints));
	});
	check("basic constraints that are not critical", &|world| {
		world.intermediates[0].put(extension("2.5.29.19", false, sequence(&[boolean(0xff)])))
	});
	check("no key identifiers", &|world| {
		world.leaf.drop_extension(&aki(0));
		world.intermediates[0].drop_extension(&subject_key_id(&[]));
	});
	check("an issuer without a name for its key", &|world| {
		world.intermediates[0].drop_extension(&subject_key_id(&[]));
	});
	check("an issuer named by its issuer and serial number, which needs a zero in front", &|world| {
		world.intermediates[0].serial = integer(&[0, 0x80, 1]);
		let by_certificate = [tlv(0xa1, &tlv(0xa4, &name("Root"))), tlv(0x82, &[0, 0x80, 1])];
		world.leaf.put(authority_key_id(&by_certificate));
	});
	check("a serial number of twenty octets", &|world| world.leaf.serial = integer(&[0x7f; 20]));
	check("a printable name", &|world| world.leaf.subject = name_of(&[tlv(0x13, b"Treasury (EU) 1")]));
	check("a name of 64 characters in more bytes", &|world| world.leaf.subject = name(&"é".repeat(64)));
	check("two attributes in one part of a name", &|world| {
		let (organisation, common) = (attribute("2.5.4.10", utf8("Bank")), attribute("2.5.4.3", utf8("Treasury")));
		world.leaf.subject = sequence(&[set(&[organisation, common])]);
	});
	check("an end at the end of time", &|world| {
		world.leaf.validity = validity(utc_time("260101000000Z"), generalized_time("99991231235959Z"))
	});
	check("valid for one second", &|world| {
		world.leaf.validity = validity(utc_time("300701000000Z"), utc_time("300701000000Z"))
	});
	check("as many extensions as there may be", &|world| {
		let missing = syndic_x509::MAX_EXTENSIONS - world.leaf.extensions.len();
		(0..missing).for_each(|number| world.leaf.put(extension(&format!("1.2.3.{number}"), false, Vec::new())));
	});
}

#[test]
fn what_is_stored_comes_back_and_fits_its_bound() {
	let mut world = World::new(3, Key::p256);
	world.leaf.subject = name(&"€".repeat(64));
	world.leaf.serial = integer(&[0x7f; 20]);
	let (root, leaf) = (world.root(), verify(&world.chain(), &[world.root()]).unwrap());
	assert_eq!(Root::decode(&mut &root.encode()[..]).as_ref(), Ok(&root));
	assert_eq!(VerifiedLeaf::decode(&mut &leaf.encode()[..]).as_ref(), Ok(&leaf));
	assert!(root.encoded_size() <= Root::max_encoded_len());
	assert!(leaf.encoded_size() <= VerifiedLeaf::max_encoded_len());
	println!("root at most {} bytes, leaf at most {}", Root::max_encoded_len(), VerifiedLeaf::max_encoded_len());
}

#[test]
fn nothing_verifies_under_a_key_that_is_none() {
	for key in [PublicKey::P256([0; 33]), PublicKey::P256([0xff; 33]), PublicKey::Ed25519([0xff; 32])] {
		let signature = match key {
			PublicKey::P256(_) => fixture("p256-leaf.sig"),
			PublicKey::Ed25519(_) => fixture("ed25519-leaf.sig"),
		};
		assert!(key.verify(b"I hold this key.", &signature).is_err());
	}
	// Small order: under it, this signature would be good for any message by the lax equation.
	let mut identity = [0; 32];
	identity[0] = 1;
	let signature = [identity, [0; 32]].concat();
	assert_eq!(PublicKey::Ed25519(identity).verify(b"anything", &signature), Err(SignatureError::Mismatch));
}

#[test]
fn a_signature_has_one_encoding_of_its_numbers() {
	let key = Key::p256(9);
	let world = World::new(0, Key::p256);
	let public = verify(&world.chain(), &[world.root()]).unwrap().key();
	let good = key.sign(b"message");
	assert_eq!(public.verify(b"message", &good), Ok(()));
	// Two numbers, each 33 bytes at most and in front of them two bytes each.
	let r_end = 4 + usize::from(good[3]);
	let (r, s) = (&good[4..r_end], &good[r_end + 2..]);
	let padded = |number: &[u8]| integer(&[&[0], number].concat());
	let order = p256_order();
	for (what, bad) in [
		("a zero too many in r", sequence(&[padded(r), integer(s)])),
		("a zero too many in s", sequence(&[integer(r), padded(s)])),
		("r is zero", sequence(&[integer(&[0]), integer(s)])),
		("s is zero", sequence(&[integer(r), integer(&[0])])),
		("r is negative", sequence(&[integer(&[0x80]), integer(s)])),
		("s is the order", sequence(&[integer(r), integer(&[&[0], &order[..]].concat())])),
		("r is longer than the field", sequence(&[integer(&[1; 33]), integer(s)])),
		("three numbers", sequence(&[integer(r), integer(s), integer(&[1])])),
		("one number", sequence(&[integer(r)])),
		("bytes follow", [&good[..], &[0]].concat()),
		("an overlong length", [&[0x30, 0x81], &good[1..]].concat()),
		("an indefinite length", [&[0x30, 0x80], &good[2..], &[0, 0]].concat()),
		("no wrapping", [integer(r), integer(s)].concat()),
		("64 bytes as other formats have them", vec![1; 64]),
	] {
		assert_eq!(public.verify(b"message", &bad), Err(SignatureError::Form), "{what}");
	}
	// Ed25519: S plus the order is the other form of the same number.
	let key = Key::ed25519(9);
	let public = PublicKey::Ed25519(key.public().try_into().unwrap());
	let mut signature = key.sign(b"message");
	assert_eq!(public.verify(b"message", &signature), Ok(()));
	let mut carry = 0;
	for (byte, order) in signature[32..].iter_mut().zip(ed25519_order()) {
		let sum = u16::from(*byte) + u16::from(order) + carry;
		(*byte, carry) = (sum as u8, sum >> 8);
	}
	assert_eq!(public.verify(b"message", &signature), Err(SignatureError::Mismatch));
}

fn p256_order() -> [u8; 32] {
	[
		0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6,
		0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
	]
}

/// Little endian.
fn ed25519_order() -> [u8; 32] {
	let mut order = [0; 32];
	order[..16].copy_from_slice(&[
		0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
	]);
	order[31] = 0x10;
	order
}

#[test]
fn the_units_are_those_of_the_leaf_in_their_order() {
	let longest = "ü".repeat(64);
	let given = [utf8("operator"), tlv(0x13, b"Payments (EU)"), utf8(&longest), utf8("operator")];
	for count in 0..=given.len() {
		let mut world = World::new(1, Key::p256);
		world.leaf.subject = name_with_units("Treasury", &given[..count]);
		let leaf = verify_chain(&world.chain(), &[world.root()], NOW, &mut none_revoked).unwrap();
		let units: Vec<_> = leaf.units().iter().map(|unit| unit.as_str()).collect();
		assert_eq!(units, ["operator", "Payments (EU)", &longest, "operator"][..count]);
	}
}

#[test]
fn units_of_issuers_are_not_asked_about() {
	let mut world = World::new(1, Key::p256);
	let odd = name_with_units("Intermediate", &[integer(&[1]), utf8(""), utf8("A"), utf8("B"), utf8("C")]);
	world.intermediates[0].subject = odd.clone();
	world.leaf.issuer = odd;
	let leaf = verify_chain(&world.chain(), &[world.root()], NOW, &mut none_revoked).unwrap();
	assert!(leaf.units().is_empty());
}
