//! JSON-RPC `supervision_*`: the rows of final blocks, with proofs on request, and a subscription to new rows.
//!
//! | method | answers |
//! |---|---|
//! | `supervision_rows` | the rows of consecutive blocks, on request with the proofs |
//! | `supervision_subscribeRows` | all rows in order, as blocks become final (items are called `supervision_row`) |

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

/// Maximum number of blocks in one answer.
pub const MAX_BLOCKS: u32 = 256;

/// Length of an answer, in bytes, at which it ends: the block with which it reaches this length is the last one.
pub const ENOUGH_BYTES: usize = 4 * 1024 * 1024;

/// Error code for a block whose rows cannot be computed, for example because another version of the runtime made it.
const OTHER_RUNTIME_CODE: i32 = 7009;

/// Answer of `supervision_rows`. `R` is the type of a row; readers may choose their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RowsAnswer<R = Row> {
	/// The hash of the chain's block 0.
	pub genesis: BlockHash,
	/// The version of the runtime that has made the blocks.
	pub spec_version: u32,
	/// Consecutive blocks, ascending.
	pub blocks: Vec<BlockRows<R>>,
	/// The block with which the next request should begin, if the answer does not hold all requested blocks; otherwise
	/// `null`.
	pub next: Option<Height>,
}

/// The rows of a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlockRows<R = Row> {
	/// The block's height.
	pub height: Height,
	/// The block's hash.
	pub hash: BlockHash,
	/// The block's rows, in order.
	pub rows: Vec<R>,
	/// The proof of the rows, if it was requested.
	pub proof: Option<BlockProof>,
}

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
	/// The first or the last block is out of range.
	#[error("{field} is {height}, must be within {low} and {high}: {reason}")]
	Range {
		/// The parameter's name.
		field: &'static str,
		/// The height that was given.
		height: Height,
		/// The lowest possible height.
		low: Height,
		/// The highest possible height.
		high: Height,
		/// The reason for the bounds.
		reason: &'static str,
	},
	/// The node cannot give the rows.
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
	/// - `from`, `to`: the first and the last block; at most 256 blocks. If the rows and proofs are long, the answer
	///   ends earlier and says with which block to continue.
	/// - `proof`: whether each block comes with the proof of its rows.
	///
	/// The node must have the state of each block and of the one before the first.
	#[method(name = "rows", blocking)]
	fn rows(&self, from: JsonValue, to: JsonValue, proof: Option<JsonValue>) -> RpcResult<RowsAnswer>;

	/// All rows of final blocks, each once and in order, beginning with the block `from` or, without it, with the last
	/// final block.
	#[subscription(name = "subscribeRows" => "row", unsubscribe = "unsubscribeRows", item = Row)]
	async fn subscribe_rows(&self, from: Option<JsonValue>) -> SubscriptionResult;
}

/// The implementation of `supervision_*` for one node's chain.
pub struct Supervision<V> {
	chain: Arc<V>,
	genesis: BlockHash,
	finalised: watch::Receiver<Height>,
}

impl<V: ContractView> Supervision<V> {
	/// Answers from this chain; `finalised` holds its last final height.
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

	/// The height with which a subscription begins.
	fn beginning(&self, from: Option<JsonValue>) -> Result<Height, Error> {
		let (finalised, _) = self.chain.finalised();
		match params::optional_height("from", from)? {
			// Genesis has no certificate and no rows.
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

/// The approximate length of a block's part of an answer, in bytes of JSON.
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
	// Counting does not fail. A row that cannot be written as JSON fails where the answer is written.
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
				// Reading a block's rows takes a while, and must not block the thread that serves other requests.
				let chain = self.chain.clone();
				let found = tokio::task::spawn_blocking(move || source::find(&*chain, next)).await;
				let found = found.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
				for row in &found.rows {
					// This waits while the subscriber does not read. Later rows stay in the database, not in memory.
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
