//! Looking through the envelopes, each once, in order; and what of that is remembered when the node stops.

use super::is_wanted;
use crate::{
	service::{At, Service},
	store::Progress,
	LOG_TARGET,
};
use log::{error, info, warn};
use std::{
	collections::VecDeque,
	time::{Duration, Instant},
};

/// How many envelopes are looked at in one step.
pub(crate) const BATCH: usize = 256;
/// How often those are looked at again for which there was no room.
const AGAIN: Duration = Duration::from_secs(30);

/// Where a scan stands.
pub(crate) struct Scan {
	progress: Progress,
	/// Envelopes whose payloads were missing when the node stopped, to be read from the chain again.
	recalled: VecDeque<u64>,
	/// The next envelope, and the first for which there was no room, while those below the cursor are looked at again.
	walk: Option<(u64, Option<u64>)>,
	walked: Option<Instant>,
	/// How many envelopes there were.
	count: u64,
	/// What is on disk.
	saved: Progress,
}

/// What came of looking at an envelope.
#[derive(PartialEq, Eq)]
enum Look {
	Done,
	NoRoom,
	/// The chain or the disk failed: to be tried again.
	Failed,
}

impl Scan {
	/// Goes on where this progress ends.
	pub fn new(progress: Progress) -> Self {
		let recalled = progress.missing.iter().copied().collect();
		Self { saved: progress.clone(), recalled, walk: None, walked: None, count: 0, progress }
	}

	/// The next envelope that nobody has looked at.
	pub fn cursor(&self) -> u64 {
		self.progress.cursor
	}

	/// Whether a step would find something to do at once.
	pub fn has_more(&self) -> bool {
		self.progress.cursor < self.count || !self.recalled.is_empty() || self.walk.is_some()
	}

	/// Once in a while.
	pub fn tick(&mut self, service: &Service, now: Instant) {
		if service.take_lost() {
			info!(target: LOG_TARGET, "Looking through all envelopes again, for a stored payload was lost");
			self.progress.behind = Some(0);
			self.walk = Some((0, None));
		}
		let is_time = self.walked.is_none_or(|walked| now.saturating_duration_since(walked) >= AGAIN);
		let has_room = !service.with_missing(|list| list.is_full());
		if let (None, Some(behind), true, true) = (self.walk, self.progress.behind, is_time, has_room) {
			self.walk = Some((behind, None));
		}
	}

	/// Looks at some envelopes.
	pub fn step(&mut self, service: &Service, at: &At, now: Instant) {
		if self.progress.institution != at.own {
			if self.progress.institution.is_some() {
				warn!(target: LOG_TARGET, "This node belongs to another institution now: all envelopes are looked through again");
			}
			self.restart(service, at);
		}
		let count = match service.chain().envelope_count(at.hash) {
			Ok(count) => count,
			Err(error) => return warn!(target: LOG_TARGET, "Cannot look for envelopes: {error}"),
		};
		self.count = count;
		if count < self.progress.cursor {
			warn!(
				target: LOG_TARGET,
				"There are {count} envelopes, and {} were looked at: all are looked through again", self.progress.cursor
			);
			self.restart(service, at);
		}
		let mut left = BATCH;
		let ok = self.recall(service, at, now, &mut left)
			&& self.go_on(service, at, now, &mut left)
			&& self.walk_on(service, at, now, &mut left);
		if !ok {
			// Not at once again: with the next block, or the next tick.
			self.count = self.progress.cursor;
		}
	}

	fn restart(&mut self, service: &Service, at: &At) {
		service.with_missing(|list| list.clear());
		self.progress = Progress { institution: at.own, ..Default::default() };
		self.recalled.clear();
		self.walk = None;
	}

	fn recall(&mut self, service: &Service, at: &At, now: Instant, left: &mut usize) -> bool {
		while let (Some(number), 1..) = (self.recalled.front().copied(), *left) {
			match look(service, at, number, now) {
				Look::Failed => return false,
				Look::NoRoom => self.skip(number),
				Look::Done => {}
			}
			self.recalled.pop_front();
			*left -= 1;
		}
		true
	}

	fn go_on(&mut self, service: &Service, at: &At, now: Instant, left: &mut usize) -> bool {
		while self.progress.cursor < self.count && *left > 0 {
			let number = self.progress.cursor;
			match look(service, at, number, now) {
				Look::Failed => return false,
				Look::NoRoom => self.skip(number),
				Look::Done => {}
			}
			self.progress.cursor += 1;
			*left -= 1;
		}
		true
	}

	/// There was no room: later.
	fn skip(&mut self, number: u64) {
		if self.progress.behind.is_none() {
			warn!(target: LOG_TARGET, "Too many payloads are missing to note more; they are looked for later");
		}
		self.progress.behind = Some(self.progress.behind.map_or(number, |behind| behind.min(number)));
	}

	fn walk_on(&mut self, service: &Service, at: &At, now: Instant, left: &mut usize) -> bool {
		while let (Some((number, skipped)), 1..) = (self.walk, *left) {
			if number >= self.progress.cursor {
				self.progress.behind = skipped;
				self.walk = None;
				self.walked = Some(now);
				break;
			}
			let skipped = match look(service, at, number, now) {
				Look::Failed => return false,
				Look::NoRoom => skipped.or(Some(number)),
				Look::Done => skipped,
			};
			self.walk = Some((number + 1, skipped));
			*left -= 1;
		}
		true
	}

	/// Writes progress down, if it is another than what was written.
	pub fn save(&mut self, service: &Service) {
		let mut missing = service.with_missing(|list| list.numbers());
		missing.extend(&self.recalled);
		missing.sort_unstable();
		missing.dedup();
		self.progress.missing = missing;
		if self.progress == self.saved {
			return;
		}
		match service.write_progress(&self.progress) {
			Ok(()) => self.saved = self.progress.clone(),
			Err(error) => error!(target: LOG_TARGET, "Cannot write down which envelopes were looked at: {error}"),
		}
	}
}

/// Notes the payload of an envelope as missing, if this node should have it and has not.
fn look(service: &Service, at: &At, number: u64, now: Instant) -> Look {
	if service.with_missing(|list| list.contains(number)) {
		return Look::Done;
	}
	let envelope = match service.chain().envelope(at.hash, number) {
		Ok(Some(envelope)) => envelope,
		Ok(None) => return Look::Done,
		Err(error) => {
			warn!(target: LOG_TARGET, "Cannot look at envelope {number}: {error}");
			return Look::Failed;
		}
	};
	match is_wanted(service, at, &envelope) {
		Ok(false) => Look::Done,
		Ok(true) if service.with_missing(|list| list.add(envelope, now)) => Look::Done,
		Ok(true) => Look::NoRoom,
		Err(error) => {
			warn!(target: LOG_TARGET, "Cannot keep what was submitted for envelope {number}: {error}");
			Look::Failed
		}
	}
}
