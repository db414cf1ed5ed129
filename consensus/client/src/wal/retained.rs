//! Tracks what a new segment must repeat, so that older segments can be removed.

use super::Entry;
use syndic_pbft::Record;
use syndic_primitives::{BlockHash, Height};

/// Follows a log entry by entry, and keeps the entries that still bind this validator.
#[derive(Debug, Default)]
pub(super) struct Retained {
	/// The latest view.
	view: Option<Record>,
	/// The commit certificate of the greatest height.
	committed: Option<(Height, Record)>,
	/// Votes, locks and bodies above that height, in the order written.
	above: Vec<Entry>,
	/// Commits since the current segment began.
	commits: usize,
}

/// The height of an entry that matters only until that height is committed.
fn height_of(entry: &Entry) -> Option<Height> {
	match entry {
		Entry::Record(Record::Voted { height, .. }) | Entry::Block { height, .. } => Some(*height),
		Entry::Record(Record::Locked(lock)) => Some(lock.height()),
		Entry::Record(Record::View { .. } | Record::Committed(_)) => None,
	}
}

impl Retained {
	/// Notes an entry that is in the log now.
	pub fn note(&mut self, entry: &Entry) {
		let committed = self.committed.as_ref().map(|(height, _)| *height);
		match entry {
			Entry::Record(record @ Record::View { .. }) => self.view = Some(record.clone()),
			Entry::Record(record @ Record::Committed(certificate)) => {
				self.commits += 1;
				let height = certificate.height();
				if committed.is_none_or(|known| height > known) {
					self.committed = Some((height, record.clone()));
					self.above.retain(|kept| height_of(kept).is_some_and(|at| at > height));
				}
			}
			other => {
				if height_of(other).is_some_and(|at| committed.is_none_or(|known| at > known)) {
					self.above.push(other.clone());
				}
			}
		}
	}

	/// Whether the log holds the body of this block, and keeps it while it is needed.
	pub fn holds_block(&self, wanted: &BlockHash) -> bool {
		self.above.iter().any(|entry| matches!(entry, Entry::Block { hash, .. } if hash == wanted))
	}

	/// Commits since the current segment began.
	pub fn commits(&self) -> usize {
		self.commits
	}

	/// Notes that a new segment begins.
	pub fn begin_segment(&mut self) {
		self.commits = 0;
	}

	/// The entries with which a new segment begins: enough that the segment can be read without older ones.
	pub fn snapshot(&self) -> Vec<Entry> {
		let records = self.committed.iter().map(|(_, record)| record).chain(&self.view).cloned().map(Entry::Record);
		records.chain(self.above.iter().cloned()).collect()
	}
}
