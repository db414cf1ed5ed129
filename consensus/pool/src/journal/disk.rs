//! The files of a journal, behind a trait: tests use a disk that fails, or that loses bytes that were not synced.

use super::error::{io_error, JournalError};
use std::{
	fs::{self, DirBuilder, File, OpenOptions, TryLockError},
	io::{self, Read, Write},
	os::unix::fs::{DirBuilderExt, OpenOptionsExt},
	path::{Path, PathBuf},
};

/// The file that is locked while the journal is in use.
const LOCK_FILE: &str = "lock";
/// Mode of the directory: other users must not read the transactions of senders.
const DIR_MODE: u32 = 0o700;
/// Mode of the files.
const FILE_MODE: u32 = 0o600;

/// The directory with the journal's files. Files are called by their names in it.
pub trait Disk: Send {
	/// The path of the directory, for messages.
	fn dir(&self) -> &Path;
	/// The names of all files.
	fn list(&self) -> io::Result<Vec<String>>;
	/// Up to `limit` bytes from the beginning of a file.
	fn read(&self, name: &str, limit: u64) -> io::Result<Vec<u8>>;
	/// Makes an empty file, and replaces one of that name.
	fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>>;
	/// Renames a file, and replaces one that has the new name.
	fn rename(&self, from: &str, to: &str) -> io::Result<()>;
	/// Removes a file.
	fn remove(&self, name: &str) -> io::Result<()>;
	/// Cuts a file to `length` bytes, durably.
	fn cut(&self, name: &str, length: u64) -> io::Result<()>;
	/// Makes file names durable: needed after creating, renaming and removing files.
	fn sync_dir(&self) -> io::Result<()>;
}

/// A file that is being written.
pub trait DiskFile: Send {
	/// Appends all of `bytes` to the file.
	fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
	/// Makes the written bytes durable.
	fn sync(&mut self) -> io::Result<()>;
}

/// A directory of the operating system.
#[derive(Debug)]
pub struct FileSystem {
	dir: PathBuf,
	/// Held while the journal is open.
	_lock: File,
}

impl FileSystem {
	/// Makes `dir` if it does not exist, and locks it against other processes.
	pub fn open(dir: &Path) -> Result<Self, JournalError> {
		let io_error = |action, path: &Path| io_error(action, path.to_owned());
		if !dir.is_dir() {
			DirBuilder::new().recursive(true).mode(DIR_MODE).create(dir).map_err(io_error("create", dir))?;
			if let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
				File::open(parent).and_then(|parent| parent.sync_all()).map_err(io_error("sync", parent))?;
			}
		}
		let path = dir.join(LOCK_FILE);
		let mut options = OpenOptions::new();
		options.create(true).truncate(false).write(true).mode(FILE_MODE);
		let lock = options.open(&path).map_err(io_error("open", &path))?;
		match lock.try_lock() {
			Ok(()) => Ok(Self { dir: dir.to_owned(), _lock: lock }),
			Err(TryLockError::WouldBlock) => Err(JournalError::InUse(dir.to_owned())),
			Err(TryLockError::Error(source)) => Err(io_error("lock", &path)(source)),
		}
	}
}

impl Disk for FileSystem {
	fn dir(&self) -> &Path {
		&self.dir
	}

	fn list(&self) -> io::Result<Vec<String>> {
		let names = fs::read_dir(&self.dir)?.map(|entry| Ok(entry?.file_name().into_string().ok()));
		names.filter_map(Result::transpose).collect()
	}

	fn read(&self, name: &str, limit: u64) -> io::Result<Vec<u8>> {
		let path = self.dir.join(name);
		// Opening a pipe would block.
		if !fs::metadata(&path)?.is_file() {
			return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
		}
		let mut bytes = Vec::new();
		File::open(path)?.take(limit).read_to_end(&mut bytes)?;
		Ok(bytes)
	}

	fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
		let mut options = OpenOptions::new();
		options.create(true).truncate(true).write(true).mode(FILE_MODE);
		Ok(Box::new(options.open(self.dir.join(name))?))
	}

	fn rename(&self, from: &str, to: &str) -> io::Result<()> {
		fs::rename(self.dir.join(from), self.dir.join(to))
	}

	fn remove(&self, name: &str) -> io::Result<()> {
		fs::remove_file(self.dir.join(name))
	}

	fn cut(&self, name: &str, length: u64) -> io::Result<()> {
		let file = OpenOptions::new().write(true).open(self.dir.join(name))?;
		file.set_len(length)?;
		file.sync_all()
	}

	fn sync_dir(&self) -> io::Result<()> {
		File::open(&self.dir)?.sync_all()
	}
}

impl DiskFile for File {
	fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
		self.write_all(bytes)
	}

	fn sync(&mut self) -> io::Result<()> {
		self.sync_data()
	}
}
