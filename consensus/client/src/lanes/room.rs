//! Whether a pool has room for another transaction of a class.
//!
//! A pool that is full drops what has the lowest priority. A flood of one class would so drive the others out, and keep
//! them out. Therefore half of the pool is promised, to each class its share; the other half is for whoever comes. A
//! transaction is taken in while its class is within its promise, or while beside it there is still room for what is
//! promised to the others. Then the pool is never full, and drops nothing.

use super::Owner;
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
	pub(crate) fn one(bytes: usize) -> Self {
		Self { count: 1, bytes: bytes as u64 }
	}

	fn plus(self, other: Self) -> Self {
		let count = self.count.saturating_add(other.count);
		Self { count, bytes: self.bytes.saturating_add(other.bytes) }
	}

	fn minus(self, other: Self) -> Self {
		let count = self.count.saturating_sub(other.count);
		Self { count, bytes: self.bytes.saturating_sub(other.bytes) }
	}

	fn is_within(self, bound: Self) -> bool {
		self.count <= bound.count && self.bytes <= bound.bytes
	}
}

/// What of each class is in a pool.
#[derive(Clone, Debug, Default)]
pub(crate) struct Room {
	limit: Load,
	/// Class, what it is promised, what of it is there.
	classes: Vec<(ClassId, Load, Load)>,
}

impl Room {
	/// An empty pool with this limit.
	pub(crate) fn new(limit: Load, classes: &[ClassInfo]) -> Self {
		let limit = Load { count: limit.count - limit.count / KEPT, bytes: limit.bytes - limit.bytes / KEPT };
		let promise = |share: u8| {
			let part = |whole: u64| (whole / PROMISED).saturating_mul(share.into()) / 100;
			Load { count: part(limit.count), bytes: part(limit.bytes) }
		};
		let mut classes: Vec<_> =
			classes.iter().map(|class| (class.id, promise(class.share), Load::default())).collect();
		if classes.is_empty() {
			classes.push((ClassId::default(), limit, Load::default()));
		}
		Self { limit, classes }
	}

	/// Counts one that is there.
	pub(crate) fn count(&mut self, owner: Owner, load: Load) {
		if let Some((_, _, held)) = self.of(owner) {
			*held = held.plus(load);
		}
	}

	/// One that was counted is not there after all.
	pub(crate) fn uncount(&mut self, owner: Owner, load: Load) {
		if let Some((_, _, held)) = self.of(owner) {
			*held = held.minus(load);
		}
	}

	/// Whether there is room for one more. The chain's own is always let in: the pool does not drop it for any other.
	pub(crate) fn admits(&self, owner: Owner, load: Load) -> bool {
		let Owner::Class(class) = owner else { return true };
		let mut total = load;
		for (id, promised, held) in &self.classes {
			if *id == class && held.plus(load).is_within(*promised) {
				return true;
			}
			total = total.plus(*held);
			if *id != class {
				total = total.plus(promised.minus(*held));
			}
		}
		total.is_within(self.limit)
	}

	fn of(&mut self, owner: Owner) -> Option<&mut (ClassId, Load, Load)> {
		let Owner::Class(class) = owner else { return None };
		self.classes.iter_mut().find(|(id, ..)| *id == class)
	}
}
