//! The journal of accepted transactions: group commit, crashes, failing disks, damage, limits, and what it costs.

mod basics;
mod crash;
mod damage;
mod faults;
mod group_commit;
mod model;
mod sim;

use futures::executor::block_on;
use sim::SimDisk;
use std::{
	collections::{BTreeMap, BTreeSet},
	fs, io,
	path::Path,
};
use syndic_pool::journal::{Journal, JournalError, JournalLimits, Recovered};
use syndic_primitives::BlockHash;

/// Bytes that the frame of a transaction has besides the transaction itself.
const OVERHEAD: u64 = 65;
/// Bytes of a segment's headers.
const HEADERS: usize = 136;
/// Bytes of a frame's header.
const FRAME_HEADER: usize = 25;
const WIDE: JournalLimits = JournalLimits { bytes: 1 << 30, entries: 1 << 20 };

fn genesis() -> BlockHash {
	BlockHash::repeat_byte(7)
}

fn hash(n: u64) -> BlockHash {
	BlockHash::from_low_u64_be(n + 1)
}

/// The bytes of transaction `n`, by which it can be recognised.
fn body(n: u64, length: usize) -> Vec<u8> {
	let seed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes();
	seed.into_iter().cycle().take(length).collect()
}

fn open(dir: &Path) -> (Journal, Recovered) {
	Journal::open(dir, genesis(), WIDE).expect("opens")
}

fn open_on(disk: &SimDisk) -> (Journal, Recovered) {
	Journal::open_on(disk.boxed(), genesis(), WIDE).expect("opens")
}

fn append(journal: &Journal, n: u64, length: usize) -> Result<(), JournalError> {
	block_on(journal.append(hash(n), body(n, length)))
}

/// The numbers of the recovered transactions, oldest first. Checks that each has the bytes with which it was appended.
fn numbers(recovered: &Recovered) -> Vec<u64> {
	let number = |(hash, bytes): &(BlockHash, Vec<u8>)| {
		let n = hash.to_low_u64_be() - 1;
		assert!(*bytes == body(n, bytes.len()), "transaction {n} has other bytes");
		n
	};
	recovered.transactions.iter().map(number).collect()
}

fn sorted(mut numbers: Vec<u64>) -> Vec<u64> {
	numbers.sort_unstable();
	numbers
}

/// Opens the journal and returns the numbers of its transactions.
fn reopened(dir: &Path) -> Vec<u64> {
	let (_journal, recovered) = open(dir);
	assert_eq!(recovered.unreadable, 0);
	assert!(recovered.damage.is_empty(), "{:?}", recovered.damage);
	numbers(&recovered)
}

/// All files of a directory, read in the order of their names.
fn files(dir: &Path) -> io::Result<BTreeMap<String, Vec<u8>>> {
	let names = fs::read_dir(dir)?.map(|entry| Ok(entry?.file_name().into_string().expect("a plain name")));
	let names = names.collect::<io::Result<BTreeSet<String>>>()?;
	names.into_iter().map(|name| fs::read(dir.join(&name)).map(|bytes| (name, bytes))).collect()
}

fn is_io(result: &Result<(), JournalError>) -> bool {
	matches!(result, Err(JournalError::Io { .. }))
}
