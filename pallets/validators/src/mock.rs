//! A runtime with this pallet alone, and a chain of blocks for it.

use crate as pallet_validators;
use crate::{genesis::GenesisRegistration, Event, Height, Outcome, Supervisor, ValidatorId};
use frame_support::{
	derive_impl, parameter_types,
	storage::unhashed,
	traits::{ConstU32, Contains, EnsureOrigin, Get, Hooks},
	PalletId,
};
use frame_system::{EnsureRoot, RawOrigin};
use sp_core::{Pair, H256};
use sp_keystore::{testing::MemoryKeystore, KeystoreExt};
use sp_runtime::BuildStorage;
use syndic_primitives::{
	crypto::ValidatorPair,
	lottery::{commitment, contribution_payload},
	storage_keys, BlockHash, Certificate, Parameters, Phase, Possession, Readiness, SetId, SignerIndex,
	ValidatorSignature, View, Vote,
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

frame_support::parameter_types! {
	pub const PotId: PalletId = PalletId(*b"sy/valid");
}

pub const READINESS_LIFETIME: u32 = 1_200;
pub const MAX_DECLARATIONS: u32 = 4;
pub const MAX_CHANGE_DELAY: u32 = 10_000;
pub const MAX_REGISTRATIONS: u32 = 3;

/// The administrator of an institution has the account with its number and a thousand.
pub struct Administrator;

impl EnsureOrigin<RuntimeOrigin> for Administrator {
	type Success = (u32, u64);

	fn try_origin(origin: RuntimeOrigin) -> Result<(u32, u64), RuntimeOrigin> {
		match origin.clone().into() {
			Ok(RawOrigin::Signed(account)) if account >= 1_000 => Ok((account as u32 - 1_000, account)),
			_ => Err(origin),
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn try_successful_origin() -> Result<RuntimeOrigin, ()> {
		Ok(RuntimeOrigin::signed(1_000))
	}
}

parameter_types! {
	/// Institutions that are suspended.
	pub static BadInstitutions: Vec<u32> = Vec::new();
}

pub struct AllBut;

impl Contains<u32> for AllBut {
	fn contains(institution: &u32) -> bool {
		!BadInstitutions::get().contains(institution)
	}
}

/// Institution 20 is one.
pub struct Regulators;

impl Contains<u32> for Regulators {
	fn contains(institution: &u32) -> bool {
		*institution == 20
	}
}

/// The parameters, where the runtime has them.
pub struct InForce;

impl Get<Parameters> for InForce {
	fn get() -> Parameters {
		let stored = unhashed::get(&storage_keys::PARAMETERS.key());
		stored.unwrap_or(Parameters { leader_period: 1, ..Parameters::default() })
	}
}

/// Other parameters are in force from now on.
pub fn change(change: impl FnOnce(&mut Parameters)) {
	let mut parameters = InForce::get();
	change(&mut parameters);
	unhashed::put(&storage_keys::PARAMETERS.key(), &parameters);
}

parameter_types! {
	/// What the supervisor was told.
	pub static EvidenceTold: Vec<(ValidatorId, Height, Outcome)> = vec![];
}

/// The supervisor.
pub struct Told;

impl Supervisor for Told {
	fn evidence(offender: &ValidatorId, height: Height, outcome: Outcome) {
		EvidenceTold::mutate(|told| told.push((offender.clone(), height, outcome)));
	}
}

impl pallet_validators::Config for Test {
	type ManageOrigin = EnsureRoot<u64>;
	type ReadinessLifetime = ConstU32<READINESS_LIFETIME>;
	type MaxDeclarations = ConstU32<MAX_DECLARATIONS>;
	type MaxChangeDelay = ConstU32<MAX_CHANGE_DELAY>;
	type Parameters = InForce;
	type Currency = Balances;
	type PotId = PotId;
	type InstitutionOrigin = Administrator;
	type GoodStanding = AllBut;
	type Regulators = Regulators;
	type MaxRegistrationsPerInstitution = ConstU32<MAX_REGISTRATIONS>;
	type Supervisor = Told;
	type WeightInfo = ();
}

pub fn pair(n: u8) -> ValidatorPair {
	ValidatorPair::from_seed(&[n; 32])
}

pub fn key(n: u8) -> ValidatorId {
	pair(n).public()
}

pub fn keys(ns: impl IntoIterator<Item = u8>) -> Vec<ValidatorId> {
	ns.into_iter().map(key).collect()
}

/// Validator `n` is registered for the institution of that number.
pub fn registration(n: u8, institution: u32) -> GenesisRegistration<u64> {
	let account = 1_000 + u64::from(institution);
	GenesisRegistration { validator: key(n), institution, account, peer: None, addresses: Vec::new() }
}

/// At block 1 of a chain with validators 1 to `size`. They are registered, and so are others up to 20, and 100: each for
/// an institution of its own.
pub fn new_test_ext(size: u8) -> sp_io::TestExternalities {
	let registrations = (1..=20).chain([100]).map(|n| registration(n, u32::from(n))).collect();
	new_test_ext_with(size, registrations)
}

/// At block 1 of a chain with validators 1 to `size`, and these registrations.
pub fn new_test_ext_with(size: u8, registrations: Vec<GenesisRegistration<u64>>) -> sp_io::TestExternalities {
	let validators =
		pallet_validators::GenesisConfig { validators: keys(1..=size), registrations, ..Default::default() };
	let genesis = RuntimeGenesisConfig { validators, ..Default::default() };
	let mut ext = sp_io::TestExternalities::new(genesis.build_storage().expect("the genesis is sound"));
	ext.register_extension(KeystoreExt::new(MemoryKeystore::new()));
	ext.execute_with(|| begin_block(1));
	ext
}

/// The hash of a block of this chain.
pub fn hash(number: u32) -> BlockHash {
	H256::from_low_u64_be(0xb10c_0000_0000 + u64::from(number))
}

fn begin_block(number: u32) {
	System::reset_events();
	System::initialize(&number, &hash(number - 1), &Default::default());
	Validators::on_initialize(number);
}

/// Ends the current block, and returns its events and the digest of its header.
pub fn end_block() -> (Vec<Event<Test>>, Vec<sp_runtime::DigestItem>) {
	Validators::on_finalize(System::block_number());
	let events = events();
	(events, System::finalize().digest.logs)
}

/// Ends the current block and begins the next, until it is this one. The state is checked after each.
pub fn run_to(number: u32) {
	while System::block_number() < number {
		let next = System::block_number() + 1;
		end_block();
		assert_eq!(Validators::check_state(), Ok(()));
		begin_block(next);
	}
}

/// This pallet's events in the current block.
pub fn events() -> Vec<Event<Test>> {
	System::read_events_for_pallet()
}

/// A declaration's arguments, by validator `n` for the block at `height`.
pub fn declaration(n: u8, height: u32) -> (ValidatorId, Height, BlockHash, ValidatorSignature) {
	let readiness = Readiness { height: Height(height), block_hash: hash(height) };
	(key(n), readiness.height, readiness.block_hash, pair(n).sign(&readiness.payload(&hash(0))))
}

/// Validator `n` declares that it is ready, for the block at `height`.
pub fn declare(n: u8, height: u32) -> sp_runtime::DispatchResult {
	let (key, height, hash, signature) = declaration(n, height);
	Validators::declare_ready(RuntimeOrigin::signed(99), key, height, hash, signature)
}

/// The commit certificate of the block at `height`, in set `set_id`, by these members (`n` is at position `n − 1` of a set that
/// begins with validators 1, 2, …).
pub fn certificate(set_id: u64, height: u32, view: u32, signers: impl IntoIterator<Item = u8>) -> Certificate {
	let vote = Vote {
		set_id: SetId(set_id),
		height: Height(height),
		view: View(view),
		phase: Phase::Commit,
		block_hash: hash(height),
	};
	let payload = vote.payload(&hash(0));
	let signatures = signers.into_iter().map(|n| (SignerIndex(u16::from(n) - 1), pair(n).sign(&payload))).collect();
	Certificate { vote, signatures }
}

/// The current block reports these certificates.
pub fn report(certificates: impl IntoIterator<Item = Certificate>) -> sp_runtime::DispatchResult {
	let report = crate::Report::truncate_from(certificates.into_iter().collect());
	Validators::report_commits(RuntimeOrigin::none(), report)
}

/// Goes on to a block, with every height reported by the block after it, as committed in `view` by these.
pub fn run_reporting(to: u32, set_id: u64, view: u32, signers: &[u8]) {
	while System::block_number() < to {
		run_to(System::block_number() + 1);
		let height = System::block_number() - 1;
		assert_eq!(report([certificate(set_id, height, view, signers.iter().copied())]), Ok(()), "height {height}");
	}
}

/// Validator `n` shows that it agrees to be registered for an institution by its administrator.
pub fn proof(n: u8, institution: u32) -> ValidatorSignature {
	let possession = Possession { institution, account: 1_000 + u64::from(institution) };
	pair(n).sign(&possession.payload(&hash(0)))
}

/// The administrator of an institution.
pub fn administrator(institution: u32) -> RuntimeOrigin {
	RuntimeOrigin::signed(1_000 + u64::from(institution))
}

/// An institution registers validator `n`.
pub fn register_for(n: u8, institution: u32) -> sp_runtime::DispatchResult {
	let proof = proof(n, institution);
	Validators::register_validator(administrator(institution), key(n), proof, None, Vec::new())
}

/// Validator `n` is registered for the institution of that number.
pub fn register(n: u8) -> sp_runtime::DispatchResult {
	register_for(n, u32::from(n))
}

/// The secret of validator `n` in an era.
pub fn secret(n: u8, era: u32) -> [u8; 32] {
	[n.wrapping_mul(7).wrapping_add(era as u8); 32]
}

/// Validator `n` commits itself to its secret.
pub fn contribute(n: u8) -> sp_runtime::DispatchResult {
	let era = crate::CurrentEra::<Test>::get().index;
	let commitment = commitment(&hash(0), era, &key(n), &secret(n, era));
	let signature = pair(n).sign(&contribution_payload(&hash(0), era, &commitment));
	Validators::contribute(RuntimeOrigin::none(), era, key(n), commitment, signature)
}

/// Validator `n` reveals its secret.
pub fn reveal(n: u8) -> sp_runtime::DispatchResult {
	let era = crate::CurrentEra::<Test>::get().index;
	Validators::reveal(RuntimeOrigin::none(), era, key(n), secret(n, era))
}

/// Goes on to the first block of the next era. Those who are there commit and reveal; these `withheld` only commit. Every
/// height is reported as committed by the whole set.
pub fn run_era(contributors: &[u8], withheld: &[u8]) {
	let era = crate::CurrentEra::<Test>::get();
	let half = era.since.get() + InForce::get().era_length / 2;
	for n in contributors.iter().chain(withheld) {
		assert_eq!(contribute(*n), Ok(()), "validator {n}");
	}
	run_all_voting(half);
	for n in contributors {
		assert_eq!(reveal(*n), Ok(()), "validator {n}");
	}
	run_all_voting(era.since.get() + InForce::get().era_length);
	assert_eq!(crate::CurrentEra::<Test>::get().index, era.index + 1);
}

/// Goes on to a block. Each height is reported by the block after it, with the commits of the whole set.
pub fn run_all_voting(to: u32) {
	while System::block_number() < to {
		let height = System::block_number();
		let set = Validators::validator_set().expect("there is one");
		// The block that is being made is decided by the set that was in force when it began.
		run_to(height + 1);
		let vote = Vote {
			set_id: set.id(),
			height: Height(height),
			view: View(0),
			phase: Phase::Commit,
			block_hash: hash(height),
		};
		let payload = vote.payload(&hash(0));
		let sign = |(at, key): (usize, &ValidatorId)| {
			let n = (1..=255).find(|n| self::key(*n) == *key).expect("it is one of the mock's");
			(SignerIndex(at as u16), pair(n).sign(&payload))
		};
		let signatures = set.members().iter().enumerate().map(sign).collect();
		assert_eq!(report([Certificate { vote, signatures }]), Ok(()), "height {height}");
	}
}
