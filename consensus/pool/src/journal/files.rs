//! Names of the journal's files: segments, unfinished segments, and files that were set aside.

use super::{
	disk::Disk,
	error::{io_error, JournalError},
	format::MAX_NUMBER,
};

/// Suffix of a segment.
const SEGMENT: &str = "journal";
/// Suffix of an unfinished segment. It is renamed when all of it is on the disk.
const UNFINISHED: &str = "journal.new";
/// Maximum number of files that were set aside. The oldest ones are removed first.
const MAX_SET_ASIDE: usize = 16;

/// Why a file is set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SetAside {
	Damaged,
	OtherChain,
	OtherVersion,
}

impl SetAside {
	const ALL: [Self; 3] = [Self::Damaged, Self::OtherChain, Self::OtherVersion];

	fn suffix(self) -> &'static str {
		match self {
			Self::Damaged => "journal.damaged",
			Self::OtherChain => "journal.other-chain",
			Self::OtherVersion => "journal.other-version",
		}
	}
}

/// The name of a segment.
pub(super) fn segment(number: u64) -> String {
	format!("{number:016}.{SEGMENT}")
}

/// The name of a segment until it is finished.
pub(super) fn unfinished(number: u64) -> String {
	format!("{number:016}.{UNFINISHED}")
}

/// The files in the directory.
#[derive(Debug, Default)]
pub(super) struct Listing {
	/// Numbers of segments, ascending.
	pub segments: Vec<u64>,
	/// A number that no file has had yet.
	pub next: u64,
	/// Files set aside, ascending.
	set_aside: Vec<(u64, String)>,
}

/// Lists the files, and removes segments that were never finished.
pub(super) fn list(disk: &dyn Disk) -> Result<Listing, JournalError> {
	let mut listing = Listing::default();
	for name in disk.list().map_err(io_error("read", disk.dir().to_owned()))? {
		let Some((number, suffix)) = parse(&name) else { continue };
		if suffix == SEGMENT {
			listing.segments.push(number);
		} else if SetAside::ALL.iter().any(|why| suffix == why.suffix()) {
			listing.set_aside.push((number, name));
		} else if suffix == UNFINISHED {
			// A file that cannot be removed does no harm.
			let _ = disk.remove(&name);
		} else {
			continue;
		}
		listing.next = listing.next.max(number + 1);
	}
	listing.segments.sort_unstable();
	listing.set_aside.sort_unstable();
	Ok(listing)
}

/// Renames a segment, and removes the oldest files that were set aside when they become too many.
pub(super) fn set_aside(disk: &dyn Disk, number: u64, why: SetAside) -> std::io::Result<()> {
	disk.rename(&segment(number), &format!("{number:016}.{}", why.suffix()))?;
	if let Ok(listing) = list(disk) {
		let excess = listing.set_aside.len().saturating_sub(MAX_SET_ASIDE);
		for (_, name) in listing.set_aside.iter().take(excess) {
			disk.remove(name)?;
		}
	}
	disk.sync_dir()
}

fn parse(name: &str) -> Option<(u64, &str)> {
	let (digits, suffix) = name.split_once('.')?;
	let number = digits.parse().ok().filter(|number| *number < MAX_NUMBER)?;
	(format!("{number:016}") == digits).then_some((number, suffix))
}
