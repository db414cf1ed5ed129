//! Which accounts may transact, and how much.

use crate::{configs::governance::TwoThirdsOfBoard, AccountId, BlockNumber, Board, Runtime, RuntimeCall, Signature};
use frame_support::traits::{ConstU32, ContainsPair};

/// Number of blocks of a quota's period: an hour at the default block period.
pub const QUOTA_PERIOD: BlockNumber = 60 * 60;

/// The calls of governance, which need no identity: the board's calls for members of the board, and sudo's calls for
/// the holder of the sudo key, which exists on a development chain only. For other calls these accounts need an
/// identity, as all accounts do.
pub struct Governing;

impl ContainsPair<AccountId, RuntimeCall> for Governing {
	fn contains(who: &AccountId, call: &RuntimeCall) -> bool {
		match call {
			RuntimeCall::Board(_) => Board::is_member(who),
			RuntimeCall::Sudo(_) => pallet_sudo::Key::<Runtime>::get().as_ref() == Some(who),
			_ => false,
		}
	}
}

impl pallet_identity::Config for Runtime {
	type BoardOrigin = TwoThirdsOfBoard;
	type AccountSignature = Signature;
	type Exempt = Governing;
	type Period = ConstU32<QUOTA_PERIOD>;
	type WeightInfo = pallet_identity::weights::SubstrateWeight<Runtime>;
}
