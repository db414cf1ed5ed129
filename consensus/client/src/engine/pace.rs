//! Decides when to build a block, and whether to build an empty one.

use std::time::Duration;
use syndic_primitives::{BlockHash, Height, Parameters, Rules, View};
use tokio::time::Instant;

/// Maximum time beyond a block period that a validator waits for its clock to reach the block's due time. A bound is
/// needed because a slow clock would wait for long. The extra time lets clocks that were pushed ahead fall back in
/// line, and is short enough that no validator's timeout is missed.
const MOST_EXTRA: Duration = Duration::from_millis(100);

/// Number of heights below which a scheduled change counts as near. Blocks up to a near change are built without
/// waiting for heartbeats: where empty blocks are off, ten heights would take ten minutes. A change that is further
/// away waits for the normal pace of the chain.
const CHANGE_IS_NEAR: u32 = 32;

/// The times and demands that decide when the next block is built.
pub(super) struct Pace {
	/// The timestamp of the last final block in ms, from its state; genesis has none.
	last: Option<u64>,
	/// When that block became final on this node.
	since: Instant,
	parameters: Parameters,
	/// Whether a change of the set or the parameters is near.
	change_is_near: bool,
	/// The block that the machine wants, if it wants one.
	wanted: Option<Wanted>,
	/// The earliest time for the next attempt to build, after an attempt without a block.
	not_before: Instant,
}

/// A block that the machine wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
	pub(super) height: Height,
	pub(super) view: View,
	/// The block to build on.
	pub(super) parent: BlockHash,
	/// The parent's timestamp in ms.
	pub(super) parent_time: Option<u64>,
	/// When a final parent became final here; when the block was wanted, if its parent is not final yet.
	pub(super) since: Instant,
}

impl Pace {
	/// Begins after the last final block, with the rules of the next height.
	pub(super) fn new(height: Height, last: Option<u64>, rules: &Rules) -> Self {
		let now = Instant::now();
		let parameters = rules.parameters.clone();
		let mut pace = Self { last, since: now, parameters, change_is_near: false, wanted: None, not_before: now };
		pace.advance(height, last, rules);
		pace
	}

	/// A block has become final. A demand for a block above it stays.
	pub(super) fn advance(&mut self, height: Height, last: Option<u64>, rules: &Rules) {
		(self.last, self.since, self.parameters) = (last, Instant::now(), rules.parameters.clone());
		self.change_is_near =
			rules.until.is_some_and(|until| until.get().saturating_sub(height.get()) < CHANGE_IS_NEAR);
		self.over(height);
	}

	/// The machine asks for a block on the last final one. This replaces an earlier demand.
	pub(super) fn want(&mut self, height: Height, view: View, parent: BlockHash) {
		self.wanted = Some(Wanted { height, view, parent, parent_time: self.last, since: self.since });
		self.not_before = Instant::now();
	}

	/// The machine asks for a block on one that is not final yet.
	pub(super) fn want_on(&mut self, height: Height, view: View, parent: BlockHash, parent_time: Option<u64>) {
		let now = Instant::now();
		self.wanted = Some(Wanted { height, view, parent, parent_time, since: now });
		self.not_before = now;
	}

	/// The demand, if there is one.
	pub(super) fn wanted(&self) -> Option<Wanted> {
		self.wanted
	}

	/// Drops the demand: a block for it was built.
	pub(super) fn clear(&mut self) {
		self.wanted = None;
	}

	/// Heights up to `height` are decided: drops a demand for one of them.
	pub(super) fn over(&mut self, height: Height) {
		self.wanted = self.wanted.filter(|wanted| wanted.height > height);
	}

	/// Building gave no block; it is tried again after `after`.
	pub(super) fn retry_after(&mut self, after: Duration) {
		self.not_before = Instant::now() + after;
	}

	/// When the wanted block may be built.
	pub(super) fn due(&self, now: Instant, now_ms: u64) -> Option<Instant> {
		let wanted = self.wanted?;
		let period = Duration::from_millis(self.parameters.block_period.into());
		let extra = (period / 8).min(MOST_EXTRA);
		let by_clock = wanted.parent_time.map_or(Duration::ZERO, |parent| {
			let due = parent.saturating_add(self.parameters.block_period.into());
			Duration::from_millis(due.saturating_sub(now_ms))
		});
		let most = (period + extra).saturating_sub(now.saturating_duration_since(wanted.since));
		Some((now + by_clock.min(most)).max(self.not_before))
	}

	/// Whether a block is due even if it is empty.
	pub(super) fn empty_is_due(&self, now_ms: u64) -> bool {
		let parent = self.wanted.map_or(self.last, |wanted| wanted.parent_time);
		let silent_since = |parent: u64| now_ms.saturating_sub(parent) >= u64::from(self.parameters.heartbeat);
		self.parameters.empty_blocks || self.change_is_near || parent.is_none_or(silent_since)
	}

	/// How long applying transactions may take. The rest of the period is left to the other validators, which execute
	/// the block too.
	pub(super) fn build_time(&self) -> Duration {
		let by_period = u64::from(self.parameters.block_period) * 2 / 3;
		Duration::from_millis(by_period.min(u64::from(self.parameters.base_timeout) / 4).max(50))
	}

	pub(super) fn parameters(&self) -> &Parameters {
		&self.parameters
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use syndic_primitives::{SetId, ValidatorSet};

	fn rules(parameters: Parameters, until: Option<Height>) -> Rules {
		let members = vec![sp_keyring::Ed25519Keyring::Alice.public().into()];
		let set = ValidatorSet::new(SetId(0), Height(1), members).unwrap();
		Rules { set, parameters, until }
	}

	fn pace(parent: Option<u64>) -> Pace {
		let parameters =
			Parameters { block_period: 1_000, heartbeat: 10_000, empty_blocks: false, ..Default::default() };
		let mut pace = Pace::new(Height::ZERO, parent, &rules(parameters, None));
		pace.want(Height(1), View(0), BlockHash::zero());
		pace
	}

	/// How many ms the block still waits, `at` ms after the parent became final.
	fn wait(pace: &Pace, at: u64, now_ms: u64) -> Option<u128> {
		let now = pace.since + Duration::from_millis(at);
		pace.due(now, now_ms).map(|due| due.saturating_duration_since(now).as_millis())
	}

	#[test]
	fn a_block_waits_for_its_period_and_not_much_longer() {
		assert_eq!(wait(&pace(None), 0, 5_000), Some(0), "nothing to wait for after genesis");
		assert_eq!(wait(&pace(Some(4_500)), 0, 5_000), Some(500));
		assert_eq!(wait(&pace(Some(1_000)), 0, 5_000), Some(0), "overdue");
		assert_eq!(wait(&pace(Some(9_000)), 0, 5_000), Some(1_100), "the parent's clock was fast");
		let mut late = pace(Some(9_000));
		assert_eq!(wait(&late, 600, 5_600), Some(500));
		late.not_before = late.since + Duration::from_millis(1_300);
		assert_eq!(wait(&late, 600, 5_600), Some(700), "building has just failed");
		late.clear();
		assert_eq!(wait(&late, 600, 5_600), None);
	}

	/// A block on a parent that is not final waits for that parent's period, and is still wanted when the parent
	/// becomes final.
	#[test]
	fn a_demand_above_the_final_block_outlives_finality() {
		let mut pace = pace(Some(1_000));
		pace.want_on(Height(3), View(0), BlockHash::repeat_byte(2), Some(5_000));
		let now = Instant::now();
		let waits = |pace: &Pace| pace.due(now, 5_400).map(|due| due.saturating_duration_since(now).as_millis());
		assert_eq!(waits(&pace), Some(600));
		let rules = rules(pace.parameters.clone(), None);
		pace.advance(Height(2), Some(5_000), &rules);
		assert_eq!(waits(&pace), Some(600));
		pace.advance(Height(3), Some(6_000), &rules);
		assert_eq!(waits(&pace), None);
	}

	#[test]
	fn without_empty_blocks_the_heartbeat_beats() {
		assert!(!pace(Some(1_000)).empty_is_due(10_999));
		assert!(pace(Some(1_000)).empty_is_due(11_000));
		assert!(pace(None).empty_is_due(0), "the first block comes at once");
		let mut always = pace(Some(1_000));
		always.parameters.empty_blocks = true;
		assert!(always.empty_is_due(1_001));
	}

	/// A change that was passed at height 100 for height 110 is in force ten block periods later, not ten heartbeats.
	#[test]
	fn without_empty_blocks_a_change_that_is_near_is_not_waited_for() {
		let mut pace = pace(Some(1_000));
		let is_due = |pace: &mut Pace, height: u32, until: Option<u32>| {
			let rules = rules(pace.parameters.clone(), until.map(Height));
			pace.advance(Height(height), Some(1_000), &rules);
			pace.empty_is_due(1_001)
		};
		assert!(!is_due(&mut pace, 100, None));
		assert!(is_due(&mut pace, 100, Some(109)));
		assert!(is_due(&mut pace, 108, Some(109)));
		assert!(!is_due(&mut pace, 109, None), "it is in force");
		assert!(is_due(&mut pace, 100, Some(131)));
		assert!(!is_due(&mut pace, 100, Some(132)), "far away");
	}
}
