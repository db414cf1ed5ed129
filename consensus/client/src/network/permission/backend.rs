//! A network backend that is guarded by the gate.
//!
//! `FullNetworkConfiguration` gives its protocols only to the backend for which it was made. So the protocols of the
//! inner backend are collected beside it, in an [`Assembly`], while the node builds its network; the outer
//! configuration holds placeholders for them. All of this happens on one thread, without yielding.

use super::{store::GatedStore, Gate, LOG_TARGET};
use futures::{future::BoxFuture, FutureExt};
use parking_lot::Mutex;
use prometheus_endpoint::Registry;
use sc_network::{
	config::{
		FullNetworkConfiguration, IncomingRequest, NetworkConfiguration, NotificationHandshake, Params,
		PeerStoreProvider, SetConfig,
	},
	error::Error,
	service::traits::{NetworkBackend, NetworkService, NotificationConfig, NotificationService, RequestResponseConfig},
	NotificationMetrics, PeerId, ProtocolName,
};
use std::{any::Any, cell::RefCell, fmt, marker::PhantomData, sync::Arc, time::Duration};
use syndic_primitives::{block::Block, BlockHash};

/// Maximum number of a protocol's requests that wait before the gate. The handler has its own queue behind the gate.
const WAITING_REQUESTS: usize = 32;

thread_local! {
	/// The network that is being built on this thread.
	static DRAFT: RefCell<Option<Draft>> = const { RefCell::new(None) };
}

struct Draft {
	gate: Gate,
	/// The configuration of the inner backend, a `FullNetworkConfiguration<Block, BlockHash, N>`.
	within: Box<dyn Any>,
	guards: Vec<BoxFuture<'static, ()>>,
}

/// While this value lives, a guarded network is built on this thread: its configuration, its protocols and the backend
/// itself.
pub struct Assembly<N>(PhantomData<(N, *const ())>);

impl<N: NetworkBackend<Block, BlockHash>> Assembly<N> {
	/// Begins to build a network. Everything that is created for [`Gated<N>`] from now on is guarded by this gate.
	pub fn begin(gate: Gate, config: &NetworkConfiguration, registry: Option<&Registry>) -> Self {
		let within = FullNetworkConfiguration::<Block, BlockHash, N>::new(config, registry.cloned());
		DRAFT.set(Some(Draft { gate, within: Box::new(within), guards: Vec::new() }));
		Self(PhantomData)
	}
}

impl<N> Drop for Assembly<N> {
	fn drop(&mut self) {
		DRAFT.take();
	}
}

/// Calls `f` with the gate, the configuration of the inner backend, and the guards of the network that is being built.
fn with_draft<N, R>(
	f: impl FnOnce(&Gate, &mut FullNetworkConfiguration<Block, BlockHash, N>, &mut Vec<BoxFuture<'static, ()>>) -> R,
) -> R
where
	N: NetworkBackend<Block, BlockHash>,
{
	DRAFT.with_borrow_mut(|draft| {
		let Draft { gate, within, guards } = draft.as_mut().expect("an Assembly lives while a network is built; qed");
		let within = within.downcast_mut().expect("it was begun for the same backend; qed");
		f(gate, within, guards)
	})
}

/// The configuration of a notification protocol, until the inner backend takes it.
pub struct Held<C> {
	config: Mutex<Option<C>>,
	name: ProtocolName,
	set: SetConfig,
}

impl<C> fmt::Debug for Held<C> {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "Held({})", self.name)
	}
}

impl<C> NotificationConfig for Held<C> {
	fn set_config(&self) -> &SetConfig {
		&self.set
	}

	fn protocol_name(&self) -> &ProtocolName {
		&self.name
	}
}

/// The name of a request protocol, whose configuration the inner backend has already.
#[derive(Debug)]
pub struct Named(ProtocolName);

impl RequestResponseConfig for Named {
	fn protocol_name(&self) -> &ProtocolName {
		&self.0
	}
}

/// The backend `N`, guarded by the gate of the [`Assembly`] in which it is created.
pub struct Gated<N>(N);

#[async_trait::async_trait]
impl<N> NetworkBackend<Block, BlockHash> for Gated<N>
where
	N: NetworkBackend<Block, BlockHash, PeerStore: Send>,
{
	const SUPPORTS_IPFS: bool = N::SUPPORTS_IPFS;

	type NotificationProtocolConfig = Held<N::NotificationProtocolConfig>;
	type RequestResponseProtocolConfig = Named;
	type NetworkService<B, H> = N::NetworkService<B, H>;
	type PeerStore = GatedStore<N::PeerStore>;

	fn new(params: Params<Block, BlockHash, Self>) -> Result<Self, Error> {
		let Draft { within, guards, .. } = DRAFT.take().expect("an Assembly lives while a network is built; qed");
		let within = within.downcast::<FullNetworkConfiguration<Block, BlockHash, N>>();
		let mut within = *within.unwrap_or_else(|_| unreachable!("it was begun for the same backend; qed"));
		let taken = params.network_config.notification_protocols().iter();
		for config in taken.filter_map(|held| held.config.lock().take()) {
			within.add_notification_protocol(config);
		}
		within.network_config = params.network_config.network_config;
		for guard in guards {
			(params.executor)(guard);
		}
		let announcements = params.block_announce_config.config.into_inner();
		N::new(Params {
			role: params.role,
			executor: params.executor,
			network_config: within,
			protocol_id: params.protocol_id,
			genesis_hash: params.genesis_hash,
			fork_id: params.fork_id,
			metrics_registry: params.metrics_registry,
			block_announce_config: announcements.expect("nobody takes it but this; qed"),
			ipfs_config: params.ipfs_config,
			notification_metrics: params.notification_metrics,
		})
		.map(Self)
	}

	fn network_service(&self) -> Arc<dyn NetworkService> {
		self.0.network_service()
	}

	/// Returns the peer store of the inner backend, which knows the boot nodes and the registry already.
	fn peer_store(_: Vec<PeerId>, _: Option<Registry>) -> Self::PeerStore {
		with_draft::<N, _>(|gate, within, _| GatedStore { store: within.take_peer_store(), gate: gate.clone() })
	}

	fn register_notification_metrics(registry: Option<&Registry>) -> NotificationMetrics {
		N::register_notification_metrics(registry)
	}

	fn notification_config(
		protocol_name: ProtocolName,
		fallback_names: Vec<ProtocolName>,
		max_notification_size: u64,
		handshake: Option<NotificationHandshake>,
		set_config: SetConfig,
		metrics: NotificationMetrics,
		peerstore_handle: Arc<dyn PeerStoreProvider>,
	) -> (Self::NotificationProtocolConfig, Box<dyn NotificationService>) {
		let (name, set) = (protocol_name.clone(), set_config.clone());
		let (config, service) = N::notification_config(
			protocol_name,
			fallback_names,
			max_notification_size,
			handshake,
			set_config,
			metrics,
			peerstore_handle,
		);
		(Held { config: Mutex::new(Some(config)), name, set }, service)
	}

	fn request_response_config(
		protocol_name: ProtocolName,
		fallback_names: Vec<ProtocolName>,
		max_request_size: u64,
		max_response_size: u64,
		request_timeout: Duration,
		inbound_queue: Option<async_channel::Sender<IncomingRequest>>,
	) -> Self::RequestResponseProtocolConfig {
		let name = protocol_name.clone();
		with_draft::<N, _>(|gate, within, guards| {
			let inbound_queue = inbound_queue.map(|behind| {
				let (before, requests) = async_channel::bounded(WAITING_REQUESTS);
				guards.push(pass_on(gate.clone(), requests, behind).boxed());
				before
			});
			within.add_request_response_protocol(N::request_response_config(
				protocol_name,
				fallback_names,
				max_request_size,
				max_response_size,
				request_timeout,
				inbound_queue,
			));
		});
		Named(name)
	}

	async fn run(self) {
		self.0.run().await
	}
}

/// Passes the requests of peers that are let in to their handler. A request that is dropped is answered with a refusal.
pub(super) async fn pass_on(
	gate: Gate,
	requests: async_channel::Receiver<IncomingRequest>,
	behind: async_channel::Sender<IncomingRequest>,
) {
	while let Ok(request) = requests.recv().await {
		if !gate.admits(&request.peer, "request") {
			continue;
		}
		if let Err(error) = behind.try_send(request) {
			if error.is_closed() {
				return;
			}
			log::debug!(target: LOG_TARGET, "A request was refused, for too many wait");
		}
	}
}
