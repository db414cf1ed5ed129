use super::*;
use crate::{Schedule, WeightInfo, MAX_SCHEDULED};
use frame_support::traits::Hooks;
use sp_runtime::DispatchError::BadOrigin;
use syndic_primitives::Dissemination;

#[test]
fn a_change_takes_effect_at_the_height_that_was_named() {
	new_test_ext().execute_with(|| {
		run_to(5);
		assert_ok!(change(period(500), 20));
		assert_eq!(events(), [Event::ParametersScheduled { since: Height(20), parameters: with_period(500) }]);
		run_to(19);
		assert_eq!(ConsensusConfig::parameters(), Parameters::default(), "it is made at the end of block 19");
		assert_eq!(end_block(), [Event::ParametersChanged { since: Height(20), parameters: with_period(500) }]);
		assert_eq!(ConsensusConfig::parameters(), with_period(500));
		assert_eq!(ConsensusConfig::scheduled_parameters(), []);
	});
}

#[test]
fn every_parameter_can_be_changed() {
	new_test_ext().execute_with(|| {
		let changes = ParameterChanges {
			block_period: Some(400),
			base_timeout: Some(900),
			timeout_growth: Some(200),
			timeout_ceiling: Some(9_000),
			max_transactions: Some(10),
			empty_blocks: Some(false),
			heartbeat: Some(5_000),
			leader_period: Some(3),
			timestamp_tolerance: Some(1_000),
			pipeline_depth: Some(4),
			dissemination: Some(Dissemination::Collector { k: 2 }),
		};
		let expected = Parameters {
			block_period: 400,
			base_timeout: 900,
			timeout_growth: 200,
			timeout_ceiling: 9_000,
			max_transactions: 10,
			empty_blocks: false,
			heartbeat: 5_000,
			leader_period: 3,
			timestamp_tolerance: 1_000,
			pipeline_depth: 4,
			dissemination: Dissemination::Collector { k: 2 },
		};
		assert_ok!(change(changes, None));
		run_to(11);
		assert_eq!(ConsensusConfig::parameters(), expected);
	});
}

#[test]
fn without_a_height_it_takes_effect_after_the_default_delay() {
	new_test_ext().execute_with(|| {
		run_to(7);
		assert_ok!(change(period(500), None));
		assert_eq!(ConsensusConfig::scheduled_parameters()[0].0, Height(7 + MIN_CHANGE_DELAY + 1));
	});
}

#[test]
fn the_shortest_delay_takes_effect_as_well() {
	new_test_ext().execute_with(|| {
		run_to(7);
		assert_ok!(change(period(500), 7 + MIN_CHANGE_DELAY));
		run_to(7 + MIN_CHANGE_DELAY - 1);
		assert_eq!(ConsensusConfig::parameters(), Parameters::default());
		run_to(7 + MIN_CHANGE_DELAY);
		assert_eq!(ConsensusConfig::parameters(), with_period(500));
	});
}

#[test]
fn heights_that_are_too_early_or_too_far_are_refused() {
	new_test_ext().execute_with(|| {
		run_to(50);
		for at in [0, 1, 49, 50, 51, 50 + MIN_CHANGE_DELAY - 1] {
			assert_noop!(change(period(500), at), Error::<Test>::ActivationTooEarly);
		}
		for at in [50 + MAX_CHANGE_DELAY + 1, u32::MAX] {
			assert_noop!(change(period(500), at), Error::<Test>::ActivationTooFar);
		}
		assert_ok!(change(period(500), 50 + MAX_CHANGE_DELAY));
	});
}

#[test]
fn only_the_manager_may_change_them() {
	new_test_ext().execute_with(|| {
		for origin in [RuntimeOrigin::signed(1), RuntimeOrigin::none()] {
			assert_noop!(ConsensusConfig::change(origin, period(500), None), BadOrigin);
		}
		assert_ok!(change(period(500), 20));
		assert_noop!(ConsensusConfig::cancel(RuntimeOrigin::signed(1), 20), BadOrigin);
	});
}

#[test]
fn a_change_that_changes_nothing_is_refused() {
	new_test_ext().execute_with(|| {
		assert_noop!(change(ParameterChanges::default(), None), Error::<Test>::NothingChanges);
		assert_noop!(change(period(1_000), None), Error::<Test>::NothingChanges);
		assert_ok!(change(period(500), 20));
		assert_noop!(change(period(500), 20), Error::<Test>::NothingChanges);
		assert_noop!(change(period(500), 30), Error::<Test>::NothingChanges);
		// Against what is scheduled before it, not against today.
		assert_ok!(change(period(1_000), 30));
	});
}

#[test]
fn changes_build_on_each_other() {
	new_test_ext().execute_with(|| {
		assert_ok!(change(period(500), 20));
		let more = ParameterChanges { max_transactions: Some(10), ..Default::default() };
		assert_ok!(change(more, 30));
		let both = Parameters { max_transactions: 10, ..with_period(500) };
		assert_eq!(
			ConsensusConfig::scheduled_parameters(),
			[(Height(20), with_period(500)), (Height(30), both.clone())]
		);
		run_to(20);
		assert_eq!(ConsensusConfig::parameters(), with_period(500));
		run_to(30);
		assert_eq!(ConsensusConfig::parameters(), both);
	});
}

#[test]
fn each_is_judged_on_what_is_in_force_before_it() {
	new_test_ext().execute_with(|| {
		assert_ok!(change(ParameterChanges { base_timeout: Some(10_000), ..Default::default() }, 20));
		// Today's timeout is too short for it; the one of height 20 is not.
		assert_ok!(change(period(9_000), 20));
		assert_ok!(change(ParameterChanges { leader_period: Some(1), ..Default::default() }, 30));
		assert_noop!(
			change(ParameterChanges { base_timeout: Some(9_000), ..Default::default() }, 30),
			Error::<Test>::TimeoutWithinBlockPeriod
		);
	});
}

#[test]
fn two_changes_for_one_height_become_one() {
	new_test_ext().execute_with(|| {
		assert_ok!(change(period(500), 20));
		assert_ok!(change(ParameterChanges { max_transactions: Some(10), ..Default::default() }, 20));
		let both = Parameters { max_transactions: 10, ..with_period(500) };
		assert_eq!(ConsensusConfig::scheduled_parameters(), [(Height(20), both)]);
	});
}

#[test]
fn none_is_scheduled_below_another() {
	new_test_ext().execute_with(|| {
		assert_ok!(change(period(500), 20));
		assert_noop!(change(period(600), 19), Error::<Test>::LaterChangeScheduled);
		assert_noop!(change(period(600), None), Error::<Test>::LaterChangeScheduled);
		assert_ok!(cancel(20));
		assert_ok!(change(period(600), 19));
	});
}

#[test]
fn they_are_cancelled_from_the_last_one_backwards() {
	new_test_ext().execute_with(|| {
		assert_noop!(cancel(20), Error::<Test>::NotScheduled);
		assert_ok!(change(period(500), 20));
		assert_ok!(change(period(600), 30));
		for at in [0, 19, 21, 31, u32::MAX] {
			assert_noop!(cancel(at), Error::<Test>::NotScheduled);
		}
		assert_noop!(cancel(20), Error::<Test>::LaterChangeScheduled);
		run_to(2);
		assert_ok!(cancel(30));
		assert_ok!(cancel(20));
		let cancelled = |at| Event::ParametersCancelled { since: Height(at) };
		assert_eq!(events(), [cancelled(30), cancelled(20)]);
		assert_noop!(cancel(20), Error::<Test>::NotScheduled);
		run_to(31);
		assert_eq!(ConsensusConfig::parameters(), Parameters::default());
	});
}

#[test]
fn it_can_be_cancelled_in_the_block_that_would_make_it() {
	new_test_ext().execute_with(|| {
		assert_ok!(change(period(500), 20));
		run_to(19);
		assert_ok!(cancel(20));
		run_to(20);
		assert_eq!(ConsensusConfig::parameters(), Parameters::default());
		assert_noop!(cancel(20), Error::<Test>::NotScheduled);
	});
}

#[test]
fn there_may_be_sixteen() {
	new_test_ext().execute_with(|| {
		for n in 0..MAX_SCHEDULED {
			assert_ok!(change(period(500 + n), 20 + n));
		}
		let last = 20 + MAX_SCHEDULED - 1;
		assert_noop!(change(period(700), last + 1), Error::<Test>::TooManyScheduled);
		// The last one can still be amended.
		assert_ok!(change(period(700), last));
		run_to(20);
		assert_ok!(change(period(800), last + 1));
	});
}

#[test]
fn scheduled_parameters_that_are_out_of_bounds_by_now_are_dropped() {
	new_test_ext().execute_with(|| {
		let schedule = vec![(Height(2), with_period(5)), (Height(3), with_period(500))];
		ScheduledParameters::<Test>::put(Schedule::truncate_from(schedule));
		assert_eq!(end_block(), [Event::ParametersDropped { since: Height(2) }]);
		assert_eq!(ConsensusConfig::parameters(), Parameters::default());
		run_to(3);
		assert_eq!(ConsensusConfig::parameters(), with_period(500));
	});
}

#[test]
fn the_weight_of_a_blocks_end_is_charged_when_it_applies_a_change() {
	new_test_ext().execute_with(|| {
		assert_ok!(change(period(500), 20));
		run_to(18);
		assert_eq!(ConsensusConfig::on_initialize(18), <() as WeightInfo>::check_schedule());
		run_to(19);
		assert_eq!(ConsensusConfig::on_initialize(19), <() as WeightInfo>::apply_change());
	});
}
