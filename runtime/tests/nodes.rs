//! Which nodes are let in, in the real runtime: people of certain roles, the board, and institutions that are suspended.

mod common;

use common::{preset, Chain};
use pallet_nodes::{Error, Kind};
use serde_json::json;
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie, Dave, Eve};
use sp_runtime::DispatchError;
use syndic_primitives::{api::runtime_decl_for_nodes_api::NodesApiV1, peer::parse_peer_id, PeerIdBytes};
use syndic_runtime::{presets, Block, Runtime, RuntimeCall};

/// The node with the node key 5.
const FIFTH: &str = "12D3KooWSuTq6MG9gPt7qZqLFKkYrfxMewTZhj9nmRHJkPwzWDG2";

fn id(text: &str) -> PeerIdBytes {
	parse_peer_id(text.as_bytes()).expect("it is one")
}

fn permitted(chain: &mut Chain) -> Option<Vec<PeerIdBytes>> {
	chain.query(<Runtime as NodesApiV1<Block>>::permitted_peers)
}

fn register(kind: Kind) -> RuntimeCall {
	pallet_nodes::Call::register_node { peer_id: FIFTH.into(), kind, addresses: vec![] }.into()
}

fn enforce(enforced: bool) -> RuntimeCall {
	pallet_nodes::Call::set_enforced { enforced }.into()
}

/// A chain with the preset's four nodes, enforced.
fn enforced() -> Chain {
	let mut genesis = preset(presets::LOCAL);
	genesis["nodes"]["enforced"] = json!(true);
	Chain::of(&genesis, 0)
}

#[test]
fn the_presets_let_everybody_in_and_know_the_four() {
	let mut chain = Chain::new(presets::LOCAL);
	assert_eq!(permitted(&mut chain), None);
	chain.motion(&[Alice, Bob], enforce(true));
	assert_eq!(chain.motion_result(), Err(DispatchError::BadOrigin));
	chain.motion(&[Alice, Bob, Charlie], enforce(true));
	assert_eq!(chain.motion_result(), Ok(()));
	let four = permitted(&mut chain).expect("it is enforced");
	assert_eq!(four.len(), 4);
	assert!(four.contains(&id("12D3KooWSsChzF81YDUKpe9Uk5AHV5oqAaXAcWNSPYgoLauUk4st")), "Dave's");

	let mut chain = Chain::new(presets::DEV);
	assert_eq!(permitted(&mut chain), None);
	chain.block([(Alice, pallet_sudo::Call::sudo { call: Box::new(enforce(true)) }.into())]);
	assert_eq!(permitted(&mut chain), None, "there is no node to enforce");
}

#[test]
fn administrators_and_operators_register_and_clients_do_not() {
	let mut chain = enforced();
	assert!(!permitted(&mut chain).unwrap().contains(&id(FIFTH)));
	chain.block([(Eve, register(Kind::FullNode))]);
	assert_eq!(chain.failure(), Some(DispatchError::BadOrigin), "a client");
	chain.block([(Bob, register(Kind::FullNode))]);
	assert_eq!(chain.failure(), None);
	assert!(permitted(&mut chain).unwrap().contains(&id(FIFTH)));
	let remove = || RuntimeCall::Nodes(pallet_nodes::Call::remove_node { peer_id: FIFTH.into() });
	chain.block([(Alice, remove())]);
	assert_eq!(chain.failure(), Some(Error::<Runtime>::NotYours.into()));
	chain.block([(Bob, remove())]);
	assert_eq!(chain.failure(), None);
	assert_eq!(permitted(&mut chain).unwrap().len(), 4);
}

#[test]
fn a_suspended_institutions_nodes_are_not_let_in_until_it_is_resumed() {
	let mut chain = enforced();
	chain.block([(Dave, register(Kind::Observer))]);
	assert_eq!(permitted(&mut chain).unwrap().len(), 5);
	chain.motion(&[Alice, Bob, Charlie], pallet_identity::Call::suspend_institution { institution: 3 });
	assert_eq!(chain.motion_result(), Ok(()));
	assert_eq!(permitted(&mut chain).unwrap().len(), 3, "neither its validator's nor its observer");
	chain.motion(&[Alice, Bob, Charlie], pallet_identity::Call::resume_institution { institution: 3 });
	assert_eq!(permitted(&mut chain).unwrap().len(), 5);
}

#[test]
fn what_would_cut_the_validators_off_is_refused() {
	let mut chain = enforced();
	let remove = |peer: &str| pallet_nodes::Call::board_remove_node { peer_id: peer.into() };
	chain.motion(&[Alice, Bob, Charlie], remove("12D3KooWSsChzF81YDUKpe9Uk5AHV5oqAaXAcWNSPYgoLauUk4st"));
	assert_eq!(chain.motion_result(), Ok(()), "three are a quorum of four");
	let third = "12D3KooWSCufgHzV4fCwRijfH2k3abrpAJxTKxEvN1FDuRXA2U9x";
	chain.motion(&[Alice, Bob, Charlie], remove(third));
	assert_eq!(chain.motion_result(), Err(Error::<Runtime>::TooFewValidators.into()));
	chain.motion(&[Alice, Bob, Charlie], enforce(false));
	chain.motion(&[Alice, Bob, Charlie], remove(third));
	assert_eq!(chain.motion_result(), Ok(()), "nobody is cut by it");
	chain.motion(&[Alice, Bob, Charlie], enforce(true));
	assert_eq!(chain.motion_result(), Err(Error::<Runtime>::TooFewValidators.into()));
}
