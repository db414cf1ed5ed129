//! Sends requests for payloads to other nodes.

use crate::wire::{protocol_name, PayloadRequest, MAX_RESPONSE, TIMEOUT};
use codec::Encode;
use sc_network::{
	request_responses::RequestFailure, service::traits::NetworkService, IfDisconnected, PeerId, ProtocolName,
	ReputationChange,
};
use sp_core::H256;
use std::{sync::Arc, time::Duration};
use syndic_primitives::BlockHash;

/// Reputation change of a peer whose answer is not the payload that was asked for.
const WRONG_ANSWER: i32 = -(1 << 29);

/// Whether a request also goes to nodes that are not connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
	/// A node that is not connected is skipped at once.
	Connected,
	/// A node that is not connected is dialled, if an address is known.
	Dial,
}

/// Why a request got no usable answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
	/// The node is not connected.
	#[error("not connected")]
	NotConnected,
	/// The answer is longer than any encrypted payload.
	#[error("an answer of {found} bytes, at most {bound} are allowed")]
	TooLong {
		/// Length of the answer, in bytes.
		found: usize,
		/// Maximum length, in bytes.
		bound: usize,
	},
	/// The node refused, did not answer in time, or the transport failed.
	#[error("{0}")]
	Failed(String),
}

/// Access to the other nodes.
#[async_trait::async_trait]
pub trait Peers: Send + Sync + 'static {
	/// Asks one node for the payload of an envelope. An empty answer means that the node does not have the payload, or
	/// that this node may not read it.
	async fn ask(&self, peer: PeerId, commitment: H256, reach: Reach) -> Result<Vec<u8>, AskError>;
	/// Lowers the reputation of a node whose answer was not the payload that was asked for.
	fn report_wrong(&self, peer: PeerId);
}

/// [`Peers`] through the node's network service.
pub struct NetworkPeers {
	network: Arc<dyn NetworkService>,
	protocol: ProtocolName,
}

impl NetworkPeers {
	/// Peers of the chain with this genesis.
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
		// The transport has a timeout of its own, one second shorter. This one holds even if the transport's does not.
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
