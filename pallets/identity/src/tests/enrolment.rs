use super::*;
use frame_support::dispatch::Pays;
use mock::Enrolment;
use sp_runtime::MultiSignature;

#[test]
fn somebody_without_an_identity_enrols() {
	test(|| {
		assert_eq!(check(Alice), Err(Refusal::NoIdentity));
		assert!(!System::account_exists(&account(Alice)));
		let enrolment = Enrolment::new(Alice, ALPHA, "alpha-administrator");
		let valid = validate(&enrolment).unwrap();
		assert!(valid.propagate && valid.requires.is_empty() && valid.provides.len() == 1);
		assert_ok!(enrolment.send_unsigned());

		assert_eq!(check(Alice), Ok(Valid { institution: ALPHA, role: Role::Administrator }));
		assert!(System::account_exists(&account(Alice)), "without any money");
		let identity = Identities::<Test>::get(account(Alice)).unwrap();
		assert_eq!(&identity.name[..], b"Alpha administrator");
		assert_eq!((identity.since, identity.signed_at), (BLOCK, BLOCK));
		assert_eq!(identity.certificates.len(), 3);
		assert_eq!(identity.certificates[2], root("alpha-root"));
		assert_eq!(identity.not_after, Some(UnixTime::from_secs(2_713_910_399)), "the end of 2055");
		assert_eq!(identities(ALPHA), 1);
		let enrolled = Event::Enrolled {
			account: account(Alice),
			institution: ALPHA,
			role: Role::Administrator,
			certificate: identity.certificates[0],
			renewed: false,
		};
		assert_eq!(events(), [enrolled]);
	});
}

#[test]
fn every_role_comes_from_its_certificate() {
	test(|| {
		let cases = [
			(Alice, ALPHA, "alpha-administrator", Role::Administrator),
			(Bob, ALPHA, "alpha-operator", Role::Operator),
			(Charlie, ALPHA, "alpha-client", Role::Client),
			(Dave, ALPHA, "alpha-second", Role::Client),
			(Eve, AUTHORITY, "authority-regulator", Role::Regulator),
			(Ferdie, AUDITOR, "auditor-auditor", Role::Auditor),
			(One, BETA, "beta-administrator", Role::Administrator),
		];
		for (who, institution, leaf, role) in cases {
			enrol(who, institution, leaf);
			assert_eq!(check(who), Ok(Valid { institution, role }), "{leaf}");
		}
		assert_eq!((identities(ALPHA), identities(AUDITOR)), (4, 1));
	});
}

#[test]
fn a_certificate_says_one_role_and_one_that_its_institution_has() {
	test(|| {
		assert_refused(&Enrolment::new(Alice, ALPHA, "alpha-no-role"), Error::NoRole);
		assert_refused(&Enrolment::new(Alice, ALPHA, "alpha-two-roles"), Error::SeveralRoles);
		assert_refused(&Enrolment::new(Alice, ALPHA, "alpha-regulator"), Error::RoleNotOfKind);
		assert_refused(&Enrolment::new(Alice, AUTHORITY, "authority-auditor"), Error::RoleNotOfKind);
	});
}

#[test]
fn somebody_with_an_identity_enrols_another() {
	test(|| {
		enrol(Alice, ALPHA, "alpha-administrator");
		let used = Identity::used(ALPHA).transactions;
		let enrolment = Enrolment::new(Bob, BETA, "beta-client");
		let info = enrolment.send(signed(Alice)).unwrap();
		assert_eq!(check(Bob), Ok(Valid { institution: BETA, role: Role::Client }));
		assert_eq!(Identity::used(BETA).transactions, 0, "it is the sender's transaction");
		assert_eq!(Identity::used(ALPHA).transactions, used, "which the extension counts");
		assert_eq!(info.pays_fee, Pays::Yes);
		let charged = frame_support::dispatch::GetDispatchInfo::get_dispatch_info(&enrolment.call()).call_weight;
		let once = info.actual_weight.expect("it says what it was");
		assert_eq!(once.saturating_mul(2), charged, "it was verified once");
		assert_noop!(enrolment.send(root_origin()).map_err(|error| error.error), BadOrigin);
	});
}

#[test]
fn an_account_is_not_enrolled_without_its_consent() {
	test(|| {
		enrol(Alice, ALPHA, "alpha-administrator");
		let good = Enrolment::new(Bob, BETA, "beta-client");
		let payload = Identity::enrolment_payload(&good.account, BETA, &good.chain, good.signed_at);
		let none = Enrolment { consent: None, ..good.clone() };
		assert_refused(&none, Error::NoConsent);
		assert_noop!(none.send(signed(Alice)).map_err(|error| error.error), Error::<Test>::NoConsent);
		let of_another = Enrolment { consent: Some(MultiSignature::Sr25519(Alice.sign(&payload))), ..good.clone() };
		assert_refused(&of_another, Error::BadConsent);
		let of_something_else = Enrolment { consent: Some(MultiSignature::Sr25519(Bob.sign(b"else"))), ..good.clone() };
		assert_refused(&of_something_else, Error::BadConsent);
		let wrapped = [b"<Bytes>", &payload[..], b"</Bytes>"].concat();
		let by_a_wallet = Enrolment { consent: Some(MultiSignature::Sr25519(Bob.sign(&wrapped))), ..good };
		assert_ok!(validate(&by_a_wallet));
		assert!(none.send(signed(Bob)).is_ok(), "the account sends it: that is consent");
	});
}

#[test]
fn a_proof_is_of_this_key_account_institution_block_and_chain() {
	test(|| {
		let good = Enrolment::new(Alice, ALPHA, "alpha-client");
		let by_another_key = Enrolment {
			proof: Enrolment::of_chain(Alice, ALPHA, "alpha-operator", chain("alpha-client")).proof,
			..good.clone()
		};
		assert_refused(&by_another_key, Error::BadProof);
		let of_another_account = Enrolment { proof: Enrolment::new(Bob, ALPHA, "alpha-client").proof, ..good.clone() };
		assert_refused(&of_another_account, Error::BadProof);
		let of_another_institution =
			Enrolment { proof: Enrolment::new(Alice, BETA, "alpha-client").proof, ..good.clone() };
		assert_refused(&of_another_institution, Error::BadProof);
		let of_another_block = Enrolment { signed_at: BLOCK - 1, ..good.clone() };
		assert_refused(&of_another_block, Error::BadProof);
		let of_another_chain = Enrolment::of_chain(Alice, ALPHA, "alpha-client", chain("alpha-operator"));
		let of_another_chain = Enrolment { proof: of_another_chain.proof, ..good.clone() };
		assert_refused(&of_another_chain, Error::BadProof);
		frame_system::BlockHash::<Test>::insert(0, sp_core::H256::repeat_byte(8));
		assert_refused(&good, Error::BadProof);
		frame_system::BlockHash::<Test>::insert(0, sp_core::H256::repeat_byte(7));
		assert_ok!(validate(&good));

		for proof in [vec![], vec![0; 64], vec![0x30; 4_000], good.proof[..good.proof.len() - 1].to_vec()] {
			assert_refused(&Enrolment { proof, ..good.clone() }, Error::ProofEncoding);
		}
		let second = Enrolment::new(Alice, ALPHA, "alpha-second");
		assert_refused(&Enrolment { proof: vec![1; 63], ..second.clone() }, Error::ProofEncoding);
		let mut proof = second.proof.clone();
		proof[0] ^= 1;
		assert_refused(&Enrolment { proof, ..second }, Error::BadProof);
	});
}

#[test]
fn an_enrolment_is_sent_once() {
	test(|| {
		let first = Enrolment::new(Alice, ALPHA, "alpha-client");
		assert_ok!(first.send_unsigned());
		assert_refused(&first, Error::EnrolmentUsed);
		let of_the_same_block = Enrolment::new(Alice, ALPHA, "alpha-operator");
		assert_refused(&of_the_same_block, Error::EnrolmentUsed);
		assert_ok!(Identity::leave(signed(Alice)));
		assert_refused(&first, Error::EnrolmentUsed);
		System::set_block_number(BLOCK + 1);
		assert_refused(&first, Error::EnrolmentUsed);
		assert_ok!(Enrolment::new(Alice, ALPHA, "alpha-client").send_unsigned());
	});
}

#[test]
fn an_enrolment_is_of_a_recent_block() {
	test(|| {
		let enrolment = Enrolment::new(Alice, ALPHA, "alpha-client");
		System::set_block_number(BLOCK - 1);
		assert_refused(&enrolment, Error::EnrolmentOfTheFuture);
		System::set_block_number(BLOCK + MAX_ENROLMENT_AGE + 1);
		assert_refused(&enrolment, Error::EnrolmentTooOld);
		System::set_block_number(BLOCK + MAX_ENROLMENT_AGE);
		assert_ok!(validate(&enrolment));
		assert_ok!(enrolment.send_unsigned());
	});
}

#[test]
fn a_newer_certificate_renews() {
	test(|| {
		enrol(Alice, ALPHA, "alpha-short");
		let before = Identities::<Test>::get(account(Alice)).unwrap();
		System::set_block_number(BLOCK + 1);
		enrol(Alice, ALPHA, "alpha-operator");
		let after = Identities::<Test>::get(account(Alice)).unwrap();
		assert!(after.not_after > before.not_after);
		assert_eq!((after.since, after.role), (BLOCK + 1, Role::Operator));
		assert_eq!(identities(ALPHA), 1);
		assert_eq!(System::sufficients(&account(Alice)), 1);
		assert!(matches!(events().last(), Some(Event::Enrolled { renewed: true, .. })));
	});
}

#[test]
fn an_expired_identity_is_renewed() {
	test(|| {
		enrol(Alice, ALPHA, "alpha-short");
		System::set_block_number(BLOCK + 1);
		set_time(1_911_772_801_000);
		assert_eq!(check(Alice), Err(Refusal::Expired));
		assert_refused(&Enrolment::new(Alice, ALPHA, "alpha-short"), Error::CertificateExpired);
		enrol(Alice, ALPHA, "alpha-client");
		assert_eq!(check(Alice), Ok(Valid { institution: ALPHA, role: Role::Client }));
	});
}

#[test]
fn to_another_institution_by_leaving_the_first() {
	test(|| {
		enrol(Alice, ALPHA, "alpha-client");
		System::set_block_number(BLOCK + 1);
		let other = Enrolment::new(Alice, BETA, "beta-client");
		assert_refused(&other, Error::EnrolledElsewhere);
		assert_ok!(Identity::leave(signed(Alice)));
		assert_eq!(check(Alice), Err(Refusal::NoIdentity));
		assert!(!System::account_exists(&account(Alice)));
		assert_noop!(Identity::leave(signed(Alice)), Error::<Test>::NotEnrolled);
		assert_noop!(Identity::leave(RuntimeOrigin::none()), BadOrigin);
		assert_ok!(other.send_unsigned());
		assert_eq!(check(Alice), Ok(Valid { institution: BETA, role: Role::Client }));
		assert_eq!((identities(ALPHA), identities(BETA)), (0, 1));
		let removed = Event::IdentityRemoved { account: account(Alice), institution: ALPHA };
		assert!(events().contains(&removed));
	});
}

#[test]
fn an_account_that_comes_back_goes_on_with_its_nonce() {
	test(|| {
		enrol(Alice, ALPHA, "alpha-client");
		for _ in 0..5 {
			System::inc_account_nonce(account(Alice));
		}
		assert_ok!(Identity::leave(signed(Alice)));
		assert_eq!(System::account_nonce(account(Alice)), 0, "the account is gone");
		assert_eq!(Departures::<Test>::get(account(Alice)), Some(Departure { nonce: 5, signed_at: BLOCK }));
		System::set_block_number(BLOCK + 1);
		enrol(Alice, BETA, "beta-client");
		assert_eq!(System::account_nonce(account(Alice)), 5);
		assert_eq!(Departures::<Test>::get(account(Alice)), None);
	});
}

#[test]
fn unsigned_enrolments_count_in_the_quota() {
	test(|| {
		assert_ok!(Identity::set_quota(root_origin(), ALPHA, 2));
		enrol(Alice, ALPHA, "alpha-administrator");
		enrol(Bob, ALPHA, "alpha-operator");
		assert_refused(&Enrolment::new(Charlie, ALPHA, "alpha-client"), Error::QuotaExhausted);
		System::set_block_number(BLOCK + PERIOD);
		enrol(Charlie, ALPHA, "alpha-client");
	});
}

#[test]
fn nothing_else_is_sent_unsigned() {
	use sp_runtime::traits::ValidateUnsigned;
	test(|| {
		let calls = [
			Call::<Test>::leave {},
			Call::clean_up { account: account(Alice) },
			Call::suspend_institution { institution: ALPHA },
			Call::revoke_identity { account: account(Alice) },
		];
		for call in calls {
			let validity = Identity::validate_unsigned(TransactionSource::External, &call);
			assert_eq!(validity, InvalidTransaction::Call.into(), "{call:?}");
		}
	});
}

#[test]
fn a_block_with_a_bad_enrolment_is_refused() {
	use sp_runtime::traits::ValidateUnsigned;
	test(|| {
		let good = Enrolment::new(Alice, ALPHA, "alpha-client");
		assert_ok!(Identity::pre_dispatch(&good.call()));
		let bad = Enrolment { proof: vec![], ..good };
		assert_eq!(Identity::pre_dispatch(&bad.call()), code(&Error::ProofEncoding));
	});
}
