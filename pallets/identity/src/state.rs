//! What the storage keeps to, for `try_state` and for tests.

use crate::{
	keys::MAX_ENCRYPTION_KEYS, Config, CurrentEncryptionKey, Departures, EncryptionKeys, Identities, Institutions,
	NextInstitution, Pallet, RevokedCertificates, Roots, Usage,
};
use alloc::collections::btree_map::BTreeMap;
use codec::Encode;

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
		if !Usage::<T>::iter_keys().all(Institutions::<T>::contains_key) {
			return Err("there is a quota of no institution");
		}
		Self::check_keys()
	}

	/// What is true of encryption keys: an account has all from the first to the last, and only the last is in use.
	fn check_keys() -> Result<(), &'static str> {
		let mut counts = BTreeMap::new();
		for (account, version, key) in EncryptionKeys::<T>::iter() {
			let last = CurrentEncryptionKey::<T>::get(&account);
			if !(1..=last).contains(&version) {
				return Err("an encryption key has a number that was not given");
			}
			if key.until.is_none() != (version == last && !key.revoked) {
				return Err(
					"an encryption key is in use although it was replaced or revoked, or is not although it was not",
				);
			}
			if !key.revoked && version == last && !Identities::<T>::contains_key(&account) {
				return Err("an encryption key is in use and its holder has no identity");
			}
			*counts.entry(account.encode()).or_insert(0_u32) += 1;
		}
		for (account, last) in CurrentEncryptionKey::<T>::iter() {
			if counts.get(&account.encode()) != Some(&last) || last > MAX_ENCRYPTION_KEYS {
				return Err("an account has fewer encryption keys than were given to it, or more than may be");
			}
		}
		Ok(())
	}
}
