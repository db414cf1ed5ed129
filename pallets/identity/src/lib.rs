//! Institutions, and who may transact.
//!
//! The board admits institutions, each with root certificates. People and services enrol an account with a chain of
//! X.509 certificates that leads to a root of their institution, and with a signature which proves that they hold the
//! certificate's key. The chain is verified here, by `syndic_x509`, in the block's time.
//!
//! # Who may transact
//!
//! [`Pallet::check`] judges an account when it is used: its institution is active, no certificate that it rests on has
//! expired or is revoked, and the institution's quota is not used up. Nothing is queued, so each of these acts in the
//! block it falls in. [`CheckIdentity`] asks it of every signed transaction, at the pool and in the block. What it
//! refuses with is listed in the constant `Refusals`, by code.
//!
//! # Roles
//!
//! A role is an organisational unit in the certificate's subject: `administrator`, `operator`, `client`, `regulator` or
//! `auditor`, just one of them; other units say nothing. There are regulators in institutions of that kind only, and
//! auditors too. Other pallets ask for a role with [`origin::EnsureRole`].
//!
//! # Enrolling
//!
//! [`Pallet::enrol`] is sent by anybody with an identity, or unsigned, by whoever has none yet. Two keys sign the same
//! [payload](Pallet::enrolment_payload): the certificate's, which shows that the holder is there, and the account's,
//! without which somebody could lay an identity on an account that is not theirs. The payload names a recent block, a
//! later one than the account's enrolment before; so it can be sent once. An unsigned enrolment is verified in the pool,
//! and counts in the quota of its institution.
//!
//! While an account has an identity it exists without money. When the identity goes, its nonce is kept: see
//! [`Departures`].
//!
//! # Encryption keys
//!
//! An account registers a key ([`Pallet::set_encryption_key`]) to which others encrypt what it is to read: contract
//! `Privacy` does. It proves that it holds the secret. Keys are numbered from 1 on; the next one takes the place of the one
//! before. An account revokes a key of its own that somebody else may have ([`Pallet::revoke_encryption_key`]); with the
//! identity its key is revoked, too.
//!
//! # Revoking
//!
//! A certificate is revoked by its fingerprint within one institution, by an administrator of it or by the board. It is
//! void in that institution, with all that rests on it. So nobody has to prove whose certificate it is: an administrator
//! harms no other institution. A root that is removed is revoked.
//!
//! # Storage
//!
//! | item | what |
//! |---|---|
//! | [`Institutions`], [`NextInstitution`] | the institutions by their number, and the next number |
//! | [`Roots`] | their roots, as far as they are needed to verify; they were checked when they were added |
//! | [`Identities`] | who stands behind an account |
//! | [`RevokedCertificates`] | what is void in an institution |
//! | [`Usage`] | what of its quota an institution has used |
//! | [`Departures`] | nonces of accounts that have no identity any more |
//! | [`EncryptionKeys`], [`CurrentEncryptionKey`] | accounts' encryption keys, all that they ever had, and which is the last |
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod check;
pub mod enrol;
pub mod extension;
pub mod genesis;
pub mod keys;
#[cfg(feature = "runtime-benchmarks")]
pub mod measuring;
pub mod migrations;
pub mod origin;
mod refusal;
#[cfg(any(feature = "try-runtime", test))]
mod state;
pub mod types;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(any(feature = "runtime-benchmarks", test))]
mod proof;
#[cfg(test)]
mod tests;

pub use check::{Refusal, Valid};
pub use extension::CheckIdentity;
pub use keys::KeyFault;
pub use origin::EnsureRole;
pub use pallet::*;
pub use weights::WeightInfo;

use alloc::vec::Vec;
use enrol::{Consent, Enrolment};
use frame_support::{
	dispatch::{DispatchResult, WithPostDispatchInfo},
	ensure,
	traits::EnsureOrigin,
};
use frame_system::pallet_prelude::{ensure_signed, BlockNumberFor, OriginFor};
use genesis::{GenesisIdentity, GenesisInstitution};
use origin::Anybody;
use pallet_builtin::{BuiltInContract, StorageMetadata};
use sp_runtime::DispatchError;
use syndic_envelope::{Possession, PublicKey};
use syndic_primitives::{
	builtin::{address, Address},
	BlockHash,
};
use syndic_x509::{Fingerprint, Root};
use types::*;

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	// There is a hasher of this name, too.
	use crate::types::Identity;
	use alloc::string::String;
	use frame_support::{
		pallet_prelude::*,
		traits::{Contains, ContainsPair},
	};
	use sp_runtime::traits::{IdentifyAccount, Verify};

	pub(crate) const VERSION: u16 = 2;
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(VERSION);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config:
		frame_system::Config<
			RuntimeEvent: From<Event<Self>>,
			RuntimeCall: From<Call<Self>>,
			AccountId: AsRef<[u8; 32]>,
			Hash = BlockHash,
		> + pallet_timestamp::Config<Moment = u64>
	{
		/// Who admits institutions, suspends and removes them.
		type BoardOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// How an account signs that it wants to be enrolled.
		type AccountSignature: Verify<Signer: IdentifyAccount<AccountId = Self::AccountId>> + Parameter;

		/// Which calls an account may make without an identity, and without being counted: those of the board, by its
		/// members.
		type Exempt: ContainsPair<Self::AccountId, Self::RuntimeCall>;

		/// How many blocks a quota is for.
		#[pallet::constant]
		type Period: Get<BlockNumberFor<Self>>;

		/// The weights of this pallet.
		type WeightInfo: WeightInfo;
	}

	/// The institutions by number.
	#[pallet::storage]
	pub type Institutions<T> = StorageMap<_, Twox64Concat, InstitutionId, Institution, OptionQuery>;

	/// The number of the next institution to be admitted.
	#[pallet::storage]
	pub type NextInstitution<T> = StorageValue<_, InstitutionId, ValueQuery>;

	/// The roots of an institution.
	#[pallet::storage]
	pub type Roots<T> = StorageMap<_, Twox64Concat, InstitutionId, StoredRoots, ValueQuery>;

	/// Who stands behind an account.
	#[pallet::storage]
	pub type Identities<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, Identity<BlockNumberFor<T>>, OptionQuery>;

	/// What is void in an institution, by fingerprint.
	#[pallet::storage]
	pub type RevokedCertificates<T: Config> = StorageDoubleMap<
		_,
		Twox64Concat,
		InstitutionId,
		Blake2_128Concat,
		Fingerprint,
		Revocation<T::AccountId, BlockNumberFor<T>>,
		OptionQuery,
	>;

	/// What of its quota an institution has used.
	#[pallet::storage]
	pub type Usage<T: Config> = StorageMap<_, Twox64Concat, InstitutionId, Used<BlockNumberFor<T>>, ValueQuery>;

	/// What an account that has no identity any more has signed last. It takes its nonce up again if it is enrolled once
	/// more: otherwise what it has sent before could be sent again by anybody.
	#[pallet::storage]
	pub type Departures<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, Departure<T::Nonce, BlockNumberFor<T>>, OptionQuery>;

	/// The encryption keys that an account has had, by their number.
	#[pallet::storage]
	pub type EncryptionKeys<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		T::AccountId,
		Twox64Concat,
		u32,
		EncryptionKey<BlockNumberFor<T>>,
		OptionQuery,
	>;

	/// The number of the key that an account has set last, revoked or not; 0 for one that has never had any.
	#[pallet::storage]
	pub type CurrentEncryptionKey<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, u32, ValueQuery>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// The board has admitted an institution.
		InstitutionAdmitted {
			/// Its number.
			institution: InstitutionId,
			/// Its name.
			name: InstitutionName,
			/// What it is.
			kind: Kind,
		},
		/// An institution's people may not transact any more.
		InstitutionSuspended {
			/// Its number.
			institution: InstitutionId,
		},
		/// An institution's people may transact again.
		InstitutionResumed {
			/// Its number.
			institution: InstitutionId,
		},
		/// An institution is gone.
		InstitutionRemoved {
			/// The number it had.
			institution: InstitutionId,
		},
		/// An institution's people may send this many transactions in a period, from now on.
		QuotaSet {
			/// Its number.
			institution: InstitutionId,
			/// The quota.
			quota: u32,
		},
		/// An institution has one more root.
		RootAdded {
			/// The institution.
			institution: InstitutionId,
			/// The root.
			root: Fingerprint,
		},
		/// An institution has one root less, and what rests on it is void.
		RootRemoved {
			/// The institution.
			institution: InstitutionId,
			/// The root.
			root: Fingerprint,
		},
		/// An account has an identity, or a newer one.
		Enrolled {
			/// The account.
			account: T::AccountId,
			/// Its institution.
			institution: InstitutionId,
			/// Its role.
			role: Role,
			/// Its certificate.
			certificate: Fingerprint,
			/// Whether it had an identity before.
			renewed: bool,
		},
		/// A certificate is void, and what rests on it.
		CertificateRevoked {
			/// In which institution.
			institution: InstitutionId,
			/// The certificate.
			certificate: Fingerprint,
		},
		/// An account's identity is gone.
		IdentityRemoved {
			/// The account.
			account: T::AccountId,
			/// The institution it was of.
			institution: InstitutionId,
		},
		/// An account has another encryption key from now on.
		EncryptionKeySet {
			/// The account.
			account: T::AccountId,
			/// The number of the key.
			version: u32,
			/// The key.
			key: PublicKey,
		},
		/// Nothing is to be encrypted any more to this key of an account, nor to be believed that it is secret.
		EncryptionKeyRevoked {
			/// The account.
			account: T::AccountId,
			/// The number of the key.
			version: u32,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// There is no institution with this number.
		UnknownInstitution,
		/// An institution's name needs 1 to 64 bytes of UTF-8, without control characters.
		InstitutionName,
		/// All numbers of institutions have been given.
		NoMoreInstitutions,
		/// The institution is suspended. The board can resume it (identity.resumeInstitution).
		InstitutionSuspended,
		/// The institution is not suspended.
		NotSuspended,
		/// The institution has identities. They have to leave, or to be revoked and cleaned up (identity.cleanUp).
		StillEnrolled,
		/// An institution is admitted with at least one root.
		NoRoots,
		/// An institution has at most 4 roots. Remove one that is not needed (identity.removeRoot).
		TooManyRoots,
		/// This root is among the institution's already.
		RootKnown,
		/// This root is not among the institution's.
		RootUnknown,
		/// Only the board and the institution's administrators may do this.
		NotAdministrator,
		/// The account has no identity.
		NotEnrolled,
		/// The account is enrolled by another institution. It has to leave that one first (identity.leave).
		EnrolledElsewhere,
		/// The identity is neither expired nor revoked. Its account can leave (identity.leave).
		StillValid,
		/// The certificate is revoked already.
		RevokedBefore,
		/// The quota of the institution is used up. It is renewed with the next period.
		QuotaExhausted,
		/// The enrolment names a block that is not there yet. Sign one that names the current block.
		EnrolmentOfTheFuture,
		/// The enrolment names a block that is more than 256 blocks old. Sign one that names a newer block.
		EnrolmentTooOld,
		/// The account was enrolled with this block, or a later one, before. Sign an enrolment that names a newer block.
		EnrolmentUsed,
		/// The proof of possession is not encoded as a signature under the certificate's key: DER for P-256, 64 bytes for
		/// Ed25519.
		ProofEncoding,
		/// The proof of possession is not a signature, by the certificate's key, of this account, institution, block and
		/// chain on this chain.
		BadProof,
		/// The account has not signed that it is to be enrolled. It signs the same as the certificate's key.
		NoConsent,
		/// The signature is not the account's over what the certificate's key has signed.
		BadConsent,
		/// No organisational unit of the certificate's subject is a role: administrator, operator, client, regulator or
		/// auditor.
		NoRole,
		/// More than one organisational unit of the certificate's subject is a role.
		SeveralRoles,
		/// There are regulators in institutions of that kind only, and auditors too.
		RoleNotOfKind,
		/// There is no certificate.
		EmptyChain,
		/// At most 4 certificates are allowed below the root, and the root is left out.
		ChainTooLong,
		/// A certificate has more than 4,096 bytes.
		CertificateTooLarge,
		/// Something follows a certificate.
		TrailingBytes,
		/// A certificate is not DER, or not the DER of a certificate.
		MalformedCertificate,
		/// A certificate is not of version 3.
		CertificateVersion,
		/// A serial number is zero or negative.
		SerialNotPositive,
		/// A serial number has more than 20 octets.
		SerialTooLong,
		/// A certificate is signed with an algorithm that is not accepted: only ecdsa-with-SHA256 and Ed25519 are.
		SignatureAlgorithm,
		/// A key is of a kind that is not accepted: only P-256 and Ed25519 are. RSA is not.
		KeyAlgorithm,
		/// A key is on a curve that is not accepted: only P-256 is.
		Curve,
		/// An algorithm has parameters that it must not have, or lacks those that it must have.
		AlgorithmParameters,
		/// A certificate names two signature algorithms.
		AlgorithmMismatch,
		/// A key is not a point of its curve, or not encoded as one.
		KeyEncoding,
		/// An Ed25519 key is of small order: almost anything would verify under it.
		WeakKey,
		/// A distinguished name has more than 1,024 bytes.
		NameTooLong,
		/// A distinguished name is empty.
		EmptyName,
		/// The first certificate's subject needs one common name, and has none or several.
		CommonNames,
		/// A common name is in a character set that is not accepted: only UTF8String and PrintableString are.
		CommonNameForm,
		/// A common name is empty, or has more than 64 characters.
		CommonNameLength,
		/// A common name has a character that does not print, or that its character set lacks.
		CommonNameCharacter,
		/// The first certificate's subject has more than 4 organisational units.
		TooManyUnits,
		/// An organisational unit is in a character set that is not accepted, or has a character that does not print.
		UnitForm,
		/// An organisational unit is empty, or has more than 64 characters.
		UnitLength,
		/// A time is in the wrong form: UTCTime is for years before 2050, GeneralizedTime for those from 2050.
		TimeForm,
		/// A certificate ends before it begins.
		ValidityReversed,
		/// A certificate, or its root, is not valid yet.
		CertificateNotYetValid,
		/// A certificate, or its root, has expired.
		CertificateExpired,
		/// A certificate has unique identifiers of issuer or subject, which RFC 5280 does not allow to use.
		UniqueId,
		/// A certificate has more than 32 extensions.
		TooManyExtensions,
		/// A certificate has an extension twice.
		DuplicateExtension,
		/// A certificate has a critical extension that is not known.
		UnknownCriticalExtension,
		/// An issuer limits names or policies below it, which is not implemented.
		ConstraintNotImplemented,
		/// An issuer has no key usage: it needs keyCertSign.
		MissingKeyUsage,
		/// A key usage lacks what is needed: keyCertSign of an issuer, digitalSignature of the first certificate.
		LacksKeyUsage,
		/// An extended key usage names neither clientAuth nor any purpose.
		ExtendedKeyUsage,
		/// A certificate has keyCertSign, but is not a certificate authority's.
		CertSignWithoutCa,
		/// A certificate limits the length of paths, but is not a certificate authority's.
		PathLengthWithoutCa,
		/// A key identifier is empty, or has more than 64 bytes.
		KeyIdLength,
		/// An issuer has no basic constraints, so it is not a certificate authority.
		MissingBasicConstraints,
		/// An issuer's basic constraints say that it is not a certificate authority.
		NotCa,
		/// The first certificate is a certificate authority's.
		LeafIsCa,
		/// There are more certificates below an issuer than it allows.
		PathTooLong,
		/// A root was issued by somebody else: issuer and subject differ.
		NotSelfIssued,
		/// A certificate names itself as its issuer, and is not a root.
		SelfIssued,
		/// A root is part of the chain. Leave it out.
		RootInChain,
		/// A certificate is not issued by the next one. The order is: the holder's first, then its issuer's.
		WrongIssuer,
		/// The last certificate was not issued by a root of this institution.
		UnknownIssuer,
		/// A certificate names a key of its issuer that is not the next certificate's, or the root's.
		AuthorityKeyId,
		/// A certificate is signed with an algorithm that its issuer's key does not go with.
		IssuerAlgorithm,
		/// A certificate's signature is not encoded as one.
		SignatureEncoding,
		/// A certificate is not signed by its issuer, or was changed after it was signed.
		BadSignature,
		/// A certificate is in the chain twice.
		RepeatedCertificate,
		/// A key is in the chain twice.
		RepeatedKey,
		/// A certificate, or its root, is revoked.
		CertificateRevoked,
		/// The account has had as many encryption keys as one may have. See the constant maxEncryptionKeys.
		TooManyKeys,
		/// The encryption key is the account's last one already. Make a new one.
		SameEncryptionKey,
		/// The encryption key is no point of Curve25519, or of small order: anybody could read what is encrypted to it.
		WeakEncryptionKey,
		/// The proof does not show that the sender holds the secret of this encryption key. It is made for this chain, this
		/// account and the number of the account's next key, currentEncryptionKey + 1.
		BadPossession,
		/// The account has no encryption key of this number.
		UnknownEncryptionKey,
		/// This encryption key is revoked already.
		KeyRevokedBefore,
	}

	#[pallet::extra_constants]
	impl<T: Config> Pallet<T> {
		/// The codes with which a pool refuses a transaction for its identity ("Custom error"), and what each means. From
		/// 64 on they are those of enrolments.
		#[pallet::constant_name(Refusals)]
		fn listed_refusals() -> Vec<(u8, String)> {
			Self::all_refusals()
		}

		/// How many roots an institution has at most.
		#[pallet::constant_name(MaxRoots)]
		fn listed_max_roots() -> u32 {
			MAX_ROOTS
		}

		/// For how many blocks after the block that it names an enrolment can be sent.
		#[pallet::constant_name(MaxEnrolmentAge)]
		fn listed_max_enrolment_age() -> u32 {
			MAX_ENROLMENT_AGE
		}

		/// How many encryption keys an account may ever have had.
		#[pallet::constant_name(MaxEncryptionKeys)]
		fn listed_max_encryption_keys() -> u32 {
			keys::MAX_ENCRYPTION_KEYS
		}
	}

	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// The first institutions.
		pub institutions: Vec<GenesisInstitution>,
		/// Accounts that need no certificate.
		pub identities: Vec<GenesisIdentity<T::AccountId>>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			// What builds a chain has refused a bad one before, see `check`.
			if let Err(error) = self.build_checked() {
				panic!("{error}");
			}
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "std")]
		fn integrity_test() {
			assert!(!T::Period::get().is_zero(), "a period has no blocks");
			let refusals = Self::all_refusals();
			let codes: alloc::collections::btree_set::BTreeSet<_> = refusals.iter().map(|(code, _)| code).collect();
			assert_eq!(codes.len(), refusals.len(), "two refusals have the same code");
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::check_state().map_err(Into::into)
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Admits an institution. Its number is in the event.
		///
		/// - `name`: UTF-8, 1 to 64 bytes.
		/// - `kind`: bank, regulator, auditor or other.
		/// - `roots`: 1 to 4 root certificates in DER. They must be valid now.
		/// - `quota`: how many transactions its people may send in a period, all together.
		#[pallet::call_index(0)]
		#[pallet::weight(<T as Config>::WeightInfo::admit_institution(roots.len() as u32, total(roots)))]
		pub fn admit_institution(
			origin: OriginFor<T>,
			name: Vec<u8>,
			kind: Kind,
			roots: Vec<Vec<u8>>,
			quota: u32,
		) -> DispatchResult {
			T::BoardOrigin::ensure_origin(origin)?;
			let name = genesis::institution_name::<T>(name)?;
			ensure!(!roots.is_empty(), Error::<T>::NoRoots);
			ensure!(roots.len() <= MAX_ROOTS as usize, Error::<T>::TooManyRoots);
			let mut stored = StoredRoots::default();
			for der in &roots {
				Self::push_root(&mut stored, der)?;
			}
			let id = NextInstitution::<T>::get();
			NextInstitution::<T>::put(id.checked_add(1).ok_or(Error::<T>::NoMoreInstitutions)?);
			let institution = Institution { name: name.clone(), kind, status: Status::Active, quota, identities: 0 };
			Institutions::<T>::insert(id, institution);
			Roots::<T>::insert(id, stored);
			Self::deposit_event(Event::InstitutionAdmitted { institution: id, name, kind });
			Ok(())
		}

		/// Suspends an institution: from this transaction on its people may not transact.
		#[pallet::call_index(1)]
		#[pallet::weight(<T as Config>::WeightInfo::change_institution())]
		pub fn suspend_institution(origin: OriginFor<T>, institution: InstitutionId) -> DispatchResult {
			T::BoardOrigin::ensure_origin(origin)?;
			Self::change(institution, |stored| {
				ensure!(stored.status == Status::Active, Error::<T>::InstitutionSuspended);
				stored.status = Status::Suspended;
				Ok(())
			})?;
			Self::deposit_event(Event::InstitutionSuspended { institution });
			Ok(())
		}

		/// Ends the suspension of an institution.
		#[pallet::call_index(2)]
		#[pallet::weight(<T as Config>::WeightInfo::change_institution())]
		pub fn resume_institution(origin: OriginFor<T>, institution: InstitutionId) -> DispatchResult {
			T::BoardOrigin::ensure_origin(origin)?;
			Self::change(institution, |stored| {
				ensure!(stored.status == Status::Suspended, Error::<T>::NotSuspended);
				stored.status = Status::Active;
				Ok(())
			})?;
			Self::deposit_event(Event::InstitutionResumed { institution });
			Ok(())
		}

		/// Removes an institution that has no identities. Its number is never given again, and what it has revoked stays
		/// on record.
		#[pallet::call_index(3)]
		#[pallet::weight(<T as Config>::WeightInfo::remove_institution())]
		pub fn remove_institution(origin: OriginFor<T>, institution: InstitutionId) -> DispatchResult {
			T::BoardOrigin::ensure_origin(origin)?;
			let stored = Institutions::<T>::get(institution).ok_or(Error::<T>::UnknownInstitution)?;
			ensure!(stored.identities == 0, Error::<T>::StillEnrolled);
			Institutions::<T>::remove(institution);
			Roots::<T>::remove(institution);
			Usage::<T>::remove(institution);
			Self::deposit_event(Event::InstitutionRemoved { institution });
			Ok(())
		}

		/// Sets how many transactions an institution's people may send in a period. It holds for the current one, too.
		#[pallet::call_index(4)]
		#[pallet::weight(<T as Config>::WeightInfo::change_institution())]
		pub fn set_quota(origin: OriginFor<T>, institution: InstitutionId, quota: u32) -> DispatchResult {
			T::BoardOrigin::ensure_origin(origin)?;
			Self::change(institution, |stored| {
				stored.quota = quota;
				Ok(())
			})?;
			Self::deposit_event(Event::QuotaSet { institution, quota });
			Ok(())
		}

		/// Adds a root to an institution. The board may, and its administrators.
		///
		/// - `root`: the certificate in DER. It must be valid now.
		#[pallet::call_index(5)]
		#[pallet::weight(<T as Config>::WeightInfo::add_root(root.len() as u32))]
		pub fn add_root(origin: OriginFor<T>, institution: InstitutionId, root: Vec<u8>) -> DispatchResult {
			Self::ensure_administrator(origin, institution)?;
			let mut roots = Roots::<T>::get(institution);
			ensure!(roots.len() < MAX_ROOTS as usize, Error::<T>::TooManyRoots);
			let root = Self::push_root(&mut roots, &root)?;
			let revoked = RevokedCertificates::<T>::contains_key(institution, root);
			ensure!(!revoked, Error::<T>::CertificateRevoked);
			Roots::<T>::insert(institution, roots);
			Self::deposit_event(Event::RootAdded { institution, root });
			Ok(())
		}

		/// Removes a root of an institution, and revokes it: whatever rests on it is void. The board may, and the
		/// institution's administrators.
		#[pallet::call_index(6)]
		#[pallet::weight(<T as Config>::WeightInfo::remove_root())]
		pub fn remove_root(origin: OriginFor<T>, institution: InstitutionId, root: Fingerprint) -> DispatchResult {
			let by = Self::ensure_administrator(origin, institution)?;
			let known = Roots::<T>::get(institution).iter().any(|stored| stored.fingerprint() == root);
			ensure!(known, Error::<T>::RootUnknown);
			Self::revoke(institution, root, by)
		}

		/// Gives an account an identity, or a newer one. It is sent by any account with an identity, or unsigned.
		///
		/// - `account`: which. If it does not send this itself, it has to sign.
		/// - `institution`: the institution's number.
		/// - `chain`: certificates in DER, the holder's first, then its issuer's, without the root. At most 4.
		/// - `signed_at`: the number of a recent block, at most 256 blocks old.
		/// - `proof`: by the certificate's key, over the bytes `syndic/identity/enrol/v1`, the genesis hash, `institution`
		///   (4 bytes, little endian), the account's 32 bytes, `signed_at` (4 bytes, little endian) and the SHA-256 of the
		///   certificates, one after another. DER for P-256 with SHA-256, 64 bytes for Ed25519.
		/// - `consent`: by the account, over the same bytes, or over the same between `<Bytes>` and `</Bytes>`.
		#[pallet::call_index(7)]
		#[pallet::weight({
			let once = <T as Config>::WeightInfo::enrol(chain.len() as u32, total(chain).saturating_add(proof.len() as u32));
			// An unsigned one is verified before it is dispatched, and in the call once more.
			once.saturating_mul(2)
		})]
		pub fn enrol(
			origin: OriginFor<T>,
			account: T::AccountId,
			institution: InstitutionId,
			chain: Vec<Vec<u8>>,
			signed_at: BlockNumberFor<T>,
			proof: Vec<u8>,
			consent: Option<T::AccountSignature>,
		) -> DispatchResultWithPostInfo {
			let sender = ensure_signed_or_none::<T>(origin)?;
			let once =
				<T as Config>::WeightInfo::enrol(chain.len() as u32, total(&chain).saturating_add(proof.len() as u32));
			let is_own = sender.as_ref() == Some(&account);
			let consent = match is_own {
				true => Consent::Sender,
				false => Consent::Signature(consent.as_ref()),
			};
			let enrolment =
				Enrolment { account: &account, institution, chain: &chain, signed_at, proof: &proof, consent };
			let identity = Self::verify(&enrolment).map_err(|error| DispatchError::from(error).with_weight(once))?;
			if sender.is_none() {
				Self::count(institution).map_err(|_| Error::<T>::QuotaExhausted)?;
			}
			let (role, certificate) = (identity.role, identity.certificates.first().copied());
			let renewed = Self::put_identity(&account, identity);
			if let Some(certificate) = certificate {
				Self::deposit_event(Event::Enrolled { account, institution, role, certificate, renewed });
			}
			Ok(sender.map(|_| once).into())
		}

		/// Revokes a certificate in an institution: whoever rests on it may not transact any more, from this transaction
		/// on. The board may, and the institution's administrators. It cannot be undone.
		///
		/// - `certificate`: SHA-256 of its signed part, the `TBSCertificate` in DER. With openssl:
		///   `openssl asn1parse -in CERTIFICATE -strparse 4 -noout -out tbs.der`, then `sha256sum tbs.der`.
		#[pallet::call_index(8)]
		#[pallet::weight(<T as Config>::WeightInfo::revoke_certificate())]
		pub fn revoke_certificate(
			origin: OriginFor<T>,
			institution: InstitutionId,
			certificate: Fingerprint,
		) -> DispatchResult {
			let by = Self::ensure_administrator(origin, institution)?;
			Self::revoke(institution, certificate, by)
		}

		/// Revokes the certificate with which an account is enrolled. The board may, and its institution's administrators.
		#[pallet::call_index(9)]
		#[pallet::weight(<T as Config>::WeightInfo::revoke_identity())]
		pub fn revoke_identity(origin: OriginFor<T>, account: T::AccountId) -> DispatchResult {
			let identity = Identities::<T>::get(&account).ok_or(Error::<T>::NotEnrolled)?;
			let by = Self::ensure_administrator(origin, identity.institution)?;
			let certificate = identity.certificates.first().ok_or(Error::<T>::NotEnrolled)?;
			Self::revoke(identity.institution, *certificate, by)
		}

		/// Gives up the sender's identity. It cannot transact then, until it is enrolled again.
		#[pallet::call_index(10)]
		#[pallet::weight(<T as Config>::WeightInfo::leave())]
		pub fn leave(origin: OriginFor<T>) -> DispatchResult {
			let account = ensure_signed(origin)?;
			Self::remove_identity(account)
		}

		/// Removes an identity that is expired or revoked. Anybody may.
		#[pallet::call_index(11)]
		#[pallet::weight(<T as Config>::WeightInfo::clean_up())]
		pub fn clean_up(origin: OriginFor<T>, account: T::AccountId) -> DispatchResult {
			ensure_signed(origin)?;
			let identity = Identities::<T>::get(&account).ok_or(Error::<T>::NotEnrolled)?;
			let is_revoked = |fingerprint| RevokedCertificates::<T>::contains_key(identity.institution, fingerprint);
			let void = Self::is_expired(identity.not_after) || identity.certificates.iter().any(is_revoked);
			ensure!(void, Error::<T>::StillValid);
			Self::remove_identity(account)
		}

		/// Gives the sender an encryption key: others encrypt to it, from this transaction on. It takes the place of the
		/// one before, whose secret should be kept, to read what was encrypted until now.
		///
		/// - `key`: X25519, 32 bytes.
		/// - `proof`: that the sender holds its secret, for this account, this chain and the key's number, which is
		///   currentEncryptionKey + 1. `syndic privacy` makes it, and the TypeScript helper.
		#[pallet::call_index(12)]
		#[pallet::weight(<T as Config>::WeightInfo::set_encryption_key())]
		pub fn set_encryption_key(origin: OriginFor<T>, key: PublicKey, proof: Possession) -> DispatchResult {
			let (_, account) = EnsureRole::<T, Anybody>::ensure_origin(origin)?;
			Self::set_key(account, key, &proof)
		}

		/// Revokes an encryption key of the sender: nobody encrypts to it any more. It cannot be undone.
		///
		/// - `version`: the number of the key.
		#[pallet::call_index(13)]
		#[pallet::weight(<T as Config>::WeightInfo::revoke_encryption_key())]
		pub fn revoke_encryption_key(origin: OriginFor<T>, version: u32) -> DispatchResult {
			let (_, account) = EnsureRole::<T, Anybody>::ensure_origin(origin)?;
			Self::revoke_key(account, version)
		}
	}

	// Its successor needs transactions of a form that libraries do not send yet.
	#[allow(deprecated)]
	#[pallet::validate_unsigned]
	impl<T: Config> ValidateUnsigned for Pallet<T> {
		type Call = Call<T>;

		/// Enrolments, and nothing else. All of it is verified here, so that no block holds one that fails.
		fn validate_unsigned(_: TransactionSource, call: &Self::Call) -> TransactionValidity {
			let Call::enrol { account, institution, chain, signed_at, proof, consent } = call else {
				return InvalidTransaction::Call.into();
			};
			// Where this contract is suspended the call would fail and cost nobody anything.
			if !T::BaseCallFilter::contains(&call.clone().into()) {
				return InvalidTransaction::Call.into();
			}
			let (institution, signed_at) = (*institution, *signed_at);
			let quota = Institutions::<T>::get(institution).map_or(u32::MAX, |stored| stored.quota);
			if Self::used(institution).transactions >= quota {
				return Error::<T>::QuotaExhausted.as_invalid().into();
			}
			let consent = Consent::Signature(consent.as_ref());
			let enrolment = Enrolment { account, institution, chain, signed_at, proof, consent };
			Self::verify(&enrolment).map_err(|error| error.as_invalid())?;
			ValidTransaction::with_tag_prefix("SyndicEnrolment")
				.priority(TransactionPriority::MAX / 2)
				.and_provides(account)
				.longevity(u64::from(MAX_ENROLMENT_AGE) / 4)
				.propagate(true)
				.build()
		}
	}
}

/// Bytes of several things.
fn total(parts: &[Vec<u8>]) -> u32 {
	parts.iter().fold(0, |sum: u32, part| sum.saturating_add(part.len() as u32))
}

/// The sender, or nobody.
fn ensure_signed_or_none<T: Config>(origin: OriginFor<T>) -> Result<Option<T::AccountId>, DispatchError> {
	match origin.into() {
		Ok(frame_system::RawOrigin::Signed(sender)) => Ok(Some(sender)),
		Ok(frame_system::RawOrigin::None) => Ok(None),
		_ => Err(DispatchError::BadOrigin),
	}
}

impl<T: Config> Pallet<T> {
	fn change(
		institution: InstitutionId,
		change: impl FnOnce(&mut Institution) -> Result<(), Error<T>>,
	) -> DispatchResult {
		Institutions::<T>::try_mutate(institution, |stored| {
			Ok(change(stored.as_mut().ok_or(Error::<T>::UnknownInstitution)?)?)
		})
	}

	/// Checks a root, and puts it behind the others.
	fn push_root(roots: &mut StoredRoots, der: &[u8]) -> Result<Fingerprint, Error<T>> {
		let root = Root::parse(der, Self::now())?;
		let fingerprint = root.fingerprint();
		ensure!(roots.iter().all(|known| known.fingerprint() != fingerprint), Error::<T>::RootKnown);
		roots.try_push(root).map_err(|_| Error::<T>::TooManyRoots)?;
		Ok(fingerprint)
	}

	/// Whoever may act for an institution: nobody for the board, or the account of an administrator.
	fn ensure_administrator(
		origin: OriginFor<T>,
		institution: InstitutionId,
	) -> Result<Option<T::AccountId>, DispatchError> {
		let by = match T::BoardOrigin::try_origin(origin) {
			Ok(_) => None,
			Err(origin) => {
				let signer = ensure_signed(origin)?;
				let allowed = Valid { institution, role: Role::Administrator };
				ensure!(Self::check_identity(&signer) == Ok(allowed), Error::<T>::NotAdministrator);
				Some(signer)
			}
		};
		ensure!(Institutions::<T>::contains_key(institution), Error::<T>::UnknownInstitution);
		Ok(by)
	}

	/// Makes a certificate void in an institution, as a root of it, too.
	fn revoke(institution: InstitutionId, certificate: Fingerprint, by: Option<T::AccountId>) -> DispatchResult {
		let before = RevokedCertificates::<T>::contains_key(institution, certificate);
		ensure!(!before, Error::<T>::RevokedBefore);
		let since = frame_system::Pallet::<T>::block_number();
		RevokedCertificates::<T>::insert(institution, certificate, Revocation { since, by });
		let mut roots = Roots::<T>::get(institution);
		let before = roots.len();
		roots.retain(|root| root.fingerprint() != certificate);
		if roots.len() < before {
			Roots::<T>::insert(institution, roots);
			Self::deposit_event(Event::RootRemoved { institution, root: certificate });
		}
		Self::deposit_event(Event::CertificateRevoked { institution, certificate });
		Ok(())
	}

	/// Stores an identity, and makes the account exist. Whether it had one before.
	fn put_identity(account: &T::AccountId, identity: Identity<BlockNumberFor<T>>) -> bool {
		let institution = identity.institution;
		let renewed = Identities::<T>::contains_key(account);
		Identities::<T>::insert(account, identity);
		if !renewed {
			Institutions::<T>::mutate_extant(institution, |stored| {
				stored.identities = stored.identities.saturating_add(1);
			});
			frame_system::Pallet::<T>::inc_sufficients(account);
			if let Some(departure) = Departures::<T>::take(account) {
				frame_system::Account::<T>::mutate(account, |stored| stored.nonce = stored.nonce.max(departure.nonce));
			}
		}
		renewed
	}

	/// Removes an identity; the account goes with it, unless it has money. Nothing is encrypted to it any more.
	fn remove_identity(account: T::AccountId) -> DispatchResult {
		let identity = Identities::<T>::take(&account).ok_or(Error::<T>::NotEnrolled)?;
		Self::revoke_current_key(&account);
		Institutions::<T>::mutate_extant(identity.institution, |stored| {
			stored.identities = stored.identities.saturating_sub(1);
		});
		let nonce = frame_system::Pallet::<T>::account_nonce(&account);
		Departures::<T>::insert(&account, Departure { nonce, signed_at: identity.signed_at });
		frame_system::Pallet::<T>::dec_sufficients(&account);
		Self::deposit_event(Event::IdentityRemoved { account, institution: identity.institution });
		Ok(())
	}
}

impl<T: Config> BuiltInContract for Pallet<T> {
	const ADDRESS: Address = address(0x1001);
	const PREFIX: [u8; 16] = 0x2aeddc77_fe58c98d_50bd37f1_b90840f9_u128.to_be_bytes();
	const VERSION: u16 = pallet::VERSION;
	const SUSPENDABLE: bool = true;

	fn storage() -> StorageMetadata {
		Self::storage_metadata()
	}
}
