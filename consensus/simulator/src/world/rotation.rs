//! Committees that are drawn from a crowd, one after the other.
//!
//! An election is assumed to keep what [`syndic_primitives::risk`] computes: no committee holds more than `f` faulty
//! members, however many faulty ones the crowd has. Within that bound any validator may be drawn, and often no member
//! of the committee before is drawn again.

use super::{Mesh, Setting, World};
use crate::{
	audit::Audit,
	blocks::{parameters, Blocks},
	byzantine::{Actor, Kind},
	dice::Dice,
	profile::Circumstances,
};
use std::collections::{BTreeMap, BTreeSet};
use syndic_primitives::{set::max_faulty, Height, Parameters, MIN_CHANGE_DELAY};

/// Number of changes that are drawn: more than a run has time for.
const CHANGES: usize = 60;

/// Number of registered validators for a committee of this size.
pub const fn crowd(committee: usize) -> usize {
	2 * committee + 2
}

/// The faulty validators, and the members of each later committee by the height from which it votes.
struct Plan {
	byzantine: Vec<usize>,
	absent: Vec<usize>,
	changes: BTreeMap<Height, Vec<usize>>,
}

fn shuffled(mut of: Vec<usize>, dice: &mut Dice) -> Vec<usize> {
	for at in (1..of.len()).rev() {
		of.swap(at, dice.below(at as u64 + 1) as usize);
	}
	of
}

/// Draws `size` members of `from`, in any order, at most `f` of them faulty. `None` if too few can be drawn.
fn elect(size: usize, from: Vec<usize>, faulty: &BTreeSet<usize>, dice: &mut Dice) -> Option<Vec<usize>> {
	let mut bears = max_faulty(size);
	let mut committee = Vec::new();
	for one in shuffled(from, dice) {
		if faulty.contains(&one) {
			if bears == 0 {
				continue;
			}
			bears -= 1;
		}
		committee.push(one);
		if committee.len() == size {
			return Some(committee);
		}
	}
	None
}

impl Plan {
	/// Draws a plan. The first committee is the first `committee` validators of the crowd.
	fn draw(committee: usize, dice: &mut Dice) -> Self {
		let everybody: Vec<usize> = (0..crowd(committee)).collect();
		let bears = max_faulty(committee);
		let most = if bears == 0 { 0 } else { everybody.len() / 4 };
		let mut in_first = 0;
		let mut faulty: Vec<usize> = Vec::new();
		for one in shuffled(everybody.clone(), dice).into_iter().take(dice.below(most as u64 + 1) as usize) {
			let first = usize::from(one < committee);
			if in_first + first <= bears {
				in_first += first;
				faulty.push(one);
			}
		}
		let all_faulty: BTreeSet<usize> = faulty.iter().copied().collect();
		let (byzantine, absent) = faulty.into_iter().partition(|_| dice.chance(600));
		let (mut changes, mut height) = (BTreeMap::new(), 1);
		let mut present: Vec<usize> = (0..committee).collect();
		let longest = dice.within(12, 30);
		for _ in 0..CHANGES {
			height += dice.within(u64::from(MIN_CHANGE_DELAY) + 1, longest) as u32;
			let others: Vec<usize> = everybody.iter().copied().filter(|one| !present.contains(one)).collect();
			let next = match dice.below(4) {
				// A member leaves in mid-era, and an alternate takes its place.
				0 => {
					let leaves = dice.below(present.len() as u64) as usize;
					let stay: Vec<usize> = present.iter().copied().filter(|one| *one != present[leaves]).collect();
					let faulty_left = stay.iter().filter(|one| all_faulty.contains(one)).count();
					let honest: Vec<usize> = others.iter().copied().filter(|one| !all_faulty.contains(one)).collect();
					let from = if faulty_left < max_faulty(present.len()) { others } else { honest };
					dice.pick(&from).map(|joins| stay.into_iter().chain([*joins]).collect())
				}
				// Any validator may be drawn, members of the present committee too. The new committee is now and then
				// smaller.
				1 => {
					let least = if committee > 4 { committee.saturating_sub(2).max(4) } else { committee };
					elect(dice.within(least as u64, committee as u64) as usize, everybody.clone(), &all_faulty, dice)
				}
				_ => elect(committee, others, &all_faulty, dice),
			};
			if let Some(next) = next {
				present = next;
				changes.insert(Height(height), present.clone());
			}
		}
		Self { byzantine, absent, changes }
	}
}

impl World {
	/// A crowd from which committees of up to `committee` members are drawn, one after the other.
	pub(super) fn rotating(committee: usize, drawn: Circumstances, mut dice: Dice, audit: Audit) -> Self {
		let Plan { byzantine, absent, changes } = Plan::draw(committee, &mut dice);
		let byzantine: Vec<(usize, Kind)> =
			byzantine.into_iter().map(|at| (at, Kind::ALL[dice.below(Kind::ALL.len() as u64) as usize])).collect();
		let circumstances = Circumstances { absent: absent.len(), byzantine, set_changes: true, ..drawn };
		let mut actors: BTreeMap<usize, Box<dyn Actor>> =
			circumstances.byzantine.iter().map(|(at, kind)| (*at, kind.actor())).collect();
		let seats = (0..crowd(committee)).map(|at| (at, actors.remove(&at))).collect();
		let Circumstances { depth, dissemination, .. } = circumstances;
		let parameters = Parameters { pipeline_depth: depth, dissemination, ..parameters() };
		let blocks = Blocks::under(committee, changes, parameters, BTreeMap::new());
		let setting = Setting { validators: committee, seats, circumstances, blocks, mesh: Mesh::Members };
		let mut world = Self::assemble(setting, dice, audit);
		world.absentees = Some(absent);
		world
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn no_committee_has_more_faulty_members_than_it_bears() {
		let (mut wholly_different, mut replaced, mut most_faulty) = (0, 0, 0);
		for (seed, committee) in (0..200).flat_map(|seed| [1, 2, 3, 4, 5, 6, 7, 10].map(|committee| (seed, committee)))
		{
			let plan = Plan::draw(committee, &mut Dice::new(seed));
			let faulty: BTreeSet<usize> = plan.byzantine.iter().chain(&plan.absent).copied().collect();
			let first: Vec<usize> = (0..committee).collect();
			let sets: Vec<_> = [&first].into_iter().chain(plan.changes.values()).collect();
			for set in &sets {
				let members: BTreeSet<usize> = set.iter().copied().collect();
				assert!(
					members.len() == set.len()
						&& set.len() <= committee
						&& members.iter().all(|m| *m < crowd(committee))
				);
				assert!(members.intersection(&faulty).count() <= max_faulty(set.len()), "seed {seed}, {set:?}");
			}
			for pair in sets.windows(2) {
				let shared = pair[1].iter().filter(|member| pair[0].contains(member)).count();
				wholly_different += usize::from(shared == 0);
				replaced += usize::from(committee > 1 && shared + 1 == committee);
			}
			most_faulty = most_faulty.max(faulty.len());
			let heights: Vec<_> = plan.changes.keys().map(|height| height.0).collect();
			assert!(heights.windows(2).all(|pair| pair[1] - pair[0] > MIN_CHANGE_DELAY));
			assert!(plan.changes.len() > CHANGES / 2, "{}", plan.changes.len());
		}
		assert!(
			wholly_different > 10_000 && replaced > 5_000 && most_faulty == 5,
			"{wholly_different} {replaced} {most_faulty}"
		);
	}
}
