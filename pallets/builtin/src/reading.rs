//! Finding and reading a contract's storage by name, from FRAME's own description of it.

use crate::{Config, Pallet};
use alloc::{string::String, vec::Vec};
use sp_metadata_ir::{StorageEntryTypeIR, StorageHasherIR};
use syndic_primitives::{
	builtin::{
		read::{MAX_ITEM_BYTES, MAX_KEYS, MAX_KEY_BYTES},
		Address, KeyHasher, ReadError,
	},
	storage_keys::item_key,
};

impl<T: Config> Pallet<T> {
	/// Where an item of a contract lies. `keys` are the keys of a map, each in SCALE, and none for a single value.
	///
	/// That each key is an encoding of the right type is not checked; under any other, nothing lies.
	pub fn storage_key(address: &Address, item: &str, keys: &[Vec<u8>]) -> Result<Vec<u8>, ReadError> {
		let contract = Self::entry(address).ok_or_else(|| {
			let contracts = Self::contracts().into_iter().map(|contract| (contract.name, contract.address)).collect();
			ReadError::UnknownContract { address: *address, contracts }
		})?;
		if item.len() > MAX_ITEM_BYTES as usize {
			return Err(ReadError::ItemTooLong { length: length(item), bound: MAX_ITEM_BYTES });
		}
		let storage = (contract.storage)();
		let Some(entry) = storage.entries.iter().find(|entry| entry.name == item) else {
			let items = storage.entries.iter().map(|entry| String::from(entry.name)).collect();
			return Err(ReadError::UnknownItem { contract: contract.name.into(), item: item.into(), items });
		};
		let hashers = match &entry.ty {
			StorageEntryTypeIR::Plain(_) => &[][..],
			StorageEntryTypeIR::Map { hashers, .. } => &hashers[..],
		};
		if keys.len() != hashers.len() {
			return Err(ReadError::WrongKeyCount {
				contract: contract.name.into(),
				item: item.into(),
				given: u32::try_from(keys.len()).unwrap_or(u32::MAX),
				expected: u32::try_from(hashers.len()).unwrap_or(MAX_KEYS),
			});
		}
		let mut place = item_key(storage.prefix, entry.name).to_vec();
		for (index, (key, hasher)) in (0..).zip(keys.iter().zip(hashers)) {
			if key.len() > MAX_KEY_BYTES as usize {
				return Err(ReadError::KeyTooLong { index, length: length(key), bound: MAX_KEY_BYTES });
			}
			place.extend(hasher_of(hasher).hash(key));
		}
		Ok(place)
	}

	/// What lies at [`Pallet::storage_key`], in SCALE. A value that was never set, or is its default, may not be there.
	pub fn read(address: &Address, item: &str, keys: &[Vec<u8>]) -> Result<Option<Vec<u8>>, ReadError> {
		let key = Self::storage_key(address, item, keys)?;
		Ok(frame_support::storage::unhashed::get_raw(&key))
	}
}

fn length(bytes: impl AsRef<[u8]>) -> u32 {
	u32::try_from(bytes.as_ref().len()).unwrap_or(u32::MAX)
}

fn hasher_of(hasher: &StorageHasherIR) -> KeyHasher {
	match hasher {
		StorageHasherIR::Blake2_128 => KeyHasher::Blake2_128,
		StorageHasherIR::Blake2_256 => KeyHasher::Blake2_256,
		StorageHasherIR::Blake2_128Concat => KeyHasher::Blake2_128Concat,
		StorageHasherIR::Twox128 => KeyHasher::Twox128,
		StorageHasherIR::Twox256 => KeyHasher::Twox256,
		StorageHasherIR::Twox64Concat => KeyHasher::Twox64Concat,
		StorageHasherIR::Identity => KeyHasher::Identity,
	}
}
