//! What is refused for a freeze, at a pool and in a block.

use crate::{Acting, Call, CallOf, Config, Pallet, Subject};
use alloc::{
	string::{String, ToString},
	vec::Vec,
};
use frame_support::{
	ensure,
	traits::{ContainsPair, IsSubType},
};
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError};

/// Why a pool refuses a transaction for a freeze.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
	/// Its sender is frozen.
	#[error(
		"This account is frozen. supervision.freezes says by whom, on which ground and until when; it can appeal \
		 (supervision.appeal), in a transaction of its own."
	)]
	Frozen,
	/// Its sender's institution is.
	#[error(
		"This account's institution is frozen. supervision.freezes says by whom, on which ground and until when; an \
		 administrator of it can appeal (supervision.appeal), in a transaction of its own."
	)]
	InstitutionFrozen,
	/// It acts for somebody who is.
	#[error(
		"A call in this transaction acts for, or takes from, an account that is frozen, or whose institution is. \
		 supervision.freezes says which are."
	)]
	ActsForFrozen,
	/// More calls within calls than are looked through.
	#[error("The calls in this transaction are nested too deeply: at most 16 may be within each other.")]
	TooDeep,
	/// More accounts than are looked up.
	#[error(
		"The calls in this transaction act for too many accounts: at most 128 are possible. Send several of them."
	)]
	TooManyActors,
}

impl Refusal {
	/// Every one of them.
	pub const ALL: [Self; 5] =
		[Self::Frozen, Self::InstitutionFrozen, Self::ActsForFrozen, Self::TooDeep, Self::TooManyActors];

	/// The code with which a pool refuses it. Those of the classes are below, those of enrolments from 64 on.
	pub const fn code(self) -> u8 {
		match self {
			Self::Frozen => 48,
			Self::InstitutionFrozen => 49,
			Self::ActsForFrozen => 50,
			Self::TooDeep => 51,
			Self::TooManyActors => 52,
		}
	}
}

impl From<Refusal> for TransactionValidityError {
	fn from(refusal: Refusal) -> Self {
		InvalidTransaction::Custom(refusal.code()).into()
	}
}

impl<T: Config> Pallet<T> {
	/// Whether an account may send a transaction with this call, as far as freezes go.
	pub fn check(who: &T::AccountId, call: &CallOf<T>) -> Result<(), Refusal> {
		// It reaches the board, whoever else is frozen.
		if matches!(call.is_sub_type(), Some(Call::appeal { subject, .. }) if Self::may_appeal(who, subject)) {
			return Ok(());
		}
		if !T::Governing::contains(who, call) {
			match Self::frozen_by(who) {
				None => (),
				Some(Subject::Account(_)) => return Err(Refusal::Frozen),
				Some(Subject::Institution(_)) => return Err(Refusal::InstitutionFrozen),
			}
		}
		let others = T::Acting::others(who, call)?;
		ensure!(!others.iter().any(Self::is_frozen), Refusal::ActsForFrozen);
		Ok(())
	}

	/// Every code with which a pool refuses a transaction for a freeze, and what it means.
	pub fn all_refusals() -> Vec<(u8, String)> {
		Refusal::ALL.into_iter().map(|refusal| (refusal.code(), refusal.to_string())).collect()
	}
}
