//! A runtime with this pallet and money. Account `n` is of institution `n / 10`, and accounts under 10 of none; institutions
//! 1 to 9 are there, the last two of them regulators. Of institution `i`, account `10 i + 1` is an administrator, and of a
//! regulator's institution accounts `10 i` to `10 i + 4` are regulators. Whom a remark acts for are the bytes in it.

use crate as pallet_supervision;
use crate::{Acting, Directory, InstitutionId, Refusal, MAX_ACTORS};
use frame_support::{
	derive_impl,
	traits::{ConstU32, ContainsPair, EnsureOrigin, VariantCountOf},
};
use frame_system::{EnsureRoot, RawOrigin};
use sp_runtime::BuildStorage;

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
	#[runtime::pallet_index(14)]
	pub type Supervision = pallet_supervision;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlockU32<Test>;
	type AccountData = pallet_balances::AccountData<u64>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type AccountStore = System;
	type ReserveIdentifier = [u8; 8];
	type RuntimeFreezeReason = RuntimeFreezeReason;
	type FreezeIdentifier = RuntimeFreezeReason;
	type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
}

pub const MAX_CASE: u32 = 1_000;
pub const MAX_FREEZE: u32 = 100;
pub const MAX_EXPIRIES: u32 = 3;

/// Who governs, by remarks with an event.
pub const GOVERNOR: u64 = 12;

pub struct Governor;

impl ContainsPair<u64, RuntimeCall> for Governor {
	fn contains(who: &u64, call: &RuntimeCall) -> bool {
		*who == GOVERNOR && matches!(call, RuntimeCall::System(frame_system::Call::remark_with_event { .. }))
	}
}

pub struct ByNumber;

impl Directory<u64> for ByNumber {
	fn institution_of(account: &u64) -> Option<InstitutionId> {
		let institution = (account / 10) as u32;
		Self::is_known(institution).then_some(institution)
	}

	fn administers(account: &u64) -> Option<InstitutionId> {
		Self::institution_of(account).filter(|_| account % 10 == 1)
	}

	fn is_officer(account: &u64) -> bool {
		Self::institution_of(account).is_some_and(Self::is_regulator) && account % 10 < 5
	}

	fn is_known(institution: InstitutionId) -> bool {
		(1..10).contains(&institution)
	}

	fn is_regulator(institution: InstitutionId) -> bool {
		(8..10).contains(&institution)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make(_: InstitutionId) {}
}

/// Regulators.
pub struct Officers;

impl EnsureOrigin<RuntimeOrigin> for Officers {
	type Success = (InstitutionId, u64);

	fn try_origin(origin: RuntimeOrigin) -> Result<Self::Success, RuntimeOrigin> {
		match origin.clone().into() {
			Ok(RawOrigin::Signed(who)) if ByNumber::is_officer(&who) => {
				Ok((ByNumber::institution_of(&who).ok_or(origin)?, who))
			}
			_ => Err(origin),
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn try_successful_origin() -> Result<RuntimeOrigin, ()> {
		Ok(RuntimeOrigin::signed(80))
	}
}

pub struct Remarked;

impl Acting<u64, RuntimeCall> for Remarked {
	fn others(_: &u64, call: &RuntimeCall) -> Result<Vec<u64>, Refusal> {
		match call {
			RuntimeCall::System(frame_system::Call::remark { remark }) if remark.len() > MAX_ACTORS as usize => {
				Err(Refusal::TooManyActors)
			}
			RuntimeCall::System(frame_system::Call::remark { remark }) => {
				Ok(remark.iter().map(|who| u64::from(*who)).collect())
			}
			_ => Ok(vec![]),
		}
	}

	fn count(call: &RuntimeCall) -> u32 {
		Self::others(&0, call).map_or(MAX_ACTORS, |others| others.len() as u32)
	}
}

impl pallet_supervision::Config for Test {
	type RegulatorOrigin = Officers;
	type BoardOrigin = EnsureRoot<u64>;
	type Directory = ByNumber;
	type Governing = Governor;
	type Acting = Remarked;
	type RuntimeFreezeReason = RuntimeFreezeReason;
	type Ledger = Balances;
	type MaxCase = ConstU32<MAX_CASE>;
	type MaxFreeze = ConstU32<MAX_FREEZE>;
	type MaxExpiries = ConstU32<MAX_EXPIRIES>;
	type WeightInfo = ();
}

/// What each account from 10 to 99 has.
pub const ENDOWMENT: u64 = 1_000;

/// At block 1.
pub fn new_test_ext() -> sp_io::TestExternalities {
	let balances = (10..100).map(|who| (who, ENDOWMENT)).collect();
	let genesis = RuntimeGenesisConfig {
		balances: BalancesConfig { balances, ..Default::default() },
		supervision: SupervisionConfig { large_transfer: 500, ..Default::default() },
		..Default::default()
	};
	let mut ext = sp_io::TestExternalities::new(genesis.build_storage().expect("the genesis is sound"));
	ext.execute_with(|| System::set_block_number(1));
	ext
}

/// At block 1. The state is checked at the end.
pub fn test(run: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		run();
		assert_eq!(Supervision::check_state(), Ok(()));
	})
}

/// Lets blocks begin, up to this one; the state is checked in each.
pub fn run_to(number: u32) {
	use frame_support::traits::OnInitialize;
	while System::block_number() < number {
		System::set_block_number(System::block_number() + 1);
		Supervision::on_initialize(System::block_number());
		assert_eq!(Supervision::check_state(), Ok(()));
	}
}

/// This pallet's events, since they were looked at.
pub fn events() -> Vec<crate::Event<Test>> {
	let events = System::read_events_for_pallet();
	System::reset_events();
	events
}
