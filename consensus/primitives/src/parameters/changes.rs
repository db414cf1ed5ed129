//! What a change sets.

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
			block_weight_share,
			block_length_share,
			proposal_form,
			committee_size,
			assumed_faulty,
			committee_risk,
			era_length,
			demote_after,
			active_window,
			engine_version,
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
			block_weight_share: block_weight_share.unwrap_or(base.block_weight_share),
			block_length_share: block_length_share.unwrap_or(base.block_length_share),
			proposal_form: proposal_form.unwrap_or(base.proposal_form),
			committee_size: committee_size.unwrap_or(base.committee_size),
			assumed_faulty: assumed_faulty.unwrap_or(base.assumed_faulty),
			committee_risk: committee_risk.unwrap_or(base.committee_risk),
			era_length: era_length.unwrap_or(base.era_length),
			demote_after: demote_after.unwrap_or(base.demote_after),
			active_window: active_window.unwrap_or(base.active_window),
			engine_version: engine_version.unwrap_or(base.engine_version),
		}
	}

	/// Both changes, this one first: where both set a parameter, the `later` one counts.
	pub fn then(self, later: Self) -> Self {
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
			block_weight_share,
			block_length_share,
			proposal_form,
			committee_size,
			assumed_faulty,
			committee_risk,
			era_length,
			demote_after,
			active_window,
			engine_version,
		} = later;
		Self {
			block_period: block_period.or(self.block_period),
			base_timeout: base_timeout.or(self.base_timeout),
			timeout_growth: timeout_growth.or(self.timeout_growth),
			timeout_ceiling: timeout_ceiling.or(self.timeout_ceiling),
			max_transactions: max_transactions.or(self.max_transactions),
			empty_blocks: empty_blocks.or(self.empty_blocks),
			heartbeat: heartbeat.or(self.heartbeat),
			leader_period: leader_period.or(self.leader_period),
			timestamp_tolerance: timestamp_tolerance.or(self.timestamp_tolerance),
			pipeline_depth: pipeline_depth.or(self.pipeline_depth),
			dissemination: dissemination.or(self.dissemination),
			block_weight_share: block_weight_share.or(self.block_weight_share),
			block_length_share: block_length_share.or(self.block_length_share),
			proposal_form: proposal_form.or(self.proposal_form),
			committee_size: committee_size.or(self.committee_size),
			assumed_faulty: assumed_faulty.or(self.assumed_faulty),
			committee_risk: committee_risk.or(self.committee_risk),
			era_length: era_length.or(self.era_length),
			demote_after: demote_after.or(self.demote_after),
			active_window: active_window.or(self.active_window),
			engine_version: engine_version.or(self.engine_version),
		}
	}

	/// What makes `after` of `before`.
	pub fn between(before: &Parameters, after: &Parameters) -> Self {
		let Parameters {
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
			block_weight_share,
			block_length_share,
			proposal_form,
			committee_size,
			assumed_faulty,
			committee_risk,
			era_length,
			demote_after,
			active_window,
			engine_version,
		} = after.clone();
		Self {
			block_period: (block_period != before.block_period).then_some(block_period),
			base_timeout: (base_timeout != before.base_timeout).then_some(base_timeout),
			timeout_growth: (timeout_growth != before.timeout_growth).then_some(timeout_growth),
			timeout_ceiling: (timeout_ceiling != before.timeout_ceiling).then_some(timeout_ceiling),
			max_transactions: (max_transactions != before.max_transactions).then_some(max_transactions),
			empty_blocks: (empty_blocks != before.empty_blocks).then_some(empty_blocks),
			heartbeat: (heartbeat != before.heartbeat).then_some(heartbeat),
			leader_period: (leader_period != before.leader_period).then_some(leader_period),
			timestamp_tolerance: (timestamp_tolerance != before.timestamp_tolerance).then_some(timestamp_tolerance),
			pipeline_depth: (pipeline_depth != before.pipeline_depth).then_some(pipeline_depth),
			dissemination: (dissemination != before.dissemination).then_some(dissemination),
			block_weight_share: (block_weight_share != before.block_weight_share).then_some(block_weight_share),
			block_length_share: (block_length_share != before.block_length_share).then_some(block_length_share),
			proposal_form: (proposal_form != before.proposal_form).then_some(proposal_form),
			committee_size: (committee_size != before.committee_size).then_some(committee_size),
			assumed_faulty: (assumed_faulty != before.assumed_faulty).then_some(assumed_faulty),
			committee_risk: (committee_risk != before.committee_risk).then_some(committee_risk),
			era_length: (era_length != before.era_length).then_some(era_length),
			demote_after: (demote_after != before.demote_after).then_some(demote_after),
			active_window: (active_window != before.active_window).then_some(active_window),
			engine_version: (engine_version != before.engine_version).then_some(engine_version),
		}
	}

	/// Whether it sets what belongs to the network and not to a kind of business: committees, eras, credit, the version of
	/// the protocol.
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
