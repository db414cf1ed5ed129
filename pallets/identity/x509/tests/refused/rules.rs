//! What a certificate says, and must not say.

use crate::{case, common::*, Case};
use syndic_x509::{ErrorKind, KeyUsage, Oid, Position::*, Refusal, Tag, UnixTime, MAX_EXTENSIONS};

fn known(dotted: &str) -> Oid {
	Oid::new_unwrap(dotted)
}

fn value(field: &'static str, tag: Tag) -> Refusal {
	Refusal::Malformed { field, kind: ErrorKind::Value { tag } }
}

fn key_info(algorithm: Vec<u8>, key: &[u8]) -> Vec<u8> {
	sequence(&[algorithm, bits(0, key)])
}

fn p256_info(key: &[u8]) -> Vec<u8> {
	key_info(sequence(&[oid(EC_PUBLIC_KEY), oid(PRIME256V1)]), key)
}

pub(crate) fn cases() -> Vec<Case> {
	[versions_and_serials(), algorithms(), keys(), names(), units(), times(), constraints(), usages(), others()]
		.into_iter()
		.flatten()
		.collect()
}

fn versions_and_serials() -> Vec<Case> {
	vec![
		case("version 1 by default", Leaf, Refusal::Version { found: 1 }, |world| world.leaf.version = Vec::new()),
		case("version 1 written out", Leaf, Refusal::Version { found: 1 }, |world| {
			world.leaf.version = tlv(0xa0, &integer(&[0]))
		}),
		case("version 2", Intermediate(1), Refusal::Version { found: 2 }, |world| {
			world.intermediates[0].version = tlv(0xa0, &integer(&[1]))
		}),
		case("version 4", Leaf, Refusal::Version { found: 4 }, |world| world.leaf.version = tlv(0xa0, &integer(&[3]))),
		case("version 256", Leaf, Refusal::Version { found: 256 }, |world| {
			world.leaf.version = tlv(0xa0, &integer(&[0, 255]))
		}),
		case("serial number zero", Leaf, Refusal::SerialNotPositive, |world| world.leaf.serial = integer(&[0])),
		case("negative serial number", Leaf, Refusal::SerialNotPositive, |world| world.leaf.serial = integer(&[0x80])),
		case("negative serial number of an issuer", Intermediate(1), Refusal::SerialNotPositive, |world| {
			world.intermediates[0].serial = integer(&[0xff, 0x7f])
		}),
		case("serial number of 21 octets", Leaf, Refusal::SerialTooLong { found: 21 }, |world| {
			world.leaf.serial = integer(&[1; 21])
		}),
		case("serial number of 20 octets and a zero", Leaf, Refusal::SerialTooLong { found: 21 }, |world| {
			world.leaf.serial = integer(&[&[0], &[0x80; 20][..]].concat())
		}),
		case(
			"serial number with a zero too many",
			Leaf,
			Refusal::Malformed { field: "serialNumber", kind: ErrorKind::Noncanonical { tag: Tag::Integer } },
			|world| world.leaf.serial = integer(&[0, 1]),
		),
		case(
			"serial number without octets",
			Leaf,
			Refusal::Malformed { field: "serialNumber", kind: ErrorKind::Noncanonical { tag: Tag::Integer } },
			|world| world.leaf.serial = integer(&[]),
		),
	]
}

fn algorithms() -> Vec<Case> {
	let both = |algorithm: Vec<u8>| {
		move |world: &mut World| {
			world.leaf.inner_algorithm = algorithm.clone();
			world.leaf.outer_algorithm = algorithm;
		}
	};
	let ecdsa = known(ECDSA_WITH_SHA256);
	let with_null = |dotted| sequence(&[oid(dotted), tlv(5, &[])]);
	let mut cases = vec![
		case(
			"inner Ed25519, outer ECDSA",
			Leaf,
			Refusal::AlgorithmMismatch { inner: known(ED25519), outer: ecdsa },
			|world| world.leaf.inner_algorithm = algorithm(ED25519),
		),
		case(
			"inner ECDSA, outer Ed25519",
			Leaf,
			Refusal::AlgorithmMismatch { inner: ecdsa, outer: known(ED25519) },
			|world| world.leaf.outer_algorithm = algorithm(ED25519),
		),
		case(
			"inner SHA-256, outer SHA-512",
			Intermediate(1),
			Refusal::AlgorithmMismatch { inner: ecdsa, outer: known("1.2.840.10045.4.3.4") },
			|world| world.intermediates[0].outer_algorithm = algorithm("1.2.840.10045.4.3.4"),
		),
		case("parameters NULL on both sides", Leaf, Refusal::Parameters(ecdsa), both(with_null(ECDSA_WITH_SHA256))),
		case("parameters NULL inside", Leaf, Refusal::Parameters(ecdsa), |world| {
			world.leaf.inner_algorithm = with_null(ECDSA_WITH_SHA256)
		}),
		case("parameters NULL outside", Leaf, Refusal::Parameters(ecdsa), |world| {
			world.leaf.outer_algorithm = with_null(ECDSA_WITH_SHA256)
		}),
		case(
			"an Ed25519 signature with parameters",
			Leaf,
			Refusal::Parameters(known(ED25519)),
			both(with_null(ED25519)),
		),
		case(
			"called Ed25519, signed by a P-256 key",
			Leaf,
			Refusal::IssuerAlgorithm {
				found: syndic_x509::SignatureAlgorithm::Ed25519,
				issuer: syndic_x509::SignatureAlgorithm::EcdsaP256Sha256,
			},
			both(algorithm(ED25519)),
		),
		case(
			"called Ed25519, signed by a root with a P-256 key",
			Intermediate(1),
			Refusal::IssuerAlgorithm {
				found: syndic_x509::SignatureAlgorithm::Ed25519,
				issuer: syndic_x509::SignatureAlgorithm::EcdsaP256Sha256,
			},
			|world| {
				world.intermediates[0].inner_algorithm = algorithm(ED25519);
				world.intermediates[0].outer_algorithm = algorithm(ED25519);
			},
		),
		case(
			"an algorithm with two parameters",
			Leaf,
			Refusal::Malformed {
				field: "signature",
				kind: ErrorKind::TrailingData { decoded: 12u8.into(), remaining: 2u8.into() },
			},
			both(sequence(&[oid(ECDSA_WITH_SHA256), tlv(5, &[]), tlv(5, &[])])),
		),
		case(
			"an algorithm without identifier",
			Leaf,
			Refusal::Malformed {
				field: "signature",
				kind: ErrorKind::Incomplete { expected_len: 1u8.into(), actual_len: 0u8.into() },
			},
			both(sequence(&[])),
		),
	];
	for (what, dotted) in [
		("SHA-1 with ECDSA", "1.2.840.10045.4.1"),
		("SHA-224 with ECDSA", "1.2.840.10045.4.3.1"),
		("SHA-384 with ECDSA", "1.2.840.10045.4.3.3"),
		("SHA-512 with ECDSA", "1.2.840.10045.4.3.4"),
		("SHA-256 with RSA", "1.2.840.113549.1.1.11"),
		("RSA-PSS", "1.2.840.113549.1.1.10"),
		("Ed448", "1.3.101.113"),
		("MD5 with RSA", "1.2.840.113549.1.1.4"),
		("a key's algorithm as a signature's", EC_PUBLIC_KEY),
	] {
		cases.push(case(what, Leaf, Refusal::SignatureAlgorithm(known(dotted)), both(algorithm(dotted))));
	}
	cases
}

fn keys() -> Vec<Case> {
	let point = Key::p256(9).public();
	let ed25519 = Key::ed25519(9).public();
	let with = |info: Vec<u8>| move |world: &mut World| world.leaf.key_info = info;
	let mut off_curve = point.clone();
	off_curve[64] ^= 1;
	let hybrid = [&[6 + (point[64] & 1)], &point[1..]].concat();
	// y = 2 is on no point of Ed25519; p + 1 is a second form of 1, which is of small order as well; p + 3 of 3.
	let not_a_point = [&[2], &[0; 31][..]].concat();
	let mut identity = [0; 32];
	identity[0] = 1;
	let mut second_form = [0xff; 32];
	(second_form[0], second_form[31]) = (0xf0, 0x7f);
	vec![
		case("a point off its curve", Leaf, Refusal::KeyEncoding, with(p256_info(&off_curve))),
		case("a point in hybrid form", Leaf, Refusal::KeyEncoding, with(p256_info(&hybrid))),
		case("the point at infinity", Leaf, Refusal::KeyEncoding, with(p256_info(&[0]))),
		case("a point that is cut off", Leaf, Refusal::KeyEncoding, with(p256_info(&point[..64]))),
		case("a point and a byte", Leaf, Refusal::KeyEncoding, with(p256_info(&[&point[..], &[0]].concat()))),
		case("a compact point", Leaf, Refusal::KeyEncoding, with(p256_info(&[&[5], &point[1..33]].concat()))),
		case(
			"a compressed point without its point",
			Leaf,
			Refusal::KeyEncoding,
			with(p256_info(&[&[2], &[0xff; 32][..]].concat())),
		),
		case("no key at all", Leaf, Refusal::KeyEncoding, with(p256_info(&[]))),
		case("a key of seven bits less", Leaf, Refusal::KeyEncoding, |world| {
			let algorithm = sequence(&[oid(EC_PUBLIC_KEY), oid(PRIME256V1)]);
			world.leaf.key_info = sequence(&[algorithm, bits(7, &point)]);
		}),
		case(
			"an Ed25519 key of 31 bytes",
			Leaf,
			Refusal::KeyEncoding,
			with(key_info(algorithm(ED25519), &ed25519[1..])),
		),
		case(
			"an Ed25519 key off its curve",
			Leaf,
			Refusal::KeyEncoding,
			with(key_info(algorithm(ED25519), &not_a_point)),
		),
		case("an Ed25519 key of small order", Leaf, Refusal::WeakKey, with(key_info(algorithm(ED25519), &identity))),
		case(
			"an Ed25519 key in a second form",
			Leaf,
			Refusal::KeyEncoding,
			with(key_info(algorithm(ED25519), &second_form)),
		),
		case(
			"an Ed25519 key with parameters",
			Leaf,
			Refusal::Parameters(known(ED25519)),
			with(key_info(sequence(&[oid(ED25519), tlv(5, &[])]), &ed25519)),
		),
		case(
			"P-256 without a curve",
			Leaf,
			Refusal::Parameters(known(EC_PUBLIC_KEY)),
			with(key_info(algorithm(EC_PUBLIC_KEY), &point)),
		),
		case("P-256 with NULL for a curve", Intermediate(1), Refusal::Parameters(known(EC_PUBLIC_KEY)), |world| {
			world.intermediates[0].key_info =
				key_info(sequence(&[oid(EC_PUBLIC_KEY), tlv(5, &[])]), &Key::p256(2).public())
		}),
		case(
			"the curve secp256k1",
			Leaf,
			Refusal::Curve(known("1.3.132.0.10")),
			with(key_info(sequence(&[oid(EC_PUBLIC_KEY), oid("1.3.132.0.10")]), &point)),
		),
		case(
			"X25519, which signs nothing",
			Leaf,
			Refusal::KeyAlgorithm(known("1.3.101.110")),
			with(key_info(algorithm("1.3.101.110"), &ed25519)),
		),
		case(
			"a key for ECDH only",
			Leaf,
			Refusal::KeyAlgorithm(known("1.3.132.1.12")),
			with(key_info(sequence(&[oid("1.3.132.1.12"), oid(PRIME256V1)]), &point)),
		),
	]
}

fn names() -> Vec<Case> {
	let subject = |name: Vec<u8>| move |world: &mut World| world.leaf.subject = name;
	let long = sequence(&(0..12).map(|_| set(&[attribute("2.5.4.10", utf8(&"o".repeat(90)))])).collect::<Vec<_>>());
	let found = long.len();
	let two = (attribute("2.5.4.10", utf8("Bank")), attribute("2.5.4.3", utf8("Treasury")));
	let set_order = Refusal::Malformed { field: "subject", kind: ErrorKind::SetOrdering };
	vec![
		case("no common name", Leaf, Refusal::CommonNames { found: 0 }, subject(name_of(&[]))),
		case("two common names", Leaf, Refusal::CommonNames { found: 2 }, subject(name_of(&[utf8("A"), utf8("B")]))),
		case("an empty subject", Leaf, Refusal::EmptyName { field: "subject" }, subject(sequence(&[]))),
		case("an empty issuer", Leaf, Refusal::EmptyName { field: "issuer" }, |world| {
			world.leaf.issuer = sequence(&[])
		}),
		case("an empty common name", Leaf, Refusal::CommonNameLength { found: 0 }, subject(name(""))),
		case(
			"a common name of 65 characters",
			Leaf,
			Refusal::CommonNameLength { found: 65 },
			subject(name(&"é".repeat(65))),
		),
		case("a line break in a common name", Leaf, Refusal::CommonNameCharacter('\n'), subject(name("Trea\nsury"))),
		case("a zero in a common name", Leaf, Refusal::CommonNameCharacter('\0'), subject(name("Treasury\0.evil"))),
		case(
			"a star in a printable string",
			Leaf,
			Refusal::CommonNameCharacter('*'),
			subject(name_of(&[tlv(0x13, b"*")])),
		),
		case(
			"a common name in Teletex",
			Leaf,
			Refusal::CommonNameForm(Tag::TeletexString),
			subject(name_of(&[tlv(0x14, b"T")])),
		),
		case(
			"a common name in two-byte characters",
			Leaf,
			Refusal::CommonNameForm(Tag::BmpString),
			subject(name_of(&[tlv(0x1e, b"\0T")])),
		),
		case(
			"a common name as a number",
			Leaf,
			Refusal::CommonNameForm(Tag::Integer),
			subject(name_of(&[integer(&[1])])),
		),
		case(
			"a common name that is not UTF-8",
			Leaf,
			Refusal::Malformed {
				field: "subject",
				kind: ErrorKind::Utf8(core::str::from_utf8(&bytes_that_are_no_text()).unwrap_err()),
			},
			subject(name_of(&[tlv(0x0c, &bytes_that_are_no_text())])),
		),
		case("a name too long", Leaf, Refusal::NameTooLong { found }, subject(long.clone())),
		case("an issuer's name too long", Intermediate(1), Refusal::NameTooLong { found }, |world| {
			world.intermediates[0].subject = long
		}),
		case("a name with an empty part", Leaf, value("subject", Tag::Set), subject(sequence(&[set(&[])]))),
		case("a name's part out of order", Leaf, set_order, subject(sequence(&[set(&[two.1.clone(), two.0.clone()])]))),
		case(
			"a name's part with the same twice",
			Leaf,
			set_order,
			subject(sequence(&[set(&[two.1.clone(), two.1.clone()])])),
		),
	]
}

fn bytes_that_are_no_text() -> [u8; 2] {
	[0xc3, 0x28]
}

/// Organisational units of the leaf's subject.
fn units() -> Vec<Case> {
	let units =
		|values: Vec<Vec<u8>>| move |world: &mut World| world.leaf.subject = name_with_units("Treasury", &values);
	vec![
		case("five units", Leaf, Refusal::TooManyUnits { found: 5 }, units(vec![utf8("A"); 5])),
		case("an empty unit", Leaf, Refusal::UnitLength { found: 0 }, units(vec![utf8("")])),
		case("a unit of 65 characters", Leaf, Refusal::UnitLength { found: 65 }, units(vec![utf8(&"ü".repeat(65))])),
		case("a teletex unit", Leaf, Refusal::UnitForm(Tag::TeletexString), units(vec![tlv(0x14, b"T")])),
		case("a unit with a line break", Leaf, Refusal::UnitForm(Tag::Utf8String), units(vec![utf8("a\nb")])),
		case(
			"a printable unit with an asterisk",
			Leaf,
			Refusal::UnitForm(Tag::PrintableString),
			units(vec![tlv(0x13, b"*")]),
		),
		case(
			"a unit that is no text, the last of two",
			Leaf,
			Refusal::UnitForm(Tag::Integer),
			units(vec![utf8("A"), integer(&[1])]),
		),
	]
}

fn times() -> Vec<Case> {
	let valid = |from: Vec<u8>, until: Vec<u8>| move |world: &mut World| world.leaf.validity = validity(from, until);
	let from = || utc_time("260101000000Z");
	let until = || utc_time("400101000000Z");
	let (y2027, y2031) = (UnixTime::from_secs(1_798_761_600), UnixTime::from_secs(1_924_992_000));
	let now = NOW;
	let begin = |tag| value("notBefore", tag);
	vec![
		case(
			"an expired leaf",
			Leaf,
			Refusal::Expired { not_after: y2027, now },
			valid(from(), utc_time("270101000000Z")),
		),
		case("an expired intermediate", Intermediate(1), Refusal::Expired { not_after: y2027, now }, |world| {
			world.intermediates[0].validity = validity(from(), utc_time("270101000000Z"))
		}),
		case(
			"a leaf of the future",
			Leaf,
			Refusal::NotYetValid { not_before: y2031, now },
			valid(utc_time("310101000000Z"), until()),
		),
		case(
			"an intermediate of the future",
			Intermediate(1),
			Refusal::NotYetValid { not_before: y2031, now },
			|world| world.intermediates[0].validity = validity(utc_time("310101000000Z"), until()),
		),
		case(
			"an end before the beginning",
			Leaf,
			Refusal::ValidityReversed { not_before: y2031, not_after: y2027 },
			valid(utc_time("310101000000Z"), utc_time("270101000000Z")),
		),
		case(
			"2026 as GeneralizedTime",
			Leaf,
			Refusal::TimeForm { field: "notBefore", year: 2026, found: Tag::GeneralizedTime },
			valid(generalized_time("20260101000000Z"), until()),
		),
		case(
			"2049 as GeneralizedTime",
			Leaf,
			Refusal::TimeForm { field: "notAfter", year: 2049, found: Tag::GeneralizedTime },
			valid(from(), generalized_time("20491231235959Z")),
		),
		case(
			"2050 as UTCTime, which is 1950",
			Leaf,
			value("notAfter", Tag::UtcTime),
			valid(from(), utc_time("500101000000Z")),
		),
		case("no seconds", Leaf, begin(Tag::UtcTime), valid(utc_time("2601010000Z"), until())),
		case("no time zone", Leaf, begin(Tag::UtcTime), valid(utc_time("260101000000"), until())),
		case("another time zone", Leaf, begin(Tag::UtcTime), valid(utc_time("260101000000+0100"), until())),
		case("a small z", Leaf, begin(Tag::UtcTime), valid(utc_time("260101000000z"), until())),
		case("a month 13", Leaf, begin(Tag::UtcTime), valid(utc_time("261301000000Z"), until())),
		case("a 30 February", Leaf, begin(Tag::UtcTime), valid(utc_time("260230000000Z"), until())),
		case(
			"a 29 February in a year without one",
			Leaf,
			begin(Tag::UtcTime),
			valid(utc_time("270229000000Z"), until()),
		),
		case("a leap second", Leaf, begin(Tag::UtcTime), valid(utc_time("260101235960Z"), until())),
		case("a letter in a time", Leaf, begin(Tag::UtcTime), valid(utc_time("26010100000OZ"), until())),
		case(
			"parts of a second",
			Leaf,
			value("notAfter", Tag::GeneralizedTime),
			valid(from(), generalized_time("20510101000000.5Z")),
		),
		case(
			"UTCTime's content as GeneralizedTime",
			Leaf,
			value("notAfter", Tag::GeneralizedTime),
			valid(from(), generalized_time("510101000000Z")),
		),
		case(
			"a number for a time",
			Leaf,
			Refusal::Malformed {
				field: "notBefore",
				kind: ErrorKind::TagUnexpected { expected: None, actual: Tag::Integer },
			},
			valid(integer(&[1]), until()),
		),
		case(
			"one time only",
			Leaf,
			Refusal::Malformed {
				field: "notAfter",
				kind: ErrorKind::Incomplete { expected_len: 16u8.into(), actual_len: 15u8.into() },
			},
			valid(from(), Vec::new()),
		),
		case(
			"three times",
			Leaf,
			Refusal::Malformed {
				field: "validity",
				kind: ErrorKind::TrailingData { decoded: 30u8.into(), remaining: 15u8.into() },
			},
			valid([from(), until()].concat(), until()),
		),
	]
}

fn constraints() -> Vec<Case> {
	let basic = |content: Vec<u8>| extension("2.5.29.19", true, content);
	let not_canonical =
		Refusal::Malformed { field: "basicConstraints", kind: ErrorKind::Noncanonical { tag: Tag::Boolean } };
	vec![
		case("a leaf that is an authority", Leaf, Refusal::LeafIsCa, |world| {
			world.leaf.put(basic_constraints(true, None));
			world.leaf.put(key_usage(2, &[0x84]));
		}),
		case("an intermediate without basic constraints", Intermediate(1), Refusal::MissingBasicConstraints, |world| {
			world.intermediates[0].drop_extension(&basic_constraints(true, None));
			world.intermediates[0].drop_extension(&cert_sign());
		}),
		case("an intermediate that is no authority", Intermediate(1), Refusal::NotCa, |world| {
			world.intermediates[0].put(basic_constraints(false, None));
			world.intermediates[0].put(digital_signature());
		}),
		case("a leaf with a path length", Leaf, Refusal::PathLengthWithoutCa, |world| {
			world.leaf.put(basic_constraints(false, Some(1)))
		}),
		case("a root that allows no intermediate", Root, Refusal::PathTooLong { found: 1, allowed: 0 }, |world| {
			world.root.put(basic_constraints(true, Some(0)))
		}),
		case("false written out, though it is the default", Leaf, not_canonical, |world| {
			world.leaf.put(basic(sequence(&[boolean(0)])))
		}),
		case("true as 1", Intermediate(1), not_canonical, |world| {
			world.intermediates[0].put(basic(sequence(&[boolean(1)])))
		}),
		case("a negative path length", Intermediate(1), value("basicConstraints", Tag::Integer), |world| {
			world.intermediates[0].put(basic(sequence(&[boolean(0xff), integer(&[0xff])])))
		}),
		case(
			"more than there is in basic constraints",
			Leaf,
			Refusal::Malformed {
				field: "basicConstraints",
				kind: ErrorKind::TrailingData { decoded: 2u8.into(), remaining: 2u8.into() },
			},
			|world| world.leaf.put(basic([sequence(&[]), tlv(5, &[])].concat())),
		),
		case("names that are constrained", Intermediate(1), Refusal::Constraint(known("2.5.29.30")), |world| {
			world.intermediates[0].put(extension("2.5.29.30", true, sequence(&[])))
		}),
		case(
			"names that are constrained, not critically",
			Intermediate(1),
			Refusal::Constraint(known("2.5.29.30")),
			|world| world.intermediates[0].put(extension("2.5.29.30", false, sequence(&[]))),
		),
		case("policies that are constrained", Intermediate(1), Refusal::Constraint(known("2.5.29.36")), |world| {
			world.intermediates[0].put(extension("2.5.29.36", true, sequence(&[])))
		}),
		case("any policy inhibited", Intermediate(1), Refusal::Constraint(known("2.5.29.54")), |world| {
			world.intermediates[0].put(extension("2.5.29.54", true, integer(&[0])))
		}),
	]
}

fn usages() -> Vec<Case> {
	let usage_of = |found: Vec<u8>, change: fn(&mut World, Vec<u8>), position, refusal, what: &str| {
		case(what, position, refusal, move |world| change(world, found))
	};
	let on_leaf: fn(&mut World, Vec<u8>) = |world, extension| world.leaf.put(extension);
	let on_issuer: fn(&mut World, Vec<u8>) = |world, extension| world.intermediates[0].put(extension);
	let (sign, cert) = (KeyUsage::DIGITAL_SIGNATURE, KeyUsage::KEY_CERT_SIGN);
	let agreement = KeyUsage::from_bits(1 << 4);
	let crl = KeyUsage::from_bits(1 << 6);
	let bad = || value("keyUsage", Tag::BitString);
	let server = "1.3.6.1.5.5.7.3.1";
	vec![
		case("an issuer without key usage", Intermediate(1), Refusal::MissingKeyUsage, |world| {
			world.intermediates[0].drop_extension(&cert_sign())
		}),
		usage_of(
			key_usage(1, &[0x02]),
			on_issuer,
			Intermediate(1),
			Refusal::LacksKeyUsage { found: crl, needed: cert },
			"an issuer of revocation lists only",
		),
		usage_of(
			digital_signature(),
			on_issuer,
			Intermediate(1),
			Refusal::LacksKeyUsage { found: sign, needed: cert },
			"an issuer that may sign, but not certificates",
		),
		usage_of(
			key_usage(3, &[0x08]),
			on_leaf,
			Leaf,
			Refusal::LacksKeyUsage { found: agreement, needed: sign },
			"a leaf that may only agree on keys",
		),
		usage_of(key_usage(2, &[0x84]), on_leaf, Leaf, Refusal::CertSignWithoutCa, "a leaf that may sign certificates"),
		usage_of(key_usage(0, &[]), on_leaf, Leaf, bad(), "a key usage without bits"),
		usage_of(key_usage(0, &[0]), on_leaf, Leaf, bad(), "a key usage with no bit set"),
		usage_of(key_usage(0, &[0x80]), on_leaf, Leaf, bad(), "a key usage with zeros at its end"),
		usage_of(key_usage(7, &[0xc0]), on_leaf, Leaf, bad(), "a key usage with a one in what is unused"),
		usage_of(key_usage(7, &[0x80, 0]), on_leaf, Leaf, bad(), "a key usage with an octet of zeros"),
		usage_of(key_usage(6, &[0x80, 0x40]), on_leaf, Leaf, bad(), "a key usage with a tenth bit"),
		usage_of(key_usage(8, &[0x80]), on_leaf, Leaf, bad(), "a key usage with eight unused bits"),
		usage_of(
			purposes(true, &[server]),
			on_leaf,
			Leaf,
			Refusal::Purpose(known(server)),
			"a leaf for servers only, critically",
		),
		usage_of(
			purposes(false, &["1.3.6.1.5.5.7.3.3", server]),
			on_leaf,
			Leaf,
			Refusal::Purpose(known("1.3.6.1.5.5.7.3.3")),
			"a leaf for code and servers, not critically",
		),
		usage_of(
			purposes(true, &[server]),
			on_issuer,
			Intermediate(1),
			Refusal::Purpose(known(server)),
			"an issuer for servers only",
		),
		usage_of(
			purposes(true, &[]),
			on_leaf,
			Leaf,
			Refusal::Malformed {
				field: "extKeyUsage",
				kind: ErrorKind::Incomplete { expected_len: 1u8.into(), actual_len: 0u8.into() },
			},
			"purposes without any",
		),
	]
}

fn others() -> Vec<Case> {
	let ids = |tag| tlv(tag, &[0, 1]);
	let mut cases = vec![
		case("an issuer's unique identifier", Leaf, Refusal::UniqueId, |world| world.leaf.unique_ids = ids(0x81)),
		case("a subject's unique identifier", Intermediate(1), Refusal::UniqueId, |world| {
			world.intermediates[0].unique_ids = ids(0x82)
		}),
		case("an unknown critical extension", Leaf, Refusal::UnknownCritical(known("1.2.3.4")), |world| {
			world.leaf.put(extension("1.2.3.4", true, vec![5, 0]))
		}),
		case(
			"an unknown critical extension of an issuer",
			Intermediate(1),
			Refusal::UnknownCritical(known("1.2.3.4")),
			|world| world.intermediates[0].put(extension("1.2.3.4", true, vec![5, 0])),
		),
		case("critical policies", Leaf, Refusal::UnknownCritical(known("2.5.29.32")), |world| {
			world.leaf.put(extension("2.5.29.32", true, sequence(&[])))
		}),
		case("a critical alternative name", Leaf, Refusal::UnknownCritical(known("2.5.29.17")), |world| {
			world.leaf.put(extension("2.5.29.17", true, sequence(&[])))
		}),
		case("the same extension twice", Leaf, Refusal::DuplicateExtension(known("2.5.29.15")), |world| {
			world.leaf.extensions.push(digital_signature())
		}),
		case("an unknown extension twice", Leaf, Refusal::DuplicateExtension(known("1.2.3.4")), |world| {
			world.leaf.extensions.extend([1, 2].map(|value| extension("1.2.3.4", false, vec![value])))
		}),
		case(
			"basic constraints twice, of which one allows",
			Leaf,
			Refusal::DuplicateExtension(known("2.5.29.19")),
			|world| world.leaf.extensions.push(basic_constraints(true, None)),
		),
		case("too many extensions", Leaf, Refusal::TooManyExtensions, |world| {
			(0..MAX_EXTENSIONS).for_each(|n| world.leaf.put(extension(&format!("1.2.3.{n}"), false, Vec::new())))
		}),
		case("no extension in the field for them", Leaf, value("extensions", Tag::Sequence), |world| {
			world.leaf.extensions.clear()
		}),
		case(
			"critical false written out",
			Leaf,
			Refusal::Malformed { field: "extensions", kind: ErrorKind::Noncanonical { tag: Tag::Boolean } },
			|world| world.leaf.put(sequence(&[oid("1.2.3.4"), boolean(0), octets(&[])])),
		),
		case("an empty name for a key", Leaf, Refusal::KeyIdLength { found: 0 }, |world| {
			world.leaf.put(subject_key_id(&[]))
		}),
		case("a long name for a key", Intermediate(1), Refusal::KeyIdLength { found: 65 }, |world| {
			world.intermediates[0].put(subject_key_id(&[2; 65]))
		}),
		case("another key of the issuer", Leaf, Refusal::AuthorityKeyId, |world| world.leaf.put(aki(7))),
		case("another certificate of the issuer", Leaf, Refusal::AuthorityKeyId, |world| {
			world.leaf.put(authority_key_id(&[tlv(0xa1, &tlv(0xa4, &name("Root"))), tlv(0x82, &[0x7f])]))
		}),
		case("a certificate of another issuer", Leaf, Refusal::AuthorityKeyId, |world| {
			let serial = world.intermediates[0].serial[2..].to_vec();
			world.leaf.put(authority_key_id(&[tlv(0xa1, &tlv(0xa4, &name("Other"))), tlv(0x82, &serial)]))
		}),
		case(
			"an issuer's certificate without a number",
			Leaf,
			value("authorityKeyIdentifier", Tag::Sequence),
			|world| world.leaf.put(authority_key_id(&[tlv(0xa1, &tlv(0xa4, &name("Root")))])),
		),
	];
	cases.extend([
		case("another key of the root", Intermediate(1), Refusal::UnknownIssuer, |world| {
			world.intermediates[0].put(aki(7))
		}),
		case("another issuer", Leaf, Refusal::WrongIssuer, |world| world.leaf.issuer = name("Somebody")),
		case("the issuer's name in another form", Leaf, Refusal::WrongIssuer, |world| {
			world.leaf.issuer = name_of(&[tlv(0x13, b"Intermediate i")])
		}),
		case("an unknown root", Intermediate(1), Refusal::UnknownIssuer, |world| {
			world.intermediates[0].issuer = name("Somebody")
		}),
	]);
	cases
}
