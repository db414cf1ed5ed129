use super::*;
use syndic_primitives::{EnvelopeInfo, Height};

/// That a letter from Alice is refused with this error, and that nothing changes.
fn refused(letter: &Letter, error: Error<Test>) {
	assert_noop!(letter.send(Alice), error);
}

#[test]
fn an_envelope_is_stored_as_it_was_sealed() {
	test(|| {
		let letter = Letter::new(Alice, &[Bob, Charlie, Alice], &[AUTHORITY]);
		assert_ok!(letter.send(Alice));
		let envelope = Envelopes::<Test>::get(letter.commitment).expect("it is there");
		assert_eq!((envelope.number, envelope.sender.clone(), envelope.institution), (0, account(Alice), ALPHA));
		assert_eq!((envelope.sent_at, envelope.time), (BLOCK, TIME));
		assert_eq!((envelope.ciphertext_hash, envelope.key_point), (letter.ciphertext_hash, letter.key_point));
		assert_eq!(envelope.ciphertext_len, 9 + OVERHEAD as u32);
		let institutions: Vec<_> = envelope.recipients.iter().map(|recipient| recipient.institution).collect();
		assert_eq!(institutions, [BETA, GAMMA, ALPHA]);
		assert_eq!(envelope.recipients[1].wrap, letter.recipients[1].wrap);
		assert_eq!(envelope.panels[0].shares, letter.panels[0].shares);
		assert_eq!((envelope.panels[0].panel, envelope.panels[0].version), (AUTHORITY, 1));
		assert_eq!(Numbers::<Test>::get(0), Some(letter.commitment));
		let commitment = letter.commitment;
		let sent = Event::EnvelopeSent { number: 0, commitment, sender: account(Alice), institution: ALPHA };
		assert_eq!(events().last(), Some(&sent));

		let info = EnvelopeInfo {
			number: 0,
			commitment,
			ciphertext_hash: letter.ciphertext_hash,
			ciphertext_len: letter.ciphertext_len,
			sent_at: Height(BLOCK),
			sender: ALPHA,
			readers: vec![ALPHA, BETA, GAMMA, AUTHORITY],
		};
		assert_eq!(Privacy::envelope_by_number(0), Some(info.clone()));
		assert_eq!(Privacy::envelope_info(commitment), Some(info));
		assert_eq!((Privacy::envelope_count(), Privacy::envelope_by_number(1)), (1, None));
	});
}

/// What it is stored for: those can open who should, with what lies on the chain.
#[test]
fn recipients_and_officers_open_what_the_chain_holds() {
	test(|| {
		let letter = sent();
		let context = letter.context(Alice);
		let envelope = Envelopes::<Test>::get(letter.commitment).expect("it is there");
		let (wrap, key) = (&envelope.recipients[0].wrap, secret_key(Bob, 1));
		let secret = syndic_envelope::unwrap_secret(&context, 0, &key, wrap, &envelope.key_point).expect("it opens");
		let (hash, ciphertext) = (&envelope.ciphertext_hash.0, &letter.ciphertext);
		let opened = syndic_envelope::open(&context, &secret, hash, ciphertext).expect("it opens");
		assert_eq!(opened.payload.as_slice(), b"a payload");
		let (shares, points) = (&envelope.panels[0].shares, (&envelope.key_point, &envelope.panels[0].points[..]));
		let share = |index: u32, who| {
			let wrap = &shares[index as usize];
			syndic_envelope::unwrap_share(&context, AUTHORITY, index, &secret_key(who, 1), wrap, points)
				.expect("it fits")
		};
		let shares = [share(0, Dave), share(2, Ferdie)];
		let combined = syndic_envelope::combine(&shares, 2, &envelope.key_point).expect("they are enough");
		assert_eq!(combined.to_bytes(), secret.to_bytes());
	});
}

#[test]
fn sizes_are_bounded() {
	test(|| {
		let letter = Letter::new(Alice, &[Bob], &[AUTHORITY]);
		let with = |ciphertext_len| Letter { ciphertext_len, ..letter.clone() };
		refused(&with(0), Error::PayloadEmpty);
		refused(&with(OVERHEAD as u32), Error::PayloadEmpty);
		let longest = (MAX_PAYLOAD + OVERHEAD) as u32;
		refused(&with(longest + 1), Error::PayloadTooLong);
		refused(&with(u32::MAX), Error::PayloadTooLong);
		assert_ok!(with(longest).send(Alice));
	});
}

#[test]
fn a_commitment_is_sent_once() {
	test(|| {
		let letter = sent();
		refused(&letter, Error::CommitmentKnown);
		assert_noop!(letter.send(Bob), Error::<Test>::CommitmentKnown);
		let again = Letter::of(b"another payload", Alice, &[Bob], &[AUTHORITY]);
		assert_ok!(again.send(Alice));
		assert_eq!(NextNumber::<Test>::get(), 2);
		NextNumber::<Test>::put(u64::MAX);
		refused(&Letter::of(b"a third", Alice, &[Bob], &[AUTHORITY]), Error::NoMoreNumbers);
		NextNumber::<Test>::put(2);
	});
}

#[test]
fn recipients_are_known_admitted_and_named_once() {
	test(|| {
		let letter = Letter::new(Alice, &[Bob], &[AUTHORITY]);
		let with = |recipients| Letter { recipients, ..letter.clone() };
		let bob = letter.recipients[0].clone();
		refused(&with(vec![]), Error::NoRecipients);
		refused(&with(vec![bob.clone(); 17]), Error::TooManyRecipients);
		refused(&with(vec![bob.clone(), bob.clone()]), Error::RecipientTwice);
		refused(&with(vec![ForRecipient { account: account(Two), ..bob.clone() }]), Error::UnknownRecipient);
		suspend(BETA);
		refused(&letter, Error::RecipientNotAdmitted);
		assert_ok!(Identity::resume_institution(RuntimeOrigin::root(), BETA));
		assert_ok!(Identity::revoke_identity(RuntimeOrigin::root(), account(Bob)));
		refused(&letter, Error::RecipientNotAdmitted);
		assert_ok!(Identity::clean_up(signed(Alice), account(Bob)));
		refused(&letter, Error::RecipientNotAdmitted);
	});
}

#[test]
fn a_key_must_be_the_one_in_force() {
	test(|| {
		let letter = Letter::new(Alice, &[Bob], &[AUTHORITY]);
		for version in [0, 2, u32::MAX] {
			let recipients = vec![ForRecipient { version, ..letter.recipients[0].clone() }];
			refused(&Letter { recipients, ..letter.clone() }, Error::KeyUnknown);
		}
		set_key(Bob);
		refused(&letter, Error::KeyRotated);
		let newer = Letter::new(Alice, &[Bob], &[AUTHORITY]);
		revoke_key(Bob);
		refused(&newer, Error::KeyRevoked);
		refused(&letter, Error::KeyRotated);
		assert_ok!(Identity::revoke_encryption_key(signed(Bob), 1));
		refused(&letter, Error::KeyRevoked);
		set_key(Bob);
		assert_ok!(Letter::new(Alice, &[Bob], &[AUTHORITY]).send(Alice));
	});
}

#[test]
fn the_panels_in_charge_are_all_there_and_no_others() {
	test(|| {
		set_key(Two);
		assert_ok!(set_panel(OTHER, &[One, Two], 2));
		let one = Letter::new(Alice, &[Bob], &[AUTHORITY]);
		let both = Letter::new(Alice, &[Bob], &[AUTHORITY, OTHER]);
		refused(&both, Error::PanelNotInCharge);
		assert_ok!(Privacy::set_remit(RuntimeOrigin::root(), BETA, OTHER));
		refused(&one, Error::PanelMissing);
		refused(&Letter { panels: vec![], ..one.clone() }, Error::PanelMissing);
		refused(&Letter { panels: vec![one.panels[0].clone(); 2], ..one.clone() }, Error::PanelTwice);
		refused(&Letter { panels: vec![one.panels[0].clone(); 5], ..one.clone() }, Error::TooManyPanels);
		let unknown = ForPanel { panel: ALPHA, ..one.panels[0].clone() };
		refused(&Letter { panels: vec![unknown], ..one.clone() }, Error::PanelNotInCharge);
		assert_ok!(both.send(Alice));
		let info = Privacy::envelope_by_number(0).expect("it is there");
		assert_eq!(info.readers, [ALPHA, BETA, AUTHORITY, OTHER]);
	});
}

#[test]
fn an_envelope_is_sealed_for_the_panel_as_it_is_now() {
	test(|| {
		let letter = Letter::new(Alice, &[Bob], &[AUTHORITY]);
		// An officer's newer key changes nothing: the older one is kept.
		set_key(Dave);
		assert_ok!(letter.send(Alice));
		let letter = Letter::of(b"another payload", Alice, &[Bob], &[AUTHORITY]);
		assert_ok!(set_panel(AUTHORITY, &[Dave, Eve], 2));
		refused(&letter, Error::StalePanel);
		let letter = Letter::of(b"another payload", Alice, &[Bob], &[AUTHORITY]);
		assert_eq!(letter.panels[0].version, 2);
		revoke_key(Dave);
		refused(&letter, Error::OfficerKeyRevoked);
		set_key(Dave);
		refused(&letter, Error::OfficerKeyRevoked);
		assert_ok!(set_panel(AUTHORITY, &[Dave, Eve], 2));
		assert_ok!(Letter::of(b"another payload", Alice, &[Bob], &[AUTHORITY]).send(Alice));
		// Who leaves has no key any more.
		assert_ok!(Identity::leave(signed(Eve)));
		refused(&Letter::of(b"a third", Alice, &[Bob], &[AUTHORITY]), Error::OfficerKeyRevoked);
	});
}

#[test]
fn shares_and_points_are_as_many_as_the_panel_says() {
	test(|| {
		let letter = Letter::new(Alice, &[Bob], &[AUTHORITY]);
		let change = |change: fn(&mut ForPanel)| {
			let mut changed = letter.clone();
			change(&mut changed.panels[0]);
			changed
		};
		refused(&change(|panel| panel.shares.truncate(2)), Error::WrongNumberOfShares);
		refused(&change(|panel| panel.shares.push(panel.shares[0])), Error::WrongNumberOfShares);
		refused(&change(|panel| panel.points.clear()), Error::WrongNumberOfPoints);
		refused(&change(|panel| panel.points.push(panel.points[0])), Error::WrongNumberOfPoints);
		refused(&change(|panel| panel.points = vec![panel.points[0]; 20]), Error::WrongNumberOfPoints);
	});
}

/// What no proof could be made about is not stored.
#[test]
fn points_and_wraps_are_of_the_curve() {
	test(|| {
		let letter = Letter::new(Alice, &[Bob], &[AUTHORITY]);
		let no_wrap = |wrap: Wrap, enc| Wrap { enc, ..wrap };
		// Neither on the curve nor of prime order; the identity; not canonical.
		let mut identity = [0; 32];
		identity[0] = 1;
		for point in [[2; 32], identity, [0; 32], [0xff; 32]].map(Point) {
			refused(&Letter { key_point: point, ..letter.clone() }, Error::BadPoint);
			let mut changed = letter.clone();
			changed.panels[0].points[0] = point;
			refused(&changed, Error::BadPoint);
		}
		for enc in [[0; 32], identity, [0xff; 32]] {
			let mut changed = letter.clone();
			changed.recipients[0].wrap = no_wrap(letter.recipients[0].wrap, enc);
			refused(&changed, Error::BadWrap);
			let mut changed = letter.clone();
			changed.panels[0].shares[2] = no_wrap(letter.panels[0].shares[2], enc);
			refused(&changed, Error::BadWrap);
		}
		assert_ok!(letter.send(Alice));
	});
}

#[test]
fn without_a_panel_nobody_sends() {
	new_test_ext().execute_with(|| {
		[Alice, Bob, Dave, Eve].into_iter().for_each(set_key);
		assert_ok!(set_panel(AUTHORITY, &[Dave, Eve], 2));
		let letter = Letter::new(Alice, &[Bob], &[AUTHORITY]);
		FirstPanel::<Test>::kill();
		refused(&letter, Error::NoPanel);
	});
}

#[test]
fn one_envelope_is_for_so_many_panels() {
	new_test_ext().execute_with(|| {
		[Alice, Bob, Dave, Eve].into_iter().for_each(set_key);
		assert_ok!(set_panel(AUTHORITY, &[Dave, Eve], 2));
		let letter = Letter::new(Alice, &[Bob], &[AUTHORITY]);
		// Five recipients of five institutions, each in the remit of another panel.
		let recipients: Vec<_> = [Bob, Charlie, Dave, One, Alice]
			.into_iter()
			.zip(20..)
			.map(|(who, panel)| {
				if version(who) == 0 {
					set_key(who);
				}
				let institution =
					pallet_identity::Identities::<Test>::get(account(who)).expect("it is there").institution;
				Remits::<Test>::insert(institution, panel);
				ForRecipient { account: account(who), version: version(who), wrap: letter.recipients[0].wrap }
			})
			.collect();
		refused(&Letter { recipients, ..letter }, Error::TooManyPanels);
	});
}

#[test]
fn who_is_nobody_sends_nothing() {
	test(|| {
		let letter = Letter::new(Alice, &[Bob], &[AUTHORITY]);
		assert_noop!(letter.send(BobStash), BadOrigin);
		suspend(ALPHA);
		assert_noop!(letter.send(Alice), BadOrigin);
	});
}
