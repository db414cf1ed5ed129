//! The transaction extension that refuses what is frozen.

use crate::{Acting, CallOf, Config, Pallet, WeightInfo};
use codec::{Decode, DecodeWithMemTracking, Encode};
use core::{fmt, marker::PhantomData};
use frame_support::{pallet_prelude::TransactionSource, traits::OriginTrait, weights::Weight, DefaultNoBound};
use scale_info::TypeInfo;
use sp_runtime::{
	impl_tx_ext_default,
	traits::{DispatchInfoOf, Implication, TransactionExtension, ValidateResult},
	transaction_validity::ValidTransaction,
};

/// Refuses a transaction that a frozen account has signed, or an account of a frozen institution, and one of whose calls
/// any acts for one. Both at the pool and in the block: a block with such a transaction is no block.
///
/// It adds nothing to a transaction and nothing to what is signed, so that a library that does not know it signs well.
///
/// Two things pass although the sender is frozen: its appeal, and what governs the chain ([`Config::Governing`]). What
/// nobody signed passes: there is no account to be frozen.
#[derive(Encode, Decode, DecodeWithMemTracking, DefaultNoBound, Clone, Eq, PartialEq, TypeInfo)]
#[scale_info(skip_type_params(T))]
pub struct CheckFreeze<T>(PhantomData<T>);

impl<T> CheckFreeze<T> {
	/// There is just one.
	pub fn new() -> Self {
		Self(PhantomData)
	}
}

impl<T> fmt::Debug for CheckFreeze<T> {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.write_str("CheckFreeze")
	}
}

impl<T: Config + Send + Sync> TransactionExtension<CallOf<T>> for CheckFreeze<T> {
	const IDENTIFIER: &'static str = "CheckFreeze";
	type Implicit = ();
	type Val = ();
	type Pre = ();

	fn weight(&self, call: &CallOf<T>) -> Weight {
		<T as Config>::WeightInfo::check_freeze(T::Acting::count(call))
	}

	fn validate(
		&self,
		origin: T::RuntimeOrigin,
		call: &CallOf<T>,
		_info: &DispatchInfoOf<CallOf<T>>,
		_len: usize,
		_self_implicit: Self::Implicit,
		_inherited_implication: &impl Implication,
		_source: TransactionSource,
	) -> ValidateResult<Self::Val, CallOf<T>> {
		if let Some(who) = origin.as_signer() {
			Pallet::<T>::check(who, call)?;
		}
		Ok((ValidTransaction::default(), (), origin))
	}

	impl_tx_ext_default!(CallOf<T>; prepare);
}
