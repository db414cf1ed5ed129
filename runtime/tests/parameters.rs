//! The runtime's limits are those that the rules of parameters assume, and the shipped profiles suit the runtime.

use frame_support::dispatch::{DispatchClass, GetDispatchInfo};
use pallet_consensus_config::{Cause, ProfileName, Window};
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie};
use syndic_primitives::{
	parameters::rules::{FULL_BLOCK_BYTES, FULL_BLOCK_TIME, TRANSACTIONS_PER_WEIGHT},
	Height, MIN_CHANGE_DELAY,
};
use syndic_runtime::{presets, ConsensusConfig, Runtime};

/// Number of payments that docs/govern/parameters.md promises for a block, for each profile.
const PAYMENTS: [u64; 4] = [400, 800, 1_200, 2_000];

#[test]
fn a_full_block_is_as_large_as_the_rules_say() {
	let weights = <Runtime as frame_system::Config>::BlockWeights::get();
	let normal = weights.get(DispatchClass::Normal);
	let picoseconds = normal.max_total.expect("it is limited").ref_time();
	assert_eq!(picoseconds, u64::from(FULL_BLOCK_TIME) * 1_000_000_000);
	let length = <Runtime as frame_system::Config>::BlockLength::get();
	assert_eq!(*length.max.get(DispatchClass::Normal), FULL_BLOCK_BYTES);
	// No transaction weighs less than the rules assume for one.
	let least = picoseconds / 100 / u64::from(TRANSACTIONS_PER_WEIGHT);
	assert!(normal.base_extrinsic.ref_time() >= least, "{} < {least}", normal.base_extrinsic.ref_time());
}

/// Under each profile, the weight of a block has room for the payments that docs/govern/parameters.md promises.
#[test]
fn payments_fit_into_the_profiles_blocks() {
	let mut chain = crate::common::Chain::new(presets::LOCAL);
	let transfer = pallet_balances::Call::<Runtime>::transfer_keep_alive { dest: Bob.to_account_id().into(), value: 1 };
	let payment = chain.sign(Alice, transfer);
	let weights = <Runtime as frame_system::Config>::BlockWeights::get();
	let normal = weights.get(DispatchClass::Normal);
	let info = chain.query(|| payment.get_dispatch_info());
	let each = info.total_weight().ref_time() + normal.base_extrinsic.ref_time();
	let all = normal.max_total.expect("it is limited").ref_time();
	let fit = pallet_consensus_config::profiles::shipped().map(|(name, changes)| {
		let share = changes.block_weight_share.expect("each profile sets it");
		(name, all / 100 * u64::from(share) / each)
	});
	println!("{each} ps for a payment: {fit:?}");
	for ((name, payments), least) in fit.into_iter().zip(PAYMENTS) {
		assert!(payments >= least, "{name}: {payments} payments, {least} are promised");
	}
}

/// One motion schedules all profiles, as the board does to plan a month. The calls' weights are small enough for that.
#[test]
fn the_board_schedules_all_profiles_at_once() {
	let mut chain = crate::common::Chain::new(presets::LOCAL);
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

/// The calendar uses the time of the previous block: the block after the first one of 16:00 sees that another profile
/// is due.
#[test]
fn the_calendar_goes_by_the_time_of_blocks() {
	// A minute before 16:00 UTC on Monday, 2 November 2026.
	const EPOCH: u64 = (1_793_577_600 + 959 * 60) * 1_000;
	let name = |text: &str| ProfileName::new(text.into()).expect("it is a name");
	let mut chain = crate::common::Chain::of(&crate::common::preset(presets::LOCAL), EPOCH);
	let windows = vec![Window { days: 1, from: 960, until: 1_080, profile: name("interbank settlement") }];
	let otherwise = b"retail payments".to_vec();
	chain.motion(&[Alice, Bob, Charlie], pallet_consensus_config::Call::set_calendar { otherwise, windows });
	assert_eq!(chain.motion_result(), Ok(()));
	chain.run_to(40);
	let in_force = || pallet_consensus_config::CurrentProfile::<Runtime>::get().map(|name| name.text());
	assert_eq!(chain.query(in_force).as_deref(), Some("retail payments"));
	chain.run_to(80);
	assert_eq!(chain.query(in_force).as_deref(), Some("interbank settlement"));
	let last = chain.query(|| pallet_consensus_config::History::<Runtime>::get().pop()).expect("it is remembered");
	assert_eq!(last.cause, Cause::Calendar(name("interbank settlement")));
	// Block 60 is the first block of that hour, and block 61 the first one that sees it.
	assert_eq!(last.since, Height(61 + MIN_CHANGE_DELAY));
}
