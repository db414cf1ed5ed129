//! Sends what its machine sends. It is faulty because another machine has the same key, and neither knows of the other.

use super::{Actor, Envelope, Message, Scene};

pub struct Twin;

impl Actor for Twin {
	fn send(&mut self, scene: &mut Scene<'_>, to: &[usize], message: &Message) -> Vec<Envelope> {
		scene.copies(to, message)
	}
}
