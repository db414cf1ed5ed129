//! Failures that systems of this kind had in public, as far as they concern the protocol. Each test has the number of
//! its case in the list that this project keeps.

use syndic_primitives::Dissemination;
use syndic_simulator::{
	audit::Audit,
	byzantine::Kind,
	dice::Dice,
	network::Weather,
	outage::{bound, measure, Outage},
	profile::{Circumstances, Profile},
	run::verdict,
	twins::{drawn, listed, run},
	world::World,
};

/// Nothing fails, for ten seconds.
fn calm() -> Circumstances {
	Circumstances {
		weather: Weather::calm(),
		cuts: 0,
		crashes: 0,
		pauses: 0,
		rolling: false,
		disk: 1_000,
		skew: 50,
		byzantine: Vec::new(),
		gone: 0,
		absent: 0,
		set_changes: false,
		far: 0,
		depth: 1,
		dissemination: Dissemination::Broadcast,
		fault_phase: 10_000_000,
	}
}

/// Runs these circumstances from seeds of their own, with several depths of the window and both ways of dissemination.
fn holds(validators: usize, seeds: u64, circumstances: impl Fn(u64) -> Circumstances) {
	for seed in 0..seeds {
		let depth = [1, 2, 4, 8][(seed % 4) as usize];
		let dissemination = match seed % 3 {
			0 => Dissemination::Collector { k: 2 },
			_ => Dissemination::Broadcast,
		};
		let circumstances = Circumstances { depth, dissemination, ..circumstances(seed) };
		let told = format!("{circumstances:?}, seed {seed}");
		let mut world = World::under(validators, circumstances, Dice::new(seed), Audit::default());
		assert_eq!(verdict(&mut world, validators), Ok(()), "{told}");
	}
}

/// Forged view-changes and new-views, votes for other blocks, signers counted twice, views that are not signed: one
/// faulty member of any kind, at any position, does not halt the chain.
#[test]
fn field_01_one_malicious_node_does_not_halt_the_chain() {
	for kind in Kind::ALL {
		holds(4, 12, |seed| Circumstances { byzantine: vec![((seed / 3 % 4) as usize, kind)], ..calm() });
	}
	for kind in [Kind::Forger, Kind::Stale, Kind::WrongSet, Kind::Equivocator] {
		holds(7, 6, |seed| Circumstances {
			byzantine: vec![(seed as usize, kind), (seed as usize + 1, kind)],
			..calm()
		});
	}
}

/// The set changes again and again, with as many members down as it tolerates, while votes, locks and views are under
/// way.
#[test]
fn field_02_changes_of_the_set_do_not_halt_the_chain() {
	holds(4, 12, |_| Circumstances { set_changes: true, absent: 1, crashes: 100, ..calm() });
	holds(7, 6, |_| Circumstances { set_changes: true, absent: 2, cuts: 150, ..calm() });
}

/// Partitions that move faster than timeouts, and outages of every other kind and any length: soon after, all
/// validators are in one view.
#[test]
fn field_03_views_do_not_drift_apart_in_an_outage() {
	for outage in Outage::ALL {
		for seconds in [3, 41, 4_096] {
			let together = measure(7, outage, seconds * 1_000_000, Audit::default());
			assert!(together.as_ref().is_ok_and(|t| *t <= bound()), "{outage:?} of {seconds} s: {together:?}");
		}
	}
}

/// Nodes crash at any moment, and all in turn. The record being written is lost or not, and the database is behind the
/// log. No validator signs a second vote, and the chain goes on. A lone validator starts and goes on, too.
#[test]
fn field_04_restarts_and_resyncs() {
	holds(4, 16, |_| Circumstances { crashes: 400, rolling: true, disk: 60_000, ..calm() });
	holds(1, 8, |_| Circumstances { crashes: 400, disk: 60_000, ..calm() });
	holds(2, 8, |_| Circumstances { crashes: 200, ..calm() });
}

/// Timers fire while blocks are judged, written or finalised: disks and links are about as slow as the timeouts.
#[test]
fn field_08_timers_race_with_what_they_wait_for() {
	let slow = Weather { delay_low: 50_000, delay_high: 330_000, ..Weather::calm() };
	holds(4, 12, |_| Circumstances { weather: slow.clone(), disk: 150_000, pauses: 300, skew: 200, ..calm() });
}

/// Two processes with one key break nothing, and a node that hears both has the evidence.
#[test]
fn field_12_the_same_key_twice_is_borne_and_told() {
	let mut told = 0;
	for scenario in listed().iter().step_by(97) {
		let outcome = run(scenario, Audit::default());
		assert_eq!(outcome.violation, None, "{scenario:?}");
		told += usize::from(outcome.evidence > 0);
	}
	for seed in 0..20 {
		let outcome = run(&drawn(7, seed), Audit::default());
		assert_eq!(outcome.violation, None, "seed {seed}");
		told += usize::from(outcome.evidence > 0);
	}
	assert!(told > 20, "evidence in {told} scenarios");
}

/// The circumstances that this file calls calm are those of the profile `Calm`, except for what the dice decide.
#[test]
fn calm_is_calm() {
	let drawn = Profile::Calm.draw(4, &mut Dice::new(1));
	assert_eq!((drawn.cuts, drawn.crashes, drawn.pauses, drawn.gone, drawn.absent), (0, 0, 0, 0, 0));
	assert!(drawn.byzantine.is_empty());
}
