//! Numbers of a genesis, in the forms in which people and their tools write them.
//!
//! An amount goes up to 2^128 - 1. Many a tool keeps numbers in floating point: it writes 1e+18 for one of 19 digits, and
//! has lost digits of one that has more than 15. So an amount may also be given as text; a number of any field may have a
//! fraction or an exponent as long as it is whole and surely exact; and every other one is refused before it becomes money.
//!
//! What the SDK and the runtime then read is plain integers. That they arrive there digit by digit rests on serde_json's
//! `arbitrary_precision`, which the SDK's `sp-genesis-builder` turns on.

use super::SpecError;
use serde_json::{Number, Value};

/// How many decimal digits always survive in floating point (`f64::DIGITS`), whatever the number.
const EXACT_DIGITS: usize = f64::DIGITS as usize;

/// The longest text of a number that is repeated in an error.
const SHOWN: usize = 64;

/// Why a number is none that a genesis can have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
	/// It is something else.
	#[error("is {0:?}, must be a whole number, as an integer or as text")]
	Syntax(String),
	/// Amounts are not owed.
	#[error("is {0}, must not be negative")]
	Negative(String),
	/// It has a fraction.
	#[error("is {0}, must be whole")]
	NotWhole(String),
	/// It is more than any field holds.
	#[error("is {0}, must be at most {max}", max = u128::MAX)]
	TooLarge(String),
	/// It may have been rounded by whoever wrote it.
	#[error(
		"is {text}, with {digits} digits: floating point, in which tools write such a form, keeps {EXACT_DIGITS}, so it may \
		 have lost some; write the integer"
	)]
	LostDigits {
		/// As written.
		text: String,
		/// How many digits it has from the first that is not 0 to the last.
		digits: usize,
	},
}

/// The whole number that `text` says: as an integer, or with a fraction or an exponent if it is exact all the same.
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
	// An exponent beyond what an i64 holds moves the point farther than the text can be long.
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

/// A step into a configuration.
#[derive(Clone, Copy, Debug)]
enum Step<'a> {
	Field(&'a str),
	Item(usize),
}

/// Whether a configuration of ours has an amount of money there: an unsigned integer of 128 bits.
fn is_amount(path: &[Step]) -> bool {
	use Step::{Field, Item};
	matches!(
		path,
		[Field("balances"), Field("balances"), Item(_), Item(1)] | [Field("supervision"), Field("largeTransfer")]
	)
}

/// Makes plain integers of all numbers of a configuration which lies at `at`. Says whether any was something else.
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
		// Refused only without `arbitrary_precision`.
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
			// All digits of a plain integer count, however many there are.
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
		// As a tool writes 1234567890123456789012: seventeen digits, of which it made up none, but dropped five.
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

	/// Each number of a configuration in turn is given as text. Where the runtime's types ask for an integer of 128 bits,
	/// it must have been recognised as an amount.
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

	/// The places of all numbers.
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
