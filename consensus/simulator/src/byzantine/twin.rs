//! Says what its machine says. What makes it faulty is that another machine has the same key and knows nothing of it.

use super::{Actor, Envelope, Message, Scene};

pub struct Twin;

impl Actor for Twin {
	fn send(&mut self, scene: &mut Scene<'_>, to: &[usize], message: &Message) -> Vec<Envelope> {
		scene.copies(to, message)
	}
}
