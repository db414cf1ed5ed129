//! Requests for one item: a certificate, a block, or some transactions of a block. Every node serves them.
//!
//! A response is the item itself. An empty response says that the other node does not have it.

mod client;
mod server;

pub use client::{FetchError, Fetcher};
pub use server::{request_protocols, Server};

use crate::compact::MAX_MISSING;
use codec::{Decode, DecodeAll, Encode};
use std::{sync::Arc, time::Duration};
use syndic_primitives::{certificate::MAX_CERTIFICATE_BYTES, BlockHash, Height};

/// Maximum size of a request for a certificate or a block, in bytes.
const MAX_REQUEST_BYTES: usize = 64;
/// Maximum size of a certificate response, in bytes.
const MAX_CERTIFICATE_RESPONSE: usize = MAX_CERTIFICATE_BYTES;
/// Maximum size of a block response, in bytes.
const MAX_BLOCK_RESPONSE: usize = super::MAX_BLOCK_BYTES;
/// Maximum size of a request for transactions, in bytes.
const MAX_TRANSACTIONS_REQUEST: usize = MAX_REQUEST_BYTES + 4 * MAX_MISSING;
/// Maximum size of a transactions response, in bytes.
const MAX_TRANSACTIONS_RESPONSE: usize = super::MAX_BLOCK_BYTES;
/// How long the transport waits for a certificate.
const CERTIFICATE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the transport waits for a block.
const BLOCK_TIMEOUT: Duration = Duration::from_secs(15);

/// How long the transport waits for transactions. After that the whole block is requested.
const TRANSACTIONS_TIMEOUT: Duration = Duration::from_secs(2);

/// Names of the protocols, which follow the chain's name.
const CERTIFICATE: &str = "certificate";
const BLOCK: &str = "block";
const TRANSACTIONS: &str = "transactions";

/// The source of a node's answers. Its methods are called on threads that may block.
pub trait BlockSource: Send + Sync + 'static {
	/// The encoding of this block, whether final or not.
	fn block(&self, height: Height, hash: BlockHash) -> Option<Arc<Vec<u8>>>;
	/// The certificate of the finalised block at this height, as its justification holds it.
	fn certificate(&self, height: Height) -> Option<Vec<u8>>;
}

/// A request on the certificate protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
struct CertificateRequest {
	height: Height,
}

/// A request on the block protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
struct BlockRequest {
	height: Height,
	hash: BlockHash,
}

/// A request on the transactions protocol.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct TransactionsRequest {
	height: Height,
	hash: BlockHash,
	/// The transactions' positions in the block, ascending.
	positions: Vec<u32>,
}

impl TransactionsRequest {
	/// Decodes a request, which must use all of the bytes. The positions must ascend, and their number must be 1 to
	/// [`MAX_MISSING`].
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

/// Decodes a short request, which must use all of the bytes.
fn decode<R: Decode>(bytes: &[u8]) -> Option<R> {
	(bytes.len() <= MAX_REQUEST_BYTES).then(|| R::decode_all(&mut &*bytes).ok())?
}

/// Decodes a request on the certificate protocol and encodes it again.
#[cfg(test)]
pub(super) fn certificate_request_again(bytes: &[u8]) -> Option<Vec<u8>> {
	decode::<CertificateRequest>(bytes).map(|request| request.encode())
}

/// Decodes a request on the block protocol and encodes it again.
#[cfg(test)]
pub(super) fn block_request_again(bytes: &[u8]) -> Option<Vec<u8>> {
	decode::<BlockRequest>(bytes).map(|request| request.encode())
}

/// Decodes a request on the transactions protocol and encodes it again.
#[cfg(test)]
pub(super) fn transactions_request_again(bytes: &[u8]) -> Option<Vec<u8>> {
	TransactionsRequest::decode_bounded(bytes).map(|request| request.encode())
}
