//! Which validators committed. A certificate holds a quorum of commits; a validator whose commit came later is not in
//! it although it took part. So commits that arrive later are added to the certificate, as long as the block is young
//! enough to be reported. A proposal carries the certificates that its leader knows, and the runtime credits their
//! signers.
//!
//! Votes that travel through collectors reach only the collectors. A leader is a collector of the heights that it
//! leads, so it knows all commits of these heights, and of other heights those of a quorum.

use crate::chain::{Chain, ChainError};
use std::collections::BTreeMap;
use syndic_primitives::{
	crypto::verify_ed25519, participation::MAX_REPORT_AGE, BlockHash, Certificate, Height, Phase, SignedVote,
	SignerIndex, ValidatorSet, VoteError, MAX_PIPELINE_DEPTH,
};

/// Number of final heights whose commits are kept: as long as they can be reported in a block at the end of a full
/// window.
const HEIGHTS: u32 = MAX_REPORT_AGE + MAX_PIPELINE_DEPTH;

/// The certificates of the last final heights, each with all known commits, and the commits of the heights in progress.
#[derive(Debug, Default)]
pub(super) struct Participation {
	certificates: BTreeMap<Height, Certificate>,
	/// For each height and signer, the commit of the highest view.
	commits: BTreeMap<(Height, SignerIndex), SignedVote>,
}

impl Participation {
	/// Loads the certificates of the last final heights from the database, when a node starts.
	pub fn from_chain(chain: &dyn Chain) -> Result<Self, ChainError> {
		let last = chain.finalised().height;
		let mut found = Self::default();
		for height in last.0.saturating_sub(HEIGHTS - 1).max(1)..=last.0 {
			if let Some(certificate) = chain.certificate(Height(height))? {
				found.certificates.insert(Height(height), certificate.into_inner());
			}
		}
		Ok(found)
	}

	/// Notes a commit of a height in progress. `known` is the last final height.
	pub fn heard(&mut self, commit: SignedVote, known: Height) {
		let height = commit.vote.height;
		let in_progress = height > known && height.0 - known.0 <= MAX_PIPELINE_DEPTH.saturating_add(1);
		if commit.vote.phase != Phase::Commit || !in_progress {
			return;
		}
		let kept = self.commits.entry((height, commit.signer)).or_insert_with(|| commit.clone());
		if kept.vote.view < commit.vote.view {
			*kept = commit;
		}
	}

	/// Adds a commit that came after its height was final, if it votes for the same as the certificate and its signer
	/// is not in the certificate. Returns whether it was added. Fails if the commit is forged.
	pub fn late(&mut self, commit: &SignedVote, genesis: &BlockHash, set: &ValidatorSet) -> Result<bool, VoteError> {
		let Some(certificate) = self.certificates.get_mut(&commit.vote.height) else { return Ok(false) };
		put(certificate, commit, genesis, set)
	}

	/// Notes that a height is final, with the commits that were heard before.
	pub fn is_final(&mut self, certificate: &Certificate, genesis: &BlockHash, set: &ValidatorSet) {
		let height = certificate.height();
		let mut certificate = certificate.clone();
		let above = self.commits.split_off(&(height.next(), SignerIndex(0)));
		for ((at, _), commit) in std::mem::replace(&mut self.commits, above) {
			if at == height {
				// If the commit is forged, the machine has reported its sender already.
				let _ = put(&mut certificate, &commit, genesis, set);
			}
		}
		self.certificates.insert(height, certificate);
		let oldest = Height(height.0.saturating_sub(HEIGHTS - 1));
		self.certificates = self.certificates.split_off(&oldest);
	}

	/// The certificates to report, ascending: all but that of the last final height, whose commits may still be on
	/// their way.
	pub fn report(&self) -> Vec<Certificate> {
		let before_last = self.certificates.len().saturating_sub(1);
		self.certificates.values().take(before_last).cloned().collect()
	}
}

/// Adds a commit to a certificate that votes for the same, if the certificate lacks the signer and the signature is
/// valid.
fn put(
	certificate: &mut Certificate,
	commit: &SignedVote,
	genesis: &BlockHash,
	set: &ValidatorSet,
) -> Result<bool, VoteError> {
	if certificate.vote != commit.vote || certificate.set_id() != set.id() {
		return Ok(false);
	}
	let Err(at) = certificate.signatures.binary_search_by_key(&commit.signer, |(signer, _)| *signer) else {
		return Ok(false);
	};
	// Verified last, because it costs most.
	commit.verify(genesis, set, &verify_ed25519)?;
	certificate.signatures.insert(at, (commit.signer, commit.signature.clone()));
	Ok(true)
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_core::{ed25519, Pair};
	use syndic_primitives::{SetId, View, Vote};

	const GENESIS: BlockHash = BlockHash::repeat_byte(1);

	fn key(n: u16) -> ed25519::Pair {
		ed25519::Pair::from_seed(&[n as u8 + 1; 32])
	}

	fn set() -> ValidatorSet {
		let members = (0..4).map(|n| key(n).public().into()).collect();
		ValidatorSet::new(SetId(0), Height(1), members).expect("distinct")
	}

	fn commit(signer: u16, height: u32, block: u8) -> SignedVote {
		let vote = Vote {
			set_id: SetId(0),
			height: Height(height),
			view: View(0),
			phase: Phase::Commit,
			block_hash: BlockHash::repeat_byte(block),
		};
		let signature = key(signer).sign(&vote.payload(&GENESIS)).into();
		SignedVote { vote, signer: SignerIndex(signer), signature }
	}

	fn certificate(signers: &[u16], height: u32, block: u8) -> Certificate {
		let commits: Vec<_> = signers.iter().map(|signer| commit(*signer, height, block)).collect();
		let signatures = commits.iter().map(|c| (c.signer, c.signature.clone())).collect();
		Certificate { vote: commits[0].vote, signatures }
	}

	/// Height and signers of every certificate, the last height included.
	fn signers(participation: &Participation) -> Vec<(u32, Vec<u16>)> {
		let signers = |c: &Certificate| c.signatures.iter().map(|(signer, _)| signer.0).collect();
		participation.certificates.values().map(|c| (c.height().0, signers(c))).collect()
	}

	fn is_final(participation: &mut Participation, signers: &[u16], height: u32, block: u8) {
		participation.is_final(&certificate(signers, height, block), &GENESIS, &set());
	}

	fn late(participation: &mut Participation, commit: SignedVote) -> Result<bool, VoteError> {
		participation.late(&commit, &GENESIS, &set())
	}

	#[test]
	fn who_committed_before_or_after_is_reported() {
		let mut participation = Participation::default();
		participation.heard(commit(1, 1, 7), Height(0));
		is_final(&mut participation, &[0, 2, 3], 1, 7);
		is_final(&mut participation, &[0, 1, 2], 2, 8);
		assert_eq!(late(&mut participation, commit(3, 2, 8)), Ok(true));
		assert_eq!(signers(&participation), [(1, vec![0, 1, 2, 3]), (2, vec![0, 1, 2, 3])]);
		let reported: Vec<_> = participation.report().iter().map(Certificate::height).collect();
		assert_eq!(reported, [Height(1)], "commits of the last one may be on their way");
	}

	#[test]
	fn only_what_the_certificate_says_counts_and_once() {
		let mut participation = Participation::default();
		participation.heard(commit(3, 1, 9), Height(0));
		is_final(&mut participation, &[0, 1, 2], 1, 7);
		assert_eq!(signers(&participation), [(1, vec![0, 1, 2])]);
		assert_eq!(late(&mut participation, commit(3, 1, 9)), Ok(false), "another block");
		assert_eq!(late(&mut participation, commit(2, 1, 7)), Ok(false), "known");
		assert_eq!(late(&mut participation, commit(2, 5, 7)), Ok(false), "not final");
		let forged = SignedVote { signature: commit(0, 1, 7).signature, ..commit(3, 1, 7) };
		assert!(late(&mut participation, forged).is_err());
		assert_eq!(late(&mut participation, commit(3, 1, 7)), Ok(true));
		assert_eq!(late(&mut participation, commit(3, 1, 7)), Ok(false), "once");
	}

	#[test]
	fn what_is_forged_gets_into_no_report() {
		let mut participation = Participation::default();
		let forged = SignedVote { signature: commit(0, 1, 7).signature, ..commit(3, 1, 7) };
		participation.heard(forged, Height(0));
		is_final(&mut participation, &[0, 1, 2], 1, 7);
		assert_eq!(signers(&participation), [(1, vec![0, 1, 2])]);
	}

	#[test]
	fn commits_of_another_set_are_left_out() {
		let mut participation = Participation::default();
		participation.heard(commit(3, 1, 7), Height(0));
		let next = ValidatorSet::new(SetId(1), Height(2), set().members().to_vec()).expect("distinct");
		participation.is_final(&certificate(&[0, 1, 2], 1, 7), &GENESIS, &next);
		assert_eq!(participation.late(&commit(3, 1, 7), &GENESIS, &next), Ok(false));
		assert_eq!(signers(&participation), [(1, vec![0, 1, 2])]);
	}

	#[test]
	fn a_flood_is_bounded() {
		let mut participation = Participation::default();
		for height in 0..1_000 {
			participation.heard(commit(0, height, 7), Height(0));
		}
		assert!(participation.commits.len() <= MAX_PIPELINE_DEPTH as usize + 1);
		for height in 1..100 {
			is_final(&mut participation, &[0, 1, 2], height, 7);
		}
		assert_eq!(participation.certificates.len(), HEIGHTS as usize);
		assert!(participation.commits.is_empty());
	}
}
