//! The parameters of the consensus. The chain decides them and may change them while it runs.

mod changes;
mod error;
mod membership;
mod record;
pub mod rules;
pub mod stored;
#[cfg(test)]
mod tests;

pub use changes::ParameterChanges;
pub use error::ParameterError;
pub use membership::{seats_of_an_institution, Membership};
pub use record::{Cause, PastChange, ProfileName, ScheduledChange, MAX_NAME_BYTES};
pub use rules::TIMEOUT_MARGIN;

use crate::{MAX_PIPELINE_DEPTH, MAX_VALIDATORS};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// How the consensus runs. In force for a height as the state after the height below it says.
///
/// Times are in milliseconds. A value of this type is not yet judged; [`Parameters::check`] does that for a chain that
/// would adopt it, [`Parameters::check_for`] against who is registered, and [`Parameters::check_engine`] for an engine that
/// is to run by it.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Serialize, Deserialize,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Parameters {
	/// The least time from one block's timestamp to the next, in ms.
	pub block_period: u32,
	/// How long a validator waits for a height to be committed before it asks for another view, in ms.
	pub base_timeout: u32,
	/// By how much that grows with each view that fails, in percent of the one before: 200 doubles it.
	pub timeout_growth: u32,
	/// The most that it grows to, in ms.
	pub timeout_ceiling: u32,
	/// The most transactions in a block, inherents not counted.
	pub max_transactions: u32,
	/// Whether blocks are made when there is nothing to order.
	pub empty_blocks: bool,
	/// With `empty_blocks` off: after how long without a block an empty one is made all the same, in ms.
	pub heartbeat: u32,
	/// For how many heights in a row one validator leads.
	pub leader_period: u32,
	/// How far a proposal's timestamp may lie ahead of a validator's own clock, in ms.
	pub timestamp_tolerance: u32,
	/// How many heights may be in progress at once: with more than one a block is proposed while those below it are
	/// still voted on.
	pub pipeline_depth: u32,
	/// How votes travel.
	pub dissemination: Dissemination,
	/// What part of the runtime's weight for ordinary transactions a block may use, in percent.
	pub block_weight_share: u32,
	/// What part of the runtime's length for ordinary transactions a block may use, in percent.
	pub block_length_share: u32,
	/// What of a block its proposal carries.
	pub proposal_form: ProposalForm,
	/// How many of the registered validators an era's committee has; 0: all of them, without an election.
	pub committee_size: u32,
	/// Which share of the registered validators may be faulty, in per mille, when a committee's size is judged.
	pub assumed_faulty: u32,
	/// A committee of more than `f` faulty members may be drawn with a probability of at most 10 to the minus this.
	pub committee_risk: u32,
	/// How many blocks an era has.
	pub era_length: u32,
	/// After how many missed turns in an era a validator is demoted.
	pub demote_after: u32,
	/// A validator is counted on that committed one of so many heights.
	pub active_window: u32,
	/// By which version of the protocol the engine runs; every node must support it.
	pub engine_version: u32,
}

/// What of a block its proposal carries.
#[derive(
	Clone,
	Copy,
	Debug,
	Default,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub enum ProposalForm {
	/// Every transaction.
	#[default]
	#[codec(index = 0)]
	Full,
	/// The hashes of the transactions: who receives it has most of them in its pool, and asks for the others.
	#[codec(index = 1)]
	Compact,
}

/// How votes travel.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Dissemination {
	/// From each to each: three message delays, of the order of n² messages a block.
	#[codec(index = 0)]
	Broadcast,
	/// Through collectors, the leader and the members after it, which send a certificate to all: five message delays, of
	/// the order of n·k messages a block. Where they keep silent, votes are broadcast after all.
	#[codec(index = 1)]
	Collector {
		/// How many collectors there are. With more than f of them one is honest.
		k: u32,
	},
}

impl Dissemination {
	/// Number of collectors in a set of `members` validators; `None` if votes are broadcast.
	pub fn collectors(&self, members: usize) -> Option<usize> {
		match self {
			Self::Broadcast => None,
			Self::Collector { k } => Some((*k as usize).min(members)),
		}
	}
}

impl Default for Parameters {
	/// One-second blocks for a network within a country; a silent leader is replaced after three seconds.
	fn default() -> Self {
		Self {
			block_period: 1_000,
			base_timeout: 3_000,
			timeout_growth: 150,
			timeout_ceiling: 20_000,
			max_transactions: 5_000,
			empty_blocks: true,
			heartbeat: 60_000,
			leader_period: 10,
			timestamp_tolerance: 5_000,
			pipeline_depth: 1,
			dissemination: Dissemination::Broadcast,
			block_weight_share: 100,
			block_length_share: 100,
			proposal_form: ProposalForm::Full,
			committee_size: 0,
			assumed_faulty: 200,
			committee_risk: 3,
			era_length: 3_600,
			demote_after: 2,
			active_window: 256,
			engine_version: ENGINE_VERSION,
		}
	}
}

/// The version of the protocol that this engine supports. An engine cannot follow a chain whose parameters ask for a
/// higher version.
pub const ENGINE_VERSION: u32 = 1;

/// The highest version that a chain's parameters can ask for. The bound catches mistakes.
pub const MAX_ENGINE_VERSION: u32 = 1_000;

impl Parameters {
	/// Bounds of each parameter: name, value, minimum, maximum.
	pub(crate) fn bounds(&self) -> [(&'static str, u32, u32, u32); 19] {
		let collectors = match self.dissemination {
			Dissemination::Broadcast => 1,
			Dissemination::Collector { k } => k,
		};
		[
			("blockPeriod", self.block_period, 200, 600_000),
			("baseTimeout", self.base_timeout, 500, 1_200_000),
			("timeoutGrowth", self.timeout_growth, 100, 400),
			("timeoutCeiling", self.timeout_ceiling, 500, 3_600_000),
			("maxTransactions", self.max_transactions, 1, 100_000),
			("heartbeat", self.heartbeat, 200, 86_400_000),
			("leaderPeriod", self.leader_period, 1, 1_000_000),
			("timestampTolerance", self.timestamp_tolerance, 100, 25_000),
			("pipelineDepth", self.pipeline_depth, 1, MAX_PIPELINE_DEPTH),
			("collectors", collectors, 1, MAX_VALIDATORS),
			("blockWeightShare", self.block_weight_share, 10, 100),
			("blockLengthShare", self.block_length_share, 5, 100),
			("committeeSize", self.committee_size, 0, MAX_VALIDATORS),
			("assumedFaulty", self.assumed_faulty, 0, 333),
			("committeeRisk", self.committee_risk, 1, 18),
			("eraLength", self.era_length, 32, 1_000_000),
			("demoteAfter", self.demote_after, 1, 1_000),
			("activeWindow", self.active_window, 32, 100_000),
			("engineVersion", self.engine_version, 1, MAX_ENGINE_VERSION),
		]
	}

	/// The timeout after `failures` views in a row that did not commit, in ms: base × growth^failures, at most the
	/// ceiling.
	pub fn timeout(&self, failures: u32) -> u32 {
		let mut timeout = u64::from(self.base_timeout);
		let ceiling = u64::from(self.timeout_ceiling);
		for _ in 0..failures {
			if timeout >= ceiling {
				break;
			}
			// The loop is bounded: from the lowest base to the highest ceiling it takes nine hundred steps of one
			// percent.
			let grown = timeout * u64::from(self.timeout_growth) / 100;
			if grown <= timeout {
				break;
			}
			timeout = grown;
		}
		timeout.min(ceiling) as u32
	}
}
