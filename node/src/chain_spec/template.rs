//! A consortium's template: a chain spec in TOML, with comments, without the runtime's code. `[genesis]` holds what a
//! JSON spec has in `genesis.runtimeGenesis.patch`; every other field is the spec's own.

use super::SpecError;
use serde_json::{json, Number, Value};
use toml::{
	de::{DeInteger, DeTable, DeValue},
	Spanned,
};

/// The spec that a template describes, as JSON, for the runtime `code`.
pub fn to_spec(bytes: &[u8], code: &[u8]) -> Result<Vec<u8>, SpecError> {
	let text = std::str::from_utf8(bytes).map_err(|error| {
		let (line, column) = place(bytes, error.valid_up_to());
		SpecError::Syntax { line, column, message: "not UTF-8".into() }
	})?;
	let syntax = |offset: usize, message: &str| {
		let (line, column) = place(bytes, offset);
		SpecError::Syntax { line, column, message: message.into() }
	};
	let table = DeTable::parse(text)
		.map_err(|error| syntax(error.span().map_or(0, |span| span.start), error.message()))?
		.into_inner();
	let mut spec = to_json(DeValue::Table(table), 0).map_err(|(offset, message)| syntax(offset, &message))?;
	let fields = spec.as_object_mut().ok_or_else(|| SpecError::field("template", "must be a table"))?;
	let patch = fields.remove("genesis").ok_or_else(|| SpecError::field("genesis", "is not there"))?;
	if !patch.is_object() {
		return Err(SpecError::field("genesis", "must be a table"));
	}
	let code = format!("0x{}", hex::encode(code));
	fields.insert("genesis".into(), json!({ "runtimeGenesis": { "code": code, "patch": patch } }));
	fields.entry("bootNodes").or_insert_with(|| json!([]));
	// The checks of specs follow. They name fields and not lines, because the lines would be those of the JSON.
	serde_json::to_vec_pretty(&spec).map_err(|error| SpecError::field("template", error))
}

/// Converts a value to JSON, with every digit of a number: in TOML's usual types an integer would have 63 bits, and a
/// float would be rounded unnoticed. An error is a byte offset and a reason.
fn to_json(value: DeValue, at: usize) -> Result<Value, (usize, String)> {
	let spanned = |value: Spanned<DeValue>| {
		let at = value.span().start;
		to_json(value.into_inner(), at)
	};
	Ok(match value {
		DeValue::String(text) => Value::String(text.into()),
		DeValue::Integer(integer) => Value::Number(whole(&integer).map_err(|message| (at, message))?),
		DeValue::Float(float) => {
			let text = float.as_str();
			let number: Result<Number, _> = text.strip_prefix('+').unwrap_or(text).parse();
			Value::Number(number.map_err(|_| (at, format!("{text} is not a number that a chain spec can have")))?)
		}
		DeValue::Boolean(flag) => Value::Bool(flag),
		DeValue::Datetime(time) => Value::String(time.to_string()),
		DeValue::Array(items) => Value::Array(items.into_iter().map(spanned).collect::<Result<_, _>>()?),
		DeValue::Table(fields) => {
			let named = |(name, value): (Spanned<_>, _)| Ok((String::from(name.into_inner()), spanned(value)?));
			Value::Object(fields.into_iter().map(named).collect::<Result<_, _>>()?)
		}
	})
}

/// An integer of any size in base ten, or of at most 128 bits in another base.
fn whole(integer: &DeInteger) -> Result<Number, String> {
	let text = integer.as_str();
	let number = match integer.radix() {
		10 => text.strip_prefix('+').unwrap_or(text).parse().ok(),
		radix => u128::from_str_radix(text, radix).ok().and_then(Number::from_u128),
	};
	number.ok_or_else(|| format!("{integer} is more than {}", u128::MAX))
}

/// Line and column, counted from 1, of a byte offset.
fn place(bytes: &[u8], offset: usize) -> (usize, usize) {
	let before = &bytes[..offset.min(bytes.len())];
	let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
	let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
	(line, column)
}
