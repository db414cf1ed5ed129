//! Types for numbers that must not be mixed up. None converts from a bare integer without its name being written.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

macro_rules! number {
	($(#[$doc:meta])* $name:ident($inner:ty)) => {
		$(#[$doc])*
		#[derive(
			Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, DecodeWithMemTracking,
			MaxEncodedLen, TypeInfo, Serialize, Deserialize,
		)]
		#[serde(transparent)]
		pub struct $name(pub $inner);

		impl $name {
			/// Zero.
			pub const ZERO: Self = Self(0);

			/// The number itself.
			pub const fn get(self) -> $inner {
				self.0
			}

			/// The next number; the largest one remains unchanged.
			pub const fn next(self) -> Self {
				Self(self.0.saturating_add(1))
			}

			/// The previous number; zero remains unchanged.
			pub const fn previous(self) -> Self {
				Self(self.0.saturating_sub(1))
			}
		}

		impl fmt::Display for $name {
			fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
				self.0.fmt(f)
			}
		}
	};
}

number! {
	/// A block's number.
	Height(u32)
}
number! {
	/// The view within a validator set; each set begins at view 0.
	View(u32)
}
number! {
	/// Counts validator sets; genesis is 0.
	SetId(u64)
}
number! {
	/// A member's position in its validator set.
	SignerIndex(u16)
}
number! {
	/// A validator's or an observer's position in the roster.
	RosterIndex(u16)
}
