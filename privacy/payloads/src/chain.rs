//! What the chain says of envelopes, and whose nodes are whose.

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

/// Why a question about the chain has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the runtime does not answer after block {block:?}: {reason}")]
pub struct ChainError {
	/// The block whose state was asked.
	pub block: BlockHash,
	/// What it said.
	pub reason: String,
}

/// The chain, as far as payloads need it. Everything is read from the state after a block that the caller names: the last
/// final one. Called on threads that may block.
pub trait ChainView: Send + Sync + 'static {
	/// The last final block.
	fn finalised(&self) -> (Height, BlockHash);
	/// Whether the runtime knows of envelopes. An older one does not.
	fn knows_envelopes(&self, at: BlockHash) -> Result<bool, ChainError>;
	/// How many envelopes there are.
	fn envelope_count(&self, at: BlockHash) -> Result<u64, ChainError>;
	/// The envelope of this number.
	fn envelope(&self, at: BlockHash, number: u64) -> Result<Option<EnvelopeInfo>, ChainError>;
	/// The envelope with this commitment.
	fn envelope_of(&self, at: BlockHash, commitment: H256) -> Result<Option<EnvelopeInfo>, ChainError>;
	/// The institution of a node.
	fn institution_of(&self, at: BlockHash, peer: &PeerId) -> Result<Option<InstitutionId>, ChainError>;
	/// The nodes of an institution.
	fn peers_of(&self, at: BlockHash, institution: InstitutionId) -> Result<Vec<PeerId>, ChainError>;
}

/// The chain of the node's client.
pub struct ClientChain<C>(Arc<C>);

impl<C> ClientChain<C> {
	/// Over a client.
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
