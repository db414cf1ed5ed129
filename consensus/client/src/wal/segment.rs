//! One file of the log: creating, reading and cutting it.

use super::{
	error::WalError,
	format::{
		find_frame_header, frame, BadHeader, FrameHeader, Header, FRAME_HEADER_BYTES, HEADER_BYTES, MAX_PAYLOAD_BYTES,
		VERSION,
	},
	Entry, Identity,
};
use codec::{DecodeAll, Encode};
use std::{
	fs::{self, File, OpenOptions},
	hash::{BuildHasher, RandomState},
	io::{self, BufReader, Read, Seek, SeekFrom, Write},
	path::{Path, PathBuf},
};

/// A finished segment's suffix.
const SUFFIX: &str = ".wal";
/// The suffix of a segment that is being created. The file is renamed when all of it is on the disk.
const UNFINISHED: &str = ".wal.new";
/// Approximate length of a snapshot's frames, in bytes. It is far enough below [`MAX_PAYLOAD_BYTES`] that the list's
/// own length fits too.
const SNAPSHOT_FRAME_BYTES: usize = MAX_PAYLOAD_BYTES / 4;

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> WalError {
	let path = path.to_owned();
	move |source| WalError::Io { action, path, source }
}

/// The path of a segment.
pub(super) fn path_of(dir: &Path, number: u64) -> PathBuf {
	dir.join(format!("{number:016}{SUFFIX}"))
}

/// Makes the directory's entries durable.
pub(super) fn sync_dir(dir: &Path) -> Result<(), WalError> {
	let handle = File::open(dir).map_err(io_error("open", dir))?;
	handle.sync_all().map_err(io_error("sync", dir))
}

/// The numbers of the segments in `dir`, ascending. Removes segments that were never finished.
pub(super) fn list(dir: &Path) -> Result<Vec<u64>, WalError> {
	let mut numbers = Vec::new();
	for entry in fs::read_dir(dir).map_err(io_error("read", dir))? {
		let entry = entry.map_err(io_error("read", dir))?;
		let name = entry.file_name();
		let Some(name) = name.to_str() else { continue };
		if name.ends_with(UNFINISHED) {
			remove(&entry.path())?;
		} else if let Some(number) = name.strip_suffix(SUFFIX).filter(|n| n.len() == 16) {
			numbers.extend(number.parse::<u64>());
		}
	}
	numbers.sort_unstable();
	Ok(numbers)
}

pub(super) fn remove(path: &Path) -> Result<(), WalError> {
	fs::remove_file(path).map_err(io_error("remove", path))
}

/// The segment that is appended to.
#[derive(Debug)]
pub(super) struct Segment {
	pub number: u64,
	path: PathBuf,
	file: File,
	salt: u32,
	next_frame: u64,
}

impl Segment {
	/// Creates a segment that begins with `snapshot`. The file gets its name only when all of it is on the disk, so a
	/// crash leaves either nothing or a whole segment.
	pub fn create(dir: &Path, number: u64, identity: &Identity, snapshot: &[Entry]) -> Result<Self, WalError> {
		let (path, unfinished) = (path_of(dir, number), dir.join(format!("{number:016}{UNFINISHED}")));
		// The salt is not secret; the senders of transactions only must not be able to predict it.
		let salt = RandomState::new().hash_one(number) as u32;
		let chunks = chunks(snapshot);
		let snapshot_frames = chunks.len() as u32;
		let header = Header { salt, identity: identity.clone(), segment: number, snapshot_frames };
		let mut file = File::create(&unfinished).map_err(io_error("create", &unfinished))?;
		file.write_all(&header.encode()).map_err(io_error("write", &unfinished))?;
		for (number, chunk) in (0..).zip(&chunks) {
			let bytes = too_long(frame(number, chunk, salt))?;
			file.write_all(&bytes).map_err(io_error("write", &unfinished))?;
		}
		file.sync_all().map_err(io_error("sync", &unfinished))?;
		drop(file);
		fs::rename(&unfinished, &path).map_err(io_error("rename to", &path))?;
		sync_dir(dir)?;
		let file = OpenOptions::new().append(true).open(&path).map_err(io_error("open", &path))?;
		Ok(Self { number, path, file, salt, next_frame: u64::from(snapshot_frames) })
	}

	/// Appends the entries in one frame, one write and one sync. After an error it is unknown what is on the disk.
	/// Returns the number of bytes written.
	pub fn append(&mut self, entries: &[&Entry]) -> Result<usize, WalError> {
		let bytes = too_long(frame(self.next_frame, entries, self.salt))?;
		self.file.write_all(&bytes).map_err(io_error("write", &self.path))?;
		self.file.sync_data().map_err(io_error("sync", &self.path))?;
		self.next_frame += 1;
		Ok(bytes.len())
	}
}

/// Splits a snapshot into as many frames as it needs. No entry of it is longer than an append may be.
fn chunks(entries: &[Entry]) -> Vec<Vec<&Entry>> {
	let mut chunks: Vec<Vec<&Entry>> = Vec::new();
	let mut room = 0;
	for entry in entries {
		let size = entry.encoded_size();
		match chunks.last_mut() {
			Some(chunk) if size <= room => chunk.push(entry),
			_ => {
				chunks.push(vec![entry]);
				room = SNAPSHOT_FRAME_BYTES;
			}
		}
		room = room.saturating_sub(size);
	}
	chunks
}

fn too_long(frame: Result<Vec<u8>, usize>) -> Result<Vec<u8>, WalError> {
	frame.map_err(|found| WalError::TooLong { found, bound: MAX_PAYLOAD_BYTES })
}

/// What a segment holds.
pub(super) struct Contents {
	/// The entries of the snapshot, which repeat what older segments hold.
	pub snapshot: Vec<Entry>,
	/// The entries after the snapshot.
	pub entries: Vec<Entry>,
	/// Number of bytes of a torn frame after the last whole one.
	pub torn: u64,
	salt: u32,
	frames: u64,
	end: u64,
}

/// Reads a segment. In the last segment, a damaged frame with no whole frame after it is a torn tail. Anywhere else
/// damage is an error, because each frame was on the disk before the next one was written.
pub(super) fn read(dir: &Path, number: u64, identity: &Identity, last: bool) -> Result<Contents, WalError> {
	let path = path_of(dir, number);
	let file = File::open(&path).map_err(io_error("open", &path))?;
	let length = file.metadata().map_err(io_error("examine", &path))?.len();
	let mut reader = BufReader::with_capacity(1 << 16, file);
	let corrupt = |offset: u64, problem: String| WalError::Corrupt { path: path.clone(), offset, problem };

	let mut bytes = Vec::new();
	take(&mut reader, HEADER_BYTES, &mut bytes).map_err(io_error("read", &path))?;
	let header = Header::decode(&bytes).map_err(|bad| match bad {
		BadHeader::Version(found) => WalError::Version { path: path.clone(), found, supported: VERSION },
		BadHeader::NotALog => corrupt(0, "it does not begin as a write-ahead log does".into()),
		BadHeader::Damaged => corrupt(0, "its header is incomplete or damaged".into()),
	})?;
	if header.identity.genesis != identity.genesis {
		return Err(WalError::OtherChain { path, found: header.identity.genesis, expected: identity.genesis });
	}
	if header.identity.key != identity.key {
		return Err(WalError::OtherKey { path, found: header.identity.key, expected: identity.key.clone() });
	}
	if header.segment != number {
		return Err(corrupt(0, format!("it is segment {} under another one's name", header.segment)));
	}

	let snapshot_frames = u64::from(header.snapshot_frames);
	let mut contents = Contents {
		snapshot: Vec::new(),
		entries: Vec::new(),
		torn: 0,
		salt: header.salt,
		frames: 0,
		end: HEADER_BYTES as u64,
	};
	while contents.end < length {
		let at = contents.end;
		let problem = match next_frame(&mut reader, header.salt, &mut bytes).map_err(io_error("read", &path))? {
			Ok(found) if found.number != contents.frames => {
				return Err(corrupt(
					at,
					format!("frame {} stands where frame {} belongs", found.number, contents.frames),
				))
			}
			Ok(found) => {
				let mut entries = Vec::<Entry>::decode_all(&mut &bytes[..])
					.map_err(|error| corrupt(at, format!("an intact frame has unknown content ({error})")))?;
				match contents.frames < snapshot_frames {
					true => contents.snapshot.append(&mut entries),
					false => contents.entries.append(&mut entries),
				}
				contents.frames += 1;
				contents.end += FRAME_HEADER_BYTES as u64 + u64::from(found.length);
				continue;
			}
			Err(problem) => problem,
		};
		if !last {
			return Err(corrupt(at, format!("{problem}, in a segment that is not the last one")));
		}
		let intact = find_later_frame(&mut reader, at + 1, header.salt).map_err(io_error("read", &path))?;
		if let Some(later) = intact {
			return Err(corrupt(at, format!("{problem}, and byte {later} begins a frame that was written later")));
		}
		contents.torn = length - at;
		break;
	}
	// The snapshot was synced before the file got its name.
	if contents.frames < snapshot_frames {
		return Err(corrupt(contents.end, "its snapshot is incomplete or damaged".into()));
	}
	Ok(contents)
}

impl Contents {
	/// Cuts off the torn tail, and returns the segment ready for appends.
	pub fn into_segment(self, dir: &Path, number: u64) -> Result<Segment, WalError> {
		let path = path_of(dir, number);
		let file = OpenOptions::new().append(true).open(&path).map_err(io_error("open", &path))?;
		if self.torn > 0 {
			file.set_len(self.end).map_err(io_error("cut", &path))?;
		}
		// If the process ended between writing and syncing, the entries that were read may be in memory only. They must
		// be durable before the node acts on them.
		file.sync_all().map_err(io_error("sync", &path))?;
		sync_dir(dir)?;
		Ok(Segment { number, path, file, salt: self.salt, next_frame: self.frames })
	}
}

/// Reads a frame: its header is returned, its payload goes into `payload`. The inner error says why there is no whole
/// frame.
fn next_frame(
	reader: &mut impl Read,
	salt: u32,
	payload: &mut Vec<u8>,
) -> io::Result<Result<FrameHeader, &'static str>> {
	take(reader, FRAME_HEADER_BYTES, payload)?;
	if payload.len() < FRAME_HEADER_BYTES {
		return Ok(Err("a frame's header is incomplete"));
	}
	let Some(header) = FrameHeader::decode(payload, salt) else { return Ok(Err("a frame's header is damaged")) };
	take(reader, header.length as usize, payload)?;
	if payload.len() < header.length as usize {
		return Ok(Err("a frame is incomplete"));
	}
	Ok(if header.announces(payload, salt) { Ok(header) } else { Err("a frame's checksum does not match") })
}

/// Reads up to `count` bytes; fewer at the end of the file.
fn take(reader: &mut impl Read, count: usize, into: &mut Vec<u8>) -> io::Result<()> {
	into.clear();
	reader.take(count as u64).read_to_end(into)?;
	Ok(())
}

/// The offset of the first intact frame header from `from` on.
fn find_later_frame(reader: &mut (impl Read + Seek), from: u64, salt: u32) -> io::Result<Option<u64>> {
	const CHUNK: usize = 1 << 20;
	reader.seek(SeekFrom::Start(from))?;
	let (mut window, mut start) = (Vec::new(), from);
	loop {
		let before = window.len();
		reader.by_ref().take(CHUNK as u64).read_to_end(&mut window)?;
		if window.len() == before {
			return Ok(None);
		}
		if let Some(at) = find_frame_header(&window, salt) {
			return Ok(Some(start + at as u64));
		}
		// A header may straddle two chunks.
		let done = window.len().saturating_sub(FRAME_HEADER_BYTES - 1);
		window.drain(..done);
		start += done as u64;
	}
}
