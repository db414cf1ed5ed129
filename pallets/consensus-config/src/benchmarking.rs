//! Benchmarks, each with the most scheduled changes.

use super::*;
use frame_benchmarking::v2::*;
use frame_support::traits::{EnsureOrigin, Hooks};

/// Block 1,000, and so many changes scheduled, the first for the height `first`.
fn prepare<T: Config>(scheduled: u32, first: u32) {
	frame_system::Pallet::<T>::set_block_number(1_000_u32.into());
	let schedule = (0..scheduled).map(|n| (Height(first + n), Parameters::default())).collect();
	ScheduledParameters::<T>::put(Schedule::truncate_from(schedule));
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
