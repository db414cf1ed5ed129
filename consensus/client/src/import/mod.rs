//! The import queue: blocks that come by sync or from a file.
//!
//! A block's certificate is verified with the set that the state of its parent names, so that history replays by the
//! rules of its own height. A block with a valid certificate is final at once. A block without a certificate is stored,
//! not as best block, and its certificate is requested: a peer that did not send the certificate has done nothing
//! wrong.

mod block_import;
mod justification;
mod verifier;

use crate::{
	chain::ChainError,
	orders::Orders,
	substrate::{ClientBounds, Finaliser},
};
use block_import::PbftBlockImport;
use justification::PbftJustificationImport;
use prometheus_endpoint::Registry;
use sc_client_api::backend::Backend;
use sc_consensus::import_queue::{BasicQueue, DefaultImportQueue};
use sp_core::traits::SpawnEssentialNamed;
use std::sync::Arc;
use syndic_primitives::block::Block;
use verifier::PbftVerifier;

/// Returns the queue that a node gives to its network, and the [`Finaliser`] that the engine shares with it. Fails when
/// the last final block's state has no rules, or when an order of the board cannot hold on this chain, so that the node
/// reports it before it connects to any peer.
pub fn import_queue<C, B>(
	client: Arc<C>,
	backend: Arc<B>,
	spawner: &impl SpawnEssentialNamed,
	registry: Option<&Registry>,
	orders: Orders,
) -> Result<(DefaultImportQueue<Block>, Finaliser<C, B>), ChainError>
where
	B: Backend<Block> + 'static,
	C: ClientBounds<B>,
{
	let finaliser = Finaliser::new(client, backend, orders);
	finaliser.rules_after(finaliser.finalised().hash)?;
	finaliser.check_orders()?;
	let queue = BasicQueue::new(
		PbftVerifier::new(finaliser.clone()),
		Box::new(PbftBlockImport::new(finaliser.clone())),
		Some(Box::new(PbftJustificationImport::new(finaliser.clone()))),
		spawner,
		registry,
	);
	Ok((queue, finaliser))
}
