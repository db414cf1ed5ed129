//! Certificates with which no institution is admitted.

use crate::{common::*, fixtures};
use syndic_x509::{ErrorKind, KeyUsage, Refusal, Tag, UnixTime, MAX_CERTIFICATE_BYTES};

fn root(what: &str, refusal: Refusal, change: impl FnOnce(&mut Draft)) -> (String, Vec<u8>, UnixTime, Refusal) {
	let mut draft = World::new(0, Key::p256).root;
	change(&mut draft);
	(what.into(), draft.sign(), NOW, refusal)
}

fn bytes(
	what: &str,
	refusal: Refusal,
	change: impl FnOnce(Vec<u8>) -> Vec<u8>,
) -> (String, Vec<u8>, UnixTime, Refusal) {
	(what.into(), change(World::new(0, Key::p256).root.sign()), NOW, refusal)
}

pub(crate) fn cases() -> Vec<(String, Vec<u8>, UnixTime, Refusal)> {
	let sign = KeyUsage::DIGITAL_SIGNATURE;
	let mut cases = vec![
		root("no authority", Refusal::NotCa, |root| {
			root.put(basic_constraints(false, None));
			root.put(digital_signature());
		}),
		root("no basic constraints", Refusal::MissingBasicConstraints, |root| {
			root.extensions = vec![digital_signature()];
		}),
		root("no extensions", Refusal::MissingBasicConstraints, |root| root.extensions_field = Some(Vec::new())),
		root("no key usage", Refusal::MissingKeyUsage, |root| root.drop_extension(&cert_sign())),
		root("no keyCertSign", Refusal::LacksKeyUsage { found: sign, needed: KeyUsage::KEY_CERT_SIGN }, |root| {
			root.put(digital_signature())
		}),
		root("keyCertSign without authority", Refusal::CertSignWithoutCa, |root| {
			root.put(basic_constraints(false, None))
		}),
		root("issued by another", Refusal::NotSelfIssued, |root| root.issuer = name("Somebody")),
		root("signed by another", Refusal::BadSignature, |root| root.signer = Key::p256(2)),
		root("with a key that did not sign it", Refusal::BadSignature, |root| root.key_info = Key::p256(2).info()),
		root(
			"signed by a key of another kind",
			Refusal::IssuerAlgorithm {
				found: syndic_x509::SignatureAlgorithm::EcdsaP256Sha256,
				issuer: syndic_x509::SignatureAlgorithm::Ed25519,
			},
			|root| root.key_info = Key::ed25519(1).info(),
		),
		root("another key named as its issuer's", Refusal::AuthorityKeyId, |root| root.put(aki(2))),
		root("names constrained", Refusal::Constraint(syndic_x509::Oid::new_unwrap("2.5.29.30")), |root| {
			root.put(extension("2.5.29.30", true, sequence(&[])))
		}),
		root("an empty name", Refusal::EmptyName { field: "issuer" }, |root| {
			root.issuer = sequence(&[]);
			root.subject = sequence(&[]);
		}),
		root("version 1", Refusal::Version { found: 1 }, |root| root.version = Vec::new()),
		bytes("trailing bytes", Refusal::TrailingBytes { found: 2 }, |der| [&der[..], &[0, 0]].concat()),
		bytes("too large", Refusal::TooLarge { found: MAX_CERTIFICATE_BYTES + 1 }, |_| {
			vec![0; MAX_CERTIFICATE_BYTES + 1]
		}),
		bytes(
			"too large for what it says",
			Refusal::Malformed {
				field: "certificate",
				kind: ErrorKind::Incomplete { expected_len: 258u16.into(), actual_len: 3u8.into() },
			},
			|_| vec![0x30, 0x81, 0xff],
		),
		bytes("tampered", Refusal::BadSignature, |mut der| {
			// In the serial number, by which nothing refers to it.
			let serial = der.windows(4).position(|window| window == [2, 2, 0x17, 4]).unwrap();
			der[serial + 3] ^= 1;
			der
		}),
		bytes(
			"a sequence of nothing",
			Refusal::Malformed {
				field: "tbsCertificate",
				kind: ErrorKind::Incomplete { expected_len: 1u8.into(), actual_len: 0u8.into() },
			},
			|_| sequence(&[]),
		),
		bytes(
			"a sequence of other things",
			Refusal::Malformed {
				field: "tbsCertificate",
				kind: ErrorKind::TagUnexpected { expected: Some(Tag::Sequence), actual: Tag::Null },
			},
			|_| sequence(&[tlv(5, &[])]),
		),
	];
	cases.extend(fixtures::roots());
	cases
}
