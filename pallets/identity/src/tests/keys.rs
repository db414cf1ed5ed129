use super::*;
use crate::keys::{KeyFault, MAX_ENCRYPTION_KEYS};
use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};
use sp_keyring::Sr25519Keyring;
use syndic_envelope::{prove_possession, Possession, PublicKey, SecretKey};

fn secret(n: u8) -> SecretKey {
	SecretKey::from_bytes([n; 32])
}

/// The proof for a key of somebody, of this number.
fn prove(who: Sr25519Keyring, n: u8, version: u32) -> Possession {
	let mut rng = ChaCha20Rng::seed_from_u64(6);
	prove_possession(&secret(n), &Identity::genesis_hash(), &account(who).into(), version, &mut rng)
}

/// Somebody's key of this number.
fn set(who: Sr25519Keyring, n: u8, version: u32) -> sp_runtime::DispatchResult {
	Identity::set_encryption_key(signed(who), secret(n).public(), prove(who, n, version))
}

fn key(who: Sr25519Keyring, version: u32) -> EncryptionKey<u32> {
	EncryptionKeys::<Test>::get(account(who), version).expect("it is there")
}

fn faults(who: Sr25519Keyring) -> [Result<(), KeyFault>; 3] {
	[1, 2, 3].map(|version| Identity::check_encryption_key(&account(who), version))
}

#[test]
fn an_account_sets_a_key_and_replaces_it() {
	test(|| {
		enrol(Alice, ALPHA, "alpha-client");
		assert_eq!(Identity::current_encryption_key(&account(Alice)), Err(KeyFault::NoKey));
		assert_ok!(set(Alice, 1, 1));
		let first = EncryptionKey { key: secret(1).public(), since: BLOCK, until: None, revoked: false };
		assert_eq!(key(Alice, 1), first);
		assert_eq!(faults(Alice), [Ok(()), Err(KeyFault::Unknown), Err(KeyFault::Unknown)]);
		assert_eq!(Identity::current_encryption_key(&account(Alice)), Ok(1));

		System::set_block_number(BLOCK + 9);
		assert_ok!(set(Alice, 2, 2));
		assert_eq!(key(Alice, 1), EncryptionKey { until: Some(BLOCK + 9), ..first }, "it stays on record");
		assert_eq!((key(Alice, 2).since, key(Alice, 2).until), (BLOCK + 9, None));
		assert_eq!(faults(Alice), [Err(KeyFault::Rotated), Ok(()), Err(KeyFault::Unknown)]);
		assert_eq!(Identity::encryption_key(&account(Alice), 1), Some(secret(1).public()));
		let event = |n: u8, version| {
			let key = secret(n).public();
			Event::EncryptionKeySet { account: account(Alice), version, key }
		};
		assert_eq!(events()[1..], [event(1, 1), event(2, 2)]);
	});
}

#[test]
fn an_account_revokes_its_keys() {
	test(|| {
		enrol(Alice, ALPHA, "alpha-client");
		let revoke = |version| Identity::revoke_encryption_key(signed(Alice), version);
		assert_noop!(revoke(0), Error::<Test>::UnknownEncryptionKey);
		assert_noop!(revoke(1), Error::<Test>::UnknownEncryptionKey);
		assert_ok!(set(Alice, 1, 1));
		System::set_block_number(BLOCK + 1);
		assert_ok!(revoke(1));
		assert_eq!(events().last(), Some(&Event::EncryptionKeyRevoked { account: account(Alice), version: 1 }));
		assert_eq!((key(Alice, 1).revoked, key(Alice, 1).until), (true, Some(BLOCK + 1)));
		assert!(Identity::is_key_revoked(&account(Alice), 1) && !Identity::is_key_revoked(&account(Alice), 2));
		assert_noop!(revoke(1), Error::<Test>::KeyRevokedBefore);
		assert_eq!(Identity::current_encryption_key(&account(Alice)), Err(KeyFault::Revoked));
		System::set_block_number(BLOCK + 2);
		assert_ok!(set(Alice, 2, 2));
		assert_eq!(key(Alice, 1).until, Some(BLOCK + 1), "it was not replaced");
		assert_eq!(faults(Alice), [Err(KeyFault::Revoked), Ok(()), Err(KeyFault::Unknown)]);
		// One that was replaced may have become known, too.
		assert_ok!(set(Alice, 3, 3));
		System::set_block_number(BLOCK + 3);
		assert_ok!(revoke(2));
		assert_eq!((key(Alice, 2).revoked, key(Alice, 2).until), (true, Some(BLOCK + 2)));
		assert_eq!(faults(Alice), [Err(KeyFault::Revoked), Err(KeyFault::Revoked), Ok(())]);
	});
}

#[test]
fn with_the_identity_its_key_goes() {
	test(|| {
		enrol(Alice, ALPHA, "alpha-client");
		enrol(Bob, BETA, "beta-client");
		assert_ok!(set(Alice, 1, 1));
		assert_ok!(set(Alice, 2, 2));
		assert_ok!(Identity::leave(signed(Alice)));
		assert_eq!(faults(Alice), [Err(KeyFault::Rotated), Err(KeyFault::Revoked), Err(KeyFault::Unknown)]);
		let revoked = Event::EncryptionKeyRevoked { account: account(Alice), version: 2 };
		assert!(events().contains(&revoked));
		assert_noop!(Identity::revoke_encryption_key(signed(Alice), 1), BadOrigin);

		assert_ok!(set(Bob, 3, 1));
		assert_ok!(Identity::revoke_encryption_key(signed(Bob), 1));
		assert_ok!(Identity::revoke_identity(root_origin(), account(Bob)));
		assert_ok!(Identity::clean_up(signed(One), account(Bob)));
		let count = events().iter().filter(|event| matches!(event, Event::EncryptionKeyRevoked { .. })).count();
		assert_eq!(count, 2, "what is revoked is not revoked again");

		// With another identity it goes on with the next number.
		System::set_block_number(BLOCK + 1);
		enrol(Alice, ALPHA, "alpha-client");
		assert_eq!(Identity::current_encryption_key(&account(Alice)), Err(KeyFault::Revoked));
		assert_ok!(set(Alice, 4, 3));
		assert_eq!(faults(Alice)[2], Ok(()));
	});
}

#[test]
fn a_proof_is_for_this_chain_account_number_and_key() {
	test(|| {
		enrol(Alice, ALPHA, "alpha-client");
		enrol(Bob, BETA, "beta-client");
		let send = |key: PublicKey, proof| Identity::set_encryption_key(signed(Alice), key, proof);
		let key = secret(1).public();
		for other in [prove(Bob, 1, 1), prove(Alice, 1, 2), prove(Alice, 2, 1), Possession([0; 64])] {
			assert_noop!(send(key, other), Error::<Test>::BadPossession);
		}
		let good = prove(Alice, 1, 1);
		frame_system::BlockHash::<Test>::insert(0, sp_core::H256::repeat_byte(8));
		assert_noop!(send(key, good), Error::<Test>::BadPossession);
		frame_system::BlockHash::<Test>::insert(0, sp_core::H256::repeat_byte(7));
		assert_ok!(send(key, good));
		assert_noop!(send(key, prove(Alice, 1, 2)), Error::<Test>::SameEncryptionKey);
		assert_noop!(send(secret(2).public(), prove(Alice, 2, 1)), Error::<Test>::BadPossession);
	});
}

#[test]
fn a_key_that_anybody_could_read_by_is_refused() {
	test(|| {
		enrol(Alice, ALPHA, "alpha-client");
		let mut one = [0; 32];
		one[0] = 1;
		// Zero, one and what is not reduced: of small order, or not canonical.
		for weak in [[0; 32], one, [0xff; 32]] {
			let send = Identity::set_encryption_key(signed(Alice), PublicKey(weak), prove(Alice, 1, 1));
			assert_noop!(send, Error::<Test>::WeakEncryptionKey);
		}
	});
}

#[test]
fn who_has_no_identity_has_no_keys() {
	test(|| {
		assert_noop!(set(Alice, 1, 1), BadOrigin);
		let board = Identity::set_encryption_key(root_origin(), secret(1).public(), prove(Alice, 1, 1));
		assert_noop!(board, BadOrigin);
		enrol(Alice, ALPHA, "alpha-client");
		assert_ok!(Identity::suspend_institution(root_origin(), ALPHA));
		assert_noop!(set(Alice, 1, 1), BadOrigin);
	});
}

#[test]
fn an_account_has_only_so_many() {
	new_test_ext().execute_with(|| {
		enrol(Alice, ALPHA, "alpha-client");
		CurrentEncryptionKey::<Test>::insert(account(Alice), MAX_ENCRYPTION_KEYS - 1);
		assert_ok!(set(Alice, 1, MAX_ENCRYPTION_KEYS));
		assert_noop!(set(Alice, 2, MAX_ENCRYPTION_KEYS + 1), Error::<Test>::TooManyKeys);
	});
}

#[test]
fn check_state_finds_what_is_wrong_with_keys() {
	let cases: [(fn(), &str); 5] = [
		(|| CurrentEncryptionKey::<Test>::remove(account(Alice)), "an encryption key has a number that was not given"),
		(
			|| EncryptionKeys::<Test>::insert(account(Alice), 1, EncryptionKey { until: None, ..key(Alice, 1) }),
			"an encryption key is in use although it was replaced or revoked, or is not although it was not",
		),
		(
			|| EncryptionKeys::<Test>::insert(account(Alice), 2, EncryptionKey { until: Some(5), ..key(Alice, 2) }),
			"an encryption key is in use although it was replaced or revoked, or is not although it was not",
		),
		(
			|| EncryptionKeys::<Test>::remove(account(Alice), 1),
			"an account has fewer encryption keys than were given to it, or more than may be",
		),
		(
			|| {
				Identities::<Test>::remove(account(Alice));
				Institutions::<Test>::mutate_extant(ALPHA, |stored| stored.identities = 0);
			},
			"an encryption key is in use and its holder has no identity",
		),
	];
	for (harm, error) in cases {
		new_test_ext().execute_with(|| {
			enrol(Alice, ALPHA, "alpha-client");
			assert_ok!(set(Alice, 1, 1));
			assert_ok!(set(Alice, 2, 2));
			assert_eq!(Identity::check_state(), Ok(()));
			harm();
			assert_eq!(Identity::check_state(), Err(error));
		});
	}
}
