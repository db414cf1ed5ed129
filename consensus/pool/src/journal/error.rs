//! Why the journal refuses a transaction, and which of its contents could not be read.

use std::{io, path::PathBuf, sync::Arc};
use syndic_primitives::BlockHash;

/// Why the journal cannot be opened, or does not take a transaction.
#[derive(Clone, Debug, thiserror::Error)]
pub enum JournalError {
	/// The disk refused. The journal recovers by itself: with the next transaction it tries again.
	#[error("cannot {action} {path}: {source}")]
	Io {
		/// The action that failed.
		action: &'static str,
		/// The file or directory.
		path: PathBuf,
		/// The system's error.
		source: Arc<io::Error>,
	},
	/// Another process has the journal open.
	#[error("the transaction journal in {0} is in use by another process")]
	InUse(PathBuf),
	/// The journal has reached its limit. Transactions that leave the pool free room.
	#[error("the transaction journal is full: it would hold {found} {unit}, its limit is {bound}")]
	Full {
		/// How many bytes or transactions it would hold.
		found: u64,
		/// The bound in the same unit.
		bound: u64,
		/// The unit: bytes or transactions.
		unit: &'static str,
	},
	/// The transaction is longer than the longest that the journal takes.
	#[error("a transaction of {found} bytes, the journal takes at most {bound}")]
	TooLong {
		/// Its length in bytes.
		found: usize,
		/// The greatest length in bytes.
		bound: usize,
	},
	/// The journal is closed.
	#[error("the transaction journal is closed")]
	Closed,
}

/// Makes a [`JournalError::Io`] of the system's error.
pub(super) fn io_error(action: &'static str, path: PathBuf) -> impl FnOnce(io::Error) -> JournalError {
	move |source| JournalError::Io { action, path, source: Arc::new(source) }
}

/// Contents of a journal that could not be used when it was opened. The node continues with the rest.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
	/// The file ends in the middle of an entry, as after a crash. The incomplete entry was cut off.
	#[error("{path}: the last {bytes} bytes are an incomplete write and were cut off")]
	Torn {
		/// The file.
		path: PathBuf,
		/// The number of bytes that were cut off.
		bytes: u64,
	},
	/// A part of the file is damaged or missing. The file is kept beside the journal with the suffix `.damaged`.
	#[error(
		"{path} is damaged: {transactions} transactions in it, or in files that belong after it, cannot be read; it is \
		 kept as *.damaged"
	)]
	Unreadable {
		/// The file.
		path: PathBuf,
		/// How many transactions are lost, estimated from the numbers of frames.
		transactions: u64,
	},
	/// The file does not begin with a journal's header. It is kept with the suffix `.damaged`.
	#[error("{path} is no transaction journal, or its beginning is damaged; it is kept as *.damaged")]
	NotAJournal {
		/// The file.
		path: PathBuf,
	},
	/// The file belongs to another chain. It is kept with the suffix `.other-chain`.
	#[error(
		"{path} is the transaction journal of the chain with genesis {found:?}, this node runs {expected:?}; the \
		 {transactions} transactions in it are not offered; it is kept as *.other-chain"
	)]
	OtherChain {
		/// The file.
		path: PathBuf,
		/// Genesis hash in the file.
		found: BlockHash,
		/// Genesis hash of this node's chain.
		expected: BlockHash,
		/// How many transactions the file holds.
		transactions: u64,
	},
	/// The file was written by another version of this program. It is kept with the suffix `.other-version`.
	#[error(
		"{path} has format version {found}, this program reads version {supported}; it is kept as *.other-version"
	)]
	Version {
		/// The file.
		path: PathBuf,
		/// Its version.
		found: u32,
		/// The version that can be read.
		supported: u32,
	},
	/// The disk could not read the file. It is kept with the suffix `.damaged`.
	#[error("cannot read {path}: {source}; it is kept as *.damaged")]
	Io {
		/// The file.
		path: PathBuf,
		/// The system's error.
		source: io::Error,
	},
}
