//! `syndic verify-export`: checks an export, offline.

use super::Progress;
use crate::{
	key::Output,
	verify::{hash, print, set},
};
use sc_cli::{Error, Result};
use serde_json::json;
use std::path::PathBuf;
use syndic_primitives::BlockHash;
use syndic_supervision_view::{
	check::{check, Checked},
	export::Format,
	proof::Walk,
};

/// `verify-export`
#[derive(Debug, clap::Args)]
pub struct VerifyExportCmd {
	/// The hash of the chain's genesis block.
	#[arg(long, value_name = "HASH", value_parser = hash)]
	genesis: BlockHash,

	/// The validator set that decided the export's first block: an answer of `pbft_validators` in JSON, or a file with
	/// one.
	///
	/// It has to come from somebody who is trusted, or from a block that was checked before; the later sets are proven
	/// in the export. Can be given more than once: if an order of the board has continued the chain with another set
	/// within the export, that set has to be known, too. The first one is that of the first block.
	#[arg(long, value_name = "JSON or PATH", required = true)]
	set: Vec<String>,

	/// How the result is printed.
	#[arg(long, value_enum, default_value = "text")]
	output_type: Output,

	/// The directory that `export-supervision` has written.
	#[arg(value_name = "DIR")]
	directory: PathBuf,
}

impl VerifyExportCmd {
	/// Prints what is proven, or fails with what is wrong and where.
	pub fn run(&self) -> Result<()> {
		let mut sets = self.set.iter().map(|text| set(text));
		let first = sets.next().ok_or_else(|| Error::Input("--set is not there".into()))??;
		let walk = sets.try_fold(Walk::new(self.genesis, first), |walk, set| set.map(|set| walk.and(set)))?;
		let mut progress = Progress::new("verified");
		let checked = check(&self.directory, self.genesis, walk, |height| progress.block(height))
			.map_err(|error| Error::Input(format!("not proven: {error}")))?;
		let seconds = progress.seconds();
		print(self.output_type, || as_text(&checked, seconds), || as_json(&checked, seconds))
	}
}

fn as_json(checked: &Checked, seconds: f64) -> serde_json::Value {
	let Checked { from, to, last, rows, formats } = checked;
	json!({ "from": from, "to": to, "hash": last, "rows": rows, "formats": formats, "seconds": seconds })
}

fn as_text(checked: &Checked, seconds: f64) -> String {
	let Checked { from, to, last, rows, formats } = checked;
	let files: Vec<_> = formats.iter().map(|format| Format::file(*format)).collect();
	[
		format!("Blocks:  {from} to {to} {last:?}, each with its certificate"),
		format!("Rows:    {rows}, all of them proven, none missing"),
		format!("Files:   {}", files.join(", ")),
		format!("Took:    {seconds:.1} s"),
	]
	.join("\n")
}
