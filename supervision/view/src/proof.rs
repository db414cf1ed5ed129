//! The proof of a block's rows, and the check of one block after the other.
//!
//! The set that decided the first block must be known beforehand, from a trusted source. From then on each block proves
//! the set of the next one, which is among the values of its state. A recovery order is the exception: by it, another
//! set continues a chain that has lost its quorum, and no earlier state names that set. It must be known beforehand as
//! well.

use crate::{
	events::EventError,
	extract::{self, ProvenBlock},
	facts::{FactError, Facts},
	rows::Row,
};
use serde::{Deserialize, Serialize};
use sp_core::Bytes;
use sp_runtime::traits::Header as _;
use syndic_light::{decode_header, finality, BlockAnswer, ProvenState, VerifyError};
use syndic_primitives::{BlockHash, Certificate, CertificateError, Height, ValidatorSet};

/// Everything that is needed to check the rows of a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BlockProof {
	/// The block's height.
	pub height: Height,
	/// The block's hash.
	pub hash: BlockHash,
	/// The block's header, in SCALE.
	pub header: Bytes,
	/// The block's commit certificate, in SCALE.
	pub certificate: Bytes,
	/// The trie nodes of the block's state that prove the values.
	pub proof: Vec<Bytes>,
}

/// Why a proof does not prove the rows of the block that is due, the next one of a [`Walk`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
	/// A block was left out, or occurs twice.
	#[error("block {expected} is due, this is block {found}")]
	OutOfOrder {
		/// The height after that of the previous block.
		expected: Height,
		/// The height of the given block.
		found: Height,
	},
	/// The block is not a child of the previous block.
	#[error("block {height} has parent {found:?}, the block before it is {expected:?}")]
	OtherParent {
		/// The block's height.
		height: Height,
		/// The parent in the block's header.
		found: BlockHash,
		/// The hash of the previous block.
		expected: BlockHash,
	},
	/// Genesis was decided by no set.
	#[error("block 0 is genesis, it has no certificate and no rows")]
	Genesis,
	/// The certificate, the header or the proof is invalid.
	#[error(transparent)]
	Proof(#[from] VerifyError),
	/// No rows can be computed from the block's state.
	#[error(transparent)]
	Facts(#[from] FactError),
	/// An event cannot be written as JSON.
	#[error(transparent)]
	Event(#[from] EventError),
}

impl ProofError {
	/// Whether the certificate is of a set that is not known here. A recovery order may have put that set in force.
	pub fn is_other_set(&self) -> bool {
		matches!(self, Self::Proof(VerifyError::Certificate(CertificateError::WrongSet { .. })))
	}
}

/// The check of consecutive blocks, one after the other.
#[derive(Clone, Debug)]
pub struct Walk {
	genesis: BlockHash,
	/// The sets that are known beforehand; the first one decided the first block.
	known: Vec<ValidatorSet>,
	/// The last block that was checked, and the set that it proves for the next one.
	last: Option<(Height, BlockHash, ValidatorSet)>,
}

impl Walk {
	/// A walk that begins with a block that the set `first` has decided, on the chain with this genesis hash.
	pub fn new(genesis: BlockHash, first: ValidatorSet) -> Self {
		Self { genesis, known: vec![first], last: None }
	}

	/// Adds another set that is known beforehand. The set may decide the block of the height at which it says that it
	/// begins (its `since`), even if the previous block's state names another set.
	pub fn and(mut self, set: ValidatorSet) -> Self {
		self.trust(set);
		self
	}

	/// As [`Self::and`], for a walk that has begun.
	pub fn trust(&mut self, set: ValidatorSet) {
		self.known.push(set);
	}

	/// The height of the next block; `None` before the first block.
	pub fn due(&self) -> Option<Height> {
		self.last.as_ref().map(|(height, ..)| height.next())
	}

	/// Checks the next block, and computes its rows. After an error the same block is still due.
	pub fn block(&mut self, proof: &BlockProof) -> Result<(ProvenBlock, Vec<Row>), ProofError> {
		let BlockProof { height, hash, .. } = *proof;
		if height == Height::ZERO {
			return Err(ProofError::Genesis);
		}
		if let Some(expected) = self.due().filter(|due| *due != height) {
			return Err(ProofError::OutOfOrder { expected, found: height });
		}
		let header = decode_header("header", &proof.header, BlockAnswer { height, hash })?;
		if let Some((_, expected, _)) = self.last.as_ref().filter(|(_, last, _)| last != header.parent_hash()) {
			let (found, expected) = (*header.parent_hash(), *expected);
			return Err(ProofError::OtherParent { height, found, expected });
		}
		let certificate = Certificate::from_bytes(&proof.certificate).map_err(VerifyError::from)?;
		let set = self.deciding(height, &certificate).clone();
		finality(&self.genesis, &set, Some(&proof.certificate), &header)?;
		let state = ProvenState::new("proof", *header.state_root(), &proof.proof)?;
		let facts = Facts::read(|key| state.value(key).map_err(ProofError::from))?;
		let block = ProvenBlock { height, hash, certificate, set, facts };
		let rows = extract::rows(&block)?;
		self.last = Some((height, hash, block.facts.next_set.clone()));
		Ok((block, rows))
	}

	/// The set against which the certificate is checked. If the certificate is of no set that may decide the height,
	/// this is the set that is due, and the check fails.
	fn deciding(&self, height: Height, certificate: &Certificate) -> &ValidatorSet {
		let id = certificate.set_id();
		let due = self.last.as_ref().map(|(.., set)| set).unwrap_or(&self.known[0]);
		let by_order = |set: &&ValidatorSet| set.id() == id && set.since() == height;
		match due.id() == id {
			true => due,
			false => self.known[1..].iter().find(by_order).unwrap_or(due),
		}
	}
}
