//! The only source of random numbers. ChaCha8 from a seed gives the same stream on every machine. Only 64-bit numbers
//! are drawn, so that the width of a pointer does not matter.

use rand_chacha::{
	rand_core::{RngCore, SeedableRng},
	ChaCha8Rng,
};

/// Random numbers from a seed.
#[derive(Clone, Debug)]
pub struct Dice(ChaCha8Rng);

impl Dice {
	/// The stream of a seed.
	pub fn new(seed: u64) -> Self {
		Self(ChaCha8Rng::seed_from_u64(seed))
	}

	/// A number below `bound`; 0 if `bound` is 0.
	pub fn below(&mut self, bound: u64) -> u64 {
		// The bias of the remainder is far below anything that a simulation of this length could show.
		if bound == 0 {
			0
		} else {
			self.0.next_u64() % bound
		}
	}

	/// A number within `low..=high`.
	pub fn within(&mut self, low: u64, high: u64) -> u64 {
		low + self.below(high.saturating_sub(low).saturating_add(1))
	}

	/// True in `per_mille` of a thousand cases.
	pub fn chance(&mut self, per_mille: u64) -> bool {
		self.below(1000) < per_mille
	}

	/// A random element of a slice; `None` if the slice is empty.
	pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
		from.get(self.below(from.len() as u64) as usize)
	}
}
