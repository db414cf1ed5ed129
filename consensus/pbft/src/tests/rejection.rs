//! Votes and messages that are refused, and evidence.

use super::*;
use crate::{DecodeError, Input, Message, Output, Rejection, MAX_MESSAGE_BYTES};
use codec::Encode;

fn rejection(machine: &mut Machine<Toy>, message: Message) -> Option<Rejection> {
	machine.handle(Input::Message(message)).into_iter().find_map(|o| match o {
		Output::Rejected(rejection) => Some(rejection),
		_ => None,
	})
}

#[test]
fn votes_that_do_not_count() {
	use Phase::*;
	let hash = block(7);
	let forged = |mut v: SignedVote, change: fn(&mut SignedVote)| {
		change(&mut v);
		v
	};
	// The machine is at height 1, view 0; member 1 leads.
	let cases: Vec<(&str, Message, bool)> = vec![
		("stale", Message::Vote(vote(1, Prepare, 0, 0, hash)), false),
		("too-far-ahead", Message::Vote(vote(1, Prepare, 3, 0, hash)), false),
		("too-far-ahead", Message::Vote(vote(1, Commit, u32::MAX, 0, hash)), false),
		("wrong-phase", Message::Vote(vote(1, PrePrepare, 1, 0, hash)), true),
		("wrong-phase", Message::PrePrepare(vote(1, Commit, 1, 0, hash)), true),
		("not-leader", Message::PrePrepare(vote(2, PrePrepare, 1, 0, hash)), true),
		("unknown-signer", Message::Vote(vote(4, Prepare, 1, 0, hash)), true),
		("unknown-signer", Message::Vote(vote(u16::MAX, Prepare, 1, 0, hash)), true),
		("bad-signature", Message::Vote(forged(vote(1, Prepare, 1, 0, hash), |v| v.signer = SignerIndex(2))), true),
		("bad-signature", Message::Vote(forged(vote(1, Prepare, 1, 0, hash), |v| v.vote.view = View(1))), true),
		("bad-signature", Message::Vote(forged(vote(1, Prepare, 1, 0, hash), |v| v.vote.height = Height(2))), true),
		("bad-signature", Message::Vote(forged(vote(1, Prepare, 1, 0, hash), |v| v.vote.block_hash = block(8))), true),
		("bad-signature", Message::Vote(forged(vote(1, Prepare, 1, 0, hash), |v| v.vote.phase = Commit)), true),
		("other-set", Message::Vote(forged(vote(1, Prepare, 1, 0, hash), |v| v.vote.set_id = SetId(1))), false),
		("stale", Message::Committed(certificate(&[1, 2, 3], Commit, 0, 0, hash)), false),
		("bad-certificate", Message::Committed(certificate(&[1, 2], Commit, 1, 0, hash)), true),
		("bad-certificate", Message::Committed(certificate(&[1, 2, 3], Prepare, 1, 0, hash)), true),
		("bad-certificate", Message::Committed(certificate(&[1, 1, 2], Commit, 1, 0, hash)), true),
	];
	for (at, (name, message, fault)) in cases.into_iter().enumerate() {
		let (mut machine, _) = machine(0, 4, vec![]);
		let before = machine.status();
		let rejection = rejection(&mut machine, message).unwrap_or_else(|| panic!("case {at} ({name}) was accepted"));
		assert_eq!((rejection.name(), rejection.is_misbehaviour()), (name, fault), "case {at}: {rejection}");
		assert_eq!(machine.status(), before, "case {at} left a trace");
	}
}

#[test]
fn a_vote_of_another_chain_does_not_count() {
	let mut foreign = vote(1, Phase::Prepare, 1, 0, block(7));
	foreign.signature = toy_signature(&key(1), &foreign.vote.payload(&block(1)));
	let (mut machine, _) = machine(0, 4, vec![]);
	assert_eq!(rejection(&mut machine, Message::Vote(foreign)).map(|r| r.name()), Some("bad-signature"));
}

#[test]
fn two_votes_at_one_place_are_evidence() {
	for phase in [Phase::PrePrepare, Phase::Prepare, Phase::Commit] {
		let (mut machine, _) = machine(0, 4, vec![]);
		let wrap = |v| if phase == Phase::PrePrepare { Message::PrePrepare(v) } else { Message::Vote(v) };
		assert_eq!(rejection(&mut machine, wrap(vote(1, phase, 1, 0, block(7)))), None);
		assert_eq!(rejection(&mut machine, wrap(vote(1, phase, 1, 0, block(7)))), Some(Rejection::Duplicate));
		let out = machine.handle(Input::Message(wrap(vote(1, phase, 1, 0, block(8)))));
		let Some(Output::Evidence(evidence)) = out.iter().find(|o| matches!(o, Output::Evidence(_))) else {
			panic!("{out:?}")
		};
		assert_eq!(evidence.verify(&genesis(), &rules(4).set, &Toy(None)), Ok(&key(1)));
		assert!(out.contains(&Output::Rejected(Rejection::Equivocation(SignerIndex(1)))));
		// A vote in another view does not conflict.
		let elsewhere = vote(1, Phase::Commit, 1, 1, block(8));
		assert_eq!(rejection(&mut machine, Message::Vote(elsewhere)), None);
	}
}

#[test]
fn bytes_that_are_no_message() {
	let message = Message::Vote(vote(1, Phase::Prepare, 1, 0, block(7)));
	let bytes = message.encode();
	assert_eq!(Message::from_bytes(&bytes), Ok(message));
	for cut in 0..bytes.len() {
		assert!(matches!(Message::from_bytes(&bytes[..cut]), Err(DecodeError::Malformed(_))), "cut at {cut}");
	}
	let mut longer = bytes.clone();
	longer.push(0);
	assert_eq!(Message::from_bytes(&longer), Err(DecodeError::LeftOver(1)));
	let huge = vec![0; MAX_MESSAGE_BYTES + 1];
	let too_long = DecodeError::TooLong { found: MAX_MESSAGE_BYTES + 1, bound: MAX_MESSAGE_BYTES };
	assert_eq!(Message::from_bytes(&huge), Err(too_long));
	// A length prefix that announces more than there is must be refused.
	let mut certificate = certificate(&[1, 2, 3], Phase::Commit, 1, 0, block(7)).encode();
	let at = certificate.len() - 3 * 66 - 1;
	certificate.splice(at..at + 1, [0xfe, 0xff, 0xff, 0xff]);
	certificate.insert(0, 4);
	assert!(matches!(Message::from_bytes(&certificate), Err(DecodeError::Malformed(_))));
}

/// The largest messages that honest validators send are within the bounds given to the network.
#[test]
fn bounds_hold_for_the_largest_set() {
	let n = syndic_primitives::MAX_VALIDATORS as u16;
	let all: Vec<u16> = (0..n).collect();
	let largest = view_change(
		0,
		1,
		Some(certificate(&all, Phase::Commit, 1, 0, block(7))),
		vec![certificate(&all, Phase::Prepare, 2, 0, block(7))],
	);
	let bytes = Message::ViewChange(largest.clone()).encode();
	assert!(bytes.len() <= crate::MAX_VIEW_CHANGE_BYTES, "{}", bytes.len());
	let new_view = crate::NewView {
		set_id: SetId(0),
		view: View(1),
		view_changes: vec![largest; n as usize],
		reproposals: vec![(Height(2), block(7))],
	};
	let message =
		Message::NewView(SignedNewView { new_view, signer: SignerIndex(0), signature: toy_signature(&key(0), b"") });
	let bytes = message.encode();
	assert!(bytes.len() <= MAX_MESSAGE_BYTES, "{}", bytes.len());
	assert!(bytes.len() <= crate::max_message_bytes(n as usize, 1));
	assert_eq!(Message::from_bytes(&bytes), Ok(message));
}
