use super::*;

fn dependencies(who: sp_keyring::Sr25519Keyring) -> Vec<syndic_x509::Fingerprint> {
	Identities::<Test>::get(account(who)).expect("it is enrolled").certificates.into_inner()
}

/// Alice is administrator, Bob and Charlie are under the same issuer, Dave is under another root.
fn prepare() {
	enrol(Alice, ALPHA, "alpha-administrator");
	enrol(Bob, ALPHA, "alpha-client");
	enrol(Charlie, ALPHA, "alpha-operator");
	enrol(Dave, ALPHA, "alpha-second");
}

#[test]
fn a_revoked_leaf_is_one_identity() {
	test(|| {
		prepare();
		let leaf = dependencies(Bob)[0];
		assert_ok!(Identity::revoke_certificate(signed(Alice), ALPHA, leaf));
		assert_eq!(check(Bob), Err(Refusal::Revoked));
		assert!(check(Charlie).is_ok());
		let by = Some(account(Alice));
		assert_eq!(RevokedCertificates::<Test>::get(ALPHA, leaf), Some(Revocation { since: BLOCK, by }));
		let revoked = Event::CertificateRevoked { institution: ALPHA, certificate: leaf };
		assert_eq!(events().last(), Some(&revoked));
		let again = Identity::revoke_certificate(signed(Alice), ALPHA, leaf);
		assert_noop!(again, Error::<Test>::RevokedBefore);
		System::set_block_number(BLOCK + 1);
		assert_refused(&mock::Enrolment::new(Bob, ALPHA, "alpha-client"), Error::CertificateRevoked);
	});
}

#[test]
fn a_revoked_issuer_is_everybody_below_it() {
	test(|| {
		prepare();
		assert_eq!(dependencies(Bob)[1], dependencies(Charlie)[1]);
		assert_ok!(Identity::revoke_certificate(root_origin(), ALPHA, dependencies(Bob)[1]));
		for who in [Alice, Bob, Charlie] {
			assert_eq!(check(who), Err(Refusal::Revoked));
		}
		assert!(check(Dave).is_ok());
		assert_refused(&mock::Enrolment::new(Eve, ALPHA, "alpha-client"), Error::CertificateRevoked);
	});
}

#[test]
fn a_removed_root_is_everybody_below_it() {
	test(|| {
		prepare();
		assert_ok!(Identity::remove_root(root_origin(), ALPHA, root("alpha-root")));
		for who in [Alice, Bob, Charlie] {
			assert_eq!(check(who), Err(Refusal::Revoked));
		}
		assert!(check(Dave).is_ok());
		assert_refused(&mock::Enrolment::new(Eve, ALPHA, "alpha-client"), Error::UnknownIssuer);
		assert_ok!(Identity::revoke_certificate(root_origin(), ALPHA, root("alpha-second-root")));
		assert_eq!(check(Dave), Err(Refusal::Revoked));
		assert!(Roots::<Test>::get(ALPHA).is_empty(), "revoking a root removes it");
	});
}

#[test]
fn an_identity_is_revoked_by_its_account() {
	test(|| {
		prepare();
		enrol(Eve, BETA, "beta-administrator");
		for stranger in [Bob, Eve, Ferdie] {
			let revoke = Identity::revoke_identity(signed(stranger), account(Charlie));
			assert_noop!(revoke, Error::<Test>::NotAdministrator);
			let revoke = Identity::revoke_certificate(signed(stranger), ALPHA, dependencies(Charlie)[0]);
			assert_noop!(revoke, Error::<Test>::NotAdministrator);
		}
		let nobody = Identity::revoke_identity(signed(Alice), account(Ferdie));
		assert_noop!(nobody, Error::<Test>::NotEnrolled);
		assert_ok!(Identity::revoke_identity(signed(Alice), account(Charlie)));
		assert_eq!(check(Charlie), Err(Refusal::Revoked));
		assert_ok!(Identity::revoke_identity(root_origin(), account(Bob)));
		assert_eq!(check(Bob), Err(Refusal::Revoked));
		let again = Identity::revoke_identity(root_origin(), account(Bob));
		assert_noop!(again, Error::<Test>::RevokedBefore);
	});
}

#[test]
fn an_administrator_harms_no_other_institution() {
	test(|| {
		prepare();
		enrol(Eve, BETA, "beta-administrator");
		// It may well say what it likes of its own institution, and have the other's root.
		assert_ok!(Identity::add_root(signed(Eve), BETA, der("alpha-root")));
		assert_ok!(Identity::remove_root(signed(Eve), BETA, root("alpha-root")));
		assert_ok!(Identity::revoke_certificate(signed(Eve), BETA, dependencies(Bob)[0]));
		for who in [Alice, Bob, Charlie, Dave] {
			assert!(check(who).is_ok());
		}
	});
}

#[test]
fn expiry_is_exact_to_the_millisecond() {
	test(|| {
		enrol(Alice, ALPHA, "alpha-short");
		// 1 August 2030, 00:00:00 is its last second.
		let last = 1_911_772_800_000;
		assert_eq!(Identities::<Test>::get(account(Alice)).unwrap().not_after, Some(UnixTime::from_millis(last)));
		set_time(last);
		assert!(check(Alice).is_ok());
		set_time(last + 999);
		assert!(check(Alice).is_ok());
		set_time(last + 1_000);
		assert_eq!(check(Alice), Err(Refusal::Expired));
	});
}

#[test]
fn anybody_cleans_up_what_is_void() {
	test(|| {
		enrol(Alice, ALPHA, "alpha-short");
		enrol(Bob, ALPHA, "alpha-client");
		let clean_up = |who| Identity::clean_up(signed(Eve), account(who));
		assert_noop!(clean_up(Alice), Error::<Test>::StillValid);
		assert_noop!(clean_up(Dave), Error::<Test>::NotEnrolled);
		assert_noop!(Identity::clean_up(RuntimeOrigin::none(), account(Alice)), BadOrigin);
		set_time(1_911_772_801_000);
		assert_ok!(clean_up(Alice));
		assert_eq!(check(Alice), Err(Refusal::NoIdentity));
		assert!(!System::account_exists(&account(Alice)));
		assert_noop!(clean_up(Bob), Error::<Test>::StillValid);
		assert_ok!(Identity::revoke_identity(root_origin(), account(Bob)));
		assert_ok!(clean_up(Bob));
		assert_eq!(identities(ALPHA), 0);
		assert_ok!(Identity::remove_institution(root_origin(), ALPHA));
	});
}
