//! The transactions in the pool, and the order in which they can be taken: pure, without clock, disk or chain.
//!
//! An account's transactions stand in line by nonce. Those from the nonce that the final state expects up to the first
//! gap are *ready*; the others *wait* for the gap to close. Two transactions with one nonce have the same *place*: the
//! one with the higher priority is offered, and the other stays behind it until one of them is final. Only then is it
//! certain which one has won, and only then is a sender told.

use crate::{
	extrinsic::Nonce,
	held::{Held, Origin, Place, Tag},
	room::Load,
};
use sp_runtime::AccountId32;
use std::{
	collections::{BTreeMap, HashMap},
	sync::Arc,
};
use syndic_primitives::{block::BlockNumber, peer::InstitutionId, BlockHash};

/// Maximum number of transactions in one place, the offered one among them.
pub const MAX_RIVALS: usize = 4;

/// Bounds for one account and for one institution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
	/// Transactions of one account, and how far ahead of the state a nonce may be.
	pub account: usize,
	/// Transactions of one account that may wait for a gap. They count for `account` as well.
	pub waiting: usize,
	/// Transactions that may wait for gaps, of all accounts together. The transaction that closes a gap must always
	/// find room.
	pub all_waiting: Load,
	/// Transactions of one institution.
	pub institution: Load,
}

/// Why a transaction is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
	/// It is in the book already.
	#[error("the transaction is in the pool")]
	Known,
	/// Its nonce is used already.
	#[error("the nonce is {found}, the account has sent {next}")]
	Used {
		/// Its nonce.
		found: Nonce,
		/// The one that the state expects.
		next: Nonce,
	},
	/// Its nonce is too far ahead.
	#[error("the nonce is {found}, the account has sent {next}, at most {bound} ahead are taken")]
	TooFarAhead {
		/// Its nonce.
		found: Nonce,
		/// The one that the state expects.
		next: Nonce,
		/// How far ahead it may be.
		bound: usize,
	},
	/// Another transaction in its place has the same priority or a higher one.
	#[error("the priority is {new}, that of the one in its place is {old}")]
	TooLow {
		/// The priority of the one in the book.
		old: u64,
		/// The priority of this one.
		new: u64,
	},
	/// Its account has as many transactions as allowed.
	#[error("the account has {held} transactions in the pool, at most {bound}")]
	AccountFull {
		/// How many the account has.
		held: usize,
		/// How many it may have.
		bound: usize,
	},
	/// Its account has as many transactions behind gaps as allowed.
	#[error("{held} transactions of the account wait for an earlier one, at most {bound}")]
	TooManyWaiting {
		/// How many wait.
		held: usize,
		/// How many may.
		bound: usize,
	},
	/// The transactions that wait for gaps, of all accounts, have reached their bound.
	#[error("too many transactions in the pool wait for an earlier one")]
	AllTooManyWaiting,
	/// Its institution has reached its bound.
	#[error("the institution {0} has as much in the pool as it may")]
	InstitutionFull(InstitutionId),
}

/// The state of a transaction that was taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entered {
	/// It can be taken into a block.
	Ready,
	/// It waits for an earlier one of its account.
	Waiting,
}

/// Why a transaction leaves without becoming final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
	/// Its era is over.
	Expired,
	/// This transaction, which had the same place here, used its nonce.
	Usurped(BlockHash),
	/// A transaction that was not here used its nonce.
	NonceUsed,
	/// Its nonce was used in a block that this node could not read, by this or by another transaction. The block named
	/// is the final one at which the node noticed.
	Unseen(BlockHash),
	/// The final state no longer allows it.
	Invalid,
	/// The earlier transaction that it waited for has not come.
	GapExpired,
	/// The operator has removed it.
	Removed,
}

impl Reason {
	/// The label in metrics.
	pub fn label(self) -> &'static str {
		match self {
			Self::Expired => "expired",
			Self::Usurped(_) => "usurped",
			Self::NonceUsed => "nonce_used",
			Self::Unseen(_) => "unseen",
			Self::Invalid => "invalid",
			Self::GapExpired => "gap_expired",
			Self::Removed => "removed",
		}
	}
}

/// The effects of a final block on the pool.
#[derive(Clone, Debug, Default)]
pub struct Effects {
	/// Its transactions, in order.
	pub transactions: Vec<BlockHash>,
	/// For each account that signed one of them: how many transactions it has sent up to this block.
	pub nonces: HashMap<AccountId32, Nonce>,
}

/// A change of a transaction's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
	/// The transaction can be taken now.
	Ready(BlockHash),
	/// The transaction must wait again.
	Waits(BlockHash),
}

/// One place: the transaction that is offered, and its rivals behind it.
#[derive(Debug)]
struct Slot {
	offered: Arc<Held>,
	behind: Vec<Arc<Held>>,
}

impl Slot {
	fn all(&self) -> impl Iterator<Item = &Arc<Held>> {
		std::iter::once(&self.offered).chain(&self.behind)
	}
}

/// The line of one account.
#[derive(Debug)]
struct Line {
	/// The nonce that the final state expects.
	next: Nonce,
	/// The first nonce, from `next` on, for which there is no transaction.
	gap: Nonce,
	slots: BTreeMap<Nonce, Slot>,
}

impl Line {
	/// Computes the first gap.
	fn find_gap(&self) -> Nonce {
		let mut gap = self.next;
		for nonce in self.slots.range(self.next..).map(|(nonce, _)| *nonce) {
			if nonce != gap {
				break;
			}
			gap = gap.saturating_add(1);
		}
		gap
	}

	fn held(&self) -> usize {
		self.slots.values().map(|slot| 1 + slot.behind.len()).sum()
	}

	fn waiting(&self) -> usize {
		self.slots.range(self.gap..).map(|(_, slot)| 1 + slot.behind.len()).sum()
	}
}

/// The pool's contents.
#[derive(Debug, Default)]
pub struct Book {
	by_hash: HashMap<BlockHash, Arc<Held>>,
	lines: HashMap<AccountId32, Line>,
	/// Bare transactions, by the tag of their place.
	bare: HashMap<Tag, Arc<Held>>,
	institutions: HashMap<InstitutionId, Load>,
	ready: Load,
	waiting: Load,
}

impl Book {
	/// Whether a transaction would be taken in. `next` is the nonce that the state expects; it counts only for an
	/// account that has nothing in the book.
	pub fn check(&self, held: &Held, bounds: &Bounds, next: Nonce) -> Result<(), Refused> {
		if self.by_hash.contains_key(&held.hash) {
			return Err(Refused::Known);
		}
		if let Some(institution) = held.institution {
			let has = self.institutions.get(&institution).copied().unwrap_or_default();
			if !has.plus(Load::one(held.bytes)).is_within(bounds.institution) {
				return Err(Refused::InstitutionFull(institution));
			}
		}
		match &held.place {
			// A bare transaction has no sender who could be told that another one took its place.
			Place::Bare(tag) => match self.bare.get(tag) {
				Some(there) => Err(Refused::TooLow { old: there.priority, new: held.priority }),
				None => Ok(()),
			},
			Place::Account(account, nonce) => self.check_line(held, account, *nonce, bounds, next),
		}
	}

	fn check_line(
		&self,
		held: &Held,
		account: &AccountId32,
		nonce: Nonce,
		bounds: &Bounds,
		next: Nonce,
	) -> Result<(), Refused> {
		let line = self.lines.get(account);
		let (next, gap) = line.map_or((next, next), |line| (line.next, line.gap));
		if nonce < next {
			return Err(Refused::Used { found: nonce, next });
		}
		if (nonce - next) as usize >= bounds.account {
			return Err(Refused::TooFarAhead { found: nonce, next, bound: bounds.account });
		}
		let count = line.map_or(0, Line::held);
		if count >= bounds.account {
			return Err(Refused::AccountFull { held: count, bound: bounds.account });
		}
		if let Some(slot) = line.and_then(|line| line.slots.get(&nonce)) {
			// A transaction from the journal and its rival were both accepted before the restart, and may come back in
			// any order.
			if held.priority <= slot.offered.priority && held.origin != Origin::Journal {
				return Err(Refused::TooLow { old: slot.offered.priority, new: held.priority });
			}
			if slot.behind.len() + 1 >= MAX_RIVALS {
				return Err(Refused::AccountFull { held: slot.behind.len() + 1, bound: MAX_RIVALS });
			}
		}
		let waiting = line.map_or(0, Line::waiting);
		if nonce > gap && waiting >= bounds.waiting {
			return Err(Refused::TooManyWaiting { held: waiting, bound: bounds.waiting });
		}
		if nonce > gap && !self.waiting.plus(Load::one(held.bytes)).is_within(bounds.all_waiting) {
			return Err(Refused::AllTooManyWaiting);
		}
		Ok(())
	}

	/// Takes a transaction in if [`Self::check`] allows it.
	pub fn enter(&mut self, held: Held, bounds: &Bounds, next: Nonce) -> Result<(Entered, Vec<Change>), Refused> {
		self.check(&held, bounds, next)?;
		let held = Arc::new(held);
		self.index(held.clone());
		match &held.place {
			Place::Bare(tag) => {
				self.bare.insert(tag.clone(), held.clone());
				self.ready = self.ready.plus(Load::one(held.bytes));
				Ok((Entered::Ready, Vec::new()))
			}
			Place::Account(account, nonce) => Ok(self.enter_line(&held, account, *nonce, next)),
		}
	}

	fn enter_line(
		&mut self,
		held: &Arc<Held>,
		account: &AccountId32,
		nonce: Nonce,
		next: Nonce,
	) -> (Entered, Vec<Change>) {
		self.uncount_line(account);
		let empty = || Line { next, gap: next, slots: BTreeMap::new() };
		let line = self.lines.entry(account.clone()).or_insert_with(empty);
		let before = line.gap;
		match line.slots.get_mut(&nonce) {
			Some(slot) if held.priority <= slot.offered.priority => slot.behind.push(held.clone()),
			Some(slot) => slot.behind.push(std::mem::replace(&mut slot.offered, held.clone())),
			None => {
				line.slots.insert(nonce, Slot { offered: held.clone(), behind: Vec::new() });
			}
		}
		line.gap = line.find_gap();
		let entered = match nonce < line.gap {
			true => Entered::Ready,
			false => Entered::Waiting,
		};
		let mut changes = moved(line, before);
		changes.retain(|change| *change != Change::Ready(held.hash));
		self.count_line(account);
		(entered, changes)
	}

	/// Whether a transaction would wait for an earlier one of its account. `next` is as in [`Self::check`].
	pub fn would_wait(&self, held: &Held, next: Nonce) -> bool {
		match &held.place {
			Place::Bare(_) => false,
			Place::Account(account, nonce) => *nonce > self.lines.get(account).map_or(next, |line| line.gap),
		}
	}

	/// The nonce that the state expects of an account; `None` if the account has nothing in the book.
	pub fn next_of(&self, account: &AccountId32) -> Option<Nonce> {
		self.lines.get(account).map(|line| line.next)
	}

	/// A block has become final. Returns its transactions that were in the book, with their indices in the block; the
	/// transactions that can no longer become final; and the changes of others.
	pub fn apply(&mut self, effects: &Effects) -> (Vec<(Arc<Held>, usize)>, Vec<(Arc<Held>, Reason)>, Vec<Change>) {
		let mut done = Vec::new();
		let mut winners = HashMap::new();
		let mut nonces = effects.nonces.clone();
		for (at, hash) in effects.transactions.iter().enumerate() {
			let Some(held) = self.by_hash.get(hash).cloned() else { continue };
			match &held.place {
				Place::Bare(tag) => {
					self.bare.remove(tag);
					self.ready = self.ready.minus(Load::one(held.bytes));
				}
				Place::Account(account, nonce) => {
					winners.insert((account.clone(), *nonce), *hash);
					// The nonces leave out an account whose signature could not be read from the extrinsic; its nonce
					// here tells the next one.
					let next = nonces.entry(account.clone()).or_default();
					*next = (*next).max(nonce.saturating_add(1));
				}
			}
			self.unindex(&held);
			done.push((held, at));
		}
		let mut lost = Vec::new();
		let mut changes = Vec::new();
		for (account, next) in &nonces {
			let Some(line) = self.lines.get(account) else { continue };
			if *next <= line.next {
				continue;
			}
			self.uncount_line(account);
			let Some(line) = self.lines.get_mut(account) else { continue };
			let before = line.gap;
			let left = line.slots.split_off(next);
			let passed = std::mem::replace(&mut line.slots, left);
			line.next = *next;
			line.gap = line.find_gap();
			changes.extend(moved(line, before.max(*next)));
			for (nonce, slot) in passed {
				let winner = winners.get(&(account.clone(), nonce));
				for held in slot.all() {
					if winner == Some(&held.hash) {
						continue;
					}
					self.unindex(held);
					lost.push((held.clone(), winner.map_or(Reason::NonceUsed, |hash| Reason::Usurped(*hash))));
				}
			}
			self.count_line(account);
			self.forget_if_empty(account);
		}
		(done, lost, changes)
	}

	/// Takes a transaction out. The rival with the highest priority in its place is offered instead; without a rival,
	/// the transactions after its place wait.
	pub fn remove(&mut self, hash: &BlockHash) -> Option<(Arc<Held>, Vec<Change>)> {
		let held = self.by_hash.get(hash).cloned()?;
		self.unindex(&held);
		let mut changes = Vec::new();
		match &held.place {
			Place::Bare(tag) => {
				self.bare.remove(tag);
				self.ready = self.ready.minus(Load::one(held.bytes));
			}
			Place::Account(account, nonce) => {
				self.uncount_line(account);
				if let Some(line) = self.lines.get_mut(account) {
					let before = line.gap;
					if let Some(slot) = line.slots.get_mut(nonce) {
						slot.behind.retain(|other| other.hash != *hash);
						if slot.offered.hash == *hash {
							let best = slot.behind.iter().enumerate().max_by_key(|(_, other)| other.priority);
							match best.map(|(at, _)| at) {
								Some(at) => slot.offered = slot.behind.remove(at),
								None => {
									line.slots.remove(nonce);
								}
							}
						}
					}
					line.gap = line.find_gap();
					changes = moved(line, before);
				}
				self.count_line(account);
				self.forget_if_empty(account);
			}
		}
		Some((held, changes))
	}

	/// A transaction was judged again and is still valid: `change` updates it.
	pub fn renew(&mut self, hash: &BlockHash, change: impl FnOnce(&mut Held)) {
		let Some(there) = self.by_hash.get(hash) else { return };
		let mut held = Held::clone(there);
		change(&mut held);
		let held = Arc::new(held);
		match &held.place {
			Place::Bare(tag) => {
				self.bare.insert(tag.clone(), held.clone());
			}
			Place::Account(account, nonce) => {
				let slot = self.lines.get_mut(account).and_then(|line| line.slots.get_mut(nonce));
				if let Some(slot) = slot {
					match slot.offered.hash == *hash {
						true => slot.offered = held.clone(),
						false => slot.behind.iter_mut().filter(|o| o.hash == *hash).for_each(|o| *o = held.clone()),
					}
				}
			}
		}
		self.by_hash.insert(*hash, held);
	}

	/// The transaction with this hash.
	pub fn get(&self, hash: &BlockHash) -> Option<&Arc<Held>> {
		self.by_hash.get(hash)
	}

	/// Whether a transaction can be taken into a block now.
	pub fn is_ready(&self, held: &Held) -> bool {
		match &held.place {
			Place::Bare(_) => true,
			Place::Account(account, nonce) => self.lines.get(account).is_some_and(|line| *nonce < line.gap),
		}
	}

	/// All transactions, in no order.
	pub fn all(&self) -> impl Iterator<Item = &Arc<Held>> {
		self.by_hash.values()
	}

	/// The first offered transaction of each account, and all bare transactions.
	pub fn heads(&self) -> impl Iterator<Item = &Arc<Held>> {
		let first = self.lines.values().filter_map(|line| line.slots.values().next().map(|slot| &slot.offered));
		first.chain(self.bare.values())
	}

	/// All transactions of an account, by nonce.
	pub fn of(&self, account: &AccountId32) -> Vec<Arc<Held>> {
		let slots = self.lines.get(account).into_iter().flat_map(|line| line.slots.values());
		slots.flat_map(|slot| slot.all().cloned()).collect()
	}

	/// The accounts that have transactions here.
	pub fn accounts(&self) -> impl Iterator<Item = &AccountId32> {
		self.lines.keys()
	}

	/// The transactions that wait for a gap.
	pub fn waiting(&self) -> Vec<Arc<Held>> {
		let beyond = self.lines.values().flat_map(|line| line.slots.range(line.gap..));
		beyond.flat_map(|(_, slot)| slot.all().cloned()).collect()
	}

	/// The lines of transactions that can be taken on top of blocks that are not final. `above` holds the effects of
	/// these blocks, oldest first. Each account's line begins at its nonce after these blocks; a bare transaction is
	/// left out if it is in one of them.
	pub fn lines_on(&self, above: &[Arc<Effects>]) -> Vec<Vec<Arc<Held>>> {
		let mut nonces = HashMap::new();
		above.iter().for_each(|effects| nonces.extend(effects.nonces.iter()));
		let in_flight = |held: &Held| above.iter().any(|effects| effects.transactions.contains(&held.hash));
		let mut lines: Vec<Vec<_>> = Vec::with_capacity(self.lines.len() + self.bare.len());
		for (account, line) in &self.lines {
			let first = nonces.get(account).map_or(line.next, |next| line.next.max(**next));
			let mut expected = first;
			let mut ready = Vec::new();
			for (nonce, slot) in line.slots.range(first..) {
				if *nonce != expected {
					break;
				}
				expected = expected.saturating_add(1);
				ready.push(slot.offered.clone());
			}
			if !ready.is_empty() {
				lines.push(ready);
			}
		}
		lines.extend(self.bare.values().filter(|held| !in_flight(held)).map(|held| vec![held.clone()]));
		lines
	}

	/// Whether the book holds no transaction.
	pub fn is_empty(&self) -> bool {
		self.by_hash.is_empty()
	}

	/// The load that is ready, and the load that waits.
	pub fn loads(&self) -> (Load, Load) {
		(self.ready, self.waiting)
	}

	fn index(&mut self, held: Arc<Held>) {
		if let Some(institution) = held.institution {
			let has = self.institutions.entry(institution).or_default();
			*has = has.plus(Load::one(held.bytes));
		}
		self.by_hash.insert(held.hash, held);
	}

	fn unindex(&mut self, held: &Held) {
		if self.by_hash.remove(&held.hash).is_none() {
			return;
		}
		let Some(institution) = held.institution else { return };
		if let Some(has) = self.institutions.get_mut(&institution) {
			*has = has.minus(Load::one(held.bytes));
			if has.count == 0 {
				self.institutions.remove(&institution);
			}
		}
	}

	fn loads_of(&self, account: &AccountId32) -> (Load, Load) {
		let (mut ready, mut waiting) = (Load::default(), Load::default());
		let Some(line) = self.lines.get(account) else { return (ready, waiting) };
		for (nonce, slot) in &line.slots {
			let sum = match *nonce < line.gap {
				true => &mut ready,
				false => &mut waiting,
			};
			slot.all().for_each(|held| *sum = sum.plus(Load::one(held.bytes)));
		}
		(ready, waiting)
	}

	fn uncount_line(&mut self, account: &AccountId32) {
		let (ready, waiting) = self.loads_of(account);
		(self.ready, self.waiting) = (self.ready.minus(ready), self.waiting.minus(waiting));
	}

	fn count_line(&mut self, account: &AccountId32) {
		let (ready, waiting) = self.loads_of(account);
		(self.ready, self.waiting) = (self.ready.plus(ready), self.waiting.plus(waiting));
	}

	fn forget_if_empty(&mut self, account: &AccountId32) {
		if self.lines.get(account).is_some_and(|line| line.slots.is_empty()) {
			self.lines.remove(account);
		}
	}
}

/// The transactions that have become ready or must wait, now that the gap has moved from `before`.
fn moved(line: &Line, before: Nonce) -> Vec<Change> {
	let between = |from: Nonce, to: Nonce| line.slots.range(from..to.max(from)).map(|(_, slot)| slot.offered.hash);
	let ready = between(before, line.gap).map(Change::Ready);
	ready.chain(between(line.gap, before).map(Change::Waits)).collect()
}

/// Whether a transaction is due to be judged again: it was last judged before block `last`.
pub fn is_due(held: &Held, last: BlockNumber) -> bool {
	held.judged_at < last
}
