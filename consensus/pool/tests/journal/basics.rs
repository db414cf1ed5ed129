//! What callers of the journal may rely on.

use super::*;
use std::os::unix::fs::PermissionsExt;
use syndic_pool::journal::{Damage, MAX_TRANSACTION_BYTES};
use tempfile::TempDir;

#[test]
fn what_was_answered_is_there_after_a_restart_oldest_first() {
	let dir = TempDir::new().unwrap();
	let (journal, recovered) = open(dir.path());
	assert!(recovered.transactions.is_empty() && recovered.damage.is_empty());
	for n in [5, 3, 9, 1] {
		append(&journal, n, 100 + n as usize).unwrap();
	}
	drop(journal);
	assert_eq!(reopened(dir.path()), [5, 3, 9, 1]);
	assert_eq!(reopened(dir.path()), [5, 3, 9, 1], "to read it changes nothing");
}

#[test]
fn the_largest_and_the_smallest_transaction_are_taken_and_nothing_larger() {
	let dir = TempDir::new().unwrap();
	let (journal, _) = open(dir.path());
	append(&journal, 0, 0).unwrap();
	for n in 1..4 {
		append(&journal, n, MAX_TRANSACTION_BYTES).unwrap();
	}
	let refused = append(&journal, 4, MAX_TRANSACTION_BYTES + 1);
	assert!(matches!(refused, Err(JournalError::TooLong { found, bound }) if found == bound + 1));
	drop(journal);
	let (_journal, recovered) = open(dir.path());
	assert_eq!(numbers(&recovered), [0, 1, 2, 3]);
	let lengths: Vec<usize> = recovered.transactions.iter().map(|(_, bytes)| bytes.len()).collect();
	assert_eq!(lengths, [0, MAX_TRANSACTION_BYTES, MAX_TRANSACTION_BYTES, MAX_TRANSACTION_BYTES]);
}

#[test]
fn what_was_removed_is_not_offered_again_and_may_come_again() {
	let dir = TempDir::new().unwrap();
	let (journal, _) = open(dir.path());
	for n in 0..10 {
		append(&journal, n, 50).unwrap();
	}
	for n in [0, 4, 9, 4, 77] {
		journal.remove(hash(n));
	}
	append(&journal, 4, 60).unwrap();
	assert_eq!(journal.stats().entries, 8);
	assert_eq!(journal.stats().removed, 3);
	drop(journal);
	assert_eq!(reopened(dir.path()), [1, 2, 3, 5, 6, 7, 8, 4]);
}

#[test]
fn one_that_is_there_already_is_answered_and_not_written_again() {
	let dir = TempDir::new().unwrap();
	let (journal, _) = open(dir.path());
	append(&journal, 1, 100).unwrap();
	let stats = journal.stats();
	append(&journal, 1, 100).unwrap();
	assert_eq!(journal.stats(), stats);
	drop(journal);
	let (journal, _) = open(dir.path());
	append(&journal, 1, 100).unwrap();
	assert_eq!(journal.stats().appended, 0);
	assert_eq!(journal.stats().entries, 1);
}

#[test]
fn a_full_journal_refuses_at_once_and_room_comes_back() {
	let dir = TempDir::new().unwrap();
	let limits = JournalLimits { bytes: 10 * (1000 + OVERHEAD), entries: 1000 };
	let (journal, _) = Journal::open(dir.path(), genesis(), limits).unwrap();
	for n in 0..10 {
		append(&journal, n, 1000).unwrap();
	}
	let refused = append(&journal, 10, 0);
	assert!(matches!(refused, Err(JournalError::Full { found, bound, unit: "bytes" })
		if found == limits.bytes + OVERHEAD && bound == limits.bytes));
	journal.remove(hash(3));
	append(&journal, 10, 1000).unwrap();
	assert!(append(&journal, 11, 0).is_err());
	drop(journal);

	// Transactions in the journal stay, although the limit is lower now.
	let limits = JournalLimits { bytes: 1 << 30, entries: 9 };
	let (journal, recovered) = Journal::open(dir.path(), genesis(), limits).unwrap();
	assert_eq!(numbers(&recovered), [0, 1, 2, 4, 5, 6, 7, 8, 9, 10]);
	let refused = append(&journal, 11, 0);
	assert!(matches!(refused, Err(JournalError::Full { found: 11, bound: 9, unit: "transactions" })), "{refused:?}");
	journal.remove(hash(0));
	assert!(append(&journal, 11, 0).is_err());
	journal.remove(hash(1));
	append(&journal, 11, 0).unwrap();
}

#[test]
fn a_second_process_is_kept_out_until_the_last_handle_is_gone() {
	let dir = TempDir::new().unwrap();
	let (journal, _) = open(dir.path());
	let clone = journal.clone();
	let again = || Journal::open(dir.path(), genesis(), WIDE);
	assert!(matches!(again(), Err(JournalError::InUse(_))));
	drop(journal);
	assert!(matches!(again(), Err(JournalError::InUse(_))));
	append(&clone, 1, 10).unwrap();
	drop(clone);
	assert_eq!(numbers(&again().unwrap().1), [1]);
}

#[test]
fn nobody_else_may_read_it() {
	let dir = TempDir::new().unwrap();
	let below = dir.path().join("a/journal");
	let (journal, _) = open(&below);
	append(&journal, 1, 10).unwrap();
	let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
	assert_eq!(mode(&below), 0o700);
	let names: Vec<String> = files(&below).unwrap().into_keys().collect();
	assert!(names.len() >= 2);
	for name in names {
		assert_eq!(mode(&below.join(&name)), 0o600, "{name}");
	}
}

#[test]
fn where_nothing_can_be_written_it_does_not_open() {
	let dir = TempDir::new().unwrap();
	let file = dir.path().join("file");
	fs::write(&file, b"something").unwrap();
	for path in [&file, &file.join("below")] {
		let refused = Journal::open(path, genesis(), WIDE).map(|_| ());
		assert!(is_io(&refused), "{refused:?}");
		assert!(refused.unwrap_err().to_string().contains("file"));
	}
	assert_eq!(fs::read(&file).unwrap(), b"something");

	// Permissions do not bind every user who runs tests (root), so the simulated disk refuses.
	let disk = SimDisk::default();
	disk.set_fault(|op| (op == sim::Op::Create).then(|| io::ErrorKind::PermissionDenied.into()));
	assert!(is_io(&Journal::open_on(disk.boxed(), genesis(), WIDE).map(|_| ())));
	let locked = dir.path().join("locked");
	fs::create_dir(&locked).unwrap();
	fs::set_permissions(&locked, fs::Permissions::from_mode(0o500)).unwrap();
	if fs::write(locked.join("probe"), b"").is_err() {
		assert!(is_io(&Journal::open(&locked, genesis(), WIDE).map(|_| ())));
	}
}

#[test]
fn a_journal_of_another_chain_is_kept_aside() {
	let dir = TempDir::new().unwrap();
	let (journal, _) = open(dir.path());
	append(&journal, 1, 10).unwrap();
	drop(journal);
	let other = BlockHash::repeat_byte(8);
	let (journal, recovered) = Journal::open(dir.path(), other, WIDE).unwrap();
	assert!(recovered.transactions.is_empty());
	assert_eq!(recovered.unreadable, 0, "they are not ours");
	let [Damage::OtherChain { found, expected, transactions, .. }] = &recovered.damage[..] else {
		panic!("{:?}", recovered.damage)
	};
	assert_eq!((*found, *expected, *transactions), (genesis(), other, 1));
	append(&journal, 2, 20).unwrap();
	drop(journal);
	let (_journal, recovered) = Journal::open(dir.path(), other, WIDE).unwrap();
	assert_eq!(numbers(&recovered), [2]);
	assert!(recovered.damage.is_empty());
	assert!(files(dir.path()).unwrap().keys().any(|name| name.ends_with(".journal.other-chain")));
}

#[test]
fn a_caller_who_goes_away_takes_nothing_with_him() {
	use futures::FutureExt;
	let disk = SimDisk::default();
	let (journal, _) = open_on(&disk);
	let gate = disk.close_gate();
	for n in 0..100 {
		// Polled once, then dropped.
		assert!(journal.append(hash(n), body(n, 100)).now_or_never().is_none());
	}
	// The same transaction, appended again, waits for the first one to be written.
	let mut again = Box::pin(journal.append(hash(99), body(99, 100)));
	assert!(again.as_mut().now_or_never().is_none());
	drop(gate);
	block_on(again).unwrap();
	assert_eq!(journal.stats().entries, 100);
	assert_eq!(journal.stats().appended, 100);
	drop(journal);
	assert_eq!(numbers(&open_on(&disk).1), (0..100).collect::<Vec<_>>());
}

#[test]
fn what_waits_for_a_slow_disk_is_bounded_and_removal_never_waits() {
	use futures::{future::join_all, FutureExt};
	const MIB: u64 = 1024 * 1024;
	let disk = SimDisk::default();
	let (journal, _) = open_on(&disk);
	append(&journal, 1000, 10).unwrap();
	let gate = disk.close_gate();
	let appends: Vec<_> = (0..60).map(|n| journal.append(hash(n), body(n, MIB as usize))).collect();
	let mut all = Box::pin(join_all(appends));
	assert!(all.as_mut().now_or_never().is_none());
	let held = journal.stats().bytes;
	assert!((10 * MIB..=22 * MIB).contains(&held), "{held} bytes are held for a disk that does not answer");
	for n in 0..10 {
		journal.remove(hash(n));
	}
	journal.remove(hash(1000));
	drop(gate);
	assert!(block_on(all).iter().all(Result::is_ok));
	drop(journal);
	assert_eq!(sorted(numbers(&open_on(&disk).1)), (10..60).collect::<Vec<_>>());
}
