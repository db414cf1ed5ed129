//! A set that replaces one that cannot decide any more.

use super::*;
use crate::{Banned, BannedMembers, Declarations, Members, PastSets};
use sp_core::Pair;
use syndic_primitives::{
	BlockHash, Equivocation, Phase, SetError, SignedVote, SignerIndex, View, Vote, MAX_VALIDATORS,
};

fn replace(ns: impl IntoIterator<Item = u8>) -> Result<crate::StoredSet, SetError> {
	Validators::replace(Members::truncate_from(keys(ns)))
}

#[test]
fn the_new_set_is_in_force_from_the_current_height_on() {
	new_test_ext(4).execute_with(|| {
		run_to(20);
		let set = replace([1, 2, 9]).unwrap();
		assert_eq!(set.checked().map(|set| (set.id(), set.since(), set.size())), Ok((SetId(1), Height(20), 3)));
		assert_eq!(Validators::validator_set(), set.checked().ok());
		let since = Height(20);
		assert_eq!(
			events(),
			[
				Event::SetChanged { id: SetId(1), since, size: 3 },
				Event::ValidatorJoined { validator: key(9), since },
				Event::ValidatorLeft { validator: key(3), since },
				Event::ValidatorLeft { validator: key(4), since },
			]
		);
		assert_eq!(PastSets::<Test>::get(SetId(0)).map(|past| past.members.into_inner()), Some(keys(1..=4)));
		assert_eq!(Validators::check_state(), Ok(()));
		run_to(60);
		assert_eq!(Validators::validator_set(), set.checked().ok(), "nothing else comes of it");
	});
}

/// The change would be made at the end of this very block.
#[test]
fn what_was_scheduled_is_dropped() {
	new_test_ext(4).execute_with(|| {
		assert_ok!(add(9, Some(21)));
		run_to(20);
		assert!(ScheduledSet::<Test>::exists() && Undeclared::<Test>::get().contains(&key(9)));
		replace([1, 2]).unwrap();
		assert_eq!(events()[0], Event::ChangeCancelled { since: Height(21) });
		assert!(!ScheduledSet::<Test>::exists());
		assert_eq!(Validators::check_state(), Ok(()));
		run_to(22);
		assert_eq!(Validators::validator_set().map(|set| (set.id(), set.size())), Some((SetId(1), 2)));
	});
}

/// Three of these four have never shown themselves. The board says that they are there.
#[test]
fn whom_the_board_names_is_counted_on() {
	new_test_ext(4).execute_with(|| {
		run_to(20);
		assert_ok!(declare(9, 19));
		replace([1, 7, 8, 9]).unwrap();
		assert_eq!(Undeclared::<Test>::get().len(), 0);
		assert_eq!(Declarations::<Test>::get().len(), 0, "a member has nothing to declare");
		assert_eq!(Validators::check_state(), Ok(()));
		assert_ok!(remove(1, None));
	});
}

#[test]
fn a_demoted_member_leads_again() {
	new_test_ext(4).execute_with(|| {
		assert_ok!(Validators::demote(&key(1)));
		run_to(20);
		assert_eq!(CurrentSet::<Test>::get().demoted.len(), 1);
		replace([1, 2]).unwrap();
		assert_eq!(CurrentSet::<Test>::get().demoted.len(), 0);
	});
}

/// Votes of one set are evidence under the next one, too, and a banned member that the board has named goes when it can.
#[test]
fn a_banned_member_goes_as_soon_as_it_can() {
	new_test_ext(4).execute_with(|| {
		run_to(20);
		let vote = |block: u8| {
			let block_hash = BlockHash::repeat_byte(block);
			let vote = Vote { set_id: SetId(0), height: Height(19), view: View(0), phase: Phase::Prepare, block_hash };
			let signature = pair(2).sign(&vote.payload(&hash(0)));
			SignedVote { vote, signer: SignerIndex(1), signature }
		};
		replace([1, 2]).unwrap();
		let evidence = Equivocation { first: vote(1), second: vote(2) };
		assert_ok!(Validators::report_equivocation(RuntimeOrigin::none(), evidence));
		assert!(Banned::<Test>::contains_key(key(2)));
		run_to(21);
		// Ordered anew, with the banned one, who is one of two again.
		replace([1, 2]).unwrap();
		assert_eq!(BannedMembers::<Test>::get().into_inner(), keys([2]));
		assert_eq!(Validators::check_state(), Ok(()));
		run_to(21 + MIN_CHANGE_DELAY);
		assert_eq!(Validators::validator_set().map(|set| set.members().to_vec()), Some(keys([1])));
	});
}

#[test]
fn what_is_no_set_changes_nothing() {
	new_test_ext(4).execute_with(|| {
		assert_ok!(add(9, Some(21)));
		run_to(20);
		let refused = |members: Vec<u8>, error: SetError| {
			frame_support::assert_storage_noop!(assert_eq!(replace(members.clone()), Err(error)));
		};
		refused(vec![], SetError::Empty);
		refused(vec![1, 2, 1], SetError::Duplicate { first: 0, second: 2 });
		assert!(MAX_VALIDATORS as usize == Members::bound(), "more cannot be asked for");
	});
}
