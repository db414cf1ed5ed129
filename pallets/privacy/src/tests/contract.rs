use super::*;
use crate::{BuiltInContract, WeightInfo};
use frame_support::traits::{GetStorageVersion, PalletInfoAccess};
use std::time::Instant;

#[test]
fn the_contract_is_where_it_says() {
	assert_eq!(Privacy::name(), "Privacy");
	assert_eq!(pallet_builtin::registry::check(&[Privacy::info()]), Ok(()));
	assert_eq!(syndic_primitives::builtin::number(&Privacy::ADDRESS), Some(0x1007));
	assert_eq!(Privacy::in_code_storage_version(), Privacy::VERSION);
}

#[test]
fn check_state_finds_what_is_wrong() {
	fn commitment() -> H256 {
		Numbers::<Test>::get(0).expect("it is there")
	}
	let cases: [(fn(), &str); 16] = [
		(|| PanelVersion::<Test>::insert(AUTHORITY, 0), "a panel has a version that was not given"),
		(
			|| Panels::<Test>::mutate(AUTHORITY, 1, |panel| panel.as_mut().expect("it is there").threshold = 1),
			"a panel cannot open by its threshold, or not together",
		),
		(|| PanelVersion::<Test>::insert(AUTHORITY, 2), "a version of a panel is missing"),
		(FirstPanel::<Test>::kill, "there are panels and none is the first, or the first is none"),
		(|| Remits::<Test>::insert(ALPHA, BETA), "an institution is in the remit of no panel"),
		(|| NextNumber::<Test>::put(0), "an envelope is not found by its number"),
		(|| NextNumber::<Test>::put(2), "there are more or fewer envelopes than are counted"),
		(
			|| Envelopes::<Test>::mutate_extant(commitment(), |envelope| envelope.recipients.clear()),
			"an envelope is for nobody, or supervised by nobody",
		),
		(
			|| Envelopes::<Test>::mutate_extant(commitment(), |envelope| envelope.ciphertext_len = 48),
			"an envelope holds no payload",
		),
		(
			|| {
				Envelopes::<Test>::mutate_extant(commitment(), |envelope| {
					envelope.panels[0].shares.pop();
				})
			},
			"an envelope has too few shares for a panel, or too many",
		),
		(
			|| Requests::<Test>::mutate_extant(0, |request| request.panel = OTHER),
			"a request is of a panel that the envelope does not name",
		),
		(
			|| Requests::<Test>::mutate_extant(0, |request| request.status = Status::Opened(BLOCK)),
			"a request is open although too few have approved, or is not although enough have",
		),
		(
			|| {
				let release = Release { officer: 1, wrap: Wrap { enc: [0; 32], sealed: [0; 48] } };
				Requests::<Test>::mutate_extant(0, |request| request.releases.try_push(release).expect("there is room"))
			},
			"a share was handed over before the opening",
		),
		(
			|| OpenRequests::<Test>::remove(commitment()),
			"a request waits and is not listed, or is listed and does not wait",
		),
		(
			|| Barred::<Test>::insert(BETA, Bar { since: BLOCK, commitment: commitment() }),
			"an institution is barred for an envelope that does not convict it",
		),
		(|| Convictions::<Test>::insert(H256::zero(), BLOCK), "there is a conviction for no envelope"),
	];
	for (harm, error) in cases {
		new_test_ext().execute_with(|| {
			[Alice, Bob, Dave, Eve].into_iter().for_each(set_key);
			assert_ok!(set_panel(AUTHORITY, &[Dave, Eve], 2));
			let commitment = sent().commitment;
			assert_ok!(Privacy::request_disclosure(
				signed(Dave),
				commitment,
				AUTHORITY,
				CASE,
				b"x".to_vec(),
				BLOCK + 1
			));
			assert_eq!(Privacy::check_state(), Ok(()));
			harm();
			assert_eq!(Privacy::check_state(), Err(error));
		});
	}
}

#[test]
fn what_is_charged_grows_with_what_is_computed() {
	let send = |recipients, points, shares| <() as WeightInfo>::send(recipients, 1, points, shares).ref_time();
	assert!(send(1, 1, 2) < send(2, 1, 2));
	assert!(send(1, 1, 2) < send(1, 2, 2));
	assert!(send(1, 1, 2) < send(1, 1, 3));
	assert!(<() as WeightInfo>::accuse_payload(1).ref_time() < <() as WeightInfo>::accuse_payload(100_000).ref_time());
	// The dearest envelope, and the dearest proof, fit many times into a block's 1.5 seconds.
	assert!(send(16, 60, 64) < 150_000_000_000, "{}", send(16, 60, 64));
	let longest = (MAX_PAYLOAD + OVERHEAD) as u32;
	assert!(<() as WeightInfo>::accuse_payload(longest).ref_time() < 150_000_000_000);
}

#[test]
#[ignore = "times say something only with optimisation and on a machine that does nothing else"]
fn costs() {
	test(|| {
		let letter = Letter::of(&vec![7; MAX_PAYLOAD], Alice, &[Bob], &[AUTHORITY]);
		let rounds = 100_u32;
		let time = |what: &str, run: &dyn Fn()| {
			let start = Instant::now();
			(0..rounds).for_each(|_| run());
			println!("{what}: {:.0} µs natively", start.elapsed().as_secs_f64() * 1e6 / f64::from(rounds));
		};
		time("a point", &|| assert_eq!(syndic_envelope::check_point(&letter.key_point), Ok(())));
		time("a wrap", &|| assert_eq!(syndic_envelope::check_wrap(&letter.recipients[0].wrap), Ok(())));
		time("the key", &|| assert_eq!(syndic_envelope::check_key(&public_key(Bob, 1)), Ok(())));
		assert_ok!(letter.send(Alice));
		let wrap = &letter.recipients[0].wrap;
		let proof = syndic_envelope::prove_dh(&secret_key(Bob, 1), wrap, &mut rng()).expect("it is on the curve");
		let error: DispatchError = Error::<Test>::NotGuilty.into();
		time("an accusation by a wrap", &|| {
			let accuse = Privacy::accuse_wrap(signed(Bob), letter.commitment, Place::Recipient(0), proof);
			assert_eq!(accuse, Err(error));
		});
		let secret =
			syndic_envelope::unwrap_secret(&letter.context(Alice), 0, &secret_key(Bob, 1), wrap, &letter.key_point);
		let secret = *secret.expect("it opens").to_bytes();
		time("an accusation by the longest payload", &|| {
			let accuse = Privacy::accuse_payload(signed(Bob), letter.commitment, secret, letter.ciphertext.clone());
			assert_eq!(accuse, Err(error));
		});
	});
}
