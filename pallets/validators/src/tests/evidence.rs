#![allow(deprecated)]

use super::*;
use crate::{Banned, BannedMembers, Call, PastSets, MAX_PAST_SETS};
use frame_support::{
	pallet_prelude::{InvalidTransaction, TransactionSource, ValidateUnsigned},
	traits::Get,
};
use sp_core::Pair;
use syndic_primitives::{BlockHash, Equivocation, Phase, SignedVote, SignerIndex, View, Vote};

fn vote(n: u8, position: u16, set_id: u64, phase: Phase, block: u8) -> SignedVote {
	let vote = Vote {
		set_id: SetId(set_id),
		height: Height(3),
		view: View(1),
		phase,
		block_hash: BlockHash::repeat_byte(block),
	};
	SignedVote { vote, signer: SignerIndex(position), signature: pair(n).sign(&vote.payload(&hash(0))) }
}

/// Validator `n`, at this position of this set, votes for two blocks.
fn evidence_of(n: u8, position: u16, set_id: u64) -> Equivocation {
	let at = |block| vote(n, position, set_id, Phase::Commit, block);
	Equivocation { first: at(1), second: at(2) }
}

/// Of the first set, where validator `n` sits at position `n − 1`.
fn evidence(n: u8) -> Equivocation {
	evidence_of(n, u16::from(n) - 1, 0)
}

fn report(evidence: Equivocation) -> sp_runtime::DispatchResult {
	Validators::report_equivocation(RuntimeOrigin::none(), evidence)
}

/// Validator `n` of the first set is reported.
pub(super) fn report_by(n: u8) -> sp_runtime::DispatchResult {
	report(evidence(n))
}

#[test]
fn who_contradicts_itself_is_banned_and_leaves_within_ten_blocks() {
	new_test_ext(4).execute_with(|| {
		run_to(5);
		assert_ok!(report(evidence(2)));
		assert_eq!(
			events(),
			[
				Event::Banned { validator: key(2), height: Height(3), view: View(1) },
				Event::ExpulsionScheduled { since: Height(5 + MIN_CHANGE_DELAY) },
			]
		);
		let ban = Banned::<Test>::get(key(2)).expect("it is banned");
		assert_eq!((ban.since, ban.set_id, ban.height, ban.phase), (Height(5), SetId(0), Height(3), Phase::Commit));
		run_to(15);
		assert_eq!(set(), (1, 14, keys([1, 3, 4])));
		assert_eq!(BannedMembers::<Test>::get().len(), 0);
		assert_noop!(add(2, None), Error::<Test>::BannedAlready);
		assert_noop!(report(evidence(2)), Error::<Test>::BannedAlready);
	});
}

#[test]
fn anybody_may_send_it_signed_or_not_but_root_is_nobody() {
	new_test_ext(7).execute_with(|| {
		assert_ok!(report(evidence(1)));
		assert_ok!(Validators::report_equivocation(RuntimeOrigin::signed(99), evidence(2)));
		assert_noop!(Validators::report_equivocation(RuntimeOrigin::root(), evidence(3)), BadOrigin);
		run_to(15);
		assert_eq!(set().2, keys(3..=7));
	});
}

#[test]
fn what_proves_nothing_is_refused_by_name_and_does_not_get_into_a_pool() {
	type Harm = fn(&mut Equivocation);
	let cases: [(Harm, Error<Test>); 8] = [
		(|e| e.second = e.first.clone(), Error::VotesAgree),
		(|e| e.second = vote(2, 1, 0, Phase::Prepare, 2), Error::VotesUnrelated),
		(|e| e.second = vote(3, 2, 0, Phase::Commit, 2), Error::VotesUnrelated),
		(|e| e.second.signature = e.first.signature.clone(), Error::BadSignature),
		(|e| e.first = vote(9, 1, 0, Phase::Commit, 1), Error::BadSignature),
		(|e| e.second.vote.view = View(9), Error::VotesUnrelated),
		(|e| *e = evidence_of(2, 1, 1), Error::SetNotKnown),
		(|e| *e = evidence_of(2, 4, 0), Error::SignerNotInSet),
	];
	for (number, (harm, error)) in cases.into_iter().enumerate() {
		new_test_ext(4).execute_with(|| {
			let mut evidence = evidence(2);
			harm(&mut evidence);
			let call = Call::report_equivocation { evidence: evidence.clone() };
			let in_pool = Validators::validate_unsigned(TransactionSource::External, &call);
			assert_eq!(in_pool, Err(InvalidTransaction::BadProof.into()), "case {number}");
			assert_noop!(report(evidence), error);
		});
	}
}

#[test]
fn a_pool_takes_evidence_once() {
	new_test_ext(4).execute_with(|| {
		let validate = |n| {
			let call = Call::report_equivocation { evidence: evidence(n) };
			Validators::validate_unsigned(TransactionSource::Local, &call)
		};
		let (one, again, other) = (validate(2).unwrap(), validate(2).unwrap(), validate(3).unwrap());
		assert!(one.propagate && one.requires.is_empty());
		assert_eq!(one.provides, again.provides, "two proofs of one offender are one transaction");
		assert_ne!(one.provides, other.provides);
		assert_ok!(report(evidence(2)));
		assert_eq!(validate(2), Err(InvalidTransaction::Stale.into()));
		let other_call = Call::cancel_change {};
		let refused = Validators::validate_unsigned(TransactionSource::Local, &other_call);
		assert_eq!(refused, Err(InvalidTransaction::Call.into()), "nothing else goes without an account");
	});
}

#[test]
fn a_change_that_is_scheduled_takes_the_banned_along() {
	new_test_ext(5).execute_with(|| {
		assert_ok!(add(6, 20));
		assert_ok!(report(evidence(4)));
		assert_eq!(Validators::scheduled_set(), Some((Height(20), keys([1, 2, 3, 5, 6]))));
		// Cancelled, it goes all the same.
		assert_ok!(cancel());
		assert_eq!(Validators::scheduled_set(), Some((Height(1 + MIN_CHANGE_DELAY), keys([1, 2, 3, 5]))));
		run_to(15);
		assert_eq!(set().2, keys([1, 2, 3, 5]));
	});
}

#[test]
fn the_supervisor_is_told_what_followed() {
	use crate::Outcome;
	let told = || EvidenceTold::take();
	new_test_ext(5).execute_with(|| {
		assert_ok!(report(evidence(2)));
		assert_eq!(told(), [(key(2), Height(3), Outcome::Expelled)]);
		assert!(report(evidence(2)).is_err());
		assert_eq!(told(), [], "what is refused is not told");
	});
	new_test_ext(1).execute_with(|| {
		assert_ok!(report(evidence(1)));
		assert_eq!(told(), [(key(1), Height(3), Outcome::Postponed)]);
	});
	new_test_ext(5).execute_with(|| {
		assert_ok!(remove(1, 12));
		run_to(12);
		assert_ok!(report(evidence(1)));
		assert_eq!(told(), [(key(1), Height(3), Outcome::NoMember)]);
	});
}

/// Members 1 and 2 remain, of whom 2 has not declared: they could not decide. When it declares, the banned one goes.
#[test]
fn the_banned_stay_where_the_others_could_not_decide() {
	new_test_ext(4).execute_with(|| {
		Undeclared::<Test>::mutate(|undeclared| undeclared.try_push(key(2)).unwrap());
		assert_ok!(report(evidence(3)));
		assert_eq!(events()[1], Event::ExpulsionPostponed { validator: key(3) });
		assert_eq!(ScheduledSet::<Test>::get(), None);
		assert_eq!(BannedMembers::<Test>::get().into_inner(), keys([3]));
		run_to(2);
		assert_ok!(declare(2, 1));
		assert_eq!(Validators::scheduled_set(), Some((Height(2 + MIN_CHANGE_DELAY), keys([1, 2, 4]))));
	});
}

#[test]
fn the_last_validator_stays() {
	new_test_ext(1).execute_with(|| {
		assert_ok!(report(evidence(1)));
		assert_eq!(events()[1], Event::ExpulsionPostponed { validator: key(1) });
		run_to(30);
		assert_eq!(set(), (0, 1, keys([1])));
	});
}

/// Seven of ten are there, and seven are a quorum of ten or nine. When one of the seven is banned, it can neither leave nor be
/// counted on.
#[test]
fn nobody_counts_on_the_banned() {
	let prepare = || Undeclared::<Test>::put(crate::Members::truncate_from(keys([8, 9, 10])));
	new_test_ext(10).execute_with(|| {
		prepare();
		assert_ok!(remove(10, None));
	});
	new_test_ext(10).execute_with(|| {
		prepare();
		assert_ok!(report(evidence(1)));
		assert_eq!(events()[1], Event::ExpulsionPostponed { validator: key(1) });
		assert_noop!(remove(10, None), Error::<Test>::QuorumOutOfReach);
	});
}

#[test]
fn evidence_of_a_set_that_is_past_counts_for_a_while() {
	new_test_ext(4).execute_with(|| {
		assert_ok!(remove(1, 10));
		run_to(10);
		assert_eq!(set().0, 1);
		assert_eq!(PastSets::<Test>::get(SetId(0)).map(|past| past.members.into_inner()), Some(keys(1..=4)));
		// It has left, and may not come back.
		assert_ok!(report(evidence(1)));
		assert_eq!(events().len(), 1, "there is nobody to expel");
		assert_noop!(add(1, None), Error::<Test>::BannedAlready);
		// One who has stayed leaves.
		assert_ok!(report(evidence(3)));
		run_to(20);
		assert_eq!(set(), (2, 19, keys([2, 4])));
	});
}

#[test]
fn so_many_past_sets_are_kept_and_no_more() {
	new_test_ext(5).execute_with(|| {
		let last = MAX_PAST_SETS + 3;
		for id in 0..last {
			let now = System::block_number();
			let changed = match id % 2 {
				0 => remove(5, now + MIN_CHANGE_DELAY),
				_ => register(5).and_then(|()| add(5, now + MIN_CHANGE_DELAY)),
			};
			assert_ok!(changed);
			run_to(now + MIN_CHANGE_DELAY);
		}
		assert_eq!(set().0, last);
		let mut kept: Vec<u64> = PastSets::<Test>::iter_keys().map(|id| id.get()).collect();
		kept.sort_unstable();
		assert_eq!(kept, (last - MAX_PAST_SETS..last).collect::<Vec<_>>());
		assert_noop!(report(evidence(1)), Error::<Test>::SetNotKnown);
	});
}

#[test]
fn a_ban_can_be_lifted_by_governance_alone() {
	new_test_ext(4).execute_with(|| {
		assert_noop!(Validators::lift_ban(RuntimeOrigin::root(), key(2)), Error::<Test>::NotBanned);
		assert_ok!(report(evidence(2)));
		assert_noop!(Validators::lift_ban(RuntimeOrigin::signed(1), key(2)), BadOrigin);
		run_to(10);
		assert_eq!(set().2, keys([1, 3, 4]));
		assert_ok!(Validators::lift_ban(RuntimeOrigin::root(), key(2)));
		assert_eq!(events(), [Event::BanLifted { validator: key(2) }]);
		assert_ok!(register(2));
		assert_ok!(add(2, None));
		run_to(25);
		assert_eq!(set().2, keys([1, 3, 4, 2]));
	});
}

#[test]
fn the_worst_is_paid_for() {
	use crate::WeightInfo;
	let limit = <<Test as frame_system::Config>::BlockWeights as Get<frame_system::limits::BlockWeights>>::get();
	let worst = [
		<() as WeightInfo>::report_equivocation(),
		<() as WeightInfo>::cancel_change(),
		<() as WeightInfo>::leave(),
		<() as WeightInfo>::apply_change(),
	];
	assert!(worst.iter().all(|weight| weight.all_lt(limit.max_block)), "{worst:?}");
}
