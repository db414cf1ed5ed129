//! Runs numbered jobs on all cores, with progress on stderr.

use std::{
	io::{IsTerminal, Write},
	ops::Range,
	sync::{
		atomic::{AtomicBool, AtomicU64, Ordering},
		Mutex,
	},
	time::{Duration, Instant},
};

/// Interval at which the line on a terminal is renewed.
const RENEW: Duration = Duration::from_millis(500);
/// Interval at which a line is written where there is no terminal, such as in a log of continuous integration.
const WRITE: Duration = Duration::from_secs(15);

/// Runs all `jobs`, or stops after the first job that finds something. Returns what the jobs found, by ascending
/// number. `what` names the jobs in the progress line.
pub fn find<T: Send>(
	what: &str,
	jobs: Range<u64>,
	stop_at_first: bool,
	job: impl Fn(u64) -> Option<T> + Sync,
) -> Vec<(u64, T)> {
	let (next, done) = (AtomicU64::new(jobs.start), AtomicU64::new(0));
	let finished = AtomicBool::new(false);
	let found: Mutex<Vec<(u64, T)>> = Mutex::new(Vec::new());
	let work = || loop {
		let number = next.fetch_add(1, Ordering::Relaxed);
		if number >= jobs.end {
			return;
		}
		if let Some(result) = job(number) {
			found.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push((number, result));
			if stop_at_first {
				// Jobs with lower numbers that are running finish; no new job begins.
				next.store(jobs.end, Ordering::Relaxed);
			}
		}
		done.fetch_add(1, Ordering::Relaxed);
	};
	let count = jobs.end.saturating_sub(jobs.start);
	let workers = std::thread::available_parallelism().map_or(1, |n| n.get());
	std::thread::scope(|scope| {
		let handles: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
		scope.spawn(|| show(what, count, &done, &finished));
		handles.into_iter().for_each(|handle| drop(handle.join()));
		finished.store(true, Ordering::Relaxed);
	});
	let mut found = found.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
	found.sort_by_key(|(number, _)| *number);
	found
}

fn show(what: &str, count: u64, done: &AtomicU64, finished: &AtomicBool) {
	let terminal = std::io::stderr().is_terminal();
	let (began, mut shown) = (Instant::now(), Instant::now());
	while !finished.load(Ordering::Relaxed) {
		std::thread::sleep(Duration::from_millis(20));
		if shown.elapsed() < if terminal { RENEW } else { WRITE } {
			continue;
		}
		shown = Instant::now();
		let done = done.load(Ordering::Relaxed);
		let rate = done as f64 / began.elapsed().as_secs_f64();
		let line = format!("{done} of {count} {what}, {rate:.0} a second");
		match terminal {
			true => eprint!("\r\x1b[K{line}"),
			false => eprintln!("{line}"),
		}
		let _ = std::io::stderr().flush();
	}
	if terminal {
		eprint!("\r\x1b[K");
	}
}
