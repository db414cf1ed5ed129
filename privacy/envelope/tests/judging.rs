//! A sender that cheats is proven guilty, and one that does not is not.

mod common;

use common::{public, rng, Scene, GENESIS, PANEL, PAYLOAD, SENDER};
use syndic_envelope::{
	ciphertext_hash, judge_payload, judge_wrap, prove_dh, release, seal, unwrap_secret, unwrap_share, Context, DhProof,
	EnvelopeError, Expected, PanelKeys, Place, SecretKey, Verdict, Wrap,
};

/// The verdict after an officer or a recipient proves the Diffie-Hellman result of his wrap.
fn accuse(scene: &Scene, place: Place, key: &SecretKey, wrap: &Wrap) -> Result<Verdict, EnvelopeError> {
	let proof = prove_dh(key, wrap, &mut rng(99))?;
	judge(scene, place, key, wrap, &proof)
}

fn judge(scene: &Scene, place: Place, key: &SecretKey, wrap: &Wrap, proof: &DhProof) -> Result<Verdict, EnvelopeError> {
	let (key_point, points) = (&scene.sealed.key_point, &scene.sealed.panels[0].points[..]);
	let expected = match place {
		Place::Recipient(_) => Expected::Secret { key_point },
		Place::Officer { index, .. } | Place::Release { index, .. } => Expected::Share { key_point, points, index },
	};
	judge_wrap(&scene.context(), &place, &key.public(), wrap, &expected, proof)
}

#[test]
fn an_honest_sender_is_not_guilty() {
	for seed in 0..20 {
		let scene = Scene::new(seed);
		for (index, key) in (0..).zip(&scene.officers) {
			let wrap = &scene.sealed.panels[0].shares[index as usize];
			assert_eq!(accuse(&scene, Place::Officer { panel: PANEL, index }, key, wrap), Ok(Verdict::Honest));
		}
		for (position, key) in (0..).zip(&scene.recipients) {
			let wrap = &scene.sealed.recipients[position as usize];
			assert_eq!(accuse(&scene, Place::Recipient(position), key, wrap), Ok(Verdict::Honest));
		}
	}
}

/// For each way in which a wrap can be wrong, the holder of the key notices it and can prove it.
#[test]
fn whoever_wraps_anything_else_is_guilty() {
	let scene = Scene::new(1);
	let other = Scene::new(2);
	let context = scene.context();
	let place = Place::Officer { panel: PANEL, index: 1 };
	let victim = &scene.officers[1];
	let right = scene.sealed.panels[0].shares[1];
	// A share of another secret, sealed by the sender for the right key. Its commitment differs, so it is another
	// context.
	let same_key = {
		let panel = PanelKeys { panel: PANEL, threshold: 2, officers: public(&scene.officers) };
		let sealed = seal(GENESIS, SENDER, PAYLOAD, &public(&scene.recipients), &[panel], &mut rng(5)).unwrap();
		sealed.panels[0].shares[1]
	};
	let mut flipped = right;
	flipped.sealed[5] ^= 1;
	let wraps = [
		("another envelope's", same_key),
		("another key's", other.sealed.panels[0].shares[1]),
		("another officer's", scene.sealed.panels[0].shares[0]),
		("changed", flipped),
		("of another place", release(&context, 1, &scene.share(1), &victim.public(), &mut rng(6)).unwrap()),
		("nothing", Wrap { sealed: [0; 48], ..right }),
	];
	for (name, wrap) in wraps {
		let points = (&scene.sealed.key_point, &scene.sealed.panels[0].points[..]);
		assert!(unwrap_share(&context, PANEL, 1, victim, &wrap, points).is_err(), "{name}");
		assert_eq!(accuse(&scene, place, victim, &wrap), Ok(Verdict::Guilty), "{name}");
	}
}

/// Wraps that open, and hold another secret than the key point's.
#[test]
fn whoever_seals_another_secret_is_guilty() {
	let mut scene = Scene::new(3);
	// The envelope states the key point of another secret: all wraps open, and no content fits.
	scene.sealed.key_point = Scene::new(4).sealed.key_point;
	let (context, key) = (scene.context(), &scene.recipients[0]);
	let wrap = scene.sealed.recipients[0];
	let seen = unwrap_secret(&context, 0, key, &wrap, &scene.sealed.key_point).unwrap_err();
	assert_eq!(seen, EnvelopeError::OtherSecret);
	assert_eq!(accuse(&scene, Place::Recipient(0), key, &wrap), Ok(Verdict::Guilty));
	let wrap = scene.sealed.panels[0].shares[2];
	let points = (&scene.sealed.key_point, &scene.sealed.panels[0].points[..]);
	let seen = unwrap_share(&context, PANEL, 2, &scene.officers[2], &wrap, points).unwrap_err();
	assert_eq!(seen, EnvelopeError::OtherShare);
	let place = Place::Officer { panel: PANEL, index: 2 };
	assert_eq!(accuse(&scene, place, &scene.officers[2], &wrap), Ok(Verdict::Guilty));
}

#[test]
fn nobody_is_framed() {
	let scene = Scene::new(5);
	let place = Place::Officer { panel: PANEL, index: 0 };
	let (officer, wrap) = (&scene.officers[0], &scene.sealed.panels[0].shares[0]);
	let proof = prove_dh(officer, wrap, &mut rng(1)).unwrap();
	assert_eq!(judge(&scene, place, officer, wrap, &proof), Ok(Verdict::Honest));
	// The result under another key, the result for another wrap, and every changed proof are refused.
	let other = prove_dh(&scene.officers[1], wrap, &mut rng(1)).unwrap();
	let elsewhere = prove_dh(officer, &scene.sealed.panels[0].shares[1], &mut rng(1)).unwrap();
	let mut changed = vec![other, elsewhere];
	for at in 0..32 {
		changed.extend([
			DhProof { dh: flip(proof.dh, at), ..proof },
			DhProof { challenge: flip(proof.challenge, at), ..proof },
			DhProof { response: flip(proof.response, at), ..proof },
		]);
	}
	// The right result plus a component of small order.
	use curve25519_dalek::{constants::EIGHT_TORSION, edwards::CompressedEdwardsY};
	let dh = CompressedEdwardsY(proof.dh).decompress().unwrap();
	changed.extend(EIGHT_TORSION[1..].iter().map(|small| DhProof { dh: (dh + small).compress().0, ..proof }));
	for proof in changed {
		assert_eq!(judge(&scene, place, officer, wrap, &proof), Err(EnvelopeError::BadProof));
	}
}

fn flip(mut bytes: [u8; 32], at: usize) -> [u8; 32] {
	bytes[at] ^= 0x10;
	bytes
}

#[test]
fn a_payload_that_is_not_what_was_committed_to_is_proven() {
	let scene = Scene::new(6);
	let (context, sealed) = (scene.context(), &scene.sealed);
	let secret = unwrap_secret(&context, 0, &scene.recipients[0], &sealed.recipients[0], &sealed.key_point).unwrap();
	let judge = |context: &Context, hash: [u8; 32], secret: &[u8; 32], ciphertext: &[u8]| {
		judge_payload(context, &sealed.key_point, &hash, secret, ciphertext)
	};
	let (bytes, hash, ciphertext) = (secret.to_bytes(), sealed.ciphertext_hash, &sealed.ciphertext[..]);
	assert_eq!(judge(&context, hash, &bytes, ciphertext), Ok(Verdict::Honest));
	// Somebody who copies an envelope from the pool and sends it as his own is guilty.
	let copied = Context { sender: [1; 32], ..context };
	assert_eq!(judge(&copied, hash, &bytes, ciphertext), Ok(Verdict::Guilty));
	let other = Context { commitment: [1; 32], ..context };
	assert_eq!(judge(&other, hash, &bytes, ciphertext), Ok(Verdict::Guilty));
	assert_eq!(judge(&context, ciphertext_hash(b"junk"), &bytes, b"junk"), Ok(Verdict::Guilty));
	assert_eq!(judge(&context, hash, &bytes, b"junk"), Err(EnvelopeError::CiphertextWrong));
	assert_eq!(judge(&context, hash, &[3; 32], ciphertext), Err(EnvelopeError::SecretWrong));
	assert_eq!(judge(&context, hash, &[255; 32], ciphertext), Err(EnvelopeError::BadScalar));
}
