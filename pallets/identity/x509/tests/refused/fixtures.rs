//! What openssl makes without complaint, and is not good here.

use crate::{common::*, Case};
use syndic_x509::{Error, KeyUsage, Oid, Position, Position::*, Refusal, Root, UnixTime};

pub fn file(name: &str) -> Vec<u8> {
	fixture(&format!("{name}.der"))
}

pub(crate) fn cases() -> Vec<Case> {
	let oid = Oid::new_unwrap;
	let y2027 = UnixTime::from_secs(1_798_761_600);
	let expired = Refusal::Expired { not_after: y2027, now: NOW };
	let root = |name: &str| Root::parse(&file(name), y2027).unwrap();
	let case = |chain: &[&str], under: &str, position: Position, refusal: Refusal| Case {
		what: format!("openssl: {}", chain.join(", ")),
		chain: chain.iter().map(|name| file(name)).collect(),
		roots: vec![root(under)],
		now: NOW,
		expected: Error::Certificate { position, refusal },
	};
	let mut cases = vec![
		case(&["other-rsa"], "p256-root", Leaf, Refusal::KeyAlgorithm(oid("1.2.840.113549.1.1.1"))),
		case(&["other-ed448"], "p256-root", Leaf, Refusal::KeyAlgorithm(oid("1.3.101.113"))),
		case(&["other-P-384"], "p256-root", Leaf, Refusal::Curve(oid("1.3.132.0.34"))),
		case(&["other-secp256k1"], "p256-root", Leaf, Refusal::Curve(oid("1.3.132.0.10"))),
		case(&["other-brainpoolP256r1"], "p256-root", Leaf, Refusal::Curve(oid("1.3.36.3.3.2.8.1.1.7"))),
		case(&["explicit"], "p256-root", Leaf, Refusal::Parameters(oid(EC_PUBLIC_KEY))),
		case(&["digest-sha1"], "p256-root", Leaf, Refusal::SignatureAlgorithm(oid("1.2.840.10045.4.1"))),
		case(&["digest-sha384"], "p256-root", Leaf, Refusal::SignatureAlgorithm(oid("1.2.840.10045.4.3.3"))),
		case(&["digest-sha512"], "p256-root", Leaf, Refusal::SignatureAlgorithm(oid("1.2.840.10045.4.3.4"))),
		case(&["v1"], "p256-root", Leaf, Refusal::Version { found: 1 }),
		case(&["old-leaf"], "p256-root", Leaf, expired),
		case(&["under-old-intermediate", "old-intermediate"], "p256-root", Intermediate(1), expired),
		case(&["under-old-root"], "old-root", Position::Root, expired),
		case(&["server_leaf"], "p256-root", Leaf, Refusal::Purpose(oid("1.3.6.1.5.5.7.3.1"))),
		case(&["must_staple"], "p256-root", Leaf, Refusal::UnknownCritical(oid("1.3.6.1.5.5.7.1.24"))),
		case(&["p256-direct", "name_constrained"], "p256-root", Intermediate(1), Refusal::Constraint(oid("2.5.29.30"))),
		case(
			&["p256-direct", "policy_constrained"],
			"p256-root",
			Intermediate(1),
			Refusal::Constraint(oid("2.5.29.36")),
		),
		case(&["p256-direct", "no_usage"], "p256-root", Intermediate(1), Refusal::MissingKeyUsage),
		case(
			&["below-leaf", "below", "p256-intermediate"],
			"p256-root",
			Intermediate(2),
			Refusal::PathTooLong { found: 1, allowed: 0 },
		),
		case(&["p256-leaf"], "p256-root", Leaf, Refusal::UnknownIssuer),
		case(&["p256-leaf", "ed25519-intermediate"], "ed25519-root", Leaf, Refusal::WrongIssuer),
		case(&["p256-leaf", "p256-intermediate"], "ed25519-root", Intermediate(1), Refusal::UnknownIssuer),
		case(&["p256-leaf", "p256-intermediate", "p256-root"], "p256-root", Intermediate(2), Refusal::RootInChain),
		case(&["stranger-leaf"], "p256-root", Leaf, Refusal::BadSignature),
		case(&["stranger"], "p256-root", Leaf, Refusal::LeafIsCa),
	];
	cases.push(Case {
		what: "openssl: a chain of five".into(),
		chain: ["deeper-leaf", "deeper-low", "deep-low", "deep-middle", "deep-high"].map(file).to_vec(),
		roots: vec![root("ed25519-root")],
		now: NOW,
		expected: Error::ChainTooLong { found: 5 },
	});
	cases
}

/// What the fixtures of the roots are refused for.
pub fn roots() -> Vec<(String, Vec<u8>, UnixTime, Refusal)> {
	let oid = Oid::new_unwrap;
	let signed = |dotted| Refusal::SignatureAlgorithm(oid(dotted));
	let (y2027, y2051) = (UnixTime::from_secs(1_798_761_600), UnixTime::from_secs(2_556_144_000));
	[
		("root-rsa", signed("1.2.840.113549.1.1.11")),
		("root-ed448", signed("1.3.101.113")),
		// openssl hashes with SHA-256 under every curve, unless told otherwise.
		("root-P-384", Refusal::Curve(oid("1.3.132.0.34"))),
		("root-secp256k1", Refusal::Curve(oid("1.3.132.0.10"))),
		("root-brainpoolP256r1", Refusal::Curve(oid("1.3.36.3.3.2.8.1.1.7"))),
		("v1", Refusal::Version { found: 1 }),
		("old-root", Refusal::Expired { not_after: y2027, now: NOW }),
		("future-root", Refusal::NotYetValid { not_before: y2051, now: NOW }),
		("p256-intermediate", Refusal::NotSelfIssued),
		("p256-leaf", Refusal::NotCa),
		("p256-direct", Refusal::MissingBasicConstraints),
		("no_usage", Refusal::MissingKeyUsage),
	]
	.into_iter()
	.map(|(name, refusal)| (format!("openssl: {name}"), file(name), NOW, refusal))
	.collect()
}

#[test]
fn usages_are_named() {
	assert_eq!(KeyUsage::from_bits(0b10_0001).to_string(), "digitalSignature, keyCertSign");
}
