//! Runs the commands of the command line.

use crate::{
	cli::{Cli, Subcommand},
	recovery::{self, RecoveryCmd},
	runner::Runner,
	service,
};
use futures::future;
use sc_cli::{CliConfiguration, Error, Result, SubstrateCli, SyncMode};
use sc_network::config::NetworkBackendType;
use sc_network::Litep2pNetworkBackend;
use syndic_client::Orders;
use syndic_primitives::block::Block;

/// Reads the command line and runs the command.
pub fn run() -> Result<()> {
	let cli = Cli::from_args();
	match &cli.subcommand {
		None => node(&cli),
		Some(Subcommand::Key(command)) => command.run(&cli),
		Some(Subcommand::ExportChainSpec(command)) => command.run(cli.load_spec(&command.chain)?),
		Some(Subcommand::BuildSpec(command)) => {
			cli.create_runner(command)?.sync_run(|config| command.run(config.chain_spec, config.network))
		}
		Some(Subcommand::ChainInfo(command)) => {
			cli.create_runner(command)?.sync_run(|config| command.run::<Block>(&config))
		}
		Some(Subcommand::PurgeChain(command)) => {
			cli.create_runner(command)?.sync_run(|config| command.run(config.database))
		}
		Some(Subcommand::CheckBlock(command)) => Runner::new(&cli, command)?.run_command(|config, tasks| {
			let parts = service::new_partial(&config, Orders::default(), tasks)?;
			Ok(command.run(parts.client, parts.import_queue))
		}),
		Some(Subcommand::ExportBlocks(command)) => Runner::new(&cli, command)?.run_command(|config, tasks| {
			let parts = service::new_partial(&config, Orders::default(), tasks)?;
			Ok(command.run(parts.client, config.database))
		}),
		Some(Subcommand::ExportState(command)) => Runner::new(&cli, command)?.run_command(|config, tasks| {
			let parts = service::new_partial(&config, Orders::default(), tasks)?;
			Ok(command.run(parts.client, config.chain_spec))
		}),
		Some(Subcommand::ImportBlocks(command)) => Runner::new(&cli, &command.base)?.run_command(|config, tasks| {
			let parts = service::new_partial(&config, recovery::read_orders(&command.recovery.recovery)?, tasks)?;
			Ok(command.base.run(parts.client, parts.import_queue))
		}),
		Some(Subcommand::Revert(command)) => Runner::new(&cli, command)?.run_command(|config, tasks| {
			let parts = service::new_partial(&config, Orders::default(), tasks)?;
			Ok(command.run(parts.client, parts.backend, Some(Box::new(keep_vote_log))))
		}),
		Some(Subcommand::VerifyRead(command)) => command.run(),
		Some(Subcommand::VerifyAssurance(command)) => command.run(),
		Some(Subcommand::VerifyDisclosure(command)) => command.run(),
		Some(Subcommand::Privacy(command)) => command.run(),
		Some(Subcommand::ExportSupervision(command)) => command.run(),
		Some(Subcommand::VerifyExport(command)) => command.run(),
		Some(Subcommand::Recovery(RecoveryCmd::Show(command))) => command.run(),
		Some(Subcommand::Recovery(RecoveryCmd::AddSignature(command))) => command.run(),
		Some(Subcommand::Recovery(RecoveryCmd::Draft(command))) => {
			Runner::new(&cli, command)?.run_command(|config, tasks| {
				let parts = service::new_partial(&config, Orders::default(), tasks)?;
				Ok(future::ready(command.run(&parts)))
			})
		}
		Some(Subcommand::Recovery(RecoveryCmd::Verify(command))) => {
			Runner::new(&cli, command)?.run_command(|config, tasks| {
				let parts = service::new_partial(&config, Orders::default(), tasks)?;
				Ok(future::ready(command.run(&parts)))
			})
		}
		#[cfg(feature = "runtime-benchmarks")]
		Some(Subcommand::Benchmark(command)) => crate::benchmark::run(&cli, command),
	}
}

/// Reverting changes the database only. The votes of this validator stay signed whatever becomes of the blocks, and the
/// log holds the bodies of proposals that are not decided yet.
fn keep_vote_log<C, B>(_: C, _: B, blocks: u32) -> Result<()> {
	log::info!("Reverting at most {blocks} blocks that are not final. The vote log is left as it is.");
	Ok(())
}

/// Runs a node until it is told to stop.
fn node(cli: &Cli) -> Result<()> {
	refuse_partial_sync(cli)?;
	let pbft = cli.run.pbft.clone();
	let payloads = cli.run.payloads.clone();
	// The orders are read before any file is opened.
	let orders = recovery::read_orders(&pbft.recovery.recovery)?;
	let runner = Runner::new(cli, &cli.run.base).map_err(name_the_command)?;
	// This may log warnings, so it must come after the log is set up.
	let pool = cli.run.pool_params();
	let failure = service::Failure::default();
	let seen = failure.clone();
	let ended = runner.run_node(async move |config, tasks| match config.network.network_backend {
		NetworkBackendType::Litep2p => {
			service::new_full::<Litep2pNetworkBackend>(config, pbft, payloads, pool, orders, failure, tasks).await
		}
		NetworkBackendType::Libp2p => {
			service::new_full::<service::Libp2p>(config, pbft, payloads, pool, orders, failure, tasks).await
		}
	});
	// The SDK's error says only that an essential task has failed.
	match seen.get() {
		Some(reason) => Err(Error::Input(reason.clone())),
		None => ended,
	}
}

/// Blocks are verified with the state of their parents, so this node has to execute every block.
fn refuse_partial_sync(cli: &Cli) -> Result<()> {
	let asked = cli.run.base.network_params().map_or(SyncMode::Full, |network| network.sync);
	let name = match asked {
		SyncMode::Full => return Ok(()),
		SyncMode::Fast => "fast",
		SyncMode::FastUnsafe => "fast-unsafe",
		SyncMode::Warp => "warp",
	};
	Err(Error::Input(format!("--sync is {name}, this version of Syndic syncs in `full` only")))
}

/// The stock error has a placeholder where the name of the binary belongs.
fn name_the_command(error: Error) -> Error {
	match error {
		Error::NetworkKeyNotFound(path) => Error::Input(format!(
			"a validator needs a network key, for others find it by that: there is none at {}. Make one with `syndic key \
			 generate-node-key --base-path PATH --chain CHAIN`, or give --node-key or --node-key-file",
			path.display()
		)),
		other => other,
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::Parser;

	#[test]
	fn only_full_sync_is_accepted() {
		for mode in ["warp", "fast", "fast-unsafe"] {
			let error = refuse_partial_sync(&Cli::parse_from(["syndic", "--sync", mode])).unwrap_err().to_string();
			assert!(error.contains(&format!("--sync is {mode},")), "{error}");
		}
		assert!(refuse_partial_sync(&Cli::parse_from(["syndic", "--sync", "full"])).is_ok());
		assert!(refuse_partial_sync(&Cli::parse_from(["syndic"])).is_ok());
	}
}
