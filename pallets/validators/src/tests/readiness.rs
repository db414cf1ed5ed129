use super::*;
use crate::Declarations;
use sp_core::Pair;
use syndic_primitives::{Readiness, MAX_READINESS_AGE};

fn declared() -> Vec<(syndic_primitives::ValidatorId, u32)> {
	Declarations::<Test>::get().into_iter().map(|d| (d.validator, d.height.get())).collect()
}

#[test]
fn a_declaration_is_recorded() {
	new_test_ext(4).execute_with(|| {
		run_to(10);
		assert_ok!(declare(5, 9));
		assert_eq!(declared(), [(key(5), 9)]);
		assert_eq!(events(), [Event::ReadinessDeclared { validator: key(5), height: Height(9) }]);
	});
}

#[test]
fn it_needs_a_sender() {
	new_test_ext(4).execute_with(|| {
		run_to(10);
		let (key, height, hash, signature) = declaration(5, 9);
		let declare = |origin| Validators::declare_ready(origin, key.clone(), height, hash, signature.clone());
		assert_noop!(declare(RuntimeOrigin::none()), BadOrigin);
		assert_noop!(declare(RuntimeOrigin::root()), BadOrigin);
		assert_ok!(declare(RuntimeOrigin::signed(1)));
	});
}

#[test]
fn the_block_must_be_recent_and_of_this_chain() {
	new_test_ext(4).execute_with(|| {
		run_to(400);
		for height in [400, 401, u32::MAX] {
			assert_noop!(declare(5, height), Error::<Test>::BlockNotKnownYet);
		}
		for height in [0, 1, 399 - MAX_READINESS_AGE] {
			assert_noop!(declare(5, height), Error::<Test>::BlockTooOld);
		}
		// The right signature for another block.
		let other = Readiness { height: Height(399), block_hash: hash(398) };
		let signature = pair(5).sign(&other.payload(&hash(0)));
		assert_noop!(
			Validators::declare_ready(RuntimeOrigin::signed(1), key(5), other.height, other.block_hash, signature),
			Error::<Test>::BlockNotOfThisChain
		);
		assert_ok!(declare(5, 400 - MAX_READINESS_AGE));
		assert_ok!(declare(5, 399));
	});
}

#[test]
fn the_signature_must_be_the_keys_own_for_this_chain() {
	new_test_ext(4).execute_with(|| {
		run_to(10);
		let (key_5, height, block_hash, _) = declaration(5, 9);
		let readiness = Readiness { height, block_hash };
		let wrong = [
			pair(6).sign(&readiness.payload(&hash(0))),
			pair(5).sign(&readiness.payload(&hash(1))),
			pair(5).sign(&Readiness { height: Height(8), block_hash }.payload(&hash(0))),
			pair(5).sign(b"something else"),
		];
		for signature in wrong {
			let origin = RuntimeOrigin::signed(1);
			assert_noop!(
				Validators::declare_ready(origin, key_5.clone(), height, block_hash, signature),
				Error::<Test>::BadSignature
			);
		}
	});
}

#[test]
fn members_that_are_counted_on_have_nothing_to_declare() {
	new_test_ext(4).execute_with(|| {
		run_to(10);
		assert_noop!(declare(4, 9), Error::<Test>::NothingToDeclare);
		Undeclared::<Test>::put(crate::Members::truncate_from(keys([4])));
		assert_ok!(declare(4, 9));
		assert_noop!(declare(4, 9), Error::<Test>::NothingToDeclare);
	});
}

#[test]
fn only_a_newer_block_is_declared_again() {
	new_test_ext(4).execute_with(|| {
		run_to(10);
		assert_ok!(declare(5, 8));
		assert_noop!(declare(5, 8), Error::<Test>::NotNewerThanBefore);
		assert_noop!(declare(5, 7), Error::<Test>::NotNewerThanBefore);
		assert_ok!(declare(5, 9));
		assert_eq!(declared(), [(key(5), 9)]);
	});
}

#[test]
fn the_oldest_block_gives_way_when_the_list_is_full() {
	new_test_ext(4).execute_with(|| {
		run_to(20);
		for (n, height) in [(10, 15), (11, 12), (12, 18), (13, 16)] {
			assert_ok!(declare(n, height));
		}
		assert_eq!(declared(), [(key(11), 12), (key(10), 15), (key(13), 16), (key(12), 18)]);
		assert_ok!(declare(14, 17));
		assert_eq!(declared(), [(key(10), 15), (key(13), 16), (key(14), 17), (key(12), 18)]);
		// Declaring again takes no second place.
		assert_ok!(declare(10, 19));
		assert_eq!(declared(), [(key(13), 16), (key(14), 17), (key(12), 18), (key(10), 19)]);
		assert_eq!(Validators::check_state(), Ok(()));
	});
}

#[test]
fn what_has_expired_is_dropped() {
	new_test_ext(4).execute_with(|| {
		run_to(20);
		assert_ok!(declare(10, 15));
		assert_ok!(declare(11, 19));
		run_to(15 + READINESS_LIFETIME);
		assert_ok!(declare(12, 14 + READINESS_LIFETIME));
		assert_eq!(declared().len(), 3, "one that holds for this block still does");
		run_to(16 + READINESS_LIFETIME);
		assert_ok!(declare(13, 15 + READINESS_LIFETIME));
		let expected = [(key(11), 19), (key(12), 14 + READINESS_LIFETIME), (key(13), 15 + READINESS_LIFETIME)];
		assert_eq!(declared(), expected);
	});
}
