use super::*;
use syndic_envelope::{combine, open, release, unwrap_release, unwrap_share, Share};

const UNTIL: u32 = BLOCK + 20;

fn ask(who: Sr25519Keyring, commitment: H256) -> DispatchResult {
	Privacy::request_disclosure(signed(who), commitment, AUTHORITY, CASE, b"section 44".to_vec(), UNTIL)
}

fn approve(who: Sr25519Keyring, request: u32) -> DispatchResult {
	Privacy::approve_disclosure(signed(who), request)
}

/// An officer's own share, as he unwraps it.
fn share(letter: &Letter, who: Sr25519Keyring, index: u32) -> Share {
	let shares = &letter.panels[0];
	let (wrap, points) = (&shares.shares[index as usize], (&letter.key_point, &shares.points[..]));
	unwrap_share(&letter.context(Alice), AUTHORITY, index, &secret_key(who, 1), wrap, points).expect("it fits")
}

/// An officer's share, sealed for Dave.
fn released(letter: &Letter, who: Sr25519Keyring, index: u32) -> Wrap {
	let requester = public_key(Dave, 1);
	release(&letter.context(Alice), 0, &share(letter, who, index), &requester, &mut rng()).expect("it is sealed")
}

fn hand_over(who: Sr25519Keyring, wrap: Wrap) -> DispatchResult {
	Privacy::release_share(signed(who), 0, wrap)
}

fn status(request: u32) -> Status<u32> {
	Requests::<Test>::get(request).expect("it is there").status
}

#[test]
fn two_officers_open_a_payload_and_each_step_is_on_record_before_the_next() {
	test(|| {
		let letter = sent();
		let commitment = letter.commitment;
		assert_ok!(ask(Dave, commitment));
		let stored = Requests::<Test>::get(0).expect("it is there");
		assert_eq!((stored.panel, stored.version, stored.case, stored.until), (AUTHORITY, 1, CASE, UNTIL));
		assert_eq!((stored.requester, stored.key_version, stored.approvals.to_vec()), (account(Dave), 1, vec![0]));
		assert_eq!(OpenRequests::<Test>::get(commitment).to_vec(), [0]);
		let wrap = released(&letter, Ferdie, 2);
		assert_noop!(hand_over(Ferdie, wrap), Error::<Test>::NotOpened);

		System::set_block_number(BLOCK + 5);
		assert_ok!(approve(Eve, 0));
		assert_eq!(status(0), Status::Opened(BLOCK + 5));
		assert!(!OpenRequests::<Test>::contains_key(commitment));
		assert_noop!(hand_over(Ferdie, wrap), Error::<Test>::OpenedInThisBlock);

		System::set_block_number(BLOCK + 6);
		assert_noop!(hand_over(Dave, wrap), Error::<Test>::OwnRequest);
		assert_noop!(hand_over(Ferdie, Wrap { enc: [0; 32], ..wrap }), Error::<Test>::BadWrap);
		assert_ok!(hand_over(Ferdie, wrap));
		assert_noop!(hand_over(Ferdie, wrap), Error::<Test>::ReleasedBefore);
		assert_ok!(hand_over(Eve, released(&letter, Eve, 1)));

		// Dave opens it with what lies on the chain.
		let releases = Requests::<Test>::get(0).expect("it is there").releases;
		let (context, points) = (letter.context(Alice), (&letter.key_point, &letter.panels[0].points[..]));
		let Release { officer, wrap } = releases[0].clone();
		let theirs = unwrap_release(&context, 0, officer, &secret_key(Dave, 1), &wrap, points).expect("it fits");
		let secret = combine(&[share(&letter, Dave, 0), theirs], 2, &letter.key_point).expect("they are enough");
		let opened = open(&context, &secret, &letter.ciphertext_hash.0, &letter.ciphertext).expect("it opens");
		assert_eq!(opened.payload.as_slice(), b"a payload");

		let requester = account(Dave);
		let expected = [
			Event::DisclosureRequested { request: 0, commitment, panel: AUTHORITY, case: CASE, requester },
			Event::DisclosureApproved { request: 0, officer: account(Eve) },
			Event::DisclosureOpened { request: 0, commitment, case: CASE, requester: account(Dave), height: BLOCK + 5 },
			Event::ShareReleased { request: 0, officer: account(Ferdie), place: 2 },
			Event::ShareReleased { request: 0, officer: account(Eve), place: 1 },
		];
		assert_eq!(events()[2..], expected);
		let entry = |who, act, until| Entry {
			by: Actor::Officer { institution: AUTHORITY, account: account(who) },
			case: Some(CASE),
			act,
			ground: Ground::truncate_from(b"section 44".to_vec()),
			until,
		};
		let expected = [
			entry(Dave, Act::DisclosureRequested { commitment, request: 0 }, Some(UNTIL)),
			entry(Eve, Act::DisclosureApproved { commitment, request: 0 }, Some(UNTIL)),
			entry(Eve, Act::DisclosureOpened { commitment, request: 0 }, None),
			entry(Ferdie, Act::ShareReleased { commitment, request: 0 }, None),
			entry(Eve, Act::ShareReleased { commitment, request: 0 }, None),
		];
		assert_eq!(Recorded::get(), expected);
	});
}

#[test]
fn only_officers_of_the_envelopes_panel_ask_and_only_in_an_open_case() {
	test(|| {
		let commitment = sent().commitment;
		let ask = |who, panel, case, ground: &[u8], until| {
			Privacy::request_disclosure(signed(who), commitment, panel, case, ground.to_vec(), until)
		};
		let ground = b"section 44";
		assert_noop!(super::disclosure::ask(Dave, H256::zero()), Error::<Test>::UnknownEnvelope);
		assert_noop!(ask(Alice, AUTHORITY, CASE, ground, UNTIL), BadOrigin);
		assert_noop!(ask(AliceStash, AUTHORITY, CASE, ground, UNTIL), BadOrigin);
		assert_noop!(ask(One, OTHER, CASE, ground, UNTIL), Error::<Test>::PanelNotInCharge);
		assert_noop!(ask(One, AUTHORITY, CASE, ground, UNTIL), Error::<Test>::NotOfficer);
		assert_noop!(ask(Dave, AUTHORITY, CASE + 1, ground, UNTIL), Error::<Test>::CaseNotOpen);
		assert_noop!(ask(Dave, AUTHORITY, CASE, b"", UNTIL), Error::<Test>::GroundLength);
		assert_noop!(ask(Dave, AUTHORITY, CASE, &[b'x'; 257], UNTIL), Error::<Test>::GroundLength);
		assert_noop!(ask(Dave, AUTHORITY, CASE, &[0xff], UNTIL), Error::<Test>::GroundForm);
		for until in [0, BLOCK, BLOCK + MAX_REQUEST + 1] {
			assert_noop!(ask(Dave, AUTHORITY, CASE, ground, until), Error::<Test>::UntilOutOfBounds);
		}
		assert_ok!(ask(Dave, AUTHORITY, CASE, &[b'x'; 256], BLOCK + MAX_REQUEST));
		revoke_key(Eve);
		assert_noop!(ask(Eve, AUTHORITY, CASE, ground, UNTIL), Error::<Test>::OfficerWithoutKey);
		set_key(Eve);
		assert_ok!(ask(Eve, AUTHORITY, CASE, ground, UNTIL));
		assert_eq!(Requests::<Test>::get(1).map(|stored| stored.key_version), Some(2));
		NextRequest::<Test>::put(u32::MAX);
		assert_noop!(ask(Dave, AUTHORITY, CASE, ground, UNTIL), Error::<Test>::NoMoreNumbers);
		NextRequest::<Test>::put(2);
	});
}

#[test]
fn officers_of_the_version_that_the_envelope_names_open_it() {
	test(|| {
		let letter = sent();
		assert_ok!(set_panel(AUTHORITY, &[Dave, Eve], 2));
		let newer = Letter::of(b"another payload", Alice, &[Bob], &[AUTHORITY]);
		assert_ok!(newer.send(Alice));
		assert_noop!(ask(Ferdie, newer.commitment), Error::<Test>::NotOfficer);
		assert_ok!(ask(Dave, newer.commitment));
		assert_noop!(approve(Ferdie, 0), Error::<Test>::NotOfficer);
		assert_ok!(ask(Ferdie, letter.commitment));
		assert_ok!(approve(Eve, 1));
		System::set_block_number(BLOCK + 1);
		assert_noop!(approve(One, 0), Error::<Test>::NotOfficer);
		let wrap = released(&letter, Eve, 1);
		assert_noop!(Privacy::release_share(signed(One), 1, wrap), Error::<Test>::NotOfficer);
		assert_noop!(Privacy::release_share(signed(Alice), 1, wrap), BadOrigin);
		assert_ok!(Privacy::release_share(signed(Eve), 1, wrap));
	});
}

#[test]
fn an_officer_approves_once_and_in_time() {
	test(|| {
		let commitment = sent().commitment;
		assert_ok!(ask(Dave, commitment));
		assert_noop!(approve(Dave, 0), Error::<Test>::ApprovedBefore);
		assert_noop!(approve(Alice, 0), BadOrigin);
		assert_noop!(approve(Eve, 1), Error::<Test>::UnknownRequest);
		assert_noop!(
			Privacy::release_share(signed(Eve), 1, released(&sent_again(), Eve, 1)),
			Error::<Test>::UnknownRequest
		);
		OpenCases::set(vec![]);
		assert_noop!(approve(Eve, 0), Error::<Test>::CaseNotOpen);
		OpenCases::set(vec![(CASE, AUTHORITY)]);
		System::set_block_number(UNTIL);
		assert_noop!(approve(Eve, 0), Error::<Test>::RequestExpired);
		System::set_block_number(UNTIL - 1);
		assert_ok!(approve(Eve, 0));
		assert_noop!(approve(Ferdie, 0), Error::<Test>::OpenedBefore);
	});
}

fn sent_again() -> Letter {
	Letter::new(Alice, &[Bob], &[AUTHORITY])
}

#[test]
fn a_threshold_of_three_takes_three() {
	test(|| {
		assert_ok!(set_panel(AUTHORITY, &[Dave, Eve, Ferdie], 3));
		let commitment = sent().commitment;
		assert_ok!(ask(Dave, commitment));
		assert_ok!(approve(Eve, 0));
		assert_eq!(status(0), Status::Asked);
		assert_eq!(last_act(), Some(Act::DisclosureApproved { commitment, request: 0 }));
		assert_ok!(approve(Ferdie, 0));
		assert_eq!(status(0), Status::Opened(BLOCK));
		assert_eq!(last_act(), Some(Act::DisclosureOpened { commitment, request: 0 }));
	});
}

#[test]
fn nobody_opens_for_one_who_is_an_officer_no_more() {
	test(|| {
		let letter = sent();
		assert_ok!(ask(Dave, letter.commitment));
		assert_ok!(ask(Ferdie, letter.commitment));
		revoke_key(Dave);
		assert_noop!(approve(Eve, 0), Error::<Test>::RequesterGone);
		assert_ok!(Identity::revoke_identity(RuntimeOrigin::root(), account(Eve)));
		assert_noop!(approve(Eve, 1), BadOrigin);
		assert_ok!(approve(Dave, 1));
		System::set_block_number(BLOCK + 1);
		assert_ok!(Identity::leave(signed(Ferdie)));
		let wrap = released(&letter, Dave, 0);
		assert_noop!(Privacy::release_share(signed(Dave), 1, wrap), Error::<Test>::RequesterGone);
	});
}

#[test]
fn so_many_requests_wait_for_one_envelope_and_old_ones_make_room() {
	test(|| {
		let commitment = sent().commitment;
		for _ in 0..MAX_OPEN_REQUESTS {
			assert_ok!(ask(Dave, commitment));
		}
		assert_noop!(ask(Eve, commitment), Error::<Test>::TooManyRequests);
		assert_ok!(approve(Eve, 3));
		assert_ok!(ask(Eve, commitment));
		assert_noop!(ask(Eve, commitment), Error::<Test>::TooManyRequests);
		System::set_block_number(UNTIL);
		let later = Privacy::request_disclosure(signed(Eve), commitment, AUTHORITY, CASE, b"again".to_vec(), UNTIL + 9);
		assert_ok!(later);
		assert_eq!(OpenRequests::<Test>::get(commitment).to_vec(), [MAX_OPEN_REQUESTS + 1]);
		assert_eq!((status(0), status(3)), (Status::Expired, Status::Opened(BLOCK)));
		assert_noop!(approve(Ferdie, 0), Error::<Test>::RequestExpired);
		let wrap = released(&sent_again(), Eve, 1);
		assert_noop!(Privacy::release_share(signed(Eve), 0, wrap), Error::<Test>::NotOpened);
	});
}
