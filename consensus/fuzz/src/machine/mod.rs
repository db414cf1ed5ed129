//! The machine under hostile inputs: bytes become a set, a log and a sequence of inputs, and after each of them every rule
//! of [`watch`] must hold.
//!
//! Everything that the machine trusts keeps to its contract: verdicts name the block that was asked for, what is final stays
//! final, set ids grow, and its own key signs nothing that it did not sign. All else is hostile: every other member, all of
//! them together if need be, may sign anything, and the log may contradict itself.

mod content;
mod steps;
pub mod watch;
mod world;

use crate::choices::Choices;
use world::World;

/// The most inputs that are made of one run's bytes.
const MAX_STEPS: usize = 300;

/// The target.
pub fn target(bytes: &[u8]) {
	let mut choices = Choices::new(bytes);
	let mut world = World::new(&mut choices);
	for _ in 0..MAX_STEPS {
		if choices.is_over() {
			return;
		}
		world.step(&mut choices);
	}
}
