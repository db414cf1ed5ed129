//! What a chain costs. Run it alone, with optimisation:
//! `cargo test --release -p syndic-x509 --test speed -- --ignored --nocapture`.

mod common;

use common::*;
use std::time::Instant;
use syndic_x509::{verify_chain, Root, MAX_CHAIN};

const ROUNDS: u32 = 300;

fn microseconds(mut run: impl FnMut()) -> f64 {
	(0..ROUNDS / 10).for_each(|_| run());
	let start = Instant::now();
	(0..ROUNDS).for_each(|_| run());
	start.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS)
}

#[test]
#[ignore = "prints times, judges nothing but that they are of good chains"]
fn how_long_chains_take() {
	for (name, key, seed) in [("P-256", Key::p256 as fn(u8) -> Key, 9), ("Ed25519", Key::ed25519, 9)] {
		for length in 1..=MAX_CHAIN {
			let world = World::new(length - 1, key);
			let (chain, roots) = (world.chain(), [world.root()]);
			let time = microseconds(|| assert!(verify_chain(&chain, &roots, NOW, &mut none_revoked).is_ok()));
			println!("{name}: {length} certificates, {time:.0} µs");
		}
		let world = World::new(0, key);
		let root = world.root.sign();
		println!("{name}: a root, {:.0} µs", microseconds(|| assert!(Root::parse(&root, NOW).is_ok())));
		let mut cheap = world.clone();
		cheap.leaf.issuer = name_of(&[utf8("Somebody")]);
		let (chain, roots) = (cheap.chain(), [world.root()]);
		let refused = microseconds(|| assert!(verify_chain(&chain, &roots, NOW, &mut none_revoked).is_err()));
		println!("{name}: refused before any signature, {refused:.1} µs");
		let leaf = verify_chain(&world.chain(), &roots, NOW, &mut none_revoked).unwrap();
		let signature = self::Key::sign(&key(seed), b"message");
		let time = microseconds(|| assert_eq!(leaf.key().verify(b"message", &signature), Ok(())));
		println!("{name}: a proof of possession, {time:.0} µs");
	}
}
