//! The `syndic` binary: a node of a consortium, and the tools around it.

#[cfg(feature = "runtime-benchmarks")]
mod benchmark;
mod chain_spec;
mod cli;
mod command;
mod genesis;
mod key;
mod privacy;
mod queue;
mod recovery;
mod remote;
mod rpc;
mod runner;
mod service;
mod supervision;
mod verify;

use std::process::ExitCode;

fn main() -> ExitCode {
	match command::run() {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			// One line, whatever the error is made of.
			let words: Vec<_> = error.to_string().split_whitespace().map(str::to_owned).collect();
			eprintln!("error: {}", words.join(" "));
			ExitCode::FAILURE
		}
	}
}
