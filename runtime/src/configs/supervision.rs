//! The configuration of supervision, and the enforcement of freezes.

pub mod acting;

use crate::{
	configs::{governance::TwoThirdsOfBoard, identity::Governing, BLOCKS_PER_DAY},
	AccountId, Balances, BlockNumber, Identity, Runtime, RuntimeCall, RuntimeFreezeReason, Supervision,
};
use acting::{account, is_appeal, Nested};
use frame_support::traits::{ConstU32, Contains};
use pallet_identity::{
	origin::{EnsureRole, Regulator},
	types::{Kind, Role},
};
use pallet_supervision::{Act, Actor, Ground, InstitutionId};
use pallet_validators::Outcome;
use syndic_primitives::{Height, ValidatorId};

/// Maximum number of blocks for which a case may be open: two years.
pub const MAX_CASE: BlockNumber = 2 * 365 * BLOCKS_PER_DAY;

/// Maximum number of blocks for which a freeze may hold: ninety days. A longer freeze needs another order, which goes
/// on record again.
pub const MAX_FREEZE: BlockNumber = 90 * BLOCKS_PER_DAY;

/// Maximum number of freezes that may end in one block.
pub const MAX_EXPIRIES: u32 = 64;

/// The institutions and identities of the identity contract.
pub struct KnownToIdentity;

impl pallet_supervision::Directory<AccountId> for KnownToIdentity {
	fn institution_of(account: &AccountId) -> Option<InstitutionId> {
		pallet_identity::Identities::<Runtime>::get(account).map(|identity| identity.institution)
	}

	fn administers(account: &AccountId) -> Option<InstitutionId> {
		let valid = Identity::check_identity(account).ok()?;
		(valid.role == Role::Administrator).then_some(valid.institution)
	}

	fn is_officer(account: &AccountId) -> bool {
		pallet_identity::Identities::<Runtime>::get(account).is_some_and(|identity| identity.role == Role::Regulator)
	}

	fn is_known(institution: InstitutionId) -> bool {
		pallet_identity::Institutions::<Runtime>::contains_key(institution)
	}

	fn is_regulator(institution: InstitutionId) -> bool {
		let stored = pallet_identity::Institutions::<Runtime>::get(institution);
		stored.is_some_and(|institution| institution.kind == Kind::Regulator)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make(institution: InstitutionId) {
		<super::nodes::KnownInstitutions as pallet_nodes::Institutions>::make(institution);
	}
}

/// The part of the call filter that enforces freezes. The extension `CheckFreeze` checks the signer of a transaction,
/// and the accounts for which its calls act. It does not see calls that are made later or by a motion; this filter
/// does.
///
/// - Proxies may do nothing in the name of a frozen account except appeal.
/// - The identity of a frozen account may not be cleaned up, because that takes the account out of a frozen
///   institution.
///
/// Besides, a proxy may not act for an account that may not transact itself, because its identity is invalid or was
/// removed. This does not concern an account that never had an identity, such as a pure proxy.
pub struct NotForTheFrozen;

impl Contains<RuntimeCall> for NotForTheFrozen {
	fn contains(call: &RuntimeCall) -> bool {
		match call {
			RuntimeCall::Proxy(
				pallet_proxy::Call::proxy { real, call, .. } | pallet_proxy::Call::proxy_announced { real, call, .. },
			) => account(real)
				.is_none_or(|real| is_in_good_standing(&real) && (is_appeal(call) || !Supervision::is_frozen(&real))),
			RuntimeCall::Identity(pallet_identity::Call::clean_up { account }) => !Supervision::is_frozen(account),
			_ => true,
		}
	}
}

fn is_in_good_standing(account: &AccountId) -> bool {
	match pallet_identity::Identities::<Runtime>::contains_key(account) {
		true => Identity::check_identity(account).is_ok(),
		false => !pallet_identity::Departures::<Runtime>::contains_key(account),
	}
}

/// Records the consequences of evidence against a validator.
pub struct OnRecord;

impl pallet_validators::Supervisor for OnRecord {
	fn evidence(offender: &ValidatorId, height: Height, outcome: Outcome) {
		let expelled = match outcome {
			Outcome::Expelled | Outcome::NoMember => true,
			Outcome::Postponed => false,
		};
		let act = Act::Evidence { validator: offender.clone(), height, expelled };
		Supervision::record(Actor::Chain, None, act, Ground::default(), None);
	}
}

impl pallet_supervision::Config for Runtime {
	type RegulatorOrigin = EnsureRole<Runtime, Regulator>;
	type BoardOrigin = TwoThirdsOfBoard;
	type Directory = KnownToIdentity;
	type Governing = Governing;
	type Acting = Nested;
	type RuntimeFreezeReason = RuntimeFreezeReason;
	type Ledger = Balances;
	type MaxCase = ConstU32<MAX_CASE>;
	type MaxFreeze = ConstU32<MAX_FREEZE>;
	type MaxExpiries = ConstU32<MAX_EXPIRIES>;
	type WeightInfo = pallet_supervision::weights::SubstrateWeight<Runtime>;
}
