//! Counts the signatures behind a block, and derives the levels that the block has reached.

use super::{Attestation, AttestationError, BlockAttestations, Roster};
use crate::{crypto::VerifySignature, AssuranceLevel, BlockHash, RosterIndex, Seat, ValidatorSet, VerifiedCertificate};
use alloc::{collections::BTreeMap, vec, vec::Vec};
use serde::{Deserialize, Serialize};

/// The entries of a roster that stand behind a block, by commit or by attestation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witnesses(Vec<bool>);

impl Witnesses {
	/// No entry of this roster.
	pub fn none(roster: &Roster) -> Self {
		Self(vec![false; roster.size()])
	}

	/// The signers of a certificate that are on the roster. `set` is the set that signed.
	pub fn committed<'a>(
		roster: &Roster,
		set: &ValidatorSet,
		signers: impl IntoIterator<Item = &'a crate::SignerIndex>,
	) -> Self {
		let mut witnesses = Self::none(roster);
		for position in
			signers.into_iter().filter_map(|signer| set.member(*signer)).filter_map(|key| roster.position_of(key))
		{
			witnesses.add(position);
		}
		witnesses
	}

	/// Adds an entry. Returns whether it is on the roster and was not added before.
	pub fn add(&mut self, position: RosterIndex) -> bool {
		self.0.get_mut(usize::from(position.0)).is_some_and(|present| !core::mem::replace(present, true))
	}

	/// Whether the entry at this position has been added.
	pub fn has(&self, position: RosterIndex) -> bool {
		self.0.get(usize::from(position.0)).copied().unwrap_or(false)
	}
}

/// The count for one level: how many stand behind the block, of how many, and how many are needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Count {
	/// How many stand behind the block.
	pub present: u32,
	/// How many there are in all.
	pub of: u32,
	/// How many must stand behind the block for the level.
	pub needed: u32,
}

impl Count {
	/// A count of which at least two thirds are needed.
	fn two_thirds(present: u32, of: u32) -> Self {
		Self { present, of, needed: of.saturating_mul(2).div_ceil(3) }
	}

	/// Whether enough stand behind the block. If there are none in all, the level is never reached.
	pub fn is_reached(&self) -> bool {
		self.of > 0 && self.present >= self.needed
	}
}

/// The counts of validators, institutions and regulators that stand behind a final block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
	/// Validators of the roster.
	pub validators: Count,
	/// Institutions with a validator. An institution counts once, whichever of its validators signed; a validator
	/// without an institution counts as an institution of its own. Observers do not count for their institution here.
	pub institutions: Count,
	/// Validators and observers of regulators. One is enough.
	pub regulators: Count,
}

impl Tally {
	/// Counts the witnesses of a roster.
	pub fn of(roster: &Roster, witnesses: &Witnesses) -> Self {
		let (mut validators, mut regulators) = ((0, 0), (0, 0));
		// For each institution, whether one of its validators is present. The key is the institution's number or, for a
		// validator without an institution, the validator's position.
		let mut institutions = BTreeMap::<(Option<u32>, u16), bool>::new();
		for (position, entry) in roster.iter() {
			let present = witnesses.has(position);
			let count = |(there, of): &mut (u32, u32)| {
				*there += u32::from(present);
				*of += 1;
			};
			if entry.regulator {
				count(&mut regulators);
			}
			if entry.seat == Seat::Validator {
				count(&mut validators);
				let own = if entry.institution.is_none() { position.0 } else { 0 };
				*institutions.entry((entry.institution, own)).or_default() |= present;
			}
		}
		// There are at most as many institutions as entries, which fits.
		let present = institutions.values().filter(|present| **present).count() as u32;
		Self {
			validators: Count::two_thirds(validators.0, validators.1),
			institutions: Count::two_thirds(present, institutions.len() as u32),
			regulators: Count { present: regulators.0, of: regulators.1, needed: 1 },
		}
	}

	/// The count that decides a level; `None` for the committee level, which the certificate decides.
	pub fn count(&self, level: AssuranceLevel) -> Option<Count> {
		match level {
			AssuranceLevel::Committee => None,
			AssuranceLevel::Validators => Some(self.validators),
			AssuranceLevel::Institutions => Some(self.institutions),
			AssuranceLevel::Regulator => Some(self.regulators),
		}
	}

	/// Whether a final block with this count has reached a level.
	pub fn reaches(&self, level: AssuranceLevel) -> bool {
		self.count(level).is_none_or(|count| count.is_reached())
	}

	/// Every level that a final block with this count has reached.
	pub fn levels(&self) -> Vec<AssuranceLevel> {
		AssuranceLevel::ALL.into_iter().filter(|level| self.reaches(*level)).collect()
	}
}

/// Checks an assurance certificate: the commits of a block and its attestations. `set` is the set that decided the
/// block, and `roster` the roster that counts for it. Returns the witnesses and their count. Errors:
/// [`AttestationError`].
pub fn assess(
	genesis: &BlockHash,
	set: &ValidatorSet,
	commit: &VerifiedCertificate,
	roster: &Roster,
	attestations: &BlockAttestations,
	scheme: &impl VerifySignature,
) -> Result<(Witnesses, Tally), AttestationError> {
	let block = Attestation { height: commit.height(), block_hash: commit.block_hash() };
	attestations.verify(block, genesis, roster, scheme)?;
	let mut witnesses = Witnesses::committed(roster, set, commit.signatures.iter().map(|(signer, _)| signer));
	for (position, _) in &attestations.attestations {
		witnesses.add(*position);
	}
	let tally = Tally::of(roster, &witnesses);
	Ok((witnesses, tally))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		crypto::{verify_ed25519, ValidatorPair},
		Certificate, Height, Phase, RosterEntry, SetId, SignerIndex, ValidatorId, View, Vote,
	};
	use sp_core::Pair;

	fn key(n: u8) -> ValidatorId {
		sp_core::ed25519::Public::from([n; 32]).into()
	}

	/// Entries with keys 1, 2, 3, …
	fn roster(entries: &[(Option<u32>, bool, Seat)]) -> Roster {
		let entries = (1..).zip(entries).map(|(n, (institution, regulator, seat))| RosterEntry {
			validator: key(n),
			institution: *institution,
			regulator: *regulator,
			seat: *seat,
		});
		Roster::new(entries.collect()).unwrap()
	}

	fn tally(roster: &Roster, present: &[u16]) -> Tally {
		let mut witnesses = Witnesses::none(roster);
		present.iter().for_each(|n| assert!(witnesses.add(RosterIndex(*n))));
		Tally::of(roster, &witnesses)
	}

	const V: Seat = Seat::Validator;
	const O: Seat = Seat::Observer;
	use AssuranceLevel::{Committee, Institutions, Regulator, Validators};

	#[test]
	fn two_thirds_are_needed_of_the_validators_and_observers_are_none() {
		for (of, needed) in [(1, 1), (2, 2), (3, 2), (4, 3), (6, 4), (7, 5), (10, 7), (1024, 683)] {
			assert_eq!(Count::two_thirds(0, of).needed, needed, "of {of}");
			assert!(!Count::two_thirds(needed - 1, of).is_reached());
			assert!(Count::two_thirds(needed, of).is_reached());
		}
		let roster = roster(&[(None, false, V), (None, false, V), (None, false, V), (Some(1), false, O)]);
		assert_eq!(tally(&roster, &[0, 3]).validators, Count { present: 1, of: 3, needed: 2 });
		assert_eq!(tally(&roster, &[0, 3]).levels(), [Committee]);
		assert_eq!(tally(&roster, &[0, 2]).levels(), [Committee, Validators, Institutions]);
	}

	#[test]
	fn an_institution_counts_once_and_one_of_its_validators_is_enough() {
		let a = (Some(1), false, V);
		let roster = roster(&[a, a, a, (Some(2), false, V), (Some(3), false, V), (Some(4), false, O)]);
		let of_one = tally(&roster, &[0, 1, 2]);
		assert_eq!(of_one.institutions, Count { present: 1, of: 3, needed: 2 });
		assert!(!of_one.reaches(Institutions) && !of_one.reaches(Validators));
		assert!(tally(&roster, &[1, 4]).reaches(Institutions));
		assert!(!tally(&roster, &[1, 5]).reaches(Institutions), "an observer is not its institution's validator");
	}

	#[test]
	fn validators_of_no_institution_are_each_their_own() {
		let roster = roster(&[(None, false, V), (None, false, V), (None, false, V)]);
		assert_eq!(tally(&roster, &[0, 1]).institutions, Count { present: 2, of: 3, needed: 2 });
	}

	#[test]
	fn a_regulator_signs_from_either_seat_and_where_there_is_none_nobody_does() {
		let with = |seat| roster(&[(Some(1), false, V), (Some(9), true, seat)]);
		for seat in [V, O] {
			assert!(tally(&with(seat), &[1]).reaches(Regulator));
			assert!(!tally(&with(seat), &[0]).reaches(Regulator));
		}
		assert!(!tally(&roster(&[(Some(1), false, V)]), &[0]).reaches(Regulator));
	}

	#[test]
	fn nobody_is_counted_twice_nor_from_outside() {
		let roster = roster(&[(None, false, V)]);
		let mut witnesses = Witnesses::none(&roster);
		assert!(witnesses.add(RosterIndex(0)));
		assert!(!witnesses.add(RosterIndex(0)));
		assert!(!witnesses.add(RosterIndex(1)) && !witnesses.has(RosterIndex(1)));
	}

	/// The committee has four of seven validators. Three of them commit, and attesters add to these.
	#[test]
	fn commits_and_attestations_are_added_up() {
		let genesis = BlockHash::repeat_byte(0xee);
		let mut pairs: Vec<_> = (1..=7).map(|n| ValidatorPair::from_seed(&[n; 32])).collect();
		let set =
			ValidatorSet::new(SetId(2), Height(1), pairs[..4].iter().map(|pair| pair.public()).collect()).unwrap();
		let block = Attestation { height: Height(9), block_hash: BlockHash::repeat_byte(3) };
		let vote = Vote {
			set_id: SetId(2),
			height: block.height,
			view: View(0),
			phase: Phase::Commit,
			block_hash: block.block_hash,
		};
		let sign = |n: u16| (SignerIndex(n), pairs[usize::from(n)].sign(&vote.payload(&genesis)));
		let commit = Certificate { vote, signatures: [0, 1, 3].map(sign).to_vec() };
		let commit = commit.verify(Phase::Commit, &genesis, &set, &verify_ed25519).unwrap();

		pairs.sort_by_key(|pair| pair.public());
		let entry = |pair: &ValidatorPair| RosterEntry {
			validator: pair.public(),
			institution: None,
			regulator: false,
			seat: V,
		};
		let roster = Roster::new(pairs.iter().map(entry).collect()).unwrap();
		let attested = |outsiders: usize| {
			let outside = roster.iter().filter(|(_, entry)| set.index_of(&entry.validator).is_none());
			let sign = |(position, _): (RosterIndex, _)| {
				(position, pairs[usize::from(position.0)].sign(&block.payload(&genesis)))
			};
			BlockAttestations { block, attestations: outside.take(outsiders).map(sign).collect() }
		};
		for (outsiders, reached) in [(0, false), (1, false), (2, true), (3, true)] {
			let (witnesses, tally) =
				assess(&genesis, &set, &commit, &roster, &attested(outsiders), &verify_ed25519).unwrap();
			assert_eq!(tally.validators, Count { present: 3 + outsiders as u32, of: 7, needed: 5 });
			assert_eq!(tally.reaches(Validators), reached, "{outsiders}");
			assert_eq!(roster.iter().filter(|(at, _)| witnesses.has(*at)).count(), 3 + outsiders);
		}
		// A signer's own attestation adds nothing.
		let signer = roster.position_of(set.member(SignerIndex(0)).unwrap()).unwrap();
		let own = (signer, pairs[usize::from(signer.0)].sign(&block.payload(&genesis)));
		let own = BlockAttestations { block, attestations: vec![own] };
		let (_, tally) = assess(&genesis, &set, &commit, &roster, &own, &verify_ed25519).unwrap();
		assert_eq!(tally.validators.present, 3);
	}
}
