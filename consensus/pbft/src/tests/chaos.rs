//! Small networks under loss, duplication, reordering, crashes and early timers, generated from seeds. First faults of
//! all kinds occur, and no invariant may break; then the network heals and must make progress.

use super::{net::Net, *};
use crate::TimerKind;
use sp_crypto_hashing::blake2_64;
use syndic_primitives::Dissemination;

/// A stream of pseudo-random numbers from a seed.
struct Dice(u64);

impl Dice {
	fn roll(&mut self, below: u64) -> u64 {
		self.0 = u64::from_le_bytes(blake2_64(&self.0.to_le_bytes()));
		self.0 % below
	}
}

const KINDS: [TimerKind; 3] = [TimerKind::Progress, TimerKind::NewView, TimerKind::Resend];

fn run(n: u16, seed: u64) {
	let mut dice = Dice(seed);
	let depth = [1, 2, 4, 8][dice.roll(4) as usize];
	let dissemination = match dice.roll(3) {
		0 => Dissemination::Collector { k: 1 + dice.roll(2) as u32 },
		_ => Dissemination::Broadcast,
	};
	let mut net = Net::deep(n, depth, dissemination);
	let nodes = n as usize;
	let mut down: Vec<usize> = vec![];
	let loss = dice.roll(30);
	for _ in 0..600 {
		match dice.roll(100) {
			0..=84 => {
				let len = net.queue.len() as u64;
				if len == 0 {
					continue;
				}
				// Messages are delivered out of order.
				let at = dice.roll(len.min(20)) as usize;
				let message = net.queue.remove(at).expect("in range");
				if dice.roll(100) < 10 {
					net.queue.push_back(message.clone());
				}
				if dice.roll(100) >= loss {
					net.queue.push_front(message);
					net.deliver(1);
				}
			}
			85..=94 => {
				let i = dice.roll(nodes as u64) as usize;
				net.fire(i, KINDS[dice.roll(3) as usize]);
			}
			95..=96 => {
				let i = dice.roll(nodes as u64) as usize;
				if net.nodes[i].machine.is_some() {
					net.crash(i);
					down.push(i);
				}
			}
			97..=98 if !down.is_empty() => {
				let i = down.swap_remove(dice.roll(down.len() as u64) as usize);
				net.start(i);
			}
			_ => net.sync(dice.roll(nodes as u64) as usize),
		}
	}
	// The network heals.
	down.into_iter().for_each(|i| net.start(i));
	let goal = net.nodes.iter().map(|node| node.chain.len()).max().unwrap_or(0) + 3;
	for _ in 0..30 {
		(0..nodes).for_each(|i| net.sync(i));
		net.deliver(1_000);
		if net.nodes.iter().all(|node| node.chain.len() >= goal) {
			return;
		}
		// Time passes: lost messages are sent again, and nodes that wait too long give up their view.
		net.fire_all(0..nodes, &[TimerKind::Resend, TimerKind::NewView, TimerKind::Progress]);
	}
	let state: Vec<_> = net.nodes.iter().map(|node| node.machine.as_ref().map(Machine::status)).collect();
	panic!("seed {seed}, n = {n}: height {goal} was not reached after the network healed: {state:#?}");
}

#[test]
fn four_validators() {
	(0..400).for_each(|seed| run(4, seed));
}

#[test]
fn seven_validators() {
	(0..100).for_each(|seed| run(7, seed));
}

#[test]
fn two_and_three_validators() {
	(0..100).for_each(|seed| run(2 + (seed % 2) as u16, seed));
}
