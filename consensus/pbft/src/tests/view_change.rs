//! View changes: views are given up, joined and begun, and the views of the members do not drift apart.

use super::{net::Net, *};
use crate::{Input, Message, Note, Output, Rejection, Timer, TimerKind};
use std::collections::BTreeSet;

/// Cuts nodes off in both directions.
fn without(dead: &'static [usize]) -> Box<dyn FnMut(usize, usize, &Message) -> bool> {
	Box::new(move |from, to, _| !dead.contains(&from) && !dead.contains(&to))
}

#[test]
fn a_silent_leader_is_replaced() {
	for n in [4, 5, 7, 10] {
		let mut net = Net::new(n);
		net.queue.clear();
		net.crash(1); // leads height 1 in view 0
		let alive: Vec<usize> = (0..n as usize).filter(|i| *i != 1).collect();
		net.deliver(10_000);
		assert!(net.nodes[0].chain.is_empty());
		alive.iter().for_each(|i| assert!(net.fire(*i, TimerKind::Progress), "timer of node {i}"));
		net.deliver_until(1, &alive);
		assert!(net.nodes[0].chain[0].view() == View(1), "n = {n}");
	}
}

/// Lost messages are sent again, in the normal case and in a view change, without a restart of any node.
#[test]
fn what_is_lost_is_said_again() {
	for lost in ["prepare", "commit", "pre-prepare", "view-change"] {
		let mut net = Net::new(4);
		if lost == "view-change" {
			net.queue.clear();
			net.crash(1);
			net.fire_all(0..4, &[TimerKind::Progress]);
		}
		net.link = Box::new(move |_, _, m| m.name() != lost);
		net.deliver(10_000);
		assert!(net.nodes[0].chain.is_empty(), "{lost}");
		net.link = Box::new(|_, _, _| true);
		net.fire_all(0..4, &[TimerKind::Resend]);
		net.deliver_until(1, &[0, 2, 3]);
	}
}

#[test]
fn as_many_silent_leaders_in_a_row_as_may_be() {
	let mut net = Net::new(7);
	net.queue.clear();
	net.crash(1);
	net.crash(2);
	let alive = [0, 3, 4, 5, 6];
	alive.iter().for_each(|i| assert!(net.fire(*i, TimerKind::Progress)));
	net.deliver(10_000);
	// A quorum asks for view 1, and its leader is silent too: now the new-view timer runs.
	alive.iter().for_each(|i| {
		assert_eq!(net.view(*i), (1, true));
		let (_, after) = net.nodes[*i].timers[&TimerKind::NewView];
		assert_eq!(after, parameters().timeout(1));
		assert!(net.fire(*i, TimerKind::NewView));
	});
	net.deliver_until(1, &alive);
	assert_eq!(net.nodes[0].chain[0].view(), View(2));
}

#[test]
fn a_prepared_block_is_proposed_again() {
	let mut net = Net::new(4);
	// Commits are lost: all members lock, and none decides.
	net.link = Box::new(|_, _, m| m.name() != "commit");
	net.deliver(10_000);
	let locked = net.nodes[0].machine.as_ref().unwrap().status().locked.expect("locked");
	assert!(net.nodes.iter().all(|n| n.machine.as_ref().unwrap().status().locked == Some(locked)));
	net.crash(1);
	net.link = without(&[1]);
	[0, 2, 3].iter().for_each(|i| assert!(net.fire(*i, TimerKind::Progress)));
	net.deliver_until(1, &[0, 2, 3]);
	let certificate = &net.nodes[0].chain[0];
	assert_eq!((certificate.view(), certificate.block_hash()), (View(1), locked.1));
}

/// Only one validator is locked, because the others lost the prepares. Its lock may or may not be in the quorum of
/// view-changes. In both cases there is no fork, and the chain continues.
#[test]
fn a_lock_of_a_minority_does_not_stop_the_chain() {
	for absent in [0, 2, 3] {
		let mut net = Net::new(4);
		net.link = Box::new(|_, to, m| m.name() == "pre-prepare" || (m.name() == "prepare" && to == 3));
		net.deliver(10_000);
		let locked = |net: &Net, i: usize| net.nodes[i].machine.as_ref().unwrap().status().locked;
		assert!(locked(&net, 3).is_some() && locked(&net, 0).is_none());
		net.link = Box::new(move |from, to, _| from != absent && to != absent);
		let present: Vec<usize> = (0..4).filter(|i| *i != absent).collect();
		present.iter().for_each(|i| assert!(net.fire(*i, TimerKind::Progress)));
		net.deliver(10_000);
		// If the absent member is also the next leader, one more view fails.
		net.fire_all(present.clone(), &[TimerKind::NewView]);
		net.deliver_until(1, &present);
		// The absent member comes back and catches up.
		net.link = Box::new(|_, _, _| true);
		net.crash(absent);
		net.start(absent);
		net.deliver_until(3, &[0, 1, 2, 3]);
	}
}

#[test]
fn f_plus_one_pull_along_to_the_smallest_view() {
	let (mut machine, _) = machine(0, 4, vec![]);
	let ask = |signer, view| Input::Message(Message::ViewChange(view_change(signer, view, None, vec![])));
	let asked = |out: &[Output]| {
		out.iter().find_map(|o| match o {
			Output::Broadcast(Message::ViewChange(m)) => Some(m.view_change.new_view.0),
			_ => None,
		})
	};
	assert_eq!(asked(&machine.handle(ask(1, 5))), None, "one may be faulty");
	assert_eq!(asked(&machine.handle(ask(1, 9))), None, "and it counts once");
	assert_eq!(asked(&machine.handle(ask(2, 3))), Some(3), "two cannot both be");
	assert_eq!(asked(&machine.handle(ask(2, 7))), Some(7), "and again, when both are beyond");
}

/// One of the members that asked for a view has gone on to the next. It still counts for the first view: otherwise the
/// two that stayed and the one that went on would wait for each other for ever. (Found by the simulator.)
#[test]
fn who_goes_on_still_counts_where_it_was() {
	let (mut machine, _) = machine(0, 4, vec![]);
	let ask = |signer, view| Input::Message(Message::ViewChange(view_change(signer, view, None, vec![])));
	(1..4).for_each(|i| drop(machine.handle(Input::PeerConnected(key(i)))));
	machine.handle(Input::Work(true));
	machine.handle(Input::Timer(Timer::Progress(Height(1), View(0))));
	machine.handle(ask(1, 1));
	let out = machine.handle(ask(2, 2));
	assert!(out.iter().any(|o| matches!(o, Output::SetTimer(Timer::NewView(View(1)), _))), "{out:?}");
	machine.handle(Input::Timer(Timer::NewView(View(1))));
	assert_eq!((machine.view, machine.changing), (View(2), true));
}

#[test]
fn a_forged_view_is_no_use() {
	let (mut machine, _) = machine(0, 4, vec![]);
	let mut forged = view_change(1, 1_000_000, None, vec![]);
	forged.signer = SignerIndex(2);
	let out = machine.handle(Input::Message(Message::ViewChange(forged)));
	assert!(matches!(out[..], [Output::Rejected(Rejection::Vote(_))]), "{out:?}");
	let alone = view_change(1, u32::MAX, None, vec![]);
	machine.handle(Input::Message(Message::ViewChange(alone)));
	assert_eq!((machine.view, machine.changing), (View(0), false));
}

/// After an outage of any length all members are in one view: without a quorum no member leaves its view.
#[test]
fn views_do_not_drift_in_an_outage() {
	let mut net = Net::new(4);
	net.deliver_until(5, &[0, 1, 2, 3]);
	net.queue.clear();
	net.crash(2);
	net.crash(3);
	for _ in 0..100 {
		net.fire_all([0, 1], &[TimerKind::Progress, TimerKind::NewView, TimerKind::Resend]);
		net.deliver(10_000);
	}
	let heights: BTreeSet<usize> = [0, 1].iter().map(|i| net.nodes[*i].chain.len()).collect();
	assert!(net.view(0).0 <= 1 && net.view(1).0 <= 1, "{:?} {:?}", net.view(0), net.view(1));
	net.start(2);
	net.sync(2);
	let goal = heights.last().unwrap() + 2;
	for _ in 0..4 {
		net.deliver(10_000);
		if [0, 1, 2].iter().all(|i| net.nodes[*i].chain.len() >= goal) {
			return;
		}
		net.fire_all([0, 1, 2], &[TimerKind::Progress, TimerKind::NewView]);
	}
	panic!("no progress after the outage: {:?}", net.nodes.iter().map(|n| n.chain.len()).collect::<Vec<_>>());
}

#[test]
fn who_missed_the_new_view_enters_by_the_certificate() {
	let (mut machine, _) = machine(0, 4, vec![]);
	machine.handle(Input::Message(Message::Committed(certificate(&[1, 2, 3], Phase::Commit, 1, 6, block(7)))));
	let proof = VerifiedCertificate::from_verified_votes(certificate(&[1, 2, 3], Phase::Commit, 1, 6, block(7)));
	let out = machine.handle(finalised(proof, rules(4)));
	assert!(out.contains(&Output::Note(Note::ViewEntered { view: View(6), reproposed: vec![] })), "{out:?}");
	assert_eq!((machine.view, machine.changing), (View(6), false));
}

#[test]
fn timeouts_grow_with_failures_and_shrink_with_progress() {
	let (mut machine, _) = machine(0, 4, vec![]);
	(1..4).for_each(|i| drop(machine.handle(Input::PeerConnected(key(i)))));
	machine.handle(Input::Work(true));
	machine.handle(Input::Timer(Timer::Progress(Height(1), View(0))));
	for view in 1..40 {
		for signer in [1, 2] {
			machine.handle(Input::Message(Message::ViewChange(view_change(signer, view, None, vec![]))));
		}
		machine.handle(Input::Timer(Timer::NewView(View(view))));
	}
	let failures = machine.failures;
	assert!(failures > 30, "{failures}");
	assert_eq!(machine.rules().parameters.timeout(machine.failures), parameters().timeout_ceiling);
	let proof = VerifiedCertificate::from_verified_votes(certificate(&[1, 2, 3], Phase::Commit, 1, 41, block(7)));
	machine.handle(finalised(proof, rules(4)));
	assert_eq!(machine.failures, failures - 1);
}

/// A new-view that breaks a rule is refused, and the rejection names the rule.
#[test]
fn new_views_that_break_a_rule() {
	let prepared = |view| vec![certificate(&[0, 1, 2], Phase::Prepare, 1, view, block(7))];
	let good = || {
		let view_changes = vec![
			view_change(1, 2, None, prepared(0)),
			view_change(2, 2, None, vec![]),
			view_change(3, 2, None, vec![certificate(&[1, 2, 3], Phase::Prepare, 1, 1, block(8))]),
		];
		let new_view =
			crate::NewView { set_id: SetId(0), view: View(2), view_changes, reproposals: vec![(Height(1), block(8))] };
		let mut message = SignedNewView {
			new_view,
			signer: SignerIndex(3), // leads height 1 in view 2
			signature: toy_signature(&key(3), b""),
		};
		resign_new_view(&mut message);
		message
	};
	let outcome = |message: SignedNewView| {
		let (mut machine, _) = machine(0, 4, vec![]);
		let out = machine.handle(Input::Message(Message::NewView(message)));
		let rejection = out.into_iter().find_map(|o| match o {
			Output::Rejected(r) => Some(r.to_string()),
			_ => None,
		});
		assert_eq!(rejection.is_none(), machine.view == View(2) && !machine.changing);
		rejection
	};
	assert_eq!(outcome(good()), None);

	type Harm = fn(&mut SignedNewView);
	let cases: Vec<(Harm, &str)> = vec![
		(|m| drop(m.new_view.view_changes.pop()), "fewer view-changes than a quorum"),
		(|m| m.new_view.view_changes[1] = m.new_view.view_changes[0].clone(), "distinct signers"),
		(|m| m.new_view.view_changes.swap(0, 1), "ascending order"),
		(|m| m.new_view.view_changes[0] = view_change(1, 3, None, vec![]), "a view-change for another view"),
		(|m| m.new_view.reproposals.clear(), "re-proposals are not those that follow"),
		(|m| m.new_view.reproposals[0].1 = block(7), "re-proposals are not those that follow"),
		(|m| m.new_view.reproposals[0].1 = block(99), "re-proposals are not those that follow"),
		(|m| m.new_view.reproposals.push((Height(2), block(9))), "re-proposals are not those that follow"),
		// Without the view-change that reports the higher lock the result differs, so the old result is refused.
		(|m| m.new_view.view_changes[2] = view_change(3, 2, None, vec![]), "re-proposals are not those that follow"),
		(|m| m.signer = SignerIndex(1), "does not lead"),
		(|m| m.signer = SignerIndex(9), "not one of 4 members"),
		(|m| m.new_view.set_id = SetId(1), "message of set 1"),
		(|m| m.new_view.view_changes[1].signature = toy_signature(&key(0), b"x"), "bad signature by signer 2"),
		(
			|m| {
				let forged = certificate(&[1, 2, 3], Phase::Prepare, 1, 1, block(9));
				let mut certificate = certificate(&[1, 2, 3], Phase::Prepare, 1, 1, block(8));
				certificate.signatures[0] = forged.signatures[0].clone();
				m.new_view.view_changes[2] = view_change(3, 2, None, vec![certificate]);
			},
			"bad signature by signer 1",
		),
	];
	for (harm, rule) in cases {
		let mut message = good();
		harm(&mut message);
		resign_new_view(&mut message);
		let rejection = outcome(message).unwrap_or_default();
		assert!(rejection.contains(rule), "wanted: {rule}; got: {rejection}");
	}
	let mut unsigned = good();
	unsigned.signature = toy_signature(&key(2), b"");
	assert!(outcome(unsigned).unwrap_or_default().contains("bad signature by signer 3"));
}

#[test]
fn view_changes_that_break_a_rule() {
	let outcome = |message: SignedViewChange| {
		let (mut machine, _) = machine(0, 4, vec![]);
		let out = machine.handle(Input::Message(Message::ViewChange(message)));
		let kept = machine.view_changes.len();
		match out.into_iter().find_map(|o| if let Output::Rejected(r) = o { Some(r.to_string()) } else { None }) {
			Some(rejection) => {
				assert_eq!(kept, 0);
				rejection
			}
			None => "accepted".into(),
		}
	};
	let quorum = [1, 2, 3];
	let on = |parent, height, view, n| {
		let header = header(height, parent, n);
		PreparedBlock { certificate: certificate(&quorum, Phase::Prepare, height, view, header.hash()), header }
	};
	let prepared = |height, view| match height {
		1 => on(genesis(), height, view, 7),
		_ => on(block(6), height, view, 7),
	};
	let chain = |length: u32| {
		(1..=length).fold(Vec::<PreparedBlock>::new(), |mut chain, height| {
			chain.push(on(chain.last().map_or(genesis(), |below| below.block_hash()), height, 0, 7));
			chain
		})
	};
	let other_header = PreparedBlock { header: header(1, genesis(), 8), ..prepared(1, 0) };
	let view_change = view_change_of;
	let of = |c: Certificate| PreparedBlock { header: header(1, genesis(), 7), certificate: c };
	let committed = |height| certificate(&quorum, Phase::Commit, height, 0, block(6));
	let cases: Vec<(SignedViewChange, &str)> = vec![
		(view_change(1, 1, None, vec![prepared(1, 0)]), "accepted"),
		(view_change(1, 1, Some(committed(4)), vec![prepared(5, 0)]), "accepted"),
		(view_change(1, 0, None, vec![]), "asks for view 0"),
		(view_change(1, 1, None, chain(8)), "accepted"),
		(view_change(1, 1, None, chain(9)), "more prepared blocks"),
		(view_change(1, 1, None, vec![other_header]), "a header is not that of the block prepared"),
		(view_change(1, 1, None, vec![prepared(1, 0), prepared(2, 0)]), "not a child of the one below"),
		(view_change(1, 1, Some(committed(4)), vec![on(block(5), 5, 0, 7)]), "not a child of the one below"),
		(view_change(1, 1, Some(committed(4)), vec![prepared(4, 0)]), "not at the height that comes next"),
		(view_change(1, 1, Some(committed(4)), vec![prepared(6, 0)]), "not at the height that comes next"),
		(view_change(1, 1, None, vec![prepared(1, 1)]), "of the view asked for, or a later one"),
		(view_change(1, 1, Some(committed(0)), vec![]), "from before its set"),
		(view_change(1, 1, Some(prepared(3, 0).certificate), vec![]), "phase Prepare, not Commit"),
		(
			view_change(1, 1, None, vec![of(certificate(&quorum, Phase::Commit, 1, 0, block(7)))]),
			"phase Commit, not Prepare",
		),
		(
			view_change(1, 1, None, vec![of(certificate(&[1, 2], Phase::Prepare, 1, 0, block(7)))]),
			"2 signatures, a quorum is 3",
		),
		(
			view_change(1, 1, None, vec![of(certificate(&[1, 2, 2], Phase::Prepare, 1, 0, block(7)))]),
			"signer 2 does not follow signer 2",
		),
		(
			view_change(1, 1, None, vec![of(certificate(&[1, 2, 7], Phase::Prepare, 1, 0, block(7)))]),
			"signer 7 is not one of 4",
		),
	];
	for (message, expected) in cases {
		let outcome = outcome(message);
		assert!(outcome.contains(expected), "wanted: {expected}; got: {outcome}");
	}
}

/// A quorum prepared a block that this validator found invalid, because the block's time was too far ahead of its
/// clock. When the block is proposed again, it is judged again. A permanent verdict would keep this validator out of
/// every later view.
#[test]
fn what_is_proposed_again_is_judged_again() {
	let (mut machine, _) = machine(0, 4, vec![]);
	machine.handle(Input::Message(Message::PrePrepare(vote(1, Phase::PrePrepare, 1, 0, block(7)))));
	machine.handle(judged(block(7), false));
	let prepared = vec![certificate(&[1, 2, 3], Phase::Prepare, 1, 0, block(7))];
	let view_changes =
		vec![view_change(1, 1, None, prepared), view_change(2, 1, None, vec![]), view_change(3, 1, None, vec![])];
	let new_view =
		crate::NewView { set_id: SetId(0), view: View(1), view_changes, reproposals: vec![(Height(1), block(7))] };
	let mut message = SignedNewView { new_view, signer: SignerIndex(2), signature: toy_signature(&key(2), b"") };
	resign_new_view(&mut message);
	let out = machine.handle(Input::Message(Message::NewView(message)));
	let again =
		|o: &Output| matches!(o, Output::Validate { block_hash, reproposed: true, .. } if *block_hash == block(7));
	assert!(out.iter().any(again), "{out:?}");
	let out = machine.handle(judged(block(7), true));
	assert!(out.iter().any(|o| matches!(o, Output::Broadcast(Message::Vote(_)))), "{out:?}");
}
