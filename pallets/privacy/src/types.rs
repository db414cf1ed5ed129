//! What this pallet stores, and what its calls take.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use scale_info::TypeInfo;
use sp_core::H256;
use syndic_envelope::{Point, Wrap, MAX_OFFICERS, MAX_PANELS, MAX_RECIPIENTS};

/// The number of an institution, as the identity contract gives it.
pub type InstitutionId = u32;

/// A panel's number: that of the regulator institution whose officers it is made of.
pub type PanelId = InstitutionId;

/// The most bytes of a ground.
pub const MAX_GROUND: u32 = 256;

/// The most requests for disclosure that may wait for approvals at once, for one envelope.
pub const MAX_OPEN_REQUESTS: u32 = 16;

/// Why somebody uses a right: a law, an order, a file's number. UTF-8.
pub type Ground = BoundedVec<u8, ConstU32<MAX_GROUND>>;

/// Places of officers in their panel.
pub type Places = BoundedVec<u32, ConstU32<MAX_OFFICERS>>;

/// An officer of a panel.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Officer<AccountId> {
	/// Which account.
	pub account: AccountId,
	/// The number of the encryption key that shares are wrapped for.
	pub key_version: u32,
}

/// Officers of a regulator, so many of whom open an envelope together.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Panel<AccountId, BlockNumber> {
	/// The officers. Their places count from 0.
	pub officers: BoundedVec<Officer<AccountId>, ConstU32<MAX_OFFICERS>>,
	/// How many it takes.
	pub threshold: u8,
	/// The block in which the board has set it.
	pub since: BlockNumber,
}

/// A recipient of an envelope, as its sender names it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct ForRecipient<AccountId> {
	/// Which account.
	pub account: AccountId,
	/// The number of its encryption key.
	pub version: u32,
	/// The secret, wrapped for this key.
	pub wrap: Wrap,
}

/// What an envelope holds for a panel, as its sender gives it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct ForPanel {
	/// Which panel.
	pub panel: PanelId,
	/// The version of the panel.
	pub version: u32,
	/// The points of all coefficients but the first, for which the envelope's key point stands: the threshold less one.
	pub points: Vec<Point>,
	/// A share of the secret for each officer, in the panel's order.
	pub shares: Vec<Wrap>,
}

/// A recipient of an envelope.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Recipient<AccountId> {
	/// Which account.
	pub account: AccountId,
	/// Its institution when the envelope was sent.
	pub institution: InstitutionId,
	/// The number of its encryption key.
	pub version: u32,
	/// The secret, wrapped for this key.
	pub wrap: Wrap,
}

/// What an envelope holds for a panel.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct PanelShares {
	/// Which panel.
	pub panel: PanelId,
	/// The version of the panel.
	pub version: u32,
	/// The points of all coefficients but the first.
	pub points: BoundedVec<Point, ConstU32<MAX_OFFICERS>>,
	/// A share of the secret for each officer.
	pub shares: BoundedVec<Wrap, ConstU32<MAX_OFFICERS>>,
}

/// The recipients of an envelope.
pub type Recipients<AccountId> = BoundedVec<Recipient<AccountId>, ConstU32<MAX_RECIPIENTS>>;

/// What an envelope holds for panels.
pub type AllShares = BoundedVec<PanelShares, ConstU32<MAX_PANELS>>;

/// A private payload, as far as the chain has it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Envelope<AccountId, BlockNumber> {
	/// Its number.
	pub number: u64,
	/// Who has sent it.
	pub sender: AccountId,
	/// The sender's institution then.
	pub institution: InstitutionId,
	/// BLAKE2b of the ciphertext, with 256 bits.
	pub ciphertext_hash: H256,
	/// How many bytes the ciphertext has.
	pub ciphertext_len: u32,
	/// What stands for the secret.
	pub key_point: Point,
	/// Who can open it.
	pub recipients: Recipients<AccountId>,
	/// Who can open it together, for the supervision.
	pub panels: AllShares,
	/// The block in which it was sent.
	pub sent_at: BlockNumber,
	/// That block's time, in ms since 1970.
	pub time: u64,
}

impl<AccountId, BlockNumber> Envelope<AccountId, BlockNumber> {
	/// What it holds for a panel.
	pub fn panel(&self, panel: PanelId) -> Option<&PanelShares> {
		self.panels.iter().find(|shares| shares.panel == panel)
	}
}

/// What has become of a request for disclosure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Status<BlockNumber> {
	/// It waits for approvals. Whether its time is over, its field `until` says.
	Asked,
	/// Enough officers have approved, in this block.
	Opened(BlockNumber),
	/// Its time was over before, and it has made room for another.
	Expired,
}

/// An officer's share, sealed for the officer who has asked.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Release {
	/// The officer's place in the panel.
	pub officer: u32,
	/// The share, wrapped for the requester's key.
	pub wrap: Wrap,
}

/// A request for disclosure.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Disclosure<AccountId, BlockNumber> {
	/// Of which envelope.
	pub commitment: H256,
	/// By which panel.
	pub panel: PanelId,
	/// In the version that the envelope names.
	pub version: u32,
	/// In which case.
	pub case: u32,
	/// Who has asked.
	pub requester: AccountId,
	/// The number of the requester's encryption key that shares are to be wrapped for.
	pub key_version: u32,
	/// Why.
	pub ground: Ground,
	/// Who has approved: places in the panel. The requester's is the first.
	pub approvals: Places,
	/// What has become of it.
	pub status: Status<BlockNumber>,
	/// From this block on nobody can approve any more.
	pub until: BlockNumber,
	/// The shares that were released.
	pub releases: BoundedVec<Release, ConstU32<MAX_OFFICERS>>,
}

/// That an institution's people may not send envelopes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Bar<BlockNumber> {
	/// The block in which the proof came.
	pub since: BlockNumber,
	/// The envelope that proved one of them guilty.
	pub commitment: H256,
}

/// Who uses a right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor<AccountId> {
	/// The board.
	Board,
	/// An officer of a regulator.
	Officer {
		/// The regulator.
		institution: InstitutionId,
		/// The officer.
		account: AccountId,
	},
	/// Anybody with an identity.
	Account(AccountId),
}

/// What is put on record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
	/// An officer has asked for a payload.
	DisclosureRequested {
		/// The envelope.
		commitment: H256,
		/// The request.
		request: u32,
	},
	/// Another one has approved.
	DisclosureApproved {
		/// The envelope.
		commitment: H256,
		/// The request.
		request: u32,
	},
	/// Enough have approved.
	DisclosureOpened {
		/// The envelope.
		commitment: H256,
		/// The request.
		request: u32,
	},
	/// An officer has handed his share to the one who asked.
	ShareReleased {
		/// The envelope.
		commitment: H256,
		/// The request.
		request: u32,
	},
	/// A sender was proven guilty, and its institution may not send any more.
	SenderBarred {
		/// The institution.
		institution: InstitutionId,
		/// The envelope.
		commitment: H256,
	},
	/// An institution may send again.
	SenderReinstated {
		/// The institution.
		institution: InstitutionId,
	},
}

/// The use of a right: who, what, on which ground, until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<AccountId, BlockNumber> {
	/// Who.
	pub by: Actor<AccountId>,
	/// In which case, if in one.
	pub case: Option<u32>,
	/// What.
	pub act: Act,
	/// On which ground. Empty where the act itself says it: proofs, and what the board decides.
	pub ground: Ground,
	/// Until when, where it ends by itself.
	pub until: Option<BlockNumber>,
}
