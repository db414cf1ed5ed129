//! Why a log cannot be opened or written.

use std::{io, path::PathBuf};
use syndic_primitives::{BlockHash, ValidatorId};

/// Why a log cannot be opened or written. No such error is repaired silently: an operator has to decide.
#[derive(Debug, thiserror::Error)]
pub enum WalError {
	/// An operation on the disk failed.
	#[error("cannot {action} {path}: {source}")]
	Io {
		/// The operation.
		action: &'static str,
		/// The file or directory.
		path: PathBuf,
		/// The system's error.
		source: io::Error,
	},
	/// Another process has the log open.
	#[error("the write-ahead log in {0} is in use by another process; one validator must not run twice")]
	InUse(PathBuf),
	/// The log belongs to another chain.
	#[error("{path} is the write-ahead log of the chain with genesis {found:?}, this node runs {expected:?}")]
	OtherChain {
		/// The file.
		path: PathBuf,
		/// The chain it names.
		found: BlockHash,
		/// This node's chain.
		expected: BlockHash,
	},
	/// The log belongs to another validator.
	#[error("{path} is the write-ahead log of the consensus key {found}, this node's key is {expected}")]
	OtherKey {
		/// The file.
		path: PathBuf,
		/// The key it names.
		found: ValidatorId,
		/// This node's key.
		expected: ValidatorId,
	},
	/// The log was written by another version of this program.
	#[error("{path} has format version {found}, this program reads version {supported}")]
	Version {
		/// The file.
		path: PathBuf,
		/// Its version.
		found: u32,
		/// The version that can be read.
		supported: u32,
	},
	/// The log is damaged in a place where no crash can have damaged it: entries that were durable are lost.
	#[error(
		"{path} is damaged at byte {offset}: {problem}. A crash does not explain this, so nothing was cut. Without the \
		 log this validator could contradict votes that it sent; restore it, or give the validator a new key"
	)]
	Corrupt {
		/// The file.
		path: PathBuf,
		/// The offset of the damage, in bytes.
		offset: u64,
		/// What is wrong.
		problem: String,
	},
	/// A segment before the last one is missing.
	#[error("segment {missing} of the write-ahead log is missing in {dir}")]
	Gap {
		/// The directory.
		dir: PathBuf,
		/// The number that is missing.
		missing: u64,
	},
	/// The entries do not fit into one frame. Nothing was written.
	#[error("{found} bytes at once, at most {bound} can be appended")]
	TooLong {
		/// The length of the entries, in bytes.
		found: usize,
		/// The maximum length, in bytes.
		bound: usize,
	},
	/// An earlier append failed, so what is on the disk is unknown.
	#[error("an earlier write to the log failed; nothing more is written until the node is restarted")]
	Poisoned,
}
