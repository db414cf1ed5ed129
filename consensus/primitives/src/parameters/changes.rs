//! Changes of parameters, and how they combine.

use super::{Dissemination, Parameters, ProposalForm};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

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
	/// What part of the runtime's weight for ordinary transactions a block may use, in percent.
	pub block_weight_share: Option<u32>,
	/// What part of the runtime's length for ordinary transactions a block may use, in percent.
	pub block_length_share: Option<u32>,
	/// What of a block its proposal carries.
	pub proposal_form: Option<ProposalForm>,
	/// How many of the registered validators an era's committee has; 0: all of them.
	pub committee_size: Option<u32>,
	/// Which share of the registered validators may be faulty, in per mille.
	pub assumed_faulty: Option<u32>,
	/// With which probability at most a committee has too many faulty members: 10 to the minus this.
	pub committee_risk: Option<u32>,
	/// How many blocks an era has.
	pub era_length: Option<u32>,
	/// After how many missed turns in an era a validator is demoted.
	pub demote_after: Option<u32>,
	/// A validator is counted on that committed one of so many heights.
	pub active_window: Option<u32>,
	/// By which version of the protocol the engine runs.
	pub engine_version: Option<u32>,
}

/// Merges two values that have a field for each parameter into one `$type`, field by field. A new parameter cannot be
/// forgotten: without it the struct literal below would lack a field.
macro_rules! merged {
	($type:ident, $one:expr, $other:expr, $merge:expr) => {{
		let (one, other) = ($one, $other);
		$type {
			block_period: $merge(one.block_period, other.block_period),
			base_timeout: $merge(one.base_timeout, other.base_timeout),
			timeout_growth: $merge(one.timeout_growth, other.timeout_growth),
			timeout_ceiling: $merge(one.timeout_ceiling, other.timeout_ceiling),
			max_transactions: $merge(one.max_transactions, other.max_transactions),
			empty_blocks: $merge(one.empty_blocks, other.empty_blocks),
			heartbeat: $merge(one.heartbeat, other.heartbeat),
			leader_period: $merge(one.leader_period, other.leader_period),
			timestamp_tolerance: $merge(one.timestamp_tolerance, other.timestamp_tolerance),
			pipeline_depth: $merge(one.pipeline_depth, other.pipeline_depth),
			dissemination: $merge(one.dissemination, other.dissemination),
			block_weight_share: $merge(one.block_weight_share, other.block_weight_share),
			block_length_share: $merge(one.block_length_share, other.block_length_share),
			proposal_form: $merge(one.proposal_form, other.proposal_form),
			committee_size: $merge(one.committee_size, other.committee_size),
			assumed_faulty: $merge(one.assumed_faulty, other.assumed_faulty),
			committee_risk: $merge(one.committee_risk, other.committee_risk),
			era_length: $merge(one.era_length, other.era_length),
			demote_after: $merge(one.demote_after, other.demote_after),
			active_window: $merge(one.active_window, other.active_window),
			engine_version: $merge(one.engine_version, other.engine_version),
		}
	}};
}

/// The value that a change sets to get from `before` to `after`; `None` if they are equal.
fn difference<V: PartialEq>(before: V, after: V) -> Option<V> {
	(before != after).then_some(after)
}

impl ParameterChanges {
	/// The parameters `base` with this change applied.
	pub fn apply_to(self, base: &Parameters) -> Parameters {
		merged!(Parameters, self, base.clone(), Option::unwrap_or)
	}

	/// Both changes in one, this one first: where both set a parameter, `later` takes precedence.
	pub fn then(self, later: Self) -> Self {
		merged!(Self, later, self, Option::or)
	}

	/// The change that turns `before` into `after`.
	pub fn between(before: &Parameters, after: &Parameters) -> Self {
		merged!(Self, before.clone(), after.clone(), difference)
	}

	/// Whether the change sets a parameter that concerns the network and not a kind of business: committees, eras,
	/// credit, or the version of the protocol.
	pub fn sets_network_rules(&self) -> bool {
		self.committee_size.is_some()
			|| self.assumed_faulty.is_some()
			|| self.committee_risk.is_some()
			|| self.era_length.is_some()
			|| self.demote_after.is_some()
			|| self.active_window.is_some()
			|| self.engine_version.is_some()
	}
}
