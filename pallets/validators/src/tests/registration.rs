//! Who may register a validator, for what, and with which words it is refused.

use super::*;
use crate::{PeerOwners, RegistrationCount, Registrations, Standing};
use sp_core::Pair;
use syndic_primitives::{crypto::ValidatorPair, PeerId, Possession, Status};

const PEER: &str = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";
const OTHER: &str = "12D3KooWHdiAxVd8uMQR1hGWXccidmfCwLqcMpGwR6QcTP6QRMuD";

/// A validator that is not registered at genesis.
const NEW: u8 = 30;

/// Institution 7 registers it with this node.
fn register_node(n: u8, peer: Option<&[u8]>, addresses: &[&str]) -> sp_runtime::DispatchResult {
	let addresses = addresses.iter().map(|address| address.as_bytes().to_vec()).collect();
	Validators::register_validator(administrator(7), key(n), proof(n, 7), peer.map(<[u8]>::to_vec), addresses)
}

fn update_node(institution: u32, n: u8, peer: Option<&str>) -> sp_runtime::DispatchResult {
	let peer = peer.map(|peer| peer.as_bytes().to_vec());
	Validators::update_node(administrator(institution), key(n), peer, vec![])
}

fn deregister(origin: RuntimeOrigin, n: u8) -> sp_runtime::DispatchResult {
	Validators::deregister_validator(origin, key(n))
}

fn status(n: u8) -> Option<Status> {
	Validators::status_of(&key(n))
}

#[test]
fn an_administrator_registers_a_validator_with_its_node() {
	new_test_ext(4).execute_with(|| {
		run_to(5);
		assert_eq!((status(NEW), Validators::beneficiary(&key(NEW))), (None, None));
		assert_ok!(register_node(NEW, Some(PEER.as_bytes()), &["/dns/a/tcp/1", "/ip6/::1/tcp/2"]));
		let expected = Event::ValidatorRegistered { validator: key(NEW), institution: 7, account: 1_007 };
		assert_eq!(events(), [expected]);
		let stored = Registrations::<Test>::get(key(NEW)).expect("it is registered");
		let peer: PeerId = PEER.parse().unwrap();
		assert_eq!((stored.institution, stored.account, stored.since), (7, 1_007, Height(5)));
		assert_eq!((stored.peer, stored.standing), (Some(peer.clone()), Standing::Registered));
		assert_eq!(stored.addresses.len(), 2);
		assert_eq!(PeerOwners::<Test>::get(peer), Some(key(NEW)));
		assert_eq!((status(NEW), Validators::beneficiary(&key(NEW))), (Some(Status::Registered), Some(1_007)));
		assert_eq!(Validators::check_state(), Ok(()));
	});
}

#[test]
fn only_an_administrator_registers_and_only_its_own() {
	new_test_ext(4).execute_with(|| {
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none(), RuntimeOrigin::signed(7)] {
			let register = Validators::register_validator(origin.clone(), key(NEW), proof(NEW, 7), None, vec![]);
			assert_noop!(register, BadOrigin);
			assert_noop!(Validators::update_node(origin.clone(), key(5), None, vec![]), BadOrigin);
			assert_noop!(Validators::leave(origin.clone(), key(4)), BadOrigin);
			assert_noop!(Validators::set_beneficiary(origin, key(5), 1), BadOrigin);
		}
		assert_noop!(deregister(RuntimeOrigin::signed(7), 5), BadOrigin);
		assert_noop!(update_node(7, 5, None), Error::<Test>::NotYourValidator);
		assert_noop!(deregister(administrator(7), 5), Error::<Test>::NotYourValidator);
		assert_noop!(Validators::leave(administrator(7), key(4)), Error::<Test>::NotYourValidator);
		assert_noop!(Validators::set_beneficiary(administrator(7), key(5), 1), Error::<Test>::NotYourValidator);
		assert_noop!(update_node(7, NEW, None), Error::<Test>::NotRegistered);
		assert_noop!(deregister(RuntimeOrigin::root(), NEW), Error::<Test>::NotRegistered);
		assert_noop!(Validators::leave(administrator(7), key(NEW)), Error::<Test>::NotRegistered);
	});
}

#[test]
fn the_proof_is_the_keys_own_for_this_chain_institution_and_account() {
	new_test_ext(4).execute_with(|| {
		let possession = |institution, account| Possession { institution, account };
		let sign = |pair: ValidatorPair, possession: Possession<u64>, genesis| pair.sign(&possession.payload(&genesis));
		let wrong = [
			sign(pair(31), possession(7, 1_007), hash(0)),
			sign(pair(NEW), possession(8, 1_007), hash(0)),
			sign(pair(NEW), possession(7, 1_008), hash(0)),
			sign(pair(NEW), possession(7, 1_007), hash(1)),
			declaration(NEW, 0).3,
		];
		for proof in wrong {
			let register = Validators::register_validator(administrator(7), key(NEW), proof, None, vec![]);
			assert_noop!(register, Error::<Test>::BadSignature);
		}
		assert_ok!(register_for(NEW, 7));
		assert_noop!(register_for(NEW, 7), Error::<Test>::RegisteredAlready);
		assert_noop!(register_for(NEW, 8), Error::<Test>::RegisteredAlready);
	});
}

#[test]
fn a_peer_is_one_validators_and_well_formed() {
	new_test_ext(4).execute_with(|| {
		let multihash = PEER.parse::<PeerId>().unwrap().as_bytes().to_vec();
		for bad in [&b"12D3KooW"[..], b"", &multihash[1..], &[multihash.clone(), vec![0]].concat(), &[9; 4_096]] {
			assert_noop!(register_node(NEW, Some(bad), &[]), Error::<Test>::BadPeerId);
		}
		assert_ok!(register_node(NEW, Some(&multihash), &[]));
		assert_noop!(register_node(31, Some(PEER.as_bytes()), &[]), Error::<Test>::PeerIdTaken);
		assert_ok!(register_node(31, None, &[]));
		assert_noop!(update_node(7, 31, Some(PEER)), Error::<Test>::PeerIdTaken);
		assert_ok!(update_node(7, 31, Some(OTHER)));
		assert_eq!(events().last(), Some(&Event::NodeUpdated { validator: key(31) }));
		// Its own it may keep, and another is free again when it has changed.
		assert_ok!(update_node(7, NEW, Some(PEER)));
		assert_noop!(update_node(7, NEW, Some(OTHER)), Error::<Test>::PeerIdTaken);
		assert_ok!(update_node(7, 31, None));
		assert_ok!(update_node(7, NEW, Some(OTHER)));
		assert_eq!(PeerOwners::<Test>::iter().collect::<Vec<_>>(), [(OTHER.parse().unwrap(), key(NEW))]);
		assert_eq!(Validators::check_state(), Ok(()));
	});
}

#[test]
fn addresses_are_few_and_printable() {
	new_test_ext(4).execute_with(|| {
		for bad in ["", "/", "a.example.org:30333", "/dns/a b", "/dns/ä", &format!("/{}", "x".repeat(128))] {
			assert_noop!(register_node(NEW, None, &["/dns/a", bad]), Error::<Test>::BadNodeAddress);
		}
		assert_noop!(register_node(NEW, None, &["/dns/a"; 9]), Error::<Test>::TooManyNodeAddresses);
		assert_ok!(register_node(NEW, None, &["/dns/a"; 8]));
	});
}

#[test]
fn an_institution_registers_so_many_and_no_more() {
	new_test_ext(4).execute_with(|| {
		// At genesis it has one.
		assert_ok!(register_for(30, 7));
		assert_ok!(register_for(31, 7));
		assert_eq!(RegistrationCount::<Test>::get(7), MAX_REGISTRATIONS);
		assert_noop!(register_for(32, 7), Error::<Test>::TooManyRegistrations);
		assert_ok!(register_for(32, 8));
		assert_ok!(deregister(administrator(7), 31));
		assert_eq!(events().last(), Some(&Event::ValidatorDeregistered { validator: key(31), institution: 7 }));
		assert_eq!(status(31), None);
		assert_ok!(register_for(33, 7));
		assert_eq!(Validators::check_state(), Ok(()));
	});
}

#[test]
fn who_is_in_use_is_not_deregistered_and_the_board_may_as_well() {
	new_test_ext(4).execute_with(|| {
		assert_noop!(deregister(administrator(4), 4), Error::<Test>::StillMember);
		assert_noop!(deregister(RuntimeOrigin::root(), 4), Error::<Test>::StillMember);
		assert_ok!(add(5, 20));
		assert_noop!(deregister(administrator(5), 5), Error::<Test>::StillMember);
		assert_ok!(cancel());
		assert_ok!(remove(4, 20));
		assert_noop!(deregister(administrator(4), 4), Error::<Test>::StillMember);
		run_to(20);
		assert_ok!(deregister(administrator(4), 4));
		assert_ok!(deregister(RuntimeOrigin::root(), 5));
		assert_eq!((status(4), status(5)), (None, None));
		assert_noop!(add(5, None), Error::<Test>::NotRegistered);
		assert_eq!(Validators::check_state(), Ok(()));
	});
}

#[test]
fn members_from_genesis_can_be_registered_later() {
	new_test_ext_with(4, vec![]).execute_with(|| {
		assert_eq!((status(1), Validators::registrations().len()), (Some(Status::Active), 0));
		assert_ok!(register(1));
		assert_eq!((status(1), Validators::registrations()[0].status), (Some(Status::Active), Status::Active));
		// One that was never registered leaves, and nothing is left of it.
		assert_ok!(remove(2, 20));
		assert_eq!(status(2), Some(Status::Leaving));
		run_to(20);
		assert_eq!(status(2), None);
	});
}

#[test]
fn rewards_go_where_the_institution_says() {
	new_test_ext(4).execute_with(|| {
		assert_ok!(Validators::set_beneficiary(administrator(4), key(4), 55));
		assert_eq!(events(), [Event::BeneficiarySet { validator: key(4), account: 55 }]);
		assert_eq!(Validators::beneficiary(&key(4)), Some(55));
	});
}
