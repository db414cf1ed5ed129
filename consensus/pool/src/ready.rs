//! The order in which transactions are offered to a block.

use crate::held::Held;
use sc_transaction_pool_api::ReadyTransactions;
use std::{cmp::Reverse, collections::BinaryHeap, sync::Arc, time::Instant};

/// Rank of the first transaction left in a line: the higher priority goes first, then the earlier arrival. The last
/// field is the line's index.
type Rank = (u64, Reverse<Instant>, usize);

/// Offers the transactions of all lines by priority; within a line they keep their order.
pub struct Ready {
	lines: Vec<std::vec::IntoIter<Arc<Held>>>,
	first: BinaryHeap<Rank>,
}

impl Ready {
	/// Offers these lines.
	pub fn new(lines: Vec<Vec<Arc<Held>>>) -> Self {
		let lines: Vec<_> = lines.into_iter().map(Vec::into_iter).collect();
		let first = lines.iter().enumerate().filter_map(|(at, line)| rank(line, at)).collect();
		Self { lines, first }
	}
}

fn rank(line: &std::vec::IntoIter<Arc<Held>>, at: usize) -> Option<Rank> {
	line.as_slice().first().map(|held| (held.priority, Reverse(held.since), at))
}

impl Iterator for Ready {
	type Item = Arc<Held>;

	fn next(&mut self) -> Option<Arc<Held>> {
		let (_, _, at) = self.first.pop()?;
		let line = self.lines.get_mut(at)?;
		let held = line.next();
		self.first.extend(rank(line, at));
		held
	}
}

impl ReadyTransactions for Ready {
	/// The transactions after an invalid one in its line stay on offer: the proposer decides whether to try them.
	fn report_invalid(&mut self, _: &Self::Item) {}
}
