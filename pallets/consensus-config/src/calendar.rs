//! Which profile the chain uses when.
//!
//! A week has 10,080 minutes, the first of them on Monday at 00:00 UTC. A window covers, on each of its days, the minutes
//! from one time to another, past midnight where the other is not the later one. No minute is covered twice.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use scale_info::TypeInfo;
use syndic_primitives::parameters::ProfileName;

/// The most windows of a calendar.
pub const MAX_WINDOWS: u32 = 16;

/// Minutes of a day.
pub const DAY: u16 = 24 * 60;

/// Minutes of a week.
const WEEK: u32 = 7 * DAY as u32;

/// 1 January 1970 was a Thursday, the third day after Monday.
const FIRST_DAY: u64 = 3;

/// The days of a window as a number: 1 for Monday, 2 for Tuesday, 4 for Wednesday and so on, 64 for Sunday, added up.
pub const EVERY_DAY: u8 = 0b111_1111;

/// When a profile is used.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Window {
	/// The days on which it begins: 1 for Monday, 2 for Tuesday, 4 for Wednesday and so on to 64 for Sunday, added up.
	pub days: u8,
	/// Its first minute of the day, UTC: 960 is 16:00.
	pub from: u16,
	/// The first minute of the day that is not in it any more, of the next day if it is less than `from`; at most 1440.
	pub until: u16,
	/// The profile.
	pub profile: ProfileName,
}

/// Why a window is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowError {
	/// No day, or one that no week has.
	Days,
	/// A minute that no day has.
	Minutes,
	/// It ends where it begins.
	Empty,
	/// Two cover the same minute.
	Overlap,
}

impl Window {
	fn check(&self) -> Result<(), WindowError> {
		if self.days == 0 || self.days > EVERY_DAY {
			return Err(WindowError::Days);
		}
		if self.from >= DAY || self.until > DAY {
			return Err(WindowError::Minutes);
		}
		if self.from == self.until {
			return Err(WindowError::Empty);
		}
		Ok(())
	}

	/// The minutes of the week that it covers, from the first to the one after the last, which may be those of next week.
	fn spans(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
		let (from, until, day) = (u32::from(self.from), u32::from(self.until), u32::from(DAY));
		let length = if until > from { until - from } else { day - from + until };
		(0..7u32).filter(|n| (self.days >> n) & 1 == 1).map(move |n| (n * day + from, n * day + from + length))
	}

	/// Whether it covers a minute of the week.
	fn covers(&self, minute: u32) -> bool {
		self.spans().any(|(from, until)| (from..until).contains(&minute) || (from..until).contains(&(minute + WEEK)))
	}
}

/// Which profile is used when: that of the window which covers the minute, and otherwise the default one.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Calendar {
	/// What is used outside all windows.
	pub otherwise: ProfileName,
	/// The windows.
	pub windows: BoundedVec<Window, ConstU32<MAX_WINDOWS>>,
}

impl Calendar {
	/// Judges each window, and whether two cover the same minute.
	pub fn check(&self) -> Result<(), WindowError> {
		self.windows.iter().try_for_each(Window::check)?;
		let mut spans: Vec<(u32, u32)> = Vec::new();
		for (from, until) in self.windows.iter().flat_map(Window::spans) {
			spans.push((from, until.min(WEEK)));
			if until > WEEK {
				spans.push((0, until - WEEK));
			}
		}
		spans.sort_unstable();
		match spans.windows(2).any(|pair| pair[1].0 < pair[0].1) {
			true => Err(WindowError::Overlap),
			false => Ok(()),
		}
	}

	/// The profile for a time, in ms since 1970.
	pub fn wanted_at(&self, time: u64) -> &ProfileName {
		let minutes = time / 60_000 % u64::from(WEEK) + FIRST_DAY * u64::from(DAY);
		// A week's minutes fit.
		let minute = (minutes % u64::from(WEEK)) as u32;
		self.windows.iter().find(|window| window.covers(minute)).map_or(&self.otherwise, |window| &window.profile)
	}

	/// Whether it names a profile.
	pub fn names(&self, profile: &ProfileName) -> bool {
		self.profiles().any(|named| named == profile)
	}

	/// The profiles that it names.
	pub fn profiles(&self) -> impl Iterator<Item = &ProfileName> {
		self.windows.iter().map(|window| &window.profile).chain([&self.otherwise])
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn name(text: &str) -> ProfileName {
		ProfileName::new(text.into()).unwrap()
	}

	fn window(days: u8, from: u16, until: u16, profile: &str) -> Window {
		Window { days, from, until, profile: name(profile) }
	}

	fn calendar(windows: Vec<Window>) -> Calendar {
		Calendar { otherwise: name("else"), windows: BoundedVec::truncate_from(windows) }
	}

	/// 2 November 2026, a Monday, at 00:00 UTC, in seconds.
	const MONDAY: u64 = 1_793_577_600;

	fn at(calendar: &Calendar, day: u64, minute: u64, ms: u64) -> String {
		calendar.wanted_at((MONDAY + day * 86_400 + minute * 60) * 1_000 + ms).text()
	}

	#[test]
	fn a_window_holds_from_its_first_minute_to_its_last() {
		let calendar = calendar(vec![window(0b001_1111, 960, 1_080, "settle")]);
		for day in 0..5 {
			assert_eq!(at(&calendar, day, 959, 59_999), "else");
			assert_eq!(at(&calendar, day, 960, 0), "settle");
			assert_eq!(at(&calendar, day, 1_079, 59_999), "settle");
			assert_eq!(at(&calendar, day, 1_080, 0), "else");
		}
		for day in [5, 6] {
			assert_eq!(at(&calendar, day, 1_000, 0), "else", "not at weekends");
		}
	}

	#[test]
	fn a_window_may_span_midnight_and_the_end_of_the_week() {
		let calendar = calendar(vec![window(64, 1_380, 120, "night"), window(1, 120, 180, "early")]);
		assert_eq!(at(&calendar, 6, 1_379, 0), "else");
		assert_eq!(at(&calendar, 6, 1_380, 0), "night");
		assert_eq!(at(&calendar, 7, 119, 0), "night");
		assert_eq!(at(&calendar, 0, 119, 0), "night");
		assert_eq!(at(&calendar, 0, 120, 0), "early");
		assert_eq!(at(&calendar, 1, 60, 0), "else", "on Sunday only");
		assert_eq!(calendar.check(), Ok(()));
	}

	#[test]
	fn a_window_may_last_all_day() {
		let all = calendar(vec![window(1, 0, 1_440, "a"), window(2, 0, 1_440, "b")]);
		assert_eq!(all.check(), Ok(()));
		assert_eq!((at(&all, 0, 1_439, 59_999), at(&all, 1, 0, 0)), ("a".into(), "b".into()));
		assert_eq!(at(&all, 2, 0, 0), "else");
	}

	#[test]
	fn what_is_no_window_is_refused() {
		let cases = [
			(vec![window(0, 0, 60, "a")], WindowError::Days),
			(vec![window(128, 0, 60, "a")], WindowError::Days),
			(vec![window(1, 1_440, 60, "a")], WindowError::Minutes),
			(vec![window(1, 0, 1_441, "a")], WindowError::Minutes),
			(vec![window(1, 60, 60, "a")], WindowError::Empty),
			(vec![window(1, 0, 60, "a"), window(1, 59, 120, "b")], WindowError::Overlap),
			(vec![window(127, 0, 60, "a"), window(4, 0, 60, "a")], WindowError::Overlap),
			(vec![window(64, 1_380, 120, "a"), window(1, 119, 180, "b")], WindowError::Overlap),
			(vec![window(3, 1_200, 1_199, "a"), window(1, 0, 1, "b"), window(4, 0, 60, "b")], WindowError::Overlap),
		];
		for (windows, error) in cases {
			assert_eq!(calendar(windows.clone()).check(), Err(error), "{windows:?}");
		}
		assert_eq!(calendar(vec![window(1, 0, 60, "a"), window(1, 60, 120, "b")]).check(), Ok(()));
	}
}
