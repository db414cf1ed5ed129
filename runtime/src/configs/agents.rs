//! Accounts that act for others, and calls at a later time: proxies, multisig accounts, the scheduler.
//!
//! Institutions need these for custody and for working hours. None of them circumvents a restriction: a call made
//! through one is filtered like a direct call, nothing is done for a frozen account (see `supervision`), and the class
//! is that of the transaction, not of a call in it.

use crate::{
	configs::{governance::TwoThirdsOfBoard, money::EXISTENTIAL_DEPOSIT},
	Balances, OriginCaller, Runtime, RuntimeCall, RuntimeEvent, RuntimeOrigin, System,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
	parameter_types,
	traits::{ConstU128, ConstU32, EqualPrivilegeOnly, InstanceFilter},
	weights::Weight,
};
use scale_info::TypeInfo;
use sp_runtime::{traits::BlakeTwo256, Perbill};

/// Maximum number of proxies of one account, and of open announcements of one proxy.
pub const MAX_PROXIES: u32 = 32;

/// Maximum number of signers of one multisig account.
pub const MAX_SIGNATORIES: u32 = 100;

/// Maximum number of calls that may be scheduled for one block.
pub const MAX_SCHEDULED_PER_BLOCK: u32 = 50;

parameter_types! {
	/// Maximum weight of the scheduled calls of a block: half of the block's.
	pub MaxScheduledWeight: Weight = Perbill::from_percent(50) * super::system::MAX_BLOCK_WEIGHT;
}

/// What a proxy may do.
#[derive(
	Clone,
	Copy,
	Debug,
	Default,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum ProxyType {
	/// Everything.
	#[default]
	Any,
	/// Everything that moves no money, and says of none where it goes.
	NonTransfer,
	/// What a member of the board does.
	Governance,
}

impl InstanceFilter<RuntimeCall> for ProxyType {
	fn filter(&self, call: &RuntimeCall) -> bool {
		match self {
			Self::Any => true,
			// Calls of proxy, multisig and sudo hold calls that another account makes. This filter would not apply to
			// these.
			Self::NonTransfer => !matches!(
				call,
				RuntimeCall::Balances(_)
					| RuntimeCall::Proxy(_)
					| RuntimeCall::Multisig(_)
					| RuntimeCall::Sudo(_)
					| RuntimeCall::Validators(pallet_validators::Call::set_beneficiary { .. })
			),
			Self::Governance => matches!(call, RuntimeCall::Board(_)),
		}
	}

	fn is_superset(&self, other: &Self) -> bool {
		self == other || matches!((self, other), (Self::Any, _) | (Self::NonTransfer, Self::Governance))
	}
}

impl pallet_proxy::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type Currency = Balances;
	type ProxyType = ProxyType;
	type ProxyDepositBase = ConstU128<EXISTENTIAL_DEPOSIT>;
	type ProxyDepositFactor = ConstU128<EXISTENTIAL_DEPOSIT>;
	type MaxProxies = ConstU32<MAX_PROXIES>;
	type WeightInfo = pallet_proxy::weights::SubstrateWeight<Runtime>;
	type MaxPending = ConstU32<MAX_PROXIES>;
	type CallHasher = BlakeTwo256;
	type AnnouncementDepositBase = ConstU128<EXISTENTIAL_DEPOSIT>;
	type AnnouncementDepositFactor = ConstU128<EXISTENTIAL_DEPOSIT>;
	type BlockNumberProvider = System;
}

impl pallet_multisig::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type Currency = Balances;
	type DepositBase = ConstU128<EXISTENTIAL_DEPOSIT>;
	type DepositFactor = ConstU128<EXISTENTIAL_DEPOSIT>;
	type MaxSignatories = ConstU32<MAX_SIGNATORIES>;
	type WeightInfo = pallet_multisig::weights::SubstrateWeight<Runtime>;
	type BlockNumberProvider = System;
}

impl pallet_scheduler::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeOrigin = RuntimeOrigin;
	type PalletsOrigin = OriginCaller;
	type RuntimeCall = RuntimeCall;
	type MaximumWeight = MaxScheduledWeight;
	// A scheduled call is made with the origin that scheduled it, the board's. So no account's money can be moved by
	// one.
	type ScheduleOrigin = TwoThirdsOfBoard;
	type OriginPrivilegeCmp = EqualPrivilegeOnly;
	type MaxScheduledPerBlock = ConstU32<MAX_SCHEDULED_PER_BLOCK>;
	type WeightInfo = pallet_scheduler::weights::SubstrateWeight<Runtime>;
	// Without preimages, only calls of up to 128 bytes can be scheduled.
	type Preimages = ();
	type BlockNumberProvider = System;
}
