//! Why a pool refuses a transaction, in the words that clients know.

use crate::{book::Refused, chain::ChainError, held::Origin, journal::JournalError, queue::NotJudged};
use sc_transaction_pool_api::error::{Error as Known, IntoPoolError};
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError};

/// Why a transaction is not taken in.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
	/// What every client of the SDK knows.
	#[error(transparent)]
	Known(#[from] Known),
	/// More of its class is ready than becomes final within some seconds.
	#[error("the chain does not keep up: the transaction was not taken in, and may be offered again")]
	Behind,
	/// The chain cannot tell whether it is valid.
	#[error(transparent)]
	Chain(#[from] ChainError),
	/// It could not be kept for sure.
	#[error("the transaction cannot be kept: {0}. Nothing has been accepted; send it again later, or to another node")]
	Journal(#[from] JournalError),
	/// What a peer has sent finds no place here. The peer has done nothing wrong.
	#[error("no room for a peer's transaction: {0}")]
	OfPeer(Box<Known>),
}

impl IntoPoolError for PoolError {
	fn into_pool_error(self) -> Result<Known, Self> {
		match self {
			Self::Known(known) => Ok(known),
			Self::Behind => Ok(Known::ImmediatelyDropped),
			other => Err(other),
		}
	}
}

impl PoolError {
	/// As metrics name it.
	pub fn label(&self) -> &'static str {
		match self {
			Self::Known(known) => label(known),
			Self::OfPeer(known) => label(known),
			Self::Behind => "behind",
			Self::Chain(_) => "chain",
			Self::Journal(_) => "journal",
		}
	}

	/// A refusal by the book.
	pub(crate) fn refused(refused: Refused, hash: syndic_primitives::BlockHash) -> Self {
		let known = match refused {
			Refused::Known => Known::AlreadyImported(Box::new(hash)),
			Refused::Used { .. } => Known::InvalidTransaction(InvalidTransaction::Stale),
			Refused::TooFarAhead { .. } => Known::InvalidTransaction(InvalidTransaction::Future),
			Refused::TooLow { old, new } => Known::TooLowPriority { old, new },
			Refused::AccountFull { .. }
			| Refused::TooManyWaiting { .. }
			| Refused::AllTooManyWaiting
			| Refused::InstitutionFull(_) => Known::ImmediatelyDropped,
		};
		known.into()
	}

	/// A refusal by the runtime.
	pub(crate) fn invalid(error: TransactionValidityError) -> Self {
		match error {
			TransactionValidityError::Invalid(invalid) => Known::InvalidTransaction(invalid).into(),
			TransactionValidityError::Unknown(unknown) => Known::UnknownTransaction(unknown).into(),
		}
	}

	/// As it is told to whoever handed the transaction in. The SDK takes each refusal for a fault of the peer that sent the
	/// transaction; but a pool that is full, a nonce that has been used meanwhile, an account that was frozen a block ago
	/// are nobody's fault.
	pub(crate) fn told_to(self, origin: Origin) -> Self {
		match (self, origin) {
			(Self::Known(known), Origin::Peer) if !is_fault(&known) => Self::OfPeer(Box::new(known)),
			(other, _) => other,
		}
	}
}

impl From<NotJudged> for PoolError {
	fn from(not: NotJudged) -> Self {
		match not {
			NotJudged::Busy => Known::ImmediatelyDropped.into(),
			NotJudged::Chain(error) => error.into(),
		}
	}
}

/// Whether no honest node can have accepted it, or the answer is no refusal.
fn is_fault(known: &Known) -> bool {
	match known {
		Known::InvalidTransaction(invalid) => matches!(
			invalid,
			InvalidTransaction::BadProof
				| InvalidTransaction::BadSigner
				| InvalidTransaction::Call
				| InvalidTransaction::MandatoryValidation
		),
		Known::AlreadyImported(_) | Known::NoTagsProvided => true,
		_ => false,
	}
}

fn label(known: &Known) -> &'static str {
	match known {
		Known::UnknownTransaction(_) => "unknown",
		Known::InvalidTransaction(InvalidTransaction::Stale) => "stale",
		Known::InvalidTransaction(InvalidTransaction::Future) => "future",
		Known::InvalidTransaction(_) => "invalid",
		Known::NoTagsProvided => "no_tags",
		Known::AlreadyImported(_) => "known",
		Known::TooLowPriority { .. } => "too_low_priority",
		Known::ImmediatelyDropped => "full",
		_ => "other",
	}
}
