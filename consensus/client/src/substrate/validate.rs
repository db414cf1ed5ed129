//! Validates blocks that other nodes built.

use super::{rules, ClientBounds, SubstrateChain};
use crate::chain::{ChainError, Head, InvalidBlock, ValidBlock};
use codec::Encode;
use sc_client_api::backend::{Backend, TrieCacheContext};
use sc_transaction_pool_api::TransactionPool;
use sp_api::{ApiExt, CallApiAt, Core, StorageChanges};
use sp_block_builder::BlockBuilder;
use sp_core::traits::CallContext;
use sp_inherents::InherentData;
use sp_runtime::traits::{BlakeTwo256, Hash};
use syndic_pbft::MAX_HEADER_BYTES;
use syndic_pool::extrinsic::is_bare;
use syndic_primitives::{block::Block, Height, Parameters};

/// The limits that a proposal must keep. They are not applied to a committed block, which a quorum has validated.
pub(super) struct Limits<'p> {
	pub parameters: &'p Parameters,
	/// Whether the block was prepared in an earlier view. Then its timestamp may be ahead of the clock: it was checked
	/// when the block was first proposed.
	pub reproposed: bool,
}

impl<C, B, P> SubstrateChain<C, B, P>
where
	B: Backend<Block> + 'static,
	C: ClientBounds<B>,
	P: TransactionPool<Block = Block> + 'static,
{
	/// Checks what can be checked without execution, executes the block, and compares the result. Returns the storage
	/// changes and the timestamp.
	pub(super) fn judge(
		&self,
		parent: Head,
		block: &Block,
		limits: Option<Limits<'_>>,
	) -> Result<(StorageChanges<Block>, Option<u64>), ChainError> {
		check_child(block, parent)?;
		self.check_extrinsics_root(parent, block)?;
		if let Some(limits) = &limits {
			check_header(block)?;
			check_count(block, limits.parameters.max_transactions)?;
			self.finaliser.check_proposed(parent.hash, &block.header)?;
			self.check_inherents(parent, block)?;
		}
		self.finaliser.check_carried_out(parent.hash, &block.header)?;
		let changes = self.execute(parent, block)?;
		self.finaliser.check_set_after(parent.hash, rules::set_put_by(&changes.main_storage_changes))?;
		let hash = block.header.hash();
		if let Some(error) = rules::broken_by(&changes.main_storage_changes, hash) {
			return Err(InvalidBlock::NoRulesAfter(error.to_string()).into());
		}
		let time = rules::timestamp_set_by(&changes.main_storage_changes);
		if let Some(limits) = limits {
			let time = time.ok_or(InvalidBlock::NoTimestamp)?;
			let parent_time = rules::timestamp::<C, B>(&self.client, parent.hash)?;
			check_time(time, parent_time, crate::engine::now_ms(), &limits)?;
		}
		Ok((changes, time))
	}

	/// As [`Self::judge`], for a block that was executed here before, perhaps because sync brought it. Its execution is
	/// known to be valid.
	pub(super) fn judge_held(
		&self,
		parent: Head,
		block: &Block,
		limits: &Limits<'_>,
	) -> Result<ValidBlock, ChainError> {
		check_child(block, parent)?;
		// The block with this header was executed; this body may still be another one.
		self.check_extrinsics_root(parent, block)?;
		check_header(block)?;
		check_count(block, limits.parameters.max_transactions)?;
		self.finaliser.check_proposed(parent.hash, &block.header)?;
		let hash = block.header.hash();
		let of_block = |e: ChainError| match e {
			// The block is valid; only this node cannot continue from it.
			ChainError::EngineTooOld { .. } => e,
			e => InvalidBlock::NoRulesAfter(e.to_string()).into(),
		};
		let after = rules::rules_after::<C, B>(&self.client, hash).map_err(of_block)?;
		self.finaliser.check_set_after(parent.hash, Some(after.set))?;
		let time = rules::timestamp::<C, B>(&self.client, hash)?.ok_or(InvalidBlock::NoTimestamp)?;
		let parent_time = rules::timestamp::<C, B>(&self.client, parent.hash)?;
		check_time(time, parent_time, crate::engine::now_ms(), limits)?;
		Ok(ValidBlock { header: block.header.clone(), timestamp: time })
	}

	fn check_extrinsics_root(&self, parent: Head, block: &Block) -> Result<(), ChainError> {
		let version = self
			.client
			.runtime_version_at(parent.hash, CallContext::Onchain { import: true })
			.map_err(ChainError::client("reading the runtime's version"))?;
		let body = block.extrinsics.iter().map(Encode::encode).collect();
		let computed = BlakeTwo256::ordered_trie_root(body, version.extrinsics_root_state_version());
		let found = block.header.extrinsics_root;
		match found == computed {
			true => Ok(()),
			false => Err(InvalidBlock::ExtrinsicsRoot { found, computed }.into()),
		}
	}

	/// Runs the runtime's own checks of inherents. The runtime's fixed bound on timestamps in the future is looser than
	/// the engine's, and must not refuse a block that is proposed again. So the runtime is given a time at which no
	/// block is in the future.
	fn check_inherents(&self, parent: Head, block: &Block) -> Result<(), ChainError> {
		let mut data = InherentData::new();
		data.put_data(sp_timestamp::INHERENT_IDENTIFIER, &sp_timestamp::Timestamp::new(u64::MAX / 2))
			.map_err(ChainError::client("making the time inherent"))?;
		self.put_order(parent, &mut data)?;
		// An inherent is bare. Signed transactions would only be copied and decoded.
		let extrinsics = block.extrinsics.iter().filter(|extrinsic| is_bare(extrinsic)).cloned().collect();
		let bare = Block { header: block.header.clone(), extrinsics };
		let result = self
			.client
			.runtime_api()
			.check_inherents(parent.hash, bare.into(), data)
			.map_err(|e| InvalidBlock::Execution(e.to_string()))?;
		if result.ok() {
			return Ok(());
		}
		let reasons = result.into_errors().map(|(id, error)| {
			let named = sp_timestamp::InherentError::try_from(&id, &error).map(|e| e.to_string());
			named.unwrap_or_else(|| format!("{} is wrong", String::from_utf8_lossy(&id)))
		});
		Err(InvalidBlock::Inherents(reasons.collect::<Vec<_>>().join(", ")).into())
	}

	fn execute(&self, parent: Head, block: &Block) -> Result<StorageChanges<Block>, ChainError> {
		let mut api = self.client.runtime_api();
		api.set_call_context(CallContext::Onchain { import: true });
		api.execute_block(parent.hash, block.clone().into()).map_err(|e| InvalidBlock::Execution(e.to_string()))?;
		let state = self
			.backend
			.state_at(parent.hash, TrieCacheContext::Trusted)
			.map_err(ChainError::client("reading the parent's state"))?;
		let changes = api
			.into_storage_changes(&state, parent.hash)
			.map_err(ChainError::client("collecting what a block changes"))?;
		let (found, computed) = (block.header.state_root, changes.transaction_storage_root);
		match found == computed {
			true => Ok(changes),
			false => Err(InvalidBlock::StateRoot { found, computed }.into()),
		}
	}
}

fn check_child(block: &Block, parent: Head) -> Result<(), InvalidBlock> {
	let (found, number) = (block.header.parent_hash, block.header.number);
	match (found, number) == (parent.hash, parent.height.next().0) {
		true => Ok(()),
		false => Err(InvalidBlock::NotAChild { found_height: Height(number), found, parent }),
	}
}

fn check_header(block: &Block) -> Result<(), InvalidBlock> {
	let (found, bound) = (block.header.encoded_size(), MAX_HEADER_BYTES);
	match found > bound {
		true => Err(InvalidBlock::HeaderTooLong { found, bound }),
		false => Ok(()),
	}
}

/// Inherents come first and are not signed, so the extrinsics before the first signed one do not count.
fn check_count(block: &Block, bound: u32) -> Result<(), InvalidBlock> {
	let found = block.extrinsics.len() - block.extrinsics.iter().take_while(|e| is_bare(e)).count();
	match found > bound as usize {
		true => Err(InvalidBlock::TooManyTransactions { found, bound }),
		false => Ok(()),
	}
}

fn check_time(time: u64, parent: Option<u64>, now: u64, limits: &Limits<'_>) -> Result<(), InvalidBlock> {
	// The distance to the parent's timestamp is the same on every node and in every view, so it is checked for every
	// proposal.
	let bound = limits.parameters.block_period;
	if let Some(after) = parent.map(|p| time.saturating_sub(p)).filter(|after| *after < bound.into()) {
		return Err(InvalidBlock::TooSoon { timestamp: time, after, bound });
	}
	let bound = limits.parameters.timestamp_tolerance;
	let ahead = time.saturating_sub(now);
	if !limits.reproposed && ahead > bound.into() {
		return Err(InvalidBlock::FromTheFuture { timestamp: time, ahead, bound });
	}
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_runtime::{traits::Header as _, OpaqueExtrinsic};
	use syndic_primitives::block::Header;

	#[test]
	fn times_are_bounded_on_both_sides() {
		let parameters = Parameters { block_period: 1_000, timestamp_tolerance: 500, ..Parameters::default() };
		let check = |time, parent, now, reproposed| {
			check_time(time, parent, now, &Limits { parameters: &parameters, reproposed })
		};
		assert_eq!(check(10_000, Some(9_000), 10_000, false), Ok(()));
		assert_eq!(check(10_000, None, 10_000, false), Ok(()), "the first block follows genesis, which has no time");
		assert_eq!(check(10_500, Some(9_000), 10_000, false), Ok(()));
		let future = InvalidBlock::FromTheFuture { timestamp: 10_501, ahead: 501, bound: 500 };
		assert_eq!(check(10_501, Some(9_000), 10_000, false), Err(future));
		assert_eq!(check(10_501, Some(9_000), 10_000, true), Ok(()), "never refused when proposed again");
		assert_eq!(check(10_000, Some(9_000), u64::MAX, false), Ok(()), "nor for its age");
		let soon = InvalidBlock::TooSoon { timestamp: 9_999, after: 999, bound: 1_000 };
		assert_eq!(check(9_999, Some(9_000), 10_000, false), Err(soon.clone()));
		assert_eq!(check(9_999, Some(9_000), 10_000, true), Err(soon));
		let back = InvalidBlock::TooSoon { timestamp: 8_000, after: 0, bound: 1_000 };
		assert_eq!(check(8_000, Some(9_000), 10_000, false), Err(back));
		assert_eq!(check(u64::MAX, Some(u64::MAX), 0, true).map_err(|_| ()), Err(()), "no overflow");
	}

	#[test]
	fn inherents_do_not_count_as_transactions() {
		let extrinsic = |version: u8| OpaqueExtrinsic::from_blob(vec![version, 1, 2]);
		let block = |versions: &[u8]| {
			let header = Header::new(1, Default::default(), Default::default(), Default::default(), Default::default());
			Block { header, extrinsics: versions.iter().map(|v| extrinsic(*v)).collect() }
		};
		assert_eq!(check_count(&block(&[4, 0x84, 0x84]), 2), Ok(()));
		assert_eq!(check_count(&block(&[5, 5]), 0), Ok(()));
		let error = InvalidBlock::TooManyTransactions { found: 2, bound: 1 };
		assert_eq!(check_count(&block(&[4, 0x84, 4]), 1), Err(error), "a bare one further behind counts");
		let empty = Block { extrinsics: vec![OpaqueExtrinsic::from_blob(vec![])], ..block(&[]) };
		assert_eq!(check_count(&empty, 0), Err(InvalidBlock::TooManyTransactions { found: 1, bound: 0 }));
	}
}
