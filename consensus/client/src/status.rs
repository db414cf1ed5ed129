//! Where the node stands, for RPC and for people.

use crate::chain::Head;
use parking_lot::RwLock;
use std::sync::Arc;
use syndic_primitives::{Rules, SignerIndex, ValidatorId};

/// What the node does in the consensus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
	/// It has no consensus key, or was not started with `--validator`: it follows.
	Full,
	/// It has a consensus key, which is not in the current set: it follows.
	Waiting,
	/// It is in the current set but does not vote yet: its log is new although the chain is not, so it may have voted
	/// before without knowing.
	Abstaining(SignerIndex),
	/// It votes, at this position.
	Validator(SignerIndex),
}

impl Role {
	/// A word for it.
	pub fn name(&self) -> &'static str {
		match self {
			Self::Full => "full",
			Self::Waiting => "waiting",
			Self::Abstaining(_) => "abstaining",
			Self::Validator(_) => "validator",
		}
	}

	/// The position in the current set.
	pub fn position(&self) -> Option<SignerIndex> {
		match self {
			Self::Full | Self::Waiting => None,
			Self::Abstaining(at) | Self::Validator(at) => Some(*at),
		}
	}
}

/// A moment.
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
	/// Where the protocol stands, on a node with a consensus key.
	pub machine: Option<syndic_pbft::Status>,
	/// Validators that are connected, this one not counted.
	pub connected: Vec<ValidatorId>,
	/// Whether the node is far behind and catches up.
	pub syncing: bool,
}

/// A shared view on the newest [`Snapshot`]; cheap to clone.
#[derive(Clone, Default)]
pub struct StatusHandle(Arc<RwLock<Option<Arc<Snapshot>>>>);

impl StatusHandle {
	/// Empty, until the engine has started.
	pub fn new() -> Self {
		Self::default()
	}

	/// The newest one. `None` until the engine has started.
	pub fn get(&self) -> Option<Arc<Snapshot>> {
		self.0.read().clone()
	}

	/// Replaces it.
	pub(crate) fn set(&self, snapshot: Snapshot) {
		*self.0.write() = Some(Arc::new(snapshot));
	}
}
