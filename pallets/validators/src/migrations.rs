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
}
