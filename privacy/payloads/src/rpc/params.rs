//! Reads parameters by hand, so that an error names the parameter and says what is wrong with it without repeating its
//! value, which may be a payload.

use super::error::Error;
use crate::{store::StoreError, MAX_CIPHERTEXT, MIN_CIPHERTEXT};
use jsonrpsee::core::JsonValue;
use sp_core::H256;

fn bad(field: &'static str, value: &JsonValue, expected: &'static str) -> Error {
	let found = match value {
		JsonValue::Null => "nothing".to_string(),
		JsonValue::Bool(_) => "true or false".to_string(),
		JsonValue::Number(_) => "a number".to_string(),
		JsonValue::String(text) => format!("text of {} characters", text.chars().count()),
		JsonValue::Array(_) => "a list".to_string(),
		JsonValue::Object(_) => "an object".to_string(),
	};
	Error::BadParameter { field, found, expected }
}

/// The commitment of an envelope.
pub fn commitment(field: &'static str, value: &JsonValue) -> Result<H256, Error> {
	let mut bytes = [0; 32];
	let digits = value.as_str().and_then(|text| text.strip_prefix("0x"));
	match digits.map(|digits| hex::decode_to_slice(digits, &mut bytes)) {
		Some(Ok(())) => Ok(bytes.into()),
		_ => Err(bad(field, value, "a commitment: 0x and 64 hex digits")),
	}
}

/// An encrypted payload. Its length is checked before it is decoded.
pub fn ciphertext(field: &'static str, value: &JsonValue) -> Result<Vec<u8>, Error> {
	const EXPECTED: &str = "an encrypted payload: 0x and hex";
	let digits = value.as_str().and_then(|text| text.strip_prefix("0x"));
	let digits = digits.ok_or_else(|| bad(field, value, EXPECTED))?;
	let found = digits.len() / 2;
	if !(MIN_CIPHERTEXT..=MAX_CIPHERTEXT).contains(&found) {
		return Err(StoreError::Length { found, least: MIN_CIPHERTEXT, bound: MAX_CIPHERTEXT }.into());
	}
	hex::decode(digits).map_err(|_| bad(field, value, EXPECTED))
}

/// A boolean.
pub fn flag(field: &'static str, value: &JsonValue) -> Result<bool, Error> {
	value.as_bool().ok_or_else(|| bad(field, value, "true or false"))
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::json;

	#[test]
	fn what_is_read() {
		let text = format!("0x{}", "ab".repeat(32));
		assert_eq!(commitment("commitment", &json!(text)).unwrap(), H256::repeat_byte(0xab));
		let longest = format!("0x{}", "07".repeat(MAX_CIPHERTEXT));
		assert_eq!(ciphertext("ciphertext", &json!(longest)).unwrap(), vec![7; MAX_CIPHERTEXT]);
		assert!(flag("on", &json!(true)).unwrap());
	}

	#[test]
	fn what_is_refused_is_named_and_not_repeated() {
		let hex = |digits: &str, times: usize| json!(format!("0x{}", digits.repeat(times)));
		let secret = "5ec2e7".repeat(100);
		let refused = [
			("commitment", commitment("commitment", &json!(7)).map(drop)),
			("commitment", commitment("commitment", &hex("ab", 31)).map(drop)),
			("commitment", commitment("commitment", &hex("zz", 32)).map(drop)),
			("commitment", commitment("commitment", &json!("ab".repeat(32))).map(drop)),
			("ciphertext", ciphertext("ciphertext", &json!(secret)).map(drop)),
			("ciphertext", ciphertext("ciphertext", &json!(format!("0x{secret}z"))).map(drop)),
			("ciphertext", ciphertext("ciphertext", &hex("07", MAX_CIPHERTEXT + 1)).map(drop)),
			("ciphertext", ciphertext("ciphertext", &hex("07", MIN_CIPHERTEXT - 1)).map(drop)),
			("ciphertext", ciphertext("ciphertext", &json!([1, 2])).map(drop)),
			("on", flag("on", &json!("yes")).map(drop)),
			("on", flag("on", &json!(null)).map(drop)),
		];
		for (field, answer) in refused {
			let error = answer.unwrap_err().to_string();
			assert!(error.starts_with(field), "{error}");
			assert!(error.len() < 150 && !error.contains("5ec2e7"), "{error}");
		}
		let error = ciphertext("ciphertext", &hex("07", MAX_CIPHERTEXT + 1)).unwrap_err().to_string();
		assert_eq!(error, "ciphertext has 262193 bytes, must have 49 to 262192");
	}
}
