//! How many blocks ahead a change of the set or of the parameters is scheduled.

use crate::{Height, MAX_PIPELINE_DEPTH};

/// Minimum number of blocks from the block that schedules a change to the height at which the change takes effect.
pub const MIN_CHANGE_DELAY: u32 = MAX_PIPELINE_DEPTH + 1;

/// Number of blocks ahead at which a change takes effect if it names no height: one more than [`MIN_CHANGE_DELAY`].
pub const DEFAULT_CHANGE_DELAY: u32 = MIN_CHANGE_DELAY + 1;

/// Why a change cannot take effect at a height.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
	/// The height is too early: heights in progress might be decided by the old rules already.
	#[error("the height {asked} is too early, must be at least {least}")]
	TooEarly {
		/// The requested height.
		asked: Height,
		/// The earliest possible height.
		least: Height,
	},
	/// The height is too far ahead: changes are not scheduled that early.
	#[error("the height {asked} is too far, must be at most {most}")]
	TooFar {
		/// The requested height.
		asked: Height,
		/// The latest possible height.
		most: Height,
	},
}

/// The height at which a change takes effect that block `now` schedules: the requested height, or
/// [`DEFAULT_CHANGE_DELAY`] blocks ahead if none is requested. Errors: [`NoticeError`] if the height is less than
/// [`MIN_CHANGE_DELAY`] or more than `most_delay` blocks ahead.
pub fn activation(now: Height, asked: Option<Height>, most_delay: u32) -> Result<Height, NoticeError> {
	// Sums instead of differences, so that a height in the past does not wrap. The change is applied at the end of the
	// block below its height, and that end is then still ahead.
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
