//! The checks of a genesis, and the messages about mistakes.

use crate::common::preset;
use pallet_validators::genesis::GenesisError as SetGenesisError;
use serde_json::{json, Value};
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};
use syndic_primitives::{SetError, ValidatorId};
use syndic_runtime::{
	configs::money::EXISTENTIAL_DEPOSIT,
	genesis::{check, parse, GenesisError},
	presets, RuntimeGenesisConfig,
};

/// The error of a changed genesis. It is the same when the runtime builds the state and when a node judges the genesis.
fn error(change: impl FnOnce(&mut Value)) -> String {
	let mut genesis = preset(presets::LOCAL);
	change(&mut genesis);
	let json = serde_json::to_vec(&genesis).unwrap();
	let error = parse(&json).err().expect("it is refused").to_string();
	let mut state = sp_io::TestExternalities::default();
	state.execute_with(|| {
		use sp_genesis_builder::runtime_decl_for_genesis_builder::GenesisBuilderV1;
		let built = <syndic_runtime::Runtime as GenesisBuilderV1<syndic_runtime::Block>>::build_state(json);
		assert_eq!(built, Err(error.clone()));
	});
	error
}

fn account(who: Sr25519Keyring) -> Value {
	serde_json::to_value(who.to_account_id()).unwrap()
}

#[test]
fn the_presets_are_sound() {
	assert_eq!(presets::names(), ["dev", "local"]);
	for name in presets::names() {
		let json = serde_json::to_vec(&preset(&name)).unwrap();
		parse(&json).unwrap_or_else(|error| panic!("{name}: {error}"));
	}
	assert_eq!(presets::get("production"), None);
}

#[test]
fn the_presets_hold_what_they_should() {
	use {Ed25519Keyring as Validator, Sr25519Keyring as Institution};
	let parse = |name| parse(&serde_json::to_vec(&preset(name)).unwrap()).unwrap();
	let keys = |names: &[Validator]| names.iter().map(|name| name.public().into()).collect::<Vec<ValidatorId>>();
	let accounts = |names: &[Institution]| names.iter().map(|name| name.to_account_id()).collect::<Vec<_>>();

	let dev = parse(presets::DEV);
	assert_eq!(dev.validators.validators, keys(&[Validator::Alice]));
	assert_eq!(dev.board.members, accounts(&[Institution::Alice]));
	assert_eq!(dev.sudo.key, Some(Institution::Alice.to_account_id()));

	let local = parse(presets::LOCAL);
	let four = [Validator::Alice, Validator::Bob, Validator::Charlie, Validator::Dave];
	assert_eq!(local.validators.validators, keys(&four));
	let four = [Institution::Alice, Institution::Bob, Institution::Charlie, Institution::Dave];
	assert_eq!(local.board.members, accounts(&four));
	assert_eq!(local.sudo.key, None, "nobody is above the board");
	for (genesis, peers) in [(&dev, 0), (&local, 4)] {
		for (number, registration) in genesis.validators.registrations.iter().enumerate() {
			assert_eq!(registration.validator, genesis.validators.validators[number]);
			assert_eq!(registration.institution as usize, number);
			assert_eq!(registration.account, genesis.board.members[number]);
		}
		assert_eq!(genesis.validators.registrations.iter().filter(|entry| entry.peer.is_some()).count(), peers);
	}
	for genesis in [dev, local] {
		let endowed: Vec<_> = genesis.balances.balances.into_iter().map(|(account, _)| account).collect();
		assert_eq!(endowed, Institution::well_known().map(|who| who.to_account_id()).collect::<Vec<_>>());
	}
}

#[test]
fn a_consensus_key_is_derived_from_the_name() {
	use sp_core::Pair;
	let pair = syndic_primitives::crypto::ValidatorPair::from_string("//Charlie", None).unwrap();
	let local = parse(&serde_json::to_vec(&preset(presets::LOCAL)).unwrap()).unwrap();
	assert_eq!(local.validators.validators[2], pair.public());
}

#[test]
fn no_validators() {
	let message = error(|genesis| genesis["validators"]["validators"] = json!([]));
	assert_eq!(message, "validators.validators: a validator set needs at least one member");
	// The default genesis is refused as well.
	let default = check(&RuntimeGenesisConfig::default());
	assert_eq!(default, Err(GenesisError::Validators(SetGenesisError::Set(SetError::Empty))));
}

#[test]
fn two_validators_with_one_key() {
	let message = error(|genesis| {
		let first = genesis["validators"]["validators"][0].clone();
		genesis["validators"]["validators"][2] = first;
	});
	assert_eq!(message, "validators.validators: members 0 and 2 have the same key");
}

#[test]
fn registrations_that_cannot_be() {
	let message = error(|genesis| genesis["validators"]["registrations"][1]["institution"] = json!(9));
	assert_eq!(message, "validators.registrations: entry 1 is of institution 9, there are 5, counted from 0");
	let message = error(|genesis| genesis["validators"]["registrations"][1]["institution"] = json!(0));
	assert_eq!(message, "validators.registrations: institution 0 has 2 of 4 validators, at most 1 are possible");
	let message = error(|genesis| drop(genesis["validators"]["registrations"].as_array_mut().unwrap().pop()));
	assert_eq!(message, "validators.registrations: validator 3 is not there; list all of them, or none");
	let message = error(|genesis| genesis["validators"]["registrations"][2]["peer"] = json!("0"));
	assert_eq!(message, "validators.registrations: entry 2: peer is not a PeerId: not in base 58, such as 12D3KooW…");
	let message = error(|genesis| genesis["validators"]["registrations"][2]["name"] = json!("Charlie"));
	assert!(message.contains("unknown field `name`"), "{message}");
	// Registrations are optional.
	let mut genesis = preset(presets::LOCAL);
	genesis["validators"]["registrations"] = json!([]);
	assert!(parse(&serde_json::to_vec(&genesis).unwrap()).is_ok());
}

#[test]
fn parameters_out_of_bounds() {
	let message = error(|genesis| genesis["consensusConfig"]["parameters"]["blockPeriod"] = json!(5));
	assert_eq!(message, "consensusConfig.parameters.blockPeriod is 5, must be within 200..=600000");
	let message = error(|genesis| genesis["consensusConfig"]["parameters"]["timeoutCeiling"] = json!(600));
	assert_eq!(message, "consensusConfig.parameters.timeoutCeiling is 600, must be at least baseTimeout 3000");
	let message = error(|genesis| genesis["consensusConfig"]["parameters"]["timeoutGrowth"] = json!(100));
	assert!(message.starts_with("consensusConfig.parameters.timeoutGrowth is 100: "), "{message}");
	// Rules that depend on the validators.
	let message = error(|genesis| genesis["consensusConfig"]["parameters"]["committeeSize"] = json!(5));
	assert_eq!(
		message,
		"consensusConfig.parameters.committeeSize is 5, must be at most 4, the validators that are registered"
	);
	let message = error(|genesis| genesis["consensusConfig"]["parameters"]["engineVersion"] = json!(2));
	let expected = "consensusConfig.parameters.engineVersion is 2: 0 members of the set support it, 3 must";
	assert_eq!(message, expected);
}

#[test]
fn unknown_fields_are_named() {
	type Change = fn(&mut Value);
	let cases: [(Change, &str); 4] = [
		(|genesis| genesis["validatros"] = json!({}), "unknown field `validatros`"),
		(|genesis| genesis["validators"]["keys"] = json!([]), "unknown field `keys`"),
		(|genesis| genesis["consensusConfig"]["parameters"]["blokPeriod"] = json!(1), "unknown field `blokPeriod`"),
		(|genesis| genesis["board"]["seats"] = json!(1), "unknown field `seats`"),
	];
	for (change, expected) in cases {
		let message = error(change);
		assert!(message.starts_with("the genesis cannot be read: ") && message.contains(expected), "{message}");
	}
}

#[test]
fn missing_fields_and_wrong_types_are_named() {
	let message = error(|genesis| {
		genesis["consensusConfig"]["parameters"].as_object_mut().unwrap().remove("heartbeat");
	});
	assert!(message.contains("missing field `heartbeat`"), "{message}");
	let message = error(|genesis| genesis["consensusConfig"]["parameters"]["heartbeat"] = json!("soon"));
	assert!(message.contains("invalid type: string \"soon\", expected u32"), "{message}");
	let message = error(|genesis| genesis["validators"]["validators"][1] = json!("Alice"));
	assert!(message.starts_with("the genesis cannot be read: "), "{message}");
}

#[test]
fn nobody_governs() {
	let message = error(|genesis| genesis["board"]["members"] = json!([]));
	assert_eq!(message, "board.members is empty and sudo.key is not set, so nobody could ever change anything");
}

#[test]
fn a_board_with_two_votes_for_one() {
	let message = error(|genesis| genesis["board"]["members"][3] = account(Sr25519Keyring::Bob));
	assert_eq!(message, "board.members: members 1 and 3 are the same account");
}

#[test]
fn a_board_that_is_too_large() {
	let message = error(|genesis| {
		let members = (0..=100_u8).map(|n| syndic_runtime::AccountId::new([n; 32])).collect::<Vec<_>>();
		genesis["board"]["members"] = serde_json::to_value(members).unwrap();
	});
	assert_eq!(message, "board.members: 101 members, at most 100 are possible");
}

#[test]
fn identities_that_cannot_be() {
	let message = error(|genesis| genesis["identity"]["identities"][1]["institution"] = json!(9));
	assert_eq!(message, "identity.identities: entry 1 is of institution 9, there are 5, counted from 0");
	let message = error(|genesis| genesis["identity"]["identities"][1]["role"] = json!("king"));
	assert!(message.contains("unknown variant `king`"), "{message}");
}

#[test]
fn nodes_that_cannot_be() {
	let fifth = "12D3KooWSuTq6MG9gPt7qZqLFKkYrfxMewTZhj9nmRHJkPwzWDG2";
	let node = |peer: &str, institution: u32| json!({ "peerId": peer, "institution": institution, "kind": "observer", "addresses": [] });
	let message = error(|genesis| genesis["nodes"]["nodes"] = json!([node(fifth, 9)]));
	assert_eq!(message, "nodes.nodes: entry 0 is of institution 9, there are 5, counted from 0");
	let message = error(|genesis| genesis["nodes"]["nodes"] = json!([node(fifth, 0), node("12D3KooW", 1)]));
	assert!(message.starts_with("nodes.nodes: entry 1, peerId: not a PeerId"), "{message}");
	let message = error(|genesis| {
		genesis["nodes"]["enforced"] = json!(true);
		for validator in [0, 1] {
			genesis["validators"]["registrations"][validator]["peer"] = Value::Null;
		}
	});
	assert_eq!(
		message,
		"nodes.enforced is true, and 2 nodes of validators are known; the quorum of the validators is 3, and without it there \
		 would be no block"
	);
}

#[test]
fn balances_that_cannot_be() {
	let message = error(|genesis| genesis["balances"]["balances"][4][0] = account(Sr25519Keyring::Alice));
	assert_eq!(message, "balances.balances: entries 0 and 4 are for the same account");
	let message = error(|genesis| genesis["balances"]["balances"][3][1] = json!(7));
	assert_eq!(message, format!("balances.balances: entry 3 is 7, an account needs at least {EXISTENTIAL_DEPOSIT}"));
	let message = error(|genesis| genesis["balances"]["devAccounts"] = json!([1, 1, null]));
	assert_eq!(message, "balances.devAccounts must be null: list every account in balances.balances");

	let mut genesis = RuntimeGenesisConfig::default();
	genesis.validators.validators = vec![Ed25519Keyring::Alice.public().into()];
	genesis.board.members = vec![Sr25519Keyring::Alice.to_account_id()];
	let rich = |who: Sr25519Keyring| (who.to_account_id(), u128::MAX / 2 + 1);
	genesis.balances.balances = vec![rich(Sr25519Keyring::Alice), rich(Sr25519Keyring::Bob)];
	assert_eq!(check(&genesis), Err(GenesisError::TotalTooLarge));
	genesis.balances.balances.pop();
	assert_eq!(check(&genesis), Ok(()));
}
