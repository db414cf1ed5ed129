//! Sends requests to other nodes.

use super::{
	BlockRequest, CertificateRequest, TransactionsRequest, BLOCK, BLOCK_TIMEOUT, CERTIFICATE, CERTIFICATE_TIMEOUT,
	MAX_BLOCK_RESPONSE, MAX_CERTIFICATE_RESPONSE, MAX_TRANSACTIONS_RESPONSE, TRANSACTIONS, TRANSACTIONS_TIMEOUT,
};
use crate::{
	metrics::Metrics,
	network::{protocol_name, LOG_TARGET},
};
use codec::Encode;
use sc_network::{service::traits::NetworkService, IfDisconnected, PeerId, ProtocolName, ReputationChange};
use std::{sync::Arc, time::Duration};
use syndic_primitives::{BlockHash, Height};

/// Reputation change for an answer that is not what was requested.
const WRONG_ANSWER: i32 = -(1 << 29);

/// Why something could not be fetched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
	/// There was no peer to ask.
	#[error("there is nobody to ask")]
	NoPeers,
	/// All peers answered, and none had it.
	#[error("none of {asked} nodes has it")]
	NotFound {
		/// How many were asked.
		asked: usize,
	},
	/// No peer had it, and some did not answer.
	#[error("{failed} of {asked} nodes did not answer, the others do not have it; last failure: {last}")]
	Failed {
		/// How many were asked.
		asked: usize,
		/// How many of them failed to answer.
		failed: usize,
		/// The last failure.
		last: String,
	},
}

/// Fetches blocks and certificates from other nodes. Cheap to clone.
#[derive(Clone)]
pub struct Fetcher {
	network: Arc<dyn NetworkService>,
	certificate: ProtocolName,
	block: ProtocolName,
	transactions: ProtocolName,
	metrics: Metrics,
}

/// One protocol's bounds.
struct Bounds {
	response: usize,
	timeout: Duration,
}

impl Fetcher {
	/// Sends requests over the node's network service.
	pub fn new(network: Arc<dyn NetworkService>, genesis: BlockHash, metrics: Metrics) -> Self {
		let name = |name| protocol_name(&genesis, name);
		Self { network, certificate: name(CERTIFICATE), block: name(BLOCK), transactions: name(TRANSACTIONS), metrics }
	}

	/// The encoding of a block, and the peer that sent it: the first of `peers`, asked in turn, that has the block. The
	/// caller checks the block; if it is wrong, the caller calls [`Fetcher::report_wrong`] and asks the other peers.
	pub async fn fetch_block(
		&self,
		peers: &[PeerId],
		height: Height,
		hash: BlockHash,
	) -> Result<(PeerId, Vec<u8>), FetchError> {
		let request = BlockRequest { height, hash }.encode();
		self.fetch(&self.block, peers, request, Bounds { response: MAX_BLOCK_RESPONSE, timeout: BLOCK_TIMEOUT }).await
	}

	/// The certificate of a finalised height, and the peer that sent it; as [`Fetcher::fetch_block`]. The caller
	/// verifies it.
	pub async fn fetch_certificate(&self, peers: &[PeerId], height: Height) -> Result<(PeerId, Vec<u8>), FetchError> {
		let request = CertificateRequest { height }.encode();
		let bounds = Bounds { response: MAX_CERTIFICATE_RESPONSE, timeout: CERTIFICATE_TIMEOUT };
		self.fetch(&self.certificate, peers, request, bounds).await
	}

	/// The transactions of a block at these positions, ascending, from the node that proposed it. The caller checks
	/// that they are the block's, and otherwise calls [`Fetcher::report_wrong`].
	pub async fn fetch_transactions(
		&self,
		peer: PeerId,
		height: Height,
		hash: BlockHash,
		positions: Vec<u32>,
	) -> Result<Vec<u8>, FetchError> {
		let request = TransactionsRequest { height, hash, positions }.encode();
		let bounds = Bounds { response: MAX_TRANSACTIONS_RESPONSE, timeout: TRANSACTIONS_TIMEOUT };
		self.fetch(&self.transactions, &[peer], request, bounds).await.map(|(_, bytes)| bytes)
	}

	/// Reports a peer whose answer was not what was requested.
	pub fn report_wrong(&self, peer: PeerId) {
		self.metrics.request("wrong-answer");
		self.network.report_peer(peer, ReputationChange::new(WRONG_ANSWER, "pbft: wrong answer to a request"));
	}

	async fn fetch(
		&self,
		protocol: &ProtocolName,
		peers: &[PeerId],
		request: Vec<u8>,
		bounds: Bounds,
	) -> Result<(PeerId, Vec<u8>), FetchError> {
		if peers.is_empty() {
			return Err(FetchError::NoPeers);
		}
		let (mut failed, mut last) = (0, String::new());
		for peer in peers {
			let asking =
				self.network.request(*peer, protocol.clone(), request.clone(), None, IfDisconnected::ImmediateError);
			// The transport has nearly the same limit; this one holds even if the transport fails to keep it.
			let problem = match tokio::time::timeout(bounds.timeout + Duration::from_secs(1), asking).await {
				Ok(Ok((response, _))) if response.is_empty() => {
					self.metrics.request("not-found");
					continue;
				}
				Ok(Ok((response, _))) if response.len() > bounds.response => {
					self.report_wrong(*peer);
					format!("a response of {} bytes, at most {} are allowed", response.len(), bounds.response)
				}
				Ok(Ok((response, _))) => {
					self.metrics.request("fetched");
					return Ok((*peer, response));
				}
				Ok(Err(error)) => error.to_string(),
				Err(_) => "no answer in time".to_string(),
			};
			log::debug!(target: LOG_TARGET, "{protocol}: {peer}: {problem}");
			self.metrics.request("failed");
			failed += 1;
			last = format!("{peer}: {problem}");
		}
		let asked = peers.len();
		Err(if failed == 0 { FetchError::NotFound { asked } } else { FetchError::Failed { asked, failed, last } })
	}
}
