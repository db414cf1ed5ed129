//! Arbitrary bytes in place of other nodes' requests and answers: they are refused, or decoded correctly, and never
//! cause a panic.

use super::world::{commitment, World};
use crate::{
	ciphertext_hash,
	network::Reach,
	wire::{PayloadRequest, MAX_REQUEST},
	worker::{fetch_from, Fetched},
};
use codec::Encode;
use std::{fs, sync::Arc};
use syndic_fuzz::runner;
use tempfile::TempDir;

#[test]
fn requests_that_decode_encode_to_the_same_bytes() {
	let corpus = TempDir::new().unwrap();
	for (at, length) in [0, 31, 32, 33, MAX_REQUEST, MAX_REQUEST + 1].into_iter().enumerate() {
		fs::write(corpus.path().join(format!("{at}")), vec![7; length]).unwrap();
	}
	runner::run(corpus.path(), 100_000, |bytes| match PayloadRequest::decode_bounded(bytes) {
		Some(request) => assert_eq!(request.encode(), bytes),
		None => assert_ne!(bytes.len(), 32),
	});
}

/// Of all answers of another node, only one with the envelope's hash and length is accepted.
#[test]
fn answers_of_any_bytes_are_taken_only_if_they_are_the_payload() {
	let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
	let world = World::new();
	let envelope = world.chain.send(2, &[1, 2]);
	let sender = world.chain.member(2);
	let corpus = TempDir::new().unwrap();
	fs::write(corpus.path().join("payload"), super::world::ciphertext(0)).unwrap();
	runner::run(corpus.path(), 20_000, |bytes| {
		world.peers.gives(sender, commitment(0), bytes.to_vec());
		world.peers.reported.lock().clear();
		let metrics = Default::default();
		let asking =
			fetch_from(world.peers.clone() as Arc<_>, vec![sender], envelope.clone(), Reach::Connected, metrics);
		let fetched = runtime.block_on(asking);
		let is_right = ciphertext_hash(bytes) == envelope.ciphertext_hash;
		match fetched {
			Fetched::Got(got) => assert!(is_right && got == bytes),
			Fetched::Nobody { asked } => assert!(!is_right && asked == 1),
		}
		assert_eq!(world.peers.reported.lock().len(), usize::from(!is_right && !bytes.is_empty()));
	});
}
