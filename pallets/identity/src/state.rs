//! What the storage keeps to, for `try_state` and for tests.

use crate::{Config, Departures, Identities, Institutions, NextInstitution, Pallet, RevokedCertificates, Roots, Usage};
use alloc::collections::btree_map::BTreeMap;

impl<T: Config> Pallet<T> {
	/// What is true of the state after every block.
	pub(crate) fn check_state() -> Result<(), &'static str> {
		let next = NextInstitution::<T>::get();
		let mut counts = BTreeMap::new();
		for (account, identity) in Identities::<T>::iter() {
			let institution = Institutions::<T>::get(identity.institution).ok_or("an identity is of no institution")?;
			if !identity.role.is_of(institution.kind) {
				return Err("an identity's role is not of the kind of its institution");
			}
			if identity.certificates.is_empty() {
				return Err("an identity rests on no certificate");
			}
			if frame_system::Pallet::<T>::sufficients(&account) == 0 {
				return Err("an account with an identity does not exist");
			}
			if Departures::<T>::contains_key(&account) {
				return Err("an account has departed and has an identity");
			}
			*counts.entry(identity.institution).or_insert(0_u32) += 1;
		}
		for (id, institution) in Institutions::<T>::iter() {
			if id >= next {
				return Err("NextInstitution was given to an institution already");
			}
			if counts.get(&id).copied().unwrap_or(0) != institution.identities {
				return Err("an institution has another number of identities than it counts");
			}
		}
		for (id, roots) in Roots::<T>::iter() {
			if !Institutions::<T>::contains_key(id) {
				return Err("there are roots of no institution");
			}
			let twice = |at: usize| roots[..at].iter().any(|root| root.fingerprint() == roots[at].fingerprint());
			if (0..roots.len()).any(twice) {
				return Err("an institution has a root twice");
			}
			if roots.iter().any(|root| RevokedCertificates::<T>::contains_key(id, root.fingerprint())) {
				return Err("an institution has a root that is revoked");
			}
		}
		match Usage::<T>::iter_keys().all(Institutions::<T>::contains_key) {
			true => Ok(()),
			false => Err("there is a quota of no institution"),
		}
	}
}
