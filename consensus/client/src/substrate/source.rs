//! Answers the requests of other nodes.

use crate::{chain::ChainError, network::BlockSource};
use codec::Encode;
use sc_client_api::BlockBackend;
use sp_blockchain::HeaderBackend;
use std::sync::Arc;
use syndic_primitives::{block::Block, BlockHash, Height, ENGINE_ID};

/// Serves blocks and certificates out of the client's database.
pub struct ChainSource<C>(Arc<C>);

impl<C: BlockBackend<Block> + HeaderBackend<Block> + 'static> ChainSource<C> {
	/// Serves from the database of `client`.
	pub fn new(client: Arc<C>) -> Self {
		Self(client)
	}
}

impl<C: BlockBackend<Block> + HeaderBackend<Block> + 'static> BlockSource for ChainSource<C> {
	fn block(&self, height: Height, hash: BlockHash) -> Option<Arc<Vec<u8>>> {
		let number = self.0.number(hash).ok().flatten()?;
		(number == height.0).then(|| block(&*self.0, hash)).flatten()
	}

	fn certificate(&self, height: Height) -> Option<Vec<u8>> {
		certificate(&*self.0, height).ok().flatten()
	}
}

/// The encoding of a block in the database.
pub(super) fn block<C: BlockBackend<Block>>(client: &C, hash: BlockHash) -> Option<Arc<Vec<u8>>> {
	match client.block(hash) {
		Ok(found) => found.map(|signed| Arc::new(signed.block.encode())),
		Err(error) => {
			log::warn!(target: crate::LOG, "Block {hash} cannot be read: {error}");
			None
		}
	}
}

/// The certificate of the final block at a height.
pub(super) fn certificate<C>(client: &C, height: Height) -> Result<Option<Vec<u8>>, ChainError>
where
	C: BlockBackend<Block> + HeaderBackend<Block>,
{
	if height.0 > client.info().finalized_number {
		return Ok(None);
	}
	let read = ChainError::client("reading a certificate");
	let Some(hash) = client.hash(height.0).map_err(ChainError::client("reading a block's hash"))? else {
		return Ok(None);
	};
	Ok(client.justifications(hash).map_err(read)?.and_then(|all| all.into_justification(ENGINE_ID)))
}
