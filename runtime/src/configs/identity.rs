//! Who may transact, and how much.

use crate::{configs::governance::TwoThirdsOfBoard, AccountId, BlockNumber, Board, Runtime, RuntimeCall, Signature};
use frame_support::traits::{ConstU32, ContainsPair};

/// For how many blocks a quota is: an hour, at the default block period.
pub const QUOTA_PERIOD: BlockNumber = 60 * 60;

/// Who governs can do so without an identity: the board's members what is the board's, and the holder of the sudo key,
/// which there is on a development chain only, what is sudo's. For anything else they need one, as everybody does.
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
