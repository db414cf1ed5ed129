//! Records of purged payloads, so that they are neither fetched nor stored again.
//!
//! The file consists of records, each with a checksum; a purge appends one. The last [`MAX_PURGED`] are remembered. A
//! crash can tear the last record only. This record, and every other that is damaged, is left out when the file is
//! read.

use super::{
	disk::{append, read_bounded, write_whole},
	StoreError,
};
use sp_core::H256;
use std::{
	collections::{HashMap, VecDeque},
	path::{Path, PathBuf},
};
use syndic_primitives::{BlockHash, Height};

/// Maximum number of purged payloads that are remembered.
pub const MAX_PURGED: usize = 65_536;
/// The name of the file.
pub(super) const FILE: &str = "purged";
/// The first bytes of the file, before the genesis hash.
const MAGIC: &[u8; 12] = b"SYNDPRG\n\x01\0\0\0";
const PREFIX: usize = MAGIC.len() + 32;
const RECORD: usize = 32 + 4 + 1 + 4;

/// Why a payload was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
	/// The payload's retention was over.
	Retention,
	/// The operator purged the payload.
	Operator,
}

impl Cause {
	/// The name of the cause, for metrics and answers.
	pub fn name(&self) -> &'static str {
		match self {
			Self::Retention => "retention",
			Self::Operator => "operator",
		}
	}
}

/// Why and when a payload was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purged {
	/// The last final height when the payload was removed.
	pub height: Height,
	/// The cause of the removal.
	pub cause: Cause,
}

/// The records of the purged payloads.
pub(super) struct Tombstones {
	dir: PathBuf,
	genesis: BlockHash,
	known: HashMap<H256, Purged>,
	order: VecDeque<H256>,
	/// Number of records in the file.
	written: usize,
	bound: usize,
}

impl Tombstones {
	/// Reads the file, or creates it. The second value says what was wrong with the file: it is not of this chain, and
	/// its contents are dropped, or several records are damaged. The file is written anew in each case.
	pub fn open(dir: &Path, genesis: BlockHash, bound: usize) -> Result<(Self, Option<String>), StoreError> {
		let mut stones =
			Self { dir: dir.to_path_buf(), genesis, known: HashMap::new(), order: VecDeque::new(), written: 0, bound };
		let longest = PREFIX + (2 * bound + 1) * RECORD;
		let (records, damaged) = match read_bounded(&dir.join(FILE), longest)? {
			None => (Vec::new(), None),
			Some(bytes) => match bytes.strip_prefix(&stones.prefix()[..]) {
				Some(records) => (records.to_vec(), None),
				None => (Vec::new(), Some("not the list of purged payloads of this chain".to_string())),
			},
		};
		let mut damaged_records = 0;
		for record in records.chunks(RECORD) {
			match decode(record) {
				Some((commitment, purged)) => stones.remember(commitment, purged),
				None => damaged_records += 1,
			}
		}
		// Records appended behind a torn one would be misaligned, so the file is written anew.
		stones.rewrite()?;
		let few = (damaged_records > 1).then(|| format!("{damaged_records} records are damaged and were left out"));
		Ok((stones, damaged.or(few)))
	}

	fn prefix(&self) -> Vec<u8> {
		[&MAGIC[..], self.genesis.as_bytes()].concat()
	}

	fn remember(&mut self, commitment: H256, purged: Purged) {
		if self.known.insert(commitment, purged).is_none() {
			self.order.push_back(commitment);
		}
		while self.order.len() > self.bound {
			self.order.pop_front().and_then(|oldest| self.known.remove(&oldest));
		}
	}

	fn rewrite(&mut self) -> Result<(), StoreError> {
		let mut bytes = self.prefix();
		for commitment in &self.order {
			if let Some(purged) = self.known.get(commitment) {
				bytes.extend(encode(commitment, purged));
			}
		}
		write_whole(&self.dir, FILE, &[&bytes])?;
		self.written = self.order.len();
		Ok(())
	}

	/// Adds a record. It is durable when this returns.
	pub fn add(&mut self, commitment: H256, purged: Purged) -> Result<(), StoreError> {
		append(&self.dir.join(FILE), &encode(&commitment, &purged))?;
		self.written += 1;
		self.remember(commitment, purged);
		if self.written >= 2 * self.bound {
			self.rewrite()?;
		}
		Ok(())
	}

	pub fn get(&self, commitment: &H256) -> Option<Purged> {
		self.known.get(commitment).copied()
	}

	#[cfg(test)]
	pub fn len(&self) -> usize {
		self.order.len()
	}
}

fn encode(commitment: &H256, purged: &Purged) -> Vec<u8> {
	let mut bytes = Vec::with_capacity(RECORD);
	bytes.extend_from_slice(commitment.as_bytes());
	bytes.extend_from_slice(&purged.height.get().to_le_bytes());
	bytes.push(match purged.cause {
		Cause::Retention => 0,
		Cause::Operator => 1,
	});
	bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
	bytes
}

fn decode(record: &[u8]) -> Option<(H256, Purged)> {
	let (body, crc) = (record.get(..RECORD - 4)?, record.get(RECORD - 4..RECORD)?);
	if crc != crc32fast::hash(body).to_le_bytes() {
		return None;
	}
	let cause = match body[36] {
		0 => Cause::Retention,
		1 => Cause::Operator,
		_ => return None,
	};
	let height = Height(u32::from_le_bytes(body[32..36].try_into().ok()?));
	Some((H256::from_slice(&body[..32]), Purged { height, cause }))
}
