//! What the command line can say.

use crate::{
	chain_spec,
	key::KeyCmd,
	privacy::PrivacyCmd,
	recovery::RecoveryCmd,
	supervision::{ExportSupervisionCmd, VerifyExportCmd},
	verify::{VerifyAssuranceCmd, VerifyDisclosureCmd, VerifyReadCmd},
};
use sc_cli::{RunCmd, SubstrateCli};
use std::{path::PathBuf, sync::OnceLock};

/// The command line.
#[derive(Debug, clap::Parser)]
pub struct Cli {
	#[command(subcommand)]
	pub subcommand: Option<Subcommand>,

	#[command(flatten)]
	pub run: RunParams,
}

/// How the node runs: what every Substrate node takes, and what concerns the consensus.
#[derive(Debug, clap::Args)]
// What speaks of another consensus is accepted, for scripts that pass it everywhere, and not advertised.
#[command(mut_arg("no_grandpa", |arg| arg.hide(true)))]
// What chooses among the SDK's pools, and what they ban, concerns no pool of ours.
#[command(mut_arg("pool_type", |arg| arg.hide(true)), mut_arg("tx_ban_seconds", |arg| arg.hide(true)))]
pub struct RunParams {
	#[command(flatten)]
	pub base: RunCmd,

	#[command(flatten)]
	pub pbft: PbftParams,

	#[command(flatten)]
	pub payloads: PayloadParams,

	#[command(flatten)]
	pub pool: PoolParams,
}

impl RunParams {
	/// The pool's flags, with the SDK's own among them. Those that have no meaning here are named.
	pub fn pool_params(&self) -> PoolParams {
		let stock = &self.base.pool_config;
		if stock.tx_ban_seconds.is_some() {
			log::warn!("--tx-ban-seconds has no effect: a transaction that was refused may be offered again at once");
		}
		PoolParams { limit: Some((stock.pool_limit, stock.pool_kbytes.saturating_mul(1024))), ..self.pool.clone() }
	}
}

/// Whether the payload service runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Switch {
	/// It does.
	#[default]
	On,
	/// It does not.
	Off,
}

/// Flags of the payload service.
#[derive(Clone, Debug, clap::Args)]
pub struct PayloadParams {
	/// Whether to serve and fetch payloads of private transactions from the start.
	///
	/// `privacy_setService` switches it while the node runs. Blocks go on either way.
	#[arg(long, value_enum, value_name = "SWITCH", default_value = "on")]
	pub payload_service: Switch,

	/// How many MiB of encrypted payloads this node keeps at most.
	///
	/// When they are used up new payloads are refused; nothing is dropped before its time.
	#[arg(long, value_name = "MIB", default_value_t = syndic_payloads::DEFAULT_STORE_MIB, value_parser = clap::value_parser!(u32).range(1..))]
	pub payload_store_mib: u32,

	/// For how many blocks after its envelope a payload is kept; 0: until it is purged.
	#[arg(long, value_name = "BLOCKS", default_value_t = syndic_payloads::DEFAULT_RETENTION)]
	pub payload_retention_blocks: u32,
}

/// Flags of the pool, beside the SDK's.
#[derive(Clone, Debug, clap::Args)]
pub struct PoolParams {
	/// Do not keep accepted transactions on the disk.
	///
	/// By default a transaction that came by RPC is written to `chains/<id>/transactions` in the base path and synced before it
	/// is answered, and is offered again after a restart, until it is final or has left the pool.
	#[arg(long)]
	pub no_transaction_journal: bool,

	/// For how many seconds a transaction waits for one with an earlier nonce of its account that is not there.
	///
	/// Then it leaves, and its sender is told `Dropped`.
	#[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=604_800))]
	pub pool_gap_seconds: u64,

	/// How many transactions and bytes the pool holds: from the SDK's flags.
	#[arg(skip)]
	pub limit: Option<(usize, usize)>,
}

impl PoolParams {
	/// Its bounds. A full pool refuses, and drops nothing.
	pub fn bounds(&self) -> syndic_pool::Config {
		let (transactions, bytes) = self.limit.unwrap_or((8_192, 20 << 20));
		let gap_expiry = std::time::Duration::from_secs(self.pool_gap_seconds);
		syndic_pool::Config { gap_expiry, ..syndic_pool::Config::new(transactions, bytes) }
	}
}

/// Flags of the consensus.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct PbftParams {
	/// Append every vote that this validator receives to a file, one JSON object a line.
	///
	/// For audits and tests. The file grows without bound.
	#[arg(long, value_name = "PATH")]
	pub pbft_record_votes: Option<PathBuf>,

	/// Vote at once although the vote log is new and the chain is not.
	///
	/// The vote log (`chains/<id>/pbft` in the base path) keeps this validator from voting twice for the same height and
	/// view. A validator that finds it missing on a chain that has begun waits until the chain has passed every height at
	/// which it can have voted. If the chain stands still without it, that never comes: give this flag then, once, and only
	/// if the log is lost for good and no other node runs with the same key.
	#[arg(long)]
	pub pbft_new_log: bool,

	#[command(flatten)]
	pub recovery: RecoveryArgs,
}

/// Orders of the board.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct RecoveryArgs {
	/// An order of the board by which another validator set continues the chain, see `syndic recovery`. Can be given more
	/// than once, if the chain was recovered more than once.
	///
	/// Only for a chain that has lost its quorum for good. Two thirds of the board must have signed the order. The node refuses
	/// to start if the order does not hold, or if the chain has gone on after the block that it names. Once the chain has been
	/// recovered the flag changes nothing for this node; a new node needs it to get past that block.
	#[arg(long = "recovery", value_name = "FILE")]
	pub recovery: Vec<PathBuf>,
}

/// `import-blocks`, with orders.
#[derive(Debug, clap::Args)]
pub struct ImportBlocksCmd {
	#[command(flatten)]
	pub base: sc_cli::ImportBlocksCmd,

	#[command(flatten)]
	pub recovery: RecoveryArgs,
}

/// What the binary does besides running a node.
#[derive(Debug, clap::Subcommand)]
#[allow(clippy::large_enum_variant)]
pub enum Subcommand {
	/// Make, inspect and insert keys.
	#[command(subcommand)]
	Key(KeyCmd),

	/// Print a chain spec as JSON: of a preset (`dev`, `local`), of a spec, or of a consortium's template (`.toml`).
	ExportChainSpec(sc_cli::ExportChainSpecCmd),

	/// Print a chain spec as JSON; the older form of `export-chain-spec`.
	BuildSpec(sc_cli::BuildSpecCmd),

	/// Execute a block of the database again and check it.
	CheckBlock(sc_cli::CheckBlockCmd),

	/// Write blocks, with their certificates, to a file.
	ExportBlocks(sc_cli::ExportBlocksCmd),

	/// Write the state after a block as a chain spec.
	ExportState(sc_cli::ExportStateCmd),

	/// Read blocks, with their certificates, from a file.
	ImportBlocks(ImportBlocksCmd),

	/// Remove the database. Keys and the vote log stay: a validator must not forget what it has signed.
	PurgeChain(sc_cli::PurgeChainCmd),

	/// Drop blocks that are not final. A final block is never reverted.
	Revert(sc_cli::RevertCmd),

	/// Print the heads of the database's chain.
	ChainInfo(sc_cli::ChainInfoCmd),

	/// Check an answer of `builtin_read` with a proof, without a node: that a contract's storage held this value after a
	/// block that the validator set has committed.
	VerifyRead(VerifyReadCmd),

	/// Check an answer of `pbft_assurance` with a proof, without a node: who stands behind a final block, and which levels of
	/// assurance it has reached.
	VerifyAssurance(VerifyAssuranceCmd),

	/// Check what a participant shows of a private transaction, without a node: that this payload was sent under this
	/// commitment, by whom, to whom and when.
	VerifyDisclosure(VerifyDisclosureCmd),

	/// Send and open private payloads, and disclose them as an officer of a regulator.
	#[command(subcommand)]
	Privacy(PrivacyCmd),

	/// Write what a supervisor needs to know of a run of blocks, row by row, with the proofs of all of them: volumes, large
	/// transfers, the use of rights, changes of members and parameters, participation.
	ExportSupervision(ExportSupervisionCmd),

	/// Check what `export-supervision` has written, without a node: every block by its certificate, every row by its block.
	VerifyExport(VerifyExportCmd),

	/// Continue a chain that has lost its quorum for good: make, sign and check the board's order.
	#[command(subcommand)]
	Recovery(RecoveryCmd),

	/// Measure the runtime's weights.
	#[cfg(feature = "runtime-benchmarks")]
	#[command(subcommand)]
	Benchmark(frame_benchmarking_cli::BenchmarkCmd),
}

impl Cli {
	/// Whether the command makes a spec out of whatever it is given, rather than run a chain by it.
	fn exports_spec(&self) -> bool {
		matches!(self.subcommand, Some(Subcommand::ExportChainSpec(_) | Subcommand::BuildSpec(_)))
	}
}

/// What `--version` prints.
static VERSION: OnceLock<&str> = OnceLock::new();

/// Sets what `--version` prints, once.
pub fn set_version(version: &'static str) {
	// A second call would come from nowhere but a test.
	let _ = VERSION.set(version);
}

impl SubstrateCli for Cli {
	fn impl_name() -> String {
		"Syndic".into()
	}

	fn impl_version() -> String {
		VERSION.get().copied().unwrap_or(env!("CARGO_PKG_VERSION")).into()
	}

	fn description() -> String {
		"A node of a consortium blockchain whose blocks are final the moment a quorum of validators commits them."
			.into()
	}

	fn author() -> String {
		"the Syndic developers".into()
	}

	fn support_url() -> String {
		"the repository's issues".into()
	}

	fn copyright_start_year() -> i32 {
		2026
	}

	fn load_spec(&self, id: &str) -> Result<Box<dyn sc_service::ChainSpec>, String> {
		chain_spec::load(id, self.exports_spec()).map_err(|error| error.to_string())
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::{CommandFactory, Parser};

	#[test]
	fn the_command_line_is_consistent() {
		Cli::command().debug_assert();
	}

	#[test]
	fn consensus_flags_are_read() {
		let cli = Cli::parse_from(["syndic", "--pbft-record-votes", "votes.jsonl", "--pbft-new-log"]);
		assert!(cli.run.pbft.pbft_new_log);
		assert_eq!(cli.run.pbft.pbft_record_votes, Some("votes.jsonl".into()));
		assert!(!Cli::parse_from(["syndic", "--dev"]).run.pbft.pbft_new_log);
	}

	#[test]
	fn payload_flags_are_read() {
		let PayloadParams { payload_service, payload_store_mib, payload_retention_blocks } =
			Cli::parse_from(["syndic"]).run.payloads;
		assert_eq!((payload_service, payload_store_mib, payload_retention_blocks), (Switch::On, 1024, 2_592_000));
		let cli = Cli::parse_from(["syndic", "--payload-service", "off", "--payload-store-mib", "7"]);
		assert_eq!((cli.run.payloads.payload_service, cli.run.payloads.payload_store_mib), (Switch::Off, 7));
		assert!(Cli::try_parse_from(["syndic", "--payload-store-mib", "0"]).is_err());
	}

	#[test]
	fn another_consensus_is_not_advertised() {
		let help = Cli::command().render_long_help().to_string();
		assert!(!help.contains("--no-grandpa"), "{help}");
		assert!(Cli::try_parse_from(["syndic", "--no-grandpa"]).is_ok());
	}
}
