//! Evidence: two conflicting signed votes, of which an honest validator signs at most one. Anyone who has the set can
//! check it.

use crate::{crypto::VerifySignature, BlockHash, SignedVote, ValidatorId, ValidatorSet, VoteError};
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;

/// One signer, one (set id, height, view, phase), two blocks.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Equivocation {
	/// The vote that was seen first.
	pub first: SignedVote,
	/// The one that conflicts with it.
	pub second: SignedVote,
}

/// Why evidence is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
	/// The two votes are by different signers, or of different (set, height, view, phase).
	#[error("the two votes do not concern the same signer, height, view and phase")]
	Unrelated,
	/// The two votes agree.
	#[error("the two votes are for the same block")]
	NoConflict,
	/// One of the votes is invalid.
	#[error(transparent)]
	Vote(#[from] VoteError),
}

impl Equivocation {
	/// Checks that the votes conflict and that the same member of `set` signed both. Returns the key of the offender.
	/// Errors: [`EvidenceError`].
	pub fn verify<'s>(
		&self,
		genesis: &BlockHash,
		set: &'s ValidatorSet,
		scheme: &impl VerifySignature,
	) -> Result<&'s ValidatorId, EvidenceError> {
		let (a, b) = (&self.first, &self.second);
		let place = |v: &SignedVote| (v.signer, v.vote.set_id, v.vote.height, v.vote.view, v.vote.phase);
		if place(a) != place(b) {
			return Err(EvidenceError::Unrelated);
		}
		if a.vote.block_hash == b.vote.block_hash {
			return Err(EvidenceError::NoConflict);
		}
		a.verify(genesis, set, scheme)?;
		Ok(b.verify(genesis, set, scheme)?)
	}
}
