//! `syndic verify-read` and `syndic verify-assurance`: proofs from a node are checked after it has stopped.

mod common;

use common::{fail, succeed, Node};
use serde_json::{json, Value};
use std::path::Path;

const VALIDATORS: &str = "0x0000000000000000000000000000000000001002";

/// Answers of a development node.
struct Answers {
	genesis: String,
	set: String,
	/// The answer to `builtin_read` with a proof, for the current set.
	read: Value,
	/// The same answer at genesis.
	first: Value,
	/// The answer to `pbft_assurance` with a proof, for block 2.
	assurance: Value,
}

fn answers() -> Answers {
	let dir = tempfile::tempdir().unwrap();
	let mut node = Node::start(dir.path(), &["--dev"]);
	node.reach(2);
	let genesis = node.ask("chain_getBlockHash", json!([0])).unwrap();
	let contracts = node.ask("builtin_contracts", json!([])).unwrap();
	let names: Vec<_> = contracts["contracts"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
	assert!(names.contains(&&json!("Validators")) && names.contains(&&json!("Builtin")), "{names:?}");
	let set = node.ask("pbft_validators", json!([])).unwrap().to_string();
	let read = node.ask("builtin_read", json!([VALIDATORS, "CurrentSet", [], null, true])).unwrap();
	let first = node.ask("builtin_read", json!([VALIDATORS, "CurrentSet", [], genesis, true])).unwrap();
	let error = node.ask("builtin_read", json!([VALIDATORS, "Nothing"])).unwrap_err();
	assert!(error.contains("item is \"Nothing\", Validators has") && error.contains("CurrentSet"), "{error}");
	let assurance = node.ask("pbft_assurance", json!([2, true])).unwrap();
	let error = node.ask("pbft_assurance", json!([4_000_000])).unwrap_err();
	assert!(error.contains("block 4000000 is not final"), "{error}");
	node.stop();
	Answers { genesis: genesis.as_str().unwrap().into(), set, read, first, assurance }
}

fn write(dir: &Path, name: &str, text: &str) -> String {
	let path = dir.join(name);
	std::fs::write(&path, text).unwrap();
	path.to_str().unwrap().into()
}

#[test]
fn a_nodes_proof_holds_without_the_node() {
	let dir = tempfile::tempdir().unwrap();
	let Answers { genesis, set, read, first, .. } = answers();
	let bare = write(dir.path(), "bare.json", &read.to_string());
	let response = json!({ "jsonrpc": "2.0", "id": 1, "result": read }).to_string();
	let response = write(dir.path(), "response.json", &response);
	let set_file = write(dir.path(), "set.json", &set);
	for (set, answer) in [(&set, &bare), (&set_file, &response)] {
		let text = succeed(&["verify-read", "--genesis", &genesis, "--set", set, answer]);
		assert!(text.contains("committed by 1 members of set 0"), "{text}");
		assert!(text.contains("Validators.CurrentSet"), "{text}");
		assert!(text.contains(read["value"].as_str().unwrap()), "{text}");
	}
	let args = ["verify-read", "--genesis", &genesis, "--set", &set, "--output-type", "json", &bare];
	let json: Value = serde_json::from_str(&succeed(&args)).unwrap();
	assert_eq!((&json["at"], &json["value"]), (&read["at"], &read["value"]));
	assert_eq!((&json["contract"], &json["setId"], &json["signers"]), (&json!("Validators"), &json!(0), &json!(1)));

	let first = write(dir.path(), "first.json", &first.to_string());
	let text = succeed(&["verify-read", "--genesis", &genesis, "--set", &set, &first]);
	assert!(text.contains("Block:   0 ") && text.contains("genesis"), "{text}");
}

#[test]
fn what_is_wrong_is_said_in_a_line() {
	let dir = tempfile::tempdir().unwrap();
	let Answers { genesis, set, read, .. } = answers();
	let good = write(dir.path(), "good.json", &read.to_string());
	let changed = |name: &str, change: fn(&mut Value)| {
		let mut answer = read.clone();
		change(&mut answer);
		write(dir.path(), name, &answer.to_string())
	};
	let other_genesis = format!("0x{}", "01".repeat(32));
	let other_set = set.replace("\"setId\":0", "\"setId\":4");
	let proofless = changed("proofless.json", |answer| answer["proof"] = Value::Null);
	let other_value = changed("value.json", |answer| answer["value"] = json!("0x01"));
	let typed = changed("type.json", |answer| answer["at"]["height"] = json!("one"));
	let no_json = write(dir.path(), "no.json", "{ \"genesis\": ");
	let error = write(dir.path(), "error.json", &json!({ "error": { "message": "it is pruned" } }).to_string());
	let cases: Vec<(&str, &str, &str, &[&str])> = vec![
		(&genesis, &set, &proofless, &["not proven: proof is not there"]),
		(&genesis, &set, &other_value, &["not proven: value is 0x01, what is proven is 0x"]),
		(&genesis, &other_set, &good, &["not proven: certificate: certificate is of set 0, not set 4"]),
		(&other_genesis, &set, &good, &["not proven: genesis is 0x"]),
		(&genesis, &set, &typed, &["at.height", "one"]),
		(&genesis, &set, &no_json, &["is not JSON", "line 1"]),
		(&genesis, &set, &error, &["is an error: it is pruned"]),
		(&genesis, &set, "nowhere.json", &["nowhere.json"]),
		(&genesis, "nowhere.json", &good, &["nowhere.json"]),
		(&genesis, "{\"setId\":0}", &good, &["--set", "since"]),
	];
	for (genesis, set, answer, expected) in cases {
		let line = fail(&["verify-read", "--genesis", genesis, "--set", set, answer]);
		for part in expected {
			assert!(line.contains(part), "`{part}` is not in: {line}");
		}
	}
}

#[test]
fn levels_of_assurance_hold_without_the_node() {
	let dir = tempfile::tempdir().unwrap();
	let Answers { genesis, set, assurance, read, .. } = answers();
	let good = write(dir.path(), "good.json", &assurance.to_string());
	let text = succeed(&["verify-assurance", "--genesis", &genesis, "--set", &set, &good]);
	for line in [
		"Block:   2 0x",
		"committed by 1 members of set 0",
		"Level:   validators   reached: 1 of 1, 1 needed",
		"Level:   regulator    not reached: 0 of ",
		"Present: 0 0x",
	] {
		assert!(text.contains(line), "{line}: {text}");
	}
	let args = ["verify-assurance", "--genesis", &genesis, "--set", &set, "--output-type", "json", &good];
	let json: Value = serde_json::from_str(&succeed(&args)).unwrap();
	assert_eq!((&json["block"], &json["present"]), (&assurance["block"], &assurance["present"]));

	let changed = |name: &str, change: fn(&mut Value)| {
		let mut answer = assurance.clone();
		change(&mut answer);
		write(dir.path(), name, &answer.to_string())
	};
	let cases = [
		(changed("level", |a| a["levels"][3]["reached"] = json!(true)), "not proven: levels: regulator is said to be"),
		(changed("present", |a| a["present"] = json!([])), "not proven: present names others"),
		(changed("roster", |a| a["proof"]["roster"] = json!([])), "not proven: proof lacks the node"),
		(changed("height", |a| a["block"]["height"] = json!(3)), "not proven: header is of block 2"),
		(changed("none", |a| a["proof"] = json!(null)), "not proven: proof is not there: ask with proof set to true"),
		(changed("hex", |a| a["proof"]["attestations"] = json!("zz")), "the answer: proof.attestations"),
		(write(dir.path(), "other", &read.to_string()), "the answer: "),
	];
	for (answer, message) in cases {
		let line = fail(&["verify-assurance", "--genesis", &genesis, "--set", &set, &answer]);
		assert!(line.contains(message), "{answer}: {line}");
	}
	let error = fail(&["verify-assurance", "--genesis", &"11".repeat(32), "--set", &set, &good]);
	assert!(error.contains("not proven: genesis is "), "{error}");
}
