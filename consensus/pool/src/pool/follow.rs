//! Follows the final chain.

use super::Inner;
use crate::{
	backlog::LEAST,
	book::{Effects, Reason},
	chain::{At, Chain, ChainError},
	held::Place,
	owner::Owner,
};
use std::{collections::HashMap, time::Instant};
use syndic_primitives::{ClassId, ClassInfo};

/// Blocks that were applied: their number, and the priorities of their transactions that were in the pool.
#[derive(Default)]
struct TakenUp {
	blocks: u32,
	priorities: Vec<u64>,
}

impl<C: Chain> Inner<C> {
	/// Applies every block that has become final. Tells the watchers of its transactions, and of transactions that can
	/// no longer become final.
	pub fn follow(&self) {
		let _following = self.following.lock();
		let goal = self.chain.finalised();
		{
			let mut state = self.state.lock();
			if state.head == goal {
				return;
			}
			// An empty pool, as during the first sync, holds no transaction that a block could concern.
			if state.book.is_empty() {
				state.head = goal;
				self.backlog.lock().idle(Instant::now());
				return;
			}
		}
		let followed = self.follow_to(goal).or_else(|error| {
			log::warn!(
				target: crate::LOG,
				"The pool cannot follow the chain to block {} step by step: {error}. Of transactions that became final or were \
				 outrun meanwhile it cannot say which.", goal.height
			);
			self.leap_to(goal)
		});
		match followed {
			Ok(taken) => self.measure_backlog(goal, &taken),
			Err(error) => log::warn!(
				target: crate::LOG,
				"The pool cannot follow the chain: {error}. It tries again with the next block."
			),
		}
		self.keeper.ring();
	}

	fn follow_to(&self, goal: At) -> Result<TakenUp, ChainError> {
		let head = self.state.lock().head;
		let mut blocks = Vec::new();
		let mut next = goal;
		while next != head && next.height > head.height {
			blocks.push(next);
			match self.chain.parent(next.hash)? {
				Some(parent) => next = parent,
				None => break,
			}
		}
		let mut taken = TakenUp::default();
		while let Some(block) = blocks.pop() {
			let effects = self.effects(block.hash)?;
			self.take_up(block, &effects, &mut taken, |reason| reason);
		}
		Ok(taken)
	}

	/// Goes to block `goal` although blocks between it and the pool's head are missing here, as on a node that prunes
	/// old blocks.
	fn leap_to(&self, goal: At) -> Result<TakenUp, ChainError> {
		let accounts: Vec<_> = self.state.lock().book.accounts().cloned().collect();
		let nonce = |account| self.chain.nonce(goal.hash, &account).map(|nonce| (account, nonce));
		let nonces = accounts.into_iter().map(nonce).collect::<Result<_, _>>()?;
		let effects = Effects { transactions: Vec::new(), nonces };
		self.take_up(goal, &effects, &mut TakenUp::default(), |_| Reason::Unseen(goal.hash));
		Ok(TakenUp::default())
	}

	fn take_up(&self, block: At, effects: &Effects, taken: &mut TakenUp, why: impl Fn(Reason) -> Reason) {
		let mut state = self.state.lock();
		let (done, lost, changes) = state.book.apply(effects);
		state.head = block;
		for (held, at) in &done {
			state.watchers.finalised(&held.hash, block.hash, *at);
			self.forget(&mut state, &held.hash);
		}
		for (held, reason) in &lost {
			self.left(&mut state, held, why(*reason));
		}
		taken.blocks = taken.blocks.saturating_add(1);
		taken.priorities.extend(done.iter().map(|(held, _)| held.priority));
		self.metrics.finalised(done.len(), done.iter().map(|(held, _)| held.since.elapsed()));
		let ready = state.change(changes);
		drop(state);
		self.notify(ready);
	}

	/// Measures how fast the transactions of each class become final.
	fn measure_backlog(&self, at: At, taken: &TakenUp) {
		let now = Instant::now();
		if taken.blocks == 0 {
			return;
		}
		let ready = self.state.lock().book.loads().0.count;
		// So few always get in.
		if ready < LEAST {
			self.backlog.lock().idle(now);
			return;
		}
		let classes = self.chain.classes(at.hash);
		let mut counts: HashMap<ClassId, u64> = HashMap::new();
		for class in taken.priorities.iter().filter_map(|priority| class_of(*priority, &classes)) {
			*counts.entry(class).or_default() += 1;
		}
		let mut ready: HashMap<ClassId, HashMap<_, u64>> = HashMap::new();
		let state = self.state.lock();
		for held in state.book.all().filter(|held| state.book.is_ready(held)) {
			let (Place::Account(account, _), Some(class)) = (&held.place, class_of(held.priority, &classes)) else {
				continue;
			};
			*ready.entry(class).or_default().entry(account.clone()).or_default() += 1;
		}
		self.backlog.lock().taken(now, taken.blocks, &counts, ready);
	}
}

/// The class of a transaction with this priority. The chain's own transactions belong to no class.
fn class_of(priority: u64, classes: &[ClassInfo]) -> Option<ClassId> {
	match Owner::of(priority, classes) {
		Owner::Class(class) => Some(class),
		Owner::Chain | Owner::Newcomer => None,
	}
}
