//! `syndic-sim`: tries to break the protocol.

mod committee;
mod crew;
mod mutants;
mod outages;
mod parameters;
mod twins;

use clap::{Parser, Subcommand};
use std::{
	io::Write,
	process::ExitCode,
	sync::atomic::{AtomicU64, Ordering},
	time::Instant,
};
use syndic_simulator::{
	audit::Audit,
	profile::Profile,
	run::{run, Outcome},
};

/// Seeded networks of PBFT machines in virtual time.
#[derive(Parser)]
#[command(name = "syndic-sim", version)]
struct Cli {
	#[command(subcommand)]
	command: Command,
}

#[derive(Subcommand)]
enum Command {
	/// Runs a range of seeds and reports what broke.
	Run {
		/// How many validators there are.
		#[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
		validators: u16,
		/// First seed and the one after the last: `0..2000`.
		#[arg(long, value_parser = seeds)]
		seeds: (u64, u64),
		/// Puts every seed through this; by default the seed decides.
		#[arg(long)]
		profile: Option<Profile>,
		/// Prints one JSON object on one line.
		#[arg(long)]
		json: bool,
	},
	/// Puts deliberate faults into the protocol, one after the other, and reports which seed finds each.
	Mutants,
	/// Prints how soon all are in one view again after outages from a second to ten hours; fails above two base timeouts.
	Outages {
		/// How many validators there are.
		#[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
		validators: u16,
	},
	/// Prints what the members of a committee send each other per block and how long a block takes, with more and more
	/// validators registered around it; fails if that differs by more than 5 % from a committee which is everybody.
	Committee {
		/// How many are in the committee.
		#[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=64))]
		committee: u16,
		/// How many are registered, the committee among them; several, with commas between.
		#[arg(long, value_delimiter = ',', default_values_t = [16, 100, 1_000], value_parser = clap::value_parser!(u16).range(1..=4_096))]
		registered: Vec<u16>,
		/// Over how many blocks it is counted.
		#[arg(long, default_value_t = 48, value_parser = clap::value_parser!(u32).range(1..=10_000))]
		blocks: u32,
		/// The least time from one block to the next, in ms.
		#[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(200..=2_000))]
		period: u32,
		/// What each node can send, in Mbit/s.
		#[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..=100_000))]
		uplink: u64,
	},
	/// Draws parameters that are accepted, on their bounds and between, and runs networks under them: healthy, with f
	/// validators gone, and after an outage. Fails if one stops.
	Parameters {
		/// Draws from each of these seeds.
		#[arg(long, value_parser = seeds, default_value = "0..1000", conflicts_with = "seed")]
		seeds: (u64, u64),
		/// Runs one and prints its parameters and its history.
		#[arg(long)]
		seed: Option<u64>,
	},
	/// Runs f validators twice, with one key, and cuts the network so that each of the two is believed by somebody.
	Twins {
		/// How many validators there are; fewer than four bear no faulty one.
		#[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(4..=64))]
		validators: u16,
		/// Draws a schedule from each of these seeds. By default every schedule within a bound is run where there are
		/// four validators, and the seeds 0..500 where there are more.
		#[arg(long, value_parser = seeds, conflicts_with = "scenario")]
		seeds: Option<(u64, u64)>,
		/// Runs one and prints its history: the number of a listed schedule, or `s` and a seed.
		#[arg(long)]
		scenario: Option<syndic_simulator::twins::Id>,
		/// Prints one JSON object on one line.
		#[arg(long)]
		json: bool,
	},
	/// Runs one seed and prints its history, a line an event.
	Replay {
		/// The seed.
		seed: u64,
		/// How many validators there are.
		#[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
		validators: u16,
		/// As in `run`.
		#[arg(long)]
		profile: Option<Profile>,
	},
}

fn seeds(text: &str) -> Result<(u64, u64), String> {
	let (first, end) = text.split_once("..").ok_or_else(|| format!("`{text}` is no range such as 0..2000"))?;
	let number = |part: &str| part.parse::<u64>().map_err(|e| format!("`{part}` in `{text}`: {e}"));
	let (first, end) = (number(first)?, number(end)?);
	if first >= end {
		return Err(format!("`{text}` holds no seed: it is half open"));
	}
	Ok((first, end))
}

fn command_for(outcome: &Outcome, validators: u16, profile: Option<Profile>) -> String {
	let profile = profile.map_or(String::new(), |p| {
		use clap::ValueEnum;
		p.to_possible_value().map_or(String::new(), |v| format!(" --profile {}", v.get_name()))
	});
	format!("syndic-sim replay {} --validators {validators}{profile}", outcome.seed)
}

fn run_range(validators: u16, (first, end): (u64, u64), profile: Option<Profile>, json: bool) -> ExitCode {
	let started = Instant::now();
	let heights = AtomicU64::new(0);
	let failures = crew::find("seeds", first..end, false, |seed| {
		let outcome = run(usize::from(validators), seed, profile, Audit::default());
		heights.fetch_add(u64::from(outcome.height.0), Ordering::Relaxed);
		outcome.violation.is_some().then_some(outcome)
	});
	let count = end - first;
	let rate = count as f64 / started.elapsed().as_secs_f64();
	let heights = heights.load(Ordering::Relaxed);
	if json {
		let first_failure = failures.first().map(|(_, outcome)| {
			serde_json::json!({
				"seed": outcome.seed,
				"violation": outcome.violation,
				"replay": command_for(outcome, validators, profile),
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
		println!(
			"{count} seeds of {validators} validators, {heights} heights, {rate:.1} seeds/s, {} failed",
			failures.len()
		);
		for (_, outcome) in failures.iter().take(10) {
			if let Some(violation) = &outcome.violation {
				println!("seed {} ({:?}): {violation}", outcome.seed, outcome.profile);
				println!("  {}", command_for(outcome, validators, profile));
			}
		}
	}
	ExitCode::from(u8::from(!failures.is_empty()))
}

/// A history that is printed as it happens.
fn printed() -> Audit {
	Audit::with_lines(|line| {
		// A reader that has seen enough closes the pipe; that is no error.
		if writeln!(std::io::stdout(), "{line}").is_err() {
			std::process::exit(0);
		}
	})
}

fn replay(validators: u16, seed: u64, profile: Option<Profile>) -> ExitCode {
	let outcome = run(usize::from(validators), seed, profile, printed());
	println!("seed {seed}, {:?}: height {}, audit {:016x}", outcome.profile, outcome.height, outcome.audit);
	match &outcome.violation {
		Some(violation) => {
			println!("{violation}");
			ExitCode::FAILURE
		}
		None => ExitCode::SUCCESS,
	}
}

fn main() -> ExitCode {
	match Cli::parse().command {
		Command::Run { validators, seeds, profile, json } => run_range(validators, seeds, profile, json),
		Command::Committee { committee, registered, blocks, period, uplink } => {
			committee::committee(committee, &registered, blocks, period, uplink * 125)
		}
		Command::Parameters { seed: Some(seed), .. } => parameters::replay(seed),
		Command::Parameters { seeds, .. } => parameters::parameters(seeds),
		Command::Outages { validators } => outages::outages(validators),
		Command::Mutants => mutants::mutants(),
		Command::Twins { validators, scenario: Some(id), .. } => twins::replay(validators, id),
		Command::Twins { validators, seeds, json, .. } => twins::run_all(validators, seeds, json),
		Command::Replay { seed, validators, profile } => replay(validators, seed, profile),
	}
}
