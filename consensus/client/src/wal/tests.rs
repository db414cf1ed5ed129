use super::{segment::path_of, *};
use proptest::prelude::*;
use sp_core::{crypto::UncheckedFrom, ed25519, H256};
use syndic_pbft::PreparedBlock;
use syndic_primitives::{block::Header, Certificate, Phase, SetId, View, Vote};
use tempfile::TempDir;

fn key(n: u8) -> ValidatorId {
	ed25519::Public::unchecked_from([n; 32]).into()
}

pub(super) fn identity() -> Identity {
	Identity { genesis: H256::repeat_byte(7), key: key(1) }
}

fn hash(height: u32, salt: u8) -> BlockHash {
	let mut raw = [salt; 32];
	raw[..4].copy_from_slice(&height.to_le_bytes());
	H256(raw)
}

fn voted(height: u32, view: u32) -> Entry {
	Entry::Record(Record::Voted {
		set_id: SetId(0),
		height: Height(height),
		view: View(view),
		phase: Phase::Prepare,
		block_hash: hash(height, 0),
	})
}

fn certificate(height: u32, phase: Phase) -> Certificate {
	let vote = Vote { set_id: SetId(0), height: Height(height), view: View(0), phase, block_hash: hash(height, 0) };
	Certificate { vote, signatures: vec![(syndic_primitives::SignerIndex(0), ed25519::Signature::default().into())] }
}

fn locked(height: u32) -> Entry {
	let header = Header {
		parent_hash: Default::default(),
		number: height,
		state_root: Default::default(),
		extrinsics_root: Default::default(),
		digest: Default::default(),
	};
	Entry::Record(Record::Locked(PreparedBlock { certificate: certificate(height, Phase::Prepare), header }))
}

fn committed(height: u32) -> Entry {
	Entry::Record(Record::Committed(certificate(height, Phase::Commit)))
}

fn view(n: u32) -> Entry {
	Entry::Record(Record::View { set_id: SetId(0), view: View(n), entered: true })
}

fn block(height: u32, salt: u8, length: usize) -> Entry {
	Entry::Block { height: Height(height), hash: hash(height, salt), bytes: Arc::new(vec![salt; length]) }
}

fn open(dir: &Path) -> (WriteAheadLog, Recovered) {
	WriteAheadLog::open(dir, identity()).expect("opens")
}

/// The records and the bodies of entries, each in the order written.
fn split(entries: &[Entry]) -> (Vec<Record>, Vec<(Height, BlockHash, Arc<Vec<u8>>)>) {
	let (mut records, mut blocks) = (vec![], vec![]);
	for entry in entries {
		match entry.clone() {
			Entry::Record(record) => records.push(record),
			Entry::Block { height, hash, bytes } => blocks.push((height, hash, bytes)),
		}
	}
	(records, blocks)
}

/// A small log: its appends, the bytes of its only segment, and the offsets at which frames end.
pub(super) fn small_log() -> (Vec<Vec<Entry>>, Vec<u8>, Vec<usize>) {
	let dir = TempDir::new().unwrap();
	let appends = vec![
		vec![view(0)],
		vec![block(1, 0, 50), voted(1, 0)],
		vec![locked(1), voted(1, 1)],
		vec![committed(1)],
		vec![block(2, 0, 90), voted(2, 0)],
	];
	let path = path_of(dir.path(), 0);
	let (mut log, _) = open(dir.path());
	let mut ends = vec![fs::metadata(&path).unwrap().len() as usize];
	for entries in &appends {
		let before = *ends.last().unwrap();
		let Appended { bytes } = log.append(entries).unwrap();
		ends.push(fs::metadata(&path).unwrap().len() as usize);
		assert_eq!(ends.last(), Some(&(before + bytes)));
	}
	(appends, fs::read(path).unwrap(), ends)
}

/// A directory with that one segment.
fn with_segment(bytes: &[u8]) -> TempDir {
	let dir = TempDir::new().unwrap();
	fs::write(path_of(dir.path(), 0), bytes).unwrap();
	dir
}

#[test]
fn what_was_appended_is_recovered() {
	let (appends, bytes, _) = small_log();
	let dir = with_segment(&bytes);
	let (_log, recovered) = open(dir.path());
	let (records, blocks) = split(&appends.concat());
	assert_eq!(recovered, Recovered { records, blocks, cut_bytes: 0, fresh: false });
}

#[test]
fn a_new_log_says_so_and_the_second_opening_does_not() {
	let dir = TempDir::new().unwrap();
	let below = dir.path().join("a/b");
	assert!(open(&below).1.fresh);
	assert_eq!(open(&below).1, Recovered::default());
}

#[test]
fn a_log_cut_anywhere_gives_its_whole_frames_and_goes_on() {
	let (appends, bytes, ends) = small_log();
	for length in 0..bytes.len() {
		let dir = with_segment(&bytes[..length]);
		let whole = ends.iter().filter(|end| **end <= length).count();
		let opened = WriteAheadLog::open(dir.path(), identity());
		if whole == 0 {
			// The header is synced before the file gets its name, so no crash leaves a part of the header.
			assert!(matches!(opened, Err(WalError::Corrupt { .. })), "{length} bytes");
			continue;
		}
		let (mut log, recovered) = opened.unwrap_or_else(|error| panic!("{length} bytes: {error}"));
		let (records, blocks) = split(&appends[..whole - 1].concat());
		let cut_bytes = (length - ends[whole - 1]) as u64;
		assert_eq!(recovered, Recovered { records, blocks, cut_bytes, fresh: false }, "{length} bytes");

		log.append(&[voted(9, 9)]).unwrap();
		drop(log);
		let (_, again) = open(dir.path());
		let (mut records, _) = split(&appends[..whole - 1].concat());
		records.extend(split(&[voted(9, 9)]).0);
		assert_eq!((again.records, again.cut_bytes), (records, 0), "{length} bytes");
	}
}

#[test]
fn a_torn_last_frame_of_any_content_is_cut() {
	let (appends, bytes, ends) = small_log();
	let last = ends[ends.len() - 2];
	for fill in [0u8, 0xff, 0xf7] {
		// The file grew, but its data did not arrive, or only a part did.
		for from in last..bytes.len() {
			let mut torn = bytes.clone();
			torn[from..].fill(fill);
			if torn == bytes {
				continue;
			}
			let dir = with_segment(&torn);
			let (_, recovered) = open(dir.path());
			assert_eq!(recovered.records, split(&appends[..appends.len() - 1].concat()).0, "{fill} from {from}");
			assert_eq!(recovered.cut_bytes as usize, bytes.len() - last);
		}
	}
}

#[test]
fn a_flipped_bit_is_never_taken_for_content() {
	let (appends, bytes, ends) = small_log();
	let last = ends[ends.len() - 2];
	for at in 0..bytes.len() {
		for bit in 0..8 {
			let mut damaged = bytes.clone();
			damaged[at] ^= 1 << bit;
			let dir = with_segment(&damaged);
			match WriteAheadLog::open(dir.path(), identity()) {
				// Damage in the last frame looks like a torn write and cannot be told from one.
				Ok((_, recovered)) => {
					assert!(at >= last, "byte {at} bit {bit} went unnoticed");
					assert_eq!(recovered.records, split(&appends[..appends.len() - 1].concat()).0);
				}
				Err(WalError::Corrupt { .. } | WalError::Version { .. }) => assert!(at < last, "byte {at} bit {bit}"),
				Err(other) => panic!("byte {at} bit {bit}: {other}"),
			}
			assert!(
				at >= last || fs::read(path_of(dir.path(), 0)).unwrap() == damaged,
				"what is refused is left alone"
			);
		}
	}
}

#[test]
fn a_frame_that_a_stranger_placed_in_a_block_does_not_pass_for_one() {
	// The bytes of a whole other log, as a transaction: its frames have another salt.
	let (_, other, _) = small_log();
	let dir = TempDir::new().unwrap();
	let (mut log, _) = open(dir.path());
	log.append(&[view(3)]).unwrap();
	let before = fs::metadata(path_of(dir.path(), 0)).unwrap().len();
	log.append(&[Entry::Block { height: Height(1), hash: hash(1, 0), bytes: Arc::new(other) }]).unwrap();
	drop(log);
	let path = path_of(dir.path(), 0);
	let mut bytes = fs::read(&path).unwrap();
	bytes[before as usize + 1] ^= 1;
	fs::write(&path, bytes).unwrap();
	assert_eq!(open(dir.path()).1.records, split(&[view(3)]).0);
}

#[test]
fn logs_of_others_are_refused_and_both_are_named() {
	let dir = TempDir::new().unwrap();
	drop(open(dir.path()));
	let other_chain = Identity { genesis: H256::repeat_byte(8), ..identity() };
	let error = WriteAheadLog::open(dir.path(), other_chain).unwrap_err();
	assert!(matches!(&error, WalError::OtherChain { found, expected, .. }
		if *found == H256::repeat_byte(7) && *expected == H256::repeat_byte(8)));
	let text = error.to_string();
	assert!(text.contains(&"07".repeat(32)) && text.contains(&"08".repeat(32)), "{text}");

	let other_key = Identity { key: key(2), ..identity() };
	let error = WriteAheadLog::open(dir.path(), other_key).unwrap_err();
	assert!(matches!(&error, WalError::OtherKey { found, expected, .. } if *found == key(1) && *expected == key(2)));
	let text = error.to_string();
	assert!(text.contains(&key(1).to_string()) && text.contains(&key(2).to_string()), "{text}");
}

#[test]
fn files_that_are_no_log_are_refused() {
	for content in [&b""[..], b"hello", &[0; 500]] {
		let dir = with_segment(content);
		assert!(matches!(WriteAheadLog::open(dir.path(), identity()), Err(WalError::Corrupt { offset: 0, .. })));
	}
	let (_, mut bytes, _) = small_log();
	bytes[8] = 3;
	let error = WriteAheadLog::open(with_segment(&bytes).path(), identity()).unwrap_err();
	assert!(matches!(error, WalError::Version { found: 3, supported: 2, .. }));
}

#[test]
fn two_processes_cannot_have_it_open() {
	let dir = TempDir::new().unwrap();
	let first = open(dir.path());
	assert!(matches!(WriteAheadLog::open(dir.path(), identity()), Err(WalError::InUse(_))));
	drop(first);
	open(dir.path());
}

#[test]
fn an_append_that_is_too_long_is_refused_and_nothing_is_written() {
	let dir = TempDir::new().unwrap();
	let (mut log, _) = open(dir.path());
	let long = block(1, 0, format::MAX_PAYLOAD_BYTES);
	assert!(matches!(log.append(&[long]), Err(WalError::TooLong { .. })));
	log.append(&[view(1)]).unwrap();
	drop(log);
	assert_eq!(open(dir.path()).1.records, split(&[view(1)]).0);
}

#[test]
fn a_body_is_written_once() {
	let dir = TempDir::new().unwrap();
	let (mut log, _) = open(dir.path());
	assert!(log.append(&[block(1, 0, 1000)]).unwrap().bytes > 1000);
	assert_eq!(log.append(&[block(1, 0, 1000)]).unwrap(), Appended { bytes: 0 });
	assert!(log.append(&[block(1, 0, 1000), voted(1, 3)]).unwrap().bytes < 1000);
	drop(log);
	let (mut log, recovered) = open(dir.path());
	assert_eq!((recovered.blocks.len(), recovered.records.len()), (1, 1));
	assert_eq!(log.append(&[block(1, 0, 1000)]).unwrap(), Appended { bytes: 0 });
}

#[test]
fn after_a_failed_write_everything_is_refused() {
	let dir = TempDir::new().unwrap();
	let (mut log, _) = open(dir.path());
	for height in 1..COMMITS_PER_SEGMENT as u32 {
		log.append(&[committed(height)]).unwrap();
	}
	// The directory has been removed when the log rotates.
	fs::remove_dir_all(dir.path()).unwrap();
	assert!(matches!(log.append(&[committed(64)]), Err(WalError::Io { .. })));
	assert!(matches!(log.append(&[view(1)]), Err(WalError::Poisoned)));
}

/// Appends a chain of blocks with one vote, lock and commit for each.
fn heights(log: &mut WriteAheadLog, range: std::ops::RangeInclusive<u32>) {
	for height in range {
		log.append(&[block(height, 0, 20), voted(height, 0)]).unwrap();
		log.append(&[locked(height), committed(height)]).unwrap();
	}
}

#[test]
fn segments_rotate_and_old_ones_go() {
	let dir = TempDir::new().unwrap();
	let (mut log, _) = open(dir.path());
	log.append(&[view(5)]).unwrap();
	heights(&mut log, 1..=200);
	log.append(&[block(201, 0, 20), block(201, 1, 20), voted(201, 7)]).unwrap();
	drop(log);
	assert_eq!(segment::list(dir.path()).unwrap(), [2, 3]);
	let (mut log, recovered) = open(dir.path());
	let commits: Vec<u32> = recovered
		.records
		.iter()
		.filter_map(|record| match record {
			Record::Committed(certificate) => Some(certificate.height().0),
			_ => None,
		})
		.collect();
	assert_eq!(commits, (128..=200).collect::<Vec<_>>(), "the certificate of 128 opens segment 2");
	assert!(recovered.records.contains(&split(&[view(5)]).0[0]));
	assert!(recovered.records.contains(&split(&[voted(201, 7)]).0[0]));
	assert_eq!(recovered.blocks.len(), 72 + 2);
	heights(&mut log, 201..=260);
	assert_eq!(segment::list(dir.path()).unwrap(), [3, 4]);
}

#[test]
fn damage_in_a_segment_that_is_not_the_last_is_refused() {
	let dir = TempDir::new().unwrap();
	let (mut log, _) = open(dir.path());
	heights(&mut log, 1..=70);
	drop(log);
	let path = path_of(dir.path(), 0);
	let bytes = fs::read(&path).unwrap();
	fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
	assert!(matches!(WriteAheadLog::open(dir.path(), identity()), Err(WalError::Corrupt { .. })));
	fs::remove_file(&path).unwrap();
	assert!(matches!(WriteAheadLog::open(dir.path(), identity()), Err(WalError::Gap { missing: 0, .. })));
}

#[test]
fn a_damaged_snapshot_is_refused() {
	let dir = TempDir::new().unwrap();
	let (mut log, _) = open(dir.path());
	heights(&mut log, 1..=64);
	drop(log);
	let path = path_of(dir.path(), 1);
	let bytes = fs::read(&path).unwrap();
	fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
	assert!(matches!(WriteAheadLog::open(dir.path(), identity()), Err(WalError::Corrupt { .. })));
}

#[test]
fn a_crash_while_rotating_loses_nothing() {
	let dir = TempDir::new().unwrap();
	let (mut log, _) = open(dir.path());
	heights(&mut log, 1..=63);
	// The log as it is just before the rotation after the 64th commit.
	let full = [block(64, 0, 20), voted(64, 0), committed(64)];
	let before = fs::read(path_of(dir.path(), 0)).unwrap();
	log.append(&full).unwrap();
	drop(log);
	let (whole, snapshot) = (fs::read(path_of(dir.path(), 0)).unwrap(), fs::read(path_of(dir.path(), 1)).unwrap());
	assert!(whole.starts_with(&before) && whole.len() > before.len());
	let expected = open(dir.path()).1;
	// After the crash, the new segment is half written, or does not exist.
	for unfinished in [Some(&snapshot[..snapshot.len() / 2]), Some(&b""[..]), None] {
		let crashed = with_segment(&whole);
		if let Some(bytes) = unfinished {
			fs::write(crashed.path().join("0000000000000001.wal.new"), bytes).unwrap();
		}
		let (log, recovered) = open(crashed.path());
		assert_eq!(recovered, expected);
		drop(log);
		assert_eq!(segment::list(crashed.path()).unwrap(), [0, 1], "rotated on opening");
		assert_eq!(open(crashed.path()).1, expected);
	}
}

#[test]
fn a_snapshot_longer_than_a_frame_is_split() {
	let dir = TempDir::new().unwrap();
	let (mut log, _) = open(dir.path());
	for salt in 1..=6 {
		log.append(&[block(100, salt, 10 << 20)]).unwrap();
	}
	for height in 1..=70 {
		log.append(&[committed(height)]).unwrap();
	}
	heights(&mut log, 71..=130);
	drop(log);
	// The segment with the bodies, number 0, has been removed: only snapshots hold them.
	assert_eq!(segment::list(dir.path()).unwrap(), [1, 2]);
	let (_, recovered) = open(dir.path());
	assert_eq!(recovered.blocks.iter().filter(|(height, ..)| *height == Height(100)).count(), 7);
}

#[derive(Clone, Debug)]
enum Step {
	Append(Vec<Entry>),
	Commit,
	Reopen,
}

/// Steps at heights relative to the last committed one, which `run` knows.
fn steps() -> impl Strategy<Value = Vec<Step>> {
	let entry = prop_oneof![
		(0u32..3, 0u32..4).prop_map(|(above, n)| voted(above, n)),
		(0u32..3).prop_map(locked),
		(0u32..9).prop_map(view),
		(0u32..3, 0u8..3).prop_map(|(above, salt)| block(above, salt, 8)),
	];
	let step = prop_oneof![
		3 => proptest::collection::vec(entry, 1..4).prop_map(Step::Append),
		6 => Just(Step::Commit),
		1 => Just(Step::Reopen),
	];
	proptest::collection::vec(step, 1..400)
}

/// Moves an entry of [`steps`] to its height.
fn raise(entry: Entry, by: u32) -> Entry {
	match entry {
		Entry::Record(Record::Voted { height, view, .. }) => voted(height.0 + by, view.0),
		Entry::Record(Record::Locked(certificate)) => locked(certificate.height().0 + by),
		Entry::Block { height, hash, bytes } => block(height.0 + by, hash.0[31], bytes.len()),
		other => other,
	}
}

proptest! {
	#![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

	#[test]
	fn whatever_happens_what_binds_is_recovered(steps in steps()) {
		let dir = TempDir::new().unwrap();
		let mut log = Some(open(dir.path()).0);
		let (mut written, mut last) = (Vec::<Entry>::new(), 0u32);
		for step in steps {
			let entries = match step {
				Step::Reopen => {
					drop(log.take());
					log = Some(open(dir.path()).0);
					continue;
				},
				Step::Commit => {
					last += 1;
					vec![block(last, 0, 8), committed(last)]
				},
				Step::Append(entries) => entries.into_iter().map(|entry| raise(entry, last + 1)).collect(),
			};
			log.as_mut().unwrap().append(&entries).unwrap();
			written.extend(entries);
		}
		drop(log);
		let (_, recovered) = open(dir.path());
		let (records, blocks) = split(&written);

		let is_view = |record: &&Record| matches!(record, Record::View { .. });
		prop_assert_eq!(recovered.records.iter().rfind(is_view), records.iter().rfind(is_view));
		for record in &records {
			let needed = match record {
				Record::Voted { height, .. } => height.0 > last,
				Record::Locked(certificate) => certificate.height().0 > last,
				Record::Committed(certificate) => certificate.height().0 + 64 > last,
				Record::View { .. } => false,
			};
			prop_assert!(!needed || recovered.records.contains(record), "{:?} is lost", record);
		}
		for body in &blocks {
			let needed = body.0.0 > last || (body.0.0 + 64 > last && body.1 == hash(body.0.0, 0));
			prop_assert!(!needed || recovered.blocks.contains(body), "body {:?} is lost", body);
		}
		// Nothing is recovered that was never written.
		prop_assert!(recovered.records.iter().all(|record| records.contains(record)));
		prop_assert!(recovered.blocks.iter().all(|body| blocks.contains(body)));
		prop_assert!(segment::list(dir.path()).unwrap().len() <= 2);
	}
}
