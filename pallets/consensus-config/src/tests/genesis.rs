use super::*;
use crate::{BuiltInContract, GenesisConfig};
use codec::{Decode, Encode};
use frame_support::traits::{GetStorageVersion, PalletInfoAccess};
use sp_runtime::BuildStorage;
use syndic_primitives::{storage_keys, ParameterError};

fn config(parameters: Parameters) -> GenesisConfig<Test> {
	GenesisConfig { parameters, ..Default::default() }
}

#[test]
fn genesis_sets_the_parameters() {
	with_parameters(with_period(700)).execute_with(|| {
		assert_eq!(ConsensusConfig::parameters(), with_period(700));
		assert_eq!(ConsensusConfig::scheduled_parameters(), []);
	});
}

#[test]
fn four_profiles_ship() {
	new_test_ext().execute_with(|| {
		for (profile, changes) in crate::profiles::shipped() {
			assert_eq!(Profiles::<Test>::get(name(profile)), Some(changes), "{profile}");
		}
		assert_eq!(Profiles::<Test>::iter().count(), 4);
		assert_eq!(CurrentProfile::<Test>::get(), None);
	});
}

#[test]
fn the_engine_finds_the_parameters_where_it_looks() {
	new_test_ext().execute_with(|| {
		let read = |item: storage_keys::StorageItem| frame_support::storage::unhashed::get_raw(&item.key());
		assert_eq!(read(storage_keys::PARAMETERS), Some(Parameters::default().encode()));
		assert_eq!(read(storage_keys::SCHEDULED_PARAMETERS), None);
		assert_ok!(change(period(700), 20));
		assert_ok!(change(period(800), 30));
		let raw = read(storage_keys::SCHEDULED_PARAMETERS).expect("changes are scheduled");
		let expected = vec![(Height(20), with_period(700)), (Height(30), with_period(800))];
		assert_eq!(Vec::<(Height, Parameters)>::decode(&mut &raw[..]), Ok(expected.clone()));
		assert_eq!(ConsensusConfig::scheduled_parameters(), expected);
	});
}

#[test]
fn a_genesis_out_of_bounds_is_refused() {
	assert_eq!(config(Parameters::default()).check(), Ok(()));
	let error = ParameterError::OutOfBounds { name: "blockPeriod", value: 5, min: 200, max: 600_000 };
	assert_eq!(config(with_period(5)).check(), Err(error));
}

#[test]
#[should_panic(expected = "consensusConfig.parameters.blockPeriod is 5, must be within 200..=600000")]
fn it_does_not_build_either() {
	let genesis = RuntimeGenesisConfig { consensus_config: config(with_period(5)), ..Default::default() };
	let _ = genesis.build_storage();
}

#[test]
fn json_with_an_unknown_parameter_is_refused() {
	let mut json = serde_json::to_value(config(Parameters::default())).unwrap();
	assert!(serde_json::from_value::<GenesisConfig<Test>>(json.clone()).is_ok());
	json["parameters"]["blokPeriod"] = 5.into();
	let error = serde_json::from_value::<GenesisConfig<Test>>(json).err().expect("it is refused").to_string();
	assert!(error.contains("unknown field `blokPeriod`"), "{error}");
}

#[test]
fn the_contract_is_where_it_says() {
	assert_eq!(ConsensusConfig::name(), "ConsensusConfig");
	assert_eq!(ConsensusConfig::PREFIX, storage_keys::PARAMETERS.key()[..16]);
	assert_eq!(pallet_builtin::registry::check(&[ConsensusConfig::info()]), Ok(()));
	assert_eq!(syndic_primitives::builtin::number(&ConsensusConfig::ADDRESS), Some(0x1003));
	assert_eq!(ConsensusConfig::in_code_storage_version(), ConsensusConfig::VERSION);
}

#[test]
fn check_state_finds_what_is_wrong() {
	type Harm = fn();
	let cases: [(Harm, &str); 12] = [
		(|| CurrentParameters::<Test>::put(with_period(5)), "CurrentParameters are out of bounds"),
		(|| schedule(vec![(9, with_period(5))]), "ScheduledParameters are out of bounds"),
		(|| schedule(vec![(9, with_period(500)), (8, with_period(600))]), "ScheduledParameters are out of order"),
		(|| schedule(vec![(9, with_period(500)), (9, with_period(600))]), "ScheduledParameters are out of order"),
		(|| schedule(vec![(1, with_period(500))]), "ScheduledParameters are overdue"),
		(
			|| {
				schedule(vec![(9, with_period(500))]);
				ScheduledChanges::<Test>::kill();
			},
			"ScheduledChanges are not those of ScheduledParameters",
		),
		(
			|| schedule(vec![(9, Parameters { heartbeat: 61_000, ..with_period(500) })]),
			"ScheduledChanges do not lead to ScheduledParameters",
		),
		(|| CurrentParameters::<Test>::put(with_period(700)), "History does not end with CurrentParameters"),
		(|| History::<Test>::mutate(|past| past.try_push(past[0].clone()).unwrap()), "History is out of order"),
		(
			|| (0..40).for_each(|n| Profiles::<Test>::insert(name(&n.to_string()), period(500))),
			"there are too many Profiles",
		),
		(
			|| {
				crate::ActiveCalendar::<Test>::put(crate::Calendar {
					otherwise: name("?"),
					windows: Default::default(),
				})
			},
			"ActiveCalendar is none",
		),
		(
			|| {
				let support = |n| crate::Support { validator: key(n), version: 1, height: Height(1) };
				crate::Signals::<Test>::put(crate::Supports::truncate_from(vec![support(1), support(1)]));
			},
			"Signals are out of order",
		),
	];
	for (harm, error) in cases {
		new_test_ext().execute_with(|| {
			assert_eq!(ConsensusConfig::check_state(), Ok(()));
			harm();
			assert_eq!(ConsensusConfig::check_state(), Err(error));
		});
	}
}
