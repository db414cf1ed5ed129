//! Disks that fail: the caller is told, and the journal recovers.

use super::{
	sim::{Dice, Op},
	*,
};
use std::{
	io::ErrorKind,
	sync::{
		atomic::{AtomicU64, Ordering},
		Arc,
	},
};

/// The first `count` operations of the kind `op` fail. The counter tells how many were asked for.
fn first(count: u64, op: Op, kind: ErrorKind) -> (Arc<AtomicU64>, impl FnMut(Op) -> Option<io::Error> + Send) {
	let seen = Arc::new(AtomicU64::new(0));
	let counter = seen.clone();
	let fault = move |asked| {
		let fails = asked == op && counter.fetch_add(1, Ordering::Relaxed) < count;
		fails.then(|| kind.into())
	};
	(seen, fault)
}

/// After the fault the journal recovers, and holds exactly the transactions that were answered with success.
fn heals_from(op: Op, kind: ErrorKind) {
	let disk = SimDisk::default();
	let (journal, _) = open_on(&disk);
	append(&journal, 0, 100).unwrap();
	let (seen, fault) = first(3, op, kind);
	disk.set_fault(fault);
	let mut kept = vec![0];
	for n in 1..20 {
		let answer = append(&journal, n, 100 + n as usize);
		match &answer {
			Ok(()) => kept.push(n),
			Err(JournalError::Io { source, .. }) => assert_eq!(source.kind(), kind),
			other => panic!("{other:?}"),
		}
	}
	assert!(seen.load(Ordering::Relaxed) > 3, "{op:?} was tried again");
	assert_eq!(kept.len(), 17, "three of {op:?} failed, and no other");
	assert_eq!(journal.stats().failures, 3);
	assert_eq!(journal.stats().entries, 17, "what was refused holds no room");
	// The files that are durable now, and the files after a proper end.
	for files in [disk.durable_files(), disk.files()] {
		let (_journal, recovered) = open_on(&SimDisk::with_files(&files));
		assert_eq!(numbers(&recovered), kept);
		assert_eq!(recovered.unreadable, 0);
		assert!(recovered.damage.is_empty(), "{op:?}: {:?}", recovered.damage);
	}
}

#[test]
fn a_full_disk() {
	heals_from(Op::Write, ErrorKind::StorageFull);
}

#[test]
fn a_failed_sync() {
	heals_from(Op::Sync, ErrorKind::Other);
}

#[test]
fn a_failed_write_that_cannot_be_cut_off_is_not_read() {
	let disk = SimDisk::default();
	let (journal, _) = open_on(&disk);
	append(&journal, 0, 100).unwrap();
	let mut writes = 0;
	disk.set_fault(move |op| {
		writes += u64::from(op == Op::Sync);
		let fails = matches!(op, Op::Cut | Op::Remove) || (op == Op::Sync && writes <= 2);
		fails.then(|| ErrorKind::Other.into())
	});
	// The first transaction is complete in the file, because only its sync fails.
	assert!(is_io(&append(&journal, 1, 100)));
	assert!(is_io(&append(&journal, 2, 100)));
	append(&journal, 3, 100).unwrap();
	drop(journal);
	let files = disk.files();
	assert!(files.len() > 1);
	let (_journal, recovered) = open_on(&SimDisk::with_files(&files));
	assert_eq!(numbers(&recovered), [0, 3]);
	assert_eq!(recovered.unreadable, 0);
}

#[test]
fn a_disk_that_is_full_at_the_start_gives_out_what_it_has_and_takes_more_later() {
	let disk = SimDisk::default();
	let (journal, _) = open_on(&disk);
	append(&journal, 1, 100).unwrap();
	drop(journal);
	disk.set_fault(|op| matches!(op, Op::Create | Op::Write).then(|| ErrorKind::StorageFull.into()));
	let (journal, recovered) = open_on(&disk);
	assert_eq!(numbers(&recovered), [1]);
	assert!(is_io(&append(&journal, 2, 100)));
	journal.remove(hash(1));
	disk.clear_fault();
	append(&journal, 3, 100).unwrap();
	drop(journal);
	assert_eq!(numbers(&open_on(&disk).1), [3]);
}

#[test]
fn removals_outlast_a_failing_disk() {
	let disk = SimDisk::default();
	let (journal, _) = open_on(&disk);
	for n in 0..50 {
		append(&journal, n, 100).unwrap();
	}
	disk.set_fault(|op| (op == Op::Sync).then(|| ErrorKind::Other.into()));
	for n in 0..40 {
		journal.remove(hash(n));
		assert!(is_io(&append(&journal, 100 + n, 100)));
	}
	disk.clear_fault();
	append(&journal, 50, 100).unwrap();
	drop(journal);
	assert_eq!(numbers(&open_on(&disk).1), (40..=50).collect::<Vec<_>>());
}

#[test]
fn removals_that_were_written_and_lost_with_a_failed_sync_are_written_again() {
	let disk = SimDisk::default();
	let (journal, _) = open_on(&disk);
	for n in 0..10 {
		append(&journal, n, 100).unwrap();
	}
	let size = || disk.files().values().map(Vec::len).sum::<usize>();
	let before = size();
	for n in 0..9 {
		journal.remove(hash(n));
	}
	// Each removal is written without a sync, in any number of writes.
	while size() < before + 9 * 8 + FRAME_HEADER {
		std::thread::yield_now();
	}
	disk.set_fault(first(1, Op::Sync, ErrorKind::Other).1);
	assert!(is_io(&append(&journal, 10, 100)));
	append(&journal, 11, 100).unwrap();
	drop(journal);
	assert_eq!(numbers(&open_on(&disk).1), [9, 11]);
}

/// Operations of every kind fail now and then. Afterwards the journal holds exactly the transactions that were answered
/// and not removed.
#[test]
fn any_operation_may_fail_at_any_time() {
	let (mut failed, mut answered) = (0, 0);
	for seed in 0..40 {
		let disk = SimDisk::default();
		let (journal, _) = open_on(&disk);
		let mut dice = Dice::new(seed);
		let mut faults = Dice::new(seed + 1000);
		// A disk that refuses to cut or to remove keeps a refused transaction until the next write.
		disk.set_fault(move |_| (faults.below(12) == 0).then(|| ErrorKind::Other.into()));
		let mut kept = Vec::new();
		for n in 0..120 {
			match append(&journal, n, dice.below(60_000) as usize) {
				Ok(()) => {
					answered += 1;
					kept.push(n);
				}
				Err(_) => failed += 1,
			}
			if dice.below(3) > 0 && !kept.is_empty() {
				let leaving = kept.remove(dice.below(kept.len() as u64) as usize);
				journal.remove(hash(leaving));
			}
		}
		disk.clear_fault();
		append(&journal, 1000, 10).unwrap();
		kept.push(1000);
		drop(journal);
		let (_journal, recovered) = open_on(&SimDisk::with_files(&disk.files()));
		assert_eq!(numbers(&recovered), kept, "seed {seed}");
		assert_eq!(recovered.unreadable, 0, "seed {seed}");
		assert!(recovered.damage.is_empty(), "seed {seed}: {:?}", recovered.damage);
	}
	println!("{failed} appends refused by failing disks, {answered} answered");
	assert!(failed > 500 && answered > 500);
}
