//! The runtime's limits are those that the rules of parameters go by, and the shipped profiles suit it.

mod common;

use frame_support::dispatch::DispatchClass;
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie};
use syndic_primitives::parameters::rules::{FULL_BLOCK_BYTES, FULL_BLOCK_TIME, TRANSACTIONS_PER_WEIGHT};
use syndic_runtime::{presets, ConsensusConfig, Runtime};

#[test]
fn a_full_block_is_as_large_as_the_rules_say() {
	let weights = <Runtime as frame_system::Config>::BlockWeights::get();
	let normal = weights.get(DispatchClass::Normal);
	let picoseconds = normal.max_total.expect("it is limited").ref_time();
	assert_eq!(picoseconds, u64::from(FULL_BLOCK_TIME) * 1_000_000_000);
	let length = <Runtime as frame_system::Config>::BlockLength::get();
	assert_eq!(*length.max.get(DispatchClass::Normal), FULL_BLOCK_BYTES);
	// No transaction weighs less than the rules count for one.
	let least = picoseconds / 100 / u64::from(TRANSACTIONS_PER_WEIGHT);
	assert!(normal.base_extrinsic.ref_time() >= least, "{} < {least}", normal.base_extrinsic.ref_time());
}

/// In one motion, as a calendar month is planned; the weight of each is small enough for that.
#[test]
fn the_board_schedules_all_profiles_at_once() {
	let mut chain = common::Chain::new(presets::LOCAL);
	let names: Vec<_> = pallet_consensus_config::profiles::shipped().map(|(name, _)| name).into();
	let use_profile = |(n, name): (usize, &&str)| {
		let at = Some(100 + 20 * n as u32);
		pallet_consensus_config::Call::use_profile { name: name.as_bytes().to_vec(), at }.into()
	};
	let calls = names.iter().enumerate().map(use_profile).collect();
	chain.motion(&[Alice, Bob, Charlie], pallet_utility::Call::batch_all { calls });
	assert_eq!(chain.motion_result(), Ok(()));
	chain.query(|| assert_eq!(ConsensusConfig::scheduled_parameters().len(), 4));
	chain.run_to(165);
	chain.query(|| {
		let name = pallet_consensus_config::CurrentProfile::<Runtime>::get().expect("one is in force");
		assert_eq!(name.text(), "regulatory reporting");
		assert_eq!(ConsensusConfig::parameters().block_period, 5_000);
	});
}
