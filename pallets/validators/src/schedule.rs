//! How a change is judged, scheduled and made.

use crate::{
	types::demoted_among, BannedMembers, Config, CurrentSet, Declarations, Error, Event, Members, NextSet, Pallet,
	ScheduledSet, StoredSet, Undeclared,
};
use alloc::vec::Vec;
use frame_support::{ensure, traits::Get};
use syndic_primitives::{digest::ConsensusLog, notice, set::quorum, Height, ValidatorId, MIN_CHANGE_DELAY};

impl<T: Config> Pallet<T> {
	/// When a change takes effect that was asked for now.
	pub(crate) fn activation(asked: Option<u32>) -> Result<Height, Error<T>> {
		Ok(notice::activation(Self::now(), asked.map(Height), T::MaxChangeDelay::get())?)
	}

	/// The earliest height from which another set can decide.
	pub(crate) fn earliest() -> Height {
		Height(Self::now().get().saturating_add(MIN_CHANGE_DELAY))
	}

	/// Schedules that a member leaves.
	pub(crate) fn schedule_removal(validator: &ValidatorId, at: Option<u32>) -> Result<Height, Error<T>> {
		ensure!(!ScheduledSet::<T>::exists(), Error::<T>::ChangePending);
		let mut members = CurrentSet::<T>::get().members;
		ensure!(members.contains(validator), Error::<T>::NotMember);
		ensure!(members.len() > 1, Error::<T>::LastValidator);
		members.retain(|member| member != validator);
		Self::schedule(members, at)
	}

	/// Schedules the next set, which differs from the current one by one member, if it could reach its quorum and no
	/// institution would hold too much of it.
	pub(crate) fn schedule(members: Members, at: Option<u32>) -> Result<Height, Error<T>> {
		let at = Self::activation(at)?;
		let set = CurrentSet::<T>::get();
		let current = &set.members;
		let mut undeclared = Undeclared::<T>::get();
		let declarations = Declarations::<T>::get();
		for candidate in members.iter().filter(|member| !current.contains(member)) {
			let declared = declarations.iter().any(|d| d.validator == *candidate && Self::holds_at(d, at));
			if !declared {
				// It is full only if all 256 members are undeclared, and then no quorum is in reach.
				undeclared.try_push(candidate.clone()).map_err(|_| Error::<T>::QuorumOutOfReach)?;
			}
		}
		ensure!(quorum_in_reach(&members, &Self::absent(&undeclared)), Error::<T>::QuorumOutOfReach);
		ensure!(Self::too_large_a_share(current, &members).is_none(), Error::<T>::InstitutionShare);
		let demoted = demoted_among(&members, &set.demoted_keys());
		ScheduledSet::<T>::put(NextSet { since: at, members, demoted });
		Undeclared::<T>::put(undeclared);
		Ok(at)
	}

	/// Who is not counted on: who has not declared, who is banned, and who has not committed lately.
	pub(crate) fn absent(undeclared: &[ValidatorId]) -> Vec<ValidatorId> {
		let mut absent = undeclared.to_vec();
		absent.extend(BannedMembers::<T>::get());
		absent.extend(Self::unseen());
		absent
	}

	/// Whether a change is to be made at the end of this block.
	pub(crate) fn is_due() -> bool {
		ScheduledSet::<T>::get().is_some_and(|next| next.since <= Self::now().next())
	}

	/// Makes the scheduled change. What was accepted is sane; what a faulty migration has left may not be, and a set that
	/// cannot decide would end the chain, so it is judged again.
	pub(crate) fn apply_scheduled() {
		let Some(NextSet { since: at, members, demoted }) = ScheduledSet::<T>::take() else { return };
		let before = CurrentSet::<T>::get();
		let since = Self::now().next();
		let set = StoredSet { id: before.id.next(), since, members, demoted };
		let sane = set.checked().is_ok() && Self::can_decide(&set.members);
		let in_force = if sane { &set } else { &before };
		Undeclared::<T>::mutate(|undeclared| undeclared.retain(|key| in_force.members.contains(key)));
		if !sane {
			Self::deposit_event(Event::ChangeDropped { since: at });
			BannedMembers::<T>::mutate(|banned| banned.retain(|key| before.members.contains(key)));
			Self::note_no_change(&before.members, &set.members);
			return;
		}
		Declarations::<T>::mutate(|declarations| declarations.retain(|d| !set.members.contains(&d.validator)));
		let (id, members) = (set.id, set.members.clone().into_inner());
		let size = members.len() as u32;
		frame_system::Pallet::<T>::deposit_log(ConsensusLog::SetChange { id, since, members }.to_digest_item());
		BannedMembers::<T>::mutate(|banned| banned.retain(|key| set.members.contains(key)));
		Self::begin_credit(&before.members, &set.members, since);
		Self::deposit_event(Event::SetChanged { id, since, size });
		Self::note_change(&before.members, &set.members, since);
		CurrentSet::<T>::put(set);
		Self::remember(before);
		Self::expel();
	}
}

/// Whether those members who are not among the absent make a quorum of all members.
pub(crate) fn quorum_in_reach(members: &[ValidatorId], absent: &[ValidatorId]) -> bool {
	let counted_on = members.iter().filter(|member| !absent.contains(member)).count();
	!members.is_empty() && counted_on >= quorum(members.len())
}
