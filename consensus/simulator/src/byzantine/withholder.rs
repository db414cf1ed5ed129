//! Sends each message to some nodes only.

use super::{Actor, Envelope, Message, Scene};

pub struct Withholder;

impl Actor for Withholder {
	fn send(&mut self, scene: &mut Scene<'_>, to: &[usize], message: &Message) -> Vec<Envelope> {
		let some: Vec<usize> = to.iter().copied().filter(|_| scene.dice.chance(500)).collect();
		scene.copies(&some, message)
	}
}
