//! The errors of the JSON-RPC methods, and their codes.

use crate::{chain::ChainError, store::StoreError};
use jsonrpsee::types::{error::INVALID_PARAMS_CODE, ErrorObjectOwned};
use sc_network::PeerId;
use sp_core::H256;
use syndic_primitives::{peer::InstitutionId, Height};

/// The codes of this interface's own errors are `BASE` + 1 and greater. They follow those of the consensus.
const BASE: i32 = 7100;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// A parameter is malformed. The message does not repeat its value, because that may be a payload.
	#[error("{field} must be {expected}, was given {found}")]
	BadParameter {
		/// The parameter's name.
		field: &'static str,
		/// The kind or the length of the value that was given.
		found: String,
		/// The form that is accepted.
		expected: &'static str,
	},
	/// No final envelope has this commitment.
	#[error(
		"commitment is {commitment:?}, no final envelope has it{}",
		if *submitted { "; its payload was submitted here and waits for it" } else { "" }
	)]
	UnknownEnvelope {
		/// The commitment.
		commitment: H256,
		/// Whether a payload was submitted for it.
		submitted: bool,
	},
	/// This node's institution is none of the envelope's readers.
	#[error(
		"commitment is {commitment:?}, its payload is not for this node: its institution ({}) is none of the envelope's readers",
		institution.map_or("none".to_string(), |institution| institution.to_string())
	)]
	NotReader {
		/// The commitment.
		commitment: H256,
		/// This node's institution.
		institution: Option<InstitutionId>,
	},
	/// The payload is for this node, and is not stored here yet.
	#[error(
		"the payload of {commitment:?} is not here yet: {asked} nodes of institutions {readers:?} could be asked in the last \
		 of {attempts} attempts{}",
		if *off { "; the payload service is off (privacy_setService)" } else { "" }
	)]
	NotHere {
		/// The commitment.
		commitment: H256,
		/// Number of nodes that could be asked in the last attempt.
		asked: usize,
		/// Number of attempts to fetch the payload.
		attempts: u32,
		/// The institutions whose nodes may have the payload.
		readers: Vec<InstitutionId>,
		/// Whether the service is off, so that no node is asked.
		off: bool,
	},
	/// The payload was purged here.
	#[error("the payload of {commitment:?} was purged here at block {height} (cause: {cause}); the commitment stays on chain")]
	Purged {
		/// The commitment.
		commitment: H256,
		/// The last final height when the payload was purged.
		height: Height,
		/// Why the payload was purged.
		cause: &'static str,
	},
	/// The envelope is final, and states another ciphertext.
	#[error(
		"ciphertext has {found_length} bytes and hash {found:?}, the envelope's has {length} bytes and hash {expected:?}"
	)]
	WrongCiphertext {
		/// Hash of the ciphertext that was given.
		found: H256,
		/// Length of the ciphertext that was given, in bytes.
		found_length: usize,
		/// Hash of the ciphertext in the envelope.
		expected: H256,
		/// Length of the ciphertext in the envelope, in bytes.
		length: u32,
	},
	/// This node is registered for no institution, so that no other node would fetch a payload from it.
	#[error(
		"this node takes no payloads: its PeerId {0} is registered for no institution, so no node would ask it for them \
		 (nodes.registerNode)"
	)]
	NoInstitution(PeerId),
	/// The service is off.
	#[error("the payload service of this node is off (privacy_setService)")]
	Off,
	/// The runtime has no private transactions; it is too old.
	#[error("the runtime of this chain does not know of private transactions")]
	NotSupported,
	/// The store refused the payload, or failed.
	#[error(transparent)]
	Store(#[from] StoreError),
	/// A query of the chain's state failed.
	#[error(transparent)]
	Chain(#[from] ChainError),
}

impl Error {
	fn code(&self) -> i32 {
		match self {
			Self::BadParameter { .. } | Self::WrongCiphertext { .. } => INVALID_PARAMS_CODE,
			Self::Store(StoreError::Length { .. }) => INVALID_PARAMS_CODE,
			Self::UnknownEnvelope { .. } => BASE + 1,
			Self::NotReader { .. } => BASE + 2,
			Self::NotHere { .. } => BASE + 3,
			Self::Purged { .. } | Self::Store(StoreError::Purged { .. }) => BASE + 4,
			Self::Off => BASE + 5,
			Self::NoInstitution(_) => BASE + 6,
			Self::NotSupported => BASE + 7,
			Self::Store(StoreError::Other { .. }) => BASE + 8,
			Self::Store(_) => BASE + 9,
			Self::Chain(_) => BASE + 10,
		}
	}
}

impl From<Error> for ErrorObjectOwned {
	fn from(error: Error) -> Self {
		ErrorObjectOwned::owned(error.code(), error.to_string(), None::<()>)
	}
}
