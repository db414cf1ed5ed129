//! The values of a state from which rows are computed. The node reads them from its database, the verifier from a
//! proof. Both use [`Facts::read`], so that they cannot read different keys.

use codec::{DecodeAll, Error as CodecError};
use frame_system::{EventRecord, LastRuntimeUpgradeInfo};
use pallet_identity::types::{Identity, InstitutionId};
use sp_core::{crypto::AccountId32, H256};
use std::{
	cell::RefCell,
	collections::{BTreeMap, BTreeSet},
};
use syndic_primitives::{
	builtin::KeyHasher,
	storage_keys::{item_key, StorageItem, VALIDATOR_SET},
	ValidatorSet,
};
use syndic_runtime::{BlockNumber, Moment, RuntimeEvent, VERSION};

/// The block's events.
pub const EVENTS: StorageItem = StorageItem { pallet: "System", item: "Events" };
/// The version of the runtime that made the block.
pub const RUNTIME_VERSION: StorageItem = StorageItem { pallet: "System", item: "LastRuntimeUpgrade" };
/// The block's time.
pub const NOW: StorageItem = StorageItem { pallet: "Timestamp", item: "Now" };
/// The amount from which a transfer counts as large. If it is absent or 0, no transfer does.
pub const LARGE_TRANSFER: StorageItem = StorageItem { pallet: "Supervision", item: "LargeTransfer" };
/// The identities of accounts, with their institutions.
pub const IDENTITIES: StorageItem = StorageItem { pallet: "Identity", item: "Identities" };

/// An event, with its phase and topics.
pub type Event = EventRecord<RuntimeEvent, H256>;

/// Why no rows can be computed from a state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FactError {
	/// Another version of the runtime has made the block.
	#[error(
		"the block was made under specVersion {found}, this syndic reads specVersion {native}: use the syndic whose \
		 runtime is of version {found}"
	)]
	OtherVersion {
		/// The version that made the block.
		found: u32,
		/// The version of the runtime with which this program is built.
		native: u32,
	},
	/// A storage item that every state has is missing.
	#[error("{pallet}.{item} is not there")]
	Missing {
		/// The item's pallet.
		pallet: &'static str,
		/// The item's name.
		item: &'static str,
	},
	/// A stored value cannot be decoded.
	#[error("{pallet}.{item} is not decodable: {error}")]
	Bad {
		/// The item's pallet.
		pallet: &'static str,
		/// The item's name.
		item: &'static str,
		/// The decoder's error.
		error: CodecError,
	},
}

/// The values of a block's state from which its rows are computed.
#[derive(Clone, Debug)]
pub struct Facts {
	/// The block's time, in ms since 1970.
	pub time: Moment,
	/// The block's events, in order.
	pub events: Vec<Event>,
	/// The amount from which a transfer counts as large; `None` if none is set.
	pub large_transfer: Option<u128>,
	/// The institution of each account that took part in a transfer, in the state after the block. `None` for an
	/// account without an identity.
	pub institutions: BTreeMap<AccountId32, Option<InstitutionId>>,
	/// The set that decides the next block.
	pub next_set: ValidatorSet,
}

impl Facts {
	/// Reads all values. `value` returns the value at a key in the state after the block.
	pub fn read<E: From<FactError>>(value: impl Fn(&[u8]) -> Result<Option<Vec<u8>>, E>) -> Result<Self, E> {
		let item = |item: StorageItem| value(&item.key());
		// The version is read first, because all other encodings may depend on it.
		let version: LastRuntimeUpgradeInfo = required(RUNTIME_VERSION, item(RUNTIME_VERSION)?)?;
		let (found, native) = (version.spec_version.0, VERSION.spec_version);
		if found != native {
			return Err(FactError::OtherVersion { found, native }.into());
		}
		let events: Vec<Event> = optional(EVENTS, item(EVENTS)?)?.unwrap_or_default();
		let mut institutions = BTreeMap::new();
		for account in parties(&events) {
			let identity: Option<Identity<BlockNumber>> = optional(IDENTITIES, value(&identity_key(&account))?)?;
			institutions.insert(account, identity.map(|identity| identity.institution));
		}
		Ok(Self {
			time: required(NOW, item(NOW)?)?,
			events,
			large_transfer: optional(LARGE_TRANSFER, item(LARGE_TRANSFER)?)?.filter(|amount| *amount > 0),
			institutions,
			next_set: required(VALIDATOR_SET, item(VALIDATOR_SET)?)?,
		})
	}

	/// The institution of an account that took part in a transfer.
	pub fn institution_of(&self, account: &AccountId32) -> Option<InstitutionId> {
		self.institutions.get(account).copied().flatten()
	}
}

/// Collects the keys that are read, so that the proof covers exactly these.
#[derive(Debug, Default)]
pub struct KeysRead(RefCell<BTreeSet<Vec<u8>>>);

impl KeysRead {
	/// Notes a key.
	pub fn note(&self, key: &[u8]) {
		self.0.borrow_mut().insert(key.to_vec());
	}

	/// The keys, each once.
	pub fn into_keys(self) -> BTreeSet<Vec<u8>> {
		self.0.into_inner()
	}
}

/// The storage key of an account's identity.
pub fn identity_key(account: &AccountId32) -> Vec<u8> {
	let account: &[u8] = account.as_ref();
	[&item_key(IDENTITIES.pallet, IDENTITIES.item)[..], &KeyHasher::Blake2_128Concat.hash(account)].concat()
}

/// The accounts that sent or received transfers, each once.
fn parties(events: &[Event]) -> BTreeSet<AccountId32> {
	let mut accounts = BTreeSet::new();
	for event in events {
		if let RuntimeEvent::Balances(pallet_balances::Event::Transfer { from, to, .. }) = &event.event {
			accounts.extend([from.clone(), to.clone()]);
		}
	}
	accounts
}

fn optional<T: DecodeAll>(item: StorageItem, bytes: Option<Vec<u8>>) -> Result<Option<T>, FactError> {
	let StorageItem { pallet, item } = item;
	let decode = |bytes: Vec<u8>| T::decode_all(&mut &bytes[..]);
	bytes.map(decode).transpose().map_err(|error| FactError::Bad { pallet, item, error })
}

fn required<T: DecodeAll>(item: StorageItem, bytes: Option<Vec<u8>>) -> Result<T, FactError> {
	optional(item, bytes)?.ok_or(FactError::Missing { pallet: item.pallet, item: item.item })
}
