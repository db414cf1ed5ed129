//! The runtime APIs, which the node and tools call.

use crate::{
	configs::privacy, genesis, presets, AccountId, Balance, Block, Builtin, Classes, ConsensusConfig, Executive,
	Header, InherentDataExt as _, Nodes, Nonce, Privacy, Runtime, RuntimeCall, RuntimeGenesisConfig, SessionKeys,
	System, TransactionPayment, UncheckedExtrinsic, Validators, VERSION,
};
use alloc::{string::String, vec::Vec};
use codec::Encode;
use frame_support::{genesis_builder_helper::get_preset, weights::Weight};
use pallet_transaction_payment::{FeeDetails, RuntimeDispatchInfo};
use sp_api::impl_runtime_apis;
use sp_core::{crypto::KeyTypeId, OpaqueMetadata, H256};
use sp_inherents::{CheckInherentsResult, InherentData};
use sp_runtime::{
	traits::Block as BlockT,
	transaction_validity::{TransactionSource, TransactionValidity},
	ApplyExtrinsicResult, ExtrinsicInclusionMode, OpaqueExtrinsic,
};
use sp_session::OpaqueGeneratedSessionKeys;
use sp_version::RuntimeVersion;
use syndic_primitives::{
	api::{Applied, CommitteeState, Verdict},
	builtin::{Address as ContractAddress, ContractInfo, ReadError},
	lottery::{Deed, Duty},
	peer::InstitutionId,
	ClassId, ClassInfo, EnvelopeInfo, Equivocation, Height, Parameters, PeerIdBytes, RegisteredValidator, RosterEntry,
	Status, ValidatorId, ValidatorSet,
};

impl_runtime_apis! {
	impl sp_api::Core<Block> for Runtime {
		fn version() -> RuntimeVersion {
			VERSION
		}

		fn execute_block(block: <Block as BlockT>::LazyBlock) {
			Executive::execute_block(block);
		}

		fn initialize_block(header: &Header) -> ExtrinsicInclusionMode {
			Executive::initialize_block(header)
		}
	}

	impl sp_api::Metadata<Block> for Runtime {
		fn metadata() -> OpaqueMetadata {
			OpaqueMetadata::new(Runtime::metadata().into())
		}

		fn metadata_at_version(version: u32) -> Option<OpaqueMetadata> {
			Runtime::metadata_at_version(version)
		}

		fn metadata_versions() -> Vec<u32> {
			Runtime::metadata_versions()
		}
	}

	impl frame_support::view_functions::runtime_api::RuntimeViewFunction<Block> for Runtime {
		fn execute_view_function(
			id: frame_support::view_functions::ViewFunctionId,
			input: Vec<u8>,
		) -> Result<Vec<u8>, frame_support::view_functions::ViewFunctionDispatchError> {
			Runtime::execute_view_function(id, input)
		}
	}

	impl sp_block_builder::BlockBuilder<Block> for Runtime {
		fn apply_extrinsic(extrinsic: <Block as BlockT>::Extrinsic) -> ApplyExtrinsicResult {
			Executive::apply_extrinsic(extrinsic)
		}

		fn finalize_block() -> Header {
			Executive::finalize_block()
		}

		fn inherent_extrinsics(data: InherentData) -> Vec<<Block as BlockT>::Extrinsic> {
			data.create_extrinsics()
		}

		fn check_inherents(block: <Block as BlockT>::LazyBlock, data: InherentData) -> CheckInherentsResult {
			data.check_extrinsics(&block)
		}
	}

	impl sp_transaction_pool::runtime_api::TaggedTransactionQueue<Block> for Runtime {
		fn validate_transaction(
			source: TransactionSource,
			transaction: <Block as BlockT>::Extrinsic,
			block_hash: <Block as BlockT>::Hash,
		) -> TransactionValidity {
			Executive::validate_transaction(source, transaction, block_hash)
		}
	}

	impl sp_offchain::OffchainWorkerApi<Block> for Runtime {
		fn offchain_worker(header: &Header) {
			Executive::offchain_worker(header)
		}
	}

	impl sp_session::SessionKeys<Block> for Runtime {
		fn generate_session_keys(owner: Vec<u8>, seed: Option<Vec<u8>>) -> OpaqueGeneratedSessionKeys {
			SessionKeys::generate(&owner, seed).into()
		}

		fn decode_session_keys(encoded: Vec<u8>) -> Option<Vec<(Vec<u8>, KeyTypeId)>> {
			SessionKeys::decode_into_raw_public_keys(&encoded)
		}
	}

	impl frame_system_rpc_runtime_api::AccountNonceApi<Block, AccountId, Nonce> for Runtime {
		fn account_nonce(account: AccountId) -> Nonce {
			System::account_nonce(account)
		}
	}

	impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentApi<Block, Balance> for Runtime {
		fn query_info(transaction: <Block as BlockT>::Extrinsic, len: u32) -> RuntimeDispatchInfo<Balance> {
			TransactionPayment::query_info(transaction, len)
		}

		fn query_fee_details(transaction: <Block as BlockT>::Extrinsic, len: u32) -> FeeDetails<Balance> {
			TransactionPayment::query_fee_details(transaction, len)
		}

		fn query_weight_to_fee(weight: Weight) -> Balance {
			TransactionPayment::weight_to_fee(weight)
		}

		fn query_length_to_fee(length: u32) -> Balance {
			TransactionPayment::length_to_fee(length)
		}
	}

	impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentCallApi<Block, Balance, RuntimeCall> for Runtime {
		fn query_call_info(call: RuntimeCall, len: u32) -> RuntimeDispatchInfo<Balance> {
			TransactionPayment::query_call_info(call, len)
		}

		fn query_call_fee_details(call: RuntimeCall, len: u32) -> FeeDetails<Balance> {
			TransactionPayment::query_call_fee_details(call, len)
		}

		fn query_weight_to_fee(weight: Weight) -> Balance {
			TransactionPayment::weight_to_fee(weight)
		}

		fn query_length_to_fee(length: u32) -> Balance {
			TransactionPayment::length_to_fee(length)
		}
	}

	impl sp_genesis_builder::GenesisBuilder<Block> for Runtime {
		fn build_state(json: Vec<u8>) -> sp_genesis_builder::Result {
			genesis::build_state(json)
		}

		fn get_preset(id: &Option<sp_genesis_builder::PresetId>) -> Option<Vec<u8>> {
			get_preset::<RuntimeGenesisConfig>(id, |name| presets::get(name))
		}

		fn preset_names() -> Vec<sp_genesis_builder::PresetId> {
			presets::names()
		}
	}

	#[api_version(2)]
	impl syndic_primitives::api::PbftApi<Block> for Runtime {
		fn validator_set() -> ValidatorSet {
			Validators::validator_set().expect("a genesis without validators is refused, and every change keeps one; qed")
		}

		fn scheduled_set() -> Option<(Height, Vec<ValidatorId>)> {
			Validators::scheduled_set()
		}

		fn parameters() -> Parameters {
			ConsensusConfig::parameters()
		}

		fn scheduled_parameters() -> Vec<(Height, Parameters)> {
			ConsensusConfig::scheduled_parameters()
		}

		fn equivocation_report(evidence: Equivocation) -> Vec<u8> {
			let call = pallet_validators::Call::report_equivocation { evidence };
			UncheckedExtrinsic::new_bare(RuntimeCall::Validators(call)).encode()
		}

		fn committee() -> CommitteeState {
			Validators::committee()
		}

		fn roster() -> Vec<RosterEntry> {
			Validators::roster()
		}

		fn duties(validator: ValidatorId, engine_version: u32) -> Vec<Duty> {
			let mut due = Validators::contributions_due(&validator);
			if ConsensusConfig::signal_is_due(&validator, engine_version) {
				due.push(Duty::Signal);
			}
			due
		}

		fn deed(deed: Deed) -> Vec<u8> {
			let call = match deed {
				Deed::Commit { era, validator, commitment, signature } => {
					pallet_validators::Call::contribute { era, validator, commitment, signature }.into()
				}
				Deed::Reveal { era, validator, secret } => {
					pallet_validators::Call::reveal { era, validator, secret }.into()
				}
				Deed::Signal(signed) => pallet_consensus_config::Call::signal { signed }.into(),
			};
			UncheckedExtrinsic::new_bare(call).encode()
		}
	}

	impl syndic_primitives::api::ValidatorsApi<Block, AccountId> for Runtime {
		fn registrations() -> Vec<RegisteredValidator<AccountId>> {
			Validators::registrations()
		}

		fn status_of(validator: ValidatorId) -> Option<Status> {
			Validators::status_of(&validator)
		}
	}

	impl syndic_primitives::api::ClassesApi<Block> for Runtime {
		fn classes() -> Vec<ClassInfo> {
			Classes::classes()
		}

		fn class_of(extrinsic: <Block as BlockT>::Extrinsic) -> Option<ClassId> {
			crate::configs::classes::class_of(&extrinsic)
		}
	}

	impl syndic_primitives::api::PoolApi<Block> for Runtime {
		fn judge(
			source: TransactionSource,
			transactions: Vec<OpaqueExtrinsic>,
			at: <Block as BlockT>::Hash,
			now: u64,
		) -> Vec<Verdict> {
			crate::admission::judge(source, transactions, at, now)
		}
	}

	impl syndic_primitives::api::ProposerApi<Block> for Runtime {
		fn apply_many(transactions: Vec<OpaqueExtrinsic>) -> Vec<Applied> {
			crate::admission::apply_many(transactions)
		}
	}

	impl syndic_primitives::api::NodesApi<Block> for Runtime {
		fn permitted_peers() -> Option<Vec<PeerIdBytes>> {
			Nodes::permitted_peers()
		}
	}

	impl syndic_primitives::privacy::PrivacyApi<Block> for Runtime {
		fn envelope_count() -> u64 {
			Privacy::envelope_count()
		}

		fn envelope(number: u64) -> Option<EnvelopeInfo> {
			Privacy::envelope_by_number(number)
		}

		fn envelope_of(commitment: H256) -> Option<EnvelopeInfo> {
			Privacy::envelope_info(commitment)
		}

		fn institution_of(peer: PeerIdBytes) -> Option<InstitutionId> {
			privacy::institution_of(peer)
		}

		fn peers_of(institution: InstitutionId) -> Vec<PeerIdBytes> {
			privacy::peers_of(institution)
		}
	}

	impl syndic_primitives::builtin::BuiltinApi<Block> for Runtime {
		fn contracts() -> Vec<ContractInfo> {
			Builtin::contracts()
		}

		fn suspended() -> Vec<(ContractAddress, Height)> {
			Builtin::suspended()
		}

		fn storage_key(address: ContractAddress, item: String, keys: Vec<Vec<u8>>) -> Result<Vec<u8>, ReadError> {
			Builtin::storage_key(&address, &item, &keys)
		}

		fn read(address: ContractAddress, item: String, keys: Vec<Vec<u8>>) -> Result<Option<Vec<u8>>, ReadError> {
			Builtin::read(&address, &item, &keys)
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	impl frame_benchmarking::Benchmark<Block> for Runtime {
		fn benchmark_metadata(
			extra: bool,
		) -> (Vec<frame_benchmarking::BenchmarkList>, Vec<frame_support::traits::StorageInfo>) {
			crate::benchmarks::metadata(extra)
		}

		fn dispatch_benchmark(
			config: frame_benchmarking::BenchmarkConfig,
		) -> Result<Vec<frame_benchmarking::BenchmarkBatch>, alloc::string::String> {
			crate::benchmarks::dispatch(config)
		}
	}

	#[cfg(feature = "try-runtime")]
	impl frame_try_runtime::TryRuntime<Block> for Runtime {
		fn on_runtime_upgrade(checks: frame_try_runtime::UpgradeCheckSelect) -> (Weight, Weight) {
			// A tool calls it to see whether it panics.
			let weight = Executive::try_runtime_upgrade(checks).expect("the upgrade fails");
			(weight, crate::configs::system::MAX_BLOCK_WEIGHT)
		}

		fn execute_block(
			block: <Block as BlockT>::LazyBlock,
			state_root_check: bool,
			signature_check: bool,
			select: frame_try_runtime::TryStateSelect,
		) -> Weight {
			Executive::try_execute_block(block, state_root_check, signature_check, select).expect("the block fails")
		}
	}
}
