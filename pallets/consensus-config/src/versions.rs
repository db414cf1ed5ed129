//! Which version of the protocol each validator's engine supports.
//!
//! A validator that has said nothing supports the first one. What it says, it signs with its consensus key; its node does
//! so by itself (`PbftApi::duties`). A change of `engineVersion` counts what has been said.

use crate::{Config, Error, Members, Pallet, Signals};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{ensure, traits::ConstU32, BoundedVec};
use frame_system::pallet_prelude::BlockNumberFor;
use scale_info::TypeInfo;
use syndic_primitives::{
	crypto::verify_ed25519, lottery::SignedSignal, parameters::MAX_ENGINE_VERSION, BlockHash, Height, ValidatorId,
	MAX_ROSTER,
};

/// What an engine supports whose validator has said nothing.
pub const FIRST_VERSION: u32 = 1;

/// How many blocks must lie between two signals of a validator: they cost it nothing.
pub const MIN_SIGNAL_DISTANCE: u32 = 32;

/// What a validator's engine supports, as it said at a height.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Support {
	/// Who.
	pub validator: ValidatorId,
	/// The highest version that it supports.
	pub version: u32,
	/// The block that it named.
	pub height: Height,
}

/// Who supports what, ascending by key.
pub type Supports = BoundedVec<Support, ConstU32<MAX_ROSTER>>;

fn position(signals: &Supports, validator: &ValidatorId) -> Result<usize, usize> {
	signals.binary_search_by(|support| support.validator.cmp(validator))
}

/// The highest version that a validator supports.
pub(crate) fn supported_by(signals: &Supports, validator: &ValidatorId) -> u32 {
	position(signals, validator).ok().and_then(|at| signals.get(at)).map_or(FIRST_VERSION, |support| support.version)
}

impl<T: Config> Pallet<T> {
	/// Whether the chain waits to be told that a validator's engine supports this version.
	pub fn signal_is_due(validator: &ValidatorId, version: u32) -> bool {
		let signals = Signals::<T>::get();
		let last = position(&signals, validator).ok().and_then(|at| signals.get(at));
		let is_news = last.map_or(FIRST_VERSION, |support| support.version) != version;
		let is_time = last.is_none_or(|last| Self::now().get() > last.height.get().saturating_add(MIN_SIGNAL_DISTANCE));
		is_news && is_time && (1..=MAX_ENGINE_VERSION).contains(&version) && Self::is_known(validator)
	}

	fn is_known(validator: &ValidatorId) -> bool {
		T::Members::roster().iter().any(|entry| entry.validator == *validator) || T::Members::set().contains(validator)
	}

	/// The hash of a block below the current one; zeros if it is not known any more.
	pub(crate) fn block_hash(height: Height) -> BlockHash {
		frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::from(height.get()))
	}

	/// Whether a signal is its validator's and says something new.
	pub(crate) fn judge_signal(signed: &SignedSignal) -> Result<(), Error<T>> {
		let SignedSignal { validator, signal, .. } = signed;
		ensure!((1..=MAX_ENGINE_VERSION).contains(&signal.version), Error::<T>::SignalOutOfBounds);
		let signals = Signals::<T>::get();
		if let Some(last) = position(&signals, validator).ok().and_then(|at| signals.get(at)) {
			let next = last.height.get().saturating_add(MIN_SIGNAL_DISTANCE);
			ensure!(signal.version != last.version && signal.height.get() >= next, Error::<T>::SignalNotNew);
		}
		ensure!(Self::is_known(validator), Error::<T>::SignalNotOfValidator);
		let hash = Self::block_hash(signal.height);
		ensure!(hash != BlockHash::zero() && hash == signal.block_hash, Error::<T>::SignalOfOtherChain);
		// Before the signature, which costs most, all else.
		let genesis = Self::block_hash(Height::ZERO);
		ensure!(signed.verify(&genesis, &verify_ed25519), Error::<T>::SignalBadSignature);
		Ok(())
	}

	/// Notes a signal that has been judged. Returns whether there was room, which there is: those that are not on the roster
	/// any more make it.
	pub(crate) fn note_signal(signed: &SignedSignal) -> bool {
		let SignedSignal { validator, signal, .. } = signed;
		let support = Support { validator: validator.clone(), version: signal.version, height: signal.height };
		Signals::<T>::mutate(|signals| {
			if signals.is_full() {
				signals.retain(|support| Self::is_known(&support.validator));
			}
			match position(signals, validator) {
				Ok(at) => {
					signals[at] = support;
					true
				}
				Err(at) => signals.try_insert(at, support).is_ok(),
			}
		})
	}
}
