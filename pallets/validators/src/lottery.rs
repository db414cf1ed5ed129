//! How validators contribute to the randomness of an election. See `syndic_primitives::lottery`.
//!
//! In the first half of an era a validator commits itself to a secret; in the second, but for the last [`CLOSING`] blocks, it
//! reveals it. Both come without an account, at most once each from each validator on the roster, and go before payments,
//! so that a full pool or a full block keeps none of them out. To contribute is also a validator's sign of life.

use crate::{Config, Contributions, CurrentEra, Era, Error, Event, Pallet, Seed};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{ensure, traits::Get};
use scale_info::TypeInfo;
use sp_runtime::traits::{BlakeTwo256, Hash};
use syndic_primitives::{
	crypto::{verify_ed25519, VerifySignature},
	lottery::{commitment, contribution_payload, Duty, Hash256},
	roster::MAX_ROSTER,
	Height, Seat, ValidatorId, ValidatorSignature,
};

/// How many blocks before an era's end secrets are no longer taken, so that none is kept back for the last block's author to
/// judge.
pub const CLOSING: u32 = 4;

/// Separates seeds from other hashes.
const SEED_DOMAIN: &[u8; 19] = b"syndic/pbft/seed/v1";

/// What a validator has contributed in the current era.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Contribution {
	/// What it has committed itself to.
	pub commitment: Hash256,
	/// Its secret, once it is revealed.
	pub secret: Option<Hash256>,
}

/// A part of an era.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LotteryPhase {
	/// Commitments are taken.
	Commit,
	/// Secrets are taken.
	Reveal,
	/// Nothing is.
	Closed,
}

/// Which part of an era of `length` blocks a height is in, that comes `position` blocks after its first.
pub fn phase_of(position: u32, length: u32) -> LotteryPhase {
	match position {
		_ if position < length / 2 => LotteryPhase::Commit,
		_ if position < length.saturating_sub(CLOSING) => LotteryPhase::Reveal,
		_ => LotteryPhase::Closed,
	}
}

impl<T: Config> Pallet<T> {
	/// The era and its part that a height is in.
	pub(crate) fn lottery_at(height: Height) -> (Era, LotteryPhase) {
		let era = CurrentEra::<T>::get();
		let position = height.get().saturating_sub(era.since.get());
		let phase = phase_of(position, T::Parameters::get().era_length);
		(era, phase)
	}

	/// What the chain waits for from a validator, as things stand after the current block.
	pub fn contributions_due(validator: &ValidatorId) -> Vec<Duty> {
		let mut duties = Vec::new();
		if Self::committee_size() == 0 || Self::seat_of(validator) != Some(Seat::Validator) {
			return duties;
		}
		let (era, phase) = Self::lottery_at(Self::now().next());
		match (phase, Contributions::<T>::get(validator)) {
			(LotteryPhase::Commit, None) => duties.push(Duty::Commit { era: era.index }),
			(LotteryPhase::Reveal, Some(Contribution { secret: None, .. })) => {
				duties.push(Duty::Reveal { era: era.index })
			}
			_ => {}
		}
		duties
	}

	fn check_contribution(era: u32, validator: &ValidatorId, phase: LotteryPhase) -> Result<(), Error<T>> {
		ensure!(Self::committee_size() > 0, Error::<T>::NoElection);
		let (current, now) = Self::lottery_at(Self::now());
		ensure!(current.index == era, Error::<T>::NotThisEra);
		ensure!(now == phase, Error::<T>::NotInThisPhase);
		ensure!(Self::seat_of(validator) == Some(Seat::Validator), Error::<T>::NotOnRoster);
		Ok(())
	}

	/// Whether a commitment can be taken.
	pub(crate) fn check_commitment(
		era: u32,
		validator: &ValidatorId,
		commitment: &Hash256,
		signature: &ValidatorSignature,
	) -> Result<(), Error<T>> {
		Self::check_contribution(era, validator, LotteryPhase::Commit)?;
		ensure!(!Contributions::<T>::contains_key(validator), Error::<T>::ContributedAlready);
		// There are as many as the roster has entries, unless it changed much in this era.
		ensure!(Contributions::<T>::count() < MAX_ROSTER, Error::<T>::RosterFull);
		let payload = contribution_payload(&Self::block_hash(Height::ZERO), era, commitment);
		ensure!(verify_ed25519.verify(validator, &payload, signature), Error::<T>::BadSignature);
		Ok(())
	}

	/// Takes a commitment.
	pub(crate) fn commit(
		era: u32,
		validator: ValidatorId,
		commitment: Hash256,
		signature: &ValidatorSignature,
	) -> Result<(), Error<T>> {
		Self::check_commitment(era, &validator, &commitment, signature)?;
		Contributions::<T>::insert(&validator, Contribution { commitment, secret: None });
		Self::deposit_event(Event::Committed { era, validator });
		Ok(())
	}

	/// Whether a secret can be taken. Gives the contribution with it.
	pub(crate) fn check_secret(era: u32, validator: &ValidatorId, secret: &Hash256) -> Result<Contribution, Error<T>> {
		Self::check_contribution(era, validator, LotteryPhase::Reveal)?;
		let contribution = Contributions::<T>::get(validator).ok_or(Error::<T>::NotCommitted)?;
		ensure!(contribution.secret.is_none(), Error::<T>::RevealedAlready);
		let promised = commitment(&Self::block_hash(Height::ZERO), era, validator, secret);
		ensure!(contribution.commitment == promised, Error::<T>::AnotherSecret);
		Ok(Contribution { secret: Some(*secret), ..contribution })
	}

	/// Takes a secret.
	pub(crate) fn reveal_secret(era: u32, validator: ValidatorId, secret: &Hash256) -> Result<(), Error<T>> {
		let contribution = Self::check_secret(era, &validator, secret)?;
		Contributions::<T>::insert(&validator, contribution);
		Self::deposit_event(Event::Revealed { era, validator });
		Ok(())
	}

	/// Takes the era's contributions out of the storage, ascending by key, and mixes the revealed ones into the seed.
	pub(crate) fn close_lottery() -> Vec<(ValidatorId, Contribution)> {
		let mut contributions: Vec<_> = Contributions::<T>::drain().collect();
		contributions.sort_by(|a, b| a.0.cmp(&b.0));
		let secrets: Vec<_> = contributions
			.iter()
			.filter_map(|(key, contribution)| contribution.secret.map(|secret| (key, secret)))
			.collect();
		if !secrets.is_empty() {
			Seed::<T>::mutate(|seed| *seed = BlakeTwo256::hash_of(&(SEED_DOMAIN, *seed, secrets)).0);
		}
		contributions
	}
}
