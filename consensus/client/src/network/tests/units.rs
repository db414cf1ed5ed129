//! Tests that need no network.

use super::super::{
	admission::{Opened, Refusal, Table},
	handshake::{Handshake, HandshakeError},
	wire::{self, Bulk, Form, Protocol, WireError},
	NetworkError, MAX_BLOCK_BYTES, MAX_BULK_NOTIFICATION, MAX_VOTES_NOTIFICATION,
};
use crate::compact::MAX_COMPACT_BYTES;
use codec::Encode;
use sc_network::PeerId;
use sp_core::{ed25519, H256};
use sp_keystore::{testing::MemoryKeystore, Keystore, KeystorePtr};
use sp_runtime::{Digest, DigestItem};
use std::sync::Arc;
use syndic_pbft::{
	DecodeError, Message, NewView, PreparedBlock, SignedNewView, SignedViewChange, ViewChange, MAX_HEADER_BYTES,
	MAX_MESSAGE_BYTES, MAX_VIEW_CHANGE_BYTES, MAX_WINDOW,
};
use syndic_primitives::{
	block::Header, certificate::MAX_CERTIFICATE_BYTES, BlockHash, Certificate, Height, Phase, SetId, SignedVote,
	SignerIndex, ValidatorId, ValidatorSignature, View, Vote, MAX_VALIDATORS, PBFT_KEY_TYPE,
};

fn keystore() -> KeystorePtr {
	Arc::new(MemoryKeystore::new())
}

fn new_key(keystore: &KeystorePtr, seed: &str) -> ValidatorId {
	keystore.ed25519_generate_new(PBFT_KEY_TYPE, Some(seed)).expect("a valid seed").into()
}

pub(super) fn genesis() -> BlockHash {
	H256::repeat_byte(1)
}

pub(super) fn signature() -> ValidatorSignature {
	ed25519::Signature::from_raw([3; 64]).into()
}

pub(super) fn vote(phase: Phase) -> SignedVote {
	let vote =
		Vote { set_id: SetId(u64::MAX), height: Height(2), view: View(3), phase, block_hash: H256::repeat_byte(4) };
	SignedVote { vote, signer: SignerIndex(5), signature: signature() }
}

fn largest_certificate() -> Certificate {
	let signatures = (0..MAX_VALIDATORS as u16).map(|n| (SignerIndex(n), signature())).collect();
	Certificate { vote: vote(Phase::Commit).vote, signatures }
}

/// A prepared block with a header of the maximum length.
fn largest_prepared() -> PreparedBlock {
	let header = |bytes: usize| Header {
		parent_hash: genesis(),
		number: u32::MAX,
		state_root: genesis(),
		extrinsics_root: genesis(),
		digest: Digest { logs: vec![DigestItem::Other(vec![0; bytes])] },
	};
	let rest = header(MAX_HEADER_BYTES).encode().len() - MAX_HEADER_BYTES;
	PreparedBlock { certificate: largest_certificate(), header: header(MAX_HEADER_BYTES - rest) }
}

fn largest_view_change() -> SignedViewChange {
	let view_change = ViewChange {
		set_id: SetId(1),
		new_view: View(2),
		committed: Some(largest_certificate()),
		prepared: (0..MAX_WINDOW).map(|_| largest_prepared()).collect(),
	};
	SignedViewChange { view_change, signer: SignerIndex(1), signature: signature() }
}

fn new_view(view_changes: Vec<SignedViewChange>) -> Message {
	let reproposals = vec![(Height(1), genesis())];
	let new_view = NewView { set_id: SetId(1), view: View(2), view_changes, reproposals };
	Message::NewView(SignedNewView { new_view, signer: SignerIndex(1), signature: signature() })
}

#[test]
fn a_handshake_proves_a_key_to_one_chain_by_one_node() {
	let (keystore, peer) = (keystore(), PeerId::random());
	let key = new_key(&keystore, "//Alice");
	let good = Handshake::sign(&keystore, &genesis(), &key, &peer).unwrap();
	assert_eq!(Handshake::check(&good.encode(), &genesis(), &peer), Ok(key.clone()));

	let stranger = new_key(&keystore, "//Bob");
	let short = &good.encode()[1..];
	let long = (good.clone(), 0u8).encode();
	let stolen = Handshake { key: stranger.clone(), ..good.clone() }.encode();
	let forged = Handshake { signature: signature(), ..good.clone() }.encode();
	let other_chain = H256::repeat_byte(2);
	let elsewhere = Handshake::sign(&keystore, &other_chain, &key, &peer).unwrap();
	let relabelled = Handshake { genesis: genesis(), ..elsewhere.clone() }.encode();
	let bad_signature = |key: &ValidatorId| Err(HandshakeError::BadSignature(key.clone()));
	let cases: Vec<(&[u8], PeerId, Result<ValidatorId, HandshakeError>)> = vec![
		(&[], peer, Err(HandshakeError::Malformed(0))),
		(&[4], peer, Err(HandshakeError::Malformed(1))),
		(short, peer, Err(HandshakeError::Malformed(127))),
		(&long, peer, Err(HandshakeError::Malformed(129))),
		(&stolen, peer, bad_signature(&stranger)),
		(&forged, peer, bad_signature(&key)),
		(&relabelled, peer, bad_signature(&key)),
	];
	for (bytes, peer, expected) in cases {
		assert_eq!(Handshake::check(bytes, &genesis(), &peer), expected);
	}
	assert_eq!(
		Handshake::check(&elsewhere.encode(), &genesis(), &peer),
		Err(HandshakeError::OtherChain(other_chain)),
		"another chain"
	);
	let replayed = Handshake::check(&good.encode(), &genesis(), &PeerId::random());
	assert_eq!(replayed, bad_signature(&key), "by another node");
}

#[test]
fn a_key_that_is_not_in_the_keystore_is_named() {
	let key: ValidatorId = ed25519::Public::from_raw([9; 32]).into();
	let error = Handshake::sign(&keystore(), &genesis(), &key, &PeerId::random()).unwrap_err();
	assert!(matches!(&error, NetworkError::KeyMissing(missing) if *missing == key));
	assert!(error.to_string().contains(&key.to_string()));
}

/// Alice's table, and the handshakes of others.
struct Fixture {
	table: Table,
	keystore: KeystorePtr,
	alice: ValidatorId,
	bob: ValidatorId,
	charlie: ValidatorId,
}

impl Fixture {
	fn new() -> Self {
		let keystore = keystore();
		let [alice, bob, charlie] = ["//Alice", "//Bob", "//Charlie"].map(|seed| new_key(&keystore, seed));
		Self { table: Table::new(genesis(), alice.clone()), keystore, alice, bob, charlie }
	}

	fn handshake(&self, key: &ValidatorId, peer: &PeerId) -> Vec<u8> {
		Handshake::sign(&self.keystore, &genesis(), key, peer).unwrap().encode()
	}

	fn judge(&self, key: &ValidatorId, peer: &PeerId) -> Result<ValidatorId, Refusal> {
		self.table.judge(peer, &self.handshake(key, peer))
	}

	fn open(&mut self, protocol: Protocol, key: &ValidatorId, peer: PeerId) -> Result<Opened, Refusal> {
		let handshake = self.handshake(key, &peer);
		self.table.open(protocol, peer, &handshake)
	}
}

#[test]
fn only_admitted_keys_are_let_in_and_only_while_ours_is() {
	let mut f = Fixture::new();
	let peer = PeerId::random();
	assert_eq!(f.judge(&f.bob, &peer), Err(Refusal::WeAreNotAdmitted));
	f.table.admit([f.bob.clone()], []);
	assert_eq!(f.judge(&f.bob, &peer), Err(Refusal::WeAreNotAdmitted));
	f.table.admit([f.alice.clone(), f.bob.clone()], []);
	assert_eq!(f.judge(&f.bob, &peer), Ok(f.bob.clone()));
	assert_eq!(f.judge(&f.charlie, &peer), Err(Refusal::NotAdmitted(f.charlie.clone())));
	assert_eq!(f.judge(&f.alice, &peer), Err(Refusal::OwnKey));
	let garbage = f.table.judge(&peer, b"hello");
	assert_eq!(garbage, Err(Refusal::Handshake(HandshakeError::Malformed(5))));
}

#[test]
fn a_validator_is_connected_while_a_node_of_its_has_both_protocols() {
	let mut f = Fixture::new();
	let (bob, first, second) = (f.bob.clone(), PeerId::random(), PeerId::random());
	f.table.admit([f.alice.clone(), bob.clone()], []);
	let opened = |connected, also_on| Ok(Opened { key: bob.clone(), connected, also_on });
	assert_eq!(f.open(Protocol::Votes, &bob, first), opened(false, None));
	assert_eq!(f.open(Protocol::Bulk, &bob, first), opened(true, None));
	assert_eq!(f.table.handle().peers_of(&bob), [first]);
	assert_eq!(f.open(Protocol::Votes, &bob, second), opened(false, Some(first)), "a second host is told of");
	assert_eq!(f.open(Protocol::Bulk, &bob, second), opened(false, None), "once");
	assert_eq!((f.table.connected(), f.table.handle().connected()), (1, vec![bob.clone()]));
	assert_eq!(f.table.close(Protocol::Votes, &first), None, "the other host is there");
	assert!(!f.table.is_open(Protocol::Votes, &first) && f.table.is_open(Protocol::Bulk, &first));
	assert_eq!(f.table.close(Protocol::Bulk, &second), Some(bob.clone()));
	assert_eq!(f.table.close(Protocol::Bulk, &second), None);
	assert_eq!(f.open(Protocol::Votes, &bob, first), opened(true, None));
	assert_eq!(f.table.remove(&second), None);
	assert_eq!(f.table.remove(&first), Some(bob.clone()));
	assert_eq!(f.table.remove(&first), None);
	assert!(f.table.handle().connected().is_empty());
}

#[test]
fn a_node_speaks_for_one_key_and_a_key_from_few_nodes() {
	let mut f = Fixture::new();
	let (bob, charlie, peer) = (f.bob.clone(), f.charlie.clone(), PeerId::random());
	f.table.admit([f.alice.clone(), bob.clone(), charlie.clone()], []);
	f.open(Protocol::Votes, &bob, peer).unwrap();
	let two_keys = Refusal::TwoKeys { first: bob.clone(), second: charlie.clone() };
	assert_eq!(f.open(Protocol::Bulk, &charlie, peer), Err(two_keys));
	let hosts: Vec<PeerId> = (0..3).map(|_| PeerId::random()).collect();
	for host in &hosts {
		f.open(Protocol::Votes, &bob, *host).unwrap();
	}
	assert_eq!(f.open(Protocol::Votes, &bob, PeerId::random()), Err(Refusal::TooManyHosts(bob.clone())));
	f.table.close(Protocol::Votes, &hosts[0]);
	assert!(f.open(Protocol::Votes, &bob, PeerId::random()).is_ok());
}

#[test]
fn who_is_not_admitted_any_more_must_go() {
	let mut f = Fixture::new();
	let (bob, charlie) = (f.bob.clone(), f.charlie.clone());
	let all = [f.alice.clone(), bob.clone(), charlie.clone()];
	let (first, second) = (PeerId::random(), PeerId::random());
	assert_eq!(f.table.admit(all.clone(), []), (true, vec![]));
	f.open(Protocol::Votes, &bob, first).unwrap();
	f.open(Protocol::Votes, &charlie, second).unwrap();
	assert_eq!(f.table.admit(all, []), (false, vec![]));
	assert_eq!(f.table.admit([f.alice.clone(), charlie.clone()], []), (true, vec![first]));
	f.table.remove(&first);
	assert_eq!(f.table.admit([bob, charlie], []), (true, vec![second]), "we left");
}

#[test]
fn messages_travel_on_their_protocol() {
	let small = SignedViewChange {
		view_change: ViewChange { set_id: SetId(1), new_view: View(2), committed: None, prepared: vec![] },
		signer: SignerIndex(1),
		signature: signature(),
	};
	let on_votes = [
		Message::PrePrepare(vote(Phase::PrePrepare)),
		Message::Vote(vote(Phase::Prepare)),
		Message::ViewChange(small.clone()),
		Message::Committed(largest_certificate()),
	];
	for message in on_votes {
		assert_eq!(wire::decode_votes(&message.encode()), Ok(message.clone()));
		let bulk = wire::decode_bulk(wire::encode_bulk_message(&message));
		assert_eq!(bulk, Err(WireError::WrongProtocol(message.name())));
	}
	let message = new_view(vec![small]);
	assert_eq!(wire::decode_bulk(wire::encode_bulk_message(&message)), Ok(Bulk::Message(message.clone())));
	assert_eq!(wire::decode_votes(&message.encode()), Err(WireError::WrongProtocol("new-view")));
}

#[test]
fn a_block_arrives_as_it_is_and_is_not_copied() {
	let block: Vec<u8> = (0..=255).cycle().take(1 << 20).collect();
	for length in [0, 1, 116, 1 << 20] {
		let bytes = wire::encode_proposal(Form::Full, &vote(Phase::PrePrepare), &block[..length]);
		let at = bytes.as_ptr();
		let Ok(Bulk::Proposal(Form::Full, signed, body)) = wire::decode_bulk(bytes) else { panic!("a proposal") };
		assert_eq!((signed, &body[..]), (vote(Phase::PrePrepare), &block[..length]));
		assert_eq!(body.as_ptr(), at);
	}
}

#[test]
fn nonsense_is_refused_by_name() {
	let proposal = wire::encode_proposal(Form::Full, &vote(Phase::Prepare), &[]);
	let mut unknown_phase = proposal.clone();
	unknown_phase[16] = 3;
	let too_long = vec![0; MAX_BLOCK_BYTES + 1];
	let cases: Vec<(Vec<u8>, WireError, &str)> = vec![
		(vec![], WireError::UnknownKind(None), "undecodable"),
		(vec![3], WireError::UnknownKind(Some(3)), "undecodable"),
		(vec![0], WireError::NoProposal(0), "undecodable"),
		(proposal[1..].to_vec(), WireError::NoProposal(114), "undecodable"),
		(unknown_phase, WireError::NoProposal(115), "undecodable"),
		(
			wire::encode_proposal(Form::Full, &vote(Phase::Prepare), &too_long),
			WireError::BlockTooLong { found: MAX_BLOCK_BYTES + 1, bound: MAX_BLOCK_BYTES },
			"oversize",
		),
		(
			wire::encode_proposal(Form::Compact, &vote(Phase::Prepare), &too_long[..MAX_COMPACT_BYTES + 1]),
			WireError::BlockTooLong { found: MAX_COMPACT_BYTES + 1, bound: MAX_COMPACT_BYTES },
			"oversize",
		),
	];
	for (bytes, error, name) in cases {
		assert_eq!(wire::decode_bulk(bytes), Err(error.clone()));
		assert_eq!(error.name(), name);
	}
	assert!(matches!(wire::decode_bulk(vec![9, 1]), Err(WireError::Message(DecodeError::Malformed(_)))));
	assert!(matches!(wire::decode_votes(&[]), Err(WireError::Message(DecodeError::Malformed(_)))));
	let mut left_over = Message::Vote(vote(Phase::Commit)).encode();
	left_over.push(0);
	assert_eq!(wire::decode_votes(&left_over), Err(WireError::Message(DecodeError::LeftOver(1))));
	// A list that claims to be longer than everything that follows.
	let mut claims = new_view(vec![]).encode();
	claims.truncate(1 + 8 + 4);
	claims.extend([0xfe, 0xff, 0xff, 0xff]);
	assert!(wire::decode_bulk([claims, vec![1]].concat()).is_err());
}

#[test]
fn the_largest_messages_fit() {
	assert!(largest_certificate().encode().len() <= MAX_CERTIFICATE_BYTES);
	let view_change = Message::ViewChange(largest_view_change()).encode();
	assert!(view_change.len() <= MAX_VIEW_CHANGE_BYTES && (view_change.len() as u64) <= MAX_VOTES_NOTIFICATION);
	assert!(wire::decode_votes(&view_change).is_ok());
	let everybody = new_view(vec![largest_view_change(); MAX_VALIDATORS as usize]);
	let bytes = wire::encode_bulk_message(&everybody);
	assert!(bytes.len() <= MAX_MESSAGE_BYTES && bytes.len() as u64 <= MAX_BULK_NOTIFICATION);
	assert!(wire::decode_bulk(bytes).is_ok());
	let block = wire::encode_proposal(Form::Full, &vote(Phase::PrePrepare), &vec![0; MAX_BLOCK_BYTES]);
	assert!(block.len() as u64 <= MAX_BULK_NOTIFICATION);
	assert!(wire::decode_bulk(block).is_ok());
}
