//! Asks for views that are far ahead or long past, and sends commits in them.

use super::{Actor, Envelope, Message, Scene};
use syndic_pbft::{SignedViewChange, ViewChange};
use syndic_primitives::{Phase, View, Vote};

pub struct Stale;

impl Actor for Stale {
	fn send(&mut self, scene: &mut Scene<'_>, to: &[usize], message: &Message) -> Vec<Envelope> {
		scene.copies(to, message)
	}

	fn tick(&mut self, scene: &mut Scene<'_>) -> Vec<Envelope> {
		let to: Vec<usize> = scene.others().collect();
		let view = View(match scene.dice.below(3) {
			0 => scene.dice.below(4) as u32,
			1 => scene.dice.below(1_000) as u32,
			_ => u32::MAX - scene.dice.below(3) as u32,
		});
		let Some(signer) = scene.position() else { return Vec::new() };
		let view_change = ViewChange { set_id: scene.set.id(), new_view: view, committed: None, prepared: Vec::new() };
		let Some(signature) = scene.sign(&view_change.payload(&crate::blocks::genesis())) else { return Vec::new() };
		let ask = Message::ViewChange(SignedViewChange { view_change, signer, signature });
		let mut sent = scene.copies(&to, &ask);
		let block_hash = scene.another_block(true);
		let height = scene.head.0.next();
		let vote = Vote { set_id: scene.set.id(), height, view, phase: Phase::Commit, block_hash };
		if let Some(vote) = scene.vote(vote) {
			sent.extend(scene.copies(&to, &Message::Vote(vote)));
		}
		sent
	}
}
