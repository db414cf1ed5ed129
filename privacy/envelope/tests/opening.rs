//! Who can open an envelope, and who cannot.

mod common;

use common::{public, rng, Scene, GENESIS, PANEL, PAYLOAD, SENDER};
use proptest::prelude::*;
use syndic_envelope::{
	check_key, check_point, check_wrap, ciphertext_hash, combine, commitment, open, prove_possession, release, seal,
	unwrap_release, unwrap_secret, unwrap_share, verify_possession, Context, EnvelopeError, PanelKeys, Point,
	Possession, PublicKey, SecretKey, MAX_PAYLOAD, OVERHEAD,
};

#[test]
fn every_recipient_opens() {
	let scene = Scene::new(1);
	let (context, sealed) = (scene.context(), &scene.sealed);
	assert_eq!(sealed.ciphertext.len(), PAYLOAD.len() + OVERHEAD);
	assert_eq!(sealed.ciphertext_hash, ciphertext_hash(&sealed.ciphertext));
	for (position, key) in (0..).zip(&scene.recipients) {
		let wrap = &sealed.recipients[position as usize];
		check_wrap(wrap).unwrap();
		let secret = unwrap_secret(&context, position, key, wrap, &sealed.key_point).unwrap();
		let opened = open(&context, &secret, &sealed.ciphertext_hash, &sealed.ciphertext).unwrap();
		assert_eq!(*opened.payload, PAYLOAD);
		assert_eq!(commitment(&opened.salt, &opened.payload), sealed.commitment);
	}
}

#[test]
fn any_two_of_three_officers_open_and_no_one_alone() {
	let scene = Scene::new(2);
	let (context, sealed) = (scene.context(), &scene.sealed);
	check_point(&sealed.key_point).unwrap();
	sealed.panels[0].points.iter().for_each(|point| check_point(point).unwrap());
	for pair in [[0, 1], [1, 2], [2, 0]] {
		let shares = pair.map(|index| scene.share(index));
		let secret = combine(&shares, 2, &sealed.key_point).unwrap();
		assert_eq!(*open(&context, &secret, &sealed.ciphertext_hash, &sealed.ciphertext).unwrap().payload, PAYLOAD);
	}
	let twice = [scene.share(0), scene.share(0)];
	assert_eq!(
		combine(&twice, 2, &sealed.key_point).unwrap_err(),
		EnvelopeError::Shares { count: 1, needed: 2 },
		"a share counts once"
	);
	// With a wrong threshold of 1, one share is taken for the secret; the key point shows that it is not.
	assert_eq!(combine(&twice[..1], 1, &sealed.key_point).unwrap_err(), EnvelopeError::SecretWrong);
}

#[test]
fn a_released_share_opens_for_the_requester_alone() {
	let scene = Scene::new(3);
	let (context, sealed) = (scene.context(), &scene.sealed);
	let points = (&sealed.key_point, &sealed.panels[0].points[..]);
	let requester = &scene.officers[0];
	let wrap = release(&context, 12, &scene.share(2), &requester.public(), &mut rng(8)).unwrap();
	let share = unwrap_release(&context, 12, 2, requester, &wrap, points).unwrap();
	assert!(combine(&[scene.share(0), share], 2, &sealed.key_point).is_ok());
	let wrong = [
		unwrap_release(&context, 12, 2, &scene.officers[1], &wrap, points),
		unwrap_release(&context, 13, 2, requester, &wrap, points),
		unwrap_release(&context, 12, 1, requester, &wrap, points),
	];
	for result in wrong {
		assert_eq!(result.unwrap_err(), EnvelopeError::NotForThisKey);
	}
}

#[test]
fn what_was_sealed_for_others_elsewhere_or_by_others_does_not_open() {
	let scene = Scene::new(4);
	let (context, sealed) = (scene.context(), &scene.sealed);
	let unwrap = |context: &Context, position, key: &SecretKey| {
		unwrap_secret(context, position, key, &sealed.recipients[0], &sealed.key_point).map(drop)
	};
	let refused = Err(EnvelopeError::NotForThisKey);
	assert_eq!(unwrap(&context, 0, &scene.recipients[0]), Ok(()));
	assert_eq!(unwrap(&context, 0, &scene.recipients[1]), refused);
	assert_eq!(unwrap(&context, 1, &scene.recipients[0]), refused);
	for other in [
		Context { genesis: [1; 32], ..context },
		Context { sender: [1; 32], ..context },
		Context { commitment: [1; 32], ..context },
	] {
		assert_eq!(unwrap(&other, 0, &scene.recipients[0]), refused);
	}
	let key = &scene.officers[0];
	let points = (&sealed.key_point, &sealed.panels[0].points[..]);
	let moved = unwrap_share(&context, PANEL + 1, 0, key, &sealed.panels[0].shares[0], points);
	assert_eq!(moved.unwrap_err(), EnvelopeError::NotForThisKey);
}

#[test]
fn a_changed_ciphertext_is_refused_wherever_it_is_changed_or_cut() {
	let scene = Scene::new(5);
	let (context, sealed) = (scene.context(), &scene.sealed);
	let secret = unwrap_secret(&context, 0, &scene.recipients[0], &sealed.recipients[0], &sealed.key_point).unwrap();
	for at in 0..sealed.ciphertext.len() {
		let mut changed = sealed.ciphertext.clone();
		changed[at] ^= 1;
		let refused = open(&context, &secret, &sealed.ciphertext_hash, &changed).unwrap_err();
		assert_eq!(refused, EnvelopeError::CiphertextWrong);
		// The changed ciphertext is refused even if the chain held its hash.
		let refused = open(&context, &secret, &ciphertext_hash(&changed), &changed).unwrap_err();
		assert_eq!(refused, EnvelopeError::PayloadWrong);
		let cut = &sealed.ciphertext[..at];
		assert_eq!(open(&context, &secret, &ciphertext_hash(cut), cut).unwrap_err(), EnvelopeError::PayloadWrong);
	}
}

#[test]
fn what_cannot_be_sealed_says_why() {
	let key = SecretKey::generate(&mut rng(6)).public();
	let panel = |threshold, officers: usize| PanelKeys { panel: 0, threshold, officers: vec![key; officers] };
	let try_seal = |payload: &[u8], recipients: usize, panels: &[PanelKeys]| {
		seal(GENESIS, SENDER, payload, &vec![key; recipients], panels, &mut rng(7)).map(drop)
	};
	let good = [panel(2, 2)];
	assert_eq!(try_seal(&vec![1; MAX_PAYLOAD], 16, &[panel(2, 16), panel(16, 16)]), Ok(()));
	assert_eq!(try_seal(b"", 1, &good), Err(EnvelopeError::PayloadEmpty));
	let (length, bound) = (MAX_PAYLOAD + 1, MAX_PAYLOAD);
	assert_eq!(try_seal(&vec![1; length], 1, &good), Err(EnvelopeError::PayloadTooLong { length, bound }));
	assert_eq!(try_seal(b"x", 0, &good), Err(EnvelopeError::Recipients { count: 0, bound: 16 }));
	assert_eq!(try_seal(b"x", 17, &good), Err(EnvelopeError::Recipients { count: 17, bound: 16 }));
	assert_eq!(try_seal(b"x", 1, &[]), Err(EnvelopeError::Panels { count: 0, bound: 4 }));
	assert_eq!(try_seal(b"x", 1, &vec![panel(2, 2); 5]), Err(EnvelopeError::Panels { count: 5, bound: 4 }));
	for (threshold, officers) in [(1, 2), (0, 2), (3, 2), (2, 17)] {
		let refused = Err(EnvelopeError::Panel { officers, threshold, bound: 16 });
		assert_eq!(try_seal(b"x", 1, &[panel(threshold, officers)]), refused);
	}
}

#[test]
fn keys_are_registered_by_who_holds_them() {
	let mut rng = rng(9);
	for _ in 0..50 {
		let secret = SecretKey::generate(&mut rng);
		let (key, account) = (secret.public(), [3; 32]);
		assert_eq!(SecretKey::from_bytes(*secret.to_bytes()).public(), key);
		let proof = prove_possession(&secret, &GENESIS, &account, 5, &mut rng);
		verify_possession(&key, &GENESIS, &account, 5, &proof).unwrap();
		let other = SecretKey::generate(&mut rng).public();
		let mut changed = proof;
		changed.0[40] ^= 1;
		for refused in [
			verify_possession(&other, &GENESIS, &account, 5, &proof),
			verify_possession(&key, &[0; 32], &account, 5, &proof),
			verify_possession(&key, &GENESIS, &[4; 32], 5, &proof),
			verify_possession(&key, &GENESIS, &account, 6, &proof),
			verify_possession(&key, &GENESIS, &account, 5, &changed),
			verify_possession(&key, &GENESIS, &account, 5, &Possession([255; 64])),
		] {
			assert_eq!(refused, Err(EnvelopeError::BadProof));
		}
	}
}

/// Points of small order, off the curve, with a component of small order, and in a form that is not canonical.
#[test]
fn keys_and_points_that_no_honest_tool_makes_are_refused() {
	let small = [[0; 32], {
		let mut one = [0; 32];
		one[0] = 1;
		one
	}];
	let mut twist = [0; 32];
	twist[0] = 2;
	let mut minus_one = [255; 32];
	(minus_one[0], minus_one[31]) = (0xec, 0x7f);
	let mut over = SecretKey::generate(&mut rng(1)).public().0;
	over[31] |= 0x80;
	for key in small.into_iter().chain([twist, minus_one, over]) {
		assert_eq!(check_key(&PublicKey(key)), Err(EnvelopeError::BadKey), "{key:?}");
		let wrap = syndic_envelope::Wrap { enc: key, sealed: [0; 48] };
		assert_eq!(check_wrap(&wrap), Err(EnvelopeError::BadWrap), "{key:?}");
	}
	// A point of prime order plus a point of small order.
	use curve25519_dalek::{constants::EIGHT_TORSION, EdwardsPoint, Scalar};
	let mixed = EdwardsPoint::mul_base(&Scalar::from(77_u8)) + EIGHT_TORSION[1];
	assert_eq!(check_key(&PublicKey(mixed.to_montgomery().to_bytes())), Err(EnvelopeError::BadKey));
	for point in [mixed, EIGHT_TORSION[0], EIGHT_TORSION[4]] {
		assert_eq!(check_point(&Point(point.compress().to_bytes())), Err(EnvelopeError::BadPoint));
	}
	assert_eq!(check_point(&Point([255; 32])), Err(EnvelopeError::BadPoint));
}

#[test]
fn secrets_do_not_print() {
	let scene = Scene::new(10);
	let context = scene.context();
	let secret =
		unwrap_secret(&context, 0, &scene.recipients[0], &scene.sealed.recipients[0], &scene.sealed.key_point).unwrap();
	let opened = open(&context, &secret, &scene.sealed.ciphertext_hash, &scene.sealed.ciphertext).unwrap();
	let printed = format!("{:?} {:?} {:?} {opened:?}", scene.recipients[0], secret, scene.share(1));
	assert_eq!(printed, "SecretKey(…) Secret(…) Share(1, …) Opened(59 bytes)");
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(24))]

	#[test]
	fn any_payload_for_any_panel_comes_back(
		seed: u64,
		payload in prop::collection::vec(any::<u8>(), 1..2_000),
		count in 2_usize..=8,
		threshold in 2_u8..=8,
	) {
		let mut rng = rng(seed);
		let threshold = threshold.min(count as u8);
		let officers: Vec<_> = (0..count).map(|_| SecretKey::generate(&mut rng)).collect();
		let recipient = SecretKey::generate(&mut rng);
		let panel = PanelKeys { panel: 1, threshold, officers: public(&officers) };
		let sealed = seal(GENESIS, SENDER, &payload, &[recipient.public()], &[panel], &mut rng).unwrap();
		let context = Context { genesis: GENESIS, sender: SENDER, commitment: sealed.commitment };
		let points = (&sealed.key_point, &sealed.panels[0].points[..]);
		let share = |(index, key): (u32, &SecretKey)| {
			unwrap_share(&context, 1, index, key, &sealed.panels[0].shares[index as usize], points).unwrap()
		};
		let shares: Vec<_> = (0..).zip(&officers).map(share).collect();
		let last = &shares[count - usize::from(threshold)..];
		let secret = combine(last, usize::from(threshold), &sealed.key_point).unwrap();
		prop_assert_eq!(&*open(&context, &secret, &sealed.ciphertext_hash, &sealed.ciphertext).unwrap().payload, &payload);
		let few = combine(&last[1..], usize::from(threshold), &sealed.key_point).unwrap_err();
		let (count, needed) = (usize::from(threshold) - 1, usize::from(threshold));
		prop_assert_eq!(few, EnvelopeError::Shares { count, needed });
	}
}
