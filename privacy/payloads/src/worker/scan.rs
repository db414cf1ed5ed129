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
/// How long after a first time those are looked at again for which there was no room. The pauses double while that is of no
/// use, for there may be very many envelopes.
const AGAIN: Duration = Duration::from_secs(30);
/// The longest of these pauses.
const LONGEST_AGAIN: Duration = Duration::from_secs(3600);

/// Where a scan stands.
pub(crate) struct Scan {
	progress: Progress,
	/// Envelopes whose payloads were missing when the node stopped, to be read from the chain again.
	recalled: VecDeque<u64>,
	/// While those below the cursor are looked at again.
	walk: Option<Walk>,
	/// When that ended last, and how long after that it begins again.
	walked: Option<(Instant, Duration)>,
	/// How many envelopes there were.
	count: u64,
	/// What is on disk.
	saved: Progress,
}

/// Looking again at the envelopes below the cursor.
#[derive(Clone, Copy, Default)]
struct Walk {
	/// The next one.
	next: u64,
	/// The first for which there was no room.
	skipped: Option<u64>,
	/// Whether any was noted.
	is_of_use: bool,
}

impl Walk {
	fn from(next: u64) -> Self {
		Self { next, ..Default::default() }
	}
}

/// What came of looking at an envelope.
enum Look {
	/// Its payload is here, or not for this node, or known to be missing.
	Nothing,
	/// Its payload was noted as missing.
	Noted,
	/// It is missing, and there was no room to note that.
	NoRoom,
}

/// The chain or the disk failed: to be tried again.
pub(super) type Problem = Box<dyn std::error::Error + Send + Sync>;

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
			self.walk = Some(Walk::from(0));
		}
		let is_time = self.walked.is_none_or(|(walked, pause)| now.saturating_duration_since(walked) >= pause);
		let has_room = !service.with_missing(|list| list.is_full());
		if let (None, Some(behind), true, true) = (self.walk, self.progress.behind, is_time, has_room) {
			self.walk = Some(Walk::from(behind));
		}
	}

	/// Looks at some envelopes.
	pub fn step(&mut self, service: &Service, at: &At, now: Instant) -> Result<(), Problem> {
		if self.progress.institution != at.own {
			if self.progress.institution.is_some() {
				warn!(target: LOG_TARGET, "This node belongs to another institution now: all envelopes are looked through again");
			}
			self.restart(service, at);
		}
		self.count = service.chain().envelope_count(at.hash)?;
		if self.count < self.progress.cursor {
			warn!(
				target: LOG_TARGET,
				"There are {} envelopes, and {} were looked at: all are looked through again", self.count, self.progress.cursor
			);
			self.restart(service, at);
		}
		let mut left = BATCH;
		self.recall(service, at, now, &mut left)?;
		self.go_on(service, at, now, &mut left)?;
		self.walk_on(service, at, now, &mut left)
	}

	fn restart(&mut self, service: &Service, at: &At) {
		service.with_missing(|list| list.clear());
		self.progress = Progress { institution: at.own, ..Default::default() };
		self.recalled.clear();
		self.walk = None;
	}

	fn recall(&mut self, service: &Service, at: &At, now: Instant, left: &mut usize) -> Result<(), Problem> {
		while let (Some(number), 1..) = (self.recalled.front().copied(), *left) {
			if let Look::NoRoom = look(service, at, number, now)? {
				self.skip(number);
			}
			self.recalled.pop_front();
			*left -= 1;
		}
		Ok(())
	}

	fn go_on(&mut self, service: &Service, at: &At, now: Instant, left: &mut usize) -> Result<(), Problem> {
		while self.progress.cursor < self.count && *left > 0 {
			let number = self.progress.cursor;
			if let Look::NoRoom = look(service, at, number, now)? {
				self.skip(number);
			}
			self.progress.cursor += 1;
			*left -= 1;
		}
		Ok(())
	}

	/// There was no room: later.
	fn skip(&mut self, number: u64) {
		if self.progress.behind.is_none() {
			warn!(target: LOG_TARGET, "Too many payloads are missing to note more; they are looked for later");
		}
		self.progress.behind = Some(self.progress.behind.map_or(number, |behind| behind.min(number)));
	}

	fn walk_on(&mut self, service: &Service, at: &At, now: Instant, left: &mut usize) -> Result<(), Problem> {
		while let (Some(mut walk), 1..) = (self.walk, *left) {
			if walk.next >= self.progress.cursor {
				let pause = match (self.walked, walk.is_of_use) {
					(Some((_, pause)), false) => pause.saturating_mul(2).min(LONGEST_AGAIN),
					_ => AGAIN,
				};
				self.walked = Some((now, pause));
				self.progress.behind = walk.skipped;
				self.walk = None;
				break;
			}
			match look(service, at, walk.next, now)? {
				Look::Nothing => {}
				Look::Noted => walk.is_of_use = true,
				Look::NoRoom => walk.skipped = walk.skipped.or(Some(walk.next)),
			}
			walk.next += 1;
			self.walk = Some(walk);
			*left -= 1;
		}
		Ok(())
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
fn look(service: &Service, at: &At, number: u64, now: Instant) -> Result<Look, Problem> {
	if service.with_missing(|list| list.contains(number)) {
		return Ok(Look::Nothing);
	}
	let Some(envelope) = service.chain().envelope(at.hash, number)? else { return Ok(Look::Nothing) };
	if !is_wanted(service, at, &envelope)? {
		return Ok(Look::Nothing);
	}
	Ok(match service.with_missing(|list| list.add(envelope, now)) {
		true => Look::Noted,
		false => Look::NoRoom,
	})
}
