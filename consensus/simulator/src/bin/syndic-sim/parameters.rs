//! `syndic-sim parameters`: whether parameters that are accepted ever stop a network.

use crate::crew;
use std::{
	process::ExitCode,
	sync::atomic::{AtomicU64, Ordering},
	time::Instant,
};
use syndic_simulator::{
	audit::Audit,
	tuning::{run, Trial},
};

/// Runs a range of seeds, and reports what broke.
pub fn parameters((first, end): (u64, u64)) -> ExitCode {
	let started = Instant::now();
	let (heights, restless) = (AtomicU64::new(0), AtomicU64::new(0));
	let failures = crew::find("trials", first..end, false, |seed| {
		let outcome = run(&Trial::of_seed(seed), Audit::default());
		heights.fetch_add(u64::from(outcome.height.0), Ordering::Relaxed);
		restless.fetch_add(u64::from(outcome.view_while_healthy > 0), Ordering::Relaxed);
		outcome.violation
	});
	let (count, rate) = (end - first, (end - first) as f64 / started.elapsed().as_secs_f64());
	println!(
		"{count} trials, {} heights, {rate:.1} trials/s, {} failed; a view failed while nothing was wrong in {}",
		heights.into_inner(),
		failures.len(),
		restless.into_inner(),
	);
	for (seed, violation) in failures.iter().take(10) {
		println!("seed {seed}: {violation}\n  syndic-sim parameters --seed {seed}");
	}
	ExitCode::from(u8::from(!failures.is_empty()))
}

/// Runs one seed, and prints its parameters and its history.
pub fn replay(seed: u64) -> ExitCode {
	let trial = Trial::of_seed(seed);
	let outcome = run(&trial, super::printed());
	println!("seed {seed}: {} validators, {:?}, height {}", trial.validators, trial.load, outcome.height);
	println!("view {} while nothing failed", outcome.view_while_healthy);
	for (since, parameters) in [(1, &trial.first)].into_iter().chain(trial.changes.iter().map(|(h, p)| (h.0, p))) {
		println!("from height {since} on: {}", serde_json::json!(parameters));
	}
	match &outcome.violation {
		Some(violation) => {
			println!("{violation}");
			ExitCode::FAILURE
		}
		None => ExitCode::SUCCESS,
	}
}
