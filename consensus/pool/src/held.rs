//! A transaction in the pool.

use crate::extrinsic::Nonce;
use sc_transaction_pool_api::InPoolTransaction;
use sp_runtime::{AccountId32, OpaqueExtrinsic};
use std::{sync::Arc, time::Instant};
use syndic_primitives::{block::BlockNumber, peer::InstitutionId, BlockHash};

/// A tag that one transaction provides, so that no other with the same tag can stand beside it.
pub type Tag = Vec<u8>;

/// The place that a transaction takes: no two with one place can both become final.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
	/// A nonce of an account.
	Account(AccountId32, Nonce),
	/// What nobody signed is known by its first tag.
	Bare(Tag),
}

/// Who handed a transaction in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
	/// A client of this node, which was told that it is accepted.
	Client,
	/// Another node, which has accepted it.
	Peer,
	/// This node itself: evidence and duties.
	Node,
	/// The journal: it was accepted in an earlier life of this node.
	Journal,
}

/// A transaction that was found valid.
#[derive(Clone, Debug)]
pub struct Held {
	/// By which it is known.
	pub hash: BlockHash,
	/// Itself.
	pub extrinsic: Arc<OpaqueExtrinsic>,
	/// Its length in bytes, encoded.
	pub bytes: usize,
	/// Higher ones go first, and take the place of lower ones.
	pub priority: u64,
	/// The first height at which its era is over.
	pub valid_until: u64,
	/// For how many blocks it was valid when it was judged.
	pub longevity: u64,
	/// The place it takes.
	pub place: Place,
	/// The tag of the place before, if that is not in the state yet.
	pub requires: Vec<Tag>,
	/// All of its tags.
	pub provides: Vec<Tag>,
	/// Whether other nodes are told of it.
	pub propagate: bool,
	/// Whose account signed it.
	pub institution: Option<InstitutionId>,
	/// Who handed it in.
	pub origin: Origin,
	/// When it came.
	pub since: Instant,
	/// After which block it was judged.
	pub judged_at: BlockNumber,
}

impl InPoolTransaction for Held {
	type Transaction = Arc<OpaqueExtrinsic>;
	type Hash = BlockHash;

	fn data(&self) -> &Self::Transaction {
		&self.extrinsic
	}
	fn hash(&self) -> &BlockHash {
		&self.hash
	}
	fn priority(&self) -> &u64 {
		&self.priority
	}
	fn longevity(&self) -> &u64 {
		&self.longevity
	}
	fn requires(&self) -> &[Tag] {
		&self.requires
	}
	fn provides(&self) -> &[Tag] {
		&self.provides
	}
	fn is_propagable(&self) -> bool {
		self.propagate
	}
}
