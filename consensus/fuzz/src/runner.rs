//! Runs a target on stable Rust: its corpus as it is, then mutations of it, from a fixed seed.

use crate::corpus;
use std::{
	fs,
	panic::{self, AssertUnwindSafe},
	path::{Path, PathBuf},
};

/// Maximum length of an input that is made.
pub const MAX_INPUT_BYTES: usize = 4096;

/// Numbers from a seed: SplitMix64, by Steele, Lea and Flood (OOPSLA 2014).
#[derive(Clone, Debug)]
pub struct Dice(pub u64);

impl Dice {
	/// Any number.
	pub fn any(&mut self) -> u64 {
		self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
		let mut z = self.0;
		z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
		z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
		z ^ (z >> 31)
	}

	/// A number below `count`; 0 if `count` is 0.
	pub fn below(&mut self, count: usize) -> usize {
		(self.any() % count.max(1) as u64) as usize
	}
}

/// Feeds `target` with every input of the corpus in `dir`, then with `inputs` inputs that are made of the corpus.
/// Returns the number of inputs fed. A panic of the target is passed on, after the place of the input was printed: the
/// file or the line of the corpus, or a new file for an input that was made.
pub fn run(dir: &Path, inputs: usize, target: impl Fn(&[u8])) -> usize {
	let from_env = |name: &str| std::env::var(name).ok().map(|value| value.parse().expect("a number"));
	let inputs = from_env("SYNDIC_FUZZ_INPUTS").map_or(inputs, |n: u64| n as usize);
	let mut dice = Dice(from_env("SYNDIC_FUZZ_SEED").unwrap_or(1));
	let corpus = corpus::inputs(dir);
	for (path, bytes) in &corpus {
		one(&target, bytes, |_| path.clone());
	}
	let seeds: Vec<&[u8]> = corpus.iter().map(|(_, bytes)| &bytes[..]).collect();
	for number in 0..inputs {
		let bytes = input(&mut dice, &seeds);
		one(&target, &bytes, |bytes| {
			let path = std::env::temp_dir().join(format!("syndic-fuzz-{}-{number}", std::process::id()));
			fs::write(&path, bytes).expect("the directory for temporary files can be written");
			path
		});
	}
	corpus.len() + inputs
}

fn one(target: &impl Fn(&[u8]), bytes: &[u8], name: impl FnOnce(&[u8]) -> PathBuf) {
	if let Err(cause) = panic::catch_unwind(AssertUnwindSafe(|| target(bytes))) {
		eprintln!("the input that broke it: {}; copy it into the corpus, under a name", name(bytes).display());
		panic::resume_unwind(cause);
	}
}

/// Mostly a seed with a few changes, sometimes random bytes.
fn input(dice: &mut Dice, seeds: &[&[u8]]) -> Vec<u8> {
	let mut bytes = match seeds.get(dice.below(seeds.len() + seeds.len() / 4 + 1)) {
		Some(seed) => seed.to_vec(),
		None => {
			let length = dice.below(512);
			return (0..length).map(|_| dice.any() as u8).collect();
		}
	};
	for _ in 0..=dice.below(6) {
		mutate(dice, &mut bytes, seeds);
	}
	bytes.truncate(MAX_INPUT_BYTES);
	bytes
}

fn mutate(dice: &mut Dice, bytes: &mut Vec<u8>, seeds: &[&[u8]]) {
	const INTERESTING: [u8; 12] = [0, 1, 2, 3, 4, 0x7f, 0x80, 0xfc, 0xfd, 0xfe, 0xff, 0x10];
	let at = dice.below(bytes.len());
	let end = at + dice.below((bytes.len() - at).min(80) + 1);
	match dice.below(8) {
		0 if !bytes.is_empty() => bytes[at] ^= 1 << dice.below(8),
		1 if !bytes.is_empty() => bytes[at] = dice.any() as u8,
		2 if !bytes.is_empty() => bytes[at] = INTERESTING[dice.below(INTERESTING.len())],
		3 => bytes.insert(at, dice.any() as u8),
		4 => drop(bytes.drain(at..end)),
		5 => {
			let again = bytes[at..end].to_vec();
			bytes.splice(at..at, again);
		}
		6 if bytes.len() >= at + 4 => {
			let number = [0, u32::MAX, u32::MAX - 1, 1 << 31][dice.below(4)];
			bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
		}
		_ => {
			let Some(other) = seeds.get(dice.below(seeds.len())) else { return };
			let from = dice.below(other.len());
			let to = from + dice.below(other.len() - from + 1);
			bytes.splice(at..end, other[from..to].iter().copied());
		}
	}
}
