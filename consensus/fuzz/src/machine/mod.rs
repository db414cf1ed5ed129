//! The machine under hostile inputs: bytes become a set, a log and a sequence of inputs, and after each input every
//! rule of [`watch`] must hold.
//!
//! Everything that the machine trusts keeps its contract: a valid verdict holds the header of the block that it names,
//! final blocks stay final, set ids grow, and the machine's key signs only what the machine signed. Everything else is
//! hostile: every other member may sign anything, all of them together if need be, and the log may contradict itself.

mod content;
mod steps;
pub mod watch;
mod world;

use crate::choices::Choices;
use world::World;

/// Maximum number of steps that are made of the bytes of one run.
const MAX_STEPS: usize = 300;

/// The fuzz target.
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
