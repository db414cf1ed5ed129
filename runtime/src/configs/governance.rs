//! Governance: the board of institutions, one account and one vote each.
//!
//! An approved motion is executed with the origin `Board.Members(yes, all)`. Most calls of governance ask for
//! [`TwoThirdsOfBoard`], some for [`ThreeQuartersOfBoard`]. There is no root on a chain whose sudo key is not set.

use crate::{configs::BLOCKS_PER_DAY, AccountId, BlockNumber, Runtime, RuntimeCall, RuntimeEvent, RuntimeOrigin};
use frame_support::{
	parameter_types,
	traits::{ConstU32, EitherOfDiverse},
	weights::Weight,
};
use frame_system::EnsureRoot;
use pallet_collective::{EnsureProportionAtLeast, PrimeDefaultVote};
use sp_runtime::Perbill;

/// The instance of the collective pallet that is the board.
pub type BoardCollective = pallet_collective::Instance1;

/// Two thirds of all members of the board; or root, which exists on a development chain only.
pub type TwoThirdsOfBoard =
	EitherOfDiverse<EnsureRoot<AccountId>, EnsureProportionAtLeast<AccountId, BoardCollective, 2, 3>>;

/// Three quarters of all members of the board, for calls that change the rules themselves; or root, which exists on a
/// development chain only.
pub type ThreeQuartersOfBoard =
	EitherOfDiverse<EnsureRoot<AccountId>, EnsureProportionAtLeast<AccountId, BoardCollective, 3, 4>>;

/// Maximum number of members of the board.
pub const MAX_MEMBERS: u32 = 100;

/// Maximum number of motions that may be open at the same time.
pub const MAX_PROPOSALS: u32 = 100;

parameter_types! {
	/// Number of blocks for which a motion is open: a week.
	pub const MotionDuration: BlockNumber = 7 * BLOCKS_PER_DAY;
	/// Maximum weight of executing a motion: half of a block's.
	pub MaxProposalWeight: Weight = Perbill::from_percent(50) * super::system::MAX_BLOCK_WEIGHT;
}

impl pallet_collective::Config<BoardCollective> for Runtime {
	type RuntimeOrigin = RuntimeOrigin;
	type Proposal = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	type MotionDuration = MotionDuration;
	type MaxProposals = ConstU32<MAX_PROPOSALS>;
	type MaxMembers = ConstU32<MAX_MEMBERS>;
	// A member that has not voted when a motion's time is over counts like the prime member, or as no if there is none.
	type DefaultVote = PrimeDefaultVote;
	type WeightInfo = pallet_collective::weights::SubstrateWeight<Runtime>;
	type SetMembersOrigin = TwoThirdsOfBoard;
	type MaxProposalWeight = MaxProposalWeight;
	type DisapproveOrigin = TwoThirdsOfBoard;
	type KillOrigin = TwoThirdsOfBoard;
	type Consideration = ();
}

impl pallet_sudo::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type WeightInfo = pallet_sudo::weights::SubstrateWeight<Runtime>;
}
