use super::*;

fn admit(roots: Vec<Vec<u8>>) -> sp_runtime::DispatchResult {
	Identity::admit_institution(root_origin(), b"Gamma Bank".to_vec(), Kind::Bank, roots, 10)
}

#[test]
fn the_board_admits_an_institution() {
	test(|| {
		let id = NextInstitution::<Test>::get();
		assert_ok!(admit(vec![der("alpha-third-root"), der("alpha-fourth-root")]));
		let name = InstitutionName::truncate_from(b"Gamma Bank".to_vec());
		let expected =
			Institution { name: name.clone(), kind: Kind::Bank, status: Status::Active, quota: 10, identities: 0 };
		assert_eq!(Institutions::<Test>::get(id), Some(expected));
		let roots: Vec<_> = Roots::<Test>::get(id).iter().map(|root| root.fingerprint()).collect();
		assert_eq!(roots, [root("alpha-third-root"), root("alpha-fourth-root")]);
		assert_eq!(events(), [Event::InstitutionAdmitted { institution: id, name, kind: Kind::Bank }]);
		assert_ok!(admit(vec![der("alpha-third-root")]));
		assert_eq!(NextInstitution::<Test>::get(), id + 2, "another number, and the same root is no matter");
	});
}

#[test]
fn only_the_board_governs_institutions() {
	test(|| {
		enrol(Alice, ALPHA, "alpha-administrator");
		for origin in [signed(Alice), signed(Bob), RuntimeOrigin::none()] {
			let roots = vec![der("alpha-third-root")];
			let admit = Identity::admit_institution(origin.clone(), b"X".to_vec(), Kind::Bank, roots, 1);
			assert_eq!(admit, Err(BadOrigin));
			assert_noop!(Identity::suspend_institution(origin.clone(), ALPHA), BadOrigin);
			assert_noop!(Identity::resume_institution(origin.clone(), ALPHA), BadOrigin);
			assert_noop!(Identity::remove_institution(origin.clone(), ALPHA), BadOrigin);
			assert_noop!(Identity::set_quota(origin, ALPHA, 7), BadOrigin);
		}
	});
}

#[test]
fn an_institution_without_a_name_or_roots_is_refused() {
	test(|| {
		let roots = || vec![der("alpha-third-root")];
		for name in [vec![], vec![b'x'; 65], vec![0xff, 0xfe], b"a\nb".to_vec()] {
			let admit = Identity::admit_institution(root_origin(), name, Kind::Bank, roots(), 1);
			assert_noop!(admit, Error::<Test>::InstitutionName);
		}
		assert_ok!(Identity::admit_institution(root_origin(), vec![b'x'; 64], Kind::Bank, roots(), 1));
		assert_noop!(admit(vec![]), Error::<Test>::NoRoots);
		let names = ["alpha-root", "alpha-second-root", "alpha-third-root", "alpha-fourth-root", "alpha-fifth-root"];
		assert_noop!(admit(names.map(der).to_vec()), Error::<Test>::TooManyRoots);
		assert_noop!(admit(vec![der("alpha-root"), der("alpha-root")]), Error::<Test>::RootKnown);
		assert_noop!(admit(vec![der("alpha-issuer")]), Error::<Test>::NotSelfIssued);
		assert_noop!(admit(vec![example("root-rsa")]), Error::<Test>::SignatureAlgorithm);
		assert_noop!(admit(vec![example("old-root")]), Error::<Test>::CertificateExpired);
		assert_noop!(admit(vec![example("future-root")]), Error::<Test>::CertificateNotYetValid);
		NextInstitution::<Test>::put(u32::MAX);
		assert_noop!(admit(roots()), Error::<Test>::NoMoreInstitutions);
	});
}

#[test]
fn a_suspended_institutions_people_may_not_transact() {
	test(|| {
		enrol(Alice, ALPHA, "alpha-client");
		enrol(Bob, BETA, "beta-client");
		assert_noop!(Identity::resume_institution(root_origin(), ALPHA), Error::<Test>::NotSuspended);
		assert_ok!(Identity::suspend_institution(root_origin(), ALPHA));
		assert_eq!(check(Alice), Err(Refusal::InstitutionSuspended));
		assert_eq!(check(Bob), Ok(Valid { institution: BETA, role: Role::Client }));
		assert_noop!(Identity::suspend_institution(root_origin(), ALPHA), Error::<Test>::InstitutionSuspended);
		assert_refused(&mock::Enrolment::new(Charlie, ALPHA, "alpha-operator"), Error::InstitutionSuspended);
		assert_ok!(Identity::resume_institution(root_origin(), ALPHA));
		assert_eq!(check(Alice), Ok(Valid { institution: ALPHA, role: Role::Client }));
		let all = events();
		assert!(all.contains(&Event::InstitutionSuspended { institution: ALPHA }));
		assert!(all.contains(&Event::InstitutionResumed { institution: ALPHA }));
	});
}

#[test]
fn an_institution_with_identities_is_not_removed() {
	test(|| {
		enrol(Alice, ALPHA, "alpha-client");
		assert_noop!(Identity::remove_institution(root_origin(), ALPHA), Error::<Test>::StillEnrolled);
		assert_ok!(Identity::leave(signed(Alice)));
		assert_ok!(Identity::remove_institution(root_origin(), ALPHA));
		assert_eq!(Institutions::<Test>::get(ALPHA), None);
		assert!(Roots::<Test>::get(ALPHA).is_empty());
		assert!(!Usage::<Test>::contains_key(ALPHA));
		assert!(events().contains(&Event::InstitutionRemoved { institution: ALPHA }));
		let gone = Error::<Test>::UnknownInstitution;
		assert_noop!(Identity::remove_institution(root_origin(), ALPHA), gone);
		let gone = Error::<Test>::UnknownInstitution;
		assert_noop!(Identity::suspend_institution(root_origin(), ALPHA), gone);
		assert_noop!(Identity::resume_institution(root_origin(), ALPHA), Error::<Test>::UnknownInstitution);
		assert_noop!(Identity::set_quota(root_origin(), ALPHA, 1), Error::<Test>::UnknownInstitution);
		let add = Identity::add_root(root_origin(), ALPHA, der("alpha-third-root"));
		assert_noop!(add, Error::<Test>::UnknownInstitution);
		assert_refused(&mock::Enrolment::new(Alice, ALPHA, "alpha-client"), Error::UnknownInstitution);
	});
}

#[test]
fn administrators_keep_their_own_institutions_roots() {
	test(|| {
		enrol(Alice, ALPHA, "alpha-administrator");
		enrol(Bob, BETA, "beta-administrator");
		enrol(Charlie, ALPHA, "alpha-operator");
		let third = root("alpha-third-root");
		for stranger in [Bob, Charlie, Dave] {
			let add = Identity::add_root(signed(stranger), ALPHA, der("alpha-third-root"));
			assert_noop!(add, Error::<Test>::NotAdministrator);
			let remove = Identity::remove_root(signed(stranger), ALPHA, root("alpha-root"));
			assert_noop!(remove, Error::<Test>::NotAdministrator);
		}
		assert_noop!(Identity::add_root(RuntimeOrigin::none(), ALPHA, der("alpha-third-root")), BadOrigin);
		assert_ok!(Identity::add_root(signed(Alice), ALPHA, der("alpha-third-root")));
		assert_ok!(Identity::add_root(root_origin(), ALPHA, der("alpha-fourth-root")));
		let again = Identity::add_root(signed(Alice), ALPHA, der("alpha-fifth-root"));
		assert_noop!(again, Error::<Test>::TooManyRoots);
		assert_ok!(Identity::remove_root(signed(Alice), ALPHA, third));
		assert_noop!(Identity::remove_root(signed(Alice), ALPHA, third), Error::<Test>::RootUnknown);
		let back = Identity::add_root(signed(Alice), ALPHA, der("alpha-third-root"));
		assert_noop!(back, Error::<Test>::CertificateRevoked);
		let known = Identity::add_root(signed(Alice), ALPHA, der("alpha-root"));
		assert_noop!(known, Error::<Test>::RootKnown);
		let all = events();
		assert!(all.contains(&Event::RootAdded { institution: ALPHA, root: third }));
		assert!(all.contains(&Event::RootRemoved { institution: ALPHA, root: third }));
	});
}

#[test]
fn an_administrator_whose_identity_is_not_good_administers_nothing() {
	test(|| {
		enrol(Alice, ALPHA, "alpha-administrator");
		assert_ok!(Identity::suspend_institution(root_origin(), ALPHA));
		let add = Identity::add_root(signed(Alice), ALPHA, der("alpha-third-root"));
		assert_noop!(add, Error::<Test>::NotAdministrator);
		assert_ok!(Identity::resume_institution(root_origin(), ALPHA));
		assert_ok!(Identity::revoke_identity(root_origin(), account(Alice)));
		let add = Identity::add_root(signed(Alice), ALPHA, der("alpha-third-root"));
		assert_noop!(add, Error::<Test>::NotAdministrator);
	});
}
