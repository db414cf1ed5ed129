//! The protocols over real connections.

use super::{
	super::{handshake::Handshake, FetchError, NetworkCommand, NetworkEvent},
	nodes::{block_two, genesis, key, peer_id, raw_votes_node, Node},
};
use crate::chain::Home;
use codec::Encode;
use sc_network::service::traits::{NotificationEvent, ValidationResult};
use sp_core::{ed25519, H256};
use sp_keystore::{testing::MemoryKeystore, Keystore, KeystorePtr};
use std::{
	sync::Arc,
	time::{Duration, Instant},
};
use syndic_pbft::{Message, NewView, SignedNewView};
use syndic_primitives::{Height, Phase, SetId, SignedVote, SignerIndex, View, Vote, PBFT_KEY_TYPE};

/// Time limit that is long enough for every expected event, even on a busy machine.
const LONG: Duration = Duration::from_secs(20);
/// How long both sides open no substream after one has closed; see the parent module.
const BACK_OFF: Duration = Duration::from_secs(5);

fn vote(height: u32) -> SignedVote {
	let block_hash = H256::repeat_byte(1);
	let vote = Vote { set_id: SetId(0), height: Height(height), view: View(0), phase: Phase::Prepare, block_hash };
	SignedVote { vote, signer: SignerIndex(0), signature: ed25519::Signature::default().into() }
}

fn new_view() -> Message {
	let new_view = NewView { set_id: SetId(0), view: View(1), view_changes: vec![], reproposals: vec![] };
	let signature = ed25519::Signature::default().into();
	Message::NewView(SignedNewView { new_view, signer: SignerIndex(1), signature })
}

/// Every node discovers every other node.
fn introduce(nodes: &[&Node]) {
	for node in nodes {
		for other in nodes.iter().filter(|other| other.bare.peer != node.bare.peer) {
			node.discovers(&other.bare);
		}
	}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn validators_mesh_and_talk() {
	let dir = tempfile::tempdir().unwrap();
	let record = dir.path().join("votes.jsonl");
	let mut a = Node::start(1, "//Alice");
	let mut b = Node::start_recording(2, "//Bob", Some(record.clone()));
	let mut c = Node::start(3, "//Charlie");
	let all = ["//Alice", "//Bob", "//Charlie"];
	for node in [&a, &b, &c] {
		node.admit(&all).await;
	}
	introduce(&[&a, &b, &c]);
	let took = a.wait_connected(LONG, &all[1..]).await.expect("meshed");
	// On a busy machine two nodes may dial each other at the same time, and try again five seconds later.
	assert!(took < Duration::from_secs(8), "{took:?}");
	assert!(b.wait_connected(LONG, &["//Alice", "//Charlie"]).await.is_some());
	assert!(c.wait_connected(LONG, &["//Alice", "//Bob"]).await.is_some());
	assert_eq!(a.handle.connected().len(), 2);
	assert_eq!(a.handle.peers_of(&key("//Bob")), [b.bare.peer]);
	assert_eq!(a.metric("syndic_pbft_validators_connected", ""), 2.0);

	let from = a.bare.peer;
	let voted = NetworkEvent::Message { from, message: Message::Vote(vote(1)) };
	a.command(NetworkCommand::Broadcast(Message::Vote(vote(1)))).await;
	assert!(b.wait_for(LONG, |event| *event == voted).await.is_some());
	assert!(c.wait_for(LONG, |event| *event == voted).await.is_some());

	let block = Arc::new((0..=255).cycle().take(3 << 20).collect::<Vec<u8>>());
	let proposed = NetworkEvent::Proposal { from, pre_prepare: vote(2), block: block.clone() };
	a.command(NetworkCommand::BroadcastProposal(vote(2), block.clone())).await;
	assert!(b.wait_for(LONG, |event| *event == proposed).await.is_some());
	assert!(c.wait_for(LONG, |event| *event == proposed).await.is_some());

	let hashes = Arc::new(vec![5; 3_000]);
	let proposed = NetworkEvent::CompactProposal { from, pre_prepare: vote(2), block: hashes.clone() };
	a.command(NetworkCommand::BroadcastCompact(vote(2), hashes)).await;
	assert!(b.wait_for(LONG, |event| *event == proposed).await.is_some());
	assert!(c.wait_for(LONG, |event| *event == proposed).await.is_some());
	assert_eq!(a.metric("syndic_pbft_proposal_bytes_total", "compact"), 2.0 * 3_000.0);
	assert_eq!(a.metric("syndic_pbft_proposal_bytes_total", "full"), 2.0 * (3 << 20) as f64);

	let begun = NetworkEvent::Message { from, message: new_view() };
	a.command(NetworkCommand::Send(key("//Bob"), new_view())).await;
	a.command(NetworkCommand::SendProposal(key("//Charlie"), vote(3), block)).await;
	assert!(b.wait_for(LONG, |event| *event == begun).await.is_some());
	let other = c.wait_for(LONG, |event| !matches!(event, NetworkEvent::Proposal { .. })).await;
	assert!(other.is_none() || other > Some(BACK_OFF), "what is for Bob went to Charlie");

	let recorded = std::fs::read_to_string(record).unwrap();
	assert_eq!(recorded.lines().count(), 3, "{recorded}");
	assert!(recorded.contains("\"height\":2") && recorded.contains(&from.to_base58()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_validator_that_was_killed_is_back_at_once() {
	let all = ["//Alice", "//Bob", "//Charlie"];
	let mut a = Node::start(1, all[0]);
	let mut b = Node::start(2, all[1]);
	let c = Node::start(3, all[2]);
	for node in [&a, &b, &c] {
		node.admit(&all).await;
	}
	introduce(&[&a, &b, &c]);
	a.wait_connected(LONG, &all[1..]).await.expect("meshed");
	b.wait_connected(LONG, &["//Alice", "//Charlie"]).await.expect("meshed");
	let old = c.bare.peer;
	// No message announces the end; the sockets just close.
	drop(c);
	let gone = NetworkEvent::Disconnected(key("//Charlie"));
	assert!(a.wait_for(LONG, |event| *event == gone).await.is_some());
	assert!(b.wait_for(LONG, |event| *event == gone).await.is_some());
	let down = Instant::now();
	for node in [&a, &b] {
		node.loses(old);
	}
	// Charlie counts as disconnected when its first protocol closes; the second follows.
	let forgotten = async {
		while !a.handle.peers_of(&key("//Charlie")).is_empty() {
			tokio::time::sleep(Duration::from_millis(5)).await;
		}
	};
	tokio::time::timeout(LONG, forgotten).await.expect("both protocols close");

	// Charlie knows the others, as from its boot nodes; they do not know where Charlie is now.
	let mut c = Node::start(3, all[2]);
	c.admit(&all).await;
	c.discovers(&a.bare);
	c.discovers(&b.bare);
	assert!(c.wait_connected(LONG, &all[..2]).await.is_some());
	assert!(a.wait_connected(LONG, &all[2..]).await.is_some());
	assert!(b.wait_connected(LONG, &all[2..]).await.is_some());
	assert!(down.elapsed() < Duration::from_secs(3), "{:?}: they waited for their back-off to end", down.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_admitted_while_running_is_connected_and_who_is_removed_is_cut() {
	let (before, after) = (["//Alice", "//Bob"], ["//Alice", "//Bob", "//Dave"]);
	let mut a = Node::start(1, "//Alice");
	let mut b = Node::start(2, "//Bob");
	let mut d = Node::start(4, "//Dave");
	for node in [&a, &b, &d] {
		node.admit(&before).await;
	}
	introduce(&[&a, &b, &d]);
	a.wait_connected(LONG, &["//Bob"]).await.expect("meshed");
	b.wait_connected(LONG, &["//Alice"]).await.expect("meshed");
	assert!(d.wait_connected(Duration::from_secs(2), &["//Alice"]).await.is_none());
	assert_eq!((a.handle.connected(), d.handle.connected()), (vec![key("//Bob")], vec![]));
	assert!(d.metric("syndic_pbft_handshakes_refused_total", "we-are-not-admitted") > 0.0);

	// The nodes get the new list one after the other, as from blocks.
	let began = Instant::now();
	for node in [&a, &b, &d] {
		node.admit(&after).await;
		tokio::time::sleep(Duration::from_millis(50)).await;
	}
	assert!(d.wait_connected(LONG, &before).await.is_some());
	assert!(a.wait_connected(LONG, &["//Dave"]).await.is_some());
	assert!(b.wait_connected(LONG, &["//Dave"]).await.is_some());
	assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());

	for node in [&a, &b] {
		node.admit(&before).await;
	}
	let gone = NetworkEvent::Disconnected(key("//Dave"));
	assert!(a.wait_for(LONG, |event| *event == gone).await.is_some());
	let cut = d.wait_for(LONG, |event| *event == NetworkEvent::Disconnected(key("//Alice"))).await;
	assert!(cut.is_some(), "the substream is closed, not only ignored");
	d.command(NetworkCommand::Broadcast(Message::Vote(vote(9)))).await;
	let heard = a.wait_for(Duration::from_secs(1), |event| matches!(event, NetworkEvent::Message { .. })).await;
	assert_eq!(heard, None);
	assert!(b.wait_for(LONG, |event| *event == gone).await.is_some());
	assert_eq!(a.handle.connected(), [key("//Bob")], "the others stay");
}

/// Charlie is in the committee of the next era: it is connected, receives no broadcasts until its set is scheduled, and
/// receives all afterwards.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_committee_is_connected_early_and_hears_no_broadcasts() {
	let (members, all) = (["//Alice", "//Bob"], ["//Alice", "//Bob", "//Charlie"]);
	let mut a = Node::start(1, "//Alice");
	let mut b = Node::start(2, "//Bob");
	let mut c = Node::start(3, "//Charlie");
	for node in [&a, &b, &c] {
		node.admit_early(&members, &all[2..]).await;
	}
	introduce(&[&a, &b, &c]);
	a.wait_connected(LONG, &all[1..]).await.expect("meshed");
	c.wait_connected(LONG, &members).await.expect("meshed");
	b.wait_connected(LONG, &["//Alice", "//Charlie"]).await.expect("meshed");

	let heard = |height| move |event: &NetworkEvent| matches!(event, NetworkEvent::Message { message: Message::Vote(v), .. } if *v == vote(height));
	a.command(NetworkCommand::Broadcast(Message::Vote(vote(1)))).await;
	a.command(NetworkCommand::BroadcastProposal(vote(2), Arc::new(vec![7; 1000]))).await;
	a.command(NetworkCommand::Send(key("//Charlie"), Message::Vote(vote(3)))).await;
	// A vote and a proposal travel on different protocols, so either may come first.
	let (voted, proposed) = (std::cell::Cell::new(false), std::cell::Cell::new(false));
	let both = |event: &NetworkEvent| {
		voted.set(voted.get() || heard(1)(event));
		proposed.set(proposed.get() || matches!(event, NetworkEvent::Proposal { .. }));
		voted.get() && proposed.get()
	};
	assert!(b.wait_for(LONG, both).await.is_some());
	// The message to Charlie alone arrives, and is the first that Charlie receives.
	let first = std::cell::RefCell::new(None);
	let any = |event: &NetworkEvent| {
		first.replace(Some(event.clone()));
		true
	};
	assert!(c.wait_for(LONG, any).await.is_some());
	assert!(first.borrow().as_ref().is_some_and(heard(3)), "{first:?}");

	a.admit(&all).await;
	a.command(NetworkCommand::Broadcast(Message::Vote(vote(4)))).await;
	assert!(c.wait_for(LONG, heard(4)).await.is_some());
	assert_eq!(c.handle.connected().len(), 2, "nothing was closed");
}

/// Synchronisation has found neither node; the chain tells each where the other is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registered_nodes_find_each_other_without_synchronisation() {
	let all = ["//Alice", "//Bob"];
	let mut a = Node::start(1, all[0]);
	let mut b = Node::start(2, all[1]);
	for node in [&a, &b] {
		node.admit(&all).await;
	}
	let home = |node: &Node| {
		let peer = syndic_primitives::PeerId::parse(node.bare.peer.to_base58().as_bytes()).expect("it is one");
		Home { peer, addresses: vec!["/nonsense".into(), node.bare.address.to_string()] }
	};
	let homes = vec![home(&a), home(&b)];
	a.command(NetworkCommand::Homes(homes)).await;
	assert!(a.wait_connected(LONG, &all[1..]).await.is_some());
	assert!(b.wait_connected(LONG, &all[..1]).await.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_on_two_hosts_is_noticed() {
	let mut a = Node::start(1, "//Alice");
	let b = Node::start(2, "//Bob");
	let twin = Node::start(5, "//Bob");
	let thief = Node::start(6, "//Alice");
	for node in [&a, &b, &twin, &thief] {
		node.admit(&["//Alice", "//Bob"]).await;
	}
	introduce(&[&a, &b]);
	a.wait_connected(LONG, &["//Bob"]).await.expect("meshed");
	introduce(&[&a, &twin]);
	let both = async {
		while a.handle.peers_of(&key("//Bob")).len() < 2 {
			tokio::time::sleep(Duration::from_millis(20)).await;
		}
	};
	tokio::time::timeout(LONG, both).await.expect("both are let in");
	assert_eq!(a.metric("syndic_pbft_key_on_two_hosts_total", ""), 1.0);

	introduce(&[&a, &thief]);
	let noticed = async {
		while a.metric("syndic_pbft_handshakes_refused_total", "own-key") == 0.0 {
			tokio::time::sleep(Duration::from_millis(20)).await;
		}
	};
	tokio::time::timeout(LONG, noticed).await.expect("our key elsewhere is refused");
	assert!(a.handle.peers_of(&key("//Alice")).is_empty());
	// This node cannot decide which host is the right one, so a message to Bob goes to both.
	let (mut b, mut twin) = (b, twin);
	a.command(NetworkCommand::Send(key("//Bob"), Message::Vote(vote(1)))).await;
	for node in [&mut b, &mut twin] {
		assert!(node.wait_for(LONG, |event| matches!(event, NetworkEvent::Message { .. })).await.is_some());
	}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sends_nonsense_is_cut() {
	let mut a = Node::start(1, "//Alice");
	a.admit(&["//Alice", "//Bob"]).await;
	let keystore: KeystorePtr = Arc::new(MemoryKeystore::new());
	let bob = keystore.ed25519_generate_new(PBFT_KEY_TYPE, Some("//Bob")).unwrap().into();
	let handshake = Handshake::sign(&keystore, &genesis(), &bob, &peer_id(2)).unwrap();
	let (raw, mut service) = raw_votes_node(2, handshake.encode());
	a.discovers(&raw);
	let speaking = raw.process.handle().spawn(async move {
		let mut closed = false;
		while let Some(event) = service.next_event().await {
			match event {
				NotificationEvent::ValidateInboundSubstream { result_tx, .. } => {
					result_tx.send(ValidationResult::Accept).unwrap()
				}
				NotificationEvent::NotificationStreamOpened { peer, .. } => {
					for n in 0..5u8 {
						service.send_sync_notification(&peer, vec![n; 100]);
					}
				}
				NotificationEvent::NotificationStreamClosed { .. } => {
					closed = true;
					break;
				}
				NotificationEvent::NotificationReceived { .. } => {}
			}
		}
		closed
	});
	assert!(tokio::time::timeout(LONG, speaking).await.expect("in time").unwrap(), "cut");
	assert!(a.metric("syndic_pbft_messages_rejected_total", "undecodable") >= 3.0);
	assert!(a.handle.connected().is_empty());
	assert!(a.events.try_recv().is_none(), "nothing of it reached the engine");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocks_and_certificates_are_fetched_from_who_has_them() {
	let mut a = Node::start(1, "//Alice");
	let b = Node::start(2, "//Bob");
	for node in [&a, &b] {
		node.admit(&["//Alice", "//Bob"]).await;
	}
	introduce(&[&a, &b]);
	a.wait_connected(LONG, &["//Bob"]).await.expect("meshed");
	let (here, absent) = (b.bare.peer, peer_id(9));
	let (from, block) = a.fetcher.fetch_block(&[absent, here], Height(1), genesis()).await.expect("the second has it");
	assert_eq!((from, block), (here, vec![1; 3 << 20]));
	assert_eq!(a.fetcher.fetch_certificate(&[here], Height(1)).await, Ok((here, vec![2; 200])));
	assert_eq!(a.fetcher.fetch_certificate(&[here], Height(2)).await, Err(FetchError::NotFound { asked: 1 }));
	let failed = a.fetcher.fetch_block(&[absent, here], Height(2), genesis()).await;
	assert!(matches!(failed, Err(FetchError::Failed { asked: 2, failed: 1, .. })), "{failed:?}");
	assert_eq!(a.fetcher.fetch_block(&[], Height(1), genesis()).await, Err(FetchError::NoPeers));

	let (hash, some) = (block_two().header.hash(), vec![0, 2]);
	let picked = a.fetcher.fetch_transactions(here, Height(2), hash, some.clone()).await.expect("it has them");
	assert_eq!(picked, vec![block_two().extrinsics[0].clone(), block_two().extrinsics[2].clone()].encode());
	let beyond = a.fetcher.fetch_transactions(here, Height(2), hash, vec![3]).await;
	assert_eq!(beyond, Err(FetchError::NotFound { asked: 1 }));
	let gone = a.fetcher.fetch_transactions(absent, Height(2), hash, some).await;
	assert!(matches!(gone, Err(FetchError::Failed { .. })), "{gone:?}");
}
