//! Institutions and identities from genesis on.

use crate::{
	types::{
		Dependencies, HolderName, Identity, Institution, InstitutionId, InstitutionName, Kind, Role, Status,
		StoredRoots, MAX_INSTITUTION_NAME, MAX_ROOTS,
	},
	Config, Error, GenesisConfig, Institutions, NextInstitution, Pallet, Roots,
};
use alloc::{collections::btree_map::BTreeMap, string::String, vec::Vec};
use codec::Encode;
use frame_support::ensure;
use serde::{Deserialize, Serialize};
use sp_core::Bytes;
use syndic_x509::{Fingerprint, Root, UnixTime, MAX_COMMON_NAME_BYTES};

/// An institution that is there from genesis on. The first has number 0, the next 1, and so on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GenesisInstitution {
	/// What it is called.
	pub name: String,
	/// What it is.
	pub kind: Kind,
	/// Its root certificates: DER, in hexadecimal digits after `0x`.
	#[serde(default)]
	pub roots: Vec<Bytes>,
	/// How many transactions its people may send in a period.
	pub quota: u32,
}

/// An account that needs no certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GenesisIdentity<AccountId> {
	/// Which account.
	pub account: AccountId,
	/// Its institution's number.
	pub institution: InstitutionId,
	/// As what.
	pub role: Role,
	/// Who stands behind it.
	pub name: String,
	/// The last second in which it is valid, counted since the beginning of 1970; if it is not there, it does not expire.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub not_after: Option<u64>,
}

/// Why a chain cannot begin with these institutions and identities. Each message names the field as in JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
	/// A name is empty, too long, or has a control character.
	#[error("identity.{list}: entry {index}: the name needs 1 to {bound} bytes, and no control characters")]
	Name {
		/// `institutions` or `identities`.
		list: &'static str,
		/// Position of the entry.
		index: usize,
		/// The most bytes there may be.
		bound: u32,
	},
	/// Too many roots.
	#[error("identity.institutions: entry {index} has {count} roots, at most {MAX_ROOTS} are possible")]
	TooManyRoots {
		/// Position of the institution.
		index: usize,
		/// How many there are.
		count: usize,
	},
	/// Something that is no root.
	#[error("identity.institutions: entry {index}, root {root}: {error}")]
	Root {
		/// Position of the institution.
		index: usize,
		/// Position of the root.
		root: usize,
		/// What is wrong with it.
		error: syndic_x509::Error,
	},
	/// One root, twice in an institution.
	#[error("identity.institutions: entry {index}: roots {first} and {second} are the same")]
	DuplicateRoot {
		/// Position of the institution.
		index: usize,
		/// Position of the first one.
		first: usize,
		/// Position of the second.
		second: usize,
	},
	/// One account, two identities.
	#[error("identity.identities: entries {first} and {second} are for the same account")]
	DuplicateAccount {
		/// Position of the first one.
		first: usize,
		/// Position of the second.
		second: usize,
	},
	/// There is no such institution.
	#[error("identity.identities: entry {index} is of institution {institution}, there are {count}, counted from 0")]
	UnknownInstitution {
		/// Position of the entry.
		index: usize,
		/// The institution it names.
		institution: InstitutionId,
		/// How many there are.
		count: usize,
	},
	/// A regulator of a bank, for example.
	#[error("identity.identities: entry {index}: there is no {role:?} in an institution of the kind {kind:?}")]
	Role {
		/// Position of the entry.
		index: usize,
		/// Its role.
		role: Role,
		/// The kind of its institution.
		kind: Kind,
	},
}

impl<T: Config> GenesisConfig<T> {
	/// Whether a chain can begin like this.
	pub fn check(&self) -> Result<(), GenesisError> {
		for (index, institution) in self.institutions.iter().enumerate() {
			check_name("institutions", index, &institution.name, MAX_INSTITUTION_NAME)?;
			roots(index, institution)?;
		}
		let count = self.institutions.len();
		let mut seen = BTreeMap::new();
		for (index, identity) in self.identities.iter().enumerate() {
			check_name("identities", index, &identity.name, MAX_COMMON_NAME_BYTES as u32)?;
			if let Some(first) = seen.insert(&identity.account, index) {
				return Err(GenesisError::DuplicateAccount { first, second: index });
			}
			let GenesisIdentity { institution, role, .. } = *identity;
			let kind = self.institutions.get(institution as usize).map(|institution| institution.kind);
			let kind = kind.ok_or(GenesisError::UnknownInstitution { index, institution, count })?;
			ensure!(role.is_of(kind), GenesisError::Role { index, role, kind });
		}
		Ok(())
	}

	/// Stores it. What builds a chain has called [`Self::check`] before.
	pub(crate) fn build_checked(&self) -> Result<(), GenesisError> {
		self.check()?;
		for (index, given) in self.institutions.iter().enumerate() {
			let institution = Institution {
				name: InstitutionName::truncate_from(given.name.clone().into_bytes()),
				kind: given.kind,
				status: Status::Active,
				quota: given.quota,
				identities: 0,
			};
			let id = index as InstitutionId;
			Institutions::<T>::insert(id, institution);
			Roots::<T>::insert(id, StoredRoots::truncate_from(roots(index, given)?));
		}
		NextInstitution::<T>::put(self.institutions.len() as InstitutionId);
		for given in &self.identities {
			Pallet::<T>::put_identity(&given.account, identity::<T>(given));
		}
		Ok(())
	}
}

/// As it is stored. What stands for its certificate is a hash that is nobody's certificate's: of the institution and the
/// account.
pub(crate) fn identity<T: Config>(
	given: &GenesisIdentity<T::AccountId>,
) -> Identity<frame_system::pallet_prelude::BlockNumberFor<T>> {
	let stand_in = (b"syndic/identity/genesis/v1", given.institution, &given.account);
	let certificate = Fingerprint(stand_in.using_encoded(sp_io::hashing::sha2_256));
	Identity {
		institution: given.institution,
		role: given.role,
		name: HolderName::truncate_from(given.name.clone().into_bytes()),
		certificates: Dependencies::truncate_from(alloc::vec![certificate]),
		not_after: given.not_after.map(UnixTime::from_secs),
		since: Default::default(),
		signed_at: Default::default(),
	}
}

fn check_name(list: &'static str, index: usize, name: &str, bound: u32) -> Result<(), GenesisError> {
	let good = !name.is_empty() && name.len() <= bound as usize && !name.chars().any(char::is_control);
	ensure!(good, GenesisError::Name { list, index, bound });
	Ok(())
}

fn roots(index: usize, institution: &GenesisInstitution) -> Result<Vec<Root>, GenesisError> {
	let count = institution.roots.len();
	ensure!(count <= MAX_ROOTS as usize, GenesisError::TooManyRoots { index, count });
	let mut roots: Vec<Root> = Vec::new();
	for (second, der) in institution.roots.iter().enumerate() {
		let root = root_at_any_time(der).map_err(|error| GenesisError::Root { index, root: second, error })?;
		if let Some(first) = roots.iter().position(|earlier| earlier.fingerprint() == root.fingerprint()) {
			return Err(GenesisError::DuplicateRoot { index, first, second });
		}
		roots.push(root);
	}
	Ok(roots)
}

/// A genesis has no time. A root is judged at the beginning of its validity; a chain under it is judged in its own time.
fn root_at_any_time(der: &[u8]) -> Result<Root, syndic_x509::Error> {
	use syndic_x509::{Error as ChainError, Refusal};
	match Root::parse(der, UnixTime::from_secs(0)) {
		Err(ChainError::Certificate { refusal: Refusal::NotYetValid { not_before, .. }, .. }) => {
			Root::parse(der, not_before)
		}
		result => result,
	}
}

/// The name of an institution, as a call gives it.
pub(crate) fn institution_name<T>(name: Vec<u8>) -> Result<InstitutionName, Error<T>> {
	let name = InstitutionName::try_from(name).map_err(|_| Error::<T>::InstitutionName)?;
	let good = core::str::from_utf8(&name).is_ok_and(|text| !text.is_empty() && !text.chars().any(char::is_control));
	ensure!(good, Error::<T>::InstitutionName);
	Ok(name)
}
