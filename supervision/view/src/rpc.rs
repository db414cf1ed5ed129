//! `supervision_*`: rows of final blocks, with proofs on request, and as blocks become final.
//!
//! | method | answers |
//! |---|---|
//! | `supervision_rows` | the rows of a run of blocks, with all that it takes to check them on request |
//! | `supervision_subscribeRows` | rows, as blocks become final, none left out (items are called `supervision_row`) |

use crate::{
	proof::BlockProof,
	rows::Row,
	source::{self, SourceError},
};
use jsonrpsee::{
	core::{async_trait, JsonValue, RpcResult, SubscriptionResult},
	proc_macros::rpc,
	types::{error::INVALID_PARAMS_CODE, ErrorObjectOwned},
	PendingSubscriptionSink, SubscriptionMessage,
};
use serde::{Deserialize, Serialize};
use std::{
	io::{self, Write},
	sync::Arc,
};
use syndic_primitives::{BlockHash, Height};
use syndic_rpc::{params, ContractView, Error as ChainQuestionError};
use tokio::sync::watch;

/// The most blocks of one answer.
pub const MAX_BLOCKS: u32 = 256;

/// An answer of this length or more, in bytes, ends with the block that made it so long.
pub const ENOUGH_BYTES: usize = 4 * 1024 * 1024;

/// The code of an error about a state that another runtime has made.
const OTHER_RUNTIME_CODE: i32 = 7009;

/// Answer of `supervision_rows`. `R` is how a row is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RowsAnswer<R = Row> {
	/// The chain: the hash of its block 0.
	pub genesis: BlockHash,
	/// The version of the runtime that has made the blocks.
	pub spec_version: u32,
	/// The blocks, ascending, none left out.
	pub blocks: Vec<BlockRows<R>>,
	/// The block to go on with, if not all that were asked for are here; `null` if they are.
	pub next: Option<Height>,
}

/// The rows of a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlockRows<R = Row> {
	/// Its height.
	pub height: Height,
	/// Its hash.
	pub hash: BlockHash,
	/// Its rows, in order.
	pub rows: Vec<R>,
	/// What proves them, if it was asked for.
	pub proof: Option<BlockProof>,
}

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
	/// A bound of the run is not where it can be.
	#[error("{field} is {height}, must be within {low} and {high}: {reason}")]
	Range {
		/// The parameter.
		field: &'static str,
		/// What was given.
		height: Height,
		/// The lowest possible.
		low: Height,
		/// The highest possible.
		high: Height,
		/// Why.
		reason: &'static str,
	},
	/// The rows are not here.
	#[error(transparent)]
	Source(#[from] SourceError),
}

impl From<ChainQuestionError> for Error {
	fn from(error: ChainQuestionError) -> Self {
		Self::Source(error.into())
	}
}

impl From<Error> for ErrorObjectOwned {
	fn from(error: Error) -> Self {
		let code = match error {
			Error::Source(SourceError::Chain(error)) => return error.into(),
			Error::Range { .. } => INVALID_PARAMS_CODE,
			Error::Source(_) => OTHER_RUNTIME_CODE,
		};
		ErrorObjectOwned::owned(code, error.to_string(), None::<()>)
	}
}

/// The supervisor's view.
#[rpc(server, namespace = "supervision")]
pub trait SupervisionApi {
	/// The rows of final blocks.
	///
	/// - `from`, `to`: the first and the last block, at most 256 of them. If their rows and proofs are long, the answer
	///   ends earlier and says with which block to go on.
	/// - `proof`: whether to bring for each block what proves its rows. The state of each block and of the one before
	///   the first must be here.
	#[method(name = "rows", blocking)]
	fn rows(&self, from: JsonValue, to: JsonValue, proof: Option<JsonValue>) -> RpcResult<RowsAnswer>;

	/// The rows of final blocks, each once, in order, none left out: from the block `from` on, or from the last final
	/// one.
	#[subscription(name = "subscribeRows" => "row", unsubscribe = "unsubscribeRows", item = Row)]
	async fn subscribe_rows(&self, from: Option<JsonValue>) -> SubscriptionResult;
}

/// Answers questions about one node's chain.
pub struct Supervision<V> {
	chain: Arc<V>,
	genesis: BlockHash,
	finalised: watch::Receiver<Height>,
}

impl<V: ContractView> Supervision<V> {
	/// Over this chain; `finalised` tells of its last final height.
	pub fn new(chain: V, genesis: BlockHash, finalised: watch::Receiver<Height>) -> Self {
		Self { chain: Arc::new(chain), genesis, finalised }
	}

	fn rows_answer(&self, from: JsonValue, to: JsonValue, proof: Option<JsonValue>) -> Result<RowsAnswer, Error> {
		let from = first("from", params::height("from", from)?)?;
		let to = params::height("to", to)?;
		let proof = params::flag("proof", proof)?;
		let high = Height(from.get().saturating_add(MAX_BLOCKS - 1));
		if to < from || to > high {
			let reason = "at least the block `from`, and at most 256 blocks at a time";
			return Err(Error::Range { field: "to", height: to, low: from, high, reason });
		}
		let (finalised, _) = self.chain.finalised();
		if to > finalised {
			return Err(ChainQuestionError::HeightNotFinal { height: to, finalised }.into());
		}
		let (mut blocks, mut length, mut next) = (Vec::new(), 0, Some(from));
		while let Some(height) = next {
			let block = self.block(height, proof)?;
			length += length_of(&block);
			blocks.push(block);
			next = Some(height.next()).filter(|next| *next <= to);
			if length >= ENOUGH_BYTES {
				break;
			}
		}
		let spec_version = syndic_runtime::VERSION.spec_version;
		Ok(RowsAnswer { genesis: self.genesis, spec_version, blocks, next })
	}

	fn block(&self, height: Height, proof: bool) -> Result<BlockRows, Error> {
		let found = source::find(&*self.chain, height)?;
		let hash = found.block.hash;
		let (rows, proof) = match proof {
			true => source::prove(&*self.chain, found).map(|(rows, proof)| (rows, Some(proof)))?,
			false => (found.rows, None),
		};
		Ok(BlockRows { height, hash, rows, proof })
	}

	/// Where a subscription begins.
	fn beginning(&self, from: Option<JsonValue>) -> Result<Height, Error> {
		let (finalised, _) = self.chain.finalised();
		match params::optional_height("from", from)? {
			// Nobody has decided genesis.
			None => Ok(finalised.max(Height(1))),
			Some(height) if height > finalised.next() => {
				let reason = "from the first block to the next one";
				Err(Error::Range { field: "from", height, low: Height(1), high: finalised.next(), reason })
			}
			Some(height) => first("from", height),
		}
	}
}

fn first(field: &'static str, height: Height) -> Result<Height, Error> {
	match height {
		Height::ZERO => {
			let reason = "block 0 is genesis, which nobody has decided";
			Err(Error::Range { field, height, low: Height(1), high: Height(u32::MAX), reason })
		}
		height => Ok(height),
	}
}

/// How long a block's part of an answer is, in bytes of JSON.
fn length_of(block: &BlockRows) -> usize {
	struct Count(usize);
	impl Write for Count {
		fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
			self.0 += bytes.len();
			Ok(bytes.len())
		}

		fn flush(&mut self) -> io::Result<()> {
			Ok(())
		}
	}
	let mut count = Count(0);
	// Counting does not fail. What can't be written as JSON fails where the answer is written.
	let _ = serde_json::to_writer(&mut count, &block.rows);
	let proof = block.proof.as_ref().map_or(0, |proof| {
		let nodes: usize = proof.proof.iter().map(|node| node.len()).sum();
		2 * (nodes + proof.header.len() + proof.certificate.len())
	});
	count.0 + proof
}

#[async_trait]
impl<V: ContractView> SupervisionApiServer for Supervision<V> {
	fn rows(&self, from: JsonValue, to: JsonValue, proof: Option<JsonValue>) -> RpcResult<RowsAnswer> {
		Ok(self.rows_answer(from, to, proof)?)
	}

	async fn subscribe_rows(&self, pending: PendingSubscriptionSink, from: Option<JsonValue>) -> SubscriptionResult {
		let mut finalised = self.finalised.clone();
		let mut next = match self.beginning(from) {
			Ok(height) => height,
			Err(error) => {
				pending.reject(error).await;
				return Ok(());
			}
		};
		let sink = pending.accept().await?;
		loop {
			let (last, _) = self.chain.finalised();
			while next <= last {
				// A block's rows take a while to read, and other answers wait for this thread.
				let chain = self.chain.clone();
				let found = tokio::task::spawn_blocking(move || source::find(&*chain, next)).await;
				let found = found.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
				for row in &found.rows {
					// This waits while the subscriber does not read: what waits is in the database, not in memory.
					if sink.send(SubscriptionMessage::from_json(row)?).await.is_err() {
						return Ok(());
					}
				}
				next = next.next();
			}
			tokio::select! {
				grown = finalised.changed() => if grown.is_err() { return Ok(()) },
				() = sink.closed() => return Ok(()),
			}
		}
	}
}
