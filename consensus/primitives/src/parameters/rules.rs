//! The rules that parameters must meet together.
//!
//! Each rule has its own error and its own reason: without the rule the chain would stop or slow down, or a parameter
//! would have no effect. The rules are checked in this order, and the first broken one is reported.

use super::{Dissemination, ParameterError, Parameters, ProposalForm};
use crate::set::max_faulty;

/// Minimum time in ms by which the base timeout exceeds the block period: for building, sending, executing and two
/// rounds of votes.
pub const TIMEOUT_MARGIN: u32 = 300;

/// The same minimum in ms if votes travel through collectors, or proposals carry hashes of transactions: two message
/// delays more.
pub const LONG_TIMEOUT_MARGIN: u32 = 500;

/// Maximum number of failed views after which timeouts must have grown to their ceiling.
pub const MAX_GROWTH_VIEWS: u32 = 32;

/// Maximum ratio of the timeout ceiling to the base timeout.
pub const MAX_CEILING_TIMES: u32 = 60;

/// Maximum number of block periods by which a timestamp may be ahead. The chain catches up by an eighth of a period per
/// block.
pub const MAX_TOLERANCE_PERIODS: u32 = 50;

/// Time in ms that the ordinary transactions of a full block take to execute on the reference machine: the runtime's
/// limit.
pub const FULL_BLOCK_TIME: u32 = 1_500;

/// Length in bytes of the ordinary transactions of a full block: the runtime's limit.
pub const FULL_BLOCK_BYTES: u32 = 3_932_160;

/// Slowest supported connection of a validator, in bytes per ms: 10 Mbit/s.
pub const LEAST_BYTES_PER_MS: u32 = 1_250;

/// Rate at which a leader is assumed to send, in bytes per ms: 100 Mbit/s.
pub const LEADER_BYTES_PER_MS: u64 = 12_500;

/// Maximum number of transactions in one percent of a full block's weight: a transaction takes at least a tenth of a
/// millisecond.
pub const TRANSACTIONS_PER_WEIGHT: u32 = FULL_BLOCK_TIME * 10 / 100;

/// Minimum length in bytes of a signed transaction.
pub const LEAST_TRANSACTION_BYTES: u32 = 100;

/// Longest block period in ms with which a second height can be in progress.
pub const MAX_WINDOW_PERIOD: u32 = 2_000;

/// Minimum of `max_transactions` per height of the window.
pub const TRANSACTIONS_PER_DEPTH: u32 = 2;

/// Longest time in ms for which one validator may lead: a day.
pub const MAX_LEADER_TIME: u64 = 86_400_000;

/// Longest duration of an era in ms: ninety days.
pub const MAX_ERA_TIME: u64 = 90 * 86_400_000;

/// Longest time in ms for which a validator that has gone may count as active: thirty days.
pub const MAX_ACTIVE_TIME: u64 = 30 * 86_400_000;

/// Smallest number of members with which a committee tolerates a faulty member.
pub const LEAST_COMMITTEE: u32 = 4;

/// Shortest era in blocks in which a committee can be elected.
pub const LEAST_ELECTION_ERA: u32 = 64;

/// Number of blocks at the end of an era that are not planned for secrets: the draw and the notice period of a rotation
/// are there.
pub const CLOSING_BLOCKS: u32 = 20;

/// Maximum of `active_window` in eras, where committees are elected.
pub const MAX_ACTIVE_ERAS: u32 = 4;

/// Time in ms to execute a block of `share` percent of the weight.
fn full_time(share: u32) -> u32 {
	FULL_BLOCK_TIME * share / 100
}

/// Length in bytes of a block of `share` percent of the length.
pub(super) fn full_bytes(share: u32) -> u32 {
	FULL_BLOCK_BYTES / 100 * share
}

impl Parameters {
	/// Number of blocks of an era that are planned for commitments; as many are planned for secrets.
	pub(super) fn phase(&self) -> u32 {
		(self.era_length / 2).saturating_sub(CLOSING_BLOCKS)
	}

	/// Checks all rules that concern the parameters alone: each bound, then the combinations. Used before parameters
	/// are adopted. Errors: the first [`ParameterError`].
	pub fn check(&self) -> Result<(), ParameterError> {
		self.check_engine()?;
		self.check_timeouts()?;
		self.check_pace()?;
		self.check_blocks()?;
		self.check_window()?;
		self.check_eras()?;
		self.check_committees()
	}

	/// Checks whether an engine can run with these parameters at all. This is less than [`Parameters::check`]:
	/// parameters that an older runtime accepted are in force, and refusing them would stop the chain.
	pub fn check_engine(&self) -> Result<(), ParameterError> {
		for (name, value, min, max) in self.bounds() {
			if !(min..=max).contains(&value) {
				return Err(ParameterError::OutOfBounds { name, value, min, max });
			}
		}
		let Self { base_timeout, block_period, timeout_ceiling: ceiling, heartbeat, .. } = *self;
		let margin = TIMEOUT_MARGIN;
		if base_timeout < block_period + margin {
			return Err(ParameterError::TimeoutWithinBlockPeriod { base_timeout, block_period, margin });
		}
		if ceiling < base_timeout {
			return Err(ParameterError::CeilingUnderBase { ceiling, base_timeout });
		}
		if heartbeat < block_period {
			return Err(ParameterError::HeartbeatUnderBlockPeriod { heartbeat, block_period });
		}
		Ok(())
	}

	// From here on every value is within its bounds, so that neither a product of two overflows 64 bits nor a small
	// multiple overflows 32 bits.

	fn check_timeouts(&self) -> Result<(), ParameterError> {
		let Self { base_timeout, block_period, timeout_ceiling: ceiling, timeout_growth: growth, .. } = *self;
		let margin = LONG_TIMEOUT_MARGIN;
		let is_short = base_timeout < block_period + margin;
		if is_short && self.dissemination != Dissemination::Broadcast {
			return Err(ParameterError::TimeoutTooShortForCollectors { base_timeout, block_period, margin });
		}
		if is_short && self.proposal_form == ProposalForm::Compact {
			return Err(ParameterError::TimeoutTooShortForCompact { base_timeout, block_period, margin });
		}
		if ceiling < 2 * base_timeout {
			return Err(ParameterError::NoRoomToGrow { ceiling, bound: 2 * base_timeout });
		}
		if growth == 100 {
			return Err(ParameterError::TimeoutNeverGrows { ceiling });
		}
		if self.timeout(MAX_GROWTH_VIEWS) < ceiling {
			return Err(ParameterError::TimeoutGrowsTooSlowly { growth, ceiling, views: MAX_GROWTH_VIEWS });
		}
		let bound = u64::from(base_timeout) * u64::from(MAX_CEILING_TIMES);
		if u64::from(ceiling) > bound {
			return Err(ParameterError::CeilingTooFar { ceiling, bound, times: MAX_CEILING_TIMES });
		}
		Ok(())
	}

	fn check_pace(&self) -> Result<(), ParameterError> {
		let bound = 2 * self.block_period;
		if !self.empty_blocks && self.heartbeat < bound {
			return Err(ParameterError::HeartbeatVoidsEmptyBlocks { heartbeat: self.heartbeat, bound });
		}
		let (tolerance, periods) = (self.timestamp_tolerance, MAX_TOLERANCE_PERIODS);
		let bound = periods * self.block_period;
		if tolerance > bound {
			return Err(ParameterError::ToleranceTooLoose { tolerance, bound, periods });
		}
		Ok(())
	}

	fn check_blocks(&self) -> Result<(), ParameterError> {
		let (ceiling, transactions) = (self.timeout_ceiling, self.max_transactions);
		let share = self.block_weight_share;
		let takes = 2 * full_time(share) + TIMEOUT_MARGIN;
		if takes > ceiling {
			return Err(ParameterError::WeightOverCeiling { share, takes, ceiling });
		}
		let bound = TRANSACTIONS_PER_WEIGHT * share;
		if transactions > bound {
			return Err(ParameterError::TransactionsOverWeight { transactions, bound, share });
		}
		let share = self.block_length_share;
		let bytes = full_bytes(share);
		let takes = bytes / LEAST_BYTES_PER_MS + TIMEOUT_MARGIN;
		if takes > ceiling {
			return Err(ParameterError::LengthOverCeiling { share, bytes, takes, ceiling });
		}
		let bound = bytes / LEAST_TRANSACTION_BYTES;
		if transactions > bound {
			return Err(ParameterError::TransactionsOverLength { transactions, bound, share });
		}
		Ok(())
	}

	fn check_window(&self) -> Result<(), ParameterError> {
		let Self { leader_period, block_period, pipeline_depth: depth, block_weight_share: share, .. } = *self;
		let takes = u64::from(leader_period) * u64::from(block_period);
		if takes > MAX_LEADER_TIME {
			return Err(ParameterError::LeaderTooLong { leader_period, takes, bound: MAX_LEADER_TIME });
		}
		if depth == 1 {
			return Ok(());
		}
		let (transactions, bound) = (self.max_transactions, TRANSACTIONS_PER_DEPTH * depth);
		if transactions < bound {
			return Err(ParameterError::WindowNotFilled { transactions, bound, depth });
		}
		if block_period > MAX_WINDOW_PERIOD {
			return Err(ParameterError::WindowWithoutUse { block_period, bound: MAX_WINDOW_PERIOD });
		}
		if leader_period < depth {
			return Err(ParameterError::LeaderPeriodUnderWindow { leader_period, depth });
		}
		let (takes, ceiling) = ((depth + 1) * full_time(share) + TIMEOUT_MARGIN, self.timeout_ceiling);
		if takes > ceiling {
			return Err(ParameterError::WindowOverCeiling { depth, share, takes, ceiling });
		}
		Ok(())
	}

	fn check_eras(&self) -> Result<(), ParameterError> {
		let Self { leader_period, era_length, demote_after, heartbeat, active_window: window, .. } = *self;
		if leader_period > era_length {
			return Err(ParameterError::LeaderPeriodOverEra { leader_period, era_length });
		}
		let turns = era_length / leader_period;
		if demote_after > turns {
			return Err(ParameterError::DemoteAfterOverEra { demote_after, turns });
		}
		let (period, bound) = (u64::from(self.block_period), MAX_ERA_TIME);
		let takes = u64::from(era_length) * period;
		if takes > bound {
			return Err(ParameterError::EraTooLong { era_length, takes, bound });
		}
		let takes = u64::from(era_length) * u64::from(heartbeat);
		if !self.empty_blocks && takes > bound {
			return Err(ParameterError::IdleEraTooLong { era_length, heartbeat, takes, bound });
		}
		let takes = u64::from(window) * period;
		if takes > MAX_ACTIVE_TIME {
			return Err(ParameterError::ActiveWindowTooLong { window, takes, bound: MAX_ACTIVE_TIME });
		}
		Ok(())
	}

	fn check_committees(&self) -> Result<(), ParameterError> {
		let Self { era_length, leader_period, committee_size: size, active_window: window, .. } = *self;
		if size == 0 {
			return Ok(());
		}
		if size < LEAST_COMMITTEE {
			return Err(ParameterError::CommitteeTooSmall { size, least: LEAST_COMMITTEE });
		}
		if self.assumed_faulty == 0 {
			return Err(ParameterError::NobodyAssumedFaulty { size });
		}
		if era_length < LEAST_ELECTION_ERA {
			return Err(ParameterError::EraTooShortForElection { era_length, bound: LEAST_ELECTION_ERA });
		}
		let bound = u64::from(size) * u64::from(leader_period);
		if u64::from(era_length) < bound {
			return Err(ParameterError::CommitteeTurnsOverEra { era_length, bound });
		}
		// Wherever the phase begins among the turns, a phase longer than this bound includes a block of an honest
		// leader.
		let (phase, faulty) = (self.phase(), max_faulty(size as usize) as u32);
		// No overflow: size × leader_period is at most an era.
		let bound = faulty * leader_period;
		if phase <= bound {
			return Err(ParameterError::PhaseTooShort { era_length, phase, faulty, bound });
		}
		let bound = u64::from(MAX_ACTIVE_ERAS) * u64::from(era_length);
		if u64::from(window) > bound {
			return Err(ParameterError::ActiveWindowOverEras { window, bound, eras: MAX_ACTIVE_ERAS });
		}
		match self.dissemination {
			Dissemination::Collector { k } if k > size => Err(ParameterError::CollectorsOverCommittee { k, size }),
			_ => Ok(()),
		}
	}
}
