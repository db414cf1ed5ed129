use super::*;
use crate::{
	genesis::{GenesisError, GenesisRegistration},
	BuiltInContract, GenesisConfig, StoredSet,
};
use codec::{Decode, Encode};
use frame_support::traits::{GetStorageVersion, PalletInfoAccess};
use sp_runtime::BuildStorage;
use syndic_primitives::{peer::PeerIdError, storage_keys, SetError, ValidatorId, ValidatorSet, MAX_VALIDATORS};

fn config(validators: Vec<ValidatorId>) -> GenesisConfig<Test> {
	GenesisConfig { validators, ..Default::default() }
}

#[test]
fn the_first_set_has_id_0_and_decides_from_height_1() {
	new_test_ext(4).execute_with(|| {
		assert_eq!(set(), (0, 1, keys(1..=4)));
		assert_eq!(Validators::scheduled_set(), None);
		assert!(Undeclared::<Test>::get().is_empty());
	});
}

#[test]
fn the_engine_finds_the_sets_where_it_looks() {
	new_test_ext(3).execute_with(|| {
		let read = |item: storage_keys::StorageItem| frame_support::storage::unhashed::get_raw(&item.key());
		let raw = read(storage_keys::VALIDATOR_SET).expect("there is a set");
		let expected = ValidatorSet::new(SetId(0), Height(1), keys(1..=3)).unwrap();
		assert_eq!(ValidatorSet::decode(&mut &raw[..]), Ok(expected.clone()));
		assert_eq!(raw, expected.encode(), "the stored set is encoded as the engine's");

		assert_eq!(read(storage_keys::SCHEDULED_SET), None);
		assert_ok!(add(4, 20));
		let raw = read(storage_keys::SCHEDULED_SET).expect("a change is scheduled");
		let scheduled = syndic_primitives::ScheduledSet { since: Height(20), members: keys(1..=4), demoted: vec![] };
		assert_eq!(syndic_primitives::ScheduledSet::decode(&mut &raw[..]), Ok(scheduled.clone()));
		assert_eq!(raw, scheduled.encode());
		assert!(raw.starts_with(&(Height(20), keys(1..=4)).encode()), "the front is what it always was");
	});
}

#[test]
fn a_genesis_that_is_no_set_is_refused() {
	assert_eq!(config(keys(1..=4)).check(), Ok(()));
	assert_eq!(config(vec![]).check(), Err(GenesisError::Set(SetError::Empty)));
	assert_eq!(config(keys([1, 2, 1])).check(), Err(GenesisError::Set(SetError::Duplicate { first: 0, second: 2 })));
	let many = vec![key(1); MAX_VALIDATORS as usize + 1];
	assert_eq!(config(many).check(), Err(GenesisError::Set(SetError::TooMany { count: 257, bound: 256 })));
}

#[test]
#[should_panic(expected = "validators.validators: members 0 and 2 have the same key")]
fn it_does_not_build_either() {
	let genesis = RuntimeGenesisConfig { validators: config(keys([1, 2, 1])), ..Default::default() };
	let _ = genesis.build_storage();
}

const PEERS: [&str; 2] =
	["12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp", "12D3KooWHdiAxVd8uMQR1hGWXccidmfCwLqcMpGwR6QcTP6QRMuD"];

#[test]
fn json_names_keys_and_registrations_and_nothing_else() {
	let entry = serde_json::json!({
		"validator": key(1), "institution": 7, "account": 5, "peer": PEERS[0], "addresses": ["/dns/a/tcp/1"],
	});
	let json = serde_json::json!({ "validators": keys([1]), "registrations": [entry] });
	let parsed: GenesisConfig<Test> = serde_json::from_value(json.clone()).unwrap();
	assert_eq!((parsed.validators.clone(), parsed.registrations.len()), (keys([1]), 1));
	assert_eq!(serde_json::to_value(&parsed).unwrap(), json);
	let without = serde_json::json!({ "validator": key(1), "institution": 7, "account": 5 });
	let parsed: GenesisRegistration<u64> = serde_json::from_value(without).unwrap();
	assert_eq!((parsed.peer, parsed.addresses), (None, vec![]));
	let unknown = serde_json::json!({ "validators": keys([1]), "registrations": [], "validatros": [] });
	let error = serde_json::from_value::<GenesisConfig<Test>>(unknown).err().expect("it is refused").to_string();
	assert!(error.contains("unknown field `validatros`"), "{error}");
}

/// Four validators, each of an institution of its own.
fn registered() -> GenesisConfig<Test> {
	let registrations = (1..=4).map(|n| registration(n, u32::from(n))).collect();
	GenesisConfig { registrations, ..config(keys(1..=4)) }
}

#[test]
fn registrations_that_cannot_be_are_refused_by_field() {
	type Harm = fn(&mut GenesisConfig<Test>);
	let cases: [(Harm, &str); 10] = [
		(
			|g| drop(g.registrations.remove(2)),
			"validators.registrations: validator 2 is not there; list all of them, or none",
		),
		(
			|g| g.registrations[3].validator = key(2),
			"validators.registrations: entries 1 and 3 are for the same validator",
		),
		(
			|g| g.registrations[1].peer = Some("Bob".into()),
			"validators.registrations: entry 1: peer is not a PeerId: neither 0x002408011220 and an ed25519 key of 32 \
			 bytes, nor 0x1220 and a SHA-256 of 32 bytes",
		),
		(
			|g| g.registrations[1].peer = Some("Bob0".into()),
			"validators.registrations: entry 1: peer is not a PeerId: not in base 58, such as 12D3KooW…",
		),
		(
			|g| [0, 3].iter().for_each(|n| g.registrations[*n].peer = Some(PEERS[0].into())),
			"validators.registrations: entries 0 and 3 have the same peer",
		),
		(
			|g| g.registrations[2].addresses = vec!["/dns/a".into(); 9],
			"validators.registrations: entry 2 has 9 addresses, at most 8 are possible",
		),
		(
			|g| g.registrations[2].addresses = vec!["/dns/a".into(), "a.example.org:30333".into()],
			"validators.registrations: entry 2: address 1 must begin with / and have 2 to 128 printable ASCII characters",
		),
		(
			|g| g.registrations[2].addresses = vec![format!("/{}", "x".repeat(128))],
			"validators.registrations: entry 2: address 0 must begin with / and have 2 to 128 printable ASCII characters",
		),
		(
			|g| g.registrations.extend((5..=8).map(|n| registration(n, 9))),
			"validators.registrations: institution 9 has 4, at most 3 are possible",
		),
		(
			|g| g.registrations[3].institution = 1,
			"validators.registrations: institution 1 has 2 of 4 validators, at most 1 are possible",
		),
	];
	assert_eq!(registered().check(), Ok(()));
	for (harm, message) in cases {
		let mut genesis = registered();
		harm(&mut genesis);
		let error = genesis.check().expect_err(message);
		assert_eq!(error.to_string(), message);
	}
	let error = GenesisError::Peer { index: 0, error: PeerIdError::NotBase58 };
	let mut genesis = registered();
	genesis.registrations[0].peer = Some("0".into());
	assert_eq!(genesis.check(), Err(error));
}

#[test]
fn whoever_is_registered_at_genesis_is_and_others_may_be_registered_ahead() {
	let mut registrations: Vec<_> = (1..=5).map(|n| registration(n, u32::from(n))).collect();
	registrations[0].peer = Some(PEERS[0].into());
	registrations[0].addresses = vec!["/dns/a/tcp/1".into()];
	registrations[1].account = 77;
	new_test_ext_with(4, registrations).execute_with(|| {
		assert_eq!(Validators::check_state(), Ok(()));
		let mut all = Validators::registrations();
		all.sort_by_key(|registered| registered.institution);
		let institutions: Vec<_> = all.iter().map(|registered| (registered.institution, registered.status)).collect();
		use syndic_primitives::Status::{Active, Registered};
		assert_eq!(institutions, [(1, Active), (2, Active), (3, Active), (4, Active), (5, Registered)]);
		assert_eq!(all[0].peer.as_ref().map(ToString::to_string).as_deref(), Some(PEERS[0]));
		assert_eq!((all[0].addresses.clone(), all[0].since), (vec!["/dns/a/tcp/1".to_string()], Height(0)));
		assert_eq!([1, 2, 9].map(|n| Validators::beneficiary(&key(n))), [Some(1_001), Some(77), None]);
	});
}

#[test]
fn the_contract_is_where_it_says() {
	assert_eq!(Validators::name(), "Validators");
	assert_eq!(Validators::PREFIX, storage_keys::VALIDATOR_SET.key()[..16]);
	assert_eq!(pallet_builtin::registry::check(&[Validators::info()]), Ok(()));
	assert_eq!(syndic_primitives::builtin::number(&Validators::ADDRESS), Some(0x1002));
	assert_eq!(Validators::in_code_storage_version(), Validators::VERSION);
}

#[test]
fn check_state_finds_what_is_wrong() {
	type Harm = fn();
	let cases: [(Harm, &str); 14] = [
		(|| CurrentSet::<Test>::kill(), "CurrentSet is no validator set"),
		(
			|| Undeclared::<Test>::put(crate::Members::truncate_from(keys([1, 2]))),
			"CurrentSet cannot reach its quorum without the undeclared",
		),
		(
			|| ScheduledSet::<Test>::put(next(Height(1), crate::Members::truncate_from(keys([1])))),
			"ScheduledSet is overdue",
		),
		(|| ScheduledSet::<Test>::put(next(Height(9), crate::Members::default())), "ScheduledSet is no validator set"),
		(
			|| {
				ScheduledSet::<Test>::put(next(Height(9), crate::Members::truncate_from(keys([1, 2, 3]))));
				Undeclared::<Test>::put(crate::Members::truncate_from(keys([1])));
			},
			"ScheduledSet cannot reach its quorum without the undeclared",
		),
		(
			|| Undeclared::<Test>::put(crate::Members::truncate_from(keys([7]))),
			"Undeclared names somebody who is neither member nor candidate",
		),
		(
			|| {
				let declaration = |n, height| crate::Declaration { validator: key(n), height: Height(height) };
				crate::Declarations::<Test>::put(frame_support::BoundedVec::truncate_from(vec![
					declaration(8, 5),
					declaration(9, 4),
				]));
			},
			"Declarations are out of order",
		),
		(
			|| {
				let members = crate::Members::truncate_from(keys([1, 1]));
				CurrentSet::<Test>::put(StoredSet { id: SetId(0), since: Height(1), members, ..Default::default() });
			},
			"CurrentSet is no validator set",
		),
		(|| stand(3, crate::Standing::Suspended), "Roster names somebody who is suspended"),
		(|| assert!(Validators::strike(&key(3))), "a member that stays is not on the roster"),
		(|| stand(3, crate::Standing::Left), "a validator that has left is in a set"),
		(
			|| {
				crate::Registrations::<Test>::mutate(key(3), |registration| {
					registration.as_mut().unwrap().peer = Some(PEERS[0].parse().unwrap());
				});
			},
			"a PeerId is not its validator's",
		),
		(
			|| crate::PeerOwners::<Test>::insert(PEERS[0].parse::<syndic_primitives::PeerId>().unwrap(), key(3)),
			"a PeerId is of nobody",
		),
		(|| crate::RegistrationCount::<Test>::insert(3, 2), "RegistrationCount does not count the registrations"),
	];
	for (harm, error) in cases {
		new_test_ext(4).execute_with(|| {
			assert_eq!(Validators::check_state(), Ok(()));
			harm();
			assert_eq!(Validators::check_state(), Err(error));
		});
	}
}

fn stand(n: u8, standing: crate::Standing) {
	crate::Registrations::<Test>::mutate(key(n), |registration| registration.as_mut().unwrap().standing = standing);
}
