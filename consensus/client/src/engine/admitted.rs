//! Which validators may be connected after each final block.

use super::jobs::Advance;
use std::collections::BTreeSet;
use syndic_primitives::{Height, SetId, ValidatorId, MAX_PIPELINE_DEPTH};

/// Number of heights for which a set stays connected after its last one. During that time a member that missed the
/// set's last votes can still be told, and messages about the set's last proposals still arrive.
const LINGER: u32 = 2 * MAX_PIPELINE_DEPTH;

/// The admitted members, and the validators that are admitted early, each ascending.
pub(super) type Keys = (Vec<ValidatorId>, Vec<ValidatorId>);

/// The admitted validators: the current set, the scheduled set, for a while the set before the current one, and, early,
/// the committee of the next era. None of the four can have more than [`syndic_primitives::MAX_VALIDATORS`] members.
#[derive(Debug, Default)]
pub(super) struct Admitted {
	/// The set in force at the last call of [`Self::after`].
	current: Option<(SetId, Vec<ValidatorId>)>,
	/// The previous set, and the last height at which it is admitted.
	leaving: Option<(Vec<ValidatorId>, Height)>,
	/// The result that was returned last.
	said: Option<Keys>,
}

impl Admitted {
	/// The validators that are admitted after a final block. `None` if they are the same as before.
	pub(super) fn after(&mut self, known: &Advance) -> Option<Keys> {
		let (height, set) = (known.head.height, &known.rules.set);
		if self.current.as_ref().is_none_or(|(id, _)| *id != set.id()) {
			let before = self.current.replace((set.id(), set.members().to_vec()));
			self.leaving = before.map(|(_, members)| (members, Height(height.0.saturating_add(LINGER))));
		}
		self.leaving = self.leaving.take().filter(|(_, until)| height <= *until);
		let leaving = self.leaving.iter().flat_map(|(members, _)| members);
		// Each key once, in an order that only the chain determines.
		let members: BTreeSet<&ValidatorId> = set.members().iter().chain(&known.scheduled).chain(leaving).collect();
		let early: BTreeSet<&ValidatorId> = known.coming.iter().filter(|id| !members.contains(id)).collect();
		let owned = |keys: BTreeSet<&ValidatorId>| keys.into_iter().cloned().collect::<Vec<_>>();
		let keys = (owned(members), owned(early));
		if self.said.as_ref() == Some(&keys) {
			return None;
		}
		self.said = Some(keys.clone());
		Some(keys)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::chain::Head;
	use sp_core::{crypto::UncheckedFrom, ed25519};
	use syndic_primitives::{BlockHash, Parameters, Rules, ValidatorSet};

	fn keys(numbers: &[u8]) -> Vec<ValidatorId> {
		numbers.iter().map(|n| ed25519::Public::unchecked_from([*n; 32]).into()).collect()
	}

	/// A final block at a height, with a set, a scheduled set, and the next committee.
	fn at(height: u32, (id, set): (u64, &[u8]), scheduled: &[u8], coming: &[u8]) -> Advance {
		let set = ValidatorSet::new(SetId(id), Height(1), keys(set)).expect("distinct");
		Advance {
			head: Head { height: Height(height), hash: BlockHash::zero() },
			certificate: None,
			between: Vec::new(),
			rules: Rules { set, parameters: Parameters::default(), until: None },
			scheduled: keys(scheduled),
			coming: keys(coming),
			timestamp: None,
		}
	}

	fn admit(members: &[u8], early: &[u8]) -> Option<Keys> {
		Some((keys(members), keys(early)))
	}

	#[test]
	fn a_committee_is_connected_before_its_era_and_for_a_while_after() {
		let mut admitted = Admitted::default();
		let (first, second): ((u64, &[u8]), (u64, &[u8])) = ((1, &[1, 2, 3, 4]), (2, &[3, 5, 6, 7]));
		assert_eq!(admitted.after(&at(10, first, &[], &[])), admit(first.1, &[]));
		assert_eq!(admitted.after(&at(11, first, &[], &[])), None, "nothing is new");
		assert_eq!(admitted.after(&at(12, first, &[], second.1)), admit(first.1, &[5, 6, 7]));
		assert_eq!(admitted.after(&at(80, first, second.1, second.1)), admit(&[1, 2, 3, 4, 5, 6, 7], &[]));
		// The second set is in force, and the committee after it is elected.
		let all = admit(&[1, 2, 3, 4, 5, 6, 7], &[8]);
		assert_eq!(admitted.after(&at(100, second, &[], &[1, 2, 7, 8])), all);
		assert_eq!(admitted.after(&at(100 + LINGER, second, &[], &[1, 2, 7, 8])), None);
		assert_eq!(admitted.after(&at(101 + LINGER, second, &[], &[1, 2, 7, 8])), admit(second.1, &[1, 2, 8]));
	}

	/// When sets follow each other faster than they are forgotten, the set before the previous one is dropped at once.
	#[test]
	fn at_most_one_set_lingers() {
		let mut admitted = Admitted::default();
		admitted.after(&at(1, (1, &[1]), &[], &[]));
		assert_eq!(admitted.after(&at(2, (2, &[2]), &[], &[])), admit(&[1, 2], &[]));
		assert_eq!(admitted.after(&at(3, (3, &[3]), &[], &[])), admit(&[2, 3], &[]));
	}
}
