//! Rows as Parquet columns. A cell is null if rows of that kind do not have the column.
//!
//! Amounts are text, as in JSON, because a column of decimals would have to bound them. Lists and objects (`signers`,
//! `missing`, `fields`) are their JSON as text. The handle of a row's proof is `hash` and `index`.

use super::ExportError;
use crate::rows::{Content, Row};
use ::parquet::{
	basic::Compression,
	column::writer::ColumnWriter,
	data_type::ByteArray,
	errors::{ParquetError, Result},
	file::{properties::WriterProperties, writer::SerializedFileWriter},
	schema::{parser::parse_message_type, types::TypePtr},
};
use serde::Serialize;
use std::{
	fs::{File, OpenOptions},
	io::BufWriter,
	path::PathBuf,
	sync::Arc,
};

/// Number of rows that are collected in memory and written as one row group.
const GROUP_ROWS: usize = 8_192;
/// Number of bytes of text in the collected rows at which the row group is written earlier.
const GROUP_BYTES: usize = 16 * 1024 * 1024;

/// The columns, as a Parquet message type.
pub const SCHEMA: &str = "message rows {
	required int32 height (integer(32, false));
	required binary hash (utf8);
	required int64 time (timestamp(millis, true));
	required binary kind (utf8);
	required int32 index (integer(32, false));
	optional int64 setId (integer(64, false));
	optional int32 view (integer(32, false));
	optional binary signers (utf8);
	optional binary missing (utf8);
	optional int32 institution (integer(32, false));
	optional int32 sentCount (integer(32, false));
	optional binary sentAmount (utf8);
	optional int32 receivedCount (integer(32, false));
	optional binary receivedAmount (utf8);
	optional int32 event (integer(32, false));
	optional int32 extrinsic (integer(32, false));
	optional binary from (utf8);
	optional int32 fromInstitution (integer(32, false));
	optional binary to (utf8);
	optional int32 toInstitution (integer(32, false));
	optional binary amount (utf8);
	optional binary threshold (utf8);
	optional binary pallet (utf8);
	optional binary name (utf8);
	optional binary fields (utf8);
}";

/// Number of columns.
pub const COLUMNS: usize = 25;

/// Number of leading columns that every row has.
const REQUIRED: usize = 5;

/// The value of a column in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Cell {
	/// Null: the row has no such member, or the member is null.
	#[default]
	Null,
	/// A number of 32 bits.
	Number(u32),
	/// A number of 64 bits.
	Long(u64),
	/// Text.
	Text(String),
}

impl std::fmt::Display for Cell {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		match self {
			Self::Null => f.write_str("null"),
			Self::Number(value) => value.fmt(f),
			Self::Long(value) => value.fmt(f),
			Self::Text(value) => write!(f, "{value:?}"),
		}
	}
}

/// The schema with which a file is written, and which a file that is read must have.
pub fn schema() -> Result<TypePtr> {
	parse_message_type(SCHEMA).map(Arc::new)
}

/// A row as cells, in the order of the columns.
pub fn cells(row: &Row) -> Result<[Cell; COLUMNS]> {
	let text = |value: &str| Cell::Text(value.into());
	let number = |value: Option<u32>| value.map_or(Cell::Null, Cell::Number);
	let mut cells: [Cell; COLUMNS] = Default::default();
	cells[0] = Cell::Number(row.height.get());
	cells[1] = Cell::Text(format!("{:?}", row.hash));
	cells[2] = Cell::Long(row.time);
	cells[3] = text(row.content.kind());
	cells[4] = Cell::Number(row.proof.index);
	match &row.content {
		Content::Participation(row) => {
			cells[5] = Cell::Long(row.set_id.get());
			cells[6] = Cell::Number(row.view.get());
			cells[7] = json(&row.signers)?;
			cells[8] = json(&row.missing)?;
		}
		Content::Volume(row) => {
			cells[9] = number(row.institution);
			cells[10] = Cell::Number(row.sent_count);
			cells[11] = text(&row.sent_amount);
			cells[12] = Cell::Number(row.received_count);
			cells[13] = text(&row.received_amount);
		}
		Content::LargeTransfer(row) => {
			cells[14] = Cell::Number(row.event);
			cells[15] = number(row.extrinsic);
			cells[16] = text(&row.from);
			cells[17] = number(row.from_institution);
			cells[18] = text(&row.to);
			cells[19] = number(row.to_institution);
			cells[20] = text(&row.amount);
			cells[21] = text(&row.threshold);
		}
		Content::Supervision(row) | Content::Membership(row) | Content::Parameters(row) => {
			cells[14] = Cell::Number(row.event);
			cells[15] = number(row.extrinsic);
			cells[22] = text(&row.pallet);
			cells[23] = text(&row.name);
			cells[24] = json(&row.fields)?;
		}
	}
	Ok(cells)
}

fn json(value: &impl Serialize) -> Result<Cell> {
	serde_json::to_string(value).map(Cell::Text).map_err(|error| ParquetError::General(error.to_string()))
}

/// Writes rows, one row group at a time.
pub struct Writer {
	path: PathBuf,
	file: SerializedFileWriter<BufWriter<File>>,
	waiting: Vec<[Cell; COLUMNS]>,
	bytes: usize,
}

impl Writer {
	/// Creates a file, which must not exist yet.
	pub fn create(path: PathBuf) -> std::result::Result<Self, ExportError> {
		let file = match OpenOptions::new().write(true).create_new(true).open(&path) {
			Ok(file) => BufWriter::new(file),
			Err(error) => return Err(ExportError::File { path, error }),
		};
		let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
		match schema().and_then(|schema| SerializedFileWriter::new(file, schema, Arc::new(properties))) {
			Ok(file) => Ok(Self { path, file, waiting: Vec::new(), bytes: 0 }),
			Err(error) => Err(ExportError::Parquet { path, error }),
		}
	}

	/// Adds a row to the current row group, and writes the group when it is full.
	pub fn write(&mut self, row: &Row) -> std::result::Result<(), ExportError> {
		let path = self.path.clone();
		self.add(row).map_err(|error| ExportError::Parquet { path, error })
	}

	/// Writes the last row group and the file's footer, and syncs the file.
	pub fn finish(mut self) -> std::result::Result<(), ExportError> {
		let path = self.path.clone();
		let ended = self.flush().and_then(|()| self.file.into_inner());
		let file = ended.map_err(|error| ExportError::Parquet { path: path.clone(), error })?;
		file.into_inner()
			.map_err(|error| error.into_error())
			.and_then(|file| file.sync_all())
			.map_err(|error| ExportError::File { path, error })
	}

	fn add(&mut self, row: &Row) -> Result<()> {
		let cells = cells(row)?;
		let text = |cell: &Cell| if let Cell::Text(text) = cell { text.len() } else { 0 };
		self.bytes += cells.iter().map(text).sum::<usize>();
		self.waiting.push(cells);
		match self.waiting.len() >= GROUP_ROWS || self.bytes >= GROUP_BYTES {
			true => self.flush(),
			false => Ok(()),
		}
	}

	fn flush(&mut self) -> Result<()> {
		if self.waiting.is_empty() {
			return Ok(());
		}
		let mut group = self.file.next_row_group()?;
		let mut column = 0;
		while let Some(mut writer) = group.next_column()? {
			let cells = || self.waiting.iter().filter_map(|row| row.get(column));
			let levels: Vec<i16> = cells().map(|cell| i16::from(*cell != Cell::Null)).collect();
			let levels = (column >= REQUIRED).then_some(&levels[..]);
			match writer.untyped() {
				// The columns are unsigned, and the writer takes signed numbers of the same bits.
				ColumnWriter::Int32ColumnWriter(typed) => {
					let number = |cell: &Cell| if let Cell::Number(value) = cell { Some(*value as i32) } else { None };
					typed.write_batch(&cells().filter_map(number).collect::<Vec<_>>(), levels, None)?;
				}
				ColumnWriter::Int64ColumnWriter(typed) => {
					let long = |cell: &Cell| if let Cell::Long(value) = cell { Some(*value as i64) } else { None };
					typed.write_batch(&cells().filter_map(long).collect::<Vec<_>>(), levels, None)?;
				}
				ColumnWriter::ByteArrayColumnWriter(typed) => {
					let text = |cell: &Cell| match cell {
						Cell::Text(text) => Some(ByteArray::from(text.as_str())),
						_ => None,
					};
					typed.write_batch(&cells().filter_map(text).collect::<Vec<_>>(), levels, None)?;
				}
				_ => return Err(ParquetError::General(format!("column {column} is of a type that no row has"))),
			}
			writer.close()?;
			column += 1;
		}
		group.close()?;
		self.waiting.clear();
		self.bytes = 0;
		Ok(())
	}
}
