//! Votes: what a validator signs.

use crate::{
	crypto::VerifySignature, BlockHash, Height, SetId, SignerIndex, ValidatorId, ValidatorSet, ValidatorSignature, View,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// Separates vote signatures from everything else that a consensus key signs.
const VOTE_DOMAIN: &[u8; 19] = b"syndic/pbft/vote/v1";

/// What a signature on a block says. (Castro and Liskov, *Practical Byzantine Fault Tolerance*, OSDI 1999, §4.2.)
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Hash,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
	/// As the leader of this view I propose the block.
	#[codec(index = 0)]
	PrePrepare,
	/// The block is valid and I hold it.
	#[codec(index = 1)]
	Prepare,
	/// I hold a quorum of prepares for it and am locked on it.
	#[codec(index = 2)]
	Commit,
}

/// A statement about one block. What is signed also names the chain and the set: see [`Vote::payload`].
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Hash,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
// Libraries decode every `*::vote::Vote` as a vote in a referendum.
#[scale_info(replace_segment("vote", "pbft"))]
pub struct Vote {
	/// The set that the signer's position counts in.
	pub set_id: SetId,
	/// The height that is decided.
	pub height: Height,
	/// The view in which it is.
	pub view: View,
	/// What is said.
	pub phase: Phase,
	/// The block of which it is said.
	pub block_hash: BlockHash,
}

impl Vote {
	/// The bytes that are signed: domain, genesis hash, set id, height, view, phase, block hash, in SCALE.
	pub fn payload(&self, genesis: &BlockHash) -> Vec<u8> {
		(VOTE_DOMAIN, genesis, self).encode()
	}
}

/// Why a vote is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VoteError {
	/// The vote is for another set.
	#[error("vote is for set {found}, not set {expected}")]
	WrongSet {
		/// The set that the vote names.
		found: SetId,
		/// The set that the vote was checked against.
		expected: SetId,
	},
	/// The set has no such member.
	#[error("signer {signer} is not one of {members} members")]
	UnknownSigner {
		/// The position that the vote names.
		signer: SignerIndex,
		/// The size of the set.
		members: usize,
	},
	/// The signature is not the signer's.
	#[error("bad signature by signer {signer}")]
	BadSignature {
		/// The position that the vote names.
		signer: SignerIndex,
	},
}

/// A vote as it travels; not checked yet.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct SignedVote {
	/// What is said.
	pub vote: Vote,
	/// By whom.
	pub signer: SignerIndex,
	/// Over [`Vote::payload`].
	pub signature: ValidatorSignature,
}

impl SignedVote {
	/// Checks set, membership and signature, the cheap checks first. Returns the signer's key. Errors: [`VoteError`].
	pub fn verify<'s>(
		&self,
		genesis: &BlockHash,
		set: &'s ValidatorSet,
		scheme: &impl VerifySignature,
	) -> Result<&'s ValidatorId, VoteError> {
		if self.vote.set_id != set.id() {
			return Err(VoteError::WrongSet { found: self.vote.set_id, expected: set.id() });
		}
		let signer =
			set.member(self.signer).ok_or(VoteError::UnknownSigner { signer: self.signer, members: set.size() })?;
		if !scheme.verify(signer, &self.vote.payload(genesis), &self.signature) {
			return Err(VoteError::BadSignature { signer: self.signer });
		}
		Ok(signer)
	}
}
