//! As leader, proposes one block to some nodes and another block to the rest, and prepares both.

use super::{Actor, Envelope, Message, Scene};
use syndic_primitives::{Phase, Vote};

pub struct Equivocator;

impl Actor for Equivocator {
	fn send(&mut self, scene: &mut Scene<'_>, to: &[usize], message: &Message) -> Vec<Envelope> {
		let Message::PrePrepare(original) = message else { return scene.copies(to, message) };
		let block_hash = scene.sibling(&original.vote.block_hash, true);
		let other = Vote { block_hash, ..original.vote };
		let proposal = scene.vote(other);
		let prepare = scene.vote(Vote { phase: Phase::Prepare, ..other });
		let mut sent = Vec::new();
		for node in to {
			match (&proposal, &prepare, scene.dice.chance(500)) {
				(Some(proposal), Some(prepare), true) => {
					sent.push((*node, Message::PrePrepare(proposal.clone())));
					sent.push((*node, Message::Vote(prepare.clone())));
				}
				_ => sent.push((*node, message.clone())),
			}
		}
		sent
	}
}
