//! Reads parameters by hand, so that an error names the parameter and what was given for it.

use crate::error::Error;
use jsonrpsee::core::JsonValue;
use syndic_primitives::{BlockHash, Height, ValidatorId};

/// As much of a bad value as an error repeats.
const SHOWN: usize = 80;

/// A block as a question names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockRef {
	/// By its hash.
	Hash(BlockHash),
	/// By its number.
	Height(Height),
}

fn bad(field: &'static str, value: &JsonValue, expected: &'static str) -> Error {
	let mut value = value.to_string();
	if value.len() > SHOWN {
		let end = (0..=SHOWN).rev().find(|at| value.is_char_boundary(*at)).unwrap_or(0);
		value.truncate(end);
		value.push('…');
	}
	Error::BadParameter { field, value, expected }
}

/// 32 bytes in hex, with `0x` before them.
fn bytes32(value: &JsonValue) -> Option<[u8; 32]> {
	let digits = value.as_str()?.strip_prefix("0x")?;
	let mut bytes = [0; 32];
	hex::decode_to_slice(digits, &mut bytes).ok()?;
	Some(bytes)
}

/// An optional block hash; `null` counts as not given.
pub fn optional_hash(field: &'static str, value: Option<JsonValue>) -> Result<Option<BlockHash>, Error> {
	match value {
		None | Some(JsonValue::Null) => Ok(None),
		Some(value) => bytes32(&value)
			.map(|bytes| Some(BlockHash::from(bytes)))
			.ok_or_else(|| bad(field, &value, "a block hash: 0x and 64 hex digits")),
	}
}

/// A block hash or a block number.
pub fn block(field: &'static str, value: JsonValue) -> Result<BlockRef, Error> {
	if let Some(number) = value.as_u64().and_then(|n| u32::try_from(n).ok()) {
		return Ok(BlockRef::Height(Height(number)));
	}
	bytes32(&value)
		.map(|bytes| BlockRef::Hash(bytes.into()))
		.ok_or_else(|| bad(field, &value, "a block hash (0x and 64 hex digits) or a block number"))
}

/// An optional consensus key; `null` counts as not given.
pub fn optional_key(field: &'static str, value: Option<JsonValue>) -> Result<Option<ValidatorId>, Error> {
	match value {
		None | Some(JsonValue::Null) => Ok(None),
		Some(value) => bytes32(&value)
			.map(|bytes| Some(sp_core::ed25519::Public::from(bytes).into()))
			.ok_or_else(|| bad(field, &value, "a consensus key: 0x and 64 hex digits")),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::json;

	#[test]
	fn hashes_and_numbers() {
		let hash = format!("0x{}", "ab".repeat(32));
		assert_eq!(block("block", json!(hash)), Ok(BlockRef::Hash(BlockHash::repeat_byte(0xab))));
		assert_eq!(block("block", json!(7)), Ok(BlockRef::Height(Height(7))));
		assert_eq!(optional_hash("at", None), Ok(None));
		assert_eq!(optional_hash("at", Some(json!(null))), Ok(None));
		assert_eq!(optional_hash("at", Some(json!(hash))), Ok(Some(BlockHash::repeat_byte(0xab))));
	}

	#[test]
	fn what_is_neither_is_named_and_shown() {
		for value in [
			json!("0x12"),
			json!("ab".repeat(32)),
			json!(format!("0x{}", "zz".repeat(32))),
			json!(-1),
			json!(4_294_967_296u64),
			json!(1.5),
			json!({"a": 1}),
		] {
			let error = block("block", value.clone()).unwrap_err().to_string();
			assert!(error.starts_with(&format!("block is {value}")), "{error}");
			let error = optional_hash("at", Some(value)).unwrap_err().to_string();
			assert!(error.starts_with("at is ") && error.ends_with("0x and 64 hex digits"), "{error}");
		}
	}

	#[test]
	fn a_long_value_is_shortened() {
		let error = optional_key("key", Some(json!("ü".repeat(1000)))).unwrap_err().to_string();
		assert!(error.len() < 250 && error.contains('…'), "{error}");
	}
}
