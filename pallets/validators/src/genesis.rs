//! The validators from genesis on, and who stands behind them.

use crate::{
	lifecycle::node_address,
	shares::{holdings, most_of_one},
	types::{Registration, Standing},
	Config, CurrentEra, CurrentSet, Era, GenesisConfig, Members, Pallet, StoredSet,
};
use alloc::{collections::btree_map::BTreeMap, string::String, vec::Vec};
use frame_support::{ensure, traits::Get};
use serde::{Deserialize, Serialize};
use syndic_primitives::{
	peer::{InstitutionId, NodeAddresses, PeerIdError, MAX_NODE_ADDRESSES, MAX_NODE_ADDRESS_BYTES},
	Height, PeerId, Seat, SetError, SetId, ValidatorId, ValidatorSet,
};

/// A validator that is registered from genesis on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GenesisRegistration<AccountId> {
	/// The consensus key. No proof is needed: whoever makes the genesis vouches for it.
	pub validator: ValidatorId,
	/// The institution's number.
	pub institution: InstitutionId,
	/// Who gets the rewards.
	pub account: AccountId,
	/// The node's PeerId, in base 58, such as `12D3KooW…`.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub peer: Option<String>,
	/// Where the node listens, such as `/dns/node1.example.org/tcp/30333`.
	#[serde(default)]
	pub addresses: Vec<String>,
}

/// Why a chain cannot begin with these validators. Each message names the field as in JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
	/// They make no set.
	#[error("validators.validators: {0}")]
	Set(SetError),
	/// Some are registered, and this one is not.
	#[error("validators.registrations: validator {index} is not there; list all of them, or none")]
	NotRegistered {
		/// Its position among the validators.
		index: usize,
	},
	/// One key, two registrations.
	#[error("validators.registrations: entries {first} and {second} are for the same validator")]
	DuplicateKey {
		/// Position of the first one.
		first: usize,
		/// Position of the second.
		second: usize,
	},
	/// One node, two validators.
	#[error("validators.registrations: entries {first} and {second} have the same peer")]
	DuplicatePeer {
		/// Position of the first one.
		first: usize,
		/// Position of the second.
		second: usize,
	},
	/// A peer that is none.
	#[error("validators.registrations: entry {index}: peer is {error}")]
	Peer {
		/// Position of the entry.
		index: usize,
		/// What is wrong with it.
		error: PeerIdError,
	},
	/// Too many addresses.
	#[error(
		"validators.registrations: entry {index} has {count} addresses, at most {MAX_NODE_ADDRESSES} are possible"
	)]
	TooManyAddresses {
		/// Position of the entry.
		index: usize,
		/// How many it has.
		count: usize,
	},
	/// An address that can be none.
	#[error(
		"validators.registrations: entry {index}: address {address} must begin with / and have 2 to \
		 {MAX_NODE_ADDRESS_BYTES} printable ASCII characters"
	)]
	Address {
		/// Position of the entry.
		index: usize,
		/// Position of the address.
		address: usize,
	},
	/// One institution would fill the storage.
	#[error("validators.registrations: institution {institution} has {count}, at most {bound} are possible")]
	TooManyRegistrations {
		/// The institution.
		institution: InstitutionId,
		/// How many it has.
		count: usize,
		/// How many it may have.
		bound: u32,
	},
	/// One institution would hold too much of the set.
	#[error(
		"validators.registrations: institution {institution} has {held} of {members} validators, at most {bound} are \
		 possible"
	)]
	Share {
		/// The institution.
		institution: InstitutionId,
		/// How many it holds.
		held: usize,
		/// How many validators there are.
		members: usize,
		/// How many it may hold.
		bound: usize,
	},
}

/// What an entry says, after it has been checked.
type Node = (Option<PeerId>, NodeAddresses);

impl<T: Config> GenesisConfig<T> {
	/// Whether a chain can begin like this: at least one validator, none twice, not too many; and if registrations are
	/// given, one for each of them, and for others that may be added later.
	pub fn check(&self) -> Result<(), GenesisError> {
		self.check_set()?;
		self.check_registrations().map(|_| ())
	}

	fn check_set(&self) -> Result<(), GenesisError> {
		let set = ValidatorSet::new(SetId::ZERO, Height(1), self.validators.clone());
		set.map(|_| ()).map_err(GenesisError::Set)
	}

	fn check_registrations(&self) -> Result<Vec<Node>, GenesisError> {
		let (mut keys, mut peers, mut counts) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
		let mut nodes = Vec::new();
		for (second, entry) in self.registrations.iter().enumerate() {
			if let Some((first, _)) = keys.insert(&entry.validator, (second, entry.institution)) {
				return Err(GenesisError::DuplicateKey { first, second });
			}
			*counts.entry(entry.institution).or_insert(0_usize) += 1;
			let (peer, addresses) = check_node(second, entry.peer.as_deref(), &entry.addresses)?;
			if let Some(first) = peer.clone().and_then(|peer| peers.insert(peer, second)) {
				return Err(GenesisError::DuplicatePeer { first, second });
			}
			nodes.push((peer, addresses));
		}
		let bound = T::MaxRegistrationsPerInstitution::get();
		if let Some((institution, count)) = counts.into_iter().find(|(_, count)| *count > bound as usize) {
			return Err(GenesisError::TooManyRegistrations { institution, count, bound });
		}
		if !self.registrations.is_empty() {
			let missing = self.validators.iter().position(|key| !keys.contains_key(key));
			missing.map_or(Ok(()), |index| Err(GenesisError::NotRegistered { index }))?;
		}
		let members = self.validators.len();
		let bound = most_of_one(members);
		let held = holdings(&self.validators, |key| keys.get(key).map(|(_, institution)| *institution));
		match held.into_iter().find(|(_, held)| *held > bound) {
			Some((institution, held)) => Err(GenesisError::Share { institution, held, members, bound }),
			None => Ok(nodes),
		}
	}

	/// Stores it. What builds a chain has called [`Self::check`] before.
	pub(crate) fn build_checked(&self) -> Result<(), GenesisError> {
		self.check_set()?;
		let nodes = self.check_registrations()?;
		let members = Members::truncate_from(self.validators.clone());
		CurrentEra::<T>::put(Era { since: Height(1), ..Default::default() });
		Pallet::<T>::begin_credit(&[], &members, Height(1));
		CurrentSet::<T>::put(StoredSet { id: SetId::ZERO, since: Height(1), members, ..Default::default() });
		for (entry, (peer, addresses)) in self.registrations.iter().zip(nodes) {
			let registration = Registration {
				institution: entry.institution,
				account: entry.account.clone(),
				peer,
				addresses,
				since: Height::ZERO,
				standing: Standing::Registered,
			};
			Pallet::<T>::put_registration(&entry.validator, registration);
		}
		for validator in &self.validators {
			// No more than a set can hold, which fit.
			let _ = Pallet::<T>::enlist(validator, Seat::Validator);
		}
		Ok(())
	}
}

fn check_node(index: usize, peer: Option<&str>, addresses: &[String]) -> Result<Node, GenesisError> {
	let peer = peer.map(str::parse).transpose().map_err(|error| GenesisError::Peer { index, error })?;
	let count = addresses.len();
	ensure!(count <= MAX_NODE_ADDRESSES as usize, GenesisError::TooManyAddresses { index, count });
	let mut checked = NodeAddresses::default();
	for (place, address) in addresses.iter().enumerate() {
		let address = node_address(address.clone().into_bytes());
		let address = address.ok_or(GenesisError::Address { index, address: place })?;
		checked.try_push(address).map_err(|_| GenesisError::TooManyAddresses { index, count })?;
	}
	Ok((peer, checked))
}
