//! Counts the transactions that are in a pool or on their way into it.
//!
//! A transaction is judged before it enters the pool, and under a flood thousands of them are being judged at any
//! moment. So each transaction is counted as soon as it is submitted. The contents of the pool are counted again from
//! time to time.

use crate::{
	owner::Owner,
	room::{Load, Room},
};
use parking_lot::Mutex;
use std::time::{Duration, Instant};

/// A pool that holds less than 1/`CALM` of its limit takes in every transaction, without counting by owner.
const CALM: u64 = 4;

/// Time after which the pool's contents are counted again. Transactions that come in meanwhile are added; transactions
/// that leave meanwhile still count until then.
const COUNT_AGAIN: Duration = Duration::from_millis(250);

/// Counts for one pool.
pub struct Tally {
	limit: Load,
	state: Mutex<State>,
}

#[derive(Default)]
struct State {
	room: Room,
	counted_at: Option<Instant>,
	/// Transactions on their way, by owner; `None` where the owner is not known.
	coming: Vec<(Option<Owner>, Load)>,
}

impl State {
	fn coming(&mut self, owner: Option<Owner>) -> &mut Load {
		let at = match self.coming.iter().position(|(other, _)| *other == owner) {
			Some(at) => at,
			None => {
				self.coming.push((owner, Load::default()));
				self.coming.len() - 1
			}
		};
		&mut self.coming[at].1
	}
}

/// A transaction on its way into the pool. When this is dropped without a call of `taken`, the transaction no longer
/// counts.
pub struct Coming<'a> {
	tally: &'a Tally,
	owner: Option<Owner>,
	load: Load,
	taken: bool,
}

impl Coming<'_> {
	/// The transaction is in the pool.
	pub fn taken(mut self) {
		self.taken = true;
	}
}

impl Drop for Coming<'_> {
	fn drop(&mut self) {
		let mut state = self.tally.state.lock();
		let coming = state.coming(self.owner);
		*coming = coming.minus(self.load);
		// Owners are few. An owner with nothing on its way, such as a class that no longer exists, is forgotten.
		state.coming.retain(|(_, load)| load.count > 0);
		if !self.taken {
			state.room.uncount(self.owner, self.load);
		}
	}
}

impl Tally {
	/// Counts for a pool whose limit is `limit`.
	pub fn new(limit: Load) -> Self {
		Self { limit, state: Mutex::default() }
	}

	/// Whether there is room for any transaction beside the `held` ones, without counting by owner.
	pub fn is_calm(&self, held: Load) -> bool {
		let state = self.state.lock();
		let total = state.coming.iter().fold(held, |sum, (_, load)| sum.plus(*load));
		total.plus(Load { count: 1, bytes: 1 }).is_within(self.limit.part(CALM))
	}

	/// Counts a transaction that there is room for whatever its owner is.
	pub fn pass(&self, load: Load) -> Coming<'_> {
		let mut state = self.state.lock();
		let coming = state.coming(None);
		*coming = coming.plus(load);
		state.room.count(None, load);
		Coming { tally: self, owner: None, load, taken: false }
	}

	/// Counts a transaction if there is room for it. `count` counts what the pool holds.
	pub fn enter(&self, owner: Owner, load: Load, count: impl FnOnce(Load) -> Room) -> Option<Coming<'_>> {
		let mut state = self.state.lock();
		if state.counted_at.is_none_or(|at| at.elapsed() > COUNT_AGAIN) {
			let mut room = count(self.limit);
			state.coming.iter().for_each(|(owner, load)| room.count(*owner, *load));
			state.room = room;
			state.counted_at = Some(Instant::now());
		}
		if !state.room.admits(owner, load) {
			return None;
		}
		let coming = state.coming(Some(owner));
		*coming = coming.plus(load);
		state.room.count(Some(owner), load);
		Some(Coming { tally: self, owner: Some(owner), load, taken: false })
	}
}
