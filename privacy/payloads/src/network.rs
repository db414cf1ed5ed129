//! Asking other nodes.

use crate::wire::{protocol_name, PayloadRequest, MAX_RESPONSE, TIMEOUT};
use codec::Encode;
use sc_network::{
	request_responses::RequestFailure, service::traits::NetworkService, IfDisconnected, PeerId, ProtocolName,
	ReputationChange,
};
use sp_core::H256;
use std::{sync::Arc, time::Duration};
use syndic_primitives::BlockHash;

/// What an answer costs that is not what was asked for.
const WRONG_ANSWER: i32 = -(1 << 29);

/// Whether only nodes are asked that are connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
	/// Whoever is not connected is passed over at once.
	Connected,
	/// Whoever is not connected is dialled, if an address is known.
	Dial,
}

/// Why a node has not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
	/// It is not connected.
	#[error("not connected")]
	NotConnected,
	/// Its answer is longer than any payload.
	#[error("an answer of {found} bytes, at most {bound} are allowed")]
	TooLong {
		/// How many bytes.
		found: usize,
		/// How many there may be.
		bound: usize,
	},
	/// It refused, or something failed.
	#[error("{0}")]
	Failed(String),
}

/// The other nodes.
#[async_trait::async_trait]
pub trait Peers: Send + Sync + 'static {
	/// Asks one for the payload of an envelope. An empty answer says that it has none for us.
	async fn ask(&self, peer: PeerId, commitment: H256, reach: Reach) -> Result<Vec<u8>, AskError>;
	/// Its answer was not what was asked for.
	fn report_wrong(&self, peer: PeerId);
}

/// Over the node's network service.
pub struct NetworkPeers {
	network: Arc<dyn NetworkService>,
	protocol: ProtocolName,
}

impl NetworkPeers {
	/// For the chain with this genesis.
	pub fn new(network: Arc<dyn NetworkService>, genesis: BlockHash) -> Self {
		Self { network, protocol: protocol_name(&genesis) }
	}
}

#[async_trait::async_trait]
impl Peers for NetworkPeers {
	async fn ask(&self, peer: PeerId, commitment: H256, reach: Reach) -> Result<Vec<u8>, AskError> {
		let connect = match reach {
			Reach::Connected => IfDisconnected::ImmediateError,
			Reach::Dial => IfDisconnected::TryConnect,
		};
		let request = PayloadRequest { commitment }.encode();
		let asking = self.network.request(peer, self.protocol.clone(), request, None, connect);
		// The transport has the same limit; this one holds whatever it does.
		match tokio::time::timeout(TIMEOUT + Duration::from_secs(1), asking).await {
			Ok(Ok((response, _))) if response.len() > MAX_RESPONSE => {
				Err(AskError::TooLong { found: response.len(), bound: MAX_RESPONSE })
			}
			Ok(Ok((response, _))) => Ok(response),
			Ok(Err(RequestFailure::NotConnected)) => Err(AskError::NotConnected),
			Ok(Err(error)) => Err(AskError::Failed(error.to_string())),
			Err(_) => Err(AskError::Failed("no answer in time".into())),
		}
	}

	fn report_wrong(&self, peer: PeerId) {
		self.network
			.report_peer(peer, ReputationChange::new(WRONG_ANSWER, "privacy: not the payload that was asked for"));
	}
}
