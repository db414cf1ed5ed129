//! Asking for one thing and getting it: certificates, blocks, and some transactions of a block. Every node serves them.
//!
//! A response is the thing itself; an empty one says that the other node does not have it.

mod client;
mod server;

pub use client::{FetchError, Fetcher};
pub use server::{request_protocols, Server};

use crate::compact::MAX_MISSING;
use codec::{Decode, DecodeAll, Encode};
use std::{sync::Arc, time::Duration};
use syndic_primitives::{certificate::MAX_CERTIFICATE_BYTES, BlockHash, Height};

/// The most bytes of a request.
const MAX_REQUEST_BYTES: usize = 64;
/// The most bytes of a certificate response.
const MAX_CERTIFICATE_RESPONSE: usize = MAX_CERTIFICATE_BYTES;
/// The most bytes of a block response.
const MAX_BLOCK_RESPONSE: usize = super::MAX_BLOCK_BYTES;
/// The most bytes of a request for transactions.
const MAX_TRANSACTIONS_REQUEST: usize = MAX_REQUEST_BYTES + 4 * MAX_MISSING;
/// The most bytes of a transactions response.
const MAX_TRANSACTIONS_RESPONSE: usize = super::MAX_BLOCK_BYTES;
/// How long the transport waits for a certificate.
const CERTIFICATE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the transport waits for a block.
const BLOCK_TIMEOUT: Duration = Duration::from_secs(15);

/// How long the transport waits for transactions. Who has waited for so long asks for the whole block.
const TRANSACTIONS_TIMEOUT: Duration = Duration::from_secs(2);

/// Names of the protocols, after the chain's.
const CERTIFICATE: &str = "certificate";
const BLOCK: &str = "block";
const TRANSACTIONS: &str = "transactions";

/// Where a node's answers come from. Called on threads that may block.
pub trait BlockSource: Send + Sync + 'static {
	/// The encoding of this block, also of one that is not final.
	fn block(&self, height: Height, hash: BlockHash) -> Option<Arc<Vec<u8>>>;
	/// The certificate of the finalised block at this height, as its justification has it.
	fn certificate(&self, height: Height) -> Option<Vec<u8>>;
}

/// What is asked of the certificate protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
struct CertificateRequest {
	height: Height,
}

/// What is asked of the block protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
struct BlockRequest {
	height: Height,
	hash: BlockHash,
}

/// What is asked of the transactions protocol.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct TransactionsRequest {
	height: Height,
	hash: BlockHash,
	/// Where they stand in the block, ascending.
	positions: Vec<u32>,
}

impl TransactionsRequest {
	/// Decodes a whole request, of so few positions that it may be made, each once.
	fn decode_bounded(bytes: &[u8]) -> Option<Self> {
		if bytes.len() > MAX_TRANSACTIONS_REQUEST {
			return None;
		}
		let request = Self::decode_all(&mut &*bytes).ok()?;
		let ascending = request.positions.windows(2).all(|pair| pair[0] < pair[1]);
		let some = (1..=MAX_MISSING).contains(&request.positions.len());
		(ascending && some).then_some(request)
	}
}

/// Decodes a whole request, which is short.
fn decode<R: Decode>(bytes: &[u8]) -> Option<R> {
	(bytes.len() <= MAX_REQUEST_BYTES).then(|| R::decode_all(&mut &*bytes).ok())?
}

/// What these bytes ask of the certificate protocol, as it is encoded.
#[cfg(test)]
pub(super) fn certificate_request_again(bytes: &[u8]) -> Option<Vec<u8>> {
	decode::<CertificateRequest>(bytes).map(|request| request.encode())
}

/// What these bytes ask of the block protocol, as it is encoded.
#[cfg(test)]
pub(super) fn block_request_again(bytes: &[u8]) -> Option<Vec<u8>> {
	decode::<BlockRequest>(bytes).map(|request| request.encode())
}

/// What these bytes ask of the transactions protocol, as it is encoded.
#[cfg(test)]
pub(super) fn transactions_request_again(bytes: &[u8]) -> Option<Vec<u8>> {
	TransactionsRequest::decode_bounded(bytes).map(|request| request.encode())
}
