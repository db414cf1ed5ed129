//! Accepted parameters do not stop a network.
//!
//! Each seed draws parameters by a random walk through those that [`Parameters::check`] accepts. Most steps move one
//! number up or down, to the furthest accepted value or to one on the way, while the other parameters stay. The drawn
//! values therefore lie on the bounds of one parameter, or of a combination, more often than between them, whatever the
//! rules are. A network then runs under these parameters. At first nothing fails, and the parameters change twice. Then
//! f validators are down. Then they are back, and the network fails for some timeouts and returns.
//!
//! The machine reads timeouts, leader period, window and dissemination. Its driver, which this crate imitates, reads
//! block period, heartbeat, empty blocks, the limits of a block and the timestamp tolerance. See
//! [`crate::world::Load`].

use crate::{
	audit::Audit,
	dice::Dice,
	invariant::{without_panic, Invariant, Violation},
	network::{Micros, Partition},
	outage::in_one_view,
	world::{Load, World},
};
use std::collections::BTreeMap;
use syndic_primitives::{set::max_faulty, Dissemination, Height, Parameters, ProposalForm};

/// Number of steps of a walk.
const STEPS: usize = 40;
/// Heights at which the parameters change.
const CHANGES: [u32; 2] = [10, 20];
/// Minimum height to reach while nothing fails.
const HEALTHY: u32 = 25;
/// Number of heights to reach after the last change of the parameters.
const AFTER_CHANGE: u32 = 5;
/// As `HEALTHY`, where a height may take longer than `SLOW`.
const HEALTHY_AND_SLOW: u32 = 2;
/// Number of heights to reach with f validators down.
const WITHOUT_F: u32 = 6;
/// As `WITHOUT_F`, where a height may take longer than `SLOW`.
const WITHOUT_F_AND_SLOW: u32 = 2;
/// Maximum heartbeat drawn, in ms: an hour. A longer one would show nothing else and take longer to simulate.
const LONGEST_HEARTBEAT: u32 = 3_600_000;
/// Half an hour, in µs. Fewer heights are required where a height may take longer. It also bounds the timeout from
/// which the length of an outage follows.
const SLOW: Micros = 1_800_000_000;

type Field = (&'static str, fn(&mut Parameters) -> &mut u32);

/// Numeric parameters that the engine or its driver reads.
const READ: [Field; 11] = [
	("blockPeriod", |p| &mut p.block_period),
	("baseTimeout", |p| &mut p.base_timeout),
	("timeoutGrowth", |p| &mut p.timeout_growth),
	("timeoutCeiling", |p| &mut p.timeout_ceiling),
	("maxTransactions", |p| &mut p.max_transactions),
	("heartbeat", |p| &mut p.heartbeat),
	("leaderPeriod", |p| &mut p.leader_period),
	("timestampTolerance", |p| &mut p.timestamp_tolerance),
	("pipelineDepth", |p| &mut p.pipeline_depth),
	("blockWeightShare", |p| &mut p.block_weight_share),
	("blockLengthShare", |p| &mut p.block_length_share),
];

/// Numeric parameters that only the chain reads. Rules may tie them to the others.
const OTHERS: [Field; 6] = [
	("committeeSize", |p| &mut p.committee_size),
	("assumedFaulty", |p| &mut p.assumed_faulty),
	("committeeRisk", |p| &mut p.committee_risk),
	("eraLength", |p| &mut p.era_length),
	("demoteAfter", |p| &mut p.demote_after),
	("activeWindow", |p| &mut p.active_window),
];

/// The accepted value of `field` that is closest to `end`, while the other parameters stay.
fn furthest(from: &Parameters, field: Field, end: u32) -> u32 {
	let accepted = |value: u32| {
		let mut changed = from.clone();
		*field.1(&mut changed) = value;
		changed.check().is_ok()
	};
	let (mut good, mut bad) = (*field.1(&mut from.clone()), end);
	if accepted(end) {
		return end;
	}
	while good.abs_diff(bad) > 1 {
		let middle = good.min(bad) + good.abs_diff(bad) / 2;
		match accepted(middle) {
			true => good = middle,
			false => bad = middle,
		}
	}
	good
}

/// A number from `one` to `other`, both included. Each order of magnitude of its distance from one of them is as likely
/// as the next.
fn between(one: u32, other: u32, dice: &mut Dice) -> u32 {
	let (low, high) = (one.min(other), one.max(other));
	let bits = u64::from(32 - (high - low).leading_zeros());
	let order = dice.within(0, bits);
	let part = dice.below(1 << order) as u32;
	if dice.chance(500) {
		low.saturating_add(part).min(high)
	} else {
		high.saturating_sub(part).max(low)
	}
}

/// Draws parameters that [`Parameters::check`] accepts.
pub fn draw(dice: &mut Dice) -> Parameters {
	let mut parameters = Parameters::default();
	for _ in 0..STEPS {
		let mut changed = parameters.clone();
		match dice.below(20) {
			0 | 1 => changed.empty_blocks = !changed.empty_blocks,
			2 => {
				let k = dice.within(1, 8) as u32;
				let forms =
					[Dissemination::Broadcast, Dissemination::Collector { k }, Dissemination::Collector { k: 256 }];
				changed.dissemination = forms[dice.below(3) as usize];
			}
			3 => {
				let forms = [ProposalForm::Full, ProposalForm::Compact];
				changed.proposal_form = forms[dice.below(2) as usize];
			}
			which => {
				let fields: &[Field] = if which < 6 { &OTHERS } else { &READ };
				let Some(field) = dice.pick(fields).copied() else { continue };
				let most = if field.0 == "heartbeat" { LONGEST_HEARTBEAT } else { u32::MAX };
				let end = furthest(&changed, field, if dice.chance(500) { 0 } else { most });
				let value = field.1(&mut changed);
				*value = if dice.chance(500) { end } else { between(*value, end, dice) };
			}
		}
		if changed.check().is_ok() {
			parameters = changed;
		}
	}
	parameters
}

/// The circumstances of one run, drawn from a seed.
#[derive(Clone, Debug)]
pub struct Trial {
	/// How many validators there are.
	pub validators: usize,
	/// The transactions that arrive.
	pub load: Load,
	/// The parameters from the first height on.
	pub first: Parameters,
	/// Later parameters, by the height from which they are in force.
	pub changes: BTreeMap<Height, Parameters>,
	/// Seed of everything else that is drawn.
	pub seed: u64,
}

impl Trial {
	/// The trial of a seed.
	pub fn of_seed(seed: u64) -> Self {
		let mut dice = Dice::new(seed ^ 0x7e57_0000_0000_0000);
		let validators = [1, 4, 7][(seed % 3) as usize];
		let first = draw(&mut dice);
		let changes = CHANGES.iter().map(|height| (Height(*height), draw(&mut dice))).collect();
		let load = match dice.below(3) {
			0 => Load::IDLE,
			1 => Load::FLOOD,
			_ => {
				let period = u64::from(first.block_period) * 1_000;
				Load { every: dice.within(period / 4, period * 4), burst: dice.within(1, 400) }
			}
		};
		Self { validators, load, first, changes, seed }
	}

	/// Every set of parameters that is in force at some time.
	pub fn all(&self) -> impl Iterator<Item = &Parameters> {
		[&self.first].into_iter().chain(self.changes.values())
	}

	/// How long a height may take under these parameters while nobody fails.
	fn interval(&self, parameters: &Parameters) -> Micros {
		let ms = |ms: u32| Micros::from(ms) * 1_000;
		let wait = match self.load {
			_ if parameters.empty_blocks => 0,
			Load::FLOOD => 0,
			Load::IDLE => ms(parameters.heartbeat),
			Load { every, .. } => every.min(ms(parameters.heartbeat)),
		};
		// Filling, executing and sending a block may take as long as its limits allow.
		let work = ms(parameters.base_timeout) / 2 + 4_000_000;
		wait.max(ms(parameters.block_period)) * 9 / 8 + work
	}

	fn longest(&self, of: impl Fn(&Parameters) -> Micros) -> Micros {
		self.all().map(of).max().unwrap_or(0)
	}
}

/// The result of a trial.
#[derive(Clone, Debug)]
pub struct Outcome {
	/// The highest height that was committed.
	pub height: Height,
	/// The highest view in which a block became final while nothing failed.
	pub view_while_healthy: u32,
	/// What broke, if anything did.
	pub violation: Option<Violation>,
}

/// Runs a trial.
pub fn run(trial: &Trial, audit: Audit) -> Outcome {
	let mut world = World::tuned(trial, audit);
	let mut view_while_healthy = 0;
	let violation = without_panic(|| stages(&mut world, trial, &mut view_while_healthy)).err();
	Outcome { height: world.checker.highest(), view_while_healthy, violation }
}

fn stages(world: &mut World, trial: &Trial, view_while_healthy: &mut u32) -> Result<(), Violation> {
	let interval = trial.longest(|p| trial.interval(p));
	let timeout = |failures| trial.longest(|p| Micros::from(p.timeout(failures)) * 1_000);
	let (heights, without_f) = match interval > SLOW {
		true => (HEALTHY_AND_SLOW, WITHOUT_F_AND_SLOW),
		false => {
			let last = trial.changes.keys().next_back().map_or(0, |height| height.0);
			(HEALTHY.max(last + AFTER_CHANGE), WITHOUT_F)
		}
	};
	let reached = reach(world, heights, Micros::from(heights + 2) * interval, "while nothing failed");
	*view_while_healthy = world.highest_final_view();
	reached?;

	let f = max_faulty(trial.validators);
	if f == 0 {
		// A lone validator tolerates no absence, and does not notice an outage of the network.
		return Ok(());
	}
	world.lose(f);
	let goal = world.checker.highest().0 + without_f;
	let patience = Micros::from(without_f + 2) * interval + Micros::from(WITHOUT_F) * timeout(WITHOUT_F);
	reach(world, goal, patience, "with f validators gone")?;

	world.heal();
	let again = world.checker.highest().0 + 1;
	reach(world, again, 2 * interval + 2 * timeout(WITHOUT_F), "when they were back")?;

	let outage = world.now + 3 * timeout(1).min(SLOW);
	match trial.seed / 3 % 3 {
		0 => world.network.partition = Partition::Severed,
		1 => world.network.weather.loss = 1_000,
		_ => {
			let half = trial.validators / 2;
			world.network.partition = Partition::Sides((0..trial.validators).map(|node| node < half).collect());
		}
	}
	world.run_until(outage)?;
	world.heal();
	let (returned, before) = (world.now, world.checker.highest().0);
	let bound = 2 * timeout(0);
	// Validators need not be in one view where there is nothing to order. Nor need they where a quorum goes on: up to f
	// others may have asked for another view before they heard of that quorum. They must not vote in this view any
	// more, and wait for the next one.
	let busy = trial.load == Load::FLOOD || trial.all().all(|parameters| parameters.empty_blocks);
	let goes_on = |world: &World| world.healthy().all(|node| world.nodes[node].head().0 .0 > before);
	while busy && !in_one_view(world) && !goes_on(world) {
		if world.now - returned > bound {
			return stands(world, &format!("is neither in one view nor goes on {} ms after an outage", bound / 1_000));
		}
		world.run_until(world.now + (bound / 200).max(10_000))?;
	}
	reach(world, before + 1, 2 * interval + bound + timeout(u32::MAX), "after an outage")
}

/// Runs until every healthy node has this height. If one does not have it after `patience`, the violation says `when`.
fn reach(world: &mut World, height: u32, patience: Micros, when: &str) -> Result<(), Violation> {
	let deadline = world.now + patience;
	while world.healthy().any(|node| world.nodes[node].head().0 .0 < height) {
		if world.now >= deadline {
			return stands(world, &format!("is not at height {height} within {} ms {when}", patience / 1_000));
		}
		world.run_until((world.now + (patience / 400).max(50_000)).min(deadline))?;
	}
	Ok(())
}

fn stands(world: &World, what: &str) -> Result<(), Violation> {
	let states = world.nodes.iter().map(|node| node.machine.as_ref().map(|machine| machine.status()));
	let states: Vec<_> = states.map(|s| s.map(|s| (s.committed.0, s.view.0, s.changing_view, s.failures))).collect();
	let what = format!("{what}; each node's height, view, whether it changes it, failures: {states:?}");
	Err(Violation { invariant: Invariant::Progress, node: 0, what })
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn what_is_drawn_is_accepted_and_lies_on_bounds() {
		let drawn: Vec<Parameters> = (0..2_000).map(|seed| draw(&mut Dice::new(seed))).collect();
		assert!(drawn.iter().all(|parameters| parameters.check().is_ok()));
		for field in READ {
			let values: std::collections::BTreeSet<u32> = drawn.iter().map(|p| *field.1(&mut p.clone())).collect();
			assert!(values.len() > 5, "{}: {values:?}", field.0);
			let most = if field.0 == "heartbeat" { LONGEST_HEARTBEAT } else { u32::MAX };
			for end in [0, most] {
				let on_bound = |p: &&Parameters| furthest(p, field, end) == *field.1(&mut (*p).clone());
				let count = drawn.iter().filter(on_bound).count();
				assert!(count > 50, "{} towards {end}: {count} of {}", field.0, drawn.len());
			}
		}
		assert!(drawn.iter().filter(|p| !p.empty_blocks).count() > 200);
		assert!(drawn.iter().filter(|p| p.dissemination != Dissemination::Broadcast).count() > 200);
	}

	#[test]
	fn between_stays_between() {
		let mut dice = Dice::new(5);
		for (one, other) in [(3, 3), (0, u32::MAX), (7, 1), (10, 11)] {
			for _ in 0..200 {
				let found = between(one, other, &mut dice);
				assert!((one.min(other)..=one.max(other)).contains(&found), "{found} of {one}, {other}");
			}
		}
	}
}
