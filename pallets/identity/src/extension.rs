//! The transaction extension that admits only accounts with a valid identity.

use crate::{check::Refusal, types::InstitutionId, Config, Pallet, WeightInfo};
use codec::{Decode, DecodeWithMemTracking, Encode};
use core::{fmt, marker::PhantomData};
use frame_support::{
	pallet_prelude::TransactionSource,
	traits::{ContainsPair, OriginTrait},
	weights::Weight,
	DefaultNoBound,
};
use scale_info::TypeInfo;
use sp_runtime::{
	traits::{DispatchInfoOf, Implication, TransactionExtension, ValidateResult},
	transaction_validity::{InvalidTransaction, TransactionValidityError, ValidTransaction},
};

/// Admits a transaction only if an account with a valid identity signed it, and counts it in the quota of the account's
/// institution. Both at the pool and in the block: a block with a transaction that is not admitted is no block.
///
/// It adds nothing to a transaction and nothing to what is signed, so that a library that does not know it signs well.
///
/// A transaction that is admitted counts, whether its call succeeds or not. What nobody signed, inherents and enrolments,
/// passes: each such call has checks of its own. [`Config::Exempt`] passes and is not counted.
///
/// It should stand before the check of the nonce, which refuses an account that does not exist with an error about
/// payment.
#[derive(Encode, Decode, DecodeWithMemTracking, DefaultNoBound, Clone, Eq, PartialEq, TypeInfo)]
#[scale_info(skip_type_params(T))]
pub struct CheckIdentity<T>(PhantomData<T>);

impl<T> CheckIdentity<T> {
	/// There is just one.
	pub fn new() -> Self {
		Self(PhantomData)
	}
}

impl<T> fmt::Debug for CheckIdentity<T> {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.write_str("CheckIdentity")
	}
}

/// Who has admitted it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
	/// It counts in this institution's quota.
	Metered(InstitutionId),
	/// It does not count.
	Free,
}

impl<T: Config + Send + Sync> TransactionExtension<T::RuntimeCall> for CheckIdentity<T> {
	const IDENTIFIER: &'static str = "CheckIdentity";
	type Implicit = ();
	type Val = Admission;
	type Pre = ();

	fn weight(&self, _: &T::RuntimeCall) -> Weight {
		<T as Config>::WeightInfo::check_identity()
	}

	fn validate(
		&self,
		origin: T::RuntimeOrigin,
		call: &T::RuntimeCall,
		_info: &DispatchInfoOf<T::RuntimeCall>,
		_len: usize,
		_self_implicit: Self::Implicit,
		_inherited_implication: &impl Implication,
		_source: TransactionSource,
	) -> ValidateResult<Self::Val, T::RuntimeCall> {
		let admission = match origin.as_signer() {
			None => Admission::Free,
			Some(who) if T::Exempt::contains(who, call) => Admission::Free,
			Some(who) => {
				let valid = Pallet::<T>::check(who).map_err(InvalidTransaction::from)?;
				Admission::Metered(valid.institution)
			}
		};
		Ok((ValidTransaction::default(), admission, origin))
	}

	fn prepare(
		self,
		admission: Self::Val,
		_origin: &T::RuntimeOrigin,
		_call: &T::RuntimeCall,
		_info: &DispatchInfoOf<T::RuntimeCall>,
		_len: usize,
	) -> Result<Self::Pre, TransactionValidityError> {
		match admission {
			Admission::Free => Ok(()),
			Admission::Metered(institution) => {
				Pallet::<T>::count(institution).map_err(|refusal: Refusal| InvalidTransaction::from(refusal).into())
			}
		}
	}
}
