//! The errors of the store.

use sp_core::H256;
use std::{io, path::PathBuf};

/// Why a payload cannot be stored or read. The store drops no payload to make room for another.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
	/// A file operation failed.
	#[error("cannot {action} {path}: {source}")]
	Io {
		/// The operation.
		action: &'static str,
		/// The file or directory.
		path: PathBuf,
		/// The error of the operating system.
		source: io::Error,
	},
	/// There is no room for these bytes.
	#[error(
		"the store holds {held} bytes, {more} more would exceed its bound of {bound} bytes (--payload-store-mib): purge \
		 payloads, or raise the bound"
	)]
	Full {
		/// Size of the stored files, in bytes.
		held: u64,
		/// Number of bytes to be added.
		more: u64,
		/// Maximum size of the stored files, in bytes.
		bound: u64,
	},
	/// The store holds its maximum number of payloads.
	#[error("the store holds {held} payloads, its bound is {bound}: purge payloads")]
	TooMany {
		/// Number of stored payloads.
		held: usize,
		/// Maximum number of stored payloads.
		bound: usize,
	},
	/// Too many submitted payloads wait for their envelopes.
	#[error("{held} submitted payloads wait for their envelopes to become final, at most {bound} may")]
	TooManySubmitted {
		/// Number of waiting payloads.
		held: usize,
		/// Maximum number of waiting payloads.
		bound: usize,
	},
	/// The ciphertext is too short or too long for an encrypted payload.
	#[error("ciphertext has {found} bytes, must have {least} to {bound}")]
	Length {
		/// Length of the ciphertext, in bytes.
		found: usize,
		/// Minimum length, in bytes.
		least: usize,
		/// Maximum length, in bytes.
		bound: usize,
	},
	/// Another ciphertext is stored for this commitment.
	#[error("another ciphertext is stored for {commitment:?}, its hash is {held:?}: purge it first")]
	Other {
		/// The commitment.
		commitment: H256,
		/// The hash of the stored ciphertext.
		held: H256,
	},
	/// The payload was purged, and is not stored again.
	#[error("the payload of {commitment:?} was purged here")]
	Purged {
		/// The commitment.
		commitment: H256,
	},
	/// A file is damaged. It was set aside.
	#[error("the file of payload {commitment:?} is damaged and was set aside: {reason}")]
	Damaged {
		/// The commitment.
		commitment: H256,
		/// What is wrong with the file.
		reason: String,
	},
}
