//! Errors of requests, and reasons for which a request has no answer.

use crate::{chain::ChainError, params::TransactionRef};
use jsonrpsee::types::{error::INVALID_PARAMS_CODE, ErrorObjectOwned};
use syndic_primitives::{builtin::ReadError, BlockHash, Height};

/// First code of this interface's own errors; far from those of JSON-RPC and of the stock interfaces.
const BASE: i32 = 7000;

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
	/// A parameter that cannot be read.
	#[error("{field} is {value}, must be {expected}")]
	BadParameter {
		/// Its name.
		field: &'static str,
		/// The value that was given, shortened.
		value: String,
		/// The values that are accepted.
		expected: &'static str,
	},
	/// There is no such contract, item or entry.
	#[error(transparent)]
	Read(#[from] ReadError),
	/// No block of that hash is known here.
	#[error("{field} is {hash:?}, no such block is known here")]
	UnknownBlock {
		/// The parameter.
		field: &'static str,
		/// The hash.
		hash: BlockHash,
	},
	/// There is no final block of that height yet.
	#[error("block {height} is not final, the last final block is {finalised}")]
	HeightNotFinal {
		/// The height that was asked for.
		height: Height,
		/// The last final one.
		finalised: Height,
	},
	/// The block is known, but not final.
	#[error("block {height} {hash:?} is not final, the last final block is {finalised}")]
	BlockNotFinal {
		/// Its height.
		height: Height,
		/// Its hash.
		hash: BlockHash,
		/// The last final height.
		finalised: Height,
	},
	/// Genesis has no certificate: it is final from the beginning, without signatures.
	#[error("block 0 is genesis, it has no certificate")]
	Genesis,
	/// The block is final, but this node does not have its certificate.
	#[error("the certificate of block {height} {hash:?} is not kept here{}", if *pruned { ": blocks of that age are pruned" } else { "" })]
	NoCertificate {
		/// Its height.
		height: Height,
		/// Its hash.
		hash: BlockHash,
		/// Whether the block's body is missing here as well.
		pruned: bool,
	},
	/// The state after the block is pruned.
	#[error(
		"the state after block {height} {hash:?} is pruned here: ask a node that keeps it (--state-pruning archive)"
	)]
	Pruned {
		/// Its height.
		height: Height,
		/// Its hash.
		hash: BlockHash,
	},
	/// The block's body is pruned.
	#[error("the body of block {height} {hash:?} is not kept here: blocks of that age are pruned")]
	NoBody {
		/// Its height.
		height: Height,
		/// Its hash.
		hash: BlockHash,
	},
	/// The block has no such transaction.
	#[error("transaction is {transaction}, block {height} has {count} and none of that index or hash")]
	NoTransaction {
		/// The transaction in the request.
		transaction: TransactionRef,
		/// The block's height.
		height: Height,
		/// How many transactions the block has.
		count: usize,
	},
	/// A subscriber reads more slowly than items come.
	#[error("the subscriber was too slow, {lost} items are lost: subscribe again")]
	SubscriberBehind {
		/// How many items are lost.
		lost: u64,
	},
	/// An entry of the database cannot be read.
	#[error("{0}")]
	Database(String),
	/// The keystore has no consensus key.
	#[error("the keystore holds no consensus key: make one with `syndic key generate-consensus`")]
	NoKey,
	/// The keystore has several consensus keys and none was chosen.
	#[error("the keystore holds {0} consensus keys, name one of them as `key`")]
	SeveralKeys(usize),
	/// The chosen key is not in the keystore.
	#[error("key is 0x{0}, the keystore does not hold it")]
	ForeignKey(String),
	/// The keystore failed.
	#[error("the keystore failed: {0}")]
	Keystore(String),
}

impl Error {
	fn code(&self) -> i32 {
		match self {
			Self::BadParameter { .. } | Self::Read(_) => INVALID_PARAMS_CODE,
			Self::UnknownBlock { .. } => BASE + 1,
			Self::HeightNotFinal { .. } | Self::BlockNotFinal { .. } => BASE + 2,
			Self::Genesis | Self::NoCertificate { .. } => BASE + 3,
			Self::Pruned { .. } => BASE + 4,
			Self::Database(_) => BASE + 5,
			Self::NoKey | Self::SeveralKeys(_) | Self::ForeignKey(_) => BASE + 6,
			Self::Keystore(_) => BASE + 7,
			Self::NoBody { .. } => BASE + 4,
			Self::NoTransaction { .. } => BASE + 1,
			Self::SubscriberBehind { .. } => BASE + 8,
		}
	}
}

impl From<ChainError> for Error {
	fn from(error: ChainError) -> Self {
		match error {
			ChainError::Pruned { height, hash } => Self::Pruned { height, hash },
			other => Self::Database(other.to_string()),
		}
	}
}

impl From<Error> for ErrorObjectOwned {
	fn from(error: Error) -> Self {
		ErrorObjectOwned::owned(error.code(), error.to_string(), None::<()>)
	}
}
