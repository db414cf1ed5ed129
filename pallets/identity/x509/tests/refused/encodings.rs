//! What is not DER, or not in the place where it belongs.

use crate::{case, common::*, Case};
use syndic_x509::{verify_chain, Error, ErrorKind, Position, Position::*, Refusal, Tag, MAX_CERTIFICATE_BYTES};

fn malformed(field: &'static str, kind: ErrorKind) -> Refusal {
	Refusal::Malformed { field, kind }
}

/// A chain of one intermediate in which the certificate at this index is these bytes.
fn bytes(what: &str, index: usize, refusal: Refusal, change: impl FnOnce(&World, Vec<u8>) -> Vec<u8>) -> Case {
	let world = World::new(1, Key::p256);
	let mut chain = world.chain();
	chain[index] = change(&world, chain[index].clone());
	let position = if index == 0 { Leaf } else { Position::Intermediate(index as u8) };
	let expected = Error::Certificate { position, refusal };
	Case { what: what.into(), chain, roots: vec![world.root()], now: NOW, expected }
}

/// The content of a value whose length takes two bytes more.
fn content(whole: &[u8]) -> &[u8] {
	assert_eq!(whole[1], 0x82);
	&whole[4..]
}

pub(crate) fn cases() -> Vec<Case> {
	let unexpected = |expected, actual| ErrorKind::TagUnexpected { expected: Some(expected), actual };
	let mut cases = vec![
		bytes("an empty certificate", 0, nothing("certificate", 0), |_, _| Vec::new()),
		bytes("zeros", 0, malformed("certificate", ErrorKind::TagUnknown { byte: 0 }), |_, _| vec![0; 64]),
		bytes("PEM", 0, malformed("certificate", ErrorKind::TagUnknown { byte: b'-' }), |_, _| {
			b"-----BEGIN CERTIFICATE-----".to_vec()
		}),
		bytes("a byte that follows", 0, Refusal::TrailingBytes { found: 1 }, |_, der| [&der[..], &[0]].concat()),
		bytes("a certificate that follows", 1, Refusal::TrailingBytes { found: 0 }, |_, der| der),
		bytes("oversize", 0, Refusal::TooLarge { found: MAX_CERTIFICATE_BYTES + 1 }, |_, _| {
			vec![0x30; MAX_CERTIFICATE_BYTES + 1]
		}),
		bytes("far oversize", 1, Refusal::TooLarge { found: 1 << 20 }, |_, _| vec![0; 1 << 20]),
		bytes(
			"a set in place of the certificate",
			0,
			malformed("certificate", unexpected(Tag::Sequence, Tag::Set)),
			|_, der| [&[0x31], &der[1..]].concat(),
		),
		bytes("an indefinite length", 0, malformed("certificate", ErrorKind::IndefiniteLength), |_, der| {
			[&[0x30, 0x80], content(&der), &[0, 0]].concat()
		}),
		bytes(
			"a length in three bytes where two do",
			0,
			malformed("certificate", ErrorKind::Length { tag: Tag::Sequence }),
			|_, der| [&[0x30, 0x83, 0], &der[2..]].concat(),
		),
		bytes(
			"a length in five bytes",
			0,
			malformed("certificate", ErrorKind::Length { tag: Tag::Sequence }),
			|_, der| [&[0x30, 0x85, 0, 0, 0], &der[2..]].concat(),
		),
		bytes("a length of four gigabytes", 0, malformed("certificate", ErrorKind::Overflow), |_, der| {
			[&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], content(&der)].concat()
		}),
		bytes("a tag of two bytes", 0, malformed("certificate", ErrorKind::TagNumberInvalid), |_, der| {
			[&[0x3f, 0x10], &der[1..]].concat()
		}),
		bytes("signed by nobody", 0, Refusal::SignatureEncoding, |world, _| world.leaf.with_signature(bits(0, &[]))),
		bytes("a signature of zeros", 0, Refusal::SignatureEncoding, |world, _| {
			world.leaf.with_signature(bits(0, &sequence(&[integer(&[0]), integer(&[0])])))
		}),
		bytes("a signature in Ed25519's form", 1, Refusal::SignatureEncoding, |world, _| {
			world.intermediates[0].with_signature(bits(0, &[7; 64]))
		}),
		bytes("a signature of seven bits less", 0, Refusal::SignatureEncoding, |world, _| {
			let signature = world.leaf.signer.sign(&world.leaf.signed_part());
			world.leaf.with_signature(bits(7, &signature))
		}),
		bytes("a signature with bytes behind it", 0, Refusal::SignatureEncoding, |world, _| {
			let signature = world.leaf.signer.sign(&world.leaf.signed_part());
			world.leaf.with_signature(bits(0, &[&signature[..], &[0]].concat()))
		}),
		bytes(
			"the signature as octets",
			0,
			malformed("signatureValue", unexpected(Tag::BitString, Tag::OctetString)),
			|world, _| world.leaf.with_signature(octets(&world.leaf.signer.sign(&world.leaf.signed_part()))),
		),
		bytes("a true signature of something else", 0, Refusal::BadSignature, |world, _| {
			world.leaf.with_signature(bits(0, &world.leaf.signer.sign(b"something else")))
		}),
		bytes("another's signature", 0, Refusal::BadSignature, |world, _| {
			world.leaf.with_signature(bits(0, &Key::p256(3).sign(&world.leaf.signed_part())))
		}),
		bytes("another's signature on an intermediate", 1, Refusal::BadSignature, |world, _| {
			let draft = &world.intermediates[0];
			draft.with_signature(bits(0, &Key::p256(3).sign(&draft.signed_part())))
		}),
		bytes("a name changed after it was signed", 0, Refusal::BadSignature, |world, _| {
			let signature = world.leaf.signer.sign(&world.leaf.signed_part());
			let mut changed = world.leaf.clone();
			changed.subject = name("Treasurz");
			changed.with_signature(bits(0, &signature))
		}),
		bytes("a key changed after it was signed", 1, Refusal::BadSignature, |world, _| {
			let signature = world.intermediates[0].signer.sign(&world.intermediates[0].signed_part());
			let mut changed = world.intermediates[0].clone();
			changed.key_info = Key::p256(8).info();
			changed.with_signature(bits(0, &signature))
		}),
		bytes("a fourth field", 0, trailing("certificate", 2), |_, der| {
			sequence(&[content(&der).to_vec(), tlv(5, &[])])
		}),
		case("a field behind the extensions", Leaf, trailing("tbsCertificate", 2), |world| {
			world.leaf.rest = tlv(5, &[])
		}),
		case("no key", Leaf, malformed("subjectPublicKeyInfo", unexpected(Tag::Sequence, context(3))), |world| {
			world.leaf.key_info = Vec::new()
		}),
		case(
			"a serial number as octets",
			Leaf,
			malformed("serialNumber", unexpected(Tag::Integer, Tag::OctetString)),
			|world| world.leaf.serial = octets(&[1]),
		),
		case("a name as a set", Leaf, malformed("issuer", unexpected(Tag::Sequence, Tag::Set)), |world| {
			world.leaf.issuer[0] = 0x31
		}),
		case("a relative name", Leaf, malformed("subject", unexpected(Tag::Set, Tag::Sequence)), |world| {
			world.leaf.subject = sequence(&[attribute("2.5.4.3", utf8("T"))])
		}),
		case(
			"an identifier with a zero in front of a part",
			Leaf,
			malformed("extensions", ErrorKind::OidMalformed),
			|world| world.leaf.extensions.push(sequence(&[tlv(6, &[0x2a, 0x80, 0x03, 0x04]), octets(&[])])),
		),
		case("an identifier that is cut off", Leaf, malformed("extensions", ErrorKind::OidMalformed), |world| {
			world.leaf.extensions.push(sequence(&[tlv(6, &[0x2a, 0x03, 0x84]), octets(&[])]))
		}),
		case(
			"an extension's value not wrapped",
			Leaf,
			malformed("extensions", unexpected(Tag::OctetString, Tag::Null)),
			|world| world.leaf.extensions.push(sequence(&[oid("1.2.3.4"), tlv(5, &[])])),
		),
		case("an extension that goes on", Leaf, trailing("extensions", 2), |world| {
			world.leaf.extensions.push(sequence(&[oid("1.2.3.4"), octets(&[]), tlv(5, &[])]))
		}),
		case("a key identifier that goes on", Leaf, trailing("subjectKeyIdentifier", 1), |world| {
			world.leaf.put(extension("2.5.29.14", false, [octets(&[9; 20]), vec![0]].concat()))
		}),
		case("a key usage that goes on", Leaf, trailing("keyUsage", 1), |world| {
			world.leaf.put(extension("2.5.29.15", true, [bits(7, &[0x80]), vec![0]].concat()))
		}),
		case("two sequences of extensions", Leaf, trailing("extensions", 4), |world| {
			let extensions = sequence(&world.leaf.extensions);
			world.leaf.extensions_field = Some(tlv(0xa3, &[extensions, sequence(&[tlv(5, &[])])].concat()));
		}),
		case(
			"extensions before the key",
			Leaf,
			malformed("subjectPublicKeyInfo", unexpected(Tag::Sequence, context(3))),
			|world| {
				let (key, extensions) = (world.leaf.key_info.clone(), tlv(0xa3, &sequence(&world.leaf.extensions)));
				world.leaf.key_info = extensions;
				world.leaf.extensions_field = Some(key);
			},
		),
	];
	// Instead of the number of bytes that are behind, which depends on the certificate's own length.
	for case in &mut cases {
		if case.what == "a certificate that follows" {
			let next = case.chain[1].clone();
			case.expected =
				Error::Certificate { position: Intermediate(1), refusal: Refusal::TrailingBytes { found: next.len() } };
			case.chain[1].extend(next);
		}
	}
	cases
}

fn context(number: u8) -> Tag {
	Tag::try_from(0xa0 | number).unwrap()
}

fn nothing(field: &'static str, actual: u8) -> Refusal {
	malformed(field, ErrorKind::Incomplete { expected_len: (actual + 1).into(), actual_len: actual.into() })
}

/// How much was read before is not the point; see [`same`].
fn trailing(field: &'static str, remaining: u8) -> Refusal {
	malformed(field, ErrorKind::TrailingData { decoded: 0u8.into(), remaining: remaining.into() })
}

/// Two errors but for how much had been read when bytes were left.
pub fn same(found: &Error, expected: &Error) -> bool {
	fn without(error: &Error) -> Error {
		match *error {
			Error::Certificate {
				position,
				refusal: Refusal::Malformed { field, kind: ErrorKind::TrailingData { remaining, .. } },
			} => {
				let kind = ErrorKind::TrailingData { decoded: 0u8.into(), remaining };
				Error::Certificate { position, refusal: Refusal::Malformed { field, kind } }
			}
			other => other,
		}
	}
	without(found) == without(expected)
}

#[test]
fn what_is_cut_off_is_malformed_wherever_it_is_cut() {
	for key in [Key::p256, Key::ed25519] {
		let world = World::new(1, key);
		let (chain, roots) = (world.chain(), [world.root()]);
		for (index, position) in [(0, Leaf), (1, Intermediate(1))] {
			for length in 0..chain[index].len() {
				let mut cut = chain.clone();
				cut[index].truncate(length);
				let result = verify_chain(&cut, &roots, NOW, &mut none_revoked);
				assert!(
					matches!(
						result,
						Err(Error::Certificate { position: found, refusal: Refusal::Malformed { .. } }) if found == position
					),
					"{length} bytes of {position}: {result:?}"
				);
			}
		}
		let root = world.root.sign();
		for length in 0..root.len() {
			let result = syndic_x509::Root::parse(&root[..length], NOW);
			let malformed =
				matches!(result, Err(Error::Certificate { position: Root, refusal: Refusal::Malformed { .. } }));
			assert!(malformed, "{length} bytes of the root: {result:?}");
		}
	}
}
