//! Journals with cut, flipped and mixed bytes: readable transactions are recovered, the rest is counted, and no
//! transaction is invented.

use super::{sim::Dice, *};
use std::ops::Range;
use syndic_pool::journal::Damage;

/// A journal's files, and where each transaction is in them.
struct Sample {
	files: BTreeMap<String, Vec<u8>>,
	/// For each transaction: its file, and the bytes of its frame.
	frames: Vec<(String, Range<usize>)>,
	/// The same for the note that transaction `REMOVED` has left.
	removal: Option<(String, Range<usize>)>,
}

const REMOVED: u64 = 2;

fn segment(number: u64) -> String {
	format!("{number:016}.journal")
}

/// `sessions` segments with four transactions each. If `with_removal`, the first one ends with a note of removal.
fn sample(sessions: u64, with_removal: bool) -> Sample {
	let disk = SimDisk::default();
	let (mut frames, mut removal) = (Vec::new(), None);
	for session in 0..sessions {
		let (journal, _) = open_on(&disk);
		let name = segment(session);
		for n in session * 4..session * 4 + 4 {
			let start = disk.files()[&name].len();
			append(&journal, n, 20 + 30 * n as usize).unwrap();
			frames.push((name.clone(), start..disk.files()[&name].len()));
		}
		if session == 0 && with_removal {
			let start = disk.files()[&name].len();
			journal.remove(hash(REMOVED));
			drop(journal);
			removal = Some((name.clone(), start..disk.files()[&name].len()));
		}
	}
	Sample { files: disk.files(), frames, removal }
}

/// Opens a damaged journal, and checks that it can be written to and is intact afterwards.
fn open_damaged(files: &BTreeMap<String, Vec<u8>>, context: &str) -> (Vec<u64>, Recovered) {
	let disk = SimDisk::with_files(files);
	let (journal, recovered) = open_on(&disk);
	let found = numbers(&recovered);
	append(&journal, 500, 33).unwrap();
	drop(journal);
	let (_journal, again) = open_on(&disk);
	assert_eq!(numbers(&again), [&found[..], &[500]].concat(), "{context}: opened again");
	assert_eq!(again.unreadable, 0, "{context}: it is mended");
	assert!(again.damage.is_empty(), "{context}: {:?}", again.damage);
	(found, recovered)
}

#[test]
fn cut_at_every_byte() {
	let Sample { files, frames, removal } = sample(1, true);
	let (name, bytes) = files.iter().next().unwrap();
	let (_, removal) = removal.unwrap();
	assert_eq!(removal.end, bytes.len());
	for cut in 0..=bytes.len() {
		let cut_files = BTreeMap::from([(name.clone(), bytes[..cut].to_vec())]);
		let (found, recovered) = open_damaged(&cut_files, &format!("cut at {cut}"));
		let gone = (cut >= removal.end).then_some(REMOVED);
		let whole = (0..).zip(&frames).filter(|(n, (_, frame))| frame.end <= cut && Some(*n) != gone);
		assert_eq!(found, whole.map(|(n, _)| n).collect::<Vec<_>>(), "cut at {cut}");
		let inside = frames.iter().any(|(_, frame)| frame.start < cut && cut < frame.end);
		// If less than the header of the note of removal is left, the journal cannot tell that it is no transaction's
		// frame.
		let unknown = removal.start < cut && cut < removal.start + FRAME_HEADER;
		assert_eq!(recovered.unreadable, u64::from(inside || unknown), "cut at {cut}");
		let torn = recovered.damage.iter().any(|damage| matches!(damage, Damage::Torn { .. }));
		assert_eq!(torn, inside || (removal.start < cut && cut < removal.end), "cut at {cut}");
	}
}

#[test]
fn an_older_segment_cut_at_every_byte() {
	let Sample { files, frames, .. } = sample(2, false);
	let older = segment(0);
	let length = files[&older].len();
	for cut in 0..=length {
		let mut files = files.clone();
		files.get_mut(&older).unwrap().truncate(cut);
		let (found, recovered) = open_damaged(&files, &format!("cut at {cut}"));
		// With less than one header left, the journal can tell only that the file held something.
		let lost = frames.iter().filter(|(name, frame)| *name == older && frame.end > cut).count() as u64;
		let (found_in_older, found_later): (Vec<u64>, Vec<u64>) = found.into_iter().partition(|n| *n < 4);
		assert_eq!(found_later, [4, 5, 6, 7], "cut at {cut}");
		assert_eq!(found_in_older, (0..4 - lost).collect::<Vec<_>>(), "cut at {cut}");
		let known = cut >= HEADERS / 2;
		assert_eq!(recovered.unreadable, if known { lost } else { 0 }, "cut at {cut}");
		assert_eq!(recovered.damage.len(), usize::from(cut < length), "cut at {cut}");
	}
}

#[test]
fn a_flipped_bit_costs_at_most_the_transaction_it_is_in() {
	let Sample { files, frames, removal } = sample(3, true);
	let (removal_name, removal) = removal.unwrap();
	let mut dice = Dice::new(1);
	for (name, bytes) in &files {
		for at in 0..bytes.len() {
			let mut files = files.clone();
			files.get_mut(name).unwrap()[at] ^= 1 << dice.below(8);
			let context = format!("bit in byte {at} of {name}");
			let (found, recovered) = open_damaged(&files, &context);
			let hit = frames.iter().position(|(file, frame)| file == name && frame.contains(&at)).map(|n| n as u64);
			let removal_hit = *name == removal_name && removal.contains(&at);
			let expected = (0..12).filter(|n| Some(*n) != hit && (*n != REMOVED || removal_hit));
			assert_eq!(found, expected.collect::<Vec<_>>(), "{context}");
			match (hit, removal_hit) {
				(Some(_), _) => assert_eq!(recovered.unreadable, 1, "{context}"),
				// Whether the frame's kind is still known depends on which byte was hit.
				(None, true) => assert!(recovered.unreadable <= 1, "{context}"),
				(None, false) => assert_eq!(recovered.unreadable, 0, "{context}"),
			}
			assert_eq!(recovered.damage.is_empty(), hit.is_none() && !removal_hit, "{context}");
		}
	}
}

/// Under any damage to the files: no panic, no transaction with other bytes, none twice; and the transactions whose
/// frames were not touched are recovered.
#[test]
fn arbitrary_damage() {
	let Sample { files, frames, .. } = sample(3, false);
	let names: Vec<&String> = files.keys().collect();
	let mut dice = Dice::new(2);
	let mut lost_in_all = 0;
	for round in 0..4000 {
		let mut damaged = files.clone();
		let mut touched: Vec<(String, usize)> = Vec::new();
		let mut moved = false;
		for _ in 0..=dice.below(4) {
			let name = names[dice.below(names.len() as u64) as usize].clone();
			let bytes = damaged.get_mut(&name).unwrap();
			let at = dice.below(bytes.len() as u64 + 1) as usize;
			let length = dice.below(60) as usize;
			match dice.below(6) {
				0 | 1 => {
					let end = (at + length).min(bytes.len());
					for (offset, byte) in bytes[at..end].iter_mut().enumerate() {
						*byte = dice.below(256) as u8;
						touched.push((name.clone(), at + offset));
					}
				}
				2 => {
					let end = (at + length).min(bytes.len());
					bytes.drain(at..end);
					moved = true;
				}
				3 => {
					let noise = (0..length).map(|_| dice.below(256) as u8).collect::<Vec<_>>();
					bytes.splice(at..at, noise);
					moved = true;
				}
				4 => {
					let copied = bytes[at.saturating_sub(length)..at].to_vec();
					bytes.extend(copied);
					moved = true;
				}
				_ => {
					if let Some(byte) = bytes.get_mut(at) {
						*byte ^= 1 << dice.below(8);
						touched.push((name.clone(), at));
					}
				}
			}
		}
		let context = format!("round {round}");
		let (found, recovered) = open_damaged(&damaged, &context);
		assert!(found.is_sorted_by(|a, b| a < b), "{context}: {found:?}");
		assert!(found.iter().all(|n| *n < 12), "{context}: {found:?}");
		let hit =
			|file: &String, range: &Range<usize>| touched.iter().any(|(name, at)| name == file && range.contains(at));
		if !moved && !names.iter().any(|name| hit(name, &(0..HEADERS))) {
			let untouched = (0..12).zip(&frames).filter(|(_, (name, frame))| !hit(name, frame)).map(|(n, _)| n);
			let untouched: Vec<u64> = untouched.collect();
			assert_eq!(found, untouched, "{context}");
			// All lost transactions are counted, except those at the very end, of which no trace may be left.
			let lost = 12 - untouched.len() as u64;
			assert!(recovered.unreadable <= lost && (lost == 0 || recovered.unreadable > 0), "{context}");
			lost_in_all += lost;
		}
	}
	assert!(lost_in_all > 500, "{lost_in_all} transactions hit are too few to tell anything");
}

#[test]
fn files_that_are_no_journal() {
	let Sample { files, .. } = sample(2, false);
	for (what, bytes) in [("empty", vec![]), ("text", b"hello".repeat(1000)), ("zeros", vec![0; 100_000])] {
		for number in [0, 1, 7, u64::MAX / 8] {
			let mut files = files.clone();
			files.insert(segment(number), bytes.clone());
			let context = format!("{what} as {number}");
			let (found, recovered) = open_damaged(&files, &context);
			let expected = [(0, 4..8), (1, 0..4)].into_iter().find(|(which, _)| *which == number);
			assert_eq!(found, expected.map_or(0..8, |(_, left)| left).collect::<Vec<_>>(), "{context}");
			assert!(!recovered.damage.is_empty(), "{context}");
			assert_eq!(recovered.unreadable, u64::from(!bytes.is_empty()), "{context}");
		}
	}
	// Files with foreign names stay as they are.
	let strangers = ["note.txt", "1.journal", "99999999999999999999999.journal", "+000000000000001.journal"];
	let mut with_strangers = files.clone();
	strangers.iter().for_each(|name| drop(with_strangers.insert(name.to_string(), b"x".to_vec())));
	let disk = SimDisk::with_files(&with_strangers);
	let (_journal, recovered) = open_on(&disk);
	assert!(recovered.damage.is_empty());
	assert_eq!(numbers(&recovered), (0..8).collect::<Vec<_>>());
	assert!(strangers.iter().all(|name| disk.files().contains_key(*name)));
}

#[test]
fn another_version_is_kept_aside_and_said() {
	let Sample { mut files, .. } = sample(2, false);
	let older = files.get_mut(&segment(0)).unwrap();
	older[8] = 9;
	older[HEADERS / 2 + 8] = 9;
	let disk = SimDisk::with_files(&files);
	let (_journal, recovered) = open_on(&disk);
	assert_eq!(numbers(&recovered), [4, 5, 6, 7]);
	assert!(matches!(&recovered.damage[..], [Damage::Version { found: 9, supported: 1, .. }]));
	assert_eq!(disk.files()["0000000000000000.journal.other-version"], files[&segment(0)]);
}

#[test]
fn damaged_files_are_kept_as_they_were_and_not_without_bound() {
	let disk = SimDisk::default();
	let mut kept = 0;
	for round in 0..40 {
		let (journal, _) = open_on(&disk);
		for n in 0..3 {
			append(&journal, round * 3 + n, 100).unwrap();
		}
		drop(journal);
		let mut files = disk.files();
		let (name, bytes) = files.iter_mut().rfind(|(name, _)| name.ends_with(".journal")).unwrap();
		// A byte in the first transaction of this round.
		let at = bytes.len() - 2 * (100 + OVERHEAD as usize) - 10;
		bytes[at] ^= 1;
		let (name, bytes) = (format!("{name}.damaged"), bytes.clone());
		let damaged = SimDisk::with_files(&files);
		let (journal, recovered) = open_on(&damaged);
		kept += 2;
		assert_eq!(recovered.unreadable, 1);
		assert_eq!(recovered.transactions.len(), kept);
		drop(journal);
		let files = damaged.files();
		assert_eq!(files[&name], bytes, "round {round}");
		let set_aside = files.keys().filter(|name| name.ends_with(".damaged")).count();
		assert_eq!(set_aside, (round as usize + 1).min(16));
		disk.replace(&files);
	}
}
