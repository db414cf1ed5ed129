//! The only source of chance. ChaCha8 from a seed gives the same stream on every machine; only 64-bit draws are made,
//! so that the width of a pointer does not matter.

use rand_chacha::{
	rand_core::{RngCore, SeedableRng},
	ChaCha8Rng,
};

/// Chance from a seed.
#[derive(Clone, Debug)]
pub struct Dice(ChaCha8Rng);

impl Dice {
	/// The stream of a seed.
	pub fn new(seed: u64) -> Self {
		Self(ChaCha8Rng::seed_from_u64(seed))
	}

	/// A number below `bound`; 0 if the bound is.
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

	/// True in so many of a thousand cases.
	pub fn chance(&mut self, per_mille: u64) -> bool {
		self.below(1000) < per_mille
	}

	/// One of a slice, by position; `None` if it is empty.
	pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
		from.get(self.below(from.len() as u64) as usize)
	}
}
