//! Who is drawn: weights, shares, sizes, and who stands at all.

use super::{lottery::six, *};
use crate::{
	election::{draw, size_of, Candidate, Drawn},
	scores::{Conduct, ABSENCE, LEAST, MISSED_TURN, NEUTRAL, RISE, WITHHELD},
	shares::most_of_one,
	NextCommittee, Scores,
};
use std::collections::{BTreeMap, BTreeSet};
use syndic_primitives::{risk, Parameters};

fn candidate(n: u8, institution: u32, weight: u32) -> Candidate {
	Candidate { validator: key(n), institution: Some(institution), weight }
}

/// The `n`-th seed.
fn seed(n: u32) -> [u8; 32] {
	let mut seed = [0; 32];
	seed[..4].copy_from_slice(&n.to_le_bytes());
	seed
}

#[test]
fn draws_are_a_function_of_the_seed_and_differ_by_it() {
	let tier: Vec<_> = (1..=20).map(|n| candidate(n, n.into(), 100)).collect();
	let all: Vec<_> = (0..50).map(|n| draw(&seed(n), std::slice::from_ref(&tier), 7)).collect();
	for (n, drawn) in (0..50).zip(&all) {
		assert_eq!(*drawn, draw(&seed(n), std::slice::from_ref(&tier), 7));
		let everybody: BTreeSet<_> = drawn.members.iter().chain(&drawn.alternates).collect();
		assert_eq!((drawn.members.len(), drawn.alternates.len(), everybody.len()), (7, 8, 15));
	}
	let different: BTreeSet<_> = all.iter().map(|drawn| drawn.members.clone()).collect();
	assert_eq!(different.len(), 50);
}

/// The first draw follows the weights, within five standard deviations of the binomial distribution.
#[test]
fn who_has_ten_times_the_score_is_drawn_ten_times_as_often() {
	const DRAWS: u32 = 4_000;
	let weights = [100, 100, 50, 50, 10, 10];
	let tier: Vec<_> = weights.into_iter().zip(1..).map(|(weight, n)| candidate(n, n.into(), weight)).collect();
	let mut first = BTreeMap::new();
	for n in 0..DRAWS {
		*first.entry(draw(&seed(n), std::slice::from_ref(&tier), 4).members[0].clone()).or_insert(0u32) += 1;
	}
	for (weight, n) in weights.into_iter().zip(1..) {
		let p = f64::from(weight) / 320.0;
		let (mean, deviation) = (f64::from(DRAWS) * p, (f64::from(DRAWS) * p * (1.0 - p)).sqrt());
		let drawn = f64::from(first[&key(n)]);
		assert!((drawn - mean).abs() < 5.0 * deviation, "weight {weight}: {drawn}, expected {mean} ± {deviation}");
	}
}

/// Everybody alike: the committee's faulty members follow the hypergeometric distribution by which its size is judged.
#[test]
fn with_equal_scores_the_risk_is_the_one_that_sizes_are_judged_by() {
	const DRAWS: u32 = 4_000;
	let tier: Vec<_> = (1..=10).map(|n| candidate(n, n.into(), 100)).collect();
	let faulty = keys([1, 2]);
	let bad = |drawn: Drawn| drawn.members.iter().filter(|key| faulty.contains(key)).count() > 1;
	let count = (0..DRAWS).filter(|n| bad(draw(&seed(*n), std::slice::from_ref(&tier), 4))).count() as f64;
	let p = risk::scaled(10, 2, 4) as f64 / 1e18;
	let (mean, deviation) = (f64::from(DRAWS) * p, (f64::from(DRAWS) * p * (1.0 - p)).sqrt());
	assert!((count - mean).abs() < 5.0 * deviation, "{count}, expected {mean} ± {deviation}");
}

#[test]
fn an_institution_has_no_more_than_its_share() {
	// Half of the candidates are institution 1's, with all the weight that there is.
	let of_one = (1..=10).map(|n| candidate(n, 1, 100));
	let tier: Vec<_> = of_one.chain((11..=20).map(|n| candidate(n, n.into(), 10))).collect();
	for n in 0..200 {
		for size in [4, 7, 10] {
			let drawn = draw(&seed(n), std::slice::from_ref(&tier), size);
			let held = drawn.members.iter().filter(|key| (1..=10).any(|n| self::key(n) == **key)).count();
			assert!(drawn.members.len() == size && held <= most_of_one(size), "{held} of {size}");
		}
	}
}

#[test]
fn a_committee_that_too_few_institutions_fill_is_small_enough_for_their_shares() {
	// Two institutions with ten each: of seven they could have two each, but of four only one.
	let tier: Vec<_> = (1..=20).map(|n| candidate(n, (n % 2).into(), 100)).collect();
	let drawn = draw(&seed(1), &[tier], 7);
	assert_eq!(drawn.members.len(), 2);
	assert!(draw(&seed(1), &[], 4).members.is_empty());
	assert!(draw(&seed(1), &[vec![]], 4).members.is_empty());
}

#[test]
fn who_has_no_institution_is_its_own() {
	let tier: Vec<_> = (1..=6).map(|n| Candidate { institution: None, ..candidate(n, 0, 100) }).collect();
	assert_eq!(draw(&seed(1), &[tier], 6).members.len(), 6);
}

#[test]
fn a_later_tier_fills_what_an_earlier_one_leaves() {
	let tiers =
		[vec![candidate(1, 1, 10), candidate(2, 2, 10)], (3..=9).map(|n| candidate(n, n.into(), 100)).collect()];
	for n in 0..50 {
		let drawn = draw(&seed(n), &tiers, 4);
		assert!(drawn.members.contains(&key(1)) && drawn.members.contains(&key(2)));
		assert_eq!((drawn.members.len(), drawn.alternates.len()), (4, 5));
	}
}

#[test]
fn a_size_that_is_too_risky_becomes_the_smallest_that_is_not() {
	let size = |registered, change: &dyn Fn(&mut Parameters)| {
		let mut parameters = Parameters { committee_size: 4, assumed_faulty: 200, ..Parameters::default() };
		change(&mut parameters);
		size_of(&parameters, registered)
	};
	// Two of ten: a committee of four has both of them with 13 %.
	assert!(risk::exceeds(10, 2, 4, 3));
	assert_eq!(size(10, &|_| {}), 7);
	assert_eq!(size(10, &|p| p.assumed_faulty = 100), 4);
	assert_eq!(size(10, &|p| p.committee_size = 8), 8);
	// Never more than there are.
	assert_eq!(size(3, &|p| p.assumed_faulty = 0), 3);
	assert_eq!(size(5, &|p| p.committee_size = 200), 5);
	assert_eq!(size(1_024, &|p| (p.assumed_faulty, p.committee_risk) = (333, 18)), 256);
}

#[test]
fn scores_fall_for_failing_and_rise_for_serving() {
	let served = Conduct { served: 40, commits: 40, ..Conduct::default() };
	assert_eq!(served.rate(50), 50 + RISE);
	assert_eq!(served.rate(NEUTRAL), NEUTRAL);
	assert_eq!(Conduct { commits: 20, ..served }.rate(50), 50 + RISE, "half of them are enough");
	assert_eq!(Conduct { commits: 19, ..served }.rate(50), 50 - ABSENCE);
	assert_eq!(Conduct { missed: 2, ..served }.rate(NEUTRAL), NEUTRAL - 2 * MISSED_TURN);
	assert_eq!(Conduct { withheld: true, ..served }.rate(NEUTRAL), NEUTRAL - WITHHELD);
	assert_eq!(Conduct { missed: u32::MAX, withheld: true, ..served }.rate(NEUTRAL), LEAST);
	assert_eq!(Conduct { revealed: true, ..Conduct::default() }.rate(50), 50 + RISE);
	assert_eq!(Conduct::default().rate(50), 50, "who does nothing does not rise");
	assert_eq!(Conduct { served: 7, ..Conduct::default() }.rate(50), 50, "too short a time to be judged by");
}

#[test]
fn those_who_revealed_are_elected_one_era_ahead() {
	six().execute_with(|| {
		run_era(&[1, 2, 3, 4, 5, 6], &[]);
		let next = NextCommittee::<Test>::get().expect("it is elected");
		assert_eq!((next.era, next.since, next.members.len(), next.alternates.len()), (2, Height(129), 4, 2));
		let elected = events_of_the_last_block();
		let event = Event::CommitteeElected { era: 2, members: 4, alternates: 2, candidates: 6 };
		assert!(elected.contains(&event), "{elected:?}");
		assert_eq!(set().2, keys(1..=4), "and does not serve yet");
		let state = Validators::committee();
		assert_eq!((state.era, state.since, state.length, state.size), (1, Height(65), 64, 4));
		// A tenth of six is nobody.
		assert_eq!((state.registered, state.assumed_faulty, state.risk), (6, 0, 0));
		assert_eq!(state.next.map(|next| next.members), Some(next.members.clone().into_inner()));
		// The engine finds it where it looks.
		use codec::Decode;
		let raw = frame_support::storage::unhashed::get_raw(&syndic_primitives::storage_keys::NEXT_COMMITTEE.key());
		let found = syndic_primitives::api::NextCommittee::decode(&mut &raw.expect("it is there")[..]).unwrap();
		assert_eq!((found.era, found.members), (2, next.members.into_inner()));
	});
}

/// `run_era` has begun the next block, which resets the events: ends an era by hand to see them.
fn events_of_the_last_block() -> Vec<Event<Test>> {
	six().execute_with(|| {
		for n in 1..=6 {
			assert_ok!(contribute(n));
		}
		run_all_voting(33);
		for n in 1..=6 {
			assert_ok!(reveal(n));
		}
		run_all_voting(64);
		end_block().0
	})
}

#[test]
fn who_withholds_its_secret_does_not_stand_and_loses_score() {
	six().execute_with(|| {
		run_era(&[1, 2, 3, 5], &[4, 6]);
		let next = NextCommittee::<Test>::get().expect("it is elected");
		let drawn: BTreeSet<_> = next.members.iter().chain(&next.alternates).cloned().collect();
		assert_eq!(drawn, keys([1, 2, 3, 5]).into_iter().collect());
		assert_eq!(Validators::score_of(&key(6)), NEUTRAL - WITHHELD);
		assert_eq!(Validators::score_of(&key(4)), NEUTRAL - WITHHELD);
		assert_eq!(Validators::score_of(&key(5)), NEUTRAL);
		assert_eq!(Scores::<Test>::get().len(), 2);
		// It rises again.
		for era in 1..=3 {
			run_era(&[1, 2, 3, 4, 5, 6], &[]);
			assert_eq!(Validators::score_of(&key(6)), NEUTRAL - WITHHELD + era * RISE);
		}
		assert!(Scores::<Test>::get().is_empty());
	});
}

#[test]
fn in_an_era_that_was_cut_short_nobody_is_blamed_for_its_secret() {
	six().execute_with(|| {
		for n in [1, 2, 3, 4, 5, 6] {
			assert_ok!(contribute(n));
		}
		run_all_voting(33);
		assert_ok!(reveal(1));
		change(|p| p.era_length = 40);
		run_all_voting(41);
		assert_eq!(crate::CurrentEra::<Test>::get().index, 1);
		assert!(Scores::<Test>::get().is_empty());
		// Members who commit fill it up.
		let next = NextCommittee::<Test>::get().expect("one has revealed");
		assert_eq!(next.members.iter().cloned().collect::<BTreeSet<_>>(), keys(1..=4).into_iter().collect());
		assert_eq!(next.since, Height(81));
	});
}

#[test]
fn where_too_few_reveal_members_who_commit_stand_and_then_the_declared() {
	six().execute_with(|| {
		assert_ok!(add(7, None));
		run_all_voting(2);
		assert_ok!(declare(6, 1));
		for n in [1, 5] {
			assert_ok!(contribute(n));
		}
		run_all_voting(33);
		for n in [1, 5] {
			assert_ok!(reveal(n));
		}
		run_all_voting(65);
		let next = NextCommittee::<Test>::get().expect("it is elected");
		let members: BTreeSet<_> = next.members.iter().cloned().collect();
		assert!(members.contains(&key(1)) && members.contains(&key(5)) && members.len() == 4);
		let drawn: BTreeSet<_> = next.members.iter().chain(&next.alternates).cloned().collect();
		assert_eq!(drawn, keys(1..=6).into_iter().collect(), "the seventh has not shown itself");
		assert_eq!(next.alternates.last(), Some(&key(6)));
	});
}

#[test]
fn if_nobody_contributes_the_committee_stays() {
	six().execute_with(|| {
		for _ in 0..3 {
			run_era(&[], &[]);
			assert_eq!(NextCommittee::<Test>::get(), None);
		}
		assert_eq!(set(), (0, 1, keys(1..=4)));
		run_era(&[], &[1, 2, 3, 4, 5, 6]);
		assert_eq!(NextCommittee::<Test>::get(), None, "commitments alone elect nobody");
	});
}

#[test]
fn where_too_few_stand_to_bear_as_many_faulty_members_the_committee_stays() {
	six().execute_with(|| {
		for _ in 0..3 {
			run_era(&[1, 2, 3], &[4]);
			assert_eq!(NextCommittee::<Test>::get(), None, "only three stand, of which none may fail");
		}
		assert_eq!(set(), (0, 1, keys(1..=4)));
		run_era(&[1, 2, 3, 5], &[4]);
		assert_eq!(NextCommittee::<Test>::get().map(|next| next.members.len()), Some(4));
	});
	// Where the committee in force bears none either, any will do.
	six().execute_with(|| {
		for n in [4, 5, 6] {
			assert_ok!(remove(n, None));
			run_all_voting(System::block_number() + MIN_CHANGE_DELAY + 1);
		}
		assert_eq!(set().2.len(), 3);
		let rest: Vec<_> = (1..=6).filter(|n| set().2.contains(&key(*n))).collect();
		for n in &rest {
			assert_ok!(contribute(*n));
		}
		run_all_voting(33);
		for n in &rest {
			assert_ok!(reveal(*n));
		}
		run_all_voting(65);
		assert_eq!(NextCommittee::<Test>::get().map(|next| next.members.len()), Some(3));
	});
}

#[test]
fn an_institution_that_is_suspended_has_nobody_elected() {
	six().execute_with(|| {
		BadInstitutions::set(vec![5]);
		run_era(&[1, 2, 3, 4, 5, 6], &[]);
		let next = NextCommittee::<Test>::get().expect("it is elected");
		assert!(!next.members.contains(&key(5)) && !next.alternates.contains(&key(5)));
		BadInstitutions::set(vec![]);
	});
}
