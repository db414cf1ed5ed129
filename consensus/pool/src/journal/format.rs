//! Bytes of a segment: its header, the same header again, then frames. All integers are little-endian.
//!
//! ```text
//! header   magic 8 | version 4 | salt 4 | genesis 32 | number of the segment 8 | number of its first frame 8
//!          | crc of these 4
//! frame    magic 4 | number of the frame 8 | kind 1 | payload length 4 | crc of the payload 4 | crc of these 4 | payload
//! kind 1   an accepted transaction: sequence number 8 | hash 32 | encoded transaction
//! kind 2   transactions that have left the pool: their sequence numbers, 8 each
//! ```
//!
//! - A damaged header loses nothing, because there are two copies.
//! - Frames are numbered through all segments, so a gap tells how many are missing.
//! - The checksums of frames start from the segment's random salt, so that nobody can place bytes that look like a frame
//!   in a transaction.

use syndic_primitives::BlockHash;

/// The version that is written and read.
pub(super) const VERSION: u32 = 1;
/// Maximum length of a transaction in bytes: no block has room for a longer one.
pub const MAX_TRANSACTION_BYTES: usize = 5 * 1024 * 1024 + 64 * 1024;
/// Bytes of the two headers at the beginning of a segment.
pub(super) const HEADERS_BYTES: usize = 2 * HEADER_BYTES;
/// Bytes that the frame of a transaction has besides the transaction itself.
pub(super) const ENTRY_OVERHEAD_BYTES: usize = FRAME_HEADER_BYTES + ENTRY_PREFIX_BYTES;
/// Maximum number of sequence numbers in one frame of kind 2.
pub(super) const MAX_REMOVALS_PER_FRAME: usize = 1 << 16;
/// Numbers from here on are damage. The bound leaves room to count on from any number that was read.
pub(super) const MAX_NUMBER: u64 = 1 << 62;

const SEGMENT_MAGIC: &[u8; 8] = b"SYNDTXJ\n";
const FRAME_MAGIC: &[u8; 4] = b"\xf7TXJ";
const HEADER_BYTES: usize = 8 + 4 + 4 + 32 + 8 + 8 + 4;
const FRAME_HEADER_BYTES: usize = 4 + 8 + 1 + 4 + 4 + 4;
const ENTRY_PREFIX_BYTES: usize = 8 + 32;
const MAX_PAYLOAD_BYTES: usize = ENTRY_PREFIX_BYTES + MAX_TRANSACTION_BYTES;
const ACCEPTED: u8 = 1;
const REMOVED: u8 = 2;

/// A segment's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
	pub salt: u32,
	pub genesis: BlockHash,
	pub segment: u64,
	pub first_frame: u64,
}

/// Why bytes are not a header of this format.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BadHeader {
	Damaged,
	Version(u32),
}

impl Header {
	/// Both copies of the header.
	pub fn encode(&self) -> Vec<u8> {
		let mut bytes = Vec::with_capacity(HEADERS_BYTES);
		bytes.extend_from_slice(SEGMENT_MAGIC);
		bytes.extend_from_slice(&VERSION.to_le_bytes());
		bytes.extend_from_slice(&self.salt.to_le_bytes());
		bytes.extend_from_slice(self.genesis.as_bytes());
		bytes.extend_from_slice(&self.segment.to_le_bytes());
		bytes.extend_from_slice(&self.first_frame.to_le_bytes());
		bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
		bytes.extend_from_within(..);
		bytes
	}

	/// The first copy that is intact.
	pub fn decode(bytes: &[u8]) -> Result<Self, BadHeader> {
		let one = |bytes: &[u8]| {
			if bytes.get(..8) != Some(SEGMENT_MAGIC) {
				return Err(BadHeader::Damaged);
			}
			let body = bytes.get(..HEADER_BYTES - 4).ok_or(BadHeader::Damaged)?;
			let intact = u32_at(bytes, HEADER_BYTES - 4) == Some(crc32fast::hash(body));
			match u32_at(body, 8) {
				Some(VERSION) if intact => Ok(Self {
					salt: u32_at(body, 12).ok_or(BadHeader::Damaged)?,
					genesis: BlockHash::from_slice(&body[16..48]),
					segment: number_at(body, 48).ok_or(BadHeader::Damaged)?,
					first_frame: number_at(body, 56).ok_or(BadHeader::Damaged)?,
				}),
				Some(VERSION) | None => Err(BadHeader::Damaged),
				// Another version may have another length and checksum.
				Some(other) => Err(BadHeader::Version(other)),
			}
		};
		let first = one(bytes);
		match first {
			Ok(header) => Ok(header),
			Err(bad) => one(bytes.get(HEADER_BYTES..).unwrap_or_default()).map_err(|_| bad),
		}
	}
}

/// The content of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content<'a> {
	Accepted(Accepted<'a>),
	Removed(Vec<u64>),
}

/// An accepted transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Accepted<'a> {
	/// Its sequence number: how many transactions this journal had taken before it.
	pub sequence: u64,
	pub hash: BlockHash,
	pub bytes: &'a [u8],
}

impl Accepted<'_> {
	/// Bytes of its frame.
	pub fn size(&self) -> usize {
		ENTRY_OVERHEAD_BYTES + self.bytes.len()
	}
}

/// Appends the frame of a transaction to `to`.
pub(super) fn encode_accepted(to: &mut Vec<u8>, number: u64, salt: u32, entry: &Accepted<'_>) {
	encode_frame(to, number, salt, ACCEPTED, |to| {
		to.extend_from_slice(&entry.sequence.to_le_bytes());
		to.extend_from_slice(entry.hash.as_bytes());
		to.extend_from_slice(entry.bytes);
	});
}

/// Appends a frame that lists transactions which have left, at most [`MAX_REMOVALS_PER_FRAME`].
pub(super) fn encode_removed(to: &mut Vec<u8>, number: u64, salt: u32, sequences: &[u64]) {
	encode_frame(to, number, salt, REMOVED, |to| {
		sequences.iter().for_each(|sequence| to.extend_from_slice(&sequence.to_le_bytes()));
	});
}

/// Bytes of the frames for `count` removals.
pub(super) fn removed_size(count: usize) -> usize {
	count * 8 + count.div_ceil(MAX_REMOVALS_PER_FRAME) * FRAME_HEADER_BYTES
}

fn encode_frame(to: &mut Vec<u8>, number: u64, salt: u32, kind: u8, payload: impl FnOnce(&mut Vec<u8>)) {
	let start = to.len();
	to.resize(start + FRAME_HEADER_BYTES, 0);
	payload(to);
	let (head, payload) = to[start..].split_at_mut(FRAME_HEADER_BYTES);
	let length = payload.len() as u32;
	head[..4].copy_from_slice(FRAME_MAGIC);
	head[4..12].copy_from_slice(&number.to_le_bytes());
	head[12] = kind;
	head[13..17].copy_from_slice(&length.to_le_bytes());
	head[17..21].copy_from_slice(&salted_crc(salt, payload).to_le_bytes());
	let crc = salted_crc(salt, &head[..21]);
	head[21..].copy_from_slice(&crc.to_le_bytes());
}

#[derive(Clone, Copy, Debug)]
struct FrameHeader {
	number: u64,
	kind: u8,
	length: usize,
	payload_crc: u32,
}

impl FrameHeader {
	fn decode(bytes: &[u8], salt: u32) -> Option<Self> {
		if bytes.get(..4)? != FRAME_MAGIC || u32_at(bytes, 21)? != salted_crc(salt, bytes.get(..21)?) {
			return None;
		}
		let length = u32_at(bytes, 13)? as usize;
		let number = number_at(bytes, 4)?;
		(length <= MAX_PAYLOAD_BYTES).then_some(Self {
			number,
			kind: bytes[12],
			length,
			payload_crc: u32_at(bytes, 17)?,
		})
	}

	fn content<'a>(&self, payload: &'a [u8], salt: u32) -> Option<Content<'a>> {
		if salted_crc(salt, payload) != self.payload_crc {
			return None;
		}
		match self.kind {
			ACCEPTED => Some(Content::Accepted(Accepted {
				sequence: number_at(payload, 0)?,
				hash: BlockHash::from_slice(payload.get(8..ENTRY_PREFIX_BYTES)?),
				bytes: payload.get(ENTRY_PREFIX_BYTES..)?,
			})),
			REMOVED if payload.len().is_multiple_of(8) => {
				let sequences = (0..payload.len() / 8).map(|n| number_at(payload, n * 8));
				Some(Content::Removed(sequences.collect::<Option<_>>()?))
			}
			_ => None,
		}
	}
}

/// The frames that could be read of a segment.
#[derive(Debug)]
pub(super) struct Scan<'a> {
	/// The contents of its intact frames, in order.
	pub contents: Vec<Content<'a>>,
	/// How many transactions are missing between or after these, estimated from the numbers of frames.
	pub missing: u64,
	/// Whether frames are missing that a crash does not explain.
	pub damaged: bool,
	/// The offset at which the last intact frame ends.
	pub end: usize,
	/// The number of the frame after the last intact one.
	pub next_frame: u64,
}

/// Reads the frames of a segment, and goes on behind damaged ones. `following` is the number of the first frame of the
/// next segment, if there is one. A frame of this segment with that number or a greater one comes from a write that
/// failed, and that was then repeated or refused.
pub(super) fn scan<'a>(bytes: &'a [u8], header: &Header, following: Option<u64>) -> Scan<'a> {
	let salt = header.salt;
	let mut scan = Scan {
		contents: Vec::new(),
		missing: 0,
		damaged: false,
		end: HEADERS_BYTES.min(bytes.len()),
		next_frame: header.first_frame,
	};
	// Damaged frames after the last intact one: how many are known to hold removals only, and the greatest number seen.
	let (mut removals, mut greatest) = (0, None);
	let mut at = HEADERS_BYTES;
	while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
		let Some(found) = FrameHeader::decode(rest, salt).filter(|found| found.number >= scan.next_frame) else {
			match rest[1..].iter().position(|byte| *byte == FRAME_MAGIC[0]) {
				Some(skip) => at += 1 + skip,
				None => break,
			}
			continue;
		};
		let payload = rest.get(FRAME_HEADER_BYTES..FRAME_HEADER_BYTES + found.length);
		let superseded = following.is_some_and(|first| found.number >= first);
		match payload.and_then(|payload| found.content(payload, salt)) {
			Some(_) if superseded => {}
			Some(content) => {
				let gap = found.number - scan.next_frame;
				scan.damaged |= gap > 0;
				scan.missing = scan.missing.saturating_add(gap.saturating_sub(removals));
				(removals, greatest) = (0, None);
				scan.contents.push(content);
				scan.next_frame = found.number + 1;
				scan.end = at + FRAME_HEADER_BYTES + found.length;
			}
			None if superseded => {}
			None => {
				removals += u64::from(found.kind == REMOVED);
				greatest = greatest.max(Some(found.number));
			}
		}
		// The header's checksum covers the length, so the next frame follows there, unless bytes are missing.
		at += if payload.is_some() { FRAME_HEADER_BYTES + found.length } else { 1 };
	}
	let gap = match following {
		Some(first) => {
			let gap = first.saturating_sub(scan.next_frame);
			scan.damaged |= gap > 0;
			gap
		}
		// Without a frame number, the rest counts as one frame.
		None if scan.end < bytes.len() => greatest.map_or(1, |number: u64| number + 1 - scan.next_frame),
		None => 0,
	};
	scan.missing = scan.missing.saturating_add(gap.saturating_sub(removals));
	scan
}

fn salted_crc(salt: u32, bytes: &[u8]) -> u32 {
	let mut hasher = crc32fast::Hasher::new_with_initial(salt);
	hasher.update(bytes);
	hasher.finalize()
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
	Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// A number below [`MAX_NUMBER`].
fn number_at(bytes: &[u8], at: usize) -> Option<u64> {
	let number = u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?);
	(number < MAX_NUMBER).then_some(number)
}
