//! `syndic-sim twins`: faulty validators that are two honest machines with one key.

use crate::crew;
use std::{
	process::ExitCode,
	sync::atomic::{AtomicU64, Ordering},
	time::Instant,
};
use syndic_primitives::set::max_faulty;
use syndic_simulator::{
	audit::Audit,
	twins::{drawn, listed, named, run, Id, Scenario, LISTED_PHASES, LISTED_TEMPOS, LISTED_VALIDATORS},
};

/// The seeds from which schedules are drawn by default: the first one, and the one after the last.
const SEEDS: (u64, u64) = (0, 500);

/// Where scenarios come from.
enum Source {
	Listed(Vec<Scenario>),
	Drawn(u64, u64),
}

impl Source {
	fn of(validators: usize, seeds: Option<(u64, u64)>) -> Self {
		match seeds {
			Some((first, end)) => Self::Drawn(first, end),
			None if validators == LISTED_VALIDATORS => Self::Listed(listed()),
			None => Self::Drawn(SEEDS.0, SEEDS.1),
		}
	}

	fn count(&self) -> u64 {
		match self {
			Self::Listed(scenarios) => scenarios.len() as u64,
			Self::Drawn(first, end) => end - first,
		}
	}

	/// The extent of the scenarios, in words.
	fn bound(&self) -> String {
		match self {
			Self::Listed(_) => {
				let tempos = LISTED_TEMPOS.map(|lasts| format!("{} ms", lasts / 1_000)).join(" and ");
				format!("all sequences of {LISTED_PHASES} cuts in two, of {tempos} each, for each twin")
			}
			Self::Drawn(first, end) => format!("drawn from the seeds {first}..{end}"),
		}
	}

	fn get(&self, validators: usize, at: u64) -> Option<(Id, Scenario)> {
		match self {
			Self::Listed(scenarios) => Some((Id::Listed(at), scenarios.get(usize::try_from(at).ok()?)?.clone())),
			Self::Drawn(first, end) => {
				let seed = first.checked_add(at).filter(|seed| seed < end)?;
				Some((Id::Drawn(seed), drawn(validators, seed)))
			}
		}
	}
}

fn command_for(validators: u16, id: Id) -> String {
	format!("syndic-sim twins --validators {validators} --scenario {id}")
}

/// Runs all scenarios, and reports what broke.
pub fn run_all(validators: u16, seeds: Option<(u64, u64)>, json: bool) -> ExitCode {
	let started = Instant::now();
	let source = Source::of(validators.into(), seeds);
	let heights = AtomicU64::new(0);
	let failures = crew::find("scenarios", 0..source.count(), false, |at| {
		let (id, scenario) = source.get(validators.into(), at)?;
		let outcome = run(&scenario, Audit::default());
		heights.fetch_add(u64::from(outcome.height.0), Ordering::Relaxed);
		outcome.violation.map(|violation| (id, violation))
	});
	let (count, heights) = (source.count(), heights.into_inner());
	let rate = count as f64 / started.elapsed().as_secs_f64();
	if json {
		let first_failure = failures.first().map(|(_, (id, violation))| {
			serde_json::json!({
				"seed": id.number(),
				"violation": violation,
				"replay": command_for(validators, *id),
			})
		});
		let report = serde_json::json!({
			"seeds": count,
			"heights_committed": heights,
			"violations": failures.len(),
			"seeds_per_second": (rate * 10.0).round() / 10.0,
			"first_failure": first_failure,
		});
		println!("{report}");
	} else {
		let (twins, failed) = (max_faulty(validators.into()), failures.len());
		println!("{count} scenarios of {validators} validators, {twins} of them twice: {}", source.bound());
		println!("{heights} heights, {rate:.1} scenarios/s, {failed} failed");
		for (_, (id, violation)) in failures.iter().take(10) {
			println!("scenario {id}: {violation}");
			println!("  {}", command_for(validators, *id));
		}
	}
	ExitCode::from(u8::from(!failures.is_empty()))
}

/// Runs one scenario and prints its history.
pub fn replay(validators: u16, id: Id) -> ExitCode {
	let Some(scenario) = named(validators.into(), id) else {
		eprintln!("there is no scenario {id} of {validators} validators");
		return ExitCode::FAILURE;
	};
	let outcome = run(&scenario, super::printed());
	println!("scenario {id}: height {}, audit {:016x}", outcome.height, outcome.audit);
	match &outcome.violation {
		Some(violation) => {
			println!("{violation}");
			ExitCode::FAILURE
		}
		None => ExitCode::SUCCESS,
	}
}
