//! Follows the final blocks through any node that answers. Each height is fetched once.

use crate::{
	connection::{Event, Wiring},
	ledger::FinalBlock,
	stats::Micros,
	wire::{Client, WireError},
};
use codec::Decode;
use serde::Deserialize;
use serde_json::json;
use std::{
	collections::BTreeMap,
	sync::{Arc, Mutex as SyncMutex, PoisonError},
	time::Duration,
};
use syndic_runtime::{RuntimeCall, UncheckedExtrinsic};
use tokio::sync::Mutex;

/// Timeout of one answer. While a node stands still, the other nodes wait no longer than this.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a node may announce no block before it is asked.
const SILENCE: Duration = Duration::from_secs(4);
/// How long to wait before connecting again.
const BACKOFF: Duration = Duration::from_millis(300);

/// How far the chain has been followed.
pub struct Progress {
	/// The next height to be fetched. The lock is held while a block is fetched.
	next: Mutex<u32>,
	/// When a height was first announced; only heights that were higher than all before.
	seen: SyncMutex<BTreeMap<u32, Micros>>,
}

impl Progress {
	/// Follows from height `next` on.
	pub fn from(next: u32) -> Arc<Self> {
		Arc::new(Self { next: Mutex::new(next), seen: Default::default() })
	}

	/// A node announces that a height is final.
	fn saw(&self, height: u32, at: Micros) {
		let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
		if seen.last_key_value().is_none_or(|(highest, _)| *highest < height) {
			seen.insert(height, at);
		}
	}

	/// When a height was first known to be final.
	fn seen_at(&self, height: u32) -> Option<Micros> {
		let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
		// Heights below this one are not asked for again.
		*seen = seen.split_off(&height);
		seen.first_key_value().map(|(_, at)| *at)
	}
}

/// Follows through one node, and connects again when the connection ends, until the receiver of events is closed.
pub async fn keep(url: String, progress: Arc<Progress>, wiring: Arc<Wiring>) {
	while !wiring.events.is_closed() {
		// Any error: another node has the block as well, and this node is asked again.
		let _ = follow(&url, &progress, &wiring).await;
		tokio::time::sleep(BACKOFF).await;
	}
}

async fn follow(url: &str, progress: &Progress, wiring: &Wiring) -> Result<(), WireError> {
	let mut client = Client::connect(url, ANSWER_TIMEOUT).await?;
	let _: serde_json::Value = client.call("chain_subscribeFinalizedHeads", json!([])).await?;
	// A subscription does not announce blocks that were final before it.
	let mut height = finalised(&mut client).await?;
	loop {
		progress.saw(height, wiring.now());
		catch_up(&mut client, height, progress, wiring).await?;
		height = match client.next_told(SILENCE).await? {
			Some(header) => {
				serde_json::from_str::<Header>(&header).ok().and_then(|header| header.height()).unwrap_or(height)
			}
			None => finalised(&mut client).await?,
		};
		if wiring.events.is_closed() {
			return Ok(());
		}
	}
}

/// Fetches the blocks up to `height` that have not been fetched from any node yet.
async fn catch_up(client: &mut Client, height: u32, progress: &Progress, wiring: &Wiring) -> Result<(), WireError> {
	loop {
		let mut next = progress.next.lock().await;
		if *next > height {
			return Ok(());
		}
		let mut block = fetch(client, *next).await?;
		block.seen_at = progress.seen_at(*next).unwrap_or_else(|| wiring.now());
		let _ = wiring.events.send(Event::Block(block));
		*next += 1;
	}
}

#[derive(Deserialize)]
struct Header {
	number: String,
}

impl Header {
	fn height(&self) -> Option<u32> {
		u32::from_str_radix(self.number.strip_prefix("0x")?, 16).ok()
	}
}

#[derive(Deserialize)]
struct SignedBlock {
	block: Body,
}

#[derive(Deserialize)]
struct Body {
	extrinsics: Vec<String>,
}

/// The last final height.
pub async fn finalised(client: &mut Client) -> Result<u32, WireError> {
	let hash: String = client.call("chain_getFinalizedHead", json!([])).await?;
	let header: Header = client.call("chain_getHeader", json!([hash])).await?;
	let problem = || format!("{} is no height", header.number);
	header.height().ok_or_else(|| client.unreadable("chain_getHeader", problem()))
}

async fn fetch(client: &mut Client, height: u32) -> Result<FinalBlock, WireError> {
	let hash: String = client.call("chain_getBlockHash", json!([height])).await?;
	let SignedBlock { block } = client.call("chain_getBlock", json!([hash])).await?;
	let bytes = |text: &String| hex::decode(text.strip_prefix("0x").unwrap_or(text)).unwrap_or_default();
	let timestamp = block.extrinsics.first().and_then(|first| timestamp(&bytes(first)));
	let hashes = block.extrinsics.iter().map(|text| sp_crypto_hashing::blake2_256(&bytes(text))).collect();
	Ok(FinalBlock { height, seen_at: 0, timestamp, hashes })
}

/// The timestamp that an inherent sets; `None` for another extrinsic.
fn timestamp(encoded: &[u8]) -> Option<u64> {
	match UncheckedExtrinsic::decode(&mut &encoded[..]).ok()?.function {
		RuntimeCall::Timestamp(pallet_timestamp::Call::set { now }) => Some(now),
		_ => None,
	}
}
