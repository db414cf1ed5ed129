//! The emergency path: carries out an order of the board to continue the chain with another validator set.
//!
//! A set that has lost its quorum commits nothing, so the board cannot act on the chain. It signs an order off chain
//! (`syndic_primitives::recovery`), which the nodes of the new set are given. The first block that the new set decides
//! carries it, as an inherent: an order is no transaction, has no sender and never lies in a pool.
//!
//! The rules:
//! - The order is verified here once more: it must be for the block below this one and for the set that its state names,
//!   and two thirds of the board in that state must have signed it.
//! - A block with an order that does not hold is no block: the call is mandatory, and so is its success.
//! - A node votes for a block with an order only if it was given that order itself, and for the block after the one that
//!   it names only if the order is in there.
//! - The header's digest repeats the order (`ConsensusLog::Recovery`), so that whoever has no body sees that the old set
//!   has not decided this block.
//!
//! There is no storage: an order holds for one block only.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use pallet::*;
pub use weights::WeightInfo;

use alloc::vec::Vec;
use frame_support::traits::Get;
use sp_runtime::{AccountId32, SaturatedConversion};
use syndic_primitives::{
	digest::ConsensusLog,
	recovery::{Place, RECOVERY_INHERENT},
	BlockHash, Height, RecoveryError, SetId, UncheckedRecovery, VerifiedRecovery,
};

/// What is wrong with a block that carries an order, or carries none.
#[derive(Clone, Debug, PartialEq, Eq, codec::Encode, codec::Decode, thiserror::Error)]
pub enum InherentError {
	/// It carries an order that this node was not given.
	#[error("the block carries out a recovery order that this node was not given")]
	NotAsked,
	/// It carries another order than this node was given.
	#[error("the block carries out another recovery order than this node was given")]
	Another,
	/// It carries none, and it must.
	#[error("the block does not carry out the recovery order that this node was given")]
	Missing,
}

impl sp_inherents::IsFatalError for InherentError {
	fn is_fatal_error(&self) -> bool {
		true
	}
}

// The macro binds a unit.
#[allow(clippy::let_unit_value)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config:
		pallet_validators::Config + frame_system::Config<Hash = BlockHash, RuntimeEvent: From<Event<Self>>>
	{
		/// The accounts of the board.
		type Board: Get<Vec<AccountId32>>;

		/// The weights of this pallet.
		type WeightInfo: WeightInfo;
	}

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// The chain had lost its quorum and goes on with another set, by order of the board.
		Recovered {
			/// The set that was replaced.
			replaced: SetId,
			/// The new set.
			id: SetId,
			/// The first height that it decides: this block's.
			since: Height,
			/// How many members it has.
			validators: u32,
			/// How many of the board have signed the order.
			signers: u32,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// The order is for another chain: it names another genesis hash.
		OtherChain,
		/// The order is not for the block below this one.
		OtherBlock,
		/// The order replaces another set than the one in force.
		OtherSet,
		/// The order's validators are no set: there must be 1 to 256, none twice.
		NoSet,
		/// This chain has no board, so nobody can order anything.
		NoBoard,
		/// Somebody has signed who is not on the board.
		NotOnBoard,
		/// A member of the board has signed twice.
		SignedTwice,
		/// A signature is not its signer's over this order.
		BadSignature,
		/// Less than two thirds of the board have signed.
		TooFewSigners,
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Continues the chain with another validator set, by order of the board. Only the author of a block can put it in.
		///
		/// - `recovery`: the order and the signatures under it.
		#[pallet::call_index(0)]
		#[pallet::weight((<T as Config>::WeightInfo::recover(recovery.signatures.len() as u32), DispatchClass::Mandatory))]
		pub fn recover(origin: OriginFor<T>, recovery: UncheckedRecovery) -> DispatchResult {
			ensure_none(origin)?;
			let verified = Self::verify(&recovery).map_err(Error::<T>::from)?;
			let order = verified.order();
			let set = pallet_validators::Pallet::<T>::replace(order.members.clone()).map_err(|_| Error::<T>::NoSet)?;
			frame_system::Pallet::<T>::deposit_log(ConsensusLog::Recovery(order.clone()).to_digest_item());
			Self::deposit_event(Event::Recovered {
				replaced: order.set_id,
				id: set.id,
				since: set.since,
				validators: set.members.len() as u32,
				signers: verified.signers() as u32,
			});
			Ok(())
		}
	}

	#[pallet::inherent]
	impl<T: Config> ProvideInherent for Pallet<T> {
		type Call = Call<T>;
		type Error = InherentError;
		const INHERENT_IDENTIFIER: InherentIdentifier = RECOVERY_INHERENT;

		fn create_inherent(data: &InherentData) -> Option<Self::Call> {
			given(data).map(|recovery| Call::recover { recovery })
		}

		fn check_inherent(call: &Self::Call, data: &InherentData) -> Result<(), Self::Error> {
			let Call::recover { recovery } = call else { return Ok(()) };
			let given = given(data).ok_or(InherentError::NotAsked)?;
			// Whose signatures are under it may differ; those in the block are verified when it is executed.
			match given.order == recovery.order {
				true => Ok(()),
				false => Err(InherentError::Another),
			}
		}

		fn is_inherent_required(data: &InherentData) -> Result<Option<Self::Error>, Self::Error> {
			Ok(given(data).map(|_| InherentError::Missing))
		}

		fn is_inherent(call: &Self::Call) -> bool {
			matches!(call, Call::recover { .. })
		}
	}

	/// The order that the node was given for this block.
	fn given(data: &InherentData) -> Option<UncheckedRecovery> {
		data.get_data(&RECOVERY_INHERENT).ok().flatten()
	}

	impl<T: Config> Pallet<T> {
		/// Verifies an order for the block that is being made.
		fn verify(recovery: &UncheckedRecovery) -> Result<VerifiedRecovery, RecoveryError> {
			let now: u32 = frame_system::Pallet::<T>::block_number().saturated_into();
			let place = Place {
				genesis: frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::from(0_u32)),
				height: Height(now).previous(),
				block_hash: frame_system::Pallet::<T>::parent_hash(),
				set_id: pallet_validators::CurrentSet::<T>::get().id,
			};
			recovery.verify(&place, &T::Board::get())
		}
	}

	impl<T> From<RecoveryError> for Error<T> {
		fn from(error: RecoveryError) -> Self {
			match error {
				RecoveryError::OtherChain { .. } => Self::OtherChain,
				RecoveryError::OtherHeight { .. } | RecoveryError::OtherBlock { .. } => Self::OtherBlock,
				RecoveryError::OtherSet { .. } => Self::OtherSet,
				RecoveryError::Set(_) => Self::NoSet,
				RecoveryError::NoBoard => Self::NoBoard,
				RecoveryError::NotOnBoard { .. } => Self::NotOnBoard,
				RecoveryError::SignedTwice { .. } => Self::SignedTwice,
				RecoveryError::BadSignature { .. } => Self::BadSignature,
				RecoveryError::TooFewSigners { .. } => Self::TooFewSigners,
			}
		}
	}
}
