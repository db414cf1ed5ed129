//! Why something cannot be stored or read.

use sp_core::H256;
use std::{io, path::PathBuf};

/// Why something cannot be stored or read. Nothing is dropped to make room.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
	/// The disk refused.
	#[error("cannot {action} {path}: {source}")]
	Io {
		/// What was tried.
		action: &'static str,
		/// On which file or directory.
		path: PathBuf,
		/// What the system said.
		source: io::Error,
	},
	/// There is no room for so many bytes.
	#[error(
		"the store holds {held} bytes, {more} more would exceed its bound of {bound} bytes (--payload-store-mib): purge \
		 payloads, or raise the bound"
	)]
	Full {
		/// How many bytes it holds.
		held: u64,
		/// How many were to be added.
		more: u64,
		/// How many it may hold.
		bound: u64,
	},
	/// There is no room for one more.
	#[error("the store holds {held} payloads, its bound is {bound}: purge payloads")]
	TooMany {
		/// How many it holds.
		held: usize,
		/// How many it may hold.
		bound: usize,
	},
	/// Too many wait for their envelopes.
	#[error("{held} submitted payloads wait for their envelopes to become final, at most {bound} may")]
	TooManySubmitted {
		/// How many wait.
		held: usize,
		/// How many may.
		bound: usize,
	},
	/// It is no length of an encrypted payload.
	#[error("ciphertext has {found} bytes, must have {least} to {bound}")]
	Length {
		/// How many bytes it has.
		found: usize,
		/// How many it must have.
		least: usize,
		/// How many it may have.
		bound: usize,
	},
	/// Another ciphertext was submitted for this commitment.
	#[error("another ciphertext is stored for {commitment:?}, its hash is {held:?}: purge it first")]
	Other {
		/// The commitment.
		commitment: H256,
		/// The hash of what is stored.
		held: H256,
	},
	/// It was purged, and is not taken again.
	#[error("the payload of {commitment:?} was purged here")]
	Purged {
		/// The commitment.
		commitment: H256,
	},
	/// A file is not what was written. It was set aside.
	#[error("the file of payload {commitment:?} is damaged and was set aside: {reason}")]
	Damaged {
		/// The commitment.
		commitment: H256,
		/// What is wrong.
		reason: String,
	},
}
