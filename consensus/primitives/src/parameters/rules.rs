//! What parameters must keep to among themselves.
//!
//! Each rule has an error of its own, and a reason: without it the chain would stop, or starve, or a parameter would do
//! nothing. They are judged in this order, and the first that is broken is reported.

use super::{Dissemination, ParameterError, Parameters, ProposalForm};
use crate::set::max_faulty;

/// What the base timeout must leave after the block period for building, sending, executing and two rounds of votes, in ms.
pub const TIMEOUT_MARGIN: u32 = 300;

/// The same where votes travel through collectors, or proposals name transactions by their hashes: two message delays
/// more, in ms.
pub const LONG_TIMEOUT_MARGIN: u32 = 500;

/// Within how many views that fail timeouts must have grown to their ceiling.
pub const MAX_GROWTH_VIEWS: u32 = 32;

/// How many times the base timeout the ceiling may be.
pub const MAX_CEILING_TIMES: u32 = 60;

/// How many block periods a timestamp may lie ahead. By an eighth of a period a block they are made up for.
pub const MAX_TOLERANCE_PERIODS: u32 = 50;

/// How long the ordinary transactions of a full block take to execute on the reference machine, in ms: the runtime's limit.
pub const FULL_BLOCK_TIME: u32 = 1_500;

/// How many bytes the ordinary transactions of a full block have: the runtime's limit.
pub const FULL_BLOCK_BYTES: u32 = 3_932_160;

/// The slowest connection of a validator that is counted on: 10 Mbit/s.
pub const LEAST_BYTES_PER_MS: u32 = 1_250;

/// What a leader can send at: 100 Mbit/s.
pub const LEADER_BYTES_PER_MS: u64 = 12_500;

/// The most transactions in one percent of a full block's weight: each takes a tenth of a millisecond at least.
pub const TRANSACTIONS_PER_WEIGHT: u32 = FULL_BLOCK_TIME * 10 / 100;

/// The least bytes of a transaction with a signature.
pub const LEAST_TRANSACTION_BYTES: u32 = 100;

/// The longest block period with which a second height can be in progress, in ms.
pub const MAX_WINDOW_PERIOD: u32 = 2_000;

/// How many transactions a block must be able to hold for each height that may be in progress.
pub const TRANSACTIONS_PER_DEPTH: u32 = 2;

/// For how long one validator may lead, in ms: a day.
pub const MAX_LEADER_TIME: u64 = 86_400_000;

/// How long an era may take, in ms: ninety days.
pub const MAX_ERA_TIME: u64 = 90 * 86_400_000;

/// For how long a validator that is gone may be counted on, in ms: thirty days.
pub const MAX_ACTIVE_TIME: u64 = 30 * 86_400_000;

/// The smallest committee that bears a faulty member.
pub const LEAST_COMMITTEE: u32 = 4;

/// The shortest era in which a committee can be elected.
pub const LEAST_ELECTION_ERA: u32 = 64;

/// How many blocks at the end of an era are not counted on for secrets: the draw and the notice of a rotation are there.
pub const CLOSING_BLOCKS: u32 = 20;

/// How many eras back a committee's member may have been seen.
pub const MAX_ACTIVE_ERAS: u32 = 4;

/// How long a block of that share of the weight takes to execute, in ms.
fn full_time(share: u32) -> u32 {
	FULL_BLOCK_TIME * share / 100
}

/// How many bytes a block of that share of the length has.
pub(super) fn full_bytes(share: u32) -> u32 {
	FULL_BLOCK_BYTES / 100 * share
}

impl Parameters {
	/// How many blocks of an era are counted on for commitments, and as many for secrets.
	pub(super) fn phase(&self) -> u32 {
		(self.era_length / 2).saturating_sub(CLOSING_BLOCKS)
	}

	/// Judges the whole, on its own: each bound, then the combinations. Who would adopt parameters judges them so.
	pub fn check(&self) -> Result<(), ParameterError> {
		self.check_engine()?;
		self.check_timeouts()?;
		self.check_pace()?;
		self.check_blocks()?;
		self.check_window()?;
		self.check_eras()?;
		self.check_committees()
	}

	/// Whether an engine can run by them at all. Less than [`Parameters::check`]: what an older runtime accepted is in
	/// force, and to refuse it would stop the chain.
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

	// From here on every value is within its bounds, so that no product of two overflows 64 bits, nor a small multiple 32.

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
		// Whatever the phase's place among the turns, a longer one has a turn of an honest leader.
		let (phase, faulty) = (self.phase(), max_faulty(size as usize) as u32);
		// No overflow: both are less than an era.
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
