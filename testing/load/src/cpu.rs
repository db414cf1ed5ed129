//! How much processor time this process has used, as Linux counts it.

use std::{fs, time::Duration};

/// How long one tick of `/proc` is: user space sees a hundred a second on every architecture that nodes run on.
const TICK: Duration = Duration::from_millis(10);

/// What all threads have used together, those that have ended among them. `None` where there is no `/proc`.
pub fn process() -> Option<Duration> {
	used("/proc/self/stat")
}

/// What the threads of a name have used.
pub fn threads(name: &str) -> Option<Duration> {
	let mut sum = Duration::ZERO;
	for task in fs::read_dir("/proc/self/task").ok()? {
		let path = task.ok()?.path();
		let is_named = fs::read_to_string(path.join("comm")).is_ok_and(|comm| comm.trim_end() == name);
		if is_named {
			sum += used(path.join("stat")).unwrap_or_default();
		}
	}
	Some(sum)
}

fn used(stat: impl AsRef<std::path::Path>) -> Option<Duration> {
	let text = fs::read_to_string(stat).ok()?;
	// The name stands in parentheses, and may hold anything. After it come the state and ten more fields.
	let (_, rest) = text.rsplit_once(')')?;
	let mut fields = rest.split_ascii_whitespace().skip(11);
	let mut ticks = || fields.next()?.parse::<u32>().ok();
	Some(TICK * ticks()?.checked_add(ticks()?)?)
}
