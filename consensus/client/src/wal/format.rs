//! The bytes of a segment: a header, then frames. All integers are little-endian.
//!
//! ```text
//! header   magic 8 | version 4 | salt 4 | genesis 32 | key 32 | number of the segment 8
//!          | frames of its snapshot 4 | crc of these 4
//! frame    magic 4 | number of the frame 8 | payload length 4 | crc of the payload 4 | crc of these 4 | payload
//! payload  SCALE of Vec<Entry>
//! ```
//!
//! One append is one frame, so a crash tears at most one frame, the last one. A frame after a damaged frame therefore
//! proves that the damaged frame was whole once. The checksums of frames start from the segment's random salt, so that
//! nobody can place bytes that look like a frame in a transaction.

use super::{Entry, Identity};
use codec::{DecodeAll, Encode};
use syndic_primitives::{BlockHash, ValidatorId};

/// The version that is written and read.
pub(super) const VERSION: u32 = 2;
/// The first bytes of a segment.
const SEGMENT_MAGIC: &[u8; 8] = b"SYNDWAL\n";
/// The first bytes of a frame.
const FRAME_MAGIC: &[u8; 4] = b"\xf7WAL";
/// Length of a segment's header, in bytes.
pub(super) const HEADER_BYTES: usize = 8 + 4 + 4 + 32 + 32 + 8 + 4 + 4;
/// Length of a frame's header, in bytes.
pub(super) const FRAME_HEADER_BYTES: usize = 4 + 8 + 4 + 4 + 4;
/// Maximum length of a frame's payload, in bytes: two of the largest blocks, and as much again.
pub(super) const MAX_PAYLOAD_BYTES: usize = 48 * 1024 * 1024;

/// A segment's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
	pub salt: u32,
	pub identity: Identity,
	pub segment: u64,
	/// Number of frames at the segment's beginning that repeat what older segments hold.
	pub snapshot_frames: u32,
}

/// Why bytes are not a header of this format.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BadHeader {
	NotALog,
	Version(u32),
	Damaged,
}

impl Header {
	pub fn encode(&self) -> Vec<u8> {
		let mut bytes = Vec::with_capacity(HEADER_BYTES);
		bytes.extend_from_slice(SEGMENT_MAGIC);
		bytes.extend_from_slice(&VERSION.to_le_bytes());
		bytes.extend_from_slice(&self.salt.to_le_bytes());
		bytes.extend_from_slice(self.identity.genesis.as_bytes());
		bytes.extend_from_slice(&self.identity.key.encode());
		bytes.extend_from_slice(&self.segment.to_le_bytes());
		bytes.extend_from_slice(&self.snapshot_frames.to_le_bytes());
		bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
		bytes
	}

	/// The version is checked first, because another version may have another length and checksum.
	pub fn decode(bytes: &[u8]) -> Result<Self, BadHeader> {
		if bytes.get(..8) != Some(SEGMENT_MAGIC) {
			return Err(BadHeader::NotALog);
		}
		let version = u32_at(bytes, 8).ok_or(BadHeader::Damaged)?;
		if version != VERSION {
			return Err(BadHeader::Version(version));
		}
		let body = bytes.get(..HEADER_BYTES - 4).ok_or(BadHeader::Damaged)?;
		if u32_at(bytes, HEADER_BYTES - 4) != Some(crc32fast::hash(body)) {
			return Err(BadHeader::Damaged);
		}
		let salt = u32_at(bytes, 12).ok_or(BadHeader::Damaged)?;
		let genesis = BlockHash::from_slice(&body[16..48]);
		let key = ValidatorId::decode_all(&mut &body[48..80]).map_err(|_| BadHeader::Damaged)?;
		let segment = u64_at(bytes, 80).ok_or(BadHeader::Damaged)?;
		let snapshot_frames = u32_at(bytes, 88).ok_or(BadHeader::Damaged)?;
		Ok(Self { salt, identity: Identity { genesis, key }, segment, snapshot_frames })
	}
}

/// A frame's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameHeader {
	pub number: u64,
	pub length: u32,
	pub payload_crc: u32,
}

impl FrameHeader {
	fn encode(&self, salt: u32) -> [u8; FRAME_HEADER_BYTES] {
		let mut bytes = [0; FRAME_HEADER_BYTES];
		bytes[..4].copy_from_slice(FRAME_MAGIC);
		bytes[4..12].copy_from_slice(&self.number.to_le_bytes());
		bytes[12..16].copy_from_slice(&self.length.to_le_bytes());
		bytes[16..20].copy_from_slice(&self.payload_crc.to_le_bytes());
		let crc = salted_crc(salt, &bytes[..20]);
		bytes[20..].copy_from_slice(&crc.to_le_bytes());
		bytes
	}

	/// `None` for bytes that no append of this segment has written.
	pub fn decode(bytes: &[u8], salt: u32) -> Option<Self> {
		if bytes.get(..4)? != FRAME_MAGIC || u32_at(bytes, 20)? != salted_crc(salt, bytes.get(..20)?) {
			return None;
		}
		let (number, length, payload_crc) = (u64_at(bytes, 4)?, u32_at(bytes, 12)?, u32_at(bytes, 16)?);
		(length as usize <= MAX_PAYLOAD_BYTES).then_some(Self { number, length, payload_crc })
	}

	/// Whether `payload` is the one that this header announces.
	pub fn announces(&self, payload: &[u8], salt: u32) -> bool {
		payload.len() == self.length as usize && salted_crc(salt, payload) == self.payload_crc
	}
}

/// A whole frame. `Err` with the length of a payload that is too long.
pub(super) fn frame(number: u64, entries: &[&Entry], salt: u32) -> Result<Vec<u8>, usize> {
	let mut bytes = vec![0; FRAME_HEADER_BYTES];
	entries.encode_to(&mut bytes);
	let length = bytes.len() - FRAME_HEADER_BYTES;
	if length > MAX_PAYLOAD_BYTES {
		return Err(length);
	}
	let payload_crc = salted_crc(salt, &bytes[FRAME_HEADER_BYTES..]);
	let header = FrameHeader { number, length: length as u32, payload_crc };
	bytes[..FRAME_HEADER_BYTES].copy_from_slice(&header.encode(salt));
	Ok(bytes)
}

/// Where in `bytes` the first header of an intact frame begins.
pub(super) fn find_frame_header(bytes: &[u8], salt: u32) -> Option<usize> {
	(0..bytes.len().saturating_sub(FRAME_HEADER_BYTES - 1))
		.find(|at| bytes[*at] == FRAME_MAGIC[0] && FrameHeader::decode(&bytes[*at..], salt).is_some())
}

fn salted_crc(salt: u32, bytes: &[u8]) -> u32 {
	let mut hasher = crc32fast::Hasher::new_with_initial(salt);
	hasher.update(bytes);
	hasher.finalize()
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
	Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
	Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}
