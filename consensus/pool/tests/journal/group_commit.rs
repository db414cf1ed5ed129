//! Concurrent callers share a sync. A measurement of what an append costs.

use super::*;
use futures::future::join_all;
use std::{
	thread,
	time::{Duration, Instant},
};
use tempfile::TempDir;

#[test]
fn concurrent_appends_share_syncs() {
	let disk = SimDisk::default();
	disk.set_sync_delay(Duration::from_millis(2));
	let (journal, _) = open_on(&disk);
	let before = disk.syncs();
	let answers = block_on(join_all((0..256).map(|n| journal.append(hash(n), body(n, 150)))));
	assert!(answers.iter().all(Result::is_ok));
	let syncs = disk.syncs() - before;
	println!("256 concurrent appends took {syncs} syncs");
	assert!(syncs <= 32, "{syncs} syncs");
	// An answered transaction is synced, not only written.
	assert_eq!(numbers(&open_on(&SimDisk::with_files(&disk.durable_files())).1), (0..256).collect::<Vec<_>>());
	assert_eq!(journal.stats().syncs, disk.syncs(), "the figure for metrics is the true one");
}

#[test]
fn callers_in_many_threads_share_syncs() {
	let dir = TempDir::new().unwrap();
	let (journal, _) = open(dir.path());
	const THREADS: u64 = 16;
	const EACH: u64 = 50;
	thread::scope(|scope| {
		for thread in 0..THREADS {
			let journal = &journal;
			scope.spawn(move || (0..EACH).for_each(|n| append(journal, thread * EACH + n, 150).unwrap()));
		}
	});
	let stats = journal.stats();
	println!("{} appends from {THREADS} threads took {} syncs", stats.appended, stats.syncs);
	assert_eq!(stats.appended, THREADS * EACH);
	assert!(stats.syncs <= stats.appended + 10, "never more than one sync each");
	drop(journal);
	assert_eq!(sorted(reopened(dir.path())), (0..THREADS * EACH).collect::<Vec<_>>());
}

/// Asserts nothing about time: the figures depend on the disk.
#[test]
fn measure_what_an_append_costs() {
	const TOTAL: u64 = 4096;
	for callers in [1, 64, 256] {
		let dir = TempDir::new().unwrap();
		let (journal, _) = open(dir.path());
		let total = if callers == 1 { TOTAL / 8 } else { TOTAL };
		let begun = Instant::now();
		let caller = |first| {
			let journal = &journal;
			async move {
				for n in (first..total).step_by(callers as usize) {
					journal.append(hash(n), body(n, 150)).await.unwrap();
				}
			}
		};
		block_on(join_all((0..callers).map(caller)));
		let micros = begun.elapsed().as_micros() as u64;
		let stats = journal.stats();
		assert_eq!(stats.appended, total);
		println!(
			"journal: {callers} concurrent callers: {} us per append, {:.1} appends per sync, {} us per sync",
			micros / total,
			total as f64 / stats.syncs as f64,
			stats.sync_micros / stats.syncs.max(1),
		);
	}
}
