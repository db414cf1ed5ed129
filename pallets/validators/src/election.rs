//! The election of a committee, one era ahead.
//!
//! When an era ends, the secrets that were revealed in it are mixed into the seed, and the committee of the era *after* the
//! next is drawn by it: who stands for election could not know the seed when it committed itself, and who is elected is
//! known for a whole era before it serves.
//!
//! One after the other is drawn, each as likely as its score says in relation to those that are left. Who would give its
//! institution more than its share (`shares.rs`) is passed over. First those are drawn who revealed their secret; if they
//! are too few, members of the current set who commit, and then others who have declared to be ready. Who committed itself
//! and kept the secret back does not stand. The next ones that would be drawn are the alternates. If so few stand that the
//! committee would bear fewer faulty members than the one there is, that one stays.

use crate::{
	lottery::Contribution,
	scores::NEUTRAL,
	shares::most_of_one,
	types::{Elected, Members},
	Config, Contributors, CurrentSet, Declarations, Event, NextCommittee, Pallet, Scores, Seed, Undeclared,
};
use alloc::{
	collections::{btree_map::BTreeMap, btree_set::BTreeSet},
	vec::Vec,
};
use frame_support::{traits::Get, BoundedVec};
use sp_runtime::traits::{BlakeTwo256, Hash};
use syndic_primitives::{
	api, lottery::Hash256, peer::InstitutionId, risk, roster::MAX_ROSTER, Height, Parameters, RosterEntry, ValidatorId,
	MAX_VALIDATORS,
};

/// Separates draws from other hashes.
const DRAW_DOMAIN: &[u8; 19] = b"syndic/pbft/draw/v1";

/// There are as many alternates as members, but not fewer than this.
const LEAST_ALTERNATES: usize = 8;

/// One that can be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
	/// Who.
	pub validator: ValidatorId,
	/// Whose it is; nothing: an institution of its own.
	pub institution: Option<InstitutionId>,
	/// How likely it is drawn.
	pub weight: u32,
}

/// Who was drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
	/// The members.
	pub members: Vec<ValidatorId>,
	/// Who would have been next.
	pub alternates: Vec<ValidatorId>,
}

/// Draws `size` members, or as many as the candidates and the institutions' shares allow, and as many alternates. All of one
/// tier are drawn before the first of the next one. It depends on its arguments alone.
pub fn draw(seed: &Hash256, tiers: &[Vec<Candidate>], size: usize) -> Drawn {
	let mut size = size;
	loop {
		let drawn = draw_with_shares_of(seed, tiers, size);
		// In a smaller committee an institution may hold less. It gets smaller each time, so this ends.
		if drawn.members.len() >= size || most_of_one(drawn.members.len()) == most_of_one(size) {
			return drawn;
		}
		size = drawn.members.len();
	}
}

fn draw_with_shares_of(seed: &Hash256, tiers: &[Vec<Candidate>], size: usize) -> Drawn {
	let (most, alternates) = (most_of_one(size), size.max(LEAST_ALTERNATES).min(MAX_VALIDATORS as usize));
	let mut held = BTreeMap::<InstitutionId, usize>::new();
	let (mut drawn, mut number) = (Drawn::default(), 0u32);
	for tier in tiers {
		let mut left = tier.clone();
		while !left.is_empty() && (drawn.members.len() < size || drawn.alternates.len() < alternates) {
			let candidate = left.remove(pick(seed, number, &left));
			number += 1;
			let holds = candidate.institution.and_then(|institution| held.get(&institution).copied()).unwrap_or(0);
			if drawn.members.len() < size && holds < most {
				if let Some(institution) = candidate.institution {
					held.insert(institution, holds + 1);
				}
				drawn.members.push(candidate.validator);
			} else if drawn.alternates.len() < alternates {
				drawn.alternates.push(candidate.validator);
			}
		}
	}
	drawn
}

/// Which of these the `number`-th draw picks. There is at least one.
fn pick(seed: &Hash256, number: u32, candidates: &[Candidate]) -> usize {
	let total: u64 = candidates.iter().map(|candidate| u64::from(candidate.weight)).sum();
	let hash = BlakeTwo256::hash_of(&(DRAW_DOMAIN, seed, number));
	let mut bytes = [0; 16];
	bytes.copy_from_slice(&hash.0[..16]);
	// The total is below 2^17 in any roster: the remainder favours nobody by more than one in 2^110.
	let mut ticket = (u128::from_le_bytes(bytes) % u128::from(total.max(1))) as u64;
	for (place, candidate) in candidates.iter().enumerate() {
		match ticket.checked_sub(u64::from(candidate.weight)) {
			Some(rest) => ticket = rest,
			None => return place,
		}
	}
	// Only if nobody has any weight.
	0
}

/// How large a committee is, of so many who stand for election: as large as the parameters say, or larger where that would
/// be riskier than they allow, and never more than there are or than a set can hold.
pub fn size_of(parameters: &Parameters, registered: u32) -> u32 {
	let all = registered.min(MAX_VALIDATORS);
	let asked = parameters.committee_size.min(all);
	let faulty = risk::faulty_of(registered, parameters.assumed_faulty);
	if !risk::exceeds(registered, faulty, asked, parameters.committee_risk) {
		return asked;
	}
	risk::smallest_size_from(asked, registered, faulty, parameters.committee_risk).unwrap_or(all)
}

impl<T: Config> Pallet<T> {
	/// Draws the committee of an era that begins at `since`, by what was contributed in the era that is over. If nobody has
	/// contributed, there is no election.
	pub(crate) fn elect(
		era: u32,
		since: Height,
		roster: &[RosterEntry],
		contributions: &[(ValidatorId, Contribution)],
		fair: bool,
	) {
		let revealed: BTreeSet<_> =
			contributions.iter().filter(|(_, c)| c.secret.is_some()).map(|(key, _)| key.clone()).collect();
		let contributors = revealed.iter().take(MAX_ROSTER as usize).cloned().collect();
		Contributors::<T>::put(BoundedVec::truncate_from(contributors));
		let withheld: BTreeSet<_> =
			contributions.iter().filter(|(_, c)| fair && c.secret.is_none()).map(|(key, _)| key.clone()).collect();
		let members: BTreeSet<_> = CurrentSet::<T>::get().members.into_iter().collect();
		let absent: BTreeSet<_> = Self::absent(&Undeclared::<T>::get()).into_iter().collect();
		let declarations = Declarations::<T>::get();
		let has_declared = |key: &ValidatorId| {
			let now = Self::now();
			declarations.iter().any(|declaration| declaration.validator == *key && Self::holds_at(declaration, now))
		};

		let scores = Scores::<T>::get();
		let mut tiers: [Vec<Candidate>; 3] = Default::default();
		for RosterEntry { validator, institution, .. } in roster {
			let tier = match validator {
				key if revealed.contains(key) => 0,
				key if withheld.contains(key) => continue,
				key if members.contains(key) && !absent.contains(key) => 1,
				key if has_declared(key) => 2,
				_ => continue,
			};
			let weight = u32::from(scores.get(validator).copied().unwrap_or(NEUTRAL));
			tiers[tier].push(Candidate { validator: validator.clone(), institution: *institution, weight });
		}
		if tiers[0].is_empty() {
			NextCommittee::<T>::kill();
			Self::deposit_event(Event::NobodyElected { era });
			return;
		}
		let parameters = T::Parameters::get();
		let (asked, registered) = (parameters.committee_size, roster.len() as u32);
		let size = size_of(&parameters, registered);
		if size > asked {
			Self::deposit_event(Event::CommitteeEnlarged { era, asked, needed: size });
		}
		let Drawn { members, alternates } = draw(&Seed::<T>::get(), &tiers, size as usize);
		let (drawn, spare) = (members.len() as u32, alternates.len() as u32);
		let current = CurrentSet::<T>::get().members.len();
		if !Self::bears_as_much(current, members.len()) {
			NextCommittee::<T>::kill();
			Self::deposit_event(Event::TooFewElected { era, members: drawn, current: current as u32 });
			return;
		}
		// No more than a set can hold were drawn of either.
		let members = Members::truncate_from(members);
		NextCommittee::<T>::put(Elected { era, since, members, alternates: Members::truncate_from(alternates) });
		Self::deposit_event(Event::CommitteeElected { era, members: drawn, alternates: spare, candidates: registered });
	}

	/// The committee in force, and the next one.
	pub fn committee() -> api::CommitteeState {
		let parameters = T::Parameters::get();
		let era = crate::CurrentEra::<T>::get();
		let registered = Self::registered();
		let assumed_faulty = risk::faulty_of(registered, parameters.assumed_faulty);
		let size = match parameters.committee_size {
			0 => registered.min(MAX_VALIDATORS),
			size => size,
		};
		api::CommitteeState {
			era: era.index,
			since: era.since,
			length: parameters.era_length,
			size: parameters.committee_size,
			registered,
			assumed_faulty,
			risk: risk::scaled(registered, assumed_faulty, size),
			next: NextCommittee::<T>::get().map(|Elected { era, since, members, alternates }| api::NextCommittee {
				era,
				since,
				members: members.into_inner(),
				alternates: alternates.into_inner(),
			}),
		}
	}
}
