//! From one version of this pallet's storage to the next.

use crate::{Config, CurrentSet, Demoted, Members, NextSet, Pallet, PastSets, ScheduledSet, StoredSet};
use codec::{Decode, Encode};
use core::marker::PhantomData;
use frame_support::{
	migrations::VersionedMigration,
	traits::{Get, UncheckedOnRuntimeUpgrade},
	weights::Weight,
};
use syndic_primitives::{Height, SetId};
#[cfg(feature = "try-runtime")]
use {
	alloc::vec::Vec,
	frame_support::{ensure, storage::unhashed},
	sp_runtime::TryRuntimeError,
};

/// From version 2 to version 3, in which sets name those who do not lead. Nobody is demoted.
pub type ToVersion3<T> = VersionedMigration<2, 3, NobodyIsDemoted<T>, Pallet<T>, <T as frame_system::Config>::DbWeight>;

/// A set as it was stored in version 2.
#[derive(Encode, Decode)]
pub(crate) struct SetV2 {
	pub(crate) id: SetId,
	pub(crate) since: Height,
	pub(crate) members: Members,
}

impl From<SetV2> for StoredSet {
	fn from(SetV2 { id, since, members }: SetV2) -> Self {
		Self { id, since, members, demoted: Demoted::default() }
	}
}

/// Appends the list of the demoted, empty, to every set.
pub struct NobodyIsDemoted<T>(PhantomData<T>);

impl<T: Config> UncheckedOnRuntimeUpgrade for NobodyIsDemoted<T> {
	fn on_runtime_upgrade() -> Weight {
		let mut moved = 2;
		// What does not decode stays as it is: to remove it would hide the fault.
		let _ = CurrentSet::<T>::translate(|set: Option<SetV2>| set.map(StoredSet::from));
		let _ = ScheduledSet::<T>::translate(|next: Option<(Height, Members)>| {
			next.map(|(since, members)| NextSet { since, members, demoted: Demoted::default() })
		});
		PastSets::<T>::translate_values(|set: SetV2| {
			moved += 1;
			Some(StoredSet::from(set))
		});
		T::DbWeight::get().reads_writes(moved, moved)
	}

	/// The sets as they are, with nobody demoted: what is to be there afterwards.
	#[cfg(feature = "try-runtime")]
	fn pre_upgrade() -> Result<Vec<u8>, TryRuntimeError> {
		let read = |key: &[u8]| unhashed::get::<SetV2>(key).map(StoredSet::from);
		let current = read(&CurrentSet::<T>::hashed_key()).ok_or("there is no set of version 2")?;
		let next = unhashed::get::<(Height, Members)>(&ScheduledSet::<T>::hashed_key());
		let mut past = Vec::new();
		for id in PastSets::<T>::iter_keys() {
			past.push(read(&PastSets::<T>::hashed_key_for(id)).ok_or("a past set is not of version 2")?);
		}
		Ok((current, next, past).encode())
	}

	#[cfg(feature = "try-runtime")]
	fn post_upgrade(before: Vec<u8>) -> Result<(), TryRuntimeError> {
		type Before = (StoredSet, Option<(Height, Members)>, Vec<StoredSet>);
		let (current, next, past) = Before::decode(&mut &before[..]).map_err(|_| "what was noted does not decode")?;
		ensure!(CurrentSet::<T>::get() == current, "the set is another one");
		let next = next.map(|(since, members)| NextSet { since, members, demoted: Demoted::default() });
		ensure!(ScheduledSet::<T>::get() == next, "the scheduled set is another one");
		ensure!(PastSets::<T>::iter_keys().count() == past.len(), "there are more or fewer past sets");
		ensure!(past.into_iter().all(|set| PastSets::<T>::get(set.id) == Some(set)), "a past set is another one");
		Ok(Pallet::<T>::check_state()?)
	}
}
