//! The faults that the check of an export can find.

use crate::proof::ProofError;
use std::fmt;
use syndic_primitives::Height;

/// Maximum length of a value that an error repeats, in characters.
const SHOWN: usize = 200;

/// A fault of an export, and its place.
#[derive(Debug)]
pub struct CheckError {
	/// The file.
	pub file: &'static str,
	/// The line or, in a Parquet file, the row; counted from 1.
	pub line: Option<u64>,
	/// What is wrong there.
	pub fault: Fault,
}

impl CheckError {
	/// A fault at this place.
	pub fn new(file: &'static str, line: Option<u64>, fault: Fault) -> Self {
		Self { file, line, fault }
	}
}

impl fmt::Display for CheckError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Self { file, line, fault } = self;
		match line {
			Some(line) => write!(f, "{file}, line {line}: {fault}"),
			None => write!(f, "{file}: {fault}"),
		}
	}
}

impl std::error::Error for CheckError {}

/// What is wrong with an export.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
	/// The file can't be read.
	#[error("{0}")]
	File(#[from] std::io::Error),
	/// The Parquet file can't be read.
	#[error("{0}")]
	Parquet(#[from] ::parquet::errors::ParquetError),
	/// The columns are not those of an export.
	#[error("the columns are not those of an export")]
	Columns,
	/// A line is longer than any line of an export may be.
	#[error("the line has more than {bound} bytes")]
	TooLong {
		/// Maximum length of a line, in bytes.
		bound: u64,
	},
	/// The last line has no end.
	#[error("the line is cut off: it has no end")]
	CutOff,
	/// A line is not the JSON that it should be.
	#[error("the line can't be read: {0}")]
	Line(String),
	/// The proof of a block is invalid.
	#[error("block {height}: {error}")]
	Block {
		/// The height that the line states.
		height: Height,
		/// Why the proof is invalid.
		error: Box<ProofError>,
	},
	/// A member of a row differs from the proven row.
	#[error("block {height}, row {index}: {field} is {stated}, what is proven is {proven}")]
	OtherField {
		/// The block's height.
		height: Height,
		/// The row's index in the block.
		index: u32,
		/// The member that differs.
		field: String,
		/// The value in the file, shortened.
		stated: String,
		/// The proven value, shortened.
		proven: String,
	},
	/// A row has the proven members, but not the bytes that an export writes for it.
	#[error("block {height}, row {index}: the row is not written as an export writes it")]
	OtherForm {
		/// The block's height.
		height: Height,
		/// The row's index in the block.
		index: u32,
	},
	/// A proven row is missing in the file.
	#[error("row {index} of block {height} is missing here: {found}")]
	MissingRow {
		/// The block's height.
		height: Height,
		/// The row's index in the block.
		index: u32,
		/// What the file has in its place.
		found: Place,
	},
	/// The file has a row that no block proves.
	#[error("{found} does not belong here: {due}")]
	AddedRow {
		/// The row that the file has.
		found: Place,
		/// What the file should have in its place.
		due: Place,
	},
	/// The manifest differs from the other files, or from what was expected.
	#[error("{field} is {stated}, found is {found}")]
	Manifest {
		/// The member of the manifest.
		field: &'static str,
		/// The value in the manifest.
		stated: String,
		/// The value that was found or expected.
		found: String,
	},
	/// The export was made with another version of the runtime.
	#[error(
		"this export was made under specVersion {stated}, this syndic reads specVersion {native}: use the syndic whose \
		 runtime is of version {stated}"
	)]
	OtherVersion {
		/// The version that the manifest states.
		stated: u32,
		/// The version of the runtime with which this program is built.
		native: u32,
	},
	/// The export has no file with rows.
	#[error("the export has neither rows.jsonl nor rows.parquet")]
	NoRows,
	/// The export has no block.
	#[error("the export has no block")]
	NoBlocks,
}

/// A place in the sequence of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
	/// A row: the block's height, and the row's index in the block.
	Row(u32, u32),
	/// The end of the file.
	End,
}

impl fmt::Display for Place {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Row(height, index) => write!(f, "row {index} of block {height}"),
			Self::End => f.write_str("the end of the file"),
		}
	}
}

/// A member in which a file's row differs from the proven row.
pub(super) struct Difference {
	pub field: String,
	pub stated: String,
	pub proven: String,
}

/// The fault, if the next row of the file is not the proven row at `due`. `stated` is the place that the file's row
/// states for itself; `differences` are the members in which the two rows differ.
pub(super) fn judge(due: (Height, u32), stated: Option<(u32, u32)>, mut differences: Vec<Difference>) -> Fault {
	let (height, index) = due;
	let due = Place::Row(height.get(), index);
	let found = stated.map(|(height, index)| Place::Row(height, index));
	match found {
		// The file's row is another row, and not the one that is due with a changed height or index.
		Some(found) if found > due && differences.len() > 1 => Fault::MissingRow { height, index, found },
		Some(found) if found < due && differences.len() > 1 => Fault::AddedRow { found, due },
		_ if differences.is_empty() => Fault::OtherForm { height, index },
		_ => {
			let Difference { field, stated, proven } = differences.swap_remove(0);
			Fault::OtherField { height, index, field, stated: shown(stated), proven: shown(proven) }
		}
	}
}

fn shown(mut text: String) -> String {
	if let Some((end, _)) = text.char_indices().nth(SHOWN) {
		text.truncate(end);
		text.push('…');
	}
	text
}
