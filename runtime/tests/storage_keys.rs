//! The storage keys that engine and light clients read are those of the metadata, and their values have the expected
//! types.

use codec::{Decode, Encode};
use frame_metadata::{v15::RuntimeMetadataV15, RuntimeMetadata, RuntimeMetadataPrefixed};
use pallet_builtin::BuiltInContract;
use sp_crypto_hashing::twox_128;
use sp_keyring::Ed25519Keyring;
use syndic_primitives::{
	builtin::Address,
	storage_keys::{self, StorageItem},
	Height, Parameters, ScheduledSet, SetId, ValidatorId, ValidatorSet,
};
use syndic_runtime::{
	presets, Builtin, Classes, ConsensusConfig, Identity, Nodes, Privacy, Runtime, Supervision, Validators,
};

fn metadata() -> RuntimeMetadataV15 {
	let opaque = Runtime::metadata_at_version(15).expect("version 15 is supported");
	match RuntimeMetadataPrefixed::decode(&mut &opaque[..]).expect("it decodes").1 {
		RuntimeMetadata::V15(metadata) => metadata,
		_ => panic!("not version 15"),
	}
}

#[test]
fn every_key_is_where_the_metadata_says() {
	let metadata = metadata();
	let others = [
		storage_keys::BOARD_MEMBERS,
		storage_keys::SCHEDULED_CHANGES,
		storage_keys::PARAMETERS_HISTORY,
		storage_keys::CURRENT_PROFILE,
		storage_keys::ROSTER,
		storage_keys::NEXT_COMMITTEE,
	];
	for item in storage_keys::ALL.into_iter().chain(others) {
		let pallet = metadata.pallets.iter().find(|pallet| pallet.name == item.pallet);
		let storage = pallet.and_then(|pallet| pallet.storage.as_ref());
		let storage = storage.unwrap_or_else(|| panic!("no pallet {} with storage", item.pallet));
		let entry = storage.entries.iter().find(|entry| entry.name == item.item);
		let entry = entry.unwrap_or_else(|| panic!("no item {} in {}", item.item, item.pallet));
		let key = [twox_128(storage.prefix.as_bytes()), twox_128(entry.name.as_bytes())].concat();
		assert_eq!(item.key()[..], key, "{item:?} has moved");
		assert!(matches!(entry.ty, frame_metadata::v14::StorageEntryType::Plain(_)), "{item:?} is not one value");
	}
}

/// To move one of these keys needs a migration, a greater version of the contract, and a new binary on every node.
#[test]
fn no_key_has_ever_moved() {
	let keys = storage_keys::ALL.map(|item| item.key().iter().map(|byte| format!("{byte:02x}")).collect::<String>());
	let pinned = [
		"88dcde934c658227ee1dfafcd6e16903b6c79f1d5e57605782e9e8ec5bcb7fa4",
		"88dcde934c658227ee1dfafcd6e16903f152aee8b54a2651c6ab393fd52c010e",
		"affe89b4ce3bc812ac0fc3a4c7c6107e7a838d0347bdd3f68ab4d92954279ac8",
		"affe89b4ce3bc812ac0fc3a4c7c6107e154c97d5cb9176fa0ae9ea213e9fd077",
	];
	assert_eq!(keys, pinned);
}

#[test]
fn every_contract_is_where_the_metadata_says() {
	fn check<C: BuiltInContract>(metadata: &RuntimeMetadataV15, name: &str, address: &str) {
		let pallet = metadata.pallets.iter().find(|pallet| pallet.name == name);
		let pallet = pallet.unwrap_or_else(|| panic!("no pallet {name}"));
		assert_eq!(C::name(), name);
		assert_eq!(C::PREFIX, twox_128(pallet.name.as_bytes()), "{name} has moved");
		if let Some(storage) = &pallet.storage {
			assert_eq!(C::PREFIX, twox_128(storage.prefix.as_bytes()), "the storage of {name} has moved");
		}
		assert_eq!(C::ADDRESS, address.parse::<Address>().unwrap(), "{name} has moved");
	}
	let metadata = metadata();
	check::<Builtin>(&metadata, "Builtin", "0x0000000000000000000000000000000000001000");
	check::<Identity>(&metadata, "Identity", "0x0000000000000000000000000000000000001001");
	check::<Validators>(&metadata, "Validators", "0x0000000000000000000000000000000000001002");
	check::<ConsensusConfig>(&metadata, "ConsensusConfig", "0x0000000000000000000000000000000000001003");
	check::<Supervision>(&metadata, "Supervision", "0x0000000000000000000000000000000000001004");
	check::<Nodes>(&metadata, "Nodes", "0x0000000000000000000000000000000000001005");
	check::<Classes>(&metadata, "Classes", "0x0000000000000000000000000000000000001006");
	check::<Privacy>(&metadata, "Privacy", "0x0000000000000000000000000000000000001007");
}

#[test]
fn the_registry_in_the_metadata_is_the_one_of_the_runtime_api() {
	use syndic_primitives::builtin::{runtime_decl_for_builtin_api::BuiltinApiV2, ContractInfo};
	let metadata = metadata();
	let builtin = metadata.pallets.iter().find(|pallet| pallet.name == "Builtin").expect("it is there");
	let constant = builtin.constants.iter().find(|constant| constant.name == "Contracts").expect("it is there");
	let listed = Vec::<ContractInfo>::decode(&mut &constant.value[..]).expect("it decodes");
	assert_eq!(listed, Runtime::contracts());
	let names: Vec<_> = listed.iter().map(|contract| contract.name.as_str()).collect();
	let all = ["Builtin", "Identity", "Validators", "ConsensusConfig", "Supervision", "Nodes", "Classes", "Privacy"];
	assert_eq!(names, all);
	assert_eq!(pallet_builtin::registry::check(&listed), Ok(()));
}

/// Every storage item of every contract is found by name, at the key that follows from the metadata. The engine's items
/// are among them.
#[test]
fn a_read_by_name_goes_where_the_metadata_says() {
	use frame_metadata::v14::{StorageEntryType, StorageHasher};
	let hash = |hasher: &StorageHasher, key: &[u8]| match hasher {
		StorageHasher::Blake2_128 => sp_crypto_hashing::blake2_128(key).to_vec(),
		StorageHasher::Blake2_256 => sp_crypto_hashing::blake2_256(key).to_vec(),
		StorageHasher::Blake2_128Concat => [&sp_crypto_hashing::blake2_128(key)[..], key].concat(),
		StorageHasher::Twox128 => twox_128(key).to_vec(),
		StorageHasher::Twox256 => sp_crypto_hashing::twox_256(key).to_vec(),
		StorageHasher::Twox64Concat => [&sp_crypto_hashing::twox_64(key)[..], key].concat(),
		StorageHasher::Identity => key.to_vec(),
	};
	let metadata = metadata();
	let mut found = 0;
	for contract in Builtin::contracts() {
		let pallet = metadata.pallets.iter().find(|pallet| pallet.name == contract.name).expect("it is there");
		let storage = pallet.storage.as_ref().expect("every contract stores something");
		for entry in &storage.entries {
			let hashers = match &entry.ty {
				StorageEntryType::Plain(_) => &[][..],
				StorageEntryType::Map { hashers, .. } => hashers,
			};
			let keys: Vec<_> = (0..hashers.len()).map(|n| vec![n as u8 + 1; n + 3]).collect();
			let mut expected = [twox_128(storage.prefix.as_bytes()), twox_128(entry.name.as_bytes())].concat();
			hashers.iter().zip(&keys).for_each(|(hasher, key)| expected.extend(hash(hasher, key)));
			let key = Builtin::storage_key(&contract.address, &entry.name, &keys);
			assert_eq!(key, Ok(expected), "{}.{}", contract.name, entry.name);
			found += 1;
		}
	}
	assert!(found >= 7, "only {found} items");
	for StorageItem { pallet, item } in storage_keys::ALL {
		let contract = Builtin::contracts().into_iter().find(|contract| contract.name == pallet).expect("it is there");
		let key = Builtin::storage_key(&contract.address, item, &[]);
		assert_eq!(key, Ok(StorageItem { pallet, item }.key().to_vec()));
	}
}

#[test]
fn what_is_read_by_name_is_what_the_engine_reads() {
	use syndic_primitives::builtin::{runtime_decl_for_builtin_api::BuiltinApiV2, ReadError};
	let mut chain = crate::common::Chain::new(presets::LOCAL);
	chain.query(|| {
		let read = |item: &str| {
			<Runtime as BuiltinApiV2<syndic_runtime::Block>>::read(Validators::ADDRESS, item.into(), vec![])
		};
		assert_eq!(read("CurrentSet"), Ok(sp_io::storage::get(&storage_keys::VALIDATOR_SET.key()).map(Into::into)));
		assert!(read("CurrentSet").unwrap().is_some());
		assert_eq!(read("ScheduledSet"), Ok(None));
		let Err(ReadError::UnknownItem { items, .. }) = read("currentSet") else { panic!("there is such an item") };
		assert!(items.contains(&"CurrentSet".into()), "{items:?}");
	});
}

fn read<T: Decode>(item: StorageItem) -> Option<T> {
	let raw = sp_io::storage::get(&item.key())?;
	let mut rest = &raw[..];
	let value = T::decode(&mut rest).unwrap_or_else(|error| panic!("{item:?} does not decode: {error}"));
	assert!(rest.is_empty(), "{item:?} is longer than expected");
	Some(value)
}

fn keys(names: &[Ed25519Keyring]) -> Vec<ValidatorId> {
	names.iter().map(|name| name.public().into()).collect()
}

#[test]
fn what_is_stored_is_what_the_engine_expects() {
	use Ed25519Keyring::{Alice, Bob, Charlie, Dave, Eve};
	let mut chain = crate::common::Chain::new(presets::LOCAL);
	let four = keys(&[Alice, Bob, Charlie, Dave]);
	chain.query(|| {
		let set = ValidatorSet::new(SetId(0), Height(1), four.clone()).unwrap();
		assert_eq!(read(storage_keys::VALIDATOR_SET), Some(set));
		assert_eq!(read::<ScheduledSet>(storage_keys::SCHEDULED_SET), None);
		assert_eq!(read(storage_keys::PARAMETERS), Some(Parameters::default()));
		assert_eq!(read::<Vec<(Height, Parameters)>>(storage_keys::SCHEDULED_PARAMETERS), None);
	});

	use sp_keyring::Sr25519Keyring as Institution;
	let board = [Institution::Alice, Institution::Bob, Institution::Charlie];
	let validator: ValidatorId = Eve.public().into();
	let register = chain.registration(Institution::Ferdie, 4, Eve);
	chain.block([(Institution::Ferdie, register)]);
	chain.motion(&board, pallet_validators::Call::add_validator { validator, at: Some(30) });
	assert_eq!(chain.motion_result(), Ok(()));
	let changes = pallet_consensus_config::ParameterChanges { block_period: Some(500), ..Default::default() };
	chain.motion(&board, pallet_consensus_config::Call::change { changes, at: Some(40) });
	assert_eq!(chain.motion_result(), Ok(()));
	let five = keys(&[Alice, Bob, Charlie, Dave, Eve]);
	let parameters = Parameters { block_period: 500, ..Default::default() };
	chain.query(|| {
		let next = ScheduledSet { since: Height(30), members: five.clone(), demoted: vec![] };
		assert_eq!(read(storage_keys::SCHEDULED_SET), Some(next));
		assert_eq!(read(storage_keys::SCHEDULED_PARAMETERS), Some(vec![(Height(40), parameters.clone())]));
	});
	chain.run_to(39);
	chain.query(|| {
		let set = ValidatorSet::new(SetId(1), Height(30), five).unwrap();
		assert_eq!(read(storage_keys::VALIDATOR_SET), Some(set));
		assert_eq!(read::<ScheduledSet>(storage_keys::SCHEDULED_SET), None);
		assert_eq!(read(storage_keys::PARAMETERS), Some(parameters.clone()));
		assert_eq!(read(storage_keys::SCHEDULED_PARAMETERS), Some(Vec::<(Height, Parameters)>::new()));
		assert_eq!(sp_io::storage::get(&storage_keys::PARAMETERS.key()).unwrap(), parameters.encode());
	});
}
