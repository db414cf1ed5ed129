//! Benchmarks. What can't be done in a runtime, for want of a contract that it could be done to, is skipped.

use super::*;
use alloc::vec;
use frame_benchmarking::v2::*;
use frame_support::traits::{EnsureOrigin, Get};
use frame_system::RawOrigin;
use sp_runtime::traits::Hash;
use syndic_primitives::{builtin::Address, Height};

/// A contract that can be suspended.
fn suspendable<T: Config>() -> Result<Address, BenchmarkError> {
	let contract = T::Contracts::entries().find(|contract| contract.suspendable);
	contract.map(|contract| contract.address).ok_or(BenchmarkError::Skip)
}

#[benchmarks]
mod benchmarks {
	use super::*;

	/// The way to a call, and not the call: the payload is none.
	#[benchmark]
	fn call(n: Linear<0, { T::MaxPayload::get() }>) -> Result<(), BenchmarkError> {
		let other = T::Contracts::entries().find(|contract| contract.address != Pallet::<T>::ADDRESS);
		let address = other.ok_or(BenchmarkError::Skip)?.address;
		let origin = RawOrigin::Signed(whitelisted_caller());
		let payload = vec![0; n as usize];

		#[block]
		{
			let weight = Pallet::<T>::weigh_call(&address, &payload);
			core::hint::black_box(weight);
			let _ = Pallet::<T>::call(origin.into(), address, payload);
		}
		Ok(())
	}

	#[benchmark]
	fn suspend() -> Result<(), BenchmarkError> {
		let address = suspendable::<T>()?;
		let origin = T::SuspendOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, address);

		assert!(Suspended::<T>::contains_key(address));
		Ok(())
	}

	#[benchmark]
	fn resume() -> Result<(), BenchmarkError> {
		let address = suspendable::<T>()?;
		Suspended::<T>::insert(address, Height(1));
		let origin = T::SuspendOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, address);

		assert!(!Suspended::<T>::contains_key(address));
		Ok(())
	}

	#[benchmark]
	fn authorize_upgrade() -> Result<(), BenchmarkError> {
		let origin = T::UpgradeOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
		let hash = T::Hashing::hash(b"code");

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, hash);

		assert!(frame_system::Pallet::<T>::authorized_upgrade().is_some());
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
