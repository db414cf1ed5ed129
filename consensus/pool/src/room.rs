//! Whether a pool has room for another transaction of a class.
//!
//! A flood of one class would fill the pool and keep the others out. Therefore half of the pool is promised to the
//! classes, each its share; the other half is open to all. A transaction is taken in while its class is within its
//! promise, or while there is room beside it for all that is promised to the others. Transactions that were taken in
//! stay.
//!
//! The same holds for transactions that govern the chain, with a part of the pool that is kept for the chain. So a
//! stolen key of the board cannot fill a pool. Enrolments, which have the same priority, have nothing promised, so that
//! they do not keep the board out.

use crate::owner::Owner;
use syndic_primitives::{ClassId, ClassInfo};

/// The classes together are promised 1/`PROMISED` of a pool.
const PROMISED: u64 = 2;

/// The chain's own transactions have 1/`KEPT` of a pool.
const KEPT: u64 = 16;

/// A number of transactions and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
	/// The number of transactions.
	pub count: u64,
	/// Their bytes.
	pub bytes: u64,
}

impl Load {
	/// One transaction.
	pub fn one(bytes: usize) -> Self {
		Self { count: 1, bytes: bytes as u64 }
	}

	/// The sum of both.
	pub fn plus(self, other: Self) -> Self {
		let count = self.count.saturating_add(other.count);
		Self { count, bytes: self.bytes.saturating_add(other.bytes) }
	}

	/// This load without `other`; 0 where `other` is greater.
	pub fn minus(self, other: Self) -> Self {
		let count = self.count.saturating_sub(other.count);
		Self { count, bytes: self.bytes.saturating_sub(other.bytes) }
	}

	/// This load divided by `of`.
	pub fn part(self, of: u64) -> Self {
		Self { count: self.count / of, bytes: self.bytes / of }
	}

	/// This load multiplied by `factor`.
	pub fn times(self, factor: u64) -> Self {
		Self { count: self.count.saturating_mul(factor), bytes: self.bytes.saturating_mul(factor) }
	}

	/// `share` percent of this load.
	pub fn percent(self, share: u8) -> Self {
		let part = |whole: u64| whole.saturating_mul(share.into()) / 100;
		Self { count: part(self.count), bytes: part(self.bytes) }
	}

	/// Whether neither the number nor the bytes exceed the bound.
	pub fn is_within(self, bound: Self) -> bool {
		self.count <= bound.count && self.bytes <= bound.bytes
	}
}

/// A class: the load that it is promised, and the load that it has in the pool.
#[derive(Clone, Debug)]
struct Lane {
	class: ClassId,
	promised: Load,
	held: Load,
}

/// The load of each class in a pool.
#[derive(Clone, Debug, Default)]
pub struct Room {
	/// The room for classes.
	limit: Load,
	/// The room that is kept for the chain.
	kept: Load,
	/// The load of the chain's own transactions and of enrolments.
	chain: Load,
	/// The load of transactions whose owner is not known.
	others: Load,
	lanes: Vec<Lane>,
}

impl Room {
	/// An empty pool with this limit. Without classes, one lane has the whole limit.
	pub fn new(limit: Load, classes: &[ClassInfo]) -> Self {
		let kept = limit.part(KEPT);
		let limit = limit.minus(kept);
		let lane = |class: ClassId, promised: Load| Lane { class, promised, held: Load::default() };
		let mut lanes: Vec<_> =
			classes.iter().map(|class| lane(class.id, limit.part(PROMISED).percent(class.share))).collect();
		if lanes.is_empty() {
			lanes.push(lane(ClassId::default(), limit));
		}
		Self { limit, kept, chain: Load::default(), others: Load::default(), lanes }
	}

	/// Counts a transaction; the owner is `None` if it is not known.
	pub fn count(&mut self, owner: Option<Owner>, load: Load) {
		let held = self.held(owner);
		*held = held.plus(load);
	}

	/// Takes back a count, because the transaction is not in the pool after all.
	pub fn uncount(&mut self, owner: Option<Owner>, load: Load) {
		let held = self.held(owner);
		*held = held.minus(load);
	}

	/// Whether there is room for one more transaction of `owner`.
	pub fn admits(&self, owner: Owner, load: Load) -> bool {
		// The load in the pool, and the promised load that must still find room.
		let mut total = load.plus(self.others);
		for lane in &self.lanes {
			let is_own = owner == Owner::Class(lane.class);
			if is_own && lane.held.plus(load).is_within(lane.promised) {
				return true;
			}
			total = total.plus(lane.held);
			if !is_own {
				total = total.plus(lane.promised.minus(lane.held));
			}
		}
		match owner {
			Owner::Chain => {
				let all = self.limit.plus(self.kept);
				self.chain.plus(load).is_within(self.kept) || total.plus(self.chain).is_within(all)
			}
			Owner::Newcomer => total.plus(self.chain).is_within(self.limit),
			Owner::Class(_) => total.plus(self.chain.minus(self.kept)).is_within(self.limit),
		}
	}

	fn held(&mut self, owner: Option<Owner>) -> &mut Load {
		match owner {
			Some(Owner::Chain | Owner::Newcomer) => &mut self.chain,
			Some(Owner::Class(class)) => match self.lanes.iter_mut().find(|lane| lane.class == class) {
				Some(lane) => &mut lane.held,
				None => &mut self.others,
			},
			None => &mut self.others,
		}
	}
}
