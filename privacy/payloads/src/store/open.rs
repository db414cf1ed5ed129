//! Opening a store: payloads are taken in, and files that do not belong there are set aside.

use super::{
	disk::{io_error, read_bounded, sync_dir, UNFINISHED},
	format::{commitment_of, Header, HEADER_BYTES},
	progress, purged,
	purged::Tombstones,
	Limits, Store, StoreError, MAX_PURGED, SET_ASIDE,
};
use crate::{metrics::PayloadMetrics, LOG_TARGET};
use log::{error, info};
use sp_core::H256;
use std::{
	collections::{BTreeSet, HashMap, VecDeque},
	fs,
	io::ErrorKind,
	path::Path,
};
use syndic_primitives::BlockHash;

/// Maximum number of files set aside that the log names one by one.
const MAX_TOLD: usize = 20;

/// A file that was set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
	/// The file's name.
	pub name: String,
	/// What is wrong with the file.
	pub reason: String,
}

/// The findings of opening a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
	/// Files that are damaged or do not belong to this store.
	pub set_aside: Vec<SetAside>,
	/// Number of temporary files, left by an interrupted write, that were removed.
	pub unfinished: usize,
	/// Number of files of purged payloads that were still there and were removed.
	pub purged: usize,
	/// Whether a file was set aside that had a payload's name: that payload has to be fetched again.
	pub lost: bool,
}

impl Opened {
	/// Reports the findings in log and metrics.
	pub fn report(&self, metrics: &PayloadMetrics) {
		metrics.set_aside(self.set_aside.len());
		for SetAside { name, reason } in self.set_aside.iter().take(MAX_TOLD) {
			error!(target: LOG_TARGET, "{name} was found in the store of payloads and set aside: {reason}");
		}
		if let Some(more) = self.set_aside.len().checked_sub(MAX_TOLD).filter(|more| *more > 0) {
			error!(target: LOG_TARGET, "{more} other files were set aside as well");
		}
		if self.unfinished > 0 {
			info!(target: LOG_TARGET, "{} payloads were being written when the node stopped", self.unfinished);
		}
	}
}

impl Store {
	/// Opens the store in a directory, or creates it. Remains of a crash are cleaned up; files that no crash can leave
	/// are set aside.
	pub fn open(dir: &Path, genesis: BlockHash, limits: Limits) -> Result<(Self, Opened), StoreError> {
		Self::open_remembering(dir, genesis, limits, MAX_PURGED)
	}

	pub(super) fn open_remembering(
		dir: &Path,
		genesis: BlockHash,
		limits: Limits,
		purged: usize,
	) -> Result<(Self, Opened), StoreError> {
		let aside = dir.join(SET_ASIDE);
		fs::create_dir_all(&aside).map_err(io_error("create", &aside))?;
		if let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
			sync_dir(parent)?;
		}
		let mut opened = Opened::default();
		let (purged, problem) = Tombstones::open(dir, genesis, purged)?;
		if let Some(reason) = problem {
			opened.set_aside.push(SetAside { name: purged::FILE.into(), reason });
		}
		let mut store = Self {
			dir: dir.to_path_buf(),
			genesis,
			limits,
			entries: HashMap::new(),
			by_age: BTreeSet::new(),
			waiting: BTreeSet::new(),
			bytes: 0,
			purged,
			unchecked: VecDeque::new(),
		};
		for item in fs::read_dir(dir).map_err(io_error("read", dir))? {
			let item = item.map_err(io_error("read", dir))?;
			let name = item.file_name();
			match name.to_str() {
				Some(SET_ASIDE | purged::FILE | progress::FILE) => {}
				Some(name) => store.take_in(name, &mut opened)?,
				None => {
					let reason = "its name is no text".to_string();
					opened.set_aside.push(SetAside { name: name.to_string_lossy().into_owned(), reason });
					rename(dir, name.as_ref())?;
				}
			}
		}
		store.unchecked = store.entries.keys().copied().collect();
		sync_dir(dir)?;
		Ok((store, opened))
	}

	/// Judges one file by its name and its header.
	fn take_in(&mut self, name: &str, opened: &mut Opened) -> Result<(), StoreError> {
		let path = self.dir.join(name);
		if name.ends_with(UNFINISHED) && path.is_file() {
			fs::remove_file(&path).map_err(io_error("remove", &path))?;
			opened.unfinished += 1;
			return Ok(());
		}
		match self.judge(name, &path)? {
			Ok(Some(header)) => self.note(header.commitment, header.entry),
			Ok(None) => {
				fs::remove_file(&path).map_err(io_error("remove", &path))?;
				opened.purged += 1;
			}
			Err(reason) => {
				opened.lost |= commitment_of(name).is_some();
				rename(&self.dir, name.as_ref())?;
				opened.set_aside.push(SetAside { name: name.into(), reason });
			}
		}
		Ok(())
	}

	/// The header of a payload's file; `None` if the payload was purged. The inner error says what is wrong with the
	/// file.
	fn judge(&self, name: &str, path: &Path) -> Result<Result<Option<Header>, String>, StoreError> {
		let Some(commitment) = commitment_of(name) else { return Ok(Err("its name is no commitment".into())) };
		let metadata = fs::symlink_metadata(path).map_err(io_error("read", path))?;
		if !metadata.is_file() {
			return Ok(Err("it is no file".into()));
		}
		let Some(bytes) = read_bounded(path, HEADER_BYTES)? else { return Ok(Err("it is gone".into())) };
		Ok(Header::decode(&bytes).and_then(|header| self.fits(header, commitment, metadata.len())))
	}

	fn fits(&self, header: Header, commitment: H256, length: u64) -> Result<Option<Header>, String> {
		if header.genesis != self.genesis {
			return Err(format!("it is of the chain with genesis {:?}", header.genesis));
		}
		if header.commitment != commitment {
			return Err(format!("it is the payload of {:?}", header.commitment));
		}
		if length != header.entry.bytes() {
			return Err(format!("it has {length} bytes, by its header {}", header.entry.bytes()));
		}
		Ok(self.purged(&commitment).is_none().then_some(header))
	}
}

fn rename(dir: &Path, name: &Path) -> Result<(), StoreError> {
	let from = dir.join(name);
	match fs::rename(&from, dir.join(SET_ASIDE).join(name)) {
		Err(error) if error.kind() != ErrorKind::NotFound => Err(io_error("set aside", &from)(error)),
		_ => Ok(()),
	}
}

/// Moves a damaged file to the directory for these, durably.
pub(super) fn set_aside(dir: &Path, name: &str) -> Result<(), StoreError> {
	rename(dir, name.as_ref())?;
	sync_dir(&dir.join(SET_ASIDE))?;
	sync_dir(dir)
}
