//! Origins for other pallets: a call by somebody of a certain role.

use crate::{
	types::{InstitutionId, Role},
	Config, Pallet,
};
use core::marker::PhantomData;
use frame_support::traits::EnsureOrigin;
use frame_system::RawOrigin;

/// Some roles.
pub trait Roles {
	/// Which.
	const ROLES: &'static [Role];
}

macro_rules! roles {
	($($(#[$doc:meta])* $name:ident = [$($role:ident),*];)*) => {
		$(
			$(#[$doc])*
			pub struct $name;

			impl Roles for $name {
				const ROLES: &'static [Role] = &[$(Role::$role),*];
			}
		)*
	};
}

roles! {
	/// Administrators.
	Administrator = [Administrator];
	/// Operators.
	Operator = [Operator];
	/// Clients.
	Client = [Client];
	/// Regulators.
	Regulator = [Regulator];
	/// Auditors.
	Auditor = [Auditor];
	/// Whoever supervises: regulators and auditors.
	Supervisor = [Regulator, Auditor];
	/// Everybody.
	Anybody = [Administrator, Operator, Client, Regulator, Auditor];
}

/// A signed call by an account whose identity is good now and has one of these roles. It gives the institution and the
/// account.
pub struct EnsureRole<T, R>(PhantomData<(T, R)>);

impl<T: Config, R: Roles> EnsureOrigin<T::RuntimeOrigin> for EnsureRole<T, R> {
	type Success = (InstitutionId, T::AccountId);

	fn try_origin(origin: T::RuntimeOrigin) -> Result<Self::Success, T::RuntimeOrigin> {
		let signer = match origin.clone().into() {
			Ok(RawOrigin::Signed(signer)) => signer,
			_ => return Err(origin),
		};
		match Pallet::<T>::check_identity(&signer) {
			Ok(valid) if R::ROLES.contains(&valid.role) => Ok((valid.institution, signer)),
			_ => Err(origin),
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn try_successful_origin() -> Result<T::RuntimeOrigin, ()> {
		let role = R::ROLES.first().ok_or(())?;
		let account = frame_benchmarking::account("holder", 0, 0);
		// Of an institution that no chain has admitted.
		let institution = InstitutionId::MAX - *role as u32;
		Pallet::<T>::admit_to_measure(&account, institution, *role);
		Ok(RawOrigin::Signed(account).into())
	}
}
