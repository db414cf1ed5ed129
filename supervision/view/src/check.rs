//! The offline check of an export: every block against its certificate, every row against the block's proof.
//!
//! Rows are not looked up in a proof. All rows of a block are computed from the proof once more, and the file must hold
//! exactly these rows, in order. So rows that were changed, added or left out are all found. Files are read line by
//! line, and one block at a time is in memory.

mod fault;
mod json;
mod lines;
mod parquet;

pub use fault::{CheckError, Fault};

use crate::{
	export::{Format, Manifest, FORMAT, MANIFEST, PROOFS},
	proof::{BlockProof, Walk},
	rows::Row,
};
use lines::Lines;
use std::path::Path;
use syndic_primitives::{BlockHash, Height};

/// Maximum length of a line with a proof, in bytes: enough for the longest proof that is accepted, in hex.
const MAX_PROOF_LINE: u64 = 40 * 1024 * 1024;

/// Maximum length of the manifest, in bytes.
const MAX_MANIFEST: u64 = 64 * 1024;

/// The rows of a file, which are compared with the proven ones.
trait Stated {
	/// Checks that the next row of the file is this one.
	fn expect(&mut self, row: &Row) -> Result<(), CheckError>;
	/// Checks that the file has no further row.
	fn end(&mut self) -> Result<(), CheckError>;
}

/// The result of the check of a valid export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
	/// The first block.
	pub from: Height,
	/// The last block.
	pub to: Height,
	/// The hash of the last block.
	pub last: BlockHash,
	/// Number of rows; all of them are proven.
	pub rows: u64,
	/// The formats in which the export holds the rows.
	pub formats: Vec<Format>,
}

/// Checks the export in a directory. `walk` knows the chain and the set that decided the first block; `seen` is called
/// with the height of each block that passed.
pub fn check(
	directory: &Path,
	genesis: BlockHash,
	mut walk: Walk,
	mut seen: impl FnMut(Height),
) -> Result<Checked, CheckError> {
	let manifest = manifest(directory, genesis)?;
	let mut stated: Vec<Box<dyn Stated>> = Vec::new();
	let mut formats = Vec::new();
	for format in [Format::Jsonl, Format::Parquet] {
		let path = directory.join(format.file());
		// A file that the manifest does not name is checked as well, because readers would take it for a part of the
		// export.
		if !path.exists() && !manifest.formats.contains(&format) {
			continue;
		}
		formats.push(format);
		stated.push(match format {
			Format::Jsonl => Box::new(json::JsonRows::open(&path)?),
			Format::Parquet => Box::new(parquet::ParquetRows::open(&path)?),
		});
	}
	if stated.is_empty() {
		return Err(CheckError::new(MANIFEST, None, Fault::NoRows));
	}
	let mut proofs = Lines::open(&directory.join(PROOFS), PROOFS, MAX_PROOF_LINE)?;
	let (mut from, mut last, mut rows) = (None, None, 0);
	while let Some(line) = proofs.next()? {
		let proof: BlockProof =
			serde_json::from_slice(&line).map_err(|error| proofs.fault(Fault::Line(error.to_string())))?;
		let height = proof.height;
		let (block, computed) =
			walk.block(&proof).map_err(|error| proofs.fault(Fault::Block { height, error: Box::new(error) }))?;
		for file in &mut stated {
			for row in &computed {
				file.expect(row)?;
			}
		}
		from = from.or(Some(height));
		last = Some((height, block.hash));
		rows += computed.len() as u64;
		seen(height);
	}
	for file in &mut stated {
		file.end()?;
	}
	let (Some(from), Some((to, last))) = (from, last) else { return Err(proofs.fault(Fault::NoBlocks)) };
	compare("from", manifest.from, from)?;
	compare("to", manifest.to, to)?;
	compare("rows", manifest.rows, rows)?;
	Ok(Checked { from, to, last, rows, formats })
}

/// Reads the manifest, and checks that it is of this format, chain and runtime version.
fn manifest(directory: &Path, genesis: BlockHash) -> Result<Manifest, CheckError> {
	let mut lines = Lines::open(&directory.join(MANIFEST), MANIFEST, MAX_MANIFEST)?;
	let line = lines.next()?.ok_or_else(|| lines.fault(Fault::Line("empty".into())))?;
	let manifest: Manifest =
		serde_json::from_slice(&line).map_err(|error| lines.fault(Fault::Line(error.to_string())))?;
	compare("format", manifest.format.as_str(), FORMAT)?;
	compare("genesis", format!("{:?}", manifest.genesis), format!("{genesis:?}"))?;
	let (stated, native) = (manifest.spec_version, syndic_runtime::VERSION.spec_version);
	match stated == native {
		true => Ok(manifest),
		false => Err(lines.fault(Fault::OtherVersion { stated, native })),
	}
}

fn compare<T: PartialEq + ToString>(field: &'static str, stated: T, found: T) -> Result<(), CheckError> {
	if stated != found {
		let (stated, found) = (stated.to_string(), found.to_string());
		return Err(CheckError::new(MANIFEST, None, Fault::Manifest { field, stated, found }));
	}
	Ok(())
}
