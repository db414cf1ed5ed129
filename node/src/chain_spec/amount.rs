//! Numbers of a genesis, in the forms in which people and their tools write them.
//!
//! An amount goes up to 2^128 - 1. Many tools keep numbers in floating point: they write 1e+18 for a number of 19
//! digits, and lose digits of a number that has more than 15. Therefore an amount may also be given as text. A number
//! in any field may have a fraction or an exponent if it is whole and certainly exact. Every other number is refused.
//!
//! The SDK and the runtime then read plain integers. That these arrive with all digits depends on serde_json's
//! `arbitrary_precision`, which the SDK's `sp-genesis-builder` enables.

use super::SpecError;
use serde_json::{Number, Value};

/// Number of decimal digits that floating point always keeps (`f64::DIGITS`).
const EXACT_DIGITS: usize = f64::DIGITS as usize;

/// Maximum number of characters of a number that an error repeats.
const SHOWN: usize = 64;

/// Why a number is refused in a genesis.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
	/// The value is not a number.
	#[error("is {0:?}, must be a whole number, as an integer or as text")]
	Syntax(String),
	/// The number is negative.
	#[error("is {0}, must not be negative")]
	Negative(String),
	/// The number has a fraction.
	#[error("is {0}, must be whole")]
	NotWhole(String),
	/// The number is greater than any field can hold.
	#[error("is {0}, must be at most {max}", max = u128::MAX)]
	TooLarge(String),
	/// The tool that wrote the number may have rounded it.
	#[error(
		"is {text}, with {digits} digits: floating point, in which tools write such a form, keeps {EXACT_DIGITS}, so it may \
		 have lost some; write the integer"
	)]
	LostDigits {
		/// As written.
		text: String,
		/// The number of digits from the first to the last that is not 0.
		digits: usize,
	},
}

/// The whole number in `text`: an integer, or a number with a fraction or an exponent that is exact.
pub fn parse(text: &str) -> Result<u128, NumberError> {
	let shown = || text.chars().take(SHOWN).collect::<String>();
	let (mantissa, exponent) = match text.split_once(['e', 'E']) {
		Some((mantissa, exponent)) => (mantissa, Some(exponent)),
		None => (text, None),
	};
	let (negative, mantissa) = match mantissa.strip_prefix('-') {
		Some(rest) => (true, rest),
		None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
	};
	let (whole, fraction) = match mantissa.split_once('.') {
		Some((whole, fraction)) => (whole, Some(fraction)),
		None => (mantissa, None),
	};
	let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
	let exponent_digits = exponent.map(|text| text.strip_prefix(['+', '-']).unwrap_or(text));
	if !are_digits(whole) || !fraction.is_none_or(are_digits) || !exponent_digits.is_none_or(are_digits) {
		return Err(NumberError::Syntax(shown()));
	}

	let digits = format!("{whole}{}", fraction.unwrap_or_default());
	let digits = digits.trim_start_matches('0');
	let significant = digits.trim_end_matches('0');
	if significant.is_empty() {
		return Ok(0);
	}
	if negative {
		return Err(NumberError::Negative(shown()));
	}
	if fraction.is_none() && exponent.is_none() {
		return digits.parse().map_err(|_| NumberError::TooLarge(shown()));
	}
	// An exponent that does not fit into an i64 moves the point farther than any text is long.
	let is_down = exponent.is_some_and(|text| text.starts_with('-'));
	let beyond = if is_down { i64::MIN } else { i64::MAX };
	let exponent = exponent.map_or(0, |text| text.parse().unwrap_or(beyond));
	let moved = digits.len() as i64 - significant.len() as i64 - fraction.map_or(0, |text| text.len() as i64);
	let zeros = exponent.saturating_add(moved);
	if zeros < 0 {
		return Err(NumberError::NotWhole(shown()));
	}
	let scale = u32::try_from(zeros).ok().and_then(|zeros| 10u128.checked_pow(zeros));
	let value = significant.parse::<u128>().ok().zip(scale).and_then(|(value, scale)| value.checked_mul(scale));
	let value = value.ok_or_else(|| NumberError::TooLarge(shown()))?;
	if significant.len() > EXACT_DIGITS {
		return Err(NumberError::LostDigits { text: shown(), digits: significant.len() });
	}
	Ok(value)
}

/// A step of a path in a configuration.
#[derive(Clone, Copy, Debug)]
enum Step<'a> {
	Field(&'a str),
	Item(usize),
}

/// Whether a configuration has an amount of money at this path: an unsigned integer of 128 bits.
fn is_amount(path: &[Step]) -> bool {
	use Step::{Field, Item};
	matches!(
		path,
		[Field("balances"), Field("balances"), Item(_), Item(1)] | [Field("supervision"), Field("largeTransfer")]
	)
}

/// Replaces all numbers of the configuration at `at` by plain integers. Returns whether any of them had another form.
pub fn normalise(config: &mut Value, at: &str) -> Result<bool, SpecError> {
	walk(config, at, &mut Vec::new())
}

fn walk<'a>(value: &'a mut Value, at: &str, path: &mut Vec<Step<'a>>) -> Result<bool, SpecError> {
	let mut changed = false;
	match value {
		Value::Object(fields) => {
			for (name, value) in fields {
				path.push(Step::Field(name));
				changed |= walk(value, at, path)?;
				path.pop();
			}
		}
		Value::Array(items) => {
			for (index, value) in items.iter_mut().enumerate() {
				path.push(Step::Item(index));
				changed |= walk(value, at, path)?;
				path.pop();
			}
		}
		Value::Number(number) => {
			let text = number.to_string();
			let is_plain = !text.contains(['.', 'e', 'E']);
			if !is_plain || is_amount(path) {
				*value = integer(&text, at, path)?;
			}
			changed = !is_plain;
		}
		Value::String(text) if is_amount(path) => {
			*value = integer(text, at, path)?;
			changed = true;
		}
		Value::String(_) | Value::Bool(_) | Value::Null => (),
	}
	Ok(changed)
}

fn integer(text: &str, at: &str, path: &[Step]) -> Result<Value, SpecError> {
	let read = parse(text).and_then(|number| {
		// This fails only without `arbitrary_precision`.
		Number::from_u128(number).ok_or_else(|| NumberError::TooLarge(text.into()))
	});
	read.map(Value::Number).map_err(|error| {
		let mut field = at.to_owned();
		for step in path {
			match step {
				Step::Field(name) => field.extend([".", name]),
				Step::Item(index) => field.push_str(&format!("[{index}]")),
			}
		}
		SpecError::field(field, error)
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::json;
	use syndic_runtime::RuntimeGenesisConfig;

	#[test]
	fn whole_numbers_in_every_form() {
		let cases = [
			("0", 0),
			("-0", 0),
			("0e99999999999999999999", 0),
			("000", 0),
			("1000000000000000000", 10u128.pow(18)),
			("10000000000000000000", 10u128.pow(19)),
			("+7", 7),
			("1e+18", 10u128.pow(18)),
			("1e18", 10u128.pow(18)),
			("1E18", 10u128.pow(18)),
			("1.0", 1),
			("1.5e3", 1500),
			("1500e-2", 15),
			("0.000001e12", 1_000_000),
			("1.23456789012345e+24", 1_234_567_890_123_450_000_000_000),
			("340282366920938463463374607431768211455", u128::MAX),
			// A plain integer keeps all digits, in any number.
			("123456789012345678901234567890", 123_456_789_012_345_678_901_234_567_890),
		];
		for (text, expected) in cases {
			assert_eq!(parse(text), Ok(expected), "{text}");
		}
	}

	#[test]
	fn every_other_number_is_refused_with_the_reason() {
		let text = str::to_owned;
		for bad in
			["", " 1", "1 ", "ten", "1_000", "0x10", "1e", "1e+", "1.", ".5", "1.e3", "--1", "1e1.5", "inf", "１"]
		{
			assert_eq!(parse(bad), Err(NumberError::Syntax(text(bad))), "{bad}");
		}
		for bad in ["-1", "-1e3", "-0.5"] {
			assert_eq!(parse(bad), Err(NumberError::Negative(text(bad))), "{bad}");
		}
		for bad in ["0.5", "1.5", "15e-1", "1e-99999999999999999999", "1.00000000000000000001"] {
			assert_eq!(parse(bad), Err(NumberError::NotWhole(text(bad))), "{bad}");
		}
		for bad in ["340282366920938463463374607431768211456", "1e39", "4e38", "1e99999999999999999999"] {
			assert_eq!(parse(bad), Err(NumberError::TooLarge(text(bad))), "{bad}");
		}
		// Written as a tool writes 1234567890123456789012: with seventeen digits, all of them right, and five dropped.
		let lost = |bad: &str, digits| (text(bad), Err(NumberError::LostDigits { text: text(bad), digits }));
		for (bad, error) in
			[lost("1.2345678901234568e+21", 17), lost("1234567890123456.0", 16), lost("1.00000000000000000001e20", 21)]
		{
			assert_eq!(parse(&bad), error, "{bad}");
		}
	}

	#[test]
	fn only_amounts_are_taken_from_text_and_all_numbers_from_exponents() {
		let mut config = json!({
			"identity": { "institutions": [{ "name": "1e3", "quota": 1 }] },
			"balances": { "balances": [["5Alice", "10000000000000000000"], ["5Bob", 7]] },
		});
		config["identity"]["institutions"][0]["quota"] = serde_json::from_str("1e3").unwrap();
		assert!(normalise(&mut config, "genesis").unwrap());
		let expected = json!({
			"identity": { "institutions": [{ "name": "1e3", "quota": 1000 }] },
			"balances": { "balances": [["5Alice", 10_000_000_000_000_000_000u64], ["5Bob", 7]] },
		});
		assert_eq!(config, expected);
		assert!(!normalise(&mut config, "genesis").unwrap(), "there is nothing more to change");
		assert_eq!(config, expected);
	}

	/// Each number of a configuration in turn is given as text. If the runtime's type for it is an integer of 128 bits,
	/// `is_amount` must hold for its path.
	#[test]
	fn every_amount_of_the_genesis_is_known() {
		let preset = syndic_runtime::presets::get(syndic_runtime::presets::LOCAL).unwrap();
		let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).unwrap();
		sc_chain_spec::json_merge(&mut config, serde_json::from_slice(&preset).unwrap());
		let mut pointers = Vec::new();
		numbers(&config, String::new(), &mut pointers);
		let mut amounts = 0;
		for pointer in &pointers {
			let mut config = config.clone();
			let place = config.pointer_mut(pointer).unwrap();
			*place = Value::String(place.to_string());
			let read = |config| serde_json::from_value::<RuntimeGenesisConfig>(config);
			let error = read(config.clone()).map(drop).expect_err(pointer).to_string();
			normalise(&mut config, "genesis").unwrap();
			let is_known = read(config).is_ok();
			assert_eq!(is_known, error.contains("u128"), "{pointer}: {error}");
			amounts += usize::from(is_known);
		}
		assert!(amounts > 1 && amounts < pointers.len(), "{amounts} of {}", pointers.len());
	}

	/// The JSON pointers of all numbers.
	fn numbers(value: &Value, at: String, into: &mut Vec<String>) {
		match value {
			Value::Object(fields) => {
				fields.iter().for_each(|(name, value)| numbers(value, format!("{at}/{name}"), into))
			}
			Value::Array(items) => {
				items.iter().enumerate().for_each(|(index, value)| numbers(value, format!("{at}/{index}"), into))
			}
			Value::Number(_) => into.push(at),
			_ => (),
		}
	}
}
