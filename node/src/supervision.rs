//! `syndic export-supervision` and `syndic verify-export`: the supervisor's view as files, and the offline check of
//! them.

mod export;
mod verify;

pub use export::ExportSupervisionCmd;
pub use verify::VerifyExportCmd;

use std::time::{Duration, Instant};
use syndic_primitives::Height;

/// Time between two messages about progress.
const SAY_EVERY: Duration = Duration::from_secs(5);

/// Reports progress on standard error from time to time.
struct Progress {
	doing: &'static str,
	began: Instant,
	said: Instant,
	blocks: u64,
}

impl Progress {
	fn new(doing: &'static str) -> Self {
		let now = Instant::now();
		Self { doing, began: now, said: now, blocks: 0 }
	}

	/// One more block is done.
	fn block(&mut self, height: Height) {
		self.blocks += 1;
		if self.said.elapsed() >= SAY_EVERY {
			eprintln!("{} block {height}: {} blocks in {} s", self.doing, self.blocks, self.began.elapsed().as_secs());
			self.said = Instant::now();
		}
	}

	/// How long it took, in seconds.
	fn seconds(&self) -> f64 {
		self.began.elapsed().as_secs_f64()
	}
}
