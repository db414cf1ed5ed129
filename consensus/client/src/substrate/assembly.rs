//! A block that is being built.
//!
//! The SDK's `BlockBuilder` calls the runtime for each transaction. The call costs more than a transfer does, so here
//! one call applies many transactions (`ProposerApi`). If that call fails, or the runtime does not have it, each
//! transaction is applied in a call of its own, as the SDK does it: so a transaction that makes the runtime fail is
//! found, and does not take the others with it.

use super::ClientBounds;
use crate::chain::{ChainError, Head};
use sc_client_api::backend::Backend;
use sp_api::{ApiExt, ApiRef, Core, ProvideRuntimeApi, StorageChanges, TransactionOutcome};
use sp_block_builder::BlockBuilder;
use sp_core::traits::CallContext;
use sp_inherents::InherentData;
use sp_runtime::{
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	Digest, ExtrinsicInclusionMode, OpaqueExtrinsic,
};
use std::marker::PhantomData;
use syndic_primitives::{
	api::ProposerApi,
	block::{Block, Header},
	BlockHash,
};

/// The result of applying a transaction.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Applied {
	/// The transaction is in the block, and uses this weight of it: `ref_time`, or 1 for each if that is not known.
	Yes(u64),
	/// The transaction is valid, but this block has no room for it.
	NoRoom,
	/// The transaction, or another one with its nonce, is in an earlier block.
	Past,
	/// An earlier transaction of the sender is missing.
	Early,
	/// The transaction is invalid on this state.
	Invalid(TransactionValidityError),
	/// The runtime failed to apply the transaction.
	Failed(String),
}

impl From<Result<u64, TransactionValidityError>> for Applied {
	fn from(result: Result<u64, TransactionValidityError>) -> Self {
		match result {
			Ok(weight) => Self::Yes(weight),
			Err(error) if error.exhausted_resources() => Self::NoRoom,
			Err(TransactionValidityError::Invalid(InvalidTransaction::Stale)) => Self::Past,
			Err(TransactionValidityError::Invalid(InvalidTransaction::Future)) => Self::Early,
			Err(error) => Self::Invalid(error),
		}
	}
}

/// A block that is being built on `parent`.
pub(super) struct Assembly<'a, B, C: ProvideRuntimeApi<Block>> {
	client: &'a C,
	backend: PhantomData<fn() -> B>,
	api: ApiRef<'a, C::Api>,
	parent: BlockHash,
	/// Whether the runtime applies many transactions in one call.
	takes_many: bool,
	mode: ExtrinsicInclusionMode,
	extrinsics: Vec<OpaqueExtrinsic>,
}

impl<'a, B, C> Assembly<'a, B, C>
where
	B: Backend<Block>,
	C: ClientBounds<B>,
{
	/// Begins a block.
	pub(super) fn begin(client: &'a C, parent: Head) -> Result<Self, ChainError> {
		let unset = Default::default;
		let header = Header {
			parent_hash: parent.hash,
			number: parent.height.next().0,
			state_root: unset(),
			extrinsics_root: unset(),
			digest: Digest::default(),
		};
		let mut api = client.runtime_api();
		api.set_call_context(CallContext::Onchain { import: false });
		let takes_many = matches!(api.has_api::<dyn ProposerApi<Block>>(parent.hash), Ok(true));
		let mode = api.initialize_block(parent.hash, &header).map_err(ChainError::client("beginning a block"))?;
		Ok(Self { client, backend: PhantomData, api, parent: parent.hash, takes_many, mode, extrinsics: Vec::new() })
	}

	/// Which extrinsics the runtime allows in the block.
	pub(super) fn mode(&self) -> ExtrinsicInclusionMode {
		self.mode
	}

	/// Makes the inherents from this data and applies them. Returns their size in bytes.
	pub(super) fn apply_inherents(&mut self, data: InherentData) -> Result<usize, ChainError> {
		let parent = self.parent;
		// Making them changes nothing in the block.
		let made =
			self.api.execute_in_transaction(|api| TransactionOutcome::Rollback(api.inherent_extrinsics(parent, data)));
		let mut bytes = 0;
		for inherent in made.map_err(ChainError::client("making inherents"))? {
			bytes += codec::Encode::encoded_size(&inherent);
			match self.apply_alone(inherent) {
				Applied::Yes(_) => {}
				refused => return Err(ChainError::client("applying an inherent")(format!("{refused:?}"))),
			}
		}
		Ok(bytes)
	}

	/// Applies transactions one after the other. One answer for each, in the same order.
	pub(super) fn apply(&mut self, transactions: Vec<OpaqueExtrinsic>) -> Vec<Applied> {
		if self.takes_many && transactions.len() > 1 {
			match self.apply_many(&transactions) {
				Ok(applied) => return applied,
				Err(error) => log::warn!(
					target: crate::LOG,
					"{} transactions cannot be applied in one call: {error}",
					transactions.len()
				),
			}
		}
		transactions.into_iter().map(|transaction| self.apply_alone(transaction)).collect()
	}

	fn apply_many(&mut self, transactions: &[OpaqueExtrinsic]) -> Result<Vec<Applied>, String> {
		let parent = self.parent;
		let results = self.api.execute_in_transaction(|api| match api.apply_many(parent, transactions.to_vec()) {
			Ok(results) if results.len() == transactions.len() => TransactionOutcome::Commit(Ok(results)),
			Ok(results) => TransactionOutcome::Rollback(Err(format!("the runtime gave {} results", results.len()))),
			Err(error) => TransactionOutcome::Rollback(Err(error.to_string())),
		})?;
		let taken = transactions.iter().zip(&results).filter(|(_, applied)| applied.result.is_ok());
		self.extrinsics.extend(taken.map(|(transaction, _)| transaction.clone()));
		Ok(results.into_iter().map(|applied| applied.result.map(|()| applied.ref_time).into()).collect())
	}

	fn apply_alone(&mut self, extrinsic: OpaqueExtrinsic) -> Applied {
		let parent = self.parent;
		let applied = self.api.execute_in_transaction(|api| match api.apply_extrinsic(parent, extrinsic.clone()) {
			Ok(Ok(_)) => TransactionOutcome::Commit(Ok(1).into()),
			Ok(Err(error)) => TransactionOutcome::Rollback(Err(error).into()),
			Err(error) => TransactionOutcome::Rollback(Applied::Failed(error.to_string())),
		});
		if matches!(applied, Applied::Yes(_)) {
			self.extrinsics.push(extrinsic);
		}
		applied
	}

	/// Ends the block. Returns it, and what it changes.
	pub(super) fn finish(self) -> Result<(Block, StorageChanges<Block>), ChainError> {
		const WHAT: &str = "finishing a block";
		let header = self.api.finalize_block(self.parent).map_err(ChainError::client(WHAT))?;
		let state = self.client.state_at(self.parent).map_err(ChainError::client(WHAT))?;
		let changes = self.api.into_storage_changes(&state, self.parent).map_err(ChainError::client(WHAT))?;
		Ok((Block { header, extrinsics: self.extrinsics }, changes))
	}
}
