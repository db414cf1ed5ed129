//! Panels: whose officers open which envelopes.

use crate::{
	types::{InstitutionId, Officer, Panel, PanelId},
	Config, Error, Event, FirstPanel, Pallet, PanelVersion, Panels, Remits,
};
use alloc::vec::Vec;
use frame_support::{dispatch::DispatchResult, ensure, BoundedVec};
use frame_system::pallet_prelude::BlockNumberFor;
use pallet_identity::{types::Role, KeyFault, Pallet as Identity, Valid};
use syndic_envelope::MAX_OFFICERS;

impl<T: Config> Pallet<T> {
	/// The panel in charge of an institution.
	pub fn panel_of(institution: InstitutionId) -> Option<PanelId> {
		Remits::<T>::get(institution).or_else(FirstPanel::<T>::get)
	}

	/// A panel as it is now, with its version.
	pub(crate) fn current_panel(panel: PanelId) -> Option<(u32, Panel<T::AccountId, BlockNumberFor<T>>)> {
		let version = PanelVersion::<T>::get(panel);
		Panels::<T>::get(panel, version).map(|stored| (version, stored))
	}

	/// An account's place in a version of a panel.
	pub(crate) fn place_of(account: &T::AccountId, panel: PanelId, version: u32) -> Result<u32, Error<T>> {
		let panel = Panels::<T>::get(panel, version).ok_or(Error::<T>::NotOfficer)?;
		let place = panel.officers.iter().position(|officer| officer.account == *account);
		place.map(|place| place as u32).ok_or(Error::<T>::NotOfficer)
	}

	/// Whether an account is a regulator of this institution now.
	pub(crate) fn is_regulator(account: &T::AccountId, institution: InstitutionId) -> bool {
		Identity::<T>::check_identity(account) == Ok(Valid { institution, role: Role::Regulator })
	}

	/// Sets a panel's next version.
	pub(crate) fn put_panel(panel: PanelId, accounts: Vec<T::AccountId>, threshold: u8) -> DispatchResult {
		let count = accounts.len();
		ensure!(count >= 2, Error::<T>::TooFewOfficers);
		ensure!(count <= MAX_OFFICERS as usize, Error::<T>::TooManyOfficers);
		ensure!(threshold >= 2 && usize::from(threshold) <= count, Error::<T>::ThresholdOutOfBounds);
		let mut officers = BoundedVec::new();
		for (place, account) in accounts.iter().enumerate() {
			ensure!(!accounts[..place].contains(account), Error::<T>::OfficerTwice);
			ensure!(Self::is_regulator(account, panel), Error::<T>::NotRegulator);
			let key_version = Identity::<T>::current_encryption_key(account).map_err(|fault| match fault {
				KeyFault::Revoked => Error::<T>::OfficerKeyRevoked,
				KeyFault::NoKey | KeyFault::Unknown | KeyFault::Rotated => Error::<T>::OfficerWithoutKey,
			})?;
			let officer = Officer { account: account.clone(), key_version };
			officers.try_push(officer).map_err(|_| Error::<T>::TooManyOfficers)?;
		}
		let version = PanelVersion::<T>::get(panel).checked_add(1).ok_or(Error::<T>::TooManyVersions)?;
		let since = frame_system::Pallet::<T>::block_number();
		Panels::<T>::insert(panel, version, Panel { officers, threshold, since });
		PanelVersion::<T>::insert(panel, version);
		if FirstPanel::<T>::get().is_none() {
			FirstPanel::<T>::put(panel);
		}
		Self::deposit_event(Event::PanelSet { panel, version, officers: count as u32, threshold });
		Ok(())
	}
}
