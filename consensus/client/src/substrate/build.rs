//! Builds proposals.

use super::{
	assembly::{Applied, Assembly},
	ClientBounds, SubstrateChain,
};
use crate::{
	chain::{BuildLimits, ChainError, Head},
	lanes::order::{part, Candidate, Lanes},
};
use codec::Encode;
use sc_client_api::backend::Backend;
use sc_transaction_pool_api::{InPoolTransaction, TransactionPool, TxInvalidityReportMap};
use sp_api::{ApiExt, StorageChanges};
use sp_inherents::InherentData;
use sp_runtime::ExtrinsicInclusionMode;
use std::time::{Duration, Instant};
use syndic_primitives::{
	api::ClassesApi, block::Block, participation, recovery::RECOVERY_INHERENT, BlockHash, ClassInfo,
};

/// A block that is executed and not yet imported.
pub(super) struct Unstored {
	pub block: Block,
	pub changes: StorageChanges<Block>,
	pub transactions: usize,
}

/// Transactions that are applied in the first call of the runtime, before it is known how long one takes.
const FIRST_CALL: usize = 8;
/// Maximum number of transactions that are applied in one call of the runtime.
const MAX_CALL: usize = 128;
/// One call of the runtime is to take this part of the time to build the block. So the block ends in time.
const CALLS: u32 = 16;

/// How many transactions to apply in the next call of the runtime, after `count` have taken `spent`.
fn next_call(count: usize, spent: Duration, limit: Duration) -> usize {
	let one = spent.as_nanos() / count.max(1) as u128;
	let fit = (limit / CALLS).as_nanos().checked_div(one).unwrap_or(u128::MAX);
	usize::try_from(fit).unwrap_or(usize::MAX).clamp(1, MAX_CALL)
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
		let mut assembly = Assembly::<B, C>::begin(&*self.client, parent)?;
		// Room for the header and the length prefix of the body; the runtime adds little to the digest.
		let mut bytes = 1024 + assembly.apply_inherents(self.inherent_data(parent, limits)?)?;
		let most = match assembly.mode() {
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
		let mut count = FIRST_CALL;
		let mut now = Instant::now();
		while transactions < most && now < deadline {
			let mut chosen = Vec::new();
			while chosen.len() < count.min(most - transactions) {
				let Some(place) = lanes.next() else { break };
				let size = candidates[place.0].data().encoded_size();
				if bytes + size > limits.bytes {
					lanes.put_off(place);
					continue;
				}
				bytes += size;
				lanes.took(place, room(size));
				chosen.push((place, size));
			}
			if chosen.is_empty() {
				break;
			}
			let began = now;
			let all = chosen.iter().map(|(place, _)| (**candidates[place.0].data()).clone()).collect();
			let results = assembly.apply(all);
			now = Instant::now();
			let spent = now - began;
			count = next_call(chosen.len(), spent, limits.time);
			let weight = |applied: &Applied| if let Applied::Yes(weight) = applied { u128::from(*weight) } else { 0 };
			let weights: u128 = results.iter().map(weight).sum();
			for ((place, size), applied) in chosen.into_iter().zip(results) {
				let expected = room(size);
				if let Applied::Yes(weight) = applied {
					transactions += 1;
					// Its part of the time, by its weight.
					let time = spent.as_nanos().saturating_mul(weight.into()).checked_div(weights).unwrap_or_default();
					lanes.correct(place, expected, expected.max(part(time, limits.time.as_nanos())));
					continue;
				}
				bytes -= size;
				let hash = || candidates[place.0].hash().clone();
				match applied {
					// Transactions that depend on this one need not wait for it. The pool learns from the earlier block
					// that it is past.
					Applied::Past => lanes.correct(place, expected, 0),
					Applied::NoRoom => {
						lanes.take_back(place, expected);
						lanes.put_off(place);
					}
					// An earlier one of the same call is not in the block.
					Applied::Early => lanes.take_back(place, expected),
					Applied::Invalid(error) => {
						lanes.take_back(place, expected);
						invalid.insert(hash(), Some(error));
					}
					Applied::Failed(reason) => {
						lanes.take_back(place, expected);
						log::warn!(target: crate::LOG, "Transaction {:?} cannot be executed: {reason}", hash());
						invalid.insert(hash(), None);
					}
					Applied::Yes(_) => {}
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
		let (block, changes) = assembly.finish()?;
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

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_call_takes_its_part_of_the_time() {
		let ms = Duration::from_millis;
		assert_eq!(next_call(8, ms(4), ms(160)), 20);
		assert_eq!(next_call(8, ms(800), ms(160)), 1, "never none");
		assert_eq!(next_call(8, ms(0), ms(160)), MAX_CALL);
		assert_eq!(next_call(0, ms(1), ms(160)), 10);
	}
}
