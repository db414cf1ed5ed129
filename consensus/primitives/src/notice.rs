//! How long before it takes effect a change of the set or of the parameters is scheduled.

use crate::{Height, MAX_PIPELINE_DEPTH};

/// The least distance between the block that schedules a change and the height at which it takes effect.
pub const MIN_CHANGE_DELAY: u32 = MAX_PIPELINE_DEPTH + 1;

/// How far ahead a change takes effect that names no height: one block more than it must.
pub const DEFAULT_CHANGE_DELAY: u32 = MIN_CHANGE_DELAY + 1;

/// Why a change cannot take effect at a height.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
	/// Heights in progress might be decided by the old rules already.
	#[error("the height {asked} is too early, must be at least {least}")]
	TooEarly {
		/// The height that was asked for.
		asked: Height,
		/// The first one that can be.
		least: Height,
	},
	/// It lies further ahead than changes are scheduled.
	#[error("the height {asked} is too far, must be at most {most}")]
	TooFar {
		/// The height that was asked for.
		asked: Height,
		/// The last one that can be.
		most: Height,
	},
}

/// When a change takes effect that block `now` schedules, at most `most_delay` blocks ahead: at the height that was asked
/// for, or else [`DEFAULT_CHANGE_DELAY`] ahead.
pub fn activation(now: Height, asked: Option<Height>, most_delay: u32) -> Result<Height, NoticeError> {
	// In sums, not in differences: a height in the past must not wrap. The end of the block below the height, where the
	// change is applied, lies ahead then.
	let ahead = |delay| Height(now.get().saturating_add(delay));
	let (least, most) = (ahead(MIN_CHANGE_DELAY), ahead(most_delay));
	let asked = asked.unwrap_or(ahead(DEFAULT_CHANGE_DELAY));
	if asked < least {
		return Err(NoticeError::TooEarly { asked, least });
	}
	if asked > most {
		return Err(NoticeError::TooFar { asked, most });
	}
	Ok(asked)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_change_is_scheduled_within_its_bounds() {
		let at = |asked: u32| activation(Height(50), Some(Height(asked)), 100);
		for early in [0, 1, 50, 58] {
			assert_eq!(at(early), Err(NoticeError::TooEarly { asked: Height(early), least: Height(59) }));
		}
		assert_eq!(at(59), Ok(Height(59)));
		assert_eq!(at(150), Ok(Height(150)));
		for far in [151, u32::MAX] {
			assert_eq!(at(far), Err(NoticeError::TooFar { asked: Height(far), most: Height(150) }));
		}
		assert_eq!(activation(Height(50), None, 100), Ok(Height(60)));
	}

	#[test]
	fn at_the_end_of_all_heights_nothing_wraps() {
		let last = Height(u32::MAX);
		assert_eq!(activation(last, None, 100), Ok(last));
		let early = activation(last, Some(Height(3)), 100);
		assert_eq!(early, Err(NoticeError::TooEarly { asked: Height(3), least: last }));
	}
}
