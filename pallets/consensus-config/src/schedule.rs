//! Changes that are scheduled, made, and remembered.

use crate::{
	Config, CurrentParameters, CurrentProfile, Error, Event, History, Pallet, Past, Profiles, Schedule, Scheduled,
	ScheduledChanges, ScheduledParameters, MAX_HISTORY, MAX_SCHEDULED,
};
use alloc::vec::Vec;
use frame_support::{ensure, traits::Get};
use sp_runtime::{DispatchError, SaturatedConversion};
use syndic_primitives::{
	notice,
	parameters::{Cause, ParameterChanges, PastChange, ProfileName, ScheduledChange},
	Height, Parameters, MIN_CHANGE_DELAY,
};

/// The changes to come with the parameters that each leads to.
struct Plan(Vec<(ScheduledChange, Parameters)>);

impl Plan {
	/// The two stored lists go together entry by entry.
	fn load<T: Config>() -> Self {
		let parameters = ScheduledParameters::<T>::get();
		let changes = ScheduledChanges::<T>::get();
		Self(changes.into_iter().zip(parameters).map(|(change, (_, parameters))| (change, parameters)).collect())
	}

	fn store<T: Config>(self) {
		let (mut schedule, mut changes) = (Schedule::default(), Scheduled::default());
		for (change, parameters) in self.0.into_iter().take(MAX_SCHEDULED as usize) {
			// There is room for as many as are taken.
			let _ = schedule.try_push((change.since, parameters));
			let _ = changes.try_push(change);
		}
		ScheduledParameters::<T>::put(schedule);
		ScheduledChanges::<T>::put(changes);
	}

	/// What is in force once the first `count` have been made.
	fn after<T: Config>(&self, count: usize) -> Parameters {
		let last = count.checked_sub(1).and_then(|at| self.0.get(at));
		last.map_or_else(CurrentParameters::<T>::get, |(_, parameters)| parameters.clone())
	}
}

impl<T: Config> Pallet<T> {
	/// The number of the block that is being made.
	pub(crate) fn now() -> Height {
		Height(frame_system::Pallet::<T>::block_number().saturated_into())
	}

	/// When a change takes effect that was asked for now.
	pub(crate) fn activation(asked: Option<u32>) -> Result<Height, Error<T>> {
		Ok(notice::activation(Self::now(), asked.map(Height), T::MaxChangeDelay::get())?)
	}

	/// Whether parameters can follow on others, with those validators that there are.
	pub(crate) fn judge(before: &Parameters, after: &Parameters) -> Result<(), Error<T>> {
		after.check()?;
		after.check_for(Some(before), &Self::membership())?;
		Ok(())
	}

	/// Schedules what the board asks for. It comes last.
	pub(crate) fn schedule(at: Height, changes: ParameterChanges, cause: Cause) -> Result<(), Error<T>> {
		let later = ScheduledParameters::<T>::get().last().is_some_and(|(height, _)| *height > at);
		ensure!(!later, Error::<T>::LaterChangeScheduled);
		Self::insert(at, changes, cause)
	}

	/// Puts a change where it belongs. Those after it are built on it anew: what each sets, it sets still.
	pub(crate) fn insert(at: Height, changes: ParameterChanges, cause: Cause) -> Result<(), Error<T>> {
		let mut plan = Plan::load::<T>();
		let place = plan.0.partition_point(|(change, _)| change.since <= at);
		let base = plan.after::<T>(place);
		let parameters = changes.clone().apply_to(&base);
		ensure!(parameters != base, Error::<T>::NothingChanges);
		Self::judge(&base, &parameters)?;
		let same = place.checked_sub(1).filter(|same| plan.0.get(*same).is_some_and(|(change, _)| change.since == at));
		match same.and_then(|same| plan.0.get_mut(same)) {
			Some((change, whole)) => {
				change.changes = change.changes.clone().then(changes);
				change.cause = cause.clone();
				*whole = parameters.clone();
			}
			None => {
				ensure!(plan.0.len() < MAX_SCHEDULED as usize, Error::<T>::TooManyScheduled);
				plan.0
					.insert(place, (ScheduledChange { since: at, cause: cause.clone(), changes }, parameters.clone()));
			}
		}
		let mut before = parameters.clone();
		for (change, whole) in plan.0.iter_mut().filter(|(change, _)| change.since > at) {
			*whole = change.changes.clone().apply_to(&before);
			// Against who is there they are judged when they are made.
			whole.check()?;
			before = whole.clone();
		}
		plan.store::<T>();
		Self::deposit_event(Event::ParametersScheduled { since: at, parameters, cause });
		Ok(())
	}

	/// Takes the last change out of the plan.
	pub(crate) fn cancel_last(at: Height) -> Result<(), Error<T>> {
		let mut plan = Plan::load::<T>();
		ensure!(plan.0.iter().any(|(change, _)| change.since == at), Error::<T>::NotScheduled);
		ensure!(plan.0.last().is_some_and(|(change, _)| change.since == at), Error::<T>::LaterChangeScheduled);
		plan.0.pop();
		plan.store::<T>();
		Self::deposit_event(Event::ParametersCancelled { since: at });
		Ok(())
	}

	/// Whether a change is to be made at the end of this block.
	pub(crate) fn is_due(schedule: &Schedule) -> bool {
		schedule.first().is_some_and(|(at, _)| *at <= Self::now().next())
	}

	/// Makes every change that is due, which is one. They were sound when they were scheduled; since then validators may
	/// have left, or a runtime upgrade have narrowed the rules, and such parameters could stop the chain, so they are
	/// judged again. Where one is dropped, those after it are built on what stays.
	pub(crate) fn apply_scheduled() {
		let mut plan = Plan::load::<T>();
		let mut dropped = false;
		while plan.0.first().is_some_and(|(change, _)| change.since <= Self::now().next()) {
			let (change, parameters) = plan.0.remove(0);
			let before = CurrentParameters::<T>::get();
			match Self::judge(&before, &parameters) {
				Ok(()) => Self::put_in_force(change.cause, parameters),
				Err(error) => {
					dropped = true;
					let error = DispatchError::from(error);
					Self::deposit_event(Event::ParametersDropped { since: change.since, error });
				}
			}
		}
		if dropped {
			let mut before = CurrentParameters::<T>::get();
			for (change, whole) in &mut plan.0 {
				*whole = change.changes.clone().apply_to(&before);
				before = whole.clone();
			}
			// What sets nothing any more is no change.
			let mut before = CurrentParameters::<T>::get();
			plan.0.retain(|(_, whole)| core::mem::replace(&mut before, whole.clone()) != *whole);
		}
		plan.store::<T>();
	}

	fn put_in_force(cause: Cause, parameters: Parameters) {
		let since = Self::now().next();
		CurrentParameters::<T>::put(&parameters);
		match cause.profile() {
			// It may have been edited or removed since it was scheduled.
			Some(profile) if Self::is_as_says(profile, &parameters) => CurrentProfile::<T>::put(profile),
			_ => Self::forget_profile_unless(&parameters),
		}
		Self::remember(PastChange { since, cause: cause.clone(), parameters: parameters.clone() });
		Self::deposit_event(Event::ParametersChanged { since, parameters, cause });
	}

	/// A profile is in force as long as everything is as it says.
	pub(crate) fn forget_profile_unless(parameters: &Parameters) {
		let Some(name) = CurrentProfile::<T>::get() else { return };
		if !Self::is_as_says(&name, parameters) {
			CurrentProfile::<T>::kill();
		}
	}

	/// Whether there is such a profile, and everything is as it says.
	fn is_as_says(profile: &ProfileName, parameters: &Parameters) -> bool {
		Profiles::<T>::get(profile).is_some_and(|changes| changes.apply_to(parameters) == *parameters)
	}

	/// Notes a change, in the place of the oldest one where there is no room.
	pub(crate) fn remember(change: PastChange) {
		History::<T>::mutate(|history: &mut Past| {
			if history.len() >= MAX_HISTORY as usize {
				history.remove(0);
			}
			let _ = history.try_push(change);
		});
	}

	/// What a profile sets.
	pub(crate) fn profile(name: &ProfileName) -> Result<ParameterChanges, Error<T>> {
		Profiles::<T>::get(name).ok_or(Error::<T>::UnknownProfile)
	}

	/// At the beginning of a block: follows the calendar, where it has come to another profile since the last block. Returns
	/// whether it had to.
	pub(crate) fn follow_calendar() -> bool {
		use frame_support::traits::UnixTime;
		let Some(calendar) = crate::ActiveCalendar::<T>::get() else { return false };
		// In milliseconds since 1970 it fits for half a billion years.
		let time = T::Time::now().as_millis() as u64;
		let wanted = calendar.wanted_at(time);
		if crate::Followed::<T>::get().as_ref() == Some(wanted) {
			return false;
		}
		crate::Followed::<T>::put(wanted);
		let at = Height(Self::now().get().saturating_add(MIN_CHANGE_DELAY));
		let outcome =
			Self::profile(wanted).and_then(|changes| Self::insert(at, changes, Cause::Calendar(wanted.clone())));
		match outcome {
			Ok(()) => {}
			// It is used already, or everything happens to be as it says.
			Err(Error::NothingChanges) => {
				if ScheduledParameters::<T>::decode_len().unwrap_or(0) == 0 {
					CurrentProfile::<T>::put(wanted);
				}
			}
			Err(error) => {
				let (profile, error) = (wanted.clone(), DispatchError::from(error));
				Self::deposit_event(Event::CalendarNotFollowed { profile, error });
			}
		}
		true
	}

	/// What is true of the state after every block.
	#[cfg(any(feature = "try-runtime", test))]
	pub(crate) fn check_state() -> Result<(), &'static str> {
		// By an engine's rules: what an older runtime accepted may break others.
		CurrentParameters::<T>::get().check_engine().map_err(|_| "CurrentParameters are out of bounds")?;
		let schedule = ScheduledParameters::<T>::get();
		if schedule.iter().any(|(_, parameters)| parameters.check_engine().is_err()) {
			return Err("ScheduledParameters are out of bounds");
		}
		if !schedule.windows(2).all(|pair| pair[0].0 < pair[1].0) {
			return Err("ScheduledParameters are out of order");
		}
		if schedule.first().is_some_and(|(at, _)| *at <= Self::now()) {
			return Err("ScheduledParameters are overdue");
		}
		let changes = ScheduledChanges::<T>::get();
		if !changes.iter().map(|change| change.since).eq(schedule.iter().map(|(since, _)| *since)) {
			return Err("ScheduledChanges are not those of ScheduledParameters");
		}
		let mut before = CurrentParameters::<T>::get();
		for (change, (_, parameters)) in changes.into_iter().zip(schedule) {
			before = change.changes.apply_to(&before);
			if before != parameters {
				return Err("ScheduledChanges do not lead to ScheduledParameters");
			}
		}
		let history = History::<T>::get();
		if !history.windows(2).all(|pair| pair[0].since < pair[1].since) {
			return Err("History is out of order");
		}
		if history.last().is_some_and(|last| last.parameters != CurrentParameters::<T>::get()) {
			return Err("History does not end with CurrentParameters");
		}
		if Profiles::<T>::iter().count() > crate::profiles::MAX_PROFILES as usize {
			return Err("there are too many Profiles");
		}
		if let Some(calendar) = crate::ActiveCalendar::<T>::get() {
			if calendar.check().is_err() || !calendar.profiles().all(Profiles::<T>::contains_key) {
				return Err("ActiveCalendar is none");
			}
		}
		let signals = crate::Signals::<T>::get();
		if !signals.windows(2).all(|pair| pair[0].validator < pair[1].validator) {
			return Err("Signals are out of order");
		}
		Ok(())
	}
}
