//! A consortium's template: a chain spec in TOML, with comments, without the runtime's code. `[genesis]` holds what a
//! JSON spec has in `genesis.runtimeGenesis.patch`; every other field is the spec's own.

use super::SpecError;
use serde_json::{json, Value};

/// The spec that a template describes, as JSON, for the runtime `code`.
pub fn to_spec(bytes: &[u8], code: &[u8]) -> Result<Vec<u8>, SpecError> {
	let text = std::str::from_utf8(bytes).map_err(|error| {
		let (line, column) = place(bytes, error.valid_up_to());
		SpecError::Syntax { line, column, message: "not UTF-8".into() }
	})?;
	let mut spec: Value = toml::from_str(text).map_err(|error| {
		let (line, column) = place(bytes, error.span().map_or(0, |span| span.start));
		SpecError::Syntax { line, column, message: error.message().into() }
	})?;
	let fields = spec.as_object_mut().ok_or_else(|| SpecError::field("template", "must be a table"))?;
	let patch = fields.remove("genesis").ok_or_else(|| SpecError::field("genesis", "is not there"))?;
	if !patch.is_object() {
		return Err(SpecError::field("genesis", "must be a table"));
	}
	let code = format!("0x{}", hex::encode(code));
	fields.insert("genesis".into(), json!({ "runtimeGenesis": { "code": code, "patch": patch } }));
	fields.entry("bootNodes").or_insert_with(|| json!([]));
	// A spec's own checks follow; they tell fields by name, for the lines are those of the JSON.
	serde_json::to_vec_pretty(&spec).map_err(|error| SpecError::field("template", error))
}

/// Line and column, counted from 1, of an offset in bytes.
fn place(bytes: &[u8], offset: usize) -> (usize, usize) {
	let before = &bytes[..offset.min(bytes.len())];
	let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
	let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
	(line, column)
}
