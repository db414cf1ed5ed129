//! A crash at any point loses no transaction that was answered.

use super::{sim::Dice, *};
use futures::FutureExt;
use std::{
	sync::{
		atomic::{AtomicBool, Ordering},
		Mutex,
	},
	thread,
	time::Duration,
};
use tempfile::TempDir;

/// What the callers know when the machine loses power.
#[derive(Default)]
struct Known {
	/// Answered with success, and not removed since.
	kept: BTreeSet<u64>,
	/// Appended, whatever the answer was.
	handed_in: BTreeSet<u64>,
}

/// Appends and removes until the machine loses power: enough to begin and to clean several segments.
fn work(disk: &SimDisk) -> Known {
	let mut known = Known::default();
	let Ok((journal, _)) = Journal::open_on(disk.boxed(), genesis(), WIDE) else { return known };
	for round in 0..20 {
		let group: Vec<u64> = (round * 4..round * 4 + 4).collect();
		let appends = group.iter().map(|n| journal.append(hash(*n), body(*n, 120_000 + *n as usize)));
		// All at once, or one after the other.
		let answers: Vec<_> = match round % 2 {
			0 => block_on(futures::future::join_all(appends)),
			_ => appends.map(block_on).collect(),
		};
		known.handed_in.extend(&group);
		for (n, answer) in group.iter().zip(answers) {
			if answer.is_ok() {
				known.kept.insert(*n);
			}
		}
		if disk.is_off() {
			break;
		}
		// One transaction of each group stays.
		let leaving: Vec<u64> = known.kept.iter().copied().filter(|n| n % 4 != 0 && n + 8 < round * 4).collect();
		for n in leaving {
			known.kept.remove(&n);
			journal.remove(hash(n));
		}
	}
	known
}

fn check(known: &Known, disk: &SimDisk, context: &str) {
	let recovered = open_on(disk).1;
	let found: Vec<u64> = numbers(&recovered);
	let set: BTreeSet<u64> = found.iter().copied().collect();
	assert_eq!(set.len(), found.len(), "{context}: each once");
	let lost: Vec<_> = known.kept.difference(&set).collect();
	assert!(lost.is_empty(), "{context}: answered and lost: {lost:?}");
	assert!(set.is_subset(&known.handed_in), "{context}");
	// The groups are in the order of their answers.
	let groups: Vec<u64> = found.iter().map(|n| n / 4).collect();
	assert!(groups.is_sorted(), "{context}: {found:?}");
}

#[test]
fn between_any_two_operations() {
	let mut last = 0;
	for off_after in 0.. {
		let disk = SimDisk::default();
		disk.off_after(off_after);
		let known = work(&disk);
		for seed in 0..3 {
			let mut dice = Dice::new(off_after * 3 + seed);
			let after = disk.crashed(&mut dice);
			// The machine loses power again while the journal is read and repaired.
			let again = SimDisk::with_files(&after.files());
			again.off_after(dice.below(20));
			drop(Journal::open_on(again.boxed(), genesis(), WIDE));
			check(&known, &again.crashed(&mut dice), &format!("off after {off_after}, seed {seed}, and again"));
			check(&known, &after, &format!("off after {off_after}, seed {seed}"));
		}
		if !disk.is_off() {
			last = off_after;
			break;
		}
	}
	println!("crashed after each of {last} operations");
	assert!(last > 80, "the work must clean segments, {last} operations are too few for that");
}

#[test]
fn the_work_above_cleans_segments() {
	let disk = SimDisk::default();
	let known = work(&disk);
	assert_eq!(known.handed_in.len(), 80);
	let first = disk.files().into_keys().next().expect("a segment");
	assert!(*first > *"0000000000000000.journal", "the oldest segment is gone: {first}");
}

/// Bytes that were written and not synced when the process was killed are offered again. From then on they are durable.
#[test]
fn what_a_killed_process_had_written_is_synced_by_the_next_one() {
	let disk = SimDisk::default();
	let (journal, _) = open_on(&disk);
	append(&journal, 1, 100).unwrap();
	let gate = disk.close_gate();
	assert!(journal.append(hash(2), body(2, 100)).now_or_never().is_none());
	let written = || disk.files().into_values().any(|bytes| bytes.len() == HEADERS + 2 * (100 + OVERHEAD as usize));
	while !written() {
		thread::yield_now();
	}
	let killed = disk.killed();
	let durable = |disk: &SimDisk| numbers(&open_on(&SimDisk::with_files(&disk.durable_files())).1);
	assert_eq!(durable(&killed), [1]);
	let (again, recovered) = open_on(&killed);
	assert_eq!(numbers(&recovered), [1, 2]);
	append(&again, 2, 100).unwrap();
	assert_eq!(durable(&killed), [1, 2]);
	drop(gate);
}

/// Stops the callers even if the test fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
	fn drop(&mut self) {
		self.0.store(true, Ordering::Relaxed);
	}
}

/// A copy of the directory while appends run is like the files after a crash of the process.
#[test]
fn at_any_moment_while_appends_run() {
	let dir = TempDir::new().unwrap();
	let (journal, _) = open(dir.path());
	let (kept, stop) = (Mutex::new(BTreeSet::new()), AtomicBool::new(false));
	thread::scope(|scope| {
		let _stop = Stop(&stop);
		for thread in 0..4 {
			let (journal, kept, stop) = (&journal, &kept, &stop);
			scope.spawn(move || {
				for n in (thread..).step_by(4).take_while(|_| !stop.load(Ordering::Relaxed)) {
					append(journal, n, 2_000 + (n % 7) as usize * 3_000).unwrap();
					kept.lock().unwrap().insert(n);
					// Nine of ten transactions leave again, so that segments are cleaned meanwhile.
					if let Some(old) = n.checked_sub(80).filter(|old| old % 10 != 0) {
						kept.lock().unwrap().remove(&old);
						journal.remove(hash(old));
					}
				}
			});
		}
		for moment in 0..25 {
			thread::sleep(Duration::from_millis(40));
			let answered = kept.lock().unwrap().clone();
			// Files are copied oldest first, in the order of removal. If a file is gone meanwhile, its transactions are
			// in a later one.
			let copy = loop {
				if let Ok(copy) = files(dir.path()) {
					break copy;
				}
			};
			let still = kept.lock().unwrap().clone();
			let (_journal, recovered) = open_on(&SimDisk::with_files(&copy));
			let found: BTreeSet<u64> = numbers(&recovered).into_iter().collect();
			let lost: Vec<&u64> = answered.intersection(&still).filter(|n| !found.contains(n)).collect();
			assert!(lost.is_empty(), "copy {moment}: answered and lost: {lost:?}");
		}
	});
	let stats = journal.stats();
	println!("{} appended while 25 copies were made, {} bytes of files at the end", stats.appended, stats.file_bytes);
	drop(journal);
	assert_eq!(reopened(dir.path()).into_iter().collect::<BTreeSet<_>>(), kept.into_inner().unwrap());
}
