//! Pins the encoding of every message and every record, byte for byte. A change that other versions of the program
//! cannot read is a new version of the protocol or of the log, and must be intended.
//!
//! After an intended change: `SYNDIC_GOLDEN=write cargo test -p syndic-pbft golden`.

use super::*;
use crate::{Message, NewView, ViewChange};
use codec::{Decode, DecodeAll, Encode};
use std::{fmt::Debug, path::PathBuf};

/// Checks that `value` encodes to the content of `golden/{name}.hex`, and that this content decodes to `value`.
fn pinned<T: Encode + Decode + PartialEq + Debug>(name: &str, value: &T) {
	let path = PathBuf::from(format!("golden/{name}.hex"));
	let hex: String = value.encode().iter().map(|byte| format!("{byte:02x}")).collect();
	if std::env::var("SYNDIC_GOLDEN").is_ok_and(|what| what == "write") {
		std::fs::write(&path, format!("{hex}\n")).expect("golden files can be written");
	}
	let golden = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
	assert_eq!(hex, golden.trim(), "{name} is encoded in another way than before");
	let bytes: Vec<u8> = (0..golden.trim().len() / 2)
		.map(|at| u8::from_str_radix(&golden[2 * at..2 * at + 2], 16).expect("golden files are hexadecimal"))
		.collect();
	assert_eq!(&T::decode_all(&mut &bytes[..]).expect("golden files are read"), value, "{name}");
}

fn chain() -> Vec<PreparedBlock> {
	let first = header(2, block(1), 2);
	let second = header(3, first.hash(), 3);
	let prepared = |header: Header, view| PreparedBlock {
		certificate: certificate(&[0, 1, 3], Phase::Prepare, header.number, view, header.hash()),
		header,
	};
	vec![prepared(first, 4), prepared(second, 1)]
}

fn report(signer: u16) -> SignedViewChange {
	view_change_of(signer, 5, Some(certificate(&[1, 2, 3], Phase::Commit, 1, 0, block(1))), chain())
}

#[test]
fn messages() {
	pinned("pre-prepare", &Message::PrePrepare(vote(1, Phase::PrePrepare, 2, 3, block(4))));
	pinned("prepare", &Message::Vote(vote(2, Phase::Prepare, 2, 3, block(4))));
	pinned("commit", &Message::Vote(vote(3, Phase::Commit, u32::MAX, u32::MAX, block(4))));
	pinned("view-change", &Message::ViewChange(report(2)));
	pinned("view-change-of-nothing", &Message::ViewChange(view_change(0, 1, None, vec![])));
	let reproposals = chain().iter().map(|prepared| (prepared.height(), prepared.block_hash())).collect();
	let new_view = NewView { set_id: SetId(0), view: View(5), view_changes: vec![report(0), report(2)], reproposals };
	let mut new_view =
		SignedNewView { new_view, signer: SignerIndex(1), signature: vote(1, Phase::Commit, 1, 1, block(1)).signature };
	resign_new_view(&mut new_view);
	pinned("new-view", &Message::NewView(new_view));
	pinned("committed", &Message::Committed(certificate(&[0, 2, 3], Phase::Commit, 9, 1, block(9))));
	pinned("prepared", &Message::Prepared(certificate(&[0, 2, 3], Phase::Prepare, 9, 1, block(9))));
}

#[test]
fn records() {
	let (set_id, height, view) = (SetId(u64::MAX), Height(7), View(8));
	pinned("record-voted", &Record::Voted { set_id, height, view, phase: Phase::Commit, block_hash: block(5) });
	pinned("record-locked", &Record::Locked(chain().remove(0)));
	pinned("record-view", &Record::View { set_id, view, entered: true });
	pinned("record-committed", &Record::Committed(certificate(&[0, 2, 3], Phase::Commit, 9, 1, block(9))));
}

/// The signed payloads, which every verifier has to reproduce.
#[test]
fn payloads() {
	pinned("payload-vote", &vote(2, Phase::Prepare, 2, 3, block(4)).vote.payload(&genesis()).to_vec());
	pinned("payload-view-change", &report(2).view_change.payload(&genesis()));
	let nothing = ViewChange { set_id: SetId(0), new_view: View(5), committed: None, prepared: vec![] };
	assert_ne!(nothing.payload(&genesis()), nothing.payload(&block(1)), "the chain is part of what is signed");
	let new_view = NewView { set_id: SetId(0), view: View(5), view_changes: vec![report(0)], reproposals: vec![] };
	pinned("payload-new-view", &new_view.payload(&genesis()));
}
