//! The list of nodes in the real runtime: which roles may change it, the board, and suspended institutions.

use crate::common::{preset, Chain};
use pallet_nodes::{Error, Kind};
use serde_json::json;
use sp_keyring::{
	Ed25519Keyring,
	Sr25519Keyring::{Alice, Bob, Charlie, Dave, Eve},
};
use sp_runtime::DispatchError;
use syndic_primitives::{api::runtime_decl_for_nodes_api::NodesApiV1, PeerId, PeerIdBytes, ValidatorId};
use syndic_runtime::{presets, Block, Runtime, RuntimeCall};

/// The PeerId of node key 5.
const FIFTH: &str = "12D3KooWSuTq6MG9gPt7qZqLFKkYrfxMewTZhj9nmRHJkPwzWDG2";

fn id(text: &str) -> PeerIdBytes {
	text.parse::<PeerId>().expect("it is one").as_bytes().to_vec()
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

/// A chain with the preset's four nodes, whose list is enforced.
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
	assert_eq!(permitted(&mut chain).unwrap().len(), 4, "its validator's is let in as long as it votes");
	chain.motion(&[Alice, Bob, Charlie], pallet_identity::Call::resume_institution { institution: 3 });
	assert_eq!(permitted(&mut chain).unwrap().len(), 5);
}

#[test]
fn a_validators_node_is_let_in_by_its_registration() {
	let mut chain = enforced();
	let dave = ValidatorId::from(Ed25519Keyring::Dave.public());
	let move_to = |peer: Option<&str>| {
		let peer = peer.map(|peer| peer.as_bytes().to_vec());
		pallet_validators::Call::update_node { validator: dave.clone(), peer, addresses: vec![] }
	};
	chain.block([(Dave, move_to(Some(FIFTH)).into())]);
	assert_eq!(chain.failure(), None);
	let four = permitted(&mut chain).unwrap();
	assert!(four.len() == 4 && four.contains(&id(FIFTH)), "{four:?}");
	assert!(!four.contains(&id("12D3KooWSsChzF81YDUKpe9Uk5AHV5oqAaXAcWNSPYgoLauUk4st")), "it has moved");
	// A validator's node that is on the list as well cannot be removed from it.
	chain.block([(Dave, register(Kind::FullNode))]);
	chain.motion(&[Alice, Bob, Charlie], pallet_nodes::Call::board_remove_node { peer_id: FIFTH.into() });
	assert_eq!(chain.motion_result(), Err(Error::<Runtime>::RequiredNode.into()));
}

#[test]
fn a_list_that_would_cut_the_validators_off_is_not_enforced() {
	let mut chain = Chain::new(presets::LOCAL);
	for (who, key) in [(Charlie, Ed25519Keyring::Charlie), (Dave, Ed25519Keyring::Dave)] {
		let validator = ValidatorId::from(key.public());
		let call = pallet_validators::Call::update_node { validator, peer: None, addresses: vec![] };
		chain.block([(who, call.into())]);
		assert_eq!(chain.failure(), None);
	}
	chain.motion(&[Alice, Bob, Charlie], enforce(true));
	assert_eq!(chain.motion_result(), Err(Error::<Runtime>::TooFewValidators.into()), "two nodes are known");
	chain.block([(Dave, register(Kind::Validator))]);
	chain.motion(&[Alice, Bob, Charlie], enforce(true));
	assert_eq!(chain.motion_result(), Ok(()), "three are a quorum of four");
	chain.motion(&[Alice, Bob, Charlie], pallet_nodes::Call::board_remove_node { peer_id: FIFTH.into() });
	assert_eq!(chain.motion_result(), Err(Error::<Runtime>::TooFewValidators.into()));
}
