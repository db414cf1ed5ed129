use super::*;
use syndic_envelope::{ciphertext_hash, prove_dh, unwrap_secret, DhProof};

/// What the holder of a key shows of a wrap.
fn proof(who: Sr25519Keyring, wrap: &Wrap) -> DhProof {
	prove_dh(&secret_key(who, 1), wrap, &mut rng()).expect("it is on the curve")
}

fn accuse(by: Sr25519Keyring, letter: &Letter, place: Place, proof: DhProof) -> DispatchResult {
	Privacy::accuse_wrap(signed(by), letter.commitment, place, proof)
}

fn officer(index: u32) -> Place {
	Place::Officer { panel: AUTHORITY, index }
}

/// The secret as Bob unwraps it.
fn secret(letter: &Letter) -> [u8; 32] {
	let (context, wrap) = (letter.context(Alice), &letter.recipients[0].wrap);
	*unwrap_secret(&context, 0, &secret_key(Bob, 1), wrap, &letter.key_point).expect("it opens").to_bytes()
}

fn assert_barred(letter: &Letter, by: Sr25519Keyring) {
	let commitment = letter.commitment;
	assert_eq!(Barred::<Test>::get(ALPHA), Some(Bar { since: BLOCK, commitment }));
	let barred = Event::SenderBarred { institution: ALPHA, commitment, sender: account(Alice) };
	assert_eq!(events().last(), Some(&barred));
	let entry = Entry {
		by: Actor::Account(account(by)),
		case: None,
		act: Act::SenderBarred { institution: ALPHA, commitment },
		ground: Default::default(),
		until: None,
	};
	assert_eq!(Recorded::get().last(), Some(&entry));
	assert_noop!(Letter::of(b"more", Alice, &[Bob], &[AUTHORITY]).send(Alice), Error::<Test>::SenderBarred);
	assert_ok!(Letter::of(b"more", Bob, &[Alice], &[AUTHORITY]).send(Bob));
}

#[test]
fn who_sends_what_it_should_is_not_guilty() {
	test(|| {
		let letter = sent();
		let bobs = &letter.recipients[0].wrap;
		assert_noop!(accuse(Bob, &letter, Place::Recipient(0), proof(Bob, bobs)), Error::<Test>::NotGuilty);
		let eves = &letter.panels[0].shares[1];
		assert_noop!(accuse(Eve, &letter, officer(1), proof(Eve, eves)), Error::<Test>::NotGuilty);
		let accuse =
			Privacy::accuse_payload(signed(Bob), letter.commitment, secret(&letter), letter.ciphertext.clone());
		assert_noop!(accuse, Error::<Test>::NotGuilty);
		assert_eq!(Recorded::get(), []);
	});
}

#[test]
fn a_false_proof_says_nothing() {
	test(|| {
		let letter = sent();
		let bobs = &letter.recipients[0].wrap;
		let good = proof(Bob, bobs);
		let refused = |proof| {
			assert_noop!(accuse(Bob, &letter, Place::Recipient(0), proof), Error::<Test>::ProofInvalid);
		};
		refused(proof(Charlie, bobs));
		refused(proof(Bob, &letter.panels[0].shares[0]));
		refused(DhProof { dh: letter.key_point.0, ..good });
		refused(DhProof { dh: [0xff; 32], ..good });
		refused(DhProof { challenge: [0xff; 32], ..good });
		refused(DhProof { response: good.challenge, ..good });
		// A newer key of Bob's is not the one that it was sealed for.
		set_key(Bob);
		refused(prove_dh(&secret_key(Bob, 2), bobs, &mut rng()).expect("it is on the curve"));
		assert_noop!(accuse(Bob, &letter, Place::Recipient(0), good), Error::<Test>::NotGuilty);
	});
}

#[test]
fn only_what_there_is_can_be_accused_and_only_by_somebody() {
	test(|| {
		let letter = sent();
		let good = proof(Bob, &letter.recipients[0].wrap);
		let nowhere = [
			Place::Recipient(1),
			Place::Officer { panel: OTHER, index: 0 },
			officer(3),
			Place::Release { request: 0, index: 0 },
		];
		for place in nowhere {
			assert_noop!(accuse(Bob, &letter, place, good), Error::<Test>::NoSuchWrap);
		}
		let unknown = Letter { commitment: H256::zero(), ..letter.clone() };
		assert_noop!(accuse(Bob, &unknown, Place::Recipient(0), good), Error::<Test>::UnknownEnvelope);
		let payload = Privacy::accuse_payload(signed(Bob), H256::zero(), [0; 32], vec![]);
		assert_noop!(payload, Error::<Test>::UnknownEnvelope);
		assert_noop!(accuse(BobStash, &letter, Place::Recipient(0), good), BadOrigin);
		assert_noop!(Privacy::accuse_payload(signed(BobStash), letter.commitment, [0; 32], vec![]), BadOrigin);
	});
}

#[test]
fn a_sender_who_gives_a_recipient_another_secret_is_barred() {
	test(|| {
		let other = Letter::of(b"another payload", Alice, &[Bob, Charlie], &[AUTHORITY]);
		let mut letter = Letter::new(Alice, &[Bob, Charlie], &[AUTHORITY]);
		// The wrap of another envelope does not open in this one.
		letter.recipients[1].wrap = other.recipients[1].wrap;
		assert_ok!(letter.send(Alice));
		let shown = proof(Charlie, &letter.recipients[1].wrap);
		assert_noop!(accuse(Bob, &letter, Place::Recipient(0), shown), Error::<Test>::ProofInvalid);
		// Anybody may bring it.
		assert_ok!(accuse(Bob, &letter, Place::Recipient(1), shown));
		assert_barred(&letter, Bob);
	});
}

#[test]
fn a_sender_who_seals_under_another_key_point_is_barred() {
	test(|| {
		let other = Letter::of(b"another payload", Alice, &[Bob], &[AUTHORITY]);
		let letter = Letter { key_point: other.panels[0].points[0], ..Letter::new(Alice, &[Bob], &[AUTHORITY]) };
		assert_ok!(letter.send(Alice));
		assert_ok!(accuse(Bob, &letter, Place::Recipient(0), proof(Bob, &letter.recipients[0].wrap)));
		assert_barred(&letter, Bob);
	});
}

#[test]
fn a_sender_who_gives_an_officer_a_wrong_share_is_barred() {
	test(|| {
		let mut letter = Letter::new(Alice, &[Bob], &[AUTHORITY]);
		// The shares fit other points than these.
		letter.panels[0].points[0] = letter.key_point;
		assert_ok!(letter.send(Alice));
		// By the key that the panel names, whatever has become of it.
		set_key(Ferdie);
		revoke_key(Ferdie);
		assert_ok!(accuse(Ferdie, &letter, officer(2), proof(Ferdie, &letter.panels[0].shares[2])));
		assert_barred(&letter, Ferdie);
	});
}

#[test]
fn a_sender_who_swaps_the_shares_is_barred() {
	test(|| {
		let mut letter = Letter::new(Alice, &[Bob], &[AUTHORITY]);
		letter.panels[0].shares.swap(0, 1);
		assert_ok!(letter.send(Alice));
		assert_ok!(accuse(Dave, &letter, officer(0), proof(Dave, &letter.panels[0].shares[0])));
		assert_barred(&letter, Dave);
	});
}

#[test]
fn a_sender_whose_ciphertext_does_not_decrypt_is_barred() {
	test(|| {
		let mut letter = Letter::new(Alice, &[Bob], &[AUTHORITY]);
		letter.ciphertext[20] ^= 1;
		letter.ciphertext_hash = H256(ciphertext_hash(&letter.ciphertext));
		assert_ok!(letter.send(Alice));
		let accuse = |secret, ciphertext: &[u8]| {
			Privacy::accuse_payload(signed(Bob), letter.commitment, secret, ciphertext.to_vec())
		};
		let secret = secret(&letter);
		assert_noop!(accuse([7; 32], &letter.ciphertext), Error::<Test>::SecretWrong);
		assert_noop!(accuse([0xff; 32], &letter.ciphertext), Error::<Test>::SecretWrong);
		assert_noop!(accuse(secret, &letter.ciphertext[1..]), Error::<Test>::CiphertextWrong);
		assert_noop!(accuse(secret, &vec![0; MAX_PAYLOAD + OVERHEAD + 1]), Error::<Test>::PayloadTooLong);
		assert_ok!(accuse(secret, &letter.ciphertext));
		assert_barred(&letter, Bob);
	});
}

#[test]
fn a_sender_who_commits_to_something_else_is_barred() {
	test(|| {
		let letter = Letter { commitment: H256::repeat_byte(5), ..Letter::new(Alice, &[Bob], &[AUTHORITY]) };
		assert_ok!(letter.send(Alice));
		// The wraps are bound to the commitment.
		assert_ok!(accuse(Bob, &letter, Place::Recipient(0), proof(Bob, &letter.recipients[0].wrap)));
		assert_barred(&letter, Bob);
	});
}

/// Nodes would keep no ciphertext of this length.
#[test]
fn a_sender_who_says_a_wrong_length_is_barred() {
	test(|| {
		let mut letter = Letter::new(Alice, &[Bob], &[AUTHORITY]);
		letter.ciphertext_len += 1;
		assert_ok!(letter.send(Alice));
		let ciphertext = letter.ciphertext.clone();
		assert_ok!(Privacy::accuse_payload(signed(Bob), letter.commitment, secret(&letter), ciphertext));
		assert_barred(&letter, Bob);
	});
}

/// What another has copied out of the pool opens for nobody, and proves the copyist guilty.
#[test]
fn a_copied_envelope_convicts_who_has_copied_it() {
	test(|| {
		let letter = Letter::new(Alice, &[Bob], &[AUTHORITY]);
		assert_ok!(letter.send(Charlie));
		assert_ok!(accuse(Bob, &letter, Place::Recipient(0), proof(Bob, &letter.recipients[0].wrap)));
		assert!(Barred::<Test>::contains_key(GAMMA) && !Barred::<Test>::contains_key(ALPHA));
	});
}

#[test]
fn the_board_reinstates_and_an_envelope_convicts_once() {
	test(|| {
		let cheat = |payload: &[u8]| {
			let mut letter = Letter::of(payload, Alice, &[Bob], &[AUTHORITY]);
			letter.panels[0].shares.swap(0, 1);
			assert_ok!(letter.send(Alice));
			letter
		};
		let (first, second) = (cheat(b"first"), cheat(b"second"));
		let accuse = |letter: &Letter| accuse(Dave, letter, officer(0), proof(Dave, &letter.panels[0].shares[0]));
		assert_noop!(Privacy::reinstate(RuntimeOrigin::root(), ALPHA), Error::<Test>::NotBarred);
		assert_ok!(accuse(&first));
		assert_noop!(accuse(&first), Error::<Test>::AlreadyBarred);
		assert_noop!(accuse(&second), Error::<Test>::AlreadyBarred);
		assert_ok!(Privacy::reinstate(RuntimeOrigin::root(), ALPHA));
		assert_eq!(events().last(), Some(&Event::SenderReinstated { institution: ALPHA }));
		let recorded = Recorded::get().last().map(|entry| (entry.by.clone(), entry.act));
		assert_eq!(recorded, Some((Actor::Board, Act::SenderReinstated { institution: ALPHA })));
		assert_ok!(Letter::of(b"third", Alice, &[Bob], &[AUTHORITY]).send(Alice));
		assert_noop!(accuse(&first), Error::<Test>::ConvictedBefore);
		assert_eq!(Convictions::<Test>::get(first.commitment), Some(BLOCK));
		assert_ok!(accuse(&second));
		assert!(Barred::<Test>::contains_key(ALPHA));
	});
}
