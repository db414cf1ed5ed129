//! The answers that other nodes get.

use super::world::{ciphertext, commitment, World};
use crate::{
	budget::BURST,
	server::Server,
	wire::{PayloadRequest, MAX_REQUEST},
};
use codec::Encode;
use futures::channel::oneshot;
use sc_network::{
	config::{IncomingRequest, OutgoingResponse},
	PeerId,
};
use std::fs;

type Queue = async_channel::Sender<IncomingRequest>;

async fn ask_bytes(queue: &Queue, peer: PeerId, payload: Vec<u8>) -> Option<OutgoingResponse> {
	let (pending_response, response) = oneshot::channel();
	queue.send(IncomingRequest { peer, payload, pending_response }).await.unwrap();
	response.await.ok()
}

/// The server's answer; `None` if it refuses.
async fn ask(queue: &Queue, peer: PeerId, number: u64) -> Option<Vec<u8>> {
	let request = PayloadRequest { commitment: commitment(number) }.encode();
	ask_bytes(queue, peer, request).await.map(|response| response.result.unwrap())
}

fn serve(world: &World) -> Queue {
	let (queue, server) = Server::new(world.service.clone());
	tokio::spawn(server.run());
	queue
}

#[tokio::test]
async fn only_readers_are_served_and_only_what_is_final() {
	let world = World::new();
	let queue = serve(&world);
	let [reader, colleague, other] = [2, 1, 3].map(|institution| world.chain.member(institution));
	let stranger = PeerId::random();
	world.service.submit(commitment(0), &ciphertext(0)).unwrap();
	assert_eq!(ask(&queue, reader, 0).await, Some(vec![]), "there is no envelope yet");
	world.chain.send(1, &[1, 2]);
	for (peer, expected) in [
		(reader, ciphertext(0)),
		(colleague, ciphertext(0)),
		(other, vec![]),
		(stranger, vec![]),
		(reader, ciphertext(0)),
	] {
		assert_eq!(ask(&queue, peer, 0).await, Some(expected));
	}
	assert_eq!(ask(&queue, reader, 1).await, Some(vec![]), "nobody knows it");
	world.chain.send(1, &[1, 2]);
	assert_eq!(ask(&queue, reader, 1).await, Some(vec![]), "it is not here");
	// A client submitted another ciphertext than the envelope's.
	world.service.submit(commitment(2), &ciphertext(0)).unwrap();
	world.chain.send(1, &[1, 2]);
	assert_eq!(ask(&queue, reader, 2).await, Some(vec![]));
	let requests = |outcome| world.metric("syndic_privacy_requests_total", outcome);
	assert_eq!((requests("served"), requests("not-a-reader"), requests("unknown-envelope")), (3.0, 2.0, 2.0));
	assert_eq!(requests("served-nothing"), 2.0);
}

#[tokio::test]
async fn who_is_not_a_member_any_more_is_not_served_any_more() {
	let world = World::new();
	let queue = serve(&world);
	let reader = world.chain.member(2);
	world.service.submit(commitment(0), &ciphertext(0)).unwrap();
	world.chain.send(1, &[1, 2]);
	assert_eq!(ask(&queue, reader, 0).await, Some(ciphertext(0)));
	world.chain.0.lock().peers.remove(&2);
	assert_eq!(ask(&queue, reader, 0).await, Some(vec![]));
}

#[tokio::test]
async fn a_damaged_file_is_not_served() {
	let world = World::new();
	let queue = serve(&world);
	let reader = world.chain.member(2);
	world.service.submit(commitment(0), &ciphertext(0)).unwrap();
	world.chain.send(1, &[1, 2]);
	let file = world.dir.path().join(hex::encode(commitment(0)));
	let mut bytes = fs::read(&file).unwrap();
	*bytes.last_mut().unwrap() ^= 1;
	fs::write(&file, bytes).unwrap();
	assert_eq!(ask(&queue, reader, 0).await, Some(vec![]));
	assert_eq!(world.metric("syndic_privacy_files_set_aside_total", ""), 1.0);
}

#[tokio::test]
async fn what_is_no_request_costs_reputation() {
	let world = World::new();
	let queue = serve(&world);
	let peer = world.chain.member(2);
	for bytes in [vec![], vec![0; 31], vec![0; 33], vec![0; MAX_REQUEST + 1], vec![0; 1 << 20]] {
		let response = ask_bytes(&queue, peer, bytes).await.expect("answered");
		assert_eq!((response.result, response.reputation_changes.len()), (Err(()), 1));
	}
	assert_eq!(world.metric("syndic_privacy_requests_total", "malformed"), 5.0);
}

#[tokio::test]
async fn floods_are_refused_and_others_served() {
	let world = World::new();
	let queue = serve(&world);
	let (greedy, reader) = (world.chain.member(3), world.chain.member(2));
	world.service.submit(commitment(0), &ciphertext(0)).unwrap();
	world.chain.send(1, &[1, 2]);
	let mut answered = 0;
	for _ in 0..200 {
		answered += usize::from(ask(&queue, greedy, 0).await.is_some());
	}
	assert!((BURST as usize..100).contains(&answered), "{answered}");
	assert_eq!(ask(&queue, reader, 0).await, Some(ciphertext(0)));
}

#[tokio::test]
async fn nothing_is_served_while_the_service_is_off() {
	let world = World::new();
	let queue = serve(&world);
	let reader = world.chain.member(2);
	world.service.submit(commitment(0), &ciphertext(0)).unwrap();
	world.chain.send(1, &[1, 2]);
	world.service.set_on(false);
	assert_eq!(ask(&queue, reader, 0).await, None);
	assert_eq!(world.metric("syndic_privacy_service_on", ""), 0.0);
	world.service.set_on(true);
	assert_eq!(ask(&queue, reader, 0).await, Some(ciphertext(0)));
}
