//! Fills memory: votes for one height in ever higher views.

use super::{Actor, Envelope, Message, Scene};
use syndic_primitives::{Phase, View, Vote};

/// Number of views per tick.
const BURST: u32 = 40;

#[derive(Default)]
pub struct Flooder {
	next: u32,
}

impl Actor for Flooder {
	fn send(&mut self, scene: &mut Scene<'_>, to: &[usize], message: &Message) -> Vec<Envelope> {
		scene.copies(to, message)
	}

	fn tick(&mut self, scene: &mut Scene<'_>) -> Vec<Envelope> {
		let to: Vec<usize> = scene.others().collect();
		let (set_id, height, block_hash) = (scene.set.id(), scene.head.0.next(), scene.another_block(true));
		let mut sent = Vec::new();
		for _ in 0..BURST {
			self.next = self.next.wrapping_add(1);
			for phase in [Phase::Prepare, Phase::Commit] {
				let vote = Vote { set_id, height, view: View(self.next), phase, block_hash };
				if let Some(vote) = scene.vote(vote) {
					sent.extend(scene.copies(&to, &Message::Vote(vote)));
				}
			}
		}
		sent
	}
}
