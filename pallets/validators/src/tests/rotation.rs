//! One committee after the other, and who goes in mid-era.

use super::{lottery::six, roster::approved, *};
use crate::{rotation::ROTATION_NOTICE, Alternates, Members, NextCommittee, Registrations, Standing};
use std::collections::BTreeSet;
use syndic_primitives::{Status, ValidatorId};

const ALL: [u8; 6] = [1, 2, 3, 4, 5, 6];

fn members() -> BTreeSet<ValidatorId> {
	set().2.into_iter().collect()
}

/// Of these, the ones that are not in the set.
fn outside(ns: impl IntoIterator<Item = u8>) -> Vec<u8> {
	ns.into_iter().filter(|n| !members().contains(&key(*n))).collect()
}

/// The numbers of the set's members.
fn inside() -> Vec<u8> {
	(1..=20).filter(|n| members().contains(&key(*n))).collect()
}

/// In the second era: a committee is elected for the third, and everybody has committed.
fn elected_and_there() -> crate::Elected {
	run_era(&ALL, &[]);
	for n in ALL {
		assert_ok!(contribute(n));
	}
	NextCommittee::<Test>::get().expect("it is elected")
}

#[test]
fn the_elected_take_over_at_the_first_height_of_their_era() {
	six().execute_with(|| {
		run_era(&ALL, &[]);
		let mut rotated = 0;
		for era in 1..12 {
			let first = set().0;
			let elected = NextCommittee::<Test>::get().expect("it is elected");
			let before = members();
			let boundary = crate::CurrentEra::<Test>::get().since.get() + 64;
			for n in ALL {
				assert_ok!(contribute(n));
			}
			run_all_voting(boundary - 30);
			for n in ALL {
				assert_ok!(reveal(n));
			}
			run_all_voting(boundary - ROTATION_NOTICE);
			assert_eq!(ScheduledSet::<Test>::get(), None);
			run_all_voting(boundary - ROTATION_NOTICE + 1);
			let changes = elected.members.iter().cloned().collect::<BTreeSet<_>>() != before;
			let scheduled = ScheduledSet::<Test>::get();
			assert_eq!(scheduled.clone().map(|next| next.since), changes.then_some(Height(boundary)), "era {era}");
			run_all_voting(boundary - 1);
			assert_eq!(set().0, first);
			run_all_voting(boundary);
			assert_eq!(members(), elected.members.into_iter().collect(), "era {era}");
			rotated += u32::from(changes);
			assert_eq!(set().0, first + u64::from(changes));
			// Who has rotated out is approved as before.
			assert_eq!(approved(), super::roster::sorted(ALL));
			for n in outside(ALL) {
				assert_eq!(Validators::status_of(&key(n)), Some(Status::Standby));
				assert_eq!(Registrations::<Test>::get(key(n)).unwrap().standing, Standing::Registered);
			}
		}
		assert!(rotated >= 6, "{rotated} of 11 drew others");
	});
}

#[test]
fn who_has_not_shown_itself_before_the_rotation_is_replaced_by_an_alternate() {
	six().execute_with(|| {
		run_era(&ALL, &[]);
		let next = NextCommittee::<Test>::get().expect("it is elected");
		let newcomer = outside(ALL).into_iter().find(|n| next.members.contains(&key(*n)));
		let others: Vec<_> = ALL.into_iter().filter(|n| Some(*n) != newcomer).collect();
		run_era(&others, &[]);
		if let Some(newcomer) = newcomer {
			assert!(!members().contains(&key(newcomer)), "it has not contributed in the era before");
		}
		assert_eq!(members().len(), 4);
	});
}

#[test]
fn an_elected_validator_that_is_removed_gives_its_place_to_an_alternate() {
	six().execute_with(|| {
		run_era(&ALL, &[]);
		let before = NextCommittee::<Test>::get().expect("it is elected");
		let gone = ALL.into_iter().find(|n| key(*n) == before.members[1]).unwrap();
		assert_ok!(remove(gone, None));
		let after = NextCommittee::<Test>::get().expect("it is elected");
		assert_eq!(after.members[1], before.alternates[0]);
		assert_eq!((after.members.len(), after.alternates.len()), (4, 1));
		assert_eq!(Validators::check_state(), Ok(()));
	});
}

#[test]
fn a_member_that_leaves_in_mid_era_is_replaced_as_early_as_can_be() {
	six().execute_with(|| {
		run_all_voting(10);
		assert_ok!(contribute(6));
		assert_ok!(Validators::leave(administrator(2), key(2)));
		let since = Height(10 + MIN_CHANGE_DELAY);
		let asked = Event::LeaveRequested { validator: key(2), institution: 2 };
		let substitute = Event::SubstituteScheduled { validator: key(6), since };
		assert!(events().ends_with(&[substitute, asked, Event::RemovalScheduled { validator: key(2), since }]));
		assert_eq!(Validators::status_of(&key(2)), Some(Status::Leaving));
		run_all_voting(since.get());
		assert_eq!(set(), (1, since.get(), keys([1, 6, 3, 4])));
		assert!(Undeclared::<Test>::get().is_empty(), "it had contributed");
		assert_eq!(Validators::status_of(&key(2)), Some(Status::Left));
		assert_eq!(Validators::status_of(&key(6)), Some(Status::Active));
		// One that nobody knows to be there takes the next place, and three of four are a quorum.
		assert_ok!(remove(3, None));
		run_all_voting(40);
		assert_eq!((set().2, Undeclared::<Test>::get().into_inner()), (keys([1, 6, 5, 4]), keys([5])));
		// Now there is nobody to take another's place; three of three are needed, and one of them has not shown itself.
		assert_noop!(remove(1, None), Error::<Test>::QuorumOutOfReach);
		assert_ok!(declare(5, 39));
		assert_ok!(remove(1, None));
		run_all_voting(60);
		assert_eq!(set().2, keys([6, 5, 4]));
	});
}

#[test]
fn who_goes_while_a_rotation_is_scheduled_goes_with_it() {
	six().execute_with(|| {
		elected_and_there();
		run_all_voting(65 + 64 - ROTATION_NOTICE + 1);
		let next = ScheduledSet::<Test>::get().expect("others are elected");
		let boundary = Height(129);
		assert_eq!(next.since, boundary);
		// One that is in the set, and not in the next one.
		let leaving = inside().into_iter().find(|n| !next.members.contains(&key(*n))).expect("somebody rotates out");
		assert_eq!(Validators::status_of(&key(leaving)), Some(Status::Active));
		assert_ok!(remove(leaving, None));
		assert_eq!(events().last(), Some(&Event::RemovalScheduled { validator: key(leaving), since: boundary }));
		assert_eq!(Validators::status_of(&key(leaving)), Some(Status::Leaving));
		// And one that is in both: another takes its place in the next one.
		let staying = inside().into_iter().find(|n| next.members.contains(&key(*n))).expect("somebody stays");
		assert_ok!(remove(staying, None));
		run_all_voting(129);
		assert_eq!(outside([leaving, staying]).len(), 2);
		assert_eq!(Validators::status_of(&key(leaving)), Some(Status::Left));
	});
}

#[test]
fn a_banned_member_is_replaced_too() {
	six().execute_with(|| {
		run_all_voting(10);
		assert_ok!(contribute(5));
		assert_ok!(super::evidence::report_by(4));
		run_all_voting(10 + MIN_CHANGE_DELAY);
		assert_eq!(set().2, keys([1, 2, 3, 5]));
		assert_eq!(approved(), super::roster::sorted([1, 2, 3, 5, 6]));
	});
}

#[test]
fn a_change_that_is_scheduled_for_before_comes_first() {
	six().execute_with(|| {
		let elected = elected_and_there();
		let boundary = 129;
		run_all_voting(boundary - ROTATION_NOTICE - 4);
		assert_ok!(Validators::demote(&key(1)));
		let first = ScheduledSet::<Test>::get().expect("it is scheduled").since;
		assert!(first < Height(boundary));
		run_all_voting(first.get() - 1);
		assert_eq!(ScheduledSet::<Test>::get().map(|next| next.since), Some(first));
		run_all_voting(boundary);
		assert_eq!(members(), elected.members.into_iter().collect());
	});
}

#[test]
fn a_change_that_is_scheduled_for_later_is_merged() {
	six().execute_with(|| {
		let elected = elected_and_there();
		// A member that is not elected is to go long after the end of the era.
		let leaving = inside().into_iter().find(|n| !elected.members.contains(&key(*n))).expect("others are elected");
		assert_ok!(remove(leaving, 200));
		run_all_voting(129);
		assert_eq!((members(), ScheduledSet::<Test>::get()), (elected.members.into_iter().collect(), None));
		assert_eq!(Validators::status_of(&key(leaving)), Some(Status::Left));
	});
}

#[test]
fn a_committee_that_could_not_decide_does_not_come() {
	six().execute_with(|| {
		// Somebody elects four strangers who have not shown themselves.
		let registered = [5, 6, 7, 8];
		for n in [7, 8] {
			assert_ok!(add(n, None));
		}
		run_all_voting(65);
		let members = Members::truncate_from(keys(registered));
		let since = Height(129);
		NextCommittee::<Test>::put(crate::Elected { era: 2, since, members, alternates: Members::default() });
		run_all_voting(129 - ROTATION_NOTICE);
		let (events, _) = end_block();
		assert!(events.contains(&Event::CommitteeKept { era: 2 }), "{events:?}");
		assert_eq!((set().0, ScheduledSet::<Test>::get()), (0, None));
	});
}

#[test]
fn a_committee_that_bears_fewer_faulty_members_does_not_come() {
	six().execute_with(|| {
		run_all_voting(65);
		for n in [4, 5, 6] {
			assert_ok!(contribute(n));
		}
		let (members, since) = (Members::truncate_from(keys([4, 5, 6])), Height(129));
		NextCommittee::<Test>::put(crate::Elected { era: 2, since, members, alternates: Members::default() });
		run_all_voting(129 - ROTATION_NOTICE);
		let (events, _) = end_block();
		assert!(events.contains(&Event::CommitteeKept { era: 2 }), "{events:?}");
		assert_eq!((set().0, ScheduledSet::<Test>::get()), (0, None));
	});
}

/// In a long era a commitment is no sign of life any more when its secret has long been due.
#[test]
fn who_has_died_since_it_committed_itself_is_replaced() {
	six().execute_with(|| {
		change(|p| p.era_length = 200);
		run_era(&ALL, &[]);
		// The two outside are elected, and two members; the others would take their places.
		let (members, alternates) = (Members::truncate_from(keys([5, 6, 1, 2])), Members::truncate_from(keys([3, 4])));
		NextCommittee::<Test>::mutate(|next| {
			let next = next.as_mut().expect("it is elected");
			(next.members, next.alternates) = (members, alternates);
		});
		for n in ALL {
			assert_ok!(contribute(n));
		}
		let since = crate::CurrentEra::<Test>::get().since.get();
		run_all_voting(since + 100);
		for n in [1, 2, 3, 4, 5] {
			assert_ok!(reveal(n));
		}
		run_all_voting(since + 200);
		assert_eq!(set().2, keys([5, 3, 1, 2]));
	});
}

#[test]
fn from_everybody_to_a_committee_and_back() {
	new_test_ext(6).execute_with(|| {
		change(|p| (p.era_length, p.assumed_faulty) = (64, 0));
		run_all_voting(20);
		change(|p| p.committee_size = 4);
		run_all_voting(65);
		assert_eq!((set().0, members().len()), (0, 6), "until the first election");
		run_era(&ALL, &[]);
		assert_eq!((set().0, members().len()), (0, 6), "it is elected, and known for an era");
		run_era(&ALL, &[]);
		assert_eq!((set().0, members().len()), (1, 4));
		assert_eq!(Alternates::<Test>::get().len(), 2);
		// One more is approved meanwhile.
		assert_ok!(add(7, None));
		change(|p| p.committee_size = 0);
		let since = crate::CurrentEra::<Test>::get().since.get();
		assert_noop!(add(7, None), Error::<Test>::AlreadyMember);
		run_all_voting(since + 30);
		for n in outside([1, 2, 3, 4, 5, 6]) {
			assert_ok!(declare(n, since + 29));
		}
		run_all_voting(since + 64);
		// The seventh has not shown itself, and five of seven are a quorum.
		assert_eq!((inside(), Undeclared::<Test>::get().into_inner()), ((1..=7).collect(), keys([7])));
		assert_eq!(NextCommittee::<Test>::get(), None);
		assert_ok!(remove(7, None));
		run_all_voting(since + 80);
		assert_eq!((inside(), approved()), ((1..=6).collect(), super::roster::sorted(1..=6)));
	});
}

#[test]
fn an_era_that_is_cut_short_has_its_committee_a_little_later() {
	six().execute_with(|| {
		let elected = elected_and_there();
		run_all_voting(108);
		change(|p| p.era_length = 40);
		assert_eq!(ScheduledSet::<Test>::get(), None);
		// The era is over with this block, and there was no notice.
		run_all_voting(109);
		assert_eq!(crate::CurrentEra::<Test>::get().index, 2);
		run_all_voting(109 + MIN_CHANGE_DELAY);
		assert_eq!(members(), elected.members.into_iter().collect());
	});
	six().execute_with(|| {
		run_era(&ALL, &[]);
		change(|p| p.era_length = 100);
		run_all_voting(66);
		assert_eq!(NextCommittee::<Test>::get().map(|next| next.since), Some(Height(165)));
	});
}

#[test]
fn what_the_board_puts_in_force_is_approved() {
	six().execute_with(|| {
		run_all_voting(10);
		let named = Members::truncate_from(keys([1, 5, 9, 10]));
		Validators::replace(named).expect("it is a set");
		assert_eq!(approved(), super::roster::sorted([1, 2, 3, 4, 5, 6, 9, 10]));
	});
	six().execute_with(|| {
		elected_and_there();
		Validators::replace(Members::truncate_from(keys([1, 2]))).expect("it is a set");
		assert_eq!(NextCommittee::<Test>::get(), None, "it was elected from those who may be lost");
		run_all_voting(129);
		assert_eq!(inside(), [1, 2]);
	});
	new_test_ext(4).execute_with(|| {
		let named = Members::truncate_from(keys([1, 5, 9, 10]));
		Validators::replace(named).expect("it is a set");
		assert_eq!(approved(), super::roster::sorted([1, 5, 9, 10]));
		assert_eq!(Validators::status_of(&key(2)), Some(Status::Left));
	});
}
