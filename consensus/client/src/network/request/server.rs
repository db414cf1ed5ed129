//! Answers the requests of other nodes.

use super::{
	decode, BlockRequest, BlockSource, CertificateRequest, TransactionsRequest, BLOCK, BLOCK_TIMEOUT, CERTIFICATE,
	CERTIFICATE_TIMEOUT, MAX_BLOCK_RESPONSE, MAX_CERTIFICATE_RESPONSE, MAX_REQUEST_BYTES, MAX_TRANSACTIONS_REQUEST,
	MAX_TRANSACTIONS_RESPONSE, TRANSACTIONS, TRANSACTIONS_TIMEOUT,
};
use crate::{
	compact,
	metrics::Metrics,
	network::{protocol_name, LOG_TARGET},
};
use futures::StreamExt;
use sc_network::{
	config::{IncomingRequest, OutgoingResponse},
	service::traits::NetworkBackend,
	PeerId, ReputationChange,
};
use std::{
	collections::HashMap,
	sync::Arc,
	time::{Duration, Instant},
};
use syndic_primitives::{block::Block, BlockHash};
use tokio::sync::Semaphore;

/// Capacity of each protocol's queue of requests; the transport refuses more.
const QUEUE: usize = 64;
/// Maximum number of requests that are answered at once.
const CONCURRENT: usize = 4;
/// Number of requests that a node may send at once.
const BURST: f64 = 64.0;
/// Number of requests per second that a node may send in the long run.
const PER_SECOND: f64 = 32.0;
/// Maximum number of nodes whose requests are counted. When there are more, the count of the node that has been silent
/// longest is dropped.
const MAX_COUNTED: usize = 1024;
/// Reputation change for a malformed request.
const MALFORMED: i32 = -(1 << 24);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
	Certificate,
	Block,
	Transactions,
}

/// Answers requests from a [`BlockSource`].
pub struct Server {
	certificates: async_channel::Receiver<IncomingRequest>,
	blocks: async_channel::Receiver<IncomingRequest>,
	transactions: async_channel::Receiver<IncomingRequest>,
	source: Arc<dyn BlockSource>,
	budgets: Budgets,
	metrics: Metrics,
}

/// Sets up the request protocols, for every node. Each configuration goes to `add_request_response_protocol`; the
/// server runs as a task of its own.
pub fn request_protocols<N: NetworkBackend<Block, BlockHash>>(
	genesis: BlockHash,
	source: Arc<dyn BlockSource>,
	metrics: Metrics,
) -> (Vec<N::RequestResponseProtocolConfig>, Server) {
	let config = |name, max_request: usize, max_response: usize, timeout, queue| {
		N::request_response_config(
			protocol_name(&genesis, name),
			Vec::new(),
			max_request as u64,
			max_response as u64,
			timeout,
			Some(queue),
		)
	};
	let ([certificates, blocks, transactions], server) = Server::new(source, metrics);
	let configs = vec![
		config(CERTIFICATE, MAX_REQUEST_BYTES, MAX_CERTIFICATE_RESPONSE, CERTIFICATE_TIMEOUT, certificates),
		config(BLOCK, MAX_REQUEST_BYTES, MAX_BLOCK_RESPONSE, BLOCK_TIMEOUT, blocks),
		config(TRANSACTIONS, MAX_TRANSACTIONS_REQUEST, MAX_TRANSACTIONS_RESPONSE, TRANSACTIONS_TIMEOUT, transactions),
	];
	(configs, server)
}

type Queue = async_channel::Sender<IncomingRequest>;

impl Server {
	/// Returns the queues of the certificate, the block and the transactions protocol, and their server.
	fn new(source: Arc<dyn BlockSource>, metrics: Metrics) -> ([Queue; 3], Self) {
		let (certificates_in, certificates) = async_channel::bounded(QUEUE);
		let (blocks_in, blocks) = async_channel::bounded(QUEUE);
		let (transactions_in, transactions) = async_channel::bounded(QUEUE);
		let server = Self { certificates, blocks, transactions, source, budgets: Budgets::default(), metrics };
		([certificates_in, blocks_in, transactions_in], server)
	}

	/// Runs until the network ends.
	pub async fn run(self) {
		let Self { certificates, blocks, transactions, source, mut budgets, metrics } = self;
		let certificates = certificates.map(|request| (Kind::Certificate, request));
		let blocks = blocks.map(|request| (Kind::Block, request));
		let transactions = transactions.map(|request| (Kind::Transactions, request));
		let of_blocks = futures::stream::select(blocks, transactions);
		let mut requests = Box::pin(futures::stream::select(certificates, of_blocks));
		let places = Arc::new(Semaphore::new(CONCURRENT));
		while let Some((kind, request)) = requests.next().await {
			if !budgets.take(request.peer, Instant::now()) {
				log::debug!(target: LOG_TARGET, "Refused a request of {}: too many", request.peer);
				metrics.request("refused");
				continue;
			}
			// The semaphore is never closed, so a permit comes in the end.
			let Ok(place) = places.clone().acquire_owned().await else { return };
			let (source, metrics) = (source.clone(), metrics.clone());
			tokio::task::spawn_blocking(move || {
				answer(kind, request, &*source, &metrics);
				drop(place);
			});
		}
	}
}

fn answer(kind: Kind, request: IncomingRequest, source: &dyn BlockSource, metrics: &Metrics) {
	let IncomingRequest { peer, payload, pending_response } = request;
	let response = match kind {
		Kind::Certificate => decode::<CertificateRequest>(&payload)
			.map(|request| bounded(source.certificate(request.height), MAX_CERTIFICATE_RESPONSE)),
		Kind::Block => decode::<BlockRequest>(&payload).map(|request| {
			bounded(source.block(request.height, request.hash).map(Arc::unwrap_or_clone), MAX_BLOCK_RESPONSE)
		}),
		Kind::Transactions => TransactionsRequest::decode_bounded(&payload).map(|request| {
			let block = source.block(request.height, request.hash);
			let picked = block.and_then(|block| compact::pick(&block, &request.positions));
			bounded(picked, MAX_TRANSACTIONS_RESPONSE)
		}),
	};
	let (result, reputation_changes) = match response {
		Some(response) => {
			metrics.request(if response.is_empty() { "served-nothing" } else { "served" });
			(Ok(response), Vec::new())
		}
		None => {
			log::debug!(target: LOG_TARGET, "{peer} sent {} bytes that are no request", payload.len());
			metrics.request("malformed");
			(Err(()), vec![ReputationChange::new(MALFORMED, "pbft: malformed request")])
		}
	};
	// The node that asked may have disconnected.
	let _ = pending_response.send(OutgoingResponse { result, reputation_changes, sent_feedback: None });
}

/// An answer that is too long to be sent is treated as missing.
fn bounded(found: Option<Vec<u8>>, most: usize) -> Vec<u8> {
	found.filter(|bytes| bytes.len() <= most).unwrap_or_default()
}

/// Keeps a node from taking more than its share of the server.
#[derive(Default)]
struct Budgets {
	/// For each node, its budget and when that was computed.
	left: HashMap<PeerId, (f64, Instant)>,
}

impl Budgets {
	/// Whether `peer` may send one more request. If so, it is charged.
	fn take(&mut self, peer: PeerId, now: Instant) -> bool {
		if self.left.len() >= MAX_COUNTED && !self.left.contains_key(&peer) {
			// Nodes that have regained their whole budget need not be counted. If all are busy, the node that has been
			// silent longest is dropped.
			let full = Duration::from_secs_f64(BURST / PER_SECOND);
			self.left.retain(|_, (_, when)| now.saturating_duration_since(*when) < full);
			if self.left.len() >= MAX_COUNTED {
				let silent = self.left.iter().min_by_key(|(_, (_, when))| *when).map(|(peer, _)| *peer);
				silent.and_then(|peer| self.left.remove(&peer));
			}
		}
		let (left, when) = self.left.entry(peer).or_insert((BURST, now));
		*left = (*left + now.saturating_duration_since(*when).as_secs_f64() * PER_SECOND).min(BURST);
		*when = now;
		let may = *left >= 1.0;
		if may {
			*left -= 1.0;
		}
		may
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::compact::MAX_MISSING;
	use codec::Encode;
	use futures::channel::oneshot;
	use sp_runtime::{traits::Header as _, OpaqueExtrinsic};
	use syndic_primitives::{block::Header, Height};

	/// Has block 1 and certificate 1. Block 2 is too long, block 3 takes long, and block 4 is a real block.
	struct Fake;

	impl BlockSource for Fake {
		fn block(&self, height: Height, hash: BlockHash) -> Option<Arc<Vec<u8>>> {
			if height == Height(3) {
				std::thread::sleep(Duration::from_millis(200));
			}
			let known = hash == BlockHash::repeat_byte(1);
			if height == Height(4) {
				let header =
					Header::new(4, Default::default(), Default::default(), Default::default(), Default::default());
				let extrinsics = (0..3).map(|n| OpaqueExtrinsic::from_blob(vec![7, n])).collect();
				return known.then(|| Arc::new(Block { header, extrinsics }.encode()));
			}
			let length = if height == Height(2) { MAX_BLOCK_RESPONSE + 1 } else { 1000 };
			known.then(|| Arc::new(vec![height.0 as u8; length]))
		}

		fn certificate(&self, height: Height) -> Option<Vec<u8>> {
			(height == Height(1)).then(|| vec![9; 100])
		}
	}

	async fn ask(queue: &Queue, peer: PeerId, payload: Vec<u8>) -> Option<OutgoingResponse> {
		let (pending_response, response) = oneshot::channel();
		queue.send(IncomingRequest { peer, payload, pending_response }).await.unwrap();
		response.await.ok()
	}

	#[tokio::test]
	async fn answers() {
		let ([certificates, blocks, transactions], server) = Server::new(Arc::new(Fake), Metrics::default());
		let running = tokio::spawn(server.run());
		let peer = PeerId::random();
		let (here, not_here) = (BlockHash::repeat_byte(1), BlockHash::repeat_byte(2));
		let block = |height, hash| BlockRequest { height: Height(height), hash }.encode();
		let of = |height, positions: &[u32]| {
			TransactionsRequest { height: Height(height), hash: here, positions: positions.to_vec() }.encode()
		};
		let certificate = |height| CertificateRequest { height: Height(height) }.encode();
		let cases: Vec<(&Queue, Vec<u8>, Result<Vec<u8>, ()>)> = vec![
			(&blocks, block(1, here), Ok(vec![1; 1000])),
			(&blocks, block(1, not_here), Ok(vec![])),
			(&blocks, block(2, here), Ok(vec![])),
			(&certificates, certificate(1), Ok(vec![9; 100])),
			(&certificates, certificate(2), Ok(vec![])),
			(&certificates, block(1, here), Err(())),
			(&transactions, of(4, &[0, 2]), Ok([(&[7u8, 0][..]), &[7, 2]].map(<[u8]>::to_vec).to_vec().encode())),
			(&transactions, of(4, &[3]), Ok(vec![])),
			(&transactions, of(1, &[0]), Ok(vec![])),
			(&transactions, of(4, &[]), Err(())),
			(&transactions, of(4, &[2, 0]), Err(())),
			(&transactions, of(4, &[1, 1]), Err(())),
			(&transactions, of(4, &(0..=MAX_MISSING as u32).collect::<Vec<_>>()), Err(())),
			(&blocks, certificate(1), Err(())),
			(&blocks, vec![], Err(())),
			(&blocks, vec![0; 1 << 20], Err(())),
		];
		for (queue, request, expected) in cases {
			let response = ask(queue, peer, request.clone()).await.expect("answered");
			assert_eq!(response.result, expected, "{request:?}");
			assert_eq!(response.reputation_changes.len(), usize::from(expected.is_err()));
		}
		drop((certificates, blocks, transactions));
		running.await.unwrap();
	}

	#[tokio::test]
	async fn slow_answers_do_not_hold_up_others_and_floods_are_refused() {
		let ([_certificates, blocks, _transactions], server) = Server::new(Arc::new(Fake), Metrics::default());
		tokio::spawn(server.run());
		let request = |height| BlockRequest { height: Height(height), hash: BlockHash::repeat_byte(1) }.encode();
		let slow: Vec<_> = (0..CONCURRENT - 1)
			.map(|_| {
				let (queue, payload) = (blocks.clone(), request(3));
				tokio::spawn(async move { ask(&queue, PeerId::random(), payload).await })
			})
			.collect();
		let began = Instant::now();
		assert!(ask(&blocks, PeerId::random(), request(1)).await.is_some());
		assert!(began.elapsed() < Duration::from_millis(150), "{:?}", began.elapsed());
		for task in slow {
			assert!(task.await.unwrap().is_some());
		}
		let greedy = PeerId::random();
		let mut served = 0;
		for _ in 0..200 {
			served += usize::from(ask(&blocks, greedy, request(1)).await.is_some());
		}
		assert!((64..160).contains(&served), "{served}");
		assert!(ask(&blocks, PeerId::random(), request(1)).await.is_some(), "others are served");
	}

	#[test]
	fn budgets_refill_and_are_bounded() {
		let (mut budgets, start, peer) = (Budgets::default(), Instant::now(), PeerId::random());
		assert_eq!((0..100).filter(|_| budgets.take(peer, start)).count(), 64);
		let later = start + Duration::from_secs(1);
		assert_eq!((0..100).filter(|_| budgets.take(peer, later)).count(), 32);
		for _ in 0..3 * MAX_COUNTED {
			assert!(budgets.take(PeerId::random(), later));
		}
		assert_eq!(budgets.left.len(), MAX_COUNTED);
	}
}
