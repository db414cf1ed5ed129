//! The one thread that writes: group commit, segments, and moving living transactions out of the oldest segment.

use super::{
	disk::{Disk, DiskFile},
	error::{io_error, JournalError},
	files::{self, SetAside},
	format::{
		self, encode_accepted, encode_removed, removed_size, Accepted, Content, Header, HEADERS_BYTES,
		MAX_REMOVALS_PER_FRAME, MAX_TRANSACTION_BYTES,
	},
	recovery::MAX_SEGMENT_BYTES,
	state::{Queued, Shared, Work},
};
use std::{
	collections::VecDeque,
	hash::{BuildHasher, RandomState},
	io,
	sync::Arc,
	time::{Duration, Instant},
};
use syndic_primitives::BlockHash;

/// Maximum length of a segment in bytes, unless its only write is longer.
const SEGMENT_BYTES: u64 = 4 * 1024 * 1024;
/// Maximum number of bytes of transactions in one write. The longest transaction fits.
const MAX_WRITE_BYTES: usize = MAX_TRANSACTION_BYTES + 1024;
/// How many more dead bytes than living ones there may be before the oldest segment is cleaned.
const DEAD_ALLOWANCE_BYTES: u64 = 1024 * 1024;
/// How long removals wait for more removals or transactions before they are written.
const REMOVAL_DELAY: Duration = Duration::from_millis(100);
/// While the disk fails: how long to wait before repeating work that no caller waits for.
const RETRY_DELAY: Duration = Duration::from_secs(5);
/// Maximum number of removals that are written without a sync.
const MAX_UNSYNCED_REMOVALS: usize = 1 << 12;
/// How often reading the oldest segment may fail before the segment is set aside.
const MAX_READ_FAILURES: u32 = 10;
/// A buffer with a greater capacity, in bytes, is released after a write.
const KEPT_BUFFER_BYTES: usize = 256 * 1024;

/// A segment that is no longer written to.
#[derive(Clone, Debug)]
pub(super) struct Sealed {
	pub number: u64,
	pub length: u64,
	/// Whether it is set aside, rather than removed, once it is cleaned.
	pub damaged: bool,
}

/// The segment that is appended to.
struct Current {
	number: u64,
	file: Box<dyn DiskFile>,
	salt: u32,
	length: u64,
	/// The length in bytes that is known to be on the disk.
	synced_length: u64,
	/// The number of the first frame after `synced_length`.
	synced_frame: u64,
}

pub(super) struct Writer {
	pub disk: Box<dyn Disk>,
	pub genesis: BlockHash,
	pub shared: Arc<Shared>,
	/// Oldest first.
	pub sealed: VecDeque<Sealed>,
	pub next_segment: u64,
	pub next_frame: u64,
	current: Option<Current>,
	/// Removals in `current` that may not be on the disk yet.
	unsynced_removals: Vec<u64>,
	buffer: Vec<u8>,
	/// Whether the last write failed.
	failing: bool,
	read_failures: u32,
	/// The oldest segment is not cleaned before this time.
	clean_after: Option<Instant>,
}

impl Writer {
	pub fn new(
		disk: Box<dyn Disk>,
		genesis: BlockHash,
		shared: Arc<Shared>,
		sealed: VecDeque<Sealed>,
		next_segment: u64,
		next_frame: u64,
	) -> Self {
		Self {
			disk,
			genesis,
			shared,
			sealed,
			next_segment,
			next_frame,
			current: None,
			unsynced_removals: Vec::new(),
			buffer: Vec::new(),
			failing: false,
			read_failures: 0,
			clean_after: None,
		}
	}

	/// Begins a segment. If `damage`, moves all living transactions out of the others. A full disk does not keep the
	/// journal from opening: writing works again when there is room.
	pub fn prepare(&mut self, damage: bool) -> Result<(), JournalError> {
		match self.begin_segment() {
			Err(error) if is_full(&error) => self.report(&error),
			other => other?,
		}
		while damage && !self.sealed.is_empty() {
			if let Err(error) = self.clean_oldest() {
				log::warn!(target: crate::LOG, "What is damaged in the transaction journal stays in it: {error}");
				break;
			}
		}
		self.clean();
		self.publish();
		Ok(())
	}

	/// Runs until no handle is left.
	pub fn run(mut self) {
		/// However the thread ends, the callers that wait are answered.
		struct End(Arc<Shared>);
		impl Drop for End {
			fn drop(&mut self) {
				self.0.end();
			}
		}
		let shared = self.shared.clone();
		let _end = End(shared.clone());
		loop {
			let delay = if self.failing { RETRY_DELAY } else { REMOVAL_DELAY };
			let work = shared.next_work(delay, MAX_WRITE_BYTES);
			let last = work.last;
			self.carry_out(work);
			self.publish();
			if last {
				if let Err(error) = self.sync() {
					log::warn!(target: crate::LOG, "Closing the transaction journal: {error}");
				}
				return;
			}
		}
	}

	fn carry_out(&mut self, Work { appends, removals, .. }: Work) {
		if appends.is_empty() && removals.is_empty() {
			return;
		}
		let entries: Vec<Accepted<'_>> = appends.iter().map(Queued::entry).collect();
		match self.write(&entries, &removals) {
			Ok(segment) => {
				drop(entries);
				self.shared.written(appends, segment);
				if std::mem::take(&mut self.failing) {
					log::info!(target: crate::LOG, "The transaction journal can be written again");
				}
				self.clean();
			}
			Err(error) => {
				drop(entries);
				self.shared.refused(appends, &error);
				self.shared.put_back(removals);
				self.report(&error);
			}
		}
	}

	/// Writes all of it to one segment, and syncs if it has transactions. After an error, none of it counts as written.
	fn write(&mut self, entries: &[Accepted<'_>], removals: &[u64]) -> Result<u64, JournalError> {
		let result = self.try_write(entries, removals);
		if result.is_err() {
			self.abandon_segment();
		}
		result
	}

	fn try_write(&mut self, entries: &[Accepted<'_>], removals: &[u64]) -> Result<u64, JournalError> {
		let size = entries.iter().map(Accepted::size).sum::<usize>() + removed_size(removals.len());
		let current = self.segment_for(size as u64)?;
		let (number, salt) = (current.number, current.salt);
		self.buffer.clear();
		for entry in entries {
			encode_accepted(&mut self.buffer, self.next_frame, salt, entry);
			self.next_frame += 1;
		}
		for chunk in removals.chunks(MAX_REMOVALS_PER_FRAME) {
			encode_removed(&mut self.buffer, self.next_frame, salt, chunk);
			self.next_frame += 1;
		}
		let path = self.disk.dir().join(files::segment(number));
		if let Some(current) = &mut self.current {
			current.file.write(&self.buffer).map_err(io_error("write", path))?;
			current.length += self.buffer.len() as u64;
		}
		if self.buffer.capacity() > KEPT_BUFFER_BYTES {
			self.buffer = Vec::new();
		}
		if !entries.is_empty() || self.unsynced_removals.len() + removals.len() > MAX_UNSYNCED_REMOVALS {
			self.sync()?;
		} else {
			self.unsynced_removals.extend_from_slice(removals);
		}
		Ok(number)
	}

	/// Makes the content of the current segment durable.
	fn sync(&mut self) -> Result<(), JournalError> {
		let Some(current) = &mut self.current else { return Ok(()) };
		if current.synced_length < current.length {
			let path = self.disk.dir().join(files::segment(current.number));
			let begun = Instant::now();
			current.file.sync().map_err(io_error("sync", path))?;
			let micros = begun.elapsed().as_micros() as u64;
			self.shared.change_stats(|stats| {
				stats.syncs += 1;
				stats.last_sync_micros = micros;
				stats.sync_micros += micros;
			});
			current.synced_length = current.length;
			current.synced_frame = self.next_frame;
		}
		self.unsynced_removals.clear();
		Ok(())
	}

	/// The current segment, or a new one if it has no room for `size` bytes.
	fn segment_for(&mut self, size: u64) -> Result<&Current, JournalError> {
		let ends = |current: &Current| current.holds_frames() && current.length + size > SEGMENT_BYTES;
		if self.current.as_ref().is_some_and(ends) {
			self.seal()?;
		}
		if self.current.is_none() {
			self.begin_segment()?;
		}
		self.current.as_ref().ok_or(JournalError::Closed)
	}

	/// Ends the current segment. It is synced first, so that at a segment's end only a crash's torn write can be
	/// missing.
	fn seal(&mut self) -> Result<(), JournalError> {
		if let Err(error) = self.sync() {
			self.abandon_segment();
			return Err(error);
		}
		if let Some(Current { number, length, .. }) = self.current.take() {
			self.sealed.push_back(Sealed { number, length, damaged: false });
		}
		Ok(())
	}

	/// Begins a segment. It gets its name only when its header is on the disk.
	fn begin_segment(&mut self) -> Result<(), JournalError> {
		let number = self.next_segment;
		// A number is used once, even if making the file fails.
		self.next_segment += 1;
		let (temporary, name) = (files::unfinished(number), files::segment(number));
		let salt = RandomState::new().hash_one(number) as u32;
		let header = Header { salt, genesis: self.genesis, segment: number, first_frame: self.next_frame };
		let made = || -> io::Result<Box<dyn DiskFile>> {
			let mut file = self.disk.create(&temporary)?;
			file.write(&header.encode())?;
			file.sync()?;
			self.disk.rename(&temporary, &name)?;
			self.disk.sync_dir()?;
			Ok(file)
		};
		match made() {
			Ok(file) => {
				let length = HEADERS_BYTES as u64;
				let synced_frame = self.next_frame;
				self.current = Some(Current { number, file, salt, length, synced_length: length, synced_frame });
				self.shared.change_stats(|stats| stats.syncs += 2);
				Ok(())
			}
			Err(error) => {
				let _ = self.disk.remove(&temporary);
				self.remove_empty(number);
				Err(io_error("create", self.disk.dir().join(name))(error))
			}
		}
	}

	/// After a failed write: cuts the segment back to the length that is known to be on the disk, and ends it. After a
	/// failed sync the system may have dropped unwritten pages, so a later sync of the same file proves nothing.
	fn abandon_segment(&mut self) {
		let Some(Current { number, file, synced_length, synced_frame, .. }) = self.current.take() else { return };
		drop(file);
		self.next_frame = synced_frame;
		self.shared.put_back(self.unsynced_removals.drain(..));
		if synced_length == HEADERS_BYTES as u64 {
			return self.remove_empty(number);
		}
		self.sealed.push_back(Sealed { number, length: synced_length, damaged: false });
		let name = files::segment(number);
		if let Err(error) = self.disk.cut(&name, synced_length) {
			// The next segment's first frame has the number of the failed one, which tells a reader to ignore the
			// failed one.
			log::debug!(target: crate::LOG, "The failed write stays at the end of {name}: {error}");
		}
	}

	/// Removes a segment without frames. If it cannot be removed, cleaning removes it later.
	fn remove_empty(&mut self, number: u64) {
		match self.disk.remove(&files::segment(number)) {
			Err(error) if error.kind() != io::ErrorKind::NotFound => {
				self.sealed.push_back(Sealed { number, length: HEADERS_BYTES as u64, damaged: false });
			}
			_ => {}
		}
	}

	/// Cleans the oldest segment if there are too many dead bytes. Only one is cleaned, because transactions wait
	/// meanwhile; more are cleaned only if one does not suffice to keep up.
	fn clean(&mut self) {
		if self.clean_after.is_some_and(|after| Instant::now() < after) {
			return;
		}
		self.clean_after = None;
		let mut bound = 2 * self.shared.stats().bytes + DEAD_ALLOWANCE_BYTES;
		while self.file_bytes() > bound {
			if let Err(error) = self.clean_oldest() {
				log::warn!(target: crate::LOG, "Cleaning the transaction journal, trying again later: {error}");
				self.clean_after = Some(Instant::now() + RETRY_DELAY);
				return;
			}
			bound = 2 * self.shared.stats().bytes + DEAD_ALLOWANCE_BYTES + SEGMENT_BYTES;
		}
	}

	/// Moves the living transactions of the oldest segment to the end of the journal, and removes the segment.
	fn clean_oldest(&mut self) -> Result<(), JournalError> {
		if self.sealed.is_empty() {
			self.seal()?;
		}
		let Some(Sealed { number, damaged, .. }) = self.sealed.front().cloned() else { return Ok(()) };
		let (name, io) = (files::segment(number), io_error);
		let mut damaged = damaged;
		if !self.shared.alive_in(number).is_empty() {
			match self.disk.read(&name, MAX_SEGMENT_BYTES) {
				Ok(bytes) => self.copy_alive(number, &bytes)?,
				Err(error) if self.may_pass(&error) => return Err(io("read", self.disk.dir().join(name))(error)),
				Err(error) => log::error!(target: crate::LOG, "Reading {name} of the transaction journal: {error}"),
			}
			self.read_failures = 0;
			let lost = self.shared.lost_in(number);
			if lost > 0 {
				damaged = true;
				self.shared.change_stats(|stats| stats.lost += lost);
				log::error!(target: crate::LOG, "{lost} transactions in {name} of the journal cannot be read any more");
			}
		}
		let path = || self.disk.dir().join(&name);
		let done = if damaged {
			files::set_aside(&*self.disk, number, SetAside::Damaged)
		} else {
			// Segments are removed in order on the disk too, so a note of removal outlives the transaction that it
			// removes.
			self.disk.remove(&name).and_then(|()| self.disk.sync_dir())
		};
		match done {
			Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io("remove", path())(error)),
			_ => self.sealed.pop_front(),
		};
		Ok(())
	}

	/// Whether reading may succeed later.
	fn may_pass(&mut self, error: &io::Error) -> bool {
		self.read_failures += 1;
		error.kind() != io::ErrorKind::NotFound && self.read_failures < MAX_READ_FAILURES
	}

	/// Writes again the living transactions of segment `number`, whose content is `bytes`.
	fn copy_alive(&mut self, number: u64, bytes: &[u8]) -> Result<(), JournalError> {
		let mut alive = self.shared.alive_in(number);
		let Ok(header) = Header::decode(bytes) else { return Ok(()) };
		let mut entries = format::scan(bytes, &header, None).contents.into_iter().filter_map(|content| match content {
			Content::Accepted(entry) => alive.remove(&entry.sequence).then_some(entry),
			Content::Removed(_) => None,
		});
		let (mut chunk, mut size) = (Vec::new(), 0);
		loop {
			let next = entries.next();
			let full = next.as_ref().is_some_and(|entry| size + entry.size() > MAX_WRITE_BYTES);
			if (full || next.is_none()) && !chunk.is_empty() {
				let segment = self.write(&chunk, &[])?;
				self.shared.moved(chunk.drain(..).map(|entry: Accepted<'_>| (entry.sequence, entry.hash)), segment);
				size = 0;
			}
			let Some(entry) = next else { return Ok(()) };
			size += entry.size();
			chunk.push(entry);
		}
	}

	fn file_bytes(&self) -> u64 {
		let current = self.current.as_ref().filter(|current| current.holds_frames());
		self.sealed.iter().map(|segment| segment.length).sum::<u64>() + current.map_or(0, |current| current.length)
	}

	fn publish(&self) {
		let bytes = self.file_bytes();
		self.shared.change_stats(|stats| stats.file_bytes = bytes);
	}

	fn report(&mut self, error: &JournalError) {
		self.shared.change_stats(|stats| stats.failures += 1);
		if !std::mem::replace(&mut self.failing, true) {
			log::error!(target: crate::LOG, "Transactions cannot be written to the journal, and are refused: {error}");
		}
	}
}

impl Current {
	fn holds_frames(&self) -> bool {
		self.length > HEADERS_BYTES as u64
	}
}

impl Queued {
	fn entry(&self) -> Accepted<'_> {
		Accepted { sequence: self.sequence, hash: self.hash, bytes: &self.bytes }
	}
}

/// A full disk may have room later; other errors at the start do not go away.
fn is_full(error: &JournalError) -> bool {
	let JournalError::Io { source, .. } = error else { return false };
	matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
