//! Who is there, as far as parameters depend on it.

use crate::{Config, Pallet};
use alloc::{collections::BTreeSet, vec::Vec};
use syndic_primitives::{Membership, RosterEntry, Seat, ValidatorId};

/// Where this pallet learns who the validators are.
pub trait Members {
	/// The members of the set that decides the next height.
	fn set() -> Vec<ValidatorId>;

	/// Who is registered and approved. Where nothing says so, each member of the set stands for itself.
	fn roster() -> Vec<RosterEntry> {
		let own = |validator| RosterEntry { validator, institution: None, regulator: false, seat: Seat::Validator };
		Self::set().into_iter().map(own).collect()
	}

	/// Puts these on the roster.
	#[cfg(feature = "runtime-benchmarks")]
	fn register(validators: Vec<ValidatorId>);
}

impl<T: Config> Pallet<T> {
	/// What parameters are judged against.
	pub(crate) fn membership() -> Membership {
		let signals = crate::Signals::<T>::get();
		let supported = |validator: &ValidatorId| crate::versions::supported_by(&signals, validator);
		let (mut registered, mut institutions, mut alone) = (Vec::new(), BTreeSet::new(), 0u32);
		for entry in T::Members::roster().iter().filter(|entry| entry.seat == Seat::Validator) {
			registered.push(supported(&entry.validator));
			match entry.institution {
				Some(institution) => {
					institutions.insert(institution);
				}
				None => alone = alone.saturating_add(1),
			}
		}
		Membership {
			members: T::Members::set().iter().map(supported).collect(),
			registered,
			institutions: alone.saturating_add(institutions.len() as u32),
		}
	}
}
