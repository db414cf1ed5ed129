//! How much of a set one institution may hold.
//!
//! A set of `n` stands `f = ⌊(n − 1) / 3⌋` faulty members, and one institution's members are likely to fail together. So no
//! institution holds more than `f` of them, or one where `f` is none. A member that is not registered counts as an
//! institution of its own: nobody is known to stand behind it.
//!
//! A change is refused that makes an institution hold more than that, or exceed it by more than before: a smaller set
//! stands fewer faulty members, so a removal can do that to somebody else's share. What exceeds it already may come
//! down step by step. That happens where a proven equivocator was expelled, which is never refused for the share of those who
//! remain, and where members that were there before were registered for one institution.

use crate::{Config, Pallet, Registrations};
use alloc::collections::btree_map::BTreeMap;
use syndic_primitives::{peer::InstitutionId, set::max_faulty, ValidatorId};

/// The most members of a set that one institution may hold.
pub fn most_of_one(members: usize) -> usize {
	max_faulty(members).max(1)
}

/// How many of these members each institution holds, as `institution_of` says.
pub(crate) fn holdings(
	members: &[ValidatorId],
	institution_of: impl Fn(&ValidatorId) -> Option<InstitutionId>,
) -> BTreeMap<InstitutionId, usize> {
	let mut holdings = BTreeMap::new();
	for institution in members.iter().filter_map(institution_of) {
		*holdings.entry(institution).or_insert(0) += 1;
	}
	holdings
}

impl<T: Config> Pallet<T> {
	/// The institution that a set would give too large a share, or a share that exceeds the bound by more than in the
	/// current set.
	pub(crate) fn too_large_a_share(current: &[ValidatorId], members: &[ValidatorId]) -> Option<InstitutionId> {
		let institution_of =
			|key: &ValidatorId| Registrations::<T>::get(key).map(|registration| registration.institution);
		let bound = most_of_one(members.len());
		let mut exceeding = holdings(members, institution_of);
		exceeding.retain(|_, held| *held > bound);
		if exceeding.is_empty() {
			return None;
		}
		let before = holdings(current, institution_of);
		let bound_before = most_of_one(current.len());
		let excess_before = |id| before.get(&id).copied().unwrap_or(0).saturating_sub(bound_before);
		exceeding.into_iter().find(|(id, held)| held - bound > excess_before(*id)).map(|(id, _)| id)
	}
}
