//! The genesis block, built only where the database has none.

use crate::service::{Backend, HostFunctions};
use sc_chain_spec::{BuildGenesisBlock, ChainSpec, GenesisBlockBuilder};
use sc_executor::WasmExecutor;
use std::sync::Arc;
use syndic_primitives::block::Block;

/// Builds the genesis block when it is asked to. [`GenesisBlockBuilder`] does most of it when it is made, which takes a
/// compiled runtime: time that a validator which restarts has better use for.
pub struct LazyGenesis<'a> {
	pub spec: &'a dyn ChainSpec,
	/// Whether its state is written, too. Not where a warp sync brings a later one.
	pub commit_state: bool,
	pub backend: Arc<Backend>,
	pub executor: WasmExecutor<HostFunctions>,
}

impl BuildGenesisBlock<Block> for LazyGenesis<'_> {
	type BlockImportOperation = <Backend as sc_client_api::Backend<Block>>::BlockImportOperation;

	fn build_genesis_block(self) -> sp_blockchain::Result<(Block, Self::BlockImportOperation)> {
		GenesisBlockBuilder::new(self.spec.as_storage_builder(), self.commit_state, self.backend, self.executor)?
			.build_genesis_block()
	}
}
