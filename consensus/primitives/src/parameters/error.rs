//! Why parameters are refused: one error for each rule, with the refused value and the bound.

/// A parameter, or a combination of them, that would stop or slow down the chain, or make another parameter void.
///
/// Times are in milliseconds, lengths in blocks unless they say bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are the parameters of the same names, and the bound that follows for them")]
pub enum ParameterError {
	/// One parameter is out of its bounds.
	#[error("{name} is {value}, must be within {min}..={max}")]
	OutOfBounds { name: &'static str, value: u32, min: u32, max: u32 },

	/// The timer would fire before a punctual leader has proposed.
	#[error("baseTimeout is {base_timeout}, must be at least blockPeriod {block_period} and {margin} ms more")]
	TimeoutWithinBlockPeriod { base_timeout: u32, block_period: u32, margin: u32 },
	/// The timer would fire too early with collectors: votes then take five message delays, not three.
	#[error(
		"baseTimeout is {base_timeout}, must be at least blockPeriod {block_period} and {margin} ms more with collectors"
	)]
	TimeoutTooShortForCollectors { base_timeout: u32, block_period: u32, margin: u32 },
	/// The timer would fire too early with compact proposals: missing transactions have to be requested.
	#[error(
		"baseTimeout is {base_timeout}, must be at least blockPeriod {block_period} and {margin} ms more with compact \
		 proposals"
	)]
	TimeoutTooShortForCompact { base_timeout: u32, block_period: u32, margin: u32 },
	/// The ceiling is below the first timeout.
	#[error("timeoutCeiling is {ceiling}, must be at least baseTimeout {base_timeout}")]
	CeilingUnderBase { ceiling: u32, base_timeout: u32 },
	/// A network slower than the base timeout would change views for ever: timeouts could not double once.
	#[error("timeoutCeiling is {ceiling}, must be at least {bound}: twice baseTimeout")]
	NoRoomToGrow { ceiling: u32, bound: u32 },
	/// A network slower than the base timeout would change views for ever: timeouts would never grow, whatever the
	/// ceiling.
	#[error("timeoutGrowth is 100: timeouts would never grow to timeoutCeiling {ceiling}")]
	TimeoutNeverGrows { ceiling: u32 },
	/// The chain would stand still too long while timeouts grow.
	#[error("timeoutGrowth is {growth}: timeouts must reach timeoutCeiling {ceiling} within {views} views that fail")]
	TimeoutGrowsTooSlowly { growth: u32, ceiling: u32, views: u32 },
	/// After an outage, every silent leader would stop the chain for as long as the ceiling.
	#[error("timeoutCeiling is {ceiling}, must be at most {bound}: {times} times baseTimeout")]
	CeilingTooFar { ceiling: u32, bound: u64, times: u32 },

	/// Heartbeats would come faster than blocks may.
	#[error("heartbeat is {heartbeat}, must be at least blockPeriod {block_period}")]
	HeartbeatUnderBlockPeriod { heartbeat: u32, block_period: u32 },
	/// Blocks would come at nearly the same pace as with empty blocks on: `emptyBlocks` would be void.
	#[error("heartbeat is {heartbeat}, must be at least {bound} with emptyBlocks off: twice blockPeriod")]
	HeartbeatVoidsEmptyBlocks { heartbeat: u32, bound: u32 },
	/// The chain's time could get too far ahead: a leader whose clock is ahead advances it, and blocks are then delayed
	/// until real time has caught up.
	#[error("timestampTolerance is {tolerance}, must be at most {bound}: {periods} times blockPeriod")]
	ToleranceTooLoose { tolerance: u32, bound: u32, periods: u32 },

	/// A block of that weight could not be committed in any view, however long its timeout.
	#[error(
		"blockWeightShare is {share}: to build and to execute a block of that weight takes {takes} ms, over \
		 timeoutCeiling {ceiling}"
	)]
	WeightOverCeiling { share: u32, takes: u32, ceiling: u32 },
	/// A whole window of such blocks could not be executed again in time after a view change.
	#[error(
		"pipelineDepth is {depth}: so many blocks of blockWeightShare {share} take {takes} ms to execute, over \
		 timeoutCeiling {ceiling}"
	)]
	WindowOverCeiling { depth: u32, share: u32, takes: u32, ceiling: u32 },
	/// A block of that length could not be received in time over the slowest supported connection.
	#[error("blockLengthShare is {share}: {bytes} bytes take {takes} ms at 10 Mbit/s, over timeoutCeiling {ceiling}")]
	LengthOverCeiling { share: u32, bytes: u32, takes: u32, ceiling: u32 },
	/// The limit would be void: the block's weight is exhausted first.
	#[error("maxTransactions is {transactions}, must be at most {bound}: what blockWeightShare {share} holds")]
	TransactionsOverWeight { transactions: u32, bound: u32, share: u32 },
	/// The limit would be void: the block's length is exhausted first.
	#[error("maxTransactions is {transactions}, must be at most {bound}: what blockLengthShare {share} holds")]
	TransactionsOverLength { transactions: u32, bound: u32, share: u32 },
	/// Too few transactions per block for the window: each height in progress costs votes and inherents of its own.
	#[error("maxTransactions is {transactions}, must be at least {bound} to fill a window of pipelineDepth {depth}")]
	WindowNotFilled { transactions: u32, bound: u32, depth: u32 },
	/// The window would have no use: a block is committed long before the next one may be proposed.
	#[error("blockPeriod is {block_period}, must be at most {bound} for a pipelineDepth over 1 to be of use")]
	WindowWithoutUse { block_period: u32, bound: u32 },
	/// The leader would change before the window is full.
	#[error("leaderPeriod is {leader_period}, must be at least pipelineDepth {depth}")]
	LeaderPeriodUnderWindow { leader_period: u32, depth: u32 },
	/// One validator would order all transactions for too long.
	#[error("leaderPeriod is {leader_period}: one validator would lead for {takes} ms, over {bound} ms")]
	LeaderTooLong { leader_period: u32, takes: u64, bound: u64 },

	/// One validator would lead throughout an era, and credit would count no turns of the others.
	#[error("leaderPeriod is {leader_period}, must be at most eraLength {era_length}")]
	LeaderPeriodOverEra { leader_period: u32, era_length: u32 },
	/// No validator could be demoted: an era has fewer turns than that.
	#[error("demoteAfter is {demote_after}, must be at most {turns}: the turns of leaderPeriod in eraLength")]
	DemoteAfterOverEra { demote_after: u32, turns: u32 },
	/// An era would take too long: until its end no rewards are paid, no misses are forgiven and the committee does not
	/// change.
	#[error("eraLength is {era_length}: at blockPeriod an era takes {takes} ms, over {bound} ms")]
	EraTooLong { era_length: u32, takes: u64, bound: u64 },
	/// An era would take too long on a chain without transactions.
	#[error("eraLength is {era_length}: at heartbeat {heartbeat} an idle era takes {takes} ms, over {bound} ms")]
	IdleEraTooLong { era_length: u32, heartbeat: u32, takes: u64, bound: u64 },
	/// A validator that has gone would count as active for too long when a change of the set is checked.
	#[error("activeWindow is {window}: at blockPeriod that is {takes} ms, over {bound} ms")]
	ActiveWindowTooLong { window: u32, takes: u64, bound: u64 },

	/// A committee of fewer than four members tolerates no faulty member.
	#[error("committeeSize is {size}, must be 0 or at least {least}")]
	CommitteeTooSmall { size: u32, least: u32 },
	/// The bound on a committee's risk would be void.
	#[error("assumedFaulty is 0, must be at least 1 where committees of {size} are elected: committeeRisk would bound nothing")]
	NobodyAssumedFaulty { size: u32 },
	/// The era has no time for commitments, secrets and the notice period of a rotation.
	#[error("eraLength is {era_length}, must be at least {bound} where committees are elected")]
	EraTooShortForElection { era_length: u32, bound: u32 },
	/// Faulty leaders in a row could lead throughout the phase in which secrets are revealed, and keep the secrets out.
	#[error(
		"eraLength is {era_length}: its phase for secrets of {phase} blocks must be longer than {bound}, which \
		 {faulty} faulty leaders in a row lead"
	)]
	PhaseTooShort { era_length: u32, phase: u32, faulty: u32, bound: u32 },
	/// Some members would serve a whole era without a turn to lead.
	#[error("eraLength is {era_length}, must be at least {bound}: leaderPeriod for each member of the committee")]
	CommitteeTurnsOverEra { era_length: u32, bound: u64 },
	/// A silent member would count as active long after its committee has ended.
	#[error("activeWindow is {window}, must be at most {bound} where committees are elected: {eras} eras")]
	ActiveWindowOverEras { window: u32, bound: u64, eras: u32 },
	/// More collectors than members.
	#[error("dissemination.collector.k is {k}, must be at most committeeSize {size}")]
	CollectorsOverCommittee { k: u32, size: u32 },

	/// Fewer validators are registered than the committee has seats.
	#[error("committeeSize is {size}, must be at most {registered}, the validators that are registered")]
	CommitteeOverMembership { size: u32, registered: u32 },
	/// The seats cannot be filled without exceeding the number of seats that one institution may hold.
	#[error("committeeSize is {size}: {institutions} institutions may hold {bound} seats, {each} each")]
	InstitutionsTooFew { size: u32, institutions: u32, each: u32, bound: u32 },
	/// No committee size keeps the risk within the bound.
	#[error(
		"assumedFaulty is {permille}: no committee of {registered} validators keeps its risk at 10^-{exponent} with \
		 {faulty} of them faulty"
	)]
	NoCommitteeBears { permille: u32, registered: u32, faulty: u32, exponent: u32 },
	/// The risk of a committee with too many faulty members exceeds the bound.
	#[error(
		"committeeSize is {size}, of {registered} validators with {faulty} faulty: its risk is over 10^-{exponent}; the \
		 smallest size that would do is {smallest}"
	)]
	CommitteeTooRisky { size: u32, registered: u32, faulty: u32, exponent: u32, smallest: u32 },
	/// The blocks of the phase would not have room for the secrets of all registered validators.
	#[error(
		"maxTransactions is {transactions}: {phase} blocks of an era hold {bound} secrets, of {registered} validators that \
		 are registered"
	)]
	ContributionsOverPhase { transactions: u32, phase: u32, bound: u64, registered: u32 },
	/// More collectors than members.
	#[error("dissemination.collector.k is {k}, must be at most {members}, the members of the set")]
	CollectorsOverMembers { k: u32, members: u32 },
	/// All collectors could be faulty at once, and every height would wait until votes are broadcast.
	#[error("dissemination.collector.k is {k}, must be over {faulty}, the members that may be faulty")]
	CollectorsMayAllFail { k: u32, faulty: u32 },
	/// The leader could not send a full proposal to all members in time.
	#[error(
		"blockLengthShare is {share}: a full proposal to {members} members takes {takes} ms at 100 Mbit/s, over \
		 timeoutCeiling {ceiling}"
	)]
	ProposalOverCeiling { share: u32, members: u32, takes: u64, ceiling: u32 },
	/// The chain would stop: fewer members than a quorum run such an engine.
	#[error("engineVersion is {version}: {supporters} members of the set support it, {needed} must")]
	EngineVersionWithoutQuorum { version: u32, supporters: u32, needed: u32 },
	/// Later committees could not reach a quorum: too few registered validators run such an engine.
	#[error("engineVersion is {version}: {supporters} registered validators support it, {needed} must")]
	EngineVersionWithoutRegistered { version: u32, supporters: u32, needed: u32 },
}
