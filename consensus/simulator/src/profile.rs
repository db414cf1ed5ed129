//! The circumstances under which a seed runs.

use crate::{
	byzantine::Kind,
	dice::Dice,
	network::{Micros, Weather},
};
use syndic_primitives::Dissemination;

/// A named range of circumstances; a seed draws from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Profile {
	/// Nothing fails.
	Calm,
	/// Loss, delay, partitions and clogged links; nobody crashes.
	Network,
	/// Crashes, torn logs, slow disks, pauses, rolling restarts, on a good network.
	Crashes,
	/// Up to f Byzantine validators on a good network.
	Byzantine,
	/// Everything at once.
	Storm,
	/// Everything at once, while committees of wholly different members take turns among a crowd. Only members talk to each
	/// other.
	Rotation,
	/// More than f validators are gone: nothing may be committed any more, and nothing may fork.
	Overload,
}

/// The circumstances that a seed drew.
#[derive(Clone, Debug)]
pub struct Circumstances {
	/// How bad the network is.
	pub weather: Weather,
	/// Chance per fault tick of a new partition, and of a clogged link, per mille.
	pub cuts: u64,
	/// Chance of a crash per fault tick, per mille.
	pub crashes: u64,
	/// Chance of a pause per fault tick, per mille.
	pub pauses: u64,
	/// Whether restarts roll through all nodes.
	pub rolling: bool,
	/// Maximum time that a sync to the disk takes, in µs.
	pub disk: Micros,
	/// How far clocks run apart, per mille.
	pub skew: u64,
	/// Byzantine validators: position and kind.
	pub byzantine: Vec<(usize, Kind)>,
	/// Number of validators that are down from the middle of the fault phase until the network heals.
	pub gone: usize,
	/// Number of honest validators that stay down when the network heals. With the Byzantine ones, they are at most f
	/// of a set.
	pub absent: usize,
	/// Whether the set changes.
	pub set_changes: bool,
	/// Delay in µs that is added to each link when the network heals. Mostly 0, now and then more than the base timeout
	/// allows.
	pub far: Micros,
	/// How many heights may be in progress at once.
	pub depth: u32,
	/// How votes travel.
	pub dissemination: Dissemination,
	/// Length of the fault phase, in µs.
	pub fault_phase: Micros,
}

impl Profile {
	/// The profile of a seed if none is asked for: a storm for half of the seeds, otherwise `Network`, `Crashes`,
	/// `Byzantine` or `Overload`.
	pub fn of_seed(seed: u64) -> Self {
		match seed % 10 {
			0 => Self::Network,
			1 => Self::Crashes,
			2 | 3 => Self::Byzantine,
			4 => Self::Overload,
			_ => Self::Storm,
		}
	}

	/// Draws the circumstances of one seed.
	pub fn draw(self, validators: usize, dice: &mut Dice) -> Circumstances {
		let f = syndic_primitives::set::max_faulty(validators);
		let network = matches!(self, Self::Network | Self::Storm | Self::Rotation);
		let crashes = matches!(self, Self::Crashes | Self::Storm | Self::Rotation);
		let byzantine = matches!(self, Self::Byzantine | Self::Storm);
		let mut weather = Weather { delay_high: dice.within(2_000, 20_000), ..Weather::calm() };
		if network {
			weather = Weather {
				loss: dice.below(300),
				duplication: dice.below(500),
				reordering: dice.below(300),
				straggle: dice.within(1_000, 400_000),
				delay_low: dice.within(100, 5_000),
				delay_high: dice.within(5_000, 150_000),
				bandwidth: dice.within(2_000, 125_000),
			};
		}
		let mut positions: Vec<usize> = (0..validators).collect();
		let mut actors = Vec::new();
		if byzantine {
			for _ in 0..dice.below(f as u64 + 1).max(u64::from(self == Self::Byzantine && f > 0)) {
				let at = positions.swap_remove(dice.below(positions.len() as u64) as usize);
				actors.push((at, Kind::ALL[dice.below(Kind::ALL.len() as u64) as usize]));
			}
		}
		let absent = match self {
			Self::Calm => 0,
			_ => dice.below((f - actors.len()) as u64 + 1) as usize,
		};
		Circumstances {
			weather,
			absent,
			cuts: if network { dice.below(300) } else { 0 },
			crashes: if crashes { dice.below(300) } else { 0 },
			pauses: if crashes { dice.below(200) } else { 0 },
			rolling: crashes && dice.chance(200),
			disk: if crashes { dice.within(100, 80_000) } else { 1_000 },
			skew: dice.below(100),
			byzantine: actors,
			gone: if self == Self::Overload { f + 1 } else { 0 },
			set_changes: self != Self::Overload && dice.chance(300),
			far: if network && dice.chance(100) { dice.within(300_000, 600_000) } else { 0 },
			fault_phase: dice.within(6, 25) * 1_000_000,
			depth: [1, 2, 3, 4, 8][dice.below(5) as usize],
			dissemination: match dice.below(3) {
				0 => Dissemination::Collector { k: dice.within(1, f as u64 + 1) as u32 },
				_ => Dissemination::Broadcast,
			},
		}
	}
}
