//! Durable file operations: a file is there as a whole or not at all.

use super::StoreError;
use std::{
	fs::{self, File, OpenOptions},
	io::{self, ErrorKind, Read, Write},
	path::Path,
};

/// The ending of the name of a file that is still being written.
pub(super) const UNFINISHED: &str = ".tmp";

pub(super) fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
	let path = path.to_path_buf();
	move |source| StoreError::Io { action, path, source }
}

/// Makes renames and removals in a directory durable.
pub(super) fn sync_dir(dir: &Path) -> Result<(), StoreError> {
	let handle = File::open(dir).map_err(io_error("open", dir))?;
	handle.sync_all().map_err(io_error("sync", dir))
}

/// Writes a file under a temporary name, syncs it, renames it, and syncs the directory. An older file of that name is
/// replaced. After an error the name holds the old file, the new file or none, and never a part of a file.
pub(super) fn write_whole(dir: &Path, name: &str, parts: &[&[u8]]) -> Result<(), StoreError> {
	let unfinished = dir.join(format!("{name}{UNFINISHED}"));
	let written = (|| {
		let mut file = File::create(&unfinished).map_err(io_error("create", &unfinished))?;
		for part in parts {
			file.write_all(part).map_err(io_error("write", &unfinished))?;
		}
		file.sync_all().map_err(io_error("sync", &unfinished))?;
		let path = dir.join(name);
		fs::rename(&unfinished, &path).map_err(io_error("rename", &unfinished))
	})();
	if let Err(error) = written {
		// Removing the temporary file frees its room, which matters on a full disk. If this fails, the next start
		// removes it.
		let _ = fs::remove_file(&unfinished);
		return Err(error);
	}
	sync_dir(dir)
}

/// Appends to a file, and syncs it.
pub(super) fn append(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
	let mut file = OpenOptions::new().append(true).open(path).map_err(io_error("open", path))?;
	file.write_all(bytes).map_err(io_error("write", path))?;
	file.sync_data().map_err(io_error("sync", path))
}

/// Removes a file durably. The file may be gone already.
pub(super) fn remove(dir: &Path, name: &str) -> Result<(), StoreError> {
	let path = dir.join(name);
	match fs::remove_file(&path) {
		Err(error) if error.kind() != ErrorKind::NotFound => Err(io_error("remove", &path)(error)),
		_ => sync_dir(dir),
	}
}

/// Reads at most `bound` + 1 bytes of a file; the last one shows that the file is longer. `None` if there is no such
/// file.
pub(super) fn read_bounded(path: &Path, bound: usize) -> Result<Option<Vec<u8>>, StoreError> {
	let file = match File::open(path) {
		Ok(file) => file,
		Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
		Err(error) => return Err(io_error("open", path)(error)),
	};
	let mut bytes = Vec::new();
	file.take(bound as u64 + 1).read_to_end(&mut bytes).map_err(io_error("read", path))?;
	Ok(Some(bytes))
}
