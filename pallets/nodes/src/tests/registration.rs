use super::*;
use crate::types::{MAX_ADDRESSES, MAX_ADDRESS_BYTES};

#[test]
fn an_institution_registers_its_nodes_and_removes_them() {
	new_test_ext().execute_with(|| {
		let addresses = vec![b"/dns/node.example/tcp/30333".to_vec()];
		let origin = RuntimeOrigin::signed(10);
		assert_ok!(Nodes::register_node(origin, peer(1), Kind::FullNode, addresses.clone()));
		let node = node(1).expect("it is there");
		assert_eq!((node.institution, node.kind, node.since), (1, Kind::FullNode, 1));
		assert_eq!(node.addresses[0].to_vec(), addresses[0]);
		assert_eq!(Counts::<Test>::get(1), 1);
		assert_ok!(register(1, 2, Kind::Observer));
		assert_ok!(remove(1, 1));
		assert_eq!(super::node(1), None);
		assert_eq!(Counts::<Test>::get(1), 1);
		assert_eq!(
			events(),
			[
				Event::NodeRegistered { peer_id: stored(1), institution: 1, kind: Kind::FullNode },
				Event::NodeRegistered { peer_id: stored(2), institution: 1, kind: Kind::Observer },
				Event::NodeRemoved { peer_id: stored(1), institution: 1 },
			]
		);
		assert_ok!(remove(1, 2));
		assert!(!Counts::<Test>::contains_key(1), "nothing is kept of an institution without nodes");
		assert_eq!(Nodes::check_state(), Ok(()));
	});
}

#[test]
fn a_peer_id_may_be_given_as_people_write_it() {
	new_test_ext().execute_with(|| {
		let text = b"12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp".to_vec();
		let origin = || RuntimeOrigin::signed(10);
		assert_ok!(Nodes::register_node(origin(), text.clone(), Kind::Validator, vec![]));
		let bytes = crate::Nodes::<Test>::iter_keys().next().expect("it is there").into_inner();
		assert_eq!(bytes.len(), 38);
		assert_noop!(Nodes::register_node(origin(), bytes, Kind::Validator, vec![]), Error::<Test>::AlreadyRegistered);
		assert_ok!(Nodes::remove_node(origin(), text));
		assert_eq!(crate::Nodes::<Test>::count(), 0);
	});
}

#[test]
fn who_may_do_what() {
	new_test_ext().execute_with(|| {
		let stranger = || RuntimeOrigin::signed(1);
		assert_noop!(Nodes::register_node(stranger(), peer(1), Kind::FullNode, vec![]), BadOrigin);
		assert_noop!(Nodes::register_node(RuntimeOrigin::root(), peer(1), Kind::FullNode, vec![]), BadOrigin);
		let institution = || RuntimeOrigin::signed(10);
		assert_noop!(Nodes::board_register_node(institution(), 1, peer(1), Kind::FullNode, vec![]), BadOrigin);
		assert_noop!(Nodes::board_remove_node(institution(), peer(1)), BadOrigin);
		assert_noop!(Nodes::set_enforced(institution(), true), BadOrigin);

		assert_ok!(register(1, 1, Kind::FullNode));
		assert_noop!(remove(2, 1), Error::<Test>::NotYours);
		assert_noop!(Nodes::remove_node(stranger(), peer(1)), BadOrigin);
		assert_ok!(board_remove(1));
		assert_noop!(board_remove(1), Error::<Test>::NotRegistered);
		assert_noop!(remove(1, 1), Error::<Test>::NotRegistered);
	});
}

#[test]
fn the_board_registers_for_institutions_that_there_are() {
	new_test_ext().execute_with(|| {
		let board = |institution, n| {
			Nodes::board_register_node(RuntimeOrigin::root(), institution, peer(n), Kind::Validator, vec![])
		};
		assert_noop!(board(17, 1), Error::<Test>::UnknownInstitution);
		assert_ok!(board(2, 1));
		assert_noop!(register(3, 1, Kind::FullNode), Error::<Test>::AlreadyRegistered);
		assert_ok!(remove(2, 1));
	});
}

#[test]
fn what_is_no_peer_id_or_no_address_is_refused() {
	new_test_ext().execute_with(|| {
		let call = |peer_id: Vec<u8>, addresses: Vec<Vec<u8>>| {
			Nodes::register_node(RuntimeOrigin::signed(10), peer_id, Kind::FullNode, addresses)
		};
		for wrong in [vec![], vec![0; 38], b"12D3KooW".to_vec(), vec![b'z'; 65], vec![0; 100_000]] {
			assert_noop!(call(wrong, vec![]), Error::<Test>::MalformedPeerId);
		}
		let longest = [&b"/"[..], &vec![b'x'; MAX_ADDRESS_BYTES as usize - 1]].concat();
		let too_long = [&longest[..], b"x"].concat();
		for wrong in [b"".to_vec(), b"/".to_vec(), b"127.0.0.1:30333".to_vec(), b"/ip4/ 1".to_vec(), too_long] {
			assert_noop!(call(peer(1), vec![wrong]), Error::<Test>::MalformedAddress);
		}
		let many = vec![longest.clone(); MAX_ADDRESSES as usize + 1];
		assert_noop!(call(peer(1), many), Error::<Test>::TooManyAddresses);
		assert_ok!(call(peer(1), vec![longest; MAX_ADDRESSES as usize]));
	});
}

#[test]
fn there_are_only_so_many_nodes() {
	new_test_ext().execute_with(|| {
		for n in 0..MAX_NODES_PER_INSTITUTION as u8 {
			assert_ok!(register(1, n, Kind::FullNode));
		}
		assert_noop!(register(1, 50, Kind::FullNode), Error::<Test>::TooManyNodes);
		for n in MAX_NODES_PER_INSTITUTION as u8..MAX_NODES as u8 {
			assert_ok!(register(2 + u64::from(n) / 3, n, Kind::FullNode));
		}
		assert_noop!(register(9, 60, Kind::FullNode), Error::<Test>::ListFull);
		assert_ok!(remove(1, 0));
		assert_ok!(register(9, 60, Kind::FullNode));
		assert_eq!(Nodes::check_state(), Ok(()));
	});
}
