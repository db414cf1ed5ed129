//! What the engine needs of a chain. Every call may block: the engine makes them beside its own task.

use std::{sync::Arc, time::Duration};
use syndic_primitives::{
	block::Header,
	lottery::{Deed, Duty},
	BlockHash, Certificate, CertificateError, Equivocation, Height, Parameters, PeerId, RecoveryError, Rules, SetId,
	ValidatorId, ValidatorSet, VerifiedCertificate,
};

/// A block by height and hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
	/// Its height.
	pub height: Height,
	/// Its hash.
	pub hash: BlockHash,
}

impl std::fmt::Display for Head {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		write!(f, "#{} ({})", self.height, self.hash)
	}
}

/// Where a validator is to be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
	/// Its node.
	pub peer: PeerId,
	/// Where that listens; nothing proves it.
	pub addresses: Vec<String>,
}

/// Within what a block is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildLimits {
	/// The rules of its height.
	pub parameters: Parameters,
	/// How long applying transactions may take. What is in the block by then is the block.
	pub time: Duration,
	/// The most bytes of its encoding.
	pub bytes: usize,
	/// Whether a block without transactions is wanted.
	pub allow_empty: bool,
	/// Who committed the heights before, ascending: what the block reports.
	pub commits: Vec<Certificate>,
}

/// A block that was built: executed, and in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltBlock {
	/// Where it is.
	pub head: Head,
	/// Its header.
	pub header: Header,
	/// Its time in ms.
	pub timestamp: Option<u64>,
	/// Its SCALE encoding.
	pub bytes: Arc<Vec<u8>>,
	/// How many transactions it holds, inherents not counted.
	pub transactions: usize,
}

/// A block that was found valid: executed, and in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidBlock {
	/// Its header.
	pub header: Header,
	/// Its time in ms.
	pub timestamp: u64,
}

/// Why a proposal is not acceptable. Its leader will be replaced.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBlock {
	/// The bytes are no block.
	#[error("not a block: {0}")]
	Malformed(String),
	/// It is another block than the one that was proposed.
	#[error("block {found}, proposed was {expected}")]
	WrongHash {
		/// The block that came.
		found: BlockHash,
		/// The block that was proposed.
		expected: BlockHash,
	},
	/// It is not the child of the block that it should stand on.
	#[error("block {found_height} on {found}, it should stand on {parent}")]
	NotAChild {
		/// Its height.
		found_height: Height,
		/// Its parent.
		found: BlockHash,
		/// What its parent should be.
		parent: Head,
	},
	/// The header's root is not that of the body.
	#[error("the extrinsics' root is {computed}, the header says {found}")]
	ExtrinsicsRoot {
		/// What the header says.
		found: BlockHash,
		/// What the body has.
		computed: BlockHash,
	},
	/// Execution led elsewhere.
	#[error("the state root is {computed}, the header says {found}")]
	StateRoot {
		/// What the header says.
		found: BlockHash,
		/// What execution gave.
		computed: BlockHash,
	},
	/// The runtime refused it.
	#[error("execution failed: {0}")]
	Execution(String),
	/// Its inherents are wrong.
	#[error("inherents: {0}")]
	Inherents(String),
	/// It holds more than it may.
	#[error("{found} transactions, at most {bound} are allowed")]
	TooManyTransactions {
		/// How many there are.
		found: usize,
		/// How many there may be.
		bound: u32,
	},
	/// Its time lies too far ahead of this node's clock.
	#[error("timestamp {timestamp} is {ahead} ms ahead of this node's clock, at most {bound} are allowed")]
	FromTheFuture {
		/// Its time, in ms.
		timestamp: u64,
		/// By how much it is ahead.
		ahead: u64,
		/// By how much it may be.
		bound: u32,
	},
	/// It follows its parent too soon.
	#[error("timestamp {timestamp} is {after} ms after its parent's, the block period is {bound}")]
	TooSoon {
		/// Its time, in ms.
		timestamp: u64,
		/// The time since its parent's.
		after: u64,
		/// The block period.
		bound: u32,
	},
	/// Its header is longer than one may be that is voted on: votes of a view change carry it.
	#[error("a header of {found} bytes, at most {bound} are allowed")]
	HeaderTooLong {
		/// How long it is.
		found: usize,
		/// How long it may be.
		bound: usize,
	},
	/// The runtime sets no time.
	#[error("it sets no timestamp")]
	NoTimestamp,
	/// The consensus could not go on after it.
	#[error("it would leave the chain without rules: {0}")]
	NoRulesAfter(String),
	/// This node was given an order of the board for this height, and the block does not carry it out.
	#[error(
		"it does not carry out the recovery order for set {set_id} after block {after}, which this node was given"
	)]
	NotRecovered {
		/// The set that the order puts in force.
		set_id: SetId,
		/// The block that the order names.
		after: Height,
	},
	/// It carries out an order of the board that this node was not given.
	#[error("it carries out a recovery order after block {after}, which this node was not given (--recovery)")]
	UnknownRecovery {
		/// The block that the order names.
		after: Height,
	},
}

impl InvalidBlock {
	/// Whether the bytes are not the block that was proposed, so that nothing is known about that block yet.
	pub fn is_corrupt_body(&self) -> bool {
		matches!(self, Self::Malformed(_) | Self::WrongHash { .. } | Self::ExtrinsicsRoot { .. })
	}
}

/// Why a chain could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
	/// An item that the consensus needs is not in the state.
	#[error("{pallet}.{item} is missing in the state of block {at}")]
	ItemMissing {
		/// The pallet.
		pallet: &'static str,
		/// The item.
		item: &'static str,
		/// Where it was looked for.
		at: BlockHash,
	},
	/// An item that the consensus needs is something else.
	#[error("{pallet}.{item} in the state of block {at} is not what it should be: {reason}")]
	ItemUndecodable {
		/// The pallet.
		pallet: &'static str,
		/// The item.
		item: &'static str,
		/// Where it is.
		at: BlockHash,
		/// What is wrong.
		reason: String,
	},
	/// The chain has gone on to a version of the protocol that this engine does not know.
	#[error(
		"after block {at} the chain runs version {asked} of the protocol, and this node supports up to {supported}: \
		 upgrade it"
	)]
	EngineTooOld {
		/// The version of the next height.
		asked: u32,
		/// The highest that this engine knows.
		supported: u32,
		/// The block whose state says so.
		at: BlockHash,
	},
	/// Two different blocks have valid certificates for one height: more members are faulty than any set allows.
	#[error("block {height} is final as {finalised}, and a certificate is valid for {certified}: consensus is broken")]
	Conflict {
		/// The height.
		height: Height,
		/// What is final here.
		finalised: BlockHash,
		/// What the certificate names.
		certified: BlockHash,
	},
	/// The block is not in the database.
	#[error("block {0} is not here")]
	Unknown(Head),
	/// Finality goes from parent to child.
	#[error("block {block} cannot be final before its parent; final is {finalised}")]
	OutOfOrder {
		/// The block.
		block: Head,
		/// The last final one.
		finalised: Head,
	},
	/// A certificate that proves nothing.
	#[error(transparent)]
	Certificate(#[from] CertificateError),
	/// The certificate cannot be judged: the block is decided by a set that an order of the board put in force.
	#[error(
		"block {block} says that the board has replaced set {set_id} after the block below it (recovery). Set {set_id} has not \
		 decided it ({error}). If the board has ordered this, start the node with the order: --recovery FILE"
	)]
	OrderNeeded {
		/// The block.
		block: Head,
		/// The set that the state below it names.
		set_id: SetId,
		/// What is wrong with its certificate, as one by that set.
		error: CertificateError,
	},
	/// An order of the board does not hold.
	#[error("the recovery order for block {height}: {error}")]
	Order {
		/// The height that it names.
		height: Height,
		/// What is wrong with it.
		error: RecoveryError,
	},
	/// The set that an order replaces had not lost its quorum, or the order names a block that was not the last one.
	#[error(
		"the recovery order is for block {height}, and block {decided} was decided by set {set_id}, which the order replaces: \
		 the chain has gone on. The order must not be used; start the node without it, and nobody else with it"
	)]
	GoneOn {
		/// The height that the order names.
		height: Height,
		/// The block that was decided after it.
		decided: Head,
		/// The set that the order replaces.
		set_id: SetId,
	},
	/// The block is not acceptable.
	#[error(transparent)]
	Invalid(#[from] InvalidBlock),
	/// The client or its database failed.
	#[error("{what}: {reason}")]
	Client {
		/// What was tried.
		what: &'static str,
		/// What went wrong.
		reason: String,
	},
}

impl ChainError {
	/// For mapping an error of the client.
	pub fn client<E: std::fmt::Display>(what: &'static str) -> impl FnOnce(E) -> Self {
		move |e| Self::Client { what, reason: e.to_string() }
	}

	/// Whether nothing that follows could be trusted, so that the node must stop.
	pub fn is_fatal(&self) -> bool {
		matches!(self, Self::Conflict { .. } | Self::GoneOn { .. })
	}
}

/// A chain, as the engine sees it.
pub trait Chain: Send + Sync + 'static {
	/// The last final block.
	fn finalised(&self) -> Head;
	/// The certificate that a final block was finalised with, where it is kept.
	fn certificate(&self, height: Height) -> Result<Option<VerifiedCertificate>, ChainError>;
	/// Set and parameters of the height after `hash`, from its state.
	fn rules_after(&self, hash: BlockHash) -> Result<Rules, ChainError>;
	/// The set that an order of the board, which this node was given, replaces after `hash`. [`Chain::rules_after`] names
	/// the new one.
	fn replaced_set(&self, hash: BlockHash) -> Result<Option<ValidatorSet>, ChainError> {
		let _ = hash;
		Ok(None)
	}
	/// Whether the orders that this node was given can hold on its chain, as far as that can be said yet.
	fn check_orders(&self) -> Result<(), ChainError> {
		Ok(())
	}
	/// The members of the next set, if a change is scheduled in the state of `hash`.
	fn scheduled_members(&self, hash: BlockHash) -> Result<Vec<ValidatorId>, ChainError>;
	/// The members of the next era's committee, if it is elected in the state of `hash`. They are connected early, so nothing
	/// depends on what this says.
	fn next_committee(&self, hash: BlockHash) -> Vec<ValidatorId> {
		let _ = hash;
		Vec::new()
	}
	/// The nodes of these validators, as they are registered in the state of `hash`. Nothing depends on it either.
	fn homes(&self, hash: BlockHash, validators: &[ValidatorId]) -> Vec<Home> {
		let _ = (hash, validators);
		Vec::new()
	}
	/// The time of a block in ms, `None` if its state has none (as genesis).
	fn timestamp(&self, hash: BlockHash) -> Result<Option<u64>, ChainError>;
	/// Builds a child of `parent` from the pool, executes it once, and stores it. `None`: there was nothing to order,
	/// and an empty block is not wanted.
	fn build(&self, parent: Head, limits: &BuildLimits) -> Result<Option<BuiltBlock>, ChainError>;
	/// Judges the block in `bytes`, which must be `expected` and a child of `parent`, and stores it when it is valid.
	/// A block that is stored already is valid. The parent has been found valid or is final.
	fn validate(
		&self,
		parent: Head,
		expected: BlockHash,
		bytes: &[u8],
		reproposed: bool,
		parameters: &Parameters,
	) -> Result<ValidBlock, ChainError>;
	/// Whether the block was executed and is in the database.
	fn holds(&self, hash: BlockHash) -> bool;
	/// The encoding of a block that is in the database.
	fn body(&self, hash: BlockHash) -> Option<Arc<Vec<u8>>>;
	/// Makes a block final. Does nothing if it is.
	fn finalise(&self, certificate: &VerifiedCertificate) -> Result<(), ChainError>;
	/// Makes a block final that was never judged here: the certificate is proof enough, execution must still lead to
	/// the header's state.
	fn import_and_finalise(&self, bytes: &[u8], certificate: &VerifiedCertificate) -> Result<(), ChainError>;
	/// Blocks above the last final one, lower ones first. As many as can be of use at most.
	fn unfinalised(&self) -> Vec<Head>;
	/// Forgets a block that was abandoned. Does nothing if it is final, or not here, or if blocks stand on it.
	fn discard(&self, hash: BlockHash);
	/// Tells the other nodes of a block that is final.
	fn announce(&self, hash: BlockHash);
	/// Hands evidence in, so that the chain judges it.
	fn report(&self, evidence: &Equivocation) -> Result<(), ChainError>;
	/// What the chain waits for from a validator, in the state of `hash`. A runtime that knows of no duties has none.
	fn duties(&self, hash: BlockHash, validator: &ValidatorId) -> Result<Vec<Duty>, ChainError>;
	/// Hands in what a validator did, so that a block takes it up. Does nothing if it waits for one already.
	fn hand_in(&self, deed: Deed) -> Result<(), ChainError>;
	/// Whether the node is far behind and knows it.
	fn is_syncing(&self) -> bool;
}
