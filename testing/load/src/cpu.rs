//! The processor time that this process has used, as Linux counts it.

use std::{fs, time::Duration};

/// Length of a tick in `/proc`: user space sees a hundred ticks a second on every architecture that nodes run on.
const TICK: Duration = Duration::from_millis(10);

/// Processor time of all threads together, ended threads included. `None` where there is no `/proc`.
pub fn process() -> Option<Duration> {
	used("/proc/self/stat")
}

/// Processor time of the running threads with this name.
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
	// The name is in parentheses, and may hold any character. After it come the state and ten more fields.
	let (_, rest) = text.rsplit_once(')')?;
	let mut fields = rest.split_ascii_whitespace().skip(11);
	let mut ticks = || fields.next()?.parse::<u32>().ok();
	Some(TICK * ticks()?.checked_add(ticks()?)?)
}
