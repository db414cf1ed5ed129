//! Votes through collectors.

use super::{net::Net, *};
use crate::{Message, Note, TimerKind};
use std::{cell::RefCell, rc::Rc};
use syndic_primitives::Dissemination;

/// Number of messages per block, without its pre-prepares, that a network sends until height ten.
fn messages(n: u16, dissemination: Dissemination) -> usize {
	let mut net = Net::deep(n, 1, dissemination);
	let count = Rc::new(RefCell::new(0));
	let counted = count.clone();
	net.link = Box::new(move |_, _, m| {
		*counted.borrow_mut() += usize::from(m.name() != "pre-prepare");
		true
	});
	net.deliver_until(10, &(0..n as usize).collect::<Vec<_>>());
	let sent = *count.borrow();
	sent / 10
}

/// The number of messages grows with n·k, and not with n².
#[test]
fn messages_grow_with_the_number_of_collectors_times_that_of_members() {
	for n in [4, 7, 10, 16, 31] {
		let all = messages(n, Dissemination::Broadcast);
		let members = n as usize;
		assert!(all > members * (members - 1), "{n}: {all}");
		for k in [1, 2, 3] {
			let few = messages(n, Dissemination::Collector { k });
			// In each of two phases every member votes to each collector, and each collector sends a certificate to
			// every member. The margin is for phases that overlap.
			let bound = 4 * k as usize * (members - 1) + members;
			assert!(few <= bound, "{n} members, {k} collectors: {few} messages, at most {bound}");
		}
	}
}

/// Certificates are lost: votes are broadcast for some heights, and then sent to the collectors again.
#[test]
fn collectors_that_keep_silent_cost_one_timer() {
	let mut net = Net::deep(4, 1, Dissemination::Collector { k: 1 });
	net.link = Box::new(|_, _, m| !matches!(m, Message::Prepared(_) | Message::Committed(_)));
	net.deliver(10_000);
	assert!(net.nodes.iter().any(|node| node.chain.is_empty()));
	net.fire_all(0..4, &[TimerKind::Resend]);
	net.deliver_until(10, &[0, 2, 3]);
	let silent = |note: &Output| matches!(note, Output::Note(Note::CollectorsSilent { collectors, .. }) if collectors.len() == 1);
	for i in [0, 2, 3] {
		assert_eq!(net.nodes[i].outputs.iter().filter(|o| silent(o)).count(), 1, "node {i} says it once");
	}
	// Sixteen heights later votes go to the collectors again, and these stay silent again.
	for _ in 0..10 {
		net.deliver(20_000);
		net.fire_all(0..4, &[TimerKind::Resend]);
	}
	assert!(net.nodes[0].chain.len() > 18);
	assert!(net.nodes[0].outputs.iter().filter(|o| silent(o)).count() >= 2);
}

#[test]
fn certificates_of_prepares_that_prove_nothing() {
	let outcome = |certificate: Certificate| {
		let (mut machine, _) = machine(0, 4, vec![]);
		let out = machine.handle(Input::Message(Message::Prepared(certificate.clone())));
		let again = machine.handle(Input::Message(Message::Prepared(certificate)));
		let rejected = |out: Vec<Output>| {
			out.into_iter().find_map(|o| if let Output::Rejected(r) = o { Some(r.name()) } else { None })
		};
		(rejected(out), rejected(again))
	};
	let prepared = |signers: &[u16], height| certificate(signers, Phase::Prepare, height, 0, block(7));
	assert_eq!(outcome(prepared(&[1, 2, 3], 1)), (None, Some("duplicate")));
	assert_eq!(outcome(prepared(&[1, 2, 3], 2)), (None, Some("duplicate")));
	assert_eq!(outcome(prepared(&[1, 2, 3], 3)).0, Some("too-far-ahead"));
	assert_eq!(outcome(prepared(&[1, 2, 3], 0)).0, Some("stale"));
	assert_eq!(outcome(prepared(&[1, 2], 1)).0, Some("bad-certificate"));
	assert_eq!(outcome(prepared(&[1, 2, 2], 1)).0, Some("bad-certificate"));
	assert_eq!(outcome(certificate(&[1, 2, 3], Phase::Commit, 1, 0, block(7))).0, Some("bad-certificate"));
}

/// A certificate reveals votes that a member sent only to a collector: two conflicting votes of one member for one
/// place are evidence.
#[test]
fn a_certificate_can_be_evidence() {
	let (mut machine, _) = machine(0, 4, vec![]);
	machine.handle(Input::Message(Message::Vote(vote(2, Phase::Prepare, 1, 0, block(8)))));
	let certificate = certificate(&[1, 2, 3], Phase::Prepare, 1, 0, block(7));
	let out = machine.handle(Input::Message(Message::Prepared(certificate)));
	assert!(out.iter().any(|o| matches!(o, Output::Evidence(e) if e.first.signer == SignerIndex(2))), "{out:?}");
}
