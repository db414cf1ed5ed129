//! Why the journal does not take a transaction, and what of it could not be read.

use std::{io, path::PathBuf, sync::Arc};
use syndic_primitives::BlockHash;

/// Why the journal cannot be opened, or does not take a transaction.
#[derive(Clone, Debug, thiserror::Error)]
pub enum JournalError {
	/// The disk refused. The journal heals by itself: the next transaction is tried again.
	#[error("cannot {action} {path}: {source}")]
	Io {
		/// What was tried.
		action: &'static str,
		/// On which file or directory.
		path: PathBuf,
		/// What the system said.
		source: Arc<io::Error>,
	},
	/// Another process has it open.
	#[error("the transaction journal in {0} is in use by another process")]
	InUse(PathBuf),
	/// Its limit is reached. Transactions that leave the pool give room back.
	#[error("the transaction journal is full: it would hold {found} {unit}, its limit is {bound}")]
	Full {
		/// How many it would hold.
		found: u64,
		/// How many it may hold.
		bound: u64,
		/// Of what: bytes or transactions.
		unit: &'static str,
	},
	/// One transaction is longer than any may be.
	#[error("a transaction of {found} bytes, the journal takes at most {bound}")]
	TooLong {
		/// Its length.
		found: usize,
		/// The greatest length.
		bound: usize,
	},
	/// The journal has ended.
	#[error("the transaction journal is closed")]
	Closed,
}

/// Makes an [`JournalError::Io`] of what the system said.
pub(super) fn io_error(action: &'static str, path: PathBuf) -> impl FnOnce(io::Error) -> JournalError {
	move |source| JournalError::Io { action, path, source: Arc::new(source) }
}

/// What of a journal could not be used when it was opened. The node runs on with the rest.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
	/// It ends in the middle of an entry, as after a crash. The end was cut off.
	#[error("{path}: the last {bytes} bytes are an incomplete write and were cut off")]
	Torn {
		/// The file.
		path: PathBuf,
		/// Bytes that were cut off.
		bytes: u64,
	},
	/// A part of it is damaged or missing. The file is kept beside the journal with the suffix `.damaged`.
	#[error(
		"{path} is damaged: {transactions} transactions in it, or in files that belong after it, cannot be read; it is \
		 kept as *.damaged"
	)]
	Unreadable {
		/// The file.
		path: PathBuf,
		/// How many transactions are lost, as far as can be told.
		transactions: u64,
	},
	/// It does not begin as a journal does. It is kept with the suffix `.damaged`.
	#[error("{path} is no transaction journal, or its beginning is damaged; it is kept as *.damaged")]
	NotAJournal {
		/// The file.
		path: PathBuf,
	},
	/// It belongs to another chain. It is kept with the suffix `.other-chain`.
	#[error(
		"{path} is the transaction journal of the chain with genesis {found:?}, this node runs {expected:?}; the \
		 {transactions} transactions in it are not offered; it is kept as *.other-chain"
	)]
	OtherChain {
		/// The file.
		path: PathBuf,
		/// The chain it names.
		found: BlockHash,
		/// This node's chain.
		expected: BlockHash,
		/// How many transactions it holds.
		transactions: u64,
	},
	/// It was written by another version of this program. It is kept with the suffix `.other-version`.
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
	/// The disk did not give it out. It is kept with the suffix `.damaged`.
	#[error("cannot read {path}: {source}; it is kept as *.damaged")]
	Io {
		/// The file.
		path: PathBuf,
		/// What the system said.
		source: io::Error,
	},
}
