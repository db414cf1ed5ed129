//! As leader proposes blocks that do not execute.

use super::{Actor, Envelope, Message, Scene};
use syndic_primitives::Vote;

pub struct Invalid;

impl Actor for Invalid {
	fn send(&mut self, scene: &mut Scene<'_>, to: &[usize], message: &Message) -> Vec<Envelope> {
		let Message::PrePrepare(original) = message else { return scene.copies(to, message) };
		let block_hash = scene.sibling(&original.vote.block_hash, false);
		let proposal = scene.vote(Vote { block_hash, ..original.vote });
		proposal.map_or(Vec::new(), |proposal| scene.copies(to, &Message::PrePrepare(proposal)))
	}
}
