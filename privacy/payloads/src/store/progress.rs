//! The worker's progress through the envelopes, on disk.
//!
//! A missing or damaged file costs time only: the worker then looks through all envelopes again. Stored payloads and
//! records of purged ones are not affected.

use super::{
	disk::{read_bounded, write_whole},
	StoreError,
};
use codec::{Decode, DecodeAll, Encode};
use sp_crypto_hashing::blake2_256;
use std::path::Path;
use syndic_primitives::{peer::InstitutionId, BlockHash};

/// The name of the file.
pub(super) const FILE: &str = "cursor";
/// Maximum size of the file, in bytes.
const MAX_BYTES: usize = 128 * 1024;
/// The version of the file's format that is written and read.
const VERSION: u32 = 1;

/// The worker's progress.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Progress {
	/// The institution that this node belonged to.
	pub institution: Option<InstitutionId>,
	/// The number of the next envelope to look at.
	pub cursor: u64,
	/// The first envelope below the cursor to look at again, because the list of missing payloads had no room.
	pub behind: Option<u64>,
	/// The numbers of the envelopes whose payloads are missing, ascending.
	pub missing: Vec<u64>,
}

#[derive(Encode, Decode)]
struct Stored {
	version: u32,
	genesis: BlockHash,
	progress: Progress,
}

impl Progress {
	/// Reads the progress from a directory; the default if there is no file. If the file is unusable, the result is the
	/// default together with the reason.
	pub fn read(dir: &Path, genesis: BlockHash) -> Result<(Self, Option<&'static str>), StoreError> {
		let Some(bytes) = read_bounded(&dir.join(FILE), MAX_BYTES)? else { return Ok(Default::default()) };
		Ok(match Self::decode_file(&bytes, genesis) {
			Ok(progress) => (progress, None),
			Err(reason) => (Self::default(), Some(reason)),
		})
	}

	/// Decodes a file's bytes, which may be arbitrary: the progress on this chain, or what is wrong with the bytes.
	pub fn decode_file(bytes: &[u8], genesis: BlockHash) -> Result<Self, &'static str> {
		let (hash, body) = bytes.split_at_checked(32).ok_or("it is too short")?;
		if bytes.len() > MAX_BYTES || hash != blake2_256(body) {
			return Err("it is damaged");
		}
		let stored = Stored::decode_all(&mut &*body).map_err(|_| "it is of another format")?;
		if stored.version != VERSION {
			return Err("it is of another version");
		}
		if stored.genesis != genesis {
			return Err("it is of another chain");
		}
		Ok(stored.progress)
	}

	/// The bytes of the file.
	pub fn encode_file(&self, genesis: BlockHash) -> Vec<u8> {
		let body = Stored { version: VERSION, genesis, progress: self.clone() }.encode();
		[&blake2_256(&body)[..], &body].concat()
	}

	/// Writes the file, durably.
	pub fn write(&self, dir: &Path, genesis: BlockHash) -> Result<(), StoreError> {
		write_whole(dir, FILE, &[&self.encode_file(genesis)])
	}
}
