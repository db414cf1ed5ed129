//! Reads envelopes, and the institutions of nodes, from the chain's state.

use sc_network::PeerId;
use sp_api::{ApiExt, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use sp_core::H256;
use std::sync::Arc;
use syndic_primitives::{
	block::Block,
	peer::InstitutionId,
	privacy::{EnvelopeInfo, PrivacyApi},
	BlockHash, Height,
};

/// A query of the chain's state failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the runtime does not answer after block {block:?}: {reason}")]
pub struct ChainError {
	/// The block whose state was queried.
	pub block: BlockHash,
	/// The error of the runtime API.
	pub reason: String,
}

/// The part of the chain that payloads need. Each query reads the state after the block that the caller names, which is
/// the last final one. The methods are called on threads that may block.
pub trait ChainView: Send + Sync + 'static {
	/// The last final block.
	fn finalised(&self) -> (Height, BlockHash);
	/// Whether the runtime has the API for envelopes. An older runtime does not have it.
	fn knows_envelopes(&self, at: BlockHash) -> Result<bool, ChainError>;
	/// Number of envelopes on the chain.
	fn envelope_count(&self, at: BlockHash) -> Result<u64, ChainError>;
	/// The envelope with this number, from 0.
	fn envelope(&self, at: BlockHash, number: u64) -> Result<Option<EnvelopeInfo>, ChainError>;
	/// The envelope with this commitment.
	fn envelope_of(&self, at: BlockHash, commitment: H256) -> Result<Option<EnvelopeInfo>, ChainError>;
	/// The institution for which a node is registered.
	fn institution_of(&self, at: BlockHash, peer: &PeerId) -> Result<Option<InstitutionId>, ChainError>;
	/// The nodes that are registered for an institution.
	fn peers_of(&self, at: BlockHash, institution: InstitutionId) -> Result<Vec<PeerId>, ChainError>;
}

/// [`ChainView`] through the node's client.
pub struct ClientChain<C>(Arc<C>);

impl<C> ClientChain<C> {
	/// A view through this client.
	pub fn new(client: Arc<C>) -> Self {
		Self(client)
	}
}

fn failed(block: BlockHash) -> impl Fn(sp_api::ApiError) -> ChainError {
	move |error| ChainError { block, reason: error.to_string() }
}

impl<C> ChainView for ClientChain<C>
where
	C: ProvideRuntimeApi<Block, Api: PrivacyApi<Block>> + HeaderBackend<Block> + 'static,
{
	fn finalised(&self) -> (Height, BlockHash) {
		let info = self.0.info();
		(Height(info.finalized_number), info.finalized_hash)
	}

	fn knows_envelopes(&self, at: BlockHash) -> Result<bool, ChainError> {
		self.0.runtime_api().has_api::<dyn PrivacyApi<Block>>(at).map_err(failed(at))
	}

	fn envelope_count(&self, at: BlockHash) -> Result<u64, ChainError> {
		self.0.runtime_api().envelope_count(at).map_err(failed(at))
	}

	fn envelope(&self, at: BlockHash, number: u64) -> Result<Option<EnvelopeInfo>, ChainError> {
		self.0.runtime_api().envelope(at, number).map_err(failed(at))
	}

	fn envelope_of(&self, at: BlockHash, commitment: H256) -> Result<Option<EnvelopeInfo>, ChainError> {
		self.0.runtime_api().envelope_of(at, commitment).map_err(failed(at))
	}

	fn institution_of(&self, at: BlockHash, peer: &PeerId) -> Result<Option<InstitutionId>, ChainError> {
		self.0.runtime_api().institution_of(at, peer.to_bytes()).map_err(failed(at))
	}

	fn peers_of(&self, at: BlockHash, institution: InstitutionId) -> Result<Vec<PeerId>, ChainError> {
		let peers = self.0.runtime_api().peers_of(at, institution).map_err(failed(at))?;
		Ok(peers.iter().filter_map(|bytes| PeerId::from_bytes(bytes).ok()).collect())
	}
}
