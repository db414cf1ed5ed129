//! Arbitrary bytes in place of messages: they are refused or decoded, and never cause a panic.

use super::{
	super::{
		handshake::{Handshake, HandshakeError},
		request,
		wire::{self, Bulk, Form, Protocol},
	},
	units::{genesis, signature, vote},
};
use crate::compact::{self, Assembly, CompactBlock};
use codec::{DecodeAll, Encode};
use sc_network::PeerId;
use sp_runtime::{traits::Header as _, OpaqueExtrinsic};
use std::{fs, path::Path};
use syndic_fuzz::{corpus::inputs, runner};
use syndic_pbft::{Message, NewView, SignedNewView, SignedViewChange, ViewChange};
use syndic_primitives::{block::Header, BlockHash, Certificate, Phase, SetId, SignerIndex, View};
use tempfile::TempDir;

const INPUTS: usize = 100_000;

/// A directory with these inputs and those of the decoders of `consensus/pbft`.
fn corpus(own: &[Vec<u8>]) -> TempDir {
	let dir = TempDir::new().expect("there is room for temporary files");
	let decoders = Path::new("../fuzz/corpus/decoders");
	let others = inputs(decoders).into_iter().filter_map(|(_, bytes)| bytes.get(1..).map(<[u8]>::to_vec));
	for (at, bytes) in own.iter().cloned().chain(others.take(64)).enumerate() {
		fs::write(dir.path().join(format!("{at:04}")), bytes).expect("it can be written");
	}
	dir
}

#[test]
fn notifications_that_decode_encode_to_the_same_bytes() {
	let view_change = ViewChange { set_id: SetId(0), new_view: View(1), committed: None, prepared: vec![] };
	let view_changes = vec![SignedViewChange { view_change, signer: SignerIndex(0), signature: signature() }];
	let new_view = NewView { set_id: SetId(0), view: View(1), view_changes, reproposals: vec![] };
	let new_view = Message::NewView(SignedNewView { new_view, signer: SignerIndex(1), signature: signature() });
	let certificate = Certificate { vote: vote(Phase::Commit).vote, signatures: vec![(SignerIndex(1), signature())] };
	let inputs = [
		wire::encode_proposal(Form::Full, &vote(Phase::PrePrepare), b"a block"),
		wire::encode_proposal(Form::Compact, &vote(Phase::PrePrepare), b"hashes"),
		wire::encode_bulk_message(&new_view),
		Message::Committed(certificate).encode(),
		Message::Vote(vote(Phase::Prepare)).encode(),
	];
	runner::run(corpus(&inputs).path(), INPUTS, |bytes| {
		if let Ok(message) = wire::decode_votes(bytes) {
			assert_eq!((message.encode(), Protocol::of(&message)), (bytes.to_vec(), Protocol::Votes));
		}
		match wire::decode_bulk(bytes.to_vec()) {
			Ok(Bulk::Proposal(form, vote, block)) => assert_eq!(wire::encode_proposal(form, &vote, &block), bytes),
			Ok(Bulk::Message(message)) => {
				assert_eq!(wire::encode_bulk_message(&message), bytes);
				assert_eq!(Protocol::of(&message), Protocol::Bulk);
			}
			Err(error) => assert!(!error.name().is_empty()),
		}
	});
}

/// No bytes prove a key that has not signed them.
#[test]
fn handshakes_of_any_bytes_prove_nothing() {
	let key = sp_core::ed25519::Public::from_raw([5; 32]).into();
	let one = Handshake { genesis: genesis(), key, signature: signature() }.encode();
	let peer = PeerId::random();
	runner::run(corpus(&[one]).path(), 5_000, |bytes| {
		if let Ok(handshake) = Handshake::decode_all(&mut &*bytes) {
			assert_eq!(handshake.encode(), bytes);
		}
		match Handshake::check(bytes, &genesis(), &peer) {
			Ok(key) => panic!("{key} has signed nothing"),
			Err(HandshakeError::Malformed(length)) => assert_eq!(length, bytes.len()),
			Err(HandshakeError::OtherChain(found)) => assert_ne!(found, genesis()),
			Err(HandshakeError::BadSignature(_)) => {}
		}
	});
}

#[test]
fn requests_that_decode_encode_to_the_same_bytes() {
	let inputs = [vec![1; 4], vec![2; 36], vec![0; 64], vec![3; 65], (7u32, genesis(), vec![1u32, 5]).encode()];
	runner::run(corpus(&inputs).path(), INPUTS, |bytes| {
		let again = [
			request::certificate_request_again(bytes),
			request::block_request_again(bytes),
			request::transactions_request_again(bytes),
		];
		for again in again.into_iter().flatten() {
			assert_eq!(again, bytes);
		}
	});
}

/// Any bytes that a proposer sends as a compact block, or as the missing transactions.
#[test]
fn compact_blocks_that_decode_encode_to_the_same_bytes() {
	let header = Header::new(7, Default::default(), Default::default(), Default::default(), Default::default());
	let inherent = OpaqueExtrinsic::from_blob(vec![5, 1, 2]);
	let hashes = vec![BlockHash::repeat_byte(1), BlockHash::repeat_byte(2)];
	let inputs = [(header, vec![inherent.clone()], hashes).encode(), vec![inherent; 2].encode()];
	runner::run(corpus(&inputs).path(), INPUTS, |bytes| {
		if let Ok(compact) = CompactBlock::from_bytes(bytes) {
			assert_eq!(compact.encode(), bytes);
			let mut assembly = Assembly::new(compact, |_| None);
			let missing = assembly.missing();
			assert!(missing.len() * 32 <= bytes.len());
			assert!(!assembly.complete(bytes) || missing.is_empty(), "nothing has such a hash");
			assert_eq!(assembly.finish().is_some(), missing.is_empty());
		}
		compact::pick(bytes, &[0, 1]);
	});
}
