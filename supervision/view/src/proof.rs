//! What proves a block's rows, and how one block after the other is checked.
//!
//! Of the first block the set that decided it has to be known, from somebody who is trusted. From then on each block
//! proves the set of the next one: it is among the values of its state. One thing is not in any state: an order of the
//! board by which another set continues a chain that has lost its quorum. Where there was one, that set has to be known
//! as well.

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

/// All that it takes to check the rows of a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BlockProof {
	/// The block's height.
	pub height: Height,
	/// Its hash.
	pub hash: BlockHash,
	/// Its header, in SCALE.
	pub header: Bytes,
	/// Its commit certificate, in SCALE.
	pub certificate: Bytes,
	/// The nodes of the trie of its state that prove the values.
	pub proof: Vec<Bytes>,
}

/// Why a proof does not prove the rows of the block that is due.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
	/// A block was left out, or is there twice.
	#[error("block {expected} is due, this is block {found}")]
	OutOfOrder {
		/// The block that follows on the one before.
		expected: Height,
		/// The one that is there.
		found: Height,
	},
	/// It does not follow on the block before.
	#[error("block {height} has parent {found:?}, the block before it is {expected:?}")]
	OtherParent {
		/// The block.
		height: Height,
		/// The parent in its header.
		found: BlockHash,
		/// The hash of the block before.
		expected: BlockHash,
	},
	/// Genesis was decided by nobody.
	#[error("block 0 is genesis, it has no certificate and no rows")]
	Genesis,
	/// Certificate, header or proof do not hold.
	#[error(transparent)]
	Proof(#[from] VerifyError),
	/// The state is not one that rows can be made of.
	#[error(transparent)]
	Facts(#[from] FactError),
	/// An event can't be told.
	#[error(transparent)]
	Event(#[from] EventError),
}

impl ProofError {
	/// Whether the certificate is of a set that is not known here: an order of the board may have put it in force.
	pub fn is_other_set(&self) -> bool {
		matches!(self, Self::Proof(VerifyError::Certificate(CertificateError::WrongSet { .. })))
	}
}

/// A walk from block to block, checking each.
#[derive(Clone, Debug)]
pub struct Walk {
	genesis: BlockHash,
	/// Sets that are known beforehand; the first one decided the first block.
	known: Vec<ValidatorSet>,
	/// The last block that was checked, and the set that it proves for the next one.
	last: Option<(Height, BlockHash, ValidatorSet)>,
}

impl Walk {
	/// From a block that `first` has decided, on the chain with this genesis block.
	pub fn new(genesis: BlockHash, first: ValidatorSet) -> Self {
		Self { genesis, known: vec![first], last: None }
	}

	/// With another set that is known beforehand: it may decide the first block that it decides by its own account,
	/// whatever the block before says.
	pub fn and(mut self, set: ValidatorSet) -> Self {
		self.trust(set);
		self
	}

	/// As [`Self::and`], underway.
	pub fn trust(&mut self, set: ValidatorSet) {
		self.known.push(set);
	}

	/// The height that is due; nothing before the first.
	pub fn due(&self) -> Option<Height> {
		self.last.as_ref().map(|(height, ..)| height.next())
	}

	/// Checks the next block, and makes its rows. After an error the same block is still due.
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

	/// The set that the certificate has to be of. If it is of none that may decide the height, this is the one that it
	/// is then found not to be of.
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
