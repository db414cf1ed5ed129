//! The pool's view of the chain.

use crate::{
	book::Effects,
	extrinsic::{hash_of, signer_of, Nonce},
	LOG,
};
use codec::{Decode, Encode};
use sc_client_api::{backend::Backend, BlockBackend, StorageProvider};
use sp_api::{ApiExt, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use sp_core::storage::StorageKey;
use sp_runtime::{transaction_validity::TransactionSource, AccountId32, OpaqueExtrinsic};
use sp_transaction_pool::runtime_api::TaggedTransactionQueue;
use std::{
	collections::{hash_map::Entry, HashMap},
	marker::PhantomData,
	sync::Arc,
};
use syndic_primitives::{
	api::{ClassesApi, PoolApi, Verdict},
	block::{Block, BlockNumber},
	storage_keys::item_key,
	BlockHash, ClassId, ClassInfo,
};

/// A block's hash and height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
	/// Its hash.
	pub hash: BlockHash,
	/// Its height.
	pub height: BlockNumber,
}

/// The chain could not answer: the state is pruned, the runtime fails.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {reason}")]
pub struct ChainError {
	/// The request that failed.
	pub what: &'static str,
	/// The error.
	pub reason: String,
}

impl ChainError {
	/// An error about the question `what`; the returned function adds the reason.
	pub fn of(what: &'static str) -> impl Fn(&dyn std::fmt::Display) -> Self {
		move |reason| Self { what, reason: reason.to_string() }
	}
}

/// The pool's view of the chain.
pub trait Chain: Send + Sync + 'static {
	/// The last final block.
	fn finalised(&self) -> At;
	/// The parent of a block.
	fn parent(&self, hash: BlockHash) -> Result<Option<At>, ChainError>;
	/// The effects of a block: its transactions, and the nonces after it.
	fn effects(&self, hash: BlockHash) -> Result<Effects, ChainError>;
	/// The nonce that an account has after block `at`: how many transactions it has sent.
	fn nonce(&self, at: BlockHash, account: &AccountId32) -> Result<Nonce, ChainError>;
	/// Judges transactions for the block after `at`; one answer for each, in the same order. If `now`, that block's
	/// time is the wall clock, else it is the earliest time that a block after `at` can have.
	fn judge(
		&self,
		at: BlockHash,
		source: TransactionSource,
		now: bool,
		transactions: &[Arc<OpaqueExtrinsic>],
	) -> Vec<Result<Verdict, ChainError>>;
	/// All classes, as the state after `at` knows them.
	fn classes(&self, at: BlockHash) -> Vec<ClassInfo>;
	/// The class of a transaction; `None` if it belongs to no class.
	fn class_of(&self, at: BlockHash, transaction: &OpaqueExtrinsic) -> Result<Class, ChainError>;
}

/// A transaction's class; `None` if it belongs to no class.
pub type Class = Option<ClassId>;

/// Tells the classes of transactions without a call of the Wasm runtime.
pub trait Classify: Send + Sync + 'static {
	/// The class of a transaction after block `at`, as the runtime there would tell it. `None` if only the runtime can.
	fn class_of(&self, at: BlockHash, transaction: &OpaqueExtrinsic) -> Option<Result<Class, ChainError>>;
}

/// [`Chain`] over the real client.
pub struct ClientChain<C, B> {
	client: Arc<C>,
	classes: Option<Box<dyn Classify>>,
	backend: PhantomData<fn() -> B>,
}

impl<C, B> ClientChain<C, B> {
	/// Makes one over this client.
	pub fn new(client: Arc<C>) -> Self {
		Self { client, classes: None, backend: PhantomData }
	}

	/// Asks `classes` before it calls the runtime.
	#[must_use]
	pub fn with_classes(self, classes: impl Classify) -> Self {
		Self { classes: Some(Box::new(classes)), ..self }
	}
}

impl<C, B> Chain for ClientChain<C, B>
where
	B: Backend<Block> + 'static,
	C: BlockBackend<Block>
		+ HeaderBackend<Block>
		+ StorageProvider<Block, B>
		+ ProvideRuntimeApi<
			Block,
			Api: ApiExt<Block> + ClassesApi<Block> + PoolApi<Block> + TaggedTransactionQueue<Block>,
		> + Send
		+ Sync
		+ 'static,
{
	fn finalised(&self) -> At {
		let info = self.client.info();
		At { hash: info.finalized_hash, height: info.finalized_number }
	}

	fn parent(&self, hash: BlockHash) -> Result<Option<At>, ChainError> {
		let header = self.client.header(hash).map_err(|error| ChainError::of("reading a header")(&error))?;
		let parent = header.filter(|header| header.number > 0);
		Ok(parent.map(|header| At { hash: header.parent_hash, height: header.number - 1 }))
	}

	fn effects(&self, hash: BlockHash) -> Result<Effects, ChainError> {
		let failed = ChainError::of("reading a block's transactions");
		let body = self.client.block_body(hash).map_err(|error| failed(&error))?;
		let body = body.ok_or_else(|| failed(&format!("the block {hash} is not here")))?;
		let mut nonces = HashMap::new();
		for account in body.iter().filter_map(signer_of) {
			if let Entry::Vacant(vacant) = nonces.entry(account) {
				let nonce = self.nonce(hash, vacant.key())?;
				vacant.insert(nonce);
			}
		}
		Ok(Effects { transactions: body.iter().map(hash_of).collect(), nonces })
	}

	fn nonce(&self, at: BlockHash, account: &AccountId32) -> Result<Nonce, ChainError> {
		let failed = ChainError::of("reading a nonce");
		let key = account_key(account);
		let stored = self.client.storage(at, &StorageKey(key)).map_err(|error| failed(&error))?;
		// The stored account begins with its nonce.
		let nonce = stored.map(|data| Nonce::decode(&mut &data.0[..])).transpose().map_err(|error| failed(&error))?;
		Ok(nonce.unwrap_or_default())
	}

	fn judge(
		&self,
		at: BlockHash,
		source: TransactionSource,
		now: bool,
		transactions: &[Arc<OpaqueExtrinsic>],
	) -> Vec<Result<Verdict, ChainError>> {
		let time = match now {
			true => now_ms(),
			false => 0,
		};
		let api = self.client.runtime_api();
		if matches!(api.has_api::<dyn PoolApi<Block>>(at), Ok(true)) {
			let all: Vec<_> = transactions.iter().map(|transaction| (**transaction).clone()).collect();
			match api.judge(at, source, all, at, time) {
				Ok(verdicts) if verdicts.len() == transactions.len() => return verdicts.into_iter().map(Ok).collect(),
				Ok(_) => log::warn!(target: LOG, "The runtime judged another number of transactions than it was given"),
				Err(error) => log::debug!(target: LOG, "Transactions cannot be judged in company: {error}"),
			}
		}
		// The runtime does not have `PoolApi`, or the common call failed. Each transaction is then judged in a call of
		// its own, so that one that makes the runtime fail does not take the others with it.
		let alone = |transaction: &Arc<OpaqueExtrinsic>| {
			let validity = self.client.runtime_api().validate_transaction(at, source, (**transaction).clone(), at);
			let validity = validity.map_err(|error| ChainError::of("judging a transaction")(&error))?;
			Ok(Verdict { validity, institution: None })
		};
		transactions.iter().map(alone).collect()
	}

	fn classes(&self, at: BlockHash) -> Vec<ClassInfo> {
		// A runtime without classes has no lanes.
		self.client.runtime_api().classes(at).unwrap_or_default()
	}

	fn class_of(&self, at: BlockHash, transaction: &OpaqueExtrinsic) -> Result<Class, ChainError> {
		if let Some(told) = self.classes.as_ref().and_then(|classes| classes.class_of(at, transaction)) {
			return told;
		}
		let class = self.client.runtime_api().class_of(at, transaction.clone());
		class.map_err(|error| ChainError::of("asking for a transaction's class")(&error))
	}
}

/// The storage key of an account's entry in FRAME's `System` pallet.
pub fn account_key(account: &AccountId32) -> Vec<u8> {
	let encoded = account.encode();
	[&item_key("System", "Account")[..], &sp_crypto_hashing::blake2_128(&encoded), &encoded].concat()
}

/// The wall clock, in ms since 1970. A clock before that reads as 0.
fn now_ms() -> u64 {
	let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
	since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
