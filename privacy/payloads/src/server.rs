//! Answering other nodes.

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

/// How many requests wait; the transport refuses the rest.
const QUEUE: usize = 64;
/// How many are answered at once.
const CONCURRENT: usize = 4;
/// What a request that is none costs.
const MALFORMED: i32 = -(1 << 24);

/// Answers requests out of the store, to those who may read.
pub struct Server {
	requests: async_channel::Receiver<IncomingRequest>,
	service: Service,
}

/// Sets the protocol up, on every node. The configuration belongs into `add_request_response_protocol`; the server runs as a
/// task of its own.
pub fn request_protocol<N: NetworkBackend<Block, BlockHash>>(
	service: Service,
) -> (N::RequestResponseProtocolConfig, Server) {
	let (queue, server) = Server::new(service);
	let name = protocol_name(&server.service.options().genesis);
	let (request, response) = (MAX_REQUEST as u64, MAX_RESPONSE as u64);
	(N::request_response_config(name, Vec::new(), request, response, TIMEOUT, Some(queue)), server)
}

impl Server {
	/// With the queue of its requests.
	pub(crate) fn new(service: Service) -> (async_channel::Sender<IncomingRequest>, Self) {
		let (queue, requests) = async_channel::bounded(QUEUE);
		(queue, Self { requests, service })
	}

	/// Until the network ends.
	pub async fn run(self) {
		let Self { requests, service } = self;
		let places = Arc::new(Semaphore::new(CONCURRENT));
		let mut budgets = Budgets::default();
		while let Ok(request) = requests.recv().await {
			// A request that is dropped is answered with a refusal.
			if !service.is_on() {
				service.metrics().request("off");
				continue;
			}
			if !budgets.take(request.peer, Instant::now()) {
				log::debug!(target: LOG_TARGET, "Refused a request of {}: too many", request.peer);
				service.metrics().request("refused");
				continue;
			}
			// Never closed, so there is always one in the end.
			let Ok(place) = places.clone().acquire_owned().await else { return };
			let service = service.clone();
			tokio::task::spawn_blocking(move || {
				answer(request, &service);
				drop(place);
			});
		}
	}
}

/// Whoever may not read gets the same answer as one who asks for what is not here.
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
	// The asker may have gone.
	let _ = pending_response.send(OutgoingResponse { result, reputation_changes, sent_feedback: None });
}
