//! The chain goes on.

use super::Inner;
use crate::{
	book::{Effects, Reason},
	chain::{At, Chain, ChainError},
};

impl<C: Chain> Inner<C> {
	/// Takes up every block that has become final. Tells the watchers of what is in it, and of what can no longer be final.
	pub fn follow(&self) {
		let _following = self.following.lock();
		let goal = self.chain.finalised();
		{
			let mut state = self.state.lock();
			if state.head == goal {
				return;
			}
			// As during the first sync: there is nobody whom a block concerns.
			if state.book.is_empty() {
				state.head = goal;
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
		if let Err(error) = followed {
			log::warn!(target: crate::LOG, "The pool cannot follow the chain: {error}. It tries again with the next block.");
		}
		self.keeper.ring();
	}

	fn follow_to(&self, goal: At) -> Result<(), ChainError> {
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
		while let Some(block) = blocks.pop() {
			let effects = self.effects(block.hash)?;
			self.take_up(block, &effects, |reason| reason);
		}
		Ok(())
	}

	/// To a block between which and the pool's there are some that are not here, as when old blocks are not kept.
	fn leap_to(&self, goal: At) -> Result<(), ChainError> {
		let accounts: Vec<_> = self.state.lock().book.accounts().cloned().collect();
		let nonce = |account| self.chain.nonce(goal.hash, &account).map(|nonce| (account, nonce));
		let nonces = accounts.into_iter().map(nonce).collect::<Result<_, _>>()?;
		self.take_up(goal, &Effects { transactions: Vec::new(), nonces }, |_| Reason::Unseen(goal.hash));
		Ok(())
	}

	fn take_up(&self, block: At, effects: &Effects, why: impl Fn(Reason) -> Reason) {
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
		self.metrics.finalised(done.len(), done.iter().map(|(held, _)| held.since.elapsed()));
		let ready = state.change(changes);
		drop(state);
		self.notify(ready);
	}
}
