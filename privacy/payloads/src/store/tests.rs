//! Tests of the store: remains of a crash, damaged and foreign files, bounds, retention, purge.

use super::{format, progress, purged, *};
use std::fs;
use syndic_fuzz::runner;
use tempfile::TempDir;

const GENESIS: BlockHash = H256::repeat_byte(0x5d);

fn limits() -> Limits {
	Limits { bytes: 1 << 20, payloads: 8, submitted: 4 }
}

fn open(dir: &TempDir) -> (Store, Opened) {
	Store::open(dir.path(), GENESIS, limits()).expect("it opens")
}

fn commitment(n: u8) -> H256 {
	H256::repeat_byte(n)
}

/// The ciphertext of envelope `n`.
fn ciphertext(n: u8) -> Vec<u8> {
	vec![n; 100]
}

fn envelope(n: u8) -> EnvelopeInfo {
	EnvelopeInfo {
		number: n.into(),
		commitment: commitment(n),
		ciphertext_hash: ciphertext_hash(&ciphertext(n)),
		ciphertext_len: 100,
		sent_at: Height(u32::from(n) * 10),
		sender: 0,
		readers: vec![0, 1],
	}
}

fn with(dir: &TempDir, numbers: &[u8]) -> Store {
	let (mut store, _) = open(dir);
	for n in numbers {
		store.store(&envelope(*n), &ciphertext(*n)).unwrap();
	}
	store
}

fn path(dir: &TempDir, n: u8) -> PathBuf {
	dir.path().join(name_of(&commitment(n)))
}

#[test]
fn what_is_stored_is_there_after_a_restart() {
	let dir = TempDir::new().unwrap();
	let mut store = with(&dir, &[1, 2]);
	store.submit(commitment(3), &ciphertext(3), Height(30)).unwrap();
	let (bytes, submitted) = (store.bytes(), store.entry(&commitment(3)));
	drop(store);
	let (mut store, opened) = open(&dir);
	assert_eq!(opened, Opened::default());
	assert_eq!((store.len(), store.submitted(), store.bytes()), (3, 1, bytes));
	assert_eq!(bytes, 3 * (HEADER_BYTES as u64 + 100));
	assert_eq!(store.entry(&commitment(3)), submitted);
	for n in 1..=3 {
		assert_eq!(store.read(&commitment(n)).unwrap(), Some(ciphertext(n)));
	}
	assert_eq!(store.read(&commitment(4)).unwrap(), None);
	assert!(store.check_some(u64::MAX).is_empty());
}

#[test]
fn a_submitted_payload_becomes_that_of_its_envelope() {
	let dir = TempDir::new().unwrap();
	let (mut store, _) = open(&dir);
	let entry = store.submit(commitment(1), &ciphertext(1), Height(3)).unwrap();
	assert_eq!(entry.hash, ciphertext_hash(&ciphertext(1)));
	assert_eq!(store.submit(commitment(1), &ciphertext(1), Height(5)).unwrap(), entry, "again");
	let other = store.submit(commitment(1), &ciphertext(2), Height(5));
	assert!(matches!(other, Err(StoreError::Other { held, .. }) if held == entry.hash), "{other:?}");
	store.confirm(&envelope(1)).unwrap();
	store.confirm(&envelope(2)).unwrap();
	let state = State::Final { number: 1, sent_at: Height(10) };
	assert_eq!((store.entry(&commitment(1)).unwrap().state, store.submitted(), store.len()), (state, 0, 1));
	drop(store);
	let (mut store, _) = open(&dir);
	assert_eq!(store.entry(&commitment(1)).unwrap().state, state);
	assert_eq!(store.read(&commitment(1)).unwrap(), Some(ciphertext(1)));
	store.discard(&commitment(1)).unwrap();
	assert_eq!(store.len(), 1, "what is final is purged, not discarded");
}

/// A crash while a file is written can leave any part of it, or all of it, under the temporary name. Under its final
/// name the file is whole.
#[test]
fn a_crash_at_any_step_of_writing_leaves_all_or_nothing() {
	let dir = TempDir::new().unwrap();
	drop(with(&dir, &[1, 2]));
	let whole = fs::read(path(&dir, 1)).unwrap();
	let unfinished = dir.path().join(format!("{}{}", name_of(&commitment(1)), disk::UNFINISHED));
	for (length, named) in (0..=whole.len()).flat_map(|length| [(length, false), (length, true)]).step_by(7) {
		// The final name holds no file, or an older one that was being replaced.
		if !named {
			let _ = fs::remove_file(path(&dir, 1));
		} else {
			fs::write(path(&dir, 1), &whole).unwrap();
		}
		fs::write(&unfinished, &whole[..length]).unwrap();
		let (mut store, opened) = open(&dir);
		assert_eq!((opened.unfinished, opened.set_aside.len(), opened.lost), (1, 0, false));
		assert_eq!(store.read(&commitment(1)).unwrap(), named.then(|| ciphertext(1)));
		assert_eq!(store.read(&commitment(2)).unwrap(), Some(ciphertext(2)));
		assert!(!unfinished.exists());
		store.store(&envelope(1), &ciphertext(1)).unwrap();
	}
}

#[test]
fn a_crash_between_the_steps_of_a_purge_does_not_bring_the_payload_back() {
	let dir = TempDir::new().unwrap();
	let mut store = with(&dir, &[1, 2]);
	let whole = fs::read(path(&dir, 1)).unwrap();
	assert!(store.purge(&commitment(1), Cause::Operator, Height(70)).unwrap());
	assert!(!path(&dir, 1).exists());
	drop(store);
	// The state after a crash before the file was removed.
	fs::write(path(&dir, 1), &whole).unwrap();
	let (store, opened) = open(&dir);
	assert_eq!((opened.purged, store.len()), (1, 1));
	assert!(!path(&dir, 1).exists());
	assert_eq!(store.purged(&commitment(1)), Some(Purged { height: Height(70), cause: Cause::Operator }));
	drop(store);
	// The state after a crash while the record was written. The purge had not been confirmed yet, so it may be lost.
	let records = fs::read(dir.path().join(purged::FILE)).unwrap();
	for cut in 1..41 {
		fs::write(dir.path().join(purged::FILE), &records[..records.len() - cut]).unwrap();
		fs::write(path(&dir, 1), &whole).unwrap();
		let (mut store, opened) = open(&dir);
		assert_eq!((opened.purged, opened.set_aside.len(), store.len()), (0, 0, 2), "{cut}");
		assert!(store.purge(&commitment(1), Cause::Operator, Height(70)).unwrap());
		drop(store);
		let (store, _) = open(&dir);
		assert!(store.purged(&commitment(1)).is_some(), "the torn record does not hide the next, {cut}");
	}
}

#[test]
fn damaged_files_are_found_set_aside_and_never_read() {
	let dir = TempDir::new().unwrap();
	drop(with(&dir, &[1, 2, 3, 4]));
	let whole = fs::read(path(&dir, 1)).unwrap();
	// Damage in the header, in the length, and in the content.
	let damage = |n: u8, f: &dyn Fn(&mut Vec<u8>)| {
		let mut bytes = fs::read(path(&dir, n)).unwrap();
		f(&mut bytes);
		fs::write(path(&dir, n), bytes).unwrap();
	};
	damage(1, &|bytes| bytes[50] ^= 1);
	damage(2, &|bytes| bytes.truncate(bytes.len() - 1));
	damage(3, &|bytes| *bytes.last_mut().unwrap() ^= 1);
	let (mut store, opened) = open(&dir);
	let names: Vec<&str> = opened.set_aside.iter().map(|one| &one.name[..2]).collect();
	assert!(names.contains(&"01") && names.contains(&"02") && names.len() == 2, "{names:?}");
	assert!(opened.lost);
	// Contents are checked in steps after the start, or when they are read.
	let found = store.check_some(u64::MAX);
	assert!(
		matches!(&found[..], [StoreError::Damaged { commitment: three, .. }] if *three == commitment(3)),
		"{found:?}"
	);
	assert!(store.check_some(u64::MAX).is_empty());
	assert_eq!((store.len(), store.read(&commitment(3)).unwrap()), (1, None));
	for n in 1..=3 {
		assert!(dir.path().join("set-aside").join(name_of(&commitment(n))).exists() && !path(&dir, n).exists());
	}
	damage(4, &|bytes| bytes[HEADER_BYTES] ^= 1);
	assert!(matches!(store.read(&commitment(4)), Err(StoreError::Damaged { .. })));
	assert_eq!((store.read(&commitment(4)).unwrap(), store.len(), store.bytes()), (None, 0, 0));
	// Payloads whose files were set aside can be stored again.
	store.store(&envelope(1), &ciphertext(1)).unwrap();
	assert_eq!(fs::read(path(&dir, 1)).unwrap(), whole);
}

#[test]
fn foreign_files_are_set_aside() {
	let dir = TempDir::new().unwrap();
	let mut store = with(&dir, &[1]);
	store.purge(&commitment(9), Cause::Retention, Height(3)).unwrap();
	drop(store);
	let whole = fs::read(path(&dir, 1)).unwrap();
	fs::write(dir.path().join("notes.txt"), "remember the milk").unwrap();
	fs::write(path(&dir, 2), &whole).unwrap();
	fs::write(dir.path().join(name_of(&commitment(0xab)).to_uppercase()), &whole).unwrap();
	fs::create_dir(path(&dir, 3)).unwrap();
	let (store, opened) = open(&dir);
	let mut names: Vec<String> = opened.set_aside.into_iter().map(|one| one.name).collect();
	names.sort();
	let upper = name_of(&commitment(0xab)).to_uppercase();
	assert_eq!(names, [name_of(&commitment(2)), name_of(&commitment(3)), upper, "notes.txt".into()]);
	assert_eq!(store.len(), 1);
	drop(store);
	// The chain was started anew with another genesis: nothing in the directory belongs to it.
	let (store, opened) = Store::open(dir.path(), H256::repeat_byte(6), limits()).unwrap();
	assert_eq!((store.len(), opened.set_aside.len()), (0, 2));
	assert_eq!(store.purged(&commitment(9)), None);
}

#[test]
fn a_full_store_refuses_and_drops_nothing() {
	let dir = TempDir::new().unwrap();
	let each = HEADER_BYTES as u64 + 100;
	let limits = Limits { bytes: 2 * each + 50, payloads: 8, submitted: 4 };
	let (mut store, _) = Store::open(dir.path(), GENESIS, limits).unwrap();
	store.store(&envelope(1), &ciphertext(1)).unwrap();
	store.submit(commitment(2), &ciphertext(2), Height(1)).unwrap();
	let refused = [store.submit(commitment(3), &ciphertext(3), Height(1)), store.store(&envelope(3), &ciphertext(3))];
	for refused in refused {
		let error = refused.unwrap_err();
		assert!(matches!(error, StoreError::Full { held, bound, .. } if (held, bound) == (2 * each, limits.bytes)));
		assert!(error.to_string().contains("--payload-store-mib"), "{error}");
	}
	assert!(store.check_room_for([100]).is_err());
	store.confirm(&envelope(2)).unwrap();
	assert_eq!((store.len(), store.bytes()), (2, 2 * each), "what is here may be written anew");
	store.purge(&commitment(1), Cause::Operator, Height(9)).unwrap();
	store.store(&envelope(3), &ciphertext(3)).unwrap();
}

#[test]
fn numbers_and_lengths_are_bounded() {
	let dir = TempDir::new().unwrap();
	let (mut store, _) = open(&dir);
	for length in [0, MIN_CIPHERTEXT - 1, MAX_CIPHERTEXT + 1] {
		let error = store.submit(commitment(1), &vec![1; length], Height(1)).unwrap_err();
		assert!(matches!(error, StoreError::Length { found, .. } if found == length), "{error}");
	}
	for n in 1..=4 {
		store.submit(commitment(n), &ciphertext(n), Height(1)).unwrap();
	}
	let error = store.submit(commitment(5), &ciphertext(5), Height(1)).unwrap_err();
	assert!(matches!(error, StoreError::TooManySubmitted { held: 4, bound: 4 }), "{error}");
	store.submit(commitment(4), &ciphertext(4), Height(1)).expect("it is here already");
	for n in 5..=8 {
		store.store(&envelope(n), &ciphertext(n)).unwrap();
	}
	let error = store.store(&envelope(9), &ciphertext(9)).unwrap_err();
	assert!(matches!(error, StoreError::TooMany { held: 8, bound: 8 }), "{error}");
	assert_eq!(store.len(), 8);
}

#[test]
fn retention_takes_the_oldest_and_leaves_what_is_young() {
	let dir = TempDir::new().unwrap();
	let mut store = with(&dir, &[3, 1, 2]);
	// The payloads are sent in blocks 10, 20 and 30, and kept for 100 blocks.
	assert!(store.expired(100, Height(110), 9).is_empty());
	assert_eq!(store.expired(100, Height(111), 9), [commitment(1)]);
	assert_eq!(store.expired(100, Height(999), 9), [commitment(1), commitment(2), commitment(3)]);
	assert_eq!(store.expired(100, Height(999), 2), [commitment(1), commitment(2)]);
	assert!(store.expired(100, Height(5), 9).is_empty());
	store.submit(commitment(7), &ciphertext(7), Height(50)).unwrap();
	assert!(!store.expired(100, Height(999), 9).contains(&commitment(7)));
	assert!(store.overdue(Height(50 + SUBMITTED_BLOCKS), 9).is_empty());
	assert_eq!(store.overdue(Height(51 + SUBMITTED_BLOCKS), 9), [commitment(7)]);
	store.discard(&commitment(7)).unwrap();
	store.submit(commitment(7), &ciphertext(7), Height(60)).expect("it may come again");
}

#[test]
fn what_was_purged_is_not_taken_again_and_only_so_many_are_remembered() {
	let dir = TempDir::new().unwrap();
	let mut store = with(&dir, &[1]);
	store.purge(&commitment(1), Cause::Retention, Height(200)).unwrap();
	assert!(!store.purge(&commitment(1), Cause::Operator, Height(300)).unwrap(), "once");
	assert_eq!(store.purged(&commitment(1)).map(|one| one.cause), Some(Cause::Retention));
	assert!(matches!(store.store(&envelope(1), &ciphertext(1)), Err(StoreError::Purged { .. })));
	assert!(matches!(store.submit(commitment(1), &ciphertext(1), Height(1)), Err(StoreError::Purged { .. })));
	drop(store);
	let (mut store, _) = Store::open_remembering(dir.path(), GENESIS, limits(), 4).unwrap();
	for n in 2..=20 {
		store.purge(&commitment(n), Cause::Operator, Height(n.into())).unwrap();
		assert!(fs::metadata(dir.path().join(purged::FILE)).unwrap().len() <= 44 + 8 * 41);
	}
	drop(store);
	let (store, opened) = Store::open_remembering(dir.path(), GENESIS, limits(), 4).unwrap();
	assert_eq!((store.purged.len(), opened.set_aside.len()), (4, 0));
	assert_eq!(store.purged(&commitment(16)), None);
	assert_eq!(store.purged(&commitment(17)).map(|one| one.height), Some(Height(17)));
}

#[test]
fn a_damaged_list_of_the_purged_is_told_of() {
	let dir = TempDir::new().unwrap();
	let mut store = with(&dir, &[1, 2, 3]);
	for n in 1..=3 {
		store.purge(&commitment(n), Cause::Operator, Height(1)).unwrap();
	}
	drop(store);
	let file = dir.path().join(purged::FILE);
	let mut bytes = fs::read(&file).unwrap();
	bytes[44] ^= 1;
	bytes[44 + 41] ^= 1;
	fs::write(&file, bytes).unwrap();
	let (store, opened) = open(&dir);
	assert_eq!((opened.set_aside.len(), store.purged.len()), (1, 1));
	drop(store);
	fs::write(&file, "no list").unwrap();
	let (store, opened) = open(&dir);
	assert_eq!((opened.set_aside.len(), store.purged.len()), (1, 0));
}

#[test]
fn progress_is_read_again_and_a_damaged_file_begins_anew() {
	let dir = TempDir::new().unwrap();
	assert_eq!(Progress::read(dir.path(), GENESIS).unwrap(), (Progress::default(), None));
	let progress = Progress { institution: Some(3), cursor: 1 << 40, behind: Some(7), missing: vec![9; 4096] };
	progress.write(dir.path(), GENESIS).unwrap();
	assert_eq!(Progress::read(dir.path(), GENESIS).unwrap(), (progress.clone(), None));
	let other = Progress::read(dir.path(), H256::zero()).unwrap();
	assert_eq!(other, (Progress::default(), Some("it is of another chain")));
	let file = dir.path().join(progress::FILE);
	let mut bytes = fs::read(&file).unwrap();
	bytes[40] ^= 1;
	fs::write(&file, bytes).unwrap();
	assert_eq!(Progress::read(dir.path(), GENESIS).unwrap(), (Progress::default(), Some("it is damaged")));
}

/// Arbitrary bytes as a payload's file, as the list of purged payloads, and as the progress file: they are decoded
/// correctly or set aside, and never cause a panic; nothing damaged is read.
#[test]
fn any_bytes_are_refused_or_whole() {
	let corpus = TempDir::new().unwrap();
	let dir = TempDir::new().unwrap();
	let mut store = with(&dir, &[1, 2]);
	store.purge(&commitment(2), Cause::Operator, Height(3)).unwrap();
	drop(store);
	let progress = Progress { institution: None, cursor: 3, behind: None, missing: vec![1] };
	let seeds = [fs::read(path(&dir, 1)).unwrap(), fs::read(dir.path().join(purged::FILE)).unwrap()];
	for (at, bytes) in seeds.into_iter().chain([progress.encode_file(GENESIS)]).enumerate() {
		fs::write(corpus.path().join(format!("{at}")), bytes).unwrap();
	}
	// Few inputs, because each one costs several syncs of the disk.
	runner::run(corpus.path(), 200, |bytes| {
		let dir = TempDir::new().unwrap();
		fs::write(path(&dir, 1), bytes).unwrap();
		fs::write(dir.path().join(purged::FILE), bytes).unwrap();
		fs::write(dir.path().join(progress::FILE), bytes).unwrap();
		let (mut store, _) = open(&dir);
		if let Ok(Some(ciphertext)) = store.read(&commitment(1)) {
			let entry = store.entry(&commitment(1)).expect("it was read");
			assert_eq!(entry.hash, ciphertext_hash(&ciphertext));
		}
		store.store(&envelope(3), &ciphertext(3)).expect("it goes on");
		let (progress, problem) = Progress::read(dir.path(), GENESIS).unwrap();
		assert!(problem.is_some() || progress.encode_file(GENESIS) == bytes);
	});
	runner::run(corpus.path(), 100_000, |bytes| {
		if let Ok(header) = format::Header::decode(bytes) {
			assert!(bytes.starts_with(&header.encode()));
		}
		if let Ok(progress) = Progress::decode_file(bytes, GENESIS) {
			assert_eq!(progress.encode_file(GENESIS), bytes);
		}
	});
}
