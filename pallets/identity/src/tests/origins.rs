use super::*;
use crate::origin::{Administrator, Anybody, Auditor, Client, Operator, Regulator, Roles, Supervisor};
use frame_support::traits::EnsureOrigin;
use sp_keyring::Sr25519Keyring;

fn ensure<R: Roles>(who: Sr25519Keyring) -> Option<InstitutionId> {
	let (institution, signer) = EnsureRole::<Test, R>::ensure_origin(signed(who)).ok()?;
	assert_eq!(signer, account(who));
	Some(institution)
}

#[test]
fn a_role_is_its_holders_alone() {
	test(|| {
		enrol(Alice, ALPHA, "alpha-administrator");
		enrol(Bob, ALPHA, "alpha-operator");
		enrol(Charlie, BETA, "beta-client");
		enrol(Dave, AUTHORITY, "authority-regulator");
		enrol(Eve, AUDITOR, "auditor-auditor");
		let everybody = [Alice, Bob, Charlie, Dave, Eve, Ferdie];
		let holders = |ensure: fn(Sr25519Keyring) -> Option<InstitutionId>| everybody.map(ensure);
		let (a, b, r, o) = (Some(ALPHA), Some(BETA), Some(AUTHORITY), Some(AUDITOR));
		assert_eq!(holders(ensure::<Administrator>), [a, None, None, None, None, None]);
		assert_eq!(holders(ensure::<Operator>), [None, a, None, None, None, None]);
		assert_eq!(holders(ensure::<Client>), [None, None, b, None, None, None]);
		assert_eq!(holders(ensure::<Regulator>), [None, None, None, r, None, None]);
		assert_eq!(holders(ensure::<Auditor>), [None, None, None, None, o, None]);
		assert_eq!(holders(ensure::<Supervisor>), [None, None, None, r, o, None]);
		assert_eq!(holders(ensure::<Anybody>), [a, a, b, r, o, None]);
	});
}

#[test]
fn an_identity_that_is_not_good_has_no_role() {
	test(|| {
		enrol(Alice, AUTHORITY, "authority-regulator");
		assert_ok!(Identity::set_quota(root_origin(), AUTHORITY, 0));
		assert_eq!(ensure::<Regulator>(Alice), Some(AUTHORITY), "the quota is for transactions");
		assert_ok!(Identity::suspend_institution(root_origin(), AUTHORITY));
		assert_eq!(ensure::<Regulator>(Alice), None);
		assert_ok!(Identity::resume_institution(root_origin(), AUTHORITY));
		assert_ok!(Identity::revoke_identity(root_origin(), account(Alice)));
		assert_eq!(ensure::<Regulator>(Alice), None);
		for origin in [root_origin(), RuntimeOrigin::none()] {
			assert!(EnsureRole::<Test, Anybody>::ensure_origin(origin).is_err());
		}
	});
}
