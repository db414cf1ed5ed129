//! The files in `chain-specs/`: the presets equal the binary's exports without the code, and the template makes a spec.

mod common;

use common::{exported, fail, succeed};
use serde_json::{json, Value};
use std::path::{Path, PathBuf};

fn file(name: &str) -> PathBuf {
	Path::new("../../chain-specs").join(name)
}

/// Removes the code: it changes with every build of the runtime, so the files leave it out. Everything else must not
/// change unnoticed.
fn without_code(mut spec: Value) -> Value {
	let code = spec["genesis"]["runtimeGenesis"].as_object_mut().unwrap().remove("code").unwrap();
	assert!(code.as_str().unwrap().len() > 100_000, "the code is there");
	spec
}

#[test]
fn presets_are_what_the_binary_exports() {
	let dir = tempfile::tempdir().unwrap();
	for name in ["dev", "local"] {
		let text = std::fs::read_to_string(file(&format!("{name}.json"))).unwrap();
		let stored: Value = serde_json::from_str(&text).unwrap();
		assert_eq!(
			stored,
			without_code(exported(name)),
			"chain-specs/{name}.json is out of date: chain-specs/README.md says how to bring it up to date"
		);
		// The exported spec can be used by a node.
		let whole = dir.path().join(format!("{name}.json"));
		let whole = whole.to_str().unwrap();
		succeed(&["export-chain-spec", "--chain", name, "--output", whole]);
		succeed(&["export-chain-spec", "--chain", whole]);
	}
}

#[test]
fn a_preset_without_code_is_refused() {
	for name in ["dev.json", "local.json"] {
		let line = fail(&["export-chain-spec", "--chain", file(name).to_str().unwrap()]);
		assert!(line.contains(name) && line.contains("missing field `code`"), "{line}");
	}
}

#[test]
fn the_template_makes_a_spec() {
	let dir = tempfile::tempdir().unwrap();
	let spec = dir.path().join("spec.json");
	let template = file("consortium.toml");
	let args = ["export-chain-spec", "--chain", template.to_str().unwrap(), "--output", spec.to_str().unwrap()];
	succeed(&args);
	let made: Value = serde_json::from_str(&std::fs::read_to_string(&spec).unwrap()).unwrap();
	assert_eq!(made["id"], json!("example_consortium"));
	let genesis = &made["genesis"]["runtimeGenesis"]["patch"];
	assert_eq!(genesis["validators"]["validators"].as_array().unwrap().len(), 4);
	assert!(genesis["consensusConfig"]["parameters"]["blockPeriod"].is_u64());
	// The runtime accepts it: the raw form is built by the runtime itself.
	let raw = succeed(&["export-chain-spec", "--chain", spec.to_str().unwrap(), "--raw"]);
	assert!(serde_json::from_str::<Value>(&raw).unwrap()["genesis"]["raw"]["top"].is_object());
}

#[test]
fn a_template_is_not_run() {
	let dir = tempfile::tempdir().unwrap();
	let base = dir.path().join("base");
	let line = fail(&["--chain", file("consortium.toml").to_str().unwrap(), "--base-path", base.to_str().unwrap()]);
	assert!(line.contains("a template can't be run") && line.contains("export-chain-spec"), "{line}");
	assert!(!base.exists());
}

#[test]
fn mistakes_in_a_template_are_named() {
	let dir = tempfile::tempdir().unwrap();
	let good = std::fs::read_to_string(file("consortium.toml")).unwrap();
	let path = dir.path().join("mistake.toml");
	let cases: Vec<(String, &[&str])> = vec![
		(good.replace("blockPeriod = ", "blockPeriods = "), &["unknown field `blockPeriods`"]),
		(good.replace("blockPeriod = ", "blockPeriod = 5 # "), &["blockPeriod is 5, must be within 200..=600000"]),
		(format!("{good}\nthis is no TOML"), &["line "]),
		(format!("colour = 1\n{good}"), &["unknown field `colour`"]),
		("name = \"x\"\nid = \"x\"".into(), &["genesis: is not there"]),
		("genesis = 1".into(), &["genesis: must be a table"]),
	];
	for (text, expected) in cases {
		std::fs::write(&path, &text).unwrap();
		let line = fail(&["export-chain-spec", "--chain", path.to_str().unwrap()]);
		for part in expected {
			assert!(line.contains(part), "`{part}` is not in: {line}");
		}
	}
}
