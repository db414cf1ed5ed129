//! The format of a payload's file: a header, then the ciphertext. All integers are little-endian.
//!
//! ```text
//! header   magic 8 | version 4 | genesis 32 | commitment 32 | ciphertext's hash 32 | state 1 | envelope's number 8
//!          | height 4 | ciphertext's length 4 | crc of these 4
//! ```
//!
//! State 0 is a payload that was submitted here before its envelope was final. Its number is 0, and its height is the
//! last final one when it was submitted. State 1 is the payload of a final envelope; its height is that of the
//! envelope's block.

use super::{Entry, State};
use crate::MAX_CIPHERTEXT;
use sp_core::H256;
use syndic_primitives::{BlockHash, Height};

/// The version of the format that is written and read.
pub(super) const VERSION: u32 = 1;
/// The first bytes of each file.
const MAGIC: &[u8; 8] = b"SYNDPAY\n";
/// Length of the header, in bytes.
pub(super) const HEADER_BYTES: usize = 8 + 4 + 3 * 32 + 1 + 8 + 4 + 4 + 4;

/// A file's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
	pub genesis: BlockHash,
	pub commitment: H256,
	pub entry: Entry,
}

impl Header {
	pub fn encode(&self) -> Vec<u8> {
		let (state, number, height) = match self.entry.state {
			State::Submitted { since } => (0, 0, since),
			State::Final { number, sent_at } => (1, number, sent_at),
		};
		let mut bytes = Vec::with_capacity(HEADER_BYTES);
		bytes.extend_from_slice(MAGIC);
		bytes.extend_from_slice(&VERSION.to_le_bytes());
		bytes.extend_from_slice(self.genesis.as_bytes());
		bytes.extend_from_slice(self.commitment.as_bytes());
		bytes.extend_from_slice(self.entry.hash.as_bytes());
		bytes.push(state);
		bytes.extend_from_slice(&number.to_le_bytes());
		bytes.extend_from_slice(&height.get().to_le_bytes());
		bytes.extend_from_slice(&self.entry.length.to_le_bytes());
		bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
		bytes
	}

	/// Decodes the header at the beginning of a file; the error says what is wrong with it.
	pub fn decode(bytes: &[u8]) -> Result<Self, String> {
		if bytes.get(..8) != Some(MAGIC) {
			return Err("not a payload's file".into());
		}
		let version = u32_at(bytes, 8).ok_or("shorter than its header")?;
		if version != VERSION {
			return Err(format!("format version {version}, this program reads version {VERSION}"));
		}
		let body = bytes.get(..HEADER_BYTES - 4).ok_or("shorter than its header")?;
		if u32_at(bytes, HEADER_BYTES - 4) != Some(crc32fast::hash(body)) {
			return Err("its header is damaged".into());
		}
		let hash_at = |at: usize| H256::from_slice(&body[at..at + 32]);
		let number = u64_at(body, 109).ok_or("shorter than its header")?;
		let height = Height(u32_at(body, 117).ok_or("shorter than its header")?);
		let length = u32_at(body, 121).ok_or("shorter than its header")?;
		let state = match (body[108], number) {
			(0, 0) => State::Submitted { since: height },
			(1, number) => State::Final { number, sent_at: height },
			(other, _) => return Err(format!("state {other} with number {number} is none")),
		};
		if length as usize > MAX_CIPHERTEXT {
			return Err(format!("a ciphertext of {length} bytes, at most {MAX_CIPHERTEXT} are allowed"));
		}
		let entry = Entry { hash: hash_at(76), length, state };
		Ok(Self { genesis: hash_at(12), commitment: hash_at(44), entry })
	}
}

/// The name of a payload's file.
pub(super) fn name_of(commitment: &H256) -> String {
	hex::encode(commitment)
}

/// The commitment that a file's name stands for, if the name is exactly as [`name_of`] writes it.
pub(super) fn commitment_of(name: &str) -> Option<H256> {
	let mut bytes = [0; 32];
	hex::decode_to_slice(name, &mut bytes).ok()?;
	let commitment = H256::from(bytes);
	(name_of(&commitment) == name).then_some(commitment)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
	Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
	Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}
