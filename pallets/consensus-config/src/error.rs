//! From what is wrong with parameters to the error that a user sees.

use crate::Error;
use syndic_primitives::ParameterError;

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
				// A test finds every parameter that ends here.
				_ => Self::ParameterOutOfBounds,
			},
			ParameterError::TimeoutWithinBlockPeriod { .. } => Self::TimeoutWithinBlockPeriod,
			ParameterError::CeilingUnderBase { .. } => Self::CeilingUnderBase,
			ParameterError::HeartbeatUnderBlockPeriod { .. } => Self::HeartbeatUnderBlockPeriod,
		}
	}
}
