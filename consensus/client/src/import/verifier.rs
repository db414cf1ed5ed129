//! Decides, before a block is executed, whether it is final.

use crate::{
	chain::Head,
	substrate::{ClientBounds, Finaliser},
};
use sc_client_api::backend::Backend;
use sc_consensus::{import_queue::Verifier, BlockImportParams, ForkChoiceStrategy};
use sp_runtime::Justifications;
use syndic_primitives::{block::Block, Height, ENGINE_ID};

pub(super) struct PbftVerifier<C, B>(Finaliser<C, B>);

impl<C, B> PbftVerifier<C, B> {
	pub(super) fn new(finaliser: Finaliser<C, B>) -> Self {
		Self(finaliser)
	}
}

#[async_trait::async_trait]
impl<C, B> Verifier<Block> for PbftVerifier<C, B>
where
	B: Backend<Block> + 'static,
	C: ClientBounds<B>,
{
	async fn verify(&self, mut block: BlockImportParams<Block>) -> Result<BlockImportParams<Block>, String> {
		if block.with_state() || block.state_action.skip_execution_checks() {
			block.fork_choice = Some(ForkChoiceStrategy::Custom(block.with_state()));
			return Ok(block);
		}
		block.fork_choice = Some(ForkChoiceStrategy::Custom(false));
		// Nobody else's justifications are of use here, and they would be stored.
		let bytes = block.justifications.take().and_then(|all| all.into_justification(ENGINE_ID));
		let head = Head { height: Height(block.header.number), hash: block.post_hash() };
		let parent = block.header.parent_hash;
		let Some(bytes) = bytes else { return Ok(block) };
		match self.0.verify(head, parent, &bytes) {
			Ok(_) => (),
			// It is only executed again; its parent's state may have been pruned long ago.
			Err(_) if block.import_existing && head.height <= self.0.finalised().height => return Ok(block),
			Err(error) => return Err(format!("certificate of block {head}: {error}")),
		}
		block.justifications = Some(Justifications::from((ENGINE_ID, bytes)));
		if parent == self.0.finalised().hash && !block.import_existing {
			block.finalized = true;
			block.fork_choice = Some(ForkChoiceStrategy::Custom(true));
		}
		Ok(block)
	}
}
