//! Amounts in a template and in a spec, in the forms in which people and tools write them.

mod common;

use common::{exported, fail, succeed};
use serde_json::Value;
use std::path::{Path, PathBuf};
use syndic_primitives::storage_keys::item_key;

/// The balance that the template gives to each of its four accounts.
const WRITTEN: &str = "1000000000000000000";

/// The greatest balance that the first account can have beside the other three.
const MOST: u128 = u128::MAX - 3_000_000_000_000_000_000;

/// The template with another amount for its first account.
fn template(dir: &Path, amount: &str) -> PathBuf {
	let good = std::fs::read_to_string("../../chain-specs/consortium.toml").unwrap();
	let text = good.replacen(&format!("{WRITTEN}],"), &format!("{amount}],"), 1);
	assert_ne!(text, good, "{amount}");
	write(dir, "consortium.toml", &text)
}

/// A spec with that amount for its first account, letter by letter.
fn spec(dir: &Path, good: &str, amount: &str) -> PathBuf {
	let text = good.replacen(&format!("{WRITTEN}]"), &format!("{amount}]"), 1);
	assert_ne!(text, good, "{amount}");
	write(dir, "spec.json", &text)
}

fn write(dir: &Path, name: &str, text: &str) -> PathBuf {
	let path = dir.join(name);
	std::fs::write(&path, text).unwrap();
	path
}

fn export(chain: &Path) -> Value {
	exported(chain.to_str().unwrap())
}

/// The first account's balance in a spec that the binary wrote.
fn first_amount(spec: &Value) -> String {
	spec["genesis"]["runtimeGenesis"]["patch"]["balances"]["balances"][0][1].to_string()
}

#[test]
fn amounts_of_a_template_are_integers_or_text_of_up_to_128_bits() {
	let dir = tempfile::tempdir().unwrap();
	let most = MOST.to_string();
	let cases = [
		("10000000000000000000", "10000000000000000000"),
		("\"10000000000000000000\"", "10000000000000000000"),
		("10_000_000_000_000_000_000", "10000000000000000000"),
		("0x8ac7230489e80000", "10000000000000000000"),
		("+7000000000", "7000000000"),
		("1e+18", WRITTEN),
		("1E18", WRITTEN),
		("\"1e18\"", WRITTEN),
		("1.5e18", "1500000000000000000"),
		("1000000000000.0", "1000000000000"),
		(&most, &most),
		(&format!("'{most}'"), &most),
	];
	for (written, expected) in cases {
		assert_eq!(first_amount(&export(&template(dir.path(), written))), expected, "{written}");
	}
}

#[test]
fn amounts_of_a_spec_are_integers_or_text_of_up_to_128_bits() {
	let dir = tempfile::tempdir().unwrap();
	let good = export(Path::new("../../chain-specs/consortium.toml")).to_string();
	let most = MOST.to_string();
	let cases = [
		("10000000000000000000", "10000000000000000000"),
		("\"10000000000000000000\"", "10000000000000000000"),
		("1e+18", WRITTEN),
		("\"1e18\"", WRITTEN),
		("1.5E18", "1500000000000000000"),
		(&most, &most),
		(&format!("\"{most}\""), &most),
	];
	for (written, expected) in cases {
		assert_eq!(first_amount(&export(&spec(dir.path(), &good, written))), expected, "{written}");
	}
}

#[test]
fn the_amount_from_which_transfers_are_reported_is_one_like_the_others() {
	let dir = tempfile::tempdir().unwrap();
	let good = std::fs::read_to_string("../../chain-specs/consortium.toml").unwrap();
	for written in ["10000000000000000000", "\"10000000000000000000\"", "1e+19"] {
		let text = format!("{good}\n[genesis.supervision]\nlargeTransfer = {written}\n");
		let spec = export(&write(dir.path(), "large.toml", &text));
		let amount = &spec["genesis"]["runtimeGenesis"]["patch"]["supervision"]["largeTransfer"];
		assert_eq!(amount.to_string(), "10000000000000000000", "{written}");
	}
}

/// The runtime's Wasm reads the amount that the node wrote, to the last digit.
#[test]
fn the_state_holds_the_amount_to_the_last_digit() {
	let dir = tempfile::tempdir().unwrap();
	let spec = write(dir.path(), "spec.json", &export(&template(dir.path(), &MOST.to_string())).to_string());
	let raw = succeed(&["export-chain-spec", "--chain", spec.to_str().unwrap(), "--raw"]);
	let raw: Value = serde_json::from_str(&raw).unwrap();
	let key = item_key("Balances", "TotalIssuance");
	let total = &raw["genesis"]["raw"]["top"][format!("0x{}", hex::encode(key))];
	assert_eq!(total, &Value::String(format!("0x{}", hex::encode(u128::MAX.to_le_bytes()))));
}

#[test]
fn an_amount_that_is_not_whole_or_lost_digits_is_refused_with_the_reason() {
	let dir = tempfile::tempdir().unwrap();
	let good = export(Path::new("../../chain-specs/consortium.toml")).to_string();
	// Written in TOML, or in JSON.
	let cases: &[(&str, &[&str])] = &[
		("1.5", &["is 1.5, must be whole"]),
		("\"1.5\"", &["is 1.5, must be whole"]),
		("15e-1", &["is 15e-1, must be whole"]),
		("1.2345678901234568e+21", &["is 1.2345678901234568e+21, with 17 digits", "keeps 15", "write the integer"]),
		("\"1.2345678901234568e+21\"", &["is 1.2345678901234568e+21, with 17 digits"]),
		("1.00000000000000000001e+20", &["is 1.00000000000000000001e+20, with 21 digits"]),
		("-1", &["is -1, must not be negative"]),
		(
			"340282366920938463463374607431768211456",
			&["is 340282366920938463463374607431768211456, must be at most 3402"],
		),
		("1e+39", &["is 1e+39, must be at most 340282366920938463463374607431768211455"]),
		("\"ten\"", &["is \"ten\", must be a whole number"]),
		("\"1_000\"", &["is \"1_000\", must be a whole number"]),
		("true", &["u128"]),
	];
	for (written, expected) in cases {
		for path in [template(dir.path(), written), spec(dir.path(), &good, written)] {
			let line = fail(&["export-chain-spec", "--chain", path.to_str().unwrap()]);
			for part in expected.iter().chain(&["balances.balances[0][1]: "]) {
				assert!(line.contains(part), "{written}: `{part}` is not in: {line}");
			}
		}
	}
	for (written, expected) in [("inf", "inf is not a number"), ("nan", "nan is not"), ("1_", "line ")] {
		let path = template(dir.path(), written);
		let line = fail(&["export-chain-spec", "--chain", path.to_str().unwrap()]);
		assert!(line.contains(expected) && line.contains("line "), "{written}: {line}");
	}
}

/// Fields that are not amounts have narrower types, and cannot be given as text.
#[test]
fn other_numbers_may_have_an_exponent_and_are_held_to_their_range() {
	let dir = tempfile::tempdir().unwrap();
	let good = std::fs::read_to_string("../../chain-specs/consortium.toml").unwrap();
	let with = |period: &str| {
		let text = good.replacen("blockPeriod = 1000", &format!("blockPeriod = {period}"), 1);
		write(dir.path(), "period.toml", &text)
	};
	for written in ["1e+3", "1000.0", "1.0e3"] {
		let spec = export(&with(written));
		let patch = &spec["genesis"]["runtimeGenesis"]["patch"];
		assert_eq!(patch["consensusConfig"]["parameters"]["blockPeriod"].to_string(), "1000", "{written}");
	}
	for (written, expected) in [
		("99999999999999999999", "is 99999999999999999999, which is out of this field's range"),
		("-5", "is -5, which is out of this field's range"),
		("1000.5", "is 1000.5, must be whole"),
		("\"1000\"", "invalid type: string \"1000\""),
	] {
		let line = fail(&["export-chain-spec", "--chain", with(written).to_str().unwrap()]);
		assert!(line.contains("parameters.blockPeriod: ") && line.contains(expected), "{written}: {line}");
	}
}
