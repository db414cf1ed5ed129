//! The values of a state that rows are made of. The node reads them from its database, the verifier from a proof: both
//! through [`Facts::read`], so that they cannot differ in what they look at.

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

/// What happened in the block.
pub const EVENTS: StorageItem = StorageItem { pallet: "System", item: "Events" };
/// By which version of the runtime the block was made.
pub const RUNTIME_VERSION: StorageItem = StorageItem { pallet: "System", item: "LastRuntimeUpgrade" };
/// The block's time.
pub const NOW: StorageItem = StorageItem { pallet: "Timestamp", item: "Now" };
/// From which amount on a transfer is a large one. Nothing, or 0: none is.
pub const LARGE_TRANSFER: StorageItem = StorageItem { pallet: "Supervision", item: "LargeTransfer" };
/// Who stands behind an account.
pub const IDENTITIES: StorageItem = StorageItem { pallet: "Identity", item: "Identities" };

/// An event, with what it belongs to.
pub type Event = EventRecord<RuntimeEvent, H256>;

/// Why a state is not one that rows can be made of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FactError {
	/// Another version of the runtime has made the block.
	#[error(
		"the block was made under specVersion {found}, this syndic reads specVersion {native}: use the syndic whose \
		 runtime is of version {found}"
	)]
	OtherVersion {
		/// The block's.
		found: u32,
		/// That of the runtime this program is built with.
		native: u32,
	},
	/// An item that every state has is not there.
	#[error("{pallet}.{item} is not there")]
	Missing {
		/// The item's pallet.
		pallet: &'static str,
		/// Its name.
		item: &'static str,
	},
	/// What is stored is no encoding of what should be there.
	#[error("{pallet}.{item} is not decodable: {error}")]
	Bad {
		/// The item's pallet.
		pallet: &'static str,
		/// Its name.
		item: &'static str,
		/// What is wrong.
		error: CodecError,
	},
}

/// What a block's state says.
#[derive(Clone, Debug)]
pub struct Facts {
	/// The block's time, in ms since 1970.
	pub time: Moment,
	/// What happened, in order.
	pub events: Vec<Event>,
	/// From which amount on a transfer is a large one, if there is such a rule.
	pub large_transfer: Option<u128>,
	/// The institutions of those who took part in transfers, as they are after the block. Nothing for who has no
	/// identity.
	pub institutions: BTreeMap<AccountId32, Option<InstitutionId>>,
	/// The set that decides the next block.
	pub next_set: ValidatorSet,
}

impl Facts {
	/// Reads them. `value` says what lies at a key in the state after the block.
	pub fn read<E: From<FactError>>(value: impl Fn(&[u8]) -> Result<Option<Vec<u8>>, E>) -> Result<Self, E> {
		let item = |item: StorageItem| value(&item.key());
		// First of all: every other encoding may depend on it.
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

/// Notes which keys are read, for a proof of just these.
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

/// Where the identity of an account lies.
pub fn identity_key(account: &AccountId32) -> Vec<u8> {
	let account: &[u8] = account.as_ref();
	[&item_key(IDENTITIES.pallet, IDENTITIES.item)[..], &KeyHasher::Blake2_128Concat.hash(account)].concat()
}

/// Who sent or received, each once.
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
