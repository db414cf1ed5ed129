//! What the storage keeps to, for `try_state` and for tests.

use crate::{Cases, Config, Expiries, FreezeReason, Freezes, NextCase, NextRecord, Pallet, Records, Subject};
use alloc::collections::btree_map::BTreeMap;
use frame_support::traits::fungible::InspectFreeze;

impl<T: Config> Pallet<T> {
	/// What is true of the state after every block.
	pub(crate) fn check_state() -> Result<(), &'static str> {
		let now = frame_system::Pallet::<T>::block_number();
		let mut by_case = BTreeMap::<_, u32>::new();
		let mut in_force = 0;
		for (subject, freeze) in Freezes::<T>::iter() {
			in_force += 1;
			*by_case.entry(freeze.case).or_default() += 1;
			if freeze.until <= now || freeze.until <= freeze.since {
				return Err("a freeze is over and holds");
			}
			if !Expiries::<T>::get(freeze.until).contains(&subject) {
				return Err("a freeze never ends");
			}
			if let Subject::Account(account) = &subject {
				if T::Ledger::balance_frozen(&FreezeReason::Supervision.into(), account) != Self::everything() {
					return Err("a frozen account can be drained");
				}
			}
		}
		let expiring: usize = Expiries::<T>::iter_values().map(|subjects| subjects.len()).sum();
		if expiring != in_force {
			return Err("something is to expire that is not frozen");
		}
		let next = NextCase::<T>::get();
		for (number, case) in Cases::<T>::iter() {
			let freezes = by_case.remove(&number).unwrap_or_default();
			if case.freezes != freezes || (case.closed.is_some() && freezes > 0) || number >= next {
				return Err("the freezes of a case are not counted");
			}
		}
		if !by_case.is_empty() {
			return Err("a freeze is of no case");
		}
		let records = Records::<T>::iter();
		if !records.into_iter().all(|(number, record)| number == record.number && number < NextRecord::<T>::get()) {
			return Err("a record is misplaced");
		}
		Ok(())
	}
}
