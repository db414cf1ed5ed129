//! The data behind answers about built-in contracts: the runtime's registry, and the state with proofs of it.

use crate::chain::{ChainError, ChainView, DatabaseView};
use codec::Encode;
use sc_client_api::{Backend, BlockBackend, HeaderBackend, ProofProvider, StorageKey, StorageProvider};
use sp_api::ProvideRuntimeApi;
use syndic_primitives::{
	block::Block,
	builtin::{Address, BuiltinApi, ContractInfo, ReadError},
	BlockHash, Height,
};

/// The contracts of a runtime, and which of them are suspended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registry {
	/// Every contract, by ascending address.
	pub contracts: Vec<ContractInfo>,
	/// The suspended contracts, and the block that suspended each.
	pub suspended: Vec<(Address, Height)>,
}

/// The part of a chain that requests about contracts need. `hash` is always a known block.
pub trait ContractView: ChainView {
	/// The registry after a block.
	fn registry(&self, height: Height, hash: BlockHash) -> Result<Registry, ChainError>;
	/// The storage key of an item, according to the runtime of the block.
	fn storage_key(
		&self,
		height: Height,
		hash: BlockHash,
		address: Address,
		item: &str,
		keys: &[Vec<u8>],
	) -> Result<Result<Vec<u8>, ReadError>, ChainError>;
	/// The value at a storage key after a block; `None` if there is none.
	fn value(&self, height: Height, hash: BlockHash, key: &[u8]) -> Result<Option<Vec<u8>>, ChainError>;
	/// The nodes of the state's trie that prove the values at these keys, each node once.
	fn proof(&self, height: Height, hash: BlockHash, keys: &[&[u8]]) -> Result<Vec<Vec<u8>>, ChainError>;
	/// The block's header, in SCALE.
	fn header(&self, hash: BlockHash) -> Result<Option<Vec<u8>>, ChainError>;
}

impl<C, B> DatabaseView<C, B>
where
	B: Backend<Block> + 'static,
{
	fn with_state(&self, height: Height, hash: BlockHash) -> Result<&C, ChainError> {
		if !self.backend.have_state_at(hash, height.get()) {
			return Err(ChainError::Pruned { height, hash });
		}
		Ok(&self.client)
	}
}

impl<C, B> ContractView for DatabaseView<C, B>
where
	B: Backend<Block> + 'static,
	C: HeaderBackend<Block>
		+ BlockBackend<Block>
		+ StorageProvider<Block, B>
		+ ProofProvider<Block>
		+ ProvideRuntimeApi<Block, Api: BuiltinApi<Block>>
		+ 'static,
{
	fn registry(&self, height: Height, hash: BlockHash) -> Result<Registry, ChainError> {
		let client = self.with_state(height, hash)?;
		let api = client.runtime_api();
		let runtime = |error: sp_api::ApiError| ChainError::Runtime { height, hash, reason: error.to_string() };
		Ok(Registry {
			contracts: api.contracts(hash).map_err(runtime)?,
			suspended: api.suspended(hash).map_err(runtime)?,
		})
	}

	fn storage_key(
		&self,
		height: Height,
		hash: BlockHash,
		address: Address,
		item: &str,
		keys: &[Vec<u8>],
	) -> Result<Result<Vec<u8>, ReadError>, ChainError> {
		let api = self.with_state(height, hash)?.runtime_api();
		api.storage_key(hash, address, item.into(), keys.to_vec()).map_err(|error| ChainError::Runtime {
			height,
			hash,
			reason: error.to_string(),
		})
	}

	fn value(&self, height: Height, hash: BlockHash, key: &[u8]) -> Result<Option<Vec<u8>>, ChainError> {
		let value = self.with_state(height, hash)?.storage(hash, &StorageKey(key.to_vec()))?;
		Ok(value.map(|value| value.0))
	}

	fn proof(&self, height: Height, hash: BlockHash, keys: &[&[u8]]) -> Result<Vec<Vec<u8>>, ChainError> {
		let proof = self.with_state(height, hash)?.read_proof(hash, &mut keys.iter().copied())?;
		Ok(proof.into_iter_nodes().collect())
	}

	fn header(&self, hash: BlockHash) -> Result<Option<Vec<u8>>, ChainError> {
		Ok(self.client.header(hash)?.map(|header| header.encode()))
	}
}
