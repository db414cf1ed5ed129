//! Benchmarks, each with the longest grounds, and with as many freezes that end in one block as there may be.

use super::{
	types::{self, MAX_GROUND},
	*,
};
use alloc::vec;
use frame_benchmarking::v2::*;
use frame_support::traits::EnsureOrigin;
use frame_system::RawOrigin;
use sp_runtime::traits::Saturating;

/// The institution that is frozen.
const INSTITUTION: InstitutionId = 1_000_000;

fn ground() -> Vec<u8> {
	vec![b'x'; MAX_GROUND as usize]
}

/// The block in which the freezes end.
fn end<T: Config>() -> BlockNumberFor<T> {
	frame_system::Pallet::<T>::block_number().saturating_add(10_u32.into())
}

/// An officer, and a case of its institution.
fn prepare<T: Config>() -> Result<(T::RuntimeOrigin, InstitutionId, AccountOf<T>), BenchmarkError> {
	let origin = T::RegulatorOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
	let (institution, officer) =
		T::RegulatorOrigin::ensure_origin(origin.clone()).map_err(|_| BenchmarkError::Weightless)?;
	let until = frame_system::Pallet::<T>::block_number().saturating_add(T::MaxCase::get());
	Pallet::<T>::open_case(origin.clone(), ground(), until)?;
	T::Directory::make(INSTITUTION);
	Ok((origin, institution, officer))
}

/// So many frozen accounts whose freezes end in one block.
fn freeze_many<T: Config>(count: u32) -> Result<T::RuntimeOrigin, BenchmarkError> {
	let (origin, institution, officer) = prepare::<T>()?;
	let ground = types::ground::<T>(ground()).unwrap_or_default();
	for n in 0..count {
		let subject = Subject::Account(account("frozen", n, 0));
		Pallet::<T>::do_freeze(institution, officer.clone(), 0, subject, ground.clone(), end::<T>())?;
	}
	Ok(origin)
}

/// The last account that is frozen, with as many others as there may be.
fn frozen<T: Config>() -> (u32, SubjectOf<T>) {
	let count = T::MaxExpiries::get();
	(count, Subject::Account(account("frozen", count.saturating_sub(1), 0)))
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn open_case() -> Result<(), BenchmarkError> {
		let (origin, ..) = prepare::<T>()?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, ground(), end::<T>());

		assert_eq!(NextCase::<T>::get(), 2);
		Ok(())
	}

	#[benchmark]
	fn close_case() -> Result<(), BenchmarkError> {
		let (origin, ..) = prepare::<T>()?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, 0, ground());

		assert!(Cases::<T>::get(0).is_some_and(|case| case.closed.is_some()));
		Ok(())
	}

	#[benchmark]
	fn freeze() -> Result<(), BenchmarkError> {
		let (count, subject) = frozen::<T>();
		let origin = freeze_many::<T>(count.saturating_sub(1))?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, 0, subject.clone(), ground(), end::<T>());

		assert!(Freezes::<T>::contains_key(subject));
		Ok(())
	}

	#[benchmark]
	fn release() -> Result<(), BenchmarkError> {
		let (count, subject) = frozen::<T>();
		let origin = freeze_many::<T>(count)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, subject.clone(), ground());

		assert!(!Freezes::<T>::contains_key(subject));
		Ok(())
	}

	#[benchmark]
	fn appeal() -> Result<(), BenchmarkError> {
		let (count, subject) = frozen::<T>();
		freeze_many::<T>(count)?;
		let Subject::Account(account) = subject.clone() else { return Err(BenchmarkError::Weightless) };

		#[extrinsic_call]
		_(RawOrigin::Signed(account), subject.clone(), ground());

		assert!(Freezes::<T>::get(subject).is_some_and(|frozen| frozen.appeal.is_some()));
		Ok(())
	}

	#[benchmark]
	fn decide_appeal() -> Result<(), BenchmarkError> {
		let (count, subject) = frozen::<T>();
		freeze_many::<T>(count)?;
		let Subject::Account(account) = subject.clone() else { return Err(BenchmarkError::Weightless) };
		Pallet::<T>::appeal(RawOrigin::Signed(account).into(), subject.clone(), ground())?;
		let origin = T::BoardOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, subject.clone(), true, ground());

		assert!(!Freezes::<T>::contains_key(subject));
		Ok(())
	}

	#[benchmark]
	fn set_large_transfer() -> Result<(), BenchmarkError> {
		let (origin, ..) = prepare::<T>()?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, u128::MAX, ground());

		assert_eq!(LargeTransfer::<T>::get(), u128::MAX);
		Ok(())
	}

	#[benchmark]
	fn expire(n: Linear<0, 64>) -> Result<(), BenchmarkError> {
		let count = n.min(T::MaxExpiries::get());
		freeze_many::<T>(count)?;
		// By now: what is measured begins in a later block than this.
		let end = end::<T>();
		let ended;

		#[block]
		{
			ended = Pallet::<T>::expire(end);
		}

		assert_eq!(ended, count);
		Ok(())
	}

	/// What the transaction extension does for a sender and whom its calls act for.
	#[benchmark]
	fn check_freeze(n: Linear<0, 128>) -> Result<(), BenchmarkError> {
		freeze_many::<T>(1)?;
		let others: Vec<AccountOf<T>> = (0..n).map(|n| account("other", n, 0)).collect();
		let caller: T::AccountId = whitelisted_caller();
		let call: CallOf<T> = frame_system::Call::remark { remark: vec![0; 1_024] }.into();
		let judged;

		#[block]
		{
			judged = Pallet::<T>::check(&caller, &call).is_ok() && !others.iter().any(Pallet::<T>::is_frozen);
		}

		assert!(judged);
		Ok(())
	}

	#[benchmark]
	fn record() {
		let ground = types::ground::<T>(ground()).unwrap_or_default();
		let number;

		#[block]
		{
			number = Pallet::<T>::record(Actor::Chain, None, Act::CaseOpened, ground, None);
		}

		assert!(Records::<T>::contains_key(number));
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
