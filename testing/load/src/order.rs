//! The order in which a sender's transactions are offered, relative to their nonces.

use rand_chacha::{
	rand_core::{RngCore, SeedableRng},
	ChaCha8Rng,
};

/// Number of nonces that `reversed-tens` reverses at a time.
const REVERSED_RUN: usize = 10;

/// The order in which a sender's nonces are offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Order {
	/// Ascending.
	Sequential,
	/// Random, drawn from the seed for each sender.
	Shuffled,
	/// Ascending runs of ten, each offered from its last nonce to its first.
	ReversedTens,
}

impl Order {
	/// The offsets `0..count` in the order in which sender number `sender` offers them.
	pub fn arrange(self, count: usize, sender: usize, seed: u64) -> Vec<u32> {
		let mut offsets: Vec<u32> = (0..count as u32).collect();
		match self {
			Self::Sequential => {}
			Self::Shuffled => {
				let mut random = ChaCha8Rng::seed_from_u64(seed);
				random.set_stream(sender as u64);
				for last in (1..offsets.len()).rev() {
					offsets.swap(last, (random.next_u64() % (last as u64 + 1)) as usize);
				}
			}
			Self::ReversedTens => offsets.chunks_mut(REVERSED_RUN).for_each(<[u32]>::reverse),
		}
		offsets
	}
}
