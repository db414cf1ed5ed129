//! What a change sets.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use syndic_primitives::{Dissemination, Parameters};

/// Some of the [`Parameters`]; what is left out stays as it is. Times are in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct ParameterChanges {
	/// The least time from one block's timestamp to the next.
	pub block_period: Option<u32>,
	/// How long a validator waits for a height to be committed before it asks for another view.
	pub base_timeout: Option<u32>,
	/// By how much that grows with each view that fails, in percent of the one before.
	pub timeout_growth: Option<u32>,
	/// The most that it grows to.
	pub timeout_ceiling: Option<u32>,
	/// The most transactions in a block, inherents not counted.
	pub max_transactions: Option<u32>,
	/// Whether blocks are made when there is nothing to order.
	pub empty_blocks: Option<bool>,
	/// With `empty_blocks` off: after how long without a block an empty one is made all the same.
	pub heartbeat: Option<u32>,
	/// For how many heights in a row one validator leads.
	pub leader_period: Option<u32>,
	/// How far a proposal's timestamp may lie ahead of a validator's own clock.
	pub timestamp_tolerance: Option<u32>,
	/// How many heights may be in progress at once.
	pub pipeline_depth: Option<u32>,
	/// How votes travel: from each to each, or through so many collectors.
	pub dissemination: Option<Dissemination>,
}

impl ParameterChanges {
	/// The parameters with this change.
	pub fn apply_to(self, base: &Parameters) -> Parameters {
		// Both types are taken apart in full: a new parameter cannot be forgotten here.
		let Self {
			block_period,
			base_timeout,
			timeout_growth,
			timeout_ceiling,
			max_transactions,
			empty_blocks,
			heartbeat,
			leader_period,
			timestamp_tolerance,
			pipeline_depth,
			dissemination,
		} = self;
		Parameters {
			block_period: block_period.unwrap_or(base.block_period),
			base_timeout: base_timeout.unwrap_or(base.base_timeout),
			timeout_growth: timeout_growth.unwrap_or(base.timeout_growth),
			timeout_ceiling: timeout_ceiling.unwrap_or(base.timeout_ceiling),
			max_transactions: max_transactions.unwrap_or(base.max_transactions),
			empty_blocks: empty_blocks.unwrap_or(base.empty_blocks),
			heartbeat: heartbeat.unwrap_or(base.heartbeat),
			leader_period: leader_period.unwrap_or(base.leader_period),
			timestamp_tolerance: timestamp_tolerance.unwrap_or(base.timestamp_tolerance),
			pipeline_depth: pipeline_depth.unwrap_or(base.pipeline_depth),
			dissemination: dissemination.unwrap_or(base.dissemination),
		}
	}
}
