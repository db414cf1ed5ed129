//! The data behind the answers: heads, headers, justifications, and the four storage items that decide the consensus.

use codec::{Decode, DecodeAll};
use sc_client_api::{Backend, BlockBackend, HeaderBackend, StorageKey, StorageProvider};
use std::sync::Arc;
use syndic_primitives::{
	block::Block,
	parameters::{PastChange, ProfileName, ScheduledChange},
	storage_keys::{self, StorageItem},
	BlockHash, Height, Parameters, ScheduledSet, ValidatorId, ValidatorSet, ENGINE_ID,
};

/// Why the chain could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
	/// The state after the block is pruned.
	#[error("the state after block {height} {hash:?} is pruned")]
	Pruned {
		/// The block's height.
		height: Height,
		/// Its hash.
		hash: BlockHash,
	},
	/// A storage item that every state must have is missing, or cannot be decoded.
	#[error("{pallet}::{item} after block {hash:?}: {reason}")]
	BadItem {
		/// The item's pallet.
		pallet: &'static str,
		/// Its name.
		item: &'static str,
		/// The block.
		hash: BlockHash,
		/// The reason.
		reason: String,
	},
	/// The runtime of a block does not answer, for instance because it is older than the API.
	#[error("the runtime of block {height} {hash:?} does not answer: {reason}")]
	Runtime {
		/// The block's height.
		height: Height,
		/// Its hash.
		hash: BlockHash,
		/// The runtime's error.
		reason: String,
	},
	/// The database failed.
	#[error("reading the database failed: {0}")]
	Database(String),
}

impl From<sp_blockchain::Error> for ChainError {
	fn from(error: sp_blockchain::Error) -> Self {
		Self::Database(error.to_string())
	}
}

/// The state after a block, as it concerns the consensus of the heights above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsensusState {
	/// The set of the next height.
	pub set: ValidatorSet,
	/// The scheduled set's members, and the height from which it decides.
	pub scheduled_set: Option<(Height, Vec<ValidatorId>)>,
	/// The parameters of the next height.
	pub parameters: Parameters,
	/// Scheduled parameters, ascending by height.
	pub scheduled_parameters: Vec<(Height, Parameters)>,
}

/// The record of how the parameters in the state after a block came about. It is empty in a state of an older runtime.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParameterRecord {
	/// The profile in force.
	pub profile: Option<ProfileName>,
	/// The content and cause of each scheduled change.
	pub scheduled: Vec<ScheduledChange>,
	/// The last changes, ascending by height.
	pub history: Vec<PastChange>,
}

/// The part of a chain that requests about the consensus need.
pub trait ChainView: Send + Sync + 'static {
	/// The last final block.
	fn finalised(&self) -> (Height, BlockHash);
	/// The height of a block, if it is known.
	fn height_of(&self, hash: BlockHash) -> Result<Option<Height>, ChainError>;
	/// The block of the best chain at a height, if there is one.
	fn hash_at(&self, height: Height) -> Result<Option<BlockHash>, ChainError>;
	/// The certificate stored with a block.
	fn certificate(&self, hash: BlockHash) -> Result<Option<Vec<u8>>, ChainError>;
	/// Whether this node has the block's body.
	fn has_body(&self, hash: BlockHash) -> Result<bool, ChainError>;
	/// The consensus state after a known block.
	fn consensus_state(&self, height: Height, hash: BlockHash) -> Result<ConsensusState, ChainError>;
	/// The record of parameter changes after a block whose state this node has.
	fn parameter_record(&self, _hash: BlockHash) -> Result<ParameterRecord, ChainError> {
		Ok(ParameterRecord::default())
	}
}

/// The chain in a node's database. It reads the same storage items as the engine, and not the runtime API, so that the
/// answers are what the engine uses.
pub struct DatabaseView<C, B> {
	pub(crate) client: Arc<C>,
	pub(crate) backend: Arc<B>,
}

impl<C, B> Clone for DatabaseView<C, B> {
	fn clone(&self) -> Self {
		Self { client: self.client.clone(), backend: self.backend.clone() }
	}
}

impl<C, B> DatabaseView<C, B> {
	/// A view through the node's client and backend.
	pub fn new(client: Arc<C>, backend: Arc<B>) -> Self {
		Self { client, backend }
	}
}

impl<C, B> DatabaseView<C, B>
where
	B: Backend<Block>,
	C: StorageProvider<Block, B>,
{
	fn item<T: Decode>(&self, hash: BlockHash, item: StorageItem) -> Result<Option<T>, ChainError> {
		self.item_with(hash, item, |mut bytes| T::decode_all(&mut bytes))
	}

	fn item_with<T>(
		&self,
		hash: BlockHash,
		item: StorageItem,
		decode: fn(&[u8]) -> Result<T, codec::Error>,
	) -> Result<Option<T>, ChainError> {
		let Some(value) = self.client.storage(hash, &StorageKey(item.key().to_vec()))? else { return Ok(None) };
		decode(&value.0).map(Some).map_err(|error| bad_item(hash, item, format!("not decodable: {error}")))
	}

	fn required<T: Decode>(&self, hash: BlockHash, item: StorageItem) -> Result<T, ChainError> {
		self.item(hash, item)?.ok_or_else(|| bad_item(hash, item, "not there".into()))
	}
}

fn bad_item(hash: BlockHash, StorageItem { pallet, item }: StorageItem, reason: String) -> ChainError {
	ChainError::BadItem { pallet, item, hash, reason }
}

impl<C, B> ChainView for DatabaseView<C, B>
where
	B: Backend<Block> + 'static,
	C: HeaderBackend<Block> + BlockBackend<Block> + StorageProvider<Block, B> + 'static,
{
	fn finalised(&self) -> (Height, BlockHash) {
		let info = self.client.info();
		(Height(info.finalized_number), info.finalized_hash)
	}

	fn height_of(&self, hash: BlockHash) -> Result<Option<Height>, ChainError> {
		Ok(self.client.number(hash)?.map(Height))
	}

	fn hash_at(&self, height: Height) -> Result<Option<BlockHash>, ChainError> {
		Ok(self.client.hash(height.get())?)
	}

	fn certificate(&self, hash: BlockHash) -> Result<Option<Vec<u8>>, ChainError> {
		Ok(self.client.justifications(hash)?.and_then(|all| all.into_justification(ENGINE_ID)))
	}

	fn has_body(&self, hash: BlockHash) -> Result<bool, ChainError> {
		Ok(self.client.block_body(hash)?.is_some())
	}

	fn consensus_state(&self, height: Height, hash: BlockHash) -> Result<ConsensusState, ChainError> {
		if !self.backend.have_state_at(hash, height.get()) {
			return Err(ChainError::Pruned { height, hash });
		}
		Ok(ConsensusState {
			set: self.required(hash, storage_keys::VALIDATOR_SET)?,
			scheduled_set: self
				.item(hash, storage_keys::SCHEDULED_SET)?
				.map(|ScheduledSet { since, members, .. }| (since, members)),
			parameters: self
				.item_with(hash, storage_keys::PARAMETERS, Parameters::decode_stored)?
				.ok_or_else(|| bad_item(hash, storage_keys::PARAMETERS, "not there".into()))?,
			scheduled_parameters: self
				.item_with(hash, storage_keys::SCHEDULED_PARAMETERS, Parameters::decode_schedule)?
				.unwrap_or_default(),
		})
	}

	fn parameter_record(&self, hash: BlockHash) -> Result<ParameterRecord, ChainError> {
		Ok(ParameterRecord {
			profile: self.item(hash, storage_keys::CURRENT_PROFILE)?,
			scheduled: self.item(hash, storage_keys::SCHEDULED_CHANGES)?.unwrap_or_default(),
			history: self.item(hash, storage_keys::PARAMETERS_HISTORY)?.unwrap_or_default(),
		})
	}
}
