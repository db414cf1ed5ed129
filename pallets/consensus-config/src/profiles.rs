//! The profiles that every chain begins with, and why their numbers are what they are.
//!
//! A profile says how blocks are made for a kind of business: their pace, their size, how long a silent leader is waited
//! for. It leaves alone what belongs to the network: committees, eras, credit, the version of the protocol, and how votes
//! and proposals travel, which follows from the number of validators and not from the business.

use syndic_primitives::parameters::{ParameterChanges, ProfileName};

/// A profile's name and what it sets.
pub type Profile = (&'static str, ParameterChanges);

/// The most profiles at once.
pub const MAX_PROFILES: u32 = 32;

/// Many small payments, and somebody waits for each at a counter.
pub fn retail_payments() -> ParameterChanges {
	ParameterChanges {
		// A payment is final in about a second: it waits for half a period, and three message delays.
		block_period: Some(500),
		// Five periods. Who waits at a counter for a silent leader does so for three seconds.
		base_timeout: Some(2_500),
		timeout_growth: Some(150),
		timeout_ceiling: Some(20_000),
		// As many as 300 bytes each fill the length with. Of payments the weight holds fewer; see
		// docs/govern/parameters.md.
		max_transactions: Some(2_500),
		empty_blocks: Some(true),
		heartbeat: Some(60_000),
		leader_period: Some(10),
		// Five periods: clocks of payment systems keep time to well below that.
		timestamp_tolerance: Some(2_500),
		// The next block is proposed while the votes on this one travel: on slow links the pace holds.
		pipeline_depth: Some(2),
		// 300 ms to execute, so that building and checking a full block fit into its period.
		block_weight_share: Some(20),
		// 786 kB, which ten megabits carry in 630 ms.
		block_length_share: Some(20),
		..ParameterChanges::default()
	}
}

/// Fewer payments of great value between institutions, each final before the next block is begun.
pub fn interbank_settlement() -> ParameterChanges {
	ParameterChanges {
		block_period: Some(1_000),
		// Three periods: a leader is not given up for one slow block, since each change of views delays all.
		base_timeout: Some(3_000),
		timeout_growth: Some(150),
		timeout_ceiling: Some(20_000),
		// Three times as many as the weight holds of payments: batches of cheaper calls go through.
		max_transactions: Some(3_000),
		empty_blocks: Some(true),
		heartbeat: Some(60_000),
		leader_period: Some(10),
		// A cut-off time means something: a leader may not be more than two seconds ahead of the others.
		timestamp_tolerance: Some(2_000),
		// Nothing is begun on what is not final.
		pipeline_depth: Some(1),
		// 600 ms of a second.
		block_weight_share: Some(40),
		block_length_share: Some(40),
		..ParameterChanges::default()
	}
}

/// Transfers of title: few, with long documents, and nobody in a hurry.
pub fn securities_custody() -> ParameterChanges {
	ParameterChanges {
		// Half as many blocks to keep for decades.
		block_period: Some(2_000),
		// Time for large blocks over a custodian's slower line.
		base_timeout: Some(6_000),
		timeout_growth: Some(150),
		timeout_ceiling: Some(40_000),
		max_transactions: Some(3_000),
		empty_blocks: Some(true),
		heartbeat: Some(60_000),
		// Ten seconds: whose turn it is matters less than at a counter, but nobody should decide the order for long.
		leader_period: Some(5),
		timestamp_tolerance: Some(2_000),
		pipeline_depth: Some(1),
		// 900 ms of two seconds, for calls that do more.
		block_weight_share: Some(60),
		// 2.4 MB: corporate actions come with their terms.
		block_length_share: Some(60),
		..ParameterChanges::default()
	}
}

/// Large batches at set times, and silence between them.
pub fn regulatory_reporting() -> ParameterChanges {
	ParameterChanges {
		// Batches are cut by the minute; five seconds are nothing to them.
		block_period: Some(5_000),
		// A full block takes three seconds to send at ten megabits and one and a half to execute, twice.
		base_timeout: Some(15_000),
		timeout_growth: Some(150),
		timeout_ceiling: Some(60_000),
		max_transactions: Some(10_000),
		// Nothing is kept of hours in which nobody reports, but for one block a minute, which shows that the chain lives.
		empty_blocks: Some(false),
		heartbeat: Some(60_000),
		leader_period: Some(5),
		// A period: reports carry their own dates.
		timestamp_tolerance: Some(5_000),
		pipeline_depth: Some(1),
		block_weight_share: Some(100),
		block_length_share: Some(100),
		..ParameterChanges::default()
	}
}

/// The four that ship.
pub fn shipped() -> [Profile; 4] {
	[
		("retail payments", retail_payments()),
		("interbank settlement", interbank_settlement()),
		("securities custody", securities_custody()),
		("regulatory reporting", regulatory_reporting()),
	]
}

/// The same, with names as they are stored.
pub(crate) fn named() -> impl Iterator<Item = (ProfileName, ParameterChanges)> {
	shipped().into_iter().filter_map(|(name, changes)| Some((ProfileName::new(name.into())?, changes)))
}
