//! A call by address: from a payload to the contract's call, its weight, and its dispatch.
//!
//! The payload is what follows the pallet's index in the encoding of the direct call. What comes out of it is a call like
//! any other, and is dispatched as one, with the caller's own origin, so that every check of the direct call is made:
//! the base call filter, the origin, the arguments.
//!
//! Only one such call is made at a time. A payload is bytes to the decoder that finds it, and so a payload within a
//! payload would be decoded with the bounds of a fresh start, over and over, each time a weight is asked for. Builtin is
//! therefore not called through Builtin, and neither is a contract through Builtin whose call wraps another one through
//! Builtin.

use crate::{BuiltInContract, CallOf, Config, Error, Pallet, WeightInfo};
use alloc::vec::Vec;
use codec::DecodeLimit;
use frame_support::{
	dispatch::{
		extract_actual_weight, DispatchClass, DispatchResultWithPostInfo, GetDispatchInfo, Pays, PostDispatchInfo,
	},
	ensure,
	traits::Get,
	weights::Weight,
	MAX_EXTRINSIC_DEPTH,
};
use sp_runtime::traits::Dispatchable;
use syndic_primitives::builtin::Address;

environmental::environmental!(through: ());

/// Does what is to be done within one call through Builtin; `None` if this is within one already.
fn once<R>(within: impl FnOnce() -> R) -> Option<R> {
	match through::with(|_| ()) {
		Some(()) => None,
		None => Some(through::using(&mut (), within)),
	}
}

impl<T: Config> Pallet<T> {
	/// The call that a payload is for a contract: all of it, and nothing else.
	///
	/// For whoever has to know what a call by address comes to. A call by address within it is not made: who looks into
	/// calls need not look into that one.
	pub fn decode_call(address: &Address, payload: &[u8]) -> Result<CallOf<T>, Error<T>> {
		ensure!(payload.len() <= T::MaxPayload::get() as usize, Error::<T>::PayloadTooLong);
		ensure!(*address != Self::ADDRESS, Error::<T>::CallWithinCall);
		let contract = Self::entry(address);
		let index = contract.ok_or(Error::<T>::UnknownContract)?.index;
		// A pallet's index is one byte; the runtime's macro sees to it.
		let index = u8::try_from(index).map_err(|_| Error::<T>::UnknownContract)?;
		let call: Vec<u8> = [&[index], payload].concat();
		CallOf::<T>::decode_all_with_depth_limit(MAX_EXTRINSIC_DEPTH, &mut &call[..])
			.map_err(|_| Error::<T>::UndecodablePayload)
	}

	/// What the call and its way here cost. What can't be decoded costs only the way.
	pub(crate) fn weigh_call(address: &Address, payload: &[u8]) -> (Weight, DispatchClass, Pays) {
		let overhead = Self::overhead(payload);
		let info = once(|| Self::decode_call(address, payload).ok().map(|call| call.get_dispatch_info())).flatten();
		match info {
			Some(info) => (overhead.saturating_add(info.call_weight), info.class, info.pays_fee),
			None => (overhead, DispatchClass::Normal, Pays::Yes),
		}
	}

	/// Makes the call. Whatever it answers is the answer, with the weight that it has used and that of the way.
	pub(crate) fn dispatch_call(
		origin: T::RuntimeOrigin,
		address: &Address,
		payload: &[u8],
	) -> DispatchResultWithPostInfo {
		let dispatched = once(|| {
			let call = Self::decode_call(address, payload)?;
			let info = call.get_dispatch_info();
			Ok::<_, Error<T>>((info, call.dispatch(origin)))
		});
		let (info, result) = dispatched.ok_or(Error::<T>::CallWithinCall)??;
		let weight = Self::overhead(payload).saturating_add(extract_actual_weight(&result, &info));
		match result {
			Ok(PostDispatchInfo { pays_fee, .. }) => Ok(PostDispatchInfo { actual_weight: Some(weight), pays_fee }),
			Err(mut error) => {
				error.post_info.actual_weight = Some(weight);
				Err(error)
			}
		}
	}

	fn overhead(payload: &[u8]) -> Weight {
		T::WeightInfo::call(u32::try_from(payload.len()).unwrap_or(u32::MAX))
	}
}
