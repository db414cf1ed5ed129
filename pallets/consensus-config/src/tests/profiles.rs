use super::*;
use crate::profiles::{shipped, MAX_PROFILES};
use sp_runtime::{DispatchError::BadOrigin, DispatchResult};

fn root() -> RuntimeOrigin {
	RuntimeOrigin::root()
}

fn set(name: &str, changes: ParameterChanges) -> DispatchResult {
	ConsensusConfig::set_profile(root(), name.into(), changes)
}

fn remove(name: &str) -> DispatchResult {
	ConsensusConfig::remove_profile(root(), name.into())
}

fn use_profile(name: &str, at: impl Into<Option<u32>>) -> DispatchResult {
	ConsensusConfig::use_profile(root(), name.into(), at.into())
}

#[test]
fn those_that_ship_can_follow_on_each_other_and_on_the_default() {
	let mut all = vec![Parameters::default()];
	all.extend(shipped().map(|(_, changes)| changes.apply_to(&Parameters::default())));
	for before in &all {
		for (name, changes) in shipped() {
			let after = changes.clone().apply_to(before);
			assert_eq!(after.check(), Ok(()), "{name}");
			assert_eq!(after, changes.apply_to(&Parameters::default()), "{name} sets the same as the others");
		}
	}
	assert!(shipped().iter().all(|(_, changes)| !changes.sets_network_rules()));
}

/// With committees, short eras and a large set as well.
#[test]
fn those_that_ship_suit_networks_of_any_size() {
	let networks = [
		Parameters { committee_size: 16, era_length: 200, ..Parameters::default() },
		Parameters { era_length: 60, active_window: 256, ..Parameters::default() },
		Parameters {
			dissemination: syndic_primitives::Dissemination::Collector { k: 6 },
			proposal_form: syndic_primitives::ProposalForm::Compact,
			..Parameters::default()
		},
	];
	for network in networks {
		for (name, changes) in shipped() {
			assert_eq!(changes.apply_to(&network).check(), Ok(()), "{name}");
		}
	}
}

#[test]
fn a_profile_is_used_by_one_call_and_from_the_height_named_on() {
	new_test_ext().execute_with(|| {
		for (n, (profile, changes)) in shipped().into_iter().enumerate() {
			let at = 20 * (n as u32 + 1);
			let before = ConsensusConfig::parameters();
			let parameters = changes.apply_to(&before);
			let cause = Cause::Profile(name(profile));
			assert_ok!(use_profile(profile, at));
			let scheduled =
				Event::ParametersScheduled { since: Height(at), parameters: parameters.clone(), cause: cause.clone() };
			assert_eq!(events(), [scheduled]);
			run_to(at - 1);
			assert_eq!(ConsensusConfig::parameters(), before);
			run_to(at);
			assert_eq!(ConsensusConfig::parameters(), parameters);
			assert_eq!(CurrentProfile::<Test>::get(), Some(name(profile)));
			let last = History::<Test>::get().pop().unwrap();
			assert_eq!((last.since, last.cause, last.parameters), (Height(at), cause, parameters));
		}
	});
}

#[test]
fn a_profile_is_in_force_while_everything_is_as_it_says() {
	new_test_ext().execute_with(|| {
		assert_ok!(use_profile("retail payments", None));
		run_to(11);
		// What the profile does not set does not matter to it.
		assert_ok!(change(ParameterChanges { era_length: Some(5_000), ..Default::default() }, None));
		run_to(21);
		assert_eq!(CurrentProfile::<Test>::get(), Some(name("retail payments")));
		assert_ok!(change(period(600), None));
		run_to(31);
		assert_eq!(CurrentProfile::<Test>::get(), None);
		assert_ok!(use_profile("retail payments", None));
		run_to(41);
		assert_eq!(CurrentProfile::<Test>::get(), Some(name("retail payments")));
		assert_noop!(use_profile("retail payments", None), Error::<Test>::NothingChanges);
		// Changed, it is not what is in force any more, which stays.
		let before = ConsensusConfig::parameters();
		assert_ok!(set("retail payments", period(700)));
		assert_eq!(CurrentProfile::<Test>::get(), None);
		run_to(60);
		assert_eq!(ConsensusConfig::parameters(), before);
	});
}

#[test]
fn the_board_makes_changes_and_removes_its_own() {
	new_test_ext().execute_with(|| {
		assert_ok!(set("month's end", period(2_000)));
		assert_eq!(events(), [Event::ProfileSet { profile: name("month's end"), changes: period(2_000) }]);
		assert_ok!(set("month's end", period(2_500)));
		assert_ok!(use_profile("month's end", 20));
		assert_ok!(remove("month's end"));
		assert_noop!(remove("month's end"), Error::<Test>::UnknownProfile);
		assert_noop!(use_profile("month's end", 30), Error::<Test>::UnknownProfile);
		// It was scheduled, and comes.
		run_to(20);
		assert_eq!(ConsensusConfig::parameters(), with_period(2_500));
		// Removed since, it is not named.
		assert_eq!(CurrentProfile::<Test>::get(), None);
		assert_eq!(ConsensusConfig::check_state(), Ok(()));
	});
}

#[test]
fn a_profile_that_was_edited_before_its_height_is_not_said_to_be_in_force() {
	new_test_ext().execute_with(|| {
		assert_ok!(use_profile("retail payments", 20));
		assert_ok!(set("retail payments", period(700)));
		run_to(20);
		assert_eq!(ConsensusConfig::parameters().block_period, 500, "what was scheduled comes");
		assert_eq!(CurrentProfile::<Test>::get(), None);
	});
}

#[test]
fn what_is_no_profile_is_refused() {
	new_test_ext().execute_with(|| {
		for bad in ["", " ", "a\n", &"x".repeat(33)] {
			assert_noop!(set(bad, period(500)), Error::<Test>::BadProfileName);
			assert_noop!(remove(bad), Error::<Test>::BadProfileName);
			assert_noop!(use_profile(bad, None), Error::<Test>::BadProfileName);
		}
		assert_noop!(set("a", ParameterChanges::default()), Error::<Test>::ProfileSetsNothing);
		assert_noop!(set("a", period(2_900)), Error::<Test>::TimeoutWithinBlockPeriod);
		let of_the_network: [fn(&mut ParameterChanges); 7] = [
			|c| c.committee_size = Some(7),
			|c| c.assumed_faulty = Some(100),
			|c| c.committee_risk = Some(4),
			|c| c.era_length = Some(1_000),
			|c| c.demote_after = Some(3),
			|c| c.active_window = Some(100),
			|c| c.engine_version = Some(1),
		];
		for set_it in of_the_network {
			let mut changes = period(500);
			set_it(&mut changes);
			assert_noop!(set("a", changes), Error::<Test>::ProfileSetsNetworkRules);
		}
		for n in 4..MAX_PROFILES {
			assert_ok!(set(&format!("profile {n}"), period(500)));
		}
		assert_noop!(set("one more", period(500)), Error::<Test>::TooManyProfiles);
		assert_ok!(set("profile 4", period(600)));
	});
}

/// It was sound when it was made, and what it builds on has changed.
#[test]
fn a_profile_is_judged_again_when_it_is_used() {
	new_test_ext().execute_with(|| {
		assert_ok!(set("slow", period(2_500)));
		assert_ok!(change(ParameterChanges { base_timeout: Some(2_000), ..Default::default() }, 20));
		assert_noop!(use_profile("slow", 30), Error::<Test>::TimeoutWithinBlockPeriod);
	});
}

#[test]
fn only_the_manager_edits_them() {
	new_test_ext().execute_with(|| {
		for origin in [RuntimeOrigin::signed(1), RuntimeOrigin::none()] {
			assert_noop!(ConsensusConfig::set_profile(origin.clone(), b"a".to_vec(), period(500)), BadOrigin);
			assert_noop!(ConsensusConfig::remove_profile(origin.clone(), b"retail payments".to_vec()), BadOrigin);
			assert_noop!(ConsensusConfig::use_profile(origin.clone(), b"retail payments".to_vec(), None), BadOrigin);
			assert_noop!(ConsensusConfig::set_calendar(origin.clone(), b"retail payments".to_vec(), vec![]), BadOrigin);
			assert_noop!(ConsensusConfig::remove_calendar(origin), BadOrigin);
		}
	});
}
