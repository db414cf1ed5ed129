//! The class of a transaction, and what is refused for it.

use crate::{
	types::{CallIndex, DEFAULT},
	Call, CallOf, Class, Classes, Config, Institutions, MappedCalls, Pallet,
};
use alloc::{string::ToString, vec::Vec};
use codec::{Encode, Output};
use frame_support::{
	dispatch::{DispatchClass, DispatchInfo},
	ensure,
	traits::{ContainsPair, Get, IsSubType},
	weights::Weight,
};
use sp_runtime::{
	traits::Dispatchable,
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	Perbill,
};
use syndic_primitives::{
	classes::{pool_priority, GOVERNING_PRIORITY},
	ClassId,
};

/// What part of the runtime's room for ordinary transactions a block may use, by the parameters in force, in percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockShares {
	/// Of the weight.
	pub weight: u32,
	/// Of the length.
	pub length: u32,
}

/// Why a pool refuses a transaction for its class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
	/// There is no such class.
	#[error("There is no class with this number. See classes.classes for those that there are.")]
	UnknownClass,
	/// The class is not for everybody.
	#[error(
		"This class is not open to the account's institution. The field members of classes.classes says to whom it is."
	)]
	NotOpen,
	/// It is too long for its class.
	#[error(
		"This transaction is longer than its class allows. The field maxSize of classes.classes is the most, in bytes."
	)]
	TooLong,
	/// A class within a class.
	#[error("classes.withClass was given another classes.withClass as its call. Give it the inner call itself.")]
	Nested,
}

impl Refusal {
	/// Every one of them.
	pub const ALL: [Self; 4] = [Self::UnknownClass, Self::NotOpen, Self::TooLong, Self::Nested];

	/// The code with which a pool refuses it. Those of the identity contract are below and from 64 on.
	pub const fn code(self) -> u8 {
		match self {
			Self::UnknownClass => 32,
			Self::NotOpen => 33,
			Self::TooLong => 34,
			Self::Nested => 35,
		}
	}
}

impl From<Refusal> for TransactionValidityError {
	fn from(refusal: Refusal) -> Self {
		InvalidTransaction::Custom(refusal.code()).into()
	}
}

/// Takes the first two bytes of an encoding, and keeps nothing of the rest.
#[derive(Default)]
struct Head {
	bytes: [u8; 2],
	filled: usize,
}

impl Output for Head {
	fn write(&mut self, bytes: &[u8]) {
		let free = &mut self.bytes[self.filled..];
		let count = free.len().min(bytes.len());
		free[..count].copy_from_slice(&bytes[..count]);
		self.filled += count;
	}
}

/// A call's index: that of its pallet, and its own.
pub(crate) fn index_of(call: &impl Encode) -> CallIndex {
	let mut head = Head::default();
	call.encode_to(&mut head);
	head.bytes.into()
}

impl<T: Config> Pallet<T> {
	/// The class of a transaction with this call: the one that it is wrapped in, or the one that the board has mapped
	/// its call to, or the default. A wrapped class need not exist.
	pub fn class_of(call: &CallOf<T>) -> ClassId {
		match call.is_sub_type() {
			Some(Call::with_class { class, .. }) => *class,
			_ => MappedCalls::<T>::get(index_of(call)).unwrap_or(DEFAULT),
		}
	}

	/// Whether a call governs the chain, and goes before every class.
	pub fn governs(who: &T::AccountId, call: &CallOf<T>) -> bool {
		T::Governing::contains(who, call)
	}

	/// The priority in a pool that a transaction has by its class.
	pub(crate) fn check(
		who: &T::AccountId,
		call: &CallOf<T>,
		info: &DispatchInfo,
		length: usize,
	) -> Result<u64, TransactionValidityError> {
		Self::check_alone(info, length)?;
		if Self::governs(who, call) {
			return Ok(GOVERNING_PRIORITY);
		}
		if let Some(Call::with_class { call, .. }) = call.is_sub_type() {
			ensure!(!is_wrapper::<T>(call), Refusal::Nested);
		}
		let id = Self::class_of(call);
		let class: Class<T::Kind> = Classes::<T>::get(id).ok_or(Refusal::UnknownClass)?;
		// What keeps the chain going, as an upgrade of the runtime, may be longer than any business is.
		let is_long = length > class.max_size as usize && info.class != DispatchClass::Operational;
		ensure!(!is_long, Refusal::TooLong);
		let is_open = class.members.is_none() || class.is_open_to(T::Institutions::of(who));
		ensure!(is_open, Refusal::NotOpen);
		Ok(pool_priority(class.priority, id))
	}

	/// What of a block ordinary transactions may use: weight, and length in bytes.
	fn room() -> (Weight, u32) {
		let shares = T::BlockShares::get();
		let weights = T::BlockWeights::get();
		let ordinary = weights.get(DispatchClass::Normal);
		let weight = Perbill::from_percent(shares.weight) * ordinary.max_total.unwrap_or(weights.max_block);
		let lengths = T::BlockLength::get();
		let length = *lengths.max.get(DispatchClass::Normal);
		(weight, Perbill::from_percent(shares.length) * length)
	}

	/// The weight that a block books for it.
	fn booked(info: &DispatchInfo) -> Weight {
		info.total_weight().saturating_add(T::BlockWeights::get().get(info.class).base_extrinsic)
	}

	/// Whether an ordinary transaction would fit into an empty block.
	fn check_alone(info: &DispatchInfo, length: usize) -> Result<(), TransactionValidityError> {
		if info.class == DispatchClass::Normal {
			let (weight, bytes) = Self::room();
			let fits = Self::booked(info).all_lte(weight) && length <= bytes as usize;
			ensure!(fits, InvalidTransaction::ExhaustsResources);
		}
		Ok(())
	}

	/// Whether an ordinary transaction fits into this block beside what is in it.
	pub(crate) fn check_in_block(info: &DispatchInfo, length: usize) -> Result<(), TransactionValidityError> {
		if info.class == DispatchClass::Normal {
			let (weight, bytes) = Self::room();
			let used = *frame_system::Pallet::<T>::block_weight().get(info.class);
			let next = used.saturating_add(Self::booked(info));
			let long = (frame_system::Pallet::<T>::block_size() as usize).saturating_add(length);
			ensure!(next.all_lte(weight) && long <= bytes as usize, InvalidTransaction::ExhaustsResources);
		}
		Ok(())
	}

	/// Every code with which a pool refuses a transaction for its class, and what it means.
	pub fn all_refusals() -> Vec<(u8, alloc::string::String)> {
		Refusal::ALL.into_iter().map(|refusal| (refusal.code(), refusal.to_string())).collect()
	}
}

/// Whether it names a class itself.
pub(crate) fn is_wrapper<T: Config>(call: &CallOf<T>) -> bool
where
	CallOf<T>: Dispatchable,
{
	matches!(call.is_sub_type(), Some(Call::with_class { .. }))
}
