#![allow(deprecated)]

//! Commitments and secrets: when they are taken, from whom, and what becomes of them.

use super::*;
use crate::{
	lottery::{phase_of, LotteryPhase, CLOSING},
	Call, Contributions, CurrentEra, Seed,
};
use frame_support::{dispatch::GetDispatchInfo, pallet_prelude::DispatchClass};
use sp_core::Pair;
use sp_runtime::{
	traits::ValidateUnsigned,
	transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidity},
};
use syndic_primitives::lottery::{commitment, contribution_payload, Duty};

/// Six on the roster, of whom four are the set, in an era of 64 blocks; a committee of four is to be elected.
pub(super) fn six() -> sp_io::TestExternalities {
	let mut ext = new_test_ext(4);
	ext.execute_with(|| {
		change(|p| (p.era_length, p.committee_size, p.assumed_faulty) = (64, 4, 100));
		assert_ok!(add(5, None));
		assert_ok!(add(6, None));
	});
	ext
}

fn pooled(call: Call<Test>) -> TransactionValidity {
	Validators::validate_unsigned(TransactionSource::External, &call)
}

fn commitment_of(n: u8, era: u32) -> Call<Test> {
	let commitment = commitment(&hash(0), era, &key(n), &secret(n, era));
	let signature = pair(n).sign(&contribution_payload(&hash(0), era, &commitment));
	Call::contribute { era, validator: key(n), commitment, signature }
}

fn secret_of(n: u8, era: u32) -> Call<Test> {
	Call::reveal { era, validator: key(n), secret: secret(n, era) }
}

#[test]
fn an_era_has_three_parts() {
	let parts = |length| {
		let of = |phase| (0..length).filter(|position| phase_of(*position, length) == phase).count() as u32;
		(of(LotteryPhase::Commit), of(LotteryPhase::Reveal), of(LotteryPhase::Closed))
	};
	assert_eq!(parts(64), (32, 28, CLOSING));
	assert_eq!(parts(33), (16, 13, CLOSING));
}

#[test]
fn each_commits_once_and_reveals_once_in_its_time() {
	six().execute_with(|| {
		assert_eq!(Validators::contributions_due(&key(5)), [Duty::Commit { era: 0 }]);
		assert_noop!(reveal(5), Error::<Test>::NotInThisPhase);
		assert_ok!(contribute(5));
		assert_eq!(events().last(), Some(&Event::Committed { era: 0, validator: key(5) }));
		assert_noop!(contribute(5), Error::<Test>::ContributedAlready);
		assert!(Validators::contributions_due(&key(5)).is_empty());
		// The block that is being made is 32; the next one, 33, is the first in which secrets are taken.
		run_to(32);
		assert_eq!(Validators::contributions_due(&key(5)), [Duty::Reveal { era: 0 }]);
		assert!(Validators::contributions_due(&key(4)).is_empty(), "it is too late to commit");
		assert_noop!(reveal(5), Error::<Test>::NotInThisPhase);
		run_to(33);
		assert_noop!(contribute(4), Error::<Test>::NotInThisPhase);
		assert_noop!(reveal(4), Error::<Test>::NotCommitted);
		let other = Validators::reveal(RuntimeOrigin::none(), 0, key(5), [9; 32]);
		assert_eq!(other, Err(Error::<Test>::AnotherSecret.into()));
		assert_ok!(reveal(5));
		assert_noop!(reveal(5), Error::<Test>::RevealedAlready);
		assert!(Validators::contributions_due(&key(5)).is_empty());
		run_to(61);
		assert_noop!(reveal(5), Error::<Test>::NotInThisPhase);
		assert!(Validators::contributions_due(&key(5)).is_empty());
	});
}

#[test]
fn who_is_not_on_the_roster_as_a_validator_has_nothing_to_contribute() {
	six().execute_with(|| {
		assert_ok!(Validators::add_observer(RuntimeOrigin::root(), key(7)));
		for n in [7, 8] {
			assert_noop!(contribute(n), Error::<Test>::NotOnRoster);
			assert!(Validators::contributions_due(&key(n)).is_empty());
		}
		let Call::contribute { era, validator, commitment, .. } = commitment_of(5, 0) else { unreachable!() };
		let signature = pair(6).sign(&contribution_payload(&hash(0), era, &commitment));
		let forged = Validators::contribute(RuntimeOrigin::none(), era, validator.clone(), commitment, signature);
		assert_eq!(forged, Err(Error::<Test>::BadSignature.into()));
		let signature = pair(5).sign(&contribution_payload(&hash(0), 1, &commitment));
		let early = Validators::contribute(RuntimeOrigin::none(), 1, validator, commitment, signature);
		assert_eq!(early, Err(Error::<Test>::NotThisEra.into()));
		change(|p| p.committee_size = 0);
		assert_noop!(contribute(5), Error::<Test>::NoElection);
		assert!(Validators::contributions_due(&key(5)).is_empty());
	});
}

#[test]
fn a_pool_takes_what_the_chain_would_and_one_of_each() {
	six().execute_with(|| {
		let valid = pooled(commitment_of(5, 0)).expect("it can be taken");
		assert!(valid.propagate && valid.priority > u64::MAX / 2);
		assert_ne!(valid.provides, pooled(commitment_of(6, 0)).unwrap().provides);
		assert_eq!(valid.provides.len(), 1);
		assert_eq!(pooled(commitment_of(5, 1)), InvalidTransaction::Stale.into());
		assert_eq!(pooled(commitment_of(8, 0)), InvalidTransaction::BadSigner.into());
		assert_eq!(pooled(secret_of(5, 0)), InvalidTransaction::Stale.into());
		assert_ok!(contribute(5));
		assert_eq!(pooled(commitment_of(5, 0)), InvalidTransaction::Stale.into());
		run_to(33);
		let revealed = pooled(secret_of(5, 0)).expect("it can be taken");
		assert_ne!(revealed.provides, valid.provides);
		let wrong = Call::reveal { era: 0, validator: key(5), secret: [1; 32] };
		assert_eq!(pooled(wrong), InvalidTransaction::BadProof.into());
		for call in [commitment_of(5, 0), secret_of(5, 0)] {
			assert_eq!(call.get_dispatch_info().class, DispatchClass::Operational);
		}
	});
}

#[test]
fn each_secret_makes_another_seed_and_nothing_is_left_over() {
	let seed_of = |contributors: &[u8], withheld: &[u8]| {
		six().execute_with(|| {
			run_era(contributors, withheld);
			assert_eq!((Contributions::<Test>::count(), CurrentEra::<Test>::get().index), (0, 1));
			assert_eq!(Contributions::<Test>::iter().count(), 0);
			Seed::<Test>::get()
		})
	};
	let (all, other) = (seed_of(&[1, 2, 5, 6], &[]), seed_of(&[6, 5, 2, 1], &[]));
	assert_eq!(all, other, "who comes first does not matter");
	assert_ne!(all, seed_of(&[1, 2, 5], &[6]), "the last revealer has this choice, and no other");
	assert_eq!(seed_of(&[1, 2, 5], &[6]), seed_of(&[1, 2, 5], &[]), "a commitment alone changes nothing");
	assert_eq!(seed_of(&[], &[]), [0; 32]);
	assert_ne!(all, [0; 32]);
}
