//! A crash at every boundary between two outputs, from the proposal to the commit of a window of heights and through a
//! view change. No lock is lost, no member signs two different votes for one place, and all nodes make progress
//! afterwards.
//!
//! The log is synced after each record, before any later output. So damage reaches only the record that was being
//! written: it is there, or it is not. The client's `wal::boundaries` does the same with a real log on a disk and every
//! kind of damage to its file.

use super::{
	net::{Doom, Net},
	*,
};
use crate::{Message, TimerKind};
use std::collections::BTreeMap;
use syndic_primitives::Dissemination;

const KINDS: [TimerKind; 3] = [TimerKind::Resend, TimerKind::NewView, TimerKind::Progress];

/// The highest lock at each height that a log holds.
fn locks(log: &[Record]) -> BTreeMap<Height, (View, BlockHash)> {
	let mut locks = BTreeMap::new();
	for record in log {
		if let Record::Locked(lock) = record {
			locks.insert(lock.height(), (lock.view(), lock.block_hash()));
		}
	}
	locks
}

/// Runs until `node` has carried out `outputs` outputs, crashes and restarts the node there, and continues for three
/// more heights. Returns whether the crash was reached.
fn crash_at(depth: u32, dissemination: Dissemination, node: usize, outputs: usize, survives: bool) -> bool {
	let told = format!("depth {depth}, {dissemination:?}, node {node}, after {outputs} outputs, survives: {survives}");
	let mut net = Net::deep(4, depth, dissemination);
	net.doom = Some(Doom { node, outputs, survives });
	let early = |net: &Net| net.nodes.iter().map(|n| n.chain.len()).max().unwrap_or(0) < 3;
	// Commits of view 0 are lost, so that a view change with locks follows.
	net.link =
		Box::new(|_, _, m| !matches!(m, Message::Vote(v) if v.vote.phase == Phase::Commit && v.vote.view == View(0)));
	for _ in 0..40 {
		if net.doom.is_none() || !early(&net) {
			break;
		}
		for _ in 0..400 {
			if net.doom.is_some() {
				net.deliver(1);
			}
		}
		if net.doom.is_some() {
			net.fire_all(0..4, &KINDS);
		}
	}
	let crashed = net.nodes[node].machine.is_none();
	net.doom = None;
	if crashed {
		let before = locks(&net.nodes[node].log);
		net.start(node);
		let chain = net.nodes[node].chain.len() as u32;
		let status = net.nodes[node].machine.as_ref().expect("it has just started").status();
		let next = before.get(&Height(chain + 1));
		assert_eq!(status.locked.as_ref(), next, "a lock is lost or made up: {told}");
	}
	net.link = Box::new(|_, _, _| true);
	let goal = net.nodes.iter().map(|n| n.chain.len()).max().unwrap_or(0) + 3;
	for _ in 0..40 {
		(0..4).for_each(|i| net.sync(i));
		net.deliver(2_000);
		if net.nodes.iter().all(|n| n.chain.len() >= goal) {
			return crashed;
		}
		net.fire_all(0..4, &KINDS);
	}
	panic!("height {goal} was not reached: {told}");
}

fn every_boundary(depth: u32, dissemination: Dissemination) {
	for node in [0, 1, 2] {
		for survives in [false, true] {
			let mut boundary = 0;
			while crash_at(depth, dissemination, node, boundary, survives) {
				boundary += 1;
			}
			assert!(boundary > 40, "node {node} carried out {boundary} outputs only");
		}
	}
}

#[test]
fn one_height_at_a_time() {
	every_boundary(1, Dissemination::Broadcast);
}

#[test]
fn four_heights_at_once() {
	every_boundary(4, Dissemination::Broadcast);
}

#[test]
fn through_collectors() {
	every_boundary(2, Dissemination::Collector { k: 2 });
}
