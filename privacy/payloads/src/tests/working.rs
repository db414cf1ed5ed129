//! The worker: which nodes it asks, in which order, and what it remembers.

use super::world::{ciphertext, commitment, World};
use crate::{
	network::Reach,
	rpc::Error,
	store::{Limits, State, SUBMITTED_BLOCKS},
	worker::missing::{MissingList, LONGEST_PAUSE, MAX_MISSING, MAX_MISSING_OF_ONE},
};
use std::{fs, time::Instant};
use syndic_primitives::Height;

#[tokio::test]
async fn the_senders_nodes_are_asked_first_then_the_other_readers() {
	let mut world = World::new();
	let others = [3, 0, 2, 1, 4].map(|institution| (institution, world.chain.member(institution)));
	others.iter().for_each(|(_, peer)| world.peers.connect(*peer));
	world.chain.send(2, &[0, 1, 2, 3]);
	world.block().await;
	let of = |institution| others.iter().find(|(one, _)| *one == institution).unwrap().1;
	assert_eq!(world.peers.take_asked(), [of(2), of(0), of(1), of(3)], "nobody asks itself, or a stranger");
	assert_eq!(world.missing(), 1);
	world.peers.gives(of(0), commitment(0), ciphertext(0));
	world.seconds(1).await;
	assert_eq!(world.peers.take_asked(), [of(2), of(0)], "and no more than it takes");
	assert!(world.holds(0));
	assert_eq!(world.missing(), 0);
	assert_eq!(world.metric("syndic_privacy_fetches_total", "fetched"), 1.0);
	world.seconds(90).await;
	assert!(world.peers.take_asked().is_empty());
}

#[tokio::test]
async fn what_is_for_others_is_not_asked_for() {
	let mut world = World::new();
	let sender = world.chain.member(2);
	world.peers.gives(sender, commitment(0), ciphertext(0));
	world.chain.send(2, &[2, 3]);
	world.block().await;
	assert!(world.peers.take_asked().is_empty() && !world.holds(0));
	let answer = world.service.payload(commitment(0));
	assert!(matches!(answer, Err(Error::NotReader { institution: Some(1), .. })), "{answer:?}");
}

#[tokio::test]
async fn a_wrong_answer_is_reported_and_the_next_is_asked() {
	let mut world = World::new();
	let [liar, short, honest] = [2, 2, 3].map(|institution| world.chain.member(institution));
	world.peers.gives(liar, commitment(0), vec![9; 200]);
	world.peers.gives(short, commitment(0), vec![0; 199]);
	world.peers.gives(honest, commitment(0), ciphertext(0));
	world.chain.send(2, &[1, 2, 3]);
	world.block().await;
	assert_eq!(world.peers.take_asked(), [liar, short, honest]);
	assert_eq!(*world.peers.reported.lock(), [liar, short]);
	assert_eq!(world.service.read(&commitment(0)).unwrap(), Some(ciphertext(0)));
}

#[tokio::test]
async fn a_node_that_was_off_for_a_hundred_blocks_catches_up() {
	let mut world = World::new();
	let (sender, recipient) = (world.chain.member(2), world.chain.member(3));
	world.block().await;
	for number in 0..100 {
		world.chain.send(2, &[1, 2, 3]);
		// The sender's node is disconnected below; another reader has the payload.
		world.peers.gives(recipient, commitment(number), ciphertext(number));
	}
	world.peers.disconnect(sender);
	world.restart();
	world.block().await;
	assert_eq!((world.missing(), world.service.standing().unwrap().stored), (0, 100));
	assert_eq!(world.service.standing().unwrap().cursor, 0, "it is told with the tick");
	world.seconds(1).await;
	assert_eq!(world.service.standing().unwrap().cursor, 100);
}

#[tokio::test]
async fn the_cursor_and_what_is_missing_survive_a_restart() {
	let mut world = World::new();
	let sender = world.chain.member(2);
	for number in 0..3 {
		world.chain.send(2, &[1, 2]);
		if number != 1 {
			world.peers.gives(sender, commitment(number), ciphertext(number));
		}
	}
	world.block().await;
	world.seconds(1).await;
	world.peers.take_asked();
	world.restart();
	assert_eq!(world.service.standing().unwrap().cursor, 3);
	world.block().await;
	assert_eq!(world.peers.take_asked(), [sender], "the two others are not looked at again");
	world.peers.gives(sender, commitment(1), ciphertext(1));
	world.seconds(2).await;
	assert!(world.holds(1));
	// A lost cursor costs time only.
	world.seconds(1).await;
	fs::write(world.dir.path().join("cursor"), "no cursor").unwrap();
	world.restart();
	world.peers.take_asked();
	world.block().await;
	assert_eq!((world.missing(), world.peers.take_asked().len()), (0, 0));
}

#[tokio::test]
async fn pauses_grow_and_each_fourth_attempt_dials() {
	let mut world = World::new();
	let sender = world.chain.member(2);
	world.chain.send(2, &[1, 2]);
	world.block().await;
	world.seconds(1 + 2 + 4).await;
	let reaches: Vec<Reach> = world.peers.asked.lock().drain(..).map(|(.., reach)| reach).collect();
	assert_eq!(reaches, [Reach::Connected, Reach::Connected, Reach::Connected, Reach::Dial]);
	world.seconds(600).await;
	let often = world.peers.take_asked().len() as u64;
	assert!((600 / LONGEST_PAUSE.as_secs()..16).contains(&often), "{often}");
	let error = world.service.payload(commitment(0)).unwrap_err().to_string();
	assert!(error.contains("0 nodes of institutions [1, 2] could be asked"), "{error}");
	world.peers.gives(sender, commitment(0), ciphertext(0));
	world.seconds(LONGEST_PAUSE.as_secs()).await;
	assert!(world.holds(0));
}

#[tokio::test]
async fn one_that_does_not_answer_does_not_hold_up_the_others() {
	let mut world = World::new();
	let (silent, sender) = (world.chain.member(3), world.chain.member(2));
	world.peers.silent.lock().insert(silent);
	world.chain.send(3, &[1, 3]);
	for number in 1..20 {
		world.chain.send(2, &[1, 2]);
		world.peers.gives(sender, commitment(number), ciphertext(number));
	}
	world.block().await;
	assert_eq!((world.missing(), world.worker.fetches.len()), (1, 1));
}

#[tokio::test]
async fn a_submitted_payload_becomes_final_and_is_not_fetched() {
	let mut world = World::new();
	let other = world.chain.member(2);
	world.peers.connect(other);
	world.service.submit(commitment(0), &ciphertext(0)).unwrap();
	world.service.submit(commitment(1), &ciphertext(7)).unwrap();
	world.service.submit(commitment(2), &ciphertext(2)).unwrap();
	world.chain.send(1, &[1, 2]);
	world.chain.send(1, &[1, 2]);
	world.chain.send(2, &[2, 3]);
	world.block().await;
	let state = world.service.entry(&commitment(0)).unwrap().state;
	assert_eq!(state, State::Final { number: 0, sent_at: Height(1) });
	assert!(!world.holds(1), "it was another payload than the envelope's");
	assert!(!world.holds(2), "it is not for this institution");
	assert_eq!(world.missing(), 1);
	assert_eq!(world.metric("syndic_privacy_payloads_removed_total", "not-the-payload"), 2.0);
	// Once the envelope is final, only its payload is taken.
	let wrong = world.service.submit(commitment(1), &ciphertext(7));
	assert!(matches!(wrong, Err(Error::WrongCiphertext { .. })), "{wrong:?}");
	let foreign = world.service.submit(commitment(2), &ciphertext(2));
	assert!(matches!(foreign, Err(Error::NotReader { .. })), "{foreign:?}");
	world.service.submit(commitment(1), &ciphertext(1)).unwrap();
	assert_eq!(world.missing(), 0);
	assert_eq!(world.service.payload(commitment(1)).unwrap().1, ciphertext(1));
}

#[tokio::test]
async fn a_payload_whose_envelope_never_comes_is_removed() {
	let mut world = World::new();
	world.service.submit(commitment(5), &ciphertext(5)).unwrap();
	world.chain.goes_on(SUBMITTED_BLOCKS);
	world.seconds(1).await;
	assert!(world.holds(5));
	world.chain.goes_on(1);
	world.seconds(1).await;
	assert!(!world.holds(5));
	assert_eq!(world.metric("syndic_privacy_payloads_removed_total", "never-sent"), 1.0);
}

#[tokio::test]
async fn retention_removes_what_is_old_and_nobody_fetches_it_again() {
	let mut world = World::with(Limits::mib(1), Some(100));
	let sender = world.chain.member(2);
	world.peers.gives(sender, commitment(0), ciphertext(0));
	world.chain.send(2, &[1, 2]);
	world.chain.send(2, &[1, 2]);
	world.block().await;
	assert_eq!((world.holds(0), world.missing()), (true, 1));
	world.chain.goes_on(98);
	world.seconds(1).await;
	assert_eq!((world.holds(0), world.missing()), (true, 1));
	world.chain.goes_on(2);
	world.seconds(1).await;
	assert_eq!((world.holds(0), world.missing()), (false, 0), "also what never came is given up");
	let answer = world.service.payload(commitment(0));
	assert!(matches!(answer, Err(Error::Purged { cause: "retention", .. })), "{answer:?}");
	fs::remove_file(world.dir.path().join("cursor")).unwrap();
	world.restart();
	world.peers.take_asked();
	world.block().await;
	assert_eq!((world.missing(), world.peers.take_asked().len()), (0, 0));
}

#[tokio::test]
async fn what_an_operator_purges_is_not_fetched_again() {
	let mut world = World::new();
	let sender = world.chain.member(2);
	world.peers.gives(sender, commitment(0), ciphertext(0));
	world.chain.send(2, &[1, 2]);
	world.chain.send(2, &[1, 2]);
	world.block().await;
	assert!(world.service.purge(commitment(0)).unwrap());
	assert!(!world.service.purge(commitment(1)).unwrap(), "it was not here, and is not asked for any more");
	assert_eq!(world.missing(), 0);
	let unknown = world.service.purge(commitment(9));
	assert!(matches!(unknown, Err(Error::UnknownEnvelope { .. })), "{unknown:?}");
	world.peers.take_asked();
	// A purged payload is not fetched even after the cursor file was lost. The tick makes the worker write that file.
	world.seconds(1).await;
	fs::remove_file(world.dir.path().join("cursor")).unwrap();
	world.restart();
	world.block().await;
	assert_eq!((world.missing(), world.peers.take_asked().len()), (0, 0));
	assert!(matches!(world.service.payload(commitment(0)), Err(Error::Purged { cause: "operator", .. })));
}

#[tokio::test]
async fn a_full_store_keeps_what_it_has_and_asks_again_later() {
	let mut world = World::with(Limits { bytes: 400, payloads: 9, submitted: 9 }, None);
	let sender = world.chain.member(2);
	for number in 0..2 {
		world.chain.send(2, &[1, 2]);
		world.peers.gives(sender, commitment(number), ciphertext(number));
	}
	world.block().await;
	assert_eq!((world.holds(0), world.holds(1), world.missing()), (true, false, 1));
	assert_eq!(world.peers.take_asked().len(), 1, "nobody is asked for what there is no room for");
	world.service.purge(commitment(0)).unwrap();
	world.seconds(LONGEST_PAUSE.as_secs()).await;
	assert!(world.holds(1));
}

#[tokio::test]
async fn a_damaged_payload_is_fetched_again() {
	let mut world = World::new();
	let sender = world.chain.member(2);
	world.peers.gives(sender, commitment(0), ciphertext(0));
	world.chain.send(2, &[1, 2]);
	world.block().await;
	world.seconds(1).await;
	let file = world.dir.path().join(hex::encode(commitment(0)));
	for restart in [false, true] {
		let mut bytes = fs::read(&file).unwrap();
		*bytes.last_mut().unwrap() ^= 1;
		if restart {
			bytes[20] ^= 1;
		}
		fs::write(&file, bytes).unwrap();
		if restart {
			world.restart();
		} else {
			let answer = world.service.payload(commitment(0));
			assert!(matches!(answer, Err(Error::NotHere { .. })), "{answer:?}");
		}
		world.seconds(2).await;
		assert_eq!(world.service.payload(commitment(0)).unwrap().1, ciphertext(0), "{restart}");
	}
}

#[tokio::test]
async fn off_means_off_and_on_goes_on() {
	let mut world = World::new();
	let (sender, silent) = (world.chain.member(2), world.chain.member(3));
	world.peers.silent.lock().insert(silent);
	world.chain.send(3, &[1, 3]);
	world.block().await;
	assert_eq!(world.worker.fetches.len(), 1);
	world.service.set_on(false);
	world.peers.gives(sender, commitment(1), ciphertext(1));
	world.chain.send(2, &[1, 2]);
	world.block().await;
	world.seconds(3).await;
	assert_eq!((world.worker.fetches.len(), world.holds(1)), (0, false));
	assert!(matches!(world.service.submit(commitment(7), &ciphertext(7)), Err(Error::Off)));
	let error = world.service.payload(commitment(1)).unwrap_err().to_string();
	assert!(error.contains("service is off"), "{error}");
	world.peers.silent.lock().clear();
	world.peers.gives(silent, commitment(0), ciphertext(0));
	world.service.set_on(true);
	world.block().await;
	world.seconds(1).await;
	assert!(world.holds(0) && world.holds(1));
}

#[tokio::test]
async fn it_idles_without_an_institution_and_with_an_old_runtime_or_a_silent_one() {
	let mut world = World::new();
	let sender = world.chain.member(2);
	world.peers.gives(sender, commitment(0), ciphertext(0));
	world.chain.0.lock().too_old = true;
	world.chain.send(2, &[1, 2]);
	world.block().await;
	assert!(matches!(world.service.payload(commitment(0)), Err(Error::NotSupported)));
	assert!(!world.service.standing().unwrap().supported);
	world.chain.0.lock().too_old = false;
	world.chain.0.lock().fails = true;
	world.block().await;
	assert!(matches!(world.service.payload(commitment(0)), Err(Error::Chain(_))));
	world.chain.0.lock().fails = false;
	let ours = world.chain.0.lock().peers.remove(&1);
	world.block().await;
	assert!(matches!(world.service.submit(commitment(7), &ciphertext(7)), Err(Error::NoInstitution(_))));
	assert!(world.peers.take_asked().is_empty());
	// As soon as the node is registered it fetches everything, including payloads that were sent before.
	world.chain.0.lock().peers.insert(1, ours.unwrap());
	world.block().await;
	assert!(world.holds(0));
}

#[tokio::test]
async fn what_fails_is_tried_again_and_not_at_once() {
	let mut world = World::new();
	let sender = world.chain.member(2);
	for _ in 0..3 {
		world.chain.send(2, &[1, 2]);
	}
	world.block().await;
	world.seconds(1).await;
	world.restart();
	// If the worker retried a failed step at once, this would not end.
	world.chain.0.lock().fails = true;
	world.block().await;
	world.seconds(2).await;
	world.chain.0.lock().fails = false;
	for number in 0..3 {
		world.peers.gives(sender, commitment(number), ciphertext(number));
	}
	world.block().await;
	assert_eq!((world.missing(), world.service.standing().unwrap().stored), (0, 3));
}

#[tokio::test]
async fn a_node_that_changes_its_institution_looks_through_all_envelopes_again() {
	let mut world = World::new();
	let sender = world.chain.member(2);
	for number in 0..2 {
		world.peers.gives(sender, commitment(number), ciphertext(number));
	}
	world.chain.send(2, &[2, 3]);
	world.chain.send(2, &[1, 2]);
	world.block().await;
	assert_eq!((world.holds(0), world.holds(1)), (false, true));
	let ours = world.chain.0.lock().peers.remove(&1).unwrap();
	world.chain.0.lock().peers.insert(3, ours);
	world.block().await;
	assert_eq!((world.holds(0), world.holds(1)), (true, true));
}

#[tokio::test]
async fn one_institution_that_sends_no_payloads_does_not_keep_others_from_being_fetched() {
	let mut world = World::new();
	let (spammer, sender) = (world.chain.member(3), world.chain.member(2));
	world.peers.connect(spammer);
	let many = MAX_MISSING_OF_ONE as u64 + 50;
	for _ in 0..many {
		world.chain.send(3, &[1, 3]);
	}
	world.chain.send(2, &[1, 2]);
	world.peers.gives(sender, commitment(many), ciphertext(many));
	world.block().await;
	assert_eq!(world.missing(), MAX_MISSING_OF_ONE);
	world.seconds(40).await;
	assert!(world.holds(many));
	// Payloads for which the list had no room are not forgotten, not even by a restart.
	for number in 0..many {
		world.peers.gives(spammer, commitment(number), ciphertext(number));
	}
	world.restart();
	world.block().await;
	world.seconds(300).await;
	assert_eq!(world.missing(), 0);
	assert_eq!(world.service.standing().unwrap().stored as u64, many + 1);
}

#[test]
fn the_list_of_what_is_missing_is_bounded() {
	let world = World::new();
	let (mut list, now) = (MissingList::default(), Instant::now());
	let mut added = 0;
	for number in 0..2 * MAX_MISSING as u64 {
		let mut envelope = world.chain.send((number % 7) as u32, &[1]);
		envelope.number = number;
		added += usize::from(list.add(envelope, now));
	}
	assert_eq!((added, list.len(), list.is_full()), (MAX_MISSING, MAX_MISSING, true));
	assert!(list.remove(5).is_some() && list.remove(5).is_none());
	assert!(list.add(world.chain.send(5, &[1]), now));
	assert!(list.of(&commitment(6)).is_some());
	assert!(list.of(&commitment(5)).is_none());
	list.clear();
	assert_eq!(list.len(), 0);
}
