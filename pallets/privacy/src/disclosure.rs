//! Disclosure: officers of a panel ask, approve, and then hand over their shares, each step on record before the next.

use crate::{
	types::{
		Act, Actor, Disclosure, Entry, Ground, InstitutionId, PanelId, Places, Release, Status, MAX_OPEN_REQUESTS,
	},
	Config, Envelopes, Error, Event, NextRequest, OpenRequests, Pallet, Panels, Requests, Supervise,
};
use alloc::vec::Vec;
use frame_support::{
	dispatch::DispatchResult,
	ensure,
	traits::{ConstU32, Get},
	BoundedVec,
};
use frame_system::pallet_prelude::BlockNumberFor;
use pallet_identity::Pallet as Identity;
use sp_core::H256;
use sp_runtime::traits::Saturating;
use syndic_envelope::{check_wrap, Wrap};

type DisclosureOf<T> = Disclosure<<T as frame_system::Config>::AccountId, BlockNumberFor<T>>;

/// A request as it is handed in.
pub(crate) struct Asked<T: Config> {
	pub commitment: H256,
	pub panel: PanelId,
	pub case: u32,
	pub ground: Vec<u8>,
	pub until: BlockNumberFor<T>,
}

impl<T: Config> Pallet<T> {
	/// An officer asks, and approves by asking.
	pub(crate) fn ask(institution: InstitutionId, requester: T::AccountId, asked: Asked<T>) -> DispatchResult {
		let Asked { commitment, panel, case, ground, until } = asked;
		let envelope = Envelopes::<T>::get(commitment).ok_or(Error::<T>::UnknownEnvelope)?;
		let version = envelope.panel(panel).ok_or(Error::<T>::PanelNotInCharge)?.version;
		ensure!(institution == panel, Error::<T>::NotOfficer);
		let place = Self::place_of(&requester, panel, version)?;
		ensure!(T::Supervision::is_open(case, institution), Error::<T>::CaseNotOpen);
		ensure!(!ground.is_empty(), Error::<T>::GroundLength);
		ensure!(core::str::from_utf8(&ground).is_ok(), Error::<T>::GroundForm);
		let ground = Ground::try_from(ground).map_err(|_| Error::<T>::GroundLength)?;
		let now = frame_system::Pallet::<T>::block_number();
		let in_bounds = until > now && until <= now.saturating_add(T::MaxRequest::get());
		ensure!(in_bounds, Error::<T>::UntilOutOfBounds);
		let key_version =
			Identity::<T>::current_encryption_key(&requester).map_err(|_| Error::<T>::OfficerWithoutKey)?;

		let request = NextRequest::<T>::get();
		NextRequest::<T>::put(request.checked_add(1).ok_or(Error::<T>::NoMoreNumbers)?);
		let mut open = Self::still_open(commitment);
		open.try_push(request).map_err(|_| Error::<T>::TooManyRequests)?;
		OpenRequests::<T>::insert(commitment, open);
		let disclosure = Disclosure {
			commitment,
			panel,
			version,
			case,
			requester: requester.clone(),
			key_version,
			ground,
			approvals: Places::truncate_from(alloc::vec![place]),
			status: Status::Asked,
			until,
			releases: Default::default(),
		};
		let act = Act::DisclosureRequested { commitment, request };
		Self::put_on_record(institution, requester.clone(), &disclosure, act);
		Requests::<T>::insert(request, disclosure);
		Self::deposit_event(Event::DisclosureRequested { request, commitment, panel, case, requester });
		Ok(())
	}

	/// Another officer approves. With enough of them, the opening is on record.
	pub(crate) fn approve(institution: InstitutionId, officer: T::AccountId, request: u32) -> DispatchResult {
		let mut disclosure = Requests::<T>::get(request).ok_or(Error::<T>::UnknownRequest)?;
		let Disclosure { commitment, panel, version, case, .. } = disclosure;
		ensure!(institution == panel, Error::<T>::NotOfficer);
		let place = Self::place_of(&officer, panel, version)?;
		let now = frame_system::Pallet::<T>::block_number();
		match disclosure.status {
			Status::Asked => ensure!(now < disclosure.until, Error::<T>::RequestExpired),
			Status::Opened(_) => return Err(Error::<T>::OpenedBefore.into()),
			Status::Expired => return Err(Error::<T>::RequestExpired.into()),
		}
		ensure!(!disclosure.approvals.contains(&place), Error::<T>::ApprovedBefore);
		ensure!(T::Supervision::is_open(case, institution), Error::<T>::CaseNotOpen);
		Self::ensure_requester_stands(&disclosure)?;
		disclosure.approvals.try_push(place).map_err(|_| Error::<T>::ApprovedBefore)?;
		let act = Act::DisclosureApproved { commitment, request };
		Self::put_on_record(institution, officer.clone(), &disclosure, act);
		Self::deposit_event(Event::DisclosureApproved { request, officer: officer.clone() });

		let threshold = Panels::<T>::get(panel, version).map_or(u8::MAX, |stored| stored.threshold);
		if disclosure.approvals.len() >= usize::from(threshold) {
			disclosure.status = Status::Opened(now);
			OpenRequests::<T>::mutate_exists(commitment, |open| {
				if let Some(listed) = open {
					listed.retain(|known| *known != request);
				}
				*open = open.take().filter(|listed| !listed.is_empty());
			});
			let act = Act::DisclosureOpened { commitment, request };
			Self::put_on_record(institution, officer, &disclosure, act);
			let requester = disclosure.requester.clone();
			Self::deposit_event(Event::DisclosureOpened { request, commitment, case, requester, height: now });
		}
		Requests::<T>::insert(request, disclosure);
		Ok(())
	}

	/// An officer hands over a share, in a later block than the opening: it is on the chain by then.
	pub(crate) fn hand_over(
		institution: InstitutionId,
		officer: T::AccountId,
		request: u32,
		wrap: Wrap,
	) -> DispatchResult {
		let mut disclosure = Requests::<T>::get(request).ok_or(Error::<T>::UnknownRequest)?;
		let Disclosure { commitment, panel, version, .. } = disclosure;
		ensure!(institution == panel, Error::<T>::NotOfficer);
		let place = Self::place_of(&officer, panel, version)?;
		match disclosure.status {
			Status::Opened(height) => {
				ensure!(height < frame_system::Pallet::<T>::block_number(), Error::<T>::OpenedInThisBlock)
			}
			Status::Asked | Status::Expired => return Err(Error::<T>::NotOpened.into()),
		}
		ensure!(officer != disclosure.requester, Error::<T>::OwnRequest);
		ensure!(disclosure.releases.iter().all(|known| known.officer != place), Error::<T>::ReleasedBefore);
		Self::ensure_requester_stands(&disclosure)?;
		check_wrap(&wrap).map_err(|_| Error::<T>::BadWrap)?;
		let release = Release { officer: place, wrap };
		disclosure.releases.try_push(release).map_err(|_| Error::<T>::ReleasedBefore)?;
		let act = Act::ShareReleased { commitment, request };
		Self::put_on_record(institution, officer.clone(), &disclosure, act);
		Requests::<T>::insert(request, disclosure);
		Self::deposit_event(Event::ShareReleased { request, officer, place });
		Ok(())
	}

	/// Whoever has asked must be a regulator of the institution still, and hold the key that shares are wrapped for alone.
	fn ensure_requester_stands(disclosure: &DisclosureOf<T>) -> Result<(), Error<T>> {
		let Disclosure { requester, panel, key_version, .. } = disclosure;
		ensure!(Self::is_regulator(requester, *panel), Error::<T>::RequesterGone);
		ensure!(!Identity::<T>::is_key_revoked(requester, *key_version), Error::<T>::RequesterGone);
		Ok(())
	}

	/// The requests for an envelope that wait for approvals. Those whose time is over are marked, and left out.
	fn still_open(commitment: H256) -> BoundedVec<u32, ConstU32<MAX_OPEN_REQUESTS>> {
		let now = frame_system::Pallet::<T>::block_number();
		let mut open = OpenRequests::<T>::get(commitment);
		open.retain(|request| {
			Requests::<T>::mutate_extant(*request, |stored| {
				let lives = stored.until > now;
				if !lives {
					stored.status = Status::Expired;
				}
				lives
			})
		});
		open
	}

	fn put_on_record(institution: InstitutionId, account: T::AccountId, disclosure: &DisclosureOf<T>, act: Act) {
		T::Supervision::record(Entry {
			by: Actor::Officer { institution, account },
			case: Some(disclosure.case),
			act,
			ground: disclosure.ground.clone(),
			until: matches!(disclosure.status, Status::Asked).then_some(disclosure.until),
		});
	}
}
