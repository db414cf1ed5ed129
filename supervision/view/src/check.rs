//! The offline check of an export: every block against its certificate, every row against what the block proves.
//!
//! Rows are not looked up in a proof: all rows of a block are computed from it once more, and have to be those of the
//! file, one after the other. So a row that was changed, one that was added and one that was left out are all found.
//! Files are read line by line, and what is in memory is one block.

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

/// The longest line with a proof, in bytes: as long as a proof that is looked at, in hex.
const MAX_PROOF_LINE: u64 = 40 * 1024 * 1024;

/// The longest manifest, in bytes.
const MAX_MANIFEST: u64 = 64 * 1024;

/// Rows as a file has them, to be compared with those that are proven.
trait Stated {
	/// The next row of the file has to be this one.
	fn expect(&mut self, row: &Row) -> Result<(), CheckError>;
	/// There has to be none any more.
	fn end(&mut self) -> Result<(), CheckError>;
}

/// What an export has been found to prove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
	/// The first block.
	pub from: Height,
	/// The last block, and its hash.
	pub to: Height,
	/// The hash of the last block.
	pub last: BlockHash,
	/// How many rows there are, each of them proven.
	pub rows: u64,
	/// The files in which they are.
	pub formats: Vec<Format>,
}

/// Checks the export in a directory. `walk` knows the chain and the set that decided the first block; `seen` is told of
/// each block that holds.
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
		// A file that the manifest does not name would be taken for a part of the export as well.
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

/// The manifest, if it is one of this chain and this version.
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
