//! Encryption keys: what others encrypt to, if an account is to read it.
//!
//! An account has one key at a time, and its keys are numbered from 1 on. Whoever encrypts names the number. A key that
//! was replaced stays on record, and so does a revoked one: what was encrypted to them is judged by them for ever.

use crate::{types::EncryptionKey, Config, CurrentEncryptionKey, EncryptionKeys, Error, Event, Pallet};
use frame_support::{dispatch::DispatchResult, ensure};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::traits::Zero;
use syndic_envelope::{Possession, PublicKey};

/// The most keys that an account may ever have had.
pub const MAX_ENCRYPTION_KEYS: u32 = 1_024;

/// Why a key is not one to encrypt to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFault {
	/// The account has never had one.
	NoKey,
	/// The account has had keys, and none of this number.
	Unknown,
	/// A later key has taken its place.
	Rotated,
	/// Its holder has revoked it, or has no identity any more.
	Revoked,
}

impl<T: Config> Pallet<T> {
	/// The hash of the chain's first block.
	pub fn genesis_hash() -> [u8; 32] {
		frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero()).0
	}

	/// The key that an account has with this number, whatever has become of it.
	pub fn encryption_key(account: &T::AccountId, version: u32) -> Option<PublicKey> {
		EncryptionKeys::<T>::get(account, version).map(|stored| stored.key)
	}

	/// Whether an account has revoked its key of this number.
	pub fn is_key_revoked(account: &T::AccountId, version: u32) -> bool {
		EncryptionKeys::<T>::get(account, version).is_some_and(|stored| stored.revoked)
	}

	/// Whether somebody may encrypt to an account's key of this number now.
	pub fn check_encryption_key(account: &T::AccountId, version: u32) -> Result<(), KeyFault> {
		let current = CurrentEncryptionKey::<T>::get(account);
		ensure!(!current.is_zero(), KeyFault::NoKey);
		let key = EncryptionKeys::<T>::get(account, version).ok_or(KeyFault::Unknown)?;
		ensure!(!key.revoked, KeyFault::Revoked);
		ensure!(version == current, KeyFault::Rotated);
		Ok(())
	}

	/// The number of the key to which one encrypts what an account is to read.
	pub fn current_encryption_key(account: &T::AccountId) -> Result<u32, KeyFault> {
		let version = CurrentEncryptionKey::<T>::get(account);
		Self::check_encryption_key(account, version).map(|()| version)
	}

	/// Gives an account its next key.
	pub(crate) fn set_key(account: T::AccountId, key: PublicKey, proof: &Possession) -> DispatchResult {
		let before = CurrentEncryptionKey::<T>::get(&account);
		ensure!(before < MAX_ENCRYPTION_KEYS, Error::<T>::TooManyKeys);
		let known = EncryptionKeys::<T>::get(&account, before).is_some_and(|stored| stored.key == key);
		ensure!(!known, Error::<T>::SameEncryptionKey);
		syndic_envelope::check_key(&key).map_err(|_| Error::<T>::WeakEncryptionKey)?;
		let version = before.saturating_add(1);
		syndic_envelope::verify_possession(&key, &Self::genesis_hash(), account.as_ref(), version, proof)
			.map_err(|_| Error::<T>::BadPossession)?;

		let since = frame_system::Pallet::<T>::block_number();
		EncryptionKeys::<T>::mutate(&account, before, |stored| {
			if let Some(stored) = stored {
				stored.until = stored.until.or(Some(since));
			}
		});
		EncryptionKeys::<T>::insert(&account, version, EncryptionKey { key, since, until: None, revoked: false });
		CurrentEncryptionKey::<T>::insert(&account, version);
		Self::deposit_event(Event::EncryptionKeySet { account, version, key });
		Ok(())
	}

	/// Revokes one of an account's keys.
	pub(crate) fn revoke_key(account: T::AccountId, version: u32) -> DispatchResult {
		EncryptionKeys::<T>::try_mutate(&account, version, |stored| {
			let stored = stored.as_mut().ok_or(Error::<T>::UnknownEncryptionKey)?;
			ensure!(!stored.revoked, Error::<T>::KeyRevokedBefore);
			stored.revoked = true;
			stored.until = stored.until.or(Some(frame_system::Pallet::<T>::block_number()));
			Ok::<_, Error<T>>(())
		})?;
		Self::deposit_event(Event::EncryptionKeyRevoked { account, version });
		Ok(())
	}

	/// Revokes the key of an account whose identity goes, if it has one that is not revoked.
	pub(crate) fn revoke_current_key(account: &T::AccountId) {
		if let Ok(version) = Self::current_encryption_key(account) {
			// It was found just now, and is not revoked.
			let _ = Self::revoke_key(account.clone(), version);
		}
	}
}
