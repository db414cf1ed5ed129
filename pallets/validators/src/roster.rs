//! The roster: every validator that is approved, in the set or not, and those who only attest.
//!
//! With `committeeSize` 0 the validators on it are the members of the set: who is added comes onto it when it joins, who is
//! removed is struck at once, while it votes for the blocks that are left. With a committee the set is elected from it, so
//! an addition or a removal of somebody outside the committee touches only the roster.
//!
//! Whoever is on it is registered, or a member from genesis that never was; nobody on it is banned or suspended.

use crate::{Alternates, Banned, Config, Error, Event, NextCommittee, Pallet, Registrations, Roster, Scores};
use alloc::{collections::btree_map::BTreeMap, vec::Vec};
use frame_support::{
	ensure,
	traits::{ConstU32, Contains, Get},
	BoundedVec,
};
use syndic_primitives::{roster::MAX_ROSTER, RosterEntry, Seat, ValidatorId};

/// The roster as it is stored, ascending by key.
pub type Entries = BoundedVec<RosterEntry, ConstU32<MAX_ROSTER>>;

impl<T: Config> Pallet<T> {
	/// Who is approved, ascending by key.
	pub fn roster() -> Vec<RosterEntry> {
		Roster::<T>::get().into_inner()
	}

	/// How many of the roster stand for election or are members.
	pub fn registered() -> u32 {
		Roster::<T>::get().iter().filter(|entry| entry.seat == Seat::Validator).count() as u32
	}

	/// How many members a committee is to have; 0: everybody is in the set.
	pub(crate) fn committee_size() -> u32 {
		T::Parameters::get().committee_size
	}

	/// What a validator is on the roster for, if it is there.
	pub(crate) fn seat_of(validator: &ValidatorId) -> Option<Seat> {
		let roster = Roster::<T>::get();
		position(&roster, validator).ok().map(|place| roster[place].seat)
	}

	/// Puts a validator onto the roster, or gives it another seat.
	pub(crate) fn enlist(validator: &ValidatorId, seat: Seat) -> Result<(), Error<T>> {
		let institution = Registrations::<T>::get(validator).map(|registration| registration.institution);
		let regulator = institution.is_some_and(|institution| T::Regulators::contains(&institution));
		let entry = RosterEntry { validator: validator.clone(), institution, regulator, seat };
		Roster::<T>::try_mutate(|roster| match position(roster, validator) {
			Ok(place) => {
				roster[place] = entry;
				Ok(())
			}
			Err(place) => roster.try_insert(place, entry).map_err(|_| Error::<T>::RosterFull),
		})
	}

	/// Takes a validator off the roster, and out of the committee to come. Returns whether it was there.
	pub(crate) fn strike(validator: &ValidatorId) -> bool {
		let struck = Roster::<T>::mutate(|roster| match position(roster, validator) {
			Ok(place) => {
				roster.remove(place);
				true
			}
			Err(_) => false,
		});
		if struck {
			Scores::<T>::mutate(|scores| scores.remove(validator));
			Alternates::<T>::mutate(|alternates| alternates.retain(|key| key != validator));
			NextCommittee::<T>::mutate(|next| {
				if let Some(next) = next {
					next.alternates.retain(|key| key != validator);
					Self::replace_elected(next, validator);
				}
			});
		}
		struck
	}

	/// A validator is registered for the first time, or for another institution: the roster says so too.
	pub(crate) fn relink(validator: &ValidatorId) {
		if let Some(seat) = Self::seat_of(validator) {
			// It is there already, so there is room.
			let _ = Self::enlist(validator, seat);
		}
	}

	/// Approves a validator that is not in the set: it attests, and stands for election.
	pub(crate) fn approve(validator: ValidatorId) -> Result<(), Error<T>> {
		ensure!(Self::seat_of(&validator) != Some(Seat::Validator), Error::<T>::AlreadyMember);
		Self::check_eligible(&validator)?;
		Self::enlist(&validator, Seat::Validator)?;
		Self::deposit_event(Event::ValidatorApproved { validator });
		Ok(())
	}

	/// Lets somebody attest who is no validator.
	pub(crate) fn enlist_observer(validator: ValidatorId) -> Result<(), Error<T>> {
		ensure!(!Banned::<T>::contains_key(&validator), Error::<T>::BannedAlready);
		match Self::seat_of(&validator) {
			Some(Seat::Validator) => return Err(Error::<T>::AlreadyMember),
			Some(Seat::Observer) => return Err(Error::<T>::ObserverAlready),
			None => {}
		}
		// One that is leaving the set, or about to join it.
		ensure!(!Self::is_in_use(&validator), Error::<T>::StillMember);
		Self::check_eligible(&validator)?;
		Self::enlist(&validator, Seat::Observer)?;
		Self::deposit_event(Event::ObserverAdded { validator });
		Ok(())
	}

	/// Lets an observer attest no more.
	pub(crate) fn strike_observer(validator: ValidatorId) -> Result<(), Error<T>> {
		ensure!(Self::seat_of(&validator) == Some(Seat::Observer), Error::<T>::NotObserver);
		Self::strike(&validator);
		Self::deposit_event(Event::ObserverRemoved { validator });
		Ok(())
	}

	/// Those of the roster who may be in a committee: validators, whose institution is in good standing.
	pub(crate) fn standing_for_election() -> Vec<RosterEntry> {
		let mut known = BTreeMap::new();
		let mut roster = Self::roster();
		roster.retain(|entry| {
			let good = entry.institution.is_none_or(|institution| {
				*known.entry(institution).or_insert_with(|| T::GoodStanding::contains(&institution))
			});
			good && entry.seat == Seat::Validator
		});
		roster
	}
}

/// Where an entry is, or would be.
fn position(roster: &[RosterEntry], validator: &ValidatorId) -> Result<usize, usize> {
	roster.binary_search_by(|entry| entry.validator.cmp(validator))
}
