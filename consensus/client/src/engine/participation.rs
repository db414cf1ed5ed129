//! Who committed. A certificate holds a quorum of votes, and who came later is not in it although it took part. So the commits
//! that arrive besides are put to it, while blocks are young enough to be reported: a proposal carries what its leader knows, and the
//! runtime credits it.

use std::collections::BTreeMap;
use syndic_primitives::{
	crypto::VerifySignature, BlockHash, Certificate, Height, Phase, SignedVote, SignerIndex, ValidatorSet,
	MAX_PIPELINE_DEPTH,
};

/// For how many final heights commits are kept.
const HEIGHTS: u32 = 16;

/// The certificates of the last final heights, each with all commits that are known, and the commits of heights in progress.
#[derive(Debug, Default)]
pub(super) struct Participation {
	certificates: BTreeMap<Height, Certificate>,
	/// One of each signer at a height: the one of its highest view.
	commits: BTreeMap<(Height, SignerIndex), SignedVote>,
}

impl Participation {
	/// A commit of a height in progress, verified, or my own. `known` is the last final height.
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

	/// A commit that came after its height was final; it counts if it says what the certificate says, and its signer is not in it.
	/// Whether it counted.
	pub fn late(
		&mut self,
		commit: &SignedVote,
		genesis: &BlockHash,
		set: &ValidatorSet,
		scheme: &impl VerifySignature,
	) -> bool {
		let Some(certificate) = self.certificates.get_mut(&commit.vote.height) else { return false };
		let new = certificate.vote == commit.vote && place(certificate, commit.signer).is_err();
		// Last, for it costs most.
		let counts = new && commit.verify(genesis, set, scheme).is_ok();
		if counts {
			add(certificate, commit);
		}
		counts
	}

	/// A height is final.
	pub fn is_final(&mut self, certificate: &Certificate) {
		let height = certificate.height();
		let mut certificate = certificate.clone();
		let above = self.commits.split_off(&(height.next(), SignerIndex(0)));
		for ((at, _), commit) in std::mem::replace(&mut self.commits, above) {
			if at == height && commit.vote == certificate.vote {
				add(&mut certificate, &commit);
			}
		}
		self.certificates.insert(height, certificate);
		let oldest = Height(height.0.saturating_sub(HEIGHTS - 1));
		self.certificates = self.certificates.split_off(&oldest);
	}

	/// What there is to report, ascending.
	pub fn report(&self) -> Vec<Certificate> {
		self.certificates.values().cloned().collect()
	}
}

fn place(certificate: &Certificate, signer: SignerIndex) -> Result<usize, usize> {
	certificate.signatures.binary_search_by_key(&signer, |(signer, _)| *signer)
}

fn add(certificate: &mut Certificate, commit: &SignedVote) {
	if let Err(at) = place(certificate, commit.signer) {
		certificate.signatures.insert(at, (commit.signer, commit.signature.clone()));
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_core::{ed25519, Pair};
	use syndic_primitives::{crypto::verify_ed25519, SetId, View, Vote};

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

	fn signers(participation: &Participation) -> Vec<(u32, Vec<u16>)> {
		let signers = |c: &Certificate| c.signatures.iter().map(|(signer, _)| signer.0).collect();
		participation.report().iter().map(|c| (c.height().0, signers(c))).collect()
	}

	#[test]
	fn who_committed_before_or_after_is_reported() {
		let mut participation = Participation::default();
		participation.heard(commit(1, 1, 7), Height(0));
		participation.is_final(&certificate(&[0, 2, 3], 1, 7));
		participation.is_final(&certificate(&[0, 1, 2], 2, 8));
		assert!(participation.late(&commit(3, 2, 8), &GENESIS, &set(), &verify_ed25519));
		assert_eq!(signers(&participation), [(1, vec![0, 1, 2, 3]), (2, vec![0, 1, 2, 3])]);
	}

	#[test]
	fn only_what_the_certificate_says_counts_and_once() {
		let mut participation = Participation::default();
		participation.heard(commit(3, 1, 9), Height(0));
		participation.is_final(&certificate(&[0, 1, 2], 1, 7));
		assert!(!participation.late(&commit(3, 1, 9), &GENESIS, &set(), &verify_ed25519), "another block");
		let forged = SignedVote { signature: commit(0, 1, 7).signature, ..commit(3, 1, 7) };
		assert!(!participation.late(&forged, &GENESIS, &set(), &verify_ed25519), "not its signature");
		assert!(!participation.late(&commit(2, 1, 7), &GENESIS, &set(), &verify_ed25519), "known");
		assert!(!participation.late(&commit(2, 5, 7), &GENESIS, &set(), &verify_ed25519), "not final");
		assert!(participation.late(&commit(3, 1, 7), &GENESIS, &set(), &verify_ed25519));
		assert!(!participation.late(&commit(3, 1, 7), &GENESIS, &set(), &verify_ed25519), "once");
	}

	#[test]
	fn a_flood_is_bounded() {
		let mut participation = Participation::default();
		for height in 0..1_000 {
			participation.heard(commit(0, height, 7), Height(0));
		}
		assert!(participation.commits.len() <= MAX_PIPELINE_DEPTH as usize + 1);
		for height in 1..100 {
			participation.is_final(&certificate(&[0, 1, 2], height, 7));
		}
		assert_eq!(participation.report().len(), HEIGHTS as usize);
		assert!(participation.commits.is_empty());
	}
}
