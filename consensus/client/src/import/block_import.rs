//! Imports the blocks that the verifier has passed, and requests a certificate for each block that came without one.

use crate::substrate::{ClientBounds, Finaliser};
use sc_client_api::backend::Backend;
use sc_consensus::{BlockCheckParams, BlockImport, BlockImportParams, ForkChoiceStrategy, ImportResult};
use sp_consensus::{BlockOrigin, Error};
use syndic_primitives::block::Block;

pub(super) struct PbftBlockImport<C, B>(Finaliser<C, B>);

impl<C, B> PbftBlockImport<C, B> {
	pub(super) fn new(finaliser: Finaliser<C, B>) -> Self {
		Self(finaliser)
	}
}

#[async_trait::async_trait]
impl<C, B> BlockImport<Block> for PbftBlockImport<C, B>
where
	B: Backend<Block> + 'static,
	C: ClientBounds<B>,
{
	type Error = Error;

	async fn check_block(&self, block: BlockCheckParams<Block>) -> Result<ImportResult, Error> {
		self.0.client().check_block(block).await
	}

	async fn import_block(&self, mut block: BlockImportParams<Block>) -> Result<ImportResult, Error> {
		if block.origin == BlockOrigin::WarpSync {
			// Blocks of a warp sync bypass the verifier.
			block.fork_choice = Some(ForkChoiceStrategy::Custom(false));
		}
		let with_state = block.with_state();
		if with_state {
			block.finalized = true;
		}
		let executes = !block.state_action.skip_execution_checks() && !with_state;
		let (finalised, justified) = (block.finalized, block.justifications.is_some());
		let height = block.header.number;
		let mut result = self.0.client().import_block(block).await?;
		if let ImportResult::Imported(aux) = &mut result {
			if executes && !finalised {
				// The block's parent may have become final meanwhile, or the block's certificate may have come before
				// the block.
				self.0.drain();
				aux.needs_justification = !justified && height > self.0.finalised().height.0;
			}
		}
		Ok(result)
	}
}
