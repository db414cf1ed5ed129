//! Follows the chain: reads the list of registered nodes, and disconnects nodes that are not on it.

use super::{Gate, LOG_TARGET};
use log::{error, info, warn};
use sc_network::{
	config::{NonReservedPeerMode, SetConfig},
	service::traits::NetworkService,
	PeerId,
};
use sc_network_sync::SyncingService;
use sp_api::{ApiExt, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use sp_consensus::SyncOracle;
use std::{
	collections::HashSet,
	sync::Arc,
	time::{Duration, Instant},
};
use syndic_primitives::{api::NodesApi, block::Block, BlockHash};

/// How often the last final state is read, and the connected peers are checked.
const TICK: Duration = Duration::from_secs(1);
/// Maximum number of blocks that a node may be behind its peers and still count as following the chain.
const NEAR: u32 = 5;
/// Number of checks in a row that must find the node following the chain. The peers' heights are known only a moment
/// after they are connected.
const STEADY: u32 = 3;
/// How often an operator is reminded that this node is not registered.
const REMINDER: Duration = Duration::from_secs(300);
/// How long the node must be without any peer before the operator is told.
const LONELY: Duration = Duration::from_secs(30);

/// What [`follow`] needs.
pub struct FollowParams<C> {
	/// The gate, which gets the list.
	pub gate: Gate,
	/// The chain.
	pub client: Arc<C>,
	/// The network service, built with [`super::Gated`].
	pub network: Arc<dyn NetworkService>,
	/// Synchronisation.
	pub sync: Arc<SyncingService<Block>>,
	/// Whether the operator has named nodes to this one, so that it should have peers.
	pub expects_peers: bool,
	/// The operator's configuration of reserved nodes.
	pub set: SetConfig,
}

impl Gate {
	/// Reads the list from the last final state, before the network exists.
	pub fn read<C>(&self, client: &C)
	where
		C: ProvideRuntimeApi<Block, Api: NodesApi<Block>> + HeaderBackend<Block>,
	{
		match permitted(client, client.info().finalized_hash) {
			Ok(list) => drop(self.set(list)),
			Err(error) => error!(
				target: LOG_TARGET,
				"Cannot read which nodes are registered, so only those that were named to this one are let in: {error}"
			),
		}
	}
}

/// The list in the state of a block. `None` if the list is not enforced, or the runtime has no list.
fn permitted<C>(client: &C, block: BlockHash) -> Result<Option<HashSet<PeerId>>, sp_api::ApiError>
where
	C: ProvideRuntimeApi<Block, Api: NodesApi<Block>>,
{
	let api = client.runtime_api();
	if !api.has_api::<dyn NodesApi<Block>>(block)? {
		return Ok(None);
	}
	let list = api.permitted_peers(block)?;
	Ok(list.map(|peers| peers.iter().filter_map(|bytes| PeerId::from_bytes(bytes).ok()).collect()))
}

/// Follows the chain for as long as the node runs. It calls the runtime, so it must run on a thread that may block.
pub async fn follow<C>(params: FollowParams<C>)
where
	C: ProvideRuntimeApi<Block, Api: NodesApi<Block>> + HeaderBackend<Block>,
{
	let mut follower = Follower {
		local: params.network.local_peer_id(),
		read: None,
		steady: 0,
		reserved_only: None,
		unreserved: HashSet::new(),
		alone_since: Instant::now(),
		reminded: None,
		params,
	};
	let mut tick = tokio::time::interval(TICK);
	tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
	loop {
		tick.tick().await;
		follower.look().await;
	}
}

struct Follower<C> {
	params: FollowParams<C>,
	local: PeerId,
	/// The block from whose state the list was read last.
	read: Option<BlockHash>,
	steady: u32,
	/// The peers that may be connected, as last set in a backend that does not ask the gate.
	reserved_only: Option<Option<HashSet<PeerId>>>,
	/// The operator's reserved nodes that are not let in.
	unreserved: HashSet<PeerId>,
	alone_since: Instant,
	reminded: Option<Instant>,
}

impl<C> Follower<C>
where
	C: ProvideRuntimeApi<Block, Api: NodesApi<Block>> + HeaderBackend<Block>,
{
	async fn look(&mut self) {
		let head = self.params.client.info();
		if self.read != Some(head.finalized_hash) {
			self.read_list(head.finalized_hash);
		}
		// These calls fail only when the network has ended, and the node ends soon after.
		let Ok(connected) = self.params.sync.peers_info().await else { return };
		let Ok(status) = self.params.sync.status().await else { return };
		let near = status.best_seen_block.is_none_or(|best| best <= head.finalized_number.saturating_add(NEAR));
		let follows = !connected.is_empty() && near && !self.params.sync.is_major_syncing();
		self.steady = if follows { self.steady.saturating_add(1) } else { 0 };
		if self.steady == STEADY && self.params.gate.follows() {
			info!(target: LOG_TARGET, "This node follows the chain; nodes that were named to it and are not registered are cut");
		}
		match self.params.gate.is_asked() {
			true => self.keep_reserved(),
			false => self.reserve_the_permitted(),
		}
		self.cut(connected.iter().map(|(peer, _)| *peer));
		if !connected.is_empty() {
			self.alone_since = Instant::now();
		}
		self.remind();
	}

	fn read_list(&mut self, block: BlockHash) {
		match permitted(&*self.params.client, block) {
			Ok(list) => {
				self.read = Some(block);
				let count = list.as_ref().map(HashSet::len);
				if !self.params.gate.set(list) {
					return;
				}
				self.reminded = None;
				match count {
					Some(count) => info!(target: LOG_TARGET, "{count} nodes are registered, others are not let in"),
					None => info!(target: LOG_TARGET, "Every node is let in, the list of nodes is not enforced"),
				}
			}
			// The list from before stays in force.
			Err(error) => error!(target: LOG_TARGET, "Cannot read which nodes are registered after {block}: {error}"),
		}
	}

	/// A reserved node cannot be disconnected, so a node that is not let in must not be reserved.
	fn keep_reserved(&mut self) {
		for node in &self.params.set.reserved_nodes {
			let peer = node.peer_id;
			if !self.params.gate.permits(&peer) {
				if self.unreserved.insert(peer) {
					self.params.network.remove_reserved_peer(peer);
				}
			} else if self.unreserved.remove(&peer) {
				if let Err(error) = self.params.network.add_reserved_peer(node.clone()) {
					warn!(target: LOG_TARGET, "Cannot reserve {node} again: {error}");
				}
			}
		}
	}

	fn cut(&mut self, connected: impl Iterator<Item = PeerId>) {
		for peer in self.params.gate.strangers(connected) {
			info!(target: LOG_TARGET, "Cutting {peer}: it is not a registered node of this chain");
			self.params.gate.refused(&peer, "cut");
			self.params.gate.disconnect(peer);
		}
	}

	/// For a backend that does not ask the gate: only reserved peers may connect, and these are the peers that are let
	/// in.
	fn reserve_the_permitted(&mut self) {
		let permitted = self.params.gate.permitted();
		if self.reserved_only.as_ref() == Some(&permitted) {
			return;
		}
		let reserved: HashSet<PeerId> = self.params.set.reserved_nodes.iter().map(|node| node.peer_id).collect();
		let by_operator = self.params.set.non_reserved_mode == NonReservedPeerMode::Deny;
		let peers = match &permitted {
			None => reserved,
			Some(permitted) if by_operator => reserved.intersection(permitted).copied().collect(),
			Some(permitted) => permitted.iter().filter(|peer| **peer != self.local).copied().collect(),
		};
		self.params.network.set_authorized_peers(peers);
		self.params.network.set_authorized_only(permitted.is_some() || by_operator);
		self.reserved_only = Some(permitted);
	}

	/// Tells the operator why this node may have no peers.
	fn remind(&mut self) {
		let (now, local) = (Instant::now(), self.local);
		if self.reminded.is_some_and(|last| now.saturating_duration_since(last) < REMINDER) {
			return;
		}
		if !self.params.gate.permits(&local) {
			self.reminded = Some(now);
			warn!(
				target: LOG_TARGET,
				"This node is not registered, and others will not let it in. Its PeerId is {local}; ask an administrator or \
				 operator of your institution to register it (nodes.registerNode), or the board (nodes.boardRegisterNode)."
			);
		} else if self.params.expects_peers && now.saturating_duration_since(self.alone_since) >= LONELY {
			self.reminded = Some(now);
			warn!(
				target: LOG_TARGET,
				"No other node is connected. If they can be reached, they may have refused this one: its PeerId is {local}, \
				 and the chain may let in registered nodes only (nodes.registerNode)."
			);
		}
	}
}
