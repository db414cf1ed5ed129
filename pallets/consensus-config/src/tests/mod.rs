mod calendar;
mod errors;
mod genesis;
mod migration;
mod profiles;
mod schedule;
mod versions;

use crate::{
	mock::*, Cause, CurrentParameters, CurrentProfile, Error, Event, History, ParameterChanges, ProfileName, Profiles,
	ScheduledChange, ScheduledChanges, ScheduledParameters,
};
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

fn name(text: &str) -> ProfileName {
	ProfileName::new(text.into()).expect("it is a name")
}

/// Schedules parameters as they are, sound or not, each as a change of the block period.
fn schedule(entries: Vec<(u32, Parameters)>) {
	let change = |(since, parameters): &(u32, Parameters)| ScheduledChange {
		since: Height(*since),
		cause: Cause::Board,
		changes: period(parameters.block_period),
	};
	ScheduledChanges::<Test>::put(crate::Scheduled::truncate_from(entries.iter().map(change).collect()));
	let entries = entries.into_iter().map(|(since, parameters)| (Height(since), parameters)).collect();
	ScheduledParameters::<Test>::put(crate::Schedule::truncate_from(entries));
}
