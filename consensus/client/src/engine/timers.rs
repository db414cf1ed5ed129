//! The machine's timers: at most one of each kind.

use std::{collections::BTreeMap, time::Duration};
use syndic_pbft::{Timer, TimerKind};
use tokio::time::Instant;

/// The timers that run, each with the time at which it fires.
#[derive(Default)]
pub(super) struct Timers(BTreeMap<TimerKind, (Instant, Timer)>);

impl Timers {
	/// Sets a timer. A timer of the same kind is replaced.
	pub(super) fn set(&mut self, timer: Timer, after_ms: u32, now: Instant) {
		self.0.insert(timer.kind(), (now + Duration::from_millis(after_ms.into()), timer));
	}

	pub(super) fn clear(&mut self, kind: TimerKind) {
		self.0.remove(&kind);
	}

	/// When the next timer fires.
	pub(super) fn next(&self) -> Option<Instant> {
		self.0.values().map(|(at, _)| *at).min()
	}

	/// Removes and returns the earliest timer that is due.
	pub(super) fn take_due(&mut self, now: Instant) -> Option<Timer> {
		let (kind, _) = self.0.iter().filter(|(_, (at, _))| *at <= now).min_by_key(|(_, (at, _))| *at)?;
		let kind = *kind;
		self.0.remove(&kind).map(|(_, timer)| timer)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use syndic_primitives::{Height, View};

	#[test]
	fn one_of_each_kind_in_order_of_time() {
		let mut timers = Timers::default();
		let start = Instant::now();
		let after = |ms| start + Duration::from_millis(ms);
		timers.set(Timer::Progress(Height(1), View(0)), 50, start);
		timers.set(Timer::Resend, 20, start);
		timers.set(Timer::NewView(View(2)), 5, start);
		timers.set(Timer::Progress(Height(2), View(0)), 30, start);
		timers.clear(TimerKind::NewView);
		assert_eq!(timers.next(), Some(after(20)));
		assert_eq!(timers.take_due(after(19)), None);
		assert_eq!(timers.take_due(after(60)), Some(Timer::Resend));
		assert_eq!(timers.take_due(after(60)), Some(Timer::Progress(Height(2), View(0))));
		assert_eq!((timers.take_due(after(60)), timers.next()), (None, None));
	}
}
