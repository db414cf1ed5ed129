//! Looks through the envelopes, each once, in order; and stores the progress for the next run of the node.

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

/// Maximum number of envelopes that are looked at in one step.
pub(crate) const BATCH: usize = 256;
/// Pause between two walks, which look again at envelopes whose payloads found no room in the list of missing ones. The
/// pause doubles while walks note nothing, because there may be very many envelopes.
const AGAIN: Duration = Duration::from_secs(30);
/// Maximum pause between two walks.
const LONGEST_AGAIN: Duration = Duration::from_secs(3600);

/// The state of the scan.
pub(crate) struct Scan {
	progress: Progress,
	/// Envelopes whose payloads were missing when the node stopped, to be read from the chain again.
	recalled: VecDeque<u64>,
	/// The walk that is in progress, if any.
	walk: Option<Walk>,
	/// Time at which the last walk ended, and the pause after it.
	walked: Option<(Instant, Duration)>,
	/// Number of envelopes on the chain in the last step.
	count: u64,
	/// The progress that is on disk.
	saved: Progress,
}

/// A walk: looking again at the envelopes below the cursor.
#[derive(Clone, Copy, Default)]
struct Walk {
	/// The number of the next envelope.
	next: u64,
	/// The first envelope whose payload found no room in the list of missing ones.
	skipped: Option<u64>,
	/// Whether the walk has noted any payload as missing.
	is_of_use: bool,
}

impl Walk {
	fn from(next: u64) -> Self {
		Self { next, ..Default::default() }
	}
}

/// The result of looking at an envelope.
enum Look {
	/// Nothing to do: the payload is stored here, is not wanted here, or is in the list of missing ones already.
	Nothing,
	/// The payload was added to the list of missing ones.
	Noted,
	/// The payload is missing, and the list has no room for it.
	NoRoom,
}

/// A failure of the chain's queries or of the disk; the caller tries again later.
pub(super) type Problem = Box<dyn std::error::Error + Send + Sync>;

impl Scan {
	/// A scan that continues from this progress.
	pub fn new(progress: Progress) -> Self {
		let recalled = progress.missing.iter().copied().collect();
		Self { saved: progress.clone(), recalled, walk: None, walked: None, count: 0, progress }
	}

	/// The number of the next envelope that was not looked at yet.
	pub fn cursor(&self) -> u64 {
		self.progress.cursor
	}

	/// Whether another step has envelopes to look at.
	pub fn has_more(&self) -> bool {
		self.progress.cursor < self.count || !self.recalled.is_empty() || self.walk.is_some()
	}

	/// Begins a walk: over all envelopes if a stored payload was lost, or over the skipped ones if the pause is over
	/// and the list of missing payloads has room.
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

	/// Looks at up to [`BATCH`] envelopes: first those recalled from the stored progress, then new ones, then those of
	/// the walk.
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

	/// Notes an envelope for a later walk, because the list of missing payloads has no room.
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

	/// Stores the progress, if it differs from what is on disk.
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

/// Adds the payload of an envelope to the list of missing ones, if this node should store it and does not.
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
