//! The order in which transactions go into a block.
//!
//! Every class has a lane. The next lane to serve is chosen by the first of these rules that finds one:
//! 1. Among the lanes whose next transaction fits into the rest of their share of the block, the lane that has used the
//!    smallest part of its share; among equals, the lane of the higher priority.
//! 2. Among the lanes that have anything left of their share, since shares are seldom whole transactions, the lane
//!    chosen in the same way.
//! 3. The lane of the highest priority that has a transaction: the rest of the block is for all.
//!
//! A transaction uses the greatest of three fractions: its part of the block's transactions, of the block's bytes, and
//! of the time to build the block, which stands for the weight that only the runtime knows. So each lane gets its share
//! of whatever is scarce, also where the block ends earlier than expected.
//!
//! The chain's own transactions go first, up to [`CHAIN_SHARE`] of the block.
//!
//! Within a lane the pool's order is kept. A transaction that depends on another one, as a sender's second transaction
//! does on the first, waits for it, whichever lanes they are in. When a transaction is put off, the transactions that
//! depend on it are put off too. A transaction that is put off is not reported as invalid.

use std::collections::{BTreeSet, HashMap};
use syndic_pool::Owner;
use syndic_primitives::{ClassId, ClassInfo};

/// A whole block, in millionths.
pub(crate) const WHOLE: u64 = 1_000_000;

/// The share of a block that the chain's own transactions get before all others, in percent.
const CHAIN_SHARE: u64 = 25;

/// Number of transactions of a lane that did not fit after which the lane is closed. Until then smaller transactions
/// may follow.
const MAX_PASSED_OVER: usize = 8;

/// Maximum number of a pool's transactions that are looked at for one block. A pool holds half as many unless its
/// operator says otherwise.
pub(crate) const MAX_LOOK: usize = 16_384;

/// A tag that one transaction provides and another requires.
type Tag = Vec<u8>;

/// A transaction, as the pool has it.
pub(crate) struct Candidate<'a> {
	/// The pool's priority of the transaction.
	pub(crate) priority: u64,
	/// The least that the transaction uses of the block, in millionths, as known before it is tried.
	pub(crate) least: u64,
	/// Tags that must be provided before this transaction can be applied.
	pub(crate) requires: &'a [Tag],
	/// Tags that this transaction provides.
	pub(crate) provides: &'a [Tag],
}

/// A transaction of the block's lanes, by its position in the pool's order.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Clone, Copy, Hash)]
pub(crate) struct Place(pub(crate) usize);

struct Lane {
	owner: Owner,
	/// The lane's share of the block, in percent.
	share: u64,
	/// Breaks a tie between lanes: the greater rank goes first.
	rank: (u8, u8),
	/// The part of the block that the lane has used, in millionths.
	used: u64,
	passed_over: usize,
	/// Transactions that wait for no other one.
	waiting: BTreeSet<Place>,
	/// How many transactions were added to this lane in all.
	added: usize,
}

impl Lane {
	fn is_open(&self) -> bool {
		!self.waiting.is_empty() && self.passed_over < MAX_PASSED_OVER
	}

	/// What the lane has left of its share, in millionths.
	fn left(&self) -> u64 {
		(self.share * (WHOLE / 100)).saturating_sub(self.used)
	}
}

/// The state of a transaction that was added.
struct Entry {
	lane: usize,
	least: u64,
	/// Number of transactions that must be taken before this one.
	awaits: usize,
	/// The transactions that wait for this one.
	unlocks: Vec<Place>,
}

/// The lanes of one block.
pub(crate) struct Lanes {
	classes: Vec<ClassInfo>,
	/// By descending rank; the chain's own lane is the first.
	lanes: Vec<Lane>,
	entries: Vec<Entry>,
	providers: HashMap<Tag, Place>,
	/// Maximum number of transactions of the block.
	most: usize,
	/// The height of the block. Where the block has no room for one transaction of each lane, another lane begins at
	/// each height.
	turn: usize,
}

impl Lanes {
	/// The lanes of these classes, for the block at `height` with at most `most` transactions. Without classes there
	/// are two lanes: the default class's and the chain's own.
	pub(crate) fn new(classes: Vec<ClassInfo>, most: usize, height: u32) -> Self {
		let mut lanes = vec![Self::lane(Owner::Chain, CHAIN_SHARE, (u8::MAX, u8::MAX))];
		lanes.extend(
			classes
				.iter()
				.map(|class| Self::lane(Owner::Class(class.id), class.share.into(), (class.priority, class.id.0))),
		);
		if !classes.iter().any(|class| class.id == ClassId::default()) {
			lanes.push(Self::lane(Owner::Class(ClassId::default()), 100, (0, 0)));
		}
		lanes.sort_by_key(|lane| std::cmp::Reverse(lane.rank));
		Self { classes, lanes, entries: Vec::new(), providers: HashMap::new(), most, turn: height as usize }
	}

	fn lane(owner: Owner, share: u64, rank: (u8, u8)) -> Lane {
		Lane { owner, share, rank, used: 0, passed_over: 0, waiting: BTreeSet::new(), added: 0 }
	}

	/// Adds the next transaction in the pool's order, in which nothing comes before what it requires.
	pub(crate) fn add(&mut self, candidate: &Candidate<'_>) -> Place {
		let place = Place(self.entries.len());
		let owner = Owner::of(candidate.priority, &self.classes);
		// There is a lane for every owner.
		let lane = self.lanes.iter().position(|lane| lane.owner == owner).unwrap_or_default();
		let mut awaits = 0;
		for tag in candidate.requires {
			// A tag that no transaction here provides is provided by the chain.
			if let Some(provider) = self.providers.get(tag) {
				self.entries[provider.0].unlocks.push(place);
				awaits += 1;
			}
		}
		self.providers.extend(candidate.provides.iter().map(|tag| (tag.clone(), place)));
		self.lanes[lane].added += 1;
		if awaits == 0 {
			self.lanes[lane].waiting.insert(place);
		}
		self.entries.push(Entry { lane, least: candidate.least, awaits, unlocks: Vec::new() });
		place
	}

	/// Whether the rest of the pool cannot matter: [`MAX_LOOK`] transactions were added, or the last lane, whose
	/// transactions the pool's order leaves for the end, has enough for a block alone.
	pub(crate) fn is_enough(&self) -> bool {
		let last = self.lanes.last().map_or(0, |lane| lane.added);
		self.entries.len() >= MAX_LOOK || last >= self.most.saturating_add(MAX_PASSED_OVER)
	}

	/// The next transaction to try. The caller then calls [`Self::took`] or [`Self::put_off`]. Once it knows more, it
	/// calls [`Self::correct`] or [`Self::take_back`] for what it took.
	pub(crate) fn next(&mut self) -> Option<Place> {
		let within = |lane: &Lane| lane.waiting.first().is_some_and(|place| self.entries[place.0].least <= lane.left());
		let chosen = self
			.neediest(within)
			.or_else(|| self.neediest(|lane| lane.left() > 0))
			.or_else(|| self.lanes.iter().position(Lane::is_open))?;
		self.lanes[chosen].waiting.pop_first()
	}

	/// The lane that has used the smallest part of its share, among the open lanes that qualify. The chain's own lane
	/// goes before all others.
	fn neediest(&self, qualifies: impl Fn(&Lane) -> bool) -> Option<usize> {
		let open = || self.lanes.iter().enumerate().filter(|(_, lane)| lane.is_open());
		let count = open().count();
		// Where the block has no room for one transaction of each lane, another lane begins at each height.
		let crowded = self.most < count;
		let distance = |at: usize| if crowded { (at + count - self.turn % count) % count } else { at };
		open()
			.enumerate()
			.filter(|(_, (_, lane))| qualifies(lane))
			.min_by(|(a, (_, left)), (b, (_, right))| {
				let is_class = |lane: &Lane| lane.owner != Owner::Chain;
				// Compares used / share without a division.
				let parts = (left.used * right.share).cmp(&(right.used * left.share));
				is_class(left).cmp(&is_class(right)).then(parts).then(distance(*a).cmp(&distance(*b)))
			})
			.map(|(_, (index, _))| index)
	}

	/// Records that the transaction is in the block, or is expected to be, and uses `used` millionths of it.
	pub(crate) fn took(&mut self, place: Place, used: u64) {
		self.correct(place, 0, used);
		let unlocks = std::mem::take(&mut self.entries[place.0].unlocks);
		for unlocked in &unlocks {
			let entry = &mut self.entries[unlocked.0];
			entry.awaits -= 1;
			if entry.awaits == 0 {
				self.lanes[entry.lane].waiting.insert(*unlocked);
			}
		}
		self.entries[place.0].unlocks = unlocks;
	}

	/// Records that a transaction that was taken uses `used` millionths of the block, and not `expected`.
	pub(crate) fn correct(&mut self, place: Place, expected: u64, used: u64) {
		let lane = &mut self.lanes[self.entries[place.0].lane];
		lane.used = lane.used.saturating_sub(expected).saturating_add(used);
	}

	/// What a lane has used of the block, in millionths.
	#[cfg(test)]
	pub(crate) fn used(&self, owner: Owner) -> Option<u64> {
		self.lanes.iter().find(|lane| lane.owner == owner).map(|lane| lane.used)
	}

	/// Records that a transaction is not in the block although it was recorded as taken, with `expected` millionths. The
	/// transactions that depend on it wait for it again, except those that were tried meanwhile.
	pub(crate) fn take_back(&mut self, place: Place, expected: u64) {
		self.correct(place, expected, 0);
		let unlocks = std::mem::take(&mut self.entries[place.0].unlocks);
		for locked in &unlocks {
			let entry = &mut self.entries[locked.0];
			entry.awaits += 1;
			self.lanes[entry.lane].waiting.remove(locked);
		}
		self.entries[place.0].unlocks = unlocks;
	}

	/// Records that the block has no room for the transaction. The transactions that depend on it are then never tried.
	pub(crate) fn put_off(&mut self, place: Place) {
		let lane = self.entries[place.0].lane;
		self.lanes[lane].passed_over += 1;
	}
}

/// The fraction `part / whole` in millionths, at most [`WHOLE`]; [`WHOLE`] if `whole` is 0.
pub(crate) fn part(part: u128, whole: u128) -> u64 {
	let millionths = part.saturating_mul(WHOLE.into()).checked_div(whole).unwrap_or(WHOLE.into());
	u64::try_from(millionths).unwrap_or(u64::MAX).min(WHOLE)
}
