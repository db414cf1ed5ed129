//! Benchmarks, each with the largest set and the most declarations.

use super::{evidence::MAX_EXPELLED, *};
use alloc::vec;
use codec::Decode;
use frame_benchmarking::v2::*;
use frame_support::{
	traits::{fungible::Mutate, EnsureOrigin, Hooks},
	BoundedVec,
};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use sp_runtime::{traits::Hash, RuntimeAppPublic};
use syndic_primitives::{
	lottery::{commitment, contribution_payload},
	peer::{InstitutionId, NodeAddress, NodeAddresses, MAX_NODE_ADDRESSES, MAX_NODE_ADDRESS_BYTES},
	storage_keys, Certificate, Equivocation, Parameters, PeerId, Phase, Possession, Readiness, RosterEntry, Seat,
	SetId, SignedVote, SignerIndex, View, Vote, MAX_ROSTER, MAX_VALIDATORS,
};

/// A key that nobody holds.
fn key(n: u32) -> ValidatorId {
	let mut raw = [0; 32];
	raw[..4].copy_from_slice(&n.to_le_bytes());
	ValidatorId::decode(&mut &raw[..]).expect("a key is 32 bytes")
}

/// A set of that size at block 1,000, and the most declarations that there can be, by strangers.
fn prepare<T: Config>(size: u32) -> Members {
	frame_system::Pallet::<T>::set_block_number(1_000_u32.into());
	let members = Members::truncate_from((0..size).map(key).collect());
	CurrentSet::<T>::put(StoredSet {
		id: SetId::ZERO,
		since: Height(1),
		members: members.clone(),
		..Default::default()
	});
	let strangers = (0..T::MaxDeclarations::get())
		.map(|n| Declaration { validator: key(1_000_000 + n), height: Height(990) })
		.collect();
	Declarations::<T>::put(BoundedVec::truncate_from(strangers));
	members
}

/// The n-th node.
fn peer(n: u32) -> PeerId {
	let mut bytes = vec![0x12, 0x20];
	bytes.extend([0; 28]);
	bytes.extend(n.to_le_bytes());
	PeerId::from_multihash(&bytes).expect("it is a multihash")
}

/// The longest addresses.
fn addresses() -> Vec<Vec<u8>> {
	vec![vec![b'/'; MAX_NODE_ADDRESS_BYTES as usize]; MAX_NODE_ADDRESSES as usize]
}

/// The `n`-th key is registered for an institution, with all that can be told.
fn register<T: Config>(validator: &ValidatorId, institution: InstitutionId, n: u32, standing: Standing) {
	let account: T::AccountId = account("beneficiary", n, 0);
	let addresses = addresses().into_iter().map(NodeAddress::truncate_from).collect();
	let addresses = NodeAddresses::truncate_from(addresses);
	let registration =
		Registration { institution, account, peer: Some(peer(n)), addresses, since: Height(1), standing };
	Pallet::<T>::put_registration(validator, registration);
}

/// Every member is registered, for an institution of its own.
fn register_all<T: Config>(members: &Members) {
	for (n, member) in members.iter().enumerate() {
		register::<T>(member, 1_000 + n as u32, n as u32, Standing::Registered);
	}
}

/// An administrator, and the institution that it is of.
fn administrator<T: Config>() -> Result<(T::RuntimeOrigin, InstitutionId, T::AccountId), BenchmarkError> {
	let origin = T::InstitutionOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
	let sender = T::InstitutionOrigin::ensure_origin(origin.clone());
	let (institution, account) = sender.map_err(|_| BenchmarkError::Stop("the origin is refused"))?;
	Ok((origin, institution, account))
}

/// How long an era is in these benchmarks.
const ERA_LENGTH: u32 = 2_000;

/// The largest roster, of which the largest part is the set, with this validator on it, in the first half of an era; a
/// committee of the largest size is elected.
fn elections_with<T: Config>(validator: &ValidatorId) {
	prepare::<T>(MAX_VALIDATORS);
	let parameters = Parameters { committee_size: MAX_VALIDATORS, era_length: ERA_LENGTH, ..Parameters::default() };
	// Where the runtime keeps them.
	frame_support::storage::unhashed::put(&storage_keys::PARAMETERS.key(), &parameters);
	CurrentEra::<T>::put(Era { index: 0, since: Height(900), blocks: ERA_LENGTH, is_retimed: false });
	let entry = |validator| RosterEntry { validator, institution: None, regulator: false, seat: Seat::Validator };
	let mut roster: Vec<_> = (0..MAX_ROSTER - 1).map(|n| entry(key(n))).collect();
	roster.push(entry(validator.clone()));
	roster.sort();
	Roster::<T>::put(roster::Entries::truncate_from(roster));
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn add_validator() -> Result<(), BenchmarkError> {
		let members = prepare::<T>(MAX_VALIDATORS - 1);
		register_all::<T>(&members);
		let (_, institution, _) = administrator::<T>()?;
		register::<T>(&key(MAX_VALIDATORS), institution, MAX_VALIDATORS, Standing::Registered);
		let origin = T::ManageOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, key(MAX_VALIDATORS), None);

		assert_eq!(ScheduledSet::<T>::get().map(|next| next.members.len()), Some(MAX_VALIDATORS as usize));
		Ok(())
	}

	#[benchmark]
	fn remove_validator() -> Result<(), BenchmarkError> {
		let members = prepare::<T>(MAX_VALIDATORS);
		register_all::<T>(&members);
		let origin = T::ManageOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, members[members.len() - 1].clone(), None);

		assert_eq!(ScheduledSet::<T>::get().map(|next| next.members.len()), Some(MAX_VALIDATORS as usize - 1));
		Ok(())
	}

	#[benchmark]
	fn cancel_change() -> Result<(), BenchmarkError> {
		let members = prepare::<T>(MAX_VALIDATORS);
		Undeclared::<T>::put(members.clone());
		ScheduledSet::<T>::put(NextSet { since: Height(2_000), members, demoted: Demoted::default() });
		let origin = T::ManageOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin);

		assert!(!ScheduledSet::<T>::exists());
		Ok(())
	}

	#[benchmark]
	fn declare_ready() -> Result<(), BenchmarkError> {
		prepare::<T>(MAX_VALIDATORS);
		let validator = ValidatorId::generate_pair(None);
		let hash = T::Hashing::hash(b"a block");
		frame_system::BlockHash::<T>::insert(BlockNumberFor::<T>::from(999_u32), hash);
		let readiness = Readiness { height: Height(999), block_hash: Pallet::<T>::block_hash(Height(999)) };
		let payload = readiness.payload(&Pallet::<T>::block_hash(Height::ZERO));
		let signature = validator.sign(&payload).ok_or(BenchmarkError::Stop("the keystore does not sign"))?;
		let caller: T::AccountId = whitelisted_caller();

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), validator.clone(), readiness.height, readiness.block_hash, signature);

		assert!(Declarations::<T>::get().iter().any(|declaration| declaration.validator == validator));
		Ok(())
	}

	#[benchmark]
	fn report_equivocation() -> Result<(), BenchmarkError> {
		let mut members = prepare::<T>(MAX_VALIDATORS);
		let offender = ValidatorId::generate_pair(None);
		members[0] = offender.clone();
		CurrentSet::<T>::put(StoredSet {
			id: SetId::ZERO,
			since: Height(1),
			members: members.clone(),
			..Default::default()
		});
		let others = members[1..MAX_EXPELLED].to_vec();
		BannedMembers::<T>::put(Members::truncate_from(others));
		let genesis = Pallet::<T>::block_hash(Height::ZERO);
		let sign = |block| -> Result<SignedVote, BenchmarkError> {
			let block_hash = BlockHash::repeat_byte(block);
			let vote = Vote { set_id: SetId::ZERO, height: Height(7), view: View(0), phase: Phase::Commit, block_hash };
			let signature = offender.sign(&vote.payload(&genesis));
			let signature = signature.ok_or(BenchmarkError::Stop("the keystore does not sign"))?;
			Ok(SignedVote { vote, signer: SignerIndex(0), signature })
		};
		let evidence = Equivocation { first: sign(1)?, second: sign(2)? };

		#[extrinsic_call]
		_(RawOrigin::None, evidence);

		assert!(Banned::<T>::contains_key(&offender));
		assert!(ScheduledSet::<T>::exists());
		Ok(())
	}

	#[benchmark]
	fn lift_ban() -> Result<(), BenchmarkError> {
		let members = prepare::<T>(MAX_VALIDATORS);
		let validator = members[MAX_VALIDATORS as usize - 1].clone();
		let ban = Ban { since: Height(7), set_id: SetId::ZERO, height: Height(7), view: View(0), phase: Phase::Commit };
		Banned::<T>::insert(&validator, ban);
		BannedMembers::<T>::put(members);
		let origin = T::ManageOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, validator.clone());

		assert!(!Banned::<T>::contains_key(&validator));
		Ok(())
	}

	#[benchmark]
	fn report_commits(s: Linear<1, MAX_VALIDATORS>) -> Result<(), BenchmarkError> {
		prepare::<T>(1);
		let members: Vec<_> = (0..s).map(|_| ValidatorId::generate_pair(None)).collect();
		let stored = Members::truncate_from(members.clone());
		CurrentSet::<T>::put(StoredSet { id: SetId::ZERO, since: Height(1), members: stored, ..Default::default() });
		LastReported::<T>::put(Place { height: Height(998), ..Default::default() });
		let hash = T::Hashing::hash(b"a block");
		frame_system::BlockHash::<T>::insert(BlockNumberFor::<T>::from(999_u32), hash);
		let block_hash = Pallet::<T>::block_hash(Height(999));
		let vote = Vote { set_id: SetId::ZERO, height: Height(999), view: View(3), phase: Phase::Commit, block_hash };
		let payload = vote.payload(&Pallet::<T>::block_hash(Height::ZERO));
		let signatures = members
			.iter()
			.enumerate()
			.map(|(at, key)| key.sign(&payload).map(|signature| (SignerIndex(at as u16), signature)))
			.collect::<Option<_>>()
			.ok_or(BenchmarkError::Stop("the keystore does not sign"))?;
		let report = Report::truncate_from(alloc::vec![Certificate { vote, signatures }]);

		#[extrinsic_call]
		_(RawOrigin::None, report);

		assert_eq!(LastReported::<T>::get().height, Height(999));
		Ok(())
	}

	#[benchmark]
	fn set_era_reward() -> Result<(), BenchmarkError> {
		let origin = T::ManageOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, 1_000_u32.into());

		assert_eq!(EraReward::<T>::get(), 1_000_u32.into());
		Ok(())
	}

	#[benchmark]
	fn end_era(c: Linear<1, MAX_VALIDATORS>) -> Result<(), BenchmarkError> {
		let members = prepare::<T>(c);
		let reward = T::Currency::minimum_balance() * 1_000_u32.into() * c.into();
		T::Currency::mint_into(&Pallet::<T>::pot(), reward + reward)?;
		EraReward::<T>::put(reward);
		for (n, key) in (0..).zip(&members) {
			register::<T>(key, 1_000 + n, n, Standing::Registered);
		}
		let credit = Credit { commits: 10, ..Default::default() };
		Credits::<T>::mutate(|credits| {
			for key in &members {
				let _ = credits.try_insert(key.clone(), credit);
			}
		});

		#[block]
		{
			Pallet::<T>::end_era();
		}

		assert!(T::Currency::balance(&account::<T::AccountId>("beneficiary", c - 1, 0)) > 0_u32.into());
		Ok(())
	}

	#[benchmark]
	fn register_validator() -> Result<(), BenchmarkError> {
		prepare::<T>(1);
		let (origin, institution, account) = administrator::<T>()?;
		let validator = ValidatorId::generate_pair(None);
		// It has been another institution's, which has left.
		register::<T>(&validator, institution.wrapping_add(1), 1, Standing::Left);
		let payload = Possession { institution, account }.payload(&Pallet::<T>::block_hash(Height::ZERO));
		let proof = validator.sign(&payload).ok_or(BenchmarkError::Stop("the keystore does not sign"))?;
		let peer = Some(peer(2).as_bytes().to_vec());

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, validator.clone(), proof, peer, addresses());

		assert_eq!(Registrations::<T>::get(&validator).map(|stored| stored.institution), Some(institution));
		Ok(())
	}

	#[benchmark]
	fn update_node() -> Result<(), BenchmarkError> {
		prepare::<T>(1);
		let (origin, institution, _) = administrator::<T>()?;
		register::<T>(&key(1), institution, 1, Standing::Registered);
		let other = Some(peer(2).as_bytes().to_vec());

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, key(1), other, addresses());

		assert!(PeerOwners::<T>::contains_key(peer(2)));
		Ok(())
	}

	#[benchmark]
	fn deregister_validator() -> Result<(), BenchmarkError> {
		prepare::<T>(MAX_VALIDATORS);
		let (origin, institution, _) = administrator::<T>()?;
		register::<T>(&key(MAX_VALIDATORS), institution, 1, Standing::Registered);

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, key(MAX_VALIDATORS));

		assert!(!Registrations::<T>::contains_key(key(MAX_VALIDATORS)));
		Ok(())
	}

	#[benchmark]
	fn leave() -> Result<(), BenchmarkError> {
		let members = prepare::<T>(MAX_VALIDATORS);
		let others = Members::truncate_from(members[1..].to_vec());
		register_all::<T>(&others);
		let (origin, institution, _) = administrator::<T>()?;
		register::<T>(&members[0], institution, MAX_VALIDATORS, Standing::Registered);

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, members[0].clone());

		assert!(ScheduledSet::<T>::exists());
		Ok(())
	}

	#[benchmark]
	fn suspend_validator() -> Result<(), BenchmarkError> {
		let members = prepare::<T>(MAX_VALIDATORS);
		register_all::<T>(&members);
		let origin = T::ManageOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, members[0].clone());

		assert!(ScheduledSet::<T>::exists());
		Ok(())
	}

	#[benchmark]
	fn resume_validator() -> Result<(), BenchmarkError> {
		prepare::<T>(1);
		register::<T>(&key(1), 7, 1, Standing::Suspended);
		let origin = T::ManageOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, key(1));

		assert_eq!(Registrations::<T>::get(key(1)).map(|stored| stored.standing), Some(Standing::Registered));
		Ok(())
	}

	#[benchmark]
	fn set_beneficiary() -> Result<(), BenchmarkError> {
		prepare::<T>(1);
		let (origin, institution, _) = administrator::<T>()?;
		register::<T>(&key(1), institution, 1, Standing::Registered);
		let other: T::AccountId = account("other", 0, 0);

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, key(1), other.clone());

		assert_eq!(Pallet::<T>::beneficiary(&key(1)), Some(other));
		Ok(())
	}

	#[benchmark]
	fn contribute() -> Result<(), BenchmarkError> {
		let validator = ValidatorId::generate_pair(None);
		elections_with::<T>(&validator);
		let commitment = [7; 32];
		let payload = contribution_payload(&Pallet::<T>::block_hash(Height::ZERO), 0, &commitment);
		let signature = validator.sign(&payload).ok_or(BenchmarkError::Stop("the keystore does not sign"))?;

		#[extrinsic_call]
		_(RawOrigin::None, 0, validator.clone(), commitment, signature);

		assert!(Contributions::<T>::contains_key(&validator));
		Ok(())
	}

	#[benchmark]
	fn reveal() -> Result<(), BenchmarkError> {
		let validator = key(MAX_ROSTER + 1);
		elections_with::<T>(&validator);
		CurrentEra::<T>::mutate(|era| era.since = Height(1_000 - ERA_LENGTH / 2));
		let secret = [7; 32];
		let commitment = commitment(&Pallet::<T>::block_hash(Height::ZERO), 0, &validator, &secret);
		Contributions::<T>::insert(&validator, Contribution { commitment, secret: None });

		#[extrinsic_call]
		_(RawOrigin::None, 0, validator.clone(), secret);

		assert_eq!(Contributions::<T>::get(&validator).and_then(|stored| stored.secret), Some(secret));
		Ok(())
	}

	#[benchmark]
	fn add_observer() -> Result<(), BenchmarkError> {
		elections_with::<T>(&key(MAX_ROSTER + 1));
		Roster::<T>::mutate(|roster| roster.pop());
		let (_, institution, _) = administrator::<T>()?;
		let validator = key(MAX_ROSTER + 2);
		register::<T>(&validator, institution, 1, Standing::Registered);
		let origin = T::ManageOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, validator.clone());

		assert_eq!(Pallet::<T>::seat_of(&validator), Some(Seat::Observer));
		Ok(())
	}

	#[benchmark]
	fn remove_observer() -> Result<(), BenchmarkError> {
		let validator = key(MAX_ROSTER + 1);
		elections_with::<T>(&validator);
		Pallet::<T>::enlist(&validator, Seat::Observer).map_err(|_| BenchmarkError::Stop("it is on the roster"))?;
		let origin = T::ManageOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, validator.clone());

		assert_eq!(Pallet::<T>::seat_of(&validator), None);
		Ok(())
	}

	#[benchmark]
	fn elect() -> Result<(), BenchmarkError> {
		elections_with::<T>(&key(MAX_ROSTER + 1));
		for entry in Roster::<T>::get() {
			let secret = Some([9; 32]);
			Contributions::<T>::insert(&entry.validator, Contribution { commitment: [8; 32], secret });
		}

		#[block]
		{
			let contributions = Pallet::<T>::close_lottery();
			let roster = Pallet::<T>::standing_for_election();
			Pallet::<T>::rate_all(&roster, &contributions, Height(1), true);
			Pallet::<T>::elect(2, Height(2_000), &roster, &contributions, true);
		}

		assert_eq!(NextCommittee::<T>::get().map(|next| next.members.len()), Some(MAX_VALIDATORS as usize));
		Ok(())
	}

	#[benchmark]
	fn rotate() -> Result<(), BenchmarkError> {
		elections_with::<T>(&key(MAX_ROSTER + 1));
		let roster = Roster::<T>::get();
		let keys = |from: usize| roster.iter().skip(from).map(|entry| entry.validator.clone());
		let most = MAX_VALIDATORS as usize;
		let (members, alternates) = (keys(most).take(most).collect(), keys(2 * most).take(most).collect());
		let members = Members::truncate_from(members);
		// The elected have not shown themselves, the last of the alternates have.
		for alternate in keys(2 * most).take(most) {
			Contributions::<T>::insert(&alternate, Contribution { commitment: [8; 32], secret: None });
		}
		let alternates = Members::truncate_from(alternates);
		NextCommittee::<T>::put(Elected { era: 1, since: Height(2_000), members, alternates });

		#[block]
		{
			Pallet::<T>::rotate();
		}

		assert_eq!(ScheduledSet::<T>::get().map(|next| next.members.len()), Some(most));
		Ok(())
	}

	#[benchmark]
	fn check_schedule() {
		let members = prepare::<T>(MAX_VALIDATORS);
		ScheduledSet::<T>::put(NextSet { since: Height(2_000), members, demoted: Demoted::default() });

		#[block]
		{
			Pallet::<T>::on_finalize(1_000_u32.into());
		}

		assert!(ScheduledSet::<T>::exists());
	}

	#[benchmark]
	fn apply_change() {
		let members = prepare::<T>(MAX_VALIDATORS);
		register_all::<T>(&members);
		// The most that can leave at once: all but one.
		let members = Members::truncate_from(vec![members[0].clone()]);
		ScheduledSet::<T>::put(NextSet { since: Height(1_001), members, demoted: Demoted::default() });

		#[block]
		{
			Pallet::<T>::on_finalize(1_000_u32.into());
		}

		assert_eq!(CurrentSet::<T>::get().id, SetId(1));
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(1), crate::mock::Test);
}
