//! Who governs: the board of institutions, one account and one vote each.
//!
//! Two thirds decide. A motion that has them is executed with the origin `Board.Members(yes, all)`, which
//! [`TwoThirdsOfBoard`] accepts, or [`ThreeQuartersOfBoard`] where that is asked for; there is no root on a chain whose sudo key is not set.

use crate::{configs::BLOCKS_PER_DAY, AccountId, BlockNumber, Runtime, RuntimeCall, RuntimeEvent, RuntimeOrigin};
use frame_support::{
	parameter_types,
	traits::{ConstU32, EitherOfDiverse},
	weights::Weight,
};
use frame_system::EnsureRoot;
use pallet_collective::{EnsureProportionAtLeast, PrimeDefaultVote};
use sp_runtime::Perbill;

/// The collective that is the board.
pub type BoardCollective = pallet_collective::Instance1;

/// Two thirds of all members of the board; or root, which there is on a development chain only.
pub type TwoThirdsOfBoard =
	EitherOfDiverse<EnsureRoot<AccountId>, EnsureProportionAtLeast<AccountId, BoardCollective, 2, 3>>;

/// Three quarters of all members of the board, for what changes the rules themselves; or root, likewise.
pub type ThreeQuartersOfBoard =
	EitherOfDiverse<EnsureRoot<AccountId>, EnsureProportionAtLeast<AccountId, BoardCollective, 3, 4>>;

/// The most members of the board.
pub const MAX_MEMBERS: u32 = 100;

/// How many motions may be open at once.
pub const MAX_PROPOSALS: u32 = 100;

parameter_types! {
	/// For how long a motion is open: a week.
	pub const MotionDuration: BlockNumber = 7 * BLOCKS_PER_DAY;
	/// What a motion may cost to execute: half a block.
	pub MaxProposalWeight: Weight = Perbill::from_percent(50) * super::system::MAX_BLOCK_WEIGHT;
}

impl pallet_collective::Config<BoardCollective> for Runtime {
	type RuntimeOrigin = RuntimeOrigin;
	type Proposal = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	type MotionDuration = MotionDuration;
	type MaxProposals = ConstU32<MAX_PROPOSALS>;
	type MaxMembers = ConstU32<MAX_MEMBERS>;
	// Who has not voted when a motion's time is over votes as the prime member did, if there is one; otherwise no.
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
