//! Benchmarks, each with the longest names, and with as many nodes on the list as it says.

use super::{
	types::{MAX_ADDRESSES, MAX_ADDRESS_BYTES},
	*,
};
use alloc::vec;
use frame_benchmarking::v2::*;
use frame_support::traits::EnsureOrigin;
use syndic_primitives::PeerId;

/// The institution that nodes are registered for.
const INSTITUTION: InstitutionId = 1_000_000;

fn peer(n: u32) -> PeerIdBytes {
	let mut key = [7; 32];
	key[..4].copy_from_slice(&n.to_le_bytes());
	PeerId::of_ed25519(&key).as_bytes().to_vec()
}

/// The longest addresses that a node may have.
fn addresses() -> Vec<Vec<u8>> {
	vec![[&b"/"[..], &[b'a'; MAX_ADDRESS_BYTES as usize - 1]].concat(); MAX_ADDRESSES as usize]
}

/// So many nodes of validators, each of an institution of its own.
fn prepare<T: Config>(nodes: u32) {
	for n in 0..nodes {
		let institution = INSTITUTION + n;
		T::Institutions::make(institution);
		let addresses = types::addresses::<T>(addresses()).unwrap_or_default();
		let node = Node { institution, kind: Kind::Validator, addresses, since: 0_u32.into() };
		Pallet::<T>::put(StoredPeerId::truncate_from(peer(n)), node);
	}
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn register_node() -> Result<(), BenchmarkError> {
		let origin = T::InstitutionOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, peer(1), Kind::Validator, addresses());

		assert_eq!(Nodes::<T>::count(), 1);
		Ok(())
	}

	#[benchmark]
	fn remove_node(n: Linear<2, 1024>) -> Result<(), BenchmarkError> {
		let n = n.clamp(T::LeastValidators::get() + 1, T::MaxNodes::get());
		prepare::<T>(n);
		Enforced::<T>::put(true);
		let origin = T::BoardOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		board_remove_node(origin as T::RuntimeOrigin, peer(1));

		assert_eq!(Nodes::<T>::count(), n - 1);
		Ok(())
	}

	#[benchmark]
	fn set_enforced(n: Linear<1, 1024>) -> Result<(), BenchmarkError> {
		prepare::<T>(n.clamp(T::LeastValidators::get().max(1), T::MaxNodes::get()));
		let origin = T::BoardOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, true);

		assert!(Enforced::<T>::get());
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
