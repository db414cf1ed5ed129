//! The normal case.

use super::{net::Net, *};
use crate::{Input, Message, Output, Record, Timer, TimerKind};

#[test]
fn networks_of_every_size_commit() {
	for n in [2, 3, 4, 5, 7, 10] {
		let mut net = Net::new(n);
		let all: Vec<usize> = (0..n as usize).collect();
		net.deliver_until(20, &all);
		for node in &net.nodes {
			for certificate in &node.chain {
				assert!(certificate.signatures.len() >= rules(n).set.quorum());
				assert_eq!(certificate.view(), View(0), "nobody had a reason to leave view 0");
			}
		}
		assert_eq!(net.evidence, 0);
	}
}

#[test]
fn a_lone_validator_commits_what_it_builds() {
	let (mut machine, _) = machine(0, 1, vec![]);
	assert!(machine.handle(Input::Work(true)).contains(&Output::Build {
		height: Height(1),
		view: View(0),
		parent: genesis()
	}));
	let out = machine.handle(Input::Built { view: View(0), header: Box::new(header(1, genesis(), 1)) });
	let committed =
		out.iter().any(|o| matches!(o, Output::Commit { certificate, .. } if certificate.block_hash() == block(1)));
	assert!(committed, "{out:?}");
}

/// One validator of four, step by step: each input with the outputs that must follow, in this order. Timers and notes
/// are left out.
#[test]
fn steps_of_a_replica() {
	use Phase::*;
	let hash = block(7);
	let (mut machine, _) = machine(0, 4, vec![]);
	(1..4).for_each(|i| drop(machine.handle(Input::PeerConnected(key(i)))));
	machine.handle(Input::Work(true));
	let voted = |phase| {
		Output::Persist(Record::Voted { set_id: SetId(0), height: Height(1), view: View(0), phase, block_hash: hash })
	};
	let say = |phase| Output::Broadcast(Message::Vote(vote(0, phase, 1, 0, hash)));
	let lock = certificate(&[0, 1, 2], Prepare, 1, 0, hash);
	let proof = certificate(&[0, 1, 3], Commit, 1, 0, hash);
	let leader = 1; // height 1, view 0, leader period 1
	let steps: Vec<(Input, Vec<Output>)> = vec![
		(Input::Message(Message::Vote(vote(1, Prepare, 1, 0, hash))), vec![]),
		(
			Input::Message(Message::PrePrepare(vote(leader, PrePrepare, 1, 0, hash))),
			vec![Output::Validate {
				height: Height(1),
				block_hash: hash,
				parent: genesis(),
				reproposed: false,
				holders: vec![key(1)],
			}],
		),
		// A verdict on another block has no effect.
		(judged(block(8), true), vec![]),
		(judged(hash, true), vec![voted(Prepare), say(Prepare)]),
		(
			Input::Message(Message::Vote(vote(2, Prepare, 1, 0, hash))),
			vec![Output::Persist(Record::Locked(prepared(lock))), voted(Commit), say(Commit)],
		),
		(Input::Message(Message::Vote(vote(1, Commit, 1, 0, hash))), vec![]),
		(
			Input::Message(Message::Vote(vote(3, Commit, 1, 0, hash))),
			vec![
				Output::Persist(Record::Committed(proof.clone())),
				Output::Commit {
					certificate: VerifiedCertificate::from_verified_votes(proof),
					holders: vec![key(1), key(3)],
				},
			],
		),
	];
	for (at, (input, expected)) in steps.into_iter().enumerate() {
		let mut out = machine.handle(input);
		out.retain(|o| !matches!(o, Output::SetTimer(..) | Output::ClearTimer(_) | Output::Note(_)));
		assert_eq!(out, expected, "step {at}");
	}
}

#[test]
fn an_invalid_block_gets_no_vote_and_its_leader_is_replaced() {
	let (mut machine, _) = machine(0, 4, vec![]);
	(1..4).for_each(|i| drop(machine.handle(Input::PeerConnected(key(i)))));
	machine.handle(Input::Work(true));
	machine.handle(Input::Message(Message::PrePrepare(vote(1, Phase::PrePrepare, 1, 0, block(7)))));
	let out = machine.handle(judged(block(7), false));
	assert!(!out.iter().any(|o| matches!(o, Output::Broadcast(_))), "{out:?}");
	let timer = Timer::Progress(Height(1), View(0));
	assert!(out.contains(&Output::SetTimer(timer, parameters().base_timeout)));
	let out = machine.handle(Input::Timer(timer));
	assert!(out.iter().any(|o| matches!(o, Output::Broadcast(Message::ViewChange(_)))), "{out:?}");
}

#[test]
fn a_proposal_whose_message_is_lost_is_adopted_from_prepares() {
	let (mut machine, _) = machine(0, 4, vec![]);
	machine.handle(Input::Message(Message::Vote(vote(2, Phase::Prepare, 1, 0, block(7)))));
	let out = machine.handle(Input::Message(Message::Vote(vote(3, Phase::Prepare, 1, 0, block(7)))));
	let holders = vec![key(1), key(2), key(3)];
	let validate =
		Output::Validate { height: Height(1), block_hash: block(7), parent: genesis(), reproposed: false, holders };
	assert!(out.contains(&validate), "{out:?}");
}

/// The progress timer does not run without work, without a quorum in reach, or while a proposal is judged.
#[test]
fn when_the_progress_timer_runs() {
	let runs = |machine: &Machine<Toy>| machine.timers.contains_key(&crate::TimerKind::Progress);
	let (mut machine, _) = machine(0, 4, vec![]);
	(1..4).for_each(|i| drop(machine.handle(Input::PeerConnected(key(i)))));
	assert!(!runs(&machine), "nothing to order");
	machine.handle(Input::Work(true));
	assert!(runs(&machine));
	machine.handle(Input::PeerDisconnected(key(1)));
	assert!(runs(&machine), "three of four are enough");
	machine.handle(Input::PeerDisconnected(key(2)));
	assert!(!runs(&machine), "two of four cannot replace a leader");
	machine.handle(Input::PeerConnected(key(2)));
	assert!(runs(&machine));
	machine.handle(Input::Message(Message::PrePrepare(vote(1, Phase::PrePrepare, 1, 0, block(7)))));
	assert!(!runs(&machine), "executing");
	machine.handle(judged(block(7), true));
	assert!(runs(&machine));
	machine.handle(Input::Work(false));
	assert!(!runs(&machine));
}

#[test]
fn a_change_of_set_starts_views_again_and_drops_who_left() {
	// From height 3 onwards member 0 has left and member 4 has joined.
	fn change(height: Height, rules: &Rules) -> Rules {
		match height {
			Height(2) => rules_of(SetId(1), Height(3), (1..5).map(key).collect()),
			_ => rules.clone(),
		}
	}
	let mut net = Net::with(5, rules(4), change);
	// Node 4 is a follower in the old set and gets no votes; it learns the blocks by sync.
	net.deliver_until(2, &[0, 1, 2, 3]);
	net.sync(4);
	net.deliver_until(6, &[1, 2, 3, 4]);
	assert_eq!(net.nodes[4].machine.as_ref().unwrap().status().me, Some(SignerIndex(3)));
	assert_eq!(net.nodes[0].machine.as_ref().unwrap().set().id(), SetId(1));
	assert!(net.nodes[0].machine.as_ref().unwrap().status().me.is_none());
	let late = net.nodes[1].chain[4].clone();
	assert_eq!(late.set_id(), SetId(1));
}

/// A replica does not give up a view while it judges the leader's block, unless the block's body is missing.
#[test]
fn a_leader_that_keeps_the_body_to_itself_does_not_stop_the_timer() {
	let (mut machine, _) = machine(0, 4, vec![]);
	(1..4).for_each(|i| drop(machine.handle(Input::PeerConnected(key(i)))));
	let progress = |out: &[Output]| out.iter().any(|o| matches!(o, Output::SetTimer(Timer::Progress(..), _)));
	assert!(progress(&machine.handle(Input::Work(true))));
	let proposed = machine.handle(Input::Message(Message::PrePrepare(vote(1, Phase::PrePrepare, 1, 0, block(7)))));
	assert!(proposed.contains(&Output::ClearTimer(crate::TimerKind::Progress)), "{proposed:?}");
	let other = machine.handle(Input::BodyMissing { height: Height(1), block_hash: block(8) });
	assert_eq!(other, vec![], "that block was not proposed");
	let missing = machine.handle(Input::BodyMissing { height: Height(1), block_hash: block(7) });
	assert!(progress(&missing), "{missing:?}");
	let out = machine.handle(judged(block(7), true));
	assert!(out.iter().any(|o| matches!(o, Output::Broadcast(Message::Vote(v)) if v.vote.phase == Phase::Prepare)));
}

/// A future member connects before its set begins, and its connection is not announced a second time. It must count as
/// reachable all the same: with it, one of the others may fail.
#[test]
fn who_was_connected_before_it_joined_is_in_reach() {
	fn change(height: Height, rules: &Rules) -> Rules {
		match height {
			Height(2) => rules_of(SetId(1), Height(3), (0..5).map(key).collect()),
			_ => rules.clone(),
		}
	}
	let mut net = Net::with(5, rules(4), change);
	net.deliver_until(2, &[0, 1, 2, 3]);
	net.sync(4);
	net.deliver_until(4, &[0, 1, 2, 3, 4]);
	for i in 0..4 {
		assert_eq!(net.nodes[i].machine.as_ref().unwrap().status().reachable.len(), 5, "as node {i} sees it");
	}
	for down in 0..4 {
		net.crash(down);
		let others: Vec<usize> = (0..5).filter(|i| *i != down).collect();
		// Enough heights for the crashed node to be the leader of one.
		let goal = net.nodes[4].chain.len() + 6;
		for _ in 0..100_000 {
			if net.nodes.iter().filter(|node| node.chain.len() >= goal).count() >= 4 {
				break;
			}
			if net.queue.is_empty() {
				net.fire_all(others.clone(), &[TimerKind::Progress, TimerKind::NewView]);
			}
			net.deliver(1);
		}
		net.deliver_until(goal, &others);
		net.start(down);
		net.sync(down);
	}
}
