//! What the storage keeps to, for `try_state` and for tests.

use crate::{
	types::Status, Barred, Config, Convictions, Envelopes, FirstPanel, NextNumber, NextRequest, Numbers, OpenRequests,
	Pallet, PanelVersion, Panels, Remits, Requests,
};
use syndic_envelope::OVERHEAD;

impl<T: Config> Pallet<T> {
	/// What is true of the state after every block.
	pub(crate) fn check_state() -> Result<(), &'static str> {
		Self::check_all_panels()?;
		Self::check_all_envelopes()?;
		Self::check_all_requests()?;
		for (institution, bar) in Barred::<T>::iter() {
			let envelope = Envelopes::<T>::get(bar.commitment).ok_or("an institution is barred for no envelope")?;
			if envelope.institution != institution || Convictions::<T>::get(bar.commitment) != Some(bar.since) {
				return Err("an institution is barred for an envelope that does not convict it");
			}
		}
		match Convictions::<T>::iter_keys().all(Envelopes::<T>::contains_key) {
			true => Ok(()),
			false => Err("there is a conviction for no envelope"),
		}
	}

	fn check_all_panels() -> Result<(), &'static str> {
		let mut versions = 0_u32;
		for (id, version, panel) in Panels::<T>::iter() {
			if !(1..=PanelVersion::<T>::get(id)).contains(&version) {
				return Err("a panel has a version that was not given");
			}
			let threshold = usize::from(panel.threshold);
			if threshold < 2 || threshold > panel.officers.len() {
				return Err("a panel cannot open by its threshold, or not together");
			}
			versions += 1;
		}
		if PanelVersion::<T>::iter_values().sum::<u32>() != versions {
			return Err("a version of a panel is missing");
		}
		let is_panel = |panel| PanelVersion::<T>::contains_key(panel);
		if FirstPanel::<T>::get().is_some_and(is_panel) != (versions > 0) {
			return Err("there are panels and none is the first, or the first is none");
		}
		match Remits::<T>::iter_values().all(is_panel) {
			true => Ok(()),
			false => Err("an institution is in the remit of no panel"),
		}
	}

	fn check_all_envelopes() -> Result<(), &'static str> {
		let mut count = 0_u64;
		for (commitment, envelope) in Envelopes::<T>::iter() {
			if Numbers::<T>::get(envelope.number) != Some(commitment) || envelope.number >= NextNumber::<T>::get() {
				return Err("an envelope is not found by its number");
			}
			if envelope.recipients.is_empty() || envelope.panels.is_empty() {
				return Err("an envelope is for nobody, or supervised by nobody");
			}
			if envelope.ciphertext_len as usize <= OVERHEAD {
				return Err("an envelope holds no payload");
			}
			for shares in &envelope.panels {
				let panel = Panels::<T>::get(shares.panel, shares.version).ok_or("an envelope is for no panel")?;
				let threshold = usize::from(panel.threshold);
				if shares.points.len() + 1 != threshold || shares.shares.len() != panel.officers.len() {
					return Err("an envelope has too few shares for a panel, or too many");
				}
			}
			count += 1;
		}
		match NextNumber::<T>::get() == count && Numbers::<T>::iter().count() as u64 == count {
			true => Ok(()),
			false => Err("there are more or fewer envelopes than are counted"),
		}
	}

	fn check_all_requests() -> Result<(), &'static str> {
		for (request, disclosure) in Requests::<T>::iter() {
			if request >= NextRequest::<T>::get() {
				return Err("a request has a number that was not given");
			}
			let envelope = Envelopes::<T>::get(disclosure.commitment).ok_or("a request is for no envelope")?;
			if envelope.panel(disclosure.panel).map(|shares| shares.version) != Some(disclosure.version) {
				return Err("a request is of a panel that the envelope does not name");
			}
			let panel = Panels::<T>::get(disclosure.panel, disclosure.version).ok_or("a request is of no panel")?;
			let is_officer = |place: &u32| (*place as usize) < panel.officers.len();
			if !disclosure
				.approvals
				.iter()
				.chain(disclosure.releases.iter().map(|known| &known.officer))
				.all(is_officer)
			{
				return Err("somebody has approved or handed over who is no officer");
			}
			let is_opened = matches!(disclosure.status, Status::Opened(_));
			if is_opened != (disclosure.approvals.len() >= usize::from(panel.threshold)) {
				return Err("a request is open although too few have approved, or is not although enough have");
			}
			if !is_opened && !disclosure.releases.is_empty() {
				return Err("a share was handed over before the opening");
			}
			let is_listed = OpenRequests::<T>::get(disclosure.commitment).contains(&request);
			if is_listed != (disclosure.status == Status::Asked) {
				return Err("a request waits and is not listed, or is listed and does not wait");
			}
		}
		match OpenRequests::<T>::iter_values().flatten().all(Requests::<T>::contains_key) {
			true => Ok(()),
			false => Err("a request is listed and not there"),
		}
	}
}
