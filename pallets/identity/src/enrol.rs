//! Enrolment: what is signed, and what is verified.

use crate::{
	check::ENROLMENT_CODES,
	types::{Dependencies, HolderName, Identity, Institution, InstitutionId, Role, Status, MAX_ENROLMENT_AGE},
	Config, Departures, Error, Identities, Institutions, Pallet, RevokedCertificates, Roots,
};
use alloc::vec::Vec;
use codec::Encode;
use frame_support::ensure;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{
	traits::{Saturating, Verify, Zero},
	transaction_validity::InvalidTransaction,
};
use syndic_x509::{verify_chain, SignatureError, Unit, VerifiedLeaf, MAX_CERTIFICATE_BYTES, MAX_CHAIN};

/// What the payload of an enrolment begins with.
pub const DOMAIN: &[u8] = b"syndic/identity/enrol/v1";

/// Whether the account itself must have signed.
pub(crate) enum Consent<'a, Signature> {
	/// It has sent the enrolment.
	Sender,
	/// Somebody else may have, so its signature is needed.
	Signature(Option<&'a Signature>),
}

/// An enrolment as it is handed in.
pub(crate) struct Enrolment<'a, T: Config> {
	pub account: &'a T::AccountId,
	pub institution: InstitutionId,
	pub chain: &'a [Vec<u8>],
	pub signed_at: BlockNumberFor<T>,
	pub proof: &'a [u8],
	pub consent: Consent<'a, T::AccountSignature>,
}

impl<T: Config> Pallet<T> {
	/// What the key of the certificate signs, and the account's: [`DOMAIN`], the genesis hash, the institution (4 bytes,
	/// little endian), the account, the number of a recent block (little endian), and the SHA-256 of the certificates, one
	/// after another as they are handed in.
	pub fn enrolment_payload(
		account: &T::AccountId,
		institution: InstitutionId,
		chain: &[Vec<u8>],
		signed_at: BlockNumberFor<T>,
	) -> Vec<u8> {
		let genesis = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero());
		let hash = sp_io::hashing::sha2_256(&chain.concat());
		let mut payload = DOMAIN.to_vec();
		(genesis, institution, account, signed_at, hash).encode_to(&mut payload);
		payload
	}

	/// Verifies everything, what costs least first.
	pub(crate) fn verify(enrolment: &Enrolment<T>) -> Result<Identity<BlockNumberFor<T>>, Error<T>> {
		let institution = Institutions::<T>::get(enrolment.institution).ok_or(Error::<T>::UnknownInstitution)?;
		ensure!(institution.status == Status::Active, Error::<T>::InstitutionSuspended);
		Self::check_new(enrolment)?;
		check_size::<T>(enrolment.chain)?;

		let leaf = Self::verify_certificates(enrolment)?;
		let role = role::<T>(leaf.units(), &institution)?;
		let payload =
			Self::enrolment_payload(enrolment.account, enrolment.institution, enrolment.chain, enrolment.signed_at);
		leaf.key().verify(&payload, enrolment.proof).map_err(|error| match error {
			SignatureError::Form => Error::<T>::ProofEncoding,
			SignatureError::Key | SignatureError::Mismatch => Error::<T>::BadProof,
		})?;
		match enrolment.consent {
			Consent::Sender => (),
			Consent::Signature(None) => return Err(Error::<T>::NoConsent),
			Consent::Signature(Some(signature)) => {
				ensure!(has_signed::<T>(enrolment.account, &payload, signature), Error::<T>::BadConsent)
			}
		}

		let above = leaf.issuers().iter().copied();
		let certificates = core::iter::once(leaf.fingerprint()).chain(above).collect();
		Ok(Identity {
			institution: enrolment.institution,
			role,
			name: HolderName::truncate_from(leaf.common_name().as_str().as_bytes().to_vec()),
			certificates: Dependencies::truncate_from(certificates),
			not_after: Some(leaf.not_after()),
			since: frame_system::Pallet::<T>::block_number(),
			signed_at: enrolment.signed_at,
		})
	}

	/// It names a recent block, a later one than any enrolment of the account before: so each can be sent once.
	fn check_new(enrolment: &Enrolment<T>) -> Result<(), Error<T>> {
		let now = frame_system::Pallet::<T>::block_number();
		ensure!(enrolment.signed_at <= now, Error::<T>::EnrolmentOfTheFuture);
		let age = now.saturating_sub(enrolment.signed_at);
		ensure!(age <= MAX_ENROLMENT_AGE.into(), Error::<T>::EnrolmentTooOld);
		if let Some(before) = Identities::<T>::get(enrolment.account) {
			ensure!(before.institution == enrolment.institution, Error::<T>::EnrolledElsewhere);
			ensure!(before.signed_at < enrolment.signed_at, Error::<T>::EnrolmentUsed);
		}
		if let Some(before) = Departures::<T>::get(enrolment.account) {
			ensure!(before.signed_at < enrolment.signed_at, Error::<T>::EnrolmentUsed);
		}
		Ok(())
	}

	fn verify_certificates(enrolment: &Enrolment<T>) -> Result<VerifiedLeaf, Error<T>> {
		let roots = Roots::<T>::get(enrolment.institution);
		let mut revoked = |fingerprint: &_| RevokedCertificates::<T>::contains_key(enrolment.institution, fingerprint);
		verify_chain(enrolment.chain, &roots, Self::now(), &mut revoked).map_err(Into::into)
	}
}

/// Nothing of a chain that is too large is hashed or read.
fn check_size<T: Config>(chain: &[Vec<u8>]) -> Result<(), Error<T>> {
	ensure!(chain.len() <= MAX_CHAIN, Error::<T>::ChainTooLong);
	ensure!(chain.iter().all(|der| der.len() <= MAX_CERTIFICATE_BYTES), Error::<T>::CertificateTooLarge);
	Ok(())
}

/// The one role among a subject's organisational units.
fn role<T: Config>(units: &[Unit], institution: &Institution) -> Result<Role, Error<T>> {
	let mut roles = units.iter().filter_map(|unit| Role::of_unit(unit.as_str()));
	let role = roles.next().ok_or(Error::<T>::NoRole)?;
	ensure!(roles.next().is_none(), Error::<T>::SeveralRoles);
	ensure!(role.is_of(institution.kind), Error::<T>::RoleNotOfKind);
	Ok(role)
}

/// Whether the account has signed: the payload, or what wallets make of bytes that they are to sign.
fn has_signed<T: Config>(account: &T::AccountId, payload: &[u8], signature: &T::AccountSignature) -> bool {
	let wrapped = [b"<Bytes>", payload, b"</Bytes>"].concat();
	signature.verify(payload, account) || signature.verify(&wrapped[..], account)
}

impl<T: Config> Error<T> {
	/// As a pool says it.
	pub(crate) fn as_invalid(&self) -> InvalidTransaction {
		// The first byte of an error is its number among the errors.
		let number = self.encode().first().copied().unwrap_or_default();
		InvalidTransaction::Custom(ENROLMENT_CODES.saturating_add(number))
	}
}
