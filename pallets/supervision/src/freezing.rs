//! Freezes: how they begin and end, and who is frozen.

use crate::{
	AccountOf, Act, Actor, CaseId, Cases, Config, Directory, Error, Expiries, Freeze, FreezeOf, FreezeReason, Freezes,
	Ground, InstitutionId, Pallet, Subject, SubjectOf,
};
use frame_support::{
	defensive, ensure,
	traits::{
		fungible::{Inspect, MutateFreeze},
		Get,
	},
};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{
	traits::{Bounded, Saturating},
	DispatchResult,
};

impl<T: Config> Pallet<T> {
	/// Whether an account is frozen, or its institution is.
	pub fn is_frozen(account: &T::AccountId) -> bool {
		Self::frozen_by(account).is_some()
	}

	/// What is frozen of an account: itself, or its institution.
	pub fn frozen_by(account: &T::AccountId) -> Option<SubjectOf<T>> {
		let itself = Subject::Account(account.clone());
		if Self::is_in_force(&itself) {
			return Some(itself);
		}
		let institution = Subject::Institution(T::Directory::institution_of(account)?);
		Self::is_in_force(&institution).then_some(institution)
	}

	/// Whether a freeze holds. A pool asks this at the height that comes next, before its freezes are lifted.
	fn is_in_force(subject: &SubjectOf<T>) -> bool {
		let now = frame_system::Pallet::<T>::block_number();
		Freezes::<T>::get(subject).is_some_and(|freeze| freeze.until > now)
	}

	/// Whether an account may appeal for a subject, be it frozen or not.
	pub(crate) fn may_appeal(who: &T::AccountId, subject: &SubjectOf<T>) -> bool {
		let institution = match subject {
			Subject::Account(account) if account == who => return true,
			Subject::Account(account) => T::Directory::institution_of(account),
			Subject::Institution(institution) => Some(*institution),
		};
		institution.is_some() && T::Directory::administers(who) == institution
	}

	/// That something ends after this block, and not too late.
	pub(crate) fn ensure_within(
		until: BlockNumberFor<T>,
		most: BlockNumberFor<T>,
		too_long: Error<T>,
	) -> Result<(), Error<T>> {
		let now = frame_system::Pallet::<T>::block_number();
		ensure!(until > now, Error::<T>::UntilPast);
		ensure!(until.saturating_sub(now) <= most, too_long);
		Ok(())
	}

	/// That a subject can be frozen.
	fn ensure_freezable(subject: &SubjectOf<T>) -> Result<(), Error<T>> {
		let is_regulator = match subject {
			Subject::Account(account) => T::Directory::is_officer(account),
			Subject::Institution(institution) => {
				ensure!(T::Directory::is_known(*institution), Error::<T>::UnknownInstitution);
				T::Directory::is_regulator(*institution)
			}
		};
		ensure!(!is_regulator, Error::<T>::SubjectIsRegulator);
		ensure!(!Freezes::<T>::contains_key(subject), Error::<T>::FrozenAlready);
		Ok(())
	}

	pub(crate) fn do_freeze(
		institution: InstitutionId,
		by: T::AccountId,
		case: CaseId,
		subject: SubjectOf<T>,
		ground: Ground,
		until: BlockNumberFor<T>,
	) -> DispatchResult {
		let mut stored = Self::open_case_of(case, institution)?;
		Self::ensure_within(until, T::MaxFreeze::get(), Error::<T>::FreezeTooLong)?;
		ensure!(until <= stored.until, Error::<T>::FreezeOutlastsCase);
		Self::ensure_freezable(&subject)?;
		let pushed = Expiries::<T>::mutate(until, |ending| ending.try_push(subject.clone()));
		ensure!(pushed.is_ok(), Error::<T>::ExpiryBlockFull);
		if let Subject::Account(account) = &subject {
			Self::freeze_money(account)?;
		}
		let since = frame_system::Pallet::<T>::block_number();
		let freeze = Freeze { case, by: by.clone(), institution, ground: ground.clone(), since, until, appeal: None };
		Freezes::<T>::insert(&subject, freeze);
		stored.freezes = stored.freezes.saturating_add(1);
		Cases::<T>::insert(case, stored);
		Self::record(
			Actor::Officer { institution, account: by },
			Some(case),
			Act::Frozen(subject),
			ground,
			Some(until),
		);
		Ok(())
	}

	/// Ends a freeze before its time.
	pub(crate) fn lift(subject: &SubjectOf<T>, freeze: &FreezeOf<T>) -> DispatchResult {
		Expiries::<T>::mutate_exists(freeze.until, |ending| {
			let mut rest = ending.take().unwrap_or_default();
			rest.retain(|other| other != subject);
			*ending = (!rest.is_empty()).then_some(rest);
		});
		Self::end(subject, freeze)
	}

	/// Ends a freeze that is not to expire any more. All but the money is done even if that fails.
	fn end(subject: &SubjectOf<T>, freeze: &FreezeOf<T>) -> DispatchResult {
		Freezes::<T>::remove(subject);
		Cases::<T>::mutate_extant(freeze.case, |case| case.freezes = case.freezes.saturating_sub(1));
		match subject {
			Subject::Account(account) => Self::thaw_money(account),
			Subject::Institution(_) => Ok(()),
		}
	}

	/// Ends the freezes whose time is over with this block. How many these were.
	pub(crate) fn expire(now: BlockNumberFor<T>) -> u32 {
		let ending = Expiries::<T>::take(now);
		let count = ending.len() as u32;
		for subject in ending {
			let Some(freeze) = Freezes::<T>::get(&subject) else {
				defensive!("what expires is frozen until then");
				continue;
			};
			if let Err(error) = Self::end(&subject, &freeze) {
				defensive!("what was frozen can be thawed", error);
			}
			Self::record(Actor::Chain, Some(freeze.case), Act::Expired(subject), freeze.ground, None);
		}
		count
	}

	/// As much money as there can be.
	pub(crate) fn everything() -> <T::Ledger as Inspect<AccountOf<T>>>::Balance {
		Bounded::max_value()
	}

	/// Holds on to all that an account has and gets. It exists as long as it is frozen, so that one that is empty is frozen
	/// like any other, and none is given up.
	fn freeze_money(account: &T::AccountId) -> DispatchResult {
		frame_system::Pallet::<T>::inc_providers(account);
		T::Ledger::set_freeze(&FreezeReason::Supervision.into(), account, Self::everything())
	}

	fn thaw_money(account: &T::AccountId) -> DispatchResult {
		T::Ledger::thaw(&FreezeReason::Supervision.into(), account)?;
		frame_system::Pallet::<T>::dec_providers(account).map(drop)
	}
}
