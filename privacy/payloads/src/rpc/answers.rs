//! What the interface answers.

use serde::{Deserialize, Serialize};
use sp_core::{Bytes, H256};
use syndic_primitives::{peer::InstitutionId, Height};

/// A payload was taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubmitAnswer {
	/// The commitment of its envelope.
	pub commitment: H256,
	/// BLAKE2b-256 of the ciphertext, as it belongs into the envelope.
	pub ciphertext_hash: H256,
	/// How many bytes it has.
	pub length: u32,
}

/// An encrypted payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PayloadAnswer {
	/// The commitment of its envelope.
	pub commitment: H256,
	/// The ciphertext.
	pub ciphertext: Bytes,
	/// Its hash, which is the envelope's.
	pub ciphertext_hash: H256,
	/// The envelope's block.
	pub sent_at: Height,
}

/// Where a payload stands on this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PayloadState {
	/// No final envelope has this commitment.
	Unknown,
	/// It was submitted here, and its envelope is not final.
	Submitted,
	/// It is here.
	Stored,
	/// It is not for this node.
	NotReader,
	/// It is not here yet.
	Missing,
	/// It was removed, and is not fetched again.
	Purged,
}

/// All about one payload but the payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PayloadStatusAnswer {
	/// The commitment of its envelope.
	pub commitment: H256,
	/// Where it stands.
	pub state: PayloadState,
	/// The envelope's number.
	pub number: Option<u64>,
	/// The envelope's block.
	pub sent_at: Option<Height>,
	/// The sender's institution.
	pub sender: Option<InstitutionId>,
	/// The institutions whose nodes may have it.
	pub readers: Vec<InstitutionId>,
	/// The ciphertext's hash.
	pub ciphertext_hash: Option<H256>,
	/// How many bytes the ciphertext has.
	pub length: Option<u32>,
	/// How often others were asked, while it is missing.
	pub attempts: u32,
	/// How many nodes could be asked last.
	pub asked: u32,
	/// At which height it was purged.
	pub purged_at: Option<Height>,
	/// Why: `retention` or `operator`.
	pub purged_by: Option<String>,
}

/// A payload was purged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PurgeAnswer {
	/// The commitment of its envelope.
	pub commitment: H256,
	/// Whether it was here.
	pub removed: bool,
}

/// How the service stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusAnswer {
	/// Whether payloads are served and fetched.
	pub on: bool,
	/// Whether the runtime knows of private transactions.
	pub supported: bool,
	/// This node's institution.
	pub institution: Option<InstitutionId>,
	/// How many payloads are on disk.
	pub stored: u32,
	/// How many of them wait for their envelopes.
	pub submitted: u32,
	/// How many bytes they have.
	pub bytes: u64,
	/// How many they may have.
	pub bound_bytes: u64,
	/// For how many blocks a payload is kept; nothing: until it is purged.
	pub retention_blocks: Option<u32>,
	/// How many payloads that should be here are not.
	pub missing: u32,
	/// How many envelopes were looked through.
	pub cursor: u64,
	/// How many there are.
	pub envelopes: u64,
}
