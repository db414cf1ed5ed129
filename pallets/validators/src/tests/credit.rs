use super::*;
use crate::{Credit, Credits, CurrentEra, EraReward, Registrations};
use frame_support::traits::fungible::Mutate;
use syndic_primitives::View;

fn credit(n: u8) -> Credit {
	Credits::<Test>::get()[&key(n)]
}

fn missed() -> [u32; 4] {
	[1, 2, 3, 4].map(|n| credit(n).missed)
}

/// Validator `n` is registered, and this account is paid for it.
fn pay_to(n: u8, account: u64) {
	if !Registrations::<Test>::contains_key(key(n)) {
		assert_ok!(register(n));
	}
	assert_ok!(Validators::set_beneficiary(administrator(u32::from(n)), key(n), account));
}

/// Reports the height below the next block, as committed by all in a view.
fn next_in_view(view: u32) {
	let (height, set_id) = (System::block_number(), set().0);
	run_to(height + 1);
	assert_ok!(report([certificate(set_id, height, view, [1, 2, 3, 4])]));
}

/// Four validators at block 3, whose leader period is known: height 2 is the first that is judged.
fn four() -> sp_io::TestExternalities {
	let mut ext = new_test_ext(4);
	ext.execute_with(|| {
		run_to(2);
		assert_ok!(report([certificate(0, 1, 0, [1, 2, 3, 4])]));
	});
	ext
}

fn demoted() -> Vec<syndic_primitives::ValidatorId> {
	CurrentSet::<Test>::get().demoted_keys()
}

#[test]
fn blocks_are_credited_to_the_leader_of_their_view() {
	four().execute_with(|| {
		next_in_view(0);
		assert_eq!(credit(3).led, 1, "leader of height 2 in view 0 is at position 2");
		next_in_view(0);
		assert_eq!([1, 2, 3, 4].map(|n| credit(n).led), [0, 0, 1, 1]);
		assert_eq!(credit(4).points(), 4);
	});
}

#[test]
fn a_view_that_failed_speaks_against_its_leader_once() {
	four().execute_with(|| {
		next_in_view(1);
		assert_eq!(missed(), [0, 0, 1, 0]);
		assert!(events().contains(&Event::TurnMissed { validator: key(3), height: Height(2), view: View(0) }));
		// The view stays, and nobody is blamed for it again.
		next_in_view(1);
		next_in_view(1);
		assert_eq!(missed(), [0, 0, 1, 0]);
		// Two views at once: height 5 was led by position 2 in view 1, by position 3 in view 2.
		next_in_view(3);
		assert_eq!(missed(), [0, 0, 2, 1]);
	});
}

#[test]
fn when_all_leaders_are_passed_over_it_was_not_they() {
	four().execute_with(|| {
		next_in_view(4);
		assert_eq!(missed(), [0; 4]);
		next_in_view(7);
		assert_eq!(missed().iter().sum::<u32>(), 3);
	});
}

#[test]
fn after_a_gap_nobody_is_blamed() {
	four().execute_with(|| {
		run_to(40);
		assert_ok!(report([certificate(0, 24, 2, [1, 2, 3])]));
		assert_eq!(missed(), [0; 4]);
		assert_ok!(report([certificate(0, 25, 3, [1, 2, 3])]));
		assert_eq!(missed().iter().sum::<u32>(), 1);
	});
}

#[test]
fn by_another_leader_period_nothing_is_judged_that_came_before() {
	four().execute_with(|| {
		change(|p| p.leader_period = 10);
		next_in_view(1);
		assert_eq!((missed(), credit(4).led), ([0; 4], 0));
		next_in_view(2);
		assert_eq!(missed().iter().sum::<u32>(), 1, "of height 3, which began when it was known");
	});
}

#[test]
fn who_misses_its_turn_twice_is_demoted_and_leads_again_in_the_next_era() {
	four().execute_with(|| {
		change(|p| p.era_length = 100);
		next_in_view(1);
		next_in_view(1);
		next_in_view(1);
		assert!(ScheduledSet::<Test>::get().is_none());
		// Height 5 in view 1 is position 2's again.
		next_in_view(2);
		assert_eq!(missed(), [0, 0, 2, 0]);
		assert!(events()
			.iter()
			.any(|e| matches!(e, Event::DemotionScheduled { validator, .. } if *validator == key(3))));
		while demoted().is_empty() {
			next_in_view(2);
		}
		assert_eq!((demoted(), set().0, System::block_number()), (keys([3]), 1, 15));
		// A set begins with view 0.
		while System::block_number() < 101 {
			next_in_view(0);
		}
		assert_eq!(CurrentEra::<Test>::get().index, 1);
		assert_eq!(ScheduledSet::<Test>::get().map(|next| next.demoted.len()), Some(0));
		while !demoted().is_empty() {
			next_in_view(0);
		}
		assert_eq!(missed(), [0; 4]);
		assert_eq!(set().0, 2);
	});
}

#[test]
fn who_is_demoted_and_away_stays_demoted() {
	new_test_ext(4).execute_with(|| {
		change(|p| (p.era_length, p.active_window) = (40, 32));
		assert_ok!(Validators::demote(&key(4)));
		run_reporting(10, 0, 0, &[1, 2, 3]);
		for height in 10..100 {
			run_to(height + 1);
			assert_ok!(report([certificate(1, height, 0, [1, 2, 3])]));
		}
		assert!(CurrentEra::<Test>::get().index >= 2);
		assert_eq!((demoted(), set().0), (keys([4]), 1));
		for height in 100..150 {
			let set_id = set().0;
			run_to(height + 1);
			assert_ok!(report([certificate(set_id, height, 0, [1, 2, 4])]));
		}
		assert_eq!((demoted(), set().0), (vec![], 2));
	});
}

#[test]
fn the_pot_is_shared_out_by_points() {
	new_test_ext_with(4, vec![]).execute_with(|| {
		assert_ok!(Balances::mint_into(&Validators::pot(), 1_001));
		for n in 1..=3 {
			pay_to(n, 100 + u64::from(n));
		}
		change(|p| p.era_length = 32);
		assert_ok!(Validators::set_era_reward(RuntimeOrigin::root(), 600));
		run_reporting(32, 0, 0, &[1, 2, 4]);
		let points = [1, 2, 3, 4].map(|n| credit(n).points());
		assert_eq!(points[2], credit(3).led);
		let total: u32 = points.iter().sum();
		run_to(34);
		let paid = [1u8, 2, 3].map(|n| Balances::free_balance(100 + u64::from(n)));
		for (n, paid) in paid.into_iter().enumerate() {
			assert!(paid.abs_diff(600 * u64::from(points[n]) / u64::from(total)) <= 1, "{n}: {paid} of {points:?}");
		}
		assert!(paid[0] > 150 && paid[2] < 100 && paid[2] > 0, "{paid:?}");
		// Who has no beneficiary is not paid: its share stays.
		assert_eq!(Balances::free_balance(Validators::pot()), 1_001 - paid.iter().sum::<u64>());
		assert!([1, 2, 3, 4].into_iter().all(|n| credit(n).points() <= 2), "a new era begins");
	});
}

#[test]
fn no_more_is_paid_than_is_there_and_the_pot_lives_on() {
	new_test_ext(1).execute_with(|| {
		assert_ok!(Balances::mint_into(&Validators::pot(), 101));
		pay_to(1, 7);
		EraReward::<Test>::put(1_000_000);
		change(|p| p.era_length = 32);
		run_reporting(34, 0, 0, &[1]);
		assert_eq!((Balances::free_balance(7), Balances::free_balance(Validators::pot())), (100, 1));
		run_reporting(66, 0, 0, &[1]);
		assert_eq!(Balances::free_balance(7), 100, "nothing is left to pay");
		assert_eq!(CurrentEra::<Test>::get().index, 2);
	});
}

#[test]
fn who_is_banned_has_no_credit_and_earns_nothing() {
	new_test_ext(5).execute_with(|| {
		assert_ok!(Balances::mint_into(&Validators::pot(), 1_000));
		for n in 1..=5 {
			pay_to(n, 100 + u64::from(n));
		}
		EraReward::<Test>::put(500);
		change(|p| p.era_length = 32);
		run_reporting(10, 0, 0, &[1, 2, 3, 4, 5]);
		assert_ok!(super::evidence::report_by(5));
		assert!(events().iter().any(
			|e| matches!(e, Event::CreditForfeited { validator, points } if *validator == key(5) && *points >= 9)
		));
		// It votes until it is out of the set.
		run_reporting(19, 0, 0, &[1, 2, 3, 4, 5]);
		for height in 19..34 {
			let set_id = set().0;
			run_to(height + 1);
			assert_ok!(report([certificate(set_id, height, 0, [1, 2, 3, 4])]));
		}
		assert_eq!(CurrentEra::<Test>::get().index, 1);
		assert_eq!(Balances::free_balance(105), 0);
		assert!(Balances::free_balance(101) > 100);
	});
}

#[test]
fn only_the_board_sets_the_reward() {
	new_test_ext(4).execute_with(|| {
		assert_noop!(Validators::set_era_reward(RuntimeOrigin::signed(1), 1), BadOrigin);
		assert_ok!(Validators::set_era_reward(RuntimeOrigin::root(), 1));
	});
}

#[test]
fn an_era_is_weighed_when_it_ends() {
	new_test_ext(4).execute_with(|| {
		use frame_support::traits::Hooks;
		change(|p| p.era_length = 32);
		run_reporting(31, 0, 0, &[1, 2, 3, 4]);
		let before = Validators::on_initialize(31);
		run_to(32);
		let ends = Validators::on_initialize(32);
		assert!(ends.ref_time() > before.ref_time() + 4 * 100_000_000, "{ends:?} after {before:?}");
	});
}
