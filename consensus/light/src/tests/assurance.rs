//! A block with ten validators on the roster, four of them in the committee, and every way to damage its proof.

use super::{header_at, pair, set, GENESIS};
use crate::{
	assurance::{AssuranceAnswer, AssuranceError, AssuranceProof, By, Summary},
	verify_assurance, BlockAnswer, VerifyError,
};
use codec::{Decode, Encode};
use serde_json::json;
use sp_core::{Blake2Hasher, Bytes, Pair};
use sp_runtime::{generic::Digest, traits::Header as _, StateVersion};
use sp_state_machine::{prove_read, InMemoryBackend};
use std::collections::BTreeMap;
use syndic_primitives::{
	assurance::{AttestationError, RosterError},
	block::Header,
	storage_keys::{PARAMETERS, ROSTER, VALIDATOR_SET},
	AssuranceLevel, Attestation, BlockAttestations, BlockHash, Certificate, CertificateError, Height, Phase, Roster,
	RosterEntry, RosterIndex, Seat, SetId, SignerIndex, ValidatorSet, VerifiedCertificate, View, Vote,
};

/// Validators 1 to 10, two to an institution; 11 is the regulator's observer.
fn entries() -> Vec<RosterEntry> {
	let entry = |n: u8| RosterEntry {
		validator: pair(n).public(),
		institution: Some(u32::from(n.div_ceil(2))),
		regulator: n == 11,
		seat: if n == 11 { Seat::Observer } else { Seat::Validator },
	};
	let mut entries: Vec<_> = (1..=11).map(entry).collect();
	entries.sort();
	entries
}

fn position(roster: &Roster, n: u8) -> RosterIndex {
	roster.position_of(&pair(n).public()).unwrap()
}

/// The state before the block, with `roster` if it is given.
fn state(roster: Option<Vec<u8>>) -> InMemoryBackend<Blake2Hasher> {
	let mut top = BTreeMap::new();
	top.insert(VALIDATOR_SET.key().to_vec(), set().encode());
	top.insert(PARAMETERS.key().to_vec(), vec![7; 100]);
	roster.map(|bytes| top.insert(ROSTER.key().to_vec(), bytes));
	for n in 0..100u32 {
		top.insert(n.encode(), vec![9; 40]);
	}
	InMemoryBackend::from((sp_core::storage::Storage { top, ..Default::default() }, StateVersion::V1))
}

struct Maker {
	roster: Option<Vec<u8>>,
	signers: Vec<u8>,
	attesters: Vec<u8>,
}

impl Maker {
	fn new() -> Self {
		Self { roster: Some(entries().encode()), signers: vec![1, 2, 4], attesters: vec![4, 5, 6, 7, 8, 11] }
	}

	/// The answer of an honest node.
	fn answer(&self) -> AssuranceAnswer {
		let state = state(self.roster.clone());
		let roster = Roster::from_state(self.roster.as_deref(), Some(&set().encode())).unwrap();
		let parent = header_at(11, *state.root());
		let header = Header::new(12, Default::default(), BlockHash::repeat_byte(8), parent.hash(), Digest::default());
		let vote = Vote {
			set_id: SetId(2),
			height: Height(12),
			view: View(1),
			phase: Phase::Commit,
			block_hash: header.hash(),
		};
		let sign = |n: &u8| (SignerIndex(u16::from(*n) - 1), pair(*n).sign(&vote.payload(&GENESIS)));
		let certificate = Certificate { vote, signatures: self.signers.iter().map(sign).collect() };
		let block = Attestation { height: Height(12), block_hash: header.hash() };
		let sign = |n: &u8| (position(&roster, *n), pair(*n).sign(&block.payload(&GENESIS)));
		let mut attestations: Vec<_> = self.attesters.iter().map(sign).collect();
		attestations.sort_by_key(|(position, _)| *position);
		let attestations = BlockAttestations { block, attestations };
		let verified = VerifiedCertificate::from_verified_votes(certificate.clone());
		let Summary { levels, present, missing } = Summary::new(&set(), &verified, &roster, &attestations);
		let proof = prove_read(state, [&ROSTER.key()[..], &VALIDATOR_SET.key()]).unwrap();
		AssuranceAnswer {
			genesis: GENESIS,
			block: BlockAnswer { height: Height(12), hash: header.hash() },
			levels,
			present,
			missing,
			proof: Some(AssuranceProof {
				header: Bytes(header.encode()),
				parent: Bytes(parent.encode()),
				certificate: Bytes(certificate.encode()),
				roster: proof.into_iter_nodes().map(Bytes).collect(),
				attestations: Bytes(attestations.encode()),
			}),
		}
	}
}

fn good() -> AssuranceAnswer {
	Maker::new().answer()
}

fn check(answer: &AssuranceAnswer) -> Result<Vec<(AssuranceLevel, bool, u32, u32)>, AssuranceError> {
	let verified = verify_assurance(&GENESIS, &set(), answer)?;
	assert_eq!((&verified.present, &verified.missing), (&answer.present, &answer.missing));
	let level = |l: &crate::assurance::LevelAnswer| (l.level, l.reached, l.count.present, l.count.of);
	Ok(verified.levels.iter().map(level).collect())
}

use AssuranceLevel::{Committee, Institutions, Regulator, Validators};

#[test]
fn levels_are_proven() {
	let expected =
		vec![(Committee, true, 3, 4), (Validators, true, 7, 10), (Institutions, true, 4, 5), (Regulator, true, 1, 1)];
	assert_eq!(check(&good()), Ok(expected));
	let by = |answer: &AssuranceAnswer, n: u8| {
		let key = pair(n).public();
		answer.present.iter().find(|one| one.key.as_bytes() == <_ as AsRef<[u8]>>::as_ref(&key)).and_then(|one| one.by)
	};
	let answer = good();
	assert_eq!([1, 4, 5, 9].map(|n| by(&answer, n)), [Some(By::Commit), Some(By::Both), Some(By::Attestation), None]);
	assert_eq!(answer.missing.len(), 3, "3, 9, 10");
}

#[test]
fn that_a_level_is_not_reached_is_proven_as_well() {
	let answer = Maker { attesters: vec![5, 6], ..Maker::new() }.answer();
	let expected = vec![
		(Committee, true, 3, 4),
		(Validators, false, 5, 10),
		(Institutions, false, 3, 5),
		(Regulator, false, 0, 1),
	];
	assert_eq!(check(&answer), Ok(expected));
}

#[test]
fn without_a_roster_the_set_counts() {
	for roster in [None, Some(vec![0])] {
		let answer = Maker { roster, attesters: vec![3], ..Maker::new() }.answer();
		let expected = vec![
			(Committee, true, 3, 4),
			(Validators, true, 4, 4),
			(Institutions, true, 4, 4),
			(Regulator, false, 0, 0),
		];
		assert_eq!(check(&answer), Ok(expected));
	}
}

#[test]
fn the_answer_is_the_same_in_json() {
	let mut answer = good();
	answer.levels[1].after_ms = Some(312);
	let json = serde_json::to_value(&answer).unwrap();
	assert_eq!(
		json["levels"][1],
		json!({ "level": "validators", "reached": true, "present": 7, "of": 10, "needed": 7, "afterMs": 312 })
	);
	assert_eq!(json["present"][0]["seat"], json!("validator"));
	assert_eq!(json["missing"][0]["by"], json!(null));
	let again: AssuranceAnswer = serde_json::from_value(json).unwrap();
	assert_eq!(again, answer);
	assert!(check(&again).is_ok(), "times are not proven, and do no harm");
}

fn proof(answer: &mut AssuranceAnswer) -> &mut AssuranceProof {
	answer.proof.as_mut().unwrap()
}

/// Changes the attestations in a proof.
fn attested(answer: &mut AssuranceAnswer, change: impl FnOnce(&mut BlockAttestations)) {
	let mut attestations = BlockAttestations::from_bytes(&proof(answer).attestations).unwrap();
	change(&mut attestations);
	proof(answer).attestations = Bytes(attestations.encode());
}

#[test]
fn attestations_that_are_changed_are_refused() {
	type Harm = fn(&mut BlockAttestations);
	let cases: [(Harm, &str); 6] = [
		(|a| a.attestations[0].1 = a.attestations[1].1.clone(), "bad signature"),
		(|a| a.attestations.swap(0, 1), "does not follow"),
		(|a| a.attestations[1] = a.attestations[0].clone(), "does not follow"),
		(|a| a.attestations.last_mut().unwrap().0 = RosterIndex(11), "is not one of 11"),
		(|a| a.block.height = Height(13), "of block 13"),
		(|a| a.block.block_hash = GENESIS, "not of 12"),
	];
	for (harm, expected) in cases {
		let mut answer = good();
		attested(&mut answer, harm);
		let error = check(&answer).unwrap_err().to_string();
		assert!(error.starts_with("proof.attestations: ") && error.contains(expected), "{error}");
	}
	let mut cut = good();
	proof(&mut cut).attestations.0.pop();
	assert!(matches!(check(&cut), Err(AssuranceError::Attestations(AttestationError::Malformed(_)))));
	// A removed attestation contradicts the levels and entries in the answer.
	let mut fewer = good();
	attested(&mut fewer, |a| {
		a.attestations.pop();
	});
	let error = check(&fewer).unwrap_err();
	assert!(matches!(error, AssuranceError::OtherLevel { .. } | AssuranceError::OtherWitnesses { .. }), "{error}");
}

#[test]
fn what_the_answer_says_must_be_what_is_proven() {
	let mut answer = Maker { attesters: vec![5, 6], ..Maker::new() }.answer();
	answer.levels[1].reached = true;
	let error = check(&answer).unwrap_err().to_string();
	let expected =
		"levels: validators is said to be reached by 5 of 10, 7 needed, what is proven is not reached by 5 of 10, 7 \
	                needed";
	assert_eq!(error, expected);
	type Harm = fn(&mut AssuranceAnswer);
	let cases: [(Harm, &str); 6] = [
		(|a| a.levels[3].count.present = 2, "levels: regulator is said to be reached by 2 of 1"),
		(|a| a.levels.truncate(3), "levels: regulator is said to be left out"),
		(|a| a.levels.push(a.levels[0]), "levels has 5, at most 4"),
		(|a| a.present[0].by = Some(By::Both), "present names others"),
		(|a| a.present.truncate(a.present.len() - 1), "present names others"),
		(|a| a.missing[0].institution = None, "missing names others"),
	];
	for (harm, expected) in cases {
		let mut answer = good();
		harm(&mut answer);
		let error = check(&answer).unwrap_err().to_string();
		assert!(error.contains(expected), "wanted: {expected}; got: {error}");
	}
}

#[test]
fn another_roster_is_not_taken_for_the_one_that_counts() {
	// Every node of the trie on the way to the roster is needed unchanged. Nodes on the way to the set alone are not
	// used where there is a roster.
	let mut needed = 0;
	for n in 0..proof(&mut good()).roster.len() {
		let mut answer = good();
		*proof(&mut answer).roster[n].0.last_mut().unwrap() ^= 1;
		match check(&answer) {
			Err(AssuranceError::Verify(VerifyError::IncompleteProof { .. })) => needed += 1,
			other => assert_eq!(other, check(&good()), "node {n}"),
		}
	}
	assert!(needed > 2, "{needed}");
	// The proof of another state, with its own header.
	let smaller = Maker { roster: Some(entries()[..3].to_vec().encode()), attesters: vec![], ..Maker::new() }.answer();
	let mut answer = good();
	proof(&mut answer).roster = smaller.proof.clone().unwrap().roster;
	assert!(matches!(check(&answer), Err(AssuranceError::Verify(VerifyError::IncompleteProof { .. }))));
	proof(&mut answer).parent = smaller.proof.unwrap().parent;
	assert!(matches!(check(&answer), Err(AssuranceError::OtherParent { .. })));
	// States with an invalid roster.
	let mut unordered = entries();
	unordered.swap(0, 1);
	for (roster, expected) in [
		(unordered.encode(), RosterError::Unordered { position: 1 }),
		(vec![1, 2, 3], RosterError::Undecodable { item: "the roster", reason: "".into() }),
	] {
		let state = state(Some(roster));
		let parent = header_at(11, *state.root());
		let mut answer = good();
		let mut header = Header::decode(&mut &proof(&mut answer).header[..]).unwrap();
		header.parent_hash = parent.hash();
		answer.block.hash = header.hash();
		let vote = Vote {
			set_id: SetId(2),
			height: Height(12),
			view: View(1),
			phase: Phase::Commit,
			block_hash: header.hash(),
		};
		let sign = |n: u8| (SignerIndex(u16::from(n) - 1), pair(n).sign(&vote.payload(&GENESIS)));
		let certificate = Certificate { vote, signatures: [1, 2, 3].map(sign).to_vec() };
		let nodes = prove_read(state, [&ROSTER.key()[..]]).unwrap().into_iter_nodes().map(Bytes).collect();
		*proof(&mut answer) = AssuranceProof {
			header: Bytes(header.encode()),
			parent: Bytes(parent.encode()),
			certificate: Bytes(certificate.encode()),
			roster: nodes,
			attestations: proof(&mut answer).attestations.clone(),
		};
		let error = check(&answer).unwrap_err();
		let found = matches!(&error, AssuranceError::Roster(found) if std::mem::discriminant(found) == std::mem::discriminant(&expected));
		assert!(found, "{error}");
	}
}

#[test]
fn block_chain_and_certificate_must_be_the_ones() {
	let mut bare = good();
	bare.proof = None;
	assert_eq!(check(&bare), Err(VerifyError::Missing { field: "proof" }.into()));
	let other = BlockHash::repeat_byte(1);
	let error = verify_assurance(&other, &set(), &good()).unwrap_err();
	assert_eq!(error, VerifyError::OtherChain { found: GENESIS, expected: other }.into());
	let newer = ValidatorSet::new(SetId(3), Height(1), set().members().to_vec()).unwrap();
	let error = verify_assurance(&GENESIS, &newer, &good()).unwrap_err();
	assert!(matches!(error, AssuranceError::Verify(VerifyError::Certificate(CertificateError::WrongSet { .. }))));
	let mut other_block = good();
	other_block.block.height = Height(13);
	assert!(matches!(check(&other_block), Err(AssuranceError::Verify(VerifyError::OtherHeader { .. }))));
	let few = Maker { signers: vec![1, 2], ..Maker::new() }.answer();
	assert!(matches!(
		check(&few),
		Err(AssuranceError::Verify(VerifyError::Certificate(CertificateError::NoQuorum { found: 2, quorum: 3 })))
	));
	// Genesis has no certificate and no attestations.
	let mut genesis = good();
	let header = header_at(0, BlockHash::zero());
	genesis.block = BlockAnswer { height: Height(0), hash: header.hash() };
	genesis.genesis = header.hash();
	proof(&mut genesis).header = Bytes(header.encode());
	assert_eq!(verify_assurance(&header.hash(), &set(), &genesis), Err(AssuranceError::Genesis));
}

#[test]
fn too_much_is_not_looked_at() {
	let spoil: [(fn(&mut AssuranceAnswer), &str); 5] = [
		(|a| proof(a).header = Bytes(vec![0; 300_000]), "proof.header"),
		(|a| proof(a).parent = Bytes(vec![0; 300_000]), "proof.parent"),
		(|a| proof(a).roster = vec![Bytes(vec![0; 1 << 20]); 17], "proof.roster"),
		(|a| proof(a).attestations = Bytes(vec![0; 100_000]), "proof.attestations"),
		(|a| a.present = vec![a.present[0]; 1025], "present"),
	];
	for (spoil, name) in spoil {
		let mut answer = good();
		spoil(&mut answer);
		let error = check(&answer).unwrap_err();
		let found = matches!(error, AssuranceError::Verify(VerifyError::TooMuch { field, .. }) if field == name);
		assert!(found, "{name}: {error}");
	}
}
