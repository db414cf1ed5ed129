//! Decides whether a block is final, before it is executed.

use crate::{
	chain::Head,
	substrate::{ClientBounds, Finaliser},
};
use sc_client_api::backend::Backend;
use sc_consensus::{import_queue::Verifier, BlockImportParams, ForkChoiceStrategy};
use sp_runtime::Justifications;
use syndic_primitives::{block::Block, BlockHash, Height, ENGINE_ID};

/// Maximum distance in blocks above the final head at which a block without a certificate is accepted.
const MOST_AHEAD: u32 = 8;
/// Maximum number of children that a block may already have when another child without a certificate is imported. The
/// database takes 32 children; the remaining places are for proposals.
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
	/// Whether a block without a certificate is accepted. Anybody can build any number of such blocks on the final
	/// head, and the database holds only few siblings: without a bound, worthless blocks would keep the real ones out.
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
		// Justifications of other engines are of no use here, and would be stored.
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
			// A final block is only executed again here; its parent's state may have been pruned long ago.
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
