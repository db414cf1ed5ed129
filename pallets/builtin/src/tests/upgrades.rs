//! An upgrade of the runtime, without a root.

use crate::mock::*;
use codec::Encode;
use frame_support::{assert_noop, assert_ok, dispatch::GetDispatchInfo};
use sp_core::traits::{ReadRuntimeVersion, ReadRuntimeVersionExt};
use sp_runtime::{
	traits::{BlakeTwo256, Hash},
	DispatchError,
};
use sp_version::RuntimeVersion;

const CODE: &[u8] = b"the code of the next runtime";

/// Says of any code that it has a version.
struct Version(RuntimeVersion);

impl ReadRuntimeVersion for Version {
	fn read_runtime_version(&self, _: &[u8], _: &mut dyn sp_core::traits::Externalities) -> Result<Vec<u8>, String> {
		Ok(self.0.encode())
	}
}

fn with_version(spec_version: u32) -> sp_io::TestExternalities {
	let mut ext = new_test_ext();
	let version = RuntimeVersion { spec_version, ..Default::default() };
	ext.register_extension(ReadRuntimeVersionExt::new(Version(version)));
	ext
}

fn apply(code: &[u8]) -> Result<(), DispatchError> {
	System::apply_authorized_upgrade(RuntimeOrigin::signed(99), code.to_vec()).map(drop).map_err(|error| error.error)
}

#[test]
fn three_quarters_authorise_and_anybody_applies() {
	with_version(1).execute_with(|| {
		let hash = BlakeTwo256::hash(CODE);
		for origin in [RuntimeOrigin::signed(1), RuntimeOrigin::none(), board(2)] {
			assert_noop!(Builtin::authorize_upgrade(origin, hash), DispatchError::BadOrigin);
		}
		assert_eq!(apply(CODE), Err(frame_system::Error::<Test>::NothingAuthorized.into()));
		assert_ok!(Builtin::authorize_upgrade(board(3), hash));
		let authorized = frame_system::Event::UpgradeAuthorized { code_hash: hash, check_version: true };
		System::assert_last_event(authorized.into());
		assert_eq!(apply(b"another code"), Err(frame_system::Error::<Test>::Unauthorized.into()));
		assert_ok!(apply(CODE));
		let code = frame_support::storage::unhashed::get_raw(sp_core::storage::well_known_keys::CODE);
		assert_eq!(code.as_deref(), Some(CODE));
	});
}

#[test]
fn a_version_that_does_not_grow_is_refused_with_an_event() {
	with_version(0).execute_with(|| {
		let hash = BlakeTwo256::hash(CODE);
		assert_ok!(Builtin::authorize_upgrade(board(4), hash));
		assert_ok!(apply(CODE));
		let error = frame_system::Error::<Test>::SpecVersionNeedsToIncrease.into();
		System::assert_last_event(
			frame_system::Event::RejectedInvalidAuthorizedUpgrade { code_hash: hash, error }.into(),
		);
		assert!(System::authorized_upgrade().is_none(), "it is used up");
	});
}

#[test]
fn the_last_authorisation_counts() {
	with_version(1).execute_with(|| {
		assert_ok!(Builtin::authorize_upgrade(board(3), BlakeTwo256::hash(b"a mistake")));
		assert_ok!(Builtin::authorize_upgrade(board(3), BlakeTwo256::hash(CODE)));
		assert_eq!(apply(b"a mistake"), Err(frame_system::Error::<Test>::Unauthorized.into()));
		assert_ok!(apply(CODE));
	});
}

#[test]
fn it_gets_through_a_full_block() {
	let call = RuntimeCall::Builtin(crate::Call::authorize_upgrade { code_hash: Default::default() });
	assert_eq!(call.get_dispatch_info().class, frame_support::dispatch::DispatchClass::Operational);
}
