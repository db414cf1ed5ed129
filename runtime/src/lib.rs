//! The state transition of Syndic: the pallets, wired together.
//!
//! | what | where |
//! |---|---|
//! | the pallets, and their fixed indices | this file |
//! | the configuration of each pallet | [`configs`] |
//! | the runtime APIs, for the node and tools | [`apis`] |
//! | the checks of a genesis | [`genesis`] |
//! | the presets `dev` and `local` | [`presets`] |
//!
//! Stock `@polkadot/api` works with this runtime unconfigured. A transaction has no custom types. Besides the standard
//! transaction extensions there are only `CheckIdentity`, `CheckFreeze` and `CheckClass`, which add nothing to a
//! transaction and nothing to the signed payload.
//!
//! Only accounts with an identity transact, and their institutions' quotas take the place of fees. Fee queries are
//! answered, with zero.
//!
//! The board governs: a collective of the institutions' accounts, one vote each. Two thirds of it decide on validators,
//! on parameters, on the suspension of contracts and on the board itself, three quarters on an upgrade of this runtime.
//! There is a sudo pallet, whose key is set in the preset `dev` only.
#![cfg_attr(not(feature = "std"), no_std)]
// The runtime's macros nest deeper than the default allows, and make public items without documentation.
#![recursion_limit = "256"]
#![allow(missing_docs)]

extern crate alloc;

mod admission;
pub mod apis;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarks;
pub mod configs;
pub mod genesis;
pub mod payment;
pub mod presets;

use alloc::vec::Vec;
use sp_runtime::{
	generic, impl_opaque_keys,
	traits::{IdentifyAccount, Verify},
	MultiAddress, MultiSignature,
};
use sp_version::RuntimeVersion;

#[cfg(feature = "std")]
pub use apis::RuntimeApi;

// `WASM_BINARY`: the runtime as WebAssembly, which the build script has built.
#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

/// A block's number.
pub type BlockNumber = syndic_primitives::block::BlockNumber;
/// A header.
pub type Header = syndic_primitives::block::Header;
/// A block, with its transactions decoded. The node's block type, with opaque transactions, has the same encoding.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;
/// A BLAKE2b hash of 256 bits.
pub type Hash = sp_core::H256;
/// An account's or a transaction's signature: sr25519, ed25519 or ECDSA.
pub type Signature = MultiSignature;
/// An account.
pub type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
/// How a transaction names an account.
pub type Address = MultiAddress<AccountId, ()>;
/// An amount of money.
pub type Balance = u128;
/// An account's nonce: the number of transactions that it has sent.
pub type Nonce = u32;
/// A point in time, in ms since 1970.
pub type Moment = u64;

/// The transaction extensions: the standard set, which every wallet and library knows, and the checks of the identity,
/// of freezes and of the class. The order matters in two places. `CheckIdentity` and `CheckFreeze` precede
/// `CheckNonce`, which would refuse an unknown account with the misleading reason that it cannot pay. `CheckClass`
/// precedes `CheckWeight`, which adds the transaction's own weight to the block's.
pub type TxExtension = (
	frame_system::CheckNonZeroSender<Runtime>,
	frame_system::CheckSpecVersion<Runtime>,
	frame_system::CheckTxVersion<Runtime>,
	frame_system::CheckGenesis<Runtime>,
	frame_system::CheckEra<Runtime>,
	pallet_identity::CheckIdentity<Runtime>,
	pallet_supervision::CheckFreeze<Runtime>,
	pallet_classes::CheckClass<Runtime>,
	frame_system::CheckNonce<Runtime>,
	frame_system::CheckWeight<Runtime>,
	payment::ChargePayment,
	frame_metadata_hash_extension::CheckMetadataHash<Runtime>,
);
/// A transaction.
pub type UncheckedExtrinsic = generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;
/// The payload that a transaction's signature covers.
pub type SignedPayload = generic::SignedPayload<RuntimeCall, TxExtension>;
/// Executes blocks.
pub type Executive =
	frame_executive::Executive<Runtime, Block, frame_system::ChainContext<Runtime>, Runtime, AllPalletsWithSystem>;

impl_opaque_keys! {
	/// The keys of a validator's node.
	pub struct SessionKeys {
		/// The consensus key.
		pub pbft: Validators,
	}
}

/// The runtime's name and versions.
#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
	spec_name: alloc::borrow::Cow::Borrowed("syndic"),
	impl_name: alloc::borrow::Cow::Borrowed("syndic"),
	authoring_version: 1,
	// Grows with every change of what the runtime does.
	spec_version: 8,
	impl_version: 0,
	apis: apis::RUNTIME_API_VERSIONS,
	// Grows when a call's index or arguments, or the extensions, change: signatures made before are void then.
	transaction_version: 4,
	system_version: 1,
};

#[frame_support::runtime]
mod runtime {
	/// The runtime itself.
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeSlashReason,
		RuntimeLockId,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Runtime;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type Timestamp = pallet_timestamp;
	#[runtime::pallet_index(2)]
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(3)]
	pub type TransactionPayment = pallet_transaction_payment;
	#[runtime::pallet_index(4)]
	pub type Utility = pallet_utility;
	#[runtime::pallet_index(5)]
	pub type Sudo = pallet_sudo;
	#[runtime::pallet_index(6)]
	pub type Board = pallet_collective::Pallet<Runtime, Instance1>;
	#[runtime::pallet_index(7)]
	pub type Proxy = pallet_proxy;
	#[runtime::pallet_index(8)]
	pub type Multisig = pallet_multisig;
	#[runtime::pallet_index(9)]
	pub type Scheduler = pallet_scheduler;

	// Built-in contracts from 10 on.
	#[runtime::pallet_index(10)]
	pub type Builtin = pallet_builtin;
	#[runtime::pallet_index(11)]
	pub type Identity = pallet_identity;
	#[runtime::pallet_index(12)]
	pub type Validators = pallet_validators;
	#[runtime::pallet_index(13)]
	pub type ConsensusConfig = pallet_consensus_config;
	#[runtime::pallet_index(14)]
	pub type Supervision = pallet_supervision;
	#[runtime::pallet_index(15)]
	pub type Nodes = pallet_nodes;

	// No contract: it has no storage, and nobody can call it.
	#[runtime::pallet_index(16)]
	pub type Recovery = pallet_recovery;

	// Contracts again.
	#[runtime::pallet_index(17)]
	pub type Classes = pallet_classes;
	#[runtime::pallet_index(18)]
	pub type Privacy = pallet_privacy;
}
