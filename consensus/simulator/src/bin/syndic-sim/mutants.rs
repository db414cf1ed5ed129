//! `syndic-sim mutants`: the simulator is given a protocol with one deliberate fault after the other, and must find each.

use crate::crew;
use std::{process::ExitCode, time::Instant};
use syndic_simulator_mutants::{
	audit::Audit,
	invariant::Violation,
	mutant::{self, Mutant},
	run::run,
};

/// Numbers of validators: an even seed has the first, an odd seed the second, where more than one validator may be
/// faulty.
const VALIDATORS: [usize; 2] = [4, 7];

/// Number of seeds that must pass where no fault is made: a simulator that finds faults everywhere proves nothing.
const CONTROL: u64 = 400;

/// Number of seeds within which a fault must be found. A fault that shows only in a rare history has more of them.
fn within(mutant: Mutant) -> u64 {
	match mutant {
		Mutant::QuorumMinusOne
		| Mutant::SignerCountedTwice
		| Mutant::ViewNotSigned
		| Mutant::SentBeforeSynced
		| Mutant::LockNotWritten => 10,
		Mutant::VotesForgotten | Mutant::BookUnbounded | Mutant::SignatureNotChecked | Mutant::CommitOutOfOrder => 100,
		Mutant::LockNotChecked
		| Mutant::LockNotReported
		| Mutant::ReproposalAltered
		| Mutant::NewViewNotChecked
		| Mutant::ViewForgotten
		| Mutant::TimerNeverGrows
		| Mutant::NoJoin
		| Mutant::NoResend => 4_000,
	}
}

/// Runs seeds until one fails. Of the seeds that fail, returns the lowest.
fn hunt(seeds: u64) -> Option<(u64, Violation)> {
	let failed = crew::find("seeds", 0..seeds, true, |seed| {
		run(VALIDATORS[(seed % 2) as usize], seed, None, Audit::default()).violation
	});
	failed.into_iter().next()
}

/// Hunts every mutant, and prints which seed finds it.
pub fn mutants() -> ExitCode {
	let mut missed = 0;
	for mutant in mutant::ALL {
		mutant::activate(Some(mutant));
		let (bound, started) = (within(mutant), Instant::now());
		let name = format!("{mutant:?}");
		let seconds = |started: Instant| started.elapsed().as_secs_f64();
		match hunt(bound) {
			Some((seed, violation)) => {
				let invariant = format!("{:?}", violation.invariant);
				println!("{name:<20} caught by seed {seed:>4} of {bound:<5} {invariant:<24} {:.1} s", seconds(started));
			}
			None => {
				missed += 1;
				println!("{name:<20} MISSED by {bound} seeds, {:.1} s", seconds(started));
			}
		}
	}
	mutant::activate(None);
	if let Some((seed, violation)) = hunt(CONTROL) {
		println!("without a fault, seed {seed} fails: {violation}");
		return ExitCode::FAILURE;
	}
	println!("{} faults, {missed} missed; without a fault {CONTROL} seeds pass", mutant::ALL.len());
	ExitCode::from(u8::from(missed > 0))
}
