//! Every call, every error of this pallet's own, and every refusal.
#![allow(deprecated)]

mod certificates;
mod costs;
mod enrolment;
mod extension;
mod genesis;
mod institutions;
mod keys;
mod origins;
mod revocation;

use crate::{
	mock::{Identity, *},
	types::*,
	*,
};
use frame_support::{assert_noop, assert_ok};
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie, Dave, Eve, Ferdie, One};
use sp_runtime::{
	transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidity, TransactionValidityError},
	DispatchError::BadOrigin,
};
use syndic_x509::UnixTime;

fn root_origin() -> RuntimeOrigin {
	RuntimeOrigin::root()
}

fn check(who: sp_keyring::Sr25519Keyring) -> Result<Valid, Refusal> {
	Identity::check(&account(who))
}

/// What a pool says to an unsigned enrolment.
fn validate(enrolment: &mock::Enrolment) -> TransactionValidity {
	use sp_runtime::traits::ValidateUnsigned;
	Identity::validate_unsigned(TransactionSource::External, &enrolment.call())
}

/// The code of an error, as a pool says it.
fn code(error: &Error<Test>) -> Result<(), TransactionValidityError> {
	Err(error.as_invalid().into())
}

/// That pool and block refuse an enrolment with the same error, and that nothing changes.
fn assert_refused(enrolment: &mock::Enrolment, error: Error<Test>) {
	assert_eq!(validate(enrolment).map(|_| ()), code(&error), "{error:?}");
	assert_noop!(enrolment.send_unsigned(), error);
}
