//! Parses parameters by hand, so that an error names the parameter and its value.

use crate::error::Error;
use jsonrpsee::core::JsonValue;
use syndic_primitives::{
	builtin::{
		read::{MAX_ITEM_BYTES, MAX_KEYS, MAX_KEY_BYTES},
		Address,
	},
	BlockHash, Height, ValidatorId,
};

/// Maximum number of bytes of a bad value that an error repeats.
const SHOWN: usize = 80;

/// A block, as a request names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockRef {
	/// By its hash.
	Hash(BlockHash),
	/// By its number.
	Height(Height),
}

/// A transaction in a block, as a request names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionRef {
	/// By its hash.
	Hash(BlockHash),
	/// By its index.
	Index(u32),
}

impl std::fmt::Display for TransactionRef {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		match self {
			Self::Hash(hash) => write!(f, "{hash:?}"),
			Self::Index(index) => index.fmt(f),
		}
	}
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

/// A block number.
pub fn height(field: &'static str, value: JsonValue) -> Result<Height, Error> {
	let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
	number.map(Height).ok_or_else(|| bad(field, &value, "a block number"))
}

/// An optional block number; `null` counts as not given.
pub fn optional_height(field: &'static str, value: Option<JsonValue>) -> Result<Option<Height>, Error> {
	match value {
		None | Some(JsonValue::Null) => Ok(None),
		Some(value) => height(field, value).map(Some),
	}
}

/// A transaction's hash or its index in its block.
pub fn transaction(field: &'static str, value: JsonValue) -> Result<TransactionRef, Error> {
	if let Some(index) = value.as_u64().and_then(|n| u32::try_from(n).ok()) {
		return Ok(TransactionRef::Index(index));
	}
	bytes32(&value)
		.map(|bytes| TransactionRef::Hash(bytes.into()))
		.ok_or_else(|| bad(field, &value, "a transaction's hash (0x and 64 hex digits) or its index in the block"))
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

/// A built-in contract's address.
pub fn address(field: &'static str, value: &JsonValue) -> Result<Address, Error> {
	let mut bytes = [0; 20];
	let digits = value.as_str().and_then(|text| text.strip_prefix("0x"));
	match digits.map(|digits| hex::decode_to_slice(digits, &mut bytes)) {
		Some(Ok(())) => Ok(bytes.into()),
		_ => Err(bad(field, value, "an address: 0x and 40 hex digits")),
	}
}

/// The name of a storage item.
pub fn item(field: &'static str, value: JsonValue) -> Result<String, Error> {
	match value {
		JsonValue::String(name) if name.len() <= MAX_ITEM_BYTES as usize => Ok(name),
		other => Err(bad(field, &other, "a storage item's name: text of at most 128 bytes")),
	}
}

/// The keys of an entry of a map, each in SCALE; `null` counts as none.
pub fn keys(field: &'static str, value: Option<JsonValue>) -> Result<Vec<Vec<u8>>, Error> {
	let key = |value: &JsonValue| {
		let digits = value.as_str()?.strip_prefix("0x")?;
		if digits.len() > 2 * MAX_KEY_BYTES as usize {
			return None;
		}
		hex::decode(digits).ok()
	};
	match value {
		None | Some(JsonValue::Null) => Ok(Vec::new()),
		Some(JsonValue::Array(values)) if values.len() <= MAX_KEYS as usize => values
			.iter()
			.map(|value| {
				key(value).ok_or_else(|| bad(field, value, "keys in SCALE: 0x and hex, of at most 1024 bytes"))
			})
			.collect(),
		Some(other) => Err(bad(field, &other, "a list of at most 8 keys")),
	}
}

/// Committee sizes: one, or a list of at most `most`; `null` counts as none.
pub fn sizes(field: &'static str, value: Option<JsonValue>, most: usize) -> Result<Vec<u32>, Error> {
	let size = |value: &JsonValue| {
		value.as_u64().and_then(|size| u32::try_from(size).ok()).filter(|size| (1..=256).contains(size))
	};
	const EXPECTED: &str = "a committee's size within 1 and 256, or a list of at most 16";
	match value {
		None | Some(JsonValue::Null) => Ok(Vec::new()),
		Some(JsonValue::Array(values)) if values.len() <= most => {
			values.iter().map(|value| size(value).ok_or_else(|| bad(field, value, EXPECTED))).collect()
		}
		Some(value) => size(&value).map(|size| vec![size]).ok_or_else(|| bad(field, &value, EXPECTED)),
	}
}

/// A boolean; `null` counts as `false`.
pub fn flag(field: &'static str, value: Option<JsonValue>) -> Result<bool, Error> {
	match value {
		None | Some(JsonValue::Null) => Ok(false),
		Some(JsonValue::Bool(value)) => Ok(value),
		Some(other) => Err(bad(field, &other, "true or false")),
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
		assert_eq!(height("from", json!(7)), Ok(Height(7)));
		assert_eq!(optional_height("from", Some(json!(null))), Ok(None));
		assert_eq!(optional_height("from", Some(json!(7))), Ok(Some(Height(7))));
		assert_eq!(optional_hash("at", None), Ok(None));
		assert_eq!(optional_hash("at", Some(json!(null))), Ok(None));
		assert_eq!(optional_hash("at", Some(json!(hash))), Ok(Some(BlockHash::repeat_byte(0xab))));
	}

	#[test]
	fn transactions() {
		let hash = format!("0x{}", "ab".repeat(32));
		assert_eq!(transaction("transaction", json!(2)), Ok(TransactionRef::Index(2)));
		let by_hash = TransactionRef::Hash(BlockHash::repeat_byte(0xab));
		assert_eq!(transaction("transaction", json!(hash)), Ok(by_hash));
		for value in [json!(-1), json!("2"), json!(null), json!([1])] {
			let error = transaction("transaction", value.clone()).unwrap_err().to_string();
			assert!(error.starts_with(&format!("transaction is {value}, must be ")), "{error}");
		}
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
			let error = height("from", value.clone()).unwrap_err().to_string();
			assert_eq!(error, format!("from is {value}, must be a block number"));
			let error = optional_hash("at", Some(value)).unwrap_err().to_string();
			assert!(error.starts_with("at is ") && error.ends_with("0x and 64 hex digits"), "{error}");
		}
	}

	#[test]
	fn a_long_value_is_shortened() {
		let error = optional_key("key", Some(json!("ü".repeat(1000)))).unwrap_err().to_string();
		assert!(error.len() < 250 && error.contains('…'), "{error}");
	}

	#[test]
	fn what_a_read_is_made_of() {
		let contract = format!("0x{}1002", "0".repeat(36));
		assert_eq!(address("address", &json!(contract)), Ok(syndic_primitives::builtin::address(0x1002)));
		assert_eq!(item("item", json!("CurrentSet")), Ok("CurrentSet".into()));
		assert_eq!(keys("keys", None), Ok(vec![]));
		assert_eq!(keys("keys", Some(json!(null))), Ok(vec![]));
		assert_eq!(keys("keys", Some(json!(["0x", "0x0102"]))), Ok(vec![vec![], vec![1, 2]]));
		assert_eq!(keys("keys", Some(json!([format!("0x{}", "00".repeat(1024))]))).unwrap()[0].len(), 1024);
		assert_eq!(flag("proof", None), Ok(false));
		assert_eq!(flag("proof", Some(json!(true))), Ok(true));
	}

	#[test]
	fn what_a_read_is_not_made_of() {
		let refused = [
			address("address", &json!("0x1002")).map(drop),
			address("address", &json!("00".repeat(20))).map(drop),
			address("address", &json!(4098)).map(drop),
			item("item", json!(7)).map(drop),
			item("item", json!("x".repeat(129))).map(drop),
			keys("keys", Some(json!("0x01"))).map(drop),
			keys("keys", Some(json!(["01"]))).map(drop),
			keys("keys", Some(json!([[1]]))).map(drop),
			keys("keys", Some(json!([format!("0x{}", "00".repeat(1025))]))).map(drop),
			keys("keys", Some(json!(vec!["0x00"; 9]))).map(drop),
			flag("proof", Some(json!("yes"))).map(drop),
		];
		for (n, answer) in refused.into_iter().enumerate() {
			let error = answer.unwrap_err();
			let Error::BadParameter { field, .. } = &error else { panic!("{n}: {error}") };
			assert!(error.to_string().starts_with(&format!("{field} is ")), "{n}: {error}");
			assert!(error.to_string().len() < 300, "{n}: {error}");
		}
	}
}
