//! Chains and roots that are not good. Each breaks one rule, and must be refused for that rule and no other.
//!
//! What openssl will not make is made by the tests, and signed truly: the rule refuses it, not the signature. That the
//! same chain without its one fault is accepted is part of each test.

#[path = "../common/mod.rs"]
mod common;

mod chains;
mod encodings;
mod fixtures;
mod roots;
mod rules;

use common::*;
use std::collections::BTreeSet;
use syndic_x509::{verify_chain, Error, Position, Refusal, Root, UnixTime};

/// A chain, and why it is refused.
pub(crate) struct Case {
	what: String,
	chain: Vec<Vec<u8>>,
	roots: Vec<Root>,
	now: UnixTime,
	expected: Error,
}

/// One thing is changed in a good chain with one intermediate.
pub(crate) fn case(what: &str, position: Position, refusal: Refusal, change: impl FnOnce(&mut World)) -> Case {
	let mut world = World::new(1, Key::p256);
	change(&mut world);
	of_world(what, &world, position, refusal)
}

/// The chain of this world under its root.
pub(crate) fn of_world(what: &str, world: &World, position: Position, refusal: Refusal) -> Case {
	let expected = Error::Certificate { position, refusal };
	Case { what: what.into(), chain: world.chain(), roots: vec![world.root()], now: world.now, expected }
}

fn cases() -> Vec<Case> {
	[rules::cases(), encodings::cases(), chains::cases(), fixtures::cases()].into_iter().flatten().collect()
}

#[test]
fn the_chains_that_are_altered_are_good() {
	for key in [Key::p256, Key::ed25519] {
		for intermediates in 0..4 {
			let world = World::new(intermediates, key);
			assert!(verify_chain(&world.chain(), &[world.root()], NOW, &mut none_revoked).is_ok());
		}
	}
}

#[test]
fn every_chain_is_refused_for_its_own_reason() {
	let cases = cases();
	let mut wrong = Vec::new();
	for Case { what, chain, roots, now, expected } in &cases {
		let result = verify_chain(chain, roots, *now, &mut none_revoked);
		if !result.as_ref().is_err_and(|found| encodings::same(found, expected)) {
			wrong.push(format!("{what}\n  expected {expected:?}\n  found    {result:?}"));
		}
	}
	assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
	let names: BTreeSet<_> = cases.iter().map(|case| &case.what).collect();
	assert_eq!(names.len(), cases.len(), "two cases have the same name");
	println!("{} chains refused", cases.len());
}

#[test]
fn every_root_is_refused_for_its_own_reason() {
	let cases = roots::cases();
	let mut wrong = Vec::new();
	for (what, der, now, refusal) in &cases {
		let expected = Error::Certificate { position: Position::Root, refusal: *refusal };
		let result = Root::parse(der, *now);
		if result.as_ref() != Err(&expected) {
			wrong.push(format!("{what}\n  expected {expected:?}\n  found    {result:?}"));
		}
	}
	assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
	println!("{} roots refused", cases.len());
}

#[test]
fn every_rule_is_broken_by_some_case() {
	let mut refusals: Vec<Refusal> = roots::cases().into_iter().map(|(_, _, _, refusal)| refusal).collect();
	refusals.extend(cases().iter().filter_map(|case| match case.expected {
		Error::Certificate { refusal, .. } => Some(refusal),
		_ => None,
	}));
	let broken: BTreeSet<_> = refusals.iter().map(rule).collect();
	// Revocation is tested with the chains that are good, once for each of their certificates.
	let all: BTreeSet<_> = (0..RULES).filter(|number| *number != REVOKED).collect();
	assert_eq!(broken, all);
	for refusal in refusals {
		assert!(refusal.to_string().len() > 10);
	}
}

const RULES: usize = 53;
const REVOKED: usize = 49;

/// A number for each variant. A new one does not compile until it is here.
fn rule(refusal: &Refusal) -> usize {
	match refusal {
		Refusal::TooLarge { .. } => 0,
		Refusal::TrailingBytes { .. } => 1,
		Refusal::Malformed { .. } => 2,
		Refusal::Version { .. } => 3,
		Refusal::SerialNotPositive => 4,
		Refusal::SerialTooLong { .. } => 5,
		Refusal::SignatureAlgorithm(_) => 6,
		Refusal::KeyAlgorithm(_) => 7,
		Refusal::Curve(_) => 8,
		Refusal::Parameters(_) => 9,
		Refusal::AlgorithmMismatch { .. } => 10,
		Refusal::KeyEncoding => 11,
		Refusal::WeakKey => 12,
		Refusal::NameTooLong { .. } => 13,
		Refusal::EmptyName { .. } => 14,
		Refusal::CommonNames { .. } => 15,
		Refusal::CommonNameForm(_) => 16,
		Refusal::CommonNameLength { .. } => 17,
		Refusal::CommonNameCharacter(_) => 18,
		Refusal::TimeForm { .. } => 19,
		Refusal::ValidityReversed { .. } => 20,
		Refusal::NotYetValid { .. } => 21,
		Refusal::Expired { .. } => 22,
		Refusal::UniqueId => 23,
		Refusal::TooManyExtensions => 24,
		Refusal::DuplicateExtension(_) => 25,
		Refusal::UnknownCritical(_) => 26,
		Refusal::Constraint(_) => 27,
		Refusal::MissingKeyUsage => 28,
		Refusal::LacksKeyUsage { .. } => 29,
		Refusal::Purpose(_) => 30,
		Refusal::CertSignWithoutCa => 31,
		Refusal::PathLengthWithoutCa => 32,
		Refusal::KeyIdLength { .. } => 33,
		Refusal::MissingBasicConstraints => 34,
		Refusal::NotCa => 35,
		Refusal::LeafIsCa => 36,
		Refusal::PathTooLong { .. } => 37,
		Refusal::NotSelfIssued => 38,
		Refusal::SelfIssued => 39,
		Refusal::RootInChain => 40,
		Refusal::WrongIssuer => 41,
		Refusal::UnknownIssuer => 42,
		Refusal::AuthorityKeyId => 43,
		Refusal::IssuerAlgorithm { .. } => 44,
		Refusal::SignatureEncoding => 45,
		Refusal::BadSignature => 46,
		Refusal::RepeatedCertificate { .. } => 47,
		Refusal::RepeatedKey { .. } => 48,
		Refusal::Revoked(_) => 49,
		Refusal::TooManyUnits { .. } => 50,
		Refusal::UnitForm(_) => 51,
		Refusal::UnitLength { .. } => 52,
	}
}
