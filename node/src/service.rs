//! Assembles a node: database, client, pool, network, RPC, and the consensus engine.

use crate::{
	cli::{PayloadParams, PbftParams, PoolParams, Switch},
	genesis::LazyGenesis,
	host::HostFunctions,
	native::NativeClasses,
	queue::SharedQueue,
	rpc,
	runner::{Kept, Tasks},
};
use futures::{FutureExt, StreamExt};
use sc_client_api::{Backend as _, BlockchainEvents};
use sc_executor::{HeapAllocStrategy, WasmExecutor, DEFAULT_HEAP_ALLOC_STRATEGY};
use sc_network::{
	config::{FullNetworkConfiguration, MultiaddrWithPeerId},
	service::traits::NetworkBackend,
};
use sc_offchain::{OffchainWorkerOptions, OffchainWorkers};
use sc_service::{
	error::Error, BuildNetworkParams, Configuration, KeystoreContainer, PruningMode, SpawnTasksParams, TFullBackend,
	TFullClient, TaskManager,
};
use sc_telemetry::{Telemetry, TelemetryWorker};
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_blockchain::HeaderBackend;
use sp_keystore::Keystore;
use std::sync::{Arc, OnceLock};
use syndic_client::{
	assurance::{self, AssuranceParams, ClientLedger},
	network::{
		self,
		permission::{self, Assembly, Gated},
		Gate,
	},
	AssuranceHandle, AssuranceMetrics, ChainSource, EngineParams, Finaliser, Metrics, Orders, StatusHandle,
	ValidatorParams,
};
use syndic_payloads::{ClientChain, NetworkPeers, PayloadMetrics};
use syndic_pool::journal::JournalLimits;
use syndic_primitives::{block::Block, crypto::ValidatorPair, BlockHash, ValidatorId, PBFT_KEY_TYPE};
use syndic_runtime::RuntimeApi;
use tokio::sync::mpsc;

/// Blocks and states on disk.
pub type Backend = TFullBackend<Block>;
/// The chain, and the runtime that executes it.
pub type Client = TFullClient<Block, RuntimeApi, WasmExecutor<HostFunctions>>;
/// The transaction pool, as one kind of caller sees it.
pub type Pool = syndic_pool::Face<syndic_pool::ClientChain<Client, Backend>>;
/// The older network backend.
pub type Libp2p = sc_network::NetworkWorker<Block, BlockHash>;

/// Number of final blocks whose state is kept unless `--state-pruning` says otherwise. The SDK's 256 would be 51
/// seconds of blocks of 200 ms, which is less than two people need to sign a transaction in a wallet.
const KEPT_STATES: u32 = 4096;

/// Folder of the compiled runtime, beside the database.
const RUNTIME_CACHE: &str = "runtime-cache";

/// Folder of the payloads of private transactions, beside the database.
const PAYLOADS: &str = "payloads";

/// Folder of the journal of accepted transactions, beside the database.
const TRANSACTIONS: &str = "transactions";

/// Maximum number of waiting commands to the network. When it is reached, the engine waits for room.
const COMMANDS: usize = 1024;

/// A node without network and RPC, for commands on the database.
pub struct Partial<'t> {
	pub client: Arc<Client>,
	pub backend: Arc<Backend>,
	pub task_manager: &'t mut TaskManager,
	pub kept: &'t mut Kept,
	pub import_queue: SharedQueue,
	pub finaliser: Finaliser<Client, Backend>,
	pub keystore: KeystoreContainer,
	pub telemetry: Option<Telemetry>,
}

/// Opens or makes the database, and the parts that need it. Fails if a recovery order cannot hold on this chain.
pub fn new_partial<'t>(config: &Configuration, orders: Orders, tasks: &'t mut Tasks) -> Result<Partial<'t>, Error> {
	let telemetry = config
		.telemetry_endpoints
		.clone()
		.filter(|endpoints| !endpoints.is_empty())
		.map(|endpoints| -> Result<_, sc_telemetry::Error> {
			let worker = TelemetryWorker::new(16)?;
			let telemetry = worker.handle().new_telemetry(endpoints);
			Ok((worker, telemetry))
		})
		.transpose()?;

	let executor = new_executor(config)?;
	let backend = open_backend(config)?;
	let genesis = LazyGenesis {
		spec: config.chain_spec.as_ref(),
		commit_state: !config.no_genesis(),
		backend: backend.clone(),
		executor: executor.clone(),
	};
	let (client, backend, keystore, task_manager) =
		sc_service::new_full_parts_with_genesis_builder::<Block, RuntimeApi, _, _>(
			config,
			telemetry.as_ref().map(|(_, telemetry)| telemetry.handle()),
			executor,
			backend,
			genesis,
			false,
		)?;
	let (task_manager, kept) = tasks.manage(task_manager);
	let client = Arc::new(client);

	let telemetry = telemetry.map(|(worker, telemetry)| {
		task_manager.spawn_handle().spawn("telemetry", None, worker.run());
		telemetry
	});

	let (import_queue, finaliser) = syndic_client::import_queue(
		client.clone(),
		backend.clone(),
		&task_manager.spawn_essential_handle(),
		config.prometheus_registry(),
		orders,
	)
	.map_err(application)?;

	let import_queue = SharedQueue::new(import_queue);
	kept.keep(import_queue.keeper());
	Ok(Partial { client, backend, task_manager, kept, import_queue, finaliser, keystore, telemetry })
}

/// The SDK's executor, with the compiled runtime cached on disk: a restarted validator votes two seconds sooner. An
/// attacker who can write to the cache can write to the database as well.
fn new_executor(config: &Configuration) -> Result<WasmExecutor<HostFunctions>, Error> {
	let cache = config.base_path.config_dir(config.chain_spec.id()).join(RUNTIME_CACHE);
	let heap = config
		.executor
		.default_heap_pages
		.map_or(DEFAULT_HEAP_ALLOC_STRATEGY, |pages| HeapAllocStrategy::Static { extra_pages: pages as _ });
	Ok(WasmExecutor::builder()
		.with_execution_method(config.executor.wasm_method)
		.with_onchain_heap_alloc_strategy(heap)
		.with_offchain_heap_alloc_strategy(heap)
		.with_max_runtime_instances(config.executor.max_runtime_instances)
		.with_runtime_cache_size(config.executor.runtime_cache_size)
		.with_cache_path(std::path::absolute(cache)?)
		.build())
}

/// Opens the database. If the operator gave no pruning, [`KEPT_STATES`] states are kept. A database that was made to
/// keep every state continues to do so.
fn open_backend(config: &Configuration) -> Result<Arc<Backend>, sp_blockchain::Error> {
	let open = |state_pruning: Option<PruningMode>| {
		let mut settings = config.db_config();
		settings.state_pruning = state_pruning;
		sc_service::new_db_backend::<Block>(settings)
	};
	if config.state_pruning.is_some() {
		return open(config.state_pruning.clone());
	}
	match open(Some(PruningMode::blocks_pruning(KEPT_STATES))) {
		Err(sp_blockchain::Error::StateDatabase(_)) => open(None),
		other => other,
	}
}

/// The error that stopped the engine, for the last line that the node prints.
pub type Failure = Arc<OnceLock<String>>;

/// Starts all parts. The node runs until one of its essential tasks ends. If the engine is the cause, `failure` tells
/// why.
pub async fn new_full<N: NetworkBackend<Block, BlockHash, PeerStore: Send>>(
	mut config: Configuration,
	pbft: PbftParams,
	payloads: PayloadParams,
	pool_params: PoolParams,
	orders: Orders,
	failure: Failure,
	tasks: &mut Tasks,
) -> Result<(), Error> {
	// Proposals are imported before they are decided. The engine announces a block once it is final.
	config.announce_block = false;
	let told_to_end = tasks.told_to_end();
	let Partial { client, backend, task_manager, kept, import_queue, finaliser, keystore, mut telemetry } =
		new_partial(&config, orders, tasks)?;
	let genesis = client.info().genesis_hash;
	let metrics = Metrics::register(config.prometheus_registry()).map_err(application)?;
	let status = StatusHandle::new();
	let assurance_metrics = AssuranceMetrics::register(config.prometheus_registry()).map_err(application)?;
	let assurance_handle = AssuranceHandle::new();
	let role = config.role;
	let transactions = open_pool(&config, &pool_params, client.clone(), backend.clone(), genesis)?;
	let for_peers = Arc::new(Pool::for_peers(transactions.clone()));
	let pool = Arc::new(Pool::for_clients(transactions));

	// Peers that are not registered are refused. All that is built for `Gated` from here to the end of the assembly is
	// guarded.
	let set = config.network.default_peers_set.clone();
	let named = config.network.boot_nodes.iter().chain(&set.reserved_nodes);
	let named: Vec<_> = named.map(|node: &MultiaddrWithPeerId| node.peer_id).collect();
	let expects_peers = !named.is_empty();
	let gate = Gate::new(named, metrics.clone());
	gate.read(&*client);
	let assembly = Assembly::<N>::begin(gate.clone(), &config.network, config.prometheus_registry());
	let mut net_config =
		FullNetworkConfiguration::<_, _, Gated<N>>::new(&config.network, config.prometheus_registry().cloned());
	let notification_metrics = Gated::<N>::register_notification_metrics(config.prometheus_registry());

	let (protocols, server) =
		network::request_protocols::<Gated<N>>(genesis, Arc::new(ChainSource::new(client.clone())), metrics.clone());
	for protocol in protocols {
		net_config.add_request_response_protocol(protocol);
	}

	let payloads = payload_service(&config, &payloads, client.clone(), genesis)?;
	let (protocol, payload_server) = syndic_payloads::request_protocol::<Gated<N>>(payloads.clone());
	net_config.add_request_response_protocol(protocol);

	let (protocol, attestations) =
		assurance::protocol::<Gated<N>>(genesis, notification_metrics.clone(), net_config.peer_store_handle());
	net_config.add_notification_protocol(protocol);

	let validator = match consensus_key(&config, &keystore, &finaliser)? {
		None => None,
		Some(key) => {
			let node_key = config.network.node_key.clone().into_keypair()?;
			let options = network::Options {
				genesis,
				key: key.clone(),
				keystore: keystore.keystore(),
				local_peer_id: node_key.public().to_peer_id(),
				gate: gate.clone(),
				record_votes: pbft.pbft_record_votes.clone(),
			};
			let peer_store = net_config.peer_store_handle();
			let (protocols, prepared) =
				network::protocols::<Gated<N>>(options, notification_metrics.clone(), peer_store, metrics.clone())
					.map_err(application)?;
			for protocol in protocols {
				net_config.add_notification_protocol(protocol);
			}
			Some((key, prepared))
		}
	};

	let (network, system_rpc_tx, tx_handler_controller, sync_service, _) =
		sc_service::build_network(BuildNetworkParams {
			config: &config,
			net_config,
			client: client.clone(),
			transaction_pool: for_peers,
			spawn_handle: task_manager.spawn_handle(),
			spawn_essential_handle: task_manager.spawn_essential_handle(),
			import_queue,
			block_announce_validator_builder: None,
			warp_sync_config: None,
			block_relay: None,
			metrics: notification_metrics,
			gap_sync_body_policy: None,
		})?;
	drop(assembly);
	kept.keep((network.clone(), sync_service.clone()));
	task_manager.spawn_handle().spawn("pbft-requests", Some("pbft"), server.run());
	// These tasks are not essential either: without payloads, blocks still become final.
	task_manager.spawn_handle().spawn("payload-requests", Some("payloads"), payload_server.run());
	let fetching = syndic_payloads::run(syndic_payloads::WorkerParams {
		service: payloads.clone(),
		peers: Arc::new(NetworkPeers::new(network.clone(), genesis)),
		finality: client.finality_notification_stream().map(drop).boxed(),
	});
	task_manager.spawn_handle().spawn_blocking("payloads", Some("payloads"), fetching);
	// This task is not essential: without attestations, blocks still become final.
	let attesting = assurance::run(AssuranceParams {
		genesis,
		ledger: ClientLedger::new(finaliser.clone(), sync_service.clone()),
		finality: client.finality_notification_stream().map(drop).boxed(),
		database: backend.clone(),
		keystore: keystore.keystore(),
		protocol: attestations,
		network: network.clone(),
		sync: sync_service.clone(),
		gate: gate.clone(),
		handle: assurance_handle.clone(),
		metrics: assurance_metrics,
	});
	task_manager.spawn_handle().spawn_blocking("assurance", Some("pbft"), attesting);
	let following = permission::follow(permission::FollowParams {
		gate,
		client: client.clone(),
		network: network.clone(),
		sync: sync_service.clone(),
		expects_peers,
		set,
	});
	task_manager.spawn_essential_handle().spawn_blocking("permission", Some("pbft"), following);

	let validator = validator.map(|(key, prepared)| {
		let (event_sender, events) = network::event_queue(metrics.clone());
		let (commands, command_queue) = mpsc::channel(COMMANDS);
		let handle = prepared.handle();
		let running = network::run(prepared, network.clone(), sync_service.clone(), event_sender, command_queue);
		task_manager.spawn_essential_handle().spawn("pbft-network", Some("pbft"), running);
		ValidatorParams {
			pair: consensus_pair(&keystore, &key),
			key,
			keystore: keystore.keystore(),
			log_dir: config.data_path.join("pbft"),
			accept_new_log: pbft.pbft_new_log,
			events,
			commands,
			network: handle,
		}
	});

	if config.offchain_worker.enabled {
		let workers = OffchainWorkers::new(OffchainWorkerOptions {
			runtime_api_provider: client.clone(),
			is_validator: role.is_authority(),
			keystore: Some(keystore.keystore()),
			offchain_db: backend.offchain_storage(),
			transaction_pool: Some(OffchainTransactionPoolFactory::new(pool.clone())),
			network_provider: Arc::new(network.clone()),
			enable_http_requests: true,
			custom_extensions: |_| vec![],
		})?;
		let running = workers.run(client.clone(), task_manager.spawn_handle()).boxed();
		task_manager.spawn_handle().spawn("offchain-workers-runner", "offchain-worker", running);
	}

	let engine = syndic_client::run(EngineParams {
		client: client.clone(),
		backend: backend.clone(),
		pool: pool.clone(),
		finaliser,
		sync: sync_service.clone(),
		fetcher: network::Fetcher::new(network.clone(), genesis, metrics.clone()),
		metrics,
		status: status.clone(),
		validator,
	});

	let deps = rpc::Deps {
		client: client.clone(),
		backend: backend.clone(),
		pool: pool.clone(),
		keystore: keystore.keystore(),
		status,
		assurance: assurance_handle,
		payloads,
	};
	sc_service::spawn_tasks(SpawnTasksParams {
		config,
		client,
		backend,
		task_manager,
		keystore: keystore.keystore(),
		transaction_pool: pool,
		rpc_builder: Box::new(move |_| rpc::create(&deps)),
		network,
		system_rpc_tx,
		tx_handler_controller,
		sync_service,
		telemetry: telemetry.as_mut(),
		tracing_execute_block: None,
	})?;

	task_manager.spawn_essential_handle().spawn_blocking("pbft", Some("pbft"), async move {
		match engine.await {
			Err(error) if told_to_end.is_so() => log::debug!("The consensus engine has stopped: {error}"),
			Err(error) => {
				log::error!("The consensus engine has stopped: {error}");
				// The first error is the cause.
				let _ = failure.set(error.to_string());
			}
			Ok(()) => {}
		}
	});
	Ok(())
}

/// Opens the pool, with the transactions that the journal has kept. If the journal cannot be opened, the node logs that
/// and runs without one.
fn open_pool(
	config: &Configuration,
	params: &PoolParams,
	client: Arc<Client>,
	backend: Arc<Backend>,
	genesis: BlockHash,
) -> Result<syndic_pool::Pool<syndic_pool::ClientChain<Client, Backend>>, Error> {
	let metrics = syndic_pool::Metrics::register(config.prometheus_registry()).map_err(application)?;
	let bounds = params.bounds();
	let limits = JournalLimits {
		bytes: bounds.limit.bytes.saturating_mul(2),
		entries: usize::try_from(bounds.limit.count.saturating_mul(2)).unwrap_or(usize::MAX),
	};
	let dir = config.data_path.join(TRANSACTIONS);
	let opened = match params.no_transaction_journal {
		true => None,
		false => syndic_pool::Journal::open(&dir, genesis, limits)
			.inspect_err(|error| {
				log::error!(
					"{error}. Transactions that this node accepts will not outlive it. Mend what is wrong and start it again, or \
					 give --no-transaction-journal if that is meant."
				)
			})
			.ok(),
	};
	let (journal, recovered) = opened.unzip();
	let classes = NativeClasses::new(client.clone(), backend);
	let chain = Arc::new(syndic_pool::ClientChain::new(client).with_classes(classes));
	let pool = syndic_pool::Pool::new(chain, bounds, journal, metrics);
	if let Some(recovered) = recovered {
		for damage in &recovered.damage {
			log::warn!("The transaction journal: {damage}");
		}
		if recovered.unreadable > 0 {
			log::warn!(
				"{} accepted transactions in the journal cannot be read, and are not offered again. Their senders must send \
				 them once more if they are not final.",
				recovered.unreadable
			);
		}
		if !recovered.transactions.is_empty() {
			log::info!("{} transactions accepted before this start are offered again", recovered.transactions.len());
		}
		pool.recover(recovered.transactions);
	}
	Ok(pool)
}

/// The service for payloads of private transactions. Opens its store, and logs what was found in it.
fn payload_service(
	config: &Configuration,
	params: &PayloadParams,
	client: Arc<Client>,
	genesis: BlockHash,
) -> Result<syndic_payloads::Service, Error> {
	let metrics = PayloadMetrics::register(config.prometheus_registry()).map_err(application)?;
	let limits = syndic_payloads::Limits::mib(params.payload_store_mib);
	let (store, opened) =
		syndic_payloads::Store::open(&config.data_path.join(PAYLOADS), genesis, limits).map_err(application)?;
	opened.report(&metrics);
	let options = syndic_payloads::Options {
		genesis,
		local: config.network.node_key.clone().into_keypair()?.public().to_peer_id(),
		on: params.payload_service == Switch::On,
		retention: Some(params.payload_retention_blocks).filter(|blocks| *blocks > 0),
	};
	let chain = Arc::new(ClientChain::new(client));
	Ok(syndic_payloads::Service::new(chain, options, store, opened.lost, metrics))
}

/// The key with which this node votes; `None` if it was not started as a validator or has no consensus key.
fn consensus_key(
	config: &Configuration,
	keystore: &KeystoreContainer,
	finaliser: &Finaliser<Client, Backend>,
) -> Result<Option<ValidatorId>, Error> {
	if !config.role.is_authority() {
		return Ok(None);
	}
	let keys = keystore.keystore();
	if let Some(seed) = &config.dev_key_seed {
		// The key of `--dev`, `--alice` and the like. The SDK makes it as well, but only after the network was built.
		keys.ed25519_generate_new(PBFT_KEY_TYPE, Some(seed)).map_err(application)?;
	}
	let rules = finaliser.rules_after(finaliser.finalised().hash).map_err(application)?;
	let key = syndic_client::choose_key(&keys, rules.set.members());
	if key.is_none() {
		log::warn!(
			"Started as a validator without a consensus key: this node follows the chain and does not vote. Make a key \
			 with `syndic key generate-consensus` and have the consortium take it into the set."
		);
	}
	Ok(key)
}

/// The pair of a key in the keystore. Without it, the keystore is asked for each signature.
fn consensus_pair(keystore: &KeystoreContainer, key: &ValidatorId) -> Option<ValidatorPair> {
	let pair = keystore.local_keystore().key_pair::<ValidatorPair>(key);
	pair.inspect_err(|error| log::warn!("The keystore does not give out the pair of {key}: {error}")).ok().flatten()
}

fn application(error: impl std::error::Error + Send + Sync + 'static) -> Error {
	Error::Application(Box::new(error))
}
