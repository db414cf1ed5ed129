//! From what is wrong with parameters to the error that a user sees.

use crate::{calendar::WindowError, Error};
use syndic_primitives::{NoticeError, ParameterError};

impl<T> From<ParameterError> for Error<T> {
	fn from(error: ParameterError) -> Self {
		match error {
			ParameterError::OutOfBounds { name, .. } => match name {
				"blockPeriod" => Self::BlockPeriodOutOfBounds,
				"baseTimeout" => Self::BaseTimeoutOutOfBounds,
				"timeoutGrowth" => Self::TimeoutGrowthOutOfBounds,
				"timeoutCeiling" => Self::TimeoutCeilingOutOfBounds,
				"maxTransactions" => Self::MaxTransactionsOutOfBounds,
				"heartbeat" => Self::HeartbeatOutOfBounds,
				"leaderPeriod" => Self::LeaderPeriodOutOfBounds,
				"pipelineDepth" => Self::PipelineDepthOutOfBounds,
				"collectors" => Self::CollectorsOutOfBounds,
				"timestampTolerance" => Self::TimestampToleranceOutOfBounds,
				"blockWeightShare" => Self::BlockWeightShareOutOfBounds,
				"blockLengthShare" => Self::BlockLengthShareOutOfBounds,
				"committeeSize" => Self::CommitteeSizeOutOfBounds,
				"assumedFaulty" => Self::AssumedFaultyOutOfBounds,
				"committeeRisk" => Self::CommitteeRiskOutOfBounds,
				"eraLength" => Self::EraLengthOutOfBounds,
				"demoteAfter" => Self::DemoteAfterOutOfBounds,
				"activeWindow" => Self::ActiveWindowOutOfBounds,
				"engineVersion" => Self::EngineVersionOutOfBounds,
				// A test finds every parameter that ends here.
				_ => Self::ParameterOutOfBounds,
			},
			ParameterError::TimeoutWithinBlockPeriod { .. } => Self::TimeoutWithinBlockPeriod,
			ParameterError::CeilingUnderBase { .. } => Self::CeilingUnderBase,
			ParameterError::HeartbeatUnderBlockPeriod { .. } => Self::HeartbeatUnderBlockPeriod,
			ParameterError::TimeoutTooShortForCollectors { .. } => Self::TimeoutTooShortForCollectors,
			ParameterError::TimeoutTooShortForCompact { .. } => Self::TimeoutTooShortForCompact,
			ParameterError::NoRoomToGrow { .. } => Self::NoRoomToGrow,
			ParameterError::TimeoutNeverGrows { .. } => Self::TimeoutNeverGrows,
			ParameterError::TimeoutGrowsTooSlowly { .. } => Self::TimeoutGrowsTooSlowly,
			ParameterError::CeilingTooFar { .. } => Self::CeilingTooFar,
			ParameterError::HeartbeatVoidsEmptyBlocks { .. } => Self::HeartbeatVoidsEmptyBlocks,
			ParameterError::ToleranceTooLoose { .. } => Self::ToleranceTooLoose,
			ParameterError::WeightOverCeiling { .. } => Self::WeightOverCeiling,
			ParameterError::WindowOverCeiling { .. } => Self::WindowOverCeiling,
			ParameterError::LengthOverCeiling { .. } => Self::LengthOverCeiling,
			ParameterError::TransactionsOverWeight { .. } => Self::TransactionsOverWeight,
			ParameterError::TransactionsOverLength { .. } => Self::TransactionsOverLength,
			ParameterError::WindowNotFilled { .. } => Self::WindowNotFilled,
			ParameterError::WindowWithoutUse { .. } => Self::WindowWithoutUse,
			ParameterError::LeaderPeriodUnderWindow { .. } => Self::LeaderPeriodUnderWindow,
			ParameterError::LeaderTooLong { .. } => Self::LeaderTooLong,
			ParameterError::LeaderPeriodOverEra { .. } => Self::LeaderPeriodOverEra,
			ParameterError::DemoteAfterOverEra { .. } => Self::DemoteAfterOverEra,
			ParameterError::EraTooLong { .. } => Self::EraTooLong,
			ParameterError::IdleEraTooLong { .. } => Self::IdleEraTooLong,
			ParameterError::ActiveWindowTooLong { .. } => Self::ActiveWindowTooLong,
			ParameterError::CommitteeTooSmall { .. } => Self::CommitteeTooSmall,
			ParameterError::NobodyAssumedFaulty { .. } => Self::NobodyAssumedFaulty,
			ParameterError::EraTooShortForElection { .. } => Self::EraTooShortForElection,
			ParameterError::PhaseTooShort { .. } => Self::PhaseTooShort,
			ParameterError::CommitteeTurnsOverEra { .. } => Self::CommitteeTurnsOverEra,
			ParameterError::ActiveWindowOverEras { .. } => Self::ActiveWindowOverEras,
			ParameterError::CollectorsOverCommittee { .. } => Self::CollectorsOverCommittee,
			ParameterError::CommitteeOverMembership { .. } => Self::CommitteeOverMembership,
			ParameterError::InstitutionsTooFew { .. } => Self::InstitutionsTooFew,
			ParameterError::NoCommitteeBears { .. } => Self::NoCommitteeBears,
			ParameterError::ContributionsOverPhase { .. } => Self::ContributionsOverPhase,
			ParameterError::CollectorsOverMembers { .. } => Self::CollectorsOverMembers,
			ParameterError::CollectorsMayAllFail { .. } => Self::CollectorsMayAllFail,
			ParameterError::ProposalOverCeiling { .. } => Self::ProposalOverCeiling,
			ParameterError::EngineVersionWithoutQuorum { .. } => Self::EngineVersionWithoutQuorum,
			ParameterError::EngineVersionWithoutRegistered { .. } => Self::EngineVersionWithoutRegistered,
			ParameterError::CommitteeTooRisky { smallest, .. } => {
				// It is a committee's size, which fits.
				Self::CommitteeTooRisky { smallest: smallest as u16 }
			}
		}
	}
}

impl<T> From<WindowError> for Error<T> {
	fn from(error: WindowError) -> Self {
		match error {
			WindowError::Days => Self::WindowDaysOutOfBounds,
			WindowError::Minutes => Self::WindowMinutesOutOfBounds,
			WindowError::Empty => Self::WindowEmpty,
			WindowError::Overlap => Self::WindowsOverlap,
		}
	}
}

impl<T> From<NoticeError> for Error<T> {
	fn from(error: NoticeError) -> Self {
		match error {
			NoticeError::TooEarly { .. } => Self::ActivationTooEarly,
			NoticeError::TooFar { .. } => Self::ActivationTooFar,
		}
	}
}
