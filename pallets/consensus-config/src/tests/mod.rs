mod errors;
mod genesis;
mod schedule;

use crate::{mock::*, CurrentParameters, Error, Event, ParameterChanges, ScheduledParameters};
use frame_support::{assert_noop, assert_ok};
use syndic_primitives::{Height, Parameters, MIN_CHANGE_DELAY};

fn change(changes: ParameterChanges, at: impl Into<Option<u32>>) -> sp_runtime::DispatchResult {
	ConsensusConfig::change(RuntimeOrigin::root(), changes, at.into())
}

fn cancel(at: u32) -> sp_runtime::DispatchResult {
	ConsensusConfig::cancel(RuntimeOrigin::root(), at)
}

/// A change of the block period alone.
fn period(block_period: u32) -> ParameterChanges {
	ParameterChanges { block_period: Some(block_period), ..Default::default() }
}

/// The default parameters with another block period.
fn with_period(block_period: u32) -> Parameters {
	Parameters { block_period, ..Default::default() }
}
