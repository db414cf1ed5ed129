//! What the storage keeps to, for `try_state` and for tests.

use crate::{types::is_address, Config, Counts, Enforced, Nodes, Pallet};
use alloc::collections::btree_map::BTreeMap;
use frame_support::traits::Get;
use syndic_primitives::PeerId;

impl<T: Config> Pallet<T> {
	/// What is true of the state after every block.
	pub(crate) fn check_state() -> Result<(), &'static str> {
		let mut counts = BTreeMap::new();
		let mut all = 0;
		for (peer_id, node) in Nodes::<T>::iter() {
			if PeerId::from_multihash(&peer_id).is_err() {
				return Err("a node is registered under what is no PeerId");
			}
			if !node.addresses.iter().all(|address| is_address(address)) {
				return Err("a node has an address that is none");
			}
			*counts.entry(node.institution).or_insert(0_u32) += 1;
			all += 1;
		}
		if all != Nodes::<T>::count() {
			return Err("there are more or fewer nodes than are counted");
		}
		if all > T::MaxNodes::get() || counts.values().any(|count| *count > T::MaxNodesPerInstitution::get()) {
			return Err("there are more nodes than there may be");
		}
		if counts != Counts::<T>::iter().collect() {
			return Err("an institution has another number of nodes than Counts says");
		}
		if Enforced::<T>::get() && Self::permitted_peers().is_none_or(|peers| peers.is_empty()) {
			return Err("the list is enforced and lets nobody in");
		}
		Ok(())
	}
}
