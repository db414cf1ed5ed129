//! The chain goes on.

use super::Inner;
use crate::chain::{At, Chain, ChainError};

/// How many blocks are taken up in one go, at most. They are looked up from the newest one back.
const MAX_STEP: usize = 4_096;

impl<C: Chain> Inner<C> {
	/// Takes up every block that has become final: who is in one is told, and who can never be in one any more.
	pub fn follow(&self) {
		let _following = self.following.lock();
		let goal = self.chain.finalised();
		if self.state.lock().head == goal {
			return;
		}
		if let Err(error) = self.follow_to(goal) {
			log::warn!(
				target: crate::LOG,
				"The pool cannot follow the chain to block {}: {error}. It will try again with the next block.", goal.height
			);
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
			self.take_up(block)?;
			if blocks.len() % MAX_STEP == 0 {
				log::debug!(target: crate::LOG, "The pool has taken up block {}, {} more to come", block.height, blocks.len());
			}
		}
		Ok(())
	}

	fn take_up(&self, block: At) -> Result<(), ChainError> {
		let effects = self.effects(block.hash)?;
		let mut state = self.state.lock();
		let (done, lost, changes) = state.book.apply(&effects);
		state.head = block;
		for (held, at) in &done {
			state.watchers.finalised(&held.hash, block.hash, *at);
			self.forget(&mut state, &held.hash);
		}
		for (held, reason) in &lost {
			self.left(&mut state, held, *reason);
		}
		self.metrics.finalised(done.len(), done.iter().map(|(held, _)| held.since.elapsed()));
		let ready = state.change(changes);
		drop(state);
		self.notify(ready);
		Ok(())
	}
}
