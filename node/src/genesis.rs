//! The genesis block, built only if the database has none.

use crate::{chain_spec::genesis_storage, host::HostFunctions, service::Backend};
use sc_chain_spec::{BuildGenesisBlock, ChainSpec, GenesisBlockBuilder};
use sc_executor::WasmExecutor;
use std::sync::Arc;
use syndic_primitives::block::Block;

/// Builds the genesis block only when it is asked for. The SDK would build it whenever it prepares a client, and
/// compile the runtime for that, which delays the restart of a validator.
pub struct LazyGenesis<'a> {
	pub spec: &'a dyn ChainSpec,
	/// Whether its state is written as well; not with a warp sync, which brings a later state.
	pub commit_state: bool,
	pub backend: Arc<Backend>,
	pub executor: WasmExecutor<HostFunctions>,
}

impl BuildGenesisBlock<Block> for LazyGenesis<'_> {
	type BlockImportOperation = <Backend as sc_client_api::Backend<Block>>::BlockImportOperation;

	fn build_genesis_block(self) -> sp_blockchain::Result<(Block, Self::BlockImportOperation)> {
		let storage = genesis_storage(self.spec).map_err(sp_blockchain::Error::Storage)?;
		GenesisBlockBuilder::new_with_storage(storage, self.commit_state, self.backend, self.executor)?
			.build_genesis_block()
	}
}
