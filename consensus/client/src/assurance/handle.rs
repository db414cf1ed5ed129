//! The shared view of assurance, for RPC and operators.

use super::{
	book::{Book, Reached},
	store::Recorded,
	SETTLED,
};
use parking_lot::RwLock;
use std::{sync::Arc, time::Instant};
use syndic_primitives::{AssuranceLevel, Attestation, BlockHash, Height, ValidatorId};
use tokio::sync::{broadcast, watch};

/// Number of reached levels that wait for a subscriber. A subscriber that is further behind loses some, and is told so.
const BACKLOG: usize = 4096;

/// Which entries of the roster are missing behind a recent block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
	/// The keys with which this node attests.
	pub attesting: Vec<ValidatorId>,
	/// Number of peers with which this node exchanges attestations.
	pub peers: usize,
	/// The last block that has been final for more than two seconds.
	pub block: Option<Attestation>,
	/// The levels that the block has reached, ascending.
	pub levels: Vec<AssuranceLevel>,
	/// The entries of the roster that do not stand behind the block, each with the last block behind which it stands
	/// here.
	pub missing: Vec<(ValidatorId, Option<Height>)>,
}

/// The keys that attest here, and the number of peers.
#[derive(Clone, Debug, Default)]
struct Local {
	attesting: Vec<ValidatorId>,
	peers: usize,
}

struct Shared {
	book: RwLock<Book>,
	local: RwLock<Local>,
	reached: broadcast::Sender<Reached>,
	finalised: watch::Sender<Height>,
}

/// A shared view on attestations; cheap to clone.
#[derive(Clone)]
pub struct AssuranceHandle(Arc<Shared>);

impl Default for AssuranceHandle {
	fn default() -> Self {
		Self::new()
	}
}

impl AssuranceHandle {
	/// A view that is empty until [`super::run`] fills it.
	pub fn new() -> Self {
		let (reached, finalised) = (broadcast::Sender::new(BACKLOG), watch::Sender::new(Height::ZERO));
		Self(Arc::new(Shared { book: RwLock::default(), local: RwLock::default(), reached, finalised }))
	}

	/// What this node has of a block, if it is one of the last [`super::WINDOW`] blocks.
	pub fn recent(&self, height: Height, hash: BlockHash) -> Option<Recorded> {
		let book = self.0.book.read();
		book.get(height).filter(|record| record.block.block_hash == hash).map(Recorded::from)
	}

	/// Subscribes to the levels that blocks reach.
	pub fn subscribe(&self) -> broadcast::Receiver<Reached> {
		self.0.reached.subscribe()
	}

	/// Watches the last final height.
	pub fn finalised(&self) -> watch::Receiver<Height> {
		self.0.finalised.subscribe()
	}

	/// The entries that are missing behind the last settled block.
	pub fn standing(&self) -> Standing {
		let Local { attesting, peers } = self.0.local.read().clone();
		let (now, book) = (Instant::now(), self.0.book.read());
		let record = book.records().rev().find(|record| record.age(now) >= SETTLED);
		let missing = record.map(|record| {
			let entries = record.missing().filter_map(|position| record.roster.entry(position));
			entries.map(|entry| (entry.validator.clone(), book.last_of(&entry.validator))).collect()
		});
		let levels = record.map(|record| {
			let mut levels: Vec<_> = record.reached.iter().map(|(level, _)| *level).collect();
			levels.sort();
			levels
		});
		Standing {
			attesting,
			peers,
			block: record.map(|record| record.block),
			levels: levels.unwrap_or_default(),
			missing: missing.unwrap_or_default(),
		}
	}

	pub(super) fn book(&self) -> &RwLock<Book> {
		&self.0.book
	}

	/// Tells subscribers of a level. [`super::run`] calls this.
	pub fn tell_reached(&self, reached: Reached) {
		// An error says that there is no subscriber.
		let _ = self.0.reached.send(reached);
	}

	/// Tells subscribers of the last final height. [`super::run`] calls this.
	pub fn tell_finalised(&self, height: Height) {
		self.0.finalised.send_if_modified(|last| {
			let grows = height > *last;
			*last = height.max(*last);
			grows
		});
	}

	pub(super) fn tell_attesting(&self, keys: Vec<ValidatorId>) {
		self.0.local.write().attesting = keys;
	}

	pub(super) fn tell_peers(&self, peers: usize) {
		self.0.local.write().peers = peers;
	}
}
