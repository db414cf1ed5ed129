//! The messages of the protocol: the request is a commitment, the response a ciphertext or empty.

use crate::MAX_CIPHERTEXT;
use codec::{Decode, DecodeAll, Encode};
use sc_network::ProtocolName;
use sp_core::H256;
use std::time::Duration;
use syndic_primitives::BlockHash;

/// Maximum length of a request, in bytes.
pub(crate) const MAX_REQUEST: usize = 64;
/// Maximum length of a response, in bytes.
pub(crate) const MAX_RESPONSE: usize = MAX_CIPHERTEXT;
/// How long the transport waits for a response.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

/// The name of the protocol.
pub(crate) fn protocol_name(genesis: &BlockHash) -> ProtocolName {
	format!("/{genesis:x}/privacy/payload/1").into()
}

/// A request. The response is the ciphertext. It is empty if the payload is not stored here or the sender of the
/// request may not read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct PayloadRequest {
	/// The commitment of the envelope whose payload is requested.
	pub commitment: H256,
}

impl PayloadRequest {
	/// Decodes a whole request; `None` if it is longer than [`MAX_REQUEST`] or malformed.
	pub fn decode_bounded(bytes: &[u8]) -> Option<Self> {
		(bytes.len() <= MAX_REQUEST).then(|| Self::decode_all(&mut &*bytes).ok())?
	}
}
