//! Certificates that are good, in chains that are not.

use crate::{case, common::*, of_world, Case};
use syndic_x509::{Error, Position, Position::*, Refusal, Root, UnixTime};

fn altered(what: &str, intermediates: usize, expected: Error, change: impl FnOnce(&mut Vec<Vec<u8>>, &World)) -> Case {
	let world = World::new(intermediates, Key::p256);
	let mut chain = world.chain();
	change(&mut chain, &world);
	Case { what: what.into(), chain, roots: vec![world.root()], now: NOW, expected }
}

fn refused(position: Position, refusal: Refusal) -> Error {
	Error::Certificate { position, refusal }
}

pub(crate) fn cases() -> Vec<Case> {
	let mut cases = vec![
		altered("an empty chain", 0, Error::EmptyChain, |chain, _| chain.clear()),
		altered("a chain of five", 4, Error::ChainTooLong { found: 5 }, |_, _| ()),
		altered("a chain of a thousand", 0, Error::ChainTooLong { found: 1000 }, |chain, _| {
			*chain = vec![Vec::new(); 1000]
		}),
		altered("the root handed in", 1, refused(Intermediate(2), Refusal::RootInChain), |chain, world| {
			chain.push(world.root.sign())
		}),
		altered("the root alone", 0, refused(Leaf, Refusal::RootInChain), |chain, world| {
			*chain = vec![world.root.sign()]
		}),
		altered("the intermediate alone", 1, refused(Leaf, Refusal::LeafIsCa), |chain, _| {
			chain.remove(0);
		}),
		altered("the wrong way round", 1, refused(Leaf, Refusal::LeafIsCa), |chain, _| chain.reverse()),
		altered("an intermediate left out", 2, refused(Leaf, Refusal::WrongIssuer), |chain, _| {
			chain.remove(1);
		}),
		altered("the last intermediate left out", 2, refused(Intermediate(1), Refusal::UnknownIssuer), |chain, _| {
			chain.pop();
		}),
		altered("two intermediates swapped", 2, refused(Leaf, Refusal::WrongIssuer), |chain, _| chain.swap(1, 2)),
		altered("a leaf as issuer", 0, refused(Intermediate(1), Refusal::MissingKeyUsage), |chain, world| {
			// It has basic constraints that say it is an authority, but its usage says nothing.
			let mut issuer = world.leaf.clone();
			issuer.extensions = vec![basic_constraints(true, None)];
			chain.push(issuer.sign());
		}),
		altered("a leaf that issues a leaf", 0, refused(Intermediate(1), Refusal::NotCa), |chain, world| {
			let mut below = Draft::new("Below", &Key::p256(10), "Treasury", &Key::p256(9));
			below.extensions = vec![digital_signature()];
			*chain = vec![below.sign(), world.leaf.sign()];
		}),
		altered("a self-signed leaf", 0, refused(Leaf, Refusal::SelfIssued), |chain, _| {
			let mut own = Draft::new("Treasury", &Key::p256(9), "Treasury", &Key::p256(9));
			own.extensions = vec![digital_signature()];
			*chain = vec![own.sign()];
		}),
		altered("a self-signed leaf with the root's name", 0, refused(Leaf, Refusal::SelfIssued), |chain, _| {
			let mut own = Draft::new("Root", &Key::p256(9), "Root", &Key::p256(9));
			own.extensions = vec![digital_signature()];
			*chain = vec![own.sign()];
		}),
		altered(
			"an intermediate that changes its key by itself",
			1,
			refused(Intermediate(1), Refusal::SelfIssued),
			|chain, world| {
				let mut rollover = Draft::new("Intermediate i", &Key::p256(8), "Intermediate i", &Key::p256(2));
				rollover.extensions = vec![basic_constraints(true, None), cert_sign()];
				let mut leaf = world.leaf.clone();
				leaf.drop_extension(&aki(0));
				leaf.signer = Key::p256(8);
				chain[0] = leaf.sign();
				chain.insert(1, rollover.sign());
			},
		),
		altered("a false root of the same name", 1, refused(Intermediate(1), Refusal::BadSignature), |chain, world| {
			let mut forged = world.intermediates[0].clone();
			forged.signer = Key::p256(99);
			chain[1] = forged.sign();
		}),
		altered("the leaf twice", 0, refused(Intermediate(1), Refusal::NotCa), |chain, _| chain.push(chain[0].clone())),
		cycle(),
		same_certificate_twice(),
	];
	cases.extend(keys_twice());
	cases.extend(paths());
	cases.extend(signatures());
	cases.extend(times_and_roots());
	cases
}

/// An intermediate that names itself as issuer would be refused for that, so two that name each other.
fn cycle() -> Case {
	let mut world = World::new(2, Key::p256);
	for intermediate in &mut world.intermediates {
		intermediate.drop_extension(&aki(0));
		intermediate.drop_extension(&subject_key_id(&[]));
	}
	// The upper one is issued by the lower one.
	world.intermediates[0].issuer = name("Intermediate ii");
	world.intermediates[0].signer = Key::p256(3);
	let mut chain = world.chain();
	chain.push(world.intermediates[1].sign());
	let expected = refused(Intermediate(3), Refusal::RepeatedCertificate { first: Intermediate(1) });
	Case { what: "a cycle of two".into(), chain, roots: vec![world.root()], now: NOW, expected }
}

fn same_certificate_twice() -> Case {
	let mut world = World::new(2, Key::p256);
	for intermediate in &mut world.intermediates {
		intermediate.drop_extension(&aki(0));
	}
	world.intermediates[0].issuer = name("Intermediate ii");
	world.intermediates[0].signer = Key::p256(3);
	// Cross-signed: the same name and key once more, under the root this time.
	let mut crossed = world.intermediates[1].clone();
	crossed.issuer = name("Root");
	crossed.signer = Key::p256(1);
	let mut chain = world.chain();
	chain.push(crossed.sign());
	let expected = refused(Intermediate(3), Refusal::RepeatedKey { first: Intermediate(1) });
	Case {
		what: "a cycle that leaves by a cross-signed certificate".into(),
		chain,
		roots: vec![world.root()],
		now: NOW,
		expected,
	}
}

fn keys_twice() -> Vec<Case> {
	vec![
		case("a leaf with its issuer's key", Intermediate(1), Refusal::RepeatedKey { first: Leaf }, |world| {
			world.leaf.key_info = Key::p256(2).info()
		}),
		case("a leaf with the root's key", Position::Root, Refusal::RepeatedKey { first: Leaf }, |world| {
			world.leaf.key_info = Key::p256(1).info()
		}),
		case(
			"an intermediate with the root's key",
			Position::Root,
			Refusal::RepeatedKey { first: Intermediate(1) },
			|world| {
				world.intermediates[0].key_info = Key::p256(1).info();
				world.leaf.signer = Key::p256(1);
			},
		),
	]
}

fn paths() -> Vec<Case> {
	let with = |what: &str, position, refusal, change: fn(&mut World)| {
		let mut world = World::new(3, Key::p256);
		change(&mut world);
		of_world(what, &world, position, refusal)
	};
	vec![
		with(
			"the upper intermediate allows none",
			Intermediate(3),
			Refusal::PathTooLong { found: 2, allowed: 0 },
			|world| world.intermediates[0].put(basic_constraints(true, Some(0))),
		),
		with(
			"the upper intermediate allows one of two",
			Intermediate(3),
			Refusal::PathTooLong { found: 2, allowed: 1 },
			|world| world.intermediates[0].put(basic_constraints(true, Some(1))),
		),
		with(
			"the middle intermediate allows none",
			Intermediate(2),
			Refusal::PathTooLong { found: 1, allowed: 0 },
			|world| world.intermediates[1].put(basic_constraints(true, Some(0))),
		),
		with("the root allows two of three", Position::Root, Refusal::PathTooLong { found: 3, allowed: 2 }, |world| {
			world.root.put(basic_constraints(true, Some(2)))
		}),
	]
}

/// In the longest chain, each certificate in turn is signed by somebody else.
fn signatures() -> Vec<Case> {
	let positions = [Leaf, Intermediate(1), Intermediate(2), Intermediate(3)];
	let forged = |index: usize, position: Position| {
		let mut world = World::new(3, Key::p256);
		let draft = match index {
			0 => &mut world.leaf,
			_ => &mut world.intermediates[3 - index],
		};
		draft.signer = Key::p256(99);
		of_world(&format!("of four, {position} is forged"), &world, position, Refusal::BadSignature)
	};
	positions.into_iter().enumerate().map(|(index, position)| forged(index, position)).collect()
}

fn times_and_roots() -> Vec<Case> {
	let world = World::new(1, Key::p256);
	let y2040 = UnixTime::from_secs(2_208_988_800);
	let mut short = world.clone();
	short.root.validity = validity(utc_time("260101000000Z"), utc_time("400101000000Z"));
	let mut late = world.clone();
	late.root.validity = validity(utc_time("270101000000Z"), generalized_time("20551231235959Z"));
	let (y2026, y2027, y2041) =
		(UnixTime::from_secs(1_767_225_600), UnixTime::from_secs(1_798_761_600), UnixTime::from_secs(2_240_611_200));
	let of = |what: &str, world: &World, now, position, refusal| Case {
		what: what.into(),
		chain: world.chain(),
		roots: vec![world.root()],
		now,
		expected: refused(position, refusal),
	};
	let mut other = World::new(0, Key::ed25519);
	other.root.subject = name("Other");
	other.root.issuer = name("Other");
	let other = Root::parse(&other.root.sign(), NOW).unwrap();
	vec![
		of(
			"a root that expired since it was admitted",
			&short,
			y2041,
			Position::Root,
			Refusal::Expired { not_after: y2040, now: y2041 },
		),
		of("before the root", &late, y2026, Position::Root, Refusal::NotYetValid { not_before: y2027, now: y2026 }),
		of(
			"before everything",
			&world,
			UnixTime::from_secs(0),
			Leaf,
			Refusal::NotYetValid { not_before: y2026, now: UnixTime::from_secs(0) },
		),
		of(
			"at the end of time",
			&world,
			UnixTime::from_secs(u64::MAX),
			Leaf,
			Refusal::Expired { not_after: UnixTime::from_secs(2_713_910_399), now: UnixTime::from_secs(u64::MAX) },
		),
		Case {
			what: "no roots".into(),
			chain: world.chain(),
			roots: Vec::new(),
			now: NOW,
			expected: refused(Intermediate(1), Refusal::UnknownIssuer),
		},
		Case {
			what: "another's root".into(),
			chain: world.chain(),
			roots: vec![other],
			now: NOW,
			expected: refused(Intermediate(1), Refusal::UnknownIssuer),
		},
	]
}
