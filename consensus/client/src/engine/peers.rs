//! Whom to ask for what is missing here.

use crate::network::{Fetcher, NetworkHandle};
use sc_network::PeerId;
use sc_network_sync::SyncingService;
use std::sync::Arc;
use syndic_primitives::{block::Block, BlockHash, Height, ValidatorId};

use crate::chain::Head;

/// How many peers are asked at most before the next pause.
const MOST_PEERS: usize = 4;

/// What came, and from where.
pub(crate) type Fetched = (Option<PeerId>, Vec<u8>);

/// Asks other nodes. What comes back proves nothing yet.
#[async_trait::async_trait]
pub(crate) trait Ask: Send + Sync + 'static {
	/// A block's encoding, from `holders` if they can be reached, else from whoever seems to have it.
	async fn block(&self, holders: &[ValidatorId], block: Head) -> Option<Fetched>;
	/// The transactions of a block at these places, from the node that has proposed it.
	async fn transactions(&self, from: PeerId, block: Head, positions: Vec<u32>) -> Option<Vec<u8>>;
	/// The certificate of a final height, from nodes that claim to be that far.
	async fn certificate(&self, height: Height) -> Option<Fetched>;
	/// The highest block that these validators claim; that any node claims, when none is named. `None` unless as many
	/// claim anything.
	async fn furthest(&self, validators: &[ValidatorId], as_many: usize) -> Option<Height>;
	/// What this node sent was not what it claimed to be.
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

	/// Connected nodes with the height that each claims.
	async fn claims(&self) -> Vec<(PeerId, Height)> {
		let peers = self.sync.peers_info().await.unwrap_or_default();
		peers.into_iter().map(|(peer, info)| (peer, Height(info.best_number))).collect()
	}

	/// Some nodes that claim to be at `height` at least; others each time, so that one that fails is not asked forever.
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

/// Lets another one be the first, by the clock.
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
		// Others first each time, and not holders alone: who says to have it may lie.
		take_turns(&mut peers);
		peers.truncate(MOST_PEERS - 1);
		// Whoever voted for it has its parent at least.
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
		// A connection for votes may be there before sync has heard of the node.
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
