//! The parameters of the consensus: what they are, and how they change while the chain runs.
//!
//! The parameters of the next height lie at a fixed storage key (`syndic_primitives::storage_keys`), where the consensus
//! engine reads them from the state of a finalised block. Governance schedules a change of one or of several of them
//! for a height that it names or that follows from [`syndic_primitives::notice`]; the change for activation height `A` is
//! applied at the end of block `A − 1`. No node is restarted.
//!
//! A change says which parameters it sets. The result, the parameters that would be in force at that height with the
//! change, is judged as a whole by [`Parameters::check`]: what is out of bounds is refused, and so is a combination
//! that would stop the chain. Each reason for refusal is an error of its own, which names the parameter and its
//! bounds.
//!
//! Several changes can be scheduled, for ascending heights, each of them built on the one before. So one cannot be
//! scheduled below another, and they are cancelled from the last one backwards. Only the calendar may put one below
//! others; what each of those sets, it sets still. The last changes that were made are remembered, with their cause.
//!
//! *Profiles* ([`profiles`]) are named changes: how blocks are made for a kind of business. The board edits them, and
//! puts one to use by its name. A *calendar* ([`calendar`]) says which is used at which time of the week, and the chain
//! follows it by itself; what the board changes in between holds until the calendar next turns to another profile.
//!
//! *Engine versions* ([`versions`]): validators tell which version of the protocol they support, and the chain asks for
//! none that a quorum of the set and two thirds of the registered validators do not.
//!
//! # Storage
//!
//! | item | what |
//! |---|---|
//! | [`CurrentParameters`] | the parameters of the next height |
//! | [`ScheduledParameters`] | parameters to come, with the first height of each, ascending |
//! | [`ScheduledChanges`] | beside each of these, what it sets and why |
//! | [`History`] | the last changes that were made |
//! | [`Profiles`] | what each profile sets |
//! | [`CurrentProfile`] | the profile in force, if everything is as it says |
//! | [`ActiveCalendar`] | which profile is used when |
//! | [`Followed`] | the profile that the calendar last turned to |
//! | [`Signals`] | which version of the protocol each validator supports |
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod calendar;
pub mod error;
mod members;
pub mod migrations;
pub mod profiles;
mod schedule;
pub mod versions;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use calendar::{Calendar, Window};
pub use members::Members;
pub use pallet::*;
pub use syndic_primitives::parameters::{Cause, ParameterChanges, PastChange, ProfileName, ScheduledChange};
pub use versions::{Support, Supports};
pub use weights::WeightInfo;

use alloc::vec::Vec;
use frame_support::{
	ensure,
	traits::{ConstU32, Get},
	BoundedVec,
};
use pallet_builtin::{BuiltInContract, StorageMetadata};
use syndic_primitives::{
	builtin::{address, Address},
	BlockHash, Height, ParameterError, Parameters, ValidatorId, DEFAULT_CHANGE_DELAY,
};

/// How many changes may be scheduled at once.
pub const MAX_SCHEDULED: u32 = 16;

/// How many changes are remembered.
pub const MAX_HISTORY: u32 = 32;

/// Parameters to come, with the first height of each, ascending.
pub type Schedule = BoundedVec<(Height, Parameters), ConstU32<MAX_SCHEDULED>>;

/// What each of these sets, and why.
pub type Scheduled = BoundedVec<ScheduledChange, ConstU32<MAX_SCHEDULED>>;

/// Changes that were made, ascending.
pub type Past = BoundedVec<PastChange, ConstU32<MAX_HISTORY>>;

// What comes after `ValidateUnsigned`, `#[pallet::authorize]`, takes transactions of a form that a node would have to be
// given an account for. A signal should need nothing but itself.
// Its macro binds a unit.
#[allow(deprecated, clippy::let_unit_value)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use crate::profiles::MAX_PROFILES;
	use frame_support::{pallet_prelude::*, traits::UnixTime};
	use frame_system::pallet_prelude::*;
	use syndic_primitives::{block::BlockNumber, lottery::SignedSignal};

	pub(crate) const VERSION: u16 = 2;
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(VERSION);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>, Hash = BlockHash> {
		/// Who may change the parameters.
		type ManageOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// How far ahead a change may be scheduled, in blocks.
		#[pallet::constant]
		type MaxChangeDelay: Get<BlockNumber>;

		/// Who the validators are.
		type Members: Members;

		/// The time that the calendar goes by: at the beginning of a block, that of the block before.
		type Time: UnixTime;

		/// The weights of this pallet.
		type WeightInfo: WeightInfo;
	}

	/// The parameters of the next height.
	#[pallet::storage]
	pub type CurrentParameters<T> = StorageValue<_, Parameters, ValueQuery>;

	/// Parameters to come, with the first height of each, ascending.
	#[pallet::storage]
	pub type ScheduledParameters<T> = StorageValue<_, Schedule, ValueQuery>;

	/// Beside each of the scheduled parameters, what the change sets and why.
	#[pallet::storage]
	pub type ScheduledChanges<T> = StorageValue<_, Scheduled, ValueQuery>;

	/// The last 32 changes that were made, ascending by height.
	#[pallet::storage]
	pub type History<T> = StorageValue<_, Past, ValueQuery>;

	/// What each profile sets.
	#[pallet::storage]
	pub type Profiles<T> = StorageMap<_, Blake2_128Concat, ProfileName, ParameterChanges>;

	/// The profile in force. None where a parameter has been set to something else since.
	#[pallet::storage]
	pub type CurrentProfile<T> = StorageValue<_, ProfileName>;

	/// Which profile is used when, if a calendar is followed.
	#[pallet::storage]
	pub type ActiveCalendar<T> = StorageValue<_, Calendar>;

	/// The profile that the calendar last turned to.
	#[pallet::storage]
	pub type Followed<T> = StorageValue<_, ProfileName>;

	/// Which version of the protocol each validator supports, as it said, ascending by key. Who is not here supports the
	/// first one.
	#[pallet::storage]
	pub type Signals<T> = StorageValue<_, Supports, ValueQuery>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// These parameters will be in force from height `since` on.
		ParametersScheduled {
			/// The first height with them.
			since: Height,
			/// All parameters, those that do not change included.
			parameters: Parameters,
			/// Why.
			cause: Cause,
		},
		/// These parameters are in force from height `since` on.
		ParametersChanged {
			/// The first height with them: the one after this block.
			since: Height,
			/// All parameters.
			parameters: Parameters,
			/// Why.
			cause: Cause,
		},
		/// The parameters that were scheduled for height `since` will not come into force.
		ParametersCancelled {
			/// The height at which they would have come into force.
			since: Height,
		},
		/// The parameters that were scheduled for height `since` have been dropped, because they would break a rule today.
		/// The parameters stay as they are.
		ParametersDropped {
			/// The height at which they would have come into force.
			since: Height,
			/// The rule.
			error: DispatchError,
		},
		/// A profile was made or changed. What is in force stays as it is until the profile is used again.
		ProfileSet {
			/// Its name.
			profile: ProfileName,
			/// What it sets.
			changes: ParameterChanges,
		},
		/// A profile is no more. What is in force stays as it is.
		ProfileRemoved {
			/// Its name.
			profile: ProfileName,
		},
		/// The chain follows this calendar from the next block on.
		CalendarSet {
			/// Which profile is used when.
			calendar: Calendar,
		},
		/// The chain follows no calendar any more. What is in force stays as it is.
		CalendarRemoved,
		/// The calendar has come to a profile that cannot be used now. The parameters stay as they are until it comes to
		/// another one.
		CalendarNotFollowed {
			/// The profile.
			profile: ProfileName,
			/// Why it cannot be used.
			error: DispatchError,
		},
		/// A validator told which version of the protocol it supports.
		VersionSignalled {
			/// Its consensus key.
			validator: ValidatorId,
			/// The highest version that it supports.
			version: u32,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// The block period (blockPeriod, in milliseconds) must be within 200 and 600000.
		BlockPeriodOutOfBounds,
		/// The base timeout (baseTimeout, in milliseconds) must be within 500 and 1200000.
		BaseTimeoutOutOfBounds,
		/// The growth of the timeout (timeoutGrowth, in percent) must be within 100 and 400.
		TimeoutGrowthOutOfBounds,
		/// The ceiling of the timeout (timeoutCeiling, in milliseconds) must be within 500 and 3600000.
		TimeoutCeilingOutOfBounds,
		/// The most transactions in a block (maxTransactions) must be within 1 and 100000.
		MaxTransactionsOutOfBounds,
		/// The heartbeat (heartbeat, in milliseconds) must be within 200 and 86400000.
		HeartbeatOutOfBounds,
		/// The leader period (leaderPeriod, in heights) must be within 1 and 1000000.
		LeaderPeriodOutOfBounds,
		/// The tolerance for timestamps (timestampTolerance, in milliseconds) must be within 100 and 25000.
		TimestampToleranceOutOfBounds,
		/// The number of heights in progress at once (pipelineDepth) must be within 1 and 8.
		PipelineDepthOutOfBounds,
		/// The number of collectors of votes (dissemination.collector.k) must be within 1 and 256.
		CollectorsOutOfBounds,
		/// A parameter is out of its bounds.
		ParameterOutOfBounds,
		/// The share of the weight (blockWeightShare, in percent) must be within 10 and 100.
		BlockWeightShareOutOfBounds,
		/// The share of the length (blockLengthShare, in percent) must be within 5 and 100.
		BlockLengthShareOutOfBounds,
		/// The size of committees (committeeSize) must be within 0 and 256.
		CommitteeSizeOutOfBounds,
		/// The share of validators that may be faulty (assumedFaulty, in per mille) must be within 0 and 333.
		AssumedFaultyOutOfBounds,
		/// The bound of a committee's risk (committeeRisk, 10 to the minus this) must be within 1 and 18.
		CommitteeRiskOutOfBounds,
		/// The length of an era (eraLength, in blocks) must be within 32 and 1000000.
		EraLengthOutOfBounds,
		/// The turns that may be missed (demoteAfter) must be within 1 and 1000.
		DemoteAfterOutOfBounds,
		/// The window of activity (activeWindow, in heights) must be within 32 and 100000.
		ActiveWindowOutOfBounds,
		/// The version of the protocol (engineVersion) must be within 1 and 1000.
		EngineVersionOutOfBounds,
		/// The base timeout (baseTimeout) must be at least the block period (blockPeriod) and 300 milliseconds more, or it
		/// would end before a punctual leader's block is there.
		TimeoutWithinBlockPeriod,
		/// The ceiling of the timeout (timeoutCeiling) must be at least the base timeout (baseTimeout).
		CeilingUnderBase,
		/// The heartbeat (heartbeat) must be at least the block period (blockPeriod).
		HeartbeatUnderBlockPeriod,
		/// With votes through collectors (dissemination), the base timeout (baseTimeout) must be at least the block period
		/// (blockPeriod) and 500 milliseconds more: such votes take five message delays.
		TimeoutTooShortForCollectors,
		/// With compact proposals (proposalForm), the base timeout (baseTimeout) must be at least the block period
		/// (blockPeriod) and 500 milliseconds more: what is left out may have to be asked for.
		TimeoutTooShortForCompact,
		/// The ceiling of the timeout (timeoutCeiling) must be at least twice the base timeout (baseTimeout), or timeouts
		/// could not grow on a slow network, and it would change views for ever.
		NoRoomToGrow,
		/// The growth of the timeout (timeoutGrowth) must be over 100 percent, or timeouts would never reach the ceiling
		/// (timeoutCeiling), and a slow network would change views for ever.
		TimeoutNeverGrows,
		/// With this growth (timeoutGrowth) timeouts do not grow from the base (baseTimeout) to the ceiling (timeoutCeiling)
		/// within 32 views that fail. The chain stands still for so long.
		TimeoutGrowsTooSlowly,
		/// The ceiling of the timeout (timeoutCeiling) must be at most 60 times the base timeout (baseTimeout), or after an
		/// outage every silent leader would hold up the chain for that long.
		CeilingTooFar,
		/// With empty blocks off (emptyBlocks), the heartbeat (heartbeat) must be at least twice the block period
		/// (blockPeriod), or empty blocks would come all the same.
		HeartbeatVoidsEmptyBlocks,
		/// The tolerance for timestamps (timestampTolerance) must be at most 50 times the block period (blockPeriod), or a
		/// leader whose clock is ahead would slow down blocks for long.
		ToleranceTooLoose,
		/// To build and to execute a block of this share of the weight (blockWeightShare; 1500 milliseconds at 100 percent,
		/// twice, and 300 more) takes longer than the ceiling of the timeout (timeoutCeiling). It could never be committed.
		WeightOverCeiling,
		/// To execute a whole window (pipelineDepth, and one more) of blocks of this share of the weight (blockWeightShare)
		/// takes longer than the ceiling of the timeout (timeoutCeiling).
		WindowOverCeiling,
		/// To receive a block of this share of the length (blockLengthShare; 3.9 megabytes at 100 percent) at 10 Mbit/s takes
		/// longer than the ceiling of the timeout (timeoutCeiling). It could never be committed.
		LengthOverCeiling,
		/// The most transactions in a block (maxTransactions) must be at most 150 for each percent of the weight
		/// (blockWeightShare): more do not fit, and the limit would be void.
		TransactionsOverWeight,
		/// The most transactions in a block (maxTransactions) must be at most 393 for each percent of the length
		/// (blockLengthShare): more do not fit, and the limit would be void.
		TransactionsOverLength,
		/// The most transactions in a block (maxTransactions) must be at least twice the number of heights in progress
		/// (pipelineDepth), or such a window costs more than it carries.
		WindowNotFilled,
		/// With more than one height in progress (pipelineDepth), the block period (blockPeriod) must be at most 2000
		/// milliseconds, or there would never be more than one.
		WindowWithoutUse,
		/// The leader period (leaderPeriod) must be at least the number of heights in progress (pipelineDepth), or the window
		/// would be handed on before it is full.
		LeaderPeriodUnderWindow,
		/// The leader period (leaderPeriod) times the block period (blockPeriod) must be at most a day, for which one
		/// validator would order everything.
		LeaderTooLong,
		/// The leader period (leaderPeriod) must be at most the length of an era (eraLength).
		LeaderPeriodOverEra,
		/// The turns that may be missed (demoteAfter) must be at most those that an era has: its length (eraLength) divided by
		/// the leader period (leaderPeriod). Otherwise nobody could be demoted.
		DemoteAfterOverEra,
		/// The length of an era (eraLength) times the block period (blockPeriod) must be at most 90 days.
		EraTooLong,
		/// With empty blocks off (emptyBlocks), the length of an era (eraLength) times the heartbeat (heartbeat) must be at
		/// most 90 days, or an idle chain's era would not end.
		IdleEraTooLong,
		/// The window of activity (activeWindow) times the block period (blockPeriod) must be at most 30 days, for which a
		/// validator that is gone would be counted on.
		ActiveWindowTooLong,
		/// The size of committees (committeeSize) must be 0 or at least 4: a smaller one bears no faulty member.
		CommitteeTooSmall,
		/// With committees (committeeSize), some validators must be assumed to be faulty (assumedFaulty, at least 1), or the
		/// bound of a committee's risk (committeeRisk) would bound nothing.
		NobodyAssumedFaulty,
		/// With committees (committeeSize), the length of an era (eraLength) must be at least 64 blocks.
		EraTooShortForElection,
		/// With committees (committeeSize), half an era (eraLength) less 20 blocks must be longer than the committee's faulty
		/// members lead in a row (leaderPeriod each), or they could keep everybody's secrets out.
		PhaseTooShort,
		/// With committees (committeeSize), the length of an era (eraLength) must be at least the leader period (leaderPeriod)
		/// times the size, or members would never lead.
		CommitteeTurnsOverEra,
		/// With committees (committeeSize), the window of activity (activeWindow) must be at most 4 eras (eraLength), or a
		/// silent member would not be noticed before its committee is long over.
		ActiveWindowOverEras,
		/// The number of collectors (dissemination.collector.k) must be at most the size of committees (committeeSize).
		CollectorsOverCommittee,
		/// The size of committees (committeeSize) must be at most the number of registered validators.
		CommitteeOverMembership,
		/// The seats of a committee (committeeSize) cannot be filled without an institution that holds more of them than may
		/// be faulty (a third of committeeSize − 1). There must be more institutions, or fewer seats.
		InstitutionsTooFew,
		/// With this share of faulty validators (assumedFaulty), no committee keeps the risk (committeeRisk) that is allowed.
		NoCommitteeBears,
		/// A committee of this size (committeeSize) has more faulty members than it bears (assumedFaulty) more often than is
		/// allowed (committeeRisk). The last two bytes of the error, little-endian, are the smallest size that would do;
		/// pbft_committee answers it too.
		CommitteeTooRisky {
			/// The smallest size that would do.
			smallest: u16,
		},
		/// With committees (committeeSize), the most transactions in a block (maxTransactions) times half an era (eraLength)
		/// less 20 blocks must be at least the number of registered validators: each has a secret to reveal in that time.
		ContributionsOverPhase,
		/// The number of collectors (dissemination.collector.k) must be at most the number of members of the set.
		CollectorsOverMembers,
		/// The number of collectors (dissemination.collector.k) must be over the number of members that may be faulty, or all
		/// of them could be.
		CollectorsMayAllFail,
		/// To send a full proposal of this share of the length (blockLengthShare) to all members at 100 Mbit/s takes longer
		/// than the ceiling of the timeout (timeoutCeiling). Use compact proposals (proposalForm), or a smaller share.
		ProposalOverCeiling,
		/// Fewer members of the set than its quorum support this version of the protocol (engineVersion): the chain would
		/// stop. See consensusConfig.signals for who does.
		EngineVersionWithoutQuorum,
		/// Fewer than two thirds of the registered validators support this version of the protocol (engineVersion).
		/// See consensusConfig.signals for who does.
		EngineVersionWithoutRegistered,
		/// The change sets nothing, or nothing to another value than it would have at that height anyway.
		NothingChanges,
		/// The change would take effect too early. It needs at least 9 blocks from the block that schedules it.
		ActivationTooEarly,
		/// The change would take effect too late. See the constant maxChangeDelay for how many blocks ahead it may be.
		ActivationTooFar,
		/// A change is scheduled for a later height already, and would undo this one. Name its height or a later one, or
		/// cancel it first (consensusConfig.cancel).
		LaterChangeScheduled,
		/// There are 16 scheduled changes already. Wait until one has taken effect, or cancel one.
		TooManyScheduled,
		/// No change is scheduled for this height.
		NotScheduled,
		/// A profile's name must be text of 1 to 32 bytes, without control characters, and must neither begin nor end with
		/// a space.
		BadProfileName,
		/// There is no profile of this name. See consensusConfig.profiles for those that there are.
		UnknownProfile,
		/// A profile must set at least one parameter.
		ProfileSetsNothing,
		/// A profile must not set committeeSize, assumedFaulty, committeeRisk, eraLength, demoteAfter, activeWindow or
		/// engineVersion. These belong to the network and not to a kind of business: change them by consensusConfig.change.
		ProfileSetsNetworkRules,
		/// There are 32 profiles already. Remove one first.
		TooManyProfiles,
		/// The calendar uses this profile. Set another calendar first, or remove it.
		ProfileInCalendar,
		/// A window's days (days) must be within 1 and 127: 1 for Monday, 2 for Tuesday, 4 for Wednesday and so on to 64 for
		/// Sunday, added up.
		WindowDaysOutOfBounds,
		/// A window must begin (from) within minute 0 and 1439 of the day, and end (until) within 0 and 1440.
		WindowMinutesOutOfBounds,
		/// A window must not end (until) where it begins (from).
		WindowEmpty,
		/// Two windows of the calendar cover the same minute.
		WindowsOverlap,
		/// A calendar must have at most 16 windows.
		TooManyWindows,
		/// The chain follows no calendar.
		NoCalendar,
		/// The version that is signalled (signal.version) must be within 1 and 1000.
		SignalOutOfBounds,
		/// This validator has signalled this version already, or less than 32 blocks (signal.height) ago.
		SignalNotNew,
		/// The key that signals (validator) is neither a registered validator's nor an observer's nor a set member's.
		SignalNotOfValidator,
		/// The block that is named (signal.height, signal.blockHash) is not of this chain, or too old.
		SignalOfOtherChain,
		/// The signature is not the validator's over this signal and this chain.
		SignalBadSignature,
	}

	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// The parameters of the first block.
		pub parameters: Parameters,
		#[serde(skip)]
		#[doc(hidden)]
		pub _config: core::marker::PhantomData<T>,
	}

	impl<T: Config> GenesisConfig<T> {
		/// Whether a chain can begin with these parameters.
		pub fn check(&self) -> Result<(), ParameterError> {
			self.parameters.check()
		}
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			if let Err(error) = self.check() {
				panic!("consensusConfig.parameters.{error}");
			}
			CurrentParameters::<T>::put(&self.parameters);
			Pallet::<T>::remember(PastChange {
				since: Height::ZERO.next(),
				cause: Cause::Start,
				parameters: self.parameters.clone(),
			});
			for (profile, changes) in profiles::named() {
				Profiles::<T>::insert(profile, changes);
			}
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_initialize(_: BlockNumberFor<T>) -> Weight {
			let followed = match Self::follow_calendar() {
				true => T::WeightInfo::follow_calendar(),
				false => T::WeightInfo::check_calendar(),
			};
			// For what `on_finalize` will do; no call in this block can bring a change forward.
			let due = match Self::is_due(&ScheduledParameters::<T>::get()) {
				true => T::WeightInfo::apply_change(),
				false => T::WeightInfo::check_schedule(),
			};
			followed.saturating_add(due)
		}

		fn on_finalize(_: BlockNumberFor<T>) {
			if Self::is_due(&ScheduledParameters::<T>::get()) {
				Self::apply_scheduled();
			}
		}

		#[cfg(feature = "std")]
		fn integrity_test() {
			assert!(T::MaxChangeDelay::get() >= DEFAULT_CHANGE_DELAY, "no change could be scheduled");
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::check_state().map_err(Into::into)
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Schedules a change of one or several parameters.
		///
		/// - `changes`: the parameters to set; those left out stay as they would be at that height. The result is judged
		///   as a whole.
		/// - `at`: the first height with them, at least 9 blocks ahead, and not below a height for which a change is
		///   scheduled already; by default 10 blocks ahead. With a height for which a change is scheduled, the two
		///   become one.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::change())]
		pub fn change(origin: OriginFor<T>, changes: ParameterChanges, at: Option<BlockNumber>) -> DispatchResult {
			T::ManageOrigin::ensure_origin(origin)?;
			Self::schedule(Self::activation(at)?, changes, Cause::Board)?;
			Ok(())
		}

		/// Cancels the change that is scheduled for a height. It can be cancelled up to the block before that height, that
		/// block included, and only if none is scheduled for a later height, which would build on it.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::cancel())]
		pub fn cancel(origin: OriginFor<T>, at: BlockNumber) -> DispatchResult {
			T::ManageOrigin::ensure_origin(origin)?;
			Self::cancel_last(Height(at))?;
			Ok(())
		}

		/// Makes a profile, or changes one. What is in force stays as it is until the profile is used again.
		///
		/// - `name`: text of 1 to 32 bytes.
		/// - `changes`: the parameters that it sets; not those of committees, eras, credit and the engine's version. What
		///   would be in force if it were used now is judged as a whole, and again when it is used.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::set_profile())]
		pub fn set_profile(origin: OriginFor<T>, name: Vec<u8>, changes: ParameterChanges) -> DispatchResult {
			T::ManageOrigin::ensure_origin(origin)?;
			let profile = ProfileName::new(name).ok_or(Error::<T>::BadProfileName)?;
			ensure!(changes != ParameterChanges::default(), Error::<T>::ProfileSetsNothing);
			ensure!(!changes.sets_network_rules(), Error::<T>::ProfileSetsNetworkRules);
			let base = Self::last_parameters();
			Self::judge(&base, &changes.clone().apply_to(&base))?;
			let is_new = !Profiles::<T>::contains_key(&profile);
			ensure!(!is_new || Profiles::<T>::iter_keys().count() < MAX_PROFILES as usize, Error::<T>::TooManyProfiles);
			Profiles::<T>::insert(&profile, &changes);
			Self::forget_profile_unless(&CurrentParameters::<T>::get());
			Self::deposit_event(Event::ProfileSet { profile, changes });
			Ok(())
		}

		/// Removes a profile that the calendar does not use. What is in force, and what is scheduled, stays as it is.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::remove_profile())]
		pub fn remove_profile(origin: OriginFor<T>, name: Vec<u8>) -> DispatchResult {
			T::ManageOrigin::ensure_origin(origin)?;
			let profile = ProfileName::new(name).ok_or(Error::<T>::BadProfileName)?;
			ensure!(Profiles::<T>::contains_key(&profile), Error::<T>::UnknownProfile);
			let is_named = ActiveCalendar::<T>::get().is_some_and(|calendar| calendar.names(&profile));
			ensure!(!is_named, Error::<T>::ProfileInCalendar);
			Profiles::<T>::remove(&profile);
			Self::forget_profile_unless(&CurrentParameters::<T>::get());
			Self::deposit_event(Event::ProfileRemoved { profile });
			Ok(())
		}

		/// Puts a profile to use. The same rules as for `change` hold.
		///
		/// - `name`: its name.
		/// - `at`: the first height with it, at least 9 blocks ahead; by default 10 blocks ahead.
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::use_profile())]
		pub fn use_profile(origin: OriginFor<T>, name: Vec<u8>, at: Option<BlockNumber>) -> DispatchResult {
			T::ManageOrigin::ensure_origin(origin)?;
			let profile = ProfileName::new(name).ok_or(Error::<T>::BadProfileName)?;
			let changes = Self::profile(&profile)?;
			Self::schedule(Self::activation(at)?, changes, Cause::Profile(profile))?;
			Ok(())
		}

		/// Has the chain follow a calendar, in the place of the one that it follows, if it does: from the next block on it
		/// uses the profile of the window that the time lies in, each time at the earliest height, 9 blocks ahead.
		///
		/// - `otherwise`: the profile outside all windows.
		/// - `windows`: at most 16, of which no two cover the same minute. Times are UTC.
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::set_calendar())]
		pub fn set_calendar(origin: OriginFor<T>, otherwise: Vec<u8>, windows: Vec<Window>) -> DispatchResult {
			T::ManageOrigin::ensure_origin(origin)?;
			let otherwise = ProfileName::new(otherwise).ok_or(Error::<T>::BadProfileName)?;
			let windows = windows.try_into().map_err(|_| Error::<T>::TooManyWindows)?;
			let calendar = Calendar { otherwise, windows };
			calendar.check().map_err(Error::<T>::from)?;
			ensure!(calendar.profiles().all(Profiles::<T>::contains_key), Error::<T>::UnknownProfile);
			ActiveCalendar::<T>::put(&calendar);
			Followed::<T>::kill();
			Self::deposit_event(Event::CalendarSet { calendar });
			Ok(())
		}

		/// Has the chain follow no calendar any more. What is in force, and what is scheduled, stays as it is.
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::remove_calendar())]
		pub fn remove_calendar(origin: OriginFor<T>) -> DispatchResult {
			T::ManageOrigin::ensure_origin(origin)?;
			ensure!(ActiveCalendar::<T>::exists(), Error::<T>::NoCalendar);
			ActiveCalendar::<T>::kill();
			Followed::<T>::kill();
			Self::deposit_event(Event::CalendarRemoved);
			Ok(())
		}

		/// Tells which version of the protocol a validator's engine supports. It needs no account: the validator's node
		/// sends it by itself.
		///
		/// - `signed`: the version and a recent block, signed with the consensus key.
		#[pallet::call_index(7)]
		#[pallet::weight((T::WeightInfo::signal(), DispatchClass::Normal, Pays::No))]
		pub fn signal(origin: OriginFor<T>, signed: SignedSignal) -> DispatchResult {
			ensure_none(origin)?;
			Self::judge_signal(&signed)?;
			ensure!(Self::note_signal(&signed), Error::<T>::SignalNotOfValidator);
			let SignedSignal { validator, signal, .. } = signed;
			Self::deposit_event(Event::VersionSignalled { validator, version: signal.version });
			Ok(())
		}
	}

	#[pallet::validate_unsigned]
	impl<T: Config> ValidateUnsigned for Pallet<T> {
		type Call = Call<T>;

		fn validate_unsigned(_: TransactionSource, call: &Self::Call) -> TransactionValidity {
			let Call::signal { signed } = call else { return InvalidTransaction::Call.into() };
			Self::judge_signal(signed).map_err(|error| match error {
				Error::SignalNotNew => InvalidTransaction::Stale,
				_ => InvalidTransaction::BadProof,
			})?;
			// One of each validator waits in a pool, and there are not many: they may come before all else but evidence.
			ValidTransaction::with_tag_prefix("SyndicVersion")
				.priority(TransactionPriority::MAX / 2)
				.and_provides(&signed.validator)
				.longevity(SIGNAL_LONGEVITY)
				.propagate(true)
				.build()
		}
	}
}

/// For how many blocks a signal waits in a pool.
const SIGNAL_LONGEVITY: u64 = 64;

impl<T: Config> Pallet<T> {
	/// The parameters of the next height.
	pub fn parameters() -> Parameters {
		CurrentParameters::<T>::get()
	}

	/// Parameters to come, with the first height of each, ascending.
	pub fn scheduled_parameters() -> Vec<(Height, Parameters)> {
		ScheduledParameters::<T>::get().into_inner()
	}

	/// What will be in force once all that is scheduled has been made.
	fn last_parameters() -> Parameters {
		ScheduledParameters::<T>::get().pop().map_or_else(Self::parameters, |(_, parameters)| parameters)
	}
}

impl<T: Config> BuiltInContract for Pallet<T> {
	const ADDRESS: Address = address(0x1003);
	const PREFIX: [u8; 16] = 0xaffe89b4_ce3bc812_ac0fc3a4_c7c6107e_u128.to_be_bytes();
	const VERSION: u16 = pallet::VERSION;
	const SUSPENDABLE: bool = false;

	fn storage() -> StorageMetadata {
		Self::storage_metadata()
	}
}
