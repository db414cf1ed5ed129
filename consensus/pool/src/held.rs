//! A transaction in the pool.

use crate::extrinsic::Nonce;
use sc_transaction_pool_api::InPoolTransaction;
use sp_runtime::{AccountId32, OpaqueExtrinsic};
use std::{sync::Arc, time::Instant};
use syndic_primitives::{block::BlockNumber, peer::InstitutionId, BlockHash};

/// A tag that a transaction provides. No other transaction with the same tag can be in the pool beside it.
pub type Tag = Vec<u8>;

/// The place that a transaction takes. Of the transactions with one place, only one can become final.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
	/// A nonce of an account.
	Account(AccountId32, Nonce),
	/// The first tag of a bare transaction, which has no account.
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
	/// The hash that identifies it.
	pub hash: BlockHash,
	/// The transaction.
	pub extrinsic: Arc<OpaqueExtrinsic>,
	/// Its length in bytes, encoded.
	pub bytes: usize,
	/// A transaction with a higher priority goes first, and is offered instead of one with a lower priority in the same
	/// place.
	pub priority: u64,
	/// The first height at which its era is over.
	pub valid_until: u64,
	/// For how many blocks it was valid when it was last judged.
	pub longevity: u64,
	/// The place that it takes.
	pub place: Place,
	/// The tag of the nonce before its own, even if that nonce is used already; for a bare transaction, the tags that
	/// the runtime named.
	pub requires: Vec<Tag>,
	/// All of its tags.
	pub provides: Vec<Tag>,
	/// Whether other nodes are told of it.
	pub propagate: bool,
	/// The institution of the account that signed it.
	pub institution: Option<InstitutionId>,
	/// Who handed it in.
	pub origin: Origin,
	/// When it came into the pool.
	pub since: Instant,
	/// The height of the block after which it was last judged.
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
