//! Several heights in progress at once.

use super::{net::Net, *};
use crate::{Message, TimerKind};
use syndic_primitives::Dissemination;

const DEPTH: u32 = 4;

fn deep() -> Net {
	Net::deep(4, DEPTH, Dissemination::Broadcast)
}

fn window(net: &Net, i: usize) -> Vec<BlockHash> {
	net.nodes[i].machine.as_ref().expect("it runs").status().window
}

/// Every height in the window is proposed and prepared although none is committed, each block as a child of the one
/// before.
#[test]
fn heights_begin_before_those_below_them_are_committed() {
	let mut net = deep();
	net.link = Box::new(|_, _, m| m.name() != "commit");
	net.deliver(10_000);
	for i in 0..4 {
		assert!(net.nodes[i].chain.is_empty());
		assert_eq!(window(&net, i), window(&net, 0));
		assert_eq!(window(&net, i).len(), DEPTH as usize);
		let locks = net.nodes[i].log.iter().filter(|record| matches!(record, Record::Locked(_))).count();
		assert_eq!(locks, DEPTH as usize);
	}
	net.link = Box::new(|_, _, _| true);
	let proposed = window(&net, 0);
	net.fire_all(0..4, &[TimerKind::Resend]);
	net.deliver_until(6, &[0, 1, 2, 3]);
	let committed: Vec<_> = net.nodes[0].chain.iter().map(|c| c.block_hash()).take(4).collect();
	assert_eq!(committed, proposed);
}

/// Commits of the second height arrive first: its block is committed, and delivered, after the first.
#[test]
fn commits_are_delivered_in_the_order_of_heights() {
	let mut net = deep();
	net.link = Box::new(
		|_, _, m| !matches!(m, Message::Vote(v) if v.vote.phase == Phase::Commit && v.vote.height == Height(1)),
	);
	net.deliver(10_000);
	assert!(net.nodes.iter().all(|node| node.chain.is_empty()), "the Net itself checks the order");
	net.link = Box::new(|_, _, _| true);
	net.fire_all(0..4, &[TimerKind::Resend]);
	net.deliver_until(4, &[0, 1, 2, 3]);
}

/// The blocks that all members locked in a window are committed after the view change, height by height, and no others.
#[test]
fn a_view_change_keeps_a_window_of_locks() {
	let mut net = deep();
	net.link = Box::new(|_, _, m| m.name() != "commit");
	net.deliver(10_000);
	let locked = window(&net, 0);
	net.crash(1);
	net.link = Box::new(|from, to, _| from != 1 && to != 1);
	[0, 2, 3].iter().for_each(|i| assert!(net.fire(*i, TimerKind::Progress)));
	net.deliver_until(5, &[0, 2, 3]);
	for (certificate, block_hash) in net.nodes[0].chain.iter().zip(&locked) {
		assert_eq!((certificate.view(), certificate.block_hash()), (View(1), *block_hash));
	}
}

/// Nothing is voted on at heights whose rules are not known.
#[test]
fn the_window_ends_where_a_change_is_scheduled() {
	fn law(height: Height, rules: &Rules) -> Rules {
		let until = Some(Height(2)).filter(|_| height < Height(2));
		Rules { until, ..rules.clone() }
	}
	let parameters = Parameters { pipeline_depth: DEPTH, ..parameters() };
	let mut net = Net::with(4, Rules { parameters, until: Some(Height(2)), ..rules(4) }, law);
	net.link = Box::new(|_, _, m| m.name() != "commit");
	net.deliver(10_000);
	assert_eq!(window(&net, 0).len(), 2);
	net.link = Box::new(|_, _, _| true);
	net.fire_all(0..4, &[TimerKind::Resend]);
	net.deliver_until(3, &[0, 1, 2, 3]);
}

fn on(parent: BlockHash, height: u32, view: u32, n: u8) -> PreparedBlock {
	let header = header(height, parent, n);
	PreparedBlock { certificate: certificate(&[0, 1, 2], Phase::Prepare, height, view, header.hash()), header }
}

fn again(reports: &[crate::SignedViewChange]) -> Vec<(Height, BlockHash)> {
	crate::new_view::reproposals(reports.iter().map(|report| &report.view_change), &rules(4).set)
}

#[test]
fn a_chain_is_proposed_again_and_no_orphan() {
	let (low, high) = (on(genesis(), 1, 0, 7), on(genesis(), 1, 2, 8));
	let (of_low, of_high) = (on(low.block_hash(), 2, 1, 7), on(high.block_hash(), 2, 0, 8));
	let report = |signer, chain: &[&PreparedBlock]| {
		view_change_of(signer, 3, None, chain.iter().map(|p| (*p).clone()).collect())
	};
	let place = |p: &PreparedBlock| (p.height(), p.block_hash());
	// The higher view wins at height 1. At height 2 the only prepared block is then an orphan, so the chain ends.
	assert_eq!(again(&[report(0, &[&low, &of_low]), report(1, &[&high])]), [place(&high)]);
	assert_eq!(again(&[report(0, &[&low, &of_low]), report(1, &[])]), [place(&low), place(&of_low)]);
	assert_eq!(again(&[report(0, &[&high, &of_high]), report(1, &[])]), [place(&high), place(&of_high)]);
	assert_eq!(again(&[report(0, &[]), report(1, &[])]), []);
}

/// Only one member reports a commit at height 3; another is locked on the blocks that lead there.
#[test]
fn what_leads_to_a_commit_is_proposed_again() {
	let one = on(genesis(), 1, 0, 1);
	let two = on(one.block_hash(), 2, 0, 2);
	let three = on(two.block_hash(), 3, 0, 3);
	let four = on(three.block_hash(), 4, 0, 4);
	let commit = certificate(&[0, 1, 2], Phase::Commit, 3, 0, three.block_hash());
	let ahead = view_change_of(3, 1, Some(commit), vec![four.clone()]);
	let first = certificate(&[0, 1, 2], Phase::Commit, 1, 0, one.block_hash());
	let behind = view_change_of(0, 1, Some(first), vec![two.clone(), three.clone()]);
	let nothing = view_change_of(1, 1, None, vec![]);
	let place = |p: &PreparedBlock| (p.height(), p.block_hash());
	assert_eq!(again(&[behind, nothing.clone(), ahead.clone()]), [place(&two), place(&three), place(&four)]);
	assert_eq!(again(&[nothing, ahead]), [place(&four)], "without headers there is no way down");
}

/// A lock on a child of a block that was not committed is dropped, and another block can be prepared.
#[test]
fn a_lock_on_an_orphan_is_dropped() {
	let orphan = on(block(9), 2, 0, 7);
	let voted = Record::Voted {
		set_id: SetId(0),
		height: Height(1),
		view: View(0),
		phase: Phase::Commit,
		block_hash: block(9),
	};
	let deep = Rules { parameters: Parameters { pipeline_depth: 2, ..parameters() }, ..rules(4) };
	let (mut machine, _) = Machine::new(Config {
		genesis: genesis(),
		keys: Toy(Some(key(0))),
		committed: (Height(0), genesis(), None),
		rules: deep.clone(),
		records: vec![voted, Record::Locked(orphan)],
	});
	let commit = certificate(&[1, 2, 3], Phase::Commit, 1, 0, block(6));
	machine.handle(finalised(VerifiedCertificate::from_verified_votes(commit), deep));
	assert_eq!(machine.status().locked, None);
	assert!(machine.blocks_in_use().is_empty());
}

/// The leader of the last height that a `u32` can hold, with a window of two, after `head` is final.
fn at_the_end(head: u32) -> Machine<Toy> {
	let leader = rules(4).set.leader(Height(u32::MAX), View(0), 1);
	let (mut machine, _) = Machine::new(Config {
		genesis: genesis(),
		keys: Toy(Some(key(leader.0))),
		committed: (Height(head), block(6), None),
		rules: Rules { parameters: Parameters { pipeline_depth: 2, ..parameters() }, ..rules(4) },
		records: vec![],
	});
	machine.handle(Input::Work(true));
	machine
}

/// After the last height is final, it is not decided a second time, whatever messages arrive.
#[test]
fn the_last_height_is_committed_once() {
	let commit = certificate(&[0, 1, 2], Phase::Commit, u32::MAX, 3, block(7));
	let mut messages = vec![
		Message::Committed(commit.clone()),
		Message::ViewChange(view_change(1, 4, Some(commit), vec![])),
		Message::Prepared(certificate(&[0, 1, 2], Phase::Prepare, u32::MAX, 3, block(7))),
	];
	messages.extend([0, 1, 2].map(|signer| Message::Vote(vote(signer, Phase::Commit, u32::MAX, 3, block(7)))));
	for from in 0..messages.len() {
		let mut machine = at_the_end(u32::MAX);
		for message in messages[from..].iter().cloned() {
			let name = message.name();
			let out = machine.handle(Input::Message(message));
			assert!(!out.iter().any(|o| matches!(o, Output::Commit { .. })), "{name}: {out:?}");
		}
	}
}

/// The window does not reach beyond the last height: no block above it is proposed or judged.
#[test]
fn a_window_ends_at_the_last_height() {
	let mut machine = at_the_end(u32::MAX - 1);
	let last = header(u32::MAX, block(6), 7);
	let hash = last.hash();
	let out = machine.handle(Input::Built { view: View(0), header: Box::new(last) });
	let proposed = |o: &Output| matches!(o, Output::Broadcast(Message::PrePrepare(v)) if v.vote.block_hash == hash);
	assert!(out.iter().any(proposed), "{out:?}");
	assert!(!out.iter().any(|o| matches!(o, Output::Build { .. } | Output::Validate { .. })), "{out:?}");
	assert_eq!(machine.status().window, [hash]);
}
