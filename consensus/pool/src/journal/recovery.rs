//! Reads a journal: which transactions are alive, and which files are damaged.

use super::{
	disk::Disk,
	error::{Damage, JournalError},
	files::{self, SetAside},
	format::{scan, Accepted, BadHeader, Content, Header, Scan, HEADERS_BYTES, VERSION},
	state::Alive,
	writer::Sealed,
	Recovered,
};
use std::collections::{BTreeMap, HashMap, VecDeque};
use syndic_primitives::BlockHash;

/// Maximum number of bytes that are read of a segment. No segment is longer.
pub(super) const MAX_SEGMENT_BYTES: u64 = 8 * 1024 * 1024;

/// The contents of a journal.
#[derive(Debug, Default)]
pub(super) struct Contents {
	pub recovered: Recovered,
	pub alive: HashMap<BlockHash, Alive>,
	/// Segments that can be read, oldest first.
	pub segments: VecDeque<Sealed>,
	/// Whether some of these are damaged, or segments between them are missing.
	pub damaged: bool,
	pub next_segment: u64,
	pub next_frame: u64,
	pub next_sequence: u64,
}

/// A file with the name of a segment.
enum Found {
	Segment(Header),
	/// The file cannot be read. It is taken for a part of this journal.
	Hole {
		/// Whether it is long enough to hold a frame.
		held_frames: bool,
	},
}

impl Found {
	fn header(&self) -> Option<&Header> {
		match self {
			Self::Segment(header) => Some(header),
			Self::Hole { .. } => None,
		}
	}
}

/// Reads the journal on `disk`. Unreadable files are set aside; an incomplete write at the end is cut off.
pub(super) fn recover(disk: &dyn Disk, genesis: BlockHash) -> Result<Contents, JournalError> {
	let listing = files::list(disk)?;
	let mut contents = Contents { next_segment: listing.next, ..Contents::default() };
	let mut found = Vec::new();
	for number in listing.segments {
		found.extend(contents.examine(disk, number, genesis).map(|file| (number, file)));
	}
	let mut replay = Replay::default();
	for (at, (number, file)) in found.iter().enumerate() {
		let following = found[at + 1..].iter().find_map(|(_, file)| file.header());
		match file {
			Found::Segment(header) => contents.read(disk, *number, header, following, &mut replay),
			Found::Hole { held_frames } => {
				contents.damaged = true;
				// Between two readable segments, the numbers of their frames tell how many transactions are missing.
				let first = found[..at].iter().all(|(_, file)| file.header().is_none());
				if *held_frames && (first || following.is_none()) {
					contents.recovered.unreadable += 1;
				}
			}
		}
	}
	contents.next_sequence = replay.next_sequence;
	for (sequence, (hash, bytes, segment)) in replay.entries {
		let size = Accepted { sequence, hash, bytes: &bytes }.size() as u64;
		contents.alive.insert(hash, Alive { sequence, size, segment: Some(segment) });
		contents.recovered.transactions.push((hash, bytes));
	}
	Ok(contents)
}

impl Contents {
	/// Reads the header of a file. `None` if it belongs to another chain.
	fn examine(&mut self, disk: &dyn Disk, number: u64, genesis: BlockHash) -> Option<Found> {
		let name = files::segment(number);
		let path = disk.dir().join(&name);
		let bytes = match disk.read(&name, HEADERS_BYTES as u64 + 1) {
			Ok(bytes) => bytes,
			Err(source) => {
				self.set_aside(disk, number, SetAside::Damaged, Damage::Io { path, source });
				return Some(Found::Hole { held_frames: true });
			}
		};
		let held_frames = bytes.len() > HEADERS_BYTES;
		match Header::decode(&bytes) {
			Ok(header) if header.genesis != genesis => {
				let transactions = count(disk, &name, &header);
				let damage = Damage::OtherChain { path, found: header.genesis, expected: genesis, transactions };
				self.set_aside(disk, number, SetAside::OtherChain, damage);
				return None;
			}
			Ok(header) if header.segment == number => return Some(Found::Segment(header)),
			Err(BadHeader::Version(found)) => self.set_aside(
				disk,
				number,
				SetAside::OtherVersion,
				Damage::Version { path, found, supported: VERSION },
			),
			Ok(_) | Err(BadHeader::Damaged) => {
				self.set_aside(disk, number, SetAside::Damaged, Damage::NotAJournal { path })
			}
		}
		Some(Found::Hole { held_frames })
	}

	fn set_aside(&mut self, disk: &dyn Disk, number: u64, why: SetAside, damage: Damage) {
		self.recovered.damage.push(damage);
		if let Err(error) = files::set_aside(disk, number, why) {
			// The next start finds the file again.
			log::warn!(target: crate::LOG, "Setting aside {}: {error}", files::segment(number));
		}
	}

	fn read(&mut self, disk: &dyn Disk, number: u64, header: &Header, following: Option<&Header>, replay: &mut Replay) {
		let name = files::segment(number);
		let path = disk.dir().join(&name);
		let bytes = match disk.read(&name, MAX_SEGMENT_BYTES) {
			Ok(bytes) => bytes,
			Err(source) => {
				self.set_aside(disk, number, SetAside::Damaged, Damage::Io { path, source });
				self.recovered.unreadable += 1;
				self.damaged = true;
				return;
			}
		};
		let Scan { contents: frames, missing, mut damaged, end, next_frame } =
			scan(&bytes, header, following.map(|header| header.first_frame));
		self.next_frame = next_frame;
		self.recovered.unreadable = self.recovered.unreadable.saturating_add(missing);
		if damaged {
			self.recovered.damage.push(Damage::Unreadable { path, transactions: missing });
		} else if following.is_none() {
			if end < bytes.len() {
				self.recovered.damage.push(Damage::Torn { path, bytes: (bytes.len() - end) as u64 });
			}
			// Cutting also syncs: the bytes that were read may be in memory only, if the process ended between write
			// and sync. If they cannot be synced here, they are written again.
			damaged = disk.cut(&name, end as u64).is_err();
		} else if end < bytes.len() {
			// The rest of a failed write. If it stays, the frame numbers keep it from being read.
			let _ = disk.cut(&name, end as u64);
		}
		self.damaged |= damaged;
		let holds_frames = !frames.is_empty();
		frames.into_iter().for_each(|content| replay.take(content, number));
		// Each start begins a segment. A segment without frames is of no use.
		if holds_frames || damaged || disk.remove(&name).is_err() {
			self.segments.push_back(Sealed { number, length: bytes.len() as u64, damaged });
		}
	}
}

/// How many transactions a file of another chain holds that had not left, among those that can be read.
fn count(disk: &dyn Disk, name: &str, header: &Header) -> u64 {
	let Ok(bytes) = disk.read(name, MAX_SEGMENT_BYTES) else { return 0 };
	let mut replay = Replay::default();
	scan(&bytes, header, None).contents.into_iter().for_each(|content| replay.take(content, header.segment));
	replay.entries.len() as u64
}

/// The transactions that are alive after the frames read so far.
#[derive(Debug, Default)]
struct Replay {
	/// By sequence number: the hash, the encoded transaction, and the number of its segment.
	entries: BTreeMap<u64, (BlockHash, Vec<u8>, u64)>,
	sequences: HashMap<BlockHash, u64>,
	next_sequence: u64,
}

impl Replay {
	fn take(&mut self, content: Content<'_>, segment: u64) {
		match content {
			Content::Accepted(Accepted { sequence, hash, bytes }) => {
				self.next_sequence = self.next_sequence.max(sequence + 1);
				match self.sequences.get(&hash) {
					// The note of its removal is lost, and the transaction came in again later.
					Some(&older) if older < sequence => self.remove(older),
					Some(&newer) if newer > sequence => return,
					_ => {}
				}
				self.remove(sequence);
				self.sequences.insert(hash, sequence);
				self.entries.insert(sequence, (hash, bytes.to_vec(), segment));
			}
			Content::Removed(sequences) => sequences.into_iter().for_each(|sequence| self.remove(sequence)),
		}
	}

	fn remove(&mut self, sequence: u64) {
		if let Some((hash, ..)) = self.entries.remove(&sequence) {
			self.sequences.remove(&hash);
		}
	}
}
