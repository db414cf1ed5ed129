//! What a row says. The schema is stable: members are added at the end of a kind, none is renamed or removed.

use crate::field::Field;
use pallet_identity::types::InstitutionId;
use serde::Serialize;
use syndic_primitives::{BlockHash, Height, SetId, SignerIndex, View};

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
	/// The block's height.
	pub height: Height,
	/// Its hash.
	pub hash: BlockHash,
	/// Its time, in ms since 1970.
	pub time: u64,
	/// What it says, by kind.
	#[serde(flatten)]
	pub content: Content,
	/// Where its proof is.
	pub proof: Handle,
}

/// By what a row is checked: the proof of its block, from which the row of this index is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Handle {
	/// The block.
	pub block: BlockHash,
	/// The row's index among those of the block.
	pub index: u32,
}

/// What a row says, by kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Content {
	/// Who has committed the block; one for each block.
	Participation(Participation),
	/// What an institution's accounts have sent and received in the block; one for each institution that did.
	Volume(Volume),
	/// A transfer of at least the amount that the regulator has set.
	LargeTransfer(LargeTransfer),
	/// A right was used, or an envelope of a private transaction was dealt with: cases, freezes, disclosures, evidence.
	Supervision(EventRow),
	/// Who belongs to the chain has changed: identities, validators, nodes, the board.
	Membership(EventRow),
	/// By which rules it works has changed: parameters, classes, contracts, the runtime.
	Parameters(EventRow),
}

impl Content {
	/// The kind's name, as it is in JSON.
	pub fn kind(&self) -> &'static str {
		match self {
			Self::Participation(_) => "participation",
			Self::Volume(_) => "volume",
			Self::LargeTransfer(_) => "largeTransfer",
			Self::Supervision(_) => "supervision",
			Self::Membership(_) => "membership",
			Self::Parameters(_) => "parameters",
		}
	}
}

/// Who has committed a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Participation {
	/// The set that decided it.
	pub set_id: SetId,
	/// The view in which it did.
	pub view: View,
	/// Whose signatures the certificate holds.
	pub signers: Vec<Member>,
	/// Whose it does not hold. A certificate is complete with a quorum: to be here once means nothing, to be here
	/// always does.
	pub missing: Vec<Member>,
}

/// A member of a set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Member {
	/// Its position.
	pub index: SignerIndex,
	/// Its consensus key.
	pub key: String,
}

/// An institution's transfers in a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Volume {
	/// Its number; `null` for all accounts without an identity, together.
	pub institution: Option<InstitutionId>,
	/// How many transfers its accounts have sent.
	pub sent_count: u32,
	/// How much, together.
	pub sent_amount: String,
	/// How many they have received.
	pub received_count: u32,
	/// How much, together.
	pub received_amount: String,
}

/// A large transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LargeTransfer {
	/// The index of its event in the block.
	pub event: u32,
	/// The index of its transaction; `null` if the chain did it by itself.
	pub extrinsic: Option<u32>,
	/// Who sent.
	pub from: String,
	/// The sender's institution.
	pub from_institution: Option<InstitutionId>,
	/// Who received.
	pub to: String,
	/// The recipient's institution.
	pub to_institution: Option<InstitutionId>,
	/// How much.
	pub amount: String,
	/// From which amount on transfers count as large in this block.
	pub threshold: String,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventRow {
	/// Its index in the block.
	pub event: u32,
	/// The index of its transaction; `null` if the chain did it by itself.
	pub extrinsic: Option<u32>,
	/// The pallet's name.
	pub pallet: String,
	/// The event's name.
	pub name: String,
	/// What the event holds, under the names that the runtime gives: see [`crate::events`].
	pub fields: Field,
}
