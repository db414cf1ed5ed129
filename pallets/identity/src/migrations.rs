//! From one version of this pallet's storage to the next.

use crate::{Config, Pallet};
use core::marker::PhantomData;
use frame_support::{migrations::VersionedMigration, traits::UncheckedOnRuntimeUpgrade};

/// From version 1, which knew no encryption keys, to version 2, which does. Nobody has one.
pub type ToVersion2<T> = VersionedMigration<1, 2, NothingToMove<T>, Pallet<T>, <T as frame_system::Config>::DbWeight>;

/// Only the version is written.
pub struct NothingToMove<T>(PhantomData<T>);

impl<T: Config> UncheckedOnRuntimeUpgrade for NothingToMove<T> {}
