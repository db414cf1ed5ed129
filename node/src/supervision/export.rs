//! `syndic export-supervision`: rows and proofs from a node into a directory.
//!
//! Only the proofs in the node's answers are used. The rows are computed from them here, and every certificate is
//! checked. The set for the first block is the one that the node names: the trusted set is chosen where the export is
//! verified, not where it is made.

use super::Progress;
use jsonrpsee::{
	core::client::ClientT,
	rpc_params,
	ws_client::{WsClient, WsClientBuilder},
};
use sc_cli::{Error, Result};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use std::{path::PathBuf, time::Duration};
use syndic_light::SetAnswer;
use syndic_primitives::{BlockHash, Height, ValidatorSet};
use syndic_supervision_view::{
	export::{Export, Format, Manifest},
	proof::{BlockProof, Walk},
	rpc::{RowsAnswer, MAX_BLOCKS},
};

/// Maximum length of an answer in bytes: the proof of any one block is shorter.
const MAX_ANSWER: u32 = 64 * 1024 * 1024;

/// Timeout of an answer.
const PATIENCE: Duration = Duration::from_secs(120);

/// How rows are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Formats {
	/// JSON Lines.
	Jsonl,
	/// Parquet.
	Parquet,
	/// Both.
	#[default]
	Both,
}

impl Formats {
	fn list(self) -> &'static [Format] {
		match self {
			Self::Jsonl => &[Format::Jsonl],
			Self::Parquet => &[Format::Parquet],
			Self::Both => &[Format::Jsonl, Format::Parquet],
		}
	}
}

/// `export-supervision`
#[derive(Debug, clap::Args)]
pub struct ExportSupervisionCmd {
	/// The node. It must keep the states of these blocks, and of the block before the first (`--state-pruning
	/// archive`).
	#[arg(long, value_name = "URL", default_value = "ws://127.0.0.1:9944")]
	url: String,

	/// The first block; at least 1.
	#[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
	from: u32,

	/// The last block, which must be final.
	#[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
	to: u32,

	/// The directory to write. It must not hold an export already.
	#[arg(long, value_name = "DIR")]
	out: PathBuf,

	/// How rows are written.
	#[arg(long, value_enum, default_value_t)]
	format: Formats,
}

impl ExportSupervisionCmd {
	/// Writes the export, and prints what it contains.
	pub fn run(&self) -> Result<()> {
		if self.to < self.from {
			return Err(Error::Input(format!("--to is {}, must be at least --from, which is {}", self.to, self.from)));
		}
		let mut progress = Progress::new("exported");
		let manifest = sc_cli::build_runtime()?.block_on(self.export(&mut progress))?;
		println!(
			"Exported blocks {} to {}, {} rows, in {:.1} s to {}.\nThe set that decided block {} has to come from somebody \
			 you trust: syndic verify-export --genesis {:?} --set SET {}",
			manifest.from,
			manifest.to,
			manifest.rows,
			progress.seconds(),
			self.out.display(),
			manifest.from,
			manifest.genesis,
			self.out.display()
		);
		Ok(())
	}

	async fn export(&self, progress: &mut Progress) -> Result<Manifest> {
		let node = Node::connect(&self.url).await?;
		let genesis = node.hash_of(Height::ZERO).await?;
		let (mut next, to) = (Height(self.from), Height(self.to));
		// The state before the first block names the set that decided it.
		let before = node.hash_of(next.previous()).await?;
		let mut walk = Walk::new(genesis, node.set_after(before).await?);
		let mut export = Export::create(&self.out, genesis, self.format.list()).map_err(failed)?;
		while next <= to {
			let last = Height(next.get().saturating_add(MAX_BLOCKS - 1)).min(to);
			for proof in node.proofs(next, last).await? {
				let rows = match walk.block(&proof) {
					Err(error) if error.is_other_set() => {
						// A recovery order may have put another set in force: then the block's own state names it.
						walk.trust(node.set_after(proof.hash).await?);
						walk.block(&proof)
					}
					other => other,
				};
				let (block, rows) = rows.map_err(|error| self.not_proven(proof.height, error))?;
				export.block(&proof, &rows).map_err(failed)?;
				progress.block(block.height);
				next = block.height.next();
			}
		}
		export.finish().map_err(failed)
	}

	fn not_proven(&self, height: Height, error: impl std::fmt::Display) -> Error {
		Error::Input(format!("{}: block {height} is not proven: {error}", self.url))
	}
}

fn failed(error: impl std::fmt::Display) -> Error {
	Error::Input(error.to_string())
}

/// A connection to a node.
struct Node {
	url: String,
	client: WsClient,
}

impl Node {
	async fn connect(url: &str) -> Result<Self> {
		let builder = WsClientBuilder::default().max_response_size(MAX_ANSWER).request_timeout(PATIENCE);
		let client = builder.build(url).await;
		let client = client.map_err(|error| Error::Input(format!("--url is {url}, no node answers there: {error}")))?;
		Ok(Self { url: url.into(), client })
	}

	async fn ask<T: DeserializeOwned>(&self, method: &str, params: jsonrpsee::core::params::ArrayParams) -> Result<T> {
		let answer = self.client.request(method, params).await;
		answer.map_err(|error| Error::Input(format!("{}: {method}: {error}", self.url)))
	}

	async fn hash_of(&self, height: Height) -> Result<BlockHash> {
		let hash: Option<BlockHash> = self.ask("chain_getBlockHash", rpc_params![height]).await?;
		hash.ok_or_else(|| Error::Input(format!("{}: block {height} is not there yet", self.url)))
	}

	/// The set of the height after a block.
	async fn set_after(&self, hash: BlockHash) -> Result<ValidatorSet> {
		let answer: SetAnswer = self.ask("pbft_validators", rpc_params![hash]).await?;
		answer.try_into().map_err(|error| Error::Input(format!("{}: pbft_validators: {error}", self.url)))
	}

	/// The proofs of the first of these blocks, as many as one answer holds.
	async fn proofs(&self, from: Height, to: Height) -> Result<Vec<BlockProof>> {
		let answer: RowsAnswer<IgnoredAny> =
			self.ask("supervision_rows", rpc_params![from, to, Value::Bool(true)]).await?;
		let proofs: Vec<_> = answer.blocks.into_iter().filter_map(|block| block.proof).collect();
		match proofs.first() {
			Some(first) if first.height == from => Ok(proofs),
			_ => Err(Error::Input(format!("{}: supervision_rows: the proof of block {from} is not there", self.url))),
		}
	}
}
