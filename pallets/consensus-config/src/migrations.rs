//! From one version of this pallet's storage to the next.

use crate::{
	profiles, Cause, Config, CurrentParameters, History, Pallet, ParameterChanges, Past, PastChange, Profiles,
	Schedule, Scheduled, ScheduledChange, ScheduledChanges, ScheduledParameters,
};
use core::marker::PhantomData;
use frame_support::{
	migrations::VersionedMigration,
	storage::unhashed,
	traits::{Get, UncheckedOnRuntimeUpgrade},
	weights::Weight,
};
use syndic_primitives::{Height, Parameters};
#[cfg(feature = "try-runtime")]
use {
	alloc::vec::Vec,
	codec::{Decode, Encode},
	frame_support::ensure,
	sp_runtime::TryRuntimeError,
};

/// From version 1, in which there were eleven parameters, to version 2: the others as runtimes behaved before, credit's as
/// `R` has them. The shipped profiles are there, and what was scheduled was scheduled by the board.
pub type ToVersion2<T, R> =
	VersionedMigration<1, 2, MoreParameters<T, R>, Pallet<T>, <T as frame_system::Config>::DbWeight>;

/// The rules of credit that were in force, which have become parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OldCreditRules {
	/// How many blocks an era has.
	pub era_length: u32,
	/// After how many missed turns in an era a validator is demoted.
	pub demote_after: u32,
	/// A validator is counted on that committed one of so many heights.
	pub active_window: u32,
}

/// Appends the new parameters to what is stored.
pub struct MoreParameters<T, R>(PhantomData<(T, R)>);

impl<T: Config, R: Get<Option<OldCreditRules>>> MoreParameters<T, R> {
	/// What was stored, with all parameters: those in force, and those to come. Nothing if it does not decode.
	fn read() -> Option<(Parameters, Schedule)> {
		let rules = R::get();
		let complete = |parameters: Parameters| match rules {
			Some(OldCreditRules { era_length, demote_after, active_window }) => {
				Parameters { era_length, demote_after, active_window, ..parameters }
			}
			None => parameters,
		};
		let current = unhashed::get_raw(&CurrentParameters::<T>::hashed_key())?;
		let current = complete(Parameters::decode_stored(&current).ok()?);
		let schedule = match unhashed::get_raw(&ScheduledParameters::<T>::hashed_key()) {
			Some(stored) => Parameters::decode_schedule(&stored).ok()?,
			None => Default::default(),
		};
		let schedule = schedule.into_iter().map(|(since, parameters)| (since, complete(parameters)));
		Some((current, Schedule::truncate_from(schedule.collect())))
	}
}

/// What each of the scheduled parameters sets.
fn changes(current: &Parameters, schedule: &Schedule) -> Scheduled {
	let mut before = current;
	let mut scheduled = Scheduled::default();
	for (since, parameters) in schedule {
		let changes = ParameterChanges::between(before, parameters);
		// It has the bound of the schedule.
		let _ = scheduled.try_push(ScheduledChange { since: *since, cause: Cause::Board, changes });
		before = parameters;
	}
	scheduled
}

impl<T: Config, R: Get<Option<OldCreditRules>>> UncheckedOnRuntimeUpgrade for MoreParameters<T, R> {
	fn on_runtime_upgrade() -> Weight {
		let mut writes = 0;
		// What does not decode stays as it is: to remove it would hide the fault.
		if let Some((current, schedule)) = Self::read() {
			ScheduledChanges::<T>::put(changes(&current, &schedule));
			ScheduledParameters::<T>::put(schedule);
			let start = PastChange { since: Height::ZERO.next(), cause: Cause::Start, parameters: current.clone() };
			History::<T>::put(Past::truncate_from([start].into()));
			CurrentParameters::<T>::put(current);
			writes += 4;
		}
		for (profile, changes) in profiles::named() {
			Profiles::<T>::insert(profile, changes);
			writes += 1;
		}
		T::DbWeight::get().reads_writes(3, writes)
	}

	/// What is to be there afterwards.
	#[cfg(feature = "try-runtime")]
	fn pre_upgrade() -> Result<Vec<u8>, TryRuntimeError> {
		Ok(Self::read().ok_or("the parameters are of no known version")?.encode())
	}

	#[cfg(feature = "try-runtime")]
	fn post_upgrade(before: Vec<u8>) -> Result<(), TryRuntimeError> {
		let (current, schedule) =
			<(Parameters, Schedule)>::decode(&mut &before[..]).map_err(|_| "what was noted does not decode")?;
		ensure!(CurrentParameters::<T>::get() == current, "the parameters are others");
		ensure!(ScheduledParameters::<T>::get() == schedule, "the scheduled parameters are others");
		ensure!(profiles::named().all(|(name, _)| Profiles::<T>::contains_key(name)), "a profile is missing");
		Ok(Pallet::<T>::check_state()?)
	}
}
