//! Why a pool refuses a transaction, in the SDK's errors where clients know them.

use crate::{book::Refused, chain::ChainError, held::Origin, journal::JournalError, queue::NotJudged};
use sc_transaction_pool_api::error::{Error as Known, IntoPoolError};
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError};

/// Why a transaction is not taken into the pool.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
	/// An error that the SDK defines, and that its clients know.
	#[error(transparent)]
	Known(#[from] Known),
	/// More transactions of its class are ready than become final within some seconds.
	#[error("the chain does not keep up: the transaction was not taken in, and may be offered again")]
	Behind,
	/// The chain cannot tell whether the transaction is valid.
	#[error(transparent)]
	Chain(#[from] ChainError),
	/// The transaction could not be written to the journal.
	#[error("the transaction cannot be kept: {0}. Nothing has been accepted; send it again later, or to another node")]
	Journal(#[from] JournalError),
	/// There is no room for a peer's transaction, or it is refused without a fault of the peer.
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
	/// The label in metrics.
	pub fn label(&self) -> &'static str {
		match self {
			Self::Known(known) => label(known),
			Self::OfPeer(known) => label(known),
			Self::Behind => "behind",
			Self::Chain(_) => "chain",
			Self::Journal(_) => "journal",
		}
	}

	/// Makes an error of a refusal by the book.
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

	/// Makes an error of a refusal by the runtime.
	pub(crate) fn invalid(error: TransactionValidityError) -> Self {
		match error {
			TransactionValidityError::Invalid(invalid) => Known::InvalidTransaction(invalid).into(),
			TransactionValidityError::Unknown(unknown) => Known::UnknownTransaction(unknown).into(),
		}
	}

	/// The error as the source of the transaction is told. The SDK takes each refusal for a fault of the peer that sent
	/// the transaction. But a full pool, a nonce that has been used meanwhile or an account that was frozen a block ago
	/// is not the peer's fault.
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

/// Whether the SDK may see the error about a peer's transaction as it is: no honest node can have accepted the
/// transaction, or the answer is no refusal.
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
