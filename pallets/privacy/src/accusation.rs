//! Accusations: the chain judges by itself whether a sender has cheated.

use crate::{
	types::{Act, Actor, Bar, Entry, Envelope},
	Barred, Config, Convictions, Envelopes, Error, Event, Pallet, Panels, Supervise,
};
use frame_support::{dispatch::DispatchResult, ensure};
use frame_system::pallet_prelude::BlockNumberFor;
use pallet_identity::Pallet as Identity;
use sp_core::H256;
use syndic_envelope::{
	judge_payload, judge_wrap, DhProof, EnvelopeError, Expected, Place, PublicKey, Verdict, Wrap, MAX_PAYLOAD, OVERHEAD,
};

type EnvelopeOf<T> = Envelope<<T as frame_system::Config>::AccountId, BlockNumberFor<T>>;

impl<T: Config> Pallet<T> {
	/// Somebody shows what a wrap holds.
	pub(crate) fn accuse_by_wrap(
		accuser: T::AccountId,
		commitment: H256,
		place: Place,
		proof: &DhProof,
	) -> DispatchResult {
		let envelope = Self::accused(commitment)?;
		let (key, wrap, expected) = Self::wrap_at(&envelope, &place)?;
		let context = Self::context(&commitment, &envelope);
		let verdict = judge_wrap(&context, &place, &key, wrap, &expected, proof);
		match verdict.map_err(|_| Error::<T>::ProofInvalid)? {
			Verdict::Guilty => Self::convict(accuser, commitment, envelope),
			Verdict::Honest => Err(Error::<T>::NotGuilty.into()),
		}
	}

	/// Somebody shows the secret and the ciphertext.
	pub(crate) fn accuse_by_payload(
		accuser: T::AccountId,
		commitment: H256,
		secret: &[u8; 32],
		ciphertext: &[u8],
	) -> DispatchResult {
		let envelope = Self::accused(commitment)?;
		ensure!(ciphertext.len() <= MAX_PAYLOAD + OVERHEAD, Error::<T>::PayloadTooLong);
		let context = Self::context(&commitment, &envelope);
		let verdict = judge_payload(&context, &envelope.key_point, &envelope.ciphertext_hash.0, secret, ciphertext)
			.map_err(|error| match error {
				EnvelopeError::CiphertextWrong => Error::<T>::CiphertextWrong,
				_ => Error::<T>::SecretWrong,
			})?;
		// Nodes keep no ciphertext of another length than the sender has said.
		let is_as_long = ciphertext.len() == envelope.ciphertext_len as usize;
		match verdict {
			Verdict::Honest if is_as_long => Err(Error::<T>::NotGuilty.into()),
			Verdict::Honest | Verdict::Guilty => Self::convict(accuser, commitment, envelope),
		}
	}

	/// An envelope for which nobody is convicted yet, of an institution that may send.
	fn accused(commitment: H256) -> Result<EnvelopeOf<T>, Error<T>> {
		let envelope = Envelopes::<T>::get(commitment).ok_or(Error::<T>::UnknownEnvelope)?;
		ensure!(!Barred::<T>::contains_key(envelope.institution), Error::<T>::AlreadyBarred);
		ensure!(!Convictions::<T>::contains_key(commitment), Error::<T>::ConvictedBefore);
		Ok(envelope)
	}

	/// The wrap at a place, the key that it should be for, and what it should hold.
	fn wrap_at<'a>(
		envelope: &'a EnvelopeOf<T>,
		place: &Place,
	) -> Result<(PublicKey, &'a Wrap, Expected<'a>), Error<T>> {
		let key_point = &envelope.key_point;
		let (account, version, wrap, expected) = match *place {
			Place::Recipient(position) => {
				let recipient = envelope.recipients.get(position as usize).ok_or(Error::<T>::NoSuchWrap)?;
				(recipient.account.clone(), recipient.version, &recipient.wrap, Expected::Secret { key_point })
			}
			Place::Officer { panel, index } => {
				let shares = envelope.panel(panel).ok_or(Error::<T>::NoSuchWrap)?;
				let wrap = shares.shares.get(index as usize).ok_or(Error::<T>::NoSuchWrap)?;
				let stored = Panels::<T>::get(panel, shares.version).ok_or(Error::<T>::NoSuchWrap)?;
				let officer = stored.officers.get(index as usize).cloned().ok_or(Error::<T>::NoSuchWrap)?;
				let expected = Expected::Share { key_point, points: &shares.points, index };
				(officer.account, officer.key_version, wrap, expected)
			}
			// No sender has made it.
			Place::Release { .. } => return Err(Error::<T>::NoSuchWrap),
		};
		let key = Identity::<T>::encryption_key(&account, version).ok_or(Error::<T>::NoSuchWrap)?;
		Ok((key, wrap, expected))
	}

	/// Takes the right to send from the sender's institution.
	fn convict(accuser: T::AccountId, commitment: H256, envelope: EnvelopeOf<T>) -> DispatchResult {
		let Envelope { institution, sender, .. } = envelope;
		let since = frame_system::Pallet::<T>::block_number();
		Barred::<T>::insert(institution, Bar { since, commitment });
		Convictions::<T>::insert(commitment, since);
		T::Supervision::record(Entry {
			by: Actor::Account(accuser),
			case: None,
			act: Act::SenderBarred { institution, commitment },
			ground: Default::default(),
			until: None,
		});
		Self::deposit_event(Event::SenderBarred { institution, commitment, sender });
		Ok(())
	}
}
