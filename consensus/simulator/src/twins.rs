//! Twins (Bano et al. 2020, "Twins: BFT systems made robust"): two honest machines with one key act as a validator that
//! equivocates and forgets. The network is cut in two, in another way in each phase. What one half of a twin says on
//! its side contradicts what the other half says on the other side. The leader follows from height and view, and these
//! follow from the cuts: a schedule of cuts is a schedule of leaders too.
//!
//! Four validators tolerate one twin, and [`listed`] has every schedule of [`LISTED_PHASES`] phases. For more
//! validators, schedules are [`drawn`] from seeds.

use crate::{
	audit::Audit,
	dice::Dice,
	invariant::{without_panic, Violation},
	network::Micros,
	run::recover,
	world::World,
};
use std::{fmt, str::FromStr};
use syndic_primitives::{set::max_faulty, Height};

/// The number of validators for which all schedules are listed.
pub const LISTED_VALIDATORS: usize = 4;

/// How many phases a listed schedule has.
pub const LISTED_PHASES: u32 = 3;

/// How long each phase of a listed schedule lasts, in µs. The shorter length cuts a view off in its middle; the longer
/// one outlasts the first timeout and its view change.
pub const LISTED_TEMPOS: [Micros; 2] = [700_000, 2_500_000];

/// Windows of the listed schedules, which alternate: one height, and more heights than a phase can fill.
pub const LISTED_DEPTHS: [u32; 2] = [1, 3];

/// Names a scenario of a given number of validators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Id {
	/// A position in [`listed`].
	Listed(u64),
	/// A seed for [`drawn`].
	Drawn(u64),
}

impl Id {
	/// Its position, or its seed.
	pub fn number(self) -> u64 {
		match self {
			Self::Listed(number) | Self::Drawn(number) => number,
		}
	}
}

impl fmt::Display for Id {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Listed(number) => write!(f, "{number}"),
			Self::Drawn(seed) => write!(f, "s{seed}"),
		}
	}
}

impl FromStr for Id {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, String> {
		let number = |part: &str| part.parse::<u64>().map_err(|e| format!("`{text}` is neither 17 nor s17: {e}"));
		match text.strip_prefix('s') {
			Some(seed) => number(seed).map(Self::Drawn),
			None => number(text).map(Self::Listed),
		}
	}
}

/// How the network is cut for some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
	/// The side of each node.
	pub sides: Vec<bool>,
	/// How long the phase lasts, in µs.
	pub lasts: Micros,
}

/// The validators that run twice, and the cuts of the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
	/// How many validators there are. Each has a node of the same number.
	pub validators: usize,
	/// The validators that run twice. Their second halves are the nodes after the validators, in this order.
	pub twins: Vec<usize>,
	/// The phases, one after the other; then the network heals.
	pub phases: Vec<Phase>,
	/// Whether the twins end when the network heals. Otherwise they go on.
	pub silenced: bool,
	/// How many heights may be in progress at once.
	pub depth: u32,
	/// Draws delays, clocks and blocks.
	pub seed: u64,
}

/// The result of a scenario.
#[derive(Clone, Debug)]
pub struct Outcome {
	/// The highest height that an honest node has final.
	pub height: Height,
	/// How often honest nodes found evidence: two conflicting votes of one validator.
	pub evidence: u64,
	/// The hash over the whole history.
	pub audit: u64,
	/// What broke, if anything did.
	pub violation: Option<Violation>,
}

/// Runs a scenario.
pub fn run(scenario: &Scenario, audit: Audit) -> Outcome {
	let mut world = World::twins(scenario, audit);
	let violation = without_panic(|| phases(&mut world, scenario)).err();
	Outcome { height: world.checker.highest(), evidence: world.evidence, audit: world.audit.hash(), violation }
}

fn phases(world: &mut World, scenario: &Scenario) -> Result<(), Violation> {
	for phase in &scenario.phases {
		world.cut(&phase.sides);
		world.run_until(world.now + phase.lasts)?;
	}
	world.heal();
	if scenario.silenced {
		world.silence();
	}
	recover(world, scenario.validators)
}

/// The sides of `nodes` nodes. `cut` has a bit for each node but the first, which is always on the side `false`.
fn sides(nodes: usize, cut: u64) -> Vec<bool> {
	(0..nodes).map(|node| node > 0 && cut >> (node - 1) & 1 == 1).collect()
}

/// The same cut with the places of two nodes exchanged.
fn exchanged(nodes: usize, cut: u64, one: usize, other: usize) -> u64 {
	let mut sides = sides(nodes, cut);
	sides.swap(one, other);
	(1..nodes).filter(|node| sides[*node] != sides[0]).map(|node| 1 << (node - 1)).sum()
}

/// Every scenario of four validators of which one is a twin: each choice of the twin, each tempo, and each sequence of
/// cuts of the five nodes into at most two sides. Two sequences that differ only in which half of the twin is which are
/// one scenario. Other validators cannot be exchanged, since each leads at another height.
pub fn listed() -> Vec<Scenario> {
	let nodes = LISTED_VALIDATORS + max_faulty(LISTED_VALIDATORS);
	let cuts = 1_u64 << (nodes - 1);
	let mut scenarios = Vec::new();
	for twin in 0..LISTED_VALIDATORS {
		for lasts in LISTED_TEMPOS {
			for number in 0..cuts.pow(LISTED_PHASES) {
				let sequence: Vec<u64> = (0..LISTED_PHASES).map(|at| number / cuts.pow(at) % cuts).collect();
				let mirrored = sequence.iter().map(|cut| exchanged(nodes, *cut, twin, LISTED_VALIDATORS));
				if mirrored.lt(sequence.iter().copied()) {
					continue;
				}
				scenarios.push(Scenario {
					validators: LISTED_VALIDATORS,
					twins: vec![twin],
					phases: sequence.iter().map(|cut| Phase { sides: sides(nodes, *cut), lasts }).collect(),
					// A twin that goes on can do more harm; a twin that ends leaves a bare quorum. The scenarios
					// alternate.
					silenced: scenarios.len() % 2 == 1,
					depth: LISTED_DEPTHS[scenarios.len() / 2 % LISTED_DEPTHS.len()],
					seed: scenarios.len() as u64,
				});
			}
		}
	}
	scenarios
}

/// A scenario with f twins and three to eight phases, each of which parts the halves of most twins.
pub fn drawn(validators: usize, seed: u64) -> Scenario {
	// The world draws from the seed itself, so this stream must be another one.
	let mut dice = Dice::new(seed ^ 0x7717_5000_0000_0000);
	let mut rest: Vec<usize> = (0..validators).collect();
	let twins: Vec<usize> =
		(0..max_faulty(validators)).map(|_| rest.swap_remove(dice.below(rest.len() as u64) as usize)).collect();
	let phases = (0..dice.within(3, 8))
		.map(|_| {
			let share = dice.below(501);
			let mut sides: Vec<bool> = (0..validators + twins.len()).map(|_| dice.chance(share)).collect();
			for (at, twin) in twins.iter().enumerate() {
				if dice.chance(700) {
					sides[validators + at] = !sides[*twin];
				}
			}
			let lasts =
				if dice.chance(500) { dice.within(50_000, 1_000_000) } else { dice.within(1_000_000, 4_000_000) };
			Phase { sides, lasts }
		})
		.collect();
	Scenario { validators, twins, phases, silenced: dice.chance(500), depth: dice.within(1, 4) as u32, seed }
}

/// The scenario with this name; `None` if there is none.
pub fn named(validators: usize, id: Id) -> Option<Scenario> {
	match id {
		Id::Drawn(seed) => Some(drawn(validators, seed)),
		Id::Listed(at) if validators == LISTED_VALIDATORS => listed().into_iter().nth(usize::try_from(at).ok()?),
		Id::Listed(_) => None,
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::invariant::Invariant;

	#[test]
	fn the_list_is_complete() {
		let all = listed();
		// 16 cuts, of which 8 leave the twin together: (16³ + 8³) / 2 sequences, for each of 4 twins and 2 tempos.
		assert_eq!(all.len(), 2_304 * 4 * 2);
		let mut sequences: Vec<_> = all.iter().map(|s| (&s.twins, s.phases[0].lasts, cuts(s))).collect();
		sequences.sort();
		sequences.dedup();
		assert_eq!(sequences.len(), all.len(), "none comes twice");
	}

	fn cuts(scenario: &Scenario) -> Vec<Vec<bool>> {
		scenario.phases.iter().map(|phase| phase.sides.clone()).collect()
	}

	#[test]
	fn exchanging_twice_changes_nothing() {
		for (cut, twin) in (0..16).flat_map(|cut| (0..4).map(move |twin| (cut, twin))) {
			let once = exchanged(5, cut, twin, 4);
			assert_eq!(exchanged(5, once, twin, 4), cut);
			let (before, after) = (sides(5, cut), sides(5, once));
			assert_eq!(before[twin] == before[4], after[twin] == after[4]);
		}
	}

	/// Two twins among four validators are one more than the protocol tolerates: each side has a quorum, and the chain
	/// forks. If the chain did not fork here, twins could not show anything.
	#[test]
	fn too_many_twins_fork_the_chain() {
		let phase = Phase { sides: vec![false, true, false, false, true, true], lasts: 6_000_000 };
		let scenario =
			Scenario { validators: 4, twins: vec![2, 3], phases: vec![phase], silenced: false, depth: 1, seed: 1 };
		let violation =
			run(&scenario, Audit::default()).violation.expect("two quorums without an honest member in both");
		assert!(
			matches!(violation.invariant, Invariant::Agreement | Invariant::OneCertificatePerHeight),
			"{violation}"
		);
	}

	#[test]
	fn a_scenario_is_a_history() {
		let scenarios = [named(4, Id::Listed(777)), named(4, Id::Drawn(3)), named(7, Id::Drawn(3))];
		for scenario in scenarios.into_iter().flatten() {
			let (one, other) = (run(&scenario, Audit::default()), run(&scenario, Audit::default()));
			assert_eq!((one.audit, one.height), (other.audit, other.height));
			assert_eq!(one.violation, None);
		}
	}

	#[test]
	fn some_hold() {
		for (id, scenario) in listed().iter().enumerate().step_by(613) {
			assert_eq!(run(scenario, Audit::default()).violation, None, "syndic-sim twins --scenario {id}");
		}
		for (validators, seed) in [4, 7, 10].into_iter().flat_map(|n| (0..5).map(move |seed| (n, seed))) {
			let outcome = run(&drawn(validators, seed), Audit::default());
			assert_eq!(outcome.violation, None, "syndic-sim twins --validators {validators} --scenario s{seed}");
		}
	}

	#[test]
	fn names_are_read_as_they_are_written() {
		for id in [Id::Listed(17), Id::Drawn(17)] {
			assert_eq!(id.to_string().parse(), Ok(id));
		}
		assert!("".parse::<Id>().is_err() && "s".parse::<Id>().is_err() && "-1".parse::<Id>().is_err());
		assert_eq!((named(7, Id::Listed(0)), named(4, Id::Listed(1 << 40))), (None, None));
	}
}
