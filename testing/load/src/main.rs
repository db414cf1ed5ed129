//! The command line.

use clap::{Parser, Subcommand};
use std::{io::Write, process::ExitCode};
use syndic_load::{
	error::Error,
	options::RunOptions,
	run::run,
	spec::{self, SpecOptions},
};

/// The exit code when nothing could be measured.
const NOT_RUN: u8 = 2;

/// Puts load on a network of Syndic nodes, and tells what became of every transaction.
#[derive(Parser)]
#[command(name = "syndic-load", version)]
struct Cli {
	#[command(subcommand)]
	command: Command,
}

#[derive(Subcommand)]
enum Command {
	/// Writes a chain spec in which the accounts of a load have an identity, money and room in the quotas.
	Spec(SpecOptions),
	Run(Box<RunOptions>),
}

fn main() -> ExitCode {
	match execute(Cli::parse().command) {
		Ok(code) => code,
		Err(error) => {
			eprintln!("error: {error}");
			ExitCode::from(NOT_RUN)
		}
	}
}

fn execute(command: Command) -> Result<ExitCode, Error> {
	let mut out = std::io::stdout().lock();
	match command {
		Command::Spec(options) => {
			writeln!(out, "{}", spec::write(&options)?)?;
			Ok(ExitCode::SUCCESS)
		}
		Command::Run(options) => {
			let report = run(&options)?;
			write!(out, "{report}")?;
			if let Some(path) = &options.json {
				let json = serde_json::to_string_pretty(&report).map_err(std::io::Error::from);
				let written = json.and_then(|json| std::fs::write(path, json + "\n"));
				written.map_err(|error| Error::File { path: path.clone(), error })?;
			}
			let good = report.is_good() || (options.allow_lost && report.duplicates == 0);
			Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
		}
	}
}
