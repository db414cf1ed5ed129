//! Who is on the roster, with and without a committee.

use super::*;
use crate::{Roster, Standing};
use syndic_primitives::{RosterEntry, Seat, Status};

/// Who is on the roster as a validator.
pub(super) fn approved() -> Vec<syndic_primitives::ValidatorId> {
	let is_validator = |entry: &RosterEntry| entry.seat == Seat::Validator;
	Validators::roster().into_iter().filter(is_validator).map(|entry| entry.validator).collect()
}

/// These, ascending by key.
pub(super) fn sorted(ns: impl IntoIterator<Item = u8>) -> Vec<syndic_primitives::ValidatorId> {
	let mut keys = keys(ns);
	keys.sort();
	keys
}

fn status(n: u8) -> Option<Status> {
	Validators::status_of(&key(n))
}

#[test]
fn it_begins_with_the_members_and_follows_the_set_without_a_committee() {
	new_test_ext(4).execute_with(|| {
		assert_eq!(approved(), sorted(1..=4));
		assert_eq!(Validators::registered(), 4);
		assert_ok!(add(5, 20));
		assert_eq!(approved(), sorted(1..=4), "it may be cancelled");
		run_to(20);
		assert_eq!(approved(), sorted(1..=5));
		assert_noop!(add(5, None), Error::<Test>::AlreadyMember);
		assert_ok!(declare(5, 19));
		assert_ok!(remove(1, None));
		assert_eq!(approved(), sorted(2..=5), "it attests no more");
		assert_ok!(cancel());
		assert_eq!(approved(), sorted(1..=5));
		assert_ok!(remove(1, None));
		run_to(40);
		assert_eq!((approved(), status(1)), (sorted(2..=5), Some(Status::Left)));
	});
}

#[test]
fn an_entry_says_whose_it_is_and_whether_that_is_a_regulator() {
	new_test_ext_with(1, vec![]).execute_with(|| {
		let entry = |n| Validators::roster().into_iter().find(|entry| entry.validator == key(n));
		let member = RosterEntry { validator: key(1), institution: None, regulator: false, seat: Seat::Validator };
		assert_eq!(entry(1), Some(member.clone()));
		assert_ok!(register_for(1, 7));
		assert_eq!(entry(1), Some(RosterEntry { institution: Some(7), ..member }));
		assert_ok!(register_for(2, 20));
		assert_ok!(Validators::add_observer(RuntimeOrigin::root(), key(2)));
		let regulator = RosterEntry { validator: key(2), institution: Some(20), regulator: true, seat: Seat::Observer };
		assert_eq!(entry(2), Some(regulator));
	});
}

#[test]
fn it_lies_where_nodes_look_for_it() {
	new_test_ext(3).execute_with(|| {
		use codec::{Decode, Encode};
		let raw = frame_support::storage::unhashed::get_raw(&syndic_primitives::storage_keys::ROSTER.key());
		let raw = raw.expect("there is a roster");
		assert_eq!(Vec::<RosterEntry>::decode(&mut &raw[..]), Ok(Validators::roster()));
		assert_eq!(raw, Validators::roster().encode());
	});
}

#[test]
fn observers() {
	new_test_ext(4).execute_with(|| {
		let observe = |n| Validators::add_observer(RuntimeOrigin::root(), key(n));
		let stop = |n| Validators::remove_observer(RuntimeOrigin::root(), key(n));
		assert_noop!(Validators::add_observer(RuntimeOrigin::signed(1), key(5)), BadOrigin);
		assert_noop!(Validators::remove_observer(RuntimeOrigin::signed(1), key(5)), BadOrigin);
		assert_noop!(observe(50), Error::<Test>::NotRegistered);
		assert_noop!(observe(1), Error::<Test>::AlreadyMember);
		assert_noop!(stop(5), Error::<Test>::NotObserver);
		assert_noop!(stop(1), Error::<Test>::NotObserver);
		assert_ok!(observe(5));
		assert_eq!(events(), [Event::ObserverAdded { validator: key(5) }]);
		assert_noop!(observe(5), Error::<Test>::ObserverAlready);
		assert_eq!((approved(), status(5)), (sorted(1..=4), Some(Status::Observer)));
		let deregister = || Validators::deregister_validator(administrator(5), key(5));
		assert_noop!(deregister(), Error::<Test>::StillMember);
		assert_noop!(remove(5, None), Error::<Test>::NotMember);
		// It may become a validator.
		assert_ok!(add(5, 20));
		run_to(20);
		assert_eq!(approved(), sorted(1..=5));
		// Its institution withdraws another one, the board suspends a third.
		assert_ok!(observe(6));
		assert_ok!(Validators::leave(administrator(6), key(6)));
		assert_eq!((status(6), Validators::seat_of(&key(6))), (Some(Status::Left), None));
		assert_ok!(observe(7));
		assert_ok!(Validators::suspend_validator(RuntimeOrigin::root(), key(7)));
		assert_eq!((status(7), Validators::seat_of(&key(7))), (Some(Status::Suspended), None));
		assert_noop!(observe(7), Error::<Test>::ValidatorSuspended);
		assert_ok!(observe(8));
		assert_ok!(stop(8));
		assert_ok!(Validators::deregister_validator(administrator(8), key(8)));
		assert_eq!(Validators::check_state(), Ok(()));
	});
}

#[test]
fn with_a_committee_additions_and_removals_of_others_touch_the_roster_alone() {
	new_test_ext(4).execute_with(|| {
		change(|p| p.committee_size = 4);
		assert_noop!(Validators::add_validator(RuntimeOrigin::signed(1), key(5), None), BadOrigin);
		assert_ok!(add(5, None));
		assert_eq!(events(), [Event::ValidatorApproved { validator: key(5) }]);
		assert_noop!(add(5, None), Error::<Test>::AlreadyMember);
		assert_noop!(add(50, None), Error::<Test>::NotRegistered);
		assert_eq!((ScheduledSet::<Test>::get(), approved()), (None, sorted(1..=5)));
		assert_eq!(status(5), Some(Status::Standby));
		let deregister = || Validators::deregister_validator(administrator(5), key(5));
		assert_noop!(deregister(), Error::<Test>::StillMember);
		assert_ok!(remove(5, None));
		assert_eq!(events().last(), Some(&Event::RemovedFromRoster { validator: key(5) }));
		assert_eq!((ScheduledSet::<Test>::get(), approved()), (None, sorted(1..=4)));
		assert_eq!(status(5), Some(Status::Left));
		assert_noop!(add(5, None), Error::<Test>::ValidatorHasLeft);
		assert_noop!(remove(5, None), Error::<Test>::NotMember);
		assert_ok!(deregister());
		// Suspended and left in the same way.
		assert_ok!(add(6, None));
		assert_ok!(Validators::suspend_validator(RuntimeOrigin::root(), key(6)));
		assert_eq!((status(6), approved()), (Some(Status::Suspended), sorted(1..=4)));
		assert_ok!(add(7, None));
		assert_ok!(Validators::leave(administrator(7), key(7)));
		assert_eq!((status(7), approved()), (Some(Status::Left), sorted(1..=4)));
		assert_eq!(Validators::check_state(), Ok(()));
	});
}

#[test]
fn who_is_banned_is_off_it_until_the_ban_is_lifted_while_it_is_in_the_set() {
	new_test_ext(5).execute_with(|| {
		assert_ok!(super::evidence::report_by(5));
		assert_eq!(approved(), sorted(1..=4));
		assert_ok!(cancel());
		assert_eq!(approved(), sorted(1..=4), "it is expelled once more");
		assert_ok!(Validators::lift_ban(RuntimeOrigin::root(), key(5)));
		run_to(20);
		assert_eq!((approved(), status(5)), (sorted(1..=4), Some(Status::Left)));
	});
	// One that the others cannot do without stays in the set, and comes back onto the roster.
	new_test_ext(4).execute_with(|| {
		Undeclared::<Test>::put(crate::Members::truncate_from(keys([1])));
		assert_ok!(super::evidence::report_by(4));
		assert_eq!((approved(), ScheduledSet::<Test>::get()), (sorted(1..=3), None));
		assert_ok!(Validators::lift_ban(RuntimeOrigin::root(), key(4)));
		assert_eq!(approved(), sorted(1..=4));
	});
}

#[test]
fn a_full_roster_takes_nobody() {
	new_test_ext(4).execute_with(|| {
		let mut entries = Validators::roster();
		for n in 0..syndic_primitives::MAX_ROSTER as u64 - 4 {
			use codec::Decode;
			let mut raw = [0xff; 32];
			raw[24..].copy_from_slice(&n.to_be_bytes());
			let validator = syndic_primitives::ValidatorId::decode(&mut &raw[..]).unwrap();
			entries.push(RosterEntry { validator, institution: None, regulator: false, seat: Seat::Observer });
		}
		entries.sort();
		Roster::<Test>::put(crate::roster::Entries::try_from(entries).unwrap());
		assert_noop!(add(5, None), Error::<Test>::RosterFull);
		assert_noop!(Validators::add_observer(RuntimeOrigin::root(), key(5)), Error::<Test>::RosterFull);
		change(|p| p.committee_size = 4);
		assert_noop!(add(5, None), Error::<Test>::RosterFull);
	});
}

#[test]
fn version_4_has_a_roster_of_the_members_that_stay() {
	use crate::{
		migrations::{old_rules_key, EraV3, ToVersion4},
		CurrentEra, Era, Registrations,
	};
	use frame_support::{
		storage::unhashed,
		traits::{OnRuntimeUpgrade, StorageVersion},
	};
	new_test_ext(5).execute_with(|| {
		assert_ok!(remove(5, 40));
		Roster::<Test>::kill();
		StorageVersion::new(3).put::<Validators>();
		unhashed::put(&CurrentEra::<Test>::hashed_key(), &EraV3 { index: 7, since: Height(1) });
		unhashed::put(&old_rules_key(), &(3_600u32, 2u32, 256u32));
		let _ = ToVersion4::<Test>::on_runtime_upgrade();
		assert_eq!(approved(), sorted(1..=4));
		assert_eq!(CurrentEra::<Test>::get(), Era { index: 7, since: Height(1), blocks: 0, is_retimed: false });
		assert!(!unhashed::exists(&old_rules_key()));
		assert_eq!(StorageVersion::get::<Validators>(), 4);
		assert_eq!(Validators::check_state(), Ok(()));
		let before = Validators::roster();
		let _ = ToVersion4::<Test>::on_runtime_upgrade();
		assert_eq!(Validators::roster(), before, "once");
		run_to(40);
		assert_eq!(Registrations::<Test>::get(key(5)).unwrap().standing, Standing::Left);
	});
}
