//! Payloads on disk: one file for each, named by its commitment.
//!
//! A file has a short header and the ciphertext as it came. It is written under a temporary name, synced, renamed, and the
//! directory synced; so after a crash it is there as a whole or not at all. What a crash leaves of a temporary file is removed
//! at the next start. A file that is not what was written, or that is none of ours, is set aside in `set-aside/`, told of, and
//! never served; nothing there counts, and nobody but the operator removes it.
//!
//! Headers are checked when the store is opened, contents whenever they are read, and all of them once after the start, in
//! small steps.
//!
//! The store is bounded in number and bytes. When it is full it refuses: nothing that may still be needed is dropped.

mod disk;
mod error;
mod format;
mod open;
mod progress;
mod purged;
#[cfg(test)]
mod tests;

pub use error::StoreError;
pub use open::{Opened, SetAside};
pub use purged::{Cause, Purged, MAX_PURGED};

pub(crate) use progress::Progress;

use crate::{ciphertext_hash, MAX_CIPHERTEXT, MIN_CIPHERTEXT};
use disk::{read_bounded, remove, write_whole};
use format::{name_of, Header, HEADER_BYTES};
use purged::Tombstones;
use sp_core::H256;
use std::{
	collections::{BTreeSet, HashMap, VecDeque},
	path::{Path, PathBuf},
};
use syndic_primitives::{privacy::EnvelopeInfo, BlockHash, Height};

/// How many submitted payloads may wait for their envelopes.
pub const MAX_SUBMITTED: usize = 1024;

/// For how many blocks a submitted payload waits for its envelope to become final.
pub const SUBMITTED_BLOCKS: u32 = 7200;

/// The most payloads of a store, whatever their size.
pub const MAX_PAYLOADS: usize = 262_144;

/// Where what is damaged or foreign goes.
const SET_ASIDE: &str = "set-aside";

/// How much a store may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
	/// Bytes of files.
	pub bytes: u64,
	/// Payloads.
	pub payloads: usize,
	/// Payloads that wait for their envelopes.
	pub submitted: usize,
}

impl Limits {
	/// So many MiB, and the usual numbers.
	pub fn mib(mib: u32) -> Self {
		Self { bytes: u64::from(mib) << 20, payloads: MAX_PAYLOADS, submitted: MAX_SUBMITTED }
	}
}

/// Where a stored payload stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
	/// It was submitted here, and its envelope was not final.
	Submitted {
		/// The last final height when it came.
		since: Height,
	},
	/// Its envelope is final.
	Final {
		/// The envelope's number.
		number: u64,
		/// The envelope's block.
		sent_at: Height,
	},
}

/// What is stored, without the ciphertext.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
	/// The ciphertext's hash.
	pub hash: H256,
	/// Its length.
	pub length: u32,
	/// Where it stands.
	pub state: State,
}

impl Entry {
	/// How many bytes its file has.
	fn bytes(&self) -> u64 {
		file_bytes(self.length)
	}
}

/// How many bytes the file of a ciphertext has.
fn file_bytes(length: u32) -> u64 {
	HEADER_BYTES as u64 + u64::from(length)
}

/// The store of one node.
pub struct Store {
	dir: PathBuf,
	genesis: BlockHash,
	limits: Limits,
	entries: HashMap<H256, Entry>,
	/// Payloads of final envelopes, by the envelope's block.
	by_age: BTreeSet<(Height, H256)>,
	/// Submitted ones, by when they came.
	waiting: BTreeSet<(Height, H256)>,
	bytes: u64,
	purged: Tombstones,
	/// Whose contents have not been looked at since the start.
	unchecked: VecDeque<H256>,
}

impl Store {
	/// Where it is.
	pub fn dir(&self) -> &Path {
		&self.dir
	}

	/// How much it may hold.
	pub fn limits(&self) -> Limits {
		self.limits
	}

	/// How many payloads it holds.
	pub fn len(&self) -> usize {
		self.entries.len()
	}

	/// Whether it holds none.
	pub fn is_empty(&self) -> bool {
		self.entries.is_empty()
	}

	/// How many of them wait for their envelopes.
	pub fn submitted(&self) -> usize {
		self.waiting.len()
	}

	/// How many bytes its files have.
	pub fn bytes(&self) -> u64 {
		self.bytes
	}

	/// What is stored of an envelope's payload.
	pub fn entry(&self, commitment: &H256) -> Option<Entry> {
		self.entries.get(commitment).copied()
	}

	/// When and why a payload was purged, if that is remembered.
	pub fn purged(&self, commitment: &H256) -> Option<Purged> {
		self.purged.get(commitment)
	}

	/// Stores a payload whose envelope is still to be sent. The same one again changes nothing.
	pub fn submit(&mut self, commitment: H256, ciphertext: &[u8], now: Height) -> Result<Entry, StoreError> {
		if self.waiting.len() >= self.limits.submitted && !self.entries.contains_key(&commitment) {
			return Err(StoreError::TooManySubmitted { held: self.waiting.len(), bound: self.limits.submitted });
		}
		self.put(commitment, ciphertext, State::Submitted { since: now })
	}

	/// Stores the payload of a final envelope. The caller has checked that it is the one.
	pub fn store(&mut self, envelope: &EnvelopeInfo, ciphertext: &[u8]) -> Result<Entry, StoreError> {
		self.put(envelope.commitment, ciphertext, final_state(envelope))
	}

	fn put(&mut self, commitment: H256, ciphertext: &[u8], state: State) -> Result<Entry, StoreError> {
		let found = ciphertext.len();
		if !(MIN_CIPHERTEXT..=MAX_CIPHERTEXT).contains(&found) {
			return Err(StoreError::Length { found, least: MIN_CIPHERTEXT, bound: MAX_CIPHERTEXT });
		}
		if self.purged(&commitment).is_some() {
			return Err(StoreError::Purged { commitment });
		}
		let entry = Entry { hash: ciphertext_hash(ciphertext), length: found as u32, state };
		if let Some(held) = self.entry(&commitment) {
			let newly_final = matches!((held.state, state), (State::Submitted { .. }, State::Final { .. }));
			match held.hash == entry.hash {
				true if newly_final => {}
				true => return Ok(held),
				false => return Err(StoreError::Other { commitment, held: held.hash }),
			}
		} else {
			self.check_room_for([entry.length])?;
		}
		self.write(commitment, entry, ciphertext)?;
		Ok(entry)
	}

	/// Whether there is room for more payloads of these lengths.
	pub fn check_room_for(&self, lengths: impl IntoIterator<Item = u32>) -> Result<(), StoreError> {
		let (mut payloads, mut bytes) = (0, 0);
		for length in lengths {
			payloads += 1;
			bytes += file_bytes(length);
		}
		let (held, more, bound) = (self.bytes, bytes, self.limits.bytes);
		if self.entries.len() + payloads > self.limits.payloads {
			return Err(StoreError::TooMany { held: self.entries.len(), bound: self.limits.payloads });
		}
		match held.saturating_add(more) > bound {
			true => Err(StoreError::Full { held, more, bound }),
			false => Ok(()),
		}
	}

	fn write(&mut self, commitment: H256, entry: Entry, ciphertext: &[u8]) -> Result<(), StoreError> {
		let header = Header { genesis: self.genesis, commitment, entry };
		write_whole(&self.dir, &name_of(&commitment), &[&header.encode(), ciphertext])?;
		self.note(commitment, entry);
		Ok(())
	}

	fn note(&mut self, commitment: H256, entry: Entry) {
		self.forget(&commitment);
		self.bytes += entry.bytes();
		match entry.state {
			State::Submitted { since } => self.waiting.insert((since, commitment)),
			State::Final { sent_at, .. } => self.by_age.insert((sent_at, commitment)),
		};
		self.entries.insert(commitment, entry);
	}

	fn forget(&mut self, commitment: &H256) {
		if let Some(entry) = self.entries.remove(commitment) {
			self.bytes = self.bytes.saturating_sub(entry.bytes());
			match entry.state {
				State::Submitted { since } => self.waiting.remove(&(since, *commitment)),
				State::Final { sent_at, .. } => self.by_age.remove(&(sent_at, *commitment)),
			};
		}
	}

	/// The envelope of a submitted payload has become final. Nothing happens if none was submitted.
	pub fn confirm(&mut self, envelope: &EnvelopeInfo) -> Result<(), StoreError> {
		match self.entry(&envelope.commitment) {
			Some(Entry { state: State::Submitted { .. }, .. }) => {}
			_ => return Ok(()),
		}
		match self.read(&envelope.commitment)? {
			Some(ciphertext) => self.put(envelope.commitment, &ciphertext, final_state(envelope)).map(drop),
			None => Ok(()),
		}
	}

	/// The ciphertext, checked; nothing if it is not here. What is damaged is set aside.
	pub fn read(&mut self, commitment: &H256) -> Result<Option<Vec<u8>>, StoreError> {
		let Some(entry) = self.entry(commitment) else { return Ok(None) };
		match read_checked(&self.dir, self.genesis, commitment, &entry)? {
			Ok(ciphertext) => Ok(Some(ciphertext)),
			Err(reason) => {
				self.set_aside(commitment)?;
				Err(StoreError::Damaged { commitment: *commitment, reason })
			}
		}
	}

	fn set_aside(&mut self, commitment: &H256) -> Result<(), StoreError> {
		self.forget(commitment);
		open::set_aside(&self.dir, &name_of(commitment))
	}

	/// Looks at the contents of some files that were not looked at since the start. Returns what is wrong with those that are
	/// damaged; they are set aside.
	pub fn check_some(&mut self, bytes: u64) -> Vec<StoreError> {
		let (mut left, mut damaged) = (bytes, Vec::new());
		while left > 0 {
			let Some(commitment) = self.unchecked.pop_front() else { break };
			let length = self.entry(&commitment).map_or(0, |entry| entry.bytes());
			left = left.saturating_sub(length);
			if let Err(error) = self.read(&commitment) {
				damaged.push(error);
			}
		}
		damaged
	}

	/// Removes a payload and remembers that, so that it is not fetched again; also one that is not here. Returns whether it was.
	pub fn purge(&mut self, commitment: &H256, cause: Cause, now: Height) -> Result<bool, StoreError> {
		// In this order: whoever is purged stays purged, whenever the machine stops.
		if self.purged(commitment).is_none() {
			self.purged.add(*commitment, Purged { height: now, cause })?;
		}
		let was_here = self.entries.contains_key(commitment);
		if was_here {
			remove(&self.dir, &name_of(commitment))?;
			self.forget(commitment);
		}
		Ok(was_here)
	}

	/// Removes a submitted payload, which may be submitted again.
	pub fn discard(&mut self, commitment: &H256) -> Result<(), StoreError> {
		if matches!(self.entry(commitment), Some(Entry { state: State::Submitted { .. }, .. })) {
			remove(&self.dir, &name_of(commitment))?;
			self.forget(commitment);
		}
		Ok(())
	}

	/// The oldest payloads whose envelopes are older than so many blocks, at most so many.
	pub fn expired(&self, retention: u32, now: Height, most: usize) -> Vec<H256> {
		let old = |sent_at: &Height| is_expired(*sent_at, retention, now);
		self.by_age.iter().take_while(|(sent_at, _)| old(sent_at)).take(most).map(|(_, one)| *one).collect()
	}

	/// The submitted payloads that have waited too long for their envelopes, at most so many.
	pub fn overdue(&self, now: Height, most: usize) -> Vec<H256> {
		let old = |since: &Height| is_expired(*since, SUBMITTED_BLOCKS, now);
		self.waiting.iter().take_while(|(since, _)| old(since)).take(most).map(|(_, one)| *one).collect()
	}
}

/// Whether what began at a height has outlived so many blocks.
pub(crate) fn is_expired(since: Height, blocks: u32, now: Height) -> bool {
	now.get().saturating_sub(since.get()) > blocks
}

fn final_state(envelope: &EnvelopeInfo) -> State {
	State::Final { number: envelope.number, sent_at: envelope.sent_at }
}

/// A file's ciphertext, or what is wrong with the file.
fn read_checked(
	dir: &Path,
	genesis: BlockHash,
	commitment: &H256,
	entry: &Entry,
) -> Result<Result<Vec<u8>, String>, StoreError> {
	let Some(mut bytes) = read_bounded(&dir.join(name_of(commitment)), HEADER_BYTES + MAX_CIPHERTEXT)? else {
		return Ok(Err("it is not there any more".into()));
	};
	let header = match Header::decode(&bytes) {
		Ok(header) => header,
		Err(reason) => return Ok(Err(reason)),
	};
	if header != (Header { genesis, commitment: *commitment, entry: *entry }) {
		return Ok(Err("its header has changed".into()));
	}
	let ciphertext = bytes.split_off(HEADER_BYTES);
	Ok(match ciphertext.len() == entry.length as usize && ciphertext_hash(&ciphertext) == entry.hash {
		true => Ok(ciphertext),
		false => Err(format!("its content of {} bytes does not have the hash {:?}", ciphertext.len(), entry.hash)),
	})
}
