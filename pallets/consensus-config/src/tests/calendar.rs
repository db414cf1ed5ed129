use super::*;
use crate::{ActiveCalendar, Followed, WeightInfo, Window};
use frame_support::traits::Hooks;
use sp_runtime::DispatchResult;

const RETAIL: &str = "retail payments";
const SETTLEMENT: &str = "interbank settlement";

/// 2 November 2026, a Monday, at 00:00 UTC, in ms.
const MONDAY: u64 = 1_793_577_600_000;

fn window(days: u8, from: u16, until: u16, profile: &str) -> Window {
	Window { days, from, until, profile: name(profile) }
}

fn set_calendar(windows: Vec<Window>) -> DispatchResult {
	ConsensusConfig::set_calendar(RuntimeOrigin::root(), RETAIL.into(), windows)
}

/// It is this hour of Monday from the next block on.
fn hour(hour: u64) {
	Now::set(MONDAY + hour * 3_600_000);
}

/// Four to six in the afternoon for settlement, retail else.
fn afternoon() -> Vec<Window> {
	vec![window(31, 960, 1_080, SETTLEMENT)]
}

fn profile(of: &str) -> Parameters {
	Profiles::<Test>::get(name(of)).unwrap().apply_to(&Parameters::default())
}

#[test]
fn the_chain_follows_it_by_itself() {
	new_test_ext().execute_with(|| {
		hour(12);
		assert_ok!(set_calendar(afternoon()));
		run_to(2);
		let scheduled = Event::ParametersScheduled {
			since: Height(11),
			parameters: profile(RETAIL),
			cause: Cause::Calendar(name(RETAIL)),
		};
		assert_eq!(events(), [scheduled]);
		run_to(11);
		assert_eq!(ConsensusConfig::parameters(), profile(RETAIL));
		assert_eq!(CurrentProfile::<Test>::get(), Some(name(RETAIL)));
		run_to(50);
		assert_eq!(History::<Test>::get().len(), 2, "it is scheduled once");
		hour(16);
		run_to(51);
		assert_eq!(ConsensusConfig::scheduled_parameters(), [(Height(60), profile(SETTLEMENT))]);
		run_to(60);
		assert_eq!(ConsensusConfig::parameters(), profile(SETTLEMENT));
		hour(18);
		run_to(70);
		assert_eq!(ConsensusConfig::parameters(), profile(RETAIL));
	});
}

#[test]
fn what_is_changed_by_hand_holds_until_it_turns() {
	new_test_ext().execute_with(|| {
		hour(12);
		assert_ok!(set_calendar(afternoon()));
		run_to(20);
		assert_ok!(ConsensusConfig::use_profile(RuntimeOrigin::root(), b"securities custody".to_vec(), None));
		run_to(60);
		assert_eq!(CurrentProfile::<Test>::get(), Some(name("securities custody")));
		hour(16);
		run_to(70);
		assert_eq!(CurrentProfile::<Test>::get(), Some(name(SETTLEMENT)));
	});
}

/// What the board has scheduled for next month does not keep the calendar from turning, nor does it undo it.
#[test]
fn it_turns_below_what_is_scheduled_for_later() {
	new_test_ext().execute_with(|| {
		let era = ParameterChanges { era_length: Some(5_000), ..Default::default() };
		assert_ok!(change(era.clone(), 5_000));
		assert_ok!(change(period(800), 5_001));
		hour(12);
		assert_ok!(set_calendar(afternoon()));
		run_to(2);
		let longer = era.apply_to(&profile(RETAIL));
		assert_eq!(
			ConsensusConfig::scheduled_parameters(),
			[
				(Height(11), profile(RETAIL)),
				(Height(5_000), longer.clone()),
				(Height(5_001), Parameters { block_period: 800, ..longer }),
			]
		);
		run_to(40);
		assert_eq!(ConsensusConfig::parameters(), profile(RETAIL));
		assert_noop!(change(period(700), 60), Error::<Test>::LaterChangeScheduled);
	});
}

#[test]
fn a_profile_that_cannot_be_used_is_left_out_and_the_chain_says_why() {
	new_test_ext().execute_with(|| {
		hour(12);
		assert_ok!(ConsensusConfig::set_profile(RuntimeOrigin::root(), b"slow".to_vec(), period(2_400)));
		assert_ok!(set_calendar(vec![window(31, 960, 1_080, "slow")]));
		run_to(20);
		// Retail's timeout is too short for it.
		hour(16);
		run_to(21);
		let error = Error::<Test>::TimeoutWithinBlockPeriod.into();
		assert_eq!(events(), [Event::CalendarNotFollowed { profile: name("slow"), error }]);
		run_to(40);
		assert_eq!(events(), []);
		assert_eq!(ConsensusConfig::parameters(), profile(RETAIL));
	});
}

#[test]
fn what_is_used_already_is_not_scheduled_again() {
	new_test_ext().execute_with(|| {
		assert_ok!(ConsensusConfig::use_profile(RuntimeOrigin::root(), RETAIL.into(), None));
		run_to(20);
		hour(12);
		assert_ok!(set_calendar(afternoon()));
		run_to(40);
		assert_eq!(ConsensusConfig::scheduled_parameters(), []);
		assert_eq!(Followed::<Test>::get(), Some(name(RETAIL)));
		assert_eq!(CurrentProfile::<Test>::get(), Some(name(RETAIL)));
	});
}

#[test]
fn it_is_replaced_and_removed() {
	new_test_ext().execute_with(|| {
		hour(12);
		assert_noop!(ConsensusConfig::remove_calendar(RuntimeOrigin::root()), Error::<Test>::NoCalendar);
		assert_ok!(set_calendar(afternoon()));
		run_to(20);
		assert_noop!(
			ConsensusConfig::remove_profile(RuntimeOrigin::root(), SETTLEMENT.into()),
			Error::<Test>::ProfileInCalendar
		);
		assert_ok!(set_calendar(vec![window(127, 0, 1_440, "securities custody")]));
		run_to(30);
		assert_eq!(CurrentProfile::<Test>::get(), Some(name("securities custody")));
		assert_ok!(ConsensusConfig::remove_calendar(RuntimeOrigin::root()));
		assert_eq!(events().pop(), Some(Event::CalendarRemoved));
		hour(48);
		run_to(60);
		assert_eq!(CurrentProfile::<Test>::get(), Some(name("securities custody")));
	});
}

#[test]
fn what_is_no_calendar_is_refused_by_name() {
	new_test_ext().execute_with(|| {
		let cases = [
			(vec![window(0, 0, 60, RETAIL)], Error::<Test>::WindowDaysOutOfBounds),
			(vec![window(1, 0, 1_441, RETAIL)], Error::WindowMinutesOutOfBounds),
			(vec![window(1, 60, 60, RETAIL)], Error::WindowEmpty),
			(vec![window(1, 0, 60, RETAIL), window(3, 59, 90, SETTLEMENT)], Error::WindowsOverlap),
			(vec![window(1, 0, 60, "another")], Error::UnknownProfile),
			(vec![window(1, 0, 60, RETAIL); 17], Error::TooManyWindows),
		];
		for (windows, error) in cases {
			assert_noop!(set_calendar(windows), error);
		}
		let origin = RuntimeOrigin::root();
		assert_noop!(
			ConsensusConfig::set_calendar(origin.clone(), b"another".to_vec(), vec![]),
			Error::<Test>::UnknownProfile
		);
		assert_noop!(ConsensusConfig::set_calendar(origin, vec![], vec![]), Error::<Test>::BadProfileName);
		assert!(!ActiveCalendar::<Test>::exists());
	});
}

#[test]
fn a_block_at_which_it_turns_is_charged_for_it() {
	new_test_ext().execute_with(|| {
		hour(12);
		assert_ok!(set_calendar(afternoon()));
		let idle = <() as WeightInfo>::check_schedule();
		assert_eq!(ConsensusConfig::on_initialize(2), <() as WeightInfo>::follow_calendar() + idle);
		assert_eq!(ConsensusConfig::on_initialize(2), <() as WeightInfo>::check_calendar() + idle);
	});
}
