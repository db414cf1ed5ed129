//! Builds proposals.

use super::{ClientBounds, SubstrateChain};
use crate::{
	chain::{BuildLimits, ChainError, Head},
	lanes::order::{part, Candidate, Lanes},
};
use codec::Encode;
use sc_block_builder::BlockBuilderBuilder;
use sc_client_api::backend::Backend;
use sc_transaction_pool_api::{InPoolTransaction, TransactionPool, TxInvalidityReportMap};
use sp_api::{ApiExt, StorageChanges};
use sp_blockchain::{ApplyExtrinsicFailed::Validity, Error as ClientError};
use sp_inherents::InherentData;
use sp_runtime::{
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	ExtrinsicInclusionMode,
};
use std::time::Instant;
use syndic_primitives::{
	api::ClassesApi, block::Block, participation, recovery::RECOVERY_INHERENT, BlockHash, ClassInfo,
};

/// A block that is executed and not yet imported.
pub(super) struct Unstored {
	pub block: Block,
	pub changes: StorageChanges<Block>,
	pub transactions: usize,
}

/// The result of applying a transaction.
enum Applied {
	/// The transaction is in the block.
	Yes,
	/// The transaction is valid, but this block has no room for it.
	NoRoom,
	/// The transaction, or another one with its nonce, is in an earlier block.
	Past,
	/// The transaction is invalid on this state.
	Invalid(TransactionValidityError),
	/// The runtime failed to apply the transaction.
	Failed(String),
}

fn applied(result: Result<(), ClientError>) -> Applied {
	match result {
		Ok(()) => Applied::Yes,
		Err(ClientError::ApplyExtrinsicFailed(Validity(e))) if e.exhausted_resources() => Applied::NoRoom,
		Err(ClientError::ApplyExtrinsicFailed(Validity(TransactionValidityError::Invalid(
			InvalidTransaction::Stale,
		)))) => Applied::Past,
		Err(ClientError::ApplyExtrinsicFailed(Validity(e))) => Applied::Invalid(e),
		Err(e) => Applied::Failed(e.to_string()),
	}
}

impl<C, B, P> SubstrateChain<C, B, P>
where
	B: Backend<Block> + 'static,
	C: ClientBounds<B>,
	P: TransactionPool<Block = Block> + 'static,
{
	/// Builds a child of `parent`. `None` if the block would be empty and empty blocks are not allowed.
	pub(super) fn build_block(&self, parent: Head, limits: &BuildLimits) -> Result<Option<Unstored>, ChainError> {
		let started = Instant::now();
		let is_final = parent == self.finaliser.finalised();
		// The pool leaves out the transactions of the blocks up to the parent, whether these are final or not.
		let mut ready = futures::executor::block_on(self.pool.ready_at(parent.hash)).peekable();
		if ready.peek().is_none() && !limits.allow_empty {
			return Ok(None);
		}
		let mut builder = BlockBuilderBuilder::new(&*self.client)
			.on_parent_block(parent.hash)
			.with_parent_block_number(parent.height.0)
			.build()
			.map_err(ChainError::client("beginning a block"))?;
		// Room for the header and the length prefix of the body; the runtime adds little to the digest.
		let mut bytes = 1024usize;
		let inherents = builder
			.create_inherents(self.inherent_data(parent, limits)?)
			.map_err(ChainError::client("making inherents"))?;
		for inherent in inherents {
			bytes += inherent.encoded_size();
			builder.push(inherent).map_err(ChainError::client("applying an inherent"))?;
		}
		let most = match builder.extrinsic_inclusion_mode() {
			ExtrinsicInclusionMode::AllExtrinsics => limits.parameters.max_transactions as usize,
			ExtrinsicInclusionMode::OnlyInherents => 0,
		};
		let mut lanes = Lanes::new(self.classes(parent.hash), most, parent.height.next().0);
		let mut candidates = Vec::new();
		// The part of the block that a transaction uses, to the extent that it is known before the transaction is
		// tried.
		let room = |size: usize| part(1, most as u128).max(part(size as u128, limits.bytes as u128));
		while !lanes.is_enough() {
			let Some(candidate) = ready.next() else { break };
			let (requires, provides) = (candidate.requires(), candidate.provides());
			let least = room(candidate.data().encoded_size());
			lanes.add(&Candidate { priority: *candidate.priority(), least, requires, provides });
			candidates.push(candidate);
		}
		let deadline = started + limits.time;
		let mut transactions = 0;
		let mut invalid = TxInvalidityReportMap::default();
		let mut now = Instant::now();
		while transactions < most && now < deadline {
			let Some(place) = lanes.next() else { break };
			let candidate = &candidates[place.0];
			let transaction = (**candidate.data()).clone();
			let size = transaction.encoded_size();
			let began = now;
			let result = match bytes + size > limits.bytes {
				true => Applied::NoRoom,
				false => applied(builder.push(transaction)),
			};
			now = Instant::now();
			match result {
				Applied::Yes => {
					transactions += 1;
					bytes += size;
					let time = part((now - began).as_nanos(), limits.time.as_nanos());
					lanes.took(place, room(size).max(time));
				}
				Applied::NoRoom => lanes.put_off(place),
				Applied::Past => {
					// Transactions that depend on this one need not wait for it. The pool learns from the earlier block
					// that it is past.
					lanes.took(place, 0);
				}
				Applied::Invalid(error) => {
					invalid.insert(candidate.hash().clone(), Some(error));
				}
				Applied::Failed(reason) => {
					log::warn!(target: crate::LOG, "Transaction {:?} cannot be executed: {reason}", candidate.hash());
					invalid.insert(candidate.hash().clone(), None);
				}
			}
		}
		// A transaction that is invalid after a block which may never be final may be valid without that block.
		if !invalid.is_empty() && is_final {
			futures::executor::block_on(self.pool.report_invalid(Some(parent.hash), invalid));
		}
		if transactions == 0 && !limits.allow_empty {
			return Ok(None);
		}
		let (block, changes) = builder.build().map_err(ChainError::client("finishing a block"))?.into_inner();
		// A runtime that does not know orders would leave the order out, and a lone validator has no other validator
		// that would notice.
		self.finaliser.check_carried_out(parent.hash, &block.header)?;
		Ok(Some(Unstored { block, changes, transactions }))
	}

	/// The business classes that share a block after `parent`. Empty if the runtime knows no classes; then all
	/// transactions share one lane.
	fn classes(&self, parent: BlockHash) -> Vec<ClassInfo> {
		let api = self.client.runtime_api();
		match api.has_api::<dyn ClassesApi<Block>>(parent) {
			Ok(true) => api.classes(parent).unwrap_or_else(|error| {
				log::warn!(target: crate::LOG, "The runtime does not tell the business classes: {error}");
				Vec::new()
			}),
			_ => Vec::new(),
		}
	}

	/// The data for the inherents: the time, which is now but at least a block period after the parent's; the commits
	/// of earlier heights; and the order of the board, if there is one.
	fn inherent_data(&self, parent: Head, limits: &BuildLimits) -> Result<InherentData, ChainError> {
		let earliest = super::rules::timestamp::<C, B>(&self.client, parent.hash)?
			.map_or(0, |t| t.saturating_add(limits.parameters.block_period.into()));
		let time = sp_timestamp::Timestamp::new(earliest.max(crate::engine::now_ms()));
		let mut data = InherentData::new();
		data.put_data(sp_timestamp::INHERENT_IDENTIFIER, &time)
			.map_err(ChainError::client("making the time inherent"))?;
		data.put_data(participation::INHERENT_IDENTIFIER, &limits.commits)
			.map_err(ChainError::client("making the inherent of the commits"))?;
		self.put_order(parent, &mut data)?;
		Ok(data)
	}

	/// Adds the order that the block after `parent` must carry out, if this node was given one.
	pub(super) fn put_order(&self, parent: Head, data: &mut InherentData) -> Result<(), ChainError> {
		let Some(recovery) = self.finaliser.order_after(parent.hash) else { return Ok(()) };
		data.put_data(RECOVERY_INHERENT, recovery).map_err(ChainError::client("making the recovery inherent"))
	}
}
