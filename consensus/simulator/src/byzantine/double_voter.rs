//! Sends its machine's vote to some nodes and a vote for another block to others, sometimes both to one node.

use super::{Actor, Envelope, Message, Scene};
use syndic_primitives::Vote;

pub struct DoubleVoter;

impl Actor for DoubleVoter {
	fn send(&mut self, scene: &mut Scene<'_>, to: &[usize], message: &Message) -> Vec<Envelope> {
		let Message::Vote(original) = message else { return scene.copies(to, message) };
		let block_hash = scene.another_block(true);
		let Some(other) = scene.vote(Vote { block_hash, ..original.vote }) else { return Vec::new() };
		let mut sent = Vec::new();
		for node in to {
			let draw = scene.dice.below(3);
			if draw != 1 {
				sent.push((*node, message.clone()));
			}
			if draw != 0 {
				sent.push((*node, Message::Vote(other.clone())));
			}
		}
		sent
	}
}
