//! A node of a consortium and its tools: the whole `syndic` binary except its version.
//!
//! The binary is a package of its own (`node/main`), because its build script puts the commit into the version. So
//! another commit compiles only a few lines again, and not this crate.

#[cfg(feature = "runtime-benchmarks")]
mod benchmark;
mod chain_spec;
mod cli;
mod command;
mod genesis;
mod host;
mod key;
mod native;
mod privacy;
mod queue;
mod recovery;
mod remote;
mod rpc;
mod runner;
mod service;
mod signatures;
mod supervision;
mod verify;

use std::process::ExitCode;

/// Runs the command line. `version` is what `--version` prints: version, commit and platform.
pub fn main(version: &'static str) -> ExitCode {
	cli::set_version(version);
	match command::run() {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			// The error is printed on one line.
			let words: Vec<_> = error.to_string().split_whitespace().map(str::to_owned).collect();
			eprintln!("error: {}", words.join(" "));
			ExitCode::FAILURE
		}
	}
}
