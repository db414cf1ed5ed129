//! Credit: what each validator has done in an era, what it earns, and when it is demoted for it.
//!
//! Commits and turns to lead are counted as [`crate::participation`] reports them. At the end of an era the pot is shared
//! out by points, one for a commit and one for a block led. Who let its turn pass too often is demoted at once, and leads
//! again from the next era on if it votes.

use crate::{
	BalanceOf, Banned, Config, Credits, CurrentEra, CurrentSet, EraReward, Event, LastReported, NextCommittee, Pallet,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
	storage::bounded_btree_map::BoundedBTreeMap,
	traits::{
		fungible::{Inspect, Mutate},
		tokens::{Fortitude, Preservation},
		ConstU32, Get,
	},
};
use scale_info::TypeInfo;
use sp_runtime::{
	traits::{AccountIdConversion, Saturating, Zero},
	Perbill, SaturatedConversion,
};
use syndic_primitives::{Height, ValidatorId, View, MAX_VALIDATORS};

/// Of how many validators credit is kept at once: the members, and those who left in this era.
pub const MAX_CREDITED: u32 = 2 * MAX_VALIDATORS;

/// Credit by consensus key.
pub type CreditMap = BoundedBTreeMap<ValidatorId, Credit, ConstU32<MAX_CREDITED>>;

/// What a validator has done in the current era.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Credit {
	/// The last height that it is known to have committed; before its first, the height from which on it could.
	pub last_seen: Height,
	/// How many heights it committed.
	pub commits: u32,
	/// How many blocks became final in a view that it led.
	pub led: u32,
	/// In how many views that it led nothing became final.
	pub missed: u32,
}

impl Credit {
	/// By what the rewards are shared.
	pub fn points(&self) -> u32 {
		self.commits.saturating_add(self.led)
	}

	/// The same validator at the beginning of an era.
	fn renewed(self) -> Self {
		Self { last_seen: self.last_seen, ..Self::default() }
	}
}

/// The era that is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Era {
	/// Its number.
	pub index: u32,
	/// Its first block.
	pub since: Height,
	/// How many blocks it is to have; 0 until its first block ends.
	pub blocks: u32,
	/// Whether that was changed since it began.
	pub is_retimed: bool,
}

impl<T: Config> Pallet<T> {
	/// The account out of which rewards are paid. Whoever likes funds it by a transfer.
	pub fn pot() -> T::AccountId {
		T::PotId::get().into_account_truncating()
	}

	/// Members that have not committed any of the last heights that were reported, as far as the rules look back. Who came in
	/// only now is not among them.
	pub(crate) fn unseen() -> Vec<ValidatorId> {
		let (reported, window) = (LastReported::<T>::get().height, T::Parameters::get().active_window);
		let credits = Credits::<T>::get();
		let is_unseen = |key: &ValidatorId| {
			credits.get(key).is_some_and(|credit| credit.last_seen.get().saturating_add(window) < reported.get())
		};
		CurrentSet::<T>::get().members.into_iter().filter(is_unseen).collect()
	}

	/// A set takes over at `since`: those who were not in the one before are looked at from here on.
	pub(crate) fn begin_credit(before: &[ValidatorId], members: &[ValidatorId], since: Height) {
		Credits::<T>::mutate(|credits| {
			// Those who have left and have nothing coming make room first.
			credits.retain(|key, credit| members.contains(key) || credit.points() > 0);
			for member in members.iter().filter(|key| !before.contains(key)) {
				if let Some(credit) = Self::credit_of(credits, member, since) {
					credit.last_seen = since.previous();
				}
			}
		});
	}

	/// The credit of a member, which is looked at from `since` on if it has none.
	pub(crate) fn credit_of<'c>(
		credits: &'c mut CreditMap,
		member: &ValidatorId,
		since: Height,
	) -> Option<&'c mut Credit> {
		if !credits.contains_key(member) {
			let credit = Credit { last_seen: since.previous(), ..Credit::default() };
			// It is full if 256 members have left in one era. Who comes then has no credit until the era ends, and counts
			// as seen.
			let _ = credits.try_insert(member.clone(), credit);
		}
		credits.get_mut(member)
	}

	/// A leader let a turn pass.
	pub(crate) fn missed(validator: &ValidatorId, height: Height, view: View) {
		let demote_after = T::Parameters::get().demote_after;
		let missed = Credits::<T>::mutate(|credits| {
			credits.get_mut(validator).map_or(0, |credit| {
				credit.missed = credit.missed.saturating_add(1);
				credit.missed
			})
		});
		Self::deposit_event(Event::TurnMissed { validator: validator.clone(), height, view });
		if missed >= demote_after {
			// It is demoted already, or no member any more, or too few would lead; then it stays as it is.
			let _ = Self::demote(validator);
		}
	}

	/// Whether the era is over with this block.
	pub(crate) fn era_is_over() -> bool {
		Self::now().next() >= Self::era_end()
	}

	/// Notes how many blocks the era has, and whether that is something else than it was.
	pub(crate) fn keep_time() {
		let length = T::Parameters::get().era_length;
		let mut era = CurrentEra::<T>::get();
		if era.blocks == length {
			return;
		}
		era.is_retimed |= era.blocks != 0;
		era.blocks = length;
		let next = era.index.saturating_add(1);
		CurrentEra::<T>::put(era);
		NextCommittee::<T>::mutate(|elected| {
			if let Some(elected) = elected.as_mut().filter(|elected| elected.era == next) {
				elected.since = Self::era_end();
			}
		});
	}

	/// Ends the era: shares the pot out, rates everybody, elects, forgives, and begins the next one.
	pub(crate) fn end_era() {
		let era = CurrentEra::<T>::get();
		let credits = Credits::<T>::get();
		let paid = Self::share_out(&credits);
		Self::deposit_event(Event::EraEnded { era: era.index, paid });
		let contributions = Self::close_lottery();
		let roster = Self::standing_for_election();
		Self::rate_all(&roster, &contributions, era.since, !era.is_retimed);
		let (since, blocks) = (Self::now().next(), T::Parameters::get().era_length);
		CurrentEra::<T>::put(Era { index: era.index.saturating_add(1), since, blocks, is_retimed: false });
		match Self::committee_size() {
			0 => NextCommittee::<T>::kill(),
			_ => {
				let (next, begin) = (era.index.saturating_add(2), Height(since.get().saturating_add(blocks)));
				Self::elect(next, begin, &roster, &contributions, !era.is_retimed);
			}
		}

		let set = CurrentSet::<T>::get();
		let mut renewed = credits.into_inner();
		renewed.retain(|key, _| set.members.contains(key));
		renewed.values_mut().for_each(|credit| *credit = credit.renewed());
		// Fewer than before, which fitted.
		Credits::<T>::put(CreditMap::try_from(renewed).unwrap_or_default());

		let unseen = Self::unseen();
		for key in set.demoted_keys().iter().filter(|key| !unseen.contains(key)) {
			// Who is about to be restored is so already.
			let _ = Self::restore(key);
		}
	}

	/// Pays each validator its share. Returns how much was paid.
	fn share_out(credits: &CreditMap) -> BalanceOf<T> {
		let pot = Self::pot();
		let there = T::Currency::reducible_balance(&pot, Preservation::Preserve, Fortitude::Polite);
		let total = EraReward::<T>::get().min(there);
		let entitled = || credits.iter().filter(|(key, credit)| credit.points() > 0 && !Banned::<T>::contains_key(key));
		let points = entitled().fold(0u32, |sum, (_, credit)| sum.saturating_add(credit.points()));
		let mut paid = BalanceOf::<T>::zero();
		for (key, credit) in entitled() {
			let share = Perbill::from_rational(credit.points(), points).mul_floor(total);
			let amount = Self::pay(&pot, key, share);
			paid = paid.saturating_add(amount);
			Self::deposit_event(Event::Rewarded {
				validator: key.clone(),
				commits: credit.commits,
				led: credit.led,
				missed: credit.missed,
				amount,
			});
		}
		paid
	}

	/// Pays a share. Who has nobody to be paid to, or would get too little for an account to exist, gets nothing: it stays in
	/// the pot.
	fn pay(pot: &T::AccountId, validator: &ValidatorId, share: BalanceOf<T>) -> BalanceOf<T> {
		let Some(to) = Self::beneficiary(validator).filter(|_| !share.is_zero()) else { return Zero::zero() };
		T::Currency::transfer(pot, &to, share, Preservation::Preserve).unwrap_or_else(|_| Zero::zero())
	}

	/// How many accounts the end of an era may pay.
	pub(crate) fn credited() -> u32 {
		Credits::<T>::decode_len().unwrap_or(0).saturated_into()
	}
}
