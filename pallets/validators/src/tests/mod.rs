mod changes;
mod credit;
mod demotion;
mod election;
mod evidence;
mod genesis;
mod lifecycle;
mod lottery;
mod participation;
mod quorum;
mod readiness;
mod recovery;
mod registration;
mod roster;
mod rotation;
mod shares;

use crate::{mock::*, CurrentSet, Error, Event, ScheduledSet, Undeclared};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError::BadOrigin;
use syndic_primitives::{Height, SetId, MIN_CHANGE_DELAY};

fn add(n: u8, at: impl Into<Option<u32>>) -> sp_runtime::DispatchResult {
	Validators::add_validator(RuntimeOrigin::root(), key(n), at.into())
}

fn remove(n: u8, at: impl Into<Option<u32>>) -> sp_runtime::DispatchResult {
	Validators::remove_validator(RuntimeOrigin::root(), key(n), at.into())
}

fn cancel() -> sp_runtime::DispatchResult {
	Validators::cancel_change(RuntimeOrigin::root())
}

/// A set to come in which everybody leads.
fn next(since: Height, members: crate::Members) -> crate::NextSet {
	crate::NextSet { since, members, demoted: Default::default() }
}

/// Id, first height and members of the set in force.
fn set() -> (u64, u32, Vec<syndic_primitives::ValidatorId>) {
	let set = Validators::validator_set().expect("there is one");
	(set.id().get(), set.since().get(), set.members().to_vec())
}
