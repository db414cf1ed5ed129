//! The order in which transactions go into a block.
//!
//! Every class has a lane, which is served as long as its next transaction is within its share of the block: the lane
//! first that has used the smallest part of its share, and of those that have used equally little, the one of the higher
//! priority. Shares are seldom whole transactions: then those are served in the same way that have anything left of theirs.
//! The rest of the block goes to all, by priority.
//!
//! What a transaction uses is the greatest of three: its part of the block's transactions, of its bytes, and of the time
//! that there is to build it, which stands for the weight that only the runtime knows. So each lane gets its share of
//! whatever is scarce; and where the block ends before it was expected to, each has had its part of what there was.
//!
//! What the chain itself needs goes first, up to [`CHAIN_SHARE`] of the block.
//!
//! Within a lane the pool's order is kept, and a transaction that depends on another, as a sender's second does on its
//! first, waits for it in whatever lane that is. What is put off takes with it what depends on it. Nothing that is put off
//! is called invalid.

use std::collections::{BTreeSet, HashMap};
use syndic_pool::Owner;
use syndic_primitives::{ClassId, ClassInfo};

/// All of a block, in millionths.
pub(crate) const WHOLE: u64 = 1_000_000;

/// What of a block the chain's own transactions get before all others, in percent.
const CHAIN_SHARE: u64 = 25;

/// How many transactions of a lane that do not fit are passed over before the lane is closed. Smaller ones may follow.
const MAX_PASSED_OVER: usize = 8;

/// How many transactions of a pool are looked at, at most. A pool holds half as many unless its operator says otherwise.
pub(crate) const MAX_LOOK: usize = 16_384;

/// A tag that one transaction provides and another requires.
type Tag = Vec<u8>;

/// A transaction, as the pool has it.
pub(crate) struct Candidate<'a> {
	/// In the pool.
	pub(crate) priority: u64,
	/// What it uses of the block at least, in millionths, as far as that is known before it is tried.
	pub(crate) least: u64,
	/// What must be there before it.
	pub(crate) requires: &'a [Tag],
	/// What is there with it.
	pub(crate) provides: &'a [Tag],
}

/// One that is to be tried, by its place in the pool's order.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Clone, Copy, Hash)]
pub(crate) struct Place(pub(crate) usize);

struct Lane {
	owner: Owner,
	/// In percent.
	share: u64,
	/// Where it stands when nothing else decides: greater first.
	rank: (u8, u8),
	/// What it has used of the block, in millionths.
	used: u64,
	passed_over: usize,
	/// What can be taken now.
	waiting: BTreeSet<Place>,
	/// How many were added in all.
	added: usize,
}

impl Lane {
	fn is_open(&self) -> bool {
		!self.waiting.is_empty() && self.passed_over < MAX_PASSED_OVER
	}

	/// What it has left of its share.
	fn left(&self) -> u64 {
		(self.share * (WHOLE / 100)).saturating_sub(self.used)
	}
}

/// What is known of a transaction that was added.
struct Entry {
	lane: usize,
	least: u64,
	/// On how many others it waits.
	awaits: usize,
	/// Which wait on it.
	unlocks: Vec<Place>,
}

/// The lanes of one block.
pub(crate) struct Lanes {
	classes: Vec<ClassInfo>,
	/// By descending rank, the chain's own first.
	lanes: Vec<Lane>,
	entries: Vec<Entry>,
	providers: HashMap<Tag, Place>,
	/// The most transactions of the block.
	most: usize,
	/// Which block it is: where there is not room for one of each lane, another lane begins at each height.
	turn: usize,
}

impl Lanes {
	/// The lanes of these classes, for the block at `height` with at most so many transactions. Without classes there is
	/// one lane, of the default class, beside the chain's own.
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
			// What nobody here provides is provided by the chain.
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

	/// Whether what follows in the pool cannot matter: the last lane, which a pool's order leaves for the end, has enough
	/// for a block alone.
	pub(crate) fn is_enough(&self) -> bool {
		let last = self.lanes.last().map_or(0, |lane| lane.added);
		self.entries.len() >= MAX_LOOK || last >= self.most.saturating_add(MAX_PASSED_OVER)
	}

	/// The next one to try. It must be followed by [`Self::took`], [`Self::put_off`] or nothing, if it will never be valid.
	pub(crate) fn next(&mut self) -> Option<Place> {
		let within = |lane: &Lane| lane.waiting.first().is_some_and(|place| self.entries[place.0].least <= lane.left());
		let chosen = self
			.neediest(within)
			.or_else(|| self.neediest(|lane| lane.left() > 0))
			.or_else(|| self.lanes.iter().position(Lane::is_open))?;
		self.lanes[chosen].waiting.pop_first()
	}

	/// Of the lanes that have something and qualify, the one that has used the smallest part of its share.
	fn neediest(&self, qualifies: impl Fn(&Lane) -> bool) -> Option<usize> {
		let open = || self.lanes.iter().enumerate().filter(|(_, lane)| lane.is_open());
		let count = open().count();
		// Where one of each does not fit, another one begins with each block.
		let crowded = self.most < count;
		let distance = |at: usize| if crowded { (at + count - self.turn % count) % count } else { at };
		open()
			.enumerate()
			.filter(|(_, (_, lane))| qualifies(lane))
			.min_by(|(a, (_, left)), (b, (_, right))| {
				let is_class = |lane: &Lane| lane.owner != Owner::Chain;
				// used / share, without a division.
				let parts = (left.used * right.share).cmp(&(right.used * left.share));
				is_class(left).cmp(&is_class(right)).then(parts).then(distance(*a).cmp(&distance(*b)))
			})
			.map(|(_, (index, _))| index)
	}

	/// It is in the block, and uses so much of it.
	pub(crate) fn took(&mut self, place: Place, used: u64) {
		let lane = self.entries[place.0].lane;
		self.lanes[lane].used = self.lanes[lane].used.saturating_add(used);
		for unlocked in std::mem::take(&mut self.entries[place.0].unlocks) {
			let entry = &mut self.entries[unlocked.0];
			entry.awaits -= 1;
			if entry.awaits == 0 {
				self.lanes[entry.lane].waiting.insert(unlocked);
			}
		}
	}

	/// The block has no room for it, nor for what depends on it.
	pub(crate) fn put_off(&mut self, place: Place) {
		let lane = self.entries[place.0].lane;
		self.lanes[lane].passed_over += 1;
	}
}

/// What one part of a whole is, in millionths; all of it where there is nothing to have a part of.
pub(crate) fn part(part: u128, whole: u128) -> u64 {
	let millionths = part.saturating_mul(WHOLE.into()).checked_div(whole).unwrap_or(WHOLE.into());
	u64::try_from(millionths).unwrap_or(u64::MAX).min(WHOLE)
}
