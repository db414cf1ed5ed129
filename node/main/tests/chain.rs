//! A development chain in a real process, and commands on its database.

mod common;

use common::{fail, run, succeed, Node};
use serde_json::{json, Value};
use std::path::Path;
use syndic_primitives::{crypto::verify_ed25519, Certificate, Height, Phase, SetId, ValidatorId, ValidatorSet};

fn text(path: &Path) -> &str {
	path.to_str().unwrap()
}

/// Makes a chain of at least `height` final blocks in `base`, and stops the node. Returns the last final height.
fn chain(base: &Path, height: u64) -> u64 {
	let mut node = Node::start(base, &["--dev"]);
	node.reach(height);
	node.stop();
	info(base)["finalized_number"].as_u64().unwrap()
}

fn info(base: &Path) -> Value {
	serde_json::from_str(&succeed(&["chain-info", "--chain", "dev", "--base-path", text(base)])).unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
	hex::decode(&value.as_str().unwrap()[2..]).unwrap()
}

#[test]
fn a_development_node_commits_blocks_and_proves_it() {
	let dir = tempfile::tempdir().unwrap();
	let mut node = Node::start(dir.path(), &["--dev"]);
	node.reach(3);

	let status = node.ask("pbft_status", json!([])).unwrap();
	assert_eq!((&status["role"], &status["quorum"], &status["index"]), (&json!("validator"), &json!(1), &json!(0)));
	let validators = node.ask("pbft_validators", json!([])).unwrap();
	assert_eq!(validators["members"].as_array().unwrap().len(), 1);
	assert_eq!(validators["members"][0]["key"], status["key"]);
	assert!(node.ask("pbft_parameters", json!([])).unwrap()["parameters"]["blockPeriod"].is_u64());

	let certificate = node.ask("pbft_certificate", json!([2])).unwrap();
	let genesis = node.ask("chain_getBlockHash", json!([0])).unwrap();
	let block = node.ask("chain_getBlockHash", json!([2])).unwrap();
	assert_eq!(certificate["blockHash"], block);
	let key: [u8; 32] = bytes(&validators["members"][0]["key"]).try_into().unwrap();
	let key: ValidatorId = sp_core::ed25519::Public::from(key).into();
	let set = ValidatorSet::new(SetId(0), Height(1), vec![key]).unwrap();
	let genesis: [u8; 32] = bytes(&genesis).try_into().unwrap();
	let proof = Certificate::from_bytes(&bytes(&certificate["encoded"])).unwrap();
	assert_eq!(proof.height(), Height(2));
	proof.verify(Phase::Commit, &genesis.into(), &set, &verify_ed25519).unwrap();

	assert!(node.ask("pbft_certificate", json!([1_000_000])).unwrap_err().contains("block 1000000 is not final"));
	assert!(node.ask("pbft_readiness", json!([])).unwrap()["signature"].is_string());
	// Stock RPC that wallets use.
	let alice = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
	assert_eq!(node.ask("system_accountNextIndex", json!([alice])).unwrap(), json!(0));
	node.stop();
}

#[test]
fn blocks_go_out_to_a_file_and_into_another_database() {
	let dir = tempfile::tempdir().unwrap();
	let (first, second, third) = (dir.path().join("1"), dir.path().join("2"), dir.path().join("3"));
	let height = chain(&first, 4);
	let checked = succeed(&["check-block", "2", "--chain", "dev", "--base-path", text(&first)]);
	assert!(checked.contains("Completed"), "{checked}");

	for (target, name, form) in [(&second, "blocks.bin", &["--binary"][..]), (&third, "blocks.json", &[])] {
		let file = dir.path().join(name);
		let mut args = vec!["export-blocks", text(&file), "--chain", "dev", "--base-path", text(&first)];
		args.extend(form);
		succeed(&args);
		let mut args = vec!["import-blocks", text(&file), "--chain", "dev", "--base-path", text(target)];
		args.extend(form);
		succeed(&args);
		// Imported blocks have their certificates, so they are final at once.
		assert_eq!(info(target), info(&first));
	}

	// A node that is not a validator continues from the imported blocks.
	let node = Node::start(&second, &["--chain", "dev"]);
	assert_eq!(node.finalised(), height);
	assert_eq!(node.ask("pbft_status", json!([])).unwrap()["role"], json!("full"));
	node.stop();

	let empty = dir.path().join("empty");
	std::fs::write(&empty, b"nonsense").unwrap();
	let fourth = dir.path().join("4");
	let line = fail(&["import-blocks", text(&empty), "--chain", "dev", "--base-path", text(&fourth)]);
	assert!(line.contains("block"), "{line}");
}

#[test]
fn final_blocks_are_not_reverted() {
	let dir = tempfile::tempdir().unwrap();
	chain(dir.path(), 3);
	let before = info(dir.path());
	let output = run(&["revert", "2", "--chain", "dev", "--base-path", text(dir.path())]);
	assert!(output.status.success());
	assert!(String::from_utf8_lossy(&output.stderr).contains("vote log is left as it is"));
	let after = info(dir.path());
	assert_eq!(after["finalized_hash"], before["finalized_hash"]);
	assert_eq!(after["best_hash"], before["best_hash"]);
	// The node continues from there.
	let mut node = Node::start(dir.path(), &["--dev"]);
	node.reach(before["finalized_number"].as_u64().unwrap() + 2);
	node.stop();
}

#[test]
fn purging_removes_the_database_and_keeps_keys_and_votes() {
	let dir = tempfile::tempdir().unwrap();
	let height = chain(dir.path(), 3);
	let place = dir.path().join("chains/dev");
	assert!(place.join("paritydb").exists(), "ParityDB is the default");
	succeed(&["purge-chain", "-y", "--chain", "dev", "--base-path", text(dir.path())]);
	assert!(!place.join("paritydb").exists());
	assert!(place.join("pbft").exists() && place.join("network").exists());
	// The log still holds these blocks and the votes for them, so the same chain continues.
	let mut node = Node::start(dir.path(), &["--dev"]);
	node.reach(height + 2);
	node.stop();
}

#[test]
fn the_vote_log_of_another_key_is_refused() {
	let dir = tempfile::tempdir().unwrap();
	chain(dir.path(), 2);
	let node = Node::spawn(dir.path(), &["--chain", "dev", "--bob"]);
	let (code, log) = node.ended();
	assert_eq!(code, Some(1), "{log}");
	let line = log.lines().rev().find(|line| line.starts_with("error: ")).unwrap_or_else(|| panic!("{log}"));
	// Alice's key and Bob's.
	let alice = "88dc3417d5058ec4b4503e0c12ea1a0a89be200fe98922423d4334014fa6b0ee";
	let bob = "d17c2d7823ebf260fd138f2d7e27d114c0145d968b5ff5006125f2414fadae69";
	let names = |hex: &str, ss58: &str| line.contains(hex) || line.contains(ss58);
	assert!(names(alice, "5FA9nQDVg267DEd8m1ZypXLBnvN7SFxYwV7ndqSYGiN9TTpu"), "{line}");
	assert!(names(bob, "5GoNkf6WdbxCFnPdAnYYQyCjAKPJgLNxXwPjwTh6DGg6gN3E"), "{line}");
}

#[test]
fn a_database_that_keeps_every_state_is_opened_without_being_told_again() {
	let dir = tempfile::tempdir().unwrap();
	let mut node = Node::start(dir.path(), &["--dev", "--state-pruning", "archive"]);
	node.reach(2);
	node.stop();
	let mut node = Node::start(dir.path(), &["--dev"]);
	node.reach(4);
	node.stop();
}

#[test]
fn a_validator_without_a_key_follows_and_says_so() {
	let dir = tempfile::tempdir().unwrap();
	let base = dir.path().join("base");
	succeed(&["key", "generate-node-key", "--base-path", text(&base), "--chain", "dev"]);
	let node = Node::start(&base, &["--chain", "dev", "--validator"]);
	assert!(node.log().contains("without a consensus key"), "{}", node.log());
	node.stop();

	// Without a network key the node does not start.
	let line = fail(&["--chain", "dev", "--validator", "--base-path", text(&dir.path().join("other"))]);
	assert!(line.contains("network key") && line.contains("generate-node-key"), "{line}");
}
