//! Benchmarks, each with as many classes, members and mapped calls as there may be.

use super::{
	types::{MAX_INSTITUTIONS, MAX_NAME_BYTES},
	*,
};
use alloc::vec;
use frame_benchmarking::v2::*;
use frame_support::traits::EnsureOrigin;
use frame_system::RawOrigin;

const LAST: ClassId = ClassId(MAX_CLASSES as u8 - 1);

fn name(n: u8) -> Vec<u8> {
	vec![b'a' + n; MAX_NAME_BYTES as usize]
}

fn members<Kind>() -> Members<Kind> {
	Members { kinds: Vec::new(), institutions: (0..MAX_INSTITUTIONS).collect() }
}

/// Every class that there can be, each with a list of members.
fn prepare<T: Config>() {
	for n in 4..MAX_CLASSES as u8 {
		let stored = types::members::<T>(members()).ok();
		let name = ClassName::truncate_from(name(n));
		let assurance = AssuranceLevel::Regulator;
		let class = Class { name, share: 0, priority: n, max_size: MIN_MAX_SIZE, assurance, members: stored };
		Classes::<T>::insert(ClassId(n), class);
	}
}

fn map<T: Config>(count: u32, class: ClassId) {
	for n in 0..count {
		MappedCalls::<T>::insert((200 + (n >> 8) as u8, n as u8), class);
	}
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn set_class() -> Result<(), BenchmarkError> {
		prepare::<T>();
		let origin = T::BoardOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
		let size = T::MaxSize::get();

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, LAST, name(25), 0, 100, size, AssuranceLevel::Committee, Some(members()));

		assert_eq!(Classes::<T>::get(LAST).map(|class| class.priority), Some(100));
		Ok(())
	}

	#[benchmark]
	fn remove_class(n: Linear<0, 256>) -> Result<(), BenchmarkError> {
		prepare::<T>();
		map::<T>(n.min(T::MaxMappedCalls::get()), types::DEFAULT);
		let origin = T::BoardOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, LAST);

		assert!(!Classes::<T>::contains_key(LAST));
		Ok(())
	}

	#[benchmark]
	fn map_call() -> Result<(), BenchmarkError> {
		prepare::<T>();
		let origin = T::BoardOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, (0, 0), LAST);

		assert_eq!(MappedCalls::<T>::get((0, 0)), Some(LAST));
		Ok(())
	}

	#[benchmark]
	fn unmap_call() -> Result<(), BenchmarkError> {
		map::<T>(1, types::DEFAULT);
		let origin = T::BoardOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, (200, 0));

		assert_eq!(MappedCalls::<T>::count(), 0);
		Ok(())
	}

	#[benchmark]
	fn with_class() {
		prepare::<T>();
		let caller: T::AccountId = whitelisted_caller();
		let call: CallOf<T> = frame_system::Call::remark { remark: vec![] }.into();

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), LAST, Box::new(call));

		assert!(frame_system::Pallet::<T>::event_count() > 0);
	}

	/// What the transaction extension does: it finds the class, and judges.
	#[benchmark]
	fn check_class() {
		map::<T>(T::MaxMappedCalls::get().min(256), types::DEFAULT);
		let caller: T::AccountId = whitelisted_caller();
		let call: CallOf<T> = frame_system::Call::remark { remark: vec![0; 64 * 1024] }.into();
		let info = call.get_dispatch_info();
		let judged;

		#[block]
		{
			judged = Pallet::<T>::check(&caller, &call, &info, 64 * 1024)
				.and_then(|priority| Pallet::<T>::check_in_block(&info, 64 * 1024).map(|()| priority));
		}

		assert!(judged.is_ok());
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
