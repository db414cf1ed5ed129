use crate::{
	mock::{Builtin, Other, Test},
	registry::{check, RegistryError},
	BuiltInContract,
};
use frame_support::traits::{GetStorageVersion, OnGenesis, OnRuntimeUpgrade, StorageVersion};
use sp_crypto_hashing::twox_128;
use syndic_primitives::builtin::{address, Address, ContractInfo};

fn contract(name: &str, number: u16) -> ContractInfo {
	ContractInfo {
		address: address(number),
		prefix: twox_128(name.as_bytes()),
		version: 1,
		name: name.into(),
		suspendable: false,
	}
}

#[test]
fn contracts_are_listed_by_address() {
	let expected = vec![
		ContractInfo { version: 2, ..contract("Builtin", 0x1000) },
		ContractInfo { version: 7, suspendable: true, ..contract("Other", 0x1fff) },
	];
	assert_eq!(Builtin::contracts(), expected);
	assert_eq!(Builtin::info(), expected[0]);
	assert_eq!(Other::info(), expected[1]);
}

#[test]
fn the_metadata_lists_them_too() {
	use codec::Decode;
	let metadata = Builtin::pallet_constants_metadata();
	let constant = metadata.iter().find(|constant| constant.name == "Contracts").expect("it is declared");
	assert_eq!(Vec::<ContractInfo>::decode(&mut &constant.value[..]), Ok(Builtin::contracts()));
}

#[test]
fn the_version_is_the_storage_version() {
	assert_eq!(Builtin::in_code_storage_version(), <Builtin as BuiltInContract>::VERSION);
	sp_io::TestExternalities::default().execute_with(|| {
		Builtin::on_genesis();
		assert_eq!(Builtin::on_chain_storage_version(), <Builtin as BuiltInContract>::VERSION);
	});
}

#[test]
fn an_older_chain_is_brought_to_the_version() {
	sp_io::TestExternalities::default().execute_with(|| {
		StorageVersion::new(1).put::<Builtin>();
		crate::migrations::ToVersion2::<Test>::on_runtime_upgrade();
		assert_eq!(Builtin::on_chain_storage_version(), <Builtin as BuiltInContract>::VERSION);
	});
}

#[test]
fn a_sound_registry_passes_in_any_order() {
	assert_eq!(check(&[]), Ok(()));
	assert_eq!(check(&[contract("B", 0x1001), contract("A", 0x1000), contract("C", 0x1fff)]), Ok(()));
}

#[test]
fn an_unsound_registry_is_refused() {
	let outside = Address::from_low_u64_be(0x2000);
	let cases = [
		(
			vec![ContractInfo { address: outside, ..contract("A", 0x1000) }],
			RegistryError::OutsideReservedRange { name: "A".into(), address: outside },
		),
		(
			vec![contract("A", 0x1002), contract("B", 0x1001), contract("C", 0x1002)],
			RegistryError::SameAddress { first: "A".into(), second: "C".into(), address: address(0x1002) },
		),
		(
			vec![contract("A", 0x1000), ContractInfo { prefix: twox_128(b"A"), ..contract("B", 0x1001) }],
			RegistryError::WrongPrefix { name: "B".into(), given: twox_128(b"A"), actual: twox_128(b"B") },
		),
		(vec![ContractInfo { version: 0, ..contract("A", 0x1000) }], RegistryError::NoVersion { name: "A".into() }),
	];
	for (contracts, error) in cases {
		assert_eq!(check(&contracts), Err(error));
	}
}
