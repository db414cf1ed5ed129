//! A runtime with the validators and this pallet, and a board of four.

use crate as pallet_recovery;
use frame_support::{
	derive_impl, parameter_types,
	traits::{ConstU32, Everything, Hooks, Nothing},
	PalletId,
};
use frame_system::{EnsureNever, EnsureRoot};
use sp_core::{crypto::Pair as _, H256};
use sp_keyring::{
	Ed25519Keyring,
	Sr25519Keyring::{self, Alice, Bob, Charlie, Dave},
};
use sp_runtime::{AccountId32, BoundedVec, BuildStorage, DigestItem};
use syndic_primitives::{
	crypto::ValidatorPair, BlockHash, Height, Parameters, RecoveryOrder, SetId, UncheckedRecovery, ValidatorId,
};

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeTask,
		RuntimeHoldReason,
		RuntimeFreezeReason
	)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(2)]
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(12)]
	pub type Validators = pallet_validators;
	#[runtime::pallet_index(16)]
	pub type Recovery = pallet_recovery;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlockU32<Test>;
	type BlockHashCount = ConstU32<2_400>;
	type AccountData = pallet_balances::AccountData<u64>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type AccountStore = System;
}

parameter_types! {
	pub const PotId: PalletId = PalletId(*b"sy/valid");
	pub InForce: Parameters = Parameters::default();
}

impl pallet_validators::Config for Test {
	type ManageOrigin = EnsureRoot<u64>;
	type ReadinessLifetime = ConstU32<1_200>;
	type MaxDeclarations = ConstU32<4>;
	type MaxChangeDelay = ConstU32<10_000>;
	type Parameters = InForce;
	type Currency = Balances;
	type PotId = PotId;
	type InstitutionOrigin = EnsureNever<(u32, u64)>;
	type GoodStanding = Everything;
	type Regulators = Nothing;
	type MaxRegistrationsPerInstitution = ConstU32<1>;
	type Supervisor = ();
	type WeightInfo = ();
}

parameter_types! {
	/// Who is on the board.
	pub storage BoardMembers: Vec<AccountId32> = [Alice, Bob, Charlie, Dave].map(|who| who.to_account_id()).to_vec();
}

impl pallet_recovery::Config for Test {
	type Board = BoardMembers;
	type WeightInfo = ();
}

pub fn key(n: u8) -> ValidatorId {
	ValidatorPair::from_seed(&[n; 32]).public()
}

pub fn keys(ns: &[u8]) -> Vec<ValidatorId> {
	ns.iter().map(|n| key(*n)).collect()
}

/// The hash of a block of this chain.
pub fn hash(number: u32) -> BlockHash {
	H256::from_low_u64_be(0xb10c_0000_0000 + u64::from(number))
}

/// At block 20 of a chain with validators 1 to 4.
pub fn new_test_ext() -> sp_io::TestExternalities {
	let genesis = RuntimeGenesisConfig {
		validators: pallet_validators::GenesisConfig { validators: keys(&[1, 2, 3, 4]), ..Default::default() },
		..Default::default()
	};
	let mut ext = sp_io::TestExternalities::new(genesis.build_storage().expect("the genesis is sound"));
	ext.execute_with(|| (1..=20).for_each(begin));
	ext
}

pub fn begin(number: u32) {
	if number > 1 {
		Validators::on_finalize(number - 1);
		System::finalize();
	}
	System::reset_events();
	System::initialize(&number, &hash(number - 1), &Default::default());
	Validators::on_initialize(number);
}

/// Ends block 20: what its header says.
pub fn end() -> Vec<DigestItem> {
	Validators::on_finalize(20);
	System::finalize().digest.logs
}

/// An order for block 20, with validators 1 and 2.
pub fn order() -> RecoveryOrder {
	RecoveryOrder {
		genesis: hash(0),
		height: Height(19),
		block_hash: hash(19),
		set_id: SetId(0),
		members: BoundedVec::truncate_from(keys(&[1, 2])),
	}
}

pub fn sign(order: RecoveryOrder, by: &[Sr25519Keyring]) -> UncheckedRecovery {
	let payload = order.payload();
	let signatures = by.iter().map(|who| (who.to_account_id(), who.sign(payload.as_bytes()).into())).collect();
	UncheckedRecovery { order, signatures: BoundedVec::truncate_from(signatures) }
}

/// Somebody who holds an account with another kind of key, and is not on the board.
pub fn stranger(order: &RecoveryOrder) -> (AccountId32, sp_runtime::MultiSignature) {
	let who = Ed25519Keyring::Eve;
	(who.to_account_id(), who.sign(order.payload().as_bytes()).into())
}
