//! Evidence of a validator that signed two things that exclude each other: how it is judged, and what follows.
//!
//! Who is proven guilty is banned at once, and leaves the set as soon as a change may take effect. It is left in the set
//! only while the set without it could not reach its quorum; then it goes with the first change after which it could.

use crate::{
	rotation::SignsOfLife, schedule::quorum_in_reach, types::demoted_among, Ban, Banned, BannedMembers, Config,
	Credits, CurrentSet, Error, Event, Members, NextSet, Pallet, PastSets, ScheduledSet, StoredSet, Undeclared,
};
use frame_support::ensure;
use syndic_primitives::{
	crypto::verify_ed25519, Equivocation, EvidenceError, Height, SetId, ValidatorId, ValidatorSet,
};

/// Of how many sets before the current one evidence is taken.
pub const MAX_PAST_SETS: u64 = 64;

/// How many banned members are tried at once. Each costs a walk through the set; there are seldom two.
pub(crate) const MAX_EXPELLED: usize = 8;

/// What follows from evidence, beside the ban.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
	/// The offender leaves the set with the next change.
	Expelled,
	/// It stays, as long as the set could not reach its quorum without it.
	Postponed,
	/// It was in no set to leave.
	NoMember,
}

/// Who is told of evidence that was accepted. `()`: nobody.
pub trait Supervisor {
	/// A validator was proven to have contradicted itself at this height, and is banned.
	fn evidence(offender: &ValidatorId, height: Height, outcome: Outcome);
}

impl Supervisor for () {
	fn evidence(_: &ValidatorId, _: Height, _: Outcome) {}
}

impl<T: Config> Pallet<T> {
	/// Who is proven guilty, if it is proven and news.
	pub(crate) fn judge(evidence: &Equivocation) -> Result<ValidatorId, Error<T>> {
		let set = Self::set_of(evidence.first.vote.set_id).ok_or(Error::<T>::SetNotKnown)?;
		let key = set.member(evidence.first.signer).ok_or(Error::<T>::SignerNotInSet)?;
		// Before the signatures, which cost most.
		ensure!(!Banned::<T>::contains_key(key), Error::<T>::BannedAlready);
		let genesis = Self::block_hash(Height::ZERO);
		let offender = evidence.verify(&genesis, &set, &verify_ed25519).map_err(|error| match error {
			EvidenceError::Unrelated => Error::<T>::VotesUnrelated,
			EvidenceError::NoConflict => Error::<T>::VotesAgree,
			EvidenceError::Vote(_) => Error::<T>::BadSignature,
		})?;
		Ok(offender.clone())
	}

	/// A set by its id, if it is the current one or not long past.
	pub(crate) fn set_of(id: SetId) -> Option<ValidatorSet> {
		let current = CurrentSet::<T>::get();
		let stored = if current.id == id { current } else { PastSets::<T>::get(id)? };
		stored.checked().ok()
	}

	/// Bans a validator, sees to it that it leaves the set, and tells the supervisor.
	pub(crate) fn ban(offender: ValidatorId, evidence: &Equivocation) {
		let vote = &evidence.first.vote;
		let ban =
			Ban { since: Self::now(), set_id: vote.set_id, height: vote.height, view: vote.view, phase: vote.phase };
		Banned::<T>::insert(&offender, ban);
		Self::deposit_event(Event::Banned { validator: offender.clone(), height: vote.height, view: vote.view });
		Self::strike(&offender);
		let points = Credits::<T>::mutate(|credits| credits.remove(&offender)).map_or(0, |credit| credit.points());
		if points > 0 {
			Self::deposit_event(Event::CreditForfeited { validator: offender.clone(), points });
		}
		let next = ScheduledSet::<T>::get().is_some_and(|next| next.members.contains(&offender));
		let outcome = if CurrentSet::<T>::get().members.contains(&offender) || next {
			// There is room, unless as many are banned as a set has members.
			let kept = BannedMembers::<T>::mutate(|banned| banned.try_push(offender.clone()).is_ok());
			if !kept || !Self::expel() {
				Self::deposit_event(Event::ExpulsionPostponed { validator: offender.clone() });
			}
			match Self::stays(&offender) {
				true => Outcome::Postponed,
				false => Outcome::Expelled,
			}
		} else {
			Outcome::NoMember
		};
		T::Supervisor::evidence(&offender, vote.height, outcome);
	}

	/// Takes banned members out of the next set, or schedules a set without them. Returns whether none of them stays.
	pub(crate) fn expel() -> bool {
		let banned = BannedMembers::<T>::get();
		if banned.is_empty() {
			return true;
		}
		let scheduled = ScheduledSet::<T>::get();
		let current = CurrentSet::<T>::get();
		let (mut members, demoted) = scheduled.as_ref().map_or_else(
			|| (current.members.clone(), current.demoted_keys()),
			|next| (next.members.clone(), next.demoted_keys()),
		);
		let (signs, before) = (SignsOfLife::now::<T>(), members.clone());
		let mut judged = None;
		// One by one: where all cannot go, some can.
		for key in banned.iter().take(MAX_EXPELLED) {
			let without = Self::without(&members, key, &signs);
			if let Ok(undeclared) = Self::judge_members(&without, &signs) {
				(members, judged) = (without, Some(undeclared));
			}
		}
		let all_gone = !members.iter().any(|member| banned.contains(member));
		if let Some(undeclared) = judged.filter(|_| members != before) {
			Undeclared::<T>::put(undeclared);
			// What is scheduled is not put off: the window ends below it already, whatever it will be.
			let since = scheduled.map_or_else(Self::earliest, |next| next.since);
			let demoted = demoted_among(&members, &demoted);
			ScheduledSet::<T>::put(NextSet { since, members, demoted });
			Self::deposit_event(Event::ExpulsionScheduled { since });
		}
		all_gone
	}

	/// Whether a set could reach its quorum without those who have not declared and those who are banned.
	pub(crate) fn can_decide(members: &Members) -> bool {
		quorum_in_reach(members, &Self::absent(&Undeclared::<T>::get()))
	}

	/// Remembers a set that is over, and forgets the one that is too old.
	pub(crate) fn remember(set: StoredSet) {
		if let Some(old) = set.id.get().checked_sub(MAX_PAST_SETS) {
			PastSets::<T>::remove(SetId(old));
		}
		PastSets::<T>::insert(set.id, set);
	}
}
