//! Chains that are refused, through the extrinsic. The crate `syndic-x509` has every rule; here is that each of its
//! refusals has an error of its own, and that some of them arrive.

use super::*;
use mock::Enrolment;

/// An enrolment by a chain that does not get as far as a proof.
fn of(institution: InstitutionId, chain: Vec<Vec<u8>>) -> Enrolment {
	Enrolment::of_chain(Alice, institution, "alpha-client", chain)
}

#[test]
fn a_chain_that_is_not_good_gets_its_own_error() {
	let e = |names: &[&str]| names.iter().map(|name| example(name)).collect::<Vec<_>>();
	let altered = |change: fn(&mut Vec<u8>)| {
		let mut chain = chain("alpha-client");
		change(&mut chain[0]);
		chain
	};
	let cases: Vec<(&str, InstitutionId, Vec<Vec<u8>>, Error<Test>)> = vec![
		("nothing", ALPHA, vec![], Error::EmptyChain),
		("no bytes", ALPHA, vec![vec![]], Error::MalformedCertificate),
		("five certificates", ALPHA, vec![der("alpha-client"); 5], Error::ChainTooLong),
		("a thousand certificates", ALPHA, vec![vec![]; 1_000], Error::ChainTooLong),
		("a large certificate", ALPHA, vec![vec![0x30; 4_097]], Error::CertificateTooLarge),
		("a large issuer", ALPHA, vec![der("alpha-client"), vec![0; 1_000_000]], Error::CertificateTooLarge),
		("a byte too many", ALPHA, altered(|der| der.push(0)), Error::TrailingBytes),
		("cut off", ALPHA, altered(|der| der.truncate(300)), Error::MalformedCertificate),
		(
			"another subject",
			ALPHA,
			altered(|der| change_text(der, b"Alpha client", b"Alpha driver")),
			Error::BadSignature,
		),
		("another role", ALPHA, altered(|der| change_text(der, b"client", b"admins")), Error::BadSignature),
		("without its issuer", ALPHA, vec![der("alpha-client")], Error::UnknownIssuer),
		("of another institution", BETA, chain("alpha-client"), Error::UnknownIssuer),
		("with its root", ALPHA, [chain("alpha-client"), vec![der("alpha-root")]].concat(), Error::RootInChain),
		("in the wrong order", ALPHA, vec![der("alpha-issuer"), der("alpha-client")], Error::LeafIsCa),
		("with another's issuer", EXAMPLES, e(&["p256-leaf", "ed25519-intermediate"]), Error::WrongIssuer),
		("RSA", EXAMPLES, e(&["other-rsa"]), Error::KeyAlgorithm),
		("Ed448", EXAMPLES, e(&["other-ed448"]), Error::KeyAlgorithm),
		("P-384", EXAMPLES, e(&["other-P-384"]), Error::Curve),
		("secp256k1", EXAMPLES, e(&["other-secp256k1"]), Error::Curve),
		("a curve written out", EXAMPLES, e(&["explicit"]), Error::AlgorithmParameters),
		("SHA-1", EXAMPLES, e(&["digest-sha1"]), Error::SignatureAlgorithm),
		("SHA-384", EXAMPLES, e(&["digest-sha384"]), Error::SignatureAlgorithm),
		("expired", EXAMPLES, e(&["old-leaf"]), Error::CertificateExpired),
		("an expired issuer", EXAMPLES, e(&["under-old-intermediate", "old-intermediate"]), Error::CertificateExpired),
		("of another root of that name", EXAMPLES, e(&["stranger-leaf"]), Error::BadSignature),
		("for servers", EXAMPLES, e(&["server_leaf"]), Error::ExtendedKeyUsage),
		("a critical extension", EXAMPLES, e(&["must_staple"]), Error::UnknownCriticalExtension),
		("name constraints", EXAMPLES, e(&["name_constrained"]), Error::ConstraintNotImplemented),
		("version 1", EXAMPLES, e(&["v1"]), Error::CertificateVersion),
		("too long a path", EXAMPLES, e(&["below-leaf", "below", "p256-intermediate"]), Error::PathTooLong),
		("good, but no role", EXAMPLES, e(&["p256-leaf", "p256-intermediate"]), Error::NoRole),
	];
	test(|| {
		for (what, institution, chain, error) in cases {
			let found = of(institution, chain).send_unsigned();
			assert_eq!(found, Err(error.into()), "{what}");
		}
	});
}

#[test]
fn the_pool_says_the_same() {
	test(|| {
		assert_refused(&of(EXAMPLES, vec![example("other-rsa")]), Error::KeyAlgorithm);
		assert_refused(&of(EXAMPLES, vec![example("old-leaf")]), Error::CertificateExpired);
		assert_refused(&of(ALPHA, vec![der("alpha-client"); 5]), Error::ChainTooLong);
		assert_refused(&of(ALPHA, vec![vec![0x30; 4_097]]), Error::CertificateTooLarge);
	});
}

#[test]
fn an_expired_root_carries_nobody() {
	test(|| {
		let root = example("old-root");
		set_time(1_790_000_000_000);
		assert_ok!(Identity::add_root(root_origin(), EXAMPLES, root));
		set_time(NOW);
		assert_refused(&of(EXAMPLES, vec![example("under-old-root")]), Error::CertificateExpired);
	});
}

/// Every byte of a chain is altered, one at a time, and every length cut: nothing but a refusal.
#[test]
fn no_alteration_of_a_certificate_gets_through() {
	test(|| {
		let good = Enrolment::new(Alice, ALPHA, "alpha-second");
		for at in 0..good.chain[0].len() {
			for bit in [0x01, 0x80] {
				let mut altered = good.clone();
				altered.chain[0][at] ^= bit;
				assert!(validate(&altered).is_err(), "byte {at}, {bit}");
			}
			let mut cut = good.clone();
			cut.chain[0].truncate(at);
			assert!(validate(&cut).is_err(), "cut at {at}");
		}
	});
}

fn change_text(der: &mut [u8], from: &[u8], to: &[u8]) {
	let at = der.windows(from.len()).position(|window| window == from).expect("it is there");
	der[at..at + from.len()].copy_from_slice(to);
}
