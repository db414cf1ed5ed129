//! What the storage keeps to, for `try_state` and for tests.

use crate::{
	types::{is_number, DEFAULT, MIN_MAX_SIZE},
	Classes, Config, MappedCalls, Pallet,
};
use frame_support::traits::Get;
use syndic_primitives::classes::{MAX_CLASSES, MAX_CLASS_PRIORITY};

impl<T: Config> Pallet<T> {
	/// What is true of the state after every block.
	pub(crate) fn check_state() -> Result<(), &'static str> {
		let default = Classes::<T>::get(DEFAULT).ok_or("there is no default class")?;
		if default.members.is_some() {
			return Err("the default class is not open to everybody");
		}
		let (mut shares, mut all) = (0_u32, 0_u32);
		for (id, class) in Classes::<T>::iter() {
			let size = class.max_size;
			if !is_number(id) || class.priority > MAX_CLASS_PRIORITY || size < MIN_MAX_SIZE || size > T::MaxSize::get()
			{
				return Err("a class is out of bounds");
			}
			shares += u32::from(class.share);
			all += 1;
		}
		if shares > 100 || all > MAX_CLASSES {
			return Err("the classes are promised more than there is");
		}
		if !MappedCalls::<T>::iter_values().all(Classes::<T>::contains_key) {
			return Err("a call is mapped to a class that there is not");
		}
		if MappedCalls::<T>::count() > T::MaxMappedCalls::get() {
			return Err("more calls are mapped than may be");
		}
		Ok(())
	}
}
