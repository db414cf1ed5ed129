//! The engine of a node without a consensus key. Sync brings the blocks, and nearly always their certificates. If a
//! block's certificate did not come with it, this module fetches the certificate, so that the block becomes final soon.

use super::{
	catch_up,
	core::Node,
	jobs::{read_head, Advance},
	EngineError,
};
use crate::{
	chain::Head,
	status::{Role, Snapshot},
};
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior};

/// How often the node checks whether it has fallen behind.
const TICK: Duration = Duration::from_millis(250);

/// How long finality must have stood still before the node fetches certificates itself while sync works on a large
/// distance.
const PATIENCE_WHILE_SYNCING: Duration = Duration::from_secs(2);

/// Decides when a node whose finality stands still should fetch certificates itself.
pub(super) struct Stall {
	at: Head,
	since: Instant,
}

impl Stall {
	pub(super) fn new(at: Head) -> Self {
		Self { at, since: Instant::now() }
	}

	/// Whether finality has stood still long enough to ask other nodes for certificates.
	pub(super) fn is_due(&mut self, now_at: Head, syncing: bool) -> bool {
		if now_at != self.at {
			*self = Self::new(now_at);
		}
		self.since.elapsed() >= if syncing { PATIENCE_WHILE_SYNCING } else { TICK }
	}
}

/// Follows the chain until the client ends.
pub(super) async fn run(mut node: Node) -> Result<(), EngineError> {
	let mut known = read_head(&*node.chain, None)?;
	log::info!(target: crate::LOG, "Following from block {}, without a consensus key", known.head);
	let mut stall = Stall::new(known.head);
	let mut tick = tokio::time::interval(TICK);
	tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
	publish(&node, &known);
	loop {
		tokio::select! {
			signal = node.signals.recv() => if signal.is_none() {
				return Err(EngineError::ClientEnded);
			},
			_ = tick.tick() => {
				let syncing = node.chain.is_syncing();
				if stall.is_due(node.chain.finalised(), syncing) {
					let caught = catch_up::run(node.chain.clone(), node.peers.clone(), node.genesis).await;
					match caught.error {
						Some(error) if error.is_fatal() => return Err(error.into()),
						Some(error) => log::warn!(target: crate::LOG, "Catching up by certificates: {error}"),
						None if caught.heights > 0 => {
							log::debug!(target: crate::LOG, "Caught up {} heights by certificates", caught.heights)
						},
						None => (),
					}
				}
			},
		}
		if node.chain.finalised() != known.head {
			known = read_head(&*node.chain, None)?;
			node.metrics.height(known.head.height);
			node.metrics.set_id(known.rules.set.id());
		}
		publish(&node, &known);
	}
}

fn publish(node: &Node, known: &Advance) {
	node.status.set(Snapshot {
		role: Role::Full,
		key: None,
		finalised: known.head,
		rules: known.rules.clone(),
		machine: None,
		connected: Vec::new(),
		syncing: node.chain.is_syncing(),
	});
}
