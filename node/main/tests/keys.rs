//! `syndic key`: consensus keys are made, shown, and put into the node's keystore.

mod common;

use common::{fail, run, succeed};
use serde_json::Value;
use std::path::Path;

/// Ed25519 public key of `//Alice`, as every tool derives it.
const ALICE: &str = "0x88dc3417d5058ec4b4503e0c12ea1a0a89be200fe98922423d4334014fa6b0ee";

fn files(dir: &Path) -> Vec<String> {
	let mut names: Vec<_> = std::fs::read_dir(dir)
		.into_iter()
		.flatten()
		.map(|entry| entry.unwrap().file_name().into_string().unwrap())
		.collect();
	names.sort();
	names
}

/// The keystore's name for a key: its type, `pbft`, and its public key.
fn file_of(public: &str) -> String {
	format!("70626674{}", &public[2..])
}

#[test]
fn a_new_key_is_shown_and_nothing_written() {
	let json: Value = serde_json::from_str(&succeed(&["key", "generate-consensus", "--output-type", "json"])).unwrap();
	let phrase = json["secretPhrase"].as_str().unwrap();
	assert_eq!(phrase.split(' ').count(), 12);
	let public = json["publicKey"].as_str().unwrap();
	assert!(public.starts_with("0x") && public.len() == 66, "{public}");

	// The phrase determines the key: the stock tools find the same one.
	let stock = succeed(&["key", "inspect", "--scheme", "ed25519", "--output-type", "json", phrase]);
	let stock: Value = serde_json::from_str(&stock).unwrap();
	assert_eq!(stock["publicKey"].as_str(), Some(public));
	assert_eq!(stock["ss58PublicKey"], json["ss58PublicKey"]);

	let text = succeed(&["key", "generate-consensus", "--suri", phrase]);
	assert!(text.contains(phrase) && text.contains(public), "{text}");
	let another: Value =
		serde_json::from_str(&succeed(&["key", "generate-consensus", "--output-type", "json"])).unwrap();
	assert_ne!(another["publicKey"].as_str(), Some(public));
}

#[test]
fn a_key_goes_into_the_keystore() {
	let dir = tempfile::tempdir().unwrap();
	let keystore = dir.path().join("keys");
	let made = succeed(&[
		"key",
		"generate-consensus",
		"--suri",
		"//Alice",
		"--output-type",
		"json",
		"--keystore-path",
		keystore.to_str().unwrap(),
	]);
	assert_eq!(serde_json::from_str::<Value>(&made).unwrap()["publicKey"].as_str(), Some(ALICE));
	assert_eq!(files(&keystore), [file_of(ALICE)]);

	let base = dir.path().join("base");
	let base = base.to_str().unwrap();
	succeed(&["key", "generate-consensus", "--suri", "//Alice", "--base-path", base, "--chain", "dev"]);
	assert_eq!(files(&Path::new(base).join("chains/dev/keystore")), [file_of(ALICE)]);
}

#[test]
fn what_is_no_key_is_refused() {
	let dir = tempfile::tempdir().unwrap();
	let base = dir.path().join("base");
	let path = base.to_str().unwrap();
	let error = fail(&["key", "generate-consensus", "--suri", "not a phrase", "--base-path", path, "--chain", "dev"]);
	assert!(error.contains("--suri"), "{error}");
	let error = fail(&["key", "generate-consensus", "--base-path", path, "--chain", "nowhere.json"]);
	assert!(error.contains("nowhere.json"), "{error}");
	assert!(!base.exists());
}

#[test]
fn stock_key_commands_work() {
	let dir = tempfile::tempdir().unwrap();
	let file = dir.path().join("node.key");
	let made = run(&["key", "generate-node-key", "--file", file.to_str().unwrap()]);
	assert!(made.status.success());
	let peer = String::from_utf8(made.stderr).unwrap();
	let shown = succeed(&["key", "inspect-node-key", "--file", file.to_str().unwrap()]);
	assert_eq!(shown.trim(), peer.trim());

	let base = dir.path().to_str().unwrap();
	succeed(&[
		"key",
		"insert",
		"--base-path",
		base,
		"--chain",
		"dev",
		"--key-type",
		"pbft",
		"--scheme",
		"ed25519",
		"--suri",
		"//Alice",
	]);
	assert_eq!(files(&dir.path().join("chains/dev/keystore")), [file_of(ALICE)]);
}
