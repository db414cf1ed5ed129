//! Storage keys of the items that the engine and tools read from the state of a finalised block.
//!
//! A key is `twox_128(pallet name) ++ twox_128(storage item)`. A test in the runtime derives each of them from the
//! runtime's metadata and fails when one moves: moving one needs a migration and a version bump.

use sp_crypto_hashing::twox_128;

/// A storage item with a fixed key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageItem {
	/// The pallet's name in the runtime.
	pub pallet: &'static str,
	/// The item's name in the pallet.
	pub item: &'static str,
}

impl StorageItem {
	/// The item's key, 32 bytes.
	pub fn key(&self) -> [u8; 32] {
		item_key(self.pallet, self.item)
	}
}

/// The key under which FRAME stores a pallet's item, 32 bytes: the whole key of a single value, the prefix of a map's
/// keys.
pub fn item_key(pallet: &str, item: &str) -> [u8; 32] {
	let mut key = [0; 32];
	key[..16].copy_from_slice(&twox_128(pallet.as_bytes()));
	key[16..].copy_from_slice(&twox_128(item.as_bytes()));
	key
}

/// The set that decides the next height: a [`crate::ValidatorSet`].
pub const VALIDATOR_SET: StorageItem = StorageItem { pallet: "Validators", item: "CurrentSet" };

/// The next set, if a change is scheduled: `Option<crate::ScheduledSet>`.
pub const SCHEDULED_SET: StorageItem = StorageItem { pallet: "Validators", item: "ScheduledSet" };

/// The parameters of the next height: [`crate::Parameters`].
pub const PARAMETERS: StorageItem = StorageItem { pallet: "ConsensusConfig", item: "CurrentParameters" };

/// Scheduled parameters, ascending: `Vec<(Height, Parameters)>`.
pub const SCHEDULED_PARAMETERS: StorageItem = StorageItem { pallet: "ConsensusConfig", item: "ScheduledParameters" };

/// Why each of the scheduled parameters is scheduled: `Vec<crate::parameters::ScheduledChange>`, one entry for each, in
/// the same order.
pub const SCHEDULED_CHANGES: StorageItem = StorageItem { pallet: "ConsensusConfig", item: "ScheduledChanges" };

/// The last changes of parameters that were made: `Vec<crate::parameters::PastChange>`, ascending.
pub const PARAMETERS_HISTORY: StorageItem = StorageItem { pallet: "ConsensusConfig", item: "History" };

/// The profile in force, if there is one: a [`crate::parameters::ProfileName`].
pub const CURRENT_PROFILE: StorageItem = StorageItem { pallet: "ConsensusConfig", item: "CurrentProfile" };

/// The registered and approved validators and observers, in the committee or not: `Vec<crate::RosterEntry>`, ascending
/// by key.
pub const ROSTER: StorageItem = StorageItem { pallet: "Validators", item: "Roster" };

/// The committee of the era after this one, once it is elected: `Option<crate::api::NextCommittee>`.
pub const NEXT_COMMITTEE: StorageItem = StorageItem { pallet: "Validators", item: "NextCommittee" };

/// The accounts of the board, which can order a recovery: `Vec<AccountId32>`.
pub const BOARD_MEMBERS: StorageItem = StorageItem { pallet: "Board", item: "Members" };

/// Every item that the engine reads at each height.
pub const ALL: [StorageItem; 4] = [VALIDATOR_SET, SCHEDULED_SET, PARAMETERS, SCHEDULED_PARAMETERS];

#[cfg(test)]
mod tests {
	use super::*;

	/// Light clients and tools contain these keys.
	#[test]
	fn keys_are_fixed() {
		let hex = |item: StorageItem| hex::encode(item.key());
		assert_eq!(hex(VALIDATOR_SET), "88dcde934c658227ee1dfafcd6e16903b6c79f1d5e57605782e9e8ec5bcb7fa4");
		assert_eq!(hex(SCHEDULED_SET), "88dcde934c658227ee1dfafcd6e16903f152aee8b54a2651c6ab393fd52c010e");
		assert_eq!(hex(PARAMETERS), "affe89b4ce3bc812ac0fc3a4c7c6107e7a838d0347bdd3f68ab4d92954279ac8");
		assert_eq!(hex(SCHEDULED_PARAMETERS), "affe89b4ce3bc812ac0fc3a4c7c6107e154c97d5cb9176fa0ae9ea213e9fd077");
	}
}
