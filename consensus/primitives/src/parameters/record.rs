//! Records of parameter changes: their cause, the scheduled ones and the past ones.

use super::{ParameterChanges, Parameters};
use crate::Height;
use alloc::{string::String, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;
use sp_core::{bounded::BoundedVec, ConstU32};

/// Maximum length of a profile's name in bytes.
pub const MAX_NAME_BYTES: u32 = 32;

/// A profile's name: text.
#[derive(
	Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Default,
)]
pub struct ProfileName(BoundedVec<u8, ConstU32<MAX_NAME_BYTES>>);

impl ProfileName {
	/// A name of this text; `None` unless the text is UTF-8 of 1 to 32 bytes, without control characters, and neither
	/// begins nor ends with a space.
	pub fn new(text: Vec<u8>) -> Option<Self> {
		let readable = core::str::from_utf8(&text).ok()?;
		let is_good = !readable.is_empty() && readable.trim() == readable && !readable.chars().any(char::is_control);
		is_good.then_some(())?;
		text.try_into().ok().map(Self)
	}

	/// The name as text. A decoded name that is not UTF-8 is shown with replacement characters; [`Self::new`] makes
	/// none.
	pub fn text(&self) -> String {
		String::from_utf8_lossy(&self.0).into_owned()
	}
}

impl fmt::Debug for ProfileName {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		fmt::Debug::fmt(&self.text(), f)
	}
}

/// Why parameters are what they are.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Cause {
	/// The chain began with them, or has had them since before causes were noted.
	#[codec(index = 0)]
	Start,
	/// The board changed single ones.
	#[codec(index = 1)]
	Board,
	/// The board put a profile to use.
	#[codec(index = 2)]
	Profile(ProfileName),
	/// The calendar did.
	#[codec(index = 3)]
	Calendar(ProfileName),
}

impl Cause {
	/// The profile that was applied, if the cause is one.
	pub fn profile(&self) -> Option<&ProfileName> {
		match self {
			Self::Start | Self::Board => None,
			Self::Profile(name) | Self::Calendar(name) => Some(name),
		}
	}
}

/// A change to come, beside the parameters that it leads to. These lie at [`crate::storage_keys::SCHEDULED_CHANGES`], one for
/// each that is scheduled, in the same order.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct ScheduledChange {
	/// The first height with it.
	pub since: Height,
	/// Why.
	pub cause: Cause,
	/// What it sets.
	pub changes: ParameterChanges,
}

/// A change that was made. The last ones lie at [`crate::storage_keys::PARAMETERS_HISTORY`], ascending.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct PastChange {
	/// The first height with these parameters.
	pub since: Height,
	/// Why.
	pub cause: Cause,
	/// All of them.
	pub parameters: Parameters,
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn names_are_text() {
		for good in ["a", "retail payments", "Zahlungsverkehr für alle", &"x".repeat(32)] {
			assert_eq!(ProfileName::new(good.into()).map(|name| name.text()), Some(good.into()));
		}
		let bad: [&[u8]; 7] = [b"", b" ", b" a", b"a ", b"a\n", &[0xff, 0xfe], &[b'x'; 33]];
		for bad in bad {
			assert_eq!(ProfileName::new(bad.to_vec()), None, "{bad:?}");
		}
	}
}
