//! Nodes from genesis on.

use crate::{
	types::{is_address, Addresses, InstitutionId, Kind, Node, StoredPeerId, MAX_ADDRESSES, MAX_ADDRESS_BYTES},
	Config, Enforced, GenesisConfig, Pallet,
};
use alloc::{collections::btree_map::BTreeMap, string::String, vec::Vec};
use frame_support::{ensure, traits::Get};
use serde::{Deserialize, Serialize};
use syndic_primitives::{PeerId, PeerIdError};

/// A node that is registered from genesis on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GenesisNode {
	/// Its PeerId, as it prints it at its start.
	pub peer_id: String,
	/// Its institution's number.
	pub institution: InstitutionId,
	/// What it is for.
	pub kind: Kind,
	/// Where it can be reached.
	#[serde(default)]
	pub addresses: Vec<String>,
}

/// Why a chain cannot begin with these nodes. Each message names the field as in JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
	/// Something that is no PeerId.
	#[error("nodes.nodes: entry {index}, peerId: {error}")]
	PeerId {
		/// Position of the entry.
		index: usize,
		/// What is wrong with it.
		error: PeerIdError,
	},
	/// One node, registered twice.
	#[error("nodes.nodes: entries {first} and {second} are the same node")]
	DuplicateNode {
		/// Position of the first one.
		first: usize,
		/// Position of the second.
		second: usize,
	},
	/// There is no such institution.
	#[error("nodes.nodes: entry {index} is of institution {institution}, there are {count}, counted from 0")]
	UnknownInstitution {
		/// Position of the entry.
		index: usize,
		/// The institution it names.
		institution: InstitutionId,
		/// How many there are.
		count: usize,
	},
	/// Too many addresses.
	#[error("nodes.nodes: entry {index} has {count} addresses, at most {MAX_ADDRESSES} are possible")]
	TooManyAddresses {
		/// Position of the entry.
		index: usize,
		/// How many there are.
		count: usize,
	},
	/// Something that is no address.
	#[error(
		"nodes.nodes: entry {index}, address {address}: it needs 2 to {MAX_ADDRESS_BYTES} printable ASCII characters, the \
		 first of them a slash"
	)]
	Address {
		/// Position of the entry.
		index: usize,
		/// Position of the address.
		address: usize,
	},
	/// More nodes than an institution may have.
	#[error("nodes.nodes: entry {index} is one too many of institution {institution}, which may have {bound}")]
	TooManyNodes {
		/// Position of the entry.
		index: usize,
		/// The institution.
		institution: InstitutionId,
		/// How many it may have.
		bound: u32,
	},
	/// More nodes than there may be.
	#[error("nodes.nodes: {count} nodes, at most {bound} are possible")]
	ListFull {
		/// How many there are.
		count: usize,
		/// How many there may be.
		bound: u32,
	},
	/// The list is enforced, and the validators could not reach each other.
	#[error(
		"nodes.enforced is true, and {count} nodes of validators are known; the quorum of the validators is {bound}, and \
		 without it there would be no block"
	)]
	TooFewValidators {
		/// How many there are.
		count: u32,
		/// How many there must be.
		bound: u32,
	},
}

impl<T: Config> GenesisConfig<T> {
	/// Whether a chain can begin like this, with so many institutions, with a set of validators with this quorum, and with
	/// so many of its nodes known otherwise.
	pub fn check(&self, institutions: usize, quorum: u32, known: u32) -> Result<(), GenesisError> {
		let bound = T::MaxNodes::get();
		let count = self.nodes.len();
		ensure!(count <= bound as usize, GenesisError::ListFull { count, bound });
		let mut seen = BTreeMap::new();
		let mut counts: BTreeMap<InstitutionId, u32> = BTreeMap::new();
		for (index, node) in self.nodes.iter().enumerate() {
			let (peer_id, _) = node.read(index)?;
			if let Some(first) = seen.insert(peer_id, index) {
				return Err(GenesisError::DuplicateNode { first, second: index });
			}
			let GenesisNode { institution, .. } = *node;
			let known = usize::try_from(institution).is_ok_and(|number| number < institutions);
			ensure!(known, GenesisError::UnknownInstitution { index, institution, count: institutions });
			let count = counts.entry(institution).or_default();
			*count += 1;
			let bound = T::MaxNodesPerInstitution::get();
			ensure!(*count <= bound, GenesisError::TooManyNodes { index, institution, bound });
		}
		let validators = self.nodes.iter().filter(|node| node.kind == Kind::Validator).count() as u32;
		let validators = validators.saturating_add(known);
		let enough = !self.enforced || validators >= quorum.max(1);
		ensure!(enough, GenesisError::TooFewValidators { count: validators, bound: quorum.max(1) });
		Ok(())
	}

	/// Stores it. What builds a chain has called [`Self::check`] before, and knows the institutions and the validators.
	pub(crate) fn build_checked(&self) -> Result<(), GenesisError> {
		self.check(usize::MAX, 0, u32::MAX)?;
		for (index, given) in self.nodes.iter().enumerate() {
			let (peer_id, addresses) = given.read(index)?;
			let node = Node { institution: given.institution, kind: given.kind, addresses, since: Default::default() };
			Pallet::<T>::put(peer_id, node);
		}
		Enforced::<T>::put(self.enforced);
		Ok(())
	}
}

impl GenesisNode {
	/// What is stored of it; `index` is its position, for the error.
	fn read(&self, index: usize) -> Result<(StoredPeerId, Addresses), GenesisError> {
		let peer_id: PeerId = self.peer_id.parse().map_err(|error| GenesisError::PeerId { index, error })?;
		let count = self.addresses.len();
		ensure!(count <= MAX_ADDRESSES as usize, GenesisError::TooManyAddresses { index, count });
		if let Some(address) = self.addresses.iter().position(|address| !is_address(address.as_bytes())) {
			return Err(GenesisError::Address { index, address });
		}
		let addresses = self.addresses.iter().map(|address| address.clone().into_bytes());
		// Both were checked against their bounds.
		let addresses = addresses.map(crate::types::Address::truncate_from).collect();
		Ok((crate::types::stored(&peer_id), Addresses::truncate_from(addresses)))
	}
}
