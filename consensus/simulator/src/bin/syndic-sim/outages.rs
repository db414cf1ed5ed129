//! `syndic-sim outages`: how soon all validators are in one view again, by kind and length of the outage.

use std::process::ExitCode;
use syndic_simulator::{
	audit::Audit,
	outage::{bound, measure, Outage},
};

/// Lengths in seconds, with their names.
const LENGTHS: [(u64, &str); 7] =
	[(1, "1 s"), (10, "10 s"), (60, "1 min"), (600, "10 min"), (3_600, "1 h"), (10_800, "3 h"), (36_000, "10 h")];

/// Prints the table; fails if a time is above the bound.
pub fn outages(validators: u16) -> ExitCode {
	let mut failed = 0;
	println!(
		"{validators} validators, ms from the network's return until all are in one view; bound {}",
		bound() / 1_000
	);
	print!("| outage  ");
	LENGTHS.iter().for_each(|(_, name)| print!("| {name:>6} "));
	println!("|");
	println!("|---------{}|", "|--------".repeat(LENGTHS.len()));
	for outage in Outage::ALL {
		let measured: Vec<_> = std::thread::scope(|scope| {
			let runs: Vec<_> = LENGTHS
				.iter()
				.map(|(seconds, _)| {
					scope.spawn(move || measure(usize::from(validators), outage, seconds * 1_000_000, Audit::default()))
				})
				.collect();
			runs.into_iter().map(|run| run.join().map_err(|_| "it panicked".to_string())).collect()
		});
		print!("| {:<7} ", format!("{outage:?}"));
		let mut wrong = Vec::new();
		for ((_, name), result) in LENGTHS.iter().zip(measured) {
			match result.and_then(|outcome| outcome.map_err(|violation| violation.to_string())) {
				Ok(micros) => print!("| {:>6} ", micros / 1_000),
				Err(what) => {
					print!("| failed ");
					wrong.push(format!("{outage:?} of {name}: {what}"));
				}
			}
		}
		println!("|");
		failed += wrong.len();
		wrong.iter().for_each(|what| println!("{what}"));
	}
	ExitCode::from(u8::from(failed > 0))
}
