//! The score of a validator: how likely it is drawn into a committee.
//!
//! Everybody begins with [`NEUTRAL`]. Whoever fails in an era falls, down to [`LEAST`]: for each turn to lead that it
//! missed, for committing fewer than half of the blocks that it could have, for keeping a secret back that it was committed
//! to. Whoever did its part in an era without failing rises by [`RISE`], up to [`NEUTRAL`]. Nobody gets above it, so that
//! nobody is drawn likelier than one that is new.

use crate::{
	lottery::Contribution, Config, Credits, CurrentSet, LastReported, Pallet, PastSets, Scores, StoredSet,
	MAX_PAST_SETS,
};
use alloc::{collections::btree_map::BTreeMap, vec::Vec};
use frame_support::{storage::bounded_btree_map::BoundedBTreeMap, traits::ConstU32};
use syndic_primitives::{roster::MAX_ROSTER, Height, RosterEntry, SetId, ValidatorId};

/// The score of one that has not failed, and the highest.
pub const NEUTRAL: u8 = 100;
/// The lowest score: who has it is drawn ten times less likely.
pub const LEAST: u8 = 10;
/// By how much one rises in an era without failing.
pub const RISE: u8 = 10;
/// What a missed turn costs.
pub const MISSED_TURN: u8 = 10;
/// What it costs to have committed fewer than half of the blocks.
pub const ABSENCE: u8 = 20;
/// What it costs to keep a secret back.
pub const WITHHELD: u8 = 30;

/// Who has served for fewer heights in an era is not judged by how many it committed.
const LEAST_SERVED: u32 = 8;

/// Scores below [`NEUTRAL`], by key.
pub type ScoreMap = BoundedBTreeMap<ValidatorId, u8, ConstU32<MAX_ROSTER>>;

/// What a validator did in an era, as far as its score goes by it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Conduct {
	/// How many turns to lead it missed.
	pub missed: u32,
	/// How many heights it could have committed.
	pub served: u32,
	/// How many it committed.
	pub commits: u32,
	/// Whether it kept its secret back.
	pub withheld: bool,
	/// Whether it revealed its secret.
	pub revealed: bool,
}

impl Conduct {
	/// The score after the era.
	pub fn rate(&self, score: u8) -> u8 {
		let absent = self.served >= LEAST_SERVED && self.commits < self.served / 2;
		let mut fall = u8::try_from(self.missed).unwrap_or(u8::MAX).saturating_mul(MISSED_TURN);
		fall = fall.saturating_add(if absent { ABSENCE } else { 0 });
		fall = fall.saturating_add(if self.withheld { WITHHELD } else { 0 });
		let served = self.served >= LEAST_SERVED && !absent;
		match fall {
			0 if self.revealed || served => score.saturating_add(RISE).min(NEUTRAL),
			_ => score.saturating_sub(fall).max(LEAST),
		}
	}
}

impl<T: Config> Pallet<T> {
	/// A validator's score.
	pub fn score_of(validator: &ValidatorId) -> u8 {
		Scores::<T>::get().get(validator).copied().unwrap_or(NEUTRAL)
	}

	/// Rates what each of the roster did in the era that began at `since`. Whoever kept a secret back is blamed only if the
	/// era had the length that was known when it began.
	pub(crate) fn rate_all(
		roster: &[RosterEntry],
		contributions: &[(ValidatorId, Contribution)],
		since: Height,
		fair: bool,
	) {
		let served = Self::served_since(since);
		let credits = Credits::<T>::get();
		Scores::<T>::mutate(|scores| {
			for RosterEntry { validator, .. } in roster {
				let found = contributions.binary_search_by(|(key, _)| key.cmp(validator)).ok();
				let contribution = found.map(|place| &contributions[place].1);
				let credit = credits.get(validator).copied().unwrap_or_default();
				let conduct = Conduct {
					missed: credit.missed,
					served: served.get(validator).copied().unwrap_or(0),
					commits: credit.commits,
					withheld: fair && contribution.is_some_and(|contribution| contribution.secret.is_none()),
					revealed: contribution.is_some_and(|contribution| contribution.secret.is_some()),
				};
				let before = scores.get(validator).copied().unwrap_or(NEUTRAL);
				let score = conduct.rate(before);
				if score == NEUTRAL {
					scores.remove(validator);
				} else {
					// As many as the roster has, which fit.
					let _ = scores.try_insert(validator.clone(), score);
				}
			}
		});
	}

	/// How many of the heights that were reported since the beginning of the era each validator could have committed.
	fn served_since(since: Height) -> BTreeMap<ValidatorId, u32> {
		let mut served = BTreeMap::new();
		let mut until = LastReported::<T>::get().height.next();
		let mut sets: Vec<StoredSet> = Vec::new();
		let current = CurrentSet::<T>::get();
		let mut id = current.id.get();
		sets.push(current);
		while let (Some(below), Some(last)) = (id.checked_sub(1), sets.last()) {
			if last.since <= since || sets.len() as u64 > MAX_PAST_SETS {
				break;
			}
			let Some(past) = PastSets::<T>::get(SetId(below)) else { break };
			sets.push(past);
			id = below;
		}
		for set in sets {
			let from = set.since.max(since);
			let heights = until.get().saturating_sub(from.get());
			for member in set.members {
				let sum = served.entry(member).or_insert(0u32);
				*sum = sum.saturating_add(heights);
			}
			until = until.min(set.since);
		}
		served
	}
}
