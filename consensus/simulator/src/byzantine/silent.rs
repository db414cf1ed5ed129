//! Sends nothing.

use super::{Actor, Envelope, Message, Scene};

pub struct Silent;

impl Actor for Silent {
	fn send(&mut self, _: &mut Scene<'_>, _: &[usize], _: &Message) -> Vec<Envelope> {
		Vec::new()
	}
}
