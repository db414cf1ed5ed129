//! The parameters of the consensus: what they are, and how they change while the chain runs.
//!
//! The parameters of the next height lie at a fixed storage key (`syndic_primitives::storage_keys`), where the consensus
//! engine reads them from the state of a finalised block. Governance schedules a change of one or of several of them
//! for a height that it names or that follows from [`MIN_CHANGE_DELAY`]; the change for activation height `A` is
//! applied at the end of block `A − 1`. No node is restarted.
//!
//! A change says which parameters it sets. The result, the parameters that would be in force at that height with the
//! change, is judged as a whole by [`Parameters::check`]: what is out of bounds is refused, and so is a combination
//! that would stop the chain. Each reason for refusal is an error of its own, which names the parameter and its
//! bounds.
//!
//! Several changes can be scheduled, for ascending heights, each of them built on the one before. So one cannot be
//! scheduled below another, and they are cancelled from the last one backwards.
//!
//! # Storage
//!
//! | item | what |
//! |---|---|
//! | [`CurrentParameters`] | the parameters of the next height |
//! | [`ScheduledParameters`] | parameters to come, with the first height of each, ascending |
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod changes;
pub mod error;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use changes::ParameterChanges;
pub use pallet::*;
pub use weights::WeightInfo;

use alloc::vec::Vec;
use frame_support::{
	ensure,
	traits::{ConstU32, Get},
	BoundedVec,
};
use pallet_builtin::{BuiltInContract, StorageMetadata};
use sp_runtime::SaturatedConversion;
use syndic_primitives::{
	builtin::{address, Address},
	Height, ParameterError, Parameters, MIN_CHANGE_DELAY,
};

/// How many changes may be scheduled at once.
pub const MAX_SCHEDULED: u32 = 16;

/// How far ahead a change takes effect that names no height: one block more than it must.
pub const DEFAULT_CHANGE_DELAY: u32 = MIN_CHANGE_DELAY + 1;

/// Parameters to come, with the first height of each, ascending.
pub type Schedule = BoundedVec<(Height, Parameters), ConstU32<MAX_SCHEDULED>>;

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;
	use syndic_primitives::block::BlockNumber;

	pub(crate) const VERSION: u16 = 1;
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(VERSION);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// Who may change the parameters.
		type ManageOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// How far ahead a change may be scheduled, in blocks.
		#[pallet::constant]
		type MaxChangeDelay: Get<BlockNumber>;

		/// The weights of this pallet.
		type WeightInfo: WeightInfo;
	}

	/// The parameters of the next height.
	#[pallet::storage]
	pub type CurrentParameters<T> = StorageValue<_, Parameters, ValueQuery>;

	/// Parameters to come, with the first height of each, ascending.
	#[pallet::storage]
	pub type ScheduledParameters<T> = StorageValue<_, Schedule, ValueQuery>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// These parameters will be in force from height `at` on.
		ParametersScheduled {
			/// The first height with them.
			since: Height,
			/// All parameters, those that do not change included.
			parameters: Parameters,
		},
		/// These parameters are in force from height `since` on.
		ParametersChanged {
			/// The first height with them: the one after this block.
			since: Height,
			/// All parameters.
			parameters: Parameters,
		},
		/// The parameters that were scheduled for height `at` will not come into force.
		ParametersCancelled {
			/// The height at which they would have come into force.
			since: Height,
		},
		/// The parameters that were scheduled for height `at` have been dropped, because they are out of the bounds of
		/// today. The parameters stay as they are.
		ParametersDropped {
			/// The height at which they would have come into force.
			since: Height,
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
		/// The base timeout (baseTimeout) must be at least the block period (blockPeriod) and 300 milliseconds more, or it
		/// would end before a punctual leader's block is there.
		TimeoutWithinBlockPeriod,
		/// The ceiling of the timeout (timeoutCeiling) must be at least the base timeout (baseTimeout).
		CeilingUnderBase,
		/// The heartbeat (heartbeat) must be at least the block period (blockPeriod).
		HeartbeatUnderBlockPeriod,
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
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_initialize(_: BlockNumberFor<T>) -> Weight {
			// For what `on_finalize` will do; no call in this block can bring a change forward.
			if Self::is_due(&ScheduledParameters::<T>::get()) {
				T::WeightInfo::apply_change()
			} else {
				T::WeightInfo::check_schedule()
			}
		}

		fn on_finalize(_: BlockNumberFor<T>) {
			let schedule = ScheduledParameters::<T>::get();
			if Self::is_due(&schedule) {
				Self::apply_scheduled(schedule);
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
			let at = Self::activation(at)?;
			let mut schedule = ScheduledParameters::<T>::get();
			let last = schedule.last().cloned();
			let base = match &last {
				Some((height, _)) if *height > at => return Err(Error::<T>::LaterChangeScheduled.into()),
				Some((_, parameters)) => parameters.clone(),
				None => CurrentParameters::<T>::get(),
			};
			let parameters = changes.apply_to(&base);
			ensure!(parameters != base, Error::<T>::NothingChanges);
			parameters.check().map_err(Error::<T>::from)?;
			if last.is_some_and(|(height, _)| height == at) {
				schedule.pop();
			}
			schedule.try_push((at, parameters.clone())).map_err(|_| Error::<T>::TooManyScheduled)?;
			ScheduledParameters::<T>::put(schedule);
			Self::deposit_event(Event::ParametersScheduled { since: at, parameters });
			Ok(())
		}

		/// Cancels the change that is scheduled for a height. It can be cancelled up to the block before that height, that
		/// block included, and only if none is scheduled for a later height, which would build on it.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::cancel())]
		pub fn cancel(origin: OriginFor<T>, at: BlockNumber) -> DispatchResult {
			T::ManageOrigin::ensure_origin(origin)?;
			let at = Height(at);
			let mut schedule = ScheduledParameters::<T>::get();
			ensure!(schedule.iter().any(|(height, _)| *height == at), Error::<T>::NotScheduled);
			ensure!(schedule.last().is_some_and(|(height, _)| *height == at), Error::<T>::LaterChangeScheduled);
			schedule.pop();
			ScheduledParameters::<T>::put(schedule);
			Self::deposit_event(Event::ParametersCancelled { since: at });
			Ok(())
		}
	}
}

impl<T: Config> Pallet<T> {
	/// The parameters of the next height.
	pub fn parameters() -> Parameters {
		CurrentParameters::<T>::get()
	}

	/// Parameters to come, with the first height of each, ascending.
	pub fn scheduled_parameters() -> Vec<(Height, Parameters)> {
		ScheduledParameters::<T>::get().into_inner()
	}

	/// The number of the block that is being made.
	fn now() -> Height {
		Height(frame_system::Pallet::<T>::block_number().saturated_into())
	}

	/// When a change takes effect that was asked for now.
	fn activation(asked: Option<u32>) -> Result<Height, Error<T>> {
		let now = Self::now().get();
		let at = asked.unwrap_or(now.saturating_add(DEFAULT_CHANGE_DELAY));
		// In sums, not in differences: a height in the past must not wrap. The end of block `at − 1`, at which the change
		// is applied, lies ahead then.
		ensure!(at >= now.saturating_add(MIN_CHANGE_DELAY), Error::<T>::ActivationTooEarly);
		ensure!(at <= now.saturating_add(T::MaxChangeDelay::get()), Error::<T>::ActivationTooFar);
		Ok(Height(at))
	}

	/// Whether a change is to be made at the end of this block.
	fn is_due(schedule: &Schedule) -> bool {
		schedule.first().is_some_and(|(at, _)| *at <= Self::now().next())
	}

	/// Makes every change that is due, which is one. They were sound when they were scheduled; a runtime upgrade may have
	/// narrowed the bounds since, and parameters out of bounds could stop the chain, so they are judged again.
	fn apply_scheduled(mut schedule: Schedule) {
		while Self::is_due(&schedule) {
			let (at, parameters) = schedule.remove(0);
			if parameters.check().is_ok() {
				CurrentParameters::<T>::put(&parameters);
				Self::deposit_event(Event::ParametersChanged { since: Self::now().next(), parameters });
			} else {
				Self::deposit_event(Event::ParametersDropped { since: at });
			}
		}
		ScheduledParameters::<T>::put(schedule);
	}

	/// What is true of the state after every block.
	#[cfg(any(feature = "try-runtime", test))]
	pub(crate) fn check_state() -> Result<(), &'static str> {
		CurrentParameters::<T>::get().check().map_err(|_| "CurrentParameters are out of bounds")?;
		let schedule = ScheduledParameters::<T>::get();
		if schedule.iter().any(|(_, parameters)| parameters.check().is_err()) {
			return Err("ScheduledParameters are out of bounds");
		}
		if !schedule.windows(2).all(|pair| pair[0].0 < pair[1].0) {
			return Err("ScheduledParameters are out of order");
		}
		if schedule.first().is_some_and(|(at, _)| *at <= Self::now()) {
			return Err("ScheduledParameters are overdue");
		}
		Ok(())
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
