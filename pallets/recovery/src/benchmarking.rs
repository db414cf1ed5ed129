//! The benchmark: the largest set. How many have signed is up to the board in the state, which this pallet cannot change, so
//! an order of nobody is measured, and each signature beside it.

use super::*;
use codec::Decode;
use frame_benchmarking::v2::*;
use frame_support::BoundedVec;
use syndic_primitives::{RecoveryOrder, ValidatorId, MAX_VALIDATORS};

/// A key that nobody holds.
fn key(n: u32) -> ValidatorId {
	let mut raw = [0; 32];
	raw[..4].copy_from_slice(&n.to_le_bytes());
	ValidatorId::decode(&mut &raw[..]).expect("a key is 32 bytes")
}

#[benchmarks]
mod benchmarks {
	use super::*;

	/// Putting the largest set in force in place of the largest one.
	#[benchmark]
	fn replace() -> Result<(), BenchmarkError> {
		frame_system::Pallet::<T>::set_block_number(1_000_u32.into());
		let members = |from: u32| BoundedVec::truncate_from((from..from + MAX_VALIDATORS).map(key).collect());
		pallet_validators::Pallet::<T>::replace(members(0)).map_err(|_| BenchmarkError::Stop("no set"))?;

		#[block]
		{
			pallet_validators::Pallet::<T>::replace(members(1_000)).map_err(|_| BenchmarkError::Stop("no set"))?;
		}

		Ok(())
	}

	/// Refusing one signature that is not what it should be, in both forms.
	#[benchmark]
	fn signature() -> Result<(), BenchmarkError> {
		let order = RecoveryOrder {
			genesis: BlockHash::zero(),
			height: Height(1),
			block_hash: BlockHash::zero(),
			set_id: SetId(0),
			members: BoundedVec::truncate_from((0..MAX_VALIDATORS).map(key).collect()),
		};
		let of_another = sp_runtime::MultiSignature::decode(&mut &[&[2_u8][..], &[7; 65][..]].concat()[..])
			.map_err(|_| BenchmarkError::Stop("no signature"))?;
		let good;

		#[block]
		{
			good = order.is_signed(&AccountId32::new([1; 32]), &of_another);
		}

		assert!(!good);
		Ok(())
	}
}
