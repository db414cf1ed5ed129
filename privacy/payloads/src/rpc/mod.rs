//! JSON-RPC of the payload service.
//!
//! | method | does |
//! |---|---|
//! | `privacy_submitPayload` | stores an encrypted payload, before its envelope is sent (not for the public) |
//! | `privacy_payload` | the encrypted payload of an envelope, or why it is not here (not for the public) |
//! | `privacy_payloadStatus` | the state of a payload on this node |
//! | `privacy_purge` | removes a payload for good (not for the public) |
//! | `privacy_setService` | switches the service on and off until the node restarts (not for the public) |
//! | `privacy_status` | the state of the service |

pub mod answers;
mod error;
mod params;

pub use answers::{PayloadAnswer, PayloadStatusAnswer, PurgeAnswer, StatusAnswer, SubmitAnswer};
pub use error::Error;

use crate::{
	service::Service,
	store::{Entry, State},
};
use answers::PayloadState;
use jsonrpsee::{
	core::{JsonValue, RpcResult},
	proc_macros::rpc,
	Extensions,
};
use sc_rpc_api::check_if_safe;
use sp_core::H256;

/// Payloads of private transactions.
#[rpc(client, server, namespace = "privacy")]
pub trait PrivacyApi {
	/// Stores an encrypted payload. Send the envelope only after this call has answered, so that the other nodes find
	/// the payload here.
	///
	/// - `commitment`: the envelope's commitment, 0x and 64 hex digits.
	/// - `ciphertext`: 0x and hex.
	#[method(name = "submitPayload", blocking, with_extensions)]
	fn submit_payload(&self, commitment: JsonValue, ciphertext: JsonValue) -> RpcResult<SubmitAnswer>;

	/// The encrypted payload of a final envelope, or an error that says why it is not here.
	#[method(name = "payload", blocking, with_extensions)]
	fn payload(&self, commitment: JsonValue) -> RpcResult<PayloadAnswer>;

	/// The state of a payload on this node.
	#[method(name = "payloadStatus", blocking)]
	fn payload_status(&self, commitment: JsonValue) -> RpcResult<PayloadStatusAnswer>;

	/// Removes a payload from this node for good; it is not fetched again. The commitment stays on the chain.
	#[method(name = "purge", blocking, with_extensions)]
	fn purge(&self, commitment: JsonValue) -> RpcResult<PurgeAnswer>;

	/// Switches serving and fetching on or off, until the node is restarted. This does not affect consensus.
	#[method(name = "setService", blocking, with_extensions)]
	fn set_service(&self, on: JsonValue) -> RpcResult<StatusAnswer>;

	/// The state of the service.
	#[method(name = "status", blocking)]
	fn status(&self) -> RpcResult<StatusAnswer>;
}

/// The JSON-RPC methods of a service.
pub struct Privacy(Service);

impl Privacy {
	/// The JSON-RPC methods of this service.
	pub fn new(service: Service) -> Self {
		Self(service)
	}

	fn status_answer(&self) -> Result<StatusAnswer, Error> {
		let standing = self.0.standing()?;
		let short = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
		Ok(StatusAnswer {
			on: standing.on,
			supported: standing.supported,
			institution: standing.institution,
			stored: short(standing.stored),
			submitted: short(standing.submitted),
			bytes: standing.bytes,
			bound_bytes: standing.bound,
			retention_blocks: self.0.options().retention,
			missing: short(standing.missing),
			cursor: standing.cursor,
			envelopes: standing.envelopes,
		})
	}

	fn payload_status_answer(&self, commitment: H256) -> Result<PayloadStatusAnswer, Error> {
		let at = self.0.at()?.ok_or(Error::NotSupported)?;
		let envelope = self.0.envelope(&at, &commitment)?;
		let (entry, purged) = (self.0.entry(&commitment), self.0.purged(&commitment));
		let missing = self.0.missing(&commitment);
		let state = match (&envelope, entry) {
			(Some(envelope), Some(entry)) if entry.hash == envelope.ciphertext_hash => PayloadState::Stored,
			(None, Some(Entry { state: State::Submitted { .. }, .. })) => PayloadState::Submitted,
			(None, _) => PayloadState::Unknown,
			(Some(_), _) if purged.is_some() => PayloadState::Purged,
			(Some(envelope), _) if at.own.is_some_and(|own| envelope.readers.contains(&own)) => PayloadState::Missing,
			(Some(_), _) => PayloadState::NotReader,
		};
		let (hash, length) = match (&envelope, entry) {
			(Some(envelope), _) => (Some(envelope.ciphertext_hash), Some(envelope.ciphertext_len)),
			(None, Some(entry)) => (Some(entry.hash), Some(entry.length)),
			(None, None) => (None, None),
		};
		let asked = missing.as_ref().map_or(0, |missing| missing.asked);
		Ok(PayloadStatusAnswer {
			commitment,
			state,
			number: envelope.as_ref().map(|envelope| envelope.number),
			sent_at: envelope.as_ref().map(|envelope| envelope.sent_at),
			sender: envelope.as_ref().map(|envelope| envelope.sender),
			readers: envelope.map(|envelope| envelope.readers).unwrap_or_default(),
			ciphertext_hash: hash,
			length,
			attempts: missing.map_or(0, |missing| missing.attempts),
			asked: u32::try_from(asked).unwrap_or(u32::MAX),
			purged_at: purged.map(|purged| purged.height),
			purged_by: purged.map(|purged| purged.cause.name().to_string()),
		})
	}
}

impl PrivacyApiServer for Privacy {
	fn submit_payload(
		&self,
		extensions: &Extensions,
		commitment: JsonValue,
		ciphertext: JsonValue,
	) -> RpcResult<SubmitAnswer> {
		check_if_safe(extensions)?;
		let commitment = params::commitment("commitment", &commitment)?;
		let ciphertext = params::ciphertext("ciphertext", &ciphertext)?;
		let entry = self.0.submit(commitment, &ciphertext)?;
		Ok(SubmitAnswer { commitment, ciphertext_hash: entry.hash, length: entry.length })
	}

	fn payload(&self, extensions: &Extensions, commitment: JsonValue) -> RpcResult<PayloadAnswer> {
		check_if_safe(extensions)?;
		let commitment = params::commitment("commitment", &commitment)?;
		let (envelope, ciphertext) = self.0.payload(commitment)?;
		Ok(PayloadAnswer {
			commitment,
			ciphertext: ciphertext.into(),
			ciphertext_hash: envelope.ciphertext_hash,
			sent_at: envelope.sent_at,
		})
	}

	fn payload_status(&self, commitment: JsonValue) -> RpcResult<PayloadStatusAnswer> {
		Ok(self.payload_status_answer(params::commitment("commitment", &commitment)?)?)
	}

	fn purge(&self, extensions: &Extensions, commitment: JsonValue) -> RpcResult<PurgeAnswer> {
		check_if_safe(extensions)?;
		let commitment = params::commitment("commitment", &commitment)?;
		let removed = self.0.purge(commitment)?;
		Ok(PurgeAnswer { commitment, removed })
	}

	fn set_service(&self, extensions: &Extensions, on: JsonValue) -> RpcResult<StatusAnswer> {
		check_if_safe(extensions)?;
		self.0.set_on(params::flag("on", &on)?);
		Ok(self.status_answer()?)
	}

	fn status(&self) -> RpcResult<StatusAnswer> {
		Ok(self.status_answer()?)
	}
}
