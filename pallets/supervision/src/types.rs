//! What this pallet stores.

use crate::{Config, Error};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{ensure, traits::ConstU32, BoundedVec};
use scale_info::TypeInfo;
use sp_core::H256;
use syndic_primitives::{Height, ValidatorId};

/// The number of an institution, as the identity contract gives it.
pub type InstitutionId = u32;

/// The number of a case. Numbers are given in order, and never again.
pub type CaseId = u32;

/// The most bytes of a ground, of an outcome, and of the reason of an appeal.
pub const MAX_GROUND: u32 = 256;

/// Why: a legal reference, an outcome, or the reason of an appeal. UTF-8.
pub type Ground = BoundedVec<u8, ConstU32<MAX_GROUND>>;

/// What can be frozen.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Subject<AccountId> {
	/// An account, with all that it holds.
	#[codec(index = 0)]
	Account(AccountId),
	/// An institution: all accounts that are its own, those among them that are enrolled later.
	#[codec(index = 1)]
	Institution(InstitutionId),
}

/// A case: what gives a regulator's institution its rights, as long as it is open.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Case<AccountId, BlockNumber> {
	/// Whose.
	pub regulator: InstitutionId,
	/// Who opened it.
	pub opened_by: AccountId,
	/// On which ground.
	pub ground: Ground,
	/// In which block.
	pub opened: BlockNumber,
	/// The first block in which it is not open any more, whether it is closed or not.
	pub until: BlockNumber,
	/// The block in which it was closed.
	pub closed: Option<BlockNumber>,
	/// How many freezes are in force under it.
	pub freezes: u32,
}

/// A request to the board that it lifts a freeze.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Appeal<AccountId, BlockNumber> {
	/// Who has appealed.
	pub by: AccountId,
	/// Why.
	pub reason: Ground,
	/// In which block.
	pub since: BlockNumber,
	/// The block in which the board refused it.
	pub refused: Option<BlockNumber>,
}

/// A freeze in force.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Freeze<AccountId, BlockNumber> {
	/// Under which case.
	pub case: CaseId,
	/// Who ordered it.
	pub by: AccountId,
	/// Of which regulator's institution that is.
	pub institution: InstitutionId,
	/// On which ground.
	pub ground: Ground,
	/// The first block in which it holds.
	pub since: BlockNumber,
	/// The first block in which it does not hold any more.
	pub until: BlockNumber,
	/// The appeal against it, if there was one.
	pub appeal: Option<Appeal<AccountId, BlockNumber>>,
}

/// Who has done something that is on record.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Actor<AccountId> {
	/// The board.
	#[codec(index = 0)]
	Board,
	/// Somebody of a regulator's institution.
	#[codec(index = 1)]
	Officer {
		/// The institution.
		institution: InstitutionId,
		/// Whose account it is.
		account: AccountId,
	},
	/// Somebody else.
	#[codec(index = 2)]
	Account(AccountId),
	/// Nobody: it follows from the chain's rules.
	#[codec(index = 3)]
	Chain,
}

/// What is on record. Each has its fixed index, so that what was exported stays readable.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Act<AccountId> {
	/// A case was opened.
	#[codec(index = 0)]
	CaseOpened,
	/// A case was closed.
	#[codec(index = 1)]
	CaseClosed,
	/// An account or an institution was frozen.
	#[codec(index = 2)]
	Frozen(Subject<AccountId>),
	/// It was released.
	#[codec(index = 3)]
	Released(Subject<AccountId>),
	/// Its freeze is over.
	#[codec(index = 4)]
	Expired(Subject<AccountId>),
	/// Somebody has appealed to the board.
	#[codec(index = 5)]
	Appealed(Subject<AccountId>),
	/// The board has decided an appeal.
	#[codec(index = 6)]
	AppealDecided {
		/// Against which freeze.
		subject: Subject<AccountId>,
		/// Whether the freeze is lifted.
		lifted: bool,
	},
	/// An officer wants to open a private transaction.
	#[codec(index = 7)]
	DisclosureRequested {
		/// Which.
		commitment: H256,
		/// The number of the request.
		request: u32,
	},
	/// An officer agrees to it.
	#[codec(index = 8)]
	DisclosureApproved {
		/// Which private transaction.
		commitment: H256,
		/// The number of the request.
		request: u32,
	},
	/// Enough have agreed: it counts as opened, whether anybody reads it or not.
	#[codec(index = 9)]
	DisclosureOpened {
		/// Which private transaction.
		commitment: H256,
		/// The number of the request.
		request: u32,
	},
	/// An officer has handed over a share of the key.
	#[codec(index = 10)]
	ShareReleased {
		/// Of which private transaction.
		commitment: H256,
		/// The number of the request.
		request: u32,
	},
	/// An institution has cheated whom it sent to, and sends no private transactions any more.
	#[codec(index = 11)]
	SenderBarred {
		/// The institution.
		institution: InstitutionId,
		/// By which private transaction.
		commitment: H256,
	},
	/// It may send them again.
	#[codec(index = 12)]
	SenderReinstated {
		/// The institution.
		institution: InstitutionId,
	},
	/// A validator was proven to have contradicted itself, and is banned.
	#[codec(index = 13)]
	Evidence {
		/// Its consensus key.
		validator: ValidatorId,
		/// The height at which it did.
		height: Height,
		/// Whether it is out of the set, or on the way out. If not, the set could not decide without it yet: it goes with the
		/// first change after which it could.
		expelled: bool,
	},
	/// From which amount on a transfer is large.
	#[codec(index = 14)]
	LargeTransferSet(u128),
}

/// A use of a right, or what came of one.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Record<AccountId, BlockNumber> {
	/// Its own number, from 0 on, without gaps.
	pub number: u64,
	/// In which block.
	pub height: BlockNumber,
	/// Who.
	pub by: Actor<AccountId>,
	/// Under which case.
	pub case: Option<CaseId>,
	/// What.
	pub act: Act<AccountId>,
	/// On which ground. Empty where the chain's rules are the ground.
	pub ground: Ground,
	/// Until when: the first block in which it does not hold any more.
	pub until: Option<BlockNumber>,
}

/// A ground, an outcome or a reason as a call gives it.
pub(crate) fn ground<T: Config>(given: Vec<u8>) -> Result<Ground, Error<T>> {
	ensure!(!given.is_empty() && given.len() <= MAX_GROUND as usize, Error::<T>::GroundLength);
	ensure!(core::str::from_utf8(&given).is_ok(), Error::<T>::GroundForm);
	Ground::try_from(given).map_err(|_| Error::<T>::GroundLength)
}
