//! What is said on the protocol: a commitment, and the ciphertext or nothing.

use crate::MAX_CIPHERTEXT;
use codec::{Decode, DecodeAll, Encode};
use sc_network::ProtocolName;
use sp_core::H256;
use std::time::Duration;
use syndic_primitives::BlockHash;

/// The most bytes of a request.
pub(crate) const MAX_REQUEST: usize = 64;
/// The most bytes of a response.
pub(crate) const MAX_RESPONSE: usize = MAX_CIPHERTEXT;
/// How long the transport waits for a response.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

/// The name of the protocol.
pub(crate) fn protocol_name(genesis: &BlockHash) -> ProtocolName {
	format!("/{genesis:x}/privacy/payload/1").into()
}

/// What is asked for. The response is the ciphertext, or empty: it is not here, or not for who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct PayloadRequest {
	/// The commitment of the envelope whose payload it is.
	pub commitment: H256,
}

impl PayloadRequest {
	/// Decodes a whole request, which is short.
	pub fn decode_bounded(bytes: &[u8]) -> Option<Self> {
		(bytes.len() <= MAX_REQUEST).then(|| Self::decode_all(&mut &*bytes).ok())?
	}
}
