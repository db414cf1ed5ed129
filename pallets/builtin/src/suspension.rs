//! Which calls are let through, whoever makes them and wherever they come from.

use crate::{registry::Contracts, CallOf, Config, Pallet, Suspended};
use frame_support::{
	dispatch::{DispatchClass, GetDispatchInfo},
	traits::{Contains, GetCallMetadata},
};

/// For `frame_system::Config::BaseCallFilter`: the calls of suspended contracts are refused as `CallFiltered`, in
/// transactions of their own, in batches, in motions, at a scheduled time, and by address. As with every base call
/// filter, root passes; there is root on a development chain only.
///
/// What must be in a block, as inherents must, is never refused: no block could be made without it.
impl<T: Config> Contains<CallOf<T>> for Pallet<T> {
	fn contains(call: &CallOf<T>) -> bool {
		let pallet = call.get_call_metadata().pallet_name;
		// The storage is looked at for the calls of contracts alone that can be suspended.
		let contract = T::Contracts::entries().find(|contract| contract.suspendable && contract.name == pallet);
		let suspended = contract.is_some_and(|contract| Suspended::<T>::contains_key(contract.address));
		!suspended || call.get_dispatch_info().class == DispatchClass::Mandatory
	}
}
