//! Whether the chain keeps up with the transactions that come.
//!
//! A pool that takes in every transaction that it has room for makes every sender wait: at five times what the chain
//! can take, a new transaction waits behind a full pool. So the pool measures, class by class, how many transactions a
//! second become final while more of them are ready than one block takes. It takes in as many as become final within
//! [`AHEAD`], and refuses further ones at submission.
//!
//! Senders share the room. When the room is used up, an account that has less than its share of it in the pool still
//! gets in, up to [`FOR_THE_SMALL`] times the bound. So accounts that send much do not keep out an account that sends
//! little.
//!
//! A chain that stands still refuses no transaction: only blocks are measured, and a late block is one of several
//! measurements.
//!
//! Refusing must cost little, for a client may offer a refused transaction again at once. So a refused transaction is
//! remembered until the next block, and refused again without a call of the runtime.

use parking_lot::Mutex;
use std::{
	collections::{HashMap, HashSet, VecDeque},
	time::{Duration, Instant},
};
use syndic_primitives::{BlockHash, ClassId};

/// The longest time that a transaction may have to wait for the ready ones before it.
const AHEAD: Duration = Duration::from_millis(2_500);
/// The same wait in intervals between blocks, which counts where it is longer: each block, and the one after it, must
/// find enough transactions to take.
const BLOCKS_AHEAD: f64 = 2.5;
/// Transactions of a class that may always be ready, however slow the class is.
pub const LEAST: u64 = 64;
/// Factor on the bound for accounts that have less than their share.
const FOR_THE_SMALL: f64 = 1.5;
/// Measurements that are kept per class; the speed is their median.
const MEASUREMENTS: usize = 9;
/// Time without a new measurement after which the class is no longer known to be busy.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(20);

/// Maximum number of refused transactions that are remembered.
const REMEMBERED: usize = 65_536;
/// How long refused transactions are remembered if no block becomes final.
const REMEMBERED_FOR: Duration = Duration::from_secs(2);
/// A class is tight when its ready transactions reach this part of its bound.
const TIGHT: f64 = 0.5;

/// How fast transactions of a class became final at a time when more of them were ready.
#[derive(Clone, Copy, Debug)]
struct Measurement {
	at: Instant,
	/// Time from one block to the next.
	interval: Duration,
	/// Transactions of the class in each block.
	taken: f64,
}

/// Ready transactions of one class: their number for each account.
type Counts<Account> = HashMap<Account, u64>;

#[derive(Debug)]
struct Lane<Account> {
	measurements: VecDeque<Measurement>,
	/// How many transactions may be ready, as long as the measurements count.
	bound: f64,
	ready: u64,
	accounts: Counts<Account>,
}

impl<Account> Default for Lane<Account> {
	fn default() -> Self {
		Self { measurements: VecDeque::new(), bound: 0.0, ready: 0, accounts: HashMap::new() }
	}
}

impl<Account> Lane<Account> {
	/// How many transactions may be ready. `None`: the class is not known to be busy.
	fn bound(&self, now: Instant) -> Option<f64> {
		let last = self.measurements.back()?;
		(now.duration_since(last.at) <= FORGOTTEN_AFTER).then_some(self.bound)
	}

	/// Takes in another measurement.
	fn measure(&mut self, measurement: Measurement) {
		self.measurements.push_back(measurement);
		if self.measurements.len() > MEASUREMENTS {
			self.measurements.pop_front();
		}
		let interval = median(self.measurements.iter().map(|one| one.interval.as_secs_f64()));
		let speed = median(self.measurements.iter().map(|one| one.taken / one.interval.as_secs_f64()));
		let ahead = AHEAD.as_secs_f64().max(BLOCKS_AHEAD * interval);
		self.bound = (speed * ahead).max(LEAST as f64);
	}
}

/// The measurements of one pool.
#[derive(Debug)]
pub struct Backlog<Account> {
	lanes: HashMap<ClassId, Lane<Account>>,
	/// The transactions that were refused since the last block.
	refused: HashSet<BlockHash>,
	/// When the first of them was refused.
	refused_since: Option<Instant>,
	/// When the last final block was applied.
	last: Option<Instant>,
}

impl<Account> Default for Backlog<Account> {
	fn default() -> Self {
		Self { lanes: HashMap::new(), refused: HashSet::new(), refused_since: None, last: None }
	}
}

impl<Account: std::hash::Hash + Eq> Backlog<Account> {
	/// A block has become final while the pool had too few ready transactions to fill it: drops all measurements.
	pub fn idle(&mut self, now: Instant) {
		self.last = Some(now);
		self.lanes.clear();
		self.refused.clear();
	}

	/// Remembers a transaction that was refused because the chain does not keep up.
	pub fn refuse(&mut self, now: Instant, hash: BlockHash) {
		if self.refused.is_empty() {
			self.refused_since = Some(now);
		}
		if self.refused.len() < REMEMBERED {
			self.refused.insert(hash);
		}
	}

	/// Whether a transaction was refused since the last block.
	pub fn is_refused(&mut self, now: Instant, hash: &BlockHash) -> bool {
		if self.refused_since.is_some_and(|since| now.duration_since(since) >= REMEMBERED_FOR) {
			self.refused.clear();
			self.refused_since = None;
		}
		self.refused.contains(hash)
	}

	/// `blocks` blocks have become final since the last call, and have taken `taken` transactions of each class.
	/// `ready` is what is still ready after them.
	pub fn taken(
		&mut self,
		now: Instant,
		blocks: u32,
		taken: &HashMap<ClassId, u64>,
		ready: HashMap<ClassId, Counts<Account>>,
	) {
		let last = self.last.replace(now);
		self.refused.clear();
		self.lanes.retain(|class, _| taken.contains_key(class) || ready.contains_key(class));
		for class in taken.keys() {
			self.lanes.entry(*class).or_default();
		}
		for (class, accounts) in ready {
			let lane = self.lanes.entry(class).or_default();
			lane.ready = accounts.values().sum();
			lane.accounts = accounts;
		}
		let interval = last.map(|last| now.duration_since(last) / blocks.max(1)).filter(|interval| !interval.is_zero());
		let Some(interval) = interval else { return };
		for (class, lane) in &mut self.lanes {
			let taken = taken.get(class).copied().unwrap_or_default() as f64 / f64::from(blocks.max(1));
			// A block that takes every ready transaction does not tell how many it could have taken.
			if lane.ready as f64 >= taken.max(1.0) {
				lane.measure(Measurement { at: now, interval, taken });
			}
		}
	}

	/// Whether any class may be full.
	pub fn is_busy(&self) -> bool {
		self.lanes.values().any(|lane| !lane.measurements.is_empty())
	}

	/// A transaction of a class has come in otherwise than by [`Self::admits`].
	pub fn count(&mut self, class: ClassId, account: Account) {
		let Some(lane) = self.lanes.get_mut(&class) else { return };
		lane.ready = lane.ready.saturating_add(1);
		let held = lane.accounts.entry(account).or_default();
		*held = held.saturating_add(1);
	}

	/// Takes back a count, because the transaction has not come in.
	fn uncount(&mut self, class: ClassId, account: &Account) {
		let Some(lane) = self.lanes.get_mut(&class) else { return };
		lane.ready = lane.ready.saturating_sub(1);
		if let Some(held) = lane.accounts.get_mut(account) {
			*held = held.saturating_sub(1);
		}
	}

	/// Whether a class is tight. A transaction that waits for an earlier one is then refused, because the earlier one
	/// may not get room for a long time.
	pub fn is_tight(&self, now: Instant, class: ClassId) -> bool {
		let Some(lane) = self.lanes.get(&class) else { return false };
		lane.bound(now).is_some_and(|bound| lane.ready as f64 >= TIGHT * bound)
	}

	/// Whether one more transaction of an account may come in. If so, it is counted.
	pub fn admits(&mut self, now: Instant, class: ClassId, account: Account) -> bool {
		let Some(lane) = self.lanes.get(&class) else { return true };
		let Some(bound) = lane.bound(now) else { return true };
		let held = lane.accounts.get(&account).copied().unwrap_or_default() as f64;
		let ready = lane.ready as f64;
		let share = bound / lane.accounts.len().max(1) as f64;
		let admitted = ready < bound || (held < share && ready < FOR_THE_SMALL * bound);
		if admitted {
			self.count(class, account);
		}
		admitted
	}
}

/// A transaction that is counted while it comes in. Unless [`Self::taken`] is called, it did not come in.
pub struct Counted<'a, Account: std::hash::Hash + Eq> {
	backlog: &'a Mutex<Backlog<Account>>,
	class: ClassId,
	account: Account,
	taken: bool,
}

impl<'a, Account: std::hash::Hash + Eq + Clone> Counted<'a, Account> {
	/// Counts a transaction of an account, if the class has room for it. Otherwise the transaction is remembered as
	/// refused.
	pub fn enter(
		backlog: &'a Mutex<Backlog<Account>>,
		hash: BlockHash,
		class: ClassId,
		account: Account,
	) -> Option<Self> {
		let (now, mut locked) = (Instant::now(), backlog.lock());
		if !locked.admits(now, class, account.clone()) {
			locked.refuse(now, hash);
			return None;
		}
		Some(Self { backlog, class, account, taken: false })
	}
}

impl<Account: std::hash::Hash + Eq> Counted<'_, Account> {
	/// The transaction is in the pool.
	pub fn taken(mut self) {
		self.taken = true;
	}
}

impl<Account: std::hash::Hash + Eq> Drop for Counted<'_, Account> {
	fn drop(&mut self) {
		if !self.taken {
			self.backlog.lock().uncount(self.class, &self.account);
		}
	}
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
	let mut values: Vec<_> = values.collect();
	values.sort_by(f64::total_cmp);
	values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
	use super::*;

	const CLASS: ClassId = ClassId(0);
	const OTHER: ClassId = ClassId(1);

	/// A pool under test: one class is sent by many accounts.
	struct Flood {
		backlog: Backlog<u32>,
		now: Instant,
		ready: HashMap<u32, u64>,
	}

	impl Flood {
		fn new() -> Self {
			let now = Instant::now();
			let mut backlog = Backlog::default();
			backlog.idle(now);
			Self { backlog, now, ready: HashMap::new() }
		}

		/// After `seconds` of five times what blocks take, from 200 accounts.
		fn of(seconds: u32) -> Self {
			let mut flood = Self::new();
			for _ in 0..seconds {
				flood.send(0..200, 25);
				flood.block(SECOND, 1_000);
			}
			flood
		}

		fn total(&self) -> u64 {
			self.ready.values().sum()
		}

		/// Each of `accounts` sends `each` transactions. Returns how many were taken in.
		fn send(&mut self, accounts: std::ops::Range<u32>, each: u64) -> u64 {
			let before = self.total();
			for _ in 0..each {
				for account in accounts.clone() {
					if self.backlog.admits(self.now, CLASS, account) {
						*self.ready.entry(account).or_default() += 1;
					}
				}
			}
			self.total() - before
		}

		/// A block takes up to `most` transactions, `after` this time.
		fn block(&mut self, after: Duration, most: u64) {
			self.now += after;
			let mut left = most.min(self.total());
			let taken = left;
			let mut accounts: Vec<_> = self.ready.keys().copied().collect();
			accounts.sort_unstable();
			while left > 0 {
				for account in &accounts {
					let Some(held) = self.ready.get_mut(account).filter(|held| left > 0 && **held > 0) else {
						continue;
					};
					*held -= 1;
					left -= 1;
				}
			}
			self.ready.retain(|_, held| *held > 0);
			let ready = HashMap::from([(CLASS, self.ready.clone())]);
			self.backlog.taken(self.now, 1, &HashMap::from([(CLASS, taken)]), ready);
		}
	}

	const SECOND: Duration = Duration::from_secs(1);

	#[test]
	fn five_times_saturation_leaves_no_more_than_some_seconds_of_work() {
		let mut flood = Flood::new();
		for second in 0..60 {
			flood.send(0..200, 25);
			flood.block(SECOND, 1_000);
			if second > 20 {
				assert!(flood.total() <= 3_750, "{} are ready", flood.total());
				assert!(flood.total() >= 1_000, "a block finds only {}", flood.total());
			}
		}
	}

	#[test]
	fn one_who_sends_little_gets_in_beside_those_who_send_much() {
		let mut flood = Flood::of(30);
		assert!(flood.send(0..200, 25) < 2_000);
		assert_eq!(flood.send(1_000..1_020, 1), 20);
	}

	#[test]
	fn nothing_is_refused_while_blocks_take_all() {
		let mut flood = Flood::new();
		for _ in 0..30 {
			assert_eq!(flood.send(0..100, 9), 900);
			flood.block(SECOND, 1_000);
		}
	}

	#[test]
	fn a_chain_that_stands_still_refuses_nobody() {
		let mut flood = Flood::new();
		for _ in 0..10 {
			flood.send(0..100, 9);
			flood.block(SECOND, 1_000);
		}
		// Twenty seconds pass without a block.
		assert_eq!(flood.send(0..100, 80), 8_000);
		flood.block(20 * SECOND, 1_000);
		flood.block(SECOND, 1_000);
		flood.block(SECOND, 1_000);
		// The outage is one measurement of several: the bound follows from what blocks take.
		assert_eq!(flood.send(0..100, 80), 0, "five seconds of work are there");
		(0..4).for_each(|_| flood.block(SECOND, 1_000));
		assert!(flood.send(0..100, 80) > 0);
	}

	#[test]
	fn a_class_that_is_not_busy_does_not_pay_for_one_that_is() {
		let mut flood = Flood::of(30);
		assert!(flood.send(0..200, 25) < 5_000);
		assert!((0..500).all(|n| flood.backlog.admits(flood.now, OTHER, n)));
	}

	#[test]
	fn few_large_ones_in_a_block_do_not_bring_the_bound_to_nothing() {
		let mut flood = Flood::new();
		for _ in 0..5 {
			flood.send(0..10, 10);
			flood.block(SECOND, 2);
		}
		flood.ready.clear();
		flood.block(SECOND, 2);
		assert!(flood.send(0..64, 1) >= 64);
	}

	#[test]
	fn what_was_refused_is_looked_at_again_after_the_next_block_or_two_seconds() {
		let mut flood = Flood::new();
		let hash = BlockHash::repeat_byte(1);
		flood.backlog.refuse(flood.now, hash);
		assert!(flood.backlog.is_refused(flood.now, &hash));
		flood.block(SECOND, 1);
		assert!(!flood.backlog.is_refused(flood.now, &hash));
		flood.backlog.refuse(flood.now, hash);
		assert!(flood.backlog.is_refused(flood.now + SECOND, &hash));
		assert!(!flood.backlog.is_refused(flood.now + REMEMBERED_FOR, &hash));
	}

	#[test]
	fn what_was_counted_and_does_not_come_in_takes_no_room() {
		let flood = Flood::of(5);
		let backlog = Mutex::new(flood.backlog);
		let hash = BlockHash::zero();
		let before = backlog.lock().lanes[&CLASS].ready;
		drop(Counted::enter(&backlog, hash, CLASS, 9_999).expect("it sends little"));
		assert_eq!(backlog.lock().lanes[&CLASS].ready, before);
		Counted::enter(&backlog, hash, CLASS, 9_999).expect("it sends little").taken();
		assert_eq!(backlog.lock().lanes[&CLASS].ready, before + 1);
	}

	#[test]
	fn after_a_quiet_time_nothing_is_known() {
		let mut flood = Flood::of(10);
		flood.now += FORGOTTEN_AFTER + SECOND;
		assert_eq!(flood.send(0..200, 25), 5_000);
	}
}
