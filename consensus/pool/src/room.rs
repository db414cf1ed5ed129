//! Whether a pool has room for another transaction of a class.
//!
//! A flood of one class would fill the pool and keep the others out. Therefore half of the pool is promised, to each class its share; the other half is for whoever comes. A
//! transaction is taken in while its class is within its promise, or while beside it there is still room for what is
//! promised to the others. What has been taken in stays.
//!
//! The same holds for what governs the chain, with what is kept for the chain: whoever has taken a key of the board can
//! fill no pool with it. Enrolments, which go first as well, have nothing promised, so that they do not keep the board out.

use crate::owner::Owner;
use syndic_primitives::{ClassId, ClassInfo};

/// What part of a pool is promised to classes: one of so many.
const PROMISED: u64 = 2;

/// What part of a pool is kept for the chain's own: one of so many.
const KEPT: u64 = 16;

/// Transactions, or what they take: how many, and how many bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
	/// How many.
	pub count: u64,
	/// Their bytes.
	pub bytes: u64,
}

impl Load {
	/// One transaction.
	pub fn one(bytes: usize) -> Self {
		Self { count: 1, bytes: bytes as u64 }
	}

	/// Both together.
	pub fn plus(self, other: Self) -> Self {
		let count = self.count.saturating_add(other.count);
		Self { count, bytes: self.bytes.saturating_add(other.bytes) }
	}

	/// Without the other.
	pub fn minus(self, other: Self) -> Self {
		let count = self.count.saturating_sub(other.count);
		Self { count, bytes: self.bytes.saturating_sub(other.bytes) }
	}

	/// One of so many parts of it.
	pub fn part(self, of: u64) -> Self {
		Self { count: self.count / of, bytes: self.bytes / of }
	}

	/// So many times it.
	pub fn times(self, factor: u64) -> Self {
		Self { count: self.count.saturating_mul(factor), bytes: self.bytes.saturating_mul(factor) }
	}

	/// So many percent of it.
	pub fn percent(self, share: u8) -> Self {
		let part = |whole: u64| whole.saturating_mul(share.into()) / 100;
		Self { count: part(self.count), bytes: part(self.bytes) }
	}

	/// Whether it is no more than the bound, in either.
	pub fn is_within(self, bound: Self) -> bool {
		self.count <= bound.count && self.bytes <= bound.bytes
	}
}

/// A class: what it is promised, and what of it is there.
#[derive(Clone, Debug)]
struct Lane {
	class: ClassId,
	promised: Load,
	held: Load,
}

/// What of each class is in a pool.
#[derive(Clone, Debug, Default)]
pub struct Room {
	/// What is for classes.
	limit: Load,
	/// What is kept for the chain.
	kept: Load,
	/// What of the chain's own is there.
	chain: Load,
	/// What is there of which it is not known whose it is.
	others: Load,
	lanes: Vec<Lane>,
}

impl Room {
	/// An empty pool with this limit. Without classes all of it is for everybody.
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

	/// Counts what is there; `None` where it is not known whose it is.
	pub fn count(&mut self, owner: Option<Owner>, load: Load) {
		let held = self.held(owner);
		*held = held.plus(load);
	}

	/// What was counted is not there after all.
	pub fn uncount(&mut self, owner: Option<Owner>, load: Load) {
		let held = self.held(owner);
		*held = held.minus(load);
	}

	/// Whether there is room for one more.
	pub fn admits(&self, owner: Owner, load: Load) -> bool {
		// What there is, and what must still find room whatever comes.
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
