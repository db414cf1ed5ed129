//! The transaction extension that knows a transaction's class.

use crate::{CallOf, Config, Pallet, WeightInfo};
use codec::{Decode, DecodeWithMemTracking, Encode};
use core::{fmt, marker::PhantomData};
use frame_support::{pallet_prelude::TransactionSource, traits::OriginTrait, weights::Weight, DefaultNoBound};
use scale_info::TypeInfo;
use sp_runtime::{
	traits::{DispatchInfoOf, Implication, TransactionExtension, ValidateResult},
	transaction_validity::{TransactionValidityError, ValidTransaction},
};

/// Finds out the class of a signed transaction, refuses what the class does not allow, and gives it the class's priority
/// in a pool. In a block it sees to it that ordinary transactions use no more than the parameters' share.
///
/// It adds nothing to a transaction and nothing to what is signed, so that a library that does not know it signs well.
///
/// It should stand before the check of the weight, which books the transaction's own, and beside extensions that add to
/// the priority no more than [`syndic_primitives::classes::MAX_PRIORITY_WITHIN`].
#[derive(Encode, Decode, DecodeWithMemTracking, DefaultNoBound, Clone, Eq, PartialEq, TypeInfo)]
#[scale_info(skip_type_params(T))]
pub struct CheckClass<T>(PhantomData<T>);

impl<T> CheckClass<T> {
	/// There is just one.
	pub fn new() -> Self {
		Self(PhantomData)
	}
}

impl<T> fmt::Debug for CheckClass<T> {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.write_str("CheckClass")
	}
}

impl<T: Config + Send + Sync> TransactionExtension<CallOf<T>> for CheckClass<T> {
	const IDENTIFIER: &'static str = "CheckClass";
	type Implicit = ();
	type Val = ();
	type Pre = ();

	fn weight(&self, _: &CallOf<T>) -> Weight {
		<T as Config>::WeightInfo::check_class()
	}

	fn validate(
		&self,
		origin: T::RuntimeOrigin,
		call: &CallOf<T>,
		info: &DispatchInfoOf<CallOf<T>>,
		len: usize,
		_self_implicit: Self::Implicit,
		_inherited_implication: &impl Implication,
		_source: TransactionSource,
	) -> ValidateResult<Self::Val, CallOf<T>> {
		let priority = match origin.as_signer() {
			Some(who) => Pallet::<T>::check(who, call, info, len)?,
			// What nobody signed has a priority of its own.
			None => 0,
		};
		Ok((ValidTransaction { priority, ..Default::default() }, (), origin))
	}

	fn prepare(
		self,
		_val: Self::Val,
		_origin: &T::RuntimeOrigin,
		_call: &CallOf<T>,
		info: &DispatchInfoOf<CallOf<T>>,
		len: usize,
	) -> Result<Self::Pre, TransactionValidityError> {
		Pallet::<T>::check_in_block(info, len)
	}
}
