//! Payloads on disk: one file for each, named by its commitment.
//!
//! A file has a short header and the unchanged ciphertext. It is written under a temporary name, synced, renamed, and
//! the directory is synced; so after a crash the file is there as a whole or not at all. A temporary file that a crash
//! leaves is removed at the next start. A file that is damaged, or was not written by this store, is moved to
//! `set-aside/`, logged, and never served. Files there do not count towards the bounds, and only the operator removes
//! them.
//!
//! Headers are checked when the store is opened. Contents are checked whenever they are read, and all of them once
//! after the start, in small steps.
//!
//! The store is bounded in number and bytes. A full store refuses further payloads; it drops none that may still be
//! needed.

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

/// Maximum number of submitted payloads that wait for their envelopes.
pub const MAX_SUBMITTED: usize = 1024;

/// Number of blocks for which a submitted payload waits for its envelope to become final.
pub const SUBMITTED_BLOCKS: u32 = 7200;

/// Maximum number of payloads of a store, whatever their size.
pub const MAX_PAYLOADS: usize = 262_144;

/// Name of the directory for damaged and foreign files.
const SET_ASIDE: &str = "set-aside";

/// The bounds of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
	/// Maximum size of all files, in bytes.
	pub bytes: u64,
	/// Maximum number of payloads.
	pub payloads: usize,
	/// Maximum number of payloads that wait for their envelopes.
	pub submitted: usize,
}

impl Limits {
	/// Bounds of `mib` MiB, `MAX_PAYLOADS` payloads and `MAX_SUBMITTED` submitted ones.
	pub fn mib(mib: u32) -> Self {
		Self { bytes: u64::from(mib) << 20, payloads: MAX_PAYLOADS, submitted: MAX_SUBMITTED }
	}
}

/// The state of a stored payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
	/// The payload was submitted here before its envelope was final.
	Submitted {
		/// The last final height when the payload was submitted.
		since: Height,
	},
	/// The payload's envelope is final.
	Final {
		/// The envelope's number.
		number: u64,
		/// Height of the envelope's block.
		sent_at: Height,
	},
}

/// A stored payload, without its ciphertext.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
	/// The ciphertext's hash.
	pub hash: H256,
	/// The ciphertext's length, in bytes.
	pub length: u32,
	/// The state of the payload.
	pub state: State,
}

impl Entry {
	/// Size of the payload's file, in bytes.
	fn bytes(&self) -> u64 {
		file_bytes(self.length)
	}
}

/// Size of the file of a ciphertext of this length, in bytes.
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
	/// Submitted payloads, by the last final height when they were submitted.
	waiting: BTreeSet<(Height, H256)>,
	bytes: u64,
	purged: Tombstones,
	/// Commitments of the payloads whose contents have not been checked since the start.
	unchecked: VecDeque<H256>,
}

impl Store {
	/// The directory of the store.
	pub fn dir(&self) -> &Path {
		&self.dir
	}

	/// The bounds of the store.
	pub fn limits(&self) -> Limits {
		self.limits
	}

	/// Number of stored payloads.
	pub fn len(&self) -> usize {
		self.entries.len()
	}

	/// Whether no payload is stored.
	pub fn is_empty(&self) -> bool {
		self.entries.is_empty()
	}

	/// Number of stored payloads that wait for their envelopes.
	pub fn submitted(&self) -> usize {
		self.waiting.len()
	}

	/// Size of all files, in bytes.
	pub fn bytes(&self) -> u64 {
		self.bytes
	}

	/// The stored payload with this commitment.
	pub fn entry(&self, commitment: &H256) -> Option<Entry> {
		self.entries.get(commitment).copied()
	}

	/// When and why a payload was purged, if it was and that is remembered.
	pub fn purged(&self, commitment: &H256) -> Option<Purged> {
		self.purged.get(commitment)
	}

	/// Stores a payload whose envelope is still to be sent. Submitting the same payload again changes nothing.
	pub fn submit(&mut self, commitment: H256, ciphertext: &[u8], now: Height) -> Result<Entry, StoreError> {
		if self.waiting.len() >= self.limits.submitted && !self.entries.contains_key(&commitment) {
			return Err(StoreError::TooManySubmitted { held: self.waiting.len(), bound: self.limits.submitted });
		}
		self.put(commitment, ciphertext, State::Submitted { since: now })
	}

	/// Stores the payload of a final envelope. The caller has checked that the ciphertext is the envelope's.
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

	/// Checks that there is room for further payloads of these ciphertext lengths, in bytes.
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

	/// Notes that the envelope of a submitted payload has become final. Nothing happens if no payload was submitted.
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

	/// Reads a ciphertext and checks it; `None` if it is not stored. A damaged file is set aside, and
	/// [`StoreError::Damaged`] is returned.
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

	/// Checks the contents of about `bytes` bytes of files that were not checked since the start. Returns the errors of
	/// those that are damaged, which are set aside, or unreadable.
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

	/// Removes a payload and remembers that, so that the payload is not fetched again. The payload need not be stored;
	/// the result says whether it was.
	pub fn purge(&mut self, commitment: &H256, cause: Cause, now: Height) -> Result<bool, StoreError> {
		// The record comes before the removal: a payload that is recorded as purged stays purged even after a crash.
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

	/// Removes a submitted payload without a record, so that it may be submitted again.
	pub fn discard(&mut self, commitment: &H256) -> Result<(), StoreError> {
		if matches!(self.entry(commitment), Some(Entry { state: State::Submitted { .. }, .. })) {
			remove(&self.dir, &name_of(commitment))?;
			self.forget(commitment);
		}
		Ok(())
	}

	/// The payloads whose envelopes are more than `retention` blocks old, oldest first, at most `most`.
	pub fn expired(&self, retention: u32, now: Height, most: usize) -> Vec<H256> {
		let old = |sent_at: &Height| is_expired(*sent_at, retention, now);
		self.by_age.iter().take_while(|(sent_at, _)| old(sent_at)).take(most).map(|(_, one)| *one).collect()
	}

	/// The submitted payloads that have waited more than `SUBMITTED_BLOCKS` blocks for their envelopes, at most
	/// `most`.
	pub fn overdue(&self, now: Height, most: usize) -> Vec<H256> {
		let old = |since: &Height| is_expired(*since, SUBMITTED_BLOCKS, now);
		self.waiting.iter().take_while(|(since, _)| old(since)).take(most).map(|(_, one)| *one).collect()
	}
}

/// Whether more than `blocks` blocks have passed since a height.
pub(crate) fn is_expired(since: Height, blocks: u32, now: Height) -> bool {
	now.get().saturating_sub(since.get()) > blocks
}

fn final_state(envelope: &EnvelopeInfo) -> State {
	State::Final { number: envelope.number, sent_at: envelope.sent_at }
}

/// Reads a file's ciphertext. The inner error says what is wrong with the file.
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
