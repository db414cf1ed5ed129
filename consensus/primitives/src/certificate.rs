//! Certificates: a quorum of votes for one statement. A *prepared certificate* locks a validator on the block; a
//! *commit certificate* is the block's justification.

use crate::{
	crypto::VerifySignature, BlockHash, Height, Phase, SetId, SignerIndex, ValidatorSet, ValidatorSignature, View,
	Vote, MAX_VALIDATORS,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use core::ops::Deref;
use scale_info::TypeInfo;

/// Maximum size of an encoded certificate in bytes; longer input is refused before it is decoded.
pub const MAX_CERTIFICATE_BYTES: usize = 64 + MAX_VALIDATORS as usize * (2 + 64);

/// Signatures of distinct members under one vote; not checked yet.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Certificate {
	/// What all of them signed.
	pub vote: Vote,
	/// Who signed, ascending by position, each once.
	pub signatures: Vec<(SignerIndex, ValidatorSignature)>,
}

/// Why a certificate is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
	/// The bytes could not be decoded.
	#[error("not a certificate: {0}")]
	Malformed(codec::Error),
	/// The certificate is of another set.
	#[error("certificate is of set {found}, not set {expected}")]
	WrongSet {
		/// The set that the certificate names.
		found: SetId,
		/// The set that the certificate was checked against.
		expected: SetId,
	},
	/// The certificate is of another phase.
	#[error("certificate is of phase {found:?}, not {expected:?}")]
	WrongPhase {
		/// The phase that the certificate names.
		found: Phase,
		/// The expected phase.
		expected: Phase,
	},
	/// The certificate is of another block.
	#[error("certificate is of block {found_height} {found}, not {expected_height} {expected}")]
	WrongBlock {
		/// The height that the certificate names.
		found_height: Height,
		/// The block that the certificate names.
		found: BlockHash,
		/// The expected height.
		expected_height: Height,
		/// The expected block.
		expected: BlockHash,
	},
	/// Signers are not in ascending order, so one may be there twice.
	#[error("signer {signer} does not follow signer {after}")]
	Unordered {
		/// The signer that is out of order.
		signer: SignerIndex,
		/// The signer before it in the list.
		after: SignerIndex,
	},
	/// Fewer signers than a quorum.
	#[error("{found} signatures, a quorum is {quorum}")]
	NoQuorum {
		/// Number of signatures.
		found: usize,
		/// Number of signatures that form a quorum.
		quorum: usize,
	},
	/// The set has no such member.
	#[error("signer {signer} is not one of {members} members")]
	UnknownSigner {
		/// The position that the certificate names.
		signer: SignerIndex,
		/// The size of the set.
		members: usize,
	},
	/// A signature is not its signer's.
	#[error("bad signature by signer {signer}")]
	BadSignature {
		/// The position that the certificate names.
		signer: SignerIndex,
	},
}

impl Certificate {
	/// Decodes all of `bytes`. Errors: [`CertificateError::Malformed`], also for more than [`MAX_CERTIFICATE_BYTES`].
	pub fn from_bytes(mut bytes: &[u8]) -> Result<Self, CertificateError> {
		if bytes.len() > MAX_CERTIFICATE_BYTES {
			return Err(CertificateError::Malformed("too long".into()));
		}
		let certificate = Self::decode(&mut bytes).map_err(CertificateError::Malformed)?;
		if !bytes.is_empty() {
			return Err(CertificateError::Malformed("bytes left over".into()));
		}
		Ok(certificate)
	}

	/// The set that the certificate names.
	pub fn set_id(&self) -> SetId {
		self.vote.set_id
	}

	/// The height that the certificate names.
	pub fn height(&self) -> Height {
		self.vote.height
	}

	/// The view that the certificate names.
	pub fn view(&self) -> View {
		self.vote.view
	}

	/// The block that the certificate names.
	pub fn block_hash(&self) -> BlockHash {
		self.vote.block_hash
	}

	/// Checks that the certificate is of `phase` and of `set`, with a quorum of distinct signers, and that each
	/// signature is valid. The checks without signatures come first, so that an invalid certificate costs little.
	/// Errors: [`CertificateError`].
	pub fn verify(
		self,
		phase: Phase,
		genesis: &BlockHash,
		set: &ValidatorSet,
		scheme: &impl VerifySignature,
	) -> Result<VerifiedCertificate, CertificateError> {
		if self.vote.set_id != set.id() {
			return Err(CertificateError::WrongSet { found: self.vote.set_id, expected: set.id() });
		}
		if self.vote.phase != phase {
			return Err(CertificateError::WrongPhase { found: self.vote.phase, expected: phase });
		}
		if self.signatures.len() < set.quorum() {
			return Err(CertificateError::NoQuorum { found: self.signatures.len(), quorum: set.quorum() });
		}
		for pair in self.signatures.windows(2) {
			if pair[1].0 <= pair[0].0 {
				return Err(CertificateError::Unordered { signer: pair[1].0, after: pair[0].0 });
			}
		}
		let payload = self.vote.payload(genesis);
		for (signer, signature) in &self.signatures {
			let member =
				set.member(*signer).ok_or(CertificateError::UnknownSigner { signer: *signer, members: set.size() })?;
			if !scheme.verify(member, &payload, signature) {
				return Err(CertificateError::BadSignature { signer: *signer });
			}
		}
		Ok(VerifiedCertificate(self))
	}

	/// [`Certificate::verify`] for the commit certificate of one given block, as a justification must be.
	pub fn verify_commit_of(
		self,
		height: Height,
		block_hash: BlockHash,
		genesis: &BlockHash,
		set: &ValidatorSet,
		scheme: &impl VerifySignature,
	) -> Result<VerifiedCertificate, CertificateError> {
		if (self.vote.height, self.vote.block_hash) != (height, block_hash) {
			return Err(CertificateError::WrongBlock {
				found_height: self.vote.height,
				found: self.vote.block_hash,
				expected_height: height,
				expected: block_hash,
			});
		}
		self.verify(Phase::Commit, genesis, set, scheme)
	}
}

/// A certificate whose set, phase, quorum and signatures have been checked.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub struct VerifiedCertificate(Certificate);

impl VerifiedCertificate {
	/// Wraps a certificate assembled from votes that were each verified, or read from this node's own log. Checks
	/// nothing.
	pub fn from_verified_votes(certificate: Certificate) -> Self {
		Self(certificate)
	}

	/// The certificate, to be sent or stored.
	pub fn into_inner(self) -> Certificate {
		self.0
	}
}

impl Deref for VerifiedCertificate {
	type Target = Certificate;

	fn deref(&self) -> &Certificate {
		&self.0
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		crypto::{verify_ed25519, ValidatorPair},
		Equivocation, EvidenceError, SignedVote, ValidatorId, VoteError,
	};
	use sp_core::Pair;

	fn pairs() -> Vec<ValidatorPair> {
		(1..=4).map(|n| ValidatorPair::from_seed(&[n; 32])).collect()
	}

	fn set() -> ValidatorSet {
		ValidatorSet::new(SetId(5), Height(10), pairs().iter().map(|p| p.public()).collect()).unwrap()
	}

	fn genesis() -> BlockHash {
		BlockHash::repeat_byte(0xee)
	}

	fn vote(phase: Phase, block: u8) -> Vote {
		Vote { set_id: SetId(5), height: Height(12), view: View(3), phase, block_hash: BlockHash::repeat_byte(block) }
	}

	fn sign(signer: u16, vote: Vote) -> SignedVote {
		let signature = pairs()[usize::from(signer)].sign(&vote.payload(&genesis()));
		SignedVote { vote, signer: SignerIndex(signer), signature }
	}

	fn certificate(signers: &[u16]) -> Certificate {
		let vote = vote(Phase::Commit, 7);
		let signatures = signers.iter().map(|s| (SignerIndex(*s), sign(*s, vote).signature)).collect();
		Certificate { vote, signatures }
	}

	fn verify(certificate: Certificate) -> Result<VerifiedCertificate, CertificateError> {
		certificate.verify_commit_of(Height(12), BlockHash::repeat_byte(7), &genesis(), &set(), &verify_ed25519)
	}

	#[test]
	fn a_quorum_of_real_signatures_is_a_certificate() {
		for signers in [&[0, 1, 2][..], &[0, 1, 3], &[1, 2, 3], &[0, 1, 2, 3]] {
			let certificate = certificate(signers);
			assert_eq!(Certificate::from_bytes(&certificate.encode()), Ok(certificate.clone()));
			assert!(verify(certificate).is_ok(), "{signers:?}");
		}
	}

	#[test]
	fn what_is_no_certificate() {
		type Harm = fn(&mut Certificate);
		let cases: Vec<(Harm, &str)> = vec![
			(|c| c.signatures.truncate(2), "2 signatures, a quorum is 3"),
			(|c| c.signatures[2] = c.signatures[1].clone(), "signer 1 does not follow signer 1"),
			(|c| c.signatures.swap(0, 1), "signer 0 does not follow signer 1"),
			(|c| c.signatures[2].0 = SignerIndex(4), "signer 4 is not one of 4 members"),
			(|c| c.signatures[2].0 = SignerIndex(3), "bad signature by signer 3"),
			(|c| c.vote.view = View(4), "bad signature by signer 0"),
			(|c| c.vote.set_id = SetId(4), "of set 4, not set 5"),
			(|c| c.vote.phase = Phase::Prepare, "of phase Prepare, not Commit"),
			(|c| c.vote.height = Height(13), "of block 13"),
			(|c| c.vote.block_hash = BlockHash::repeat_byte(8), "of block 12"),
		];
		for (harm, expected) in cases {
			let mut certificate = certificate(&[0, 1, 2]);
			harm(&mut certificate);
			let error = verify(certificate).unwrap_err().to_string();
			assert!(error.contains(expected), "wanted: {expected}; got: {error}");
		}
		let foreign =
			certificate(&[0, 1, 2]).verify(Phase::Commit, &BlockHash::zero(), &set(), &verify_ed25519).unwrap_err();
		assert_eq!(foreign, CertificateError::BadSignature { signer: SignerIndex(0) });
	}

	#[test]
	fn bytes_that_are_no_certificate() {
		let mut bytes = certificate(&[0, 1, 2]).encode();
		bytes.push(0);
		assert!(Certificate::from_bytes(&bytes).is_err());
		assert!(Certificate::from_bytes(&bytes[..bytes.len() - 2]).is_err());
		assert!(Certificate::from_bytes(&vec![0; MAX_CERTIFICATE_BYTES + 1]).is_err());
	}

	/// Pins the signed bytes and their encoding: a change here splits a network.
	#[test]
	fn the_encoding_is_fixed() {
		let payload = vote(Phase::Commit, 7).payload(&genesis());
		let expected = [
			"73796e6469632f706266742f766f74652f7631", // syndic/pbft/vote/v1
			&"ee".repeat(32),                         // genesis
			"0500000000000000",                       // set id
			"0c000000",                               // height
			"03000000",                               // view
			"02",                                     // phase
			&"07".repeat(32),                         // block
		]
		.concat();
		assert_eq!(hex::encode(payload), expected);
	}

	#[test]
	fn evidence_needs_two_signed_votes_that_conflict() {
		let evidence = |first, second| Equivocation { first, second };
		let check = |e: Equivocation| e.verify(&genesis(), &set(), &verify_ed25519).cloned();
		let offender: ValidatorId = pairs()[2].public();
		let (a, b) = (sign(2, vote(Phase::Commit, 7)), sign(2, vote(Phase::Commit, 8)));
		assert_eq!(check(evidence(a.clone(), b.clone())), Ok(offender));
		assert_eq!(check(evidence(a.clone(), a.clone())), Err(EvidenceError::NoConflict));
		assert_eq!(check(evidence(a.clone(), sign(1, vote(Phase::Commit, 8)))), Err(EvidenceError::Unrelated));
		assert_eq!(check(evidence(a.clone(), sign(2, vote(Phase::Prepare, 8)))), Err(EvidenceError::Unrelated));
		let forged = SignedVote { signature: a.signature.clone(), ..b };
		assert_eq!(
			check(evidence(a, forged)),
			Err(EvidenceError::Vote(VoteError::BadSignature { signer: SignerIndex(2) }))
		);
	}
}
