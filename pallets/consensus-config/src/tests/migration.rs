use super::*;
use crate::{
	migrations::{OldCreditRules, ToVersion2},
	profiles,
};
use codec::Encode;
use frame_support::{
	parameter_types,
	storage::unhashed,
	traits::{GetStorageVersion, OnRuntimeUpgrade, StorageVersion},
};
use syndic_primitives::{parameters::stored::ParametersV1, storage_keys, Dissemination};

parameter_types! {
	pub static Rules: Option<OldCreditRules> = None;
}

type Migration = ToVersion2<Test, Rules>;

fn old(block_period: u32) -> ParametersV1 {
	ParametersV1 {
		block_period,
		base_timeout: 3_000,
		timeout_growth: 150,
		timeout_ceiling: 20_000,
		max_transactions: 5_000,
		empty_blocks: true,
		heartbeat: 60_000,
		leader_period: 10,
		timestamp_tolerance: 5_000,
		pipeline_depth: 1,
		dissemination: Dissemination::Broadcast,
	}
}

/// A chain of version 1.
fn before() -> sp_io::TestExternalities {
	let mut ext = new_test_ext();
	ext.execute_with(|| {
		run_to(5);
		History::<Test>::kill();
		let _ = Profiles::<Test>::clear(u32::MAX, None);
		unhashed::put_raw(&storage_keys::PARAMETERS.key(), &old(700).encode());
		let schedule = vec![(Height(20), old(800)), (Height(30), old(900))];
		unhashed::put_raw(&storage_keys::SCHEDULED_PARAMETERS.key(), &schedule.encode());
		StorageVersion::new(1).put::<ConsensusConfig>();
	});
	ext
}

/// With the checks that `try-runtime` makes, where they are built.
fn migrate() {
	#[cfg(feature = "try-runtime")]
	Migration::try_on_runtime_upgrade(true).unwrap();
	#[cfg(not(feature = "try-runtime"))]
	Migration::on_runtime_upgrade();
}

#[test]
fn what_was_stored_is_completed_once() {
	before().execute_with(|| {
		migrate();
		assert_eq!(ConsensusConfig::on_chain_storage_version(), 2);
		assert_eq!(ConsensusConfig::parameters(), with_period(700));
		assert_eq!(
			ConsensusConfig::scheduled_parameters(),
			[(Height(20), with_period(800)), (Height(30), with_period(900))]
		);
		let changes = ScheduledChanges::<Test>::get();
		assert_eq!(changes[0], ScheduledChange { since: Height(20), cause: Cause::Board, changes: period(800) });
		assert_eq!(changes[1].changes, period(900));
		assert_eq!(Profiles::<Test>::iter().count(), profiles::shipped().len());
		let history = History::<Test>::get();
		assert_eq!((history.len(), &history[0].cause, &history[0].parameters), (1, &Cause::Start, &with_period(700)));
		assert_eq!(ConsensusConfig::check_state(), Ok(()));
		// Again it does nothing.
		CurrentParameters::<Test>::put(with_period(600));
		Migration::on_runtime_upgrade();
		assert_eq!(ConsensusConfig::parameters(), with_period(600));
		CurrentParameters::<Test>::put(with_period(700));
		run_to(30);
		assert_eq!(ConsensusConfig::parameters(), with_period(900));
	});
}

#[test]
fn the_rules_of_credit_are_taken_over() {
	before().execute_with(|| {
		Rules::set(Some(OldCreditRules { era_length: 100, demote_after: 5, active_window: 32 }));
		migrate();
		let with_rules = |parameters| Parameters { era_length: 100, demote_after: 5, active_window: 32, ..parameters };
		assert_eq!(ConsensusConfig::parameters(), with_rules(with_period(700)));
		assert_eq!(ConsensusConfig::scheduled_parameters()[1].1, with_rules(with_period(900)));
		assert_eq!(ConsensusConfig::check_state(), Ok(()));
	});
}

#[test]
fn what_does_not_decode_stays() {
	before().execute_with(|| {
		unhashed::put_raw(&storage_keys::PARAMETERS.key(), &[1, 2, 3]);
		Migration::on_runtime_upgrade();
		assert_eq!(unhashed::get_raw(&storage_keys::PARAMETERS.key()), Some(vec![1, 2, 3]));
	});
}

#[cfg(feature = "try-runtime")]
#[test]
fn its_checks_find_a_state_of_no_known_version() {
	before().execute_with(|| {
		unhashed::put_raw(&storage_keys::PARAMETERS.key(), &[1, 2, 3]);
		assert!(Migration::try_on_runtime_upgrade(true).is_err());
	});
}
