//! What is in a pool, and on its way into it.
//!
//! A transaction that is handed in is validated before the pool tells of it, and under a flood thousands are on their way at
//! any moment. So each is counted from the moment on when it comes; what is in the pool is counted again now and then.

use crate::{
	owner::Owner,
	room::{Load, Room},
};
use parking_lot::Mutex;
use std::time::{Duration, Instant};

/// Up to what part of its limit a pool takes in whatever comes: one of so many. Nobody is kept out by it.
const CALM: u64 = 4;

/// After how long it is counted again what is in the pool. What has come in since then is added meanwhile; what has gone
/// out counts on.
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
	/// What is on its way, by owner where that is known.
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

/// A transaction on its way into the pool. Unless it is said that it was taken, it was not.
pub struct Coming<'a> {
	tally: &'a Tally,
	owner: Option<Owner>,
	load: Load,
	taken: bool,
}

impl Coming<'_> {
	/// It is in the pool.
	pub fn taken(mut self) {
		self.taken = true;
	}
}

impl Drop for Coming<'_> {
	fn drop(&mut self) {
		let mut state = self.tally.state.lock();
		let coming = state.coming(self.owner);
		*coming = coming.minus(self.load);
		// There are few owners. Those of classes that are gone need not be remembered.
		state.coming.retain(|(_, load)| load.count > 0);
		if !self.taken {
			state.room.uncount(self.owner, self.load);
		}
	}
}

impl Tally {
	/// For a pool that is full with `limit`.
	pub fn new(limit: Load) -> Self {
		Self { limit, state: Mutex::default() }
	}

	/// Whether there is room for whatever comes, beside what the pool holds.
	pub fn is_calm(&self, held: Load) -> bool {
		let state = self.state.lock();
		let total = state.coming.iter().fold(held, |sum, (_, load)| sum.plus(*load));
		total.plus(Load { count: 1, bytes: 1 }).is_within(self.limit.part(CALM))
	}

	/// One comes for which there is room whosever it is.
	pub fn pass(&self, load: Load) -> Coming<'_> {
		let mut state = self.state.lock();
		let coming = state.coming(None);
		*coming = coming.plus(load);
		state.room.count(None, load);
		Coming { tally: self, owner: None, load, taken: false }
	}

	/// One comes, if there is room for it. `count` counts what the pool holds.
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
