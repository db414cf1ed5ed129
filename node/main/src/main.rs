//! The `syndic` binary: [`syndic_node`], with the version that it was built from.

use std::process::ExitCode;

fn main() -> ExitCode {
	syndic_node::main(env!("SUBSTRATE_CLI_IMPL_VERSION"))
}
