//! The contents of rows. The schema is stable: members are added at the end of a kind, and none is renamed or removed.

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
	/// The block's hash.
	pub hash: BlockHash,
	/// The block's time, in ms since 1970.
	pub time: u64,
	/// The row's content, by kind.
	#[serde(flatten)]
	pub content: Content,
	/// The handle of the row's proof.
	pub proof: Handle,
}

/// Names the proof of a row: the proof of its block, from which the row with this index is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Handle {
	/// The block's hash.
	pub block: BlockHash,
	/// The row's index among those of the block.
	pub index: u32,
}

/// The content of a row, by kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Content {
	/// The members that committed the block; one row per block.
	Participation(Participation),
	/// The transfers that an institution's accounts sent and received in the block; one row per institution with any.
	Volume(Volume),
	/// A transfer of at least the amount that the regulator has set.
	LargeTransfer(LargeTransfer),
	/// An event of supervision or of private transactions: cases, freezes, evidence, envelopes, disclosures.
	Supervision(EventRow),
	/// An event of membership: identities, validators, nodes, the board.
	Membership(EventRow),
	/// An event of the chain's rules: parameters, classes, contracts, the runtime.
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

/// The members that committed a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Participation {
	/// The set that decided the block.
	pub set_id: SetId,
	/// The view in which the set decided.
	pub view: View,
	/// The members whose signatures are in the certificate.
	pub signers: Vec<Member>,
	/// The members whose signatures are not in the certificate. A certificate is complete with a quorum, so a member
	/// that is listed here once need not have failed; a member that is always listed has.
	pub missing: Vec<Member>,
}

/// A member of a set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Member {
	/// The member's position in the set.
	pub index: SignerIndex,
	/// The member's consensus key, as `0x` and hex.
	pub key: String,
}

/// An institution's transfers in a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Volume {
	/// The institution's number; `null` for all accounts without an identity, together.
	pub institution: Option<InstitutionId>,
	/// Number of transfers that the institution's accounts have sent.
	pub sent_count: u32,
	/// Total amount sent, in decimal.
	pub sent_amount: String,
	/// Number of transfers that the institution's accounts have received.
	pub received_count: u32,
	/// Total amount received, in decimal.
	pub received_amount: String,
}

/// A large transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LargeTransfer {
	/// The index of the transfer's event in the block.
	pub event: u32,
	/// The index of the transaction; `null` if the transfer belongs to no transaction but to the block's own hooks.
	pub extrinsic: Option<u32>,
	/// The sending account, in SS58.
	pub from: String,
	/// The sender's institution.
	pub from_institution: Option<InstitutionId>,
	/// The receiving account, in SS58.
	pub to: String,
	/// The recipient's institution.
	pub to_institution: Option<InstitutionId>,
	/// The amount, in decimal.
	pub amount: String,
	/// The amount from which transfers count as large in this block, in decimal.
	pub threshold: String,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventRow {
	/// The event's index in the block.
	pub event: u32,
	/// The index of the transaction; `null` if the event belongs to no transaction but to the block's own hooks.
	pub extrinsic: Option<u32>,
	/// The pallet's name.
	pub pallet: String,
	/// The event's name.
	pub name: String,
	/// The event's fields, under the names that the runtime declares: see [`crate::events`].
	pub fields: Field,
}
