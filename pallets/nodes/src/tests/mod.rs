mod enforcement;
mod genesis;
mod registration;

use crate::{mock::*, Counts, Enforced, Error, Event, Kind, Node, StoredPeerId};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::{DispatchError::BadOrigin, DispatchResult};

/// An account of that institution registers a node.
fn register(institution: u64, n: u8, kind: Kind) -> DispatchResult {
	Nodes::register_node(RuntimeOrigin::signed(10 * institution), peer(n), kind, vec![])
}

fn remove(institution: u64, n: u8) -> DispatchResult {
	Nodes::remove_node(RuntimeOrigin::signed(10 * institution), peer(n))
}

fn board_remove(n: u8) -> DispatchResult {
	Nodes::board_remove_node(RuntimeOrigin::root(), peer(n))
}

fn enforce(enforced: bool) -> DispatchResult {
	Nodes::set_enforced(RuntimeOrigin::root(), enforced)
}

fn stored(n: u8) -> StoredPeerId {
	StoredPeerId::truncate_from(peer(n))
}

fn node(n: u8) -> Option<Node<u32>> {
	crate::Nodes::<Test>::get(stored(n))
}
