use super::*;
use crate::{
	genesis::{GenesisError, GenesisNode},
	BuiltInContract, GenesisConfig,
};
use frame_support::traits::{GetStorageVersion, PalletInfoAccess};
use sp_runtime::BuildStorage;

const FIRST: &str = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";
const SECOND: &str = "12D3KooWHdiAxVd8uMQR1hGWXccidmfCwLqcMpGwR6QcTP6QRMuD";

fn given(peer_id: &str, institution: u32) -> GenesisNode {
	GenesisNode { peer_id: peer_id.into(), institution, kind: Kind::Validator, addresses: vec![] }
}

fn config(nodes: Vec<GenesisNode>, enforced: bool) -> GenesisConfig<Test> {
	GenesisConfig { nodes, enforced, ..Default::default() }
}

fn error(nodes: Vec<GenesisNode>, enforced: bool) -> String {
	config(nodes, enforced).check(2, 2, 0).expect_err("it is refused").to_string()
}

#[test]
fn nodes_are_there_from_genesis_on() {
	with_genesis(config(vec![given(FIRST, 0), given(SECOND, 1)], true)).execute_with(|| {
		assert_eq!(crate::Nodes::<Test>::count(), 2);
		assert_eq!((Counts::<Test>::get(0), Counts::<Test>::get(1)), (1, 1));
		assert!(Enforced::<Test>::get());
	});
	new_test_ext().execute_with(|| {
		assert!(!Enforced::<Test>::get());
		assert_eq!(Nodes::check_state(), Ok(()));
	});
}

#[test]
fn what_is_wrong_is_named() {
	assert_eq!(config(vec![given(FIRST, 0), given(SECOND, 1)], true).check(2, 2, 0), Ok(()));
	assert!(error(vec![given("12D3", 0)], false).starts_with("nodes.nodes: entry 0, peerId: not a PeerId"));
	assert_eq!(
		error(vec![given(FIRST, 0), given(SECOND, 1), given(FIRST, 1)], false),
		"nodes.nodes: entries 0 and 2 are the same node"
	);
	assert_eq!(
		error(vec![given(FIRST, 2)], false),
		"nodes.nodes: entry 0 is of institution 2, there are 2, counted from 0"
	);
	let with = |addresses: Vec<String>| vec![GenesisNode { addresses, ..given(FIRST, 0) }];
	assert_eq!(
		error(with(vec!["/ip4/127.0.0.1".into(), "localhost".into()]), false),
		"nodes.nodes: entry 0, address 1: it needs 2 to 128 printable ASCII characters, the first of them a slash"
	);
	assert_eq!(
		error(with(vec!["/a".into(); 9]), false),
		"nodes.nodes: entry 0 has 9 addresses, at most 8 are possible"
	);
	let written = |n: u8| GenesisNode { peer_id: String::new(), ..given(FIRST, u32::from(n)) };
	assert_eq!(error((0..9).map(written).collect(), false), "nodes.nodes: 9 nodes, at most 8 are possible");
	assert_eq!(
		error(vec![given(FIRST, 0)], true),
		"nodes.enforced is true, and 1 nodes of validators are known; the quorum of the validators is 2, and without it \
		 there would be no block"
	);
	let known_otherwise = config(vec![given(FIRST, 0)], true);
	assert_eq!(known_otherwise.check(2, 2, 1), Ok(()));
	assert!(matches!(config(vec![], true).check(2, 0, 0), Err(GenesisError::TooFewValidators { count: 0, bound: 1 })));
}

#[test]
fn an_institution_has_only_so_many() {
	let others = [
		FIRST,
		SECOND,
		"12D3KooWSCufgHzV4fCwRijfH2k3abrpAJxTKxEvN1FDuRXA2U9x",
		"12D3KooWSsChzF81YDUKpe9Uk5AHV5oqAaXAcWNSPYgoLauUk4st",
	];
	assert_eq!(
		error(others.map(|peer| given(peer, 1)).to_vec(), false),
		"nodes.nodes: entry 3 is one too many of institution 1, which may have 3"
	);
}

#[test]
#[should_panic(expected = "nodes.nodes: entries 0 and 1 are the same node")]
fn it_does_not_build_either() {
	let nodes = config(vec![given(FIRST, 0), given(FIRST, 0)], false);
	let _ = RuntimeGenesisConfig { nodes, ..Default::default() }.build_storage();
}

#[test]
fn json_names_the_fields_and_nothing_else() {
	let json = serde_json::json!({
		"enforced": true,
		"nodes": [{ "peerId": FIRST, "institution": 0, "kind": "fullNode", "addresses": ["/ip4/192.0.2.1/tcp/30333"] }],
	});
	let parsed: GenesisConfig<Test> = serde_json::from_value(json.clone()).unwrap();
	assert_eq!(parsed.nodes[0].kind, Kind::FullNode);
	assert_eq!(serde_json::to_value(&parsed).unwrap(), json);
	let unknown = serde_json::json!({ "enforced": true, "nodes": [], "node": [] });
	let error = serde_json::from_value::<GenesisConfig<Test>>(unknown).err().expect("it is refused").to_string();
	assert!(error.contains("unknown field `node`"), "{error}");
}

#[test]
fn the_contract_is_where_it_says() {
	assert_eq!(Nodes::name(), "Nodes");
	assert_eq!(pallet_builtin::registry::check(&[Nodes::info()]), Ok(()));
	assert_eq!(syndic_primitives::builtin::number(&Nodes::ADDRESS), Some(0x1005));
	assert_eq!(Nodes::in_code_storage_version(), Nodes::VERSION);
}

#[test]
fn check_state_finds_what_is_wrong() {
	type Harm = fn();
	let cases: [(Harm, &str); 6] = [
		(
			|| {
				let node = node(1).expect("it is there");
				crate::Nodes::<Test>::insert(StoredPeerId::truncate_from(vec![1; 38]), node);
			},
			"a node is registered under what is no PeerId",
		),
		(
			|| {
				crate::Nodes::<Test>::mutate(stored(1), |node| {
					let address = crate::types::Address::truncate_from(b"here".to_vec());
					node.as_mut().expect("it is there").addresses.try_push(address).expect("there is room");
				})
			},
			"a node has an address that is none",
		),
		(
			|| {
				let key = frame_support::storage::storage_prefix(b"Nodes", b"CounterForNodes");
				sp_io::storage::set(&key, &5_u32.to_le_bytes());
			},
			"there are more or fewer nodes than are counted",
		),
		(|| Counts::<Test>::insert(2, 1), "an institution has another number of nodes than Counts says"),
		(|| Suspended::set(vec![1]), "the list is enforced and lets nobody in"),
		(
			|| {
				for n in 2..=4 {
					Nodes::put(stored(n), node(1).expect("it is there"));
				}
			},
			"there are more nodes than there may be",
		),
	];
	for (harm, error) in cases {
		new_test_ext().execute_with(|| {
			assert_ok!(register(1, 1, Kind::FullNode));
			assert_ok!(enforce(true));
			assert_eq!(Nodes::check_state(), Ok(()));
			harm();
			assert_eq!(Nodes::check_state(), Err(error));
		});
	}
}
