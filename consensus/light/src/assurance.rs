//! Assurance: which entries of the roster stand behind a final block, proven.
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

/// Answer of `pbft_assurance`: the levels that a final block has reached, and the proof if it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssuranceAnswer {
	/// The chain: the hash of its block 0.
	pub genesis: BlockHash,
	/// The block.
	pub block: BlockAnswer,
	/// Every level, reached or not.
	pub levels: Vec<LevelAnswer>,
	/// The roster's entries that stand behind the block, in order.
	pub present: Vec<WitnessAnswer>,
	/// The roster's entries that do not stand behind it, in order.
	pub missing: Vec<WitnessAnswer>,
	/// The proof of the other fields.
	pub proof: Option<AssuranceProof>,
}

/// A level of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LevelAnswer {
	/// The level.
	pub level: AssuranceLevel,
	/// Whether it is reached.
	pub reached: bool,
	/// How many stand behind the block, how many there are, and how many are needed.
	#[serde(flatten)]
	pub count: Count,
	/// Milliseconds from the block's finality on the answering node to the level; `null` where it does not know. This
	/// is not proven.
	#[serde(default)]
	pub after_ms: Option<u64>,
}

/// The role of an entry of the roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SeatAnswer {
	/// It votes or stands for election.
	Validator,
	/// It attests only.
	Observer,
}

/// How an entry of the roster stands behind a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum By {
	/// Its commit is in the certificate.
	Commit,
	/// It has attested the block.
	Attestation,
	/// Both its commit and its attestation.
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
	/// Whether this institution is a regulator.
	pub regulator: bool,
	/// Its role.
	pub seat: SeatAnswer,
	/// How it stands behind the block; `null` if it does not.
	pub by: Option<By>,
}

impl WitnessAnswer {
	/// Makes the answer from an entry of the roster.
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

/// The proof of an answer. All fields are in SCALE.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssuranceProof {
	/// The block's header.
	pub header: Bytes,
	/// The header of the block's parent, whose state has the roster.
	pub parent: Bytes,
	/// The commit certificate.
	pub certificate: Bytes,
	/// The nodes of this state's trie on the way to the roster, and to the validator set, which counts if no roster is
	/// stored.
	pub roster: Vec<Bytes>,
	/// The attestations.
	pub attestations: Bytes,
}

/// The facts that an answer of `pbft_assurance` proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedAssurance {
	/// The block, which is final.
	pub block: BlockAnswer,
	/// The certificate that makes it final.
	pub certificate: VerifiedCertificate,
	/// Every level, reached or not.
	pub levels: Vec<LevelAnswer>,
	/// The roster's entries that stand behind it.
	pub present: Vec<WitnessAnswer>,
	/// The roster's entries that do not stand behind it.
	pub missing: Vec<WitnessAnswer>,
}

/// Why an answer of `pbft_assurance` proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssuranceError {
	/// The header, the certificate or the storage proof is bad.
	#[error(transparent)]
	Verify(#[from] VerifyError),
	/// Genesis has neither commits nor attestations.
	#[error("block 0 is genesis: nobody commits or attests it")]
	Genesis,
	/// The header given as parent is not that of the block's parent.
	#[error("proof.parent is of block {found:?}, the block's parent is {expected:?}")]
	OtherParent {
		/// The hash of the given header.
		found: BlockHash,
		/// The parent's hash in the block's header.
		expected: BlockHash,
	},
	/// The proven roster is not valid.
	#[error("proof.roster: {0}")]
	Roster(#[from] RosterError),
	/// The attestations are not valid.
	#[error("proof.attestations: {0}")]
	Attestations(#[from] AttestationError),
	/// The answer states another result for a level than the proven one.
	#[error("levels: {level} is said to be {stated}, what is proven is {proven}")]
	OtherLevel {
		/// The level.
		level: &'static str,
		/// The result that the answer states.
		stated: String,
		/// The result that the proof gives.
		proven: String,
	},
	/// The answer names other entries of the roster than the proof.
	#[error("{field} names others than the proof")]
	OtherWitnesses {
		/// The field.
		field: &'static str,
	},
}

/// The result for a block, computed from its commits and attestations.
pub struct Summary {
	/// Every level, without the times.
	pub levels: Vec<LevelAnswer>,
	/// The roster's entries that stand behind it.
	pub present: Vec<WitnessAnswer>,
	/// The roster's entries that do not stand behind it.
	pub missing: Vec<WitnessAnswer>,
}

impl Summary {
	/// Computes the result. The caller has checked the certificate against `set`, and the attestations against
	/// `roster`.
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
/// `genesis` names the chain; `set` is the set that decided the block. The levels and the entries of the roster in the
/// answer must be the proven ones. Only the times are not proven.
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

/// The roster in the state of the parent block.
fn proven_roster(proof: &AssuranceProof, expected: BlockHash, number: u32) -> Result<Roster, AssuranceError> {
	let below = BlockAnswer { height: Height(number).previous(), hash: expected };
	let parent = decode_header("proof.parent", &proof.parent, below).map_err(|error| match error {
		VerifyError::OtherHeader { found, .. } => AssuranceError::OtherParent { found, expected },
		other => other.into(),
	})?;
	let state = ProvenState::new("proof.roster", *parent.state_root(), &proof.roster)?;
	let value = |key: [u8; 32]| state.value(&key);
	let roster = value(ROSTER.key())?;
	// The set is read only if it counts, because a proof need not contain it otherwise.
	let counts = roster.as_deref().is_none_or(|bytes| bytes == [0]);
	let set = if counts { value(VALIDATOR_SET.key())? } else { None };
	Ok(Roster::from_state(roster.as_deref(), set.as_deref())?)
}

/// Checks that each level in the answer is as proven, and that none is left out.
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
