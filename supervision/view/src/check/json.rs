//! Checks rows in JSON Lines. A line must have exactly the bytes that an export writes for the proven row. Equivalent
//! JSON is refused, because readers may interpret it differently.

use super::{
	fault::{judge, Difference, Place},
	lines::Lines,
	CheckError, Fault, Stated,
};
use crate::{export::ROWS_JSON, rows::Row};
use serde_json::Value;
use std::{collections::BTreeSet, path::Path};

/// Maximum length of a line with a row, in bytes. The size of an event is bounded by the block's length.
const MAX_ROW_LINE: u64 = 16 * 1024 * 1024;

pub(super) struct JsonRows {
	lines: Lines,
}

impl JsonRows {
	pub fn open(path: &Path) -> Result<Self, CheckError> {
		Lines::open(path, ROWS_JSON, MAX_ROW_LINE).map(|lines| Self { lines })
	}

	fn compare(&self, due: (syndic_primitives::Height, u32), line: &[u8], proven: &[u8]) -> CheckError {
		let value = |bytes| serde_json::from_slice::<Value>(bytes);
		let (stated, proven) = match (value(line), value(proven)) {
			(Ok(stated), Ok(proven)) => (stated, proven),
			(Err(error), _) | (_, Err(error)) => return self.lines.fault(Fault::Line(error.to_string())),
		};
		let mut differences = Vec::new();
		differ(&stated, &proven, String::new(), &mut differences);
		self.lines.fault(judge(due, place(&stated), differences))
	}
}

impl Stated for JsonRows {
	fn expect(&mut self, row: &Row) -> Result<(), CheckError> {
		let due = (row.height, row.proof.index);
		let Some(line) = self.lines.next()? else {
			let (height, index) = due;
			return Err(self.lines.fault(Fault::MissingRow { height, index, found: Place::End }));
		};
		let proven = serde_json::to_vec(row).map_err(|error| self.lines.fault(Fault::Line(error.to_string())))?;
		match line == proven {
			true => Ok(()),
			false => Err(self.compare(due, &line, &proven)),
		}
	}

	fn end(&mut self) -> Result<(), CheckError> {
		let Some(line) = self.lines.next()? else { return Ok(()) };
		let stated: Value =
			serde_json::from_slice(&line).map_err(|error| self.lines.fault(Fault::Line(error.to_string())))?;
		let (height, index) = place(&stated).unwrap_or_default();
		Err(self.lines.fault(Fault::AddedRow { found: Place::Row(height, index), due: Place::End }))
	}
}

/// The height and the index that a row states for itself.
fn place(row: &Value) -> Option<(u32, u32)> {
	let number = |value: &Value| value.as_u64().and_then(|number| u32::try_from(number).ok());
	Some((number(&row["height"])?, number(&row["proof"]["index"])?))
}

/// The members in which two values differ, by their paths.
fn differ(stated: &Value, proven: &Value, path: String, found: &mut Vec<Difference>) {
	const NOTHING: &Value = &Value::Null;
	let below = |name: &str| if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
	match (stated, proven) {
		(Value::Object(one), Value::Object(other)) => {
			let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
			for name in names {
				match (one.get(name), other.get(name)) {
					(Some(one), Some(other)) => differ(one, other, below(name), found),
					(one, other) => {
						let shown = |value: Option<&Value>| value.map_or("not there".into(), Value::to_string);
						found.push(Difference { field: below(name), stated: shown(one), proven: shown(other) });
					}
				}
			}
		}
		(Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
			for (index, one) in one.iter().enumerate() {
				differ(one, other.get(index).unwrap_or(NOTHING), format!("{path}[{index}]"), found);
			}
		}
		(one, other) if one != other => {
			found.push(Difference { field: path, stated: one.to_string(), proven: other.to_string() });
		}
		_ => {}
	}
}
