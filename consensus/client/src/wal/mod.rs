//! The write-ahead log: it keeps what a validator must not forget, on the disk before any message tells of it.
//!
//! The log holds the machine's records and the bodies of proposals. The database commits in the background, so after a
//! crash it may lag behind what this validator has told others. The log fills that gap: it keeps the bodies and commit
//! certificates of at least the last [`COMMITS_PER_SEGMENT`] committed heights.
//!
//! A log is a directory of numbered segments, of which the last two are kept. A segment ends after
//! [`COMMITS_PER_SEGMENT`] commits; the next one begins with a snapshot of what still binds the validator. A lock file
//! keeps a second process out.
//!
//! - An append is one frame, one write, one `fdatasync`.
//! - A crash can tear only the last frame of the last segment; it is cut off when the log is opened. No message has
//!   told of its entries, because messages are sent only after the sync.
//! - Damage anywhere else is an error and is never repaired silently.
//! - After a failed write the log refuses every append: what is on the disk is known only after the log has been read
//!   again.

#[cfg(test)]
mod boundaries;
mod error;
mod format;
#[cfg(test)]
mod hostile;
mod retained;
mod segment;
#[cfg(test)]
mod tests;

pub use error::WalError;

use codec::{Decode, Encode};
use retained::Retained;
use segment::Segment;
use std::{
	fs::{self, File, TryLockError},
	path::{Path, PathBuf},
	sync::Arc,
};
use syndic_pbft::Record;
use syndic_primitives::{BlockHash, Height, ValidatorId};

/// Number of commits after which a segment ends.
pub const COMMITS_PER_SEGMENT: usize = 64;

/// The file whose lock says that the log is in use.
pub(crate) const LOCK_FILE: &str = "lock";

/// The chain and the validator to which a log belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
	/// The chain.
	pub genesis: BlockHash,
	/// The consensus key whose votes are in it.
	pub key: ValidatorId,
}

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Entry {
	/// A record that the machine asked to persist.
	#[codec(index = 0)]
	Record(Record),
	/// A proposal's body, so that it survives a crash although the database lags.
	#[codec(index = 1)]
	Block {
		/// Its height.
		height: Height,
		/// Its hash.
		hash: BlockHash,
		/// SCALE encoding of the block.
		bytes: Arc<Vec<u8>>,
	},
}

/// What a log held when it was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
	/// The machine's records, in the order written.
	pub records: Vec<Record>,
	/// Bodies, in the order written.
	pub blocks: Vec<(Height, BlockHash, Arc<Vec<u8>>)>,
	/// Bytes of a torn tail that were cut off.
	pub cut_bytes: u64,
	/// Whether there was no log before.
	pub fresh: bool,
}

/// The log. Its methods block on the disk, so call them only where blocking is allowed.
#[derive(Debug)]
pub struct WriteAheadLog {
	dir: PathBuf,
	identity: Identity,
	current: Segment,
	retained: Retained,
	poisoned: bool,
	/// Held while the log is open.
	_lock: File,
}

impl WriteAheadLog {
	/// Opens the log in `dir`, or creates one. Refuses a log of another chain or key, a log that another process has
	/// open, and a log with damage that no crash explains.
	pub fn open(dir: &Path, identity: Identity) -> Result<(Self, Recovered), WalError> {
		let lock = lock(dir)?;
		let numbers = segment::list(dir)?;
		let mut retained = Retained::default();
		let Some(&last) = numbers.last() else {
			let current = Segment::create(dir, 0, &identity, &[])?;
			let log = Self { dir: dir.to_owned(), identity, current, retained, poisoned: false, _lock: lock };
			return Ok((log, Recovered { fresh: true, ..Recovered::default() }));
		};

		let mut entries = Vec::new();
		// A log that was never rotated has one segment; any other log also has the segment before its last.
		let previous = last.checked_sub(1);
		if let Some(previous) = previous {
			if !numbers.contains(&previous) {
				return Err(WalError::Gap { dir: dir.to_owned(), missing: previous });
			}
			let contents = segment::read(dir, previous, &identity, false)?;
			entries = contents.snapshot;
			entries.extend(contents.entries);
		}
		let mut contents = segment::read(dir, last, &identity, true)?;
		if previous.is_none() {
			// If the segment before is present, the snapshot repeats what that segment holds.
			entries.append(&mut contents.snapshot);
		}
		entries.iter().for_each(|entry| retained.note(entry));
		retained.begin_segment();
		contents.entries.iter().for_each(|entry| retained.note(entry));
		entries.append(&mut contents.entries);

		let mut recovered = Recovered { cut_bytes: contents.torn, ..Recovered::default() };
		for entry in entries {
			match entry {
				Entry::Record(record) => recovered.records.push(record),
				Entry::Block { height, hash, bytes } => recovered.blocks.push((height, hash, bytes)),
			}
		}
		let current = contents.into_segment(dir, last)?;
		let mut log = Self { dir: dir.to_owned(), identity, current, retained, poisoned: false, _lock: lock };
		log.remove_old_segments()?;
		log.rotate_if_full()?;
		Ok((log, recovered))
	}

	/// Writes all of `entries` in one frame; they are durable when this returns. After an error other than
	/// [`WalError::TooLong`] every later call fails: the validator must stop.
	///
	/// A body that is in the log already, and stays there while it is needed, is not written again.
	pub fn append(&mut self, entries: &[Entry]) -> Result<Appended, WalError> {
		if self.poisoned {
			return Err(WalError::Poisoned);
		}
		let new: Vec<&Entry> = entries
			.iter()
			.filter(|entry| !matches!(entry, Entry::Block { hash, .. } if self.retained.holds_block(hash)))
			.collect();
		if new.is_empty() {
			return Ok(Appended { bytes: 0 });
		}
		// What is on the disk is unknown until everything has succeeded.
		self.poisoned = true;
		let bytes = match self.current.append(&new) {
			Err(error @ WalError::TooLong { .. }) => {
				self.poisoned = false;
				return Err(error);
			}
			other => other?,
		};
		new.into_iter().for_each(|entry| self.retained.note(entry));
		self.rotate_if_full()?;
		self.poisoned = false;
		Ok(Appended { bytes })
	}

	fn rotate_if_full(&mut self) -> Result<(), WalError> {
		if self.retained.commits() < COMMITS_PER_SEGMENT {
			return Ok(());
		}
		let snapshot = self.retained.snapshot();
		self.current = Segment::create(&self.dir, self.current.number + 1, &self.identity, &snapshot)?;
		self.retained.begin_segment();
		self.remove_old_segments()
	}

	/// Keeps the current segment and the one before it.
	fn remove_old_segments(&self) -> Result<(), WalError> {
		let old: Vec<u64> = segment::list(&self.dir)?.into_iter().filter(|n| n + 1 < self.current.number).collect();
		for number in &old {
			segment::remove(&segment::path_of(&self.dir, *number))?;
		}
		if old.is_empty() {
			return Ok(());
		}
		segment::sync_dir(&self.dir)
	}
}

/// The result of an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
	/// Bytes written and synced.
	pub bytes: usize,
}

/// Creates `dir` if it does not exist, and takes its lock.
fn lock(dir: &Path) -> Result<File, WalError> {
	let io_error = |action, path: &Path| {
		let path = path.to_owned();
		move |source| WalError::Io { action, path, source }
	};
	if !dir.is_dir() {
		fs::create_dir_all(dir).map_err(io_error("create", dir))?;
		if let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
			segment::sync_dir(parent)?;
		}
	}
	let path = dir.join(LOCK_FILE);
	let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(io_error("open", &path))?;
	match file.try_lock() {
		Ok(()) => Ok(file),
		Err(TryLockError::WouldBlock) => Err(WalError::InUse(dir.to_owned())),
		Err(TryLockError::Error(source)) => Err(WalError::Io { action: "lock", path, source }),
	}
}
