//! A run, from the first request to the report.

use crate::{
	accounts,
	connection::{self, Wiring},
	cpu,
	driver::Driver,
	error::Error,
	follow,
	ledger::Fate,
	options::RunOptions,
	report::{Measured, Report},
	sign::{self, ChainFacts},
	sink::{self, Conduct, Sinks},
	wire::{Client, WireError},
};
use serde::Deserialize;
use serde_json::json;
use sp_core::{crypto::Ss58Codec, sr25519::Pair, H256};
use std::{
	collections::{HashMap, HashSet},
	sync::Arc,
	time::{Duration, Instant},
};
use syndic_runtime::Nonce;
use tokio::sync::mpsc::unbounded_channel;

/// Timeout of an answer before and after the load.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
/// How long to look for a node that answers at all.
const FIND_TIMEOUT: Duration = Duration::from_secs(30);
/// How long to wait until each node has a connection. A node without one may connect later.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Number of simulated nodes in a self-test.
const SINKS: usize = 4;

/// Runs the load on a tokio runtime of its own.
pub fn run(options: &RunOptions) -> Result<Report, Error> {
	options.check()?;
	let sinks = if options.self_test { Some(Sinks::start(SINKS, Conduct::default())?) } else { None };
	let urls = sinks.as_ref().map_or(&options.urls, |sinks| &sinks.urls);
	let threads = options.threads as usize;
	let mut runtime = tokio::runtime::Builder::new_multi_thread();
	let runtime = runtime.worker_threads(threads).thread_name("load").enable_all().build()?;
	let report = runtime.block_on(run_on(options, urls));
	runtime.shutdown_background();
	report
}

async fn run_on(options: &RunOptions, urls: &[String]) -> Result<Report, Error> {
	let pairs = accounts::derive(&options.root, options.first_account, options.accounts)?;
	let mut client = find(urls).await?;
	let chain = facts(&mut client).await?;
	let nonces = nonces(&mut client, &pairs).await?;
	drop(client);
	let before_signing = Instant::now();
	let transactions = Arc::new(sign::sign_all(&pairs, &nonces, options.total()?, options.mortal, &chain));
	let signing = before_signing.elapsed();

	let began = Instant::now();
	let (events, received) = unbounded_channel();
	let wiring = Arc::new(Wiring { transactions: transactions.clone(), watch: options.watch, began, events });
	let progress = follow::Progress::from(chain.checkpoint.0.saturating_add(1));
	let followed = if options.follow.is_empty() { urls } else { &options.follow };
	for url in followed {
		tokio::spawn(follow::keep(url.clone(), progress.clone(), wiring.clone()));
	}
	for number in 0..urls.len() * options.connections as usize {
		let url = urls[number / options.connections as usize].clone();
		tokio::spawn(connection::keep(url, number, wiring.clone()));
	}
	let mut driver = Driver::new(options, transactions.clone(), urls.len(), received, began);
	if !driver.connect(CONNECT_TIMEOUT).await {
		let last = "no connection".into();
		return Err(Error::NoNode { count: urls.len(), seconds: CONNECT_TIMEOUT.as_secs(), last });
	}
	let unix_start = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
	let before = processor_time();
	driver.offer().await;
	let used = processor_time().zip(before).map(|(after, before)| Used {
		generator: after.generator.saturating_sub(before.generator),
		sinks: after.sinks.saturating_sub(before.sinks),
	});
	driver.settle().await;

	let fates = driver.ledger.fates(&transactions);
	let pools = if fates.contains(&Fate::Lost) { pools(urls).await } else { HashMap::new() };
	Ok(Report::of(&Measured {
		options,
		urls,
		transactions: &transactions,
		accounts: pairs.iter().map(|pair| accounts::account(pair).to_ss58check()).collect(),
		ledger: &driver.ledger,
		fates,
		pacing: &driver.pacing,
		pools,
		signing,
		used,
		unix_start,
	}))
}

/// Processor time.
#[derive(Clone, Copy, Debug)]
pub struct Used {
	/// Processor time of the generator.
	pub generator: Duration,
	/// Processor time of the simulated nodes in the same process.
	pub sinks: Duration,
}

fn processor_time() -> Option<Used> {
	let sinks = cpu::threads(sink::THREAD)?;
	Some(Used { generator: cpu::process()?.saturating_sub(sinks), sinks })
}

/// A connection to any of the nodes.
async fn find(urls: &[String]) -> Result<Client, Error> {
	let deadline = Instant::now() + FIND_TIMEOUT;
	let mut last = String::new();
	loop {
		for url in urls {
			match Client::connect(url, ANSWER_TIMEOUT).await {
				Ok(client) => return Ok(client),
				Err(error) => last = error.to_string(),
			}
		}
		if Instant::now() > deadline {
			return Err(Error::NoNode { count: urls.len(), seconds: FIND_TIMEOUT.as_secs(), last });
		}
		tokio::time::sleep(Duration::from_millis(200)).await;
	}
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
	spec_version: u32,
	transaction_version: u32,
}

async fn facts(client: &mut Client) -> Result<ChainFacts, Error> {
	let Version { spec_version, transaction_version } = client.call("state_getRuntimeVersion", json!([])).await?;
	let ours = syndic_runtime::VERSION.transaction_version;
	if transaction_version != ours {
		return Err(Error::TransactionVersion { theirs: transaction_version, ours });
	}
	let genesis = block_hash(client, 0).await?;
	let height = follow::finalised(client).await?;
	let checkpoint = (height, block_hash(client, height).await?);
	Ok(ChainFacts { genesis, spec_version, transaction_version, checkpoint })
}

async fn block_hash(client: &mut Client, height: u32) -> Result<H256, WireError> {
	client.call("chain_getBlockHash", json!([height])).await
}

/// The next nonce of each account, counting transactions in the pool.
async fn nonces(client: &mut Client, pairs: &[Pair]) -> Result<Vec<Nonce>, WireError> {
	let mut nonces = Vec::with_capacity(pairs.len());
	for pair in pairs {
		let address = accounts::account(pair).to_ss58check();
		nonces.push(client.call("system_accountNextIndex", json!([address])).await?);
	}
	Ok(nonces)
}

/// For each transaction that is still in a pool, by its hash: the nodes that have it. A node that does not answer is
/// left out.
async fn pools(urls: &[String]) -> HashMap<[u8; 32], Vec<usize>> {
	let mut pools: HashMap<[u8; 32], Vec<usize>> = HashMap::new();
	for (node, url) in urls.iter().enumerate() {
		let pending = async {
			let mut client = Client::connect(url, ANSWER_TIMEOUT).await?;
			client.call::<Vec<String>>("author_pendingExtrinsics", json!([])).await
		};
		let bytes = |text: &String| hex::decode(text.strip_prefix("0x").unwrap_or(text)).unwrap_or_default();
		let hashes: HashSet<_> =
			pending.await.unwrap_or_default().iter().map(|text| sp_crypto_hashing::blake2_256(&bytes(text))).collect();
		hashes.into_iter().for_each(|hash| pools.entry(hash).or_default().push(node));
	}
	pools
}
