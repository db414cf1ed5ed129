//! What can be wrong with an export, and where.

use crate::proof::ProofError;
use std::fmt;
use syndic_primitives::Height;

/// As much of a value as an error repeats, in characters.
const SHOWN: usize = 200;

/// Where an export does not hold, and why.
#[derive(Debug)]
pub struct CheckError {
	/// The file.
	pub file: &'static str,
	/// The line; of Parquet, the row. From 1 on.
	pub line: Option<u64>,
	/// What is wrong there.
	pub fault: Fault,
}

impl CheckError {
	/// At a place.
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

/// What is wrong.
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
	/// A line is longer than any that is written.
	#[error("the line has more than {bound} bytes")]
	TooLong {
		/// How many bytes are read.
		bound: u64,
	},
	/// A line does not end.
	#[error("the line is cut off: it has no end")]
	CutOff,
	/// A line is not what it should be.
	#[error("the line can't be read: {0}")]
	Line(String),
	/// A block does not hold.
	#[error("block {height}: {error}")]
	Block {
		/// The block that the line is said to be of.
		height: Height,
		/// Why it does not hold.
		error: Box<ProofError>,
	},
	/// A row says something else than what is proven.
	#[error("block {height}, row {index}: {field} is {stated}, what is proven is {proven}")]
	OtherField {
		/// The block.
		height: Height,
		/// The row's index in it.
		index: u32,
		/// The member in question.
		field: String,
		/// What the file says, shortened.
		stated: String,
		/// What is proven, shortened.
		proven: String,
	},
	/// A row says what is proven, but not in the bytes in which an export has it.
	#[error("block {height}, row {index}: the row is not written as an export writes it")]
	OtherForm {
		/// The block.
		height: Height,
		/// The row's index in it.
		index: u32,
	},
	/// A row is not there.
	#[error("row {index} of block {height} is missing here: {found}")]
	MissingRow {
		/// The block.
		height: Height,
		/// The row's index in it.
		index: u32,
		/// What is there instead.
		found: Place,
	},
	/// A row is there that no block proves.
	#[error("{found} does not belong here: {due}")]
	AddedRow {
		/// What is there.
		found: Place,
		/// What should be there.
		due: Place,
	},
	/// The manifest says something else than the other files.
	#[error("{field} is {stated}, found is {found}")]
	Manifest {
		/// The member.
		field: &'static str,
		/// What it says.
		stated: String,
		/// What is the case.
		found: String,
	},
	/// The export was made with another version of the runtime.
	#[error(
		"this export was made under specVersion {stated}, this syndic reads specVersion {native}: use the syndic whose \
		 runtime is of version {stated}"
	)]
	OtherVersion {
		/// The version of the export.
		stated: u32,
		/// That of the runtime this program is built with.
		native: u32,
	},
	/// There are no rows to be checked.
	#[error("the export has neither rows.jsonl nor rows.parquet")]
	NoRows,
	/// There are no blocks.
	#[error("the export has no block")]
	NoBlocks,
}

/// Which row it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
	/// The row of this index in this block.
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

/// A member in which a row differs from what is proven.
pub(super) struct Difference {
	pub field: String,
	pub stated: String,
	pub proven: String,
}

/// What it means that the row at `due` is not what the file has at this place. `stated` is where the file's row says it
/// belongs; `differences` are the members in which it differs.
pub(super) fn judge(due: (Height, u32), stated: Option<(u32, u32)>, mut differences: Vec<Difference>) -> Fault {
	let (height, index) = due;
	let due = Place::Row(height.get(), index);
	let found = stated.map(|(height, index)| Place::Row(height, index));
	match found {
		// It is another row, not this one with a changed number.
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
