//! Assurance: who stands behind a final block, proven.
//!
//! ```text
//! the set's keys ─ signed ─> certificate ─ names ─> header ─ names ─> parent ─ holds ─> state root ─ proof ─> roster
//!                                               └── names <─ signed ─ attestations <─ keys ─────────────────────┘
//! ```

use crate::{
	answer::BlockAnswer,
	verify::{bounded, decode_header, finality, ProvenState, VerifyError},
};
use serde::{Deserialize, Serialize};
use sp_core::{Bytes, H256};
use sp_runtime::traits::Header as _;
use syndic_primitives::{
	assurance::{assess, AttestationError, Count, RosterError, Witnesses, MAX_ATTESTATIONS_BYTES},
	crypto::verify_ed25519,
	storage_keys::{ROSTER, VALIDATOR_SET},
	AssuranceLevel, BlockAttestations, BlockHash, Height, Roster, RosterEntry, RosterIndex, Seat, Tally, ValidatorSet,
	VerifiedCertificate, MAX_ROSTER,
};

/// Answer of `pbft_assurance`: how far a final block is assured, and the proof of it if it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssuranceAnswer {
	/// The chain: the hash of its block 0.
	pub genesis: BlockHash,
	/// The block.
	pub block: BlockAnswer,
	/// Every level, reached or not.
	pub levels: Vec<LevelAnswer>,
	/// Who stands behind it, in the order of the roster.
	pub present: Vec<WitnessAnswer>,
	/// Who does not.
	pub missing: Vec<WitnessAnswer>,
	/// All that it takes to check the others.
	pub proof: Option<AssuranceProof>,
}

/// A level of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LevelAnswer {
	/// Which.
	pub level: AssuranceLevel,
	/// Whether it is reached.
	pub reached: bool,
	/// How many stand behind the block, of how many, and how many are needed.
	#[serde(flatten)]
	pub count: Count,
	/// How many ms after the block was final on the node that answers; `null` where it does not know. Nothing proves it.
	#[serde(default)]
	pub after_ms: Option<u64>,
}

/// What an entry of the roster is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SeatAnswer {
	/// It votes or stands for election.
	Validator,
	/// It attests only.
	Observer,
}

/// How somebody stands behind a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum By {
	/// Its commit is in the certificate.
	Commit,
	/// It has attested it.
	Attestation,
	/// Both.
	Both,
}

/// An entry of the roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WitnessAnswer {
	/// Its position in the roster.
	pub index: RosterIndex,
	/// Its consensus key.
	pub key: H256,
	/// Its institution; `null` for a genesis member that was never registered.
	pub institution: Option<u32>,
	/// Whether that is a regulator.
	pub regulator: bool,
	/// What it is there for.
	pub seat: SeatAnswer,
	/// How it stands behind the block; `null` if it does not.
	pub by: Option<By>,
}

impl WitnessAnswer {
	/// Out of an entry.
	pub fn new(index: RosterIndex, entry: &RosterEntry, by: Option<By>) -> Self {
		let seat = match entry.seat {
			Seat::Validator => SeatAnswer::Validator,
			Seat::Observer => SeatAnswer::Observer,
		};
		let key: &[u8] = entry.validator.as_ref();
		let (institution, regulator) = (entry.institution, entry.regulator);
		Self { index, key: H256::from_slice(key), institution, regulator, seat, by }
	}
}

/// What an answer is proven with. All in SCALE.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssuranceProof {
	/// The block's header.
	pub header: Bytes,
	/// The header of the block below it, whose state names the roster.
	pub parent: Bytes,
	/// The commit certificate.
	pub certificate: Bytes,
	/// The nodes of the trie of that state on the way to the roster, and to the validator set, which counts where no roster
	/// is stored.
	pub roster: Vec<Bytes>,
	/// The attestations.
	pub attestations: Bytes,
}

/// What an answer of `pbft_assurance` has been found to prove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedAssurance {
	/// The block, which is final.
	pub block: BlockAnswer,
	/// What makes it final.
	pub certificate: VerifiedCertificate,
	/// Every level, reached or not.
	pub levels: Vec<LevelAnswer>,
	/// Who stands behind it.
	pub present: Vec<WitnessAnswer>,
	/// Who does not.
	pub missing: Vec<WitnessAnswer>,
}

/// Why an answer of `pbft_assurance` proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssuranceError {
	/// Header, certificate or proof are at fault.
	#[error(transparent)]
	Verify(#[from] VerifyError),
	/// Nobody commits or attests genesis.
	#[error("block 0 is genesis: nobody commits or attests it")]
	Genesis,
	/// The header given as parent is not the one that the block names.
	#[error("proof.parent is of block {found:?}, the block's parent is {expected:?}")]
	OtherParent {
		/// Its hash.
		found: BlockHash,
		/// The one that the block names.
		expected: BlockHash,
	},
	/// The roster is none.
	#[error("proof.roster: {0}")]
	Roster(#[from] RosterError),
	/// The attestations do not hold.
	#[error("proof.attestations: {0}")]
	Attestations(#[from] AttestationError),
	/// The answer says something else of a level than what is proven.
	#[error("levels: {level} is said to be {stated}, what is proven is {proven}")]
	OtherLevel {
		/// Which.
		level: &'static str,
		/// What the answer says.
		stated: String,
		/// What the proof says.
		proven: String,
	},
	/// The answer names others than those that are proven to stand behind the block, or not to.
	#[error("{field} names others than the proof")]
	OtherWitnesses {
		/// The field.
		field: &'static str,
	},
}

/// What is to be said of a block, out of who has committed it and who has attested it.
pub struct Summary {
	/// Every level; without the times.
	pub levels: Vec<LevelAnswer>,
	/// Who stands behind it.
	pub present: Vec<WitnessAnswer>,
	/// Who does not.
	pub missing: Vec<WitnessAnswer>,
}

impl Summary {
	/// Everything here was checked: the certificate by `set`, the attestations by `roster`.
	pub fn new(
		set: &ValidatorSet,
		certificate: &VerifiedCertificate,
		roster: &Roster,
		attestations: &BlockAttestations,
	) -> Self {
		let committed = Witnesses::committed(roster, set, certificate.signatures.iter().map(|(signer, _)| signer));
		let mut attested = Witnesses::none(roster);
		let mut all = committed.clone();
		for (position, _) in &attestations.attestations {
			attested.add(*position);
			all.add(*position);
		}
		let tally = Tally::of(roster, &all);
		let committee =
			Count { present: certificate.signatures.len() as u32, of: set.size() as u32, needed: set.quorum() as u32 };
		let level = |level| {
			let count = tally.count(level).unwrap_or(committee);
			LevelAnswer { level, reached: tally.reaches(level), count, after_ms: None }
		};
		let witness = |(index, entry): (RosterIndex, &RosterEntry)| {
			let by = match (committed.has(index), attested.has(index)) {
				(true, true) => Some(By::Both),
				(true, false) => Some(By::Commit),
				(false, true) => Some(By::Attestation),
				(false, false) => None,
			};
			WitnessAnswer::new(index, entry, by)
		};
		let (present, missing) = roster.iter().map(witness).partition(|witness| witness.by.is_some());
		Self { levels: AssuranceLevel::ALL.map(level).to_vec(), present, missing }
	}
}

/// Checks an answer of `pbft_assurance` with a proof.
///
/// `genesis` names the chain; `set` is the set that decided the block. What the answer says of levels and of who stands behind
/// the block must be what is proven; only the times are nobody's word but the node's.
pub fn verify_assurance(
	genesis: &BlockHash,
	set: &ValidatorSet,
	answer: &AssuranceAnswer,
) -> Result<VerifiedAssurance, AssuranceError> {
	if answer.genesis != *genesis {
		return Err(VerifyError::OtherChain { found: answer.genesis, expected: *genesis }.into());
	}
	let proof = answer.proof.as_ref().ok_or(VerifyError::Missing { field: "proof" })?;
	let header = decode_header("proof.header", &proof.header, answer.block)?;
	let certificate = finality(genesis, set, Some(&proof.certificate), &header)?.ok_or(AssuranceError::Genesis)?;
	let roster = proven_roster(proof, *header.parent_hash(), header.number)?;
	bounded("proof.attestations", proof.attestations.len(), MAX_ATTESTATIONS_BYTES)?;
	let attestations = BlockAttestations::from_bytes(&proof.attestations)?;
	assess(genesis, set, &certificate, &roster, &attestations, &verify_ed25519)?;
	let Summary { levels, present, missing } = Summary::new(set, &certificate, &roster, &attestations);
	compare(&answer.levels, &levels)?;
	for (field, stated, proven) in [("present", &answer.present, &present), ("missing", &answer.missing, &missing)] {
		bounded(field, stated.len(), MAX_ROSTER as usize)?;
		if stated != proven {
			return Err(AssuranceError::OtherWitnesses { field });
		}
	}
	Ok(VerifiedAssurance { block: answer.block, certificate, levels, present, missing })
}

/// Who is to be counted: from the state of the block below.
fn proven_roster(proof: &AssuranceProof, expected: BlockHash, number: u32) -> Result<Roster, AssuranceError> {
	let below = BlockAnswer { height: Height(number).previous(), hash: expected };
	let parent = decode_header("proof.parent", &proof.parent, below).map_err(|error| match error {
		VerifyError::OtherHeader { found, .. } => AssuranceError::OtherParent { found, expected },
		other => other.into(),
	})?;
	let state = ProvenState::new("proof.roster", *parent.state_root(), &proof.roster)?;
	let value = |key: [u8; 32]| state.value(&key);
	let roster = value(ROSTER.key())?;
	// The set is looked up only where it counts: a proof need not have it otherwise.
	let counts = roster.as_deref().is_none_or(|bytes| bytes == [0]);
	let set = if counts { value(VALIDATOR_SET.key())? } else { None };
	Ok(Roster::from_state(roster.as_deref(), set.as_deref())?)
}

/// Whether each level that the answer names is what is proven, and none is left out.
fn compare(stated: &[LevelAnswer], proven: &[LevelAnswer]) -> Result<(), AssuranceError> {
	let shown = |level: Option<&LevelAnswer>| match level {
		None => "left out".into(),
		Some(LevelAnswer { reached, count: Count { present, of, needed }, .. }) => {
			format!("{}reached by {present} of {of}, {needed} needed", if *reached { "" } else { "not " })
		}
	};
	bounded("levels", stated.len(), proven.len())?;
	for level in proven {
		let said = stated.iter().find(|said| said.level == level.level);
		if said.is_none_or(|said| (said.reached, said.count) != (level.reached, level.count)) {
			let (stated, proven) = (shown(said), shown(Some(level)));
			return Err(AssuranceError::OtherLevel { level: level.level.name(), stated, proven });
		}
	}
	Ok(())
}
