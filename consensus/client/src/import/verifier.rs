//! Decides, before a block is executed, whether it is final.

use crate::{
	chain::Head,
	substrate::{ClientBounds, Finaliser},
};
use sc_client_api::backend::Backend;
use sc_consensus::{import_queue::Verifier, BlockImportParams, ForkChoiceStrategy};
use sp_runtime::Justifications;
use syndic_primitives::{block::Block, BlockHash, Height, ENGINE_ID};

/// How far above the final head blocks without a certificate are taken in.
const MOST_AHEAD: u32 = 8;
/// How many children a block may have when one without a certificate comes from elsewhere. The database takes 32; the others
/// are for proposals.
const MOST_SIBLINGS: usize = 8;

pub(super) struct PbftVerifier<C, B>(Finaliser<C, B>);

impl<C, B> PbftVerifier<C, B> {
	pub(super) fn new(finaliser: Finaliser<C, B>) -> Self {
		Self(finaliser)
	}
}

impl<C, B> PbftVerifier<C, B>
where
	B: Backend<Block> + 'static,
	C: ClientBounds<B>,
{
	/// Whether a block without a certificate is taken in. Anybody can build such blocks on the final head, as many as they
	/// like, and the database keeps few siblings: what fills it up would keep the real ones out.
	fn has_room(&self, block: Head, parent: BlockHash) -> Result<(), String> {
		let finalised = self.0.finalised().height;
		if block.height.0 > finalised.0.saturating_add(MOST_AHEAD) {
			return Err(format!("block {block} has no certificate, and final is {finalised}"));
		}
		let siblings = self.0.children(parent).map_err(|error| error.to_string())?.len();
		if siblings >= MOST_SIBLINGS {
			return Err(format!("block {block} has no certificate, and {siblings} siblings"));
		}
		Ok(())
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
		let Some(bytes) = bytes else {
			if !block.import_existing {
				self.has_room(head, parent)?;
			}
			return Ok(block);
		};
		match self.0.verify(head, &block.header, &bytes) {
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
