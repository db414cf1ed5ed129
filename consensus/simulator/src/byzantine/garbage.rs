//! Flips bits in its messages. A message that no longer decodes is not sent: a receiver would drop it before its
//! machine.

use super::{Actor, Envelope, Message, Scene};
use codec::Encode;

pub struct Garbage;

impl Actor for Garbage {
	fn send(&mut self, scene: &mut Scene<'_>, to: &[usize], message: &Message) -> Vec<Envelope> {
		let mut bytes = message.encode();
		for _ in 0..scene.dice.within(1, 4) {
			let at = scene.dice.below(bytes.len() as u64) as usize;
			bytes[at] ^= 1 << scene.dice.below(8);
		}
		match Message::from_bytes(&bytes) {
			Ok(flipped) => scene.copies(to, &flipped),
			Err(_) => Vec::new(),
		}
	}
}
