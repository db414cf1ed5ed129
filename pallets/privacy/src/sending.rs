//! What an envelope must be like to be sent.

use crate::{
	types::{AllShares, Envelope, ForPanel, ForRecipient, InstitutionId, PanelId, PanelShares, Recipient, Recipients},
	Barred, Config, Envelopes, Error, Event, NextNumber, Numbers, Pallet,
};
use alloc::{collections::btree_set::BTreeSet, vec::Vec};
use frame_support::{dispatch::DispatchResult, ensure};
use frame_system::pallet_prelude::BlockNumberFor;
use pallet_identity::{KeyFault, Pallet as Identity};
use sp_core::H256;
use sp_runtime::SaturatedConversion;
use syndic_envelope::{check_point, check_wrap, Context, Point, MAX_PANELS, MAX_PAYLOAD, MAX_RECIPIENTS, OVERHEAD};
use syndic_primitives::{EnvelopeInfo, Height};

/// An envelope as it is handed in.
pub(crate) struct Sent<AccountId> {
	pub commitment: H256,
	pub ciphertext_hash: H256,
	pub ciphertext_len: u32,
	pub key_point: Point,
	pub recipients: Vec<ForRecipient<AccountId>>,
	pub panels: Vec<ForPanel>,
}

impl<T: Config> Pallet<T> {
	/// Checks everything, what costs least first, and stores it.
	pub(crate) fn put_envelope(
		institution: InstitutionId,
		sender: T::AccountId,
		sent: Sent<T::AccountId>,
	) -> DispatchResult {
		let Sent { commitment, ciphertext_hash, ciphertext_len, key_point, recipients, panels } = sent;
		ensure!(!Barred::<T>::contains_key(institution), Error::<T>::SenderBarred);
		ensure!(ciphertext_len as usize > OVERHEAD, Error::<T>::PayloadEmpty);
		ensure!(ciphertext_len as usize <= MAX_PAYLOAD + OVERHEAD, Error::<T>::PayloadTooLong);
		ensure!(!Envelopes::<T>::contains_key(commitment), Error::<T>::CommitmentKnown);
		let recipients = Self::check_recipients(recipients)?;
		let others = recipients.iter().map(|recipient| recipient.institution);
		let in_charge = Self::panels_in_charge(core::iter::once(institution).chain(others))?;
		let panels = Self::check_panels(&in_charge, panels)?;
		Self::check_curve(&key_point, &recipients, &panels)?;

		let number = NextNumber::<T>::get();
		NextNumber::<T>::put(number.checked_add(1).ok_or(Error::<T>::NoMoreNumbers)?);
		Numbers::<T>::insert(number, commitment);
		let envelope = Envelope {
			number,
			sender: sender.clone(),
			institution,
			ciphertext_hash,
			ciphertext_len,
			key_point,
			recipients,
			panels,
			sent_at: frame_system::Pallet::<T>::block_number(),
			time: pallet_timestamp::Pallet::<T>::get(),
		};
		Envelopes::<T>::insert(commitment, envelope);
		Self::deposit_event(Event::EnvelopeSent { number, commitment, sender, institution });
		Ok(())
	}

	fn check_recipients(given: Vec<ForRecipient<T::AccountId>>) -> Result<Recipients<T::AccountId>, Error<T>> {
		ensure!(!given.is_empty(), Error::<T>::NoRecipients);
		ensure!(given.len() <= MAX_RECIPIENTS as usize, Error::<T>::TooManyRecipients);
		let mut recipients = Recipients::<T::AccountId>::default();
		for ForRecipient { account, version, wrap } in given {
			ensure!(recipients.iter().all(|known| known.account != account), Error::<T>::RecipientTwice);
			let key = Identity::<T>::check_encryption_key(&account, version);
			ensure!(key != Err(KeyFault::NoKey), Error::<T>::UnknownRecipient);
			let valid = Identity::<T>::check_identity(&account).map_err(|_| Error::<T>::RecipientNotAdmitted)?;
			key.map_err(|fault| match fault {
				KeyFault::NoKey => Error::<T>::UnknownRecipient,
				KeyFault::Unknown => Error::<T>::KeyUnknown,
				KeyFault::Rotated => Error::<T>::KeyRotated,
				KeyFault::Revoked => Error::<T>::KeyRevoked,
			})?;
			let recipient = Recipient { account, institution: valid.institution, version, wrap };
			recipients.try_push(recipient).map_err(|_| Error::<T>::TooManyRecipients)?;
		}
		Ok(recipients)
	}

	/// The panels that must be able to open an envelope between these institutions.
	fn panels_in_charge(of: impl Iterator<Item = InstitutionId>) -> Result<BTreeSet<PanelId>, Error<T>> {
		let in_charge: BTreeSet<_> = of.map(Self::panel_of).collect::<Option<_>>().ok_or(Error::<T>::NoPanel)?;
		ensure!(in_charge.len() <= MAX_PANELS as usize, Error::<T>::TooManyPanels);
		Ok(in_charge)
	}

	fn check_panels(in_charge: &BTreeSet<PanelId>, given: Vec<ForPanel>) -> Result<AllShares, Error<T>> {
		ensure!(given.len() <= MAX_PANELS as usize, Error::<T>::TooManyPanels);
		let mut panels = AllShares::default();
		for ForPanel { panel, version, points, shares } in given {
			ensure!(panels.iter().all(|known| known.panel != panel), Error::<T>::PanelTwice);
			ensure!(in_charge.contains(&panel), Error::<T>::PanelNotInCharge);
			let (current, stored) = Self::current_panel(panel).ok_or(Error::<T>::PanelNotInCharge)?;
			ensure!(version == current, Error::<T>::StalePanel);
			ensure!(points.len() == usize::from(stored.threshold).saturating_sub(1), Error::<T>::WrongNumberOfPoints);
			ensure!(shares.len() == stored.officers.len(), Error::<T>::WrongNumberOfShares);
			for officer in &stored.officers {
				// One that was replaced is kept by its officer, and opens.
				let fault = Identity::<T>::check_encryption_key(&officer.account, officer.key_version).err();
				ensure!(matches!(fault, None | Some(KeyFault::Rotated)), Error::<T>::OfficerKeyRevoked);
			}
			let points = points.try_into().map_err(|_| Error::<T>::WrongNumberOfPoints)?;
			let shares = shares.try_into().map_err(|_| Error::<T>::WrongNumberOfShares)?;
			let shares = PanelShares { panel, version, points, shares };
			panels.try_push(shares).map_err(|_| Error::<T>::TooManyPanels)?;
		}
		ensure!(panels.len() == in_charge.len(), Error::<T>::PanelMissing);
		Ok(panels)
	}

	/// Whether a proof can be made about everything in it, should it be false.
	fn check_curve(
		key_point: &Point,
		recipients: &Recipients<T::AccountId>,
		panels: &AllShares,
	) -> Result<(), Error<T>> {
		let points = panels.iter().flat_map(|shares| &shares.points);
		for point in core::iter::once(key_point).chain(points) {
			check_point(point).map_err(|_| Error::<T>::BadPoint)?;
		}
		let wraps = recipients.iter().map(|recipient| &recipient.wrap);
		for wrap in wraps.chain(panels.iter().flat_map(|shares| &shares.shares)) {
			check_wrap(wrap).map_err(|_| Error::<T>::BadWrap)?;
		}
		Ok(())
	}

	/// What wraps and proofs of an envelope are bound to.
	pub(crate) fn context(commitment: &H256, envelope: &Envelope<T::AccountId, BlockNumberFor<T>>) -> Context {
		let (genesis, sender) = (Identity::<T>::genesis_hash(), *envelope.sender.as_ref());
		Context { genesis, sender, commitment: commitment.0 }
	}

	/// How many envelopes there are.
	pub fn envelope_count() -> u64 {
		NextNumber::<T>::get()
	}

	/// The envelope with this number, as nodes need to know it.
	pub fn envelope_by_number(number: u64) -> Option<EnvelopeInfo> {
		Self::envelope_info(Numbers::<T>::get(number)?)
	}

	/// The envelope with this commitment, as nodes need to know it.
	pub fn envelope_info(commitment: H256) -> Option<EnvelopeInfo> {
		let envelope = Envelopes::<T>::get(commitment)?;
		let recipients = envelope.recipients.iter().map(|recipient| recipient.institution);
		let panels = envelope.panels.iter().map(|shares| shares.panel);
		let readers: BTreeSet<_> = core::iter::once(envelope.institution).chain(recipients).chain(panels).collect();
		Some(EnvelopeInfo {
			number: envelope.number,
			commitment,
			ciphertext_hash: envelope.ciphertext_hash,
			ciphertext_len: envelope.ciphertext_len,
			sent_at: Height(envelope.sent_at.saturated_into()),
			sender: envelope.institution,
			readers: readers.into_iter().collect(),
		})
	}
}
