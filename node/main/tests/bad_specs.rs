//! Bad chain specs: each is refused with one line that names the field, before a file is written.

mod common;

use codec::Encode;
use common::{exported, fail, succeed};
use serde_json::{json, Value};
use std::path::Path;
use syndic_primitives::{storage_keys, Height, Parameters, SetId, ValidatorId};

/// Starting a node on `spec` fails with a line that has all of `expected`, and leaves no directory.
fn refused(dir: &Path, spec: &[u8], expected: &[&str]) {
	let (file, base) = (dir.join("spec.json"), dir.join("base"));
	std::fs::write(&file, spec).unwrap();
	let line = fail(&["--chain", file.to_str().unwrap(), "--base-path", base.to_str().unwrap(), "--alice"]);
	for part in expected {
		assert!(line.contains(part), "`{part}` is not in: {line}");
	}
	assert!(line.contains("spec.json"), "the file is not named: {line}");
	assert!(!base.exists(), "a directory was made, though: {line}");
}

fn patch(spec: &mut Value) -> &mut Value {
	&mut spec["genesis"]["runtimeGenesis"]["patch"]
}

#[test]
fn fields_and_values() {
	type Change = fn(&mut Value);
	const PARAMETERS: &str = "consensusConfig.parameters";
	let cases: Vec<(Change, &[&str])> = vec![
		(|s| s["colour"] = json!("red"), &["unknown field `colour`", "line "]),
		(|s| s["name"] = json!(" "), &["name: must not be empty"]),
		(|s| s["id"] = json!("../../etc"), &["id: is \"../../etc\"", "1 to 64 letters"]),
		(|s| s["id"] = json!(""), &["id: is \"\""]),
		(|s| s["bootNodes"] = json!(["nowhere"]), &["line "]),
		(|s| s["codeSubstitutes"] = json!({ "ten": "0x00" }), &["codeSubstitutes.ten: not a block number"]),
		(|s| s["genesis"] = json!({}), &["line "]),
		(|s| s["genesis"]["stateRootHash"] = json!("0x00"), &["line "]),
		(|s| s["genesis"]["runtimeGenesis"]["colour"] = json!(1), &["unknown field `colour`"]),
		(
			|s| s["genesis"]["runtimeGenesis"]["config"] = json!({}),
			&["genesis.runtimeGenesis: must have `patch` or `config`, not"],
		),
		(
			|s| s["genesis"]["runtimeGenesis"].as_object_mut().unwrap().remove("patch").map(drop).unwrap(),
			&["genesis.runtimeGenesis: must have `patch` or `config`"],
		),
		(|s| s["genesis"]["runtimeGenesis"]["code"] = json!("0x"), &["genesis.runtimeGenesis.code: must not be empty"]),
		(
			|s| s["genesis"]["runtimeGenesis"]["code"] = json!("0x0061736d"),
			&["genesis.runtimeGenesis: its code does not accept it"],
		),
		(|s| patch(s)["grandpa"] = json!({}), &["unknown field `grandpa`"]),
		(
			|s| patch(s)["validators"]["colour"] = json!(1),
			&["genesis.runtimeGenesis.patch.validators", "unknown field `colour`"],
		),
		(|s| patch(s)["consensusConfig"]["parameters"]["colour"] = json!(1), &[PARAMETERS, "unknown field `colour`"]),
		(|s| patch(s)["validators"]["validators"] = json!([]), &["validators.validators", "at least one member"]),
		(|s| patch(s)["validators"] = json!({}), &["validators.validators", "at least one member"]),
		(
			|s| {
				let keys = &mut patch(s)["validators"]["validators"];
				let first = keys[0].clone();
				keys.as_array_mut().unwrap().push(first);
			},
			&["validators.validators", "members 0 and 1 have the same key"],
		),
		(|s| patch(s)["validators"]["validators"][0] = json!("5Alice"), &["validators.validators[0]"]),
		(
			|s| patch(s)["consensusConfig"]["parameters"]["blockPeriod"] = json!(199),
			&[PARAMETERS, "blockPeriod is 199, must be within 200..=600000"],
		),
		(
			|s| patch(s)["consensusConfig"]["parameters"]["maxTransactions"] = json!(0),
			&[PARAMETERS, "maxTransactions is 0"],
		),
		(
			|s| patch(s)["consensusConfig"]["parameters"]["blockPeriod"] = json!("fast"),
			&["parameters.blockPeriod", "\"fast\""],
		),
		(|s| patch(s)["consensusConfig"]["parameters"]["blockPeriod"] = json!(-1), &["parameters.blockPeriod: "]),
		(
			|s| {
				let parameters = &mut patch(s)["consensusConfig"]["parameters"];
				parameters["blockPeriod"] = json!(10_000);
				parameters["baseTimeout"] = json!(10_000);
			},
			&[PARAMETERS, "baseTimeout is 10000, must be at least blockPeriod 10000 and 300 ms more"],
		),
		(|s| s["chainType"] = json!("Live"), &["validators[0]", "Alice", "chainType"]),
	];
	let spec = exported("dev");
	let dir = tempfile::tempdir().unwrap();
	for (change, expected) in cases {
		let mut spec = spec.clone();
		change(&mut spec);
		refused(dir.path(), &serde_json::to_vec(&spec).unwrap(), expected);
	}
}

#[test]
fn text_that_is_no_spec() {
	let dir = tempfile::tempdir().unwrap();
	let good = serde_json::to_string_pretty(&exported("dev")).unwrap();
	let cases: Vec<(String, &[&str])> = vec![
		(String::new(), &["line 1 column 0", "EOF"]),
		("{\n  \"name\": \"x\",\n  oops\n}".into(), &["line 3 column 3"]),
		(good[..good.len() / 2].into(), &["line ", "EOF"]),
		(good.replacen('{', "{\n  \"name\": \"first\",", 1), &["duplicate field `name`"]),
		("[]".into(), &["line 1"]),
	];
	for (text, expected) in cases {
		refused(dir.path(), text.as_bytes(), expected);
	}
	refused(dir.path(), &[0xff, 0xfe, 0x00], &["line 1"]);
}

#[test]
fn raw_states() {
	let dir = tempfile::tempdir().unwrap();
	let raw: Value = serde_json::from_str(&succeed(&["export-chain-spec", "--chain", "dev", "--raw"])).unwrap();
	let hex_key = |item: storage_keys::StorageItem| format!("0x{}", hex::encode(item.key()));
	let (set, parameters) = (hex_key(storage_keys::VALIDATOR_SET), hex_key(storage_keys::PARAMETERS));
	assert!(raw["genesis"]["raw"]["top"][&set].is_string(), "the set is where the engine looks for it");

	let key: ValidatorId = sp_core::ed25519::Public::from([7; 32]).into();
	let members = |members: Vec<ValidatorId>| (SetId(0), Height(1), members).encode();
	let slow = Parameters { block_period: 700_000, ..Parameters::default() };
	let cases: Vec<(&str, Option<Vec<u8>>, &[&str])> = vec![
		(&set, None, &["Validators::CurrentSet", "is not there (key 0x"]),
		(&set, Some(vec![1, 2, 3]), &["Validators::CurrentSet", "not decodable"]),
		(&set, Some(members(vec![])), &["Validators::CurrentSet", "at least one member"]),
		(&set, Some(members(vec![key.clone(), key])), &["Validators::CurrentSet", "members 0 and 1 have the same key"]),
		(&parameters, None, &["ConsensusConfig::CurrentParameters", "is not there (key 0x"]),
		(&parameters, Some(slow.encode()), &["ConsensusConfig::CurrentParameters", "blockPeriod is 700000"]),
		("0x3a636f6465", None, &["genesis.raw.top", "no runtime code"]),
	];
	for (key, value, expected) in cases {
		let mut spec = raw.clone();
		let top = spec["genesis"]["raw"]["top"].as_object_mut().unwrap();
		match value {
			Some(value) => top.insert(key.into(), json!(format!("0x{}", hex::encode(value)))),
			None => top.remove(key),
		};
		refused(dir.path(), &serde_json::to_vec(&spec).unwrap(), expected);
	}
	let mut spec = raw;
	spec["genesis"]["raw"]["colour"] = json!(1);
	refused(dir.path(), &serde_json::to_vec(&spec).unwrap(), &["unknown field `colour`"]);
}

#[test]
fn what_is_no_file() {
	let dir = tempfile::tempdir().unwrap();
	let base = dir.path().join("base");
	for (chain, expected) in [
		("nowhere.json", "no preset of that name (dev, local), and no such file"),
		(dir.path().to_str().unwrap(), "directory"),
	] {
		let line = fail(&["--chain", chain, "--base-path", base.to_str().unwrap()]);
		assert!(line.contains(expected) && line.contains(chain), "{line}");
	}
	assert!(!base.exists());
}

/// Sync modes that this version refuses.
#[test]
fn sync_modes() {
	let dir = tempfile::tempdir().unwrap();
	let base = dir.path().join("base");
	let line = fail(&["--dev", "--sync", "warp", "--base-path", base.to_str().unwrap()]);
	assert!(line.contains("--sync is warp"), "{line}");
	assert!(!base.exists());
}
