//! The validators: who votes, and how that changes while the chain runs.
//!
//! The set that decides the next height lies at a fixed storage key (`syndic_primitives::storage_keys`), where the
//! consensus engine reads it from the state of a finalised block. Governance adds and removes members, one change at a
//! time, each for a height that it names or that follows from [`MIN_CHANGE_DELAY`]. The change for activation height
//! `A` is applied at the end of block `A − 1`, and announced in that block's digest.
//!
//! # Who is counted on
//!
//! A change that the set could not survive is refused. Which members are there to vote is more than the chain can
//! know, but it knows who has *shown* it: the members from genesis, and whoever has declared to be ready, by signing a
//! recent block with the consensus key ([`Pallet::declare_ready`]). The others are *undeclared*. A change is accepted
//! only if those of the new set's members who are not undeclared make a quorum of it. So:
//!
//! - a second or third validator must have declared before it is added: the quorum of 2 is 2, that of 3 is 3;
//! - a fourth or fifth need not have, for three of four and four of five are a quorum; but as long as it has not, it
//!   is one of the members that may fail;
//! - a removal is refused if it leaves the undeclared too much weight: of seven members with two undeclared, a
//!   declared one cannot be removed.
//!
//! A member that declares late is counted on from then on.
//!
//! # Who contradicts itself
//!
//! Two votes of one validator for different blocks at one height, in one view and phase, are evidence. Anybody sends it
//! ([`Pallet::report_equivocation`]), also without an account: validators' nodes do by themselves. It is checked here, with
//! the set in which the votes were signed. Whoever is proven guilty is banned: it leaves the set at the earliest height
//! at which a change may take effect, with a change that is scheduled already if there is one, and cannot be added again
//! until governance lifts the ban. It is not counted on either, when a change is judged.
//!
//! # Who does not lead
//!
//! A member can be demoted: it votes, but is passed over when leaders take turns ([`Pallet::demote`], [`Pallet::restore`];
//! for the runtime's own rules, there is no call for it). That is a change of the set like any other, with the next set
//! id and the same members, so that nodes learn of it at a boundary. If a change is scheduled already, the demotion is
//! merged into it and takes effect with it; cancelling that change schedules the demotion once more. Demotions follow a
//! key through changes of the members. Never are so many demoted that fewer than `f + 1` members lead.
//!
//! # What replaces a set that cannot decide
//!
//! [`Pallet::replace`] puts another set in force at once. `pallet-recovery` calls it, with an order of the board.
//!
//! # Storage
//!
//! | item | what |
//! |---|---|
//! | [`CurrentSet`] | the set of the next height |
//! | [`ScheduledSet`] | the next set's members, who of them does not lead, and the height from which it decides |
//! | [`Undeclared`] | members, and the candidate of the scheduled change, that have not declared |
//! | [`Declarations`] | candidates that have declared, and for which block |
//! | [`PastSets`] | the last 64 sets before the current one |
//! | [`Banned`] | who is banned, and for what |
//! | [`BannedMembers`] | those of them that are still in the set, or in the next one |
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod demotion;
mod evidence;
pub mod migrations;
mod recovery;
mod schedule;
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

pub use evidence::MAX_PAST_SETS;
pub use pallet::*;
pub use types::{Ban, Declaration, Demoted, Members, NextSet, StoredSet};
pub use weights::WeightInfo;

use alloc::vec::Vec;
use frame_support::{ensure, traits::Get};
use frame_system::pallet_prelude::BlockNumberFor;
use pallet_builtin::{BuiltInContract, StorageMetadata};
use sp_runtime::{DispatchError, SaturatedConversion};
use syndic_primitives::{
	builtin::{address, Address},
	BlockHash, Height, SetError, ValidatorId, ValidatorSet, MIN_CHANGE_DELAY,
};

// What comes after `ValidateUnsigned`, `#[pallet::authorize]`, takes transactions of a form that stock polkadot.js does not
// send without an account. Evidence should need nothing but itself.
// Its macro binds a unit.
#[allow(deprecated, clippy::let_unit_value)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;
	use syndic_primitives::{
		block::BlockNumber, crypto::verify_ed25519, Equivocation, Readiness, SetId, ValidatorSignature, View,
		MAX_READINESS_AGE,
	};

	pub(crate) const VERSION: u16 = 3;
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(VERSION);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// Who may change the set.
		type ManageOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// For how many blocks after the block that was signed a declaration of readiness holds.
		#[pallet::constant]
		type ReadinessLifetime: Get<BlockNumber>;

		/// How many declarations are kept; a further one displaces the oldest.
		#[pallet::constant]
		type MaxDeclarations: Get<u32>;

		/// How far ahead a change may be scheduled, in blocks.
		#[pallet::constant]
		type MaxChangeDelay: Get<BlockNumber>;

		/// The weights of this pallet.
		type WeightInfo: WeightInfo;
	}

	/// The set that decides the next height. Encoded as `syndic_primitives::ValidatorSet`.
	#[pallet::storage]
	pub type CurrentSet<T> = StorageValue<_, StoredSet, ValueQuery>;

	/// The next set's members in order, who of them does not lead, and the first height that they decide, if a change is
	/// scheduled. Encoded as `syndic_primitives::ScheduledSet`.
	#[pallet::storage]
	pub type ScheduledSet<T> = StorageValue<_, NextSet, OptionQuery>;

	/// Members, and the candidate of the scheduled change, that have not declared that they are ready. They are not
	/// counted on when a change is judged.
	#[pallet::storage]
	pub type Undeclared<T> = StorageValue<_, Members, ValueQuery>;

	/// Who has declared that it is ready, and for which block, the oldest block first.
	#[pallet::storage]
	pub type Declarations<T: Config> = StorageValue<_, BoundedVec<Declaration, T::MaxDeclarations>, ValueQuery>;

	/// The last sets before the current one, for evidence that comes late.
	#[pallet::storage]
	pub type PastSets<T> = StorageMap<_, Twox64Concat, SetId, StoredSet, OptionQuery>;

	/// Who was proven to have contradicted itself.
	#[pallet::storage]
	pub type Banned<T> = StorageMap<_, Blake2_128Concat, ValidatorId, Ban, OptionQuery>;

	/// Those of them that are members still, or will be of the next set.
	#[pallet::storage]
	pub type BannedMembers<T> = StorageValue<_, Members, ValueQuery>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A validator will be added: it votes from height `at` on.
		AdditionScheduled {
			/// The validator's consensus key.
			validator: ValidatorId,
			/// The first height it votes on.
			since: Height,
		},
		/// A validator will be removed: it votes no more from height `at` on.
		RemovalScheduled {
			/// The validator's consensus key.
			validator: ValidatorId,
			/// The first height it does not vote on.
			since: Height,
		},
		/// The change that was scheduled for height `at` will not be made.
		ChangeCancelled {
			/// The height at which it would have taken effect.
			since: Height,
		},
		/// A new set of validators decides from height `since` on.
		SetChanged {
			/// The set's id.
			id: SetId,
			/// The first height it decides: the one after this block.
			since: Height,
			/// How many members it has.
			size: u32,
		},
		/// The change that was scheduled for height `at` has been dropped, because its set could not have worked. The
		/// set stays as it is.
		ChangeDropped {
			/// The height at which it would have taken effect.
			since: Height,
		},
		/// A validator was proven to have signed two blocks at one place, and is banned.
		Banned {
			/// The validator's consensus key.
			validator: ValidatorId,
			/// The height at which it did.
			height: Height,
			/// The view in which it did.
			view: View,
		},
		/// The set that takes over at height `since` is without banned validators.
		ExpulsionScheduled {
			/// The first height on which they do not vote.
			since: Height,
		},
		/// A banned validator stays in the set for now: without it, those who have shown themselves would make no quorum.
		/// It goes with the first change after which they would.
		ExpulsionPostponed {
			/// The validator's consensus key.
			validator: ValidatorId,
		},
		/// A validator will not lead from height `since` on; it votes as before.
		DemotionScheduled {
			/// The validator's consensus key.
			validator: ValidatorId,
			/// The first height in which it does not lead.
			since: Height,
		},
		/// A validator that was demoted, or was to be, may lead from height `since` on.
		RestorationScheduled {
			/// The validator's consensus key.
			validator: ValidatorId,
			/// The first height in which it may lead.
			since: Height,
		},
		/// A ban was lifted.
		BanLifted {
			/// The validator's consensus key.
			validator: ValidatorId,
		},
		/// A validator's node has shown that it holds the consensus key and has followed the chain up to `height`.
		ReadinessDeclared {
			/// The validator's consensus key.
			validator: ValidatorId,
			/// The block it has signed.
			height: Height,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// This key is a validator already.
		AlreadyMember,
		/// This key is not a validator.
		NotMember,
		/// The last validator cannot be removed: nobody would be left to make blocks.
		LastValidator,
		/// The set of validators is full: it holds 256.
		SetFull,
		/// A change is scheduled already, and there can be only one at a time. Wait until it has taken effect, or cancel
		/// it (validators.cancelChange).
		ChangePending,
		/// There is no scheduled change to cancel.
		NoChangePending,
		/// The change would take effect too early. It needs at least 9 blocks from the block that schedules it.
		ActivationTooEarly,
		/// The change would take effect too late. See the constant maxChangeDelay for how many blocks ahead it may be.
		ActivationTooFar,
		/// Those of the new set's validators that have shown themselves would not make a quorum, and the chain would
		/// stop. Let the node of the new validator declare that it is ready (validators.declareReady), not longer than
		/// readinessLifetime before the change takes effect, and try again.
		QuorumOutOfReach,
		/// This validator is counted on already; it has nothing to declare.
		NothingToDeclare,
		/// The signed block is not below the current one: this chain does not know it yet.
		BlockNotKnownYet,
		/// The signed block is more than 256 blocks old. Sign a newer one.
		BlockTooOld,
		/// The signed block is not one of this chain.
		BlockNotOfThisChain,
		/// This validator has declared the same block, or a newer one, before.
		NotNewerThanBefore,
		/// A signature is not this key's over what it should sign, on this chain.
		BadSignature,
		/// This validator is banned, because it has signed two blocks at one place. The ban can be lifted
		/// (validators.liftBan).
		BannedAlready,
		/// This validator is demoted already.
		DemotedAlready,
		/// This validator is not demoted.
		NotDemoted,
		/// Too few validators would be left to lead: f + 1 of n must, where f = (n - 1) / 3, rounded down.
		TooFewLeaders,
		/// This validator is not banned.
		NotBanned,
		/// The votes are of a set that is not known: neither the current one nor one of the 64 before it.
		SetNotKnown,
		/// The set of these votes has no member at this position.
		SignerNotInSet,
		/// The two votes are not by one signer for one height, view and phase.
		VotesUnrelated,
		/// The two votes are for the same block: nobody is guilty of anything.
		VotesAgree,
	}

	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// The consensus keys of the first validators, in the order in which they take turns to lead.
		pub validators: Vec<ValidatorId>,
		#[serde(skip)]
		#[doc(hidden)]
		pub _config: core::marker::PhantomData<T>,
	}

	impl<T: Config> GenesisConfig<T> {
		/// Whether a chain can begin like this: at least one validator, none twice, not too many.
		pub fn check(&self) -> Result<(), SetError> {
			ValidatorSet::new(SetId::ZERO, Height(1), self.validators.clone()).map(|_| ())
		}
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			// FRAME builds the default genesis in a test of its own, and by default there is nobody. What builds a chain
			// has refused that before, see `check`.
			if self.validators.is_empty() {
				return;
			}
			let members = match self.check() {
				Ok(()) => Members::truncate_from(self.validators.clone()),
				Err(error) => panic!("validators.validators: {error}"),
			};
			CurrentSet::<T>::put(StoredSet { id: SetId::ZERO, since: Height(1), members, ..Default::default() });
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_initialize(_: BlockNumberFor<T>) -> Weight {
			// For what `on_finalize` will do; no call in this block can bring a change forward.
			if Self::is_due() {
				T::WeightInfo::apply_change()
			} else {
				T::WeightInfo::check_schedule()
			}
		}

		fn on_finalize(_: BlockNumberFor<T>) {
			if Self::is_due() {
				Self::apply_scheduled();
			}
		}

		#[cfg(feature = "std")]
		fn integrity_test() {
			let kept: u32 = T::BlockHashCount::get().saturated_into();
			assert!(kept > MAX_READINESS_AGE, "{kept} block hashes are kept, declarations need {MAX_READINESS_AGE}");
			let lifetime = T::ReadinessLifetime::get();
			let needed = MAX_READINESS_AGE + DEFAULT_CHANGE_DELAY;
			assert!(lifetime > needed, "ReadinessLifetime is {lifetime}, must be more than {needed}");
			assert!(T::MaxChangeDelay::get() >= DEFAULT_CHANGE_DELAY, "no change could be scheduled");
			assert!(T::MaxDeclarations::get() > 0, "nobody could declare to be ready");
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::check_state().map_err(Into::into)
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Adds a validator to the end of the set.
		///
		/// - `validator`: its consensus key (ed25519, 32 bytes). Its node should be running and synced, and should have
		///   declared so.
		/// - `at`: the first height it votes on, at least 9 blocks ahead; by default 10 blocks ahead.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::add_validator())]
		pub fn add_validator(origin: OriginFor<T>, validator: ValidatorId, at: Option<BlockNumber>) -> DispatchResult {
			T::ManageOrigin::ensure_origin(origin)?;
			ensure!(!ScheduledSet::<T>::exists(), Error::<T>::ChangePending);
			ensure!(!Banned::<T>::contains_key(&validator), Error::<T>::BannedAlready);
			let mut members = CurrentSet::<T>::get().members;
			ensure!(!members.contains(&validator), Error::<T>::AlreadyMember);
			members.try_push(validator.clone()).map_err(|_| Error::<T>::SetFull)?;
			let at = Self::schedule(members, at)?;
			Self::deposit_event(Event::AdditionScheduled { validator, since: at });
			Ok(())
		}

		/// Removes a validator from the set.
		///
		/// - `validator`: its consensus key.
		/// - `at`: the first height it does not vote on, at least 9 blocks ahead; by default 10 blocks ahead.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::remove_validator())]
		pub fn remove_validator(
			origin: OriginFor<T>,
			validator: ValidatorId,
			at: Option<BlockNumber>,
		) -> DispatchResult {
			T::ManageOrigin::ensure_origin(origin)?;
			ensure!(!ScheduledSet::<T>::exists(), Error::<T>::ChangePending);
			let mut members = CurrentSet::<T>::get().members;
			ensure!(members.contains(&validator), Error::<T>::NotMember);
			ensure!(members.len() > 1, Error::<T>::LastValidator);
			members.retain(|member| *member != validator);
			let at = Self::schedule(members, at)?;
			Self::deposit_event(Event::RemovalScheduled { validator, since: at });
			Ok(())
		}

		/// Cancels the change that is scheduled. It can be cancelled up to the block before the height at which it takes
		/// effect, that block included.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::cancel_change())]
		pub fn cancel_change(origin: OriginFor<T>) -> DispatchResult {
			T::ManageOrigin::ensure_origin(origin)?;
			let next = ScheduledSet::<T>::take().ok_or(Error::<T>::NoChangePending)?;
			let set = CurrentSet::<T>::get();
			Undeclared::<T>::mutate(|undeclared| undeclared.retain(|key| set.members.contains(key)));
			BannedMembers::<T>::mutate(|banned| banned.retain(|key| set.members.contains(key)));
			Self::deposit_event(Event::ChangeCancelled { since: next.since });
			// Nobody is let off by it: a demotion is scheduled once more, and a banned member does not come back.
			Self::keep_demotions(&next);
			Self::expel();
			Ok(())
		}

		/// Declares that a validator's node is ready: it holds its consensus key, and has followed the chain. Anybody may
		/// send it; the signature is what counts.
		///
		/// - `validator`: the consensus key.
		/// - `height`, `block_hash`: a block of this chain, at most 256 blocks old.
		/// - `signature`: by the consensus key, over the bytes `syndic/pbft/readiness/v1`, the genesis hash, the height
		///   (4 bytes, little endian) and the block hash.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::declare_ready())]
		pub fn declare_ready(
			origin: OriginFor<T>,
			validator: ValidatorId,
			height: Height,
			block_hash: BlockHash,
			signature: ValidatorSignature,
		) -> DispatchResult {
			ensure_signed(origin)?;
			let mut undeclared = Undeclared::<T>::get();
			let counted_on = !undeclared.contains(&validator) && CurrentSet::<T>::get().members.contains(&validator);
			ensure!(!counted_on, Error::<T>::NothingToDeclare);

			let now = Self::now();
			ensure!(height < now, Error::<T>::BlockNotKnownYet);
			ensure!(now.get() - height.get() <= MAX_READINESS_AGE, Error::<T>::BlockTooOld);
			ensure!(Self::block_hash(height) == block_hash, Error::<T>::BlockNotOfThisChain);

			let mut declarations = Declarations::<T>::get();
			declarations.retain(|declaration| Self::holds_at(declaration, now));
			let before = declarations.iter().position(|declaration| declaration.validator == validator);
			if let Some(before) = before {
				ensure!(declarations[before].height < height, Error::<T>::NotNewerThanBefore);
				declarations.remove(before);
			}
			// Last, for it costs most.
			let genesis = Self::block_hash(Height::ZERO);
			let readiness = Readiness { height, block_hash };
			ensure!(readiness.verify(&genesis, &validator, &signature, &verify_ed25519), Error::<T>::BadSignature);

			if declarations.is_full() {
				// The newest are the most useful, and whoever was displaced may declare again: a flood of strangers'
				// declarations cannot keep anybody out.
				declarations.remove(0);
			}
			let place = declarations.partition_point(|declaration| declaration.height <= height);
			let declaration = Declaration { validator: validator.clone(), height };
			declarations.try_insert(place, declaration).map_err(|_| DispatchError::Exhausted)?;
			Declarations::<T>::put(declarations);
			if undeclared.contains(&validator) {
				undeclared.retain(|key| *key != validator);
				Undeclared::<T>::put(undeclared);
			}
			Self::deposit_event(Event::ReadinessDeclared { validator, height });
			// With one more to count on, a banned member may be dispensable now.
			Self::expel();
			Ok(())
		}

		/// Bans a validator that signed two blocks at one place. Anybody may send the evidence, with an account or without.
		///
		/// - `evidence`: two votes, signed by one member of the current set or one of the 64 before it, for one height, view
		///   and phase, and for different blocks.
		#[pallet::call_index(4)]
		#[pallet::weight((T::WeightInfo::report_equivocation(), DispatchClass::Operational))]
		pub fn report_equivocation(origin: OriginFor<T>, evidence: Equivocation) -> DispatchResult {
			if ensure_none(origin.clone()).is_err() {
				ensure_signed(origin)?;
			}
			let offender = Self::judge(&evidence)?;
			Self::ban(offender, &evidence);
			Ok(())
		}

		/// Lifts a ban. If the validator is in the set still, it stays; otherwise it may be added again.
		///
		/// - `validator`: its consensus key.
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::lift_ban())]
		pub fn lift_ban(origin: OriginFor<T>, validator: ValidatorId) -> DispatchResult {
			T::ManageOrigin::ensure_origin(origin)?;
			Banned::<T>::take(&validator).ok_or(Error::<T>::NotBanned)?;
			BannedMembers::<T>::mutate(|banned| banned.retain(|key| *key != validator));
			Self::deposit_event(Event::BanLifted { validator });
			Ok(())
		}
	}

	/// Evidence needs no account: it is worth what it proves. What proves nothing, or nothing new, does not get into a pool.
	#[pallet::validate_unsigned]
	impl<T: Config> ValidateUnsigned for Pallet<T> {
		type Call = Call<T>;

		fn validate_unsigned(_: TransactionSource, call: &Self::Call) -> TransactionValidity {
			let Call::report_equivocation { evidence } = call else { return InvalidTransaction::Call.into() };
			let offender = Self::judge(evidence).map_err(|error| match error {
				Error::BannedAlready => InvalidTransaction::Stale,
				_ => InvalidTransaction::BadProof,
			})?;
			ValidTransaction::with_tag_prefix("SyndicEquivocation")
				.priority(TransactionPriority::MAX)
				.and_provides(offender)
				.longevity(EVIDENCE_LONGEVITY)
				.propagate(true)
				.build()
		}
	}
}

/// For how many blocks evidence without a sender waits in a pool.
const EVIDENCE_LONGEVITY: u64 = 256;

/// How far ahead a change takes effect that names no height: one block more than it must.
pub const DEFAULT_CHANGE_DELAY: u32 = MIN_CHANGE_DELAY + 1;

impl<T: Config> Pallet<T> {
	/// The set that decides the next height. Nothing only if the chain was built without validators.
	pub fn validator_set() -> Option<ValidatorSet> {
		CurrentSet::<T>::get().checked().ok()
	}

	/// The members of the next set, and the first height that they decide.
	pub fn scheduled_set() -> Option<(Height, Vec<ValidatorId>)> {
		ScheduledSet::<T>::get().map(|next| (next.since, next.members.into_inner()))
	}

	/// The number of the block that is being made.
	fn now() -> Height {
		Height(frame_system::Pallet::<T>::block_number().saturated_into())
	}

	/// The hash of a block below the current one; zeros if it is not known any more.
	fn block_hash(height: Height) -> BlockHash {
		let hash = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::from(height.get()));
		let mut raw = BlockHash::zero();
		let bytes = hash.as_ref();
		if bytes.len() == raw.0.len() {
			raw.0.copy_from_slice(bytes);
		}
		raw
	}

	/// Whether a declaration is still good at a height.
	fn holds_at(declaration: &Declaration, at: Height) -> bool {
		at.get() <= declaration.height.get().saturating_add(T::ReadinessLifetime::get())
	}
}

impl<T: Config> BuiltInContract for Pallet<T> {
	const ADDRESS: Address = address(0x1002);
	const PREFIX: [u8; 16] = 0x88dcde93_4c658227_ee1dfafc_d6e16903_u128.to_be_bytes();
	const VERSION: u16 = pallet::VERSION;
	const SUSPENDABLE: bool = false;

	fn storage() -> StorageMetadata {
		Self::storage_metadata()
	}
}

/// So that the runtime's session keys hold the consensus key.
impl<T> sp_runtime::BoundToRuntimeAppPublic for Pallet<T> {
	type Public = ValidatorId;
}
