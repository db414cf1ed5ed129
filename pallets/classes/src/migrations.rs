//! What an upgrade does to a chain that had no classes.

use crate::{types::DEFAULT, Classes, Config, Pallet};
use core::marker::PhantomData;
use frame_support::{
	traits::{Get, OnRuntimeUpgrade},
	weights::Weight,
};
#[cfg(feature = "try-runtime")]
use {alloc::vec::Vec, frame_support::ensure, sp_runtime::TryRuntimeError};

/// Ships the first classes to a chain that has none. FRAME takes a pallet that is new in an upgrade to be of the newest
/// version, so it goes by the default class, which is never removed.
pub struct Ship<T>(PhantomData<T>);

impl<T: Config> OnRuntimeUpgrade for Ship<T> {
	fn on_runtime_upgrade() -> Weight {
		if Classes::<T>::contains_key(DEFAULT) {
			return T::DbWeight::get().reads(1);
		}
		Pallet::<T>::ship();
		T::DbWeight::get().reads_writes(6, 5)
	}

	#[cfg(feature = "try-runtime")]
	fn post_upgrade(_: Vec<u8>) -> Result<(), TryRuntimeError> {
		ensure!(Classes::<T>::contains_key(DEFAULT), "there is no default class");
		Pallet::<T>::check_state().map_err(Into::into)
	}
}
