//! Reads rows and proofs from a node's database.

use crate::{
	events::EventError,
	extract::{self, ProvenBlock},
	facts::{FactError, Facts, KeysRead},
	proof::BlockProof,
	rows::Row,
};
use sp_core::Bytes;
use syndic_light::BlockAnswer;
use syndic_primitives::{Certificate, Height, ValidatorSet};
use syndic_rpc::{blocks, params::BlockRef, ChainError, ContractView, Error as ChainQuestionError};

/// Why a node cannot give the rows of a block.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
	/// The block, its certificate or its state is not in the database.
	#[error(transparent)]
	Chain(#[from] ChainQuestionError),
	/// No rows can be computed from the block's state.
	#[error("block {height}: {error}")]
	Facts {
		/// The block's height.
		height: Height,
		/// What is wrong with the state.
		error: FactError,
	},
	/// An event of the block cannot be written as JSON.
	#[error("block {height}: {error}")]
	Event {
		/// The block's height.
		height: Height,
		/// What is wrong with the event.
		error: EventError,
	},
}

impl From<ChainError> for SourceError {
	fn from(error: ChainError) -> Self {
		Self::Chain(error.into())
	}
}

/// Why a value cannot be read. The error does not name the block, which the caller knows.
enum ReadError {
	Chain(ChainError),
	Facts(FactError),
}

impl From<FactError> for ReadError {
	fn from(error: FactError) -> Self {
		Self::Facts(error)
	}
}

/// A final block's rows, and the keys of its state from which they are computed.
pub struct Found {
	/// The block.
	pub block: ProvenBlock,
	/// The block's rows.
	pub rows: Vec<Row>,
	keys: KeysRead,
	certificate: Vec<u8>,
}

/// Computes the rows of a final block.
pub fn find(chain: &impl ContractView, height: Height) -> Result<Found, SourceError> {
	let at = blocks::final_block(chain, "block", BlockRef::Height(height))?;
	let BlockAnswer { height, hash } = at;
	let bytes = blocks::certificate(chain, at)?;
	let certificate = Certificate::from_bytes(&bytes).map_err(|error| {
		ChainQuestionError::Database(format!("the certificate of block {height} {hash:?}: {error}"))
	})?;
	let set = deciding_set(chain, at, &certificate)?;
	let keys = KeysRead::default();
	let facts = Facts::read(|key| {
		keys.note(key);
		chain.value(height, hash, key).map_err(ReadError::Chain)
	});
	let facts = facts.map_err(|error| match error {
		ReadError::Chain(error) => error.into(),
		ReadError::Facts(error) => SourceError::Facts { height, error },
	})?;
	let block = ProvenBlock { height, hash, certificate, set, facts };
	let rows = extract::rows(&block).map_err(|error| SourceError::Event { height, error })?;
	Ok(Found { block, rows, keys, certificate: bytes })
}

/// Makes the proof of a block's rows.
pub fn prove(chain: &impl ContractView, found: Found) -> Result<(Vec<Row>, BlockProof), SourceError> {
	let Found { block: ProvenBlock { height, hash, .. }, rows, keys, certificate } = found;
	let header = chain.header(hash)?.ok_or(ChainQuestionError::UnknownBlock { field: "block", hash })?;
	let keys = keys.into_keys();
	let keys: Vec<&[u8]> = keys.iter().map(|key| &key[..]).collect();
	let proof = chain.proof(height, hash, &keys)?.into_iter().map(Bytes).collect();
	Ok((rows, BlockProof { height, hash, header: Bytes(header), certificate: Bytes(certificate), proof }))
}

/// The set that decided a block: the set in the state of its parent or, after a recovery order, the set that the block
/// itself puts in force.
fn deciding_set(
	chain: &impl ContractView,
	at: BlockAnswer,
	certificate: &Certificate,
) -> Result<ValidatorSet, SourceError> {
	let BlockAnswer { height, hash } = at;
	let below = height.previous();
	let parent = chain.hash_at(below)?.ok_or(ChainQuestionError::UnknownBlock { field: "block", hash })?;
	for (height, hash) in [(below, parent), (height, hash)] {
		let set = chain.consensus_state(height, hash)?.set;
		if set.id() == certificate.set_id() {
			return Ok(set);
		}
	}
	let set = certificate.set_id();
	Err(ChainQuestionError::Database(format!(
		"the certificate of block {height} {hash:?} is of set {set}, which is in no state around it"
	))
	.into())
}
