// What comes after `ValidateUnsigned` is not used; see the pallet.
#![allow(deprecated)]

use super::*;
use crate::{versions::MIN_SIGNAL_DISTANCE, Call, Signals};
use frame_support::pallet_prelude::{InvalidTransaction, TransactionSource, ValidateUnsigned};
use sp_core::Pair;
use sp_runtime::DispatchError::BadOrigin;
use syndic_primitives::{
	lottery::{Signal, SignedSignal},
	BlockHash,
};

fn signed(n: u8, version: u32, height: u32) -> SignedSignal {
	let signal = Signal { version, height: Height(height), block_hash: hash(height) };
	let signature = pair(n).sign(&signal.payload(&hash(0)));
	SignedSignal { validator: key(n), signal, signature }
}

fn signal(signed: SignedSignal) -> sp_runtime::DispatchResult {
	ConsensusConfig::signal(RuntimeOrigin::none(), signed)
}

fn asks(version: u32) -> ParameterChanges {
	ParameterChanges { engine_version: Some(version), ..Default::default() }
}

#[test]
fn a_version_is_asked_for_once_enough_support_it() {
	new_test_ext().execute_with(|| {
		run_to(5);
		for n in 1..=4 {
			assert_ok!(signal(signed(n, 2, 4)));
		}
		assert_eq!(events().pop(), Some(Event::VersionSignalled { validator: key(4), version: 2 }));
		assert_noop!(change(asks(2), None), Error::<Test>::EngineVersionWithoutQuorum);
		assert_ok!(signal(signed(5, 3, 4)));
		assert_noop!(change(asks(2), None), Error::<Test>::EngineVersionWithoutRegistered);
		// Who is registered and not in the set counts.
		for n in [8, 9] {
			assert_ok!(signal(signed(n, 2, 4)));
		}
		assert_ok!(change(asks(2), None));
		assert_noop!(change(asks(3), 40), Error::<Test>::EngineVersionWithoutQuorum);
		run_to(15);
		assert_eq!(ConsensusConfig::parameters().engine_version, 2);
		// Back to what everybody supports.
		assert_ok!(change(asks(1), None));
	});
}

#[test]
fn support_is_counted_again_when_the_change_is_made() {
	new_test_ext().execute_with(|| {
		run_to(5);
		for n in 1..=7 {
			assert_ok!(signal(signed(n, 2, 4)));
		}
		assert_ok!(change(asks(2), 60));
		run_to(50);
		// Three have gone back to an older engine.
		for n in 1..=3 {
			assert_ok!(signal(signed(n, 1, 49)));
		}
		run_to(59);
		let error = Error::<Test>::EngineVersionWithoutQuorum.into();
		assert_eq!(end_block(), [Event::ParametersDropped { since: Height(60), error }]);
		assert_eq!(ConsensusConfig::parameters().engine_version, 1);
	});
}

#[test]
fn a_signal_is_due_while_the_chain_believes_another_version() {
	new_test_ext().execute_with(|| {
		run_to(5);
		assert!(!ConsensusConfig::signal_is_due(&key(1), 1), "who says nothing supports the first");
		assert!(ConsensusConfig::signal_is_due(&key(1), 2));
		assert!(ConsensusConfig::signal_is_due(&key(10), 2), "who is registered and not in the set as well");
		assert!(!ConsensusConfig::signal_is_due(&key(11), 2), "not who is neither");
		assert!(!ConsensusConfig::signal_is_due(&key(1), 1_001));
		assert_ok!(signal(signed(1, 2, 4)));
		assert!(!ConsensusConfig::signal_is_due(&key(1), 2));
		assert!(!ConsensusConfig::signal_is_due(&key(1), 3), "so soon it would be refused");
		run_to(4 + MIN_SIGNAL_DISTANCE + 1);
		assert!(ConsensusConfig::signal_is_due(&key(1), 3));
		assert_ok!(signal(signed(1, 3, 4 + MIN_SIGNAL_DISTANCE)));
	});
}

#[test]
fn what_is_no_signal_is_refused_by_name_and_does_not_get_into_a_pool() {
	new_test_ext().execute_with(|| {
		run_to(50);
		assert_ok!(signal(signed(1, 2, 40)));
		let mut forged = signed(2, 2, 40);
		forged.signature = signed(3, 2, 40).signature;
		let mut foreign = signed(2, 2, 40);
		foreign.signal.block_hash = BlockHash::repeat_byte(7);
		let stale = InvalidTransaction::Stale;
		let cases = [
			(signed(2, 0, 40), Error::<Test>::SignalOutOfBounds, InvalidTransaction::BadProof),
			(signed(2, 1_001, 40), Error::SignalOutOfBounds, InvalidTransaction::BadProof),
			(signed(1, 2, 49), Error::SignalNotNew, stale),
			(signed(1, 3, 49), Error::SignalNotNew, stale),
			(signed(1, 3, 39), Error::SignalNotNew, stale),
			(signed(11, 2, 40), Error::SignalNotOfValidator, InvalidTransaction::BadProof),
			(signed(2, 2, 50), Error::SignalOfOtherChain, InvalidTransaction::BadProof),
			(foreign, Error::SignalOfOtherChain, InvalidTransaction::BadProof),
			(forged, Error::SignalBadSignature, InvalidTransaction::BadProof),
		];
		for (number, (signed, error, in_pool)) in cases.into_iter().enumerate() {
			let call = Call::signal { signed: signed.clone() };
			let refused = ConsensusConfig::validate_unsigned(TransactionSource::External, &call);
			assert_eq!(refused, Err(in_pool.into()), "case {number}");
			assert_noop!(signal(signed), error);
		}
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::signed(1)] {
			assert_noop!(ConsensusConfig::signal(origin, signed(2, 2, 40)), BadOrigin);
		}
	});
}

#[test]
fn a_pool_takes_one_of_each_validator() {
	new_test_ext().execute_with(|| {
		run_to(50);
		let validate = |n, version, height| {
			let call = Call::signal { signed: signed(n, version, height) };
			ConsensusConfig::validate_unsigned(TransactionSource::External, &call).unwrap()
		};
		assert_eq!(validate(1, 2, 40).provides, validate(1, 3, 45).provides);
		assert_ne!(validate(1, 2, 40).provides, validate(2, 2, 40).provides);
		assert!(validate(1, 2, 40).propagate);
		let other = Call::remove_calendar {};
		let refused = ConsensusConfig::validate_unsigned(TransactionSource::Local, &other);
		assert_eq!(refused, Err(InvalidTransaction::Call.into()), "nothing else goes without an account");
	});
}

#[test]
fn who_has_left_makes_room() {
	new_test_ext().execute_with(|| {
		run_to(5);
		let gone = (0..syndic_primitives::MAX_ROSTER).map(|n| {
			let mut raw = [0; 32];
			raw[..4].copy_from_slice(&n.to_be_bytes());
			let validator = sp_core::ed25519::Public::from(raw).into();
			crate::Support { validator, version: 9, height: Height(1) }
		});
		Signals::<Test>::put(crate::Supports::truncate_from(gone.collect()));
		assert_ok!(signal(signed(3, 2, 4)));
		assert_eq!(Signals::<Test>::get().len(), 1);
	});
}
