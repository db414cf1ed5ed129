//! From one version of this pallet's storage to the next.

use crate::{
	Banned, Config, CurrentEra, CurrentSet, Demoted, Era, Members, NextSet, Pallet, PastSets, ScheduledSet, StoredSet,
};
use codec::{Decode, Encode};
use core::marker::PhantomData;
use frame_support::{
	migrations::VersionedMigration,
	storage::unhashed,
	traits::{Get, UncheckedOnRuntimeUpgrade},
	weights::Weight,
};
use syndic_primitives::{storage_keys::item_key, Height, Seat, SetId};
#[cfg(feature = "try-runtime")]
use {crate::Roster, alloc::vec::Vec, frame_support::ensure, sp_runtime::TryRuntimeError};

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
		Ok(())
	}
}

/// From version 3 to version 4, in which the approved stand on a roster, and the rules of credit are parameters. The
/// parameters' own migration comes before it: it is what still finds the rules, at [`old_rules_key`].
pub type ToVersion4<T> =
	VersionedMigration<3, 4, MembersAreTheRoster<T>, Pallet<T>, <T as frame_system::Config>::DbWeight>;

/// Where version 3 has the rules of credit: eraLength, demoteAfter, activeWindow, each a `u32`.
pub fn old_rules_key() -> [u8; 32] {
	item_key("Validators", "CurrentRules")
}

/// An era as it was stored in version 3.
#[derive(Encode, Decode)]
pub(crate) struct EraV3 {
	pub(crate) index: u32,
	pub(crate) since: Height,
}

/// Puts those onto the roster who are members and stay, and forgets the rules of credit.
pub struct MembersAreTheRoster<T>(PhantomData<T>);

impl<T: Config> MembersAreTheRoster<T> {
	/// Members that stay, and are not banned.
	fn approved() -> Members {
		let mut members = CurrentSet::<T>::get().members;
		members.retain(|key| Pallet::<T>::stays(key) && !Banned::<T>::contains_key(key));
		members
	}
}

impl<T: Config> UncheckedOnRuntimeUpgrade for MembersAreTheRoster<T> {
	fn on_runtime_upgrade() -> Weight {
		let approved = Self::approved();
		for member in &approved {
			// No more than a set can hold, which fit.
			let _ = Pallet::<T>::enlist(member, Seat::Validator);
		}
		// How many blocks it has is noted at the end of its next block.
		let _ = CurrentEra::<T>::translate(|era: Option<EraV3>| {
			era.map(|EraV3 { index, since }| Era { index, since, ..Default::default() })
		});
		unhashed::kill(&old_rules_key());
		let members = approved.len() as u64;
		T::DbWeight::get().reads_writes(4 + 5 * members, 2 + members)
	}

	/// Who is to be on the roster, and the era as it is.
	#[cfg(feature = "try-runtime")]
	fn pre_upgrade() -> Result<Vec<u8>, TryRuntimeError> {
		let era = unhashed::get::<EraV3>(&CurrentEra::<T>::hashed_key()).ok_or("there is no era of version 3")?;
		Ok((Self::approved(), era).encode())
	}

	#[cfg(feature = "try-runtime")]
	fn post_upgrade(before: Vec<u8>) -> Result<(), TryRuntimeError> {
		let decoded = <(Members, EraV3)>::decode(&mut &before[..]);
		let (approved, era) = decoded.map_err(|_| "what was noted does not decode")?;
		let roster = Roster::<T>::get();
		ensure!(roster.len() == approved.len(), "there are more or fewer on the roster than members");
		ensure!(approved.iter().all(|key| Pallet::<T>::seat_of(key) == Some(Seat::Validator)), "a member is not on it");
		let now = CurrentEra::<T>::get();
		ensure!((now.index, now.since) == (era.index, era.since), "the era is another one");
		ensure!(!unhashed::exists(&old_rules_key()), "the rules of credit are still there");
		Ok(Pallet::<T>::check_state()?)
	}
}
