//! Time as certificates count it.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;

/// Seconds since the beginning of 1970, UTC. Certificates know nothing finer.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Hash,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct UnixTime(u64);

impl UnixTime {
	/// From seconds.
	pub const fn from_secs(seconds: u64) -> Self {
		Self(seconds)
	}

	/// From milliseconds, as a chain's timestamp is counted. Parts of a second are dropped.
	pub const fn from_millis(milliseconds: u64) -> Self {
		Self(milliseconds / 1000)
	}

	/// The seconds.
	pub const fn as_secs(self) -> u64 {
		self.0
	}
}

impl fmt::Display for UnixTime {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "{} s", self.0)
	}
}
