//! What the engine needs of a chain. Every call may block, so the engine makes these calls outside its own task.

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

/// The node of a validator, and where it can be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
	/// The peer id of its node.
	pub peer: PeerId,
	/// The addresses at which that node listens. They are not proven.
	pub addresses: Vec<String>,
}

/// The limits within which a block is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildLimits {
	/// The parameters of its height.
	pub parameters: Parameters,
	/// How long applying transactions may take. The block holds the transactions that were applied by then.
	pub time: Duration,
	/// Maximum size of the encoded block, in bytes.
	pub bytes: usize,
	/// Whether a block without transactions is wanted.
	pub allow_empty: bool,
	/// Certificates of earlier heights, ascending: the block reports who committed them.
	pub commits: Vec<Certificate>,
}

/// A block that was built, executed, and stored in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltBlock {
	/// Its height and hash.
	pub head: Head,
	/// Its header.
	pub header: Header,
	/// Its timestamp in ms since 1970. `None` if its state has none.
	pub timestamp: Option<u64>,
	/// Its SCALE encoding.
	pub bytes: Arc<Vec<u8>>,
	/// How many transactions it holds, inherents not counted.
	pub transactions: usize,
}

/// A block that was found valid, executed, and stored in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidBlock {
	/// Its header.
	pub header: Header,
	/// Its timestamp in ms since 1970.
	pub timestamp: u64,
}

/// Why a proposal is not acceptable. Its leader will be replaced.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBlock {
	/// The bytes do not decode as a block.
	#[error("not a block: {0}")]
	Malformed(String),
	/// The bytes are another block than the one that was proposed.
	#[error("block {found}, proposed was {expected}")]
	WrongHash {
		/// The block that came.
		found: BlockHash,
		/// The block that was proposed.
		expected: BlockHash,
	},
	/// The block is not the child of the block on which it was proposed.
	#[error("block {found_height} on {found}, it should stand on {parent}")]
	NotAChild {
		/// Its height.
		found_height: Height,
		/// Its parent.
		found: BlockHash,
		/// What its parent should be.
		parent: Head,
	},
	/// The header's extrinsics root is not that of the body.
	#[error("the extrinsics' root is {computed}, the header says {found}")]
	ExtrinsicsRoot {
		/// What the header says.
		found: BlockHash,
		/// What the body has.
		computed: BlockHash,
	},
	/// Execution gave another state root than the header's.
	#[error("the state root is {computed}, the header says {found}")]
	StateRoot {
		/// What the header says.
		found: BlockHash,
		/// What execution gave.
		computed: BlockHash,
	},
	/// The runtime failed to execute the block.
	#[error("execution failed: {0}")]
	Execution(String),
	/// Its inherents are wrong.
	#[error("inherents: {0}")]
	Inherents(String),
	/// The block holds more transactions than the parameters allow.
	#[error("{found} transactions, at most {bound} are allowed")]
	TooManyTransactions {
		/// How many there are.
		found: usize,
		/// How many there may be.
		bound: u32,
	},
	/// The block's timestamp is too far ahead of this node's clock.
	#[error("timestamp {timestamp} is {ahead} ms ahead of this node's clock, at most {bound} are allowed")]
	FromTheFuture {
		/// Its time, in ms.
		timestamp: u64,
		/// By how many ms it is ahead.
		ahead: u64,
		/// By how many ms it may be ahead.
		bound: u32,
	},
	/// The block's timestamp follows its parent's too soon.
	#[error("timestamp {timestamp} is {after} ms after its parent's, the block period is {bound}")]
	TooSoon {
		/// Its time, in ms.
		timestamp: u64,
		/// The time since its parent's timestamp, in ms.
		after: u64,
		/// The block period, in ms.
		bound: u32,
	},
	/// The header is too long to be voted on: the votes of a view change carry it.
	#[error("a header of {found} bytes, at most {bound} are allowed")]
	HeaderTooLong {
		/// Its length, in bytes.
		found: usize,
		/// The maximum length, in bytes.
		bound: usize,
	},
	/// The block sets no timestamp.
	#[error("it sets no timestamp")]
	NoTimestamp,
	/// The state after the block has no valid rules for the next height.
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
	/// The block carries out an order of the board that this node was not given.
	#[error("it carries out a recovery order after block {after}, which this node was not given (--recovery)")]
	UnknownRecovery {
		/// The block that the order names.
		after: Height,
	},
}

impl InvalidBlock {
	/// Whether the bytes are not the body of the proposed block. Then nothing is known yet about the block itself.
	pub fn is_corrupt_body(&self) -> bool {
		matches!(self, Self::Malformed(_) | Self::WrongHash { .. } | Self::ExtrinsicsRoot { .. })
	}
}

/// Why a chain could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
	/// A storage item that the consensus needs is missing in the state.
	#[error("{pallet}.{item} is missing in the state of block {at}")]
	ItemMissing {
		/// The pallet.
		pallet: &'static str,
		/// The item.
		item: &'static str,
		/// The block in whose state it was looked for.
		at: BlockHash,
	},
	/// A storage item that the consensus needs cannot be used: it does not decode, or is invalid.
	#[error("{pallet}.{item} in the state of block {at} is not what it should be: {reason}")]
	ItemUndecodable {
		/// The pallet.
		pallet: &'static str,
		/// The item.
		item: &'static str,
		/// The block in whose state it is.
		at: BlockHash,
		/// What is wrong.
		reason: String,
	},
	/// The chain runs a version of the protocol that this engine does not know.
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
	/// A block was to become final before its parent.
	#[error("block {block} cannot be final before its parent; final is {finalised}")]
	OutOfOrder {
		/// The block.
		block: Head,
		/// The last final one.
		finalised: Head,
	},
	/// The certificate is invalid.
	#[error(transparent)]
	Certificate(#[from] CertificateError),
	/// The certificate cannot be verified: the block's header says that an order of the board, which this node was not
	/// given, has put another set in force.
	#[error(
		"block {block} says that the board has replaced set {set_id} after the block below it (recovery). Set {set_id} has not \
		 decided it ({error}). If the board has ordered this, start the node with the order: --recovery FILE"
	)]
	OrderNeeded {
		/// The block.
		block: Head,
		/// The set that the state of its parent names.
		set_id: SetId,
		/// Why its certificate is invalid as a certificate by that set.
		error: CertificateError,
	},
	/// An order of the board is invalid on this chain.
	#[error("the recovery order for block {height}: {error}")]
	Order {
		/// The height that it names.
		height: Height,
		/// What is wrong with it.
		error: RecoveryError,
	},
	/// The set that an order replaces has decided the next block, so it had not lost its quorum, or the order does not
	/// name the last block.
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
	/// The block is invalid.
	#[error(transparent)]
	Invalid(#[from] InvalidBlock),
	/// The client or its database failed.
	#[error("{what}: {reason}")]
	Client {
		/// The operation that failed.
		what: &'static str,
		/// What went wrong.
		reason: String,
	},
}

impl ChainError {
	/// Returns a function for `map_err` that wraps an error of the client.
	pub fn client<E: std::fmt::Display>(what: &'static str) -> impl FnOnce(E) -> Self {
		move |e| Self::Client { what, reason: e.to_string() }
	}

	/// Whether the node must stop, because nothing after this error could be trusted.
	pub fn is_fatal(&self) -> bool {
		matches!(self, Self::Conflict { .. } | Self::GoneOn { .. })
	}
}

/// A chain, as the engine sees it.
pub trait Chain: Send + Sync + 'static {
	/// The last final block.
	fn finalised(&self) -> Head;
	/// The certificate with which a final block was finalised, if it is kept.
	fn certificate(&self, height: Height) -> Result<Option<VerifiedCertificate>, ChainError>;
	/// Set and parameters of the height after `hash`, from the state of `hash`.
	fn rules_after(&self, hash: BlockHash) -> Result<Rules, ChainError>;
	/// The set that an order of the board replaces after `hash`, if this node was given such an order.
	/// [`Chain::rules_after`] names the new set.
	fn replaced_set(&self, hash: BlockHash) -> Result<Option<ValidatorSet>, ChainError> {
		let _ = hash;
		Ok(None)
	}
	/// Whether the orders that this node was given can be valid on its chain, to the extent that the present chain can
	/// tell.
	fn check_orders(&self) -> Result<(), ChainError> {
		Ok(())
	}
	/// The members of the next set, if a change is scheduled in the state of `hash`.
	fn scheduled_members(&self, hash: BlockHash) -> Result<Vec<ValidatorId>, ChainError>;
	/// The members of the next era's committee, if it is elected in the state of `hash`. The engine uses them only to
	/// connect early; no decision of the consensus depends on them.
	fn next_committee(&self, hash: BlockHash) -> Vec<ValidatorId> {
		let _ = hash;
		Vec::new()
	}
	/// The nodes of these validators, as registered in the state of `hash`. They are used for connections only, like
	/// [`Chain::next_committee`].
	fn homes(&self, hash: BlockHash, validators: &[ValidatorId]) -> Vec<Home> {
		let _ = (hash, validators);
		Vec::new()
	}
	/// The timestamp of a block in ms. `None` if its state has none, as genesis.
	fn timestamp(&self, hash: BlockHash) -> Result<Option<u64>, ChainError>;
	/// Builds a child of `parent` from the pool, executes it once, and stores it. `None` if there is no transaction to
	/// order and an empty block is not allowed.
	fn build(&self, parent: Head, limits: &BuildLimits) -> Result<Option<BuiltBlock>, ChainError>;
	/// Validates the block in `bytes`, which must be `expected` and a child of `parent`, and stores it if it is valid.
	/// A block that is stored already is not executed again. The parent must have been found valid or be final.
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
	/// Makes a block final. Does nothing if it is final already.
	fn finalise(&self, certificate: &VerifiedCertificate) -> Result<(), ChainError>;
	/// Makes a block final that was never validated here. The certificate is proof enough that the block is valid;
	/// execution must still lead to the header's state root.
	fn import_and_finalise(&self, bytes: &[u8], certificate: &VerifiedCertificate) -> Result<(), ChainError>;
	/// Blocks above the last final one, by ascending height, in a bounded number.
	fn unfinalised(&self) -> Vec<Head>;
	/// Removes an abandoned block from the database. Does nothing if the block is final or not in the database, or if
	/// blocks stand on it.
	fn discard(&self, hash: BlockHash);
	/// Announces a final block to the other nodes.
	fn announce(&self, hash: BlockHash);
	/// Submits evidence to the chain, which verifies and punishes.
	fn report(&self, evidence: &Equivocation) -> Result<(), ChainError>;
	/// The duties that the chain waits for from a validator, in the state of `hash`. Empty if the runtime knows no
	/// duties.
	fn duties(&self, hash: BlockHash, validator: &ValidatorId) -> Result<Vec<Duty>, ChainError>;
	/// Submits a deed to the pool, so that a block includes it. Does nothing if the pool holds it already.
	fn hand_in(&self, deed: Deed) -> Result<(), ChainError>;
	/// Whether the node is in major sync, far behind the other nodes.
	fn is_syncing(&self) -> bool;
}
