//! Who acts for whom, and when: proxies, accounts of several signers, calls at a scheduled time.
//!
//! Institutions expect them, for custody and for working hours. None of them is a way around anything: what is called
//! through one is filtered as a direct call is, nothing is done for who is frozen (see `supervision`), and the class is
//! that of the transaction, not of a call in it.

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

/// The most proxies of one account, and announcements of one proxy.
pub const MAX_PROXIES: u32 = 32;

/// The most signers of one account.
pub const MAX_SIGNATORIES: u32 = 100;

/// How many calls may be scheduled for one block.
pub const MAX_SCHEDULED_PER_BLOCK: u32 = 50;

parameter_types! {
	/// What scheduled calls may use of a block.
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
			// What another account than the one that it is for would do is not filtered any more.
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
	// A call is made with the origin that has scheduled it: the board's. So nobody's money is moved at a scheduled time.
	type ScheduleOrigin = TwoThirdsOfBoard;
	type OriginPrivilegeCmp = EqualPrivilegeOnly;
	type MaxScheduledPerBlock = ConstU32<MAX_SCHEDULED_PER_BLOCK>;
	type WeightInfo = pallet_scheduler::weights::SubstrateWeight<Runtime>;
	// A call of up to 128 bytes is scheduled. Longer ones have no place to wait.
	type Preimages = ();
	type BlockNumberProvider = System;
}
