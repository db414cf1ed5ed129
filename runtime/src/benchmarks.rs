//! The benchmarks of all pallets, for the runtime API that the benchmarking tool calls.

use crate::{
	AllPalletsWithSystem, Balances, Board, Builtin, Classes, ConsensusConfig, Identity, Multisig, Nodes, Privacy,
	Proxy, Recovery, Runtime, Scheduler, Sudo, Supervision, Timestamp, TransactionPayment, Utility, Validators,
};
use alloc::{string::String, vec::Vec};
use frame_benchmarking::{baseline::Pallet as BaselineBench, BenchmarkBatch, BenchmarkConfig, BenchmarkList};
use frame_support::traits::{StorageInfo, StorageInfoTrait, WhitelistedStorageKeys};
use frame_system_benchmarking::{extensions::Pallet as SystemExtensionsBench, Pallet as SystemBench};
use sp_storage::TrackedStorageKey;

impl frame_benchmarking::baseline::Config for Runtime {}
impl frame_system_benchmarking::Config for Runtime {}
impl pallet_transaction_payment::BenchmarkConfig for Runtime {}

frame_benchmarking::define_benchmarks!(
	[frame_benchmarking, BaselineBench::<Runtime>]
	[frame_system, SystemBench::<Runtime>]
	[frame_system_extensions, SystemExtensionsBench::<Runtime>]
	[pallet_balances, Balances]
	[pallet_builtin, Builtin]
	[pallet_classes, Classes]
	[pallet_collective, Board]
	[pallet_consensus_config, ConsensusConfig]
	[pallet_identity, Identity]
	[pallet_multisig, Multisig]
	[pallet_nodes, Nodes]
	[pallet_privacy, Privacy]
	[pallet_proxy, Proxy]
	[pallet_recovery, Recovery]
	[pallet_scheduler, Scheduler]
	[pallet_sudo, Sudo]
	[pallet_supervision, Supervision]
	[pallet_timestamp, Timestamp]
	[pallet_transaction_payment, TransactionPayment]
	[pallet_utility, Utility]
	[pallet_validators, Validators]
);

/// The list of all benchmarks, and the storage of the pallets.
pub fn metadata(extra: bool) -> (Vec<BenchmarkList>, Vec<StorageInfo>) {
	let mut list = Vec::new();
	list_benchmarks!(list, extra);
	(list, AllPalletsWithSystem::storage_info())
}

/// Runs one benchmark.
pub fn dispatch(config: BenchmarkConfig) -> Result<Vec<BenchmarkBatch>, String> {
	let whitelist: Vec<TrackedStorageKey> = AllPalletsWithSystem::whitelisted_storage_keys();
	let mut batches = Vec::new();
	let params = (&config, &whitelist);
	add_benchmarks!(params, batches);
	Ok(batches)
}
