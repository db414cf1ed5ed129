use super::*;
use crate::{BuiltInContract, GenesisConfig, StoredSet};
use codec::{Decode, Encode};
use frame_support::traits::{GetStorageVersion, PalletInfoAccess};
use sp_runtime::BuildStorage;
use syndic_primitives::{storage_keys, SetError, ValidatorId, ValidatorSet, MAX_VALIDATORS};

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
	assert_eq!(config(vec![]).check(), Err(SetError::Empty));
	assert_eq!(config(keys([1, 2, 1])).check(), Err(SetError::Duplicate { first: 0, second: 2 }));
	let many = vec![key(1); MAX_VALIDATORS as usize + 1];
	assert_eq!(config(many).check(), Err(SetError::TooMany { count: 257, bound: 256 }));
}

#[test]
#[should_panic(expected = "validators.validators: members 0 and 2 have the same key")]
fn it_does_not_build_either() {
	let genesis = RuntimeGenesisConfig { validators: config(keys([1, 2, 1])), ..Default::default() };
	let _ = genesis.build_storage();
}

#[test]
fn json_names_the_keys_and_nothing_else() {
	let rules = serde_json::json!({ "eraLength": 3_600, "demoteAfter": 2, "activeWindow": 256 });
	let json = serde_json::json!({ "validators": keys([1]), "creditRules": rules });
	let parsed: GenesisConfig<Test> = serde_json::from_value(json.clone()).unwrap();
	assert_eq!(parsed.validators, keys([1]));
	assert_eq!(serde_json::to_value(&parsed).unwrap(), json);
	let unknown = serde_json::json!({ "validators": keys([1]), "validatros": [], "creditRules": rules });
	let error = serde_json::from_value::<GenesisConfig<Test>>(unknown).err().expect("it is refused").to_string();
	assert!(error.contains("unknown field `validatros`"), "{error}");
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
	let cases: [(Harm, &str); 8] = [
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
	];
	for (harm, error) in cases {
		new_test_ext(4).execute_with(|| {
			assert_eq!(Validators::check_state(), Ok(()));
			harm();
			assert_eq!(Validators::check_state(), Err(error));
		});
	}
}
