//! Restarts often, each time with an empty log. It may therefore sign a second vote that conflicts with an earlier one.

use super::{Actor, Envelope, Message, Scene};
use crate::dice::Dice;

pub struct Amnesiac;

impl Actor for Amnesiac {
	fn send(&mut self, scene: &mut Scene<'_>, to: &[usize], message: &Message) -> Vec<Envelope> {
		scene.copies(to, message)
	}

	fn forgets(&mut self, dice: &mut Dice) -> bool {
		dice.chance(300)
	}
}
