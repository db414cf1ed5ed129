//! `syndic benchmark`: measures the runtime's weights.

use crate::{cli::Cli, runner::Tasks, service};
use frame_benchmarking_cli::{BenchmarkCmd, SUBSTRATE_REFERENCE_HARDWARE};
use sc_cli::{Error, Result, SubstrateCli};
use sp_runtime::traits::HashingFor;
use syndic_primitives::block::Block;

/// Runs the command.
pub fn run(cli: &Cli, command: &BenchmarkCmd) -> Result<()> {
	let runner = cli.create_runner(command)?;
	let mut tasks = Tasks::default();
	runner.sync_run(|config| match command {
		BenchmarkCmd::Pallet(command) => command.run_with_spec::<HashingFor<Block>, ()>(Some(config.chain_spec)),
		BenchmarkCmd::Block(command) => {
			command.run(service::new_partial(&config, Default::default(), &mut tasks)?.client)
		}
		BenchmarkCmd::Storage(command) => {
			let parts = service::new_partial(&config, Default::default(), &mut tasks)?;
			let (db, storage) = (parts.backend.expose_db(), parts.backend.expose_storage());
			let cache = parts.backend.expose_shared_trie_cache();
			command.run(config, parts.client, db, storage, cache)
		}
		BenchmarkCmd::Overhead(command) => {
			command.run_with_default_builder_and_spec::<Block, ()>(Some(config.chain_spec))
		}
		BenchmarkCmd::Extrinsic(_) => Err(Error::Input(
			"benchmark extrinsic: not offered, the weights of calls are measured by `benchmark pallet`".into(),
		)),
		BenchmarkCmd::Machine(command) => command.run(&config, SUBSTRATE_REFERENCE_HARDWARE.clone()),
	})
}
