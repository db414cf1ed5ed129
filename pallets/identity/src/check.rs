//! Whether an account may transact. Judged at use: nothing is queued, so expiry, revocation and suspension act in the
//! block they fall in.

use crate::{
	types::{InstitutionId, Role, Status, Used},
	Config, Error, Identities, Institutions, Pallet, RevokedCertificates, Usage,
};
use alloc::{format, string::String, vec::Vec};
use frame_support::{ensure, traits::Get};
use frame_system::pallet_prelude::BlockNumberFor;
use scale_info::TypeInfo;
use sp_runtime::transaction_validity::InvalidTransaction;
use syndic_x509::UnixTime;

/// What codes of enrolments begin with: 64 and the number of the error.
pub const ENROLMENT_CODES: u8 = 64;

/// An identity that is good now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Valid {
	/// Whose.
	pub institution: InstitutionId,
	/// As what.
	pub role: Role,
}

/// Why an account may not transact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
	/// Nobody is known to stand behind it.
	#[error("This account has no identity. Enrol it with a certificate of your institution (identity.enrol).")]
	NoIdentity,
	/// Its certificate, or one above it, has expired.
	#[error("This account's identity has expired. Enrol it again with a newer certificate (identity.enrol).")]
	Expired,
	/// Its certificate, or one above it, was revoked.
	#[error("A certificate that this account's identity rests on is revoked. Ask your institution for a new one.")]
	Revoked,
	/// Its institution may not transact.
	#[error("This account's institution is suspended, until the board resumes it.")]
	InstitutionSuspended,
	/// Its institution has sent all that it may send in this period.
	#[error("The quota of this account's institution is used up. It is renewed with the next period.")]
	QuotaExhausted,
}

impl Refusal {
	/// Every one of them.
	pub const ALL: [Self; 5] =
		[Self::NoIdentity, Self::Expired, Self::Revoked, Self::InstitutionSuspended, Self::QuotaExhausted];

	/// The code with which a pool refuses it.
	pub const fn code(self) -> u8 {
		match self {
			Self::NoIdentity => 1,
			Self::Expired => 2,
			Self::Revoked => 3,
			Self::InstitutionSuspended => 4,
			Self::QuotaExhausted => 5,
		}
	}
}

impl From<Refusal> for InvalidTransaction {
	fn from(refusal: Refusal) -> Self {
		Self::Custom(refusal.code())
	}
}

impl<T: Config> Pallet<T> {
	/// Whether an account may send a transaction now.
	pub fn check(account: &T::AccountId) -> Result<Valid, Refusal> {
		let (valid, quota) = Self::check_with_quota(account)?;
		match Self::used(valid.institution).transactions < quota {
			true => Ok(valid),
			false => Err(Refusal::QuotaExhausted),
		}
	}

	/// Whether an account's identity is good now. The quota is not asked about: it is for transactions.
	pub fn check_identity(account: &T::AccountId) -> Result<Valid, Refusal> {
		Self::check_with_quota(account).map(|(valid, _)| valid)
	}

	fn check_with_quota(account: &T::AccountId) -> Result<(Valid, u32), Refusal> {
		let identity = Identities::<T>::get(account).ok_or(Refusal::NoIdentity)?;
		let institution = Institutions::<T>::get(identity.institution).ok_or(Refusal::NoIdentity)?;
		ensure!(institution.status == Status::Active, Refusal::InstitutionSuspended);
		ensure!(!Self::is_expired(identity.not_after), Refusal::Expired);
		let revoked = |fingerprint| RevokedCertificates::<T>::contains_key(identity.institution, fingerprint);
		ensure!(!identity.certificates.iter().any(revoked), Refusal::Revoked);
		Ok((Valid { institution: identity.institution, role: identity.role }, institution.quota))
	}

	/// Whether that time is over. The last second belongs to it, to its last millisecond.
	pub(crate) fn is_expired(not_after: Option<UnixTime>) -> bool {
		not_after.is_some_and(|not_after| Self::now() > not_after)
	}

	/// The block's time. For a pool, which knows no next block yet, that of the last one.
	pub(crate) fn now() -> UnixTime {
		UnixTime::from_millis(pallet_timestamp::Pallet::<T>::get())
	}

	/// What an institution has sent in the current period.
	pub fn used(institution: InstitutionId) -> Used<BlockNumberFor<T>> {
		let period = frame_system::Pallet::<T>::block_number() / T::Period::get();
		let used = Usage::<T>::get(institution);
		match used.period == period {
			true => used,
			false => Used { period, transactions: 0 },
		}
	}

	/// Counts a transaction, unless the quota is used up.
	pub(crate) fn count(institution: InstitutionId) -> Result<(), Refusal> {
		let quota = Institutions::<T>::get(institution).map_or(0, |institution| institution.quota);
		let mut used = Self::used(institution);
		ensure!(used.transactions < quota, Refusal::QuotaExhausted);
		used.transactions = used.transactions.saturating_add(1);
		Usage::<T>::insert(institution, used);
		Ok(())
	}

	/// Every code with which a pool refuses a transaction for its identity, and what it means.
	pub fn all_refusals() -> Vec<(u8, String)> {
		let of_accounts = Refusal::ALL.into_iter().map(|refusal| (refusal.code(), format!("{refusal}")));
		let mut refusals: Vec<_> = of_accounts.collect();
		if let scale_info::TypeDef::Variant(errors) = Error::<T>::type_info().type_def {
			refusals.extend(errors.variants.iter().map(|error| {
				let text = match error.docs.is_empty() {
					true => error.name.into(),
					false => error.docs.join(" "),
				};
				(ENROLMENT_CODES.saturating_add(error.index), text)
			}));
		}
		refusals
	}
}
