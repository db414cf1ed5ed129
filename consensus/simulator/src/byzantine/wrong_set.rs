//! Sends each of its votes once more, signed for another set.

use super::{Actor, Envelope, Message, Scene};
use syndic_primitives::{SetId, Vote};

pub struct WrongSet;

impl Actor for WrongSet {
	fn send(&mut self, scene: &mut Scene<'_>, to: &[usize], message: &Message) -> Vec<Envelope> {
		let mut sent = scene.copies(to, message);
		if let Message::Vote(original) = message {
			let set_id = SetId(original.vote.set_id.0 ^ 1);
			if let Some(vote) = scene.vote(Vote { set_id, ..original.vote }) {
				sent.extend(scene.copies(to, &Message::Vote(vote)));
			}
		}
		sent
	}
}
