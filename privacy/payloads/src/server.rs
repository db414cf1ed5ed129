//! Answers the requests of other nodes.

use crate::{
	budget::Budgets,
	service::{Served, Service},
	wire::{protocol_name, PayloadRequest, MAX_REQUEST, MAX_RESPONSE, TIMEOUT},
	LOG_TARGET,
};
use sc_network::{
	config::{IncomingRequest, OutgoingResponse},
	service::traits::NetworkBackend,
	ReputationChange,
};
use std::{sync::Arc, time::Instant};
use syndic_primitives::{block::Block, BlockHash};
use tokio::sync::Semaphore;

/// Maximum number of requests that wait; the transport refuses further ones.
const QUEUE: usize = 64;
/// Maximum number of requests that are answered at the same time.
const CONCURRENT: usize = 4;
/// Reputation change for a malformed request.
const MALFORMED: i32 = -(1 << 24);

/// Answers requests from the store, to nodes whose institution may read the payload.
pub struct Server {
	requests: async_channel::Receiver<IncomingRequest>,
	service: Service,
}

/// Sets up the protocol; every node has it. The caller passes the configuration to `add_request_response_protocol`, and
/// runs the server as a task of its own.
pub fn request_protocol<N: NetworkBackend<Block, BlockHash>>(
	service: Service,
) -> (N::RequestResponseProtocolConfig, Server) {
	let (queue, server) = Server::new(service);
	let name = protocol_name(&server.service.options().genesis);
	let (request, response) = (MAX_REQUEST as u64, MAX_RESPONSE as u64);
	(N::request_response_config(name, Vec::new(), request, response, TIMEOUT, Some(queue)), server)
}

impl Server {
	/// A server, and the sending end of its queue of requests.
	pub(crate) fn new(service: Service) -> (async_channel::Sender<IncomingRequest>, Self) {
		let (queue, requests) = async_channel::bounded(QUEUE);
		(queue, Self { requests, service })
	}

	/// Answers requests until the network ends.
	pub async fn run(self) {
		let Self { requests, service } = self;
		let places = Arc::new(Semaphore::new(CONCURRENT));
		let mut budgets = Budgets::default();
		while let Ok(request) = requests.recv().await {
			// The transport answers a dropped request with a refusal.
			if !service.is_on() {
				service.metrics().request("off");
				continue;
			}
			if !budgets.take(request.peer, Instant::now()) {
				log::debug!(target: LOG_TARGET, "Refused a request of {}: too many", request.peer);
				service.metrics().request("refused");
				continue;
			}
			// The semaphore is never closed, so a permit becomes available sooner or later.
			let Ok(place) = places.clone().acquire_owned().await else { return };
			let service = service.clone();
			tokio::task::spawn_blocking(move || {
				answer(request, &service);
				drop(place);
			});
		}
	}
}

/// Answers one request. A node that may not read a payload gets the same answer as for a payload that is not stored
/// here, so the answer does not tell whether this node stores the payload.
fn answer(request: IncomingRequest, service: &Service) {
	let IncomingRequest { peer, payload, pending_response } = request;
	let (result, reputation_changes) = match PayloadRequest::decode_bounded(&payload) {
		None => {
			log::debug!(target: LOG_TARGET, "{peer} sent {} bytes that are no request", payload.len());
			service.metrics().request("malformed");
			(Err(()), vec![ReputationChange::new(MALFORMED, "privacy: malformed request")])
		}
		Some(PayloadRequest { commitment }) => {
			let (response, outcome) = match service.serve(&peer, &commitment) {
				Ok(Served::Payload(ciphertext)) => (ciphertext, "served"),
				Ok(Served::Nothing(reason)) => (Vec::new(), reason),
				Err(error) => {
					log::debug!(target: LOG_TARGET, "{peer} asked for {commitment:?}, which failed: {error}");
					(Vec::new(), "failed")
				}
			};
			service.metrics().request(outcome);
			(Ok(response), Vec::new())
		}
	};
	// Sending fails if the requesting node has disconnected.
	let _ = pending_response.send(OutgoingResponse { result, reputation_changes, sent_feedback: None });
}
