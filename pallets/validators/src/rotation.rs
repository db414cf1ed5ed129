//! How one committee follows another, and who takes the place of a member that goes in mid-era.
//!
//! [`ROTATION_NOTICE`] blocks before an era ends, the committee that was elected for the next one is scheduled as the next
//! set, from the era's first height on. It is a change of the set like any other. One that is scheduled for before comes
//! first, one that is scheduled for later is merged into it. A committee that could not reach its quorum, as far as is known,
//! or would bear fewer faulty members, does not come: the old one stays.
//!
//! A member that goes in mid-era is replaced by an alternate, in a change at the earliest height, so that the set keeps its
//! size.

use crate::{
	lottery::{Contribution, LotteryPhase},
	schedule::quorum_in_reach,
	shares::most_of_one,
	types::{demoted_among, Elected, Members},
	Alternates, Banned, Config, Contributions, Contributors, CurrentEra, CurrentSet, Declarations, Error, Event,
	NextCommittee, NextSet, Pallet, RotatedFor, ScheduledSet, Undeclared,
};
use alloc::{collections::btree_set::BTreeSet, vec::Vec};
use frame_support::{ensure, traits::Get};
use syndic_primitives::{peer::InstitutionId, set::max_faulty, Height, Parameters, RosterEntry, Seat, ValidatorId};

/// How many blocks before an era ends its successor's committee is scheduled.
pub const ROTATION_NOTICE: u32 = 20;

/// For so many blocks after a leader who was not faulty could take secrets in, a commitment without its secret is a sign of
/// life.
const REVEAL_PATIENCE: u32 = 32;

/// Who has shown that it is there.
pub(crate) struct SignsOfLife {
	members: Members,
	absent: Vec<ValidatorId>,
	contributors: Vec<ValidatorId>,
	declared: Vec<ValidatorId>,
	/// Whoever is there has revealed its secret by now.
	secrets_are_late: bool,
}

impl SignsOfLife {
	/// As things stand.
	pub(crate) fn now<T: Config>() -> Self {
		let now = Pallet::<T>::now();
		let declared = Declarations::<T>::get().into_iter().filter(|d| Pallet::<T>::holds_at(d, now));
		// Before commitments are due, those of the last era count.
		let (era, phase) = Pallet::<T>::lottery_at(now);
		let contributors = match phase {
			LotteryPhase::Commit => Contributors::<T>::get().into_inner(),
			_ => Vec::new(),
		};
		let members = CurrentSet::<T>::get().members;
		let Parameters { era_length, leader_period, .. } = T::Parameters::get();
		// As many leaders in a row as may be faulty leave secrets out.
		let left_out = leader_period.saturating_mul(max_faulty(members.len()) as u32);
		let late = (era_length / 2).saturating_add(left_out).saturating_add(REVEAL_PATIENCE);
		Self {
			secrets_are_late: now.get() >= era.since.get().saturating_add(late),
			members,
			absent: Pallet::<T>::absent(&Undeclared::<T>::get()),
			contributors,
			declared: declared.map(|declaration| declaration.validator).collect(),
		}
	}

	/// Whether a validator commits, has contributed to the lottery lately, or has declared to be ready.
	pub(crate) fn has<T: Config>(&self, validator: &ValidatorId) -> bool {
		match self.members.contains(validator) {
			true => !self.absent.contains(validator),
			false => {
				let contributes = |c: Contribution| c.secret.is_some() || !self.secrets_are_late;
				self.contributors.binary_search(validator).is_ok()
					|| Contributions::<T>::get(validator).is_some_and(contributes)
					|| self.declared.contains(validator)
			}
		}
	}
}

/// Whether one of an institution may be in a set of so many, beside these others.
fn has_room(others: &[ValidatorId], size: usize, institution: Option<InstitutionId>, roster: &[RosterEntry]) -> bool {
	let Some(institution) = institution else { return true };
	let is_its = |entry: &&RosterEntry| entry.institution == Some(institution) && others.contains(&entry.validator);
	roster.iter().filter(is_its).count() < most_of_one(size)
}

fn entry_of<'r>(roster: &'r [RosterEntry], validator: &ValidatorId) -> Option<&'r RosterEntry> {
	let place = roster.binary_search_by(|entry| entry.validator.cmp(validator)).ok()?;
	Some(&roster[place])
}

impl<T: Config> Pallet<T> {
	/// The first height of the next era, if every block until then comes.
	pub(crate) fn era_end() -> Height {
		Height(CurrentEra::<T>::get().since.get().saturating_add(T::Parameters::get().era_length))
	}

	/// Whether the next era's committee is to be scheduled at the end of this block, if nothing is in the way.
	pub(crate) fn rotation_is_due() -> bool {
		let is_near = Self::now().get().saturating_add(ROTATION_NOTICE) >= Self::era_end().get();
		is_near && RotatedFor::<T>::get() != CurrentEra::<T>::get().index.saturating_add(1)
	}

	/// Schedules the committee of the next era; or, where there is none to be any more, lets everybody into the set.
	pub(crate) fn rotate() {
		let era = CurrentEra::<T>::get().index.saturating_add(1);
		let (boundary, is_last) = (Self::era_end(), Self::now().next() >= Self::era_end());
		let target = boundary.max(Self::earliest());
		let scheduled = ScheduledSet::<T>::get();
		let since = match &scheduled {
			Some(next) if next.since < target && !is_last => return,
			Some(next) => next.since.min(target),
			None => target,
		};
		RotatedFor::<T>::put(era);
		let signs = SignsOfLife::now::<T>();
		let current = CurrentSet::<T>::get();
		let (members, alternates) = match Self::committee_size() {
			0 => (Self::everybody(scheduled.as_ref(), &signs), Members::default()),
			_ => match NextCommittee::<T>::get().filter(|next| next.era == era) {
				Some(next) => Self::seated(next, &signs),
				None => return,
			},
		};
		let to_come = scheduled.as_ref().map_or(&current.members, |next| &next.members);
		let sorted = |members: &Members| members.iter().cloned().collect::<BTreeSet<_>>();
		// It comes by itself, but one that is scheduled for later comes too late.
		if sorted(to_come) == sorted(&members) && scheduled.as_ref().is_none_or(|next| next.since == since) {
			Alternates::<T>::put(alternates);
			return;
		}
		let judged = Self::judge_members(&members, &signs);
		let Some(undeclared) = judged.ok().filter(|_| Self::bears_as_much(to_come.len(), members.len())) else {
			Self::deposit_event(Event::CommitteeKept { era });
			return;
		};
		// Whom the change that is merged into this one was to bring in has been approved.
		for joining in to_come.iter().filter(|key| !current.members.contains(key) && !Banned::<T>::contains_key(key)) {
			if Self::seat_of(joining) != Some(Seat::Validator) {
				let _ = Self::enlist(joining, Seat::Validator);
			}
		}
		let mut demoted = scheduled.as_ref().map_or_else(|| current.demoted_keys(), NextSet::demoted_keys);
		// Whoever votes may lead in a new era.
		demoted.retain(|key| signs.absent.contains(key));
		let count = members.len() as u32;
		let demoted = demoted_among(&members, &demoted);
		ScheduledSet::<T>::put(NextSet { since, members, demoted });
		Undeclared::<T>::put(undeclared);
		Alternates::<T>::put(alternates);
		Self::deposit_event(Event::RotationScheduled { era, since, members: count });
	}

	/// Whether a set of so many bears as many faulty members as the one before, or as the committee size asks for. If too few
	/// stand for election a smaller one could come, and a single one that fails would stop it.
	pub(crate) fn bears_as_much(before: usize, after: usize) -> bool {
		let asked = match Self::committee_size() as usize {
			0 => before,
			size => size.min(before),
		};
		max_faulty(after) >= max_faulty(asked)
	}

	/// The elected, each that has not shown itself lately replaced by an alternate that has, and the alternates that are left.
	fn seated(elected: Elected, signs: &SignsOfLife) -> (Members, Members) {
		let roster = Self::standing_for_election();
		let Elected { mut members, mut alternates, .. } = elected;
		alternates.retain(|key| entry_of(&roster, key).is_some());
		let size = members.len();
		for place in 0..size {
			let stands = entry_of(&roster, &members[place]).is_some();
			if stands && signs.has::<T>(&members[place]) {
				continue;
			}
			let mut others = members.to_vec();
			others.swap_remove(place);
			let substitute = alternates.iter().position(|key| {
				let institution = entry_of(&roster, key).and_then(|entry| entry.institution);
				signs.has::<T>(key) && has_room(&others, size, institution, &roster)
			});
			if let Some(substitute) = substitute {
				let substitute = alternates.remove(substitute);
				let absent = core::mem::replace(&mut members[place], substitute);
				if stands {
					// It may come back. There is room, for one has left the list.
					let _ = alternates.try_push(absent);
				}
			}
		}
		members.retain(|key| entry_of(&roster, key).is_some());
		(members, alternates)
	}

	/// The set to come, and with it as many of the others who are approved as it can do with.
	fn everybody(scheduled: Option<&NextSet>, signs: &SignsOfLife) -> Members {
		let mut members = scheduled.map_or_else(|| CurrentSet::<T>::get().members, |next| next.members.clone());
		let roster = Self::standing_for_election();
		let waiting = roster.iter().filter(|entry| !members.contains(&entry.validator)).cloned();
		let (ready, others): (Vec<_>, Vec<_>) = waiting.partition(|entry| signs.has::<T>(&entry.validator));
		for RosterEntry { validator, institution, .. } in ready.into_iter().chain(others) {
			let mut with = members.clone();
			if with.try_push(validator).is_err() {
				break;
			}
			if !has_room(&members, with.len(), institution, &roster) {
				continue;
			}
			if Self::judge_members(&with, signs).is_err() {
				// One more that has not shown itself is too many, whoever it is.
				break;
			}
			members = with;
		}
		members
	}

	/// Who of these members and of the current ones is not counted on, for having never shown itself; or an error, if the
	/// others would make no quorum.
	pub(crate) fn judge_members(members: &Members, signs: &SignsOfLife) -> Result<Members, Error<T>> {
		let mut undeclared = Undeclared::<T>::get();
		for member in members.iter().filter(|key| !signs.members.contains(key)) {
			if !undeclared.contains(member) && !signs.has::<T>(member) {
				// It is full only if so many have not shown themselves that no quorum is in reach.
				undeclared.try_push(member.clone()).map_err(|_| Error::<T>::QuorumOutOfReach)?;
			}
		}
		// Whom a change was to bring in that this one takes the place of is waited for no more.
		undeclared.retain(|key| members.contains(key) || signs.members.contains(key));
		ensure!(quorum_in_reach(members, &Self::absent(&undeclared)), Error::<T>::QuorumOutOfReach);
		Ok(undeclared)
	}

	/// An elected member is gone before it serves: the first alternate that fits has its place.
	pub(crate) fn replace_elected(next: &mut Elected, gone: &ValidatorId) {
		let Some(place) = next.members.iter().position(|key| key == gone) else { return };
		let size = next.members.len();
		next.members.remove(place);
		let roster = Self::roster();
		let fits = |key: &ValidatorId| {
			entry_of(&roster, key).is_some_and(|entry| has_room(&next.members, size, entry.institution, &roster))
		};
		if let Some(alternate) = next.alternates.iter().position(fits) {
			let alternate = next.alternates.remove(alternate);
			// One has left the list, so there is room.
			let _ = next.members.try_insert(place, alternate);
		}
	}

	/// Members without one of them. With a committee another has its place: an alternate, or somebody else of the roster;
	/// first of those who have shown themselves lately.
	pub(crate) fn without(members: &Members, leaving: &ValidatorId, signs: &SignsOfLife) -> Members {
		let size = members.len();
		let mut without = members.clone();
		without.retain(|member| member != leaving);
		let Some(place) = members.iter().position(|member| member == leaving) else { return without };
		if (Self::committee_size() as usize) < size {
			return without;
		}
		let roster = Self::standing_for_election();
		let fits = |key: &&ValidatorId| {
			let entry = entry_of(&roster, key);
			let is_free = *key != leaving && !members.contains(key);
			is_free && entry.is_some_and(|entry| has_room(&without, size, entry.institution, &roster))
		};
		let alternates = Alternates::<T>::get();
		let pool = || alternates.iter().chain(roster.iter().map(|entry| &entry.validator)).filter(fits);
		let substitute = pool().find(|key| signs.has::<T>(key)).or_else(|| pool().next());
		if let Some(substitute) = substitute {
			// One has left the list, so there is room.
			let _ = without.try_insert(place, substitute.clone());
		}
		without
	}

	/// Removes a validator: from the roster at once, and from the set, if it is in it, by a change. Gives the height from
	/// which on it does not vote; nothing: it does not now.
	pub(crate) fn remove(validator: &ValidatorId, at: Option<u32>) -> Result<Option<Height>, Error<T>> {
		let (is_member, stays) = (CurrentSet::<T>::get().members.contains(validator), Self::stays(validator));
		let since = match (is_member, stays) {
			(false, false) => {
				ensure!(Self::seat_of(validator).is_some(), Error::<T>::NotMember);
				None
			}
			_ if Self::committee_size() == 0 => Some(Self::schedule_removal(validator, at)?),
			// It goes with the change that is scheduled.
			(true, false) => {
				ensure!(Self::seat_of(validator).is_some(), Error::<T>::ChangePending);
				ScheduledSet::<T>::get().map(|next| next.since)
			}
			(_, true) => Some(Self::substitute(validator, at)?),
		};
		Self::strike(validator);
		if since.is_none() {
			Self::note_leave(validator);
		}
		Ok(since)
	}

	/// Schedules that another takes the place of a member of the set to come.
	fn substitute(validator: &ValidatorId, at: Option<u32>) -> Result<Height, Error<T>> {
		let current = CurrentSet::<T>::get();
		let (since, before, demoted) = match ScheduledSet::<T>::get() {
			Some(next) => (next.since, next.members.clone(), next.demoted_keys()),
			None => {
				let earliest = Self::earliest();
				let since = at.map_or(Ok(earliest), |at| Self::activation(Some(at)))?;
				(since, current.members.clone(), current.demoted_keys())
			}
		};
		let signs = SignsOfLife::now::<T>();
		let members = Self::without(&before, validator, &signs);
		ensure!(!members.is_empty(), Error::<T>::LastValidator);
		let undeclared = Self::judge_members(&members, &signs)?;
		ensure!(Self::too_large_a_share(&before, &members).is_none(), Error::<T>::InstitutionShare);
		let demoted = demoted_among(&members, &demoted);
		for substitute in members.iter().filter(|key| !before.contains(key)).cloned() {
			Self::deposit_event(Event::SubstituteScheduled { validator: substitute, since });
		}
		ScheduledSet::<T>::put(NextSet { since, members, demoted });
		Undeclared::<T>::put(undeclared);
		Ok(since)
	}
}
