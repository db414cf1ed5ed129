//! Many interleaved appends and removals, compared with a model; and bounds on the files.

use super::{sim::Dice, *};
use std::thread;
use tempfile::TempDir;

#[test]
fn many_callers_against_a_model() {
	const THREADS: u64 = 8;
	const STEPS: u64 = 1500;
	let dir = TempDir::new().unwrap();
	let (journal, _) = open(dir.path());
	let models: Vec<Vec<u64>> = thread::scope(|scope| {
		let run = |thread: u64| {
			let journal = &journal;
			move || {
				let mut dice = Dice::new(thread);
				// The transactions that are alive, oldest first.
				let mut model: Vec<u64> = Vec::new();
				let mut next = thread;
				for _ in 0..STEPS {
					match dice.below(10) {
						0..=5 => {
							append(journal, next, dice.below(8_000) as usize).unwrap();
							model.push(next);
							next += THREADS;
						}
						6 => {
							// A transaction that has left is appended again, at the end.
							let n = thread + THREADS * dice.below(next / THREADS + 1);
							if n < next && !model.contains(&n) {
								append(journal, n, 77).unwrap();
								model.push(n);
							}
						}
						_ if !model.is_empty() => {
							let n = model.remove(dice.below(model.len() as u64) as usize);
							journal.remove(hash(n));
						}
						_ => {}
					}
				}
				model
			}
		};
		let threads: Vec<_> = (0..THREADS).map(|thread| scope.spawn(run(thread))).collect();
		threads.into_iter().map(|thread| thread.join().unwrap()).collect()
	});
	let expected: usize = models.iter().map(Vec::len).sum();
	let stats = journal.stats();
	assert_eq!(stats.entries, expected as u64);
	println!("{} appended, {} removed, {} syncs, {expected} alive", stats.appended, stats.removed, stats.syncs);
	drop(journal);
	let found = reopened(dir.path());
	assert_eq!(found.len(), expected);
	for (thread, model) in models.iter().enumerate() {
		let of_thread: Vec<u64> = found.iter().copied().filter(|n| n % THREADS == thread as u64).collect();
		assert!(of_thread == *model, "thread {thread}: other transactions, or in another order");
	}
}

/// Some transactions stay for ever, most leave soon: the files stay small, and hold exactly the living transactions.
#[test]
fn files_stay_small_and_hold_what_is_alive() {
	const MIB: u64 = 1024 * 1024;
	let dir = TempDir::new().unwrap();
	let (journal, _) = open(dir.path());
	let mut alive = Vec::new();
	let (mut written, mut most) = (0, 0);
	for n in 0..1200 {
		let length = 20_000 + (n % 13) as usize * 5_000;
		append(&journal, n, length).unwrap();
		written += length as u64;
		alive.push(n);
		if let Some(old) = n.checked_sub(40).filter(|old| old % 50 != 0) {
			alive.retain(|kept| *kept != old);
			journal.remove(hash(old));
		}
		let stats = journal.stats();
		most = most.max(stats.file_bytes.saturating_sub(2 * stats.bytes));
	}
	println!("{written} bytes written, at most {most} bytes of files beyond twice what was alive");
	assert!(written > 50 * MIB);
	assert!(most < 6 * MIB, "{most} bytes beyond twice what was alive");
	let held = journal.stats().bytes;
	// Dropping the journal waits for cleaning.
	drop(journal);
	let size: u64 = files(dir.path()).unwrap().values().map(|bytes| bytes.len() as u64).sum();
	assert!((held..2 * held + 6 * MIB).contains(&size), "{size} bytes of files for {held} alive");
	assert_eq!(reopened(dir.path()), alive);

	// When all transactions have left, the files are nearly empty.
	let (journal, _) = open(dir.path());
	alive.iter().for_each(|n| journal.remove(hash(*n)));
	append(&journal, 5000, 10).unwrap();
	drop(journal);
	assert_eq!(reopened(dir.path()), [5000]);
	let size: usize = files(dir.path()).unwrap().values().map(Vec::len).sum();
	assert!(size as u64 <= 6 * MIB, "{size} bytes for one small transaction");
}
