//! Opens arbitrary bytes as a segment. The result is an error, or a log that can be appended to; never a panic.

use super::{
	format::{frame, Header},
	segment::path_of,
	tests::{identity, small_log},
	*,
};
use codec::DecodeAll;
use std::fs;
use syndic_fuzz::runner;
use tempfile::TempDir;

/// Opens a log with these bytes as its segment, as a faulty disk or an attacker might leave them.
fn open_bytes(dir: &Path, bytes: &[u8]) {
	let path = path_of(dir, 0);
	fs::write(&path, bytes).expect("the directory can be written");
	if let Ok((mut log, recovered)) = WriteAheadLog::open(dir, identity()) {
		let entry = Entry::Block { height: Height(9), hash: BlockHash::repeat_byte(9), bytes: Arc::new(vec![9]) };
		log.append(std::slice::from_ref(&entry)).expect("a log that opens goes on");
		drop(log);
		let again = WriteAheadLog::open(dir, identity()).expect("and opens again").1;
		assert_eq!(again.cut_bytes, 0, "what was torn has been cut");
		assert_eq!(again.records, recovered.records);
		assert!(again.blocks.starts_with(&recovered.blocks), "nothing was lost");
	}
}

/// Tries mutations of a segment, and frames with valid checksums and arbitrary content.
#[test]
fn any_bytes_are_a_log_or_an_error() {
	const SALT: u32 = 7;
	let corpus = TempDir::new().unwrap();
	let (_, segment, ends) = small_log();
	for (at, end) in ends.iter().enumerate() {
		fs::write(corpus.path().join(format!("{at}")), &segment[..*end]).unwrap();
	}
	let dir = TempDir::new().unwrap();
	// Few inputs, because each of them costs several syncs of a disk.
	runner::run(corpus.path(), 300, |bytes| {
		for old in segment::list(dir.path()).unwrap() {
			fs::remove_file(path_of(dir.path(), old)).unwrap();
		}
		open_bytes(dir.path(), bytes);
		for old in segment::list(dir.path()).unwrap() {
			fs::remove_file(path_of(dir.path(), old)).unwrap();
		}
		let snapshot_frames = u32::from(bytes.first().copied().unwrap_or(0) & 1);
		let header = Header { salt: SALT, identity: identity(), segment: 0, snapshot_frames };
		let block = Entry::Block { height: Height(1), hash: BlockHash::zero(), bytes: Arc::new(bytes.to_vec()) };
		let whole = frame(0, &[&block], SALT).expect("short enough");
		let mut good = [header.encode(), whole].concat();
		good.extend_from_slice(bytes);
		open_bytes(dir.path(), &good);
	});
}

/// Bytes that decode are encoded to the same bytes.
#[test]
fn entries_that_decode_encode_to_the_same_bytes() {
	let corpus = TempDir::new().unwrap();
	for (at, entry) in small_log().0.concat().iter().enumerate() {
		fs::write(corpus.path().join(format!("{at}")), vec![entry].encode()).unwrap();
	}
	runner::run(corpus.path(), 100_000, |bytes| {
		if let Ok(entries) = Vec::<Entry>::decode_all(&mut &*bytes) {
			assert_eq!(entries.encode(), bytes);
		}
		if let Ok(header) = Header::decode(bytes) {
			assert!(bytes.starts_with(&header.encode()));
		}
	});
}
