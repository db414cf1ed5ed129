//! The answers of the JSON-RPC methods.

use serde::{Deserialize, Serialize};
use sp_core::{Bytes, H256};
use syndic_primitives::{peer::InstitutionId, Height};

/// The answer of `privacy_submitPayload`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubmitAnswer {
	/// The commitment of its envelope.
	pub commitment: H256,
	/// BLAKE2b-256 of the ciphertext, which the envelope must hold.
	pub ciphertext_hash: H256,
	/// Length of the ciphertext, in bytes.
	pub length: u32,
}

/// The answer of `privacy_payload`: an encrypted payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PayloadAnswer {
	/// The commitment of its envelope.
	pub commitment: H256,
	/// The ciphertext.
	pub ciphertext: Bytes,
	/// BLAKE2b-256 of the ciphertext, which the envelope holds.
	pub ciphertext_hash: H256,
	/// Height of the envelope's block.
	pub sent_at: Height,
}

/// The state of a payload on this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PayloadState {
	/// No final envelope has this commitment.
	Unknown,
	/// The payload was submitted here, and its envelope is not final.
	Submitted,
	/// The payload is stored here, and its envelope is final.
	Stored,
	/// This node's institution is none of the envelope's readers.
	NotReader,
	/// The payload is for this node, and is not stored here.
	Missing,
	/// The payload was removed, and is not fetched again.
	Purged,
}

/// The answer of `privacy_payloadStatus`: what is known of a payload, without the payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PayloadStatusAnswer {
	/// The commitment of its envelope.
	pub commitment: H256,
	/// The state of the payload.
	pub state: PayloadState,
	/// The envelope's number.
	pub number: Option<u64>,
	/// Height of the envelope's block.
	pub sent_at: Option<Height>,
	/// The sender's institution.
	pub sender: Option<InstitutionId>,
	/// The institutions whose nodes may have the payload.
	pub readers: Vec<InstitutionId>,
	/// The ciphertext's hash.
	pub ciphertext_hash: Option<H256>,
	/// Length of the ciphertext, in bytes.
	pub length: Option<u32>,
	/// Number of attempts to fetch the payload, while it is missing.
	pub attempts: u32,
	/// Number of nodes that could be asked in the last attempt.
	pub asked: u32,
	/// The last final height when the payload was purged.
	pub purged_at: Option<Height>,
	/// Why the payload was purged: `retention` or `operator`.
	pub purged_by: Option<String>,
}

/// The answer of `privacy_purge`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PurgeAnswer {
	/// The commitment of its envelope.
	pub commitment: H256,
	/// Whether the payload was stored here.
	pub removed: bool,
}

/// The answer of `privacy_status` and `privacy_setService`: the state of the service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusAnswer {
	/// Whether payloads are served and fetched.
	pub on: bool,
	/// Whether the runtime has private transactions.
	pub supported: bool,
	/// This node's institution.
	pub institution: Option<InstitutionId>,
	/// Number of payloads on disk.
	pub stored: u32,
	/// Number of stored payloads whose envelopes are not final.
	pub submitted: u32,
	/// Size of the payloads' files, in bytes.
	pub bytes: u64,
	/// Maximum size of the payloads' files, in bytes.
	pub bound_bytes: u64,
	/// Number of blocks for which a payload is kept; absent if payloads are kept until they are purged.
	pub retention_blocks: Option<u32>,
	/// Number of payloads that are known to be missing here.
	pub missing: u32,
	/// Number of envelopes that the worker has looked through.
	pub cursor: u64,
	/// Number of envelopes on the chain.
	pub envelopes: u64,
}
