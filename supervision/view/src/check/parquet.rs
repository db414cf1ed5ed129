//! Checks rows in Parquet: every cell must be equal to that of the proven row.

use super::{
	fault::{judge, Difference, Place},
	CheckError, Fault, Stated,
};
use crate::{
	export::{
		parquet::{cells, schema, Cell},
		ROWS_PARQUET,
	},
	rows::Row,
};
use ::parquet::{
	errors::{ParquetError, Result as ParquetResult},
	file::{reader::FileReader, serialized_reader::SerializedFileReader},
	record::{reader::RowIter, Field},
};
use std::{fs::File, path::Path};

pub(super) struct ParquetRows {
	rows: RowIter<'static>,
	row: u64,
}

impl ParquetRows {
	pub fn open(path: &Path) -> Result<Self, CheckError> {
		let fault = |fault: Fault| CheckError::new(ROWS_PARQUET, None, fault);
		let file = File::open(path).map_err(|error| fault(error.into()))?;
		let reader = SerializedFileReader::new(file).map_err(|error| fault(error.into()))?;
		let expected = schema().map_err(|error| fault(error.into()))?;
		// The schema is checked before any row is read, so that the cells have the types that an export writes.
		if reader.metadata().file_metadata().schema() != &*expected {
			return Err(fault(Fault::Columns));
		}
		Ok(Self { rows: RowIter::from_file_into(Box::new(reader)), row: 0 })
	}

	fn next(&mut self) -> Result<Option<Vec<(String, Cell)>>, CheckError> {
		self.row += 1;
		let row = self.rows.next().map(|row| row.and_then(read)).transpose();
		row.map_err(|error| self.fault(error.into()))
	}

	fn fault(&self, fault: Fault) -> CheckError {
		CheckError::new(ROWS_PARQUET, Some(self.row), fault)
	}
}

impl Stated for ParquetRows {
	fn expect(&mut self, row: &Row) -> Result<(), CheckError> {
		let (height, index) = (row.height, row.proof.index);
		let Some(stated) = self.next()? else {
			return Err(self.fault(Fault::MissingRow { height, index, found: Place::End }));
		};
		let proven = cells(row).map_err(|error| self.fault(error.into()))?;
		if stated.len() != proven.len() {
			return Err(self.fault(Fault::Columns));
		}
		let differs = |((field, stated), proven): (&(String, Cell), &Cell)| {
			let (field, stated, proven) = (field.clone(), stated.to_string(), proven.to_string());
			Difference { field, stated, proven }
		};
		let differences: Vec<_> =
			stated.iter().zip(&proven).filter(|((_, stated), proven)| stated != *proven).map(differs).collect();
		match differences.is_empty() {
			true => Ok(()),
			false => Err(self.fault(judge((height, index), place(&stated), differences))),
		}
	}

	fn end(&mut self) -> Result<(), CheckError> {
		let Some(stated) = self.next()? else { return Ok(()) };
		let (height, index) = place(&stated).unwrap_or_default();
		Err(self.fault(Fault::AddedRow { found: Place::Row(height, index), due: Place::End }))
	}
}

/// The height and the index that a row states for itself.
fn place(row: &[(String, Cell)]) -> Option<(u32, u32)> {
	let number = |name: &str| match row.iter().find(|(column, _)| column == name) {
		Some((_, Cell::Number(number))) => Some(*number),
		_ => None,
	};
	Some((number("height")?, number("index")?))
}

fn read(row: ::parquet::record::Row) -> ParquetResult<Vec<(String, Cell)>> {
	row.into_columns().into_iter().map(|(name, field)| Ok((name, cell(field)?))).collect()
}

fn cell(field: Field) -> ParquetResult<Cell> {
	match field {
		Field::Null => Ok(Cell::Null),
		Field::UInt(value) => Ok(Cell::Number(value)),
		Field::ULong(value) => Ok(Cell::Long(value)),
		Field::TimestampMillis(value) => {
			u64::try_from(value).map(Cell::Long).map_err(|_| ParquetError::General(format!("{value} is not a time")))
		}
		Field::Str(value) => Ok(Cell::Text(value)),
		other => Err(ParquetError::General(format!("{other} is of a type that no row has"))),
	}
}
