//! Requests to other nodes for blocks, transactions and certificates that this node lacks.

use crate::network::{Fetcher, NetworkHandle};
use sc_network::PeerId;
use sc_network_sync::SyncingService;
use std::sync::Arc;
use syndic_primitives::{block::Block, BlockHash, Height, ValidatorId};

use crate::chain::Head;

/// Maximum number of peers that are asked before the next pause.
const MOST_PEERS: usize = 4;

/// The bytes of an answer, and the peer that sent them.
pub(crate) type Fetched = (Option<PeerId>, Vec<u8>);

/// Requests to other nodes. An answer is not verified yet.
#[async_trait::async_trait]
pub(crate) trait Ask: Send + Sync + 'static {
	/// A block's encoding, from `holders` if they can be reached, else from nodes that claim to be that far.
	async fn block(&self, holders: &[ValidatorId], block: Head) -> Option<Fetched>;
	/// The transactions of a block at these positions, from the node that proposed it.
	async fn transactions(&self, from: PeerId, block: Head, positions: Vec<u32>) -> Option<Vec<u8>>;
	/// The certificate of a final height, from nodes that claim to be that far.
	async fn certificate(&self, height: Height) -> Option<Fetched>;
	/// The highest block that these validators claim, or, if `validators` is empty, that any connected node claims.
	/// `None` unless at least `as_many` of them claim a height.
	async fn furthest(&self, validators: &[ValidatorId], as_many: usize) -> Option<Height>;
	/// Reports a peer whose answer was not what it claimed to be.
	fn wrong(&self, peer: PeerId);
}

/// [`Ask`] over the node's network.
pub(super) struct Peers {
	fetcher: Fetcher,
	sync: Arc<SyncingService<Block>>,
	network: Option<NetworkHandle>,
}

impl Peers {
	pub(super) fn new(fetcher: Fetcher, sync: Arc<SyncingService<Block>>, network: Option<NetworkHandle>) -> Self {
		Self { fetcher, sync, network }
	}

	/// The connected nodes, each with the height that it claims.
	async fn claims(&self) -> Vec<(PeerId, Height)> {
		let peers = self.sync.peers_info().await.unwrap_or_default();
		peers.into_iter().map(|(peer, info)| (peer, Height(info.best_number))).collect()
	}

	/// The nodes that claim to be at `height` at least. Another node comes first each time, so that a node that fails
	/// is not asked first forever.
	async fn at_least(&self, height: Height) -> Vec<PeerId> {
		let claims = self.claims().await;
		let mut peers: Vec<_> = claims.into_iter().filter(|(_, h)| *h >= height).map(|(peer, _)| peer).collect();
		take_turns(&mut peers);
		peers
	}

	fn peers_of(&self, validators: &[ValidatorId]) -> Vec<PeerId> {
		let Some(network) = &self.network else { return Vec::new() };
		validators.iter().flat_map(|validator| network.peers_of(validator)).collect()
	}

	fn log<T, E: std::fmt::Display>(what: &str, of: impl std::fmt::Display, result: Result<T, E>) -> Option<T> {
		result.map_err(|error| log::debug!(target: crate::LOG, "No {what} of {of}: {error}")).ok()
	}
}

/// Rotates the peers by the clock, so that another one comes first each time.
fn take_turns(peers: &mut [PeerId]) {
	if !peers.is_empty() {
		let turn = super::now_ms() as usize % peers.len();
		peers.rotate_left(turn);
	}
}

#[async_trait::async_trait]
impl Ask for Peers {
	async fn block(&self, holders: &[ValidatorId], block: Head) -> Option<Fetched> {
		let mut peers = self.peers_of(holders);
		// Another holder comes first each time, and holders are not the only ones asked, because a node that claims to
		// hold the block may lie.
		take_turns(&mut peers);
		peers.truncate(MOST_PEERS - 1);
		// A node that voted for the block has at least its parent.
		peers.extend(self.at_least(block.height.previous()).await);
		let mut seen = std::collections::HashSet::new();
		peers.retain(|peer| seen.insert(*peer));
		peers.truncate(MOST_PEERS);
		let Head { height, hash } = block;
		let fetched = self.fetcher.fetch_block(&peers, height, hash as BlockHash).await;
		Self::log("body", block, fetched).map(|(peer, bytes)| (Some(peer), bytes))
	}

	async fn transactions(&self, from: PeerId, block: Head, positions: Vec<u32>) -> Option<Vec<u8>> {
		let fetched = self.fetcher.fetch_transactions(from, block.height, block.hash, positions).await;
		Self::log("transactions", block, fetched)
	}

	async fn certificate(&self, height: Height) -> Option<Fetched> {
		let mut peers = self.at_least(height).await;
		peers.truncate(MOST_PEERS);
		if peers.is_empty() {
			return None;
		}
		let fetched = self.fetcher.fetch_certificate(&peers, height).await;
		Self::log("certificate", height, fetched).map(|(peer, bytes)| (Some(peer), bytes))
	}

	async fn furthest(&self, validators: &[ValidatorId], as_many: usize) -> Option<Height> {
		let claims = self.claims().await;
		if validators.is_empty() {
			return claims.iter().map(|(_, height)| *height).max().filter(|_| claims.len() >= as_many);
		}
		// A validator may be connected for votes before sync knows the node.
		let claim = |validator: &ValidatorId| {
			let peers = self.peers_of(std::slice::from_ref(validator));
			claims.iter().filter(|(peer, _)| peers.contains(peer)).map(|(_, height)| *height).max()
		};
		let claimed: Vec<Height> = validators.iter().filter_map(claim).collect();
		claimed.iter().copied().max().filter(|_| claimed.len() >= as_many)
	}

	fn wrong(&self, peer: PeerId) {
		self.fetcher.report_wrong(peer)
	}
}
