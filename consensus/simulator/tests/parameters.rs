//! No accepted combination of parameters stops a network. Some combinations are drawn, on the bounds of what is
//! accepted and between; others, with a name, have stopped a network once or seemed likely to.

use std::collections::BTreeSet;
use syndic_primitives::{Dissemination, Height, Parameters};
use syndic_simulator::{
	audit::Audit,
	tuning::{run, Trial},
	world::Load,
};

fn goes_on(trial: &Trial) -> u32 {
	let outcome = run(trial, Audit::default());
	assert_eq!(outcome.violation, None, "{trial:#?}");
	outcome.view_while_healthy
}

#[test]
fn what_is_accepted_does_not_stop_a_network() {
	let mut seen = BTreeSet::new();
	for seed in 0..150 {
		let trial = Trial::of_seed(seed);
		assert!(trial.all().all(|parameters| parameters.check().is_ok()), "seed {seed}");
		let outcome = run(&trial, Audit::default());
		assert_eq!(outcome.violation, None, "syndic-sim parameters --seed {seed}");
		seen.insert(trial.validators);
	}
	assert_eq!(seen, BTreeSet::from([1, 4, 7]));
}

/// The four profiles that ship, as far as the engine and its driver read them: see pallets/consensus-config, profiles.rs.
fn shipped() -> [Parameters; 4] {
	let profile = |block_period, base_timeout, timeout_ceiling, max_transactions, leader_period, share| Parameters {
		block_period,
		base_timeout,
		timeout_ceiling,
		max_transactions,
		leader_period,
		block_weight_share: share,
		block_length_share: share,
		..Parameters::default()
	};
	[
		Parameters { timestamp_tolerance: 2_500, pipeline_depth: 2, ..profile(500, 2_500, 20_000, 2_500, 10, 20) },
		Parameters { timestamp_tolerance: 2_000, ..profile(1_000, 3_000, 20_000, 3_000, 10, 40) },
		Parameters { timestamp_tolerance: 2_000, ..profile(2_000, 6_000, 40_000, 3_000, 5, 60) },
		Parameters { empty_blocks: false, ..profile(5_000, 15_000, 60_000, 10_000, 5, 100) },
	]
}

/// The profile changes fifty times, every twenty blocks, under load: no view fails.
#[test]
fn switches_among_the_profiles_disturb_nobody() {
	let profiles = shipped();
	for (validators, dissemination) in
		[(4, Dissemination::Broadcast), (7, Dissemination::Broadcast), (7, Dissemination::Collector { k: 3 })]
	{
		for load in [Load { every: 100_000, burst: 5 }, Load { every: 500_000, burst: 400 }, Load::FLOOD] {
			let with = |at: usize| Parameters { dissemination, ..profiles[at % 4].clone() };
			let changes = (1..=50).map(|at| (Height(20 * at), with(at as usize))).collect();
			let trial = Trial { validators, load, first: with(0), changes, seed: 1 };
			assert_eq!(goes_on(&trial), 0, "a view failed: {validators} validators, {dissemination:?}, {load:?}");
		}
	}
}

/// A block's time that was early enough under a loose tolerance was too far ahead under the next, strict one. A leader
/// took the time since the last block but one for the time since the last block, and built too early.
#[test]
fn a_tolerance_that_gets_smaller_refuses_nobody_punctual() {
	let first = Parameters { leader_period: 7, max_transactions: 14, ..Parameters::default() };
	let loose = Parameters {
		block_period: 2_500,
		dissemination: Dissemination::Collector { k: 2 },
		leader_period: 1,
		max_transactions: 1_869,
		timestamp_tolerance: 25_000,
		..Parameters::default()
	};
	let strict = Parameters {
		block_period: 2_700,
		base_timeout: 10_000,
		timeout_ceiling: 600_000,
		timeout_growth: 400,
		max_transactions: 1,
		timestamp_tolerance: 100,
		..Parameters::default()
	};
	let changes = [(Height(10), loose), (Height(20), strict)].into();
	goes_on(&Trial { validators: 4, load: Load::FLOOD, first, changes, seed: 274 });
}
