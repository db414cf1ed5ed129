//! The standard extension that charges for a transaction, changed so that it does not decide which class goes first.

use crate::{Balance, Runtime, RuntimeCall, RuntimeOrigin};
use codec::{Decode, DecodeWithMemTracking, Encode};
use frame_support::{pallet_prelude::TransactionSource, weights::Weight};
use pallet_transaction_payment::ChargeTransactionPayment;
use scale_info::TypeInfo;
use sp_runtime::{
	traits::{DispatchInfoOf, Implication, PostDispatchInfoOf, TransactionExtension, ValidateResult},
	transaction_validity::TransactionValidityError,
	DispatchResult,
};
use syndic_primitives::classes::MAX_PRIORITY_WITHIN;

/// [`ChargeTransactionPayment`] with another priority. Encoding, signed data and metadata are the same.
///
/// With a tip the standard priority is kept, but is at most [`MAX_PRIORITY_WITHIN`]: a tip buys precedence within a
/// class, never over another class. Without a tip the priority is 0, so that the transaction that has waited longer
/// goes first. The standard priority would prefer light transactions, and under load a heavy one would wait for ever.
#[derive(Encode, Decode, DecodeWithMemTracking, Clone, Debug, PartialEq, Eq)]
pub struct ChargePayment(Charge);

type Charge = ChargeTransactionPayment<Runtime>;

impl ChargePayment {
	/// An extension with this tip.
	pub fn from(tip: Balance) -> Self {
		Self(Charge::from(tip))
	}
}

impl TypeInfo for ChargePayment {
	type Identity = <Charge as TypeInfo>::Identity;

	fn type_info() -> scale_info::Type {
		Charge::type_info()
	}
}

impl TransactionExtension<RuntimeCall> for ChargePayment {
	const IDENTIFIER: &'static str = <Charge as TransactionExtension<RuntimeCall>>::IDENTIFIER;
	type Implicit = <Charge as TransactionExtension<RuntimeCall>>::Implicit;
	type Val = <Charge as TransactionExtension<RuntimeCall>>::Val;
	type Pre = <Charge as TransactionExtension<RuntimeCall>>::Pre;

	fn weight(&self, call: &RuntimeCall) -> Weight {
		self.0.weight(call)
	}

	fn validate(
		&self,
		origin: RuntimeOrigin,
		call: &RuntimeCall,
		info: &DispatchInfoOf<RuntimeCall>,
		len: usize,
		self_implicit: Self::Implicit,
		inherited_implication: &impl Implication,
		source: TransactionSource,
	) -> ValidateResult<Self::Val, RuntimeCall> {
		let (mut validity, val, origin) =
			self.0.validate(origin, call, info, len, self_implicit, inherited_implication, source)?;
		validity.priority = match self.0.tip() {
			0 => 0,
			_ => validity.priority.min(MAX_PRIORITY_WITHIN),
		};
		Ok((validity, val, origin))
	}

	fn prepare(
		self,
		val: Self::Val,
		origin: &RuntimeOrigin,
		call: &RuntimeCall,
		info: &DispatchInfoOf<RuntimeCall>,
		len: usize,
	) -> Result<Self::Pre, TransactionValidityError> {
		self.0.prepare(val, origin, call, info, len)
	}

	fn post_dispatch_details(
		pre: Self::Pre,
		info: &DispatchInfoOf<RuntimeCall>,
		post_info: &PostDispatchInfoOf<RuntimeCall>,
		len: usize,
		result: &DispatchResult,
	) -> Result<Weight, TransactionValidityError> {
		<Charge as TransactionExtension<RuntimeCall>>::post_dispatch_details(pre, info, post_info, len, result)
	}
}
