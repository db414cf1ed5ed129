use super::*;
use crate::{WeightInfo, MAX_HISTORY, MAX_SCHEDULED};
use frame_support::traits::Hooks;
use sp_runtime::DispatchError::BadOrigin;
use syndic_primitives::{Dissemination, ParameterError, ProposalForm};

#[test]
fn a_change_takes_effect_at_the_height_that_was_named() {
	new_test_ext().execute_with(|| {
		run_to(5);
		assert_ok!(change(period(500), 20));
		assert_eq!(
			events(),
			[Event::ParametersScheduled { since: Height(20), parameters: with_period(500), cause: Cause::Board }]
		);
		run_to(19);
		assert_eq!(ConsensusConfig::parameters(), Parameters::default(), "it is made at the end of block 19");
		assert_eq!(
			end_block(),
			[Event::ParametersChanged { since: Height(20), parameters: with_period(500), cause: Cause::Board }]
		);
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
			leader_period: Some(4),
			timestamp_tolerance: Some(1_000),
			pipeline_depth: Some(4),
			dissemination: Some(Dissemination::Collector { k: 3 }),
			block_weight_share: Some(50),
			block_length_share: Some(60),
			proposal_form: Some(ProposalForm::Compact),
			committee_size: Some(7),
			assumed_faulty: Some(100),
			committee_risk: Some(4),
			era_length: Some(500),
			demote_after: Some(3),
			active_window: Some(100),
			engine_version: None,
		};
		let expected = Parameters {
			block_period: 400,
			base_timeout: 900,
			timeout_growth: 200,
			timeout_ceiling: 9_000,
			max_transactions: 10,
			empty_blocks: false,
			heartbeat: 5_000,
			leader_period: 4,
			timestamp_tolerance: 1_000,
			pipeline_depth: 4,
			dissemination: Dissemination::Collector { k: 3 },
			block_weight_share: 50,
			block_length_share: 60,
			proposal_form: ProposalForm::Compact,
			committee_size: 7,
			assumed_faulty: 100,
			committee_risk: 4,
			era_length: 500,
			demote_after: 3,
			active_window: 100,
			engine_version: 1,
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
		schedule(vec![(2, with_period(5)), (3, with_period(500))]);
		let error = Error::<Test>::BlockPeriodOutOfBounds.into();
		assert_eq!(end_block(), [Event::ParametersDropped { since: Height(2), error }]);
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
		let calendar = <() as WeightInfo>::check_calendar();
		assert_eq!(ConsensusConfig::on_initialize(18), calendar + <() as WeightInfo>::check_schedule());
		run_to(19);
		assert_eq!(ConsensusConfig::on_initialize(19), calendar + <() as WeightInfo>::apply_change());
	});
}

#[test]
fn what_the_validators_of_today_do_not_bear_is_dropped_and_the_next_is_built_on_what_stays() {
	new_test_ext().execute_with(|| {
		assert_ok!(change(ParameterChanges { committee_size: Some(7), ..Default::default() }, 20));
		assert_ok!(change(period(500), 30));
		Registered::set(keys(1..=6).into_iter().map(|key| (key, None)).collect());
		run_to(19);
		let error = Error::<Test>::CommitteeOverMembership.into();
		assert_eq!(end_block(), [Event::ParametersDropped { since: Height(20), error }]);
		assert_eq!(ConsensusConfig::scheduled_parameters(), [(Height(30), with_period(500))]);
		run_to(30);
		assert_eq!(ConsensusConfig::parameters(), with_period(500));
	});
}

#[test]
fn what_sets_nothing_once_another_is_dropped_is_dropped_too() {
	new_test_ext().execute_with(|| {
		assert_ok!(change(ParameterChanges { committee_size: Some(7), ..Default::default() }, 20));
		assert_ok!(change(ParameterChanges { committee_size: Some(0), ..Default::default() }, 30));
		Registered::set(keys(1..=6).into_iter().map(|key| (key, None)).collect());
		run_to(20);
		assert_eq!(ConsensusConfig::scheduled_parameters(), []);
	});
}

#[test]
fn the_last_changes_are_remembered() {
	new_test_ext().execute_with(|| {
		let begin = History::<Test>::get();
		assert_eq!((begin.len(), begin[0].since, begin[0].cause.clone()), (1, Height(1), Cause::Start));
		for n in 0..MAX_HISTORY {
			assert_ok!(change(period(500 + n), None));
			run_to(1 + (n + 1) * 10);
		}
		let history = History::<Test>::get();
		assert_eq!(history.len(), MAX_HISTORY as usize);
		assert_eq!(
			(history[0].since, &history[0].parameters),
			(Height(11), &with_period(500)),
			"the first is forgotten"
		);
		assert_eq!(history.last().map(|last| last.parameters.clone()), Some(ConsensusConfig::parameters()));
	});
}

/// On a chain whose parameters an older runtime accepted, a change is judged by today's rules, whole.
#[test]
fn what_is_in_force_need_not_keep_to_every_rule_of_today() {
	new_test_ext().execute_with(|| {
		let old = Parameters { timeout_growth: 100, ..Default::default() };
		assert_eq!(old.check(), Err(ParameterError::TimeoutNeverGrows { ceiling: 20_000 }));
		CurrentParameters::<Test>::put(&old);
		History::<Test>::kill();
		assert_eq!(ConsensusConfig::check_state(), Ok(()));
		assert_noop!(change(period(500), None), Error::<Test>::TimeoutNeverGrows);
		assert_ok!(change(ParameterChanges { timeout_growth: Some(150), ..period(500) }, None));
	});
}
