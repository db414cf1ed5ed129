//! Supervision: rights that are exact, and leave a trace.
//!
//! A regulator is a member like others, with rights that others have not. Here stands what they are, and every use of one
//! is on record: who, what, on which ground, until when.
//!
//! # Who may what
//!
//! | who | what |
//! |---|---|
//! | auditors | read. The chain hides nothing from them, and they need no call of their own |
//! | regulators | open and close cases, freeze and release under them, say from which amount a transfer is large |
//! | whoever is frozen | appeals to the board, once per freeze |
//! | the board | decides appeals |
//!
//! No right moves money, and none keeps a block from being made.
//!
//! # Freezes
//!
//! A freeze is of an account or of an institution, stands under an open case of the same regulator's institution, has a
//! ground, and ends by itself: in the block that it names it does not hold any more. It can be released before, by anybody
//! of the same institution who may, or by the board when it decides an appeal. Neither a regulator's institution nor the
//! account of a regulator is frozen, so that no officer can lock the others out; the board can suspend them.
//!
//! A frozen account can neither send nor be drained. Three things see to it, each of them for what it sees:
//!
//! 1. Its money is frozen where it is kept, by all there can be ([`Config::Ledger`]): nothing takes from it, whoever
//!    makes the call and from wherever, and what is reserved of it goes to nobody else. What comes in is frozen as well.
//! 2. [`CheckFreeze`] refuses its transactions, and those of others that act for it, at any depth, at pools and in blocks.
//! 3. The runtime's call filter refuses what would be done in its name at some later time.
//!
//! An institution has as many accounts as it likes, and more tomorrow: freezing the money of each would be work without
//! a bound, and one enrolled later would be missed. So its accounts' money is not frozen where it is kept. It leaves them
//! by what they sign themselves, or what somebody may do in their name, and both are refused, by 2 and 3, whenever the
//! account is the institution's at that moment. Whoever wants an account's money held for good freezes that account.
//!
//! # What is on record
//!
//! Everything that a regulator does by right, here and in other pallets ([`Pallet::record`]), and what came of it, under
//! numbers without gaps; an event [`Event::Recorded`] tells each. Records are kept for ever. Evidence against validators
//! ends here, too.
//!
//! # Storage
//!
//! | item | what |
//! |---|---|
//! | [`Cases`], [`NextCase`] | the cases, by number, and how many there were |
//! | [`Freezes`] | the freezes in force |
//! | [`Expiries`] | what ends in which block |
//! | [`Records`], [`NextRecord`] | the records, by number, and how many there are |
//! | [`LargeTransfer`] | from which amount on a transfer is large, for whoever reports it |
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod extension;
mod freezing;
pub mod refusal;
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

pub use extension::CheckFreeze;
pub use pallet::*;
pub use refusal::Refusal;
pub use types::{Act, Actor, Appeal, Case, CaseId, Freeze, Ground, InstitutionId, Record, Subject};
pub use weights::WeightInfo;

use alloc::vec::Vec;
use frame_support::{
	ensure,
	traits::{ContainsPair, Get},
};
use frame_system::pallet_prelude::BlockNumberFor;
use pallet_builtin::{BuiltInContract, StorageMetadata};
use syndic_primitives::builtin::{address, Address};

/// The runtime's calls.
pub(crate) type CallOf<T> = <T as frame_system::Config>::RuntimeCall;

/// The runtime's accounts.
pub(crate) type AccountOf<T> = <T as frame_system::Config>::AccountId;

/// As it is stored.
pub type SubjectOf<T> = Subject<AccountOf<T>>;
/// As it is stored.
pub type CaseOf<T> = Case<AccountOf<T>, BlockNumberFor<T>>;
/// As it is stored.
pub type FreezeOf<T> = Freeze<AccountOf<T>, BlockNumberFor<T>>;
/// As it is stored.
pub type RecordOf<T> = Record<AccountOf<T>, BlockNumberFor<T>>;

/// The most accounts that a transaction acts for beside its sender.
pub const MAX_ACTORS: u32 = 128;

/// How many calls may be within each other.
pub const MAX_DEPTH: u32 = 16;

/// What this pallet asks of the identity contract.
pub trait Directory<AccountId> {
	/// Whose an account is, whether its identity is good now or not.
	fn institution_of(account: &AccountId) -> Option<InstitutionId>;
	/// The institution for which an account may act: it is an administrator's, and its identity is good now.
	fn administers(account: &AccountId) -> Option<InstitutionId>;
	/// Whether an account is a regulator's.
	fn is_officer(account: &AccountId) -> bool;
	/// Whether there is such an institution.
	fn is_known(institution: InstitutionId) -> bool;
	/// Whether it is a supervisory authority.
	fn is_regulator(institution: InstitutionId) -> bool;
	/// Makes one that is none, so that there is one to measure with.
	#[cfg(feature = "runtime-benchmarks")]
	fn make(institution: InstitutionId);
}

/// What this pallet asks of the runtime, which knows the calls that have calls in them.
pub trait Acting<AccountId, Call> {
	/// The accounts that the calls in a call act for or take from, beside the sender: at most [`MAX_ACTORS`], of calls at
	/// most [`MAX_DEPTH`] within each other. An account that would only appeal is none of them.
	fn others(sender: &AccountId, call: &Call) -> Result<Vec<AccountId>, Refusal>;

	/// How many that are, whoever sends it; the most there can be where it is refused.
	fn count(call: &Call) -> u32;
}

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use alloc::string::String;
	use frame_support::{
		pallet_prelude::*,
		traits::{fungible, IsSubType},
	};
	use frame_system::pallet_prelude::*;
	use sp_runtime::traits::Dispatchable;

	pub(crate) const VERSION: u16 = 1;
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(VERSION);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config:
		frame_system::Config<RuntimeCall: Dispatchable + IsSubType<Call<Self>>, RuntimeEvent: From<Event<Self>>>
	{
		/// Who may use a regulator's rights; it gives the institution, and who it is.
		type RegulatorOrigin: EnsureOrigin<Self::RuntimeOrigin, Success = (InstitutionId, Self::AccountId)>;

		/// Who decides appeals.
		type BoardOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// Whose accounts are, and which institutions there are.
		type Directory: Directory<Self::AccountId>;

		/// Who governs the chain, by which calls. They pass although the sender is frozen: no regulator takes the board's
		/// votes away, and an appeal can be decided.
		type Governing: ContainsPair<Self::AccountId, CallOf<Self>>;

		/// For whom calls act.
		type Acting: Acting<Self::AccountId, CallOf<Self>>;

		/// Why money is frozen, of all the reasons of the runtime.
		type RuntimeFreezeReason: From<FreezeReason>;

		/// Where the accounts' money is.
		type Ledger: fungible::MutateFreeze<Self::AccountId, Id = Self::RuntimeFreezeReason>;

		/// For how many blocks a case may be open.
		#[pallet::constant]
		type MaxCase: Get<BlockNumberFor<Self>>;

		/// For how many blocks a freeze may hold.
		#[pallet::constant]
		type MaxFreeze: Get<BlockNumberFor<Self>>;

		/// How many freezes may end in one block.
		#[pallet::constant]
		type MaxExpiries: Get<u32>;

		/// The weights of this pallet.
		type WeightInfo: WeightInfo;
	}

	/// Why an account's money is frozen.
	#[pallet::composite_enum]
	pub enum FreezeReason {
		/// A regulator has ordered it.
		Supervision,
	}

	/// The cases, by number. They are kept for ever, as the records are that name them.
	#[pallet::storage]
	pub type Cases<T: Config> = StorageMap<_, Twox64Concat, CaseId, CaseOf<T>, OptionQuery>;

	/// The number of the next case.
	#[pallet::storage]
	pub type NextCase<T> = StorageValue<_, CaseId, ValueQuery>;

	/// The freezes in force, one of a subject.
	#[pallet::storage]
	pub type Freezes<T: Config> = StorageMap<_, Blake2_128Concat, SubjectOf<T>, FreezeOf<T>, OptionQuery>;

	/// Whose freeze does not hold any more from a block on.
	#[pallet::storage]
	pub type Expiries<T: Config> =
		StorageMap<_, Twox64Concat, BlockNumberFor<T>, BoundedVec<SubjectOf<T>, T::MaxExpiries>, ValueQuery>;

	/// The records, by number.
	#[pallet::storage]
	pub type Records<T: Config> = StorageMap<_, Twox64Concat, u64, RecordOf<T>, OptionQuery>;

	/// The number of the next record.
	#[pallet::storage]
	pub type NextRecord<T> = StorageValue<_, u64, ValueQuery>;

	/// From which amount on a transfer is large. 0: none is.
	#[pallet::storage]
	pub type LargeTransfer<T> = StorageValue<_, u128, ValueQuery>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A right was used, or something came of one.
		Recorded {
			/// The number of the record.
			number: u64,
			/// Who.
			by: Actor<T::AccountId>,
			/// Under which case.
			case: Option<CaseId>,
			/// What.
			act: Act<T::AccountId>,
			/// On which ground.
			ground: Ground,
			/// Until when: the first block in which it does not hold any more.
			until: Option<BlockNumberFor<T>>,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// ground, outcome or reason needs 1 to 256 bytes.
		GroundLength,
		/// ground, outcome or reason is not UTF-8.
		GroundForm,
		/// until is not after this block. Give a later one.
		UntilPast,
		/// until is further ahead than a case may be open. See the constant maxCase for how many blocks that is.
		CaseTooLong,
		/// until is further ahead than a freeze may hold. See the constant maxFreeze for how many blocks that is.
		FreezeTooLong,
		/// until is after the end of the case. The field until of supervision.cases says when that is.
		FreezeOutlastsCase,
		/// As many freezes end in the block until as may. Choose another one, a little before or after.
		ExpiryBlockFull,
		/// There is no case with this number.
		UnknownCase,
		/// This case is another institution's. Only its own regulators act under it.
		CaseNotYours,
		/// This case was closed before. Open another one (supervision.openCase).
		CaseClosedBefore,
		/// The time of this case is over. Open another one (supervision.openCase).
		CaseExpired,
		/// Freezes under this case are in force. Release them first (supervision.release), or wait for their end; the field
		/// freezes of supervision.cases says how many there are.
		FreezesInForce,
		/// There is no such institution.
		UnknownInstitution,
		/// Neither a regulator's institution nor the account of a regulator is frozen. The board can suspend the one
		/// (identity.suspendInstitution) and revoke the other (identity.revokeIdentity).
		SubjectIsRegulator,
		/// It is frozen already. supervision.freezes says by whom and until when.
		FrozenAlready,
		/// It is not frozen.
		NotFrozen,
		/// This freeze is another institution's. Its regulators can release it, or the board when it decides an appeal.
		FreezeNotYours,
		/// Only the frozen account itself, and administrators of its institution or of the frozen one, can appeal.
		MayNotAppeal,
		/// There was an appeal against this freeze before. There is one per freeze.
		AppealedBefore,
		/// There is no appeal against this freeze, so there is nothing to decide.
		NotAppealed,
		/// The board has decided this appeal before. The regulator can still release (supervision.release).
		AppealDecidedBefore,
	}

	#[pallet::extra_constants]
	impl<T: Config> Pallet<T> {
		/// The codes with which a pool refuses a transaction for a freeze ("Custom error"), and what each means.
		#[pallet::constant_name(Refusals)]
		fn listed_refusals() -> Vec<(u8, String)> {
			Self::all_refusals()
		}
	}

	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// From which amount on a transfer is large. 0: none is.
		pub large_transfer: u128,
		#[serde(skip)]
		#[doc(hidden)]
		pub _config: core::marker::PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			LargeTransfer::<T>::put(self.large_transfer);
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		/// Lifts the freezes that end with this block.
		fn on_initialize(now: BlockNumberFor<T>) -> Weight {
			T::WeightInfo::expire(Self::expire(now))
		}

		#[cfg(feature = "std")]
		fn integrity_test() {
			assert!(T::MaxExpiries::get() > 0, "no freeze could end");
			assert!(T::MaxFreeze::get() <= T::MaxCase::get(), "a freeze could not hold as long as it may");
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::check_state().map_err(Into::into)
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Opens a case of one's own institution.
		///
		/// - `ground`: the legal reference: 1 to 256 bytes of UTF-8. Everybody can read it.
		/// - `until`: the first block in which the case is not open any more, whether it is closed before or not.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::open_case())]
		pub fn open_case(origin: OriginFor<T>, ground: Vec<u8>, until: BlockNumberFor<T>) -> DispatchResult {
			let (institution, account) = T::RegulatorOrigin::ensure_origin(origin)?;
			let ground = types::ground::<T>(ground)?;
			Self::ensure_within(until, T::MaxCase::get(), Error::<T>::CaseTooLong)?;
			let number = NextCase::<T>::mutate(|next| {
				let number = *next;
				*next = next.saturating_add(1);
				number
			});
			let case = Case {
				regulator: institution,
				opened_by: account.clone(),
				ground: ground.clone(),
				opened: frame_system::Pallet::<T>::block_number(),
				until,
				closed: None,
				freezes: 0,
			};
			Cases::<T>::insert(number, case);
			let by = Actor::Officer { institution, account };
			Self::record(by, Some(number), Act::CaseOpened, ground, Some(until));
			Ok(())
		}

		/// Closes a case of one's own institution. No freeze under it may be in force.
		///
		/// - `case`: its number.
		/// - `outcome`: what came of it: 1 to 256 bytes of UTF-8.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::close_case())]
		pub fn close_case(origin: OriginFor<T>, case: CaseId, outcome: Vec<u8>) -> DispatchResult {
			let (institution, account) = T::RegulatorOrigin::ensure_origin(origin)?;
			let outcome = types::ground::<T>(outcome)?;
			let mut stored = Self::case_of(case, institution)?;
			ensure!(stored.closed.is_none(), Error::<T>::CaseClosedBefore);
			ensure!(stored.freezes == 0, Error::<T>::FreezesInForce);
			stored.closed = Some(frame_system::Pallet::<T>::block_number());
			Cases::<T>::insert(case, stored);
			Self::record(Actor::Officer { institution, account }, Some(case), Act::CaseClosed, outcome, None);
			Ok(())
		}

		/// Freezes an account or an institution, from the next transaction on.
		///
		/// - `case`: an open case of one's own institution.
		/// - `subject`: the account, known or not, or the institution. Neither a regulator's institution nor the account of a
		///   regulator.
		/// - `ground`: the legal reference: 1 to 256 bytes of UTF-8. Everybody can read it.
		/// - `until`: the first block in which it does not hold any more, not after the end of the case.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::freeze())]
		pub fn freeze(
			origin: OriginFor<T>,
			case: CaseId,
			subject: SubjectOf<T>,
			ground: Vec<u8>,
			until: BlockNumberFor<T>,
		) -> DispatchResult {
			let (institution, account) = T::RegulatorOrigin::ensure_origin(origin)?;
			let ground = types::ground::<T>(ground)?;
			Self::do_freeze(institution, account, case, subject, ground, until)
		}

		/// Releases an account or an institution that one's own institution has frozen.
		///
		/// - `subject`: the account, or the institution.
		/// - `ground`: why: 1 to 256 bytes of UTF-8.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::release())]
		pub fn release(origin: OriginFor<T>, subject: SubjectOf<T>, ground: Vec<u8>) -> DispatchResult {
			let (institution, account) = T::RegulatorOrigin::ensure_origin(origin)?;
			let ground = types::ground::<T>(ground)?;
			let freeze = Freezes::<T>::get(&subject).ok_or(Error::<T>::NotFrozen)?;
			ensure!(freeze.institution == institution, Error::<T>::FreezeNotYours);
			Self::lift(&subject, &freeze)?;
			let by = Actor::Officer { institution, account };
			Self::record(by, Some(freeze.case), Act::Released(subject), ground, None);
			Ok(())
		}

		/// Appeals to the board against a freeze, once. The frozen account itself may, and administrators of the frozen
		/// institution, or of the frozen account's. It passes although the sender is frozen, as a transaction of its own.
		///
		/// - `subject`: the account, or the institution, that is frozen.
		/// - `reason`: why: 1 to 256 bytes of UTF-8.
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::appeal())]
		pub fn appeal(origin: OriginFor<T>, subject: SubjectOf<T>, reason: Vec<u8>) -> DispatchResult {
			let by = ensure_signed(origin)?;
			let reason = types::ground::<T>(reason)?;
			let mut freeze = Freezes::<T>::get(&subject).ok_or(Error::<T>::NotFrozen)?;
			ensure!(Self::may_appeal(&by, &subject), Error::<T>::MayNotAppeal);
			ensure!(freeze.appeal.is_none(), Error::<T>::AppealedBefore);
			let since = frame_system::Pallet::<T>::block_number();
			freeze.appeal = Some(Appeal { by: by.clone(), reason: reason.clone(), since, refused: None });
			Freezes::<T>::insert(&subject, &freeze);
			Self::record(Actor::Account(by), Some(freeze.case), Act::Appealed(subject), reason, Some(freeze.until));
			Ok(())
		}

		/// Decides an appeal.
		///
		/// - `subject`: the account, or the institution, that is frozen.
		/// - `lift`: whether the freeze is lifted.
		/// - `ground`: why: 1 to 256 bytes of UTF-8.
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::decide_appeal())]
		pub fn decide_appeal(
			origin: OriginFor<T>,
			subject: SubjectOf<T>,
			lift: bool,
			ground: Vec<u8>,
		) -> DispatchResult {
			T::BoardOrigin::ensure_origin(origin)?;
			let ground = types::ground::<T>(ground)?;
			let mut freeze = Freezes::<T>::get(&subject).ok_or(Error::<T>::NotFrozen)?;
			let appeal = freeze.appeal.as_mut().ok_or(Error::<T>::NotAppealed)?;
			ensure!(appeal.refused.is_none(), Error::<T>::AppealDecidedBefore);
			let until = if lift {
				Self::lift(&subject, &freeze)?;
				None
			} else {
				appeal.refused = Some(frame_system::Pallet::<T>::block_number());
				Freezes::<T>::insert(&subject, &freeze);
				Some(freeze.until)
			};
			let act = Act::AppealDecided { subject, lifted: lift };
			Self::record(Actor::Board, Some(freeze.case), act, ground, until);
			Ok(())
		}

		/// Says from which amount on a transfer is large, for whoever reports on them. Nothing is refused for it.
		///
		/// - `amount`: the least large one; 0: none is large.
		/// - `ground`: the legal reference: 1 to 256 bytes of UTF-8.
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::set_large_transfer())]
		pub fn set_large_transfer(origin: OriginFor<T>, amount: u128, ground: Vec<u8>) -> DispatchResult {
			let (institution, account) = T::RegulatorOrigin::ensure_origin(origin)?;
			let ground = types::ground::<T>(ground)?;
			LargeTransfer::<T>::put(amount);
			Self::record(Actor::Officer { institution, account }, None, Act::LargeTransferSet(amount), ground, None);
			Ok(())
		}
	}
}

impl<T: Config> Pallet<T> {
	/// Puts something on record, and tells it by an event. The number of the record.
	pub fn record(
		by: Actor<T::AccountId>,
		case: Option<CaseId>,
		act: Act<T::AccountId>,
		ground: Ground,
		until: Option<BlockNumberFor<T>>,
	) -> u64 {
		let number = NextRecord::<T>::get();
		NextRecord::<T>::put(number.saturating_add(1));
		let height = frame_system::Pallet::<T>::block_number();
		let record = Record { number, height, by: by.clone(), case, act: act.clone(), ground: ground.clone(), until };
		Records::<T>::insert(number, record);
		Self::deposit_event(Event::Recorded { number, by, case, act, ground, until });
		number
	}

	/// Whether an institution has an open case of this number.
	pub fn case_is_open(case: CaseId, institution: InstitutionId) -> bool {
		Self::open_case_of(case, institution).is_ok()
	}

	/// A case of an institution, open or not.
	fn case_of(case: CaseId, institution: InstitutionId) -> Result<CaseOf<T>, Error<T>> {
		let stored = Cases::<T>::get(case).ok_or(Error::<T>::UnknownCase)?;
		ensure!(stored.regulator == institution, Error::<T>::CaseNotYours);
		Ok(stored)
	}

	/// An open case of an institution.
	pub(crate) fn open_case_of(case: CaseId, institution: InstitutionId) -> Result<CaseOf<T>, Error<T>> {
		let stored = Self::case_of(case, institution)?;
		ensure!(stored.closed.is_none(), Error::<T>::CaseClosedBefore);
		ensure!(stored.until > frame_system::Pallet::<T>::block_number(), Error::<T>::CaseExpired);
		Ok(stored)
	}
}

impl<T: Config> BuiltInContract for Pallet<T> {
	const ADDRESS: Address = address(0x1004);
	const PREFIX: [u8; 16] = 0xbf8ab609_87e60e8a_5b984f63_75463282_u128.to_be_bytes();
	const VERSION: u16 = pallet::VERSION;
	// Who is frozen could not appeal, and nobody could release it.
	const SUSPENDABLE: bool = false;

	fn storage() -> StorageMetadata {
		Self::storage_metadata()
	}
}
