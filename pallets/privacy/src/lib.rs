//! Private transactions: what the chain holds of a payload that only some may read, and how the supervision opens it.
//!
//! A sender encrypts a payload, keeps the ciphertext off the chain, and sends an *envelope* ([`Pallet::send`]): a
//! commitment to the payload, the hash of the ciphertext, and the secret, wrapped for each recipient's encryption key (see
//! the identity contract) and shared among the officers of regulators. How things are sealed and judged, `syndic_envelope`
//! says. Nodes carry the ciphertext; this contract tells them, by the runtime API `PrivacyApi`, whose nodes may have it.
//!
//! # Panels
//!
//! A *panel* is made of officers of one regulator, accounts of the role regulator, so many of whom open an envelope
//! together: at least two. Its number is the institution's. The board sets it ([`Pallet::set_panel`]), and says which
//! panel is in charge of which institution ([`Pallet::set_remit`]); the panel that was set first is in charge of all
//! others. An envelope is sealed for the panels in charge of the sender's institution and of every recipient's. Without a
//! panel nobody sends.
//!
//! A panel that is set again has another version. Officers of an older one keep opening the envelopes that name it: they
//! should keep their keys. If an officer revokes the key that the panel names, nothing is sent under the panel until the
//! board sets it again.
//!
//! # Disclosure
//!
//! One officer asks, in an open case and with a ground ([`Pallet::request_disclosure`]); others approve
//! ([`Pallet::approve_disclosure`]). When there are as many as the panel's threshold, the opening stands on the chain, for
//! everybody to see. Only in a later block does the chain take the other officers' shares, sealed for the one who asked
//! ([`Pallet::release_share`]). The chain cannot keep officers from meeting elsewhere: that so many of them would have to
//! is what the threshold is for.
//!
//! # Cheating
//!
//! Whoever unwraps something else than the envelope's secret, or than a share of it, proves it here
//! ([`Pallet::accuse_wrap`]); whoever has the secret and finds that the ciphertext does not hold what was committed to, too
//! ([`Pallet::accuse_payload`]). A proof is judged at once and needs nobody's vote. The sender's institution may not send
//! any more until the board reinstates it ([`Pallet::reinstate`]). An envelope convicts once.
//!
//! Proofs about a payload are as long as the payload. They fit into a transaction of class 3, `reporting`, which is open
//! to everybody as the chain begins, by `classes.withClass`; those for up to 128 kB fit into any. Where the board has
//! changed the classes, one must allow 263,000 bytes.
//!
//! # Storage
//!
//! | item | what |
//! |---|---|
//! | [`Panels`], [`PanelVersion`], [`FirstPanel`] | the panels in all their versions, which is the last, which panel was the first |
//! | [`Remits`] | which panel is in charge of an institution, if not the first |
//! | [`Envelopes`] | the envelopes by commitment; none is ever removed |
//! | [`Numbers`], [`NextNumber`] | their commitments by number, and how many there are |
//! | [`Requests`], [`NextRequest`], [`OpenRequests`] | requests for disclosure, how many there were, those that wait, by envelope |
//! | [`Barred`] | the institutions that may not send |
//! | [`Convictions`] | the envelopes that have convicted their senders |
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod accusation;
mod disclosure;
mod panels;
mod sending;
#[cfg(any(feature = "try-runtime", test))]
mod state;
pub mod types;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use pallet::*;
pub use types::{Act, Actor, Entry, Envelope, ForPanel, ForRecipient, InstitutionId, Panel, PanelId};
pub use weights::WeightInfo;

use alloc::vec::Vec;
use frame_support::{
	ensure,
	traits::{EnsureOrigin, Get},
};
use frame_system::pallet_prelude::BlockNumberFor;
use pallet_builtin::{BuiltInContract, StorageMetadata};
use pallet_identity::origin::{Anybody, EnsureRole, Regulator};
use sp_core::H256;
use syndic_envelope::{DhProof, Place, Point, Wrap, MAX_OFFICERS, MAX_PANELS, MAX_PAYLOAD, MAX_RECIPIENTS, OVERHEAD};
use syndic_primitives::builtin::{address, Address};
use types::{Disclosure, MAX_GROUND, MAX_OPEN_REQUESTS};

/// What this pallet asks of the supervision contract.
pub trait Supervise<AccountId, BlockNumber> {
	/// Whether this case is open, and this regulator's.
	fn is_open(case: u32, regulator: InstitutionId) -> bool;
	/// Puts the use of a right on record.
	fn record(entry: Entry<AccountId, BlockNumber>);
	/// Opens a case of this regulator's, to measure with.
	#[cfg(feature = "runtime-benchmarks")]
	fn open(regulator: InstitutionId) -> u32;
}

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use crate::types::{Bar, Envelope, Panel};
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;
	use sp_runtime::traits::Zero;

	pub(crate) const VERSION: u16 = 1;
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(VERSION);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> + pallet_identity::Config {
		/// Who sets panels and remits, and reinstates senders.
		type BoardOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// The supervision contract: which cases are open, and where the use of rights is recorded.
		type Supervision: Supervise<Self::AccountId, BlockNumberFor<Self>>;

		/// For how many blocks at most a request for disclosure may wait for approvals.
		#[pallet::constant]
		type MaxRequest: Get<BlockNumberFor<Self>>;

		/// The weights of this pallet.
		type WeightInfo: WeightInfo;
	}

	/// The panels, by number and version. Versions count from 1.
	#[pallet::storage]
	pub type Panels<T: Config> = StorageDoubleMap<
		_,
		Twox64Concat,
		PanelId,
		Twox64Concat,
		u32,
		Panel<T::AccountId, BlockNumberFor<T>>,
		OptionQuery,
	>;

	/// The version of a panel that is in force; 0: there is no such panel.
	#[pallet::storage]
	pub type PanelVersion<T> = StorageMap<_, Twox64Concat, PanelId, u32, ValueQuery>;

	/// The panel that was set first. It is in charge of every institution that is in no other's remit.
	#[pallet::storage]
	pub type FirstPanel<T> = StorageValue<_, PanelId, OptionQuery>;

	/// Which panel is in charge of an institution.
	#[pallet::storage]
	pub type Remits<T> = StorageMap<_, Twox64Concat, InstitutionId, PanelId, OptionQuery>;

	/// The envelopes, by their commitment.
	#[pallet::storage]
	pub type Envelopes<T: Config> =
		StorageMap<_, Blake2_128Concat, H256, Envelope<T::AccountId, BlockNumberFor<T>>, OptionQuery>;

	/// The commitments, by the envelopes' numbers.
	#[pallet::storage]
	pub type Numbers<T> = StorageMap<_, Twox64Concat, u64, H256, OptionQuery>;

	/// How many envelopes there are, which is the number of the next one.
	#[pallet::storage]
	pub type NextNumber<T> = StorageValue<_, u64, ValueQuery>;

	/// The requests for disclosure, by number.
	#[pallet::storage]
	pub type Requests<T: Config> =
		StorageMap<_, Twox64Concat, u32, Disclosure<T::AccountId, BlockNumberFor<T>>, OptionQuery>;

	/// The number of the next request.
	#[pallet::storage]
	pub type NextRequest<T> = StorageValue<_, u32, ValueQuery>;

	/// The requests for an envelope that wait for approvals, those among them whose time is over since the last one came.
	#[pallet::storage]
	pub type OpenRequests<T> =
		StorageMap<_, Blake2_128Concat, H256, BoundedVec<u32, ConstU32<MAX_OPEN_REQUESTS>>, ValueQuery>;

	/// The institutions whose people may not send.
	#[pallet::storage]
	pub type Barred<T: Config> = StorageMap<_, Twox64Concat, InstitutionId, Bar<BlockNumberFor<T>>, OptionQuery>;

	/// The envelopes whose senders were proven guilty, and in which block.
	#[pallet::storage]
	pub type Convictions<T: Config> = StorageMap<_, Blake2_128Concat, H256, BlockNumberFor<T>, OptionQuery>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A panel has other officers from now on, or is there now.
		PanelSet {
			/// Its number: that of the regulator.
			panel: PanelId,
			/// Its version.
			version: u32,
			/// How many officers it has.
			officers: u32,
			/// How many of them open an envelope.
			threshold: u8,
		},
		/// A panel is in charge of an institution from now on.
		RemitSet {
			/// The institution.
			institution: InstitutionId,
			/// The panel.
			panel: PanelId,
		},
		/// An envelope was sent.
		EnvelopeSent {
			/// Its number.
			number: u64,
			/// Its commitment.
			commitment: H256,
			/// Who has sent it.
			sender: T::AccountId,
			/// The sender's institution.
			institution: InstitutionId,
		},
		/// An officer asks for a payload. Others have to approve.
		DisclosureRequested {
			/// The number of the request.
			request: u32,
			/// The envelope.
			commitment: H256,
			/// The panel.
			panel: PanelId,
			/// The case.
			case: u32,
			/// Who asks.
			requester: T::AccountId,
		},
		/// Another officer approves.
		DisclosureApproved {
			/// The number of the request.
			request: u32,
			/// Who approves.
			officer: T::AccountId,
		},
		/// Enough officers have approved: the payload is about to be opened.
		DisclosureOpened {
			/// The number of the request.
			request: u32,
			/// The envelope.
			commitment: H256,
			/// The case.
			case: u32,
			/// Who has asked.
			requester: T::AccountId,
			/// The block.
			height: BlockNumberFor<T>,
		},
		/// An officer has handed over a share, sealed for the one who has asked.
		ShareReleased {
			/// The number of the request.
			request: u32,
			/// Whose share.
			officer: T::AccountId,
			/// The officer's place in the panel.
			place: u32,
		},
		/// A sender was proven guilty. Nobody of its institution may send from now on.
		SenderBarred {
			/// The institution.
			institution: InstitutionId,
			/// The envelope.
			commitment: H256,
			/// Who has sent it.
			sender: T::AccountId,
		},
		/// An institution's people may send again.
		SenderReinstated {
			/// The institution.
			institution: InstitutionId,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// The payload is too long. See the constant maxPayload for how many bytes it may have; ciphertextLen is greater by
		/// the constant overhead.
		PayloadTooLong,
		/// There is no payload: ciphertextLen must be greater than the constant overhead.
		PayloadEmpty,
		/// There is an envelope with this commitment already. Seal the payload anew: each time it gets another commitment.
		CommitmentKnown,
		/// A recipient has no encryption key. It registers one (identity.setEncryptionKey).
		UnknownRecipient,
		/// A recipient may not transact: its identity is expired, revoked or gone, or its institution is suspended.
		RecipientNotAdmitted,
		/// A recipient has a newer encryption key. Seal the payload anew, for that one.
		KeyRotated,
		/// A recipient has revoked this encryption key. It registers another one (identity.setEncryptionKey).
		KeyRevoked,
		/// A recipient has no encryption key of this number. See identity.currentEncryptionKey.
		KeyUnknown,
		/// An envelope needs at least one recipient.
		NoRecipients,
		/// A recipient is named twice.
		RecipientTwice,
		/// An envelope has too many recipients. See the constant maxRecipients.
		TooManyRecipients,
		/// There is no panel, so nobody could supervise. The board sets one (privacy.setPanel).
		NoPanel,
		/// More panels are in charge of these institutions than one envelope can be sealed for. Send several envelopes.
		TooManyPanels,
		/// A panel is named twice.
		PanelTwice,
		/// A panel was set anew since this was sealed. Seal the payload anew, for privacy.panelVersion.
		StalePanel,
		/// A panel in charge is missing: privacy.remits of the institutions of the sender and of every recipient, or
		/// privacy.firstPanel where there is no remit.
		PanelMissing,
		/// The panel is in charge neither of the sender's institution nor of a recipient's; or the envelope is not sealed for
		/// it.
		PanelNotInCharge,
		/// An officer of the panel has revoked the encryption key that the panel names. The board has to set the panel anew
		/// (privacy.setPanel).
		OfficerKeyRevoked,
		/// A panel needs a share for each of its officers.
		WrongNumberOfShares,
		/// A panel needs as many points as its threshold, less one.
		WrongNumberOfPoints,
		/// The key point, or a point of a panel, is no point of prime order in its canonical form.
		BadPoint,
		/// A wrap does not begin with a public key of X25519.
		BadWrap,
		/// The sender's institution may not send: one of its people was proven to have cheated. The board can reinstate it
		/// (privacy.reinstate).
		SenderBarred,
		/// All numbers have been given.
		NoMoreNumbers,
		/// There is no envelope with this commitment.
		UnknownEnvelope,
		/// A panel needs two officers at least.
		TooFewOfficers,
		/// A panel has too many officers. See the constant maxOfficers.
		TooManyOfficers,
		/// An officer is named twice.
		OfficerTwice,
		/// An officer is no regulator of this institution, or may not transact.
		NotRegulator,
		/// An officer has no encryption key in force. It registers one (identity.setEncryptionKey).
		OfficerWithoutKey,
		/// A threshold is two at least, and at most the number of officers.
		ThresholdOutOfBounds,
		/// The panel was set as often as it can be.
		TooManyVersions,
		/// There is no institution with this number.
		UnknownInstitution,
		/// There is no panel with this number. The board sets it first (privacy.setPanel).
		UnknownPanel,
		/// The case is not open, or another regulator's. Open one (supervision.openCase).
		CaseNotOpen,
		/// The sender is no officer of the panel in the version that the envelope names.
		NotOfficer,
		/// A ground has 1 to 256 bytes.
		GroundLength,
		/// A ground is not UTF-8.
		GroundForm,
		/// until is a block that has passed already, or too far away. See the constant maxRequest for how many blocks a
		/// request may wait.
		UntilOutOfBounds,
		/// Too many requests for this envelope wait for approvals. See the constant maxOpenRequests.
		TooManyRequests,
		/// There is no request with this number.
		UnknownRequest,
		/// The officer has approved already.
		ApprovedBefore,
		/// Enough officers have approved already.
		OpenedBefore,
		/// The time for approvals is over. Ask again (privacy.requestDisclosure).
		RequestExpired,
		/// Who has asked is no regulator of this institution any more, or has revoked the key that shares are to be sealed
		/// for. Another officer asks (privacy.requestDisclosure).
		RequesterGone,
		/// Not enough officers have approved yet.
		NotOpened,
		/// The opening is in this block. Shares are taken from the next one on.
		OpenedInThisBlock,
		/// The officer is the one who has asked, and has his own share.
		OwnRequest,
		/// The officer has handed over his share already.
		ReleasedBefore,
		/// The envelope has no such wrap: place names a recipient by position, or a panel and the place of an officer.
		NoSuchWrap,
		/// The proof is not one for this wrap and for the key that it was sealed for.
		ProofInvalid,
		/// The sender has sealed what it should have.
		NotGuilty,
		/// The secret is not the one that the key point stands for.
		SecretWrong,
		/// The ciphertext has another hash than the envelope says.
		CiphertextWrong,
		/// The sender's institution is barred already.
		AlreadyBarred,
		/// The sender was convicted for this envelope before.
		ConvictedBefore,
		/// The institution is not barred.
		NotBarred,
	}

	#[pallet::extra_constants]
	impl<T: Config> Pallet<T> {
		/// The longest payload, in bytes.
		#[pallet::constant_name(MaxPayload)]
		fn listed_max_payload() -> u32 {
			MAX_PAYLOAD as u32
		}

		/// By how many bytes a ciphertext is longer than its payload.
		#[pallet::constant_name(Overhead)]
		fn listed_overhead() -> u32 {
			OVERHEAD as u32
		}

		/// The most recipients of an envelope.
		#[pallet::constant_name(MaxRecipients)]
		fn listed_max_recipients() -> u32 {
			MAX_RECIPIENTS
		}

		/// The most panels that an envelope is sealed for.
		#[pallet::constant_name(MaxPanels)]
		fn listed_max_panels() -> u32 {
			MAX_PANELS
		}

		/// The most officers of a panel.
		#[pallet::constant_name(MaxOfficers)]
		fn listed_max_officers() -> u32 {
			MAX_OFFICERS
		}

		/// The most bytes of a ground.
		#[pallet::constant_name(MaxGround)]
		fn listed_max_ground() -> u32 {
			MAX_GROUND
		}

		/// The most requests that may wait for approvals at once, for one envelope.
		#[pallet::constant_name(MaxOpenRequests)]
		fn listed_max_open_requests() -> u32 {
			MAX_OPEN_REQUESTS
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "std")]
		fn integrity_test() {
			assert!(!T::MaxRequest::get().is_zero(), "no request could wait");
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::check_state().map_err(Into::into)
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Sets a panel, or sets it anew: envelopes from now on are sealed for these officers. Those before stay theirs for
		/// whom they were sealed.
		///
		/// - `regulator`: the institution, whose number is the panel's.
		/// - `officers`: 2 to 16 of its regulators, each with an encryption key (identity.setEncryptionKey).
		/// - `threshold`: how many of them open an envelope together, 2 at least.
		#[pallet::call_index(0)]
		#[pallet::weight(<T as Config>::WeightInfo::set_panel(officers.len() as u32))]
		pub fn set_panel(
			origin: OriginFor<T>,
			regulator: InstitutionId,
			officers: Vec<T::AccountId>,
			threshold: u8,
		) -> DispatchResult {
			<T as Config>::BoardOrigin::ensure_origin(origin)?;
			Self::put_panel(regulator, officers, threshold)
		}

		/// Puts a panel in charge of an institution, in place of the one before: envelopes from now on, from its people and to
		/// them, are sealed for this panel.
		///
		/// - `institution`: which.
		/// - `panel`: its number, which is that of the regulator.
		#[pallet::call_index(1)]
		#[pallet::weight(<T as Config>::WeightInfo::set_remit())]
		pub fn set_remit(origin: OriginFor<T>, institution: InstitutionId, panel: PanelId) -> DispatchResult {
			<T as Config>::BoardOrigin::ensure_origin(origin)?;
			let known = pallet_identity::Institutions::<T>::contains_key(institution);
			ensure!(known, Error::<T>::UnknownInstitution);
			ensure!(!PanelVersion::<T>::get(panel).is_zero(), Error::<T>::UnknownPanel);
			Remits::<T>::insert(institution, panel);
			Self::deposit_event(Event::RemitSet { institution, panel });
			Ok(())
		}

		/// Sends an envelope. `syndic privacy` makes it out of a payload, and the TypeScript helper.
		///
		/// - `commitment`: to the payload. Each is sent once.
		/// - `ciphertext_hash`: BLAKE2b of the ciphertext, with 256 bits.
		/// - `ciphertext_len`: how many bytes the ciphertext has.
		/// - `key_point`: what stands for the secret.
		/// - `recipients`: 1 to 16 accounts, each with the number of its encryption key and with the secret, wrapped for it.
		/// - `panels`: for each panel in charge of the institutions of the sender and of the recipients: its number, its
		///   version, points, and a share of the secret for each of its officers, wrapped.
		#[pallet::call_index(2)]
		#[pallet::weight({
			let (points, shares) = sizes(panels);
			<T as Config>::WeightInfo::send(recipients.len() as u32, panels.len() as u32, points, shares)
		})]
		pub fn send(
			origin: OriginFor<T>,
			commitment: H256,
			ciphertext_hash: H256,
			ciphertext_len: u32,
			key_point: Point,
			recipients: Vec<ForRecipient<T::AccountId>>,
			panels: Vec<ForPanel>,
		) -> DispatchResult {
			let (institution, sender) = EnsureRole::<T, Anybody>::ensure_origin(origin)?;
			let sent = sending::Sent { commitment, ciphertext_hash, ciphertext_len, key_point, recipients, panels };
			Self::put_envelope(institution, sender, sent)
		}

		/// Asks for a payload to be opened, and approves it. Sent by an officer of a panel that the envelope names.
		///
		/// - `commitment`: of the envelope.
		/// - `panel`: the panel.
		/// - `case`: the number of an open case of the same regulator (supervision.openCase).
		/// - `ground`: the legal reference: 1 to 256 bytes of UTF-8. Everybody can read it.
		/// - `until`: from which block on nobody can approve any more.
		#[pallet::call_index(3)]
		#[pallet::weight(<T as Config>::WeightInfo::request_disclosure())]
		pub fn request_disclosure(
			origin: OriginFor<T>,
			commitment: H256,
			panel: PanelId,
			case: u32,
			ground: Vec<u8>,
			until: BlockNumberFor<T>,
		) -> DispatchResult {
			let (institution, requester) = EnsureRole::<T, Regulator>::ensure_origin(origin)?;
			Self::ask(institution, requester, disclosure::Asked { commitment, panel, case, ground, until })
		}

		/// Approves a request. With as many approvals as the panel's threshold the opening stands on the chain. Sent by another
		/// officer of the same version of the panel.
		///
		/// - `request`: its number.
		#[pallet::call_index(4)]
		#[pallet::weight(<T as Config>::WeightInfo::approve_disclosure())]
		pub fn approve_disclosure(origin: OriginFor<T>, request: u32) -> DispatchResult {
			let (institution, officer) = EnsureRole::<T, Regulator>::ensure_origin(origin)?;
			Self::approve(institution, officer, request)
		}

		/// Hands over the sender's share to the officer who has asked. It is taken after the block in which enough officers
		/// have approved.
		///
		/// - `request`: its number.
		/// - `wrap`: the share, wrapped for the requester's encryption key of the number that the request names.
		#[pallet::call_index(5)]
		#[pallet::weight(<T as Config>::WeightInfo::release_share())]
		pub fn release_share(origin: OriginFor<T>, request: u32, wrap: Wrap) -> DispatchResult {
			let (institution, officer) = EnsureRole::<T, Regulator>::ensure_origin(origin)?;
			Self::hand_over(institution, officer, request, wrap)
		}

		/// Proves that a wrap of an envelope does not hold what it should. It shows what this one wrap holds, to everybody:
		/// it should be sent by who has tried to unwrap it. Anybody may send it.
		///
		/// - `commitment`: of the envelope.
		/// - `place`: which wrap: a recipient's position, or a panel and the place of an officer.
		/// - `proof`: what the wrap's key and the registered key agree on, and that it is so.
		#[pallet::call_index(6)]
		#[pallet::weight(<T as Config>::WeightInfo::accuse_wrap())]
		pub fn accuse_wrap(origin: OriginFor<T>, commitment: H256, place: Place, proof: DhProof) -> DispatchResult {
			let (_, accuser) = EnsureRole::<T, Anybody>::ensure_origin(origin)?;
			Self::accuse_by_wrap(accuser, commitment, place, &proof)
		}

		/// Proves that an envelope's ciphertext does not hold what was committed to. It shows the secret to everybody: whoever
		/// sends it should have tried to open the payload before. Anybody may send it; a long one needs a class that allows
		/// its length (classes.withClass with class 3, reporting).
		///
		/// - `commitment`: of the envelope.
		/// - `secret`: as a recipient unwraps it, or officers put it together.
		/// - `ciphertext`: all of it.
		#[pallet::call_index(7)]
		#[pallet::weight(<T as Config>::WeightInfo::accuse_payload(ciphertext.len() as u32))]
		pub fn accuse_payload(
			origin: OriginFor<T>,
			commitment: H256,
			secret: [u8; 32],
			ciphertext: Vec<u8>,
		) -> DispatchResult {
			let (_, accuser) = EnsureRole::<T, Anybody>::ensure_origin(origin)?;
			Self::accuse_by_payload(accuser, commitment, &secret, &ciphertext)
		}

		/// Lets an institution's people send again.
		///
		/// - `institution`: which.
		#[pallet::call_index(8)]
		#[pallet::weight(<T as Config>::WeightInfo::reinstate())]
		pub fn reinstate(origin: OriginFor<T>, institution: InstitutionId) -> DispatchResult {
			<T as Config>::BoardOrigin::ensure_origin(origin)?;
			Barred::<T>::take(institution).ok_or(Error::<T>::NotBarred)?;
			T::Supervision::record(Entry {
				by: Actor::Board,
				case: None,
				act: Act::SenderReinstated { institution },
				ground: Default::default(),
				until: None,
			});
			Self::deposit_event(Event::SenderReinstated { institution });
			Ok(())
		}
	}
}

/// How many points and how many shares there are, altogether.
fn sizes(panels: &[ForPanel]) -> (u32, u32) {
	panels.iter().fold((0_u32, 0_u32), |(points, shares), panel| {
		(points.saturating_add(panel.points.len() as u32), shares.saturating_add(panel.shares.len() as u32))
	})
}

impl<T: Config> BuiltInContract for Pallet<T> {
	const ADDRESS: Address = address(0x1007);
	const PREFIX: [u8; 16] = 0x2d2b19cb_edf52f71_e5bb4829_f4c45459_u128.to_be_bytes();
	const VERSION: u16 = pallet::VERSION;
	const SUSPENDABLE: bool = true;

	fn storage() -> StorageMetadata {
		Self::storage_metadata()
	}
}
