//! The engine: with a client, a network and a log, it makes a node a validator, or a follower.
//!
//! On a validator one task owns the machine. The task feeds the machine one input at a time and carries out the outputs
//! in order: first all records go to the log in one write, then the other outputs follow. Building, validating,
//! finalising and fetching run beside the task as jobs ([`jobs`]), whose results are inputs again. The engine decides
//! nothing about safety: the machine and the log do.
//!
//! [`duties`], a task of its own, does what the chain waits for from a validator besides its votes.
//!
//! On any other node [`follow`] makes sure that blocks which sync brought without a certificate become final.

mod abstain;
mod admitted;
mod bodies;
mod catch_up;
mod core;
mod duties;
mod follow;
mod inputs;
mod jobs;
mod outputs;
mod pace;
mod participation;
mod peers;
mod report;
mod start;
#[cfg(test)]
mod tests;
mod timers;
mod transactions;

use crate::{
	chain::{Chain, ChainError},
	keys::KeystoreKeys,
	metrics::Metrics,
	network::{EventReceiver, Fetcher, NetworkCommand, NetworkHandle},
	status::StatusHandle,
	substrate::{ClientBounds, Finaliser, SubstrateChain},
	wal::WalError,
};
use duties::Duties;
use futures::StreamExt;
use peers::Peers;
use sc_client_api::{backend::Backend, BlockchainEvents};
use sc_network_sync::SyncingService;
use sc_transaction_pool_api::TransactionPool;
use sp_keystore::KeystorePtr;
use std::{
	path::PathBuf,
	sync::Arc,
	time::{SystemTime, UNIX_EPOCH},
};
use syndic_primitives::{block::Block, crypto::ValidatorPair, BlockHash, ValidatorId};
use tokio::{sync::mpsc, task::JoinSet};
use transactions::Known;

/// What [`run`] needs on every node.
pub struct EngineParams<C, B, P> {
	/// The client.
	pub client: Arc<C>,
	/// The client's backend.
	pub backend: Arc<B>,
	/// The transaction pool.
	pub pool: Arc<P>,
	/// The finaliser that [`crate::import_queue`] returned.
	pub finaliser: Finaliser<C, B>,
	/// The sync service with which the network was built.
	pub sync: Arc<SyncingService<Block>>,
	/// Asks other nodes for blocks and certificates.
	pub fetcher: Fetcher,
	/// The engine's metrics, registered once per node.
	pub metrics: Metrics,
	/// The status that RPC reads.
	pub status: StatusHandle,
	/// Set on a node that was started with `--validator` and has a consensus key.
	pub validator: Option<ValidatorParams>,
}

/// What [`run`] needs on a node with a consensus key.
pub struct ValidatorParams {
	/// The key, as [`crate::choose_key`] chose it; the same that the network was given.
	pub key: ValidatorId,
	/// The keystore that holds the key.
	pub keystore: KeystorePtr,
	/// The key pair, if it can be had from the keystore.
	pub pair: Option<ValidatorPair>,
	/// The directory of the log. It is created if it does not exist. It must never be shared, or restored from a copy.
	pub log_dir: PathBuf,
	/// Whether to vote at once although the log is new and the chain is not. This is safe only if the key has certainly
	/// not voted at the next height before: its log was lost for good *and* the chain stands still without it.
	pub accept_new_log: bool,
	/// Messages from the network.
	pub events: EventReceiver,
	/// Commands to the network.
	pub commands: mpsc::Sender<NetworkCommand>,
	/// Tells which validators are connected.
	pub network: NetworkHandle,
}

/// Why the engine stopped. The node must stop then.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
	/// The log cannot be opened or written. Without the log nothing may be signed.
	#[error("the consensus log: {0}")]
	Log(#[from] WalError),
	/// A file beside the log cannot be written.
	#[error("{path}: {error}")]
	File {
		/// The file.
		path: PathBuf,
		/// What happened.
		error: std::io::Error,
	},
	/// The chain failed in a way from which the node cannot continue.
	#[error(transparent)]
	Chain(#[from] ChainError),
	/// A vote is due for a block whose body is no longer available. The vote must not be sent, because the body would
	/// not survive a crash.
	#[error("the body of block {0} is lost")]
	BodyLost(crate::chain::Head),
	/// The network's task has ended.
	#[error("the network has ended")]
	NetworkEnded,
	/// The client has ended.
	#[error("the client has ended")]
	ClientEnded,
	/// A job panicked.
	#[error("a job of the engine failed: {0}")]
	Job(String),
}

/// A wake-up for the engine, besides messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
	/// A block became final.
	Finality,
	/// A transaction entered the pool.
	Transaction,
}

/// Capacity of the queue of signals. One would do: a signal says only that the engine should look again.
const SIGNALS: usize = 16;

/// The transactions that wait to be ordered.
pub(crate) trait Pending: Send + Sync + 'static {
	/// The number of ready transactions.
	fn ready(&self) -> usize;
}

/// [`Pending`] over a transaction pool.
struct Pool<P>(Arc<P>);

impl<P: TransactionPool<Block = Block> + 'static> Pending for Pool<P> {
	fn ready(&self) -> usize {
		self.0.status().ready
	}
}

/// Runs until an error, after which the node must stop. Spawn this as an essential blocking task: writing to the disk
/// blocks its thread.
pub async fn run<C, B, P>(params: EngineParams<C, B, P>) -> Result<(), EngineError>
where
	B: Backend<Block> + 'static,
	C: ClientBounds<B>,
	P: TransactionPool<Block = Block, Hash = BlockHash> + 'static,
{
	let EngineParams { client, backend, pool, finaliser, sync, fetcher, metrics, status, validator } = params;
	let genesis = finaliser.genesis();
	let chain: Arc<dyn Chain> =
		Arc::new(SubstrateChain::new(client.clone(), backend, pool.clone(), finaliser, sync.clone()));
	let (signals_in, signals) = mpsc::channel(SIGNALS);
	let (finality_in, finality) = tokio::sync::watch::channel(());
	let watching = watch(client, pool.clone(), chain.clone(), signals_in, finality_in);
	// These tasks end with the engine.
	let mut beside = JoinSet::new();
	if let Some(v) = &validator {
		let keys = KeystoreKeys::new(v.keystore.clone(), v.key.clone()).with_pair(v.pair.clone());
		beside.spawn(Duties::new(chain.clone(), genesis, v.key.clone(), keys).run(finality));
	}
	let peers = Peers::new(fetcher, sync, validator.as_ref().map(|v| v.network.clone()));
	let transactions = Arc::new(Known::new(pool.clone()));
	if validator.is_some() {
		beside.spawn(transactions.clone().remember());
	}
	let node = core::Node {
		genesis,
		chain,
		peers: Arc::new(peers),
		pool: Arc::new(Pool(pool)),
		transactions,
		metrics,
		status,
		signals,
	};
	let working = async {
		match validator {
			None => follow::run(node).await,
			Some(v) => {
				let keys = KeystoreKeys::new(v.keystore, v.key.clone()).with_pair(v.pair);
				let network = Arc::new(v.network);
				let validator = start::Validator {
					key: v.key,
					keys,
					log_dir: v.log_dir,
					accept_new_log: v.accept_new_log,
					events: v.events,
					commands: v.commands,
					connected: Arc::new(move || network.connected()),
				};
				start::open(node, validator)?.run().await
			}
		}
	};
	tokio::select! {
		ended = working => ended,
		() = watching => Err(EngineError::ClientEnded),
	}
}

/// Turns the notifications of client and pool into signals, and announces final blocks. A notification pins its block's
/// state, so each notification is dropped at once.
async fn watch<C, P>(
	client: Arc<C>,
	pool: Arc<P>,
	chain: Arc<dyn Chain>,
	signals: mpsc::Sender<Signal>,
	finality_of_any: tokio::sync::watch::Sender<()>,
) where
	C: BlockchainEvents<Block>,
	P: TransactionPool<Block = Block>,
{
	let mut finality = client.finality_notification_stream();
	let mut transactions = pool.import_notification_stream();
	loop {
		// A signal that does not fit may be lost: a full queue makes the engine look anyway.
		tokio::select! {
			notification = finality.next() => {
				let Some(hash) = notification.map(|n| n.hash) else { return };
				chain.announce(hash);
				let _ = signals.try_send(Signal::Finality);
				finality_of_any.send_replace(());
			},
			transaction = transactions.next() => {
				if transaction.is_none() {
					return;
				}
				let _ = signals.try_send(Signal::Transaction);
			},
		}
	}
}

/// The wall clock, in ms since 1970. A clock that is set before 1970 reads as 0.
pub(crate) fn now_ms() -> u64 {
	SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as u64)
}
