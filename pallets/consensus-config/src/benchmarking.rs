//! Benchmarks, each with the most scheduled changes.

use super::*;
use codec::Decode;
use frame_benchmarking::v2::*;
use frame_support::traits::{EnsureOrigin, Hooks};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use sp_runtime::{traits::Hash, RuntimeAppPublic};
use syndic_primitives::lottery::{Signal, SignedSignal};

/// Block 1,000, and so many changes scheduled, the first for the height `first`.
fn prepare<T: Config>(scheduled: u32, first: u32) {
	frame_system::Pallet::<T>::set_block_number(1_000_u32.into());
	let (mut schedule, mut changes) = (Schedule::default(), Scheduled::default());
	for n in 0..scheduled {
		let change = ParameterChanges { heartbeat: Some(61_000 + n), ..Default::default() };
		let parameters = change.clone().apply_to(&Parameters::default());
		let since = Height(first + n);
		schedule.try_push((since, parameters)).expect("there is room");
		changes.try_push(ScheduledChange { since, cause: Cause::Board, changes: change }).expect("there is room");
	}
	ScheduledParameters::<T>::put(schedule);
	ScheduledChanges::<T>::put(changes);
	for n in 0..MAX_HISTORY {
		let change = PastChange { since: Height(n + 1), cause: Cause::Board, parameters: Pallet::<T>::parameters() };
		Pallet::<T>::remember(change);
	}
}

fn name(text: &str) -> Vec<u8> {
	text.into()
}

/// A key that nobody holds.
fn validator(n: u32) -> ValidatorId {
	let mut raw = [0; 32];
	raw[..4].copy_from_slice(&n.to_le_bytes());
	ValidatorId::decode(&mut &raw[..]).expect("a key is 32 bytes")
}

fn windows(profile: &str) -> Vec<Window> {
	let profile = ProfileName::new(profile.into()).expect("it is one");
	let window = |n: u16| Window { days: 127, from: n * 60, until: n * 60 + 60, profile: profile.clone() };
	(0..calendar::MAX_WINDOWS as u16).map(window).collect()
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn change() -> Result<(), BenchmarkError> {
		prepare::<T>(MAX_SCHEDULED - 1, 1_010);
		let origin = T::ManageOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
		let changes = ParameterChanges { block_period: Some(2_000), ..Default::default() };

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, changes, Some(1_100));

		assert_eq!(ScheduledParameters::<T>::get().len(), MAX_SCHEDULED as usize);
		Ok(())
	}

	#[benchmark]
	fn cancel() -> Result<(), BenchmarkError> {
		prepare::<T>(MAX_SCHEDULED, 1_010);
		let origin = T::ManageOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, 1_010 + MAX_SCHEDULED - 1);

		assert_eq!(ScheduledParameters::<T>::get().len(), MAX_SCHEDULED as usize - 1);
		Ok(())
	}

	#[benchmark]
	fn set_profile() -> Result<(), BenchmarkError> {
		prepare::<T>(MAX_SCHEDULED, 1_010);
		for n in 0..profiles::MAX_PROFILES - 5 {
			let name = ProfileName::new(alloc::format!("profile {n}").into()).expect("it is one");
			Profiles::<T>::insert(name, profiles::retail_payments());
		}
		let origin = T::ManageOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, name("another"), profiles::interbank_settlement());

		assert_eq!(Profiles::<T>::iter_keys().count(), profiles::MAX_PROFILES as usize);
		Ok(())
	}

	#[benchmark]
	fn remove_profile() -> Result<(), BenchmarkError> {
		let origin = T::ManageOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
		Pallet::<T>::set_calendar(origin.clone(), name("retail payments"), windows("retail payments"))?;
		CurrentProfile::<T>::put(ProfileName::new(name("securities custody")).expect("it is one"));

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, name("securities custody"));

		assert!(CurrentProfile::<T>::get().is_none());
		Ok(())
	}

	#[benchmark]
	fn use_profile() -> Result<(), BenchmarkError> {
		prepare::<T>(MAX_SCHEDULED - 1, 1_010);
		let origin = T::ManageOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, name("securities custody"), Some(1_100));

		assert_eq!(ScheduledParameters::<T>::get().len(), MAX_SCHEDULED as usize);
		Ok(())
	}

	#[benchmark]
	fn set_calendar() -> Result<(), BenchmarkError> {
		let origin = T::ManageOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, name("retail payments"), windows("securities custody"));

		assert!(ActiveCalendar::<T>::exists());
		Ok(())
	}

	#[benchmark]
	fn remove_calendar() -> Result<(), BenchmarkError> {
		let origin = T::ManageOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
		Pallet::<T>::set_calendar(origin.clone(), name("retail payments"), windows("securities custody"))?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin);

		assert!(!ActiveCalendar::<T>::exists());
		Ok(())
	}

	#[benchmark]
	fn signal() -> Result<(), BenchmarkError> {
		let count = syndic_primitives::MAX_ROSTER;
		let mut keys: Vec<ValidatorId> = (1..count).map(validator).collect();
		let signer = ValidatorId::generate_pair(None);
		keys.push(signer.clone());
		T::Members::register(keys.clone());
		keys.pop();
		keys.sort();
		let support = |validator| Support { validator, version: 1, height: Height(0) };
		Signals::<T>::put(Supports::truncate_from(keys.into_iter().map(support).collect()));
		frame_system::Pallet::<T>::set_block_number(1_000_u32.into());
		let hash = T::Hashing::hash(b"a block");
		frame_system::BlockHash::<T>::insert(BlockNumberFor::<T>::from(999_u32), hash);
		let said = Signal { version: 2, height: Height(999), block_hash: Pallet::<T>::block_hash(Height(999)) };
		let signature = signer.sign(&said.payload(&Pallet::<T>::block_hash(Height::ZERO)));
		let signature = signature.ok_or(BenchmarkError::Stop("the keystore does not sign"))?;
		let signed = SignedSignal { validator: signer, signal: said, signature };

		#[extrinsic_call]
		_(RawOrigin::None, signed);

		assert_eq!(Signals::<T>::get().len(), count as usize);
		Ok(())
	}

	#[benchmark]
	fn check_calendar() -> Result<(), BenchmarkError> {
		let origin = T::ManageOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
		Pallet::<T>::set_calendar(origin, name("retail payments"), windows("retail payments"))?;
		Followed::<T>::put(ProfileName::new(name("retail payments")).expect("it is one"));

		#[block]
		{
			assert!(!Pallet::<T>::follow_calendar());
		}
		Ok(())
	}

	#[benchmark]
	fn follow_calendar() -> Result<(), BenchmarkError> {
		prepare::<T>(MAX_SCHEDULED - 1, 1_010);
		let origin = T::ManageOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
		Pallet::<T>::set_calendar(origin, name("retail payments"), windows("retail payments"))?;

		#[block]
		{
			assert!(Pallet::<T>::follow_calendar());
		}
		assert_eq!(ScheduledParameters::<T>::get().len(), MAX_SCHEDULED as usize);
		Ok(())
	}

	#[benchmark]
	fn check_schedule() {
		prepare::<T>(MAX_SCHEDULED, 1_010);

		#[block]
		{
			Pallet::<T>::on_finalize(1_000_u32.into());
		}

		assert_eq!(ScheduledParameters::<T>::get().len(), MAX_SCHEDULED as usize);
	}

	#[benchmark]
	fn apply_change() {
		prepare::<T>(MAX_SCHEDULED, 1_001);

		#[block]
		{
			Pallet::<T>::on_finalize(1_000_u32.into());
		}

		assert_eq!(ScheduledParameters::<T>::get().len(), MAX_SCHEDULED as usize - 1);
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
