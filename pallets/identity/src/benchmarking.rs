//! Benchmarks, each with the most certificates and of the dearer kind.

use super::*;
use crate::{measuring::Stream, types::Identity};
use alloc::vec;
use frame_benchmarking::v2::*;
use frame_system::RawOrigin;
use sp_runtime::traits::Hash;
use syndic_envelope::{prove_possession, SecretKey};
use syndic_x509::UnixTime;

/// 1 July 2030. Every certificate here is valid then.
const NOW: u64 = 1_909_094_400_000;
/// The institution of everything here.
const ID: InstitutionId = 7;

macro_rules! file {
	($name:literal) => {
		include_bytes!(concat!("../tests/fixtures/", $name)).to_vec()
	};
}

/// Four roots of one name, the true one last.
fn roots() -> Vec<Vec<u8>> {
	vec![file!("worst-decoy-1.der"), file!("worst-decoy-2.der"), file!("worst-decoy-3.der"), file!("worst-root.der")]
}

/// A chain of so many certificates, and the key of its first.
fn chain(certificates: u32) -> (Vec<Vec<u8>>, Vec<u8>) {
	let issuers = [file!("worst-high.der"), file!("worst-middle.der"), file!("worst-low.der")];
	let (leaf, key) = match certificates {
		1 => (file!("worst-1.der"), file!("worst-1.key")),
		2 => (file!("worst-2.der"), file!("worst-2.key")),
		3 => (file!("worst-3.der"), file!("worst-3.key")),
		_ => (file!("worst-4.der"), file!("worst-4.key")),
	};
	let above = issuers[..certificates as usize - 1].iter().rev().cloned();
	(core::iter::once(leaf).chain(above).collect(), key)
}

/// At block 1,000 in the time of the certificates, with an institution whose quota is not used up.
fn prepare<T: Config>(identities: u32) {
	frame_system::Pallet::<T>::set_block_number(1_000_u32.into());
	pallet_timestamp::Now::<T>::put(NOW);
	let genesis = T::Hashing::hash(b"genesis");
	frame_system::BlockHash::<T>::insert(BlockNumberFor::<T>::from(0_u32), genesis);
	let name = InstitutionName::truncate_from(vec![b'x'; MAX_INSTITUTION_NAME as usize]);
	let institution = Institution { name, kind: Kind::Bank, status: Status::Active, quota: u32::MAX, identities };
	Institutions::<T>::insert(ID, institution);
	NextInstitution::<T>::put(ID + 1);
	Roots::<T>::insert(ID, parsed(&roots()));
}

fn parsed(roots: &[Vec<u8>]) -> StoredRoots {
	let parse = |der: &Vec<u8>| Root::parse(der, UnixTime::from_millis(NOW)).expect("the certificate is a root");
	StoredRoots::truncate_from(roots.iter().map(parse).collect())
}

fn dependency(n: u32) -> Fingerprint {
	Fingerprint([n as u8; 32])
}

/// An identity that rests on as many certificates as there can be.
fn identity<T: Config>(institution: InstitutionId, role: Role) -> Identity<BlockNumberFor<T>> {
	Identity {
		institution,
		role,
		name: HolderName::truncate_from(vec![b'x'; 64]),
		certificates: Dependencies::truncate_from((0..MAX_DEPENDENCIES).map(dependency).collect()),
		not_after: Some(UnixTime::from_millis(NOW)),
		since: 1_u32.into(),
		signed_at: 1_u32.into(),
	}
}

/// An administrator of the institution.
fn administrator<T: Config>() -> T::AccountId {
	prepare::<T>(0);
	let account: T::AccountId = whitelisted_caller();
	Pallet::<T>::put_identity(&account, identity::<T>(ID, Role::Administrator));
	account
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn admit_institution(r: Linear<1, MAX_ROOTS>) -> Result<(), BenchmarkError> {
		prepare::<T>(0);
		let origin = T::BoardOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
		let name = vec![b'x'; MAX_INSTITUTION_NAME as usize];
		let roots = roots()[..r as usize].to_vec();

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, name, Kind::Bank, roots, 1_000);

		assert_eq!(Roots::<T>::get(ID + 1).len(), r as usize);
		Ok(())
	}

	#[benchmark]
	fn change_institution() -> Result<(), BenchmarkError> {
		prepare::<T>(0);
		let origin = T::BoardOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		suspend_institution(origin as T::RuntimeOrigin, ID);

		assert_eq!(Institutions::<T>::get(ID).map(|stored| stored.status), Some(Status::Suspended));
		Ok(())
	}

	#[benchmark]
	fn remove_institution() -> Result<(), BenchmarkError> {
		prepare::<T>(0);
		let origin = T::BoardOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, ID);

		assert!(!Institutions::<T>::contains_key(ID));
		Ok(())
	}

	#[benchmark]
	fn add_root() {
		let caller = administrator::<T>();
		Roots::<T>::insert(ID, parsed(&roots()[..3]));

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), ID, file!("worst-root.der"));

		assert_eq!(Roots::<T>::get(ID).len(), 4);
	}

	#[benchmark]
	fn remove_root() {
		let caller = administrator::<T>();
		let root = parsed(&roots())[3].fingerprint();

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), ID, root);

		assert_eq!(Roots::<T>::get(ID).len(), 3);
	}

	/// With certificates of three and a half kilobytes each.
	#[benchmark]
	fn enrol(c: Linear<1, 4>) {
		prepare::<T>(0);
		let caller: T::AccountId = whitelisted_caller();
		let (chain, key) = chain(c);
		let signed_at = BlockNumberFor::<T>::from(999_u32);
		let proof = proof::p256(&key, &Pallet::<T>::enrolment_payload(&caller, ID, &chain, signed_at));

		#[extrinsic_call]
		_(RawOrigin::Signed(caller.clone()), caller.clone(), ID, chain, signed_at, proof, None);

		assert!(Identities::<T>::contains_key(&caller));
	}

	#[benchmark]
	fn revoke_certificate() {
		let caller = administrator::<T>();
		let root = parsed(&roots())[3].fingerprint();

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), ID, root);

		assert!(RevokedCertificates::<T>::contains_key(ID, root));
	}

	#[benchmark]
	fn revoke_identity() {
		let caller = administrator::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(caller.clone()), caller.clone());

		assert!(RevokedCertificates::<T>::contains_key(ID, dependency(0)));
	}

	#[benchmark]
	fn leave() {
		let caller = administrator::<T>();
		Pallet::<T>::give_key_to_measure(&caller, &SecretKey::from_bytes([1; 32]));

		#[extrinsic_call]
		_(RawOrigin::Signed(caller.clone()));

		assert!(!Identities::<T>::contains_key(&caller));
	}

	#[benchmark]
	fn clean_up() {
		let caller = administrator::<T>();
		Pallet::<T>::give_key_to_measure(&caller, &SecretKey::from_bytes([1; 32]));
		let last = dependency(MAX_DEPENDENCIES - 1);
		RevokedCertificates::<T>::insert(ID, last, Revocation { since: 1_u32.into(), by: None });

		#[extrinsic_call]
		_(RawOrigin::Signed(caller.clone()), caller.clone());

		assert!(!Identities::<T>::contains_key(&caller));
	}

	/// In place of a key before.
	#[benchmark]
	fn set_encryption_key() {
		let caller = administrator::<T>();
		Pallet::<T>::give_key_to_measure(&caller, &SecretKey::from_bytes([1; 32]));
		let secret = SecretKey::from_bytes([2; 32]);
		let proof = prove_possession(&secret, &Pallet::<T>::genesis_hash(), caller.as_ref(), 2, &mut Stream(0));

		#[extrinsic_call]
		_(RawOrigin::Signed(caller.clone()), secret.public(), proof);

		assert_eq!(CurrentEncryptionKey::<T>::get(&caller), 2);
	}

	#[benchmark]
	fn revoke_encryption_key() {
		let caller = administrator::<T>();
		Pallet::<T>::give_key_to_measure(&caller, &SecretKey::from_bytes([1; 32]));

		#[extrinsic_call]
		_(RawOrigin::Signed(caller.clone()), 1);

		assert!(Pallet::<T>::is_key_revoked(&caller, 1));
	}

	/// What the transaction extension does: it judges, and counts.
	#[benchmark]
	fn check_identity() {
		let caller = administrator::<T>();
		let counted;

		#[block]
		{
			counted = Pallet::<T>::check(&caller).and_then(|valid| Pallet::<T>::count(valid.institution));
		}

		assert_eq!(counted, Ok(()));
		assert_eq!(Usage::<T>::get(ID).transactions, 1);
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
