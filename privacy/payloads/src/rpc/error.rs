//! What can be wrong with a question, and what can stand in the way of the answer.

use crate::{chain::ChainError, store::StoreError};
use jsonrpsee::types::{error::INVALID_PARAMS_CODE, ErrorObjectOwned};
use sc_network::PeerId;
use sp_core::H256;
use syndic_primitives::{peer::InstitutionId, Height};

/// First code of this interface's own errors; behind those of the consensus.
const BASE: i32 = 7100;

/// Why a question has no answer, or an order was not followed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// A parameter that can't be read. What it is is not repeated, for it may be a payload.
	#[error("{field} must be {expected}, was given {found}")]
	BadParameter {
		/// Its name.
		field: &'static str,
		/// What was given: its kind or its length.
		found: String,
		/// What is accepted.
		expected: &'static str,
	},
	/// There is no such envelope.
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
	/// The payload is not for this node.
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
	/// The payload has not come yet.
	#[error(
		"the payload of {commitment:?} is not here yet: {asked} nodes of institutions {readers:?} could be asked in the last \
		 of {attempts} attempts{}",
		if *off { "; the payload service is off (privacy_setService)" } else { "" }
	)]
	NotHere {
		/// The commitment.
		commitment: H256,
		/// How many nodes could be asked last.
		asked: usize,
		/// How often others were asked.
		attempts: u32,
		/// The institutions whose nodes may have it.
		readers: Vec<InstitutionId>,
		/// Whether nobody is asked at all.
		off: bool,
	},
	/// It was removed.
	#[error("the payload of {commitment:?} was purged here at block {height} (cause: {cause}); the commitment stays on chain")]
	Purged {
		/// The commitment.
		commitment: H256,
		/// The last final height then.
		height: Height,
		/// Why.
		cause: &'static str,
	},
	/// The envelope is final, and has another ciphertext.
	#[error(
		"ciphertext has {found_length} bytes and hash {found:?}, the envelope's has {length} bytes and hash {expected:?}"
	)]
	WrongCiphertext {
		/// What was given.
		found: H256,
		/// Its length.
		found_length: usize,
		/// What the envelope says.
		expected: H256,
		/// And of its length.
		length: u32,
	},
	/// Nobody would fetch it from here.
	#[error(
		"this node takes no payloads: its PeerId {0} is registered for no institution, so no node would ask it for them \
		 (nodes.registerNode)"
	)]
	NoInstitution(PeerId),
	/// The service is off.
	#[error("the payload service of this node is off (privacy_setService)")]
	Off,
	/// The runtime is too old.
	#[error("the runtime of this chain does not know of private transactions")]
	NotSupported,
	/// The store refused.
	#[error(transparent)]
	Store(#[from] StoreError),
	/// The chain did not answer.
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
