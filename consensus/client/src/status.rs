//! The state of the consensus on this node, for RPC.

use crate::chain::Head;
use parking_lot::RwLock;
use std::sync::Arc;
use syndic_primitives::{Rules, SignerIndex, ValidatorId};

/// What the node does in the consensus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
	/// The node has no consensus key, or was not started with `--validator`: it follows.
	Full,
	/// The node has a consensus key that is not in the current set: it follows.
	Waiting,
	/// The node is in the current set but does not vote yet: its log is new although the chain is not, so the key may
	/// have voted before without this node knowing.
	Abstaining(SignerIndex),
	/// The node votes, at this position of the current set.
	Validator(SignerIndex),
}

impl Role {
	/// The role's name, as RPC shows it.
	pub fn name(&self) -> &'static str {
		match self {
			Self::Full => "full",
			Self::Waiting => "waiting",
			Self::Abstaining(_) => "abstaining",
			Self::Validator(_) => "validator",
		}
	}

	/// The position in the current set, if the key is in it.
	pub fn position(&self) -> Option<SignerIndex> {
		match self {
			Self::Full | Self::Waiting => None,
			Self::Abstaining(at) | Self::Validator(at) => Some(*at),
		}
	}
}

/// The state of the node at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
	/// What this node does.
	pub role: Role,
	/// Its consensus key.
	pub key: Option<ValidatorId>,
	/// The last final block.
	pub finalised: Head,
	/// Set and parameters of the next height.
	pub rules: Rules,
	/// The state of the protocol's machine, on a node with a consensus key.
	pub machine: Option<syndic_pbft::Status>,
	/// The other validators that are connected.
	pub connected: Vec<ValidatorId>,
	/// Whether the node is far behind the chain and is catching up.
	pub syncing: bool,
}

/// A shared view on the newest [`Snapshot`]; cheap to clone.
#[derive(Clone, Default)]
pub struct StatusHandle(Arc<RwLock<Option<Arc<Snapshot>>>>);

impl StatusHandle {
	/// A handle that is empty until the engine has started.
	pub fn new() -> Self {
		Self::default()
	}

	/// The newest snapshot. `None` until the engine has started.
	pub fn get(&self) -> Option<Arc<Snapshot>> {
		self.0.read().clone()
	}

	/// Replaces the snapshot.
	pub(crate) fn set(&self, snapshot: Snapshot) {
		*self.0.write() = Some(Arc::new(snapshot));
	}
}
