//! Attestations on disk, so that a level outlives the process that has seen it reached.
//!
//! Attestations are stored beside the blocks in the database, for the last [`RETENTION`] blocks. They are written every
//! two seconds and not synced: a crash loses at most a few seconds of them, and other nodes are asked for what is
//! missing.

use super::{book::Record, RETENTION};
use codec::{Decode, DecodeAll, Encode};
use sc_client_api::AuxStore;
use std::{sync::Arc, time::Duration};
use syndic_primitives::{AssuranceLevel, BlockAttestations, BlockHash, Height};

/// Prefix of the database keys.
const PREFIX: &[u8] = b"syndic/assurance/";
/// Key of the lowest height that may be stored.
const LOWEST: &[u8] = b"syndic/assurance-lowest";
/// Maximum number of records that are deleted in one write.
const MAX_PRUNED: u32 = 4 * RETENTION;

/// A block's record in its stored form. Another form gets another index.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
enum Stored {
	#[codec(index = 1)]
	V1 {
		attestations: BlockAttestations,
		/// The levels, each with the ms after finality at which it was reached.
		reached: Vec<(AssuranceLevel, Option<u32>)>,
	},
}

/// What is stored of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
	/// The attestations; each was verified before it was stored.
	pub attestations: BlockAttestations,
	/// The levels that were reached, each with the time since finality, if that is known.
	pub reached: Vec<(AssuranceLevel, Option<Duration>)>,
}

impl From<&Record> for Recorded {
	fn from(record: &Record) -> Self {
		Self { attestations: record.attestations(), reached: record.reached.clone() }
	}
}

fn key(height: Height) -> Vec<u8> {
	[PREFIX, &height.get().to_be_bytes()].concat()
}

/// The part of the database that holds attestations.
pub(super) struct Store<S> {
	database: Arc<S>,
	/// The lowest height that may be stored, once it has been read.
	lowest: Option<Height>,
}

impl<S: AuxStore> Store<S> {
	pub fn new(database: Arc<S>) -> Self {
		Self { database, lowest: None }
	}

	/// Writes records, and deletes those that are too old.
	pub fn write<'r>(
		&mut self,
		records: impl IntoIterator<Item = &'r Record>,
		finalised: Height,
	) -> Result<(), sp_blockchain::Error> {
		let insert: Vec<(Vec<u8>, Vec<u8>)> = records
			.into_iter()
			.map(|record| {
				let millis = |after: &Duration| u32::try_from(after.as_millis()).unwrap_or(u32::MAX);
				let reached =
					record.reached.iter().map(|(level, after)| (*level, after.as_ref().map(millis))).collect();
				let stored = Stored::V1 { attestations: record.attestations(), reached };
				(key(record.block.height), stored.encode())
			})
			.collect();
		let first = insert.first().and_then(|(key, _)| height_of(key));
		let known = match self.lowest {
			Some(lowest) => lowest,
			None => self.stored_lowest()?.or(first).unwrap_or(finalised),
		};
		let kept_from = Height(finalised.get().saturating_sub(RETENTION - 1));
		let lowest = known.max(Height(kept_from.get().min(known.get().saturating_add(MAX_PRUNED))));
		let delete: Vec<Vec<u8>> = (known.get()..lowest.get()).map(|height| key(Height(height))).collect();
		let marker = lowest.encode();
		let mut insert: Vec<(&[u8], &[u8])> = insert.iter().map(|(key, value)| (&key[..], &value[..])).collect();
		insert.push((LOWEST, &marker));
		let delete: Vec<&[u8]> = delete.iter().map(|key| &key[..]).collect();
		self.database.insert_aux(&insert, &delete)?;
		self.lowest = Some(lowest);
		Ok(())
	}

	fn stored_lowest(&self) -> Result<Option<Height>, sp_blockchain::Error> {
		let stored = self.database.get_aux(LOWEST)?;
		Ok(stored.and_then(|bytes| Height::decode_all(&mut &bytes[..]).ok()))
	}

	/// What is stored of a block.
	pub fn read(&self, height: Height, hash: BlockHash) -> Result<Option<Recorded>, sp_blockchain::Error> {
		read(&*self.database, height, hash)
	}
}

/// What a database holds of a block. `None` if it holds another block at that height, or bytes that cannot be decoded.
pub(super) fn read<S: AuxStore>(
	database: &S,
	height: Height,
	hash: BlockHash,
) -> Result<Option<Recorded>, sp_blockchain::Error> {
	let Some(bytes) = database.get_aux(&key(height))? else { return Ok(None) };
	let Ok(Stored::V1 { attestations, reached }) = Stored::decode_all(&mut &bytes[..]) else { return Ok(None) };
	let reached = reached
		.into_iter()
		.map(|(level, after)| (level, after.map(|millis| Duration::from_millis(millis.into()))))
		.collect();
	let is_it = (attestations.block.height, attestations.block.block_hash) == (height, hash);
	Ok(is_it.then_some(Recorded { attestations, reached }))
}

fn height_of(key: &[u8]) -> Option<Height> {
	let bytes = key.strip_prefix(PREFIX)?;
	Some(Height(u32::from_be_bytes(bytes.try_into().ok()?)))
}
