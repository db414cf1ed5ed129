//! A node whose transaction journal is damaged, of another chain, or cannot be written.

mod common;

use common::Node;
use futures::executor::block_on;
use serde_json::json;
use std::{
	fs,
	path::{Path, PathBuf},
};
use syndic_pool::{
	extrinsic::hash_of,
	journal::{Journal, JournalLimits},
};
use syndic_primitives::BlockHash;

fn place(base: &Path) -> PathBuf {
	base.join("chains/dev/transactions")
}

/// Puts `count` transactions into the journal of a chain. The runtime cannot read any of them.
fn fill(base: &Path, genesis: BlockHash, count: u8) {
	let limits = JournalLimits { bytes: 1 << 20, entries: 1_000 };
	let (journal, _) = Journal::open(&place(base), genesis, limits).unwrap();
	for n in 0..count {
		let extrinsic = sp_runtime::OpaqueExtrinsic::from_blob(vec![0x84, n]);
		block_on(journal.append(hash_of(&extrinsic), codec::Encode::encode(&extrinsic))).unwrap();
	}
}

/// The genesis of a chain that is made in `base`.
fn genesis(base: &Path) -> BlockHash {
	let mut node = Node::start(base, &["--dev"]);
	node.reach(1);
	let hash = node.ask("chain_getBlockHash", json!([0])).unwrap();
	node.stop();
	hash.as_str().unwrap().parse().unwrap()
}

/// Starts the node, lets it make blocks, and returns its log.
fn log_of_a_start(base: &Path, args: &[&str]) -> String {
	let mut node = Node::start(base, &[&["--dev"], args].concat());
	let height = node.finalised();
	node.reach(height + 2);
	node.stop()
}

#[test]
fn the_journal_of_another_chain_is_set_aside_and_counted() {
	let base = tempfile::tempdir().unwrap();
	genesis(base.path());
	fs::remove_dir_all(place(base.path())).unwrap();
	fill(base.path(), BlockHash::repeat_byte(7), 3);
	let log = log_of_a_start(base.path(), &[]);
	assert!(log.contains("the 3 transactions in it are not offered"), "{log}");
	assert!(log.contains("is the transaction journal of the chain with genesis"), "{log}");
	let again = log_of_a_start(base.path(), &[]);
	assert!(!again.contains("are not offered"), "it is said once: {again}");
}

#[test]
fn a_damaged_journal_is_read_as_far_as_it_can_be() {
	let base = tempfile::tempdir().unwrap();
	let genesis = genesis(base.path());
	fill(base.path(), genesis, 5);
	let file = fs::read_dir(place(base.path()))
		.unwrap()
		.map(|entry| entry.unwrap().path())
		.filter(|path| path.is_file())
		.max_by_key(|path| fs::metadata(path).unwrap().len())
		.unwrap();
	let mut bytes = fs::read(&file).unwrap();
	let middle = bytes.len() / 2;
	bytes[middle] ^= 0x40;
	fs::write(&file, bytes).unwrap();
	let log = log_of_a_start(base.path(), &[]);
	assert!(log.contains("1 accepted transactions in the journal cannot be read"), "{log}");
	assert!(log.contains("4 transactions accepted before this start are offered again"), "{log}");
}

#[test]
fn a_journal_that_cannot_be_made_keeps_no_node_from_running() {
	let base = tempfile::tempdir().unwrap();
	genesis(base.path());
	fs::remove_dir_all(place(base.path())).unwrap();
	// A file is where the folder should be. (File permissions would not do, because root can write anywhere.)
	fs::write(place(base.path()), "in the way").unwrap();
	let log = log_of_a_start(base.path(), &[]);
	assert!(log.contains("will not outlive it"), "{log}");
	let log = log_of_a_start(base.path(), &["--no-transaction-journal"]);
	assert!(!log.contains("will not outlive it"), "{log}");
}
