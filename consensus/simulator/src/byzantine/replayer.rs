//! Remembers messages that it hears, and sends them again later to any node.

use super::{Actor, Envelope, Message, Scene};

/// Maximum number of messages remembered.
const MEMORY: usize = 256;

#[derive(Default)]
pub struct Replayer {
	heard: Vec<Message>,
	next: usize,
}

impl Actor for Replayer {
	fn send(&mut self, scene: &mut Scene<'_>, to: &[usize], message: &Message) -> Vec<Envelope> {
		scene.copies(to, message)
	}

	fn hear(&mut self, message: &Message) {
		if self.heard.len() < MEMORY {
			self.heard.push(message.clone());
		} else {
			self.heard[self.next] = message.clone();
			self.next = (self.next + 1) % MEMORY;
		}
	}

	fn tick(&mut self, scene: &mut Scene<'_>) -> Vec<Envelope> {
		let to: Vec<usize> = scene.others().collect();
		let mut sent = Vec::new();
		for _ in 0..8 {
			if let (Some(message), Some(node)) = (scene.dice.pick(&self.heard), scene.dice.pick(&to)) {
				sent.push((*node, message.clone()));
			}
		}
		sent
	}
}
