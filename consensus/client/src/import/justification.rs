//! Imports certificates that arrive separately, for blocks that came without one.

use crate::{
	chain::{ChainError, Head},
	substrate::{ClientBounds, Finaliser},
};
use sc_client_api::backend::Backend;
use sc_consensus::JustificationImport;
use sp_consensus::Error;
use sp_runtime::Justification;
use syndic_primitives::{
	block::{Block, BlockNumber},
	BlockHash, Height, ENGINE_ID,
};

pub(super) struct PbftJustificationImport<C, B>(Finaliser<C, B>);

impl<C, B> PbftJustificationImport<C, B> {
	pub(super) fn new(finaliser: Finaliser<C, B>) -> Self {
		Self(finaliser)
	}
}

#[async_trait::async_trait]
impl<C, B> JustificationImport<Block> for PbftJustificationImport<C, B>
where
	B: Backend<Block> + 'static,
	C: ClientBounds<B>,
{
	type Error = Error;

	async fn on_start(&mut self) -> Vec<(BlockHash, BlockNumber)> {
		// A crash may have left a block between its import and its finality.
		self.0.drain();
		self.0.unjustified().into_iter().map(|head| (head.hash, head.height.0)).collect()
	}

	async fn import_justification(
		&mut self,
		hash: BlockHash,
		number: BlockNumber,
		(engine, bytes): Justification,
	) -> Result<(), Error> {
		if engine != ENGINE_ID {
			return Err(Error::InvalidJustification);
		}
		self.0.justify(Head { height: Height(number), hash }, &bytes).map_err(|error| match error {
			ChainError::Certificate(error) => {
				log::debug!(target: crate::LOG, "Certificate of block #{number} ({hash}) is refused: {error}");
				Error::InvalidJustification
			}
			other => {
				log::warn!(target: crate::LOG, "Certificate of block #{number} ({hash}) cannot be used: {other}");
				Error::ClientImport(other.to_string())
			}
		})
	}
}
